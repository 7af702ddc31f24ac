//! Renewal by a refresh token, which may be valid only once.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::{OAuthApp, REGION, code_of, failed, is_of_oauth_service, read, read_secret, refused};
use crate::auth::store::{Record, StoreLock};
use crate::auth::token::{Token, TokenResponse};
use crate::auth::{AuthScheme, BoxError, LogInRequest, LogInStep};
use crate::error::{AuthError, Error, Result};
use crate::lock::unpoisoned;

/// An app and its refresh token.
pub(in crate::auth) struct RefreshTokenScheme {
    app: OAuthApp,
    state: Mutex<RefreshState>,
    exchange_lock: Arc<ExchangeLock>,
}

#[derive(Default)]
struct RefreshState {
    /// The last token that came, for an app without a store.
    last: Option<SecretString>,
    /// A response whose refresh token could not be saved.
    unsaved: Option<TokenResponse>,
    /// Tokens that have been used up or refused: they are not sent again.
    dead: Vec<SecretString>,
    /// The error of the last refusal.
    refusal: Option<AuthError>,
}

/// One exchange at a time, also among clients that were built from the same credentials.
#[derive(Default)]
struct ExchangeLock {
    taken: Mutex<bool>,
    free: Condvar,
}

/// Held from the reading of the store to the saving.
struct ExchangeGuard {
    exchange_lock: Arc<ExchangeLock>,
    _store_lock: Option<StoreLock>,
}

impl Drop for ExchangeGuard {
    fn drop(&mut self) {
        *unpoisoned(self.exchange_lock.taken.lock()) = false;
        self.exchange_lock.free.notify_one();
    }
}

fn is_same_secret(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

impl RefreshTokenScheme {
    pub(in crate::auth) fn new(app: OAuthApp) -> Self {
        Self {
            app,
            state: Mutex::default(),
            exchange_lock: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, RefreshState> {
        unpoisoned(self.state.lock())
    }

    fn lock_exchange(&self) -> Result<ExchangeGuard> {
        let mut taken = unpoisoned(self.exchange_lock.taken.lock());
        while *taken {
            taken = unpoisoned(self.exchange_lock.free.wait(taken));
        }
        *taken = true;
        drop(taken);
        let mut holding = ExchangeGuard {
            exchange_lock: self.exchange_lock.clone(),
            _store_lock: None,
        };
        if let Some(store) = &self.app.store {
            holding._store_lock = Some(store.lock().map_err(|e| self.store_error("locked", e))?);
        }
        Ok(holding)
    }

    fn store_error(&self, what: &str, error: BoxError) -> Error {
        AuthError {
            source: Some(Arc::from(error)),
            ..AuthError::new(format!(
                "{} could not be {what}; no refresh token was used up",
                self.app.store_name()
            ))
        }
        .into()
    }

    fn save(&self, record: &Record) -> Result<(), BoxError> {
        match &self.app.store {
            Some(store) => store.save(&record.write()),
            None => Ok(()),
        }
    }

    /// The refresh token to use next: the newest that was not used up or refused.
    fn candidate(&self) -> Result<Option<Record>> {
        let stored = match &self.app.store {
            Some(store) => store.load().map_err(|e| self.store_error("read", e))?,
            None => None,
        };
        let stored = stored.map(|text| Record::read(&text)).transpose();
        let stored = stored.map_err(|e| self.store_error("understood", e))?;
        let state = self.state();
        let bare = |token: &SecretString| Record {
            refresh_token: token.clone(),
            exchange_began: None,
        };
        let candidates = [
            stored,
            state.last.as_ref().map(bare),
            self.app.refresh_token.as_ref().map(bare),
        ];
        Ok(candidates.into_iter().flatten().find(|record| {
            let dead = |dead| is_same_secret(dead, &record.refresh_token);
            !state.dead.iter().any(dead)
        }))
    }

    fn next(self: Arc<Self>, holding: ExchangeGuard) -> Result<LogInStep<Token>> {
        let Some(record) = self.candidate()? else {
            let refusal = self.state().refusal.clone();
            return Err(refusal.unwrap_or_else(|| self.nothing()).into());
        };
        // Saved before the exchange. If this fails, the new token could not be saved either. If the
        // process ends during the exchange, the next start sees the mark.
        let marked = Record {
            refresh_token: record.refresh_token.clone(),
            exchange_began: record.exchange_began.or_else(|| Some(Timestamp::now())),
        };
        self.save(&marked)
            .map_err(|e| self.store_error("written", e))?;
        let request = self.app.refresh_request(&record.refresh_token)?;
        let ask = LogInRequest::new(request, read, move |granted| {
            self.settle(granted, record, holding)
        });
        Ok(ask.into())
    }

    fn settle(
        self: Arc<Self>,
        granted: Result<TokenResponse>,
        record: Record,
        holding: ExchangeGuard,
    ) -> Result<LogInStep<Token>> {
        let error = match granted {
            Ok(response) => {
                return self
                    .adopt(response, record.refresh_token)
                    .map(LogInStep::Done);
            }
            Err(error) => error,
        };
        if is_certainly_unchanged(&error) {
            // A failure does no harm: only a later error would say less.
            let _ = self.save(&record);
        }
        let code = code_of(&error).map(str::to_owned);
        match (code.as_deref(), error) {
            (Some("invalid_grant"), error) => {
                let lost = matches!(&error, Error::Api(refusal) if refusal.attempts > 1);
                let advice = self.advice(record.exchange_began, lost);
                let refusal = failed(error, &advice);
                {
                    let mut state = self.state();
                    state.dead.push(record.refresh_token);
                    state.refusal = Some(refusal);
                }
                self.next(holding)
            }
            (_, Error::Api(refusal)) if refusal.status < 500 && is_of_oauth_service(&refusal) => {
                let refusal = refused(
                    *refusal,
                    &format!(
                        "check the client id and the client secret of the app; or {REGION}. They \
                         are not sent again: build a new client"
                    ),
                );
                Err(AuthError {
                    is_final: true,
                    ..refusal
                }
                .into())
            }
            (_, error) => Err(failed(error, "see its words").into()),
        }
    }

    /// Saves the new refresh token before the access token is used.
    fn adopt(&self, response: TokenResponse, used: SecretString) -> Result<Token> {
        let new = response
            .oauth
            .refresh_token
            .as_ref()
            .unwrap_or(&used)
            .clone();
        let rotated = !is_same_secret(&new, &used);
        {
            let mut state = self.state();
            let seed = self.app.refresh_token.as_ref();
            let is_seed =
                |token: &SecretString| seed.is_some_and(|seed| is_same_secret(seed, token));
            // Of the used tokens, only the one from the app's settings can come up again.
            state.dead.retain(|dead| is_seed(dead));
            if rotated {
                if self.app.store.is_none() && state.last.is_none() {
                    tracing::warn!(
                        "the refresh token was replaced by a new one, and the app has no store: \
                         the next start of this program has none that works"
                    );
                }
                if is_seed(&used) {
                    state.dead.push(used);
                }
            }
            state.last = Some(new.clone());
            state.refusal = None;
        }
        let record = Record {
            refresh_token: new,
            exchange_began: None,
        };
        match self.save(&record) {
            // The token service ends only the tokens that it gave out itself.
            Ok(()) => Ok(response.into_token()?.kept_on_log_out()),
            Err(error) => {
                let mut response = response;
                response.oauth.refresh_token = Some(record.refresh_token);
                self.state().unsaved = Some(response);
                Err(self.not_saved(error))
            }
        }
    }

    fn not_saved(&self, error: BoxError) -> Error {
        AuthError {
            source: Some(Arc::from(error)),
            ..AuthError::new(format!(
                "the new refresh token could not be saved in {}. It is kept in memory, and saved \
                 by the next call: fix the store before this program ends, or log in again \
                 after",
                self.app.store_name()
            ))
        }
        .into()
    }

    /// Saves a refresh token that could not be saved before.
    fn make_up_for(&self) -> Result<Option<Token>> {
        let Some(response) = self.state().unsaved.take() else {
            return Ok(None);
        };
        let Some(refresh_token) = response.oauth.refresh_token.clone() else {
            return Ok(None);
        };
        let saved = self.save(&Record {
            refresh_token,
            exchange_began: None,
        });
        match saved {
            Ok(()) => {
                let token = response.into_token()?;
                Ok(Some(token).filter(|token| token.is_good(std::time::Instant::now())))
            }
            Err(error) => {
                self.state().unsaved = Some(response);
                Err(self.not_saved(error))
            }
        }
    }

    fn advice(&self, began: Option<Timestamp>, lost: bool) -> String {
        let why = match began {
            Some(began) => format!(
                "an exchange of this refresh token began at {began}, and what came of it was \
                 never saved: the program ended in between, or the answer was lost, and a token \
                 that rotates is good once"
            ),
            None if lost => "the answer to an earlier attempt was lost, and a refresh token that \
                             rotates is good once"
                .to_owned(),
            None => {
                "the refresh token has expired, was revoked or was used up elsewhere".to_owned()
            }
        };
        let what = match &self.app.store {
            Some(store) => format!(
                "log in again by `OAuth::device_login` or `OAuth::exchange_redirect`, which puts \
                 a new one into {}: clients that run take it from there",
                store.name()
            ),
            None => "log in again, and build a new client with the new one".to_owned(),
        };
        format!("{why}. What to do: {what}")
    }

    fn nothing(&self) -> AuthError {
        AuthError::new(format!(
            "{} holds no refresh token yet: log in once by `OAuth::device_login` or \
             `OAuth::exchange_redirect`, or give `OAuthApp::refresh_token`",
            self.app.store_name()
        ))
    }
}

/// Whether the exchange certainly did not take place.
fn is_certainly_unchanged(error: &Error) -> bool {
    match error {
        Error::Api(refusal) => {
            let is_judged = refusal.status == 429 || is_of_oauth_service(refusal);
            is_judged && refusal.status < 500 && refusal.attempts == 1
        }
        Error::Transport(error) => error.kind.is_certainly_unsent() && error.attempts <= 1,
        Error::Decode(_) => code_of(error).is_some(),
        _ => false,
    }
}

impl AuthScheme for RefreshTokenScheme {
    fn check(&self) -> Result<()> {
        self.app.check()?;
        match (&self.app.refresh_token, &self.app.store) {
            (None, None) => Err(Error::config(
                "OAuth needs a refresh token, or a store that a log-in has put one into: \
                 `OAuthApp::refresh_token` (ANAPLAN_OAUTH_REFRESH_TOKEN), `OAuthApp::store` \
                 (ANAPLAN_OAUTH_TOKEN_STORE)",
            )),
            (Some(token), _) if read_secret(token, "the refresh token")?.is_empty() => {
                Err(Error::config("the refresh token is empty"))
            }
            _ => Ok(()),
        }
    }

    fn begin(self: Arc<Self>) -> Result<LogInStep<Token>> {
        let holding = self.lock_exchange()?;
        match self.make_up_for()? {
            Some(token) => Ok(LogInStep::Done(token.kept_on_log_out())),
            None => self.next(holding),
        }
    }
}

impl fmt::Debug for RefreshTokenScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials::oauth({:?})", self.app)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use serde_json::Value;

    use super::*;
    use crate::auth::store::TokenStore;
    use crate::error::{ApiError, TransportError, TransportErrorKind};

    #[derive(Default)]
    struct Memory {
        text: Mutex<Option<SecretString>>,
        broken: AtomicBool,
    }

    impl Memory {
        fn text(&self) -> String {
            let text = self.text.lock().unwrap();
            text.as_ref().unwrap().expose_secret().to_owned()
        }

        fn token(&self) -> String {
            let text: Value = serde_json::from_str(&self.text()).unwrap();
            text["refresh_token"].as_str().unwrap().to_owned()
        }

        fn is_marked(&self) -> bool {
            self.text().contains("exchange_began")
        }
    }

    impl TokenStore for Memory {
        fn load(&self) -> Result<Option<SecretString>, BoxError> {
            Ok(self.text.lock().unwrap().clone())
        }

        fn save(&self, text: &SecretString) -> Result<(), BoxError> {
            if self.broken.load(Ordering::Relaxed) {
                return Err("the disk is full".into());
            }
            *self.text.lock().unwrap() = Some(text.clone());
            Ok(())
        }
    }

    fn scheme(seed: Option<&str>, stored: Option<&str>) -> (Arc<RefreshTokenScheme>, Arc<Memory>) {
        let memory = Arc::new(Memory::default());
        *memory.text.lock().unwrap() = stored.map(SecretString::from);
        let mut app = OAuthApp::new("app").store(memory.clone());
        app.refresh_token = seed.map(SecretString::from);
        (Arc::new(RefreshTokenScheme::new(app)), memory)
    }

    fn ask(step: Result<LogInStep<Token>>) -> (String, LogInRequest<Token>) {
        match step.unwrap() {
            LogInStep::Send(ask) => {
                let body: Value =
                    serde_json::from_slice(ask.request.body.as_ref().unwrap()).unwrap();
                (body["refresh_token"].as_str().unwrap().to_owned(), *ask)
            }
            LogInStep::Done(_) => panic!("a token without asking"),
        }
    }

    fn response(refresh: Option<&str>) -> Result<TokenResponse> {
        let mut response = TokenResponse::new("access".into(), None);
        response.oauth.refresh_token = refresh.map(SecretString::from);
        Ok(response)
    }

    fn refusal(status: u16, code: &str) -> Result<TokenResponse> {
        Err(Error::Api(Box::new(ApiError {
            code: Some(code.into()),
            ..ApiError::bare("refresh_oauth_token", status)
        })))
    }

    fn timeout() -> Result<TokenResponse> {
        Err(Error::Transport(Box::new(TransportError::bare(
            "refresh_oauth_token",
            TransportErrorKind::Timeout,
        ))))
    }

    #[test]
    fn the_new_token_is_saved_before_the_access_token_is_given_out() {
        let (scheme, memory) = scheme(Some("r1"), None);
        let (sent, first) = ask(scheme.clone().begin());
        assert_eq!((&*sent, &*memory.token()), ("r1", "r1"));
        assert!(memory.is_marked());
        let done = (first.then)(response(Some("r2")));
        assert!(matches!(done, Ok(LogInStep::Done(_))));
        assert_eq!(memory.token(), "r2");
        assert!(!memory.is_marked());
        assert_eq!(ask(scheme.begin()).0, "r2");
    }

    #[test]
    fn a_token_that_does_not_rotate_is_kept() {
        let (scheme, memory) = scheme(Some("r1"), None);
        for answer in [None, Some("r1")] {
            let (sent, first) = ask(scheme.clone().begin());
            assert_eq!(sent, "r1");
            (first.then)(response(answer)).map(drop).unwrap();
            assert_eq!(memory.token(), "r1");
        }
    }

    #[test]
    fn saving_that_fails_before_the_exchange_uses_nothing_up() {
        let (scheme, memory) = scheme(Some("r1"), None);
        memory.broken.store(true, Ordering::Relaxed);
        let error = scheme.clone().begin().err().unwrap();
        assert!(
            error.to_string().contains("no refresh token was used up"),
            "{error}"
        );
        memory.broken.store(false, Ordering::Relaxed);
        assert_eq!(ask(scheme.begin()).0, "r1");
    }

    #[test]
    fn saving_that_fails_after_the_exchange_is_made_up_for() {
        let (scheme, memory) = scheme(Some("r1"), None);
        let (_, first) = ask(scheme.clone().begin());
        memory.broken.store(true, Ordering::Relaxed);
        let error = (first.then)(response(Some("r2"))).err().unwrap();
        assert!(error.to_string().contains("fix the store"), "{error}");
        let again = scheme.clone().begin().err().unwrap();
        assert!(again.to_string().contains("fix the store"), "{again}");
        memory.broken.store(false, Ordering::Relaxed);
        let made_up = scheme.clone().begin();
        assert!(matches!(made_up, Ok(LogInStep::Done(_))));
        assert_eq!(memory.token(), "r2");
        assert_eq!(ask(scheme.begin()).0, "r2");
    }

    #[test]
    fn a_crash_before_the_exchange_is_recovered_from() {
        let (first, memory) = scheme(Some("r1"), None);
        drop(first.begin());
        assert!(memory.is_marked());
        let text = memory.text();
        let (second, memory) = scheme(None, Some(&text));
        let (sent, first) = ask(second.begin());
        assert_eq!(sent, "r1");
        (first.then)(response(Some("r2"))).map(drop).unwrap();
        assert_eq!(memory.token(), "r2");
    }

    #[test]
    fn a_crash_after_the_exchange_says_what_to_do() {
        let marked = r#"{"refresh_token":"r1","exchange_began":"2026-06-19T01:30:16Z"}"#;
        let (scheme, memory) = scheme(None, Some(marked));
        let (_, first) = ask(scheme.clone().begin());
        let error = (first.then)(refusal(403, "invalid_grant")).err().unwrap();
        let text = error.to_string();
        assert!(text.contains("began at 2026-06-19T01:30:16Z"), "{text}");
        assert!(
            text.contains("log in again by `OAuth::device_login`"),
            "{text}"
        );
        // It is not sent again, and the log-in of somebody is noticed at once.
        let again = scheme.clone().begin().err().unwrap();
        assert_eq!(again.to_string(), text);
        *memory.text.lock().unwrap() = Some("r7".into());
        assert_eq!(ask(scheme.begin()).0, "r7");
    }

    #[test]
    fn an_ordinary_refusal_leaves_no_word_of_a_crash() {
        let (scheme, memory) = scheme(None, Some("r1"));
        let (_, first) = ask(scheme.begin());
        let error = (first.then)(refusal(403, "invalid_grant")).err().unwrap();
        assert!(
            error.to_string().contains("was used up elsewhere"),
            "{error}"
        );
        assert!(!memory.is_marked());
    }

    #[test]
    fn after_a_lost_answer_the_mark_stays() {
        let (scheme, memory) = scheme(None, Some("r1"));
        let (_, first) = ask(scheme.clone().begin());
        let error = (first.then)(timeout()).err().unwrap();
        assert!(error.is_timeout(), "{error}");
        assert!(memory.is_marked());
        assert_eq!(ask(scheme.begin()).0, "r1");
    }

    #[test]
    fn a_new_seed_replaces_a_store_that_has_died() {
        let (scheme, memory) = scheme(Some("new"), Some("old"));
        let (sent, first) = ask(scheme.clone().begin());
        assert_eq!(sent, "old");
        let (sent, second) = ask((first.then)(refusal(403, "invalid_grant")));
        assert_eq!(sent, "new");
        (second.then)(response(Some("newer"))).map(drop).unwrap();
        assert_eq!(memory.token(), "newer");
        // The seed has been used up: it is not a way out any more.
        let (_, third) = ask(scheme.begin());
        assert!((third.then)(refusal(403, "invalid_grant")).is_err());
    }

    #[test]
    fn a_wrong_client_is_final_and_an_overload_is_not() {
        for (status, code, is_final) in [
            (401, "access_denied", true),
            (403, "unauthorized_client", true),
            (503, "Service Unavailable", false),
        ] {
            let (scheme, _) = scheme(Some("r1"), None);
            let (_, first) = ask(scheme.begin());
            let error = (first.then)(refusal(status, code)).err().unwrap();
            let Error::Auth(error) = error else { panic!() };
            assert_eq!(error.is_final, is_final, "{code}");
        }
    }

    #[test]
    fn one_exchange_at_a_time() {
        let (scheme, _) = scheme(Some("r1"), None);
        let (_, first) = ask(scheme.clone().begin());
        let waiting = std::thread::spawn(move || ask(scheme.begin()).0);
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert!(!waiting.is_finished());
        (first.then)(response(Some("r2"))).map(drop).unwrap();
        assert_eq!(waiting.join().unwrap(), "r2");
    }
}
