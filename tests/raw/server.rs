//! A server that answers with bytes: plain TCP, or TLS by rustls with certificates by `openssl`.
//!
//! It knows HTTP/1.1 as far as it needs to find the end of a request, and nothing of the service.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) query: String,
    /// In their order, names as they were written.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether it is `method` to a path that ends so.
    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path.ends_with(path)
    }
}

/// What the server does in answer to a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Write(Vec<u8>),
    Wait(Duration),
    /// Ends the connection in order (FIN; with TLS, after close_notify).
    Close,
    /// Ends the TCP connection in order, without TLS's close_notify.
    Drop,
    /// Breaks the connection off (RST).
    Reset,
    /// Says nothing until the client has gone, or the server stops.
    Hang,
}

/// The answer to a request: the acts in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply(pub(crate) Vec<Act>);

impl Reply {
    /// A whole reply, with its length.
    pub(crate) fn new(status: u16, content_type: &str, body: impl AsRef<[u8]>) -> Self {
        Self::with(status, &[("Content-Type", content_type)], body)
    }

    /// A whole reply with these headers and its length.
    pub(crate) fn with(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let length = body.len().to_string();
        let mut all = vec![("Content-Length", length.as_str())];
        all.extend(headers);
        let mut bytes = Self::head(status, &all);
        bytes.extend_from_slice(body);
        Self(vec![Act::Write(bytes)])
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// A web page.
    pub(crate) fn page(status: u16, text: &str) -> Self {
        let page = format!("<!DOCTYPE html><html><body>{text}</body></html>");
        Self::new(status, "text/html", page)
    }

    /// The head of a reply as bytes, with these headers alone, up to the empty line.
    pub(crate) fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {status} Raw\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    /// These bytes, as they are.
    pub(crate) fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(vec![Act::Write(bytes.into())])
    }

    pub(crate) fn reset() -> Self {
        Self(vec![Act::Reset])
    }

    pub(crate) fn hang() -> Self {
        Self(vec![Act::Hang])
    }

    pub(crate) fn then(mut self, act: Act) -> Self {
        self.0.push(act);
        self
    }
}

type Serve = dyn Fn(&Request) -> Reply + Send + Sync;

/// A server on a port of its own; stops when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// Answers every request as `serve` says; a connection is kept open between requests.
    pub(crate) fn start(serve: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_over(None, serve)
    }

    /// The same over TLS.
    pub(crate) fn start_tls(
        config: rustls::ServerConfig,
        serve: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start_over(Some(Arc::new(config)), serve)
    }

    fn start_over(
        tls: Option<Arc<rustls::ServerConfig>>,
        serve: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (log, flag, serve) = (requests.clone(), stopped.clone(), Arc::new(serve));
        let mut server = Self::accept(stopped, move |stream, _| {
            let serve: &Serve = &*serve;
            // A client that goes away is no error of the server.
            let _ = match &tls {
                None => Connection::plain(stream, &flag).serve(&log, serve),
                Some(config) => match Connection::tls(stream, config.clone(), &flag) {
                    Ok(connection) => connection.serve(&log, serve),
                    Err(error) => Err(error),
                },
            };
        });
        server.requests = requests;
        server.scheme = scheme;
        server
    }

    /// Hands every connection over as it is, with its number, on a thread of its own.
    pub(crate) fn raw(serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        Self::accept(Arc::new(AtomicBool::new(false)), serve)
    }

    fn accept(
        stopped: Arc<AtomicBool>,
        serve: impl Fn(TcpStream, usize) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let serve = Arc::new(serve);
        let (count, flag) = (connections.clone(), stopped.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if flag.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let _ = stream.set_nodelay(true);
                let number = count.fetch_add(1, Ordering::SeqCst);
                let serve = serve.clone();
                std::thread::spawn(move || serve(stream, number));
            }
        });
        Self {
            address,
            scheme: "http",
            requests: Arc::default(),
            connections,
            stopped,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:…`, or `https://localhost:…` with TLS.
    pub(crate) fn url(&self) -> String {
        match self.scheme {
            "https" => format!("https://localhost:{}", self.address.port()),
            scheme => format!("{scheme}://{}", self.address),
        }
    }

    /// All requests so far that came whole.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Those with this method, to a path that ends so.
    pub(crate) fn requests_to(&self, method: &str, path: &str) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.is(method, path));
        requests
    }

    /// How many connections were accepted.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

/// An address at which nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<rustls::StreamOwned<rustls::ServerConnection, TcpStream>>),
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

struct Connection<'s> {
    stream: BufReader<Stream>,
    stopped: &'s AtomicBool,
}

impl<'s> Connection<'s> {
    fn plain(tcp: TcpStream, stopped: &'s AtomicBool) -> Self {
        Self {
            stream: BufReader::new(Stream::Plain(tcp)),
            stopped,
        }
    }

    fn tls(
        mut tcp: TcpStream,
        config: Arc<rustls::ServerConfig>,
        stopped: &'s AtomicBool,
    ) -> io::Result<Self> {
        let mut session = rustls::ServerConnection::new(config).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut tcp)?;
        }
        let stream = Stream::Tls(Box::new(rustls::StreamOwned::new(session, tcp)));
        Ok(Self {
            stream: BufReader::new(stream),
            stopped,
        })
    }

    /// The TCP connection under it.
    fn tcp(&self) -> &TcpStream {
        match self.stream.get_ref() {
            Stream::Plain(tcp) => tcp,
            Stream::Tls(stream) => &stream.sock,
        }
    }

    fn serve(mut self, log: &Mutex<Vec<Request>>, serve: &Serve) -> io::Result<()> {
        while let Some(request) = self.read()? {
            log.lock().unwrap().push(request.clone());
            for act in serve(&request).0 {
                if !self.perform(act)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Whether the connection goes on.
    fn perform(&mut self, act: Act) -> io::Result<bool> {
        match act {
            Act::Write(bytes) => {
                self.stream.get_mut().write_all(&bytes)?;
                self.stream.get_mut().flush()?;
            }
            Act::Wait(time) => std::thread::sleep(time),
            Act::Close => {
                if let Stream::Tls(stream) = self.stream.get_mut() {
                    stream.conn.send_close_notify();
                    stream.flush()?;
                }
                self.tcp().shutdown(Shutdown::Write)?;
                return Ok(false);
            }
            Act::Drop => {
                self.tcp().shutdown(Shutdown::Write)?;
                return Ok(false);
            }
            Act::Reset => {
                reset_on_close(self.tcp())?;
                return Ok(false);
            }
            Act::Hang => {
                let _ = self.tcp().set_read_timeout(Some(Duration::from_millis(50)));
                while !self.stopped.load(Ordering::SeqCst) {
                    match self.tcp().peek(&mut [0]) {
                        Ok(0) => break,
                        Ok(_) => std::thread::sleep(Duration::from_millis(20)),
                        Err(error) if is_waiting(&error) => {}
                        Err(_) => break,
                    }
                }
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The next request; `None` when the client has closed.
    fn read(&mut self) -> io::Result<Option<Request>> {
        let Some(line) = self.line()? else {
            return Ok(None);
        };
        let mut words = line.split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        let mut headers = Vec::new();
        while let Some(line) = self.line()? {
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut request = Request {
            method,
            path,
            query,
            headers,
            body: Vec::new(),
        };
        let length = request.header("content-length").map(|n| n.parse().unwrap());
        let is_chunked = request.header("transfer-encoding") == Some("chunked");
        if is_chunked {
            while let Some(size) = self.line()? {
                let size = usize::from_str_radix(&size, 16).unwrap();
                let mut chunk = vec![0; size];
                self.stream.read_exact(&mut chunk)?;
                request.body.extend(chunk);
                self.line()?;
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = length {
            request.body = vec![0; length];
            self.stream.read_exact(&mut request.body)?;
        }
        Ok(Some(request))
    }

    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

fn is_waiting(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

/// When it is closed, RST is sent in place of FIN.
pub(crate) fn reset_on_close(stream: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO))
}
