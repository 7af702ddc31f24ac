//! Exports of a model.

use crate::models::ids::ActionId;
use crate::models::open_enum::open_enum;
use crate::models::reply_macro::reply;

open_enum! {
    /// How the rows and columns of an export are made.
    pub enum ExportType {
        /// The page that is shown, as a grid.
        GridCurrentPage = "GRID_CURRENT_PAGE",
        /// All pages, as grids.
        GridAllPages = "GRID_ALL_PAGES",
        /// A row for each item, a column for each line item.
        TabularMultiColumn = "TABULAR_MULTI_COLUMN",
        /// A row for each value.
        TabularSingleColumn = "TABULAR_SINGLE_COLUMN",
        /// All line items.
        TabularAllLineItems = "TABULAR_ALL_LINE_ITEMS",
        /// The line item that is shown.
        TabularCurrentLineItem = "TABULAR_CURRENT_LINE_ITEM",
        /// The audit log.
        AuditLog = "AUDIT_LOG",
    }
}

reply! {
    /// An export of a model, as it is listed. The file that it writes has the same id.
    pub struct Export {
        @required {
            /// Its id: `116…`.
            id: ActionId,
        }
        /// Its name, which often ends in `.csv` or `.xls`.
        name: String,
        /// A name that stays the same in a copy of the model.
        code: Option<String>,
        /// How its rows and columns are made.
        export_type: Option<ExportType>,
        /// The MIME type of its file, such as `text/csv`.
        export_format: Option<String>,
        /// The encoding of its file.
        encoding: Option<String>,
        /// How its rows and columns are made, in another place of the service.
        layout: Option<ExportType>,
    }
}

reply! {
    /// What the file of an export looks like. There is no id in it.
    pub struct ExportMetadata {
        /// How many columns there are.
        column_count: Option<i64>,
        /// How many rows there are, about.
        row_count: Option<i64>,
        /// The types of the columns.
        data_types: Vec<String>,
        /// The names of the columns.
        header_names: Vec<String>,
        /// The lists of the columns; an empty text where there is none.
        list_names: Vec<String>,
        /// What stands around a text.
        delimiter: Option<String>,
        /// What stands between two columns.
        separator: Option<String>,
        /// The encoding.
        encoding: Option<String>,
        /// The MIME type, such as `text/csv`.
        export_format: Option<String>,
        /// How its rows and columns are made.
        layout: Option<ExportType>,
    }
}
