//! What the two transports have in common: a request as it goes out, a reply as it comes in.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};

use crate::error::TransportErrorKind;

/// The largest reply that is taken into memory, decompressed. Dumps are streamed without a limit.
pub(crate) const LARGEST_REPLY: usize = 64 << 20;

/// How the HTTP client of a face is set up.
#[derive(Clone)]
pub(crate) struct HttpConfig {
    pub(crate) connect_timeout: Duration,
    pub(crate) user_agent: HeaderValue,
    pub(crate) proxy: Proxy,
    /// How many connections are kept for the next call.
    pub(crate) idle_connections: usize,
}

/// Which proxy requests go through.
#[derive(Clone, Default)]
pub(crate) enum Proxy {
    /// As `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    #[default]
    Environment,
    None,
    Url(String),
}

/// One request as it goes out.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: &'a Method,
    pub(crate) url: &'a str,
    pub(crate) authorization: Option<&'a HeaderValue>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Option<&'a Bytes>,
    /// From the start to the end of the reply's body; of one that is streamed, to its first piece,
    /// and then from one piece to the next.
    pub(crate) timeout: Duration,
}

/// A whole reply.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn header(&self, name: http::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A success that says nothing.
    pub(crate) fn empty() -> Self {
        Self {
            status: 204,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why there is no whole reply.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: TransportErrorKind,
    pub(crate) source: Box<dyn StdError + Send + Sync>,
}

impl Failure {
    pub(crate) fn new(
        kind: TransportErrorKind,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: source.into(),
        }
    }
}

/// Why a body stopped short of its end, where the HTTP library has no error of its own.
#[derive(Debug)]
pub(crate) struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {LARGEST_REPLY} bytes after decompression")
    }
}

impl StdError for TooLarge {}
