//! Integrations: what is moved, from where to where.

use serde_json::json;

use super::preflight::check_first;
use super::{
    CloudWorks, CreatedItem, LookResult, Pages, Result, SearchPolicy, agrees, create_named,
    maybe_async, operations, send_or_look,
};
use crate::directory::{CLOUD_WORKS, take};
use crate::error::Error;
use crate::http::request::checked;
use crate::models::cloud_works::{
    Integration, IntegrationId, IntegrationInput, IntegrationQuery, LatestRun, RunId,
    SingleIntegration, TenantLimits,
};
use crate::paging::Listing;
use crate::runs::{Baseline, Candidate, OwnRun, RunOutcome, own_run};

fn all_integrations(query: &IntegrationQuery) -> Listing<Integration> {
    Listing::new(
        operations::list_integrations().pairs(query.pairs()),
        "integrations",
    )
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

    /// The integration with this id or exact name, from the whole list. Its jobs come only with
    /// [`get_integration`](Self::get_integration).
    ///
    #[doc = example!(
        "let integration = client.cw().find_integration(\"Load everything\")", "?;\n\
         println!(\"{}\", integration.id);"
    )]
    /// # Errors
    /// [`Error::Lookup`] when there is none, with the nearest names, or when several have that
    /// name, with what tells them apart; and as every call.
    pub async fn find_integration(&self, id_or_name: &str) -> Result<Integration> {
        let all = self.list_integrations().await?;
        Ok(take(all, id_or_name, CLOUD_WORKS)?)
    }

    /// The same list as [`list_integrations_with`](Self::list_integrations_with), page by page.
    pub fn integration_pages(&self, query: &IntegrationQuery) -> Pages<Integration> {
        Pages::new(self.session, all_integrations(query))
    }

    /// How many integrations there are in the tenant, and how many there may be. At the limit,
    /// the service refuses new ones with a 409.
    ///
    #[doc = example!(
        "let limits = client.cw().get_tenant_limits()", "?;\n\
         println!(\"{:?} more integrations can be created\", limits.left());"
    )]
    /// # Errors
    /// As every call.
    ///
    /// Reference: `GET /integrations`, its `meta`.
    pub async fn get_tenant_limits(&self) -> Result<TenantLimits> {
        let request = operations::get_tenant_limits();
        let request = request.query("offset", 0).query("limit", 1);
        let limits = self.session.find(request, "meta").await?;
        Ok(limits.unwrap_or_default())
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
        let request = operations::get_integration(id.as_str());
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
        if self.checks_first {
            check_first(self.session, "create_integration", &integration).await?;
        }
        let request = operations::create_integration().json(&integration)?;
        let keys = ("integration", "integrationId");
        let sent = serde_json::to_value(&integration).unwrap_or_default();
        let read = |found: Integration| {
            let shown = json!({
                "workspaceId": found.workspace_id,
                "modelId": found.model_id,
                "processId": found.process_id,
            });
            CreatedItem {
                is_as_sent: agrees(&shown, &sent),
                name: found.name,
                date: found.creation_date,
                by: found.created_by,
                id: found.id,
            }
        };
        let listing = all_integrations(&IntegrationQuery::default());
        let search = SearchPolicy::RefusedWhenDoubled;
        let name = &integration.name;
        create_named(self.session, search, request, keys, name, listing, read).await
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
        if self.checks_first {
            check_first(self.session, "update_integration", &integration).await?;
        }
        let request = operations::update_integration(id.as_str());
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
        let request = operations::delete_integration(id.as_str());
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
    /// lost, the start is not sent again: [`Error::Uncertain`] lists the runs that may be this one.
    /// With [`RetryPolicy::read_baseline`](crate::RetryPolicy::read_baseline) the run is found by
    /// its id where that can be told for certain; [`run_and_wait`](Self::run_and_wait) always does
    /// so.
    ///
    /// Reference: `POST /integrations/{integrationId}/run`.
    pub async fn run_integration(&self, id: impl Into<IntegrationId>) -> Result<RunId> {
        self.session.check_may_write("run_integration")?;
        let id = id.into();
        let session = self.session.within_policy();
        let cw = CloudWorks::new(&session);
        let baseline = match session.policy().reads_baseline() {
            true => cw.read_baseline(&id).await,
            false => None,
        };
        cw.start(
            &id,
            baseline.as_ref(),
            SearchPolicy::of_start(session.policy()),
        )
        .await
    }

    /// The runs that are there before a start; `None` when they cannot be read, in which case a
    /// lost answer stays in doubt.
    pub(super) async fn read_baseline(&self, id: &IntegrationId) -> Option<Baseline> {
        let read = self.newest_runs(id).await;
        match read {
            Ok((runs, is_whole)) => Some(Baseline::of(&runs, is_whole)),
            Err(error) => {
                tracing::debug!(%error, "the history was not read before the start");
                None
            }
        }
    }

    /// Starts an integration; when the answer is lost, looks for the run in the history.
    pub(super) async fn start(
        &self,
        id: &IntegrationId,
        baseline: Option<&Baseline>,
        search: SearchPolicy,
    ) -> Result<RunId> {
        let session = self.session;
        let send = || async move {
            let request = operations::run_integration(id.as_str());
            session.create(request, "run", "id").await
        };
        let look = || async move {
            let (runs, _) = CloudWorks::new(session).newest_runs(id).await?;
            let caller = session.caller().await;
            Ok(match own_run(&runs, baseline, caller.as_ref()) {
                OwnRun::NotSeen => LookResult::Nothing,
                OwnRun::Found(run) => LookResult::Done(run),
                OwnRun::Undecided {
                    candidates,
                    may_change,
                } => LookResult::Undecided {
                    found: Candidate::in_words(&candidates),
                    candidates,
                    may_change,
                },
            })
        };
        send_or_look(session, search, send, look).await
    }

    /// Cancels an integration's run that is under way.
    ///
    #[doc = example!(
        "client.cw().cancel_integration(\"152b8666a0234754afc36f1cde0fd9d2\")", "?;"
    )]
    /// # Errors
    /// 404 while its run is still queued. 409 `is not in running state` when it does not run, and
    /// for a process also while it does: what the service calls running there is not what
    /// `latest_run` calls so. A 409 thus does not mean that nothing runs; a look at the
    /// [`latest_run`](crate::models::cloud_works::SingleIntegration::latest_run) of
    /// [`get_integration`](Self::get_integration) tells which it is. And as every call. When the
    /// answer is lost, the cancel is not sent again, since it could hit the next run:
    /// [`Error::Uncertain`] tells of the latest run. With
    /// [`RetryPolicy::read_baseline`](crate::RetryPolicy::read_baseline) it is looked whether the
    /// run that was under way before has been cancelled.
    ///
    /// Reference: `POST /integrations/{integrationId}/cancel`.
    pub async fn cancel_integration(&self, id: impl Into<IntegrationId>) -> Result<()> {
        self.session.check_may_write("cancel_integration")?;
        let id = &id.into();
        let session = &self.session.within_policy();
        let before = match session.policy().reads_baseline() {
            true => {
                let read = CloudWorks::new(session).get_integration(id).await;
                read.ok().and_then(|integration| integration.latest_run)
            }
            false => None,
        };
        let before = &before;
        let send = || async move {
            let request = operations::cancel_integration(id.as_str());
            session.perform(request).await
        };
        let look = || async move {
            let integration = CloudWorks::new(session).get_integration(id).await?;
            Ok(what_became_of(before.as_ref(), integration.latest_run))
        };
        send_or_look(
            session,
            SearchPolicy::by_policy(session.policy()),
            send,
            look,
        )
        .await
    }
}

/// Whether the run that was under way has been cancelled.
fn what_became_of(before: Option<&LatestRun>, latest: Option<LatestRun>) -> LookResult<()> {
    let Some(latest) = latest else {
        return LookResult::unclear("the service shows no run of it");
    };
    let was_running = before.filter(|before| !RunOutcome::from(*before).has_ended());
    let is_the_same = was_running.and_then(|before| before.is_same_as(&latest)) == Some(true);
    match RunOutcome::from(&latest) {
        RunOutcome::Cancelled(_) if is_the_same => LookResult::Done(()),
        // The cancel may take its time.
        RunOutcome::StillRunning(_) if is_the_same => LookResult::Nothing,
        _ => LookResult::Undecided {
            found: format!("its latest run is {}", Candidate::from(&latest)),
            candidates: vec![Candidate::from(&latest)],
            may_change: false,
        },
    }
}
