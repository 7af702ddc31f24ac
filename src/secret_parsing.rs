//! Reads secrets and keys from the text of files and variables. Text with only one possible meaning
//! is read; other text is refused with advice.

use base64::prelude::{BASE64_STANDARD, Engine};
use secrecy::zeroize::Zeroizing;

use crate::bounded_file::without_bom;

/// What a text of one line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretKind {
    /// Made by a service: blanks and quotes around it are not part of it.
    Token,
    /// Chosen by a person: nearly every character may be part of it.
    Password,
    /// A user name, a client id, a URL: blanks and quotes at its ends are no part of it.
    Name,
    /// The same, but `\n` may be a part of it on Windows.
    Path,
}

/// The one value in this text. The advice of an error holds nothing of the text.
pub(crate) fn value(text: &str, kind: SecretKind) -> Result<&str, &'static str> {
    let mut lines = text
        .split(['\r', '\n'])
        .filter(|line| !line.trim().is_empty());
    let line = lines.next().unwrap_or_default();
    if lines.next().is_some() {
        return Err("it holds several lines, and one is expected: leave only the value itself");
    }
    let assigned = line.trim().trim_start_matches("export ");
    if assigned.starts_with("ANAPLAN_") && assigned.contains('=') {
        return Err("it holds an assignment, `NAME=value`: leave only the value");
    }
    match kind {
        SecretKind::Token => token(line),
        SecretKind::Password => password(line),
        SecretKind::Name => Ok(bare(line)),
        SecretKind::Path => Ok(unquoted(line.trim()).unwrap_or(line.trim())),
    }
}

/// Without blanks, quotes and a line end that is written out.
fn bare(text: &str) -> &str {
    let text = without_written_line_end(text.trim());
    unquoted(text).map_or(text, |inner| without_written_line_end(inner.trim()))
}

/// `echo "abc\n"` of some shells, and many programs that write `.env` files, leave one.
fn without_written_line_end(text: &str) -> &str {
    text.trim_end_matches("\\n").trim_end_matches("\\r")
}

fn unquoted(text: &str) -> Option<&str> {
    ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
}

/// Whether this is an empty text in quotes, or none.
pub(crate) fn is_blank(text: &str) -> bool {
    let text = text.trim();
    unquoted(text).unwrap_or(text).trim().is_empty()
}

fn token(line: &str) -> Result<&str, &'static str> {
    let text = without_scheme(bare(line));
    if text.starts_with('{') && text.ends_with('}') {
        return Err(
            "it is JSON, and the bare token is expected: of the token service's answer what \
             stands at `tokenInfo.tokenValue`",
        );
    }
    if text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']) {
        return Err("it has a quote at one end: leave only the value itself");
    }
    Ok(text)
}

/// Without what stands before a token in an `Authorization` header.
fn without_scheme(text: &str) -> &str {
    let mut rest = text;
    for word in ["Authorization:", "AnaplanAuthToken ", "Bearer "] {
        if let Some((head, tail)) = rest.split_at_checked(word.len())
            && head.eq_ignore_ascii_case(word)
        {
            rest = tail.trim_start();
        }
    }
    unquoted(rest).unwrap_or(rest)
}

/// A wrong password may lock an account, so nothing is guessed here.
fn password(line: &str) -> Result<&str, &'static str> {
    if let Some(inner) = unquoted(line.trim()) {
        return unquoted(inner).map_or(
            Err(
                "it stands in quotes. Take them away; if they are part of it, write it in two \
                 pairs of quotes, of which the outer one is taken away",
            ),
            |_| Ok(inner),
        );
    }
    let typographic = [('“', '”'), ('„', '“'), ('‘', '’'), ('‚', '‘'), ('«', '»')];
    if typographic
        .iter()
        .any(|(open, close)| line.starts_with(*open) && line.ends_with(*close))
    {
        return Err("it stands in quotes of a word processor: take them away");
    }
    if line.ends_with("\\n") {
        return Err(
            "it ends with a line end that is written out, `\\n`. Take it away; if it is part of \
             the value, write that in two pairs of quotes, of which the outer one is taken away",
        );
    }
    if line.contains(|c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    }) {
        return Err("it holds a character that cannot be seen: type it anew");
    }
    Ok(line)
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// A text in PEM form, in lines. Of variables and `.env` files these are read, too: line ends that
/// are written out as `\n` or have become blanks, quotes around the whole, and base64 of the whole.
///
/// # Errors
/// Advice for what is no PEM: for each usual form the command that makes PEM of it.
pub(crate) fn pem(bytes: &[u8]) -> Result<Zeroizing<String>, String> {
    let bytes = without_bom(Zeroizing::new(bytes.to_vec()))?;
    if let Some(advice) = other_form(&bytes) {
        return Err(advice.to_owned());
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| NO_PEM)?;
    if let Some(decoded) = from_base64(text) {
        return match decoded.starts_with(BEGIN.as_bytes()) {
            true => pem(&decoded),
            false => Err(of_bare_base64(&decoded)),
        };
    }
    let text = text.trim();
    let text = unquoted(text).unwrap_or(text);
    if !text.contains(BEGIN) {
        return Err(NO_PEM.to_owned());
    }
    let text = Zeroizing::new(text.replace("\\r", ""));
    let text = Zeroizing::new(text.replace("\\n", "\n"));
    let has_its_line = |line: &str| {
        let line = line.trim();
        line.starts_with(BEGIN) && line.ends_with(DASHES) && !line.contains(END)
    };
    let mut begins = text.lines().filter(|line| line.contains(BEGIN));
    Ok(match begins.all(has_its_line) {
        true => text,
        false => in_lines(&text),
    })
}

/// Each `BEGIN` and `END` in a line of its own, and no blanks between them.
fn in_lines(text: &str) -> Zeroizing<String> {
    let mut lines = Zeroizing::new(String::with_capacity(text.len() * 2));
    let mut is_inside = false;
    for piece in text.split(DASHES) {
        let is_border = piece.starts_with("BEGIN ") || piece.starts_with("END ");
        if is_border {
            is_inside = piece.starts_with("BEGIN ");
            lines.extend([DASHES, piece, DASHES, "\n"]);
        } else if is_inside {
            lines.extend(piece.split_whitespace().flat_map(|word| [word, "\n"]));
        }
    }
    lines
}

/// What base64 alone holds, with nothing around it.
fn from_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.trim();
    let text = Zeroizing::new(unquoted(text).unwrap_or(text).replace("\\n", "\n"));
    let joined = Zeroizing::new(text.split_whitespace().collect::<String>());
    // Short words are base64, too.
    let decoded = (joined.len() >= 64).then(|| BASE64_STANDARD.decode(&*joined));
    Some(Zeroizing::new(decoded?.ok()?))
}

fn of_bare_base64(decoded: &[u8]) -> String {
    if let Some(advice) = other_form(decoded).filter(|advice| *advice != DER) {
        return format!("base64: decode it by `base64 -d` first. In it, {advice}");
    }
    match label(decoded) {
        Some(label) => format!(
            "base64 without its PEM header: put a line `-----BEGIN {label}-----` before it, and a \
             line `-----END {label}-----` after it"
        ),
        None => NO_PEM.to_owned(),
    }
}

const NO_PEM: &str = "no `-----BEGIN …-----` in it: expected PEM (a file is given as a `Path`, or by \
    the variable that ends in `_FILE`; DER becomes PEM by `openssl x509 -inform der` or `openssl \
    pkey -inform der`)";

const DER: &str = "it is DER, and PEM is expected: `openssl x509 -inform der -in FILE -out client.pem` \
    makes it of a certificate, `openssl pkey -inform der -in FILE -out client.key` of a key";

const PFX: &str = "it is a PKCS#12 file (PFX), and PEM is expected: `openssl pkcs12 -in FILE -clcerts \
    -nokeys -out client.pem` takes the certificate out of it, `openssl pkcs12 -in FILE -nocerts -out \
    client.key` the key (with `-legacy` for an old file)";

const JKS: &str = "it is a Java keystore (JKS), and PEM is expected: `keytool -importkeystore \
    -srckeystore FILE -destkeystore client.p12 -deststoretype PKCS12`, then `openssl pkcs12 -in \
    client.p12 -clcerts -nokeys -out client.pem` for the certificate and `openssl pkcs12 -in \
    client.p12 -nocerts -out client.key` for the key (one of authorities: `keytool -exportcert -rfc \
    -keystore FILE -alias ALIAS`)";

const PKCS7: &str = "it is a PKCS#7 file, and PEM is expected: `openssl pkcs7 -inform der -in FILE \
    -print_certs -out client.pem` takes the certificates out of it; a key is never in one";

/// The advice for bytes that are certificates or keys in another form than PEM.
fn other_form(bytes: &[u8]) -> Option<&'static str> {
    const PKCS7_SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    // The magic numbers of JKS and JCEKS.
    if bytes.starts_with(b"\xfe\xed\xfe\xed") || bytes.starts_with(b"\xce\xce\xce\xce") {
        return Some(JKS);
    }
    // A text may begin with `0`, which is the same byte, but not its next one.
    let inner = sequence(bytes).filter(|_| bytes[1] >= 0x80)?;
    Some(match inner {
        // Its version is 3: RFC 7292, 4.
        _ if inner.starts_with(b"\x02\x01\x03\x30") => PFX,
        _ if inner.starts_with(PKCS7_SIGNED_DATA) => PKCS7,
        _ => DER,
    })
}

/// The PEM label of what stands in DER form: RFC 7468.
fn label(der: &[u8]) -> Option<&'static str> {
    let inner = sequence(der)?;
    Some(match inner {
        [2, 1, 0, 0x30, ..] => "PRIVATE KEY",
        [2, 1, 0, 2, ..] => "RSA PRIVATE KEY",
        _ if sequence(inner)?.starts_with(b"\x06") => "ENCRYPTED PRIVATE KEY",
        _ => "CERTIFICATE",
    })
}

/// What stands in a SEQUENCE of DER.
fn sequence(der: &[u8]) -> Option<&[u8]> {
    match der {
        [0x30, length @ 0x81..=0x84, rest @ ..] => rest.get(usize::from(length & 0x7f)..),
        [0x30, 0..0x80, rest @ ..] => Some(rest),
        // Of indefinite length, as some programs write PKCS#12.
        [0x30, 0x80, rest @ ..] => Some(rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, kind: SecretKind) -> String {
        match value(text, kind) {
            Ok(value) => value.to_owned(),
            Err(advice) => format!("! {advice}"),
        }
    }

    #[test]
    fn tokens_and_names() {
        for (text, token) in [
            ("t0ken", "t0ken"),
            (" t0ken\r\n", "t0ken"),
            ("\n\nt0ken\n \n", "t0ken"),
            ("\"t0ken\"", "t0ken"),
            ("'t0ken'\r\n", "t0ken"),
            ("\" t0ken\\n\"", "t0ken"),
            ("t0ken\\n", "t0ken"),
            ("t0ken\\r\\n", "t0ken"),
            ("AnaplanAuthToken t0ken", "t0ken"),
            ("anaplanauthtoken  t0ken\n", "t0ken"),
            ("Authorization: AnaplanAuthToken t0ken", "t0ken"),
            ("\"Bearer t0ken\"", "t0ken"),
            ("AnaplanAuthToken \"t0ken\"", "t0ken"),
            ("", ""),
        ] {
            assert_eq!(read(text, SecretKind::Token), token, "{text:?}");
        }
        for (text, advice) in [
            ("t0ken\nother", "several lines"),
            ("\"t0ken", "a quote at one end"),
            ("{\"tokenInfo\": {}}", "tokenInfo.tokenValue"),
            ("ANAPLAN_TOKEN=t0ken", "an assignment"),
            ("export ANAPLAN_TOKEN=t0ken\n", "an assignment"),
        ] {
            let said = read(text, SecretKind::Token);
            assert!(said.starts_with('!') && said.contains(advice), "{said}");
            assert!(!said.contains("t0ken") && !said.contains("other"), "{said}");
        }
        assert_eq!(read(" \"a@b.example\"\r", SecretKind::Name), "a@b.example");
        assert_eq!(read("a@b.example\\n", SecretKind::Name), "a@b.example");
        assert_eq!(read("'C:\\run\\n' \r\n", SecretKind::Path), "C:\\run\\n");
    }

    #[test]
    fn of_a_password_nothing_is_guessed() {
        for (text, password) in [
            ("pass word \r\n", "pass word "),
            ("\"hunter2", "\"hunter2"),
            ("hun\\ter2", "hun\\ter2"),
            ("AnaplanAuthToken x", "AnaplanAuthToken x"),
            ("\"\"hunter2\"\"", "\"hunter2\""),
            ("''hunter2\\n''", "'hunter2\\n'"),
            ("hünter2", "hünter2"),
        ] {
            assert_eq!(read(text, SecretKind::Password), password, "{text:?}");
        }
        for (text, advice) in [
            ("\"hunter2\"\n", "two pairs of quotes"),
            ("'hunter2'", "two pairs of quotes"),
            ("“hunter2”", "word processor"),
            ("hunter2\\n", "written out"),
            ("hunter2\nold: hunter1", "several lines"),
            ("hunter2\u{200b}", "cannot be seen"),
            ("hun\tter2", "cannot be seen"),
            ("ANAPLAN_PASSWORD=hunter2", "an assignment"),
        ] {
            let said = read(text, SecretKind::Password);
            assert!(said.starts_with('!') && said.contains(advice), "{said}");
            assert!(!said.contains("hunter"), "{said}");
        }
    }

    const PEM: &str = "-----BEGIN A KEY-----\nAAEC\nAwQF\n-----END A KEY-----\n-----BEGIN B-----\nAAEC\n-----END B-----\n";

    #[test]
    fn pem_as_variables_hold_it() {
        for text in [
            PEM.to_owned(),
            format!("\u{feff}{PEM}"),
            PEM.replace('\n', "\r\n"),
            PEM.replace('\n', "\\n"),
            PEM.replace('\n', "\\r\\n"),
            PEM.replace('\n', " "),
            format!("\"{}\"", PEM.replace('\n', "\\n")),
            format!("'{PEM}'\n"),
            BASE64_STANDARD.encode(PEM),
            format!("\"{}\"\r\n", BASE64_STANDARD.encode(PEM)),
        ] {
            let read = pem(text.as_bytes()).unwrap();
            assert_eq!(
                read.lines().collect::<Vec<_>>(),
                PEM.lines().collect::<Vec<_>>(),
                "{text}"
            );
        }
    }
}
