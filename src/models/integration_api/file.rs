//! Files of a model: what imports read and exports write.

use crate::models::ids::FileId;
use crate::models::reply_macro::reply;

reply! {
    /// A file of a model.
    pub struct File {
        @required {
            /// Its id: `113…`, or that of the export (`116…`) that writes it.
            id: FileId,
        }
        /// Its name. Several files may share one.
        name: String,
        /// A name that stays the same in a copy of the model.
        code: Option<String>,
        /// In how many pieces the caller's own copy can be downloaded; 0 when there is none.
        chunk_count: Option<i64>,
        /// The row where the data begins.
        first_data_row: Option<i64>,
        /// The row of the column names.
        header_row: Option<i64>,
        /// What stands around a text: `"`, or nothing.
        delimiter: Option<String>,
        /// The encoding, such as `UTF-8`.
        encoding: Option<String>,
        /// The format, such as `txt`.
        format: Option<String>,
        /// What stands between two columns.
        separator: Option<String>,
    }
}
