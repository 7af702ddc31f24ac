//! What there is, by id and by name: one reading serves any number of look-ups.
//!
//! A [`Directory`] holds workspaces, models, and what the models hold. Reading one is a method of
//! the client, `read_directory`; what is here is pure, so that it can be kept as JSON and used
//! offline, and the same for both clients.
//!
//! Whatever can be found is found by its id or by its exact name. Where nothing has that name,
//! [`LookupError`] lists the nearest ones; where several have it, what tells them apart.
//!
//! ```
//! use anaplan_sdk::directory::Directory;
//! use serde_json::json;
//!
//! let directory: Directory = serde_json::from_value(json!({
//!     "workspaces": [{"id": "8a81b09d599f3c6e0159f605560c2630", "name": "Supply chain"}],
//!     "models": [{"id": "8896D8C366BC48E5A3182B9F5CE10526", "name": "Demand planning"}],
//!     "contents": {"8896D8C366BC48E5A3182B9F5CE10526": {
//!         "imports": [{"id": "112000000001", "name": "Products from products.csv"}],
//!     }},
//! }))?;
//! let id = directory.find_model("Demand planning")?.id.clone();
//! let model = directory.model(&id).unwrap();
//! assert_eq!(model.find_import("Products from products.csv")?.id, "112000000001");
//! assert_eq!(model.what_is("112000000001").to_string(), "the import *Products from products.csv*");
//! assert_eq!(
//!     model.what_is("112000000009").to_string(),
//!     "an import that is not, or no longer, in this model",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod identity;
mod lookup;
mod named;
mod options;
mod table;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::models::cloud_works::{ActionId, FileId, ModelId, ProcessId};
use crate::models::integration_api::{
    Action, Export, File, Import, ImportSourceType, Model, Process, ProcessStep, Workspace,
};

pub use identity::Identity;
pub use lookup::{LookupError, Match};
pub use named::{Kind, Named};
pub use options::DirectoryOptions;
pub use table::Table;

#[cfg(feature = "_client")]
pub(crate) use lookup::take;

/// Workspaces, models, and what the models hold, as they were when they were read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Directory {
    /// The workspaces that the user may see.
    pub workspaces: Table<Workspace>,
    /// The models that the user may see.
    pub models: Table<Model>,
    /// What the models hold, by their ids; only of those that were looked into.
    pub contents: BTreeMap<ModelId, ModelContents>,
    /// What could not be looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Unseen>,
}

/// What one model holds. A list that was not read, or could not be, is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ModelContents {
    /// Its imports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imports: Option<Table<Import>>,
    /// Its exports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exports: Option<Table<Export>>,
    /// Its other actions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions: Option<Table<Action>>,
    /// Its processes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processes: Option<Table<Process>>,
    /// Its files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Table<File>>,
    /// The steps of its processes, of those that were asked for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<ProcessId, Vec<ProcessStep>>,
    /// What kind of source an import reads, of those that were asked for one by one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub import_sources: BTreeMap<ActionId, ImportSourceType>,
    /// The columns of exports, of those that were asked for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub export_columns: BTreeMap<ActionId, Vec<String>>,
}

/// A list that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Unseen {
    /// What it would have listed.
    pub kind: Kind,
    /// The model whose list it is; `None` for workspaces and for models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelId>,
    /// The status of the service's refusal.
    pub status: u16,
    /// What the service said.
    pub message: String,
}

impl ModelContents {
    /// Whether the data source of an import is a file: by what the service said of it, or else by the
    /// list of files, or else by its first digits.
    pub(crate) fn is_file(&self, source: Option<&FileId>, kind: Option<&ImportSourceType>) -> bool {
        let Some(source) = source.map(FileId::as_str) else {
            return false;
        };
        let files = self.files.as_ref();
        files.is_some_and(|files| files.get(source).is_some())
            || match kind {
                Some(kind) => *kind == ImportSourceType::File,
                None => Kind::by_the_form_of(source) == Some(Kind::File),
            }
    }
}

impl Unseen {
    /// A list that the service refused with this status and these words.
    pub fn new(
        kind: Kind,
        model: Option<ModelId>,
        status: u16,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            model,
            status,
            message: message.into(),
        }
    }
}

/// A model of a directory, with what it holds.
#[derive(Clone, Copy, Debug)]
pub struct DirectoryModel<'d> {
    model: &'d Model,
    contents: Option<&'d ModelContents>,
}

impl Directory {
    /// The workspace with this id or exact name.
    ///
    /// # Errors
    /// When there is none, or several of that name.
    pub fn find_workspace(&self, id_or_name: &str) -> Result<&Workspace, LookupError> {
        self.workspaces.find(id_or_name, WORKSPACES)
    }

    /// The model with this id or exact name.
    ///
    /// # Errors
    /// When there is none, or several of that name.
    pub fn find_model(&self, id_or_name: &str) -> Result<&Model, LookupError> {
        self.models.find(id_or_name, MODELS)
    }

    /// A model with what it holds.
    pub fn model(&self, id: &ModelId) -> Option<DirectoryModel<'_>> {
        Some(DirectoryModel {
            model: self.models.get(id.as_str())?,
            contents: self.contents.get(id),
        })
    }

    /// What could not be looked at of this model.
    pub fn unseen_of<'d>(&'d self, model: &'d ModelId) -> impl Iterator<Item = &'d Unseen> {
        let unseen = self.unseen.iter();
        unseen.filter(move |unseen| unseen.model.as_ref() == Some(model))
    }
}

/// Where a connection, an integration or a flow is looked for.
pub(crate) const CLOUD_WORKS: &str = "CloudWorks";

pub(crate) const WORKSPACES: &str = "the workspaces that you may see";
pub(crate) const MODELS: &str = "the models that you may see";

/// Where something of a model was looked for.
pub(crate) fn place_in(model: &str) -> String {
    format!("the model *{model}*")
}

macro_rules! find_in_model {
    ($($(#[$doc:meta])* $find:ident, $list:ident -> $item:ty;)*) => {
        impl<'d> DirectoryModel<'d> {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// When there is none, or several of that name; or when the list was not read.
            pub fn $find(&self, id_or_name: &str) -> Result<&'d $item, LookupError> {
                let place = place_in(&self.model.name);
                match self.contents.and_then(|contents| contents.$list.as_ref()) {
                    Some(list) => list.find(id_or_name, &place),
                    None => Err(LookupError::not_read(<$item>::KIND, id_or_name, &place)),
                }
            }
        )*}
    };
}

find_in_model! {
    /// The import with this id or exact name.
    find_import, imports -> Import;
    /// The export with this id or exact name.
    find_export, exports -> Export;
    /// The other action with this id or exact name.
    find_action, actions -> Action;
    /// The process with this id or exact name.
    find_process, processes -> Process;
    /// The file with this id or exact name.
    find_file, files -> File;
}

impl<'d> DirectoryModel<'d> {
    /// The model itself.
    pub fn model(&self) -> &'d Model {
        self.model
    }

    /// What it holds, if that was looked at.
    pub fn contents(&self) -> Option<&'d ModelContents> {
        self.contents
    }

    /// What this id is in the model.
    pub fn what_is(&self, id: &str) -> Identity {
        match self.contents {
            Some(contents) => Identity::of(contents, id),
            None => Identity::by_its_form(id),
        }
    }
}
