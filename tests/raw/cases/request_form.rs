//! Every operation as it goes over the wire, to the byte, on both clients.

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::{Credentials, Method};
use serde_json::json;

use super::super::super::calls::{
    Ids, blob, flow, import, mine, nightly, other_name, process, told,
};
use super::super::super::server::Request;
use super::{Reply, Server, builder_of, client_of, maybe_async, test};

/// A request in writing: names of headers small and in order, without those that
/// are the HTTP library's own (`user-agent`, `accept`) and the host of the test.
fn written(request: &Request) -> String {
    let target = match request.query.as_str() {
        "" => request.path.clone(),
        query => format!("{}?{query}", request.path),
    };
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| format!("{}: {value}\n", name.to_ascii_lowercase()))
        .filter(|line| {
            !["user-agent: ", "accept: ", "host: "]
                .iter()
                .any(|name| line.starts_with(name))
        })
        .collect();
    headers.sort();
    let body = String::from_utf8(request.body.clone()).unwrap();
    let text = format!("{} {target}\n{}\n{body}", request.method, headers.concat());
    text.trim_end().to_owned()
}

/// A server that refuses everything, so that each operation is one request.
fn refusing() -> Server {
    Server::start(|_| Reply::json(400, &json!({"status": {"code": 400, "message": "no"}})))
}

/// One request, and this one.
fn assert_sent(line: &str, authorization: &str, server: &Server) {
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_eq!(written(&requests[0]), in_full(line, "", authorization));
}

/// What one operation sends.
macro_rules! form {
    ($($name:ident ($operation:ident): |$c:ident, $ids:ident| $call:expr, $request:literal, $body:literal, $effect:expr;)*) => {$(
        #[maybe_async]
        #[test]
        async fn $name() {
            let server = refusing();
            let ($c, $ids) = (&client_of(&server), &Ids::for_bytes());
            let _ = $ids;
            let _ = $call.await;
            let requests = server.requests();
            assert_eq!(requests.len(), 1, "{requests:?}");
            let expected = in_full($request, $body, "AnaplanAuthToken raw-token");
            assert_eq!(written(&requests[0]), expected);
        }
    )*};
}
every_call!(form);

/// A request with the headers that every one has.
fn in_full(line: &str, body: &str, authorization: &str) -> String {
    let head = format!("{line}\naccept-encoding: gzip\nauthorization: {authorization}\n");
    let length = body.len();
    match line.split(' ').next() {
        Some("GET" | "DELETE") => head.trim_end().to_owned(),
        _ if body.is_empty() => format!("{head}content-length: 0"),
        _ => format!("{head}content-length: {length}\ncontent-type: application/json\n\n{body}"),
    }
}

#[maybe_async]
#[test]
async fn log_in() {
    let server = refusing();
    let credentials = Credentials::basic("planner@corp.example", "password");
    let client = builder_of(&server).credentials(credentials);
    let _ = client.build().unwrap().cw().list_connections().await;
    let basic = "Basic cGxhbm5lckBjb3JwLmV4YW1wbGU6cGFzc3dvcmQ=";
    assert_sent("POST /token/authenticate", basic, &server);
}

#[maybe_async]
#[test]
async fn log_out() {
    let server = refusing();
    let _ = client_of(&server).log_out().await;
    assert_sent("POST /token/logout", "AnaplanAuthToken raw-token", &server);
}

#[maybe_async]
#[test]
async fn any_other_request() {
    for method in [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ] {
        let server = refusing();
        let line = format!("{method} /2/0/anything?x=1");
        let _ = client_of(&server)
            .request(method, "anything?x=1", None)
            .await;
        assert_sent(&line, "AnaplanAuthToken raw-token", &server);
    }
}
