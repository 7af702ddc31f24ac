//! The blocking transport: ureq, and threads where things run side by side.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Body, Timeout};

use super::names::Names;
use crate::auth::{AccessToken, BoxError};
use crate::error::{Error, Result, TransportErrorKind as Kind};
use crate::transport::{Failure, HttpConfig, LARGEST_REPLY, Outgoing, Proxy, Reply, TooLarge};

/// The HTTP library's own client, for those who bring one.
pub(crate) type Native = ureq::Agent;

#[derive(Clone)]
pub(crate) struct Http {
    agent: ureq::Agent,
    names: Names,
}

impl Http {
    pub(crate) fn new(config: &HttpConfig) -> Result<Self> {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(
                rustls::crypto::aws_lc_rs::default_provider(),
            ))
            .build();
        let user_agent = config.user_agent.to_str().unwrap_or_default();
        let mut builder = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_connect(Some(config.connect_timeout))
            .user_agent(user_agent)
            .max_redirects(0)
            .max_idle_connections(config.idle_connections)
            .max_idle_connections_per_host(config.idle_connections)
            .max_idle_age(Duration::from_secs(60))
            .http_status_as_error(false);
        match &config.proxy {
            Proxy::Environment => {}
            Proxy::None => builder = builder.proxy(None),
            Proxy::Url(url) => {
                let proxy = ureq::Proxy::new(url)
                    .map_err(|_| Error::config("`proxy` is not a URL of a proxy"))?;
                builder = builder.proxy(Some(proxy));
            }
        }
        let names = Names::default();
        let connector = DefaultConnector::default();
        Ok(Self {
            agent: ureq::Agent::with_parts(builder.build(), connector, names.clone()),
            names,
        })
    }

    pub(crate) fn from_native(agent: Native) -> Self {
        let names = Names::default();
        Self { agent, names }
    }

    pub(crate) fn send(&self, outgoing: &Outgoing<'_>) -> Result<Reply, Failure> {
        let limits = Limits::Whole(outgoing.timeout);
        whole(self.open(outgoing, limits)?)
    }

    /// The reply with the first piece of its body, and what brings the others; one that is no
    /// success is whole.
    pub(crate) fn stream(
        &self,
        outgoing: &Outgoing<'_>,
    ) -> Result<(Reply, Option<Streaming>), Failure> {
        let response = self.open(outgoing, Limits::EachRead(outgoing.timeout))?;
        if !response.status().is_success() {
            return Ok((whole(response)?, None));
        }
        let (parts, body) = response.into_parts();
        let mut streaming = Streaming {
            reader: body.into_with_config().limit(u64::MAX).reader(),
            buffer: vec![0; PIECE],
        };
        let reply = Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: streaming.chunk()?.unwrap_or_default(),
        };
        Ok((reply, Some(streaming)))
    }

    /// Sends, and gives the reply as soon as its headers are there.
    fn open(
        &self,
        outgoing: &Outgoing<'_>,
        limits: Limits,
    ) -> Result<http::Response<Body>, Failure> {
        let mut request = http::Request::builder()
            .method(outgoing.method)
            .uri(outgoing.url);
        for (name, value) in outgoing.headers {
            request = request.header(name, value);
        }
        if let Some(authorization) = outgoing.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let response = match outgoing.body {
            Some(body) => {
                let request = request.header(CONTENT_TYPE, "application/json");
                self.run(request.body(&body[..]), limits)
            }
            None => self.run(request.body(()), limits),
        };
        response.map_err(|error| {
            let failure = failure(error, Kind::Broken);
            if matches!(failure.kind, Kind::NotConnected | Kind::ConnectTimeout) {
                self.names.forget();
            }
            failure
        })
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
const PIECE: usize = 64 << 10;

/// A reply whose body is still on its way.
pub(crate) struct Streaming {
    reader: ureq::BodyReader<'static>,
    buffer: Vec<u8>,
}

impl Streaming {
    /// The next piece, never an empty one; `None` at the end.
    pub(crate) fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            return match self.reader.read(&mut self.buffer) {
                Ok(0) => Ok(None),
                Ok(read) => Ok(Some(Bytes::copy_from_slice(&self.buffer[..read]))),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => Err(failure(ureq::Error::from(error), Kind::Body)),
            };
        }
    }
}

fn whole(response: http::Response<Body>) -> Result<Reply, Failure> {
    let (parts, body) = response.into_parts();
    let most = LARGEST_REPLY as u64;
    // Room for all of it at once, so that it does not move as it grows.
    let declared = body.content_length().unwrap_or_default().min(most);
    let mut bytes = Vec::with_capacity(declared as usize);
    let mut reader = body.into_with_config().limit(most).reader();
    reader
        .read_to_end(&mut bytes)
        .map_err(|error| failure(error.into(), Kind::Body))?;
    Ok(Reply {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: bytes.into(),
    })
}

fn failure(error: ureq::Error, otherwise: Kind) -> Failure {
    use std::io::ErrorKind as Io;
    use ureq::Error as E;
    let kind = match &error {
        E::Timeout(Timeout::Resolve | Timeout::Connect) => Kind::ConnectTimeout,
        E::Timeout(_) => Kind::Timeout,
        E::HostNotFound | E::ConnectionFailed | E::Tls(_) | E::Rustls(_) => Kind::NotConnected,
        E::InvalidProxyUrl | E::ConnectProxyFailed(_) | E::BadUri(_) => Kind::NotConnected,
        E::BodyExceedsLimit(_) => return Failure::new(Kind::TooLarge, TooLarge),
        E::Io(io) => match io.kind() {
            Io::ConnectionRefused | Io::HostUnreachable | Io::NetworkUnreachable => {
                Kind::NotConnected
            }
            Io::TimedOut | Io::WouldBlock => Kind::Timeout,
            _ => otherwise,
        },
        _ => otherwise,
    };
    Failure::new(kind, error)
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
            let next = unpoisoned(&queue).next();
            let Some((position, item)) = next else { return };
            if sender.send((position, work(item))).is_err() {
                return;
            }
        }
    };
    let worker = &worker;
    std::thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        let begun = (0..workers).filter(|_| {
            let sender = sender.clone();
            let thread = std::thread::Builder::new();
            thread.spawn_scoped(scope, move || worker(sender)).is_ok()
        });
        match begun.count() {
            // No thread is to be had: it takes longer, and that is all.
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

/// Does something beside the calls; nobody waits for it.
pub(crate) fn spawn(work: impl FnOnce() + Send + 'static) {
    // Without a thread to be had the work is not done now; the caller's next turn tries again.
    let _ = std::thread::Builder::new()
        .name("anaplan-sdk".to_owned())
        .spawn(work);
}

/// Does something that goes on to its end although nobody waits for it any more: nothing comes
/// back when it takes longer than `patience`.
pub(crate) fn apart<T, F>(patience: Option<Duration>, work: F) -> Option<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let Some(patience) = patience else {
        return Some(work());
    };
    let (sender, result) = mpsc::sync_channel(1);
    spawn(move || {
        // Nobody listens any more when it took too long.
        let _ = sender.send(work());
    });
    result.recv_timeout(patience).ok()
}

/// Does something that may block; here, everything may.
pub(crate) fn unblock<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Fetches tokens by itself: from a vault, say, or from a process that keeps one for all.
///
/// The client asks it once for any number of callers, before the last token ends and after the
/// service has refused one. A closure is one, too. Hand it to
/// [`ClientBuilder::token_source`](crate::blocking::ClientBuilder::token_source).
///
/// ```
/// use anaplan_sdk::{AccessToken, BoxError, blocking::TokenSource};
///
/// struct Vault;
///
/// impl TokenSource for Vault {
///     fn fetch(&self) -> Result<AccessToken, BoxError> {
///         let token = String::from("what the vault gave");
///         Ok(AccessToken::new(token))
///     }
/// }
///
/// let client = anaplan_sdk::blocking::Client::builder().token_source(Vault).build()?;
/// # Ok::<(), anaplan_sdk::Error>(())
/// ```
pub trait TokenSource: Send + Sync + 'static {
    /// Another token than the last one.
    ///
    /// # Errors
    /// Whatever is in the way; the calls that need the token fail with it, and the next one asks
    /// again. The text must not hold secrets.
    fn fetch(&self) -> Result<AccessToken, BoxError>;
}

impl<F> TokenSource for F
where
    F: Fn() -> Result<AccessToken, BoxError> + Send + Sync + 'static,
{
    fn fetch(&self) -> Result<AccessToken, BoxError> {
        self()
    }
}

/// A token source of any type.
#[derive(Clone)]
pub(crate) struct Source(Arc<dyn TokenSource>);

impl Source {
    pub(crate) fn new(source: impl TokenSource) -> Self {
        Self(Arc::new(source))
    }

    pub(crate) fn fetch(&self) -> Result<AccessToken, BoxError> {
        self.0.fetch()
    }
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One at a time.
#[derive(Default)]
pub(crate) struct Lock(Mutex<()>);

impl Lock {
    pub(crate) fn lock(&self) -> MutexGuard<'_, ()> {
        unpoisoned(&self.0)
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
    use super::*;

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
