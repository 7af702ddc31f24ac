//! Actions of a model.

use super::{Model, Pages, Result, maybe_async};
use crate::directory::take;
use crate::models::integration_api::Action;
use crate::operations;
use crate::paging::Listing;

#[maybe_async]
impl Model<'_> {
    pub(crate) fn all_actions(&self) -> Listing<Action> {
        Listing::new(operations::list_actions(self.id.as_str()), "actions")
    }

    /// All actions that are neither imports nor exports nor processes.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         for action in model.list_actions()", "? {\n    \
         println!(\"{} {}\", action.id, action.name);\n}"
    )]
    /// # Errors
    /// 404 when there is no such model, or no access to it; and as every call;
    /// [`Error::IncompleteList`](crate::Error::IncompleteList) when the service's pages contradict
    /// each other.
    ///
    /// Reference: `GET /models/{modelId}/actions` of the Integration API.
    pub async fn list_actions(&self) -> Result<Vec<Action>> {
        self.session.for_models().list(self.all_actions()).await
    }

    /// The action with this id or exact name, from the whole list.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         let action = model.find_action(\"Delete old products\")", "?;\n\
         println!(\"{}\", action.id);"
    )]
    /// # Errors
    /// [`Error::Lookup`](crate::Error::Lookup) when there is none, with the nearest names, or when
    /// several have that name, with what tells them apart; and as every call.
    pub async fn find_action(&self, id_or_name: &str) -> Result<Action> {
        let all = self.list_actions().await?;
        Ok(take(all, id_or_name, &self.place())?)
    }

    /// The same list as [`list_actions`](Self::list_actions), page by page.
    pub fn action_pages(&self) -> Pages<Action> {
        Pages::new(&self.session.for_models(), self.all_actions())
    }
}
