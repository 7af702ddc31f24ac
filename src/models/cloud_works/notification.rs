//! Notifications: who learns how a run went.

mod input;
mod rules;

use crate::models::ids::{IntegrationId, NotificationId, UserId};
use crate::models::open_enum::open_enum;
use crate::models::reply_macro::reply;

pub use input::*;

open_enum! {
    /// By which way people are notified.
    pub enum NotificationChannel {
        /// By e-mail.
        Email = "email",
        /// Inside Anaplan.
        InApp = "in_app",
    }
}

open_enum! {
    /// Of which outcome people are notified.
    pub enum NotificationType {
        /// A full success.
        Success = "success",
        /// A success in part.
        PartialFailure = "partial_failure",
        /// A failure.
        FullFailure = "full_failure",
    }
}

reply! {
    /// Who is notified how of the runs of an integration.
    pub struct NotificationConfig {
        @required {
            /// Its id.
            id: NotificationId as "notificationId",
        }
        /// The integration, the only item of this list.
        integration_ids: Vec<IntegrationId>,
        /// The ways.
        channels: Vec<NotificationChannel>,
        /// Who is notified of what.
        notifications: Option<NotificationRules> => notification,
    }
}

impl NotificationConfig {
    /// The users who are notified of this outcome.
    pub fn users(&self, of: &NotificationType) -> impl Iterator<Item = &NotificationUser> {
        let rules = self.notifications.iter().flat_map(|rules| &rules.config);
        rules
            .filter(|rule| rule.notification_type.as_ref() == Some(of))
            .flat_map(|rule| &rule.users)
    }
}

reply! {
    /// Who is notified of what.
    pub struct NotificationRules {
        /// A rule for each outcome.
        config: Vec<NotificationRule>,
    }
}

reply! {
    /// Who is notified of one outcome.
    pub struct NotificationRule {
        /// The outcome.
        notification_type: Option<NotificationType> as "type",
        /// The users.
        users: Vec<NotificationUser>,
    }
}

reply! {
    /// A user who is notified.
    pub struct NotificationUser {
        /// The user's id.
        user_guid: Option<UserId>,
        /// The first name.
        first_name: Option<String>,
        /// The last name.
        last_name: Option<String>,
    }
}

/// Which notification configuration: by its own id, or by the integration that it belongs to.
///
/// ```
/// use anaplan_sdk::models::cloud_works::{IntegrationId, NotificationOf};
///
/// let of: NotificationOf = IntegrationId::from("152b8666a0234754afc36f1cde0fd9d2").into();
/// assert!(matches!(of, NotificationOf::Integration(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NotificationOf {
    /// By its own id.
    Notification(NotificationId),
    /// By the id of its integration; the notification's own is then looked up first.
    Integration(IntegrationId),
}

impl From<NotificationId> for NotificationOf {
    fn from(id: NotificationId) -> Self {
        Self::Notification(id)
    }
}

impl From<&NotificationId> for NotificationOf {
    fn from(id: &NotificationId) -> Self {
        id.clone().into()
    }
}

impl From<IntegrationId> for NotificationOf {
    fn from(id: IntegrationId) -> Self {
        Self::Integration(id)
    }
}

impl From<&IntegrationId> for NotificationOf {
    fn from(id: &IntegrationId) -> Self {
        id.clone().into()
    }
}
