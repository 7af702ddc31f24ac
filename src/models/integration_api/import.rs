//! Imports of a model.

use crate::models::ids::{ActionId, FileId};
use crate::models::open_enum::open_enum;
use crate::models::reply_macro::reply;

open_enum! {
    /// What an import writes.
    pub enum ImportType {
        /// The items of a list.
        HierarchyData = "HIERARCHY_DATA",
        /// The cells of a module.
        ModuleData = "MODULE_DATA",
        /// The line items of a module.
        LineItemDefinition = "LINE_ITEM_DEFINITION",
        /// The users of the model: for workspace administrators only.
        Users = "USERS",
        /// The versions of the model: for workspace administrators only.
        Versions = "VERSIONS",
    }
}

open_enum! {
    /// What kind of source an import reads.
    pub enum ImportSourceType {
        /// A file.
        File = "FILE",
        /// This model, or another one.
        Model = "MODEL",
    }
}

reply! {
    /// An import of a model, as it is listed.
    pub struct Import {
        @required {
            /// Its id: `112…`.
            id: ActionId,
        }
        /// Its name.
        name: String,
        /// A name that stays the same in a copy of the model.
        code: Option<String>,
        /// What it writes.
        import_type: Option<ImportType>,
        /// What it reads: a file (`113…`). Imports from models, lists and views have another
        /// number here, or nothing.
        import_data_source_id: Option<FileId>,
    }
}

impl Import {
    /// The file that it reads, if its data source looks like one.
    pub fn file_id(&self) -> Option<&FileId> {
        let source = self.import_data_source_id.as_ref()?;
        source.as_str().starts_with("113").then_some(source)
    }
}

reply! {
    /// How an import reads its source. There is neither an id nor the file in it: those stand in
    /// the list.
    pub struct ImportMetadata {
        /// The import's name.
        name: String,
        /// What kind of source it reads.
        source_type: Option<ImportSourceType> as "type",
        /// How the file is laid out.
        source: Option<ImportLayout>,
    }
}

reply! {
    /// How the file of an import is laid out.
    pub struct ImportLayout {
        /// The encoding of the text.
        text_encoding: Option<String>,
        /// What stands between two columns.
        column_separator: Option<String>,
        /// What stands around a text.
        text_delimiter: Option<String>,
        /// The row of the column names.
        header_row: Option<i64>,
        /// The row where the data begins.
        first_data_row: Option<i64>,
        /// What stands before decimals.
        decimal_separator: Option<String>,
        /// The names of the columns.
        header_names: Vec<String>,
        /// How many columns there are.
        column_count: Option<i64>,
    }
}
