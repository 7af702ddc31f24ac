//! Notification configurations, as they are created and changed.

use bon::Builder;
use serde::{Deserialize, Serialize};

use super::{NotificationChannel, NotificationConfig, NotificationType};
use crate::models::ids::{IntegrationId, UserId};
use crate::validation::{ValidationError, from_read};

/// Who is notified how of the runs of an integration.
///
/// One to five users can be notified of each outcome, and of at least one outcome somebody.
///
/// ```
/// use anaplan_sdk::models::cloud_works::{NotificationChannel, NotificationConfigInput};
///
/// let config = NotificationConfigInput::builder()
///     .integration_id("e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b4")
///     .channels([NotificationChannel::Email])
///     .on_partial_failure(["2c9f8a1b5d3e4f60a1b2c3d4e5f60718"])
///     .on_full_failure(["2c9f8a1b5d3e4f60a1b2c3d4e5f60718"])
///     .build();
/// assert_eq!(config.validate()?, []);
/// # Ok::<(), anaplan_sdk::validation::ValidationError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(try_from = "NotificationBody", into = "NotificationBody")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct NotificationConfigInput {
    /// The integration.
    pub integration_id: IntegrationId,
    /// The ways.
    #[builder(with = |channels: impl IntoIterator<Item = NotificationChannel>| {
        channels.into_iter().collect()
    })]
    pub channels: Vec<NotificationChannel>,
    /// Who is notified of a full success. Defaults to none.
    #[builder(default, with = |users: impl IntoIterator<Item = impl Into<UserId>>| {
        users.into_iter().map(Into::into).collect()
    })]
    pub on_success: Vec<UserId>,
    /// Who is notified of a partial success. Defaults to none.
    #[builder(default, with = |users: impl IntoIterator<Item = impl Into<UserId>>| {
        users.into_iter().map(Into::into).collect()
    })]
    pub on_partial_failure: Vec<UserId>,
    /// Who is notified of a failure. Defaults to none.
    #[builder(default, with = |users: impl IntoIterator<Item = impl Into<UserId>>| {
        users.into_iter().map(Into::into).collect()
    })]
    pub on_full_failure: Vec<UserId>,
}

#[cfg(feature = "_client")]
impl NotificationConfigInput {
    /// Whether a configuration, as it is read, says what this one asked for.
    pub(crate) fn is_that_of(&self, found: &NotificationConfig) -> bool {
        let same = |kind: NotificationType, asked: &[UserId]| {
            let told: Vec<_> = found
                .users(&kind)
                .filter_map(|user| user.user_guid.as_ref())
                .collect();
            told.len() == asked.len() && asked.iter().all(|id| told.contains(&id))
        };
        found.integration_ids.contains(&self.integration_id)
            && found.channels.len() == self.channels.len()
            && self
                .channels
                .iter()
                .all(|channel| found.channels.contains(channel))
            && same(NotificationType::Success, &self.on_success)
            && same(NotificationType::PartialFailure, &self.on_partial_failure)
            && same(NotificationType::FullFailure, &self.on_full_failure)
    }
}

/// The input that writes back what was read: change a field, and send it. A read configuration
/// tells of its users more than their ids, and of outcomes of which nobody is notified.
impl TryFrom<&NotificationConfig> for NotificationConfigInput {
    type Error = ValidationError;

    fn try_from(reply: &NotificationConfig) -> Result<Self, Self::Error> {
        let mut json = serde_json::to_value(reply).unwrap_or_default();
        if let Some(rules) = json["notifications"]["config"].as_array_mut() {
            rules.retain(|rule| rule.get("users").is_some());
            let users = rules
                .iter_mut()
                .filter_map(|rule| rule["users"].as_array_mut());
            for user in users.flatten() {
                *user = user["userGuid"].take();
            }
        }
        from_read(json)
    }
}

/// A notification configuration as it travels.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NotificationBody {
    integration_ids: [IntegrationId; 1],
    channels: Vec<NotificationChannel>,
    notifications: RulesBody,
}

#[derive(Serialize, Deserialize)]
struct RulesBody {
    config: Vec<RuleBody>,
}

#[derive(Serialize, Deserialize)]
struct RuleBody {
    #[serde(rename = "type")]
    notification_type: NotificationType,
    users: Vec<UserId>,
}

impl From<NotificationConfigInput> for NotificationBody {
    fn from(input: NotificationConfigInput) -> Self {
        let rules = [
            (NotificationType::Success, input.on_success),
            (NotificationType::PartialFailure, input.on_partial_failure),
            (NotificationType::FullFailure, input.on_full_failure),
        ];
        let rules = rules.into_iter().filter(|(_, users)| !users.is_empty());
        let config = rules.map(|(notification_type, users)| RuleBody {
            notification_type,
            users,
        });
        Self {
            integration_ids: [input.integration_id],
            channels: input.channels,
            notifications: RulesBody {
                config: config.collect(),
            },
        }
    }
}

impl TryFrom<NotificationBody> for NotificationConfigInput {
    type Error = &'static str;

    fn try_from(wire: NotificationBody) -> Result<Self, Self::Error> {
        let [integration_id] = wire.integration_ids;
        let mut input = Self::builder()
            .integration_id(integration_id)
            .channels(wire.channels)
            .build();
        for rule in wire.notifications.config {
            let users = match rule.notification_type {
                NotificationType::Success => &mut input.on_success,
                NotificationType::PartialFailure => &mut input.on_partial_failure,
                NotificationType::FullFailure => &mut input.on_full_failure,
                NotificationType::Other(_) => return Err("an unknown outcome"),
            };
            if !users.is_empty() {
                return Err("an outcome is configured twice");
            }
            *users = rule.users;
        }
        Ok(input)
    }
}
