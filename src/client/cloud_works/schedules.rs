//! Schedules: when an integration runs. An integration has at most one.

use super::{CloudWorks, LookResult, Result, SearchPolicy, maybe_async, operations, send_or_look};
use crate::error::Error;
use crate::http::request::checked;
use crate::models::cloud_works::{IntegrationId, ScheduleInput, ScheduleStatus};

/// The service wants the integration's id in the body, too.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    integration_id: &'a IntegrationId,
    schedule: &'a ScheduleInput,
}

#[maybe_async]
impl CloudWorks<'_> {
    /// Gives an integration its schedule.
    ///
    #[doc = example!(
        "use jiff::civil::{date, time};\n\n\
         let nightly = ScheduleInput::daily()\n    \
             .name(\"Nightly\")\n    \
             .timezone(\"Europe/Paris\")\n    \
             .start_date(date(2027, 1, 1))\n    \
             .time(time(2, 30, 0, 0))\n    \
             .build();\n\
         client.cw().create_schedule(\"152b8666a0234754afc36f1cde0fd9d2\", nightly)", "?;"
    )]
    /// # Errors
    /// [`Error::Validation`] for a schedule that cannot be right; from the service 400 when the
    /// integration has one already, 404 when there is no such integration; and as every call.
    ///
    /// Reference: `POST /integrations/{integrationId}/schedule`.
    pub async fn create_schedule<S>(&self, id: impl Into<IntegrationId>, schedule: S) -> Result<()>
    where
        S: TryInto<ScheduleInput>,
        Error: From<S::Error>,
    {
        let (id, schedule) = (&id.into(), &checked(schedule)?);
        let session = &self.session.within_policy();
        let send = || async move {
            let request = operations::create_schedule(id.as_str());
            let body = Body {
                integration_id: id,
                schedule,
            };
            session.perform(request.json(&body)?).await
        };
        let look = || async move {
            let integration = CloudWorks::new(session).get_integration(id).await?;
            Ok(match integration.schedule {
                None => LookResult::Nothing,
                Some(found)
                    if ScheduleInput::try_from(&found).is_ok_and(|found| found == *schedule) =>
                {
                    LookResult::Done(())
                }
                Some(_) => LookResult::unclear("the integration has another schedule"),
            })
        };
        send_or_look(session, SearchPolicy::RefusedWhenDoubled, send, look).await
    }

    /// Replaces an integration's schedule.
    ///
    #[doc = example!(
        "use jiff::civil::{date, time};\n\n\
         let later = ScheduleInput::daily()\n    \
             .name(\"Nightly\")\n    \
             .timezone(\"Europe/Paris\")\n    \
             .start_date(date(2027, 1, 1))\n    \
             .time(time(4, 0, 0, 0))\n    \
             .build();\n\
         client.cw().update_schedule(\"152b8666a0234754afc36f1cde0fd9d2\", later)", "?;"
    )]
    /// # Errors
    /// As [`create_schedule`](Self::create_schedule); 404 when it has none.
    ///
    /// Reference: `PUT /integrations/{integrationId}/schedule`.
    pub async fn update_schedule<S>(&self, id: impl Into<IntegrationId>, schedule: S) -> Result<()>
    where
        S: TryInto<ScheduleInput>,
        Error: From<S::Error>,
    {
        let (id, schedule) = (id.into(), checked(schedule)?);
        let request = operations::update_schedule(id.as_str());
        self.session
            .perform(request.json(&Body {
                integration_id: &id,
                schedule: &schedule,
            })?)
            .await
    }

    /// Switches an integration's schedule on or off.
    ///
    #[doc = example!(
        "client\n    .cw()\n    .set_schedule_status(\"152b8666a0234754afc36f1cde0fd9d2\", ScheduleStatus::Disabled)\n    ", "?;"
    )]
    /// # Errors
    /// 404 when there is no such integration, or it has no schedule; and as every call.
    ///
    /// Reference: `POST /integrations/{integrationId}/schedule/status/{status}`.
    pub async fn set_schedule_status(
        &self,
        id: impl Into<IntegrationId>,
        status: ScheduleStatus,
    ) -> Result<()> {
        let id = id.into();
        let request = operations::set_schedule_status(id.as_str(), status.as_str());
        self.session.perform(request).await
    }

    /// Takes an integration's schedule away.
    ///
    #[doc = example!(
        "client.cw().delete_schedule(\"152b8666a0234754afc36f1cde0fd9d2\")", "?;"
    )]
    /// # Errors
    /// 404 when there is none; and as every call.
    ///
    /// Reference: `DELETE /integrations/{integrationId}/schedule`.
    pub async fn delete_schedule(&self, id: impl Into<IntegrationId>) -> Result<()> {
        let id = id.into();
        let request = operations::delete_schedule(id.as_str());
        self.session.perform(request).await
    }
}
