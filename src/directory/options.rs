//! What a directory is to hold.

use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::models::cloud_works::ModelId;

/// What a directory is to hold.
///
/// By itself: all workspaces, all models, and the imports, exports, other actions and processes of
/// each model. That takes 2 requests, and 4 for each model.
///
/// ```
/// use anaplan_sdk::directory::DirectoryOptions;
///
/// let options = DirectoryOptions::builder()
///     .models(["8896D8C366BC48E5A3182B9F5CE10526"])
///     .files(true)
///     .build();
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct DirectoryOptions {
    /// Which models to look into. Defaults to all.
    #[builder(with = |models: impl IntoIterator<Item = impl Into<ModelId>>| {
        models.into_iter().map(Into::into).collect()
    })]
    pub models: Option<Vec<ModelId>>,
    /// Whether to list the files, too: one request more for each model, which may have to wait until
    /// the model is free. Defaults to `false`.
    #[builder(default)]
    pub files: bool,
    /// Whether to read the steps of all processes: one request more for each process. Defaults to
    /// `false`.
    #[builder(default)]
    pub steps: bool,
}
