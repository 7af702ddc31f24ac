//! The rows that an import rejected, read from the file that the service makes of them.
//!
//! A dump is a CSV file: the row's own columns, then `_Line_` and `_Error_1_`, `_Error_2_`, ….
//! It is read a piece at a time, in constant memory, whatever its encoding (UTF-8 or UTF-16 with
//! or without a byte order mark, Windows-1252) and its separator (comma, semicolon, tab, bar).

mod encoding;
mod parser;
mod row;

pub use parser::DumpParser;
pub(super) use row::{CutText, Excerpt};
pub use row::{DumpHeader, DumpRow, DumpRowError};
