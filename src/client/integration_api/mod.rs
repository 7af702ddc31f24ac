//! The look-ups of the Integration API, a noun a file.

mod actions;
pub(crate) mod directory;
mod exports;
mod files;
mod imports;
mod models;
mod processes;
pub(crate) mod users;
mod workspaces;

use super::super::maybe_async;
use super::Client;
use super::pages::Pages;
use super::session::Session;
use crate::directory::place_in;
use crate::error::Result;
use crate::models::cloud_works::ModelId;

/// What one model holds: its files, imports, exports, actions and processes. From
/// [`Client::model`].
///
/// Its lists tell what there is. A single read does not: for an id that was made up, the service
/// answers 200, 404 or 500. A model that the caller has no access to answers 404, like one that
/// does not exist. And a model that nobody has used for a while is loaded before it answers: see
/// [`model_timeout`](crate::ClientBuilder::model_timeout).
#[derive(Clone)]
pub struct Model<'c> {
    session: &'c Session,
    id: ModelId,
}

impl std::fmt::Debug for Model<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Model").field(&self.id).finish()
    }
}

impl<'c> Model<'c> {
    pub(crate) fn new(session: &'c Session, id: ModelId) -> Self {
        Self { session, id }
    }

    /// Its id.
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// Where something is looked for.
    fn place(&self) -> String {
        place_in(self.id.as_str())
    }
}

impl Client {
    /// What a model holds. No request is made: whether it exists, its lists tell.
    pub fn model(&self, id: impl Into<ModelId>) -> Model<'_> {
        Model::new(&self.session, id.into())
    }
}
