//! Schemes of the caller's own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::refusal::{failure, final_refusal, is_of_own_scheme};
use super::token::{Grant, Token, sensitive};
use super::{Ask, Scheme, Step};
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::http::request::{Host, Request, Safety};
use crate::http::response::Undecodable;

/// Any error, as those who implement a trait of this crate may return it. Its text becomes part
/// of an [`Error`](crate::Error): it must not hold secrets.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A token service of your own: describes the request, and reads the reply.
///
/// The client sends it as it sends everything, on both faces: with its proxy, its timeouts and
/// its [`RetryPolicy`](crate::RetryPolicy), once for any number of callers.
///
/// ```
/// use anaplan_sdk::{AccessToken, BoxError, Credentials, TokenReply, TokenRequest, TokenScheme};
///
/// /// A gateway that stands before the token service, with a key of its own.
/// struct Gateway {
///     key: String,
/// }
///
/// impl TokenScheme for Gateway {
///     fn request(&self) -> Result<TokenRequest, BoxError> {
///         Ok(TokenRequest::post("gateway/token").header("x-api-key", self.key.as_str()))
///     }
///
///     fn read(&self, reply: TokenReply<'_>) -> Result<AccessToken, BoxError> {
///         #[derive(serde::Deserialize)]
///         struct Answer {
///             token: String,
///             seconds: u64,
///         }
///         let answer: Answer = reply.json()?;
///         let lifetime = std::time::Duration::from_secs(answer.seconds);
///         Ok(AccessToken::new(answer.token).expires_in(lifetime))
///     }
/// }
///
/// let credentials = Credentials::scheme(Gateway { key: "k3y".into() });
/// ```
pub trait TokenScheme: Send + Sync + 'static {
    /// The request that brings a token.
    ///
    /// # Errors
    /// Whatever is in the way; the call that needed the token fails with it.
    fn request(&self) -> Result<TokenRequest, BoxError>;

    /// Reads the token from the reply to it. Only successes come here. A 400, 401 or 403 whose
    /// body is JSON with a code or a message is a refusal of the credentials, which are then not
    /// sent again; without one it may be the page of a firewall, and a later call tries again.
    ///
    /// # Errors
    /// When the reply cannot be read. The text must not hold secrets.
    fn read(&self, reply: TokenReply<'_>) -> Result<AccessToken, BoxError>;
}

/// A request that brings a token: a value, which the client sends.
///
/// It goes to the host of `auth_url`; a path cannot lead to another.
///
/// ```
/// use anaplan_sdk::TokenRequest;
///
/// let request = TokenRequest::post("token/authenticate").authorization("Negotiate YII…");
/// ```
pub struct TokenRequest {
    method: Method,
    path: String,
    authorization: Option<SecretString>,
    headers: Vec<(String, SecretString)>,
    json: Option<serde_json::Result<serde_json::Value>>,
}

impl TokenRequest {
    /// A `POST` to this path below `auth_url`.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    /// A `GET` of this path below `auth_url`.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            authorization: None,
            headers: Vec::new(),
            json: None,
        }
    }

    /// The `Authorization` header, scheme and all. Defaults to none.
    #[must_use]
    pub fn authorization(mut self, value: impl Into<SecretString>) -> Self {
        self.authorization = Some(value.into());
        self
    }

    /// Adds a header. Defaults to none but those of every request.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The body, as JSON. Defaults to none.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.json = Some(serde_json::to_value(body));
        self
    }

    fn finish(self) -> Result<(Request, Option<HeaderValue>)> {
        let mut request = Request::raw(self.method, &self.path)?
            .called("authenticate")
            .at(Host::Auth)
            .safety(Safety::Idempotent);
        if let Some(body) = self.json {
            let body =
                body.map_err(|error| Error::config(format!("the body has no JSON form: {error}")))?;
            request = request.json(&body)?;
        }
        for (name, value) in self.headers {
            let name = HeaderName::try_from(&name)
                .map_err(|_| Error::config(format!("`{name}` is not the name of a header")))?;
            let value = sensitive("", value.expose_secret())?;
            request.headers.append(name, value);
        }
        let authorization = self.authorization.as_ref();
        let authorization = authorization.map(|text| sensitive("", text.expose_secret()));
        Ok((request, authorization.transpose()?))
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenRequest({} {}, [redacted])", self.method, self.path)
    }
}

/// The reply to a [`TokenRequest`]; always a success.
#[derive(Clone, Copy)]
pub struct TokenReply<'a>(&'a Reply);

impl TokenReply<'_> {
    /// The HTTP status, from 200 to 299.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The header of this name, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.get(name)?.to_str().ok()
    }

    /// The body.
    pub fn bytes(&self) -> &[u8] {
        &self.0.body
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// When it is not JSON, or not of this type. The error names the place, never the values.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, BoxError> {
        serde_json::from_slice(&self.0.body).map_err(|error| {
            let place = (error.line(), error.column());
            format!("the reply is not the JSON that was expected, at {place:?}").into()
        })
    }
}

impl fmt::Debug for TokenReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenReply({}, [redacted])", self.0.status)
    }
}

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
    /// A token of unknown lifetime: it is used until the service refuses it.
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

    /// The token of a source that fetches it by itself: its end is the source's business.
    pub(crate) fn into_token(self) -> Result<Token> {
        Ok(Grant::of_own_code(self.token, self.lifetime)
            .into_token()?
            .kept())
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

pub(super) struct Custom<S>(pub(super) S);

impl<S: TokenScheme> Scheme for Custom<S> {
    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn begin(self: Arc<Self>) -> Result<Step<Token>> {
        let request = self.0.request().map_err(own)?;
        let (request, authorization) = request.finish()?;
        let scheme = self.clone();
        let read = move |reply: &Reply| match scheme.0.read(TokenReply(reply)) {
            Ok(token) => Ok(Grant::of_own_code(token.token, token.lifetime)),
            Err(error) => Err(Undecodable {
                path: ".".to_owned(),
                message: error.to_string(),
                garbled: false,
                failure: None,
            }),
        };
        let mut ask = Ask::new(request, read, |granted| match granted {
            Ok(grant) => Ok(Step::Done(grant.into_token()?)),
            Err(error) => Err(failure(error, is_of_own_scheme, |refusal| {
                final_refusal(refusal, "check what your `TokenScheme` sends")
            })),
        });
        ask.authorization = authorization;
        Ok(ask.into())
    }
}

impl<S> fmt::Debug for Custom<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials::scheme([redacted])")
    }
}

/// What the caller's own code failed with.
pub(crate) fn own(error: BoxError) -> Error {
    crate::error::AuthError {
        source: Some(Arc::from(error)),
        ..crate::error::AuthError::new("no token could be had from the scheme that was given")
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_stays_below_its_host() {
        for path in ["../x", "https://elsewhere.example/x y", "a//b"] {
            assert!(TokenRequest::post(path).finish().is_err(), "{path}");
        }
        let (request, authorization) = TokenRequest::post("token/authenticate")
            .authorization("Negotiate abc")
            .header("x-api-key", "s3cret")
            .json(&serde_json::json!({"a": 1}))
            .finish()
            .unwrap();
        assert_eq!(
            (request.host, &*request.path),
            (Host::Auth, "token/authenticate")
        );
        assert_eq!(request.body.as_deref(), Some(&br#"{"a":1}"#[..]));
        assert!(authorization.unwrap().is_sensitive());
        assert!(!format!("{:?}", request.headers).contains("s3cret"));
    }

    #[test]
    fn what_no_header_can_carry_is_told_without_the_value() {
        for request in [
            TokenRequest::post("x").authorization("s3cret\n"),
            TokenRequest::post("x").header("x-key", "s3cret\n"),
            TokenRequest::post("x").header("x key", "s3cret"),
        ] {
            let error = request.finish().err().unwrap().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
