//! What a log-in does next, as a value: the session does it, and nobody else.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::token::Grant;
use crate::error::Result;
use crate::http::Reply;
use crate::http::request::Request;
use crate::http::response::Undecodable;

/// What comes next.
pub(crate) enum Step<T> {
    Done(T),
    Ask(Box<Ask<T>>),
}

type Read = Arc<dyn Fn(&Reply) -> Result<Grant, Undecodable> + Send + Sync>;
type Then<T> = Box<dyn FnOnce(Result<Grant>) -> Result<Step<T>> + Send>;

/// A request to be sent, how its reply is read, and what follows from that.
pub(crate) struct Ask<T> {
    /// How long to wait before.
    pub(crate) after: Duration,
    pub(crate) request: Request,
    pub(crate) authorization: Option<HeaderValue>,
    pub(crate) read: Read,
    /// May write files, and take its time.
    pub(crate) then: Then<T>,
}

impl<T> Ask<T> {
    pub(crate) fn new(
        request: Request,
        read: impl Fn(&Reply) -> Result<Grant, Undecodable> + Send + Sync + 'static,
        then: impl FnOnce(Result<Grant>) -> Result<Step<T>> + Send + 'static,
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

impl<T> From<Ask<T>> for Step<T> {
    fn from(ask: Ask<T>) -> Self {
        Self::Ask(Box::new(ask))
    }
}
