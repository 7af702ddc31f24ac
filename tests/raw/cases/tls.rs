//! TLS that does not come about, and whose certificates are trusted.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use anaplan_sdk::{Credentials, Error, TransportErrorKind as Kind};
use serde_json::json;

use super::super::super::certificates::{self, Leaf};
use super::super::super::child;
use super::super::super::server::reset_on_close;
use super::{
    Client, ClientBuilder, Reply, Server, assert_failed, builder_of, maybe_async, quick_retries,
    run_of, test, transport_error,
};

fn secured(leaf: Leaf) -> Server {
    let answer = |_: &_| Reply::json(200, &json!({"connections": []}));
    Server::start_tls(certificates::server(leaf), answer)
}

/// Five attempts, if one could help.
fn trusting(server: &Server) -> ClientBuilder {
    builder_of(server)
        .ca_file(certificates::path("ca.pem"))
        .retry(quick_retries())
}

/// The call ends at once, nothing was sent, and it was not tried again.
#[maybe_async]
async fn assert_rejected(client: &Client, server: &Server, words: &str) {
    let error = run_of(client).await;
    assert_failed(&error, Kind::Rejected, words);
    assert!(!error.may_have_been_applied(), "{error}");
    assert_eq!(transport_error(&error).attempts, 1, "{error}");
    assert_eq!(server.connections(), 1, "{error}");
    assert!(server.requests().is_empty(), "{error}");
}

#[maybe_async]
#[test]
async fn a_certificate_that_is_not_trusted_is_tried_once() {
    let server = secured(Leaf::Good);
    let client = builder_of(&server).retry(quick_retries()).build().unwrap();
    assert_rejected(&client, &server, "certificate is not trusted").await;
}

#[maybe_async]
#[test]
async fn the_error_says_how_to_trust_it() {
    let server = secured(Leaf::Good);
    let client = builder_of(&server).build().unwrap();
    let error = run_of(&client).await.to_string();
    assert!(error.contains("`ca_file`"), "{error}");
    assert!(error.contains("ANAPLAN_CA_FILE"), "{error}");
}

#[maybe_async]
#[test]
async fn a_certificate_that_has_expired() {
    let server = secured(Leaf::Expired);
    let client = trusting(&server).build().unwrap();
    assert_rejected(&client, &server, "certificate has expired").await;
}

#[maybe_async]
#[test]
async fn a_certificate_for_another_host() {
    let server = secured(Leaf::ForAnotherHost);
    let client = trusting(&server).build().unwrap();
    assert_rejected(&client, &server, "certificate is for another host").await;
}

/// The read of a token is a call like any other.
#[maybe_async]
#[test]
async fn a_log_in_meets_a_certificate_that_is_not_trusted() {
    let server = secured(Leaf::Good);
    let builder = builder_of(&server).retry(quick_retries());
    let builder = builder.credentials(Credentials::basic("planner@corp.example", "password"));
    let client = builder.build().unwrap();
    let error = run_of(&client).await;
    assert!(matches!(error, Error::Auth(_)), "{error:?}");
    assert!(!error.may_have_been_applied(), "{error}");
    assert_eq!(server.connections(), 1, "{error}");
    let mut text = String::new();
    let mut source: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = source {
        text.push_str(&error.to_string());
        source = error.source();
    }
    assert!(text.contains("certificate is not trusted"), "{text}");
}

/// A server that ends the handshake as `end` says.
fn handshake(end: impl Fn(std::net::TcpStream) + Send + Sync + 'static) -> (Server, String) {
    let server = Server::raw(move |stream, _| {
        let _ = stream.peek(&mut [0]);
        end(stream);
    });
    let url = format!("https://{}", server.address());
    (server, url)
}

#[maybe_async]
async fn assert_unsent(server: &Server, url: &str, kind: Kind, words: &str) {
    let builder = builder_of(server).cloudworks_url(format!("{url}/2/0"));
    let builder = builder.connect_timeout(Duration::from_secs(2));
    let error = run_of(&builder.build().unwrap()).await;
    assert_failed(&error, kind, words);
    assert!(!error.may_have_been_applied(), "{error}");
}

#[maybe_async]
#[test]
async fn a_handshake_that_is_closed() {
    let (server, url) = handshake(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
    });
    assert_unsent(&server, &url, Kind::NotConnected, "handshake").await;
}

#[maybe_async]
#[test]
async fn a_handshake_that_is_reset() {
    let (server, url) = handshake(|stream| reset_on_close(&stream).unwrap());
    assert_unsent(&server, &url, Kind::NotConnected, "handshake").await;
}

#[maybe_async]
#[test]
async fn a_handshake_that_is_refused_by_an_alert() {
    let (server, url) = handshake(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        // Fatal, handshake_failure.
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]);
    });
    assert_unsent(&server, &url, Kind::NotConnected, "handshake").await;
}

#[maybe_async]
#[test]
async fn a_handshake_that_is_not_answered() {
    let (server, url) = handshake(|stream| {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
        let _ = (&stream).read_to_end(&mut Vec::new());
    });
    let words = "no connection within the connect timeout";
    assert_unsent(&server, &url, Kind::ConnectTimeout, words).await;
}

#[maybe_async]
#[test]
async fn https_to_a_plain_port() {
    let (server, url) = handshake(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    assert_unsent(&server, &url, Kind::NotConnected, "does not speak TLS").await;
}

/// Interim answers that are decrypted already come without a look at the socket.
#[maybe_async]
#[test]
async fn a_flood_of_1xx_over_tls_does_not_outrun_the_timeout() {
    let server = Server::start_tls(certificates::server(Leaf::Good), |_| {
        let flood = Reply::head(103, &[]).repeat(100_000);
        (0..200).fold(Reply::default(), |reply, _| {
            reply.then(super::super::super::server::Act::Write(flood.clone()))
        })
    });
    let builder = trusting(&server).timeout(Duration::from_secs(3));
    let client = builder.retry(anaplan_sdk::RetryPolicy::none()).build();
    let began = Instant::now();
    let error = run_of(&client.unwrap()).await;
    assert!(began.elapsed() < Duration::from_secs(20));
    assert!(error.may_have_been_applied(), "{error}");
}

#[maybe_async]
#[test]
async fn ca_file_is_trusted() {
    let server = secured(Leaf::Good);
    let client = trusting(&server).build().unwrap();
    let connections = client.cw().list_connections().await.unwrap();
    assert!(connections.is_empty());
}

/// A bundle of more than one certificate, with words between them.
#[maybe_async]
#[test]
async fn ca_file_of_two_authorities() {
    let read = |name: &str| std::fs::read_to_string(certificates::path(name)).unwrap();
    let bundle = format!("# ours\n{}\n{}", read("other-ca.pem"), read("ca.pem"));
    let server = secured(Leaf::Good);
    let client = builder_of(&server).ca_file(file("bundle", bundle.as_bytes()));
    let connections = client.build().unwrap().cw().list_connections().await;
    assert!(connections.unwrap().is_empty());
}

#[maybe_async]
#[test]
async fn ca_file_of_another_authority() {
    let server = secured(Leaf::Good);
    let builder = builder_of(&server).ca_file(certificates::path("other-ca.pem"));
    let client = builder.build().unwrap();
    assert_rejected(&client, &server, "certificate is not trusted").await;
}

/// The variable is the process's: a process of its own.
#[maybe_async]
#[test]
async fn anaplan_ca_file() {
    let ca = certificates::path("ca.pem");
    let variables = [
        ("ANAPLAN_CA_FILE", ca.to_str().unwrap()),
        ("ANAPLAN_TOKEN", "raw-token"),
    ];
    if child::again(module_path!(), "anaplan_ca_file", &variables) {
        return;
    }
    let server = secured(Leaf::Good);
    let builder = ClientBuilder::from_env().unwrap();
    let client = builder.cloudworks_url(format!("{}/2/0", server.url()));
    let client = client.no_proxy().build().unwrap();
    let connections = client.cw().list_connections().await.unwrap();
    assert!(connections.is_empty());
}

/// In the place of the system's authorities, on Linux.
#[cfg(target_os = "linux")]
#[maybe_async]
#[test]
async fn ssl_cert_file() {
    let ca = certificates::path("ca.pem");
    let variables = [("SSL_CERT_FILE", ca.to_str().unwrap())];
    if child::again(module_path!(), "ssl_cert_file", &variables) {
        return;
    }
    let server = secured(Leaf::Good);
    let client = builder_of(&server).build().unwrap();
    let connections = client.cw().list_connections().await.unwrap();
    assert!(connections.is_empty());
}

/// A system without any authority: what to do about it is said by `build()`.
#[cfg(target_os = "linux")]
#[maybe_async]
#[test]
async fn a_system_without_authorities() {
    let variables = [("SSL_CERT_FILE", "/nowhere"), ("SSL_CERT_DIR", "/nowhere")];
    if child::again(module_path!(), "a_system_without_authorities", &variables) {
        return;
    }
    let builder = Client::builder().credentials(Credentials::token("raw-token"));
    let problem = problem(builder.clone());
    assert!(problem.contains("ca-certificates"), "{problem}");
    assert!(problem.contains("SSL_CERT_FILE"), "{problem}");
    builder
        .ca_file(certificates::path("ca.pem"))
        .build()
        .unwrap();
}

fn file(name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let face = module_path!().replace("::", "-");
    let path = certificates::path(&format!("{face}-{name}"));
    std::fs::write(&path, bytes).unwrap();
    path
}

fn problem(builder: ClientBuilder) -> String {
    let error = builder.build().err().unwrap();
    assert!(matches!(error, Error::Config(_)), "{error:?}");
    error.to_string()
}

fn problem_of_ca_file(path: impl Into<std::path::PathBuf>) -> String {
    let builder = Client::builder().credentials(Credentials::token("raw-token"));
    let problem = problem(builder.ca_file(path).no_proxy());
    assert!(problem.contains("ca_file"), "{problem}");
    problem
}

#[maybe_async]
#[test]
async fn ca_file_that_is_not_there() {
    let problem = problem_of_ca_file("/nowhere/ca.pem");
    assert!(
        problem.contains("`/nowhere/ca.pem` cannot be read"),
        "{problem}"
    );
}

#[maybe_async]
#[test]
async fn ca_file_that_is_a_directory() {
    let problem = problem_of_ca_file(std::env::temp_dir());
    assert!(problem.contains("it is a directory"), "{problem}");
}

#[cfg(unix)]
#[maybe_async]
#[test]
async fn ca_file_that_never_ends() {
    let problem = problem_of_ca_file("/dev/zero");
    assert!(problem.contains("larger than 1 MiB"), "{problem}");
}

#[maybe_async]
#[test]
async fn ca_file_that_is_too_large() {
    let problem = problem_of_ca_file(file("large", &vec![b'\n'; 2 << 20]));
    assert!(problem.contains("larger than 1 MiB"), "{problem}");
}

#[maybe_async]
#[test]
async fn ca_file_that_is_no_pem() {
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("der", &[0x30, 0x82, 1, 2]),
        ("words", b"ca"),
    ] {
        let problem = problem_of_ca_file(file(name, bytes));
        assert!(problem.contains("holds no certificate"), "{problem}");
        assert!(problem.contains("openssl x509 -inform der"), "{problem}");
    }
}

#[maybe_async]
#[test]
async fn ca_file_that_is_a_key() {
    let problem = problem_of_ca_file(certificates::path("ca.key"));
    assert!(problem.contains("holds no certificate"), "{problem}");
}

#[maybe_async]
#[test]
async fn ca_file_that_is_cut() {
    let whole = std::fs::read(certificates::path("ca.pem")).unwrap();
    let problem = problem_of_ca_file(file("cut", &whole[..whole.len() / 2]));
    assert!(problem.contains("a certificate"), "{problem}");
}
