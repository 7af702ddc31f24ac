//! Files of a model.

use super::{Model, Pages, Result, maybe_async};
use crate::directory::take;
use crate::models::integration_api::File;
use crate::operations;
use crate::paging::Listing;

#[maybe_async]
impl Model<'_> {
    pub(crate) fn all_files(&self) -> Listing<File> {
        Listing::new(operations::list_files(self.id.as_str()), "files")
    }

    /// All files: those that imports read, and those that exports write. It may have to wait until the
    /// model is free, which the other lists do not.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         for file in model.list_files()", "? {\n    \
         println!(\"{} {}\", file.id, file.name);\n}"
    )]
    /// # Errors
    /// 404 when there is no such model, or no access to it; and as every call;
    /// [`Error::IncompleteList`](crate::Error::IncompleteList) when the service's pages contradict
    /// each other.
    ///
    /// Reference: `GET /models/{modelId}/files` of the Integration API.
    pub async fn list_files(&self) -> Result<Vec<File>> {
        self.session.for_models().list(self.all_files()).await
    }

    /// The file with this id or exact name, from the whole list.
    ///
    #[doc = example!(
        "let model = client.model(\"8896D8C366BC48E5A3182B9F5CE10526\");\n\
         let file = model.find_file(\"products.csv\")", "?;\n\
         println!(\"{}\", file.id);"
    )]
    /// # Errors
    /// [`Error::Lookup`](crate::Error::Lookup) when there is none, with the nearest names, or when
    /// several have that name, with what tells them apart; and as every call.
    pub async fn find_file(&self, id_or_name: &str) -> Result<File> {
        let all = self.list_files().await?;
        Ok(take(all, id_or_name, &self.place())?)
    }

    /// The same list as [`list_files`](Self::list_files), page by page.
    pub fn file_pages(&self) -> Pages<File> {
        Pages::new(&self.session.for_models(), self.all_files())
    }
}
