//! Replies that a well-behaved server could not send, written to the socket by hand.

use std::fmt::Write as _;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress};
use http_body_util::BodyExt as _;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::http::faults::Kind;

/// What is to happen to a connection.
#[derive(Debug)]
pub(crate) enum Spoil {
    Reset,
    Write { pieces: Vec<Bytes>, pause: Duration },
}

impl Spoil {
    /// Takes the connection over from the server, and ends it.
    pub(crate) async fn play(self, mut stream: TcpStream) {
        match self {
            Self::Reset => {
                let _ = stream.set_zero_linger();
            }
            Self::Write { pieces, pause } => {
                for piece in pieces {
                    if stream.write_all(&piece).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(pause).await;
                }
                let _ = stream.shutdown().await;
                // Closing with something unread would be a reset.
                let mut sink = [0; 1024];
                let drain =
                    async { while matches!(stream.read(&mut sink).await, Ok(n) if n > 0) {} };
                let _ = tokio::time::timeout(Duration::from_secs(2), drain).await;
            }
        }
    }

    /// The reply as raw bytes, spoilt; `None` for kinds that a server can send as they are.
    pub(crate) async fn of(kind: &Kind, response: &mut Response) -> Option<Self> {
        let raw = matches!(
            kind,
            Kind::CloseInBody
                | Kind::CutChunk
                | Kind::LengthTooLong
                | Kind::LengthTooShort
                | Kind::Drip(_)
        );
        if !raw {
            return (*kind == Kind::Reset).then_some(Self::Reset);
        }
        let body = take_body(response).await;
        let half = body.slice(..body.len() / 2);
        let mut pause = Duration::ZERO;
        let (framing, mut pieces) = match kind {
            Kind::CloseInBody => (length(body.len()), vec![half]),
            Kind::CutChunk => {
                let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), &half].concat();
                ("transfer-encoding: chunked".to_owned(), vec![chunk.into()])
            }
            Kind::LengthTooLong => (length(body.len() + 64), vec![body]),
            Kind::LengthTooShort => (length(body.len() / 2), vec![body]),
            Kind::Drip(each) => {
                pause = *each;
                (
                    length(body.len()),
                    body.chunks(16).map(Bytes::copy_from_slice).collect(),
                )
            }
            _ => return None,
        };
        pieces.insert(0, head(response, &framing));
        Some(Self::Write { pieces, pause })
    }
}

fn length(length: usize) -> String {
    format!("content-length: {length}")
}

fn head(response: &Response, framing: &str) -> Bytes {
    let mut head = format!("HTTP/1.1 {}\r\n{framing}\r\n", response.status());
    for (name, value) in response.headers() {
        if name != CONTENT_LENGTH {
            let _ = write!(
                head,
                "{name}: {}\r\n",
                String::from_utf8_lossy(value.as_bytes())
            );
        }
    }
    head.push_str("\r\n");
    head.into()
}

async fn take_body(response: &mut Response) -> Bytes {
    let body = std::mem::take(response.body_mut());
    body.collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default()
}

fn put_body(response: &mut Response, body: impl Into<Body>) {
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = body.into();
}

fn says_gzip(response: &mut Response) {
    response
        .headers_mut()
        .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
}

/// The kinds that are proper HTTP: another body, or other headers.
pub(crate) async fn alter(kind: &Kind, response: &mut Response) {
    match kind {
        Kind::Garbage => put_body(response, r#"{"status":{"code":200,"mess"#),
        Kind::Html => {
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
            put_body(
                response,
                "<html><body><h1>We'll be back soon</h1></body></html>\n",
            );
        }
        Kind::EmptyBody => put_body(response, Body::empty()),
        Kind::GzipLie => says_gzip(response),
        Kind::GzipTruncated => {
            let whole = gzip(&take_body(response).await);
            says_gzip(response);
            put_body(response, whole[..whole.len() / 2].to_vec());
        }
        Kind::GzipBomb(mebibytes) => {
            says_gzip(response);
            put_body(response, bomb(*mebibytes));
        }
        Kind::MissingPage => change_json(response, empty_page).await,
        Kind::UndatedRuns => change_json(response, undate_runs).await,
        Kind::LaggingHistory => change_json(response, hide_newest_run).await,
        Kind::ChangingTotal(by) => change_json(response, |body| change_total(body, *by)).await,
        _ => {}
    }
}

/// Compresses a reply, unless it is a file that may be of any size.
pub(crate) async fn zip(response: &mut Response) {
    let is_json = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json");
    if is_json {
        let body = gzip(&take_body(response).await);
        says_gzip(response);
        put_body(response, body);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let _ = std::io::Write::write_all(&mut encoder, bytes);
    encoder.finish().unwrap_or_default()
}

/// A mebibyte of spaces is compressed once, and its block repeated: a block that ends in a full flush stands alone.
fn bomb(mebibytes: u64) -> Vec<u8> {
    let spaces = vec![b' '; 1 << 20];
    let mut block = Vec::with_capacity(1 << 16);
    let mut compress = Compress::new(Compression::default(), false);
    let _ = compress.compress_vec(&spaces, &mut block, FlushCompress::Full);
    let mut one = Crc::new();
    one.update(&spaces);
    let (mut all, mut crc) = (vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], Crc::new());
    for _ in 0..mebibytes {
        all.extend_from_slice(&block);
        crc.combine(&one);
    }
    all.extend_from_slice(&[3, 0]);
    all.extend_from_slice(&crc.sum().to_le_bytes());
    all.extend_from_slice(&crc.amount().to_le_bytes());
    all
}

async fn change_json(response: &mut Response, change: impl FnOnce(&mut Value)) {
    let body = take_body(response).await;
    match serde_json::from_slice(&body) {
        Ok(mut value) => {
            change(&mut value);
            put_body(response, value.to_string());
        }
        Err(_) => put_body(response, body),
    }
}

const LISTS: [&str; 3] = ["connections", "integrations", "integrationFlows"];

fn empty_page(body: &mut Value) {
    for list in LISTS {
        if let Some(items) = body.get_mut(list).and_then(Value::as_array_mut) {
            items.clear();
        }
    }
    if let Some(runs) = body.pointer_mut("/history_of_runs/runs") {
        *runs = json!([]);
    }
    if let Some(size) = body.pointer_mut("/meta/paging/currentPageSize") {
        *size = json!(0);
    }
}

fn history(body: &mut Value) -> Option<&mut Vec<Value>> {
    body.pointer_mut("/history_of_runs/runs")?.as_array_mut()
}

fn undate_runs(body: &mut Value) {
    for run in history(body).into_iter().flatten() {
        if let Some(run) = run.as_object_mut() {
            run.remove("startDate");
            run.remove("lastRun");
        }
    }
}

fn hide_newest_run(body: &mut Value) {
    if let Some(runs) = history(body) {
        let start = |run: &Value| run["startDate"].as_str().map(str::to_owned);
        let newest = (0..runs.len()).max_by_key(|at| start(&runs[*at]));
        newest.map(|at| runs.remove(at));
    }
    change_total(body, -1);
}

fn change_total(body: &mut Value, by: i64) {
    for total in ["/meta/paging/totalSize", "/history_of_runs/totalRuns"] {
        if let Some(total) = body.pointer_mut(total)
            && let Some(number) = total.as_i64()
        {
            *total = json!((number + by).max(0));
        }
    }
}
