//! Row counts of runs.

use std::fmt;

use serde_json::Value;

use crate::models::cloud_works::{ErrorMessage, RunError};

/// How many rows a run loaded and rejected, as far as the service says. What is not certain is
/// `None`.
///
/// The message of a run has them in a sentence after the name of a list, an action or a module:
///
/// ```
/// use anaplan_sdk::runs::RowCounts;
///
/// let rows = RowCounts::read(
///     "1.1 Build Region: 90 (0/90) rows successful, 0 (0/0) rows has warnings, 2 failed, 0 ignored",
/// );
/// assert_eq!(rows.successful, Some(90));
/// assert_eq!(rows.failed, Some(2));
/// assert_eq!(rows.to_string(), "90 successful, 0 with warnings, 2 failed, 0 ignored");
/// ```
///
/// The details of a run ([`RunError`]) have pairs of a name and a number as well, which are more
/// reliable. `RowCounts::from(&error)` reads the pairs, or the sentence if there are none, and so
/// does `diagnose`.
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
    /// Rows that were ignored.
    pub ignored: Option<u64>,
    /// All rows; only the pairs of a run error tell that.
    pub total: Option<u64>,
}

impl RowCounts {
    /// Reads the counts out of a message; all `None` when it has none, or holds more than the
    /// service's sentence. The counts of several sentences, one list after the other, are added
    /// up; what one of them leaves out is then not known.
    pub fn read(message: &str) -> Self {
        Self::sum(sentences(message))
    }

    fn sum(counts: impl IntoIterator<Item = Self>) -> Self {
        let add = |one: Option<u64>, other: Option<u64>| one?.checked_add(other?);
        let sum = counts.into_iter().reduce(|one, other| Self {
            successful: add(one.successful, other.successful),
            warnings: add(one.warnings, other.warnings),
            failed: add(one.failed, other.failed),
            ignored: add(one.ignored, other.ignored),
            total: add(one.total, other.total),
        });
        sum.unwrap_or_default()
    }

    /// Whether nothing is known of the rows.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn all(&self) -> [Option<u64>; 5] {
        let Self {
            successful,
            warnings,
            failed,
            ignored,
            total,
        } = *self;
        [successful, warnings, failed, ignored, total]
    }

    /// Completed from a less reliable source, unless the two disagree.
    pub(super) fn or(self, other: Self) -> Self {
        let mut pairs = self.all().into_iter().zip(other.all());
        if pairs.any(|(one, other)| one.is_some() && other.is_some() && one != other) {
            return self;
        }
        Self {
            successful: self.successful.or(other.successful),
            warnings: self.warnings.or(other.warnings),
            failed: self.failed.or(other.failed),
            ignored: self.ignored.or(other.ignored),
            total: self.total.or(other.total),
        }
    }
}

/// Whether a message says that rows of any list were rejected.
pub(super) fn says_rows_failed(message: &str) -> bool {
    sentences(message).iter().any(|rows| rows.failed > Some(0))
}

/// The sentences that a message consists of; none when it consists of anything else.
///
/// A name may contain numbers, colons and any word of the sentence. So the text is read from its
/// end, by the fixed words of the sentence, up to the `: ` that ends the name.
fn sentences(message: &str) -> Vec<RowCounts> {
    let mut found = Vec::new();
    let mut rest = message.trim_end();
    while let Some((rows, before)) = sentence_at_end(rest) {
        found.push(rows);
        let name = match before.strip_suffix(": ") {
            Some(name) => name,
            None if before.is_empty() => return found,
            None => break,
        };
        // Whether another list's sentence stands before the name. Each of them ends in `ignored`.
        let ends = name.rmatch_indices(IGNORED);
        let mut ends = ends.map(|(at, word)| at + word.len());
        let Some(end) = ends.find(|end| sentence_at_end(&name[..*end]).is_some()) else {
            return found;
        };
        if !name[end..].starts_with(|c: char| c.is_whitespace() || ",;.|".contains(c)) {
            break;
        }
        rest = &name[..end];
    }
    Vec::new()
}

const IGNORED: &str = " ignored";

/// The counts of the sentence that a text ends in, and what stands before them.
///
/// `… 90 (0/90) rows successful, 0 (0/0) rows has warnings, 2 failed, 0 ignored`; all but the
/// first part may be missing.
fn sentence_at_end(text: &str) -> Option<(RowCounts, &str)> {
    let (ignored, text) = part_at_end(text, IGNORED, false)?;
    let (failed, text) = part_at_end(text, " failed", false)?;
    let (warnings, text) = part_at_end(text, " rows has warnings", true)?;
    let text = pair_at_end(text.strip_suffix(" rows successful")?)?;
    let (successful, text) = number_at_end(text)?;
    let rows = RowCounts {
        successful: Some(successful),
        warnings,
        failed,
        ignored,
        total: None,
    };
    Some((rows, text))
}

/// A count with the comma before it, if the text ends in these words; `None` when it ends in them
/// without a count.
fn part_at_end<'t>(text: &'t str, words: &str, paired: bool) -> Option<(Option<u64>, &'t str)> {
    let Some(before) = text.strip_suffix(words) else {
        return Some((None, text));
    };
    let before = if paired { pair_at_end(before)? } else { before };
    let (number, before) = number_at_end(before)?;
    Some((Some(number), before.strip_suffix(", ")?))
}

/// What stands before ` (0/90)`: how many of the rows were created and how many updated.
fn pair_at_end(text: &str) -> Option<&str> {
    let without_digits = |text| str::trim_end_matches(text, |c: char| c.is_ascii_digit());
    let text = without_digits(text.strip_suffix(')')?).strip_suffix('/')?;
    without_digits(text).strip_suffix(" (")
}

fn number_at_end(text: &str) -> Option<(u64, &str)> {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    Some((text[before.len()..].parse().ok()?, before))
}

impl From<&RunError> for RowCounts {
    /// Of all messages that tell of rows, added up.
    fn from(error: &RunError) -> Self {
        let messages = error.actions().flat_map(|action| &action.error_message);
        Self::sum(messages.map(Self::from).filter(|rows| !rows.is_empty()))
    }
}

impl From<&ErrorMessage> for RowCounts {
    /// By the pairs among its values; what they leave out by its text, unless the two disagree.
    fn from(message: &ErrorMessage) -> Self {
        let text = message.local_message_text.as_deref().unwrap_or_default();
        let of = |name| value_of(&message.values, name);
        let pairs = Self {
            successful: of("successRowCount"),
            warnings: of("warningsRowCount"),
            failed: of("failedCount"),
            ignored: of("ignoredCount"),
            total: of("totalRowCount"),
        };
        pairs.or(Self::read(text))
    }
}

/// The number behind a name, where names and values take turns; `None` when there is none, or
/// different ones.
fn value_of(values: &[Value], name: &str) -> Option<u64> {
    let (pairs, []) = values.as_chunks::<2>() else {
        return None;
    };
    let named = pairs.iter().filter(|pair| pair[0] == *name);
    let mut numbers = named.map(|pair| match &pair[1] {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    });
    let first = numbers.next()?;
    first.filter(|_| numbers.all(|number| number == first))
}

impl fmt::Display for RowCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WORDS: [&str; 5] = [
            "successful",
            "with warnings",
            "failed",
            "ignored",
            "in total",
        ];
        let told: Vec<String> = self
            .all()
            .into_iter()
            .zip(WORDS)
            .filter_map(|(count, word)| Some(format!("{} {word}", count?)))
            .collect();
        match told.is_empty() {
            true => f.write_str("not told"),
            false => f.write_str(&told.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::models::cloud_works::{RunStatus, RunSummary};
    use crate::runs::RunOutcome;

    const N: Option<u64> = None;

    /// Successful, warnings, failed, ignored, total.
    type Counts = [Option<u64>; 5];

    fn counts(r: RowCounts) -> Counts {
        [r.successful, r.warnings, r.failed, r.ignored, r.total]
    }

    fn read(message: &str) -> Counts {
        counts(RowCounts::read(message))
    }

    /// The sentence of an import with rows that were not loaded.
    fn long(name: &str, [s, w, f, i]: [u64; 4]) -> String {
        format!(
            "{name}: {s} (0/{s}) rows successful, {w} (0/{w}) rows has warnings, {f} failed, {i} ignored"
        )
    }

    /// The sentence of an import without, which ends in a blank.
    fn short(name: &str, s: u64, i: u64) -> String {
        format!("{name}: {s} ({s}/0) rows successful, {i} ignored ")
    }

    /// Names as planners give them.
    fn names() -> Vec<String> {
        const FIRST: [&str; 20] = [
            "Employees",
            "1.1 Build Region",
            "2 Load",
            "Load: step 3",
            "P&L: 2026",
            "3 failed",
            "Failed rows",
            "Import errors 12",
            "Ignored and skipped",
            "0 (0/0) rows",
            "5 ignored, 2 failed",
            "Rows successful",
            "10 rows successful",
            "Cancelled orders",
            "Partial load",
            "Q3 (1/2)",
            "Warnings: 7",
            "L2 > L3 / 4",
            "Größe: 10 %",
            "売上 2026: 3",
        ];
        const SECOND: [&str; 10] = [
            "",
            " 7",
            ":",
            ": 12",
            " and 3 rows failed",
            ", 1 ignored",
            " - error",
            " (0/90) rows successful",
            ". 2 failed",
            "; skipped = 4",
        ];
        FIRST
            .iter()
            .flat_map(|first| SECOND.map(|second| format!("{first}{second}")))
            .collect()
    }

    /// What both replies that tell of a run come to, if it succeeded and bears no code.
    fn word(message: &str) -> &'static str {
        let run = json!({
            "id": "r1", "success": true, "message": message,
            "startDate": "2026-06-09T09:12:41.000Z", "endDate": "2026-06-09T09:13:26.000Z",
        });
        let status: RunStatus = serde_json::from_value(run.clone()).unwrap();
        let summary: RunSummary = serde_json::from_value(run).unwrap();
        let word = RunOutcome::from(&status).word();
        assert_eq!(RunOutcome::from(&summary).word(), word);
        word
    }

    #[test]
    fn a_numbered_name_is_not_a_count() {
        assert_eq!(
            read(
                "1.1 Build Region: 90 (0/90) rows successful, 0 (0/0) rows has warnings, 2 failed, 0 ignored"
            ),
            [Some(90), Some(0), Some(2), Some(0), N]
        );
    }

    #[test]
    fn the_short_sentence_leaves_parts_out() {
        assert_eq!(
            read("Employees: 90 (0/90) rows successful, 5 ignored "),
            [Some(90), N, N, Some(5), N]
        );
    }

    #[test]
    fn no_word_of_a_name_makes_a_success_partial() {
        for name in names() {
            assert_eq!(word(&short(&name, 90, 5)), "succeeded", "{name}");
            assert_eq!(word(&long(&name, [90, 1, 0, 4])), "succeeded", "{name}");
            assert_eq!(
                word(&long(&name, [90, 1, 2, 4])),
                "partly succeeded",
                "{name}"
            );
        }
    }

    #[test]
    fn sentences_and_what_looks_like_them() {
        for (message, expected) in [
            ("", [N; 5]),
            ("Success", [N; 5]),
            ("Running", [N; 5]),
            ("Process failed", [N; 5]),
            ("Import Q3 failed", [N; 5]),
            ("3 failed", [N; 5]),
            ("Lists: 3 failed, 4 ignored", [N; 5]),
            ("failed after 99999999999999999999999 rows", [N; 5]),
            // Without a name.
            (
                "90 (0/90) rows successful, 5 ignored",
                [Some(90), N, N, Some(5), N],
            ),
            // Parts that are left out.
            ("A: 9 (0/9) rows successful", [Some(9), N, N, N, N]),
            (
                "A: 9 (0/9) rows successful, 2 failed",
                [Some(9), N, Some(2), N, N],
            ),
            (
                "A: 9 (0/9) rows successful, 1 (0/1) rows has warnings, 3 ignored",
                [Some(9), Some(1), N, Some(3), N],
            ),
            // Where the name ends is not clear: no colon, no blank after it.
            ("Region 9 (0/9) rows successful, 5 ignored", [N; 5]),
            ("Region:9 (0/9) rows successful, 5 ignored", [N; 5]),
            // A number too large, or in groups.
            (
                "A: 99999999999999999999999 (0/0) rows successful, 5 ignored",
                [N; 5],
            ),
            ("A: 1,197 (0/1,197) rows successful, 5 ignored", [N; 5]),
            ("A: 9 (0/9) rows successful, 1,197 ignored", [N; 5]),
            // More follows, of which nothing is known.
            ("A: 9 (0/9) rows successful, 5 ignored, 3 lost", [N; 5]),
            (
                "Import of `A: 9 (0/9) rows successful, 5 ignored` failed",
                [N; 5],
            ),
            // Other words than the service's.
            ("3 of 1200 rows failed", [N; 5]),
            ("failed=4 | success=6", [N; 5]),
        ] {
            assert_eq!(read(message), expected, "{message}");
        }
    }

    #[test]
    fn two_lists_in_one_message_are_added_up() {
        let [a, b] = [long("1 A", [90, 0, 2, 0]), long("2 B: 3", [10, 1, 1, 4])];
        for between in ["\n", "\r\n", "; ", " ", ". ", ", ", " | "] {
            assert_eq!(
                read(&format!("{a}{between}{b}")),
                [Some(100), Some(1), Some(3), Some(4), N],
                "{between:?}"
            );
        }
        // What one of them leaves out is not known of both.
        let both = format!("{}{a}", short("3 C", 5, 7));
        assert_eq!(read(&both), [Some(95), N, N, Some(7), N]);
        // But rows did fail.
        assert_eq!(word(&both), "partly succeeded");
        // The one may be the other's name.
        assert_eq!(read(&format!("{a}: {b}")), [N; 5]);
        assert_eq!(read(&format!("{a}{b}")), [N; 5]);
        let most = u64::MAX;
        assert_eq!(
            read(&format!("{}{}", short("A", most, 1), short("B", 1, 1))),
            [N, N, N, Some(2), N]
        );
    }

    fn message(text: &str, values: Value) -> Value {
        json!({"localMessageText": text, "values": values})
    }

    fn of_error(messages: &[Value]) -> Counts {
        let error: RunError =
            serde_json::from_value(json!({"errorMessages": [{"errorMessage": messages}]})).unwrap();
        counts(RowCounts::from(&error))
    }

    #[test]
    fn pairs_come_before_the_text() {
        let pairs = json!([
            "hierarchyName",
            "3 failed",
            "successRowCount",
            "90",
            "successCreateCount",
            "0",
            "successUpdateCount",
            "90",
            "warningsRowCount",
            "0",
            "failedCount",
            "2",
            "ignoredCount",
            "1",
            "totalRowCount",
            "93",
        ]);
        let exact = [Some(90), Some(0), Some(2), Some(1), Some(93)];
        for text in [
            "",
            "1 Error",
            &long("3 failed", [90, 0, 2, 1]),
            &long("3 failed", [1, 2, 3, 4]),
        ] {
            assert_eq!(of_error(&[message(text, pairs.clone())]), exact, "{text}");
        }
        for (text, values, expected) in [
            // Numbers instead of text.
            (
                "",
                json!(["failedCount", 2, "ignoredCount", 0]),
                [N, N, Some(2), Some(0), N],
            ),
            // What the pairs leave out stands in the text, unless it disagrees with them.
            (
                &*short("A", 9, 5),
                json!(["successRowCount", "9"]),
                [Some(9), N, N, Some(5), N],
            ),
            (
                &short("A", 9, 5),
                json!(["successRowCount", "8"]),
                [Some(8), N, N, N, N],
            ),
            (&short("A", 9, 5), json!([]), [Some(9), N, N, Some(5), N]),
            // A name that is a name of a count.
            (
                "",
                json!(["hierarchyName", "failedCount", "successRowCount", "9"]),
                [Some(9), N, N, N, N],
            ),
            // One count, two numbers; no number at all; no pairs.
            ("", json!(["failedCount", "2", "failedCount", "3"]), [N; 5]),
            (
                "",
                json!(["failedCount", "2", "failedCount", "2"]),
                [N, N, Some(2), N, N],
            ),
            (
                "",
                json!(["failedCount", "two", "ignoredCount", null]),
                [N; 5],
            ),
            ("", json!(["x", "failedCount", "2"]), [N; 5]),
            ("", json!(["failedCount"]), [N; 5]),
            ("", json!(["a", 1, null]), [N; 5]),
        ] {
            assert_eq!(
                of_error(&[message(text, values.clone())]),
                expected,
                "{text} {values}"
            );
        }
        // Two lists, and a message that tells of no rows.
        let two = [
            message(
                "",
                json!([
                    "successRowCount",
                    "5",
                    "failedCount",
                    "1",
                    "ignoredCount",
                    "0"
                ]),
            ),
            message(
                "Value is not of the expected data type",
                json!(["line", "3"]),
            ),
            message(&long("B", [7, 0, 2, 0]), json!([])),
        ];
        assert_eq!(of_error(&two), [Some(12), N, Some(3), Some(0), N]);
        assert_eq!(of_error(&[]), [N; 5]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn with_any_real_looking_name_and_any_counts_all_is_exact(
            name in proptest::sample::select(names()), s: u64, w: u64, f: u64, i: u64,
        ) {
            prop_assert_eq!(
                read(&long(&name, [s, w, f, i])),
                [Some(s), Some(w), Some(f), Some(i), None]
            );
            prop_assert_eq!(read(&short(&name, s, i)), [Some(s), None, None, Some(i), None]);
        }

        #[test]
        fn with_any_name_at_all_it_is_exact_or_not_told(
            name in "\\PC{0,80}", s: u64, w: u64, f: u64, i: u64,
        ) {
            let right = [Some(s), Some(w), Some(f), Some(i), None];
            let found = read(&long(&name, [s, w, f, i]));
            prop_assert!(found == right || found == [None; 5], "{found:?}");
            let right = [Some(s), None, None, Some(i), None];
            let found = read(&short(&name, s, i));
            prop_assert!(found == right || found == [None; 5], "{found:?}");
        }

        #[test]
        fn no_message_makes_it_panic(message in "(\\PC|[0-9]| \\(0/9\\) rows successful|, | failed| ignored|: ){0,40}") {
            let _ = RowCounts::read(&message).to_string();
        }
    }
}
