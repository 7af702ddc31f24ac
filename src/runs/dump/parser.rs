//! Reads the rows of a dump from its bytes.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use csv_core::{ReadRecordResult, Reader};

use super::row::{DumpHeader, DumpRow};

/// Reads a dump piece by piece, as it comes from the service or from a file.
///
/// A dump is in UTF-8, with commas and quotes as in
/// [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180). Bytes that are not UTF-8 become U+FFFD.
/// Memory stays within a piece and the rows that it holds.
///
/// ```
/// use anaplan_sdk::runs::dump::DumpParser;
///
/// let mut parser = DumpParser::new();
/// parser.push(b"\"Product\",\"Amount\",\"_Line_\",\"_Error_1_\"\n\"Apples\",\"x\",\"2\",\"Not a nu");
/// assert!(parser.next_row().is_none());
/// parser.push(b"mber\"\n");
/// let row = parser.next_row().unwrap();
/// assert_eq!(row.to_string(), "line 2: Product = Apples, Amount = x: Not a number");
/// ```
#[derive(Default)]
pub struct DumpParser {
    records: RecordReader,
    header: Option<Arc<DumpHeader>>,
    rows: VecDeque<DumpRow>,
    finished: bool,
}

impl DumpParser {
    /// A parser at the start of a file.
    pub fn new() -> Self {
        Self::default()
    }

    /// All rows of a dump that is in memory.
    pub fn read(dump: &[u8]) -> Vec<DumpRow> {
        let mut parser = Self::new();
        parser.push(dump);
        parser.finish();
        parser.rows.into()
    }

    /// The next piece of the file; pieces may end anywhere.
    pub fn push(&mut self, piece: &[u8]) {
        // To the reader of records, an empty piece is the end of the file.
        if !self.finished && !piece.is_empty() {
            self.read_records(piece);
        }
    }

    /// The file has ended: the last line is whole, although no line break follows. What is pushed
    /// after that is ignored.
    pub fn finish(&mut self) {
        if !self.finished {
            self.finished = true;
            self.read_records(&[]);
        }
    }

    /// The next row that is whole. Take them all before you push another piece.
    pub fn next_row(&mut self) -> Option<DumpRow> {
        self.rows.pop_front()
    }

    /// The columns, once the first line has been read.
    pub fn header(&self) -> Option<&DumpHeader> {
        self.header.as_deref()
    }

    fn read_records(&mut self, piece: &[u8]) {
        let (header, rows) = (&mut self.header, &mut self.rows);
        self.records.read(piece, |fields| match header {
            None => *header = Some(Arc::new(DumpHeader::new(fields))),
            Some(header) => rows.push_back(DumpRow {
                header: header.clone(),
                fields,
            }),
        });
    }
}

impl fmt::Debug for DumpParser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DumpParser")
            .field("header", &self.header)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

/// Splits a file into records, with a record that is not yet whole kept for the next piece.
struct RecordReader {
    reader: Box<Reader>,
    fields: Vec<u8>,
    ends: Vec<usize>,
    written: usize,
    ended: usize,
}

impl Default for RecordReader {
    fn default() -> Self {
        Self {
            reader: Box::new(Reader::new()),
            fields: vec![0; 4096],
            ends: vec![0; 64],
            written: 0,
            ended: 0,
        }
    }
}

impl RecordReader {
    /// No input at all means that the file has ended.
    fn read(&mut self, mut input: &[u8], mut sink: impl FnMut(Vec<String>)) {
        let last = input.is_empty();
        loop {
            let (result, read, written, ended) = self.reader.read_record(
                input,
                &mut self.fields[self.written..],
                &mut self.ends[self.ended..],
            );
            input = &input[read..];
            self.written += written;
            self.ended += ended;
            match result {
                ReadRecordResult::InputEmpty if last => {}
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return,
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    sink(self.record());
                    if input.is_empty() && !last {
                        return;
                    }
                }
            }
        }
    }

    fn record(&mut self) -> Vec<String> {
        let mut start = 0;
        let fields = self.ends[..self.ended].iter().map(|&end| {
            let field = String::from_utf8_lossy(&self.fields[start..end]).into_owned();
            start = end;
            field
        });
        let record = fields.collect();
        (self.written, self.ended) = (0, 0);
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(dump: &[u8]) -> Vec<String> {
        DumpParser::read(dump)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    /// In quotes, as in the example in the description of the CloudWorks API.
    #[test]
    fn fields_in_quotes_and_without() {
        let plain = "Product,Amount,_Line_,_Error_1_,_Error_2_\n\
                     Apples,1a,2,not a number,\n\
                     Pears,,5,no such item,empty\n";
        let quoted = plain.replace(',', "\",\"").replace('\n', "\"\n\"");
        let quoted = format!("\"{}", quoted.trim_end_matches('"'));
        for dump in [plain, &quoted] {
            assert_eq!(
                shown(dump.as_bytes()),
                [
                    "line 2: Product = Apples, Amount = 1a: not a number",
                    "line 5: Product = Pears, Amount = : no such item; empty",
                ],
                "{dump}"
            );
        }
    }

    #[test]
    fn oddities() {
        for (dump, expected) in [
            ("", vec![]),
            ("\r\n", vec![]),
            ("A,_Line_,_Error_1_", vec![]),
            ("A,_Line_,_Error_1_\n", vec![]),
            // No line break at the end.
            ("A,_Line_,_Error_1_\nx,2,bad", vec!["line 2: A = x: bad"]),
            // Fewer fields than columns, and more.
            ("A,B,_Line_,_Error_1_\nx", vec!["A = x, B = "]),
            (
                "A,_Line_,_Error_1_\nx,2,bad,worse",
                vec!["line 2: A = x: bad; worse"],
            ),
            // A line break and quotes in a field.
            (
                "A,_Line_,_Error_1_\n\"x\ny \"\"z\"\"\",2,bad\n",
                vec!["line 2: A = x\ny \"z\": bad"],
            ),
            // A comma within a quoted column.
            (
                "\"A,B,C,D\",_Line_,_Error_1_\nx,2,bad\n",
                vec!["line 2: A,B,C,D = x: bad"],
            ),
            // No lines told.
            ("A,B\n1,2\n", vec!["A = 1, B = 2"]),
            ("A,_Line_,_Error_1_\nx,n/a,bad\n", vec!["A = x: bad"]),
            // Nothing but a comma separates.
            ("A;B\n1;2\n", vec!["A;B = 1;2"]),
            // Two columns of one name.
            ("A,A,_Line_\n1,2,3\n", vec!["line 3: A = 1, A = 2"]),
            // Old line breaks.
            ("A,_Line_,_Error_1_\rx,2,bad\r", vec!["line 2: A = x: bad"]),
        ] {
            assert_eq!(shown(dump.as_bytes()), expected, "{dump:?}");
        }
    }

    #[test]
    fn utf8_with_a_byte_order_mark_and_with_a_stray_byte() {
        let dump = "\u{feff}Käse,_Line_,_Error_1_\nGruyère,2,schlecht\n";
        assert_eq!(shown(dump.as_bytes()), ["line 2: Käse = Gruyère: schlecht"]);
        assert_eq!(
            shown(b"A,_Line_,_Error_1_\nGruy\xE8re,2,bad\n"),
            ["line 2: A = Gruy\u{fffd}re: bad"]
        );
    }

    #[test]
    fn long_fields_and_many_columns() {
        let long = "x".repeat(100_000);
        let names: Vec<String> = (0..500).map(|i| format!("C{i}")).collect();
        let dump = format!("{},_Line_\n{}{}7\n", names.join(","), long, ",".repeat(500));
        let rows = DumpParser::read(dump.as_bytes());
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].get("C0").unwrap().len(), 100_000);
        assert_eq!(rows[0].line(), Some(7));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_cuts_change_nothing(
            dump in proptest::collection::vec(
                proptest::prop_oneof![
                    proptest::sample::select(b"\",\r\n_Line_".to_vec()),
                    proptest::num::u8::ANY
                ],
                0..300,
            ),
            piece in 1_usize..20,
        ) {
            let whole = DumpParser::read(&dump);
            let mut parser = DumpParser::new();
            let mut rows = Vec::new();
            for piece in dump.chunks(piece) {
                parser.push(piece);
                rows.extend(std::iter::from_fn(|| parser.next_row()));
            }
            parser.finish();
            rows.extend(std::iter::from_fn(|| parser.next_row()));
            proptest::prop_assert_eq!(rows, whole);
        }

        #[test]
        fn what_csv_writes_is_read(
            fields in proptest::collection::vec("[^\u{0}\u{feff}]{0,12}", 3)
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["A", "_Line_", "_Error_1_"]).unwrap();
            writer.write_record(&fields).unwrap();
            let dump = writer.into_inner().unwrap();
            let rows = DumpParser::read(&dump);
            proptest::prop_assert_eq!(rows[0].fields(), &fields[..]);
        }
    }
}
