//! A token: as it is sent, as it comes, and as a client and its clones share it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserialize, Deserializer, Visitor};

use crate::clock::date_of;
use crate::decode::{self, Unreadable};
use crate::error::{AuthError, Error, Result};
use crate::transport::Reply;

/// What a token request brought.
pub(crate) struct Grant {
    pub(crate) token: SecretString,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) received: Instant,
    #[cfg(feature = "oauth")]
    pub(crate) oauth: super::oauth::Extras,
}

impl Grant {
    pub(crate) fn new(token: SecretString, lifetime: Option<Duration>) -> Self {
        Self {
            token,
            lifetime,
            received: Instant::now(),
            #[cfg(feature = "oauth")]
            oauth: super::oauth::Extras::default(),
        }
    }

    pub(crate) fn into_token(self) -> Result<Token> {
        Token::new(&self.token, self.lifetime, self.received)
    }
}

/// A token, ready to be sent.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: HeaderValue,
    /// Tells tokens apart: the service may give out the same value twice.
    serial: u64,
    /// When it ends and when it should be replaced; never, as far as is known.
    lifetime: Option<Lifetime>,
    /// Whether the token service ends it on request.
    pub(crate) ends_by_request: bool,
}

#[derive(Clone, Copy)]
struct Lifetime {
    ends: Instant,
    renew_from: Instant,
}

/// How long before its end a token is renewed, at most.
const RENEWAL_MARGIN: Duration = Duration::from_secs(5 * 60);

impl Token {
    pub(crate) fn new(
        token: &SecretString,
        lifetime: Option<Duration>,
        received: Instant,
    ) -> Result<Self> {
        if token.expose_secret().is_empty() {
            return Err(Error::config("the token is empty"));
        }
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        Ok(Self {
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            header: sensitive("AnaplanAuthToken ", token.expose_secret())?,
            // A lifetime that no clock can hold is none.
            lifetime: lifetime.and_then(|lifetime| {
                Some(Lifetime {
                    ends: received.checked_add(lifetime)?,
                    renew_from: received + (lifetime - RENEWAL_MARGIN.min(lifetime / 5)),
                })
            }),
            ends_by_request: true,
        })
    }

    /// Its end is not ours to bring about.
    pub(crate) fn kept(mut self) -> Self {
        self.ends_by_request = false;
        self
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

/// A header that no log shows, and that is wiped when it is no longer needed.
pub(crate) fn sensitive(scheme: &str, secret: &str) -> Result<HeaderValue> {
    let mut text = Zeroizing::new(Vec::with_capacity(scheme.len() + secret.len()));
    text.extend_from_slice(scheme.as_bytes());
    text.extend_from_slice(secret.as_bytes());
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).map_err(|_| {
        Error::config("the credentials hold a character that no HTTP header can carry")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenInfo {
    token_value: SecretString,
    #[serde(default)]
    expires_at: Whole,
}

/// A whole number, written as one or as text.
#[derive(Default)]
pub(crate) struct Whole(pub(crate) Option<i64>);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Whole, E> {
                Ok(Whole(Some(number)))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(i64::try_from(number).ok()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Whole, E> {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "saturates, and no fraction matters"
                )]
                Ok(Whole(number.is_finite().then_some(number as i64)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Whole, E> {
                Ok(Whole(text.trim().parse().ok()))
            }

            fn visit_unit<E>(self) -> Result<Whole, E> {
                Ok(Whole(None))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// Reads the token service's answer.
pub(crate) fn read(reply: &Reply) -> Result<Grant, Unreadable> {
    let info: TokenInfo = decode::value(&reply.body, "tokenInfo").map_err(quiet)?;
    let now = now_at(date_of(reply), Timestamp::now());
    let lifetime = info.expires_at.0.map(|ends| {
        let left = ends.saturating_sub(now.as_millisecond());
        Duration::from_millis(u64::try_from(left).unwrap_or_default())
    });
    Ok(Grant::new(info.token_value, lifetime))
}

/// What the service's clock says: this machine's may be wrong. It is told in whole seconds, so
/// where the two agree, this machine's is the better one.
fn now_at(told: Option<Timestamp>, here: Timestamp) -> Timestamp {
    let Some(told) = told else { return here };
    let off = here.duration_since(told);
    if (SignedDuration::from_secs(-1)..SignedDuration::from_secs(2)).contains(&off) {
        here
    } else {
        // Rather a second early than late.
        let second = SignedDuration::from_secs(1);
        told.saturating_add(second).unwrap_or(told)
    }
}

/// The same, without a word of what was found: it may be a token.
pub(crate) fn quiet(unreadable: Unreadable) -> Unreadable {
    Unreadable {
        message: if unreadable.garbled {
            "not the JSON that was expected".to_owned()
        } else {
            "missing, or of an unexpected form".to_owned()
        },
        ..unreadable
    }
}

/// The token that a client and its clones share.
#[derive(Default)]
pub(crate) struct TokenCell(RwLock<Held>);

#[derive(Default)]
struct Held {
    token: Option<Token>,
    /// The credentials are wrong: asking again would lock the account.
    refusal: Option<AuthError>,
    /// How often a token could not be had, and why the last time.
    failures: u64,
    failure: Option<AuthError>,
}

impl TokenCell {
    fn read(&self) -> std::sync::RwLockReadGuard<'_, Held> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Held> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token while it is good.
    ///
    /// # Errors
    /// When there is none, and asking for one is of no use.
    pub(crate) fn get(&self, now: Instant) -> Result<Option<Token>> {
        let held = self.read();
        match (&held.token, &held.refusal) {
            (Some(token), _) if token.is_good(now) => Ok(Some(token.clone())),
            (_, Some(refusal)) => Err(refusal.clone().into()),
            _ => Ok(None),
        }
    }

    /// Whether a token may be asked for.
    pub(crate) fn may_ask(&self) -> bool {
        self.read().refusal.is_none()
    }

    pub(crate) fn put(&self, token: Token) {
        self.write().token = Some(token);
    }

    /// Keeps why no token could be had, for those who wait for the same one.
    pub(crate) fn fail(&self, error: &AuthError) {
        let mut held = self.write();
        held.failures += 1;
        held.failure = Some(error.clone());
        if error.is_final {
            held.refusal = Some(error.clone());
        }
    }

    pub(crate) fn failures(&self) -> u64 {
        self.read().failures
    }

    /// The last failure, if it came after so many.
    pub(crate) fn failure_after(&self, failures: u64) -> Option<AuthError> {
        let held = self.read();
        held.failure.clone().filter(|_| held.failures > failures)
    }

    /// Forgets this very token, unless it has been replaced already.
    pub(crate) fn forget(&self, stale: &Token) {
        let mut held = self.write();
        if held.token.as_ref().is_some_and(|token| token.is(stale)) {
            held.token = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(body: &str) -> Reply {
        let mut headers = http::HeaderMap::new();
        let date = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
        headers.insert(http::header::DATE, date);
        Reply {
            status: 201,
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn lifetimes_are_measured_by_the_clock_of_the_service() {
        for ends in ["784112077000", "\"784112077000\"", "784112077000.0"] {
            let body = format!(r#"{{"tokenInfo":{{"tokenValue":"t","expiresAt":{ends}}}}}"#);
            let grant = read(&reply(&body)).unwrap_or_else(|e| panic!("{ends}: {e:?}"));
            assert_eq!(grant.lifetime, Some(Duration::from_secs(299)), "{ends}");
        }
        for ends in ["null", "\"soon\""] {
            let body = format!(r#"{{"tokenInfo":{{"tokenValue":"t","expiresAt":{ends}}}}}"#);
            assert_eq!(read(&reply(&body)).ok().unwrap().lifetime, None);
        }
    }

    #[test]
    fn where_the_clocks_agree_the_finer_one_counts() {
        let here = Timestamp::from_millisecond(1_000_000_700).unwrap();
        let told = |second| Timestamp::from_second(second).ok();
        for (told, now) in [
            (None, 1_000_000_700),
            (told(1_000_000), 1_000_000_700),
            (told(999_999), 1_000_000_700),
            (told(1_000_001), 1_000_000_700),
            (told(999_990), 999_991_000),
            (told(1_000_010), 1_000_011_000),
        ] {
            assert_eq!(now_at(told, here).as_millisecond(), now, "{told:?}");
        }
    }

    #[test]
    fn a_reply_of_another_form_is_not_repeated() {
        for body in [
            r#"{"tokenInfo":"s3cret"}"#,
            r#"{"tokenInfo":{"tokenValue":["s3cret"]}}"#,
            r#"{"tokenInfo":{"tokenValue":"s3cret","expiresAt":{}}}"#,
            r#"{"token":"s3cret"}"#,
            "s3cret",
        ] {
            let unreadable = read(&reply(body)).err().unwrap();
            assert!(!format!("{unreadable:?}").contains("s3cret"), "{body}");
        }
    }

    #[test]
    fn a_token_is_renewed_in_the_last_fifth_or_the_last_five_minutes() {
        let now = Instant::now();
        let minutes = |n: u64| Duration::from_secs(60 * n);
        for (lifetime, due) in [(minutes(35), minutes(30)), (minutes(5), minutes(4))] {
            let token = Token::new(&"t".into(), Some(lifetime), now).unwrap();
            let second = Duration::from_secs(1);
            assert!(!token.is_due(now + due - second) && token.is_due(now + due));
            assert!(token.is_good(now + lifetime - second) && !token.is_good(now + lifetime));
        }
        let endless = Token::new(&"t".into(), Some(Duration::MAX), now).unwrap();
        assert!(endless.is_good(now) && !endless.is_due(now));
    }

    #[test]
    fn a_refusal_waits_until_the_token_at_hand_has_ended() {
        let cell = TokenCell::default();
        let now = Instant::now();
        cell.put(Token::new(&"t".into(), Some(Duration::from_secs(60)), now).unwrap());
        let refusal = AuthError {
            is_final: true,
            ..AuthError::new("no")
        };
        cell.fail(&refusal);
        assert!(cell.get(now).unwrap().is_some());
        assert!(!cell.may_ask());
        assert!(cell.get(now + Duration::from_secs(60)).is_err());
    }
}
