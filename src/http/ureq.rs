//! The blocking transport: ureq, and threads where things run side by side.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use percent_encoding::percent_decode_str;
use tracing::Span;
use ureq::{Body, Timeout};

use super::resolver::CachingResolver;
use super::ureq_connectors::{self, ConnectError, ConnectStep, ConnectionBroken};
use crate::error::{Error, Result, TransportCause as Cause, TransportErrorKind as Kind};
use crate::http::decompression::Decoder;
use crate::http::proxy::{ProxyHop, Route};
use crate::http::{
    Failure, HttpConfig, MAX_REPLY_SIZE, OutgoingRequest, Reply, TooLarge, cause, tls,
};
use crate::lock::unpoisoned;

/// The HTTP library's own client, for those who bring one.
pub(crate) type NativeClient = ureq::Agent;

#[derive(Clone)]
pub(crate) struct Http {
    agent: ureq::Agent,
    names: CachingResolver,
}

impl Http {
    pub(crate) fn new(config: &HttpConfig) -> Result<Self> {
        let tls = tls::config(&config.authorities)?;
        let user_agent = config.user_agent.to_str().unwrap_or_default();
        let proxy = match &config.route {
            Route::System | Route::Direct => None,
            Route::Through(hop) => Some(proxy(hop)?),
        };
        let builder = ureq::Agent::config_builder()
            .proxy(proxy)
            .timeout_connect(Some(config.connect_timeout))
            .user_agent(user_agent)
            .max_redirects(0)
            .max_idle_connections(config.idle_connections)
            .max_idle_connections_per_host(config.idle_connections)
            .max_idle_age(Duration::from_secs(60))
            .http_status_as_error(false);
        let names = CachingResolver::default();
        let connector = ureq_connectors::connector(tls);
        Ok(Self {
            agent: ureq::Agent::with_parts(builder.build(), connector, names.clone()),
            names,
        })
    }

    pub(crate) fn from_native(agent: NativeClient) -> Self {
        let names = CachingResolver::default();
        Self { agent, names }
    }

    pub(crate) fn send(&self, outgoing: &OutgoingRequest<'_>) -> Result<Reply, Failure> {
        let limits = Limits::Whole(outgoing.timeout);
        self.open(outgoing, limits)?.whole()
    }

    /// The reply with the first piece of its body, and what brings the others; one that is no
    /// success is whole.
    pub(crate) fn stream(
        &self,
        outgoing: &OutgoingRequest<'_>,
    ) -> Result<(Reply, Option<BodyStream>), Failure> {
        let mut response = self.open(outgoing, Limits::EachRead(outgoing.timeout))?;
        if !response.status.is_success() {
            return Ok((response.whole()?, None));
        }
        let first = response.chunk()?.unwrap_or_default();
        Ok((response.head(first), Some(response)))
    }

    /// Sends, and gives the reply as soon as its headers are there.
    fn open(&self, outgoing: &OutgoingRequest<'_>, limits: Limits) -> Result<BodyStream, Failure> {
        let mut request = http::Request::builder()
            .method(outgoing.method)
            .uri(outgoing.url);
        for (name, value) in outgoing.headers {
            request = request.header(name, value);
        }
        if let Some(authorization) = outgoing.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        for (name, value) in outgoing.fixed_headers() {
            request = request.header(name, value);
        }
        let response = match outgoing.body {
            Some(body) => self.run(request.body(&body[..]), limits),
            None => self.run(request.body(()), limits),
        };
        let response = response.map_err(|error| {
            let failure = failure(error, Kind::Broken);
            if failure.kind.is_certainly_unsent() {
                self.names.forget();
            }
            failure
        })?;
        BodyStream::of(response)
    }

    fn run(
        &self,
        request: http::Result<http::Request<impl ureq::AsSendBody>>,
        limits: Limits,
    ) -> Result<http::Response<Body>, ureq::Error> {
        let request = self
            .agent
            .configure_request(request?)
            .allow_non_standard_methods(true);
        let request = match limits {
            Limits::Whole(timeout) => request.timeout_global(Some(timeout)),
            Limits::EachRead(timeout) => request
                .timeout_global(None)
                .timeout_recv_response(Some(timeout))
                .timeout_per_read(Some(timeout)),
        };
        self.agent.run(request.build())
    }
}

/// How long a request may take.
#[derive(Clone, Copy)]
enum Limits {
    /// To the end of the reply's body.
    Whole(Duration),
    /// To the reply's headers, and from one piece of its body to the next.
    EachRead(Duration),
}

/// The size of a piece of a body that is streamed.
const CHUNK_SIZE: usize = 64 << 10;

/// A reply whose body is still on its way.
pub(crate) struct BodyStream {
    status: http::StatusCode,
    headers: http::HeaderMap,
    /// Of the body as it comes.
    length: Option<u64>,
    reader: ureq::BodyReader<'static>,
    decoder: Decoder,
    ended: bool,
    buffer: Vec<u8>,
}

impl BodyStream {
    fn of(response: http::Response<Body>) -> Result<Self, Failure> {
        let (parts, body) = response.into_parts();
        Ok(Self {
            decoder: Decoder::of(parts.status.as_u16(), &parts.headers)?,
            status: parts.status,
            headers: parts.headers,
            length: body.content_length(),
            reader: body.into_with_config().limit(u64::MAX).reader(),
            ended: false,
            buffer: Vec::new(),
        })
    }

    fn head(&mut self, body: Bytes) -> Reply {
        Reply {
            status: self.status.as_u16(),
            headers: std::mem::take(&mut self.headers),
            body,
        }
    }

    /// The next piece, never an empty one; `None` at the end.
    pub(crate) fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        self.buffer.resize(CHUNK_SIZE, 0);
        loop {
            if let Some(piece) = self.decoder.take()? {
                return Ok(Some(piece));
            }
            if self.ended {
                return Ok(None);
            }
            match self.reader.read(&mut self.buffer) {
                Ok(0) => {
                    self.ended = true;
                    self.decoder.end()?;
                }
                Ok(read) => {
                    let bytes = Bytes::copy_from_slice(&self.buffer[..read]);
                    self.decoder.put(bytes);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failure(ureq::Error::from(error), Kind::Body)),
            }
        }
    }

    fn whole(mut self) -> Result<Reply, Failure> {
        let mut bytes = Vec::new();
        if self.decoder.is_plain() {
            // Room for all of it at once, so that it does not move as it grows.
            let most = MAX_REPLY_SIZE as u64;
            bytes.reserve(self.length.unwrap_or_default().min(most) as usize);
            let reader = &mut self.reader;
            let read = reader.take(most + 1).read_to_end(&mut bytes);
            read.map_err(|error| failure(error.into(), Kind::Body))?;
        } else {
            while let Some(piece) = self.chunk()? {
                bytes.extend_from_slice(&piece);
                if bytes.len() > MAX_REPLY_SIZE {
                    break;
                }
            }
        }
        if bytes.len() > MAX_REPLY_SIZE {
            return Err(Failure::new(Kind::TooLarge, TooLarge));
        }
        Ok(self.head(bytes.into()))
    }
}

/// A proxy as ureq takes it: user and password decoded.
fn proxy(hop: &ProxyHop) -> Result<ureq::Proxy> {
    use ureq::ProxyProtocol as P;
    let wrong = || Error::config("`proxy` is not a URL of a proxy");
    let scheme = hop
        .uri
        .scheme_str()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let protocol = P::try_from(scheme.as_str()).map_err(|_| wrong())?;
    let mut builder = ureq::Proxy::builder(protocol).host(hop.uri.host().unwrap_or_default());
    if let Some(port) = hop.uri.port_u16() {
        builder = builder.port(port);
    }
    let authority = hop
        .uri
        .authority()
        .map_or("", |authority| authority.as_str());
    if let Some((user, _)) = authority.rsplit_once('@') {
        let decoded = |text| {
            let text = percent_decode_str(text).decode_utf8();
            text.map_err(|_| wrong())
        };
        let (user, password) = user.split_once(':').unwrap_or((user, ""));
        builder = builder.username(&decoded(user)?);
        builder = builder.password(&decoded(password)?);
    }
    for host in &hop.not_for {
        builder = builder.no_proxy(host);
    }
    builder.build().map_err(|_| wrong())
}

/// By the step that failed, not by the error's code: only what failed before there was a
/// connection was certainly not sent.
fn failure(error: ureq::Error, otherwise: Kind) -> Failure {
    use ureq::Error as E;
    match error {
        E::Other(other) => match other.downcast::<ConnectError>() {
            Ok(unconnected) => {
                let timed_out = unconnected.timed_out();
                let cause = unconnected.cause();
                Failure::unconnected(timed_out, cause, unconnected.into_source())
            }
            Err(other) => {
                let cause = cause::of(&*other, false);
                match other.downcast::<ConnectionBroken>() {
                    Ok(broken) if is_timeout(&broken.0) => Failure::new(Kind::Timeout, broken.0),
                    Ok(broken) => Failure::new(otherwise, broken.0).with_cause(cause),
                    Err(other) => Failure::new(otherwise, other).with_cause(cause),
                }
            }
        },
        // A connection is not even begun.
        E::HostNotFound | E::BadUri(_) | E::InvalidProxyUrl => {
            let cause = matches!(error, E::HostNotFound).then_some(Cause::NameNotFound);
            Failure::unconnected(false, cause, error)
        }
        E::Timeout(Timeout::Resolve | Timeout::Connect) => Failure::unconnected(true, None, error),
        E::Timeout(_) => Failure::new(Kind::Timeout, error),
        E::Io(io) if is_timeout(&io) => Failure::new(Kind::Timeout, io),
        E::Io(io) => {
            let cause = cause::of(&io, false);
            Failure::new(otherwise, io).with_cause(cause)
        }
        E::Protocol(_) if otherwise == Kind::Broken => {
            Failure::new(otherwise, error).with_cause(Cause::NotHttp)
        }
        error => Failure::new(otherwise, error),
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as Io;
    matches!(error.kind(), Io::TimedOut | Io::WouldBlock)
}

impl ConnectError {
    fn timed_out(&self) -> bool {
        match &self.error {
            ureq::Error::Timeout(_) => true,
            ureq::Error::Io(error) => is_timeout(error),
            ureq::Error::Other(error) => error.downcast_ref::<Self>().is_some_and(Self::timed_out),
            _ => false,
        }
    }

    /// The error within, which says by itself what this one passes on.
    fn into_source(self) -> Box<dyn std::error::Error + Send + Sync> {
        match self.error {
            ureq::Error::Io(error) => error.into(),
            ureq::Error::Other(error) => error,
            error => error.into(),
        }
    }

    fn cause(&self) -> Option<Cause> {
        let found = cause::of(self, true);
        match self.step {
            ConnectStep::ResolveHost => Some(found.unwrap_or(Cause::NameNotFound)),
            ConnectStep::ConnectToProxy => Some(match (found, &self.error) {
                (Some(cause), _) if cause.is_permanent() => cause,
                (Some(Cause::NoFileHandles), _) => Cause::NoFileHandles,
                // The status is nowhere but in the text.
                (_, ureq::Error::ConnectProxyFailed(text)) if text.contains("407") => {
                    Cause::ProxyLogin
                }
                _ => Cause::Proxy,
            }),
            ConnectStep::ConnectToHost | ConnectStep::TlsHandshake => found,
        }
    }
}

pub(crate) fn sleep(duration: Duration) {
    std::thread::sleep(duration);
}

/// Does something for each item, at most `limit` at a time, and hands the results over in order.
pub(crate) fn gather<I, T, F>(
    items: I,
    limit: usize,
    work: F,
    mut sink: impl FnMut(T),
) -> Result<()>
where
    I: IntoIterator<IntoIter: ExactSizeIterator + Send>,
    T: Send,
    F: Fn(I::Item) -> Result<T> + Sync,
{
    let items = items.into_iter();
    let workers = limit.clamp(1, items.len().max(1));
    if workers == 1 {
        for item in items {
            sink(work(item)?);
        }
        return Ok(());
    }
    let queue = Mutex::new(items.enumerate());
    let worker = |sender: mpsc::Sender<(usize, Result<T>)>| {
        loop {
            let next = unpoisoned(queue.lock()).next();
            let Some((position, item)) = next else { return };
            if sender.send((position, work(item))).is_err() {
                return;
            }
        }
    };
    // A thread begins outside of all spans.
    let span = Span::current();
    let (worker, span) = (&worker, &span);
    std::thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        let begun = (0..workers).filter(|_| {
            let sender = sender.clone();
            let thread = std::thread::Builder::new();
            thread
                .spawn_scoped(scope, move || span.in_scope(|| worker(sender)))
                .is_ok()
        });
        match begun.count() {
            // No thread could be started: this one does the work.
            0 => worker(sender),
            _ => drop(sender),
        }
        let mut early = BTreeMap::new();
        let mut expected = 0;
        while let Ok((position, result)) = results.recv() {
            early.insert(position, result?);
            while let Some(result) = early.remove(&expected) {
                sink(result);
                expected += 1;
            }
        }
        Ok(())
    })
}

/// Work that goes on side by side, a thread each, and comes back one by one, whichever is done
/// first. Dropped, each goes on to its end, and nothing comes of it.
pub(crate) struct Tasks<T> {
    under_way: usize,
    sender: mpsc::Sender<std::thread::Result<T>>,
    results: Mutex<mpsc::Receiver<std::thread::Result<T>>>,
}

impl<T: Send + 'static> Tasks<T> {
    pub(crate) fn new() -> Self {
        let (sender, results) = mpsc::channel();
        Self {
            under_way: 0,
            sender,
            results: Mutex::new(results),
        }
    }

    /// It begins at once, and goes on while nobody waits for it.
    pub(crate) fn add<F>(&mut self, work: F)
    where
        F: FnOnce() -> T + Send + 'static,
    {
        self.under_way += 1;
        let (sender, span) = (self.sender.clone(), Span::current());
        let work = move || {
            let work = std::panic::AssertUnwindSafe(|| span.in_scope(work));
            // Nobody listens any more when this was dropped.
            let _ = sender.send(std::panic::catch_unwind(work));
        };
        let work = Arc::new(Mutex::new(Some(work)));
        let for_thread = Arc::clone(&work);
        let thread = std::thread::Builder::new().name("anaplan-sdk".to_owned());
        let begun = thread.spawn(move || run_once(&for_thread));
        if begun.is_err() {
            // No thread is to be had: it takes longer, and that is all.
            run_once(&work);
        }
    }

    /// What comes next; `None` when nothing is under way.
    pub(crate) fn next(&mut self) -> Option<T> {
        if self.under_way == 0 {
            return None;
        }
        let result = unpoisoned(self.results.lock()).recv().ok()?;
        self.under_way -= 1;
        match result {
            Ok(value) => Some(value),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

fn run_once(work: &Mutex<Option<impl FnOnce()>>) {
    let work = unpoisoned(work.lock()).take();
    if let Some(work) = work {
        work();
    }
}

/// Runs something in the background.
pub(crate) fn spawn(work: impl FnOnce() + Send + 'static) {
    // If no thread can be started, the next call tries again.
    let _ = std::thread::Builder::new()
        .name("anaplan-sdk".to_owned())
        .spawn(work);
}

/// Runs something to its end, even if the caller is dropped. Gives `None` after `time_left`.
pub(crate) fn run_detached<T, F>(time_left: Option<Duration>, work: F) -> Option<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let Some(time_left) = time_left else {
        return Some(work());
    };
    let (sender, result) = mpsc::sync_channel(1);
    let span = Span::current();
    spawn(move || {
        // Sending fails when the caller has stopped waiting.
        let _ = sender.send(span.in_scope(work));
    });
    result.recv_timeout(time_left).ok()
}

/// Runs something that may block: on this face, everything may.
pub(crate) fn run_blocking<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// One at a time.
#[derive(Default)]
pub(crate) struct Lock(Mutex<()>);

impl Lock {
    pub(crate) fn lock(&self) -> MutexGuard<'_, ()> {
        unpoisoned(self.0.lock())
    }
}

/// Where a dump is written to.
pub(crate) use std::io::Write;

pub(crate) fn write_all<W: Write + ?Sized>(writer: &mut W, bytes: &[u8]) -> std::io::Result<()> {
    writer.write_all(bytes)
}

pub(crate) fn flush<W: Write + ?Sized>(writer: &mut W) -> std::io::Result<()> {
    writer.flush()
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind as Io;

    use http::{HeaderMap, Method};
    use ureq::unversioned::transport::{
        Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
    };

    use super::ureq_connectors::{WatchedConnector, WithConnectStep};
    use super::*;

    /// When the network fails.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Failing {
        Connecting,
        Writing,
        Reading,
    }

    #[derive(Debug)]
    struct Network(Failing, Io);

    #[derive(Debug)]
    struct Wire(Failing, Io, LazyBuffers);

    impl Connector for Network {
        type Out = Wire;

        fn connect(
            &self,
            _: &ConnectionDetails<'_>,
            _: Option<()>,
        ) -> Result<Option<Wire>, ureq::Error> {
            match self.0 {
                Failing::Connecting => Err(std::io::Error::from(self.1).into()),
                fails => Ok(Some(Wire(fails, self.1, LazyBuffers::new(1024, 1024)))),
            }
        }
    }

    impl Transport for Wire {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.2
        }

        fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), ureq::Error> {
            match self.0 {
                Failing::Writing => Err(std::io::Error::from(self.1).into()),
                _ => Ok(()),
            }
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
            Err(std::io::Error::from(self.1).into())
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    /// An open connection can end with the codes that a connection fails with before it is there
    /// (Linux: a route that is lost while a request is written, ICMP while an answer is awaited).
    #[test]
    fn what_was_certainly_not_sent_is_told_by_the_step_and_not_by_the_code() {
        for fails in [Failing::Connecting, Failing::Writing, Failing::Reading] {
            for code in [
                Io::HostUnreachable,
                Io::NetworkUnreachable,
                Io::ConnectionRefused,
                Io::ConnectionReset,
                Io::BrokenPipe,
                Io::TimedOut,
            ] {
                let connector = WithConnectStep(ConnectStep::ConnectToHost, Network(fails, code));
                let names = CachingResolver::default();
                let config = ureq::Agent::config_builder().proxy(None).build();
                let connector = connector.chain(WatchedConnector);
                let http = Http {
                    agent: ureq::Agent::with_parts(config, connector, names.clone()),
                    names,
                };
                let sent = http.send(&OutgoingRequest {
                    method: &Method::POST,
                    url: "http://127.0.0.1:9/run",
                    authorization: None,
                    headers: &HeaderMap::new(),
                    body: None,
                    timeout: Duration::from_secs(5),
                });
                let failure = sent.err().unwrap();
                let unsent = failure.kind.is_certainly_unsent();
                assert_eq!(
                    unsent,
                    fails == Failing::Connecting,
                    "{fails:?} {failure:?}"
                );
                let is_timeout = code == Io::TimedOut;
                assert_eq!(
                    failure.kind.is_timeout(),
                    is_timeout,
                    "{fails:?} {failure:?}"
                );
            }
        }
    }

    fn squares(count: usize, limit: usize) -> Vec<usize> {
        let mut seen = Vec::new();
        gather(0..count, limit, |n| Ok(n * n), |n| seen.push(n)).unwrap();
        seen
    }

    #[test]
    fn gathers_in_order_whatever_the_limit() {
        for (count, limit) in [(0, 4), (1, 4), (3, 1), (100, 7), (5, 0)] {
            let expected: Vec<_> = (0..count).map(|n| n * n).collect();
            assert_eq!(squares(count, limit), expected);
        }
    }

    #[test]
    fn the_first_error_ends_it() {
        let result = gather(
            0..100,
            4,
            |n| {
                if n == 3 {
                    Err(Error::config("three"))
                } else {
                    Ok(n)
                }
            },
            |_| {},
        );
        assert!(matches!(result, Err(Error::Config(_))));
    }
}
