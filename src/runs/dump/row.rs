//! One rejected row.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

/// The columns of a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DumpHeader {
    pub(super) columns: Vec<String>,
    pub(super) line: Option<usize>,
    pub(super) errors: Vec<usize>,
}

impl DumpHeader {
    pub(super) fn new(columns: Vec<String>) -> Self {
        let name = |column: &String| column.trim().to_ascii_lowercase();
        let line = columns.iter().position(|column| name(column) == "_line_");
        let is_error = |column: &String| {
            let name = name(column);
            name.starts_with("_error_") && name.ends_with('_') || name == "_error"
        };
        let errors = (0..columns.len())
            .filter(|&i| is_error(&columns[i]))
            .collect();
        Self {
            columns,
            line,
            errors,
        }
    }

    /// All columns in the file's order, `_Line_` and `_Error_1_` … included.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    fn is_own(&self, column: usize) -> bool {
        self.line != Some(column) && !self.errors.contains(&column)
    }
}

/// A row that was rejected, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpRow {
    pub(super) header: Arc<DumpHeader>,
    pub(super) fields: Vec<String>,
}

impl DumpRow {
    /// The columns of the file.
    pub fn header(&self) -> &DumpHeader {
        &self.header
    }

    /// The row's own columns with their values, in the file's order. A column that the row is too
    /// short for is empty.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        let columns = self.header.columns.iter().enumerate();
        columns
            .filter(|(i, _)| self.header.is_own(*i))
            .map(|(i, column)| (column.as_str(), self.field(i)))
    }

    /// The value of the first column of this name; `None` when there is none.
    pub fn get(&self, column: &str) -> Option<&str> {
        let i = self.header.columns.iter().position(|name| name == column)?;
        Some(self.field(i))
    }

    /// The line of the source file that the row came from, as far as the service tells.
    pub fn line(&self) -> Option<u64> {
        self.field(self.header.line?).trim().parse().ok()
    }

    /// Why the row was rejected. What stands beyond the last column counts as a reason, too.
    pub fn errors(&self) -> impl Iterator<Item = &str> {
        let told = self.header.errors.iter().map(|&i| self.field(i));
        let beyond = self.fields.iter().skip(self.header.columns.len());
        told.chain(beyond.map(String::as_str))
            .filter(|error| !error.trim().is_empty())
    }

    /// All fields as they stand in the file.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    fn field(&self, column: usize) -> &str {
        self.fields.get(column).map_or("", String::as_str)
    }

    /// The row as a type of yours: its fields are named like the columns, `_Line_` included.
    ///
    /// ```
    /// use anaplan_sdk::runs::dump::DumpParser;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Sale {
    ///     #[serde(rename = "Product")]
    ///     product: String,
    ///     #[serde(rename = "_Line_")]
    ///     line: u64,
    /// }
    ///
    /// let rows = DumpParser::read(b"Product,Amount,_Line_,_Error_1_\nApples,x,2,Not a number\n");
    /// let sale: Sale = rows[0].deserialize()?;
    /// assert_eq!((sale.product.as_str(), sale.line), ("Apples", 2));
    /// # Ok::<(), anaplan_sdk::runs::dump::DumpRowError>(())
    /// ```
    ///
    /// # Errors
    /// When a column is missing, or its value is not of the field's type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, DumpRowError> {
        let columns = csv::StringRecord::from(self.header.columns.clone());
        let mut fields = self.fields.clone();
        fields.resize(self.header.columns.len(), String::new());
        let row = csv::StringRecord::from(fields);
        row.deserialize(Some(&columns))
            .map_err(|error| self.does_not_fit(&error))
    }

    fn does_not_fit(&self, error: &csv::Error) -> DumpRowError {
        let (column, message) = match error.kind() {
            csv::ErrorKind::Deserialize { err, .. } => {
                let column = err.field().and_then(|field| usize::try_from(field).ok());
                (column, err.kind().to_string())
            }
            _ => (None, error.to_string()),
        };
        DumpRowError {
            line: self.line(),
            column: column.and_then(|column| self.header.columns.get(column).cloned()),
            message,
        }
    }
}

/// Why a row does not fit a type. From [`DumpRow::deserialize`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DumpRowError {
    /// The row's line in the file that was imported; see [`DumpRow::line`].
    pub line: Option<u64>,
    /// The column whose value does not fit, if it is one column's.
    pub column: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// `line 5: column Amount: invalid digit found in string`
impl fmt::Display for DumpRowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(column) = &self.column {
            write!(f, "column {column}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for DumpRowError {}

/// `line 5: Product = Pears, Amount = n/a: not a number`
impl fmt::Display for DumpRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line() {
            write!(f, "line {line}: ")?;
        }
        for (i, (column, value)) in self.values().enumerate() {
            f.write_str(if i == 0 { "" } else { ", " })?;
            write!(f, "{column} = {value}")?;
        }
        for (i, error) in self.errors().enumerate() {
            f.write_str(if i == 0 { ": " } else { "; " })?;
            f.write_str(error)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::runs::dump::DumpParser;

    #[derive(Debug, serde::Deserialize)]
    struct Sale {
        #[serde(rename = "Amount")]
        _amount: u64,
        #[serde(rename = "Region")]
        _region: Option<String>,
    }

    #[test]
    fn a_row_that_does_not_fit_names_line_and_column() {
        let rows = DumpParser::read(b"Region,Amount,_Line_,_Error_1_\nNorth,12a,5,Not a number\n");
        let error = rows[0].deserialize::<Sale>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 5: column Amount: invalid digit found in string"
        );
        let rows = DumpParser::read(b"Region,_Line_,_Error_1_\nNorth,5,x\n");
        let error = rows[0].deserialize::<Sale>().unwrap_err();
        assert_eq!((error.line, error.column), (Some(5), None));
        assert_eq!(error.message, "missing field `Amount`");
    }
}
