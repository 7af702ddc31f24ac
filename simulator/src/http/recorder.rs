//! Every request, as it arrived.

use std::collections::VecDeque;
use std::time::SystemTime;

use hyper::http::request::Parts;
use serde_json::{Value, json};

/// A request as it arrived, before anything was made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// `GET`, `POST` …
    pub method: String,
    /// The path as it was sent, still percent-encoded.
    pub path: String,
    /// The query as it was sent, without the `?`.
    pub query: Option<String>,
    /// The headers in the order of arrival, with lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The body, where it is JSON.
    pub json: Option<Value>,
    /// When it arrived, by the machine's clock.
    pub at: SystemTime,
}

impl Recorded {
    /// The first header of this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(each, _)| each.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// `/2/0/integrations?limit=10`, as it was sent.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        self.query.as_ref().map_or_else(
            || self.path.clone(),
            |query| format!("{}?{query}", self.path),
        )
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers.iter().map(|(name, value)| json!([name, value])).collect::<Vec<_>>(),
            "body": String::from_utf8_lossy(&self.body),
            "json": self.json,
        })
    }
}

/// Keeps what arrived, and counts.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    requests: VecDeque<Recorded>,
    keep: Option<usize>,
    in_flight: usize,
    max_in_flight: usize,
    token_requests: usize,
}

impl Recorder {
    /// Keeps only the last `keep` requests, if it is given.
    pub(crate) fn keeping(keep: Option<usize>) -> Self {
        Self {
            keep,
            ..Self::default()
        }
    }

    pub(crate) fn record(&mut self, parts: &Parts, body: &[u8]) {
        let path = parts.uri.path();
        if parts.method == hyper::Method::POST
            && matches!(path, "/token/authenticate" | "/token/refresh")
        {
            self.token_requests += 1;
        }
        if self.keep == Some(0) {
            return;
        }
        if self.keep.is_some_and(|keep| self.requests.len() >= keep) {
            self.requests.pop_front();
        }
        self.requests.push_back(Recorded {
            method: parts.method.to_string(),
            path: path.to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts
                .headers
                .iter()
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                })
                .collect(),
            body: body.to_vec(),
            json: serde_json::from_slice(body).ok(),
            at: SystemTime::now(),
        });
    }

    pub(crate) fn all(&self) -> Vec<Recorded> {
        self.requests.iter().cloned().collect()
    }

    pub(crate) fn to(&self, method: &str, path_prefix: &str) -> Vec<Recorded> {
        self.requests
            .iter()
            .filter(|each| {
                each.method.eq_ignore_ascii_case(method) && each.path.starts_with(path_prefix)
            })
            .cloned()
            .collect()
    }

    pub(crate) fn clear(&mut self) {
        self.requests.clear();
        self.max_in_flight = self.in_flight;
        self.token_requests = 0;
    }

    pub(crate) fn enter(&mut self) {
        self.in_flight += 1;
        self.max_in_flight = self.max_in_flight.max(self.in_flight);
    }

    pub(crate) fn leave(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(crate) fn max_in_flight(&self) -> usize {
        self.max_in_flight
    }

    pub(crate) fn token_requests(&self) -> usize {
        self.token_requests
    }
}
