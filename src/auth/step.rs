//! The next step of a log-in, as a value. Only the session carries it out.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::token::TokenResponse;
use crate::error::Result;
use crate::http::Reply;
use crate::http::request::Request;
use crate::http::response::Undecodable;

/// The next step of a log-in.
pub(crate) enum LogInStep<T> {
    Done(T),
    Send(Box<LogInRequest<T>>),
}

type ReadReply = Arc<dyn Fn(&Reply) -> Result<TokenResponse, Undecodable> + Send + Sync>;
type FollowUp<T> = Box<dyn FnOnce(Result<TokenResponse>) -> Result<LogInStep<T>> + Send>;

/// A request to be sent, how its reply is read, and what follows from that.
pub(crate) struct LogInRequest<T> {
    /// How long to wait before it is sent.
    pub(crate) after: Duration,
    pub(crate) request: Request,
    pub(crate) authorization: Option<HeaderValue>,
    pub(crate) read: ReadReply,
    /// May write files, so it may block.
    pub(crate) then: FollowUp<T>,
}

impl<T> LogInRequest<T> {
    pub(crate) fn new(
        request: Request,
        read: impl Fn(&Reply) -> Result<TokenResponse, Undecodable> + Send + Sync + 'static,
        then: impl FnOnce(Result<TokenResponse>) -> Result<LogInStep<T>> + Send + 'static,
    ) -> Self {
        Self {
            after: Duration::ZERO,
            request,
            authorization: None,
            read: Arc::new(read),
            then: Box::new(then),
        }
    }

    pub(crate) fn authorized(mut self, header: HeaderValue) -> Self {
        self.authorization = Some(header);
        self
    }

    #[cfg(feature = "oauth")]
    pub(crate) fn after(mut self, wait: Duration) -> Self {
        self.after = wait;
        self
    }
}

impl<T> From<LogInRequest<T>> for LogInStep<T> {
    fn from(ask: LogInRequest<T>) -> Self {
        Self::Send(Box::new(ask))
    }
}
