//! Processes of a model.

use super::{Model, Pages, Result, maybe_async};
use crate::directory::take;
use crate::http::response;
use crate::models::cloud_works::ProcessId;
use crate::models::integration_api::{Process, ProcessDetails};
use crate::operations;
use crate::paging::Listing;

#[maybe_async]
impl Model<'_> {
    pub(crate) fn all_processes(&self) -> Listing<Process> {
        Listing::new(operations::list_processes(self.id.as_str()), "processes")
    }

    /// All processes, without their steps.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         for process in model.list_processes()", "? {\n    \
         println!(\"{} {}\", process.id, process.name);\n}"
    )]
    /// # Errors
    /// 404 when there is no such model, or no access to it; and as every call;
    /// [`Error::IncompleteList`](crate::Error::IncompleteList) when the service's pages contradict
    /// each other.
    ///
    /// Reference: `GET /models/{modelId}/processes` of the Integration API.
    pub async fn list_processes(&self) -> Result<Vec<Process>> {
        self.session.for_models().list(self.all_processes()).await
    }

    /// The process with this id or exact name, from the whole list.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         let process = model.find_process(\"Load everything\")", "?;\n\
         println!(\"{}\", process.id);"
    )]
    /// # Errors
    /// [`Error::Lookup`](crate::Error::Lookup) when there is none, with the nearest names, or when
    /// several have that name, with what tells them apart; and as every call.
    pub async fn find_process(&self, id_or_name: &str) -> Result<Process> {
        let all = self.list_processes().await?;
        Ok(take(all, id_or_name, &self.place())?)
    }

    /// The same list as [`list_processes`](Self::list_processes), page by page.
    pub fn process_pages(&self) -> Pages<Process> {
        Pages::new(&self.session.for_models(), self.all_processes())
    }

    /// One process, with its steps and what each of its imports reads.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         for step in model.get_process(118000000012)", "?.actions {\n    \
         println!(\"{} reads {:?}\", step.name, step.data_source_id());\n}"
    )]
    /// # Errors
    /// As every call. An answer does not prove that the process exists: the list tells.
    ///
    /// Reference: `GET /models/{modelId}/processes/{processId}` of the Integration API.
    pub async fn get_process(&self, id: impl Into<ProcessId>) -> Result<ProcessDetails> {
        let id = id.into();
        let request = operations::get_process(self.id.as_str(), id.as_str());
        let request = request.query("showImportDataSource", true);
        let read = |body: &[u8]| match response::optional(body, "processMetadata")? {
            Some(process) => Ok(process),
            None => response::value(body, "process"),
        };
        self.session.for_models().call(request, read).await
    }
}
