//! Who is told what about an integration.

use serde_json::{Value, json};

use crate::state::check::{self, Object};
use crate::state::refusal::Refusal;
use crate::state::token::Tokens;
use crate::state::user::User;

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

    pub(crate) fn asked(id: String, body: &Object) -> Result<Self, Refusal> {
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

    pub(crate) fn single(&self, tokens: &Tokens) -> Value {
        let config: Vec<Value> = self
            .config
            .iter()
            .map(|(kind, users)| {
                let users: Vec<Value> = users.iter().map(|guid| named(guid, tokens)).collect();
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

fn named(guid: &str, tokens: &Tokens) -> Value {
    let (first, last) = tokens.person(guid).map_or_else(
        || ("Unnamed".to_owned(), "User".to_owned()),
        |user| (user.first, user.last),
    );
    json!({"userGuid": guid, "firstName": first, "lastName": last})
}
