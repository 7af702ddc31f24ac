//! Workspaces.

use super::{Client, Pages, Result, maybe_async};
use crate::directory::{WORKSPACES, take};
use crate::models::integration_api::Workspace;
use crate::operations;
use crate::paging::Listing;

pub(crate) fn all_workspaces() -> Listing<Workspace> {
    let request = operations::list_workspaces().query("tenantDetails", true);
    Listing::new(request, "workspaces")
}

#[maybe_async]
impl Client {
    /// All workspaces that the user may see, of the user's default tenant.
    ///
    #[doc = example!(
        "for workspace in client.list_workspaces()", "? {\n    \
         println!(\"{} {}\", workspace.id, workspace.name);\n}"
    )]
    /// # Errors
    /// As every call; [`Error::IncompleteList`](crate::Error::IncompleteList) when the service's
    /// pages contradict each other.
    ///
    /// Reference: `GET /workspaces` of the Integration API.
    pub async fn list_workspaces(&self) -> Result<Vec<Workspace>> {
        self.session.for_models().list(all_workspaces()).await
    }

    /// The workspace with this id or exact name, from the whole list.
    ///
    #[doc = example!(
        "let workspace = client.find_workspace(\"Supply chain\")", "?;\n\
         println!(\"{}\", workspace.id);"
    )]
    /// # Errors
    /// [`Error::Lookup`](crate::Error::Lookup) when there is none, with the nearest names, or when
    /// several have that name, with what tells them apart; and as every call.
    pub async fn find_workspace(&self, id_or_name: &str) -> Result<Workspace> {
        let all = self.list_workspaces().await?;
        Ok(take(all, id_or_name, WORKSPACES)?)
    }

    /// The same list as [`list_workspaces`](Self::list_workspaces), page by page.
    pub fn workspace_pages(&self) -> Pages<Workspace> {
        Pages::new(&self.session.for_models(), all_workspaces())
    }
}
