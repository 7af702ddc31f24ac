//! Replaces secrets in texts of the service, in any spelling.
//!
//! A service or a gateway that repeats what it was sent may escape it on the way: as JSON
//! ([RFC 8259, section 7](https://www.rfc-editor.org/rfc/rfc8259#section-7)), percent-encoded
//! ([RFC 3986, section 2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1)), with the entities
//! of HTML, or as base64 ([RFC 4648](https://www.rfc-editor.org/rfc/rfc4648)); each character by
//! itself, or not, and one escape inside another.
//!
//! So the secret is held against each place of the text, and each of its characters may be spelled
//! in any way. Base64 mixes the characters: all text that can be base64 is decoded, from each of the four
//! places at which a group can begin, and searched in the same way.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

pub(crate) const REDACTED: &str = "[redacted]";

/// How many escapes may lie inside one another: HTML in JSON in JSON, for example.
const ESCAPES: u8 = 3;

/// How often a text may be encoded in base64.
const BASE64_LAYERS: u8 = 2;

/// Shorter secrets are not searched for in base64, where short matches occur by chance.
const SHORTEST_IN_BASE64: usize = 6;

/// A number in an escape has no more characters than this: zeros may lead it without end.
const MAX_NUMBER_LENGTH: usize = 64;

/// Replaces each secret, in any spelling, by `[redacted]`.
#[cfg(test)]
pub(crate) fn redact(text: &str, secrets: &[&str]) -> String {
    redact_to(text, secrets, text.len())
}

/// How much may be tried in all. A text that takes more is not shown at all.
const MAX_STEPS: u32 = 3_000_000;

/// The same, up to this place in the text at the most: a secret that begins before it, and ends
/// after it, is found whole.
pub(crate) fn redact_to(text: &str, secrets: &[&str], limit: usize) -> String {
    let secrets: Vec<Vec<u8>> = secrets
        .iter()
        .map(|secret| with_single_spaces(secret))
        .filter(|secret| !secret.is_empty())
        .collect();
    let secrets: Vec<&[u8]> = secrets.iter().map(Vec::as_slice).collect();
    let mut search = Search {
        steps: MAX_STEPS,
        found: Vec::new(),
    };
    search.in_text(text.as_bytes(), &secrets, BASE64_LAYERS);
    if search.steps == 0 {
        return REDACTED.to_owned();
    }
    let mut found = search.found;
    found.sort_by_key(|range| range.start);
    let limit = up_to(text, limit).len();
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

/// No more of a text than this many bytes, cut between two characters.
pub(crate) fn up_to(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

/// A secret as it is looked for: a key may come back trimmed, or with other line ends.
fn with_single_spaces(secret: &str) -> Vec<u8> {
    let words: Vec<_> = secret.split_ascii_whitespace().collect();
    words.join(" ").into_bytes()
}

/// The secret without its own escapes: one that is sent encoded may come back decoded.
pub(crate) fn unescaped(secret: &str) -> String {
    let bytes = secret.as_bytes();
    let units = Units::of(bytes, 1);
    let mut unescaped = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let (mut unit, mut end) = (Unit::of(&bytes[at..=at], at + 1), at + 1);
        units.each(at, &mut |spelled, next| {
            if next > end {
                (unit, end) = (Unit::of(spelled, next), next);
            }
        });
        unescaped.extend_from_slice(unit.bytes());
        at = end;
    }
    String::from_utf8_lossy(&unescaped).into_owned()
}

/// What was found in a text, and how much may still be tried.
struct Search {
    steps: u32,
    found: Vec<Range<usize>>,
}

impl Search {
    /// Where the secrets stand, each character as it is or escaped, and in base64.
    fn in_text(&mut self, text: &[u8], secrets: &[&[u8]], layers: u8) {
        let units = Units::of(text, ESCAPES);
        for secret in secrets {
            // A place of the text, and one of the secret, from which there is no way to its end.
            let mut failed = HashSet::new();
            let mut start = 0;
            while start < text.len() && self.steps > 0 {
                match self.end_of(secret, &units, start, &mut failed) {
                    Some(end) => {
                        self.found.push(start..end);
                        start = end;
                    }
                    None => start += 1,
                }
            }
        }
        if layers > 0 {
            self.in_base64(&units, secrets, layers);
        }
    }

    /// The end of the secret, if it stands at `start`.
    fn end_of(
        &mut self,
        secret: &[u8],
        units: &Units<'_>,
        start: usize,
        failed: &mut HashSet<(usize, usize)>,
    ) -> Option<usize> {
        let first = units.text[start];
        if first != secret[0] && !begins_an_escape(first) {
            return None;
        }
        let mut end = None;
        // There is more than one way where a character of the secret begins an escape by itself.
        let mut ways = vec![(start, 0)];
        let mut tried = Vec::new();
        while let Some((at, matched)) = ways.pop() {
            let rest = &secret[matched..];
            if rest.is_empty() {
                end = end.max(Some(at));
                continue;
            }
            self.steps = self.steps.checked_sub(1)?;
            if units.spelled.contains_key(&at) || rest[0] == b' ' {
                if !failed.insert((at, matched)) {
                    continue;
                }
                tried.push((at, matched));
            }
            units.each(at, &mut |unit, next| {
                if rest[0] == b' ' && unit.iter().all(u8::is_ascii_whitespace) {
                    // Any white space for any other.
                    ways.push((next, matched));
                    ways.push((next, matched + 1));
                } else if rest.starts_with(unit) {
                    ways.push((next, matched + unit.len()));
                }
            });
        }
        if end.is_some() {
            for way in tried {
                failed.remove(&way);
            }
        }
        end
    }

    fn in_base64(&mut self, units: &Units<'_>, secrets: &[&[u8]], layers: u8) {
        let is_long = |secret: &&&[u8]| secret.len() >= SHORTEST_IN_BASE64;
        let secrets: Vec<&[u8]> = secrets.iter().filter(is_long).copied().collect();
        if secrets.is_empty() {
            return;
        }
        let mut run: Vec<Sextet> = Vec::new();
        let mut at = 0;
        while at <= units.text.len() && self.steps > 0 {
            let (role, next) = base64_at(units, at);
            match role {
                Role::Bits(bits) => run.push(Sextet { bits, at: at..next }),
                Role::Between => {}
                Role::None => {
                    // Where the encoding began is not known: a path may stand before it.
                    for skipped in 0..4 {
                        self.in_run(run.get(skipped..).unwrap_or_default(), &secrets, layers);
                    }
                    run.clear();
                }
            }
            at = next;
        }
    }

    fn in_run(&mut self, run: &[Sextet], secrets: &[&[u8]], layers: u8) {
        if run.len() * 6 / 8 < SHORTEST_IN_BASE64 {
            return;
        }
        let mut inside = Self {
            steps: self.steps,
            found: Vec::new(),
        };
        inside.in_text(&decoded(run), secrets, layers - 1);
        self.steps = inside.steps;
        self.found.extend(inside.found.into_iter().map(|bytes| {
            let (first, last) = (bytes.start * 8 / 6, (bytes.end * 8 - 1) / 6);
            run[first].at.start..run[last].at.end
        }));
    }
}

fn begins_an_escape(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&' | b'+')
}

/// What each place of a text can be read as.
struct Units<'t> {
    text: &'t [u8],
    /// Beside the byte itself.
    spelled: HashMap<usize, Vec<Unit>>,
}

/// What is spelled, and where that ends.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Unit {
    bytes: [u8; 4],
    length: usize,
    end: usize,
}

impl Unit {
    fn of(spelled: &[u8], end: usize) -> Self {
        let mut bytes = [0; 4];
        bytes[..spelled.len()].copy_from_slice(spelled);
        Self {
            bytes,
            length: spelled.len(),
            end,
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

type Found<'f> = &'f mut dyn FnMut(&[u8], usize);

impl<'t> Units<'t> {
    /// With so many spellings in each other: each is read from what the one before made of the
    /// text, so that a text takes the same time however its escapes are nested.
    fn of(text: &'t [u8], depth: u8) -> Self {
        let heads: Vec<usize> = (0..text.len())
            .filter(|at| begins_an_escape(text[*at]))
            .collect();
        let mut units = Self {
            text,
            spelled: HashMap::new(),
        };
        for _ in 0..depth {
            let spelled = heads.iter().filter_map(|head| {
                let mut all = Vec::new();
                units.each_escape(*head, &mut |spelled, end| {
                    let unit = Unit::of(spelled, end);
                    if !all.contains(&unit) {
                        all.push(unit);
                    }
                });
                (!all.is_empty()).then_some((*head, all))
            });
            let spelled = spelled.collect();
            units.spelled = spelled;
        }
        units
    }

    /// Calls `found` with all that can be spelled by what begins here, and where that ends.
    fn each(&self, at: usize, found: Found<'_>) {
        let Some(byte) = self.text.get(at) else {
            return;
        };
        found(&[*byte], at + 1);
        for unit in self.spelled.get(&at).into_iter().flatten() {
            found(unit.bytes(), unit.end);
        }
    }

    /// The same, without the byte itself. What begins the escape may be spelled itself, and so may
    /// what follows it.
    fn each_escape(&self, at: usize, found: Found<'_>) {
        self.each(at, &mut |first, next| match first {
            b"+" => found(b" ", next),
            b"\\" => after_backslash(self, next, found),
            b"%" => {
                hex(self, next, 2, 0, &mut |byte, end| {
                    found(&[u8::try_from(byte).unwrap_or_default()], end);
                });
                symbol(self, next, b'u', &mut |next| {
                    hex(self, next, 4, 0, &mut |code, end| {
                        character(code, end, found)
                    });
                });
            }
            b"&" => after_ampersand(self, next, found),
            _ => {}
        });
    }
}

fn character(code: u32, end: usize, found: Found<'_>) {
    if let Some(character) = char::from_u32(code) {
        found(character.encode_utf8(&mut [0; 4]).as_bytes(), end);
    }
}

/// Calls `found` with where this character ends, if it begins here.
fn symbol(units: &Units<'_>, at: usize, wanted: u8, found: &mut dyn FnMut(usize)) {
    units.each(at, &mut |spelled, next| {
        if spelled == [wanted] {
            found(next);
        }
    });
}

/// A hexadecimal number of so many digits.
fn hex(units: &Units<'_>, at: usize, digits: u8, value: u32, found: &mut dyn FnMut(u32, usize)) {
    if digits == 0 {
        return found(value, at);
    }
    units.each(at, &mut |spelled, next| {
        if let Some(digit) = digit(spelled, 16) {
            hex(units, next, digits - 1, value * 16 + digit, found);
        }
    });
}

fn digit(spelled: &[u8], radix: u32) -> Option<u32> {
    match spelled {
        [byte] => char::from(*byte).to_digit(radix),
        _ => None,
    }
}

/// A number, however many digits it has; and what follows it.
fn number(
    units: &Units<'_>,
    at: usize,
    radix: u32,
    so_far: Option<u32>,
    found: &mut dyn FnMut(u32, usize),
) {
    let mut goes_on = false;
    units.each(at, &mut |spelled, next| {
        if let Some(digit) = digit(spelled, radix) {
            goes_on = true;
            let value = so_far.unwrap_or(0).saturating_mul(radix);
            let value = value.saturating_add(digit);
            // Beyond the last character, unless zeros lead.
            if value <= u32::from(char::MAX) && next - at <= MAX_NUMBER_LENGTH {
                number(units, next, radix, Some(value), found);
            }
        }
    });
    if let (false, Some(value)) = (goes_on, so_far) {
        found(value, at);
    }
}

fn after_backslash(units: &Units<'_>, at: usize, found: Found<'_>) {
    units.each(at, &mut |spelled, next| match spelled {
        b"n" => found(b"\n", next),
        b"r" => found(b"\r", next),
        b"t" => found(b"\t", next),
        b"b" => found(b"\x08", next),
        b"f" => found(b"\x0c", next),
        b"x" => hex(units, next, 2, 0, &mut |code, end| {
            character(code, end, found)
        }),
        b"u" => {
            hex(units, next, 4, 0, &mut |code, end| match code {
                0xD800..0xDC00 => low_half(units, end, code, found),
                code => character(code, end, found),
            });
            symbol(units, next, b'{', &mut |next| {
                number(units, next, 16, None, &mut |code, end| {
                    symbol(units, end, b'}', &mut |end| character(code, end, found));
                });
            });
        }
        [byte] if byte.is_ascii_punctuation() => found(spelled, next),
        _ => {}
    });
}

/// The second half of a character that JSON writes in two.
fn low_half(units: &Units<'_>, at: usize, high: u32, found: Found<'_>) {
    symbol(units, at, b'\\', &mut |next| {
        symbol(units, next, b'u', &mut |next| {
            hex(units, next, 4, 0, &mut |low, end| {
                if let 0xDC00..0xE000 = low {
                    let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                    character(code, end, found);
                }
            });
        });
    });
}

/// The characters of ASCII that have a name in HTML.
const ENTITIES: [(&str, u8); 39] = [
    ("amp", b'&'),
    ("apos", b'\''),
    ("ast", b'*'),
    ("bsol", b'\\'),
    ("colon", b':'),
    ("comma", b','),
    ("commat", b'@'),
    ("dollar", b'$'),
    ("equals", b'='),
    ("excl", b'!'),
    ("grave", b'`'),
    ("gt", b'>'),
    ("hat", b'^'),
    ("lbrace", b'{'),
    ("lbrack", b'['),
    ("lcub", b'{'),
    ("lowbar", b'_'),
    ("lpar", b'('),
    ("lsqb", b'['),
    ("lt", b'<'),
    ("midast", b'*'),
    ("newline", b'\n'),
    ("num", b'#'),
    ("percnt", b'%'),
    ("period", b'.'),
    ("plus", b'+'),
    ("quest", b'?'),
    ("quot", b'"'),
    ("rbrace", b'}'),
    ("rbrack", b']'),
    ("rcub", b'}'),
    ("rpar", b')'),
    ("rsqb", b']'),
    ("semi", b';'),
    ("sol", b'/'),
    ("tab", b'\t'),
    ("underbar", b'_'),
    ("verbar", b'|'),
    ("vert", b'|'),
];

fn after_ampersand(units: &Units<'_>, at: usize, found: Found<'_>) {
    symbol(units, at, b'#', &mut |next| {
        let mut numbered = |code, end| with_semicolon(units, end, code, found);
        number(units, next, 10, None, &mut numbered);
        units.each(next, &mut |spelled, next| {
            if let b"x" | b"X" = spelled {
                number(units, next, 16, None, &mut numbered);
            }
        });
    });
    named(units, at, &mut String::new(), found);
}

/// The semicolon at the end may be missing, as browsers allow.
fn with_semicolon(units: &Units<'_>, at: usize, code: u32, found: Found<'_>) {
    let mut ends = false;
    symbol(units, at, b';', &mut |end| {
        ends = true;
        character(code, end, found);
    });
    if !ends {
        character(code, at, found);
    }
}

fn named(units: &Units<'_>, at: usize, name: &mut String, found: Found<'_>) {
    let entity = ENTITIES.iter().find(|(entity, _)| entity == name);
    if let Some((_, byte)) = entity {
        with_semicolon(units, at, u32::from(*byte), found);
    }
    let begins_one = |name: &str| ENTITIES.iter().any(|(entity, _)| entity.starts_with(name));
    units.each(at, &mut |spelled, next| {
        if let [byte] = spelled
            && byte.is_ascii_alphabetic()
        {
            name.push(char::from(byte.to_ascii_lowercase()));
            if begins_one(name) {
                named(units, next, name, found);
            }
            name.pop();
        }
    });
}

/// A character of base64: its six bits, and where it stands.
struct Sextet {
    bits: u8,
    at: Range<usize>,
}

/// What a character is in base64.
enum Role {
    Bits(u8),
    /// A line's end, which may stand between any two.
    Between,
    None,
}

fn role(byte: u8) -> Role {
    match byte {
        b'A'..=b'Z' => Role::Bits(byte - b'A'),
        b'a'..=b'z' => Role::Bits(byte - b'a' + 26),
        b'0'..=b'9' => Role::Bits(byte - b'0' + 52),
        b'+' | b'-' => Role::Bits(62),
        b'/' | b'_' => Role::Bits(63),
        b'\r' | b'\n' => Role::Between,
        _ => Role::None,
    }
}

/// The character of base64 that begins here, which may be spelled as any other.
fn base64_at(units: &Units<'_>, at: usize) -> (Role, usize) {
    let Some(byte) = units.text.get(at) else {
        return (Role::None, at + 1);
    };
    let (mut unit, mut end) = (role(*byte), at + 1);
    if let Role::None = unit {
        units.each(at, &mut |spelled, next| {
            if let ([byte], Role::None) = (spelled, &unit) {
                (unit, end) = (role(*byte), next);
            }
        });
    }
    (unit, end)
}

/// The bytes that a run of base64 stands for. Bits at its end that make no whole byte tell nothing.
fn decoded(run: &[Sextet]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(run.len() * 6 / 8);
    let (mut buffer, mut bits) = (0_u16, 0);
    for sextet in run {
        buffer = buffer << 6 | u16::from(sextet.bits);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            decoded.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
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

    #[test]
    fn a_secret_without_its_own_escapes() {
        assert_eq!(unescaped("a%2Fb+c"), "a/b+c");
        assert_eq!(unescaped(r"a\/b"), "a/b");
        assert_eq!(unescaped("pässword%"), "pässword%");
    }

    #[test]
    fn every_spelling() {
        for (secret, spelled) in [
            ("a/b=c+d&e", r"a\/b\u003dc\u002Bd\u0026e"),
            ("a/b=c+d&e", r"a\\/b\\u003dc\\u002Bd\\u0026e"),
            ("a/b=c+d&e", r"\x61\/b\u{3d}c\u{00002B}d\&e"),
            ("a/b=c+d&e", "a%2Fb%3dc%2bd%26e"),
            ("a/b=c+d&e", "a%252Fb%253dc%25252bd%u0026e"),
            ("a/b=c+d&e", "a&sol;b&equals;c&#43;d&amp;e"),
            ("a/b=c+d&e", "a&#x2F;b&#x3D;c&#0000043;d&AMP;e"),
            ("a/b=c+d&e", "a&#47b&#61c&plus;d&ampe"),
            ("a/b=c+d&e", "a&amp;#47;b%26%2361%3Bc%5Cu002Bd&e"),
            ("a b\nc", "a+b%0Ac"),
            ("a b\nc", "a%2Bb\\nc"),
            ("100%25%", "100%25%"),
            ("100%25%", "100%2525%25"),
            ("100%25%", "100%25%25"),
            ("\\u003d", "\\u003d"),
            ("\\u003d", "\\\\u003d"),
            ("&amp;", "&amp;amp;"),
            ("pässwörd😀", "p%C3%A4ssw\\u00f6rd\\ud83d\\uDE00"),
            ("pässwörd😀", "p&#228;ssw&#xF6;rd&#128512;"),
        ] {
            let told = redact(&format!("it was \"{spelled}\"."), &[secret]);
            assert_eq!(told, "it was \"[redacted]\".", "{secret} spelled {spelled}");
        }
    }

    #[test]
    fn base64_that_is_escaped_and_has_a_plus() {
        let secret = "~~~correct??horse>>>battery~~~";
        let encoded = BASE64_STANDARD.encode(format!("ada:{secret}"));
        assert!(encoded.contains('/') && encoded.contains('+'), "{encoded}");
        for spelled in [
            encoded.replace('/', "\\/"),
            encoded.replace('/', "\\/").replace('=', "\\u003d"),
            encoded.replace('/', "%2F"),
            encoded.replace('/', "&#47;"),
        ] {
            let told = redact(&format!("\"{spelled}\""), &[secret]);
            // What stands before the secret is told.
            assert!(told.starts_with("\"YWRh") && told.len() < 32, "{told}");
        }
    }

    /// A text that was made to take long takes a bounded time: an error has to come.
    #[test]
    fn no_text_takes_long() {
        let secrets = [
            "%25%25%25%25%2",
            "\\\\\\\\u005c",
            "&amp;&amp;&",
            "AAAAAAAAAAAB",
            "++++++++ x",
        ];
        for piece in [
            "%", "%2", "%25", "\\", "\\u", "\\u005c", "&", "&#0", "&amp;", "&#38", "A", "QUFB",
            "+", "%5C", "%\\&",
        ] {
            let began = std::time::Instant::now();
            redact(&piece.repeat((32 << 10) / piece.len()), &secrets);
            assert!(began.elapsed().as_secs() < 60, "{piece}");
        }
    }

    /// The text as a writer of JSON, of URLs or of pages would escape it: some of its characters,
    /// and the character that begins an escape always.
    fn layer(text: &str, way: u8, mask: &[bool]) -> String {
        let begins = ['\\', '%', '&'][usize::from(way)];
        let mut escaped = String::new();
        for (character, chosen) in text.chars().zip(mask.iter().cycle()) {
            let how = [4, 0, 2][usize::from(way)];
            if *chosen || character == begins {
                escaped += &spell(character, how);
            } else {
                escaped.push(character);
            }
        }
        escaped
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
        fn layers_of_escapes_are_taken_off(
            secret in "[!-~ü€😀]{8,40}",
            ways in proptest::collection::vec(0..3_u8, 0..=3),
            mask in proptest::collection::vec(any::<bool>(), 1..8),
        ) {
            let mut text = secret.clone();
            for way in ways {
                text = layer(&text, way, &mask);
            }
            let told = redact(&format!("\"~ {text} ~\""), &[&secret]);
            prop_assert_eq!(told, "\"~ [redacted] ~\"", "{}", text);
        }

        #[test]
        fn base64_is_found_under_and_over_escapes(
            secret in "[!-~ü€😀]{8,40}",
            before in "[a-z:]{0,6}",
            inner in proptest::option::of(0..3_u8),
            outer in proptest::option::of(0..3_u8),
            mask in proptest::collection::vec(any::<bool>(), 1..8),
            twice: bool,
        ) {
            let inside = inner.map_or(secret.clone(), |way| layer(&secret, way, &mask));
            let mut text = BASE64_STANDARD.encode(format!("{before}{inside}, it was"));
            if twice {
                text = BASE64_STANDARD.encode(&text);
            }
            if let Some(way) = outer {
                text = layer(&text, way, &mask);
            }
            let text = format!("\"~ {text} ~\"");
            let told = redact(&text, &[&secret]);
            // As much is gone as the secret takes at least, and nothing beside the base64.
            let left: usize = told.split(REDACTED).map(str::len).sum();
            prop_assert!(told.contains(REDACTED), "{}", text);
            prop_assert!(left + secret.len() * 4 / 3 <= text.len(), "{} is told as {}", text, told);
            prop_assert!(told.starts_with("\"~ ") && told.ends_with(" ~\""), "{}", told);
        }

        #[test]
        fn nothing_makes_it_panic(text in "\\PC*", secret in "\\PC{1,12}") {
            let _ = redact(&text, &[&secret]);
        }
    }
}
