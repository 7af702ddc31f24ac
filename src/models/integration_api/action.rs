//! What else a model can do: neither import nor export nor process.

use crate::models::ids::ActionId;
use crate::models::open_enum::open_enum;
use crate::models::reply_macro::reply;

open_enum! {
    /// What an action, or a step of a process, does.
    pub enum ActionType {
        /// An import; only of a step.
        Import = "IMPORT",
        /// An export; only of a step.
        Export = "EXPORT",
        /// Deletes the items that are selected.
        DeleteBySelection = "DELETE_BY_SELECTION",
        /// Puts a list into order.
        OrderHierarchy = "ORDER_HIERARCHY",
        /// Creates an item.
        SimpleCreate = "SIMPLE_CREATE",
        /// Deletes items.
        BulkDeleteEntities = "BULK_DELETE_ENTITIES",
        /// Selects the children of an item.
        SelectChildren = "SELECT_CHILDREN",
        /// Sets the current period.
        UpdateCurrentPeriod = "UPDATE_CURRENT_PERIOD",
        /// Copies items.
        BulkEntityCopy = "BULK_ENTITY_COPY",
        /// Copies into a numbered list.
        CopyToNumberedList = "COPY_TO_NUMBERED_LIST",
        /// Copies cells.
        BulkCopy = "BULK_COPY",
        /// Optimizes; CloudWorks cannot run it.
        Optimizer = "OPTIMIZER",
    }
}

reply! {
    /// An action of a model that is neither import nor export nor process.
    pub struct Action {
        @required {
            /// Its id: `117…`.
            id: ActionId,
        }
        /// Its name.
        name: String,
        /// A name that stays the same in a copy of the model.
        code: Option<String>,
        /// What it does. An action that opens a dashboard has none.
        action_type: Option<ActionType>,
    }
}
