//! What a status says of what was done.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anaplan_sdk::Error;
use serde_json::json;

use super::{Client, Reply, Server, builder_of, maybe_async, quick_retries, status_of_a_run, test};

/// Answers all by this, but the first request of all by `first`.
fn first_then(first: Reply, others: Reply) -> Server {
    let count = Arc::new(AtomicUsize::new(0));
    Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => first.clone(),
        _ => others.clone(),
    })
}

fn ok() -> Reply {
    Reply::json(200, &json!({"status": {"code": 200, "message": "Success"}}))
}

fn patient(server: &Server) -> Client {
    builder_of(server).retry(quick_retries()).build().unwrap()
}

#[maybe_async]
#[test]
async fn a_408_to_a_read_is_asked_again() {
    let server = first_then(Reply::page(408, "Request Time-out"), status_of_a_run());
    let client = patient(&server);
    client.cw().get_run_status("r").await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[maybe_async]
#[test]
async fn a_408_to_a_delete_is_asked_again() {
    let server = first_then(Reply::page(408, "Request Time-out"), ok());
    let client = patient(&server);
    client.cw().delete_integration("i").await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[maybe_async]
#[test]
async fn a_408_to_a_run_is_not_sent_again() {
    for reply in [
        Reply::page(408, "Request Time-out"),
        Reply::new(408, "text/plain", ""),
    ] {
        let server = Server::start(move |_| reply.clone());
        let client = patient(&server);
        let error = client.cw().run_integration("i").await.unwrap_err();
        assert!(error.may_have_been_applied(), "{error:?}");
        assert_eq!(server.requests_to("POST", "/run").len(), 1);
    }
}

/// Runs an integration on a service that redirects: the error, and that it was sent once.
#[maybe_async]
async fn redirected(status: u16) -> Error {
    let server = Server::start(move |request| {
        let reply = Reply::with(status, &[("Location", "/elsewhere")], "");
        if request.method == "POST" {
            reply
        } else {
            status_of_a_run()
        }
    });
    let client = patient(&server);
    let error = client.cw().run_integration("i").await.unwrap_err();
    assert_eq!(server.requests_to("POST", "/run").len(), 1);
    assert!(server.requests_to("GET", "/elsewhere").is_empty());
    assert!(error.to_string().contains("check the base URL"), "{error}");
    error
}

#[maybe_async]
#[test]
async fn a_303_after_a_run_may_have_been_applied() {
    let error = redirected(303).await;
    assert!(error.may_have_been_applied(), "{error:?}");
}

/// Web frameworks answer a POST that was processed by them as well.
#[maybe_async]
#[test]
async fn a_301_or_302_after_a_run_may_have_been_applied() {
    for status in [301, 302] {
        let error = redirected(status).await;
        assert!(error.may_have_been_applied(), "{error:?}");
    }
}

/// They ask to send the very same request elsewhere.
#[maybe_async]
#[test]
async fn a_307_or_308_after_a_run_has_done_nothing() {
    for status in [307, 308] {
        let error = redirected(status).await;
        assert!(!error.may_have_been_applied(), "{error:?}");
    }
}
