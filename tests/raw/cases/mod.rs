//! The cases, a promise a file: written once, run on both clients.
//!
//! An awaited value is bound with `let` before `assert_eq!` and its like: the macro that makes
//! the blocking client's test does not see inside other macros.

mod files;
mod flow_runs;
mod harness;
mod lists;
mod lost_starts;
mod rate_limit;
mod retry;
mod service;
mod tokens;

use std::time::Duration;

use anaplan_sdk::{Credentials, RetryPolicy};

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
        .timeout(Duration::from_secs(5))
        .no_proxy()
}

/// Five attempts that follow each other at once.
fn quick_retries() -> RetryPolicy {
    RetryPolicy::default().first_delay(Duration::from_millis(2))
}

/// The status of a run that has succeeded.
fn status_of_a_run() -> Reply {
    let run = serde_json::json!({"id": "r", "integrationId": "i", "success": true});
    Reply::json(
        200,
        &serde_json::json!({"status": {"code": 200}, "run": run}),
    )
}
