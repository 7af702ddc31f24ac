//! The rows that an import rejected, read from the file that the service makes of them.
//!
//! A dump is a CSV file: the row's own columns, then `_Line_` and `_Error_1_`, `_Error_2_`, ….
//! It is read a piece at a time, in constant memory.

mod parser;
mod row;

pub use parser::DumpParser;
pub(super) use row::{CutText, Excerpt};
pub use row::{DumpHeader, DumpRow, DumpRowError};
