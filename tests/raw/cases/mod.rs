//! The cases, a promise a file: written once, run on both clients.
//!
//! An awaited value is bound with `let` before `assert_eq!` and its like: the macro that makes
//! the blocking client's test does not see inside other macros.

mod bodies;
mod connection;
mod connection_bodies;
mod error_text;
mod failed_success;
mod files;
mod flow_runs;
mod harness;
mod lists;
mod lost_starts;
mod proxy;
mod rate_limit;
mod read_only;
mod request_form;
mod retry;
mod run_results;
mod secrets;
mod service;
mod tls;
mod tokens;

use std::time::Duration;

use anaplan_sdk::{Credentials, Error, RetryPolicy, TransportError, TransportErrorKind};

use super::super::server::{self, Act, Reply, Request, Server};
use super::{Client, ClientBuilder, give_up_after, maybe_async, sleep, test, together};

/// A client of this server alone, with a bare token and no second attempt.
fn client_of(server: &Server) -> Client {
    builder_of(server).build().unwrap()
}

fn builder_of(server: &Server) -> ClientBuilder {
    let url = server.url();
    Client::builder()
        .credentials(Credentials::token("raw-token"))
        .cloudworks_url(format!("{url}/2/0"))
        .auth_url(url.clone())
        .api_url(format!("{url}/api/2/0"))
        .retry(RetryPolicy::none())
        .timeout(Duration::from_secs(20))
        .no_proxy()
}

/// Five attempts that follow each other at once; what was lost is looked for shortly.
fn quick_retries() -> RetryPolicy {
    RetryPolicy::default()
        .first_delay(Duration::from_millis(2))
        .search_time(Duration::from_millis(300))
}

/// The status of a run that has succeeded.
fn status_of_a_run() -> Reply {
    let run = serde_json::json!({"id": "r", "integrationId": "i", "success": true});
    Reply::json(
        200,
        &serde_json::json!({"status": {"code": 200}, "run": run}),
    )
}

/// What a run failed of: the call that must not be done twice.
#[maybe_async]
async fn run_of(client: &Client) -> Error {
    let run = client.cw().run_integration("raw-integration").await;
    run.unwrap_err()
}

/// The way that failed, also when the client has looked afterwards what became of the call.
fn transport_error(error: &Error) -> &TransportError {
    match error {
        Error::Transport(error) => error,
        Error::Uncertain {
            source: Some(source),
            ..
        } => transport_error(source),
        error => panic!("{error:?}"),
    }
}

fn assert_failed(error: &Error, kind: TransportErrorKind, words: &str) {
    let error = transport_error(error);
    assert_eq!(error.kind, kind, "{error}: {error:?}");
    assert!(error.to_string().contains(words), "{error}: {error:?}");
}
