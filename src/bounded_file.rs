//! Reads files of secrets and certificates with a limit of size and time.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;

/// Larger than any secret or file of certificates. Stops `/dev/zero`.
const MAX_BYTES: u64 = 1 << 20;

/// How long a pipe or a device may take to deliver: as long as a command that asks a vault.
const PIPE_TIMEOUT: Duration = Duration::from_secs(10);

/// What stands in a file, without a byte order mark (BOM).
pub(crate) struct Content {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// Not of a pipe or a device, which deliver once.
    #[cfg(feature = "certificate")]
    pub(crate) is_regular: bool,
}

/// Reads a file of at most 1 MiB. A pipe, such as `<(…)` of a shell makes, has 10 seconds to
/// deliver.
pub(crate) fn read(path: &Path) -> io::Result<Content> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::Error::other(
            "it is a directory, and a file is expected",
        ));
    }
    let bytes = if kind.is_file() {
        read_bounded(path)?
    } else {
        read_in_time(path)?
    };
    Ok(Content {
        bytes: without_bom(bytes).map_err(io::Error::other)?,
        #[cfg(feature = "certificate")]
        is_regular: kind.is_file(),
    })
}

/// Reads a regular file of at most 1 MiB, and nothing else.
#[cfg(feature = "oauth")]
pub(crate) fn read_regular(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    check_is_regular(path)?;
    without_bom(read_bounded(path)?).map_err(io::Error::other)
}

/// # Errors
/// When something else than a regular file stands there; when nothing does, too.
#[cfg(feature = "oauth")]
pub(crate) fn check_is_regular(path: &Path) -> io::Result<()> {
    match fs::metadata(path)?.is_file() {
        true => Ok(()),
        false => Err(io::Error::other(
            "it is no regular file, and what is saved takes its place: name another path",
        )),
    }
}

fn read_bounded(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(
            "it is larger than 1 MiB: is it the right file?",
        ));
    }
    Ok(bytes)
}

/// Opening a pipe blocks until something writes to it, and cannot be cancelled. So it happens on a
/// thread of its own, which is left behind after the timeout.
fn read_in_time(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let (sender, bytes) = mpsc::sync_channel(1);
    let path = path.to_owned();
    std::thread::Builder::new()
        .name("anaplan-sdk-file".to_owned())
        .spawn(move || {
            // Sending fails after the timeout.
            let _ = sender.send(read_bounded(&path));
        })?;
    bytes.recv_timeout(PIPE_TIMEOUT).unwrap_or_else(|_| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!(
                "it is a pipe or a device, and its end did not come within {} seconds",
                PIPE_TIMEOUT.as_secs()
            ),
        ))
    })
}

/// Text without a byte order mark, which would become part of a token: editors and shells of Windows
/// write one. Text in UTF-16, as `>` of Windows PowerShell writes it, becomes UTF-8.
pub(crate) fn without_bom(
    mut bytes: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    match bytes.as_slice() {
        [0xff, 0xfe, text @ ..] => from_utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => from_utf16(text, u16::from_be_bytes),
        // Without a mark, ASCII has a zero byte beside each of its own.
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => from_utf16(&bytes, u16::from_le_bytes),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => from_utf16(&bytes, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, ..] => {
            bytes.drain(..3);
            Ok(bytes)
        }
        _ => Ok(bytes),
    }
}

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let damaged = "it is text in UTF-16 that is cut off or damaged: save it anew, as UTF-8";
    let pairs = bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err(damaged);
    }
    // A unit of two bytes becomes three at most.
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 3 / 2));
    for character in char::decode_utf16(pairs.map(|pair| unit([pair[0], pair[1]]))) {
        text.push(character.map_err(|_| damaged)?);
    }
    Ok(Zeroizing::new(std::mem::take(&mut *text).into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(bytes: &[u8]) -> Option<Vec<u8>> {
        let bytes = without_bom(Zeroizing::new(bytes.to_vec()));
        bytes.ok().map(|bytes| bytes.to_vec())
    }

    #[test]
    fn a_byte_order_mark_is_left_out() {
        assert_eq!(kept(b"\xef\xbb\xbfa").as_deref(), Some(&b"a"[..]));
        assert_eq!(
            kept(b"a\xef\xbb\xbf").as_deref(),
            Some(&b"a\xef\xbb\xbf"[..])
        );
        assert_eq!(kept(b"").as_deref(), Some(&b""[..]));
        for text in [&b"\xff\xfea\0\xe4\0"[..], b"\xfe\xff\0a\0\xe4"] {
            assert_eq!(kept(text).as_deref(), Some("aä".as_bytes()));
        }
        for text in [&b"a\0b\0"[..], b"\0a\0b"] {
            assert_eq!(kept(text).as_deref(), Some(&b"ab"[..]));
        }
        for damaged in [&b"\xff\xfea"[..], b"\xff\xfe\0\xd8", b"a\0b\0c"] {
            assert_eq!(kept(damaged), None);
        }
    }

    #[test]
    fn no_more_is_read_than_a_secret_has() {
        let path = std::env::temp_dir().join(format!("anaplan-sdk-file-{}", std::process::id()));
        for (length, is_read) in [(0, true), (1 << 20, true), ((1 << 20) + 1, false)] {
            fs::write(&path, vec![b'a'; length]).unwrap();
            let content = read(&path).map(|content| content.bytes.len());
            assert_eq!(content.ok(), is_read.then_some(length));
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(
            read(&path).err().map(|e| e.kind()),
            Some(io::ErrorKind::NotFound)
        );
        assert!(read(&std::env::temp_dir()).is_err());
    }
}
