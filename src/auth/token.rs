//! Tokens: how they are received, sent, and shared by a client and its clones.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{AuthError, Error, Result};
use crate::http::Reply;
use crate::http::response::{self, Undecodable};
use crate::http::service_clock::date_of;
use crate::lock::unpoisoned;
use crate::models::lenient::Lenient;

/// The answer to a token request.
pub(crate) struct TokenResponse {
    pub(crate) token: SecretString,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) received: Instant,
    /// How long the token is used at least, even if it states an earlier end.
    at_least: Duration,
    #[cfg(feature = "oauth")]
    pub(crate) oauth: super::oauth::OAuthFields,
}

impl TokenResponse {
    pub(crate) fn new(token: SecretString, lifetime: Option<Duration>) -> Self {
        Self {
            token,
            lifetime,
            received: Instant::now(),
            at_least: MIN_LIFETIME,
            #[cfg(feature = "oauth")]
            oauth: super::oauth::OAuthFields::default(),
        }
    }

    /// The same from a token source.
    pub(crate) fn of_own_code(token: SecretString, lifetime: Option<Duration>) -> Self {
        Self {
            at_least: MIN_LIFETIME_OF_OWN_CODE,
            ..Self::new(token, lifetime)
        }
    }

    pub(crate) fn into_token(self) -> Result<Token> {
        let lifetime = self.lifetime.map(|lifetime| Lifetime {
            stated: lifetime,
            at_least: self.at_least,
        });
        Token::new(&self.token, lifetime, self.received)
    }
}

/// A token, ready to be sent.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: HeaderValue,
    /// Identifies the token: the service may give out the same value twice.
    serial: u64,
    /// When it ends and when it should be replaced; `None` if unknown.
    ends: Option<Expiry>,
    /// From when on a 403 may mean that it has expired, despite its stated end.
    old_from: Option<Instant>,
    /// Whether log-out ends it at the token service.
    pub(crate) ends_by_request: bool,
}

#[derive(Clone, Copy)]
struct Expiry {
    at: Instant,
    renew_from: Instant,
}

/// The lifetime of a token.
#[derive(Clone, Copy)]
pub(crate) struct Lifetime {
    pub(crate) stated: Duration,
    /// How long it is used at least.
    pub(crate) at_least: Duration,
}

/// How long before its end a token is renewed, at most.
const RENEWAL_MARGIN: Duration = Duration::from_secs(5 * 60);

/// A 403 may mean that a token has expired, but hardly one that is younger than this: tokens are
/// valid for 35 minutes. Without a limit, each 403 for a missing role would cost a log-in.
const OLD_AGE: Duration = Duration::from_secs(5 * 60);

/// How long a fresh token is used at least. If the stated end were in the past, every call would
/// log in. A token that has really ended is refused by the service, and then replaced.
const MIN_LIFETIME: Duration = Duration::from_secs(60);

/// The same for a token source, whose token may be close to its end.
const MIN_LIFETIME_OF_OWN_CODE: Duration = Duration::from_secs(1);

impl Token {
    pub(crate) fn new(
        token: &SecretString,
        lifetime: Option<Lifetime>,
        received: Instant,
    ) -> Result<Self> {
        let text = token.expose_secret().trim();
        if text.is_empty() {
            return Err(Error::config("the token is empty"));
        }
        if let Some(at) = text.bytes().position(|byte| !byte.is_ascii_graphic()) {
            return Err(Error::config(format!(
                "the token holds a character that no HTTP header can carry, after {at} others: \
                 expected ASCII letters, digits and signs only. Was it copied with quotes or a \
                 line break, or saved in another encoding than UTF-8?"
            )));
        }
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        Ok(Self {
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            header: sensitive("AnaplanAuthToken ", text)?,
            // A lifetime too long for `Instant` counts as unlimited.
            ends: lifetime.and_then(|Lifetime { stated, at_least }| {
                let margin = RENEWAL_MARGIN.min(stated / 5);
                Some(Expiry {
                    at: received.checked_add(stated.max(at_least))?,
                    renew_from: received.checked_add((stated - margin).max(at_least))?,
                })
            }),
            old_from: {
                let life = lifetime.map(|lifetime| lifetime.stated.max(lifetime.at_least));
                received.checked_add(life.map_or(OLD_AGE, |life| OLD_AGE.min(life / 2)))
            },
            ends_by_request: true,
        })
    }

    /// Log-out does not end it.
    pub(crate) fn kept_on_log_out(mut self) -> Self {
        self.ends_by_request = false;
        self
    }

    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.serial == other.serial
    }

    pub(crate) fn is_good(&self, now: Instant) -> bool {
        self.ends.is_none_or(|ends| now < ends.at)
    }

    /// Whether it is older than a few minutes, or has spent half of a shorter life.
    pub(crate) fn is_old(&self, now: Instant) -> bool {
        self.old_from.is_some_and(|from| now >= from)
    }

    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.ends.is_some_and(|ends| now >= ends.renew_from)
    }
}

/// A header that no log shows, and that is wiped when it is no longer needed.
pub(crate) fn sensitive(scheme: &str, secret: &str) -> Result<HeaderValue> {
    let mut text = Zeroizing::new(Vec::with_capacity(scheme.len() + secret.len()));
    text.extend_from_slice(scheme.as_bytes());
    text.extend_from_slice(secret.as_bytes());
    let wrong = || Error::config("the credentials hold a character that no HTTP header can carry");
    // Bytes beyond ASCII are let through by this library, and refused by those that send them.
    if !text.is_ascii() {
        return Err(wrong());
    }
    let value = HeaderValue::from_maybe_shared(Bytes::from_owner(text));
    let mut value = value.map_err(|_| wrong())?;
    value.set_sensitive(true);
    Ok(value)
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenInfo {
    token_value: SecretString,
    #[serde(default)]
    expires_at: Lenient<i64>,
}

/// Reads the token service's answer.
pub(crate) fn read(reply: &Reply) -> Result<TokenResponse, Undecodable> {
    let info: TokenInfo = response::value(&reply.body, "tokenInfo").map_err(without_content)?;
    let now = now_at(date_of(reply), Timestamp::now());
    let lifetime = info.expires_at.truncated().map(|ends| {
        let left = in_milliseconds(ends).saturating_sub(now.as_millisecond());
        Duration::from_millis(u64::try_from(left).unwrap_or_default())
    });
    Ok(TokenResponse::new(info.token_value, lifetime))
}

/// A time in milliseconds since 1970, even if it is written in seconds. Seconds of the years 2001 to
/// 5138, read as milliseconds, would be times before 1974, when there were no tokens.
fn in_milliseconds(time: i64) -> i64 {
    const SECONDS: std::ops::Range<i64> = 1_000_000_000..100_000_000_000;
    if SECONDS.contains(&time) {
        time * 1000
    } else {
        time
    }
}

/// The time of the service's clock: this machine's may be wrong. The service states whole seconds,
/// so if the two agree, this machine's time is more exact.
fn now_at(told: Option<Timestamp>, here: Timestamp) -> Timestamp {
    let Some(told) = told else { return here };
    let off = here.duration_since(told);
    if (SignedDuration::from_secs(-1)..SignedDuration::from_secs(2)).contains(&off) {
        here
    } else {
        // A second early is better than a second late.
        let second = SignedDuration::from_secs(1);
        told.saturating_add(second).unwrap_or(told)
    }
}

/// The same error without the content, which may be a token.
pub(crate) fn without_content(undecodable: Undecodable) -> Undecodable {
    Undecodable {
        message: if undecodable.garbled {
            "not the JSON that was expected".to_owned()
        } else {
            "missing, or of an unexpected form".to_owned()
        },
        ..undecodable
    }
}

/// The token that a client and its clones share.
#[derive(Default)]
pub(crate) struct TokenCache(RwLock<CachedTokenState>);

#[derive(Default)]
struct CachedTokenState {
    token: Option<Token>,
    /// The credentials are wrong. Trying again could lock the account.
    refusal: Option<AuthError>,
    /// How many token requests failed, and the last error.
    failures: u64,
    failure: Option<AuthError>,
    /// How many in a row, since the current token came.
    failures_in_a_row: u32,
    /// When the next renewal in the background may start.
    try_again_at: Option<Instant>,
}

/// The token for a call, by its state.
pub(crate) enum CachedToken {
    Valid(Token),
    /// Still valid; to be renewed in the background.
    DueForRenewal(Token),
    /// Past its stated end. The service may still accept it.
    Expired(Token),
    Missing,
}

impl TokenCache {
    fn read(&self) -> RwLockReadGuard<'_, CachedTokenState> {
        unpoisoned(self.0.read())
    }

    fn write(&self) -> RwLockWriteGuard<'_, CachedTokenState> {
        unpoisoned(self.0.write())
    }

    /// The token for a call that begins now.
    ///
    /// A token that could not be renewed goes on being used past its end, for as long as the
    /// service takes it: log-ins may fail for hours while tokens that were given out still work.
    ///
    /// # Errors
    /// When there is no valid token, and the credentials were refused.
    pub(crate) fn at_hand(&self, now: Instant) -> Result<CachedToken> {
        let held = self.read();
        let may_renew = held.refusal.is_none() && held.try_again_at.is_none_or(|at| now >= at);
        match (&held.token, &held.refusal) {
            (Some(token), _) if !token.is_due(now) => Ok(CachedToken::Valid(token.clone())),
            (Some(token), _) if token.is_good(now) || held.failures_in_a_row > 0 => {
                match (&held.refusal, may_renew) {
                    (Some(refusal), _) if !token.is_good(now) => Err(refusal.clone().into()),
                    (_, true) => Ok(CachedToken::DueForRenewal(token.clone())),
                    (_, false) => Ok(CachedToken::Valid(token.clone())),
                }
            }
            (_, Some(refusal)) => Err(refusal.clone().into()),
            (Some(token), None) => Ok(CachedToken::Expired(token.clone())),
            (None, None) => Ok(CachedToken::Missing),
        }
    }

    /// The token, valid or not.
    pub(crate) fn token(&self) -> Option<Token> {
        self.read().token.clone()
    }

    /// The refusal of the credentials, if there was one.
    pub(crate) fn refusal(&self) -> Option<AuthError> {
        self.read().refusal.clone()
    }

    pub(crate) fn put(&self, token: Token) {
        let mut held = self.write();
        held.token = Some(token);
        held.failures_in_a_row = 0;
        held.try_again_at = None;
    }

    /// Notes that a renewal is slow, so that calls do not wait for it.
    pub(crate) fn note_slow_renewal(&self) {
        let mut held = self.write();
        held.failures_in_a_row = held.failures_in_a_row.max(1);
    }

    /// Keeps the error for the calls that wait for the same token.
    pub(crate) fn fail(&self, error: &AuthError, now: Instant) {
        let mut held = self.write();
        held.failures += 1;
        held.failure = Some(error.clone());
        if error.is_final {
            held.refusal = Some(error.clone());
        }
        // Wait before the next renewal, or every call would start one.
        let seconds = 5 << held.failures_in_a_row.min(4);
        held.try_again_at = now.checked_add(Duration::from_secs(seconds));
        held.failures_in_a_row = held.failures_in_a_row.saturating_add(1);
    }

    pub(crate) fn failures(&self) -> u64 {
        self.read().failures
    }

    /// The last failure, if there were more than `failures`.
    pub(crate) fn failure_after(&self, failures: u64) -> Option<AuthError> {
        let held = self.read();
        held.failure.clone().filter(|_| held.failures > failures)
    }

    /// Forgets this token, unless it has been replaced.
    pub(crate) fn forget(&self, stale: &Token) {
        let mut held = self.write();
        if held
            .token
            .as_ref()
            .is_some_and(|token| token.is_same_as(stale))
        {
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
        for ends in [
            "784112077000",
            "\"784112077000\"",
            "784112077000.0",
            "784112077000.9",
        ] {
            let body = format!(r#"{{"tokenInfo":{{"tokenValue":"t","expiresAt":{ends}}}}}"#);
            let response = read(&reply(&body)).unwrap_or_else(|e| panic!("{ends}: {e:?}"));
            assert_eq!(response.lifetime, Some(Duration::from_secs(299)), "{ends}");
        }
        for ends in ["null", "\"soon\"", "true", "{}", "[1]"] {
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
    fn a_token_is_old_after_five_minutes_or_half_of_its_life() {
        let start = Instant::now();
        for (stated, old_after) in [
            (None, 300),
            (Some(2100), 300),
            (Some(u64::MAX), 300),
            (Some(60), 30),
            // One that is used for a minute, whatever it says.
            (Some(0), 30),
        ] {
            let lifetime = stated.map(|stated| Lifetime {
                stated: Duration::from_secs(stated),
                at_least: MIN_LIFETIME,
            });
            let token = Token::new(&"t".into(), lifetime, start).unwrap();
            let at = |seconds| token.is_old(start + Duration::from_secs(seconds));
            assert!(!at(old_after - 1) && at(old_after), "{stated:?}");
        }
    }

    #[test]
    fn a_reply_of_another_form_is_not_repeated() {
        for body in [
            r#"{"tokenInfo":"s3cret"}"#,
            r#"{"tokenInfo":{"tokenValue":["s3cret"]}}"#,
            r#"{"token":"s3cret"}"#,
            "s3cret",
        ] {
            let undecodable = read(&reply(body)).err().unwrap();
            assert!(!format!("{undecodable:?}").contains("s3cret"), "{body}");
        }
    }

    #[test]
    fn a_token_is_renewed_in_the_last_fifth_or_the_last_five_minutes() {
        let now = Instant::now();
        let minutes = |n: u64| Duration::from_secs(60 * n);
        for (lifetime, due) in [(minutes(35), minutes(30)), (minutes(5), minutes(4))] {
            let token = good_for(lifetime, now);
            let second = Duration::from_secs(1);
            assert!(!token.is_due(now + due - second) && token.is_due(now + due));
            assert!(token.is_good(now + lifetime - second) && !token.is_good(now + lifetime));
        }
        let endless = good_for(Duration::MAX, now);
        assert!(endless.is_good(now) && !endless.is_due(now));
    }

    fn good_for(stated: Duration, received: Instant) -> Token {
        let lifetime = Lifetime {
            stated,
            at_least: MIN_LIFETIME,
        };
        Token::new(&"t".into(), Some(lifetime), received).unwrap()
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_fresh_token_is_used_for_a_minute_whatever_it_says() {
        let now = Instant::now();
        for stated in [Duration::ZERO, SECOND, 59 * SECOND, 60 * SECOND] {
            let token = good_for(stated, now);
            assert!(token.is_good(now + 59 * SECOND) && !token.is_due(now + 59 * SECOND));
            assert!(token.is_due(now + MIN_LIFETIME) && !token.is_good(now + MIN_LIFETIME));
        }
    }

    #[test]
    fn seconds_are_known_where_milliseconds_would_be_long_ago() {
        for (written, milliseconds) in [
            (1_767_225_600, 1_767_225_600_000),
            (1_767_225_600_000, 1_767_225_600_000),
            (999_999_999, 999_999_999),
            (100_000_000_000, 100_000_000_000),
            (0, 0),
            (-1, -1),
            (i64::MIN, i64::MIN),
            (i64::MAX, i64::MAX),
        ] {
            assert_eq!(in_milliseconds(written), milliseconds);
        }
    }

    fn refused(is_final: bool) -> AuthError {
        AuthError {
            is_final,
            ..AuthError::new("no")
        }
    }

    fn word(at_hand: Result<CachedToken>) -> &'static str {
        match at_hand {
            Ok(CachedToken::Valid(_)) => "token",
            Ok(CachedToken::DueForRenewal(_)) => "renew beside",
            Ok(CachedToken::Expired(_)) => "ended",
            Ok(CachedToken::Missing) => "nothing",
            Err(_) => "error",
        }
    }

    #[test]
    fn what_is_at_hand_while_time_passes() {
        let (cell, start) = (TokenCache::default(), Instant::now());
        let at = |seconds: u32| word(cell.at_hand(start + seconds * SECOND));
        assert_eq!(at(0), "nothing");
        cell.put(good_for(100 * SECOND, start));
        assert_eq!(
            [at(0), at(79), at(80), at(99)],
            ["token", "token", "renew beside", "renew beside"]
        );
        assert_eq!(at(100), "ended");
    }

    /// Log-ins fail for an hour, and the service still takes the token.
    #[test]
    fn a_token_that_cannot_be_renewed_goes_on_and_renewals_become_rare() {
        let (cell, start) = (TokenCache::default(), Instant::now());
        cell.put(good_for(100 * SECOND, start));
        let mut tries = 0;
        for second in 80..3700 {
            let now = start + second * SECOND;
            match word(cell.at_hand(now)) {
                "token" => {}
                "renew beside" => {
                    tries += 1;
                    cell.fail(&refused(false), now);
                }
                word => panic!("{word} after {second} s"),
            }
        }
        assert!((40..80).contains(&tries), "{tries}");
        let end = start + 3700 * SECOND;
        cell.put(good_for(100 * SECOND, end));
        assert_eq!(word(cell.at_hand(end + 100 * SECOND)), "ended");
    }

    #[test]
    fn a_renewal_that_hangs_is_not_waited_for_by_every_call() {
        let (cell, start) = (TokenCache::default(), Instant::now());
        cell.put(good_for(100 * SECOND, start));
        let late = start + 200 * SECOND;
        assert_eq!(word(cell.at_hand(late)), "ended");
        cell.note_slow_renewal();
        assert_eq!(word(cell.at_hand(late)), "renew beside");
    }

    #[test]
    fn a_refusal_waits_until_the_token_at_hand_has_ended() {
        let (cell, start) = (TokenCache::default(), Instant::now());
        cell.put(good_for(100 * SECOND, start));
        cell.fail(&refused(true), start + 80 * SECOND);
        let at = |seconds: u32| word(cell.at_hand(start + seconds * SECOND));
        assert_eq!([at(81), at(99), at(100)], ["token", "token", "error"]);
        cell.forget(&cell.token().unwrap());
        assert_eq!(at(81), "error");
    }

    #[test]
    fn what_no_header_can_carry_is_no_token() {
        for token in [
            "",
            " ",
            "\u{feff}t0k",
            "t0k\nen",
            "t0k en",
            "t0k\u{e9}",
            "\u{0}",
        ] {
            let error = Token::new(&token.into(), None, Instant::now())
                .err()
                .unwrap();
            assert!(matches!(error, Error::Config(_)), "{error:?}");
            assert!(!error.to_string().contains("t0k"), "{error}");
        }
        assert!(sensitive("", "caf\u{e9}").is_err());
        assert!(sensitive("", "two words").is_ok());
    }
}
