//! One error for both faces.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use jiff::Timestamp;

use crate::directory::LookupError;
use crate::models::cloud_works::RunId;
use crate::preflight::PreflightError;
use crate::runs::{Candidate, FlowNotSucceeded, NotSucceeded};
use crate::timetable::TimetableError;
use crate::validation::ValidationError;

/// What every method of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call did not give what was asked for; the same type on both faces.
///
/// Match on the variant to react, or ask the questions below
/// ([`is_not_found`](Self::is_not_found), [`is_conflict`](Self::is_conflict), …). No variant ever
/// holds a token, a password or a secret of a payload, neither in its text nor in its `Debug`
/// form.
///
/// `Display` says what failed and what to do about it, in one line. `Debug`, which is what a program
/// prints whose `main` returns a [`Result`], says the same and then the causes of it;
/// `{:#?}` shows the structure.
///
/// ```
/// fn explain(error: anaplan_sdk::Error) -> &'static str {
///     match error {
///         e if e.may_have_been_applied() => "look before you try again",
///         e if e.is_conflict() => "something is in the way",
///         anaplan_sdk::Error::Validation(_) => "fix the payload",
///         _ => "see the text of the error",
///     }
/// }
/// # let _ = explain;
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client was set up wrongly: raised by `build()` and `from_env()`, before any network.
    #[error("configuration: {0}")]
    Config(String),
    /// A payload, or an id, that the service would certainly refuse. Nothing was sent.
    #[error(transparent)]
    Validation(#[from] ValidationError),
    /// A call that is not safe (RFC 9110, section 9.2.1) of a client that is read-only. Nothing was
    /// sent, and nothing was read for it.
    #[error(
        "{operation}: not sent, since the client is read-only ({setting}): use a client without \
         that setting for whatever changes something"
    )]
    ReadOnly {
        /// The method of the client that was called.
        operation: &'static str,
        /// Where it was set: `ClientBuilder::read_only` or `ANAPLAN_READ_ONLY`.
        setting: &'static str,
    },
    /// No token could be had: the credentials were refused, or the token service is in trouble.
    #[error(transparent)]
    Auth(Box<AuthError>),
    /// The service answered, and the answer is a refusal.
    #[error("{0}")]
    Api(Box<ApiError>),
    /// The service could not be reached, or was not heard to the end. Governed by `timeout`,
    /// `connect_timeout` and [`RetryPolicy`](crate::RetryPolicy).
    #[error(transparent)]
    Transport(Box<TransportError>),
    /// The service's answer could not be read.
    #[error("{0}")]
    Decode(Box<DecodeError>),
    /// It is not known whether a write was done: its answer was lost, and looking did not settle
    /// it; or the run of a flow was started, and the end that was seen may be another run's.
    ///
    /// Look before you send it again: what is done twice may load its data twice.
    #[error("{}", uncertain(found, source.as_deref()))]
    Uncertain {
        /// What was found on looking.
        found: String,
        /// What was seen that may have come of it, such as runs with their dates.
        candidates: Vec<Candidate>,
        /// Why the answer was lost, if it was. It stands in the text of this error, and is thus no
        /// cause beside it.
        r#source: Option<Box<Error>>,
    },
    /// The status of a followed run cannot be read, and retrying does not help. The run goes on.
    #[error("run {run}: {source}")]
    Following {
        /// The run.
        run: RunId,
        /// What looking at it failed of. It stands in the text of this error, and is thus no cause
        /// beside it.
        r#source: Box<Error>,
    },
    /// A run that did not succeed: from [`RunOutcome::into_result`](crate::runs::RunOutcome) by
    /// `?`.
    #[error(transparent)]
    Run(#[from] NotSucceeded),
    /// A flow that did not succeed: from [`FlowOutcome::into_result`](crate::runs::FlowOutcome)
    /// by `?`.
    #[error(transparent)]
    Flow(#[from] FlowNotSucceeded),
    /// A schedule that cannot be laid out in time.
    #[error(transparent)]
    Timetable(#[from] TimetableError),
    /// A dump could not be written to where it was to go.
    #[error("the dump could not be written after {written} bytes")]
    Write {
        /// How much was written before.
        written: u64,
        /// What the writer failed of.
        source: std::io::Error,
    },
    /// Preflight, which was asked for, found errors. Nothing was sent.
    #[error(transparent)]
    Preflight(#[from] PreflightError),
    /// Nothing has the name that was looked for, or several have it.
    #[error("{0}")]
    Lookup(Box<LookupError>),
    /// A list could not be read whole: the service's pages contradict each other.
    #[error(
        "{operation}: the list is incomplete: the service counts {expected} items, and its pages \
         gave no more than {received}"
    )]
    IncompleteList {
        /// The method that was called, such as `list_integrations`.
        operation: &'static str,
        /// How many items the service says there are.
        expected: u64,
        /// How many different items its pages held.
        received: u64,
    },
}

impl Error {
    /// Whether the service says that the resource, or the route, does not exist (404); or nothing
    /// has the name that was looked for.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Lookup(error) => !error.is_ambiguous(),
            _ => self.status() == Some(404),
        }
    }

    /// Whether the service refused because of a conflict: a running integration, a reference, a
    /// limit (409).
    ///
    /// Not where an earlier sending of the same request may have brought that about: then it
    /// [may have been applied](Self::may_have_been_applied).
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409) && !self.may_have_been_applied()
    }

    /// Whether the service asked to slow down (429), and kept asking until the
    /// [`RetryPolicy`](crate::RetryPolicy) gave up.
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(429)
    }

    /// Whether the time given by `timeout` or `connect_timeout` ran out.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Transport(error) => error.kind.is_timeout(),
            Self::Auth(error) => error.failed_call().is_some_and(Self::is_timeout),
            Self::Following { source, .. } => source.is_timeout(),
            Self::Uncertain { source, .. } => source.as_ref().is_some_and(|e| e.is_timeout()),
            _ => false,
        }
    }

    /// Whether the token or the credentials were refused (401), or no token could be fetched.
    pub fn is_auth(&self) -> bool {
        match self {
            Self::Auth(_) => true,
            Self::Following { source, .. } => source.is_auth(),
            Self::Uncertain { source, .. } => source.as_ref().is_some_and(|e| e.is_auth()),
            _ => self.status() == Some(401),
        }
    }

    /// Whether the service may have done what it was asked, although the call failed.
    ///
    /// True after a write whose answer was lost on its way (a timeout, a reset, an answer that
    /// cannot be read, a 5xx): look before you send it again. False whenever the service
    /// certainly did nothing, and for every read.
    pub fn may_have_been_applied(&self) -> bool {
        match self {
            Self::Api(error) => error.may_have_been_applied,
            Self::Transport(error) => error.may_have_been_applied,
            Self::Decode(error) => error.may_have_been_applied,
            Self::Uncertain { .. } => true,
            _ => false,
        }
    }

    /// The HTTP status of the service's answer, where there was one; where the body of a success
    /// says that it failed, the status that it names (see [`ApiError::status`]).
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status),
            Self::Auth(error) => error.status,
            Self::Decode(error) => Some(error.status),
            Self::Following { source, .. } => source.status(),
            Self::Uncertain { source, .. } => source.as_ref()?.status(),
            _ => None,
        }
    }

    /// How long the service asked to wait before the next call, by `Retry-After`.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(error) => error.retry_after,
            Self::Auth(error) => error.failed_call()?.retry_after(),
            Self::Following { source, .. } => source.retry_after(),
            Self::Uncertain { source, .. } => source.as_ref()?.retry_after(),
            _ => None,
        }
    }

    /// This error, of a call of which an earlier attempt may have been carried out.
    pub(crate) fn after(self, perhaps_done: bool) -> Self {
        if !perhaps_done {
            return self;
        }
        Self::Uncertain {
            found: "an earlier attempt of this call may have been carried out".to_owned(),
            candidates: Vec::new(),
            source: Some(Box::new(self)),
        }
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::Config(message.into())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return self.fmt_structure(f);
        }
        write!(f, "{self}")?;
        let mut cause = self.innermost().source();
        while let Some(error) = cause {
            write!(f, "\n  caused by: {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error {
    /// The error of which the text of this one tells.
    fn innermost(&self) -> &Self {
        match self {
            Self::Following { source, .. }
            | Self::Uncertain {
                source: Some(source),
                ..
            } => source.innermost(),
            _ => self,
        }
    }

    fn fmt_structure(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tuple = |f: &mut fmt::Formatter<'_>, name, value: &dyn fmt::Debug| {
            f.debug_tuple(name).field(value).finish()
        };
        match self {
            Self::Config(message) => tuple(f, "Config", message),
            Self::Validation(error) => tuple(f, "Validation", error),
            Self::Auth(error) => tuple(f, "Auth", error),
            Self::Api(error) => tuple(f, "Api", error),
            Self::Transport(error) => tuple(f, "Transport", error),
            Self::Decode(error) => tuple(f, "Decode", error),
            Self::Run(error) => tuple(f, "Run", error),
            Self::Flow(error) => tuple(f, "Flow", error),
            Self::Timetable(error) => tuple(f, "Timetable", error),
            Self::Lookup(error) => tuple(f, "Lookup", error),
            Self::Preflight(error) => tuple(f, "Preflight", error),
            Self::ReadOnly { operation, setting } => f
                .debug_struct("ReadOnly")
                .field("operation", operation)
                .field("setting", setting)
                .finish(),
            Self::Uncertain {
                found,
                candidates,
                source,
            } => f
                .debug_struct("Uncertain")
                .field("found", found)
                .field("candidates", candidates)
                .field("source", source)
                .finish(),
            Self::Following { run, source } => f
                .debug_struct("Following")
                .field("run", run)
                .field("source", source)
                .finish(),
            Self::Write { written, source } => f
                .debug_struct("Write")
                .field("written", written)
                .field("source", source)
                .finish(),
            Self::IncompleteList {
                operation,
                expected,
                received,
            } => f
                .debug_struct("IncompleteList")
                .field("operation", operation)
                .field("expected", expected)
                .field("received", received)
                .finish(),
        }
    }
}

impl From<LookupError> for Error {
    fn from(error: LookupError) -> Self {
        Self::Lookup(Box::new(error))
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

fn uncertain(found: &str, source: Option<&Error>) -> String {
    match source {
        Some(source) => format!("{source}; {found}"),
        None => found.to_owned(),
    }
}

/// A refusal by the service, with all that it said.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The method of the client that was called, such as `get_integration`.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path that was asked for, below the base URL, without the query.
    pub path: String,
    /// The status of the refusal: that of HTTP, or, where a success by HTTP says in its body that it
    /// failed, the 4xx or 5xx that stands there. Where such a body names none, it is the
    /// success of HTTP, such as 200.
    pub status: u16,
    /// The status of HTTP. It differs from [`status`](Self::status) only where the body of a success
    /// names another.
    pub http_status: u16,
    /// The service's own code, as text.
    pub code: Option<String>,
    /// The service's own words; empty when it said nothing.
    pub message: String,
    /// What the service sent, as text, at most 64 KiB of it. Secrets of the payload that it
    /// repeats are replaced by `[redacted]`.
    pub body: String,
    /// How long the service asked to wait, from `Retry-After`.
    pub retry_after: Option<Duration>,
    /// What to do about it, where that is known.
    pub hint: Option<&'static str>,
    /// How often the request was sent.
    pub attempts: u32,
    /// See [`Error::may_have_been_applied`].
    pub may_have_been_applied: bool,
    /// When the service says that it answered.
    pub(crate) date: Option<Timestamp>,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.status)?;
        if !self.message.is_empty() {
            write!(f, " {}", self.message)?;
        } else if let Some(reason) = http::StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| status.canonical_reason())
        {
            write!(f, " {reason}")?;
        }
        write!(f, " ({} {})", self.method, self.path)?;
        if (200..300).contains(&self.http_status) {
            let status = self.http_status;
            write!(f, ", by the body of an answer with HTTP status {status}")?;
        }
        if let Some(hint) = self.hint {
            write!(f, ": {hint}")?;
        }
        after_attempts(f, self.attempts)?;
        applied(f, self.may_have_been_applied)
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("status", &self.status)
            .field("http_status", &self.http_status)
            .field("code", &self.code)
            .field("message", &self.message)
            .field("retry_after", &self.retry_after)
            .field("hint", &self.hint)
            .field("attempts", &self.attempts)
            .field("may_have_been_applied", &self.may_have_been_applied)
            .finish_non_exhaustive()
    }
}

/// Why no token could be fetched.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthError {
    /// The HTTP status of the token service's answer, where it answered.
    pub status: Option<u16>,
    /// The token service's own code, such as `FAILURE_BAD_CREDENTIAL` or `invalid_grant`.
    pub code: Option<String>,
    /// What failed, and what to do about it.
    pub message: String,
    /// Whether the same credentials can only be refused again: they are not sent any more.
    pub(crate) is_final: bool,
    pub(crate) source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl AuthError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            status: None,
            code: None,
            message: message.into(),
            is_final: false,
            source: None,
        }
    }

    /// The call to the token service that failed.
    fn failed_call(&self) -> Option<&Error> {
        self.source.as_ref()?.downcast_ref()
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("authentication: ")?;
        if let Some(status) = self.status {
            write!(f, "{status} ")?;
        }
        if let Some(code) = &self.code {
            write!(f, "{code} ")?;
        }
        f.write_str(&self.message)
    }
}

impl StdError for AuthError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|e| &**e as _)
    }
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Self::Auth(Box::new(error))
    }
}

/// How far a request came that got no whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection: the name was not found, the host refused, TLS failed. The
    /// service certainly did nothing.
    NotConnected,
    /// No connection, and another try would end the same: the certificate is not trusted, or the
    /// proxy wants a log-in. The service certainly did nothing, and there is no second attempt.
    Rejected,
    /// No connection within `connect_timeout`. The service certainly did nothing.
    ConnectTimeout,
    /// The connection broke before the answer's headers came. The service may have acted.
    Broken,
    /// No whole answer within `timeout`. The service may have acted.
    Timeout,
    /// The answer's body ended early, is a part only, or could not be decompressed. The service has
    /// acted.
    Body,
    /// The answer's body is larger than 64 MiB.
    TooLarge,
    /// The time that the caller gave the whole call ran out between two attempts, or the token
    /// could not be waited for.
    Deadline,
}

impl TransportErrorKind {
    /// Whether time ran out.
    pub fn is_timeout(self) -> bool {
        matches!(self, Self::ConnectTimeout | Self::Timeout | Self::Deadline)
    }

    /// Whether the request certainly never reached the service.
    pub fn is_certainly_unsent(self) -> bool {
        matches!(
            self,
            Self::NotConnected | Self::Rejected | Self::ConnectTimeout
        )
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotConnected | Self::Rejected => "no connection to the service",
            Self::ConnectTimeout => "no connection within the connect timeout",
            Self::Broken => "the connection broke before an answer came",
            Self::Timeout => "no whole answer within the timeout",
            Self::Body => "the answer's body is broken",
            Self::TooLarge => "the answer is larger than 64 MiB",
            Self::Deadline => "the deadline of the call has passed",
        })
    }
}

/// What a request failed of on its way, as far as it is known; the same on both clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportCause {
    /// The name of the host was not found.
    NameNotFound,
    /// The host refused the connection.
    Refused,
    /// There is no way to the host, or to its network.
    Unreachable,
    /// The certificate is not valid, or its issuer is not trusted.
    CertificateNotTrusted,
    /// The certificate has expired, or is not valid yet.
    CertificateExpired,
    /// The certificate is for another host.
    CertificateForAnotherHost,
    /// The other side broke the TLS handshake off, or could not agree.
    Handshake,
    /// What answered does not speak TLS.
    NotTls,
    /// The proxy could not be reached, or did not connect.
    Proxy,
    /// The proxy wants a log-in (407), or refuses the one that it got.
    ProxyLogin,
    /// No file handles are left to this process, or to this machine.
    NoFileHandles,
    /// The other side closed the connection.
    Closed,
    /// The connection was reset.
    Reset,
    /// What came is no HTTP.
    NotHttp,
    /// No answer of a model in time: one that nobody has used for a while is loaded first.
    ModelMayBeLoading,
    /// The answer is a part (206), where the whole was asked for.
    Partial,
    /// The answer's body cannot be decompressed.
    Undecodable,
}

impl TransportCause {
    /// Whether the next attempt would end the same.
    pub(crate) fn is_permanent(self) -> bool {
        matches!(
            self,
            Self::CertificateNotTrusted
                | Self::CertificateExpired
                | Self::CertificateForAnotherHost
                | Self::ProxyLogin
        )
    }
}

impl fmt::Display for TransportCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameNotFound => "the name of the host was not found",
            Self::Refused => "the connection was refused",
            Self::Unreachable => "the host or its network cannot be reached",
            Self::CertificateNotTrusted => {
                "the certificate is not trusted: where a company's own authority or proxy issued \
                 it, name the authority's certificate by `ca_file` or ANAPLAN_CA_FILE"
            }
            Self::CertificateExpired => {
                "the certificate has expired or is not valid yet: check this machine's clock"
            }
            Self::CertificateForAnotherHost => "the certificate is for another host: check the URL",
            Self::Handshake => "the handshake failed, or was broken off",
            Self::NotTls => "what answers does not speak TLS: check the URL's scheme and port",
            Self::Proxy => {
                "the proxy cannot be reached or did not connect: check its URL, and whether it \
                 allows this host"
            }
            Self::ProxyLogin => {
                "the proxy wants a log-in (407): user and password of its URL go to it as Basic; \
                 NTLM, Negotiate (Kerberos) and PAC files are not supported: use a proxy on this \
                 machine that speaks them, such as px or cntlm"
            }
            Self::NoFileHandles => "no file handles are left: too many files are open",
            Self::Closed => "the other side closed the connection",
            Self::Reset => "the connection was reset",
            Self::NotHttp => "what came is not HTTP",
            Self::ModelMayBeLoading => {
                "a model that nobody has used for a while is loaded before it answers: try again, or \
                 give it more time by `model_timeout`"
            }
            Self::Partial => "it is a part (206), where the whole was asked for",
            Self::Undecodable => "it cannot be decompressed",
        })
    }
}

/// A request that got no whole answer.
#[derive(Debug)]
#[non_exhaustive]
pub struct TransportError {
    /// The method of the client that was called.
    pub operation: &'static str,
    /// How far it came.
    pub kind: TransportErrorKind,
    /// What it failed of, where that is known; `source()` tells it in the library's own words.
    pub cause: Option<TransportCause>,
    /// The host that was asked, with its port where it is not the usual one.
    pub host: String,
    /// How often the request was sent.
    pub attempts: u32,
    /// See [`Error::may_have_been_applied`].
    pub may_have_been_applied: bool,
    pub(crate) source: Box<dyn StdError + Send + Sync>,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.operation, self.kind, self.host)?;
        if let Some(cause) = self.cause {
            write!(f, ": {cause}")?;
        }
        after_attempts(f, self.attempts)?;
        applied(f, self.may_have_been_applied)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// An answer that could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub struct DecodeError {
    /// The method of the client that was called.
    pub operation: &'static str,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Where in the answer, such as `integrations[3].integrationId`; `.` for the whole of it.
    pub path: String,
    /// What was found there and what was expected.
    pub message: String,
    /// The answer as text, at most 64 KiB of it; secrets replaced by `[redacted]`.
    pub body: String,
    /// See [`Error::may_have_been_applied`].
    pub may_have_been_applied: bool,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: the answer ({}) cannot be read at `{}`: {}",
            self.operation, self.status, self.path, self.message
        )?;
        applied(f, self.may_have_been_applied)
    }
}

impl StdError for DecodeError {}

fn after_attempts(f: &mut fmt::Formatter<'_>, attempts: u32) -> fmt::Result {
    if attempts > 1 {
        write!(f, ", after {attempts} attempts")?;
    }
    Ok(())
}

fn applied(f: &mut fmt::Formatter<'_>, may_have_been: bool) -> fmt::Result {
    if may_have_been {
        f.write_str("; the service may still have carried it out: check before you send it again")?;
    }
    Ok(())
}

#[cfg(test)]
impl ApiError {
    /// A refusal with this status that says nothing else.
    pub(crate) fn bare(operation: &'static str, status: u16) -> Self {
        Self {
            operation,
            method: Method::POST,
            path: String::new(),
            status,
            http_status: status,
            code: None,
            message: String::new(),
            body: String::new(),
            retry_after: None,
            hint: None,
            attempts: 1,
            may_have_been_applied: false,
            date: None,
        }
    }
}

#[cfg(test)]
impl TransportError {
    /// A failure of this kind, sent once, of which nothing else is known.
    pub(crate) fn bare(operation: &'static str, kind: TransportErrorKind) -> Self {
        Self {
            operation,
            kind,
            cause: None,
            host: "h".to_owned(),
            attempts: 1,
            may_have_been_applied: false,
            source: "a test's".into(),
        }
    }
}
