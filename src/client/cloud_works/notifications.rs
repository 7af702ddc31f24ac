//! Notifications: who is told how a run ended.

use super::{CloudWorks, LookResult, Result, SearchPolicy, maybe_async, operations, send_or_look};
use crate::error::Error;
use crate::http::request::checked;
use crate::http::response::{self, Undecodable};
use crate::models::cloud_works::{
    NotificationConfig, NotificationConfigInput, NotificationId, NotificationOf,
};
use crate::validation::{ProblemKind, ValidationError};

#[maybe_async]
impl CloudWorks<'_> {
    /// A notification configuration, by its own id or by that of its integration.
    ///
    #[doc = example!(
        "let of = IntegrationId::from(\"152b8666a0234754afc36f1cde0fd9d2\");\n\
         let config = client.cw().get_notification_config(of)", "?;"
    )]
    /// # Errors
    /// 404 when there is none; [`Error::Validation`] when the integration names none; and as
    /// every call.
    ///
    /// Reference: `GET /integrations/notification/{notificationId}`.
    pub async fn get_notification_config(
        &self,
        of: impl Into<NotificationOf>,
    ) -> Result<NotificationConfig> {
        let id = self.notification_id(of.into()).await?;
        let request = operations::get_notification_config(id.as_str());
        let read = |body: &[u8]| match response::optional(body, "notifications")? {
            Some(config) => Ok(config),
            // Seen in the place of the documented name.
            None => response::optional(body, "notification")?
                .ok_or_else(|| Undecodable::missing("notifications")),
        };
        self.session.call(request, read).await
    }

    /// Creates a notification configuration for an integration that has none. Every integration
    /// is born with one: update that, or delete it first.
    ///
    #[doc = example!(
        "let config = serde_json::json!({\n    \
             \"integrationIds\": [\"152b8666a0234754afc36f1cde0fd9d2\"],\n    \
             \"channels\": [\"email\"],\n    \
             \"notifications\": { \"config\": [{ \"type\": \"full_failure\", \"users\": [\"8a81b09c5cf3ad07015d0d2a2a0f5d7a\"] }] },\n\
         });\n\
         let id = client.cw().create_notification_config(config)", "?;"
    )]
    /// # Errors
    /// [`Error::Validation`] for a payload that cannot be right; from the service 400 "Duplicate
    /// resource name not allowed" when the integration has one; and as every call.
    ///
    /// Reference: `POST /integrations/notification`.
    pub async fn create_notification_config<N>(&self, notification: N) -> Result<NotificationId>
    where
        N: TryInto<NotificationConfigInput>,
        Error: From<N::Error>,
    {
        let notification = &checked(notification)?;
        let request = &operations::create_notification_config().json(notification)?;
        let session = &self.session.within_policy();
        let send = || async move {
            let request = request.clone();
            session
                .create(request, "notification", "notificationId")
                .await
        };
        let look = || async move {
            let cw = CloudWorks::new(session);
            let integration = cw.get_integration(&notification.integration_id).await?;
            let Some(id) = integration.notification_id else {
                return Ok(LookResult::Nothing);
            };
            let found = cw.get_notification_config(&id).await?;
            Ok(if notification.is_that_of(&found) {
                LookResult::Done(id)
            } else {
                LookResult::unclear(format!(
                    "the integration has {id}, which says something else"
                ))
            })
        };
        send_or_look(session, SearchPolicy::RefusedWhenDoubled, send, look).await
    }

    /// Replaces a notification configuration: everything again.
    ///
    #[doc = example!(
        "let config = serde_json::json!({\n    \
             \"integrationIds\": [\"152b8666a0234754afc36f1cde0fd9d2\"],\n    \
             \"channels\": [\"email\", \"in_app\"],\n    \
             \"notifications\": { \"config\": [{ \"type\": \"success\", \"users\": [\"8a81b09c5cf3ad07015d0d2a2a0f5d7a\"] }] },\n\
         });\n\
         client.cw().update_notification_config(\"f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3\", config)", "?;"
    )]
    /// # Errors
    /// As [`create_notification_config`](Self::create_notification_config); 404 when there is
    /// none.
    ///
    /// Reference: `PUT /integrations/notification/{notificationId}`.
    pub async fn update_notification_config<N>(
        &self,
        id: impl Into<NotificationId>,
        notification: N,
    ) -> Result<()>
    where
        N: TryInto<NotificationConfigInput>,
        Error: From<N::Error>,
    {
        let (id, notification) = (id.into(), checked(notification)?);
        let request = operations::update_notification_config(id.as_str());
        self.session.perform(request.json(&notification)?).await
    }

    /// Deletes a notification configuration, by its own id or by that of its integration.
    ///
    #[doc = example!(
        "let of = NotificationId::from(\"f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3\");\n\
         client.cw().delete_notification_config(of)", "?;"
    )]
    /// # Errors
    /// 404 when there is none; [`Error::Validation`] when the integration names none; and as
    /// every call.
    ///
    /// Reference: `DELETE /integrations/notification/{notificationId}`.
    pub async fn delete_notification_config(&self, of: impl Into<NotificationOf>) -> Result<()> {
        self.session.check_may_write("delete_notification_config")?;
        let id = self.notification_id(of.into()).await?;
        let request = operations::delete_notification_config(id.as_str());
        self.session.perform(request).await
    }

    async fn notification_id(&self, of: NotificationOf) -> Result<NotificationId> {
        match of {
            NotificationOf::Notification(id) => Ok(id),
            NotificationOf::Integration(id) => {
                let integration = self.get_integration(&id).await?;
                integration.notification_id.ok_or_else(|| {
                    let message = format!("integration {id} has no notification configuration");
                    ValidationError::single("notificationId", ProblemKind::MissingField, message)
                        .into()
                })
            }
        }
    }
}
