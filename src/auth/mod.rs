//! What a token request looks like, and how its reply is read; compiled once.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine};
use http::HeaderValue;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::clock::date_of;
use crate::decode::Unreadable;
use crate::error::{ApiError, AuthError, Error, Result};
use crate::request::{Effect, Host, Request};
use crate::transport::Reply;

/// How a client proves who it is.
///
/// ```
/// use anaplan_sdk::Credentials;
///
/// let password = Credentials::basic("user@corp.com", "correct horse");
/// assert!(!format!("{password:?}").contains("horse"));
/// ```
#[derive(Clone)]
pub struct Credentials(pub(crate) Kind);

#[derive(Clone)]
pub(crate) enum Kind {
    Basic {
        email: String,
        password: SecretString,
    },
    Token(SecretString),
}

impl Credentials {
    /// An e-mail address and its password. Tokens are fetched and renewed as needed.
    ///
    /// Where single sign-on is enforced, this works only for exception users.
    pub fn basic(email: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self(Kind::Basic {
            email: email.into(),
            password: password.into(),
        })
    }

    /// A token that was had elsewhere. It cannot be renewed: when it ends, calls fail with an
    /// error that says so.
    pub fn token(token: impl Into<SecretString>) -> Self {
        Self(Kind::Token(token.into()))
    }

    pub(crate) fn check(&self) -> Result<()> {
        match &self.0 {
            Kind::Basic { email, password } => {
                if email.is_empty() || password.expose_secret().is_empty() {
                    return Err(Error::config("the e-mail or the password is empty"));
                }
                if email.contains(':') {
                    return Err(Error::config(
                        "the e-mail contains a colon, which basic authentication cannot carry",
                    ));
                }
                Ok(())
            }
            Kind::Token(token) => Token::new(token.expose_secret(), None).map(drop),
        }
    }

    /// Whether a token that is refused can be replaced.
    pub(crate) fn can_renew(&self) -> bool {
        !matches!(self.0, Kind::Token(_))
    }

    /// The token itself, or the request that brings one and its authorization.
    pub(crate) fn begin(&self) -> Result<Begin> {
        match &self.0 {
            Kind::Token(token) => Ok(Begin::Have(Token::new(token.expose_secret(), None)?)),
            Kind::Basic { email, password } => {
                let pair = SecretString::from(format!("{email}:{}", password.expose_secret()));
                let encoded = BASE64_STANDARD.encode(pair.expose_secret());
                Ok(Begin::Ask(
                    // Two tokens are as good as one: asking twice does no harm.
                    Request::post("authenticate", ["token", "authenticate"])
                        .at(Host::Auth)
                        .effect(Effect::Idempotent),
                    sensitive(&format!("Basic {encoded}"))?,
                ))
            }
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Basic { email, .. } => {
                write!(f, "Credentials::basic({email:?}, [redacted])")
            }
            Kind::Token(_) => f.write_str("Credentials::token([redacted])"),
        }
    }
}

pub(crate) enum Begin {
    Have(Token),
    Ask(Request, HeaderValue),
}

/// A token, ready to be sent.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: HeaderValue,
    /// Tells tokens apart: the service may give out the same value twice.
    serial: u64,
    /// When it ends and when it should be replaced; never, as far as is known.
    lifetime: Option<Lifetime>,
}

#[derive(Clone, Copy)]
struct Lifetime {
    ends: Instant,
    renew_from: Instant,
}

/// How long before its end a token is renewed, at most.
const RENEWAL_MARGIN: Duration = Duration::from_secs(5 * 60);

impl Token {
    fn new(token: &str, lifetime: Option<Duration>) -> Result<Self> {
        if token.is_empty() {
            return Err(Error::config("the token is empty"));
        }
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let now = Instant::now();
        Ok(Self {
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            header: sensitive(&format!("AnaplanAuthToken {token}"))?,
            lifetime: lifetime.map(|lifetime| Lifetime {
                ends: now + lifetime,
                renew_from: now + lifetime - RENEWAL_MARGIN.min(lifetime / 5),
            }),
        })
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.serial == other.serial
    }

    pub(crate) fn is_good(&self, now: Instant) -> bool {
        self.lifetime.is_none_or(|lifetime| now < lifetime.ends)
    }

    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.lifetime
            .is_some_and(|lifetime| now >= lifetime.renew_from)
    }
}

fn sensitive(text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        Error::config("the credentials hold a character that no HTTP header can carry")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads the token service's answer.
pub(crate) fn read_token(reply: &Reply) -> Result<Token, Unreadable> {
    let body: Value = serde_json::from_slice(&reply.body).map_err(|error| Unreadable {
        path: ".".to_owned(),
        message: format!("not JSON: {error}"),
        garbled: true,
    })?;
    let info = &body["tokenInfo"];
    let Some(value) = info["tokenValue"].as_str() else {
        return Err(Unreadable::missing("tokenInfo.tokenValue"));
    };
    let ends = match &info["expiresAt"] {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    // Measured by the service's own clock: this machine's may be wrong.
    let now = date_of(reply).unwrap_or_else(Timestamp::now);
    let lifetime = ends.map(|ends| {
        let left = ends.saturating_sub(now.as_millisecond());
        Duration::from_millis(u64::try_from(left).unwrap_or_default())
    });
    Token::new(value, lifetime).map_err(|_| Unreadable {
        path: "tokenInfo.tokenValue".to_owned(),
        message: "holds a character that no HTTP header can carry".to_owned(),
        garbled: false,
    })
}

/// What a failed token request means for the call that needed the token.
pub(crate) fn failure(error: Error) -> Error {
    let auth = match error {
        Error::Api(refusal) if matches!(refusal.status, 400 | 401 | 403) => refused(*refusal),
        error => AuthError {
            status: error.status(),
            source: Some(error),
            ..AuthError::new("no token could be had from the token service")
        },
    };
    auth.into()
}

/// The error for credentials that the token service refused.
fn refused(refusal: ApiError) -> AuthError {
    let said = if refusal.message.is_empty() {
        "no reason given"
    } else {
        &refusal.message
    };
    AuthError {
        status: Some(refusal.status),
        message: format!(
            "the token service refused the credentials ({said}): check the e-mail and the password; \
             under single sign-on only exception users have one, and passwords expire. They are \
             not sent again, since accounts lock: build a new client"
        ),
        code: refusal.code,
        source: None,
    }
}

/// The token that a client and its clones share.
#[derive(Default)]
pub(crate) struct TokenCell(RwLock<Held>);

#[derive(Clone, Default)]
enum Held {
    #[default]
    Nothing,
    Token(Token),
    /// The credentials are wrong: asking again would lock the account.
    Refused(u16, Option<String>, String),
}

impl TokenCell {
    pub(crate) fn get(&self) -> Result<Option<Token>> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match &*held {
            Held::Nothing => Ok(None),
            Held::Token(token) => Ok(Some(token.clone())),
            Held::Refused(status, code, message) => Err(AuthError {
                status: Some(*status),
                code: code.clone(),
                message: message.clone(),
                source: None,
            }
            .into()),
        }
    }

    pub(crate) fn put(&self, token: Token) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Held::Token(token);
    }

    pub(crate) fn refuse(&self, error: &AuthError) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Held::Refused(
            error.status.unwrap_or_default(),
            error.code.clone(),
            error.message.clone(),
        );
    }

    /// Forgets this very token, unless it has been replaced already.
    pub(crate) fn forget(&self, stale: &Token) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(&*held, Held::Token(token) if token.is(stale)) {
            *held = Held::Nothing;
        }
    }
}
