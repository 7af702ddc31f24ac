//! `/integrations/notification`

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::json;

use crate::http::call::Call;
use crate::http::reply::{self, Answer};
use crate::http::shared::Shared;
use crate::state::notification::Notification;
use crate::state::refusal::Refusal;
use crate::state::world::World;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/integrations/notification", post(create))
        .route(
            "/integrations/notification/{id}",
            get(read).put(update).delete(delete),
        )
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
    reply::found("notifications", notification.single(&world.tokens))
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
