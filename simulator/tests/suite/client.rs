//! A client that knows nothing but HTTP.

use std::time::Duration;

use cloudworks_sim::Simulator;
use serde_json::Value;
use ureq::http::Request;

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
    agent: ureq::Agent,
    root: String,
    pub(crate) authorization: String,
}

impl Client {
    pub(crate) fn new(simulator: &Simulator) -> Self {
        Self {
            agent: ureq::Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .timeout_global(Some(Duration::from_secs(20)))
                .build()
                .into(),
            root: simulator.auth_url(),
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
    ) -> Result<Reply, ureq::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.root));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match body {
            Some(body) => self
                .agent
                .run(request.body(body.to_vec()).expect("a request"))?,
            None => self.agent.run(request.body(()).expect("a request"))?,
        };
        let (parts, mut body) = response.into_parts();
        let headers: Vec<(String, String)> = parts
            .headers
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        Ok(Reply {
            status: parts.status.as_u16(),
            kind: headers
                .iter()
                .find(|(name, _)| name == "content-type")
                .map(|(_, v)| v.clone())
                .unwrap_or_default(),
            body: body.with_config().limit(u64::MAX).read_to_vec()?,
            headers,
        })
    }

    /// A CloudWorks request that may go wrong.
    pub(crate) fn attempt(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Reply, ureq::Error> {
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
        self.ask(method, &format!("/_sim/{path}"), &[], body)
            .expect("a reply")
            .json()
    }
}
