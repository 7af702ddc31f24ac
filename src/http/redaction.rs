//! Secrets that come back: found in a text in whatever spelling, and taken out.
//!
//! A service or a gateway that repeats what it was sent may escape it on the way: as JSON
//! ([RFC 8259, section 7](https://www.rfc-editor.org/rfc/rfc8259#section-7)), percent-encoded
//! ([RFC 3986, section 2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1)), with the entities
//! of HTML, or as base64 ([RFC 4648](https://www.rfc-editor.org/rfc/rfc4648)); each character by
//! itself, or not, and one escape inside another.

use std::collections::HashSet;
use std::ops::Range;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

pub(crate) const REDACTED: &str = "[redacted]";

/// How many escapes may lie inside one another: HTML in JSON in JSON, for example.
const ESCAPES: u8 = 3;

/// How often a text may be encoded in base64.
const BASE64_LAYERS: u8 = 2;

/// What is shorter is not looked for in base64, where a few letters stand by chance.
const SHORTEST_IN_BASE64: usize = 6;

/// Replaces each secret, in whatever spelling, by `[redacted]`.
#[cfg(test)]
pub(crate) fn redact(text: &str, secrets: &[&str]) -> String {
    redact_to(text, secrets, text.len())
}

/// How much may be tried in all. A text that takes more is not shown at all.
const MAX_STEPS: u32 = 3_000_000;

/// The same, up to this place in the text at the most: a secret that begins before it, and ends
/// after it, is found whole.
pub(crate) fn redact_to(text: &str, secrets: &[&str], limit: usize) -> String {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut steps = MAX_STEPS;
    for secret in secrets {
        let secret = with_single_spaces(secret);
        if secret.is_empty() {
            continue;
        }
        let search = &mut Search {
            secret: &secret,
            steps: &mut steps,
        };
        found.extend(search.spelled(text.as_bytes()));
        if secret.len() >= SHORTEST_IN_BASE64 {
            found.extend(search.in_base64(text.as_bytes(), BASE64_LAYERS));
        }
    }
    if steps == 0 {
        return REDACTED.to_owned();
    }
    found.sort_by_key(|range| range.start);
    let limit = (0..=limit.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or_default();
    let mut redacted = String::with_capacity(limit);
    let mut end = 0;
    for range in found {
        if range.start >= limit {
            break;
        }
        // Ranges begin and end at whole characters: escapes are ASCII, and a secret is text.
        if range.start >= end {
            redacted.push_str(&text[end..range.start]);
            redacted.push_str(REDACTED);
        }
        end = end.max(range.end);
    }
    redacted.push_str(text.get(end..limit).unwrap_or_default());
    redacted
}

/// A secret as it is looked for: a key may come back trimmed, or with other line ends.
fn with_single_spaces(secret: &str) -> Vec<u8> {
    let words: Vec<_> = secret.split_ascii_whitespace().collect();
    words.join(" ").into_bytes()
}

/// A secret that is looked for.
struct Search<'s> {
    secret: &'s [u8],
    /// How much may still be tried.
    steps: &'s mut u32,
}

impl Search<'_> {
    /// Where the secret stands, each character as it is or escaped.
    fn spelled(&mut self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut failed = HashSet::new();
        let mut start = 0;
        while start < text.len() && *self.steps > 0 {
            let may_begin = text[start] == self.secret[0] || begins_an_escape(text[start]);
            match may_begin
                .then(|| self.end_of(text, start, &mut failed))
                .flatten()
            {
                Some(end) => {
                    found.push(start..end);
                    start = end;
                    failed.clear();
                }
                None => start += 1,
            }
        }
        found
    }

    /// The end of the secret, if it stands at `start`.
    ///
    /// `failed` holds the places of the text, each with a place of the secret, from which there is
    /// no way to the end. Without it the time would double with every backslash of the two.
    fn end_of(
        &mut self,
        text: &[u8],
        start: usize,
        failed: &mut HashSet<(usize, usize)>,
    ) -> Option<usize> {
        let mut open = vec![(start, 0)];
        let mut readings = Vec::new();
        while let Some((at, matched)) = open.pop() {
            let rest = &self.secret[matched..];
            if rest.is_empty() {
                return Some(at);
            }
            *self.steps = self.steps.checked_sub(1)?;
            readings.clear();
            read(text, at, ESCAPES, &mut readings);
            // A character that can be read in one way alone need not be remembered.
            if readings.len() > 1 && !failed.insert((at, matched)) {
                continue;
            }
            // The last one is tried first: an escape, which takes more of the text.
            readings.sort_by_key(|reading| reading.end);
            for reading in &readings {
                let bytes = reading.bytes();
                if rest[0] == b' ' && bytes.iter().all(u8::is_ascii_whitespace) {
                    // Any white space for any other.
                    open.push((reading.end, matched + 1));
                    open.push((reading.end, matched));
                } else if rest.starts_with(bytes) {
                    open.push((reading.end, matched + bytes.len()));
                }
            }
        }
        None
    }

    /// Where a run of base64 stands that holds the secret.
    fn in_base64(&mut self, text: &[u8], layers: u8) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if layers == 0 {
            return found;
        }
        let has_escapes = text.iter().any(|byte| b"\\%&".contains(byte));
        for escapes in 0..if has_escapes { ESCAPES } else { 1 } {
            for (run, place) in runs(text, escapes) {
                if self.is_in(&run, layers) {
                    found.push(place);
                }
            }
        }
        found
    }

    /// Whether the secret is in this run of base64. Where the encoding began is not known: there
    /// are four ways to cut it into groups of four.
    fn is_in(&mut self, run: &[u8], layers: u8) -> bool {
        (0..4.min(run.len())).any(|skipped| {
            let group = &run[skipped..];
            // A last character by itself tells no whole byte.
            let group = &group[..group.len() - usize::from(group.len() % 4 == 1)];
            let decoded = GeneralPurpose::new(&STANDARD, lenient()).decode(group);
            decoded.is_ok_and(|decoded| {
                !self.spelled(&decoded).is_empty()
                    || !self.in_base64(&decoded, layers - 1).is_empty()
            })
        })
    }
}

fn begins_an_escape(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&' | b'+')
}

/// What can be read at a place: some bytes, and where they end.
struct Reading {
    buffer: [u8; 4],
    length: usize,
    end: usize,
}

impl Reading {
    fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    fn of(bytes: &[u8], end: usize) -> Self {
        let mut buffer = [0; 4];
        buffer[..bytes.len()].copy_from_slice(bytes);
        Self {
            buffer,
            length: bytes.len(),
            end,
        }
    }
}

/// All that can be read at `start`, with so many escapes inside one another.
fn read(text: &[u8], start: usize, escapes: u8, found: &mut Vec<Reading>) {
    let Some(byte) = text.get(start) else { return };
    found.push(Reading::of(&[*byte], start + 1));
    if escapes == 0 || !begins_an_escape(*byte) {
        return;
    }
    if *byte == b'+' {
        found.push(Reading::of(b" ", start + 1));
    }
    // The characters of an escape may be escaped themselves. That is read greedily: the innermost
    // escape first.
    for inner in 0..escapes {
        let characters = Characters {
            text,
            at: start,
            escapes: inner,
        };
        if let Some(reading) = escape(characters) {
            found.push(reading);
        }
    }
}

/// The ASCII characters of a text, one after another, unescaped so many times.
#[derive(Clone)]
struct Characters<'t> {
    text: &'t [u8],
    at: usize,
    escapes: u8,
}

impl Iterator for Characters<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let mut readings = Vec::new();
        read(self.text, self.at, self.escapes, &mut readings);
        let longest = readings.into_iter().max_by_key(|reading| reading.end)?;
        self.at = longest.end;
        (longest.length == 1).then_some(longest.buffer[0])
    }
}

/// What an escape stands for.
fn escape(mut characters: Characters<'_>) -> Option<Reading> {
    let mut utf8 = [0; 4];
    match characters.next()? {
        b'%' => {
            let byte = number(&mut characters, 2, 16)?;
            Some(Reading::of(&[u8::try_from(byte).ok()?], characters.at))
        }
        b'\\' => {
            let byte = match characters.next()? {
                b'u' => return unicode(characters),
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                byte @ (b'"' | b'\\' | b'/') => byte,
                _ => return None,
            };
            Some(Reading::of(&[byte], characters.at))
        }
        b'&' => {
            let character = entity(&mut characters)?;
            let bytes = character.encode_utf8(&mut utf8).as_bytes();
            Some(Reading::of(bytes, characters.at))
        }
        _ => None,
    }
}

/// After `\u`: four digits, or eight for what UTF-16 writes as a pair.
fn unicode(mut characters: Characters<'_>) -> Option<Reading> {
    let mut units = [u16::try_from(number(&mut characters, 4, 16)?).ok()?, 0];
    let mut count = 1;
    if (0xd800..0xdc00).contains(&units[0]) {
        (characters.next()? == b'\\' && characters.next()? == b'u').then_some(())?;
        units[1] = u16::try_from(number(&mut characters, 4, 16)?).ok()?;
        count = 2;
    }
    let character = char::decode_utf16(units[..count].iter().copied())
        .next()?
        .ok()?;
    let mut utf8 = [0; 4];
    let bytes = character.encode_utf8(&mut utf8).as_bytes();
    Some(Reading::of(bytes, characters.at))
}

fn number(characters: &mut Characters<'_>, digits: usize, radix: u32) -> Option<u32> {
    (0..digits).try_fold(0, |number, _| {
        let digit = char::from(characters.next()?).to_digit(radix)?;
        Some(number * radix + digit)
    })
}

/// After `&`: `amp;`, `#61;`, `#x3D;` and so on.
fn entity(characters: &mut Characters<'_>) -> Option<char> {
    let mut name = String::new();
    loop {
        match characters.next()? {
            b';' => break,
            byte if name.len() < 10 && (byte == b'#' || byte.is_ascii_alphanumeric()) => {
                name.push(byte.into());
            }
            _ => return None,
        }
    }
    Some(match name.as_str() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "equals" => '=',
        "plus" => '+',
        "sol" => '/',
        name => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

/// The runs of the characters of base64, unescaped so many times, and where they stand.
fn runs(text: &[u8], escapes: u8) -> Vec<(Vec<u8>, Range<usize>)> {
    let mut runs = Vec::new();
    let mut run = Vec::new();
    let mut characters = Characters {
        text,
        at: 0,
        escapes,
    };
    let mut began = 0;
    while characters.at < text.len() {
        let at = characters.at;
        match characters.next() {
            Some(byte) if byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte) => {
                if run.is_empty() {
                    began = at;
                }
                // The alphabet for URLs differs in two characters, and a path may stand before it.
                run.push(match byte {
                    b'-' => b'+',
                    b'_' => b'/',
                    byte => byte,
                });
            }
            // Mail breaks it into lines.
            Some(b'\r' | b'\n') if !run.is_empty() => {}
            _ if run.len() >= SHORTEST_IN_BASE64 => {
                runs.push((std::mem::take(&mut run), began..at));
            }
            _ => run.clear(),
        }
    }
    if run.len() >= SHORTEST_IN_BASE64 {
        runs.push((run, began..text.len()));
    }
    runs
}

fn lenient() -> GeneralPurposeConfig {
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true)
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_around_a_secret_stays() {
        let redact = |text| redact(text, &["p@ss=w"]);
        assert_eq!(redact("no p@ss here"), "no p@ss here");
        assert_eq!(
            redact("a p@ss=w, and p%40ss%3Dw."),
            "a [redacted], and [redacted]."
        );
        assert_eq!(redact("ü p@ss\\u003dw ü"), "ü [redacted] ü");
        assert_eq!(redact("p@ss=wp@ss=w"), "[redacted][redacted]");
        assert_eq!(redact("%zz \\u00 &x; % \\ &"), "%zz \\u00 &x; % \\ &");
        assert_eq!(super::redact("abc", &["", "b"]), "a[redacted]c");
    }

    #[test]
    fn a_key_that_comes_back_trimmed_or_in_other_lines() {
        let key = "-----BEGIN-----\nMIIabc+/=\nxyz\n-----END-----\n";
        for text in [
            key.trim_end().to_owned(),
            key.replace('\n', "\r\n"),
            key.replace('\n', " "),
            key.replace('\n', "\\n"),
            key.replace('\n', "%0A"),
        ] {
            let told = redact(&format!("({text})"), &[key]);
            assert!(told.starts_with("([redacted]") && told.len() < 20, "{told}");
        }
    }

    #[test]
    fn base64_beside_a_path_and_in_lines() {
        let secret = "ada:correct horse battery";
        let encoded = BASE64_STANDARD.encode(secret);
        let text = format!("https://host/foo-bar/{encoded}");
        assert!(!redact(&text, &[secret]).contains(&encoded), "{text}");
        let lines = format!("{}\r\n{}", &encoded[..13], &encoded[13..]);
        assert!(
            !redact(&lines, &[secret]).contains(&encoded[13..]),
            "{lines}"
        );
        let json = lines.replace("\r\n", "\\n");
        assert!(!redact(&json, &[secret]).contains(&encoded[13..]), "{json}");
    }

    #[test]
    fn a_cut_leaves_no_half_of_a_secret() {
        let text = "s3cret-of-ada ".repeat(20);
        for limit in 0..text.len() {
            let told = redact_to(&text, &["s3cret-of-ada"], limit);
            assert!(!told.contains("s3c"), "{limit}: {told}");
        }
    }

    /// Without a memory of what was tried these would take hours, or all of the stack.
    #[test]
    fn long_secrets_and_odd_texts_end() {
        let long = "k".repeat(60_000);
        assert_eq!(redact(&format!("<{long}>"), &[&long]), "<[redacted]>");
        let backslashes = "\\".repeat(16) + "x";
        let text = "\\".repeat(2_000);
        assert_eq!(redact(&text, &[&backslashes]), text);
        // What takes too long is not shown.
        let nearly = "k".repeat(5_000);
        assert_eq!(
            redact(&"k".repeat(9_000), &[&format!("{nearly}!")]),
            REDACTED
        );
        for odd in ["&", "%25", "&amp;", "\\u005c", "+"] {
            let text = odd.repeat(1_000);
            assert_eq!(redact(&text, &["no such secret"]), text);
        }
    }

    /// One character in one of the spellings.
    fn spell(character: char, how: u8) -> String {
        let mut utf8 = [0; 4];
        let bytes = character.encode_utf8(&mut utf8).as_bytes();
        match how {
            0 => bytes.iter().map(|byte| format!("%{byte:02X}")).collect(),
            1 => bytes.iter().map(|byte| format!("%{byte:02x}")).collect(),
            2 => format!("&#{};", u32::from(character)),
            3 => format!("&#x{:X};", u32::from(character)),
            4 => {
                let mut units = [0; 2];
                let units = character.encode_utf16(&mut units);
                units.iter().map(|unit| format!("\\u{unit:04x}")).collect()
            }
            _ => character.to_string(),
        }
    }

    proptest! {
        #[test]
        fn any_mix_of_spellings_is_found(
            secret in "[ -~ü€😀]{8,40}",
            before in "[a-z ]{0,9}",
            how in proptest::collection::vec(0u8..9, 40),
            again: bool,
            layer in 0u8..4,
        ) {
            let mut text: String =
                secret.chars().zip(&how).map(|(c, how)| spell(c, *how)).collect();
            if again {
                text = text.replace('%', "%25").replace('\\', "\\\\");
            }
            let text = format!("{before}{text}");
            let text = match layer {
                0 => BASE64_STANDARD.encode(&text),
                1 => BASE64_URL_SAFE_NO_PAD.encode(&text),
                _ => text,
            };
            let told = redact(&text, &[&secret]);
            prop_assert!(told.contains(REDACTED), "{text} is told as {told}");
        }

        #[test]
        fn nothing_makes_it_panic(text in "\\PC*", secret in "\\PC{1,12}") {
            let _ = redact(&text, &[&secret]);
        }
    }
}
