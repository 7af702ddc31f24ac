//! A server that does no more than answer: bytes that were made before, at once or after a
//! while. It runs in a process of its own, so that nothing of it is measured with the client.
//!
//! The base URL says how it answers: `http://127.0.0.1:PORT/MILLISECONDS/ITEMS`.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, io, thread};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::data;

/// The server's process, which ends with this value.
pub(crate) struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts this very program once more, as a server.
    pub(crate) fn start() -> Self {
        let program = env::current_exe().expect("a program knows where it is");
        let mut process = Command::new(program)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started again");
        let output = process.stdout.take().expect("its output is piped");
        let mut address = String::new();
        BufReader::new(output)
            .read_line(&mut address)
            .expect("it says where it listens");
        Self {
            process,
            address: address.trim().to_owned(),
        }
    }

    /// The base URL at which each answer takes so long, and a list has so many items.
    pub(crate) fn url(&self, delay: Duration, items: usize) -> String {
        format!("http://{}/{}/{items}", self.address, delay.as_millis())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends by itself, too, when its input does.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// For the start of `main`: serves, if this process was started to.
pub(crate) fn serve_if_asked() {
    if env::args().nth(1).as_deref() != Some("serve") {
        return;
    }
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .and_then(|runtime| runtime.block_on(serve()))
        .expect("a socket to listen on");
}

async fn serve() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let answers = Arc::new(Answers::default());
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let answers = answers.clone();
        tokio::spawn(async move {
            // Whoever hangs up has heard enough.
            let _ = converse(socket, &answers).await;
        });
    }
}

async fn converse(mut socket: TcpStream, answers: &Answers) -> io::Result<()> {
    let mut received = Vec::with_capacity(1 << 10);
    loop {
        let end = loop {
            match received.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None if socket.read_buf(&mut received).await? == 0 => return Ok(()),
                None => {}
            }
        };
        let head = String::from_utf8_lossy(&received[..end]);
        let target = head.split(' ').nth(1).unwrap_or_default();
        let (delay, answer) = answers.to(target);
        received.drain(..end);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        socket.write_all(&answer).await?;
    }
}

/// All answers that were given before, by what was asked.
#[derive(Default)]
struct Answers(Mutex<HashMap<String, Arc<[u8]>>>);

impl Answers {
    fn to(&self, target: &str) -> (Duration, Arc<[u8]>) {
        let delay = target.split('/').nth(1).and_then(|text| text.parse().ok());
        // One run is as good as another.
        let target = target.rsplit_once("/run/").map_or(target, |(base, _)| base);
        let mut known = self.0.lock().expect("nothing in here panics");
        let answer = match known.get(target) {
            Some(answer) => answer.clone(),
            None => known
                .entry(target.to_owned())
                .or_insert(made(target))
                .clone(),
        };
        (Duration::from_millis(delay.unwrap_or_default()), answer)
    }
}

/// The whole answer, headers and all.
fn made(target: &str) -> Arc<[u8]> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let number = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(key, _)| *key == name);
        found.and_then(|(_, value)| value.parse().ok())
    };
    let items = path.split('/').nth(2).and_then(|text| text.parse().ok());
    let body = if path.ends_with("/token/authenticate") {
        data::token()
    } else if query.contains("limit=") {
        data::integrations(
            items.unwrap_or_default(),
            number("offset").unwrap_or_default(),
            number("limit").unwrap_or_default(),
        )
    } else {
        data::run_status()
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         date: Thu, 19 Nov 2026 08:49:37 GMT\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes().into()
}
