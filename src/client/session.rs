//! Sends requests: authorize, send, ask the retry policy, wait or decode.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, Method};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::super::token_source::SharedTokenSource;
use super::super::transport::BodyStream;
use super::super::{maybe_async, transport};
use crate::auth::{self, CachedToken, Credentials, LogInRequest, LogInStep, Token, TokenCache};
use crate::error::{Error, Result, TransportErrorKind};
use crate::http::base_url::BaseUrls;
use crate::http::error_context::{self, CallContext};
use crate::http::rate_limit::RateLimiter;
use crate::http::request::{Host, Request, Safety};
use crate::http::response::{self, Refusal, Undecodable};
use crate::http::retry::{
    self, Attempt, AttemptOutcome, Decision, RetryPolicy, says_not_authorized,
};
use crate::http::service_clock::ServiceClock;
use crate::http::{Failure, OutgoingRequest, Reply};
use crate::lock::unpoisoned;
use crate::models::User;
use crate::operations;
use crate::runs::Caller;
use crate::settings::Settings;

/// What sends every request. How one call is bounded is its own; the rest is shared by a client and its
/// clones.
#[derive(Clone)]
pub(crate) struct Session {
    shared: Arc<Shared>,
    retry: RetryPolicy,
    timeout: Duration,
    page_size: u32,
    /// The deadline of `Client::within`.
    deadline: Option<Instant>,
}

/// Connections, token and rate limit, shared by a client and its clones.
struct Shared {
    http: transport::Http,
    bases: BaseUrls,
    token_origin: TokenOrigin,
    token: TokenCache,
    /// Held while a token is fetched.
    renewal: transport::Lock,
    /// Whether a renewal goes on beside the calls.
    renewing: AtomicBool,
    rate_limit: RateLimiter,
    clock: ServiceClock,
    /// Who is calling, once that was asked for.
    caller: Mutex<Option<Caller>>,
    /// The retry policy of token requests. It does not depend on a call, since all share the token.
    retry: RetryPolicy,
    timeout: Duration,
    model_timeout: Duration,
    model_page_size: u32,
    concurrency: usize,
    /// The setting by which the client only reads, if it does.
    read_only: Option<&'static str>,
}

/// How the body of an answer is taken.
#[derive(Clone, Copy)]
enum BodyHandling {
    Buffered,
    /// A piece at a time. An answer that is not a success is still read whole.
    Streamed,
}

/// How many items a list asks for at once: what CloudWorks gives at most, and the Integration API.
const PAGE_SIZE: u32 = 250;
const MODEL_PAGE_SIZE: u32 = 5000;

/// How long a call waits for another token where the old one has ended, but may still be taken.
const RENEWAL_WAIT: Duration = Duration::from_secs(10);

const NOT_RENEWED: &str = "the token was not renewed; calls go on with the old one";

/// How a request is authorized.
enum Authorization {
    Session,
    /// Only for requests to the token service and to the OAuth service.
    Own(Option<HeaderValue>),
}

/// Where tokens come from.
pub(crate) enum TokenOrigin {
    Credentials(Credentials),
    Source(SharedTokenSource),
    /// Only for requests that bring an authorization of their own.
    #[cfg(feature = "oauth")]
    None,
}

impl TokenOrigin {
    fn can_renew(&self) -> bool {
        match self {
            Self::Credentials(credentials) => credentials.can_renew(),
            Self::Source(_) => true,
            #[cfg(feature = "oauth")]
            Self::None => false,
        }
    }
}

impl Session {
    pub(crate) fn new(
        settings: &Settings,
        native: Option<transport::NativeClient>,
        token_origin: TokenOrigin,
    ) -> Result<Self> {
        if let TokenOrigin::Credentials(credentials) = &token_origin {
            credentials.check()?;
        }
        let ready = settings.finish()?;
        let http = match native {
            Some(native) => transport::Http::from_native(native),
            None => transport::Http::new(&ready.http)?,
        };
        Ok(Self {
            shared: Arc::new(Shared {
                http,
                bases: ready.bases,
                token_origin,
                token: TokenCache::default(),
                renewal: transport::Lock::default(),
                renewing: AtomicBool::new(false),
                rate_limit: RateLimiter::new(settings.requests_per_minute, Instant::now()),
                clock: ServiceClock::default(),
                caller: Mutex::default(),
                retry: settings.retry,
                timeout: settings.timeout,
                model_timeout: settings.model_timeout.max(settings.timeout),
                model_page_size: settings.page_size.unwrap_or(MODEL_PAGE_SIZE),
                concurrency: settings.concurrency,
                read_only: settings.read_only.setting(),
            }),
            retry: settings.retry,
            timeout: settings.timeout,
            page_size: settings.page_size.unwrap_or(PAGE_SIZE),
            deadline: None,
        })
    }

    /// By the service's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// When that was, by the service's clock as far as it is known by now.
    pub(crate) fn time_of(&self, moment: Instant) -> Timestamp {
        let now = self.now();
        now.saturating_sub(moment.elapsed()).unwrap_or(now)
    }

    /// The same session, for what has to be over in the time of one call.
    pub(crate) fn within_policy(&self) -> Self {
        self.within(self.retry.total_time())
    }

    #[cfg(feature = "oauth")]
    pub(crate) fn base_url(&self, host: Host) -> &str {
        &self.shared.bases.get(host).url
    }

    /// # Errors
    /// [`Error::ReadOnly`] for an operation that is not safe, when the client only reads. What reads
    /// before it writes asks for this first.
    pub(crate) fn check_may_write(&self, operation: &'static str) -> Result<()> {
        match self.shared.read_only {
            Some(setting) => Err(Error::ReadOnly { operation, setting }),
            None => Ok(()),
        }
    }

    fn check(&self, request: &Request) -> Result<()> {
        request.check()?;
        match request.safety {
            Safety::Safe => Ok(()),
            _ => self.check_may_write(request.operation),
        }
    }

    pub(crate) fn policy(&self) -> &RetryPolicy {
        &self.retry
    }

    pub(crate) fn page_size(&self) -> u32 {
        self.page_size
    }

    /// The same session, for lists of the Integration API. A model that nobody uses is loaded
    /// before it answers, which takes minutes.
    pub(crate) fn for_models(&self) -> Self {
        Self {
            timeout: self.shared.model_timeout,
            page_size: self.shared.model_page_size,
            ..self.clone()
        }
    }

    /// The same session, for calls that have to be over in time.
    pub(crate) fn within(&self, time: Duration) -> Self {
        let deadline = Instant::now().checked_add(time);
        Self {
            deadline: self.deadline.into_iter().chain(deadline).min(),
            ..self.clone()
        }
    }

    pub(crate) fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self {
            retry,
            ..self.clone()
        }
    }

    /// The same session, for what all calls need.
    fn for_all(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            retry: self.shared.retry,
            timeout: self.shared.timeout,
            page_size: self.page_size,
            deadline: None,
        }
    }

    /// How much time is left, if it is limited.
    pub(crate) fn left(&self) -> Option<Duration> {
        let deadline = self.deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    /// How much time there is from `began` on, if it is limited.
    pub(crate) fn left_since(&self, began: Instant) -> Option<Duration> {
        Some(self.deadline?.saturating_duration_since(began))
    }

    fn context<'a>(
        &'a self,
        request: &'a Request,
        authorization: Option<&'a HeaderValue>,
        attempts: u32,
        may_have_been_applied: bool,
    ) -> CallContext<'a> {
        CallContext {
            request,
            authorization,
            base: self.shared.bases.get(request.host),
            attempts,
            may_have_been_applied,
            renewable: self.shared.token_origin.can_renew(),
        }
    }

    pub(crate) fn concurrency(&self) -> usize {
        self.shared.concurrency
    }
}

/// How long it may take to learn who is calling.
const CALLER_TIMEOUT: Duration = Duration::from_secs(5);

#[maybe_async]
impl Session {
    /// Who is calling; `None` when that could not be learned. It is asked for once.
    pub(crate) async fn caller(&self) -> Option<Caller> {
        let known = unpoisoned(self.shared.caller.lock()).clone();
        if known.is_some() {
            return known;
        }
        let session = self.with_retry(RetryPolicy::none()).within(CALLER_TIMEOUT);
        let request = operations::current_user();
        let user: Result<User> = session.fetch(request, "user").await;
        let caller = user.ok().as_ref().and_then(Caller::of);
        unpoisoned(self.shared.caller.lock()).clone_from(&caller);
        caller
    }

    /// The value that stands under `key` in the answer.
    pub(crate) async fn fetch<T: DeserializeOwned>(
        &self,
        request: Request,
        key: &str,
    ) -> Result<T> {
        self.call(request, |body| response::value(body, key)).await
    }

    /// The value under `key`, or nothing where the answer has none.
    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        request: Request,
        key: &str,
    ) -> Result<Option<T>> {
        self.call(request, |body| response::optional(body, key))
            .await
    }

    /// The id of what was created, under `inner` in `outer`.
    pub(crate) async fn create<I: From<String>>(
        &self,
        request: Request,
        outer: &'static str,
        inner: &'static str,
    ) -> Result<I> {
        self.call(request, |body| response::created(body, outer, inner))
            .await
    }

    /// Something is done, and nothing needed from the answer.
    pub(crate) async fn perform(&self, request: Request) -> Result<()> {
        self.call(request, response::nothing).await
    }

    /// The file that the answer is.
    pub(crate) async fn dump(&self, request: Request) -> Result<Vec<u8>> {
        self.call(request, response::dump).await
    }

    /// One call: a span, as many attempts as the policy allows, one answer.
    #[tracing::instrument(
        target = "anaplan_sdk",
        name = "anaplan",
        level = "info",
        skip_all,
        fields(operation = request.operation)
    )]
    pub(crate) async fn call<T>(
        &self,
        request: Request,
        decode: impl Fn(&[u8]) -> Result<T, Undecodable>,
    ) -> Result<T> {
        self.check(&request)?;
        let decode = |reply: &Reply| decode(&reply.body);
        let answer = self
            .exchange(&request, &Authorization::Session, decode)
            .await;
        log_failure(&request, answer)
    }

    /// A file, as soon as it begins to come: its first piece, and what brings the others.
    #[tracing::instrument(
        target = "anaplan_sdk",
        name = "anaplan.stream",
        level = "info",
        skip_all,
        fields(operation = request.operation)
    )]
    pub(crate) async fn open(&self, request: &Request) -> Result<(Bytes, Option<BodyStream>)> {
        self.check(request)?;
        let decode =
            |reply: &Reply| response::begins_a_dump(&reply.body).map(|()| reply.body.clone());
        let opened = self
            .attempts(
                request,
                &Authorization::Session,
                BodyHandling::Streamed,
                decode,
            )
            .await;
        log_failure(request, opened)
    }

    /// What a stream that broke off is as an error.
    pub(crate) fn broken_off(&self, request: &Request, failure: Failure) -> Error {
        self.context(request, None, 1, false).failed(failure)
    }

    /// A request for a token, or about one: a span of its own within that of the call that needs it.
    #[tracing::instrument(
        target = "anaplan_sdk",
        name = "anaplan.token",
        level = "info",
        skip_all,
        fields(operation = request.operation)
    )]
    async fn exchange_for_token<T>(
        &self,
        request: &Request,
        authorization: &Authorization,
        decode: impl Fn(&Reply) -> Result<T, Undecodable>,
    ) -> Result<T> {
        self.exchange(request, authorization, decode).await
    }

    async fn exchange<T>(
        &self,
        request: &Request,
        authorization: &Authorization,
        decode: impl Fn(&Reply) -> Result<T, Undecodable>,
    ) -> Result<T> {
        let answer = self
            .attempts(request, authorization, BodyHandling::Buffered, decode)
            .await;
        answer.map(|(value, _)| value)
    }

    /// The loop: one request, as often as it may be and has to be sent. Its stages: authorize, wait
    /// for permission, send, learn from the answer, decide.
    async fn attempts<T>(
        &self,
        request: &Request,
        authorization: &Authorization,
        body_handling: BodyHandling,
        decode: impl Fn(&Reply) -> Result<T, Undecodable>,
    ) -> Result<(T, Option<BodyStream>)> {
        let mut call = Call::new(self, request, authorization);
        loop {
            let token = self.authorize(&call).await?;
            self.wait_for_permission(&call).await?;
            call.attempt.number += 1;
            let header = match (authorization, &token) {
                (Authorization::Own(header), _) => header.clone(),
                (Authorization::Session, token) => token.as_ref().map(|token| token.header.clone()),
            };
            let (received, rest) = self.send(&mut call, header.as_ref(), body_handling).await?;
            let answer = Answer::of(received, &decode);
            let outcome = answer.outcome(request.safety);
            self.record_attempt(&call, outcome);
            call.attempt.token_is_old = token
                .as_ref()
                .is_some_and(|token| token.is_old(Instant::now()));
            let mut verdict = retry::decide(&call.policy, call.attempt, outcome, fastrand::f64());
            if verdict == Decision::TryToRenew {
                call.attempt.may_renew = false;
                if self.try_to_renew(token.as_ref()).await {
                    continue;
                }
                verdict = retry::decide(&call.policy, call.attempt, outcome, fastrand::f64());
            }
            match verdict {
                Decision::Renew => {
                    call.attempt.may_renew = false;
                    if let Some(token) = &token {
                        self.shared.token.forget(token);
                    }
                }
                Decision::SendAgain {
                    after,
                    may_have_been_applied,
                } => {
                    call.attempt.may_have_been_applied = may_have_been_applied;
                    tracing::debug!(
                        name: "anaplan.wait",
                        target: "anaplan_sdk",
                        operation = request.operation,
                        after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
                        "waiting"
                    );
                    transport::sleep(after).await;
                }
                Decision::AlreadyDeleted => {
                    let context =
                        self.context(request, header.as_ref(), call.attempt.number, false);
                    // What the first attempt deleted, the second does not find.
                    let done = Reply::empty();
                    let done = decode(&done).map_err(|error| context.undecodable(error, &done));
                    return done.map(|value| (value, None));
                }
                Decision::Accept | Decision::Stop { .. } | Decision::TryToRenew => {
                    let may_have_been_applied = verdict
                        == Decision::Stop {
                            may_have_been_applied: true,
                        };
                    let context = self.context(
                        request,
                        header.as_ref(),
                        call.attempt.number,
                        may_have_been_applied,
                    );
                    return answer.finish(&context).map(|value| (value, rest));
                }
            }
        }
    }

    /// The session's token, where the request has no authorization of its own.
    async fn authorize(&self, call: &Call<'_>) -> Result<Option<Token>> {
        match call.authorization {
            Authorization::Own(_) => Ok(None),
            Authorization::Session => {
                let token = self.token(call.request).await;
                let token = token.map_err(|error| error.after(call.attempt.may_have_been_applied));
                token.map(Some)
            }
        }
    }

    /// Waits until the rate limit lets the request pass, if there is time for that.
    async fn wait_for_permission(&self, call: &Call<'_>) -> Result<()> {
        if call.request.is_device_poll {
            return Ok(());
        }
        let time_left = call
            .policy
            .total_time()
            .saturating_sub(call.began.elapsed());
        let passed = match self.left() {
            Some(Duration::ZERO) => Err(Failure::new(
                TransportErrorKind::Deadline,
                "no time was left to send it",
            )),
            _ => self.wait_for_turn(time_left).await,
        };
        passed.map_err(|failure| {
            let Attempt {
                number,
                may_have_been_applied,
                ..
            } = call.attempt;
            self.context(call.request, None, number, may_have_been_applied)
                .failed(failure)
        })
    }

    /// Sends one attempt.
    async fn send(
        &self,
        call: &mut Call<'_>,
        header: Option<&HeaderValue>,
        body_handling: BodyHandling,
    ) -> Result<(Result<Reply, Failure>, Option<BodyStream>)> {
        let request = call.request;
        let body = match &request.body_factory {
            Some(make) => Some(make()?),
            None => request.body.clone(),
        };
        let outgoing = OutgoingRequest {
            method: &request.method,
            url: &call.url,
            authorization: header,
            headers: &request.headers,
            body: body.as_ref(),
            timeout: self
                .left()
                .map_or(self.timeout, |left| left.min(self.timeout)),
        };
        let sent = Instant::now();
        let http = &self.shared.http;
        let (received, rest) = match body_handling {
            BodyHandling::Buffered => (http.send(&outgoing).await, None),
            BodyHandling::Streamed => match http.stream(&outgoing).await {
                Ok((reply, rest)) => (Ok(reply), rest),
                Err(failure) => (Err(failure), None),
            },
        };
        call.attempt_ms = u64::try_from(sent.elapsed().as_millis()).unwrap_or(u64::MAX);
        call.attempt.elapsed = call.began.elapsed();
        call.status = received.as_ref().ok().map(|reply| reply.status);
        if let Ok(reply) = &received {
            self.shared.clock.note(reply);
        }
        Ok((received, rest))
    }

    /// Waits for one's turn, where a limit was set or the service asked for a pause.
    async fn wait_for_turn(&self, time_left: Duration) -> Result<(), Failure> {
        let began = Instant::now();
        // Given back when this call is dropped, or out of time.
        let Some(place) = self.shared.rate_limit.enter(began) else {
            return Ok(());
        };
        while let Some(wait) = place.wait(Instant::now()) {
            let left = time_left.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(Failure::new(
                    TransportErrorKind::Deadline,
                    "the service, or the limit that was set, holds calls back for longer than that",
                ));
            }
            transport::sleep(wait.min(left)).await;
        }
        Ok(())
    }

    /// The current token, or a new one. A renewal before its end runs in the background.
    async fn token(&self, request: &Request) -> Result<Token> {
        let at_hand = self.shared.token.at_hand(Instant::now())?;
        match at_hand {
            CachedToken::Valid(token) => Ok(token),
            CachedToken::DueForRenewal(token) => {
                self.renew_in_background(token.clone());
                Ok(token)
            }
            CachedToken::Expired(token) => {
                let time_left = Some(self.renewal_wait());
                let renewed = self.renewed(Some(&token), true, time_left).await;
                match renewed {
                    Some(Ok(token)) => Ok(token),
                    // The caller has to know that the credentials are wrong.
                    Some(Err(Error::Auth(refusal))) if refusal.is_final => Err((*refusal).into()),
                    // The service may still accept the old token. If not, it answers 401.
                    Some(Err(error)) => {
                        tracing::warn!(%error, "{NOT_RENEWED}");
                        Ok(token)
                    }
                    None => {
                        self.shared.token.note_slow_renewal();
                        Ok(token)
                    }
                }
            }
            CachedToken::Missing => {
                let renewed = self.renewed(None, true, self.left()).await;
                renewed.unwrap_or_else(|| {
                    let failure = Failure::new(
                        TransportErrorKind::Deadline,
                        "the token could not be waited for any longer",
                    );
                    Err(self.context(request, None, 0, false).failed(failure))
                })
            }
        }
    }

    /// Whether there is another token than this one now. Where there is not, this one goes on being
    /// used: it was refused by a word that has other meanings.
    async fn try_to_renew(&self, stale: Option<&Token>) -> bool {
        let renewed = self.renewed(stale, true, Some(self.renewal_wait())).await;
        if let Some(Err(error)) = &renewed {
            tracing::warn!(%error, "{NOT_RENEWED}");
        }
        matches!(renewed, Some(Ok(_)))
    }

    fn renewal_wait(&self) -> Duration {
        self.left()
            .map_or(RENEWAL_WAIT, |left| RENEWAL_WAIT.min(left / 2))
    }

    fn renew_in_background(&self, stale: Token) {
        let Some(turn) = RenewalTurn::begin(&self.shared) else {
            return;
        };
        let session = self.for_all();
        transport::spawn(move || async move {
            let _turn = turn;
            let renewed = session.renewed(Some(&stale), false, None).await;
            if let Some(Err(error)) = renewed {
                tracing::warn!(%error, "{NOT_RENEWED}");
            }
        });
    }

    /// Another token than `stale`: the first caller fetches it, the others wait for it. Nothing
    /// when that takes longer than `time_left`. Where no call needs it, a token that was ended
    /// meanwhile is not replaced.
    ///
    /// It goes on when the caller that began it is dropped: others wait for it, and what it
    /// brings may be had only once.
    async fn renewed(
        &self,
        stale: Option<&Token>,
        is_needed: bool,
        time_left: Option<Duration>,
    ) -> Option<Result<Token>> {
        let session = self.for_all();
        let failures = self.shared.token.failures();
        let stale = stale.cloned();
        transport::run_detached(time_left, move || async move {
            let cell = &session.shared.token;
            let _turn = session.shared.renewal.lock().await;
            match (cell.token(), stale) {
                (Some(token), None) => return Ok(token),
                (Some(token), Some(stale)) if !stale.is_same_as(&token) => return Ok(token),
                // It was ended, on purpose or by a refusal.
                (None, Some(stale)) if !is_needed => return Ok(stale),
                _ => {}
            }
            if let Some(refusal) = cell.refusal() {
                return Err(refusal.into());
            }
            // A caller that waited for a failed request does not send another.
            if let Some(error) = cell.failure_after(failures) {
                return Err(error.into());
            }
            let fetched = session.authenticate().await;
            match fetched {
                Ok(token) => {
                    cell.put(token.clone());
                    Ok(token)
                }
                Err(error) => {
                    let error = auth::into_auth_error(error);
                    cell.fail(&error, Instant::now());
                    Err(error.into())
                }
            }
        })
        .await
    }

    /// Boxed: a call asks for a token, and asking for one is a call.
    fn authenticate(&self) -> std::pin::Pin<Box<dyn Future<Output = Result<Token>> + Send + '_>> {
        Box::pin(async move {
            match &self.shared.token_origin {
                TokenOrigin::Credentials(credentials) => {
                    let credentials = credentials.clone();
                    let step = transport::run_blocking(move || credentials.begin()).await?;
                    self.follow(step).await
                }
                TokenOrigin::Source(source) => {
                    let fetched = source.fetch().await;
                    fetched.map_err(auth::source_error)?.into_token()
                }
                #[cfg(feature = "oauth")]
                TokenOrigin::None => Err(Error::config("this client has no credentials")),
            }
        })
    }

    /// Carries out the steps of a log-in.
    pub(crate) async fn follow<T: Send + 'static>(&self, first: LogInStep<T>) -> Result<T> {
        let mut step = first;
        loop {
            let ask = match step {
                LogInStep::Done(value) => return Ok(value),
                LogInStep::Send(ask) => ask,
            };
            if !ask.after.is_zero() {
                transport::sleep(ask.after).await;
            }
            let LogInRequest {
                request,
                authorization,
                read,
                then,
                ..
            } = *ask;
            let authorization = Authorization::Own(authorization);
            let granted = self
                .exchange_for_token(&request, &authorization, move |reply| read(reply))
                .await;
            step = transport::run_blocking(move || then(granted)).await?;
        }
    }

    /// Ends the token, if there is one: the next call asks for another.
    pub(crate) async fn log_out(&self) -> Result<()> {
        let shared = &*self.shared;
        let _turn = shared.renewal.lock().await;
        let token = match shared.token.token() {
            Some(token) => token,
            None if self.shared.token_origin.can_renew() => return Ok(()),
            None => self.authenticate().await?,
        };
        if token.ends_by_request {
            let request = Request::post("log_out", ["token", "logout"])
                .at(Host::Auth)
                .safety(Safety::Idempotent);
            let authorization = Authorization::Own(Some(token.header.clone()));
            let ended = self
                .exchange_for_token(&request, &authorization, |reply| {
                    response::nothing(&reply.body)
                })
                .await;
            if let Err(error) = ended
                // It had ended before.
                && error.status() != Some(401)
            {
                return Err(error);
            }
        }
        shared.token.forget(&token);
        Ok(())
    }

    /// The same, to its end also when the caller is dropped: what it brings may be had only once.
    #[cfg(feature = "oauth")]
    pub(crate) async fn follow_to_the_end<T: Send + 'static>(
        &self,
        first: LogInStep<T>,
    ) -> Result<T> {
        let session = self.clone();
        let work = move || async move { session.follow(first).await };
        let followed = transport::run_detached(None, work).await;
        followed.expect("it takes as long as it takes")
    }

    /// A request that is authorized by a header of its own, or by none.
    #[cfg(feature = "oauth")]
    pub(crate) async fn ask<T>(
        &self,
        request: &Request,
        authorization: Option<HeaderValue>,
        decode: impl Fn(&Reply) -> Result<T, Undecodable>,
    ) -> Result<T> {
        let authorization = Authorization::Own(authorization);
        self.exchange_for_token(request, &authorization, decode)
            .await
    }
}

/// The end of a call, with an event if it failed.
fn log_failure<T>(request: &Request, answer: Result<T>) -> Result<T> {
    if let Err(error) = &answer {
        tracing::debug!(
            name: "anaplan.failed",
            target: "anaplan_sdk",
            operation = request.operation,
            %error,
            "failed"
        );
    }
    answer
}

/// The state of a call over its attempts.
struct Call<'a> {
    request: &'a Request,
    authorization: &'a Authorization,
    url: String,
    began: Instant,
    policy: RetryPolicy,
    attempt: Attempt,
    /// How long the latest attempt took.
    attempt_ms: u64,
    /// The HTTP status of the latest attempt, if an answer came.
    status: Option<u16>,
}

impl<'a> Call<'a> {
    fn new(session: &Session, request: &'a Request, authorization: &'a Authorization) -> Self {
        let shared = &*session.shared;
        Self {
            request,
            authorization,
            url: url(&shared.bases.get(request.host).url, request),
            began: Instant::now(),
            policy: match session.left() {
                _ if request.is_device_poll => RetryPolicy::none(),
                Some(left) => session.retry.deadline(session.retry.total_time().min(left)),
                None => session.retry,
            },
            attempt: Attempt {
                safety: request.safety,
                deletes: request.method == Method::DELETE,
                number: 0,
                elapsed: Duration::ZERO,
                may_have_been_applied: false,
                may_renew: matches!(authorization, Authorization::Session)
                    && shared.token_origin.can_renew(),
                token_is_old: false,
            },
            attempt_ms: 0,
            status: None,
        }
    }
}

impl Session {
    /// Updates the rate limit, and emits the event of the attempt.
    fn record_attempt(&self, call: &Call<'_>, outcome: AttemptOutcome) {
        let request = call.request;
        tracing::debug!(
            name: "anaplan.attempt",
            target: "anaplan_sdk",
            operation = request.operation,
            attempt = call.attempt.number,
            method = request.method.as_str(),
            path = request.path,
            status = call.status,
            outcome = outcome.word(),
            elapsed_ms = call.attempt_ms,
            "attempt"
        );
        let rate_limit = &self.shared.rate_limit;
        match outcome {
            _ if request.is_device_poll => {}
            AttemptOutcome::Answer {
                status: 429,
                retry_after,
                ..
            } => rate_limit.pause(
                Instant::now(),
                retry_after.unwrap_or(retry::RATE_LIMIT_WAIT),
            ),
            AttemptOutcome::Answer { .. } if rate_limit.is_limiting() => {
                rate_limit.answered(Instant::now());
            }
            _ => {}
        }
    }
}

/// Held by the one renewal in the background.
struct RenewalTurn(Arc<Shared>);

impl RenewalTurn {
    fn begin(shared: &Arc<Shared>) -> Option<Self> {
        let under_way = shared.renewing.swap(true, Ordering::AcqRel);
        (!under_way).then(|| Self(shared.clone()))
    }
}

impl Drop for RenewalTurn {
    fn drop(&mut self) {
        self.0.renewing.store(false, Ordering::Release);
    }
}

/// A reply and what it decodes to, or what prevented it.
enum Answer<T> {
    Value(T),
    Undecodable(Undecodable, Reply),
    /// With the status of the refusal: that of HTTP, or the one that the body of a success names,
    /// if it names one.
    Refused(Refusal, Option<u16>, Reply),
    Failed(Failure),
}

impl<T> Answer<T> {
    fn of(
        received: Result<Reply, Failure>,
        decode: impl Fn(&Reply) -> Result<T, Undecodable>,
    ) -> Self {
        match received {
            Err(failure) => Self::Failed(failure),
            Ok(reply) if !reply.is_success() => {
                Self::Refused(Refusal::read(&reply.body), Some(reply.status), reply)
            }
            Ok(reply) => match decode(&reply) {
                Ok(value) => Self::Value(value),
                Err(Undecodable {
                    failure: Some(failure),
                    ..
                }) => Self::Refused(failure.refusal, failure.status, reply),
                Err(undecodable) => Self::Undecodable(undecodable, reply),
            },
        }
    }

    fn outcome(&self, safety: Safety) -> AttemptOutcome {
        match self {
            Self::Value(_) => AttemptOutcome::Answer {
                status: 200,
                retry_after: None,
                permanent: false,
                not_authorized: false,
            },
            Self::Undecodable(undecodable, _) if undecodable.garbled => AttemptOutcome::Garbled,
            Self::Undecodable(..) => AttemptOutcome::Unexpected,
            // It says that it failed, and nothing else: it may have been done, and would fail again.
            Self::Refused(_, None, _) => AttemptOutcome::Unexpected,
            // As an HTTP status, these two say that the request was not processed. In the body of a
            // success they do not, so that what would be done twice is not sent again.
            Self::Refused(_, Some(401 | 429), reply)
                if reply.is_success() && safety == Safety::NotIdempotent =>
            {
                AttemptOutcome::Unexpected
            }
            Self::Refused(refusal, Some(status), reply) => AttemptOutcome::Answer {
                status: *status,
                retry_after: error_context::retry_after(reply),
                permanent: refusal.html && *status == 404 || retry::is_permanent(&refusal.message),
                // In the body of a success it does not say that nothing was done.
                not_authorized: *status == 403
                    && !refusal.html
                    && !(reply.is_success() && safety == Safety::NotIdempotent)
                    && says_not_authorized(&refusal.message),
            },
            Self::Failed(failure) => AttemptOutcome::Failed(failure.kind),
        }
    }

    fn finish(self, context: &CallContext<'_>) -> Result<T> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Undecodable(undecodable, reply) => Err(context.undecodable(undecodable, &reply)),
            Self::Refused(refusal, status, reply) => {
                let status = status.unwrap_or(reply.status);
                Err(context.refused(refusal, status, &reply))
            }
            Self::Failed(failure) => Err(context.failed(failure)),
        }
    }
}

fn url(base: &str, request: &Request) -> String {
    let mut url = String::with_capacity(base.len() + request.path.len() + request.query.len() + 2);
    url.push_str(base);
    url.push('/');
    url.push_str(&request.path);
    if !request.query.is_empty() {
        url.push('?');
        url.push_str(&request.query);
    }
    url
}
