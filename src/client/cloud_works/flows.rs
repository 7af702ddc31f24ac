//! Flows: integrations in sequence.

use std::time::Instant;

use super::{
    Look, Pages, Request, Result, Session, Twice, When, create_named, maybe_async, paging,
    send_or_look, when,
};
use crate::error::Error;
use crate::models::cloud_works::{IntegrationId, RunId};
use crate::models::flows::{Flow, FlowId, FlowInput, FlowQuery, FlowSummary};
use crate::paging::Listing;
use crate::request::checked;
use crate::validation::{ProblemKind, ValidationError};

/// The flows of CloudWorks. From [`CloudWorks::flows`](super::CloudWorks::flows).
#[derive(Clone, Copy)]
pub struct Flows<'c> {
    pub(super) session: &'c Session,
}

impl std::fmt::Debug for Flows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Flows")
    }
}

impl<'c> Flows<'c> {
    pub(super) fn new(session: &'c Session) -> Self {
        Self { session }
    }
}

fn all_flows(query: &FlowQuery) -> Listing<FlowSummary> {
    paging::flows(Request::get("list_flows", ["integrationflows"]).pairs(query.pairs()))
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
        let request = Request::get("get_flow", ["integrationflows", id.as_str()]);
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
        let request = Request::post("create_flow", ["integrationflows"]).json(&flow)?;
        let keys = ("integrationFlow", "integrationFlowId");
        let all = all_flows(&FlowQuery::default());
        // That names are unique is documented of integrations, not of flows.
        create_named(self.session, Twice::Done, request, keys, &flow.name, all).await
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
        let request = Request::put("update_flow", ["integrationflows", id.as_str()]);
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
        let request = Request::delete("delete_flow", ["integrationflows", id.as_str()]);
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
    /// answer was lost, [`Error::may_have_been_applied`] says so: the run may have begun.
    ///
    /// Reference: `POST /integrationflows/{integrationFlowId}/run`.
    pub async fn run_flow(&self, id: impl Into<FlowId>) -> Result<RunId> {
        let id = id.into();
        let request = Request::post("run_flow", ["integrationflows", id.as_str(), "run"]);
        self.start(&id, request).await
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
        if steps.is_empty() {
            // The service would take an empty list for all of them.
            let message = "no step named: expected at least one, or `run_flow` for all of them";
            return Err(ValidationError::single("stepsToRun", ProblemKind::Empty, message).into());
        }
        let request = Request::post("run_flow_steps", ["integrationflows", id.as_str(), "run"])
            .json(&serde_json::json!({ "stepsToRun": steps }))?;
        self.start(&id, request).await
    }

    async fn start(&self, id: &FlowId, request: Request) -> Result<RunId> {
        let (request, began) = (&request, Instant::now());
        let session = &self.session.within_patience();
        let send = || async move { session.create(request.clone(), "run", "id").await };
        let look = || async move {
            let flow = Flows::new(session).get_flow(id).await?;
            let call = session.time_of(began);
            // The service tells when a flow last ran, but not that run's id.
            let latest = flow.latest_run.and_then(|run| run.start_date);
            let since = latest.filter(|start| when(*start, call) != When::Before);
            Ok(match since {
                None => Look::Absent,
                Some(start) => Look::Unclear(format!(
                    "the flow's latest run began at {start}, since this call"
                )),
            })
        };
        send_or_look(session, Twice::Done, send, look).await
    }
}
