//! Imports of a model.

use super::{Model, Pages, Result, maybe_async};
use crate::directory::take;
use crate::models::cloud_works::ActionId;
use crate::models::integration_api::{Import, ImportMetadata};
use crate::operations;
use crate::paging::Listing;

#[maybe_async]
impl Model<'_> {
    pub(crate) fn all_imports(&self) -> Listing<Import> {
        Listing::new(operations::list_imports(self.id.as_str()), "imports")
    }

    /// All imports, with the files that they read.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         for import in model.list_imports()", "? {\n    \
         println!(\"{} {}\", import.id, import.name);\n}"
    )]
    /// # Errors
    /// 404 when there is no such model, or no access to it; and as every call;
    /// [`Error::IncompleteList`](crate::Error::IncompleteList) when the service's pages contradict
    /// each other.
    ///
    /// Reference: `GET /models/{modelId}/imports` of the Integration API.
    pub async fn list_imports(&self) -> Result<Vec<Import>> {
        self.session.for_models().list(self.all_imports()).await
    }

    /// The import with this id or exact name, from the whole list.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         let import = model.find_import(\"Products from products.csv\")", "?;\n\
         println!(\"{}\", import.id);"
    )]
    /// # Errors
    /// [`Error::Lookup`](crate::Error::Lookup) when there is none, with the nearest names, or when
    /// several have that name, with what tells them apart; and as every call.
    pub async fn find_import(&self, id_or_name: &str) -> Result<Import> {
        let all = self.list_imports().await?;
        Ok(take(all, id_or_name, &self.place())?)
    }

    /// The same list as [`list_imports`](Self::list_imports), page by page.
    pub fn import_pages(&self) -> Pages<Import> {
        Pages::new(&self.session.for_models(), self.all_imports())
    }

    /// How an import reads its source; which file that is, tells the list.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         let import = model.get_import(112000000001)", "?;\n\
         println!(\"{:?}\", import.source);"
    )]
    /// # Errors
    /// As every call. An answer does not prove that the import exists, and for one that does not,
    /// the service may answer 500: the list tells.
    ///
    /// Reference: `GET /models/{modelId}/imports/{importId}` of the Integration API.
    pub async fn get_import(&self, id: impl Into<ActionId>) -> Result<ImportMetadata> {
        let id = id.into();
        let request = operations::get_import(self.id.as_str(), id.as_str());
        self.session
            .for_models()
            .fetch(request, "importMetadata")
            .await
    }
}
