//! Processes of a model: actions in sequence.

use super::action::ActionType;
use super::export::ExportType;
use super::import::{ImportSourceType, ImportType};
use crate::models::ids::{ActionId, FileId, ModelId, ProcessId, WorkspaceId};
use crate::models::reply_macro::reply;

reply! {
    /// A process of a model, as it is listed.
    pub struct Process {
        @required {
            /// Its id: `118…`.
            id: ProcessId,
        }
        /// Its name.
        name: String,
        /// A name that stays the same in a copy of the model.
        code: Option<String>,
    }
}

reply! {
    /// One process with its steps. There is no id in it.
    pub struct ProcessDetails {
        /// Its name.
        name: String,
        /// Its steps, in the order in which they run.
        actions: Vec<ProcessStep>,
    }
}

reply! {
    /// A step of a process.
    pub struct ProcessStep {
        /// The import, export or other action that it runs.
        id: Option<ActionId>,
        /// Its name.
        name: String,
        /// What it does.
        action_type: Option<ActionType>,
        /// What an import reads: a file (`113…`), or another number.
        import_data_source_id: Option<FileId>,
        /// What an import reads, and from where.
        import_data_source: Option<ImportDataSource>,
        /// What an import writes.
        import_type: Option<ImportType>,
        /// How the rows and columns of an export are made.
        export_type: Option<ExportType>,
        /// The MIME type of an export's file.
        export_format: Option<String>,
        /// How the rows and columns of an export are made, in another place of the service.
        layout: Option<ExportType>,
    }
}

impl ProcessStep {
    /// The data source of an import, in whichever of its two places it stands.
    pub fn data_source_id(&self) -> Option<&FileId> {
        let inner = self.import_data_source.as_ref();
        let inner = inner.and_then(|source| source.import_data_source_id.as_ref());
        self.import_data_source_id.as_ref().or(inner)
    }
}

reply! {
    /// What an import reads.
    pub struct ImportDataSource {
        /// The file (`113…`), or the number of another source.
        import_data_source_id: Option<FileId>,
        /// What kind of source it is.
        source_type: Option<ImportSourceType> as "type",
        /// The model that is read, of an import from another model.
        source_model_id: Option<ModelId>,
        /// The workspace of that model.
        source_workspace_id: Option<WorkspaceId>,
        /// The name of that model.
        source_model_name: Option<String>,
    }
}
