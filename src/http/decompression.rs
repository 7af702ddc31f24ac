//! Decompression of bodies, the same on both clients.
//!
//! The HTTP libraries can decompress, but differ: of two gzip members, one library returned only
//! the first.

use std::fmt;
use std::io::Write;

use bytes::{Buf, Bytes};
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use super::Failure;
use crate::error::{TransportCause, TransportErrorKind as Kind};

/// What the clients say in `Accept-Encoding`.
pub(crate) const ACCEPTED: &str = "gzip";

/// Decodes a body in pieces of about 64 KiB, so that a small compressed body cannot fill the memory.
pub(crate) struct Decoder {
    /// Of any number of members: <https://www.rfc-editor.org/rfc/rfc1952#section-2.2>.
    gzip: Option<Box<MultiGzDecoder<Vec<u8>>>>,
    /// What came and is not decoded yet.
    rest: Bytes,
    begun: bool,
    ended: bool,
}

impl Decoder {
    /// # Errors
    /// When the reply cannot be whole, or is in a coding that was not asked for.
    pub(crate) fn of(status: u16, headers: &HeaderMap) -> Result<Self, Failure> {
        // No request of ours asks for a range: https://www.rfc-editor.org/rfc/rfc9110#section-15.3.7
        if status == 206 {
            let text = "206 Partial Content, where no part was asked for";
            return Err(Failure::new(Kind::Body, text).with_cause(TransportCause::Partial));
        }
        let mut gzip = None;
        for value in headers.get_all(CONTENT_ENCODING) {
            let codings = value.to_str().unwrap_or("?").split(',');
            for coding in codings.map(|coding| coding.trim().to_ascii_lowercase()) {
                match coding.as_str() {
                    "" | "identity" => {}
                    // https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.3
                    "gzip" | "x-gzip" if gzip.is_none() => {
                        gzip = Some(Box::new(MultiGzDecoder::new(Vec::new())));
                    }
                    _ => {
                        let text = "it is in a coding that was not asked for";
                        let failure = Failure::new(Kind::Body, text);
                        return Err(failure.with_cause(TransportCause::Undecodable));
                    }
                }
            }
        }
        Ok(Self {
            gzip,
            rest: Bytes::new(),
            begun: false,
            ended: false,
        })
    }

    /// Whether the body is as it comes.
    pub(crate) fn is_plain(&self) -> bool {
        self.gzip.is_none()
    }

    /// The next bytes of the body as they came.
    pub(crate) fn put(&mut self, bytes: Bytes) {
        self.begun |= !bytes.is_empty();
        self.rest = bytes;
    }

    /// There are no more: what was put has to be whole.
    pub(crate) fn end(&mut self) -> Result<(), Failure> {
        self.ended = true;
        match &mut self.gzip {
            Some(gzip) if self.begun => gzip.try_finish().map_err(undecodable),
            _ => Ok(()),
        }
    }

    /// A decoded piece, never an empty one; `None` when more has to be put.
    pub(crate) fn take(&mut self) -> Result<Option<Bytes>, Failure> {
        let piece = match &mut self.gzip {
            None => std::mem::take(&mut self.rest),
            Some(gzip) => {
                while !self.rest.is_empty() && gzip.get_ref().is_empty() {
                    let taken = gzip.write(&self.rest).map_err(undecodable)?;
                    self.rest.advance(taken);
                }
                if self.rest.is_empty() && self.begun && !self.ended {
                    gzip.flush().map_err(undecodable)?;
                }
                std::mem::take(gzip.get_mut()).into()
            }
        };
        Ok((!piece.is_empty()).then_some(piece))
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decoder")
    }
}

fn undecodable(error: std::io::Error) -> Failure {
    Failure::new(Kind::Body, error).with_cause(TransportCause::Undecodable)
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn decoder() -> Decoder {
        let headers = [(CONTENT_ENCODING, "gzip".parse().unwrap())];
        Decoder::of(200, &headers.into_iter().collect()).unwrap()
    }

    #[test]
    fn a_bomb_comes_in_small_pieces() {
        let bomb = gzip(&vec![0; 64 << 20]);
        assert!(bomb.len() < 128 << 10, "{}", bomb.len());
        let mut decoder = decoder();
        let (mut all, mut largest) = (0, 0);
        decoder.put(bomb.into());
        loop {
            match decoder.take().unwrap() {
                Some(piece) => {
                    all += piece.len();
                    largest = largest.max(piece.len());
                }
                None if decoder.ended => break,
                None => decoder.end().unwrap(),
            }
        }
        assert_eq!(all, 64 << 20);
        assert!(largest <= 128 << 10, "{largest}");
    }

    #[test]
    fn what_has_come_is_given_at_once() {
        let coded = gzip(b"first second");
        let mut decoder = decoder();
        decoder.put(Bytes::copy_from_slice(&coded[..coded.len() - 8]));
        assert_eq!(&decoder.take().unwrap().unwrap()[..], b"first second");
        assert!(decoder.take().unwrap().is_none());
        assert!(decoder.end().is_err());
    }

    #[test]
    fn every_cut_is_an_error() {
        let coded = [gzip(b"one "), gzip(b"two")].concat();
        let border = gzip(b"one ").len();
        for length in 1..=coded.len() {
            let mut decoder = decoder();
            decoder.put(Bytes::copy_from_slice(&coded[..length]));
            let mut text = Vec::new();
            while let Some(piece) = decoder.take().unwrap() {
                text.extend_from_slice(&piece);
            }
            let is_whole = length == coded.len() || length == border;
            assert_eq!(decoder.end().is_ok(), is_whole, "{length}");
        }
    }
}
