//! Every test of behaviour, written once and run on both faces, against the simulator.
//!
//! An awaited value is bound with `let` before `assert_eq!` and its like: the macro that makes
//! the blocking face of a test does not see inside other macros.

mod auth;
#[cfg(feature = "certificate")]
mod certificate;
mod connections;
mod directory;
mod dumps;
#[cfg(feature = "estate")]
mod estate;
mod faults;
mod flow_events;
mod flows;
mod guide;
#[cfg(feature = "estate")]
mod guide_estate;
mod guide_names;
mod history;
mod integration_api;
mod integrations;
#[cfg(feature = "certificate")]
mod keys;
mod lifecycle;
mod limits;
mod lists;
mod lost;
mod notifications;
#[cfg(feature = "oauth")]
mod oauth;
mod preflight;
mod run_events;
mod run_many;
mod runs;
mod schedules;
mod segments;
mod session;
mod write_back;

use anaplan_sdk::{Credentials, Error, RetryPolicy};
use cloudworks_sim::{Recorded, Simulator};
use serde_json::Value;

use super::{
    Client, ClientBuilder, RunManyEvents, in_threads, maybe_async, overview_at_once, sleep, test,
    together,
};

/// A client of the simulator, with a password and no patience.
fn client_of(sim: &Simulator) -> Client {
    builder_of(sim).build().unwrap()
}

fn builder_of(sim: &Simulator) -> ClientBuilder {
    Client::builder()
        .credentials(Credentials::basic("planner@corp.example", "password"))
        .cloudworks_url(sim.cloudworks_url())
        .auth_url(sim.auth_url())
        .api_url(sim.api_url())
        .oauth_url(sim.oauth_url())
        .retry(RetryPolicy::none())
}

/// The one request to CloudWorks that was made since the recorder was cleared.
fn only_request(sim: &Simulator) -> Recorded {
    let mut requests = cloudworks_requests(sim);
    assert_eq!(requests.len(), 1, "{requests:#?}");
    requests.remove(0)
}

fn cloudworks_requests(sim: &Simulator) -> Vec<Recorded> {
    let mut requests = sim.requests();
    requests.retain(|request| request.path.starts_with("/2/0/"));
    requests
}

/// The request in full: method, path and query, the headers that matter, the body.
fn assert_sent(request: &Recorded, line: &str, body: Option<Value>) {
    assert_eq!(
        format!("{} {}", request.method, request.path_and_query()),
        line
    );
    let authorization = request.header("authorization").unwrap_or_default();
    assert!(
        authorization.starts_with("AnaplanAuthToken "),
        "{authorization}"
    );
    assert_eq!(
        request.header("content-type"),
        body.is_some().then_some("application/json"),
    );
    let agent = concat!("anaplan-sdk/", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), Some(agent));
    match body {
        Some(body) => assert_eq!(request.json, Some(body)),
        None => assert!(request.body.is_empty(), "{:?}", request.body),
    }
}

/// The next request like this gets this reply instead of the simulator's own.
fn reply_once(sim: &Simulator, method: &str, path: &str, status: u16, body: &Value) {
    let json = [("content-type", "application/json")];
    sim.reply_once(method, path, status, &json, body.to_string());
}

/// The service has refused a call for good, and nothing was done: with this status, in these words
/// (its own, or the hint that goes with them).
fn assert_refused<T: std::fmt::Debug>(answer: Result<T, Error>, status: u16, words: &str) {
    let error = answer.unwrap_err();
    assert!(matches!(error, Error::Api(_)), "{error:?}");
    assert_eq!(error.status(), Some(status), "{error}");
    assert!(error.to_string().contains(words), "{error}");
    assert!(!error.may_have_been_applied(), "{error}");
}

/// The client itself has refused a payload: with this problem among others.
fn assert_invalid<T: std::fmt::Debug>(answer: Result<T, Error>, problem: &str) {
    let error = answer.unwrap_err();
    assert!(matches!(error, Error::Validation(_)), "{error:?}");
    let text = error.to_string();
    assert!(text.lines().any(|line| line == problem), "{text}");
}

/// An id that belongs to nothing.
const NOBODY: &str = "00000000000000000000000000000000";
