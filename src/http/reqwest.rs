//! The async transport: reqwest on tokio.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, StreamExt};
use http::header::AUTHORIZATION;
use tracing::{Instrument, Span};

use crate::error::{Error, Result, TransportCause as Cause, TransportErrorKind as Kind};
use crate::http::decompression::Decoder;
use crate::http::proxy::Route;
use crate::http::{
    Failure, HttpConfig, MAX_REPLY_SIZE, OutgoingRequest, Reply, TooLarge, cause, tls,
};

/// The HTTP library's own client, for those who bring one.
pub(crate) type NativeClient = reqwest::Client;

#[derive(Clone)]
pub(crate) struct Http {
    client: reqwest::Client,
}

impl Http {
    pub(crate) fn new(config: &HttpConfig) -> Result<Self> {
        let mut tls = tls::config(&config.authorities)?;
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            // Bodies are decoded in one place for both clients; another crate of the program may
            // turn the library's own decoders on.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .connect_timeout(config.connect_timeout)
            .user_agent(config.user_agent.clone())
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(Duration::from_secs(60))
            .pool_max_idle_per_host(config.idle_connections)
            .tcp_nodelay(true);
        match &config.route {
            Route::System => {}
            Route::Direct => builder = builder.no_proxy(),
            Route::Through(hop) => {
                let not_for = reqwest::NoProxy::from_string(&hop.not_for.join(","));
                let proxy = reqwest::Proxy::all(hop.uri.to_string())
                    .map_err(|_| Error::config("`proxy` is not a URL of a proxy"))?;
                builder = builder.proxy(proxy.no_proxy(not_for));
            }
        }
        let client = builder.build().map_err(|error| {
            Error::config(format!(
                "the HTTP client cannot be built: {}",
                chain(&error)
            ))
        })?;
        Ok(Self { client })
    }

    pub(crate) fn from_native(client: NativeClient) -> Self {
        Self { client }
    }

    pub(crate) async fn send(&self, outgoing: &OutgoingRequest<'_>) -> Result<Reply, Failure> {
        let response = self.open(outgoing, Some(outgoing.timeout)).await?;
        response.whole().await
    }

    /// The reply with the first piece of its body, and what brings the others; one that is no
    /// success is whole.
    pub(crate) async fn stream(
        &self,
        outgoing: &OutgoingRequest<'_>,
    ) -> Result<(Reply, Option<BodyStream>), Failure> {
        let begun = async {
            let mut response = self.open(outgoing, None).await?;
            response.timeout = Some(outgoing.timeout);
            if !response.response.status().is_success() {
                return Ok((response.whole().await?, None));
            }
            let first = response.chunk().await?.unwrap_or_default();
            Ok((response.head(first), Some(response)))
        };
        in_time(Some(outgoing.timeout), begun).await
    }

    /// Sends, and gives the reply as soon as its headers are there.
    async fn open(
        &self,
        outgoing: &OutgoingRequest<'_>,
        timeout: Option<Duration>,
    ) -> Result<BodyStream, Failure> {
        let mut request = self.client.request(outgoing.method.clone(), outgoing.url);
        if let Some(timeout) = timeout {
            request = request.timeout(timeout);
        }
        if !outgoing.headers.is_empty() {
            request = request.headers(outgoing.headers.clone());
        }
        if let Some(authorization) = outgoing.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        for (name, value) in outgoing.fixed_headers() {
            request = request.header(name, value);
        }
        if let Some(body) = outgoing.body {
            request = request.body(body.clone());
        }
        let sent = request.send().await;
        let response = sent.map_err(|error| failure(error, Kind::Broken))?;
        let decoder = Decoder::of(response.status().as_u16(), response.headers())?;
        Ok(BodyStream {
            response,
            decoder,
            ended: false,
            timeout: None,
        })
    }
}

/// Within this time, or it is a failure.
async fn in_time<T>(
    timeout: Option<Duration>,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let Some(timeout) = timeout else {
        return work.await;
    };
    let ended = tokio::time::timeout(timeout, work).await;
    ended.unwrap_or_else(|elapsed| Err(Failure::new(Kind::Timeout, elapsed)))
}

/// A reply whose body is still on its way.
pub(crate) struct BodyStream {
    response: reqwest::Response,
    decoder: Decoder,
    ended: bool,
    /// From one piece to the next.
    timeout: Option<Duration>,
}

impl BodyStream {
    fn length(&self) -> Option<usize> {
        let length = usize::try_from(self.response.content_length()?).ok()?;
        // Of what is compressed, it is the length before.
        let length = self.decoder.is_plain().then_some(length)?;
        Some(length.min(MAX_REPLY_SIZE))
    }

    /// The next piece, never an empty one; `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            if let Some(piece) = self.decoder.take()? {
                return Ok(Some(piece));
            }
            if self.ended {
                return Ok(None);
            }
            let timeout = self.timeout;
            let next = async {
                let chunk = self.response.chunk().await;
                chunk.map_err(|error| failure(error, Kind::Body))
            };
            match in_time(timeout, next).await? {
                Some(chunk) => self.decoder.put(chunk),
                None => {
                    self.ended = true;
                    self.decoder.end()?;
                }
            }
        }
    }

    async fn whole(mut self) -> Result<Reply, Failure> {
        let declared = self.length().unwrap_or_default();
        let mut body = BytesMut::new();
        let mut first = Bytes::new();
        while let Some(chunk) = self.chunk().await? {
            if first.is_empty() && body.is_empty() {
                first = chunk;
                continue;
            }
            if body.is_empty() {
                body.reserve(declared.max(first.len() + chunk.len()));
                body.extend_from_slice(&std::mem::take(&mut first));
            }
            if body.len() + chunk.len() > MAX_REPLY_SIZE {
                return Err(Failure::new(Kind::TooLarge, TooLarge));
            }
            body.extend_from_slice(&chunk);
        }
        // A reply that came in one piece, as most do, is not copied.
        let body = if body.is_empty() {
            first
        } else {
            body.freeze()
        };
        Ok(self.head(body))
    }

    fn head(&mut self, body: Bytes) -> Reply {
        Reply {
            status: self.response.status().as_u16(),
            headers: std::mem::take(self.response.headers_mut()),
            body,
        }
    }
}

fn failure(error: reqwest::Error, otherwise: Kind) -> Failure {
    let connecting = error.is_connect();
    let timed_out = error.is_timeout();
    let cause = cause_of(&error, connecting);
    // The URL stands in our own error, and a proxy's may hold a password.
    let error = error.without_url();
    match (connecting, timed_out) {
        (true, _) => Failure::unconnected(timed_out, cause, error),
        (false, true) => Failure::new(Kind::Timeout, error),
        (false, false) => Failure::new(otherwise, error).with_cause(cause),
    }
}

fn cause_of(error: &reqwest::Error, connecting: bool) -> Option<Cause> {
    let found = cause::of(error, connecting);
    if !connecting {
        return found.or_else(|| in_the_words_of_hyper(error));
    }
    if found.is_some_and(Cause::is_permanent) || found == Some(Cause::NoFileHandles) {
        return found;
    }
    // The types of these errors are private to the library, so their text is compared.
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let text = error.to_string();
        if text.starts_with("tunnel error: ") {
            return Some(match text.contains("proxy authorization required") {
                true => Cause::ProxyLogin,
                false => Cause::Proxy,
            });
        }
        if text.starts_with("SOCKS error: ") || text == "error connecting to socks proxy" {
            return Some(Cause::Proxy);
        }
        source = error.source();
    }
    match error.is_dns() {
        true => Some(Cause::NameNotFound),
        false => found,
    }
}

/// Of a `hyper::Error`, whose crate is not named here.
fn in_the_words_of_hyper(error: &reqwest::Error) -> Option<Cause> {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let text = error.to_string();
        if text.starts_with("invalid HTTP ") {
            return Some(Cause::NotHttp);
        }
        if text.starts_with("connection closed") {
            return Some(Cause::Closed);
        }
        source = error.source();
    }
    None
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

pub(crate) async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Does something for each item, at most `limit` at a time, and hands the results over in order.
pub(crate) async fn gather<I, T, F, Fut>(
    items: I,
    limit: usize,
    work: F,
    mut sink: impl FnMut(T),
) -> Result<()>
where
    I: IntoIterator,
    F: FnMut(I::Item) -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let mut results = stream::iter(items).map(work).buffered(limit.max(1));
    while let Some(result) = results.next().await {
        sink(result?);
    }
    Ok(())
}

/// Work that goes on side by side, and comes back one by one, whichever is done first. Dropped, it
/// ends at its next await.
pub(crate) struct Tasks<T>(tokio::task::JoinSet<T>);

impl<T: Send + 'static> Tasks<T> {
    pub(crate) fn new() -> Self {
        Self(tokio::task::JoinSet::new())
    }

    /// It begins at once, and goes on while nobody waits for it.
    pub(crate) fn add<F, Fut>(&mut self, work: F)
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T> + Send + 'static,
    {
        self.0.spawn(work().instrument(Span::current()));
    }

    /// What comes next; `None` when nothing is under way. Asked again after it was dropped, it
    /// loses nothing.
    pub(crate) async fn next(&mut self) -> Option<T> {
        let joined = self.0.join_next().await?;
        Some(finished(joined).await)
    }
}

/// Runs something in the background.
pub(crate) fn spawn<F, Fut>(work: F)
where
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(work());
}

/// Runs something to its end, even if the caller is dropped. Gives `None` after `time_left`.
pub(crate) async fn run_detached<T, F, Fut>(time_left: Option<Duration>, work: F) -> Option<T>
where
    T: Send + 'static,
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    let task = tokio::spawn(work().instrument(Span::current()));
    let joined = match time_left {
        Some(time_left) => tokio::time::timeout(time_left, task).await.ok()?,
        None => task.await,
    };
    Some(finished(joined).await)
}

/// Runs something that may block on a thread for that.
pub(crate) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let span = Span::current();
    finished(tokio::task::spawn_blocking(move || span.in_scope(work)).await).await
}

async fn finished<T>(joined: Result<T, tokio::task::JoinError>) -> T {
    match joined {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and drops this future.
            Err(_) => std::future::pending().await,
        },
    }
}

/// One at a time, over awaits. A holder that is dropped lets the next one in.
#[derive(Default)]
pub(crate) struct Lock(tokio::sync::Mutex<()>);

impl Lock {
    pub(crate) async fn lock(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.lock().await
    }
}

/// Where a dump is written to.
pub(crate) use tokio::io::AsyncWrite as Write;

pub(crate) async fn write_all<W: Write + Unpin + ?Sized>(
    writer: &mut W,
    bytes: &[u8],
) -> std::io::Result<()> {
    tokio::io::AsyncWriteExt::write_all(writer, bytes).await
}

pub(crate) async fn flush<W: Write + Unpin + ?Sized>(writer: &mut W) -> std::io::Result<()> {
    tokio::io::AsyncWriteExt::flush(writer).await
}
