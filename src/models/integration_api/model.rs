//! Models.

use jiff::Timestamp;

use crate::models::ids::{ModelId, UserId, WorkspaceId};
use crate::models::open_enum::open_enum;
use crate::models::reply_macro::reply;

open_enum! {
    /// What can be done with a model now.
    pub enum ModelState {
        /// Standard mode, online.
        Unlocked = "UNLOCKED",
        /// Deployed mode, online: only changes of its structure are refused.
        Production = "PRODUCTION",
        /// It can only be read: imports are refused.
        Locked = "LOCKED",
        /// Standard mode, offline: open to workspace administrators alone.
        Maintenance = "MAINTENANCE",
        /// Deployed mode, offline: open to workspace administrators alone.
        ProductionMaintenance = "PRODUCTION_MAINTENANCE",
        /// It cannot be opened, though it is still listed.
        Archived = "ARCHIVED",
    }
}

reply! {
    /// A model.
    pub struct Model {
        @required {
            /// Its id: 32 hexadecimal digits in upper case.
            id: ModelId,
        }
        /// Its name. Several models may share one, such as a copy and its original.
        name: String,
        /// What can be done with it now.
        active_state: Option<ModelState>,
        /// The workspace that it is in.
        current_workspace_id: Option<WorkspaceId>,
        /// The name of that workspace.
        current_workspace_name: Option<String>,
        /// Its page in the browser.
        model_url: Option<String>,
        /// The categories that it was given.
        category_values: Vec<CategoryValue>,
        /// When it was created.
        iso_creation_date: Option<Timestamp>,
        /// When it was last changed.
        last_modified: Option<Timestamp>,
        /// Who last changed it.
        last_modified_by_user_guid: Option<UserId>,
        /// How often it has been saved.
        last_saved_serial_number: Option<i64>,
        /// How many bytes of memory it takes. An archived model has none.
        memory_usage: Option<i64>,
        /// Whether something runs in it. Only a single read tells.
        model_transaction_running: Option<bool>,
    }
}

reply! {
    /// A category of a model.
    pub struct CategoryValue {
        /// Its id.
        id: Option<String>,
        /// The value.
        attribute: Option<String>,
        /// The category's id.
        category_id: Option<String>,
        /// The category's name.
        category_name: Option<String>,
        /// The tenant.
        customer_id: Option<String>,
    }
}

reply! {
    /// Whether a model is loaded, and what runs in it.
    pub struct ModelStatus {
        /// What it does: `Open`, `Closed`, `Closing`, or words such as `Processing …`.
        current_step: Option<String>,
        /// How far that is, in words of the service; `-1` when nothing runs.
        progress: Option<String>,
        /// When this was said.
        creation_time: Option<Timestamp>,
        /// The task that runs.
        task_id: Option<String>,
        /// More about it; it may name the person whose task runs.
        tooltip: Option<String>,
        /// The kind of an export that runs.
        export_task_type: Option<String>,
    }
}
