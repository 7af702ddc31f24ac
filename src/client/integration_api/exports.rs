//! Exports of a model.

use super::{Model, Pages, Result, maybe_async};
use crate::directory::take;
use crate::models::cloud_works::ActionId;
use crate::models::integration_api::{Export, ExportMetadata};
use crate::operations;
use crate::paging::Listing;

#[maybe_async]
impl Model<'_> {
    pub(crate) fn all_exports(&self) -> Listing<Export> {
        Listing::new(operations::list_exports(self.id.as_str()), "exports")
    }

    /// All exports.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         for export in model.list_exports()", "? {\n    \
         println!(\"{} {}\", export.id, export.name);\n}"
    )]
    /// # Errors
    /// 404 when there is no such model, or no access to it; and as every call;
    /// [`Error::IncompleteList`](crate::Error::IncompleteList) when the service's pages contradict
    /// each other.
    ///
    /// Reference: `GET /models/{modelId}/exports` of the Integration API.
    pub async fn list_exports(&self) -> Result<Vec<Export>> {
        self.session.for_models().list(self.all_exports()).await
    }

    /// The export with this id or exact name, from the whole list.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         let export = model.find_export(\"Forecast.csv\")", "?;\n\
         println!(\"{}\", export.id);"
    )]
    /// # Errors
    /// [`Error::Lookup`](crate::Error::Lookup) when there is none, with the nearest names, or when
    /// several have that name, with what tells them apart; and as every call.
    pub async fn find_export(&self, id_or_name: &str) -> Result<Export> {
        let all = self.list_exports().await?;
        Ok(take(all, id_or_name, &self.place())?)
    }

    /// The same list as [`list_exports`](Self::list_exports), page by page.
    pub fn export_pages(&self) -> Pages<Export> {
        Pages::new(&self.session.for_models(), self.all_exports())
    }

    /// What the file of an export looks like: its columns, above all.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         let export = model.get_export(116000000001)", "?;\n\
         println!(\"{:?}\", export.header_names);"
    )]
    /// # Errors
    /// As every call. An answer does not prove that the export exists, and for one that does not,
    /// the service may answer 500: the list tells.
    ///
    /// Reference: `GET /models/{modelId}/exports/{exportId}` of the Integration API.
    pub async fn get_export(&self, id: impl Into<ActionId>) -> Result<ExportMetadata> {
        let id = id.into();
        let request = operations::get_export(self.id.as_str(), id.as_str());
        self.session
            .for_models()
            .fetch(request, "exportMetadata")
            .await
    }
}
