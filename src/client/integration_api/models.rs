//! Models.

use super::{Client, Model, Pages, Result, maybe_async};
use crate::directory::{MODELS, take};
use crate::http::request::Request;
use crate::models::cloud_works::{ModelId, WorkspaceId};
use crate::models::integration_api::{Model as ModelReply, ModelStatus};
use crate::operations;
use crate::paging::Listing;

pub(crate) fn all_models() -> Listing<ModelReply> {
    let request = operations::list_models().query("modelDetails", true);
    Listing::new(request, "models")
}

pub(crate) fn models_in(workspace: &WorkspaceId) -> Listing<ModelReply> {
    let request = operations::list_models_in(workspace.as_str()).query("modelDetails", true);
    Listing::new(request, "models")
}

pub(crate) fn one_model(id: &ModelId) -> Request {
    operations::get_model(id.as_str()).query("modelDetails", true)
}

#[maybe_async]
impl Client {
    /// All models that the user can reach, of the user's default tenant.
    ///
    #[doc = example!(
        "for model in client.list_models()", "? {\n    \
         println!(\"{} {}: {:?}\", model.id, model.name, model.active_state);\n}"
    )]
    /// # Errors
    /// As every call; [`Error::IncompleteList`](crate::Error::IncompleteList) when the service's
    /// pages contradict each other.
    ///
    /// Reference: `GET /models` of the Integration API.
    pub async fn list_models(&self) -> Result<Vec<ModelReply>> {
        self.session.for_models().list(all_models()).await
    }

    /// The model with this id or exact name, from the whole list.
    ///
    #[doc = example!(
        "let model = client.find_model(\"Demand planning\")", "?;\n\
         println!(\"{}\", model.id);"
    )]
    /// # Errors
    /// [`Error::Lookup`](crate::Error::Lookup) when there is none, with the nearest names, or when
    /// several have that name, with what tells them apart; and as every call.
    pub async fn find_model(&self, id_or_name: &str) -> Result<ModelReply> {
        let all = self.list_models().await?;
        Ok(take(all, id_or_name, MODELS)?)
    }

    /// The same list as [`list_models`](Self::list_models), page by page.
    pub fn model_pages(&self) -> Pages<ModelReply> {
        Pages::new(&self.session.for_models(), all_models())
    }

    /// All models of a workspace: those to which the user has no access, too.
    ///
    #[doc = example!(
        "let models = client.list_models_in(\"8a81b09d599f3c6e0159f605560c2630\")", "?;"
    )]
    /// # Errors
    /// As [`list_models`](Self::list_models).
    ///
    /// Reference: `GET /workspaces/{workspaceId}/models` of the Integration API.
    pub async fn list_models_in(
        &self,
        workspace: impl Into<WorkspaceId>,
    ) -> Result<Vec<ModelReply>> {
        let listing = models_in(&workspace.into());
        self.session.for_models().list(listing).await
    }

    /// One model. The service also shows one to which the user has no access.
    ///
    #[doc = example!(
        "let model = client.get_model(\"8896D8C366BC48E5A3182B9F5CE10526\")", "?;\n\
         println!(\"{} is in {:?}\", model.name, model.current_workspace_name);"
    )]
    /// # Errors
    /// 404 when there is none that the user may see; and as every call.
    ///
    /// Reference: `GET /models/{modelId}` of the Integration API.
    pub async fn get_model(&self, id: impl Into<ModelId>) -> Result<ModelReply> {
        let request = one_model(&id.into());
        self.session.for_models().fetch(request, "model").await
    }
}

#[maybe_async]
impl Model<'_> {
    /// Whether the model is loaded, and what runs in it. Its state (locked, archived, …) stands in
    /// [`get_model`](Client::get_model).
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         let status = model.get_status()", "?;\n\
         println!(\"{:?}\", status.current_step);"
    )]
    /// # Errors
    /// 404 when there is no such model that the user may see; and as every call.
    ///
    /// Reference: `GET /models/{modelId}/status` of the Integration API.
    pub async fn get_status(&self) -> Result<ModelStatus> {
        let request = operations::get_model_status(self.id.as_str());
        self.session.fetch(request, "requestStatus").await
    }
}
