//! The rows that a run rejected, as CSV: given, or made up while it is read.

use bytes::Bytes;

const HEAD: &str = "Product,Region,Month,Amount,_Line_,_Error_1_\r\n";

/// A dump: given, or made up while it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dump {
    Bytes(Bytes),
    Rows(u64),
    Size(u64),
}

impl Dump {
    pub(crate) fn bytes(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// CSV out of thin air, a piece at a time.
#[derive(Debug)]
pub(crate) struct MadeUp {
    pub(crate) head: bool,
    pub(crate) row: u64,
    pub(crate) rows: Option<u64>,
    pub(crate) size: Option<u64>,
}

impl MadeUp {
    /// With so many rows.
    pub(crate) fn rows(rows: u64) -> Self {
        Self {
            head: true,
            row: 0,
            rows: Some(rows),
            size: None,
        }
    }

    /// Of so many bytes.
    pub(crate) fn size(size: u64) -> Self {
        Self {
            head: true,
            row: 0,
            rows: None,
            size: Some(size),
        }
    }

    /// The next line; the last one of a file of a given size is stretched to fit.
    pub(crate) fn line(&mut self) -> Option<String> {
        if self.rows == Some(self.row) && !self.head {
            return None;
        }
        let mut line = if self.head {
            self.head = false;
            HEAD.to_owned()
        } else {
            self.row += 1;
            let n = self.row;
            format!(
                "Product {n},Region {},2026-{:02},n/a,{},Value is not a number\r\n",
                n % 7,
                n % 12 + 1,
                n + 1
            )
        };
        if let Some(left) = self.size {
            let left = usize::try_from(left).unwrap_or(usize::MAX);
            if left == 0 {
                return None;
            }
            if left < line.len() {
                line.truncate(left);
            } else if left - line.len() < 200 {
                let text = line.trim_end().len();
                line.insert_str(text, &".".repeat(left - line.len()));
            }
            self.size = Some((left - line.len()) as u64);
        }
        Some(line)
    }
}
