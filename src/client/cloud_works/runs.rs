//! Runs: what happened, and why.

use std::collections::HashSet;

use super::{CloudWorks, Pages, Result, maybe_async, operations};
use crate::models::cloud_works::{
    ActionId, IntegrationId, RunError, RunErrorReply, RunId, RunStatus, RunSummary,
};
use crate::paging::{Listing, Span, last_span};

pub(super) fn runs_of(id: &IntegrationId) -> Listing<RunSummary> {
    Listing::of_history(operations::get_run_history(id.as_str()), "history_of_runs")
}

#[maybe_async]
impl CloudWorks<'_> {
    /// An integration's runs, all of them.
    ///
    #[doc = example!(
        "let runs = client.cw().get_run_history(\"152b8666a0234754afc36f1cde0fd9d2\")", "?;\n\
         println!(\"{} runs\", runs.len());"
    )]
    /// # Errors
    /// 404 when there is no such integration; and as every list.
    ///
    /// Reference: `GET /integrations/runs/{integrationId}`.
    pub async fn get_run_history(&self, id: impl Into<IntegrationId>) -> Result<Vec<RunSummary>> {
        self.session.list(runs_of(&id.into())).await
    }

    /// The same list as [`get_run_history`](Self::get_run_history), page by page.
    pub fn run_history_pages(&self, id: impl Into<IntegrationId>) -> Pages<RunSummary> {
        Pages::new(self.session, runs_of(&id.into()))
    }

    /// Where a run stands. `success: Some(true)` may still be a partial success: see
    /// [`RunStatus::message`].
    ///
    #[doc = example!(
        "let status = client.cw().get_run_status(\"91a01d97958d44baaa58ad8a3d45804e\")", "?;\n\
         println!(\"running: {}\", status.is_running());"
    )]
    /// # Errors
    /// 404 when there is no such run, which includes every run of a flow: the service tells of
    /// those only through their steps; and as every call.
    ///
    /// Reference: `GET /integrations/run/{runId}`.
    pub async fn get_run_status(&self, run: impl Into<RunId>) -> Result<RunStatus> {
        let run = run.into();
        let request = operations::get_run_status(run.as_str());
        self.session.fetch(request, "run").await
    }

    /// What went wrong in a run; `None` when nothing did.
    ///
    #[doc = example!(
        "if let Some(error) = client.cw().get_run_error(\"91a01d97958d44baaa58ad8a3d45804e\")", "? {\n    \
         println!(\"{error}\");\n}"
    )]
    /// # Errors
    /// 404 when there is no such run; and as every call.
    ///
    /// Reference: `GET /integrations/runerror/{runId}`.
    pub async fn get_run_error(&self, run: impl Into<RunId>) -> Result<Option<RunError>> {
        let run = run.into();
        let request = operations::get_run_error(run.as_str());
        let reply: Option<RunErrorReply> = self.session.find(request, "runs").await?;
        Ok(reply.and_then(|reply| reply.0))
    }

    /// The rows that an import rejected: a CSV file, as the service made it.
    ///
    #[doc = example!(
        "let csv = client.cw().get_import_error_dump(\"91a01d97958d44baaa58ad8a3d45804e\")", "?;\n\
         println!(\"{}\", String::from_utf8_lossy(&csv));"
    )]
    /// # Errors
    /// 404 when the run rejected nothing; and as every call.
    ///
    /// Reference: `GET /integrations/run/{runId}/dumps`.
    pub async fn get_import_error_dump(&self, run: impl Into<RunId>) -> Result<Vec<u8>> {
        let request = operations::get_import_error_dump(run.into().as_str());
        self.session.dump(request).await
    }

    /// The rows that one import of a process rejected: a CSV file, as the service made it.
    ///
    #[doc = example!(
        "let csv = client\n    .cw()\n    .get_process_error_dump(\"91a01d97958d44baaa58ad8a3d45804e\", 112000000001)\n    ", "?;\n\
         println!(\"{}\", String::from_utf8_lossy(&csv));"
    )]
    /// # Errors
    /// 404 when the action rejected nothing; and as every call.
    ///
    /// Reference: `GET /integrations/run/{runId}/process/import/{actionId}/dumps`.
    pub async fn get_process_error_dump(
        &self,
        run: impl Into<RunId>,
        action: impl Into<ActionId>,
    ) -> Result<Vec<u8>> {
        let (run, action) = (run.into(), action.into());
        let request = operations::get_process_error_dump(run.as_str(), action.as_str());
        self.session.dump(request).await
    }

    /// The runs of the first page and of the last one: the order is not promised, but the newest
    /// are among these. Also whether these are all that there are.
    pub(super) async fn newest_runs(&self, id: &IntegrationId) -> Result<(Vec<RunSummary>, bool)> {
        let listing = runs_of(id);
        let limit = u64::from(self.session.page_size());
        let first = self
            .session
            .whole_page(&listing, Span::new(0, limit))
            .await?;
        // Without a count, only an empty history is known to be whole.
        let total = first.total.or(first.items.is_empty().then_some(0));
        let last = last_span(&first, limit);
        let mut runs = first.items;
        if let Some(span) = last {
            let last = self.session.whole_page(&listing, span).await?;
            runs.extend(last.items);
        }
        let different: HashSet<_> = runs.iter().map(|run| &run.id).collect();
        let is_whole = total.is_some_and(|total| total <= different.len() as u64);
        Ok((runs, is_whole))
    }
}
