//! Bytes in, rows out.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::encoding::Text;
use super::row::{DumpHeader, DumpRow};

/// Reads a dump piece by piece, as it comes from the service or from a file.
///
/// Memory stays within a piece and the rows that it holds.
///
/// ```
/// use anaplan_sdk::runs::dump::DumpParser;
///
/// let mut parser = DumpParser::new();
/// parser.push(b"Product;Amount;_Line_;_Error_1_\r\nApples;x;2;Not a nu");
/// assert!(parser.next_row().is_none());
/// parser.push(b"mber\r\n");
/// let row = parser.next_row().unwrap();
/// assert_eq!(row.to_string(), "line 2: Product = Apples, Amount = x: Not a number");
/// ```
#[derive(Default)]
pub struct DumpParser {
    text: Text,
    decoded: String,
    /// What the separator is found by: the file up to the end of its first line.
    head: String,
    records: Option<Records>,
    header: Option<Arc<DumpHeader>>,
    rows: VecDeque<DumpRow>,
    finished: bool,
}

/// A first line as long as this is looked at as it is.
const LONGEST_HEAD: usize = 64 << 10;

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
        self.take(piece, false);
    }

    /// The file has ended: the last line is whole, although no line break follows. What is pushed
    /// after that is passed over.
    pub fn finish(&mut self) {
        self.take(&[], true);
    }

    /// The next row that is whole. Take them all before you push another piece.
    pub fn next_row(&mut self) -> Option<DumpRow> {
        self.rows.pop_front()
    }

    /// The columns, once the first line has been read.
    pub fn header(&self) -> Option<&DumpHeader> {
        self.header.as_deref()
    }

    fn take(&mut self, piece: &[u8], last: bool) {
        if self.finished {
            return;
        }
        self.finished = last;
        self.decoded.clear();
        self.text.push(piece, last, &mut self.decoded);
        if self.records.is_none() {
            self.head.push_str(&self.decoded);
            if !last && self.head.len() < LONGEST_HEAD && !has_whole_line(&self.head) {
                return;
            }
            self.decoded = std::mem::take(&mut self.head);
            self.records = Some(Records::new(separator(&self.decoded)));
        }
        let Some(records) = &mut self.records else {
            return;
        };
        let (header, rows) = (&mut self.header, &mut self.rows);
        let mut sink = |fields: Vec<String>| match header {
            None => *header = Some(Arc::new(DumpHeader::new(fields))),
            Some(header) => rows.push_back(DumpRow {
                header: header.clone(),
                fields,
            }),
        };
        // Nothing to read would mean the end of the file.
        if !self.decoded.is_empty() {
            records.read(self.decoded.as_bytes(), &mut sink);
        }
        if last {
            records.read(&[], &mut sink);
        }
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

/// Splits text into records, with a record that is not yet whole kept for the next piece.
struct Records {
    reader: Box<Reader>,
    fields: Vec<u8>,
    ends: Vec<usize>,
    written: usize,
    ended: usize,
}

impl Records {
    fn new(separator: u8) -> Self {
        Self {
            reader: Box::new(ReaderBuilder::new().delimiter(separator).build()),
            fields: vec![0; 4096],
            ends: vec![0; 64],
            written: 0,
            ended: 0,
        }
    }

    /// No input at all means that the file has ended.
    fn read(&mut self, mut input: &[u8], sink: &mut impl FnMut(Vec<String>)) {
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

/// The characters of the first line that stand outside of quotes, and whether the line is whole.
fn first_line(text: &str) -> (impl Iterator<Item = (usize, char)> + '_, bool) {
    let unquoted = |text: &'_ str| {
        let mut quoted = false;
        let chars: Vec<(usize, char)> = text
            .char_indices()
            .filter(|&(_, c)| {
                if c == '"' {
                    quoted = !quoted;
                }
                !quoted && c != '"'
            })
            .collect();
        chars
    };
    // Empty lines at the start are passed over, as the reader does.
    let begins = text.len() - text.trim_start_matches(['\r', '\n']).len();
    let chars = unquoted(&text[begins..]);
    let end = chars.iter().position(|(_, c)| matches!(c, '\r' | '\n'));
    let length = end.unwrap_or(chars.len());
    let chars = chars.into_iter().take(length);
    (chars.map(move |(i, c)| (i + begins, c)), end.is_some())
}

fn has_whole_line(text: &str) -> bool {
    first_line(text).1
}

/// What stands before `_Line_`, if that is a separator; else the commonest one of the first line.
fn separator(text: &str) -> u8 {
    const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
    let (chars, _) = first_line(text);
    let chars: Vec<(usize, char)> = chars.collect();
    let end = chars.last().map_or(0, |&(i, c)| i + c.len_utf8());
    let line = text.get(..end).unwrap_or_default().to_ascii_lowercase();
    if let Some(place) = line.find("_line_") {
        let before = line[..place]
            .trim_end_matches(['"', ' '])
            .bytes()
            .next_back();
        if let Some(separator) = before.filter(|before| SEPARATORS.contains(before)) {
            return separator;
        }
    }
    let count = |separator: u8| {
        chars
            .iter()
            .filter(|(_, c)| *c == char::from(separator))
            .count()
    };
    // The first of the commonest: `max_by_key` would give the last.
    let best = SEPARATORS
        .into_iter()
        .rev()
        .max_by_key(|&separator| count(separator));
    best.unwrap_or(b',')
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

    const EXPECTED: [&str; 2] = [
        "line 2: Product = Apples, Amount = 1a: not a number",
        "line 5: Product = Pears, green, Amount = : no such item; empty",
    ];

    #[test]
    fn every_separator_and_quoting() {
        for separator in [",", ";", "\t", "|"] {
            let dump = format!(
                "Product{separator}Amount{separator}_Line_{separator}_Error_1_{separator}_Error_2_\r\n\
                 Apples{separator}1a{separator}2{separator}not a number{separator}\r\n\
                 \"Pears, green\"{separator}{separator}5{separator}no such item{separator}empty\r\n"
            );
            assert_eq!(shown(dump.as_bytes()), EXPECTED, "{separator:?}");
            let quoted = dump.replace("_Line_", "\"_Line_\"");
            assert_eq!(shown(quoted.as_bytes()), EXPECTED, "{separator:?}");
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
            // A separator within a quoted column.
            (
                "\"A;B;C;D\",_Line_,_Error_1_\nx,2,bad\n",
                vec!["line 2: A;B;C;D = x: bad"],
            ),
            // No lines told.
            ("A;B\n1;2\n", vec!["A = 1, B = 2"]),
            ("A,_LINE_,_ERROR_1_\nx,n/a,bad\n", vec!["A = x: bad"]),
            // Two columns of one name.
            ("A,A,_Line_\n1,2,3\n", vec!["line 3: A = 1, A = 2"]),
            // Old line breaks.
            ("A,_Line_,_Error_1_\rx,2,bad\r", vec!["line 2: A = x: bad"]),
        ] {
            assert_eq!(shown(dump.as_bytes()), expected, "{dump:?}");
        }
    }

    #[test]
    fn encodings_come_through() {
        let text = "Käse,_Line_,_Error_1_\nGruyère,2,schlecht\n";
        let expected = ["line 2: Käse = Gruyère: schlecht"];
        let latin: Vec<u8> = text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect();
        let utf16: Vec<u8> = std::iter::once(0xFEFF)
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        for dump in [
            text.as_bytes().to_vec(),
            latin,
            utf16,
            ["\u{feff}", text].concat().into(),
        ] {
            assert_eq!(shown(&dump), expected);
        }
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
                    proptest::sample::select(b"\",;\t|\r\n_Line_".to_vec()),
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
