//! PEM: certificates and keys as text, bytes or a file.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use base64::prelude::{BASE64_STANDARD, Engine};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::bounded_file::read;
use crate::error::{Error, Result};
use crate::secret_parsing;

/// A certificate or a key in PEM form: its text, as `&str` or bytes, or the [`Path`] of its file.
///
/// The text may be as variables hold it: in one line, with `\n` written out, in quotes, or in base64
/// as a whole.
///
/// A file is read when the client is built, and again for every log-in: it may be replaced by a
/// newer one while the client runs. It has at most 1 MiB. What comes through a pipe (`<(…)` of a
/// shell) is read once, within 10 seconds, and kept.
///
/// ```
/// use std::path::Path;
/// use anaplan_sdk::Pem;
///
/// let file = Pem::from(Path::new("/etc/anaplan/client.pem"));
/// let text = Pem::from("-----BEGIN PRIVATE KEY-----\n…");
/// assert_eq!(format!("{text:?}"), "[redacted]");
/// ```
#[derive(Clone)]
pub struct Pem(PemSource);

#[derive(Clone)]
enum PemSource {
    Text(Arc<Zeroizing<Vec<u8>>>),
    File(PathBuf, CachedPipe),
}

/// The content of a pipe, which can be read only once.
type CachedPipe = Arc<OnceLock<Arc<Zeroizing<Vec<u8>>>>>;

impl Pem {
    fn text(bytes: Vec<u8>) -> Self {
        Self(PemSource::Text(Arc::new(Zeroizing::new(bytes))))
    }

    /// Its blocks; `what` names it in errors.
    pub(super) fn blocks(&self, what: &str) -> Result<Vec<PemBlock>> {
        let text = match &self.0 {
            PemSource::Text(text) => text.clone(),
            PemSource::File(path, cached) => match cached.get() {
                Some(text) => text.clone(),
                None => {
                    let content = read(path).map_err(|error| {
                        Error::config(format!(
                            "{what}: `{}` cannot be read: {error}",
                            path.display()
                        ))
                    })?;
                    let text = Arc::new(content.bytes);
                    if !content.is_regular {
                        // Another thread may have set it first, to the same content.
                        let _ = cached.set(text.clone());
                    }
                    text
                }
            },
        };
        let text = secret_parsing::pem(&text).map_err(|problem| self.wrong(what, &problem))?;
        blocks(&text).map_err(|problem| self.wrong(what, problem))
    }

    pub(super) fn wrong(&self, what: &str, problem: &str) -> Error {
        match &self.0 {
            PemSource::Text(_) => Error::config(format!("{what}: {problem}")),
            PemSource::File(path, _) => {
                Error::config(format!("{what} (`{}`): {problem}", path.display()))
            }
        }
    }

    /// Its file, for a command line; `name` where there is none.
    pub(super) fn file<'a>(&'a self, name: &'a str) -> Cow<'a, str> {
        match &self.0 {
            PemSource::Text(_) => name.into(),
            PemSource::File(path, _) => path.to_string_lossy(),
        }
    }
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            PemSource::Text(_) => f.write_str("[redacted]"),
            PemSource::File(path, _) => path.fmt(f),
        }
    }
}

impl From<&str> for Pem {
    fn from(text: &str) -> Self {
        Self::text(text.into())
    }
}

impl From<String> for Pem {
    fn from(text: String) -> Self {
        Self::text(text.into())
    }
}

impl From<SecretString> for Pem {
    fn from(text: SecretString) -> Self {
        text.expose_secret().into()
    }
}

impl From<&[u8]> for Pem {
    fn from(bytes: &[u8]) -> Self {
        Self::text(bytes.into())
    }
}

impl From<Vec<u8>> for Pem {
    fn from(bytes: Vec<u8>) -> Self {
        Self::text(bytes)
    }
}

impl From<&Path> for Pem {
    fn from(path: &Path) -> Self {
        path.to_owned().into()
    }
}

impl From<PathBuf> for Pem {
    fn from(path: PathBuf) -> Self {
        Self(PemSource::File(path, CachedPipe::default()))
    }
}

/// What stands between a `BEGIN` and its `END`.
pub(super) struct PemBlock {
    pub(super) label: String,
    pub(super) der: Zeroizing<Vec<u8>>,
    /// Encrypted by headers inside the block, as OpenSSL did before PKCS#8.
    pub(super) is_legacy: bool,
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Text outside the blocks is skipped, as OpenSSL does.
fn blocks(text: &str) -> Result<Vec<PemBlock>, &'static str> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = line
            .strip_prefix(BEGIN)
            .and_then(|rest| rest.strip_suffix(DASHES))
        else {
            continue;
        };
        let mut body = Zeroizing::new(String::with_capacity(text.len()));
        let mut is_legacy = false;
        loop {
            let Some(line) = lines.next() else {
                return Err("it is cut off: a `BEGIN` has no `END`");
            };
            match line.strip_prefix(END) {
                Some(rest) if rest.strip_suffix(DASHES) == Some(label) => break,
                Some(_) => return Err("a `BEGIN` and its `END` do not agree"),
                None if line.contains(':') => is_legacy |= line.starts_with("Proc-Type:"),
                None => body.push_str(line),
            }
        }
        let der = if is_legacy {
            Vec::new()
        } else {
            BASE64_STANDARD
                .decode(&*body)
                .map_err(|_| "not base64 between `BEGIN` and `END`")?
        };
        blocks.push(PemBlock {
            label: label.to_owned(),
            der: Zeroizing::new(der),
            is_legacy,
        });
    }
    Ok(blocks)
}

/// As PEM, in lines of 64.
pub(super) fn encode(label: &str, der: &[u8]) -> String {
    let body = BASE64_STANDARD.encode(der);
    let mut text = format!("{BEGIN}{label}{DASHES}\n");
    for line in body.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text + END + label + DASHES + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_with_anything_around() {
        let text = "Bag Attributes\r\n  localKeyID: 01\r\n-----BEGIN A-----\r\nAAEC\r\nAwQF\r\n-----END A-----\r\n\
                    \n-----BEGIN B-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\n!!\n-----END B-----";
        let blocks = blocks(text).unwrap();
        let seen: Vec<_> = blocks
            .iter()
            .map(|block| (&*block.label, block.der.to_vec(), block.is_legacy))
            .collect();
        assert_eq!(
            seen,
            [("A", vec![0, 1, 2, 3, 4, 5], false), ("B", vec![], true)]
        );
    }

    #[test]
    fn what_is_no_pem() {
        for (text, problem) in [
            ("client.pem", "given as a `Path`"),
            ("-----BEGIN A-----\nAAEC\n", "cut off"),
            ("-----BEGIN A-----\nAAEC\n-----END B-----", "do not agree"),
            ("-----BEGIN A-----\n????\n-----END A-----", "not base64"),
        ] {
            let error = Pem::from(text).blocks("the key").err().unwrap().to_string();
            assert!(
                error.contains("the key") && error.contains(problem),
                "{error}"
            );
        }
        let error = Pem::from(&[0x30, 0x82, 0xff][..])
            .blocks("the key")
            .err()
            .unwrap();
        assert!(error.to_string().contains("-inform der"), "{error}");
        let nowhere = Pem::from(Path::new("/nowhere/key.pem"));
        let error = nowhere.blocks("the key").err().unwrap().to_string();
        assert!(
            error.contains("`/nowhere/key.pem` cannot be read"),
            "{error}"
        );
    }

    #[test]
    fn encoding_and_decoding_agree() {
        for length in [0, 1, 47, 48, 49, 1000] {
            let der = vec![7; length];
            let again = blocks(&encode("X", &der)).unwrap();
            assert_eq!(*again[0].der, der);
        }
    }
}
