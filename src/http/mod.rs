//! What the two transports have in common: a request as it goes out, a reply as it comes in.

pub(crate) mod base_url;
pub(crate) mod cause;
pub(crate) mod decompression;
pub(crate) mod error_context;
pub(crate) mod proxy;
pub(crate) mod rate_limit;
pub(crate) mod redaction;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod service_clock;
pub(crate) mod tls;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use rustls::pki_types::CertificateDer;

use crate::error::{TransportCause, TransportErrorKind};
use proxy::Route;

/// The largest reply that is taken into memory, decompressed. Dumps are streamed without a limit.
pub(crate) const MAX_REPLY_SIZE: usize = 64 << 20;

/// How the HTTP client of a face is set up.
#[derive(Clone)]
pub(crate) struct HttpConfig {
    pub(crate) connect_timeout: Duration,
    pub(crate) user_agent: HeaderValue,
    pub(crate) route: Route,
    /// Who may issue certificates beside those whom the system trusts.
    pub(crate) authorities: Vec<CertificateDer<'static>>,
    /// How many connections are kept for the next call.
    pub(crate) idle_connections: usize,
}

/// One request as it goes out.
pub(crate) struct OutgoingRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) url: &'a str,
    pub(crate) authorization: Option<&'a HeaderValue>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Option<&'a Bytes>,
    /// From the start to the end of the reply's body; of one that is streamed, to its first piece,
    /// and then from one piece to the next.
    pub(crate) timeout: Duration,
}

impl OutgoingRequest<'_> {
    /// What stands in the head beside the caller's own headers, the same on both clients.
    pub(crate) fn fixed_headers(&self) -> impl Iterator<Item = (HeaderName, &'static str)> {
        let has_body = self.body.is_some();
        // https://www.rfc-editor.org/rfc/rfc9110#section-8.6
        let means_a_body = [Method::POST, Method::PUT, Method::PATCH].contains(self.method);
        [
            (true, ACCEPT_ENCODING, decompression::ACCEPTED),
            (has_body, CONTENT_TYPE, "application/json"),
            (!has_body && means_a_body, CONTENT_LENGTH, "0"),
        ]
        .into_iter()
        .filter(|(applies, ..)| *applies)
        .map(|(_, name, value)| (name, value))
        .filter(|(name, _)| !self.headers.contains_key(name))
    }
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
    pub(crate) cause: Option<TransportCause>,
    pub(crate) source: Box<dyn StdError + Send + Sync>,
}

impl Failure {
    pub(crate) fn new(
        kind: TransportErrorKind,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            cause: None,
            source: source.into(),
        }
    }

    pub(crate) fn with_cause(mut self, cause: impl Into<Option<TransportCause>>) -> Self {
        self.cause = cause.into();
        self
    }

    /// There was no connection, so nothing was sent.
    pub(crate) fn unconnected(
        timed_out: bool,
        cause: Option<TransportCause>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let kind = match cause {
            Some(cause) if cause.is_permanent() => TransportErrorKind::Rejected,
            _ if timed_out => TransportErrorKind::ConnectTimeout,
            _ => TransportErrorKind::NotConnected,
        };
        Self::new(kind, source)
            .with_cause(cause.filter(|_| kind != TransportErrorKind::ConnectTimeout))
    }
}

/// Why a body stopped short of its end, where the HTTP library has no error of its own.
#[derive(Debug)]
pub(crate) struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {MAX_REPLY_SIZE} bytes after decompression")
    }
}

impl StdError for TooLarge {}
