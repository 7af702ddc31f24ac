//! The row counts that stand in the message of a run.

use std::fmt;

/// How many rows a run dealt with, as far as its message says.
///
/// The service writes the counts as prose, in more than one way. Each count is read by the words
/// around it; what the message does not say is `None`.
///
/// ```
/// use anaplan_sdk::runs::RowCounts;
///
/// let rows = RowCounts::read("1,197 rows successful, 0 rows with warnings, 3 rows failed");
/// assert_eq!(rows.successful, Some(1197));
/// assert_eq!(rows.failed, Some(3));
/// assert_eq!(rows.to_string(), "1197 successful, 0 with warnings, 3 failed");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RowCounts {
    /// Rows that went through.
    pub successful: Option<u64>,
    /// Rows that went through with a warning.
    pub warnings: Option<u64>,
    /// Rows that were rejected.
    pub failed: Option<u64>,
    /// Rows that were passed over.
    pub ignored: Option<u64>,
    /// All rows, where the message says so itself.
    pub total: Option<u64>,
}

#[derive(Clone, Copy)]
enum Kind {
    Successful,
    Warnings,
    Failed,
    Ignored,
    Total,
}

/// Stems, the more telling ones first: "rows with errors" are failed rows, "0 of 90 rows
/// imported" is about the imported ones.
const STEMS: [(Kind, &[&str]); 5] = [
    (Kind::Warnings, &["warn"]),
    (
        Kind::Failed,
        &[
            "fail",
            "reject",
            "error",
            "invalid",
            "unsuccess",
            "not import",
            "not load",
        ],
    ),
    (Kind::Ignored, &["ignor", "skip"]),
    (
        Kind::Successful,
        &["success", "succeed", "import", "load", "created", "updated"],
    ),
    (Kind::Total, &["total", "process", "altogether", "in all"]),
];

impl RowCounts {
    /// Reads the counts out of a message; all `None` when it has none.
    pub fn read(message: &str) -> Self {
        let mut counts = Self::default();
        for clause in clauses(message) {
            let mut numbers = numbers(&clause);
            let Some(first) = numbers.next() else {
                continue;
            };
            let Some(kind) = kind_of(&clause) else {
                continue;
            };
            // "3 of 1200 rows failed": the second number is the whole.
            if let Some(whole) = numbers.next().filter(|_| clause.contains(" of ")) {
                counts.total.get_or_insert(whole);
            }
            let count = match kind {
                Kind::Successful => &mut counts.successful,
                Kind::Warnings => &mut counts.warnings,
                Kind::Failed => &mut counts.failed,
                Kind::Ignored => &mut counts.ignored,
                Kind::Total => &mut counts.total,
            };
            // A message may speak of one list after the other.
            *count = Some(count.unwrap_or_default().saturating_add(first));
        }
        counts
    }

    /// Whether the message said nothing of rows.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether rows are missing from what was to be moved.
    pub(super) fn has_losses(&self) -> bool {
        self.failed.is_some_and(|n| n > 0)
    }
}

impl fmt::Display for RowCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            (self.successful, "successful"),
            (self.warnings, "with warnings"),
            (self.failed, "failed"),
            (self.ignored, "ignored"),
            (self.total, "in total"),
        ];
        let mut first = true;
        for (count, word) in all {
            if let Some(count) = count {
                f.write_str(if first { "" } else { ", " })?;
                write!(f, "{count} {word}")?;
                first = false;
            }
        }
        if first {
            f.write_str("not told")?;
        }
        Ok(())
    }
}

/// The message in small letters, without what stands in brackets, cut where one count ends and
/// the next begins; a comma or a point between digits does not cut.
fn clauses(message: &str) -> Vec<String> {
    let chars: Vec<char> = message.to_lowercase().chars().collect();
    let mut clauses = vec![String::new()];
    let mut depth = 0_u32;
    for (i, &c) in chars.iter().enumerate() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ',' | '.' if groups_digits(&chars, i) => {}
            ',' | ';' | '|' | '\n' | '\r' | '.' | '!' => clauses.push(String::new()),
            _ => {
                if let Some(clause) = clauses.last_mut() {
                    clause.push(c);
                }
            }
        }
    }
    clauses
        .iter()
        .flat_map(|clause| clause.split(" and "))
        .map(str::to_owned)
        .collect()
}

/// Whether the mark at `i` groups digits by three, as in `1,200`.
fn groups_digits(chars: &[char], i: usize) -> bool {
    let digit = |i: usize| chars.get(i).is_some_and(char::is_ascii_digit);
    i > 0 && digit(i - 1) && (1..=3).all(|n| digit(i + n)) && !digit(i + 4)
}

/// The numbers that stand by themselves: not the digits of `q3` or `10%`.
fn numbers(clause: &str) -> impl Iterator<Item = u64> + '_ {
    clause
        .split(|c: char| c.is_whitespace() || c == ':' || c == '=' || c == '/')
        .filter_map(|word| word.parse().ok())
}

fn kind_of(clause: &str) -> Option<Kind> {
    let says = |stems: &&(Kind, &[&str])| stems.1.iter().any(|stem| clause.contains(stem));
    STEMS.iter().find(says).map(|(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Successful, warnings, failed, ignored, total.
    fn read(message: &str) -> [Option<u64>; 5] {
        let r = RowCounts::read(message);
        [r.successful, r.warnings, r.failed, r.ignored, r.total]
    }

    #[test]
    fn counts_in_every_wording() {
        const N: Option<u64> = None;
        for (message, expected) in [
            ("Success", [N; 5]),
            ("Running", [N; 5]),
            ("Process failed", [N; 5]),
            ("", [N; 5]),
            (
                "1197 rows successful, 0 rows with warnings, 3 rows failed, 1200 rows in total",
                [Some(1197), Some(0), Some(3), N, Some(1200)],
            ),
            (
                "Employees: 90 (0/90) rows successful, 5 ignored ",
                [Some(90), N, N, Some(5), N],
            ),
            (
                "1,234,567 rows succeeded; 12.345 rows failed",
                [Some(1_234_567), N, Some(12_345), N, N],
            ),
            (
                "Successful: 10, Warnings: 2, Failed: 1",
                [Some(10), Some(2), Some(1), N, N],
            ),
            ("failed=4 | success=6", [Some(6), N, Some(4), N, N]),
            ("3 of 1200 rows failed", [N, N, Some(3), N, Some(1200)]),
            (
                "3 rows were rejected and 5 rows were skipped",
                [N, N, Some(3), Some(5), N],
            ),
            (
                "Lists: 3 rows failed. Months: 4 rows failed",
                [N, N, Some(7), N, N],
            ),
            ("7 rows with errors", [N, N, Some(7), N, N]),
            (
                "5 rows processed\n2 rows failed",
                [N, N, Some(2), N, Some(5)],
            ),
            ("Import Q3 failed", [N; 5]),
            ("failed after 99999999999999999999999 rows", [N; 5]),
        ] {
            assert_eq!(read(message), expected, "{message}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_message_makes_it_panic(message in "\\PC{0,200}") {
            let _ = RowCounts::read(&message).to_string();
        }

        #[test]
        fn what_is_written_is_read_again(
            s: u64, w: u64, x: u64, t: u64
        ) {
            let message = format!("{s} rows successful, {w} rows with warnings, {x} rows failed, {t} rows in total");
            proptest::prop_assert_eq!(read(&message), [Some(s), Some(w), Some(x), None, Some(t)]);
        }
    }
}
