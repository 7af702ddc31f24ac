//! Integrations: what is moved, from where to where.

use std::time::{Duration, Instant};

use super::{
    CloudWorks, Look, Pages, Request, Result, Twice, When, create_named, maybe_async, paging,
    send_or_look, when,
};
use crate::error::Error;
use crate::models::User;
use crate::models::cloud_works::{
    Integration, IntegrationId, IntegrationInput, IntegrationQuery, RunId, SingleIntegration,
    TriggerSource,
};
use crate::paging::Listing;
use crate::request::{Host, checked};
use crate::retry::RetryPolicy;

/// How long it may take to learn who one is, when a run has to be told from another's.
const A_MOMENT: Duration = Duration::from_secs(5);

fn all_integrations(query: &IntegrationQuery) -> Listing<Integration> {
    paging::integrations(Request::get("list_integrations", ["integrations"]).pairs(query.pairs()))
}

#[maybe_async]
impl CloudWorks<'_> {
    /// All integrations that the user may see, without their jobs.
    ///
    #[doc = example!(
        "for integration in client.cw().list_integrations()", "? {\n    \
         println!(\"{} {}\", integration.id, integration.name);\n}"
    )]
    /// # Errors
    /// As every call; [`Error::IncompleteList`] when the service's pages contradict each other.
    ///
    /// Reference: `GET /integrations`.
    pub async fn list_integrations(&self) -> Result<Vec<Integration>> {
        self.list_integrations_with(&IntegrationQuery::default())
            .await
    }

    /// All integrations, sorted or only one's own.
    ///
    #[doc = example!(
        "let query = IntegrationQuery::builder().my_integrations(true).build();\n\
         let mine = client.cw().list_integrations_with(&query)", "?;"
    )]
    /// # Errors
    /// As [`list_integrations`](Self::list_integrations).
    ///
    /// Reference: `GET /integrations`.
    pub async fn list_integrations_with(
        &self,
        query: &IntegrationQuery,
    ) -> Result<Vec<Integration>> {
        self.session.list(all_integrations(query)).await
    }

    /// The same list as [`list_integrations_with`](Self::list_integrations_with), page by page.
    pub fn integration_pages(&self, query: &IntegrationQuery) -> Pages<Integration> {
        Pages::new(self.session, all_integrations(query))
    }

    /// One integration, with its jobs and its schedule.
    ///
    #[doc = example!(
        "let integration = client.cw().get_integration(\"152b8666a0234754afc36f1cde0fd9d2\")", "?;\n\
         println!(\"{} jobs\", integration.jobs.len());"
    )]
    /// # Errors
    /// 404 when there is none; and as every call.
    ///
    /// Reference: `GET /integrations/{integrationId}`.
    pub async fn get_integration(&self, id: impl Into<IntegrationId>) -> Result<SingleIntegration> {
        let id = id.into();
        let request = Request::get("get_integration", ["integrations", id.as_str()]);
        self.session.fetch(request, "integration").await
    }

    /// Creates an integration, and with it its notification configuration.
    ///
    /// Takes an [`IntegrationInput`], an
    /// [`IntegrationProcessInput`](crate::models::cloud_works::IntegrationProcessInput), or a
    /// [`serde_json::Value`]. It is checked before anything is sent.
    ///
    #[doc = example!(
        "let process_only = IntegrationProcessInput::builder()\n    \
             .name(\"My Process\")\n    \
             .workspace_id(\"8a81b09d599f3c6e0159f605560c2630\")\n    \
             .model_id(\"8896D8C366BC48E5A3182B9F5CE10526\")\n    \
             .process_id(118000000012)\n    \
             .build();\n\
         let id = client.cw().create_integration(process_only)", "?;"
    )]
    /// # Errors
    /// [`Error::Validation`] for a payload that cannot be right; from the service 400 for ids
    /// that the model does not know in that place, or a name that is taken; 409 at the tenant's
    /// limit; and as every call.
    ///
    /// Reference: `POST /integrations`.
    pub async fn create_integration<I>(&self, integration: I) -> Result<IntegrationId>
    where
        I: TryInto<IntegrationInput>,
        Error: From<I::Error>,
    {
        let integration = checked(integration)?;
        let request = Request::post("create_integration", ["integrations"]).json(&integration)?;
        let keys = ("integration", "integrationId");
        let all = all_integrations(&IntegrationQuery::default());
        create_named(
            self.session,
            Twice::Refused,
            request,
            keys,
            &integration.name,
            all,
        )
        .await
    }

    /// Replaces an integration: everything again.
    ///
    #[doc = example!(
        "let renamed = IntegrationProcessInput::builder()\n    \
             .name(\"A better name\")\n    \
             .workspace_id(\"8a81b09d599f3c6e0159f605560c2630\")\n    \
             .model_id(\"8896D8C366BC48E5A3182B9F5CE10526\")\n    \
             .process_id(118000000012)\n    \
             .build();\n\
         client.cw().update_integration(\"152b8666a0234754afc36f1cde0fd9d2\", renamed)", "?;"
    )]
    /// # Errors
    /// As [`create_integration`](Self::create_integration); 404 when there is none.
    ///
    /// Reference: `PUT /integrations/{integrationId}`.
    pub async fn update_integration<I>(
        &self,
        id: impl Into<IntegrationId>,
        integration: I,
    ) -> Result<()>
    where
        I: TryInto<IntegrationInput>,
        Error: From<I::Error>,
    {
        let (id, integration) = (id.into(), checked(integration)?);
        let request = Request::put("update_integration", ["integrations", id.as_str()]);
        self.session.perform(request.json(&integration)?).await
    }

    /// Deletes an integration, with its schedule, history and notifications.
    ///
    #[doc = example!(
        "client.cw().delete_integration(\"152b8666a0234754afc36f1cde0fd9d2\")", "?;"
    )]
    /// # Errors
    /// 409 while it runs, 404 when there is none; and as every call.
    ///
    /// Reference: `DELETE /integrations/{integrationId}`.
    pub async fn delete_integration(&self, id: impl Into<IntegrationId>) -> Result<()> {
        let id = id.into();
        let request = Request::delete("delete_integration", ["integrations", id.as_str()]);
        self.session.perform(request).await
    }

    /// Starts an integration. That it was started does not mean that it will succeed: follow it
    /// with [`get_run_status`](Self::get_run_status).
    ///
    #[doc = example!(
        "let run = client.cw().run_integration(\"152b8666a0234754afc36f1cde0fd9d2\")", "?;\n\
         println!(\"started as {run}\");"
    )]
    /// # Errors
    /// 409 while it runs already, 404 when there is none; and as every call. When the answer is
    /// lost, the run history is searched for the run; when that does not settle it, the error
    /// says [`may_have_been_applied`](Error::may_have_been_applied): the run may have begun.
    ///
    /// Reference: `POST /integrations/{integrationId}/run`.
    pub async fn run_integration(&self, id: impl Into<IntegrationId>) -> Result<RunId> {
        let (id, began) = (&id.into(), Instant::now());
        let session = &self.session.within_patience();
        let send = || async move {
            let request = Request::post("run_integration", ["integrations", id.as_str(), "run"]);
            session.create(request, "run", "id").await
        };
        let look = || async move { CloudWorks::new(session).run_since(id, began).await };
        send_or_look(session, Twice::Done, send, look).await
    }

    /// The run that this user started by hand since a call, if it is the only one.
    async fn run_since(&self, id: &IntegrationId, call: Instant) -> Result<Look<RunId>> {
        let runs = self.first_and_last_runs(id).await?;
        let call = self.session.time_of(call);
        let mut since = runs.into_iter().filter_map(|run| {
            let by_hand = matches!(run.trigger_source, None | Some(TriggerSource::Manual));
            let when = when(run.start_date?, call);
            (by_hand && when != When::Before).then_some((run, when))
        });
        Ok(match (since.next(), since.next()) {
            (None, _) => Look::Absent,
            (Some((run, When::Since)), None) => {
                let other = self.somebody_else(run.triggered_by.as_deref()).await;
                match other {
                    None => Look::Found(run.id),
                    Some(name) => {
                        Look::Unclear(format!("the run {} began since, started by {name}", run.id))
                    }
                }
            }
            (Some((run, _)), None) => Look::Unclear(format!("the run {} began about then", run.id)),
            (Some((one, _)), Some((other, _))) => Look::Unclear(format!(
                "the runs {} and {} both began since",
                one.id, other.id
            )),
        })
    }

    /// The name, if it is known not to be this user's.
    async fn somebody_else<'n>(&self, name: Option<&'n str>) -> Option<&'n str> {
        let name = name?;
        let session = self
            .session
            .with_retry(RetryPolicy::none())
            .within(A_MOMENT);
        let request = Request::get("current_user", ["users", "me"]).at(Host::Api);
        let user: Result<User> = session.fetch(request, "user").await;
        let user = user.ok()?;
        let (first, last) = (user.first_name?, user.last_name?);
        let is_own = name.contains(&first) && name.contains(&last);
        (!is_own).then_some(name)
    }

    /// Cancels an integration's run that is under way.
    ///
    #[doc = example!(
        "client.cw().cancel_integration(\"152b8666a0234754afc36f1cde0fd9d2\")", "?;"
    )]
    /// # Errors
    /// 409 when it does not run, 404 while its run is still queued; and as every call.
    ///
    /// Reference: `POST /integrations/{integrationId}/cancel`.
    pub async fn cancel_integration(&self, id: impl Into<IntegrationId>) -> Result<()> {
        let (id, began) = (&id.into(), Instant::now());
        let session = &self.session.within_patience();
        let send = || async move {
            let path = ["integrations", id.as_str(), "cancel"];
            let request = Request::post("cancel_integration", path);
            session.perform(request).await
        };
        let look = || async move {
            let integration = CloudWorks::new(session).get_integration(id).await?;
            let call = session.time_of(began);
            Ok(match integration.latest_run {
                Some(run) if run.is_running() => match run.start_date {
                    Some(start) if when(start, call) != When::Before => {
                        Look::Unclear(format!("another run began at {start}, since this call"))
                    }
                    _ => Look::Absent,
                },
                Some(run) => {
                    let ended = run.end_date.map(|end| when(end, call));
                    let how = run.message.unwrap_or_default();
                    if matches!(ended, Some(When::Since | When::Unclear)) && how == "Cancelled" {
                        Look::Found(())
                    } else {
                        Look::Unclear(format!("its latest run has ended: {how}"))
                    }
                }
                None => Look::Unclear("it does not run".to_owned()),
            })
        };
        // The call names the integration, not the run: a second one may hit the next run.
        send_or_look(session, Twice::Astray, send, look).await
    }
}
