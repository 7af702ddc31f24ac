//! Flows: integrations in sequence.

use super::preflight::check_first;
use super::{
    CreatedItem, LookResult, Pages, Request, Result, SearchPolicy, Session, create_named,
    maybe_async, operations, send_or_look,
};
use crate::directory::{CLOUD_WORKS, take};
use crate::error::Error;
use crate::http::request::checked;
use crate::models::cloud_works::{IntegrationId, RunId};
use crate::models::flows::{Flow, FlowId, FlowInput, FlowQuery, FlowSummary};
use crate::paging::Listing;
use crate::runs::{Candidate, OwnFlowRun, own_flow_run};
use crate::validation::{ProblemKind, ValidationError};

/// The flows of CloudWorks. From [`CloudWorks::flows`](super::CloudWorks::flows).
#[derive(Clone, Copy)]
pub struct Flows<'c> {
    pub(super) session: &'c Session,
    pub(super) checks_first: bool,
}

impl std::fmt::Debug for Flows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Flows")
    }
}

impl<'c> Flows<'c> {
    pub(super) fn new(session: &'c Session) -> Self {
        Self {
            session,
            checks_first: false,
        }
    }
}

fn all_flows(query: &FlowQuery) -> Listing<FlowSummary> {
    Listing::new(
        operations::list_flows().pairs(query.pairs()),
        "integrationFlows",
    )
}

#[maybe_async]
impl Flows<'_> {
    /// All flows that the user may see, without their steps.
    ///
    #[doc = example!(
        "for flow in client.cw().flows().list_flows()", "? {\n    \
         println!(\"{} {}\", flow.id, flow.name);\n}"
    )]
    /// # Errors
    /// As every call; [`Error::IncompleteList`] when the service's pages contradict each other.
    ///
    /// Reference: `GET /integrationflows`.
    pub async fn list_flows(&self) -> Result<Vec<FlowSummary>> {
        self.list_flows_with(&FlowQuery::default()).await
    }

    /// All flows, or only one's own.
    ///
    #[doc = example!(
        "let query = FlowQuery::builder().my_integrations(true).build();\n\
         let mine = client.cw().flows().list_flows_with(&query)", "?;"
    )]
    /// # Errors
    /// As [`list_flows`](Self::list_flows).
    ///
    /// Reference: `GET /integrationflows`.
    pub async fn list_flows_with(&self, query: &FlowQuery) -> Result<Vec<FlowSummary>> {
        self.session.list(all_flows(query)).await
    }

    /// The flow with this id or exact name, from the whole list.
    ///
    #[doc = example!(
        "let flow = client.cw().flows().find_flow(\"Nightly\")", "?;\n\
         println!(\"{}\", flow.id);"
    )]
    /// # Errors
    /// [`Error::Lookup`] when there is none, with the nearest names, or when several have that
    /// name, with what tells them apart; and as every call.
    pub async fn find_flow(&self, id_or_name: &str) -> Result<FlowSummary> {
        let all = self.list_flows().await?;
        Ok(take(all, id_or_name, CLOUD_WORKS)?)
    }

    /// The same list as [`list_flows_with`](Self::list_flows_with), page by page.
    pub fn flow_pages(&self, query: &FlowQuery) -> Pages<FlowSummary> {
        Pages::new(self.session, all_flows(query))
    }

    /// One flow, with its steps.
    ///
    #[doc = example!(
        "let flow = client.cw().flows().get_flow(\"7f6b5a4c3d2e1f0a9b8c7d6e5f4a3b2c\")", "?;\n\
         println!(\"{} steps\", flow.steps.len());"
    )]
    /// # Errors
    /// 404 when there is none; and as every call.
    ///
    /// Reference: `GET /integrationflows/{integrationFlowId}`.
    pub async fn get_flow(&self, id: impl Into<FlowId>) -> Result<Flow> {
        let id = id.into();
        let request = operations::get_flow(id.as_str());
        self.session.fetch(request, "integrationFlow").await
    }

    /// Creates a flow.
    ///
    /// Takes a [`FlowInput`] or a [`serde_json::Value`]. It is checked before anything is sent.
    ///
    #[doc = example!(
        "let flow = FlowInput::sequence(\n    \
             \"My Flow\",\n    \
             [\"840ccd8a279a454d99577d9538f24f09\", \"c0fa795faac047468a59c8dbe3752d75\"],\n\
         );\n\
         let id = client.cw().flows().create_flow(flow)", "?;"
    )]
    /// # Errors
    /// [`Error::Validation`] for a payload that cannot be right, such as a step that depends on
    /// none before it; from the service 400 for integrations that it does not know; and as every
    /// call.
    ///
    /// Reference: `POST /integrationflows`.
    pub async fn create_flow<F>(&self, flow: F) -> Result<FlowId>
    where
        F: TryInto<FlowInput>,
        Error: From<F::Error>,
    {
        let flow = checked(flow)?;
        if self.checks_first {
            check_first(self.session, "create_flow", &flow).await?;
        }
        let request = operations::create_flow().json(&flow)?;
        let keys = ("integrationFlow", "integrationFlowId");
        let steps = i64::try_from(flow.steps.len()).ok();
        let read = |found: FlowSummary| CreatedItem {
            is_as_sent: found.steps_count.is_none() || found.steps_count == steps,
            name: found.name,
            date: found.creation_date,
            by: found.created_by,
            id: found.id,
        };
        let listing = all_flows(&FlowQuery::default());
        // That names are unique is documented of integrations, not of flows.
        let search = SearchPolicy::by_policy(self.session.policy());
        create_named(
            self.session,
            search,
            request,
            keys,
            &flow.name,
            listing,
            read,
        )
        .await
    }

    /// Replaces a flow: everything again.
    ///
    #[doc = example!(
        "let flow = FlowInput::sequence(\n    \
             \"My Flow\",\n    \
             [\"c0fa795faac047468a59c8dbe3752d75\", \"840ccd8a279a454d99577d9538f24f09\"],\n\
         );\n\
         client.cw().flows().update_flow(\"7f6b5a4c3d2e1f0a9b8c7d6e5f4a3b2c\", flow)", "?;"
    )]
    /// # Errors
    /// As [`create_flow`](Self::create_flow); 404 when there is none.
    ///
    /// Reference: `PUT /integrationflows/{integrationFlowId}`.
    pub async fn update_flow<F>(&self, id: impl Into<FlowId>, flow: F) -> Result<()>
    where
        F: TryInto<FlowInput>,
        Error: From<F::Error>,
    {
        let (id, flow) = (id.into(), checked(flow)?);
        if self.checks_first {
            check_first(self.session, "update_flow", &flow).await?;
        }
        let request = operations::update_flow(id.as_str());
        self.session.perform(request.json(&flow)?).await
    }

    /// Deletes a flow; the integrations of its steps stay.
    ///
    #[doc = example!(
        "client.cw().flows().delete_flow(\"7f6b5a4c3d2e1f0a9b8c7d6e5f4a3b2c\")", "?;"
    )]
    /// # Errors
    /// 404 when there is none; and as every call.
    ///
    /// Reference: `DELETE /integrationflows/{integrationFlowId}`.
    pub async fn delete_flow(&self, id: impl Into<FlowId>) -> Result<()> {
        let id = id.into();
        let request = operations::delete_flow(id.as_str());
        self.session.perform(request).await
    }

    /// Starts a flow, all of its steps. The id is good for the records: the service has no
    /// status for it, the steps' runs tell how it goes.
    ///
    #[doc = example!(
        "let run = client.cw().flows().run_flow(\"7f6b5a4c3d2e1f0a9b8c7d6e5f4a3b2c\")", "?;"
    )]
    /// # Errors
    /// 409 while it or one of its steps runs, 404 when there is none; and as every call. When the
    /// answer is lost, the start is not sent again: [`Error::Uncertain`] tells of the flow's latest
    /// run. With [`RetryPolicy::read_baseline`](crate::RetryPolicy::read_baseline) the run is found
    /// where the service tells its id and it can be told for certain.
    ///
    /// Reference: `POST /integrationflows/{integrationFlowId}/run`.
    pub async fn run_flow(&self, id: impl Into<FlowId>) -> Result<RunId> {
        let id = id.into();
        let request = operations::run_flow(id.as_str());
        self.start_by_policy(&id, request).await
    }

    /// Starts some steps of a flow, named by their integrations; at least one.
    ///
    #[doc = example!(
        "let run = client\n    .cw()\n    .flows()\n    .run_flow_steps(\n        \
             \"7f6b5a4c3d2e1f0a9b8c7d6e5f4a3b2c\",\n        \
             [\"c0fa795faac047468a59c8dbe3752d75\"],\n    )\n    ", "?;"
    )]
    /// # Errors
    /// [`Error::Validation`] when no step is named; and as [`run_flow`](Self::run_flow).
    ///
    /// Reference: `POST /integrationflows/{integrationFlowId}/run`.
    pub async fn run_flow_steps<S>(&self, id: impl Into<FlowId>, steps: S) -> Result<RunId>
    where
        S: IntoIterator<Item: Into<IntegrationId>>,
    {
        let id = id.into();
        let steps: Vec<IntegrationId> = steps.into_iter().map(Into::into).collect();
        let request = run_steps(&id, &steps)?;
        self.start_by_policy(&id, request).await
    }

    async fn start_by_policy(&self, id: &FlowId, request: Request) -> Result<RunId> {
        self.session.check_may_write(request.operation)?;
        let session = self.session.within_policy();
        let flows = Flows::new(&session);
        let before = match session.policy().reads_baseline() {
            true => flows.get_flow(id).await.ok(),
            false => None,
        };
        let search = SearchPolicy::of_start(session.policy());
        flows
            .start(id, request, before.as_ref(), search, |run| run, |run| run)
            .await
    }

    /// Starts a flow; when the answer is lost, looks for its run, which may show no id:
    /// `of_look` then says whether it is wanted all the same.
    pub(super) async fn start<T>(
        &self,
        id: &FlowId,
        request: Request,
        before: Option<&Flow>,
        search: SearchPolicy,
        of_answer: impl Fn(RunId) -> T,
        of_look: impl Fn(Option<RunId>) -> Option<T>,
    ) -> Result<T> {
        let (session, request) = (self.session, &request);
        let (of_answer, of_look) = (&of_answer, &of_look);
        let send = || async move {
            let run: RunId = session.create(request.clone(), "run", "id").await?;
            Ok(of_answer(run))
        };
        let look = || async move {
            let flow = Flows::new(session).get_flow(id).await?;
            let Some(latest) = flow.latest_run else {
                return Ok(LookResult::Nothing);
            };
            let caller = session.caller().await;
            let before = before.map(|flow| flow.latest_run.as_ref());
            let found = own_flow_run(&latest, None, before, caller.as_ref());
            if found == OwnFlowRun::Other {
                return Ok(LookResult::Nothing);
            }
            let candidate = Candidate::from(&latest);
            let own = (found == OwnFlowRun::Own).then_some(latest.id);
            Ok(match own.and_then(of_look) {
                Some(value) => LookResult::Done(value),
                None => LookResult::Undecided {
                    found: Candidate::in_words(std::slice::from_ref(&candidate)),
                    candidates: vec![candidate],
                    may_change: found == OwnFlowRun::Perhaps { may_change: true },
                },
            })
        };
        send_or_look(session, search, send, look).await
    }
}

/// The request that starts these steps, at least one.
pub(super) fn run_steps(id: &FlowId, steps: &[IntegrationId]) -> Result<Request> {
    if steps.is_empty() {
        // The service would take an empty list for all of them.
        let message = "no step named: expected at least one, or `run_flow` for all of them";
        return Err(ValidationError::single("stepsToRun", ProblemKind::Empty, message).into());
    }
    operations::run_flow_steps(id.as_str()).json(&serde_json::json!({ "stepsToRun": steps }))
}
