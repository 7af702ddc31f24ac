//! The answer to a start is lost: the run is never started twice, and another's run is never
//! taken for it.

use std::time::Duration;

use anaplan_sdk::models::flows::FlowInput;
use anaplan_sdk::runs::{Candidate, WaitOptions};
use anaplan_sdk::{Credentials, Error, RetryPolicy};
use serde_json::{Value, json};

use super::service::{
    FLOW, INTEGRATION, Shared, State, ended, failure, flow, run, service, started, with,
};
use super::{Client, Reply, Server, builder_of, maybe_async, quick_retries, test};

/// The newest run before the start, and its minute.
const BEFORE: &str = "2026-06-19T01:30:16.000Z";
const AFTER: &str = "2026-06-19T01:31:00.250Z";

fn policy() -> RetryPolicy {
    quick_retries()
        .read_baseline(true)
        .search_time(Duration::from_millis(300))
}

fn client_of(server: &Server) -> Client {
    builder_of(server).retry(policy()).build().unwrap()
}

fn soon() -> WaitOptions {
    WaitOptions::default()
        .first_delay(Duration::from_millis(2))
        .longest_delay(Duration::from_millis(10))
        .deadline(Duration::from_secs(20))
}

/// The history before the start: one scheduled run.
fn before() -> State {
    let old = with(
        ended(run("old", BEFORE)),
        &json!({"triggerSource": "scheduled"}),
    );
    State {
        runs: vec![old],
        ..State::default()
    }
}

/// A service that starts this run, and answers a 500 all the same.
fn starts_and_fails(state: State, run: Value) -> (Server, Shared) {
    service(state, move |state, _| {
        state.hidden.push(run.clone());
        failure(500)
    })
}

/// A start whose answer is a 500, after which the history shows these runs as well.
#[maybe_async]
async fn start(state: State, shown: Vec<Value>) -> (Result<String, Error>, usize) {
    let (server, state) = service(state, move |state, _| {
        state.runs.extend(shown.clone());
        failure(500)
    });
    let answer = client_of(&server).cw().run_integration(INTEGRATION).await;
    let posts = state.lock().unwrap().posts;
    (answer.map(|run| run.to_string()), posts)
}

/// The ids of the candidates of a start that stays in doubt.
fn doubt(answer: Result<String, Error>) -> Vec<String> {
    let error = answer.unwrap_err();
    assert!(error.may_have_been_applied(), "{error}");
    let Error::Uncertain { candidates, .. } = error else {
        panic!("{error:?}")
    };
    let id = |one: Candidate| one.id.unwrap_or_default();
    candidates.into_iter().map(id).collect()
}

macro_rules! start_case {
    ($(#[$doc:meta])* $name:ident, $state:expr, [$($shown:expr),*] => found $id:literal) => {
        $(#[$doc])*
        #[maybe_async]
        #[test]
        async fn $name() {
            let (answer, posts) = start($state, vec![$($shown),*]).await;
            assert_eq!(answer.unwrap(), $id);
            assert_eq!(posts, 1);
        }
    };
    ($(#[$doc:meta])* $name:ident, $state:expr, [$($shown:expr),*] => doubt $ids:expr) => {
        $(#[$doc])*
        #[maybe_async]
        #[test]
        async fn $name() {
            let (answer, posts) = start($state, vec![$($shown),*]).await;
            let expected: Vec<String> = $ids.map(str::to_owned).to_vec();
            assert_eq!(doubt(answer), expected);
            assert_eq!(posts, 1);
        }
    };
}

fn ours() -> Value {
    run("ours", AFTER)
}

fn ours_with(fields: &Value) -> Value {
    with(ours(), fields)
}

const NONE: [&str; 0] = [];

start_case!(the_one_new_run_by_hand_in_our_name_is_ours, before(), [ours()] => found "ours");
start_case!(a_run_of_the_same_second_as_the_newest_before_is_new,
    before(), [run("ours", BEFORE)] => found "ours");
start_case!(a_run_dated_behind_the_date_header_is_found,
    before(), [run("ours", "2026-06-19T01:30:16.700Z")] => found "ours");
start_case!(a_name_in_other_letters_and_spaces_is_ours,
    before(), [ours_with(&json!({"triggeredBy": " ada  PLANNER"}))] => found "ours");
start_case!(an_undated_run_is_found_where_the_baseline_was_whole,
    before(), [ours_with(&json!({"startDate": null}))] => found "ours");
start_case!(an_undated_run_is_in_doubt_where_the_baseline_was_not_whole,
    long_history(), [ours_with(&json!({"startDate": null}))]
    => doubt ["ours"]);
start_case!(a_queued_run_without_date_source_and_name_is_in_doubt,
    before(), [json!({"id": "ours", "message": "Queued"})] => doubt ["ours"]);
start_case!(a_null_start_without_a_source_is_in_doubt,
    before(), [json!({"id": "ours", "startDate": Value::Null, "triggeredBy": "Ada Planner"})]
    => doubt ["ours"]);
start_case!(a_scheduled_run_is_not_ours,
    before(), [ours_with(&json!({"triggerSource": "scheduled"}))] => doubt NONE);
start_case!(a_run_of_a_scheduled_flow_is_not_ours,
    before(), [ours_with(&json!({"triggerSource": "scheduled_inf"}))] => doubt NONE);
start_case!(a_run_of_a_flow_by_hand_is_not_ours,
    before(), [ours_with(&json!({"triggerSource": "manual_inf"}))] => doubt NONE);
start_case!(a_run_by_a_button_on_a_page_is_not_ours,
    before(), [ours_with(&json!({"triggerSource": "nux_dashboard"}))] => doubt NONE);
start_case!(another_users_run_is_not_ours,
    before(), [ours_with(&json!({"triggeredBy": "Bob Byron"}))] => doubt NONE);
start_case!(a_longer_name_is_another_users,
    before(), [ours_with(&json!({"triggeredBy": "Ada Planner-Smith"}))] => doubt NONE);
start_case!(the_alias_of_administrators_is_nobodys_name,
    before(), [ours_with(&json!({"triggeredBy": "Internal (Full Access)"}))] => doubt ["ours"]);
start_case!(an_unknown_source_is_in_doubt,
    before(), [ours_with(&json!({"triggerSource": "robot"}))] => doubt ["ours"]);
start_case!(no_source_is_in_doubt,
    before(), [ours_with(&json!({"triggerSource": null}))] => doubt ["ours"]);
start_case!(no_name_is_in_doubt,
    before(), [ours_with(&json!({"triggeredBy": null}))] => doubt ["ours"]);
start_case!(a_caller_without_a_name_is_in_doubt,
    State { user: json!({"id": "u"}), ..before() }, [ours()] => doubt ["ours"]);
start_case!(a_caller_who_may_not_be_known_is_in_doubt,
    State { user: Value::Null, ..before() }, [ours()] => doubt ["ours"]);
start_case!(two_new_runs_in_our_name_are_in_doubt,
    before(), [ours(), run("other", AFTER)] => doubt ["ours", "other"]);
start_case!(a_scheduled_run_beside_ours_does_not_hide_it,
    before(), [ours(), with(run("other", AFTER), &json!({"triggerSource": "scheduled"}))]
    => found "ours");
start_case!(a_run_of_bob_beside_ours_does_not_hide_it,
    before(), [ours(), with(run("other", AFTER), &json!({"triggeredBy": "Bob Byron"}))]
    => found "ours");
start_case!(a_run_that_is_dated_before_the_newest_is_older,
    long_history(), [run("older", "2026-06-12T01:00:00.000Z")]
    => doubt NONE);
start_case!(nothing_that_is_seen_is_not_nothing_that_was_done, before(), [] => doubt NONE);

#[maybe_async]
#[test]
async fn what_was_there_before_is_not_ours() {
    let mut state = before();
    state.runs.push(run("mine of before", BEFORE));
    let (answer, posts) = start(state, Vec::new()).await;
    assert!(doubt(answer).is_empty());
    assert_eq!(posts, 1);
}

/// Nine runs by hand and by us, two a page, oldest first: the newest one is on the last page, and
/// most of them are on neither the first nor the last.
fn long_history() -> State {
    let mut state = State {
        page: 2,
        ..State::default()
    };
    for n in 10..19 {
        let start = format!("2026-06-{n}T01:30:16.000Z");
        state.runs.push(ended(run(&format!("run{n}"), &start)));
    }
    state
}

#[maybe_async]
#[test]
async fn the_baseline_holds_the_last_page_too() {
    let state = long_history();
    let (answer, posts) = start(state, vec![ours()]).await;
    assert_eq!(answer.unwrap(), "ours");
    assert_eq!(posts, 1);
}

#[maybe_async]
#[test]
async fn a_last_page_that_is_missing_is_no_baseline() {
    // The newest run before, by hand and by us, is on the last page, which comes back empty.
    let (server, state) = service(
        State {
            page: 2,
            ..State::default()
        },
        |_, _| failure(500),
    );
    {
        let mut state = state.lock().unwrap();
        for n in 10..13 {
            let start = format!("2026-06-{n}T01:30:16.000Z");
            state.runs.push(ended(run(&format!("run{n}"), &start)));
        }
        state.missing_pages = 1;
    }
    let answer = client_of(&server).cw().run_integration(INTEGRATION).await;
    let candidates = doubt(answer.map(|run| run.to_string()));
    assert_eq!(candidates, ["run12", "run11", "run10"]);
    assert_eq!(state.lock().unwrap().posts, 1);
}

#[maybe_async]
#[test]
async fn without_a_baseline_every_run_by_hand_is_in_doubt() {
    let (server, state) = starts_and_fails(before(), ours());
    let client = builder_of(&server).retry(quick_retries()).build().unwrap();
    let answer = client.cw().run_integration(INTEGRATION).await;
    assert_eq!(doubt(answer.map(|run| run.to_string())), ["ours"]);
    assert_eq!(state.lock().unwrap().posts, 1);
}

#[maybe_async]
#[test]
async fn the_clocks_of_hosts_are_not_compared() {
    for date in [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 19 Jun 2026 01:30:21 GMT",
        "Fri, 31 Dec 2999 00:00:00 GMT",
    ] {
        let (server, state) = service(before(), move |state, request| {
            let dated = |status, body: Value| {
                Reply::with(
                    status,
                    &[("Date", date), ("Content-Type", "application/json")],
                    body.to_string(),
                )
            };
            if request.path.ends_with("/token/authenticate") {
                let token =
                    json!({"tokenInfo": {"tokenValue": "t", "expiresAt": 32503680000000u64}});
                return dated(201, token);
            }
            state.hidden.push(ours());
            dated(
                500,
                json!({"status": {"code": 500, "message": "Internal Server Error"}}),
            )
        });
        let client = builder_of(&server)
            .credentials(Credentials::basic("ada@corp.example", "password"))
            .retry(policy())
            .build()
            .unwrap();
        let run = client.cw().run_integration(INTEGRATION).await.unwrap();
        assert_eq!(run.as_str(), "ours", "{date}");
        assert_eq!(
            state.lock().unwrap().posts,
            2,
            "a log-in and a start, {date}"
        );
    }
}

#[maybe_async]
#[test]
async fn a_history_that_lags_is_looked_at_until_it_shows_the_run() {
    let (server, state) = starts_and_fails(State { lag: 6, ..before() }, ours());
    let outcome = builder_of(&server)
        .retry(policy())
        .build()
        .unwrap()
        .cw()
        .run_and_wait_with(INTEGRATION, &soon())
        .await
        .unwrap();
    assert_eq!(outcome.report().run.as_ref().unwrap().as_str(), "ours");
    assert!(outcome.is_success(), "{outcome}");
    assert_eq!(state.lock().unwrap().posts, 1);
}

#[maybe_async]
#[test]
async fn a_run_that_never_appears_is_uncertain_at_the_deadline() {
    let (server, state) = service(before(), |_, _| failure(503));
    let options = soon().deadline(Duration::from_secs(3));
    let client = client_of(&server);
    let answer = client.cw().run_and_wait_with(INTEGRATION, &options).await;
    let error = answer.unwrap_err();
    assert!(matches!(error, Error::Uncertain { .. }), "{error}");
    let state = state.lock().unwrap();
    assert_eq!(state.posts, 1);
    assert!(state.looks > 3, "{} looks", state.looks);
}

#[maybe_async]
#[test]
async fn what_is_told_later_settles_it() {
    // Two runs are new; the other one is no longer shown from the fourth look on.
    let (server, state) = service(before(), |state, _| {
        state.runs.push(ours());
        state.runs.push(json!({"id": "other", "message": "Queued"}));
        failure(500)
    });
    let watched = state.clone();
    let told = std::thread::spawn(move || {
        for _ in 0..2000 {
            std::thread::sleep(Duration::from_millis(1));
            let mut state = watched.lock().unwrap();
            if state.looks >= 4 {
                state.runs.retain(|run| run["id"] != "other");
                return;
            }
        }
    });
    let client = builder_of(&server)
        .retry(policy().search_time(Duration::from_secs(10)))
        .build()
        .unwrap();
    let run = client.cw().run_integration(INTEGRATION).await.unwrap();
    assert_eq!(run.as_str(), "ours");
    told.join().unwrap();
}

/// A gateway's answer in place of the service's, to a start that was processed.
#[maybe_async]
async fn gateway(status: u16, body: Value) {
    for processed in [true, false] {
        let body = body.clone();
        let (server, state) = service(before(), move |state, _| {
            if processed {
                state.hidden.push(ours());
            }
            Reply::json(status, &body)
        });
        let answer = client_of(&server).cw().run_integration(INTEGRATION).await;
        match answer {
            Ok(run) => assert!(processed && run.as_str() == "ours"),
            Err(error) => assert!(!processed && error.may_have_been_applied(), "{error}"),
        }
        assert_eq!(state.lock().unwrap().posts, 1, "processed: {processed}");
    }
}

macro_rules! gateway_case {
    ($name:ident, $status:literal, $body:tt) => {
        #[maybe_async]
        #[test]
        async fn $name() {
            gateway($status, json!($body)).await;
        }
    };
}

gateway_case!(a_gateway_without_a_healthy_upstream, 503,
    {"message": "no healthy upstream", "error": "x"});
gateway_case!(a_gateway_with_a_code, 500, {"code": 500, "message": "upstream error"});
gateway_case!(springs_own_error, 500, {
    "timestamp": "2026-06-19T01:30:16.000+00:00", "status": 500,
    "error": "Internal Server Error", "path": "/integrations/run",
});
gateway_case!(the_services_own_form, 503, {"status": {"code": 503, "message": "Service Unavailable"}});
gateway_case!(a_gateway_timeout, 504, {"message": "Endpoint request timed out"});

/// What would be done twice is posted once, whatever the failure is.
#[maybe_async]
async fn is_posted_once(what: &str) {
    for status in [500, 502, 503, 504] {
        for processed in [true, false] {
            let latest = with(
                ended(run("flow run of before", BEFORE)),
                &json!({"triggerSource": "scheduled"}),
            );
            let state = State {
                flows: vec![flow(latest, &[])],
                ..before()
            };
            let (server, state) = service(state, move |state, _| {
                if processed {
                    state.hidden.push(ours());
                }
                failure(status)
            });
            let client = client_of(&server);
            let cw = client.cw();
            let answer = match what {
                "run" => cw.run_integration(INTEGRATION).await.map(|_| ()),
                "cancel" => cw.cancel_integration(INTEGRATION).await,
                "run_flow" => cw.flows().run_flow(FLOW).await.map(|_| ()),
                "run_flow_steps" => {
                    let steps = [INTEGRATION];
                    cw.flows().run_flow_steps(FLOW, steps).await.map(|_| ())
                }
                _ => {
                    let new = FlowInput::sequence("New", [INTEGRATION, FLOW]);
                    cw.flows().create_flow(new).await.map(|_| ())
                }
            };
            let posts = state.lock().unwrap().posts;
            assert_eq!(posts, 1, "{what}, {status}, processed: {processed}");
            if what != "run" || !processed {
                let error = answer.unwrap_err();
                assert!(error.may_have_been_applied(), "{what}, {status}: {error}");
            }
        }
    }
}

macro_rules! once_case {
    ($($name:ident $what:literal)*) => {$(
        #[maybe_async]
        #[test]
        async fn $name() {
            is_posted_once($what).await;
        }
    )*};
}

once_case! {
    a_run_is_posted_once "run"
    a_cancel_is_posted_once "cancel"
    a_run_of_a_flow_is_posted_once "run_flow"
    a_run_of_steps_is_posted_once "run_flow_steps"
    a_new_flow_is_posted_once "create_flow"
}

/// The first posts are answered so, the next one well.
#[maybe_async]
async fn posts_after(first: Reply, credentials: Credentials) -> usize {
    let (server, state) = service(before(), move |state, request| {
        if request.path.ends_with("/token/authenticate") {
            state.posts -= 1;
            let token = json!({"tokenInfo": {"tokenValue": "t"}});
            return Reply::json(201, &token);
        }
        match state.posts {
            1 => first.clone(),
            _ => started("ours"),
        }
    });
    let client = builder_of(&server)
        .credentials(credentials)
        .retry(policy())
        .build()
        .unwrap();
    let run = client.cw().run_integration(INTEGRATION).await.unwrap();
    assert_eq!(run.as_str(), "ours");
    state.lock().unwrap().posts
}

#[maybe_async]
#[test]
async fn after_a_429_it_is_sent_again() {
    let slow = Reply::with(429, &[("Retry-After", "0")], "");
    let posts = posts_after(slow, Credentials::token("t")).await;
    assert_eq!(posts, 2);
}

#[maybe_async]
#[test]
async fn after_a_refused_token_it_is_sent_again() {
    let refused = Reply::json(401, &json!({"status": {"code": 401, "message": "expired"}}));
    let posts = posts_after(refused, Credentials::basic("ada@corp.example", "pw")).await;
    assert_eq!(posts, 2);
}

#[maybe_async]
#[test]
async fn who_prefers_a_second_start_says_so() {
    let (server, state) = service(before(), |state, _| match state.posts {
        1 => failure(500),
        _ => started("second"),
    });
    let policy = policy().start_again_after(Duration::from_millis(50));
    let client = builder_of(&server).retry(policy).build().unwrap();
    let run = client.cw().run_integration(INTEGRATION).await.unwrap();
    assert_eq!(run.as_str(), "second");
    let state = state.lock().unwrap();
    assert_eq!(state.posts, 2);
    assert!(state.looks > 2, "{} looks", state.looks);
}

#[maybe_async]
#[test]
async fn what_was_seen_is_not_started_again_even_so() {
    let (server, state) = starts_and_fails(before(), ours_with(&json!({"triggeredBy": null})));
    let policy = policy().start_again_after(Duration::from_millis(50));
    let client = builder_of(&server).retry(policy).build().unwrap();
    let answer = client.cw().run_integration(INTEGRATION).await;
    assert_eq!(doubt(answer.map(|run| run.to_string())), ["ours"]);
    assert_eq!(state.lock().unwrap().posts, 1);
}

#[maybe_async]
#[test]
async fn a_second_start_that_is_in_the_way_of_the_first_finds_it() {
    let (server, state) = service(before(), |state, _| match state.posts {
        1 => {
            state.lag = 1000;
            state.hidden.push(ours());
            failure(500)
        }
        _ => {
            state.lag = 0;
            failure(409)
        }
    });
    let policy = policy().start_again_after(Duration::from_millis(20));
    let client = builder_of(&server).retry(policy).build().unwrap();
    let run = client.cw().run_integration(INTEGRATION).await.unwrap();
    assert_eq!(run.as_str(), "ours");
    assert_eq!(state.lock().unwrap().posts, 2);
}

#[maybe_async]
#[test]
async fn a_baseline_that_cannot_be_read_does_not_prevent_the_start() {
    let server = Server::start(|request| match request.method.as_str() {
        "GET" => Reply::json(403, &json!({"status": {"code": 403, "message": "no"}})),
        _ => started("ours"),
    });
    let run = client_of(&server).cw().run_integration(INTEGRATION).await;
    assert_eq!(run.unwrap().as_str(), "ours");
}
