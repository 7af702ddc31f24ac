//! Tokens that code of the caller's own brings.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use super::token::{Token, TokenResponse};
use crate::error::{AuthError, Error, Result};

/// Any error, as those who implement a trait of this crate may return it. Its text becomes part
/// of an [`Error`](crate::Error): it must not hold secrets.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A token, and how long it is good.
///
/// ```
/// use std::time::Duration;
/// use anaplan_sdk::AccessToken;
///
/// let token = AccessToken::new("m8gz…").expires_in(Duration::from_secs(2100));
/// assert!(!format!("{token:?}").contains("m8gz"));
/// ```
pub struct AccessToken {
    token: SecretString,
    lifetime: Option<Duration>,
}

impl AccessToken {
    /// A token of unknown lifetime. It is used until the service refuses it.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self {
            token: token.into(),
            lifetime: None,
        }
    }

    /// How long it is good, from now. It is used for a second at the least, so that no value makes
    /// every call fetch another.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// When it ends.
    #[must_use]
    pub fn expires_at(mut self, end: Timestamp) -> Self {
        let left = end.duration_since(Timestamp::now());
        self.lifetime = Some(Duration::try_from(left).unwrap_or_default());
        self
    }

    /// A token from a token source. Log-out does not end it, since the source may share it.
    pub(crate) fn into_token(self) -> Result<Token> {
        Ok(TokenResponse::of_own_code(self.token, self.lifetime)
            .into_token()?
            .kept_on_log_out())
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("token", &"[redacted]")
            .field("lifetime", &self.lifetime)
            .finish()
    }
}

/// An error of the caller's own code.
pub(crate) fn source_error(error: BoxError) -> Error {
    AuthError {
        source: Some(Arc::from(error)),
        ..AuthError::new("the token source gave no token")
    }
    .into()
}
