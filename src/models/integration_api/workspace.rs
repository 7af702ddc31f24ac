//! Workspaces: they hold models.

use crate::models::ids::WorkspaceId;
use crate::models::reply_macro::reply;

reply! {
    /// A workspace.
    pub struct Workspace {
        @required {
            /// Its id: 32 hexadecimal digits in lower case.
            id: WorkspaceId,
        }
        /// Its name. Several workspaces may share one.
        name: String,
        /// Whether it is in use.
        active: Option<bool>,
        /// How many bytes its models may take.
        size_allowance: Option<i64>,
        /// How many bytes its models take.
        current_size: Option<i64>,
    }
}
