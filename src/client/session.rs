//! The only loop there is: authorize, send, ask the retry policy, wait or decode.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::super::transport::Streaming;
use super::super::{maybe_async, transport};
use crate::auth::{self, Begin, Credentials, Token, TokenCell};
use crate::clock::ServiceClock;
use crate::decode::{self, Refusal, Unreadable};
use crate::error::{Error, Result, TransportErrorKind};
use crate::explain::{self, Ended};
use crate::gate::Gate;
use crate::request::Request;
use crate::retry::{self, Attempt, Outcome, RetryPolicy, Verdict};
use crate::settings::{Bases, Settings};
use crate::transport::{Failure, Outgoing, Reply};

/// Connections, token and pace, shared by a client and its clones.
#[derive(Clone)]
pub(crate) struct Session {
    shared: Arc<Shared>,
    retry: RetryPolicy,
    timeout: Duration,
    /// When every call has to be over, if that was said.
    until: Option<Instant>,
}

struct Shared {
    http: transport::Http,
    bases: Bases,
    credentials: Credentials,
    token: TokenCell,
    /// Held by whoever fetches a token.
    renewal: transport::Lock,
    renewing: AtomicBool,
    gate: Gate,
    clock: ServiceClock,
    page_size: u32,
    concurrency: usize,
}

/// How the body of an answer is taken.
#[derive(Clone, Copy)]
enum Body {
    Whole,
    /// A piece at a time; an answer that is no success is taken whole all the same.
    Streamed,
}

/// How a request is authorized.
enum Authorization {
    Session,
    /// Only for requests to the token service.
    Own(HeaderValue),
}

impl Session {
    pub(crate) fn new(settings: &Settings, native: Option<transport::Native>) -> Result<Self> {
        let ready = settings.finish()?;
        let http = match native {
            Some(native) => transport::Http::from_native(native),
            None => transport::Http::new(&ready.http)?,
        };
        Ok(Self {
            shared: Arc::new(Shared {
                http,
                bases: ready.bases,
                credentials: ready.credentials,
                token: TokenCell::default(),
                renewal: transport::Lock::default(),
                renewing: AtomicBool::new(false),
                gate: Gate::new(settings.requests_per_minute, Instant::now()),
                clock: ServiceClock::default(),
                page_size: settings.page_size,
                concurrency: settings.concurrency,
            }),
            retry: settings.retry,
            timeout: settings.timeout,
            until: None,
        })
    }

    /// By the service's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub(crate) fn policy(&self) -> &RetryPolicy {
        &self.retry
    }

    pub(crate) fn page_size(&self) -> u32 {
        self.shared.page_size
    }

    /// The same session, for calls that have to be over in time.
    pub(crate) fn within(&self, time: Duration) -> Self {
        let until = Instant::now().checked_add(time);
        Self {
            until: self.until.into_iter().chain(until).min(),
            ..self.clone()
        }
    }

    pub(crate) fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self {
            retry,
            ..self.clone()
        }
    }

    /// How much time is left, if it is limited.
    pub(crate) fn left(&self) -> Option<Duration> {
        let until = self.until?;
        Some(until.saturating_duration_since(Instant::now()))
    }

    fn ended<'a>(
        &'a self,
        request: &'a Request,
        attempts: u32,
        may_have_been_applied: bool,
    ) -> Ended<'a> {
        Ended {
            request,
            base: self.shared.bases.get(request.host),
            attempts,
            may_have_been_applied,
            renewable: self.shared.credentials.can_renew(),
        }
    }

    pub(crate) fn concurrency(&self) -> usize {
        self.shared.concurrency
    }
}

#[maybe_async]
impl Session {
    /// The value that stands under `key` in the answer.
    pub(crate) async fn fetch<T: DeserializeOwned>(
        &self,
        request: Request,
        key: &str,
    ) -> Result<T> {
        self.call(request, |body| decode::value(body, key)).await
    }

    /// The value under `key`, or nothing where the answer has none.
    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        request: Request,
        key: &str,
    ) -> Result<Option<T>> {
        self.call(request, |body| decode::optional(body, key)).await
    }

    /// The id of what was created, under `inner` in `outer`.
    pub(crate) async fn create<I: From<String>>(
        &self,
        request: Request,
        outer: &'static str,
        inner: &'static str,
    ) -> Result<I> {
        self.call(request, |body| decode::created(body, outer, inner))
            .await
    }

    /// Something is done, and nothing needed from the answer.
    pub(crate) async fn perform(&self, request: Request) -> Result<()> {
        self.call(request, decode::nothing).await
    }

    /// The file that the answer is.
    pub(crate) async fn dump(&self, request: Request) -> Result<Vec<u8>> {
        self.call(request, decode::dump).await
    }

    /// One call: a span, as many attempts as the policy allows, one answer.
    #[tracing::instrument(
        name = "anaplan",
        level = "info",
        skip_all,
        fields(operation = request.operation)
    )]
    pub(crate) async fn call<T>(
        &self,
        request: Request,
        decode: impl Fn(&[u8]) -> Result<T, Unreadable>,
    ) -> Result<T> {
        request.check()?;
        let decode = |reply: &Reply| decode(&reply.body);
        let answer = self
            .exchange(&request, &Authorization::Session, Body::Whole, decode)
            .await;
        if let Err(error) = &answer {
            tracing::debug!(%error, "failed");
        }
        answer.map(|(value, _)| value)
    }

    /// A file, as soon as it begins to come: its first piece, and what brings the others.
    #[tracing::instrument(
        name = "anaplan.stream",
        level = "info",
        skip_all,
        fields(operation = request.operation)
    )]
    pub(crate) async fn open(&self, request: &Request) -> Result<(Bytes, Option<Streaming>)> {
        request.check()?;
        let decode =
            |reply: &Reply| decode::begins_a_dump(&reply.body).map(|()| reply.body.clone());
        self.exchange(request, &Authorization::Session, Body::Streamed, decode)
            .await
    }

    /// What a stream that broke off is as an error.
    pub(crate) fn broken_off(&self, request: &Request, failure: Failure) -> Error {
        self.ended(request, 1, false).failed(failure)
    }

    async fn exchange<T>(
        &self,
        request: &Request,
        authorization: &Authorization,
        body: Body,
        decode: impl Fn(&Reply) -> Result<T, Unreadable>,
    ) -> Result<(T, Option<Streaming>)> {
        let shared = &*self.shared;
        let url = url(&shared.bases.get(request.host).url, request);
        let began = Instant::now();
        let policy = match self.left() {
            Some(left) => self.retry.deadline(self.retry.patience().min(left)),
            None => self.retry,
        };
        let mut attempt = Attempt {
            effect: request.effect,
            number: 0,
            elapsed: Duration::ZERO,
            perhaps_done: false,
            may_renew: matches!(authorization, Authorization::Session)
                && shared.credentials.can_renew(),
        };
        let mut used = None;
        loop {
            let header = match authorization {
                Authorization::Own(header) => header.clone(),
                Authorization::Session => {
                    let token = self.token().await?;
                    let header = token.header.clone();
                    used = Some(token);
                    header
                }
            };
            let patience = policy.patience().saturating_sub(began.elapsed());
            let passed = match self.left() {
                Some(Duration::ZERO) => Err(Failure::new(
                    TransportErrorKind::Deadline,
                    "no time was left to send it",
                )),
                _ => self.pass_gate(patience).await,
            };
            if let Err(failure) = passed {
                let may_have_been_applied = attempt.perhaps_done;
                return Err(self
                    .ended(request, attempt.number, may_have_been_applied)
                    .failed(failure));
            }
            attempt.number += 1;
            let outgoing = Outgoing {
                method: &request.method,
                url: &url,
                authorization: Some(&header),
                body: request.body.as_ref(),
                timeout: self
                    .left()
                    .map_or(self.timeout, |left| left.min(self.timeout)),
            };
            let sent = Instant::now();
            let mut rest = None;
            let received = match body {
                Body::Whole => shared.http.send(&outgoing).await,
                Body::Streamed => {
                    let opened = shared.http.stream(&outgoing).await;
                    opened.map(|(reply, streaming)| {
                        rest = streaming;
                        reply
                    })
                }
            };
            attempt.elapsed = began.elapsed();
            if let Ok(reply) = &received {
                shared.clock.note(reply);
            }
            let answer = Answer::of(received, &decode);
            let outcome = answer.outcome();
            tracing::debug!(
                attempt = attempt.number,
                method = %request.method,
                path = request.path,
                outcome = %outcome,
                elapsed_ms = u64::try_from(sent.elapsed().as_millis()).unwrap_or(u64::MAX),
                "attempt"
            );
            match outcome {
                Outcome::Answer {
                    status: 429,
                    retry_after,
                    ..
                } => {
                    let pause = retry_after.unwrap_or(retry::RATE_LIMIT_WAIT);
                    shared.gate.close(Instant::now(), policy.capped(pause));
                }
                Outcome::Answer { .. } => shared.gate.ease(Instant::now()),
                _ => {}
            }
            let verdict = retry::decide(&policy, attempt, outcome, fastrand::f64());
            match verdict {
                Verdict::Renew => {
                    attempt.may_renew = false;
                    if let Some(token) = &used {
                        shared.token.forget(token);
                    }
                }
                Verdict::SendAgain {
                    after,
                    perhaps_done,
                } => {
                    attempt.perhaps_done = perhaps_done;
                    tracing::debug!(
                        after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
                        "waiting"
                    );
                    transport::sleep(after).await;
                }
                Verdict::Accept | Verdict::Gone | Verdict::Stop { .. } => {
                    let stopped = Verdict::Stop {
                        may_have_been_applied: true,
                    };
                    let ended = self.ended(request, attempt.number, verdict == stopped);
                    if verdict == Verdict::Gone {
                        // What the first attempt deleted, the second does not find.
                        let done = Reply::empty();
                        let done = decode(&done).map_err(|error| ended.unreadable(error, &done));
                        return done.map(|value| (value, None));
                    }
                    return answer.finish(&ended).map(|value| (value, rest));
                }
            }
        }
    }

    /// Waits for one's turn, if the pace is held down.
    async fn pass_gate(&self, patience: Duration) -> Result<(), Failure> {
        let gate = &self.shared.gate;
        let began = Instant::now();
        let Some(turn) = gate.enter(began) else {
            return Ok(());
        };
        while let Some(wait) = gate.wait(turn, Instant::now()) {
            if began.elapsed().saturating_add(wait) > patience {
                return Err(Failure::new(
                    TransportErrorKind::Deadline,
                    "the service, or the limit that was set, holds calls back for longer than that",
                ));
            }
            transport::sleep(wait).await;
        }
        Ok(())
    }

    /// The token at hand, or a new one; renewal before its end goes on beside the calls.
    async fn token(&self) -> Result<Token> {
        let now = Instant::now();
        let held = self.shared.token.get()?;
        match held {
            Some(token) if !token.is_due(now) => Ok(token),
            Some(token) if token.is_good(now) => {
                self.renew_beside();
                Ok(token)
            }
            _ => self.renewed(&held).await,
        }
    }

    fn renew_beside(&self) {
        let Some(turn) = Renewal::begin(&self.shared) else {
            return;
        };
        let session = self.clone();
        transport::spawn(move || async move {
            let _turn = turn;
            let held = session.shared.token.get();
            let Ok(held) = held else { return };
            let renewed = session.renewed(&held).await;
            if let Err(error) = renewed {
                tracing::warn!(%error, "the token was not renewed; calls go on with the old one");
                // Not at once again: every call that passes would ask.
                transport::sleep(Duration::from_secs(5)).await;
            }
        });
    }

    /// Another token than `stale`: whoever comes first fetches it, the others wait for it.
    async fn renewed(&self, stale: &Option<Token>) -> Result<Token> {
        let shared = &*self.shared;
        let _turn = shared.renewal.lock().await;
        let held = shared.token.get()?;
        if let Some(token) = held {
            let replaced = stale.as_ref().is_none_or(|stale| !stale.is(&token));
            if replaced && token.is_good(Instant::now()) {
                return Ok(token);
            }
        }
        let fetched = self.authenticate().await;
        match fetched {
            Ok(token) => {
                shared.token.put(token.clone());
                Ok(token)
            }
            Err(error) => {
                if let Error::Auth(refused) = &error
                    && refused.is_final()
                {
                    shared.token.refuse(refused);
                }
                Err(error)
            }
        }
    }

    /// Boxed: a call asks for a token, and asking for one is a call.
    fn authenticate(&self) -> std::pin::Pin<Box<dyn Future<Output = Result<Token>> + Send + '_>> {
        Box::pin(async move {
            match self.shared.credentials.begin()? {
                Begin::Have(token) => Ok(token),
                Begin::Ask(request, header) => {
                    let authorization = Authorization::Own(header);
                    let answer = self
                        .exchange(&request, &authorization, Body::Whole, auth::read_token)
                        .await;
                    answer.map(|(token, _)| token).map_err(auth::failure)
                }
            }
        })
    }
}

/// The turn of the one renewal that goes on beside the calls.
struct Renewal(Arc<Shared>);

impl Renewal {
    fn begin(shared: &Arc<Shared>) -> Option<Self> {
        let under_way = shared.renewing.swap(true, Ordering::AcqRel);
        (!under_way).then(|| Self(shared.clone()))
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.renewing.store(false, Ordering::Release);
    }
}

/// A reply and what it decodes to, or what prevented it.
enum Answer<T> {
    Value(T),
    Unreadable(Unreadable, Reply),
    Refused(Refusal, Reply),
    Failed(Failure),
}

impl<T> Answer<T> {
    fn of(
        received: Result<Reply, Failure>,
        decode: impl Fn(&Reply) -> Result<T, Unreadable>,
    ) -> Self {
        match received {
            Err(failure) => Self::Failed(failure),
            Ok(reply) if !reply.is_success() => Self::Refused(Refusal::read(&reply.body), reply),
            Ok(reply) => match decode(&reply) {
                Ok(value) => Self::Value(value),
                Err(unreadable) => Self::Unreadable(unreadable, reply),
            },
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Value(_) => Outcome::Answer {
                status: 200,
                retry_after: None,
                permanent: false,
            },
            Self::Unreadable(unreadable, _) if unreadable.garbled => Outcome::Garbled,
            Self::Unreadable(..) => Outcome::Unexpected,
            Self::Refused(refusal, reply) => Outcome::Answer {
                status: reply.status,
                retry_after: reply.header(RETRY_AFTER).and_then(explain::retry_after),
                permanent: refusal.html && reply.status == 404
                    || retry::is_permanent(&refusal.message),
            },
            Self::Failed(failure) => Outcome::Failed(failure.kind),
        }
    }

    fn finish(self, ended: &Ended<'_>) -> Result<T> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Unreadable(unreadable, reply) => Err(ended.unreadable(unreadable, &reply)),
            Self::Refused(refusal, reply) => Err(ended.refused(refusal, &reply)),
            Self::Failed(failure) => Err(ended.failed(failure)),
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
