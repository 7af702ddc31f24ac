//! `/integrations/notification`

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::call::Call;
use crate::check::{self, Object};
use crate::reply::{self, Answer, Refusal};
use crate::shared::Shared;
use crate::user::User;
use crate::world::World;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/integrations/notification", post(create))
        .route(
            "/integrations/notification/{id}",
            get(read).put(update).delete(delete),
        )
}

/// Who is told what about an integration.
#[derive(Debug, Clone)]
pub(crate) struct Notification {
    pub(crate) id: String,
    pub(crate) integration: String,
    pub(crate) channels: Vec<String>,
    /// Type, and the users' ids.
    pub(crate) config: Vec<(String, Vec<String>)>,
}

const TYPES: [&str; 3] = ["success", "partial_failure", "full_failure"];

impl Notification {
    /// The one that an integration is born with: its maker hears of failures.
    pub(crate) fn born(id: String, integration: &str, user: &User) -> Self {
        Self {
            id,
            integration: integration.into(),
            channels: vec!["email".into(), "in_app".into()],
            config: TYPES[1..]
                .iter()
                .map(|kind| ((*kind).to_owned(), vec![user.guid.clone()]))
                .collect(),
        }
    }

    fn asked(id: String, body: &Object) -> Result<Self, Refusal> {
        check::fields(body, &["integrationIds", "channels", "notifications"], &[])?;
        let integration = match check::texts_in(body, "integrationIds")?.as_slice() {
            [one] => one.clone(),
            _ => return Err(Refusal::invalid()),
        };
        let channels = check::texts_in(body, "channels")?;
        if channels.is_empty()
            || channels
                .iter()
                .any(|each| !["email", "in_app"].contains(&each.as_str()))
        {
            return Err(Refusal::invalid());
        }
        let notifications = check::object_in(body, "notifications")?;
        check::fields(notifications, &["config"], &[])?;
        let mut config: Vec<(String, Vec<String>)> = Vec::new();
        for rule in check::list_in(notifications, "config")? {
            let rule = check::object(rule)?;
            check::fields(rule, &["type", "users"], &[])?;
            check::one_of(rule, "type", &TYPES)?;
            let (kind, users) = (
                check::text_in(rule, "type")?,
                check::texts_in(rule, "users")?,
            );
            let known = users.iter().all(|user| check::is_hex_id(user));
            if !(1..=5).contains(&users.len())
                || !known
                || config.iter().any(|(each, _)| each == kind)
            {
                return Err(Refusal::invalid());
            }
            config.push((kind.into(), users));
        }
        if config.is_empty() {
            return Err(Refusal::invalid());
        }
        Ok(Self {
            id,
            integration,
            channels,
            config,
        })
    }

    fn single(&self, world: &World) -> Value {
        let config: Vec<Value> = self
            .config
            .iter()
            .map(|(kind, users)| {
                let users: Vec<Value> = users.iter().map(|guid| named(guid, world)).collect();
                json!({"type": kind, "users": users})
            })
            .collect();
        json!({
            "notificationId": self.id,
            "integrationIds": [self.integration],
            "channels": self.channels,
            "notifications": {"config": config},
        })
    }

    pub(crate) fn snapshot(&self) -> Value {
        let config: Vec<Value> = self
            .config
            .iter()
            .map(|(kind, users)| json!({"type": kind, "users": users}))
            .collect();
        json!({
            "notificationId": self.id,
            "integrationIds": [self.integration],
            "channels": self.channels,
            "notifications": {"config": config},
        })
    }
}

fn named(guid: &str, world: &World) -> Value {
    let (first, last) = world.tokens.person(guid).map_or_else(
        || ("Unnamed".to_owned(), "User".to_owned()),
        |user| (user.first, user.last),
    );
    json!({"userGuid": guid, "firstName": first, "lastName": last})
}

async fn create(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let body = call.object()?;
    let mut world = shared.world();
    let id = world.chance.hex();
    let notification = Notification::asked(id.clone(), &body)?;
    let of = notification.integration.clone();
    let integration = world
        .integration_mut(&of)
        .ok_or_else(|| Refusal::not_found("Integration", &of))?;
    if integration.notification.is_some() {
        return Err(Refusal::duplicate());
    }
    integration.notification = Some(id.clone());
    world.notifications.push(notification);
    world.did("created", "notification", &id, "");
    reply::created("notification", json!({"notificationId": id}))
}

async fn read(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let world = shared.world();
    let notification = find(&world, call.param("id"))?;
    reply::found("notifications", notification.single(&world))
}

async fn update(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let body = call.object()?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    let old = find(&world, &id)?.integration.clone();
    let new = Notification::asked(id.clone(), &body)?;
    if new.integration != old {
        return Err(Refusal::invalid());
    }
    if let Some(notification) = world.notifications.iter_mut().find(|each| each.id == id) {
        *notification = new;
    }
    world.did("updated", "notification", &id, "");
    reply::done()
}

async fn delete(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    let of = find(&world, &id)?.integration.clone();
    world.notifications.retain(|each| each.id != id);
    if let Some(integration) = world.integration_mut(&of) {
        integration.notification = None;
    }
    world.did("deleted", "notification", &id, "");
    reply::done()
}

fn find<'a>(world: &'a World, id: &str) -> Result<&'a Notification, Refusal> {
    world
        .notifications
        .iter()
        .find(|each| each.id == id)
        .ok_or_else(|| Refusal::not_found("Notification", id))
}
