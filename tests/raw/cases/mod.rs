//! The cases, a promise a file: written once, run on both clients.
//!
//! An awaited value is bound with `let` before `assert_eq!` and its like: the macro that makes
//! the blocking client's test does not see inside other macros.

mod flow_runs;
mod harness;
mod lost_starts;
mod run_results;
mod service;

use std::time::Duration;

use anaplan_sdk::{Credentials, RetryPolicy};

use super::super::server::{self, Reply, Server};
use super::{Client, ClientBuilder, maybe_async, test};

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
