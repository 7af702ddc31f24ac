//! What goes wrong on the way: the same kind, the same words and the same answer to "may it have
//! been done?" on both clients.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anaplan_sdk::{Credentials, RetryPolicy, TransportErrorKind as Kind};

use super::super::super::child;
use super::super::super::server::{Act, nobody, reset_on_close};
use super::{
    Client, ClientBuilder, Reply, Server, assert_failed, builder_of, client_of, maybe_async,
    quick_retries, run_of, test, transport_error,
};

/// A client of any address.
fn builder_at(url: &str) -> ClientBuilder {
    Client::builder()
        .credentials(Credentials::token("raw-token"))
        .cloudworks_url(format!("{url}/2/0"))
        .retry(RetryPolicy::none())
        .timeout(Duration::from_secs(5))
        .no_proxy()
}

#[maybe_async]
#[test]
async fn an_unknown_host() {
    let client = builder_at("https://anaplan.invalid").build().unwrap();
    let error = run_of(&client).await;
    assert_failed(&error, Kind::NotConnected, "name of the host was not found");
    assert!(!error.may_have_been_applied(), "{error}");
}

#[maybe_async]
#[test]
async fn refused() {
    let client = builder_at(&format!("http://{}", nobody())).build().unwrap();
    let error = run_of(&client).await;
    assert_failed(&error, Kind::NotConnected, "connection was refused");
    assert!(!error.may_have_been_applied(), "{error}");
}

/// What certainly was not sent is sent again, also when it must not be done twice.
#[maybe_async]
#[test]
async fn refused_is_tried_again() {
    let builder = builder_at(&format!("http://{}", nobody()));
    let client = builder.retry(quick_retries()).build().unwrap();
    let error = run_of(&client).await;
    assert_eq!(transport_error(&error).attempts, 5, "{error}");
}

/// The connection had come about: nobody can know what of the request was read.
#[maybe_async]
#[test]
async fn reset_before_the_request_is_read() {
    let server = Server::raw(|stream, _| {
        // The request is there, and is not read.
        let _ = stream.peek(&mut [0]);
        reset_on_close(&stream).unwrap();
    });
    let client = builder_of(&server).retry(quick_retries()).build().unwrap();
    let error = run_of(&client).await;
    assert_failed(&error, Kind::Broken, "connection was reset");
    assert!(error.may_have_been_applied(), "{error}");
}

#[maybe_async]
#[test]
async fn reset_after_the_request() {
    let server = Server::start(|_| Reply::reset());
    let error = run_of(&client_of(&server)).await;
    assert_failed(&error, Kind::Broken, "connection was reset");
    assert!(error.may_have_been_applied(), "{error}");
}

#[maybe_async]
#[test]
async fn closed_after_the_request() {
    let server = Server::start(|_| Reply::default().then(Act::Close));
    let error = run_of(&client_of(&server)).await;
    assert_failed(&error, Kind::Broken, "closed the connection");
    assert!(error.may_have_been_applied(), "{error}");
}

#[maybe_async]
#[test]
async fn closed_in_the_head_of_the_answer() {
    let server = Server::start(|_| Reply::bytes(&b"HTTP/1.1 200 O"[..]).then(Act::Close));
    let error = run_of(&client_of(&server)).await;
    assert_failed(&error, Kind::Broken, "closed the connection");
    assert!(error.may_have_been_applied(), "{error}");
}

#[maybe_async]
#[test]
async fn an_answer_that_is_no_http() {
    let server = Server::start(|_| Reply::bytes(&b"SSH-2.0-OpenSSH_9.9\r\n\r\n"[..]));
    let error = run_of(&client_of(&server)).await;
    assert_failed(&error, Kind::Broken, "not HTTP");
    assert!(error.may_have_been_applied(), "{error}");
}

#[maybe_async]
#[test]
async fn silence() {
    let server = Server::start(|_| Reply::hang());
    let builder = builder_of(&server).timeout(Duration::from_secs(3));
    let error = run_of(&builder.build().unwrap()).await;
    assert_failed(&error, Kind::Timeout, "no whole answer within the timeout");
    assert!(
        error.is_timeout() && error.may_have_been_applied(),
        "{error}"
    );
}

/// 1xx after 1xx, for ever: <https://www.rfc-editor.org/rfc/rfc9110#section-15.2>.
fn endless(status: u16) -> Server {
    Server::raw(move |mut stream: TcpStream, _| {
        let _ = stream.read(&mut [0; 4096]);
        let head = Reply::head(status, &[]);
        while stream.write_all(&head).is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    })
}

#[maybe_async]
#[test]
async fn a_stream_of_1xx_does_not_outrun_the_timeout() {
    for status in [100, 102, 103] {
        let server = endless(status);
        let builder = builder_of(&server).timeout(Duration::from_secs(3));
        let began = Instant::now();
        let error = run_of(&builder.build().unwrap()).await;
        assert!(began.elapsed() < Duration::from_secs(20), "{status}");
        assert_failed(&error, Kind::Timeout, "no whole answer within the timeout");
        assert!(error.may_have_been_applied(), "{status}: {error}");
    }
}

#[maybe_async]
#[test]
async fn a_stream_of_1xx_does_not_outrun_the_timeout_of_a_dump() {
    for status in [100, 102, 103] {
        let server = endless(status);
        let builder = builder_of(&server).timeout(Duration::from_secs(3));
        let client = builder.build().unwrap();
        let began = Instant::now();
        let opened = client.cw().import_error_dump("run").await;
        assert!(began.elapsed() < Duration::from_secs(20), "{status}");
        let error = opened.err().unwrap();
        assert_failed(&error, Kind::Timeout, "no whole answer within the timeout");
    }
}

/// One interim answer is none: the one after it counts.
#[maybe_async]
#[test]
async fn an_interim_answer_is_passed_over() {
    let server = Server::start(|_| {
        let mut bytes = Reply::head(103, &[("Link", "</style.css>")]);
        let body = r#"{"connections": []}"#;
        bytes.extend(Reply::head(200, &[("Content-Length", "19")]));
        bytes.extend_from_slice(body.as_bytes());
        Reply::bytes(bytes)
    });
    let connections = client_of(&server).cw().list_connections().await.unwrap();
    assert!(connections.is_empty());
}

/// The limit is the process's: a process of its own.
#[maybe_async]
#[test]
async fn no_file_handles_left() {
    if child::again(module_path!(), "no_file_handles_left", &[]) {
        return;
    }
    let address = nobody();
    let client = builder_at(&format!("http://{address}")).build().unwrap();
    // The first call opens what a client needs once.
    run_of(&client).await;
    let mut held = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        held.push(file);
    }
    let error = run_of(&client).await;
    drop(held);
    assert_failed(&error, Kind::NotConnected, "no file handles are left");
    assert!(!error.may_have_been_applied(), "{error}");
}
