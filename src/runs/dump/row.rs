//! One rejected row.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

/// The columns of a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DumpHeader {
    columns: Vec<String>,
    line: Option<usize>,
    errors: Vec<usize>,
    /// The places of all other columns.
    value_columns: Vec<usize>,
    /// The first place of each name.
    places: HashMap<String, usize>,
}

impl DumpHeader {
    /// Sorts the columns once for all rows: there are dumps of 85,717 columns.
    pub(super) fn new(columns: Vec<String>) -> Self {
        let mut header = Self::default();
        for (place, column) in columns.iter().enumerate() {
            if column == "_Line_" && header.line.is_none() {
                header.line = Some(place);
            } else if column.starts_with("_Error_") && column.ends_with('_') {
                header.errors.push(place);
            } else {
                header.value_columns.push(place);
            }
            header.places.entry(column.clone()).or_insert(place);
        }
        Self { columns, ..header }
    }

    /// All columns in the file's order, `_Line_` and `_Error_1_` … included.
    pub fn columns(&self) -> &[String] {
        &self.columns
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
        let columns = self.header.value_columns.iter();
        columns.map(|&place| (self.header.columns[place].as_str(), self.field(place)))
    }

    /// The value of the first column of this name; `None` when there is none.
    pub fn get(&self, column: &str) -> Option<&str> {
        let place = self.header.places.get(column)?;
        Some(self.field(*place))
    }

    /// The line of the source file that the row came from, as far as the service tells.
    pub fn line(&self) -> Option<u64> {
        self.field(self.header.line?).trim().parse().ok()
    }

    /// Why the row was rejected. Fields beyond the last column count as errors, too.
    pub fn errors(&self) -> impl Iterator<Item = &str> {
        let told = self.header.errors.iter().map(|&place| self.field(place));
        let beyond = self.fields.iter().skip(self.header.columns.len());
        told.chain(beyond.map(String::as_str))
            .filter(|error| !error.trim().is_empty())
    }

    /// All fields as they stand in the file.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    fn field(&self, place: usize) -> &str {
        self.fields.get(place).map_or("", String::as_str)
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
        Excerpt::whole(self).fmt(f)
    }
}

/// Prints a row up to these limits, and counts what is left out.
pub(in crate::runs) struct Excerpt<'a> {
    pub(in crate::runs) row: &'a DumpRow,
    pub(in crate::runs) max_columns: usize,
    pub(in crate::runs) max_errors: usize,
    /// Of a column's name, a value and an error.
    pub(in crate::runs) max_characters: usize,
}

impl<'a> Excerpt<'a> {
    fn whole(row: &'a DumpRow) -> Self {
        Self {
            row,
            max_columns: usize::MAX,
            max_errors: usize::MAX,
            max_characters: usize::MAX,
        }
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = |text| CutText(text, self.max_characters);
        if let Some(line) = self.row.line() {
            write!(f, "line {line}: ")?;
        }
        for (i, (column, value)) in self.row.values().take(self.max_columns).enumerate() {
            f.write_str(if i == 0 { "" } else { ", " })?;
            write!(f, "{} = {}", cut(column), cut(value))?;
        }
        match self
            .row
            .header
            .value_columns
            .len()
            .saturating_sub(self.max_columns)
        {
            0 => {}
            more => write!(f, ", … and {more} more columns")?,
        }
        let mut errors = self.row.errors();
        for (i, error) in errors.by_ref().take(self.max_errors).enumerate() {
            f.write_str(if i == 0 { ": " } else { "; " })?;
            cut(error).fmt(f)?;
        }
        match errors.count() {
            0 => Ok(()),
            more => write!(f, "; … and {more} more errors"),
        }
    }
}

/// Prints a text up to so many characters, and counts the rest.
pub(in crate::runs) struct CutText<'a>(pub(in crate::runs) &'a str, pub(in crate::runs) usize);

impl fmt::Display for CutText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, most) = *self;
        match text.char_indices().nth(most) {
            None => f.write_str(text),
            Some((end, _)) => {
                let more = text[end..].chars().count();
                write!(f, "{}… ({more} more characters)", &text[..end])
            }
        }
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

    /// 85,717 columns were seen in public. With a look at every error column for each column, and
    /// at every column for each name, this takes many minutes.
    #[test]
    fn a_wide_row_costs_what_its_columns_cost() {
        const COLUMNS: usize = 85_717;
        let own: Vec<String> = (0..COLUMNS).map(|i| format!("Column {i}")).collect();
        let errors: Vec<String> = (1..=COLUMNS).map(|i| format!("_Error_{i}_")).collect();
        let header = [own.join(","), "_Line_".into(), errors.join(",")].join(",");
        let row = ["x,".repeat(COLUMNS), "7,".into(), ",".repeat(COLUMNS - 1)].concat();
        let rows = DumpParser::read(format!("{header}\n{row}\n{row}\n").as_bytes());
        assert_eq!(rows.len(), 2);
        for row in &rows {
            assert_eq!(
                row.values().filter(|(_, value)| *value == "x").count(),
                COLUMNS
            );
            assert!(own.iter().all(|column| row.get(column) == Some("x")));
            assert!(errors.iter().all(|column| row.get(column) == Some("")));
            assert_eq!((row.line(), row.errors().count()), (Some(7), 0));
        }
    }

    #[test]
    fn a_second_line_column_is_one_of_the_rows_own() {
        let rows = DumpParser::read(b"A,_Line_,_Line_,_Error_1_,A\nx,5,6,bad,y\n");
        assert_eq!(rows[0].to_string(), "line 5: A = x, _Line_ = 6, A = y: bad");
        assert_eq!((rows[0].get("A"), rows[0].get("B")), (Some("x"), None));
    }
}
