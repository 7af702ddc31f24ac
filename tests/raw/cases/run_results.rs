//! What runs came to, by the service's own words: counts, late runs, hints, remedies.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anaplan_sdk::models::jiff::Timestamp;
use anaplan_sdk::runs::{RunEvent, WaitOptions};
use anaplan_sdk::timetable::DueState;
use anaplan_sdk::{Credentials, Error};
use serde_json::{Value, json};

use super::service::INTEGRATION;
use super::{Client, Reply, Server, builder_of, client_of, maybe_async, test};

fn ok(key: &str, value: &Value) -> Reply {
    Reply::json(200, &json!({"status": {"code": 200}, key: value}))
}

fn refusal(status: u16, message: &str) -> Reply {
    let body = json!({"status": {"code": status, "message": message}});
    Reply::json(status, &body)
}

/// A service that knows these replies, each by the end of its path.
fn service(replies: Vec<(&'static str, Reply)>) -> Server {
    Server::start(move |request| {
        let mut known = replies.iter();
        let found = known.find(|(path, _)| request.path.ends_with(path));
        found.map_or_else(|| refusal(404, "not here"), |(_, reply)| reply.clone())
    })
}

fn run(fields: &Value) -> Value {
    let mut run = json!({
        "id": "r1", "integrationId": INTEGRATION, "success": true, "message": "Success",
        "startDate": "2026-06-19T01:30:16.000Z", "endDate": "2026-06-19T01:31:00.000Z",
    });
    for (name, value) in fields.as_object().unwrap() {
        run[name] = value.clone();
    }
    run
}

fn integration(fields: &Value) -> Value {
    let mut integration = json!({"integrationId": INTEGRATION, "name": "3 failed: P&L"});
    for (name, value) in fields.as_object().unwrap() {
        integration[name] = value.clone();
    }
    integration
}

const SENTENCE: &str = "1.1 Build Region: 90 (0/90) rows successful, 0 (0/0) rows has warnings, \
                        2 failed, 0 ignored";

#[maybe_async]
#[test]
async fn a_diagnosis_takes_the_pairs_of_the_run_error() {
    let partial = run(&json!({"executionErrorCode": 38, "message": SENTENCE}));
    let pairs = json!([
        "hierarchyName",
        "1.1 Build Region",
        "successRowCount",
        "91",
        "warningsRowCount",
        "0",
        "failedCount",
        "1",
        "ignoredCount",
        "0",
        "totalRowCount",
        "92",
    ]);
    let errors = json!({"errorMessages": [{
        "actionId": "112", "failureDumpGenerated": false,
        "errorMessage": [{"localMessageText": SENTENCE, "values": pairs}],
    }]});
    let server = service(vec![
        ("/integrations/run/r1", ok("run", &partial)),
        ("/runerror/r1", ok("runs", &errors)),
        (INTEGRATION, ok("integration", &integration(&json!({})))),
    ]);
    let client = client_of(&server);
    let diagnosis = client.cw().diagnose("r1").await.unwrap();
    let rows = diagnosis.outcome.report().rows;
    assert_eq!(
        (rows.successful, rows.failed, rows.total),
        (Some(91), Some(1), Some(92))
    );
    assert_eq!(diagnosis.outcome.word(), "partly succeeded");
    let remedies: Vec<_> = diagnosis.remedies.iter().map(|it| it.symptom).collect();
    assert_eq!(remedies, ["a success in part: rows failed"]);
    let printed = diagnosis.to_string();
    assert!(
        printed.contains("What to do: correct the rows"),
        "{printed}"
    );
    assert!(printed.contains("91 successful, 0 with warnings, 1 failed, 0 ignored, 92 in total"));
}

#[maybe_async]
#[test]
async fn a_diagnosis_says_what_to_do_about_an_invalid_connection() {
    let message = "An Integration has failed – export 2 Errors failed due to invalid Connection";
    let failed = run(&json!({"success": false, "message": message}));
    let server = service(vec![
        ("/integrations/run/r1", ok("run", &failed)),
        ("/runerror/r1", ok("runs", &json!({}))),
        (INTEGRATION, ok("integration", &integration(&json!({})))),
    ]);
    let client = client_of(&server);
    let diagnosis = client.cw().diagnose("r1").await.unwrap();
    assert_eq!(diagnosis.remedies.len(), 1, "{diagnosis}");
    let remedy = diagnosis.remedies[0];
    assert!(remedy.what_to_do.contains("renew its secret"), "{remedy}");
    assert!(remedy.source.contains("Anaplan's help"), "{remedy}");
}

#[maybe_async]
#[test]
async fn a_success_of_an_export_tells_of_a_file_with_only_a_header() {
    let job = json!({
        "type": "AnaplanToAmazonS3",
        "sources": [{"type": "Anaplan", "actionId": "116"}],
        "targets": [{"type": "AmazonS3", "connectionId": "c", "file": "out"}],
    });
    let export = integration(&json!({"jobs": [job]}));
    let server = service(vec![
        ("/integrations/run/r1", ok("run", &run(&json!({})))),
        (INTEGRATION, ok("integration", &export)),
    ]);
    let client = client_of(&server);
    let diagnosis = client.cw().diagnose("r1").await.unwrap();
    assert!(diagnosis.outcome.is_success());
    assert_eq!(diagnosis.remedies.len(), 1, "{diagnosis}");
    let remedy = diagnosis.remedies[0];
    // The service does not tell how many rows were exported.
    assert!(
        !remedy.is_told && remedy.cause.contains("selective access"),
        "{remedy}"
    );
    assert_eq!(server.requests_to("GET", "/runerror/r1").len(), 0);
}

/// A history of one page.
fn history(runs: &[Value]) -> Reply {
    ok(
        "history_of_runs",
        &json!({"runs": runs, "totalRuns": runs.len()}),
    )
}

#[maybe_async]
#[test]
async fn the_latest_run_is_diagnosed_without_its_id() {
    let old = run(&json!({"id": "r0", "startDate": "2026-06-18T01:30:16.000Z"}));
    let failed = run(&json!({"success": false, "message": "Failed - Action not found"}));
    let server = service(vec![
        ("/integrations/run/r1", ok("run", &failed)),
        ("/runerror/r1", ok("runs", &json!({}))),
        // The order is not promised.
        (
            "/runs/152b8666a0234754afc36f1cde0fd9d2",
            history(&[old, failed]),
        ),
        (INTEGRATION, ok("integration", &integration(&json!({})))),
    ]);
    let client = client_of(&server);
    let diagnosis = client.cw().diagnose_latest(INTEGRATION).await.unwrap();
    let diagnosis = diagnosis.unwrap();
    assert_eq!(diagnosis.outcome.report().run.as_ref().unwrap(), "r1");
    assert_eq!(diagnosis.remedies[0].symptom, "action not found");

    let server = service(vec![(INTEGRATION, history(&[]))]);
    let client = client_of(&server);
    let never_ran = client.cw().diagnose_latest(INTEGRATION).await.unwrap();
    assert_eq!(never_ran, None);
}

/// An integration that is due daily at 12:15 since the day before yesterday.
fn due_at_noon() -> Value {
    let schedule = json!({
        "name": "Noon", "type": "daily", "time": "12:15", "timezone": "UTC",
        "startDate": "2026-06-17", "endDate": "2026-06-19", "status": "Active",
    });
    integration(&json!({"schedule": schedule}))
}

#[maybe_async]
#[test]
async fn a_run_that_waited_an_hour_and_a_half_is_late() {
    let times = |id: &str, start: &str, end: &str, source: &str| {
        run(&json!({
            "id": id, "triggerSource": source, "startDate": format!("2026-06-{start}:00.000Z"),
            "endDate": format!("2026-06-{end}:00.000Z"),
        }))
    };
    let runs = [
        times("d", "19T13:46", "19T13:50", "scheduled"),
        times("c", "19T11:45", "19T13:45", "manual"),
        times("b", "18T12:16", "18T12:20", "scheduled"),
        // It began long before the time that is asked for, and was under way until then.
        times("a", "15T08:00", "17T13:00", "manual"),
    ];
    let server = service(vec![
        ("/runs/152b8666a0234754afc36f1cde0fd9d2", history(&runs)),
        (INTEGRATION, ok("integration", &due_at_noon())),
    ]);
    let client = client_of(&server);
    let since: Timestamp = "2026-06-17T00:00:00Z".parse().unwrap();
    let due = client
        .cw()
        .missed_runs_since(INTEGRATION, since)
        .await
        .unwrap();
    let states: Vec<String> = due
        .all
        .iter()
        .map(|due| match &due.state {
            DueState::Late { run, by } => format!("late {run} by {}", by.as_mins()),
            state => format!("{state:?}"),
        })
        .collect();
    assert_eq!(states[1], format!("{:?}", DueState::OnTime("b".into())));
    assert_eq!(states[2], "late d by 91");
    // `a` was under way, nothing came after its end, and `c` was started by hand since.
    assert_eq!(states[0], format!("{:?}", DueState::MadeUp("c".into())));
    assert_eq!(due.missed().count(), 0);
    assert_eq!(due.to_make_up(), None);
}

#[maybe_async]
async fn hint_of_cancel(client: &Client) -> String {
    let error = client
        .cw()
        .cancel_integration(INTEGRATION)
        .await
        .unwrap_err();
    let Error::Api(error) = error else {
        panic!("{error:?}")
    };
    error.hint.unwrap_or_default().to_owned()
}

#[maybe_async]
#[test]
async fn a_409_on_cancel_does_not_say_that_nothing_runs() {
    let words = format!("Integration {INTEGRATION} is not in running state");
    let server = service(vec![("/cancel", refusal(409, &words))]);
    let hint = hint_of_cancel(&client_of(&server)).await;
    assert!(hint.contains("does not mean that nothing runs"), "{hint}");
    assert!(hint.contains("latestRun"), "{hint}");
}

#[maybe_async]
#[test]
async fn a_403_on_an_edit_names_the_roles() {
    let server = service(vec![(INTEGRATION, refusal(403, "Forbidden"))]);
    let client = client_of(&server);
    let edit = client
        .cw()
        .delete_integration(INTEGRATION)
        .await
        .unwrap_err();
    assert!(
        edit.to_string().contains("what another user made"),
        "{edit}"
    );
    let read = client.cw().get_integration(INTEGRATION).await.unwrap_err();
    assert!(
        !read.to_string().contains("what another user made"),
        "{read}"
    );
}

#[maybe_async]
#[test]
async fn a_403_not_authorized_may_be_an_expired_token() {
    let server = service(vec![(INTEGRATION, refusal(403, "Not Authorized"))]);
    let client = client_of(&server);
    let error = client.cw().get_integration(INTEGRATION).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("the token may have expired"), "{text}");
    assert!(text.contains("Restricted Integration User"), "{text}");
}

#[maybe_async]
#[test]
async fn a_refused_log_in_may_be_the_list_of_addresses() {
    let body = json!({"status": "FAILURE_BAD_CREDENTIAL", "statusMessage": "Invalid credentials"});
    let server = service(vec![("/token/authenticate", Reply::json(401, &body))]);
    let client = builder_of(&server)
        .credentials(Credentials::basic("ada@corp.example", "password"))
        .build()
        .unwrap();
    let error = client.cw().get_integration(INTEGRATION).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("list of allowed IP addresses"), "{text}");
}

#[maybe_async]
#[test]
async fn a_refusal_that_the_vendor_explains_has_a_hint() {
    let message = "A Process that has Optimizer as steps cannot be executed";
    let server = service(vec![("/run", refusal(400, message))]);
    let client = client_of(&server);
    let error = client.cw().run_integration(INTEGRATION).await.unwrap_err();
    assert!(error.to_string().contains("take that step out"), "{error}");
}

/// A start that is refused while the history lags behind is sent once more. The time that this
/// takes is part of the wait.
#[maybe_async]
#[test]
async fn the_wait_for_a_joined_run_begins_with_the_first_start() {
    const REFUSAL: Duration = Duration::from_millis(400);
    let starts = AtomicUsize::new(0);
    let under_way = json!({
        "id": "r1", "startDate": "2026-06-19T01:30:16.000Z", "success": false, "message": "Running",
    });
    let server = Server::start(move |request| {
        if request.method == "POST" {
            let refused = refusal(409, "Integration is already running");
            if starts.fetch_add(1, Ordering::SeqCst) == 0 {
                std::thread::sleep(REFUSAL);
            }
            return refused;
        }
        if request.path.contains("/runs/") {
            let is_seen = starts.load(Ordering::SeqCst) > 1;
            let runs = if is_seen {
                vec![under_way.clone()]
            } else {
                Vec::new()
            };
            return ok("history_of_runs", &json!({"name": "n", "runs": runs}));
        }
        ok("run", &under_way)
    });
    let client = client_of(&server);
    let options = WaitOptions::default()
        .join_running(true)
        .first_delay(Duration::from_millis(1));
    let events = client.cw().run_and_follow(INTEGRATION, &options).await;
    let mut events = events.unwrap();
    let following = events.next_event().await.unwrap();
    assert!(matches!(
        following,
        Some(RunEvent::Following { joined: true, .. })
    ));
    let running = events.next_event().await.unwrap();
    let Some(RunEvent::Running { elapsed, .. }) = running else {
        panic!("{running:?}")
    };
    assert!(elapsed >= REFUSAL, "{elapsed:?}");
    let posts = server
        .requests()
        .into_iter()
        .filter(|request| request.method == "POST");
    assert_eq!(
        posts
            .filter(|request| request.path.ends_with("/run"))
            .count(),
        2
    );
}
