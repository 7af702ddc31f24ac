//! A client that knows nothing but HTTP, and leaves bodies as they come.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use cloudworks_sim::Simulator;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|problem| panic!("{problem}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(each, _)| each == name)
            .map(|(_, value)| value.as_str())
    }

    /// The message in the envelope.
    pub(crate) fn message(&self) -> String {
        self.json()["status"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Panics unless this is what came.
    pub(crate) fn is(self, status: u16, message: &str) -> Value {
        assert_eq!(
            (self.status, self.message().as_str()),
            (status, message),
            "{}",
            self.text()
        );
        assert_eq!(self.json()["status"]["code"], status);
        self.json()
    }

    pub(crate) fn ok(self) -> Value {
        self.is(200, "Success")
    }
}

/// Speaks to one simulator, with a token.
pub(crate) struct Client {
    runtime: Runtime,
    address: String,
    pub(crate) authorization: String,
}

impl Client {
    pub(crate) fn new(simulator: &Simulator) -> Self {
        Self {
            runtime: Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime"),
            address: format!("127.0.0.1:{}", simulator.port()),
            authorization: format!("AnaplanAuthToken {}", simulator.issue_token()),
        }
    }

    /// Any request; `path` begins after the port.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Reply, Box<dyn Error>> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Bytes::new, Bytes::copy_from_slice);
        let request = request.body(Full::new(body))?;
        self.runtime.block_on(async {
            let call = exchange(&self.address, request);
            tokio::time::timeout(Duration::from_secs(20), call).await?
        })
    }

    /// A CloudWorks request that may go wrong.
    pub(crate) fn attempt(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Reply, Box<dyn Error>> {
        let mut headers = vec![("authorization", self.authorization.as_str())];
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        let bytes = body.map(|body| body.to_string().into_bytes());
        self.ask(method, &format!("/2/0{path}"), &headers, bytes.as_deref())
    }

    fn expect(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.attempt(method, path, body)
            .unwrap_or_else(|problem| panic!("{method} {path}: {problem}"))
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.expect("GET", path, None)
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Reply {
        self.expect("POST", path, Some(body))
    }

    pub(crate) fn post_nothing(&self, path: &str) -> Reply {
        self.expect("POST", path, None)
    }

    pub(crate) fn put(&self, path: &str, body: Value) -> Reply {
        self.expect("PUT", path, Some(body))
    }

    pub(crate) fn patch(&self, path: &str, body: Value) -> Reply {
        self.expect("PATCH", path, Some(body))
    }

    pub(crate) fn delete(&self, path: &str) -> Reply {
        self.expect("DELETE", path, None)
    }

    /// A request to the simulator's controls.
    pub(crate) fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let bytes = body.to_string().into_bytes();
        let body = (method == "POST").then_some(bytes.as_slice());
        let json = [("content-type", "application/json")];
        self.ask(method, &format!("/_sim/{path}"), &json, body)
            .expect("a reply")
            .json()
    }
}

/// One request on a connection of its own.
async fn exchange(address: &str, request: Request<Full<Bytes>>) -> Result<Reply, Box<dyn Error>> {
    let stream = tokio::net::TcpStream::connect(address).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await?.into_parts();
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        })
        .collect();
    let kind = headers.iter().find(|(name, _)| name == "content-type");
    Ok(Reply {
        status: parts.status.as_u16(),
        kind: kind.map(|(_, value)| value.clone()).unwrap_or_default(),
        body: body.collect().await?.to_bytes().to_vec(),
        headers,
    })
}
