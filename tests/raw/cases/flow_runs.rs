//! The run of a flow is known by its id; what may be another's is never told as ours.

use std::time::Duration;

use anaplan_sdk::Error;
use anaplan_sdk::runs::{FlowOutcome, FlowVerdict, WaitOptions};
use serde_json::{Value, json};

use super::service::{FLOW, State, ended, failure, flow, run, service, started, step_run, with};
use super::{Reply, builder_of, maybe_async, quick_retries, test};

const BEFORE: &str = "2026-06-19T01:30:16.000Z";
const AFTER: &str = "2026-06-19T01:31:00.250Z";

fn failed(run: Value) -> Value {
    let end = json!({
        "endDate": "2026-06-19T02:00:00.000Z", "success": false, "message": "Process failed",
    });
    with(run, &end)
}

/// The run of before, which failed, by the flow's schedule.
fn old() -> Value {
    with(
        failed(run("old", BEFORE)),
        &json!({"triggerSource": "scheduled"}),
    )
}

/// Two steps that have run well in a flow by hand.
fn steps() -> [Value; 2] {
    [ended(step_run(AFTER)), ended(step_run(AFTER))]
}

/// Two steps that have run well, by the flow's schedule.
fn scheduled_steps() -> [Value; 2] {
    steps().map(|step| with(step, &json!({"triggerSource": "scheduled_inf"})))
}

/// Starts a flow as run `ours`, and waits; it shows these, one look after the other.
#[maybe_async]
async fn wait_for(shown: Vec<Value>, deadline: Duration) -> Result<FlowOutcome, Error> {
    let before = flow(old(), &[Value::Null, Value::Null]);
    wait_from(before, shown, started("ours"), deadline).await
}

#[maybe_async]
async fn wait_from(
    before: Value,
    shown: Vec<Value>,
    answer: Reply,
    deadline: Duration,
) -> Result<FlowOutcome, Error> {
    let mut flows = vec![before];
    flows.extend(shown);
    let state = State {
        flows,
        ..State::default()
    };
    let (server, state) = service(state, move |_, _| answer.clone());
    let policy = quick_retries().search_time(Duration::from_secs(1));
    let client = builder_of(&server).retry(policy).build().unwrap();
    let options = WaitOptions::default()
        .first_delay(Duration::from_millis(2))
        .longest_delay(Duration::from_millis(10))
        .deadline(deadline);
    let outcome = client
        .cw()
        .flows()
        .run_flow_and_wait_with(FLOW, &options)
        .await;
    assert_eq!(state.lock().unwrap().posts, 1);
    outcome
}

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(400);

#[maybe_async]
#[test]
async fn an_equal_id_is_ours_whatever_else_it_says() {
    let odd = json!({"triggeredBy": "Bob Byron", "triggerSource": "scheduled"});
    let ours = with(ended(run("ours", AFTER)), &odd);
    let outcome = wait_for(vec![flow(ours, &steps())], LONG).await.unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded);
    assert_eq!(outcome.run.unwrap().as_str(), "ours");
}

#[maybe_async]
#[test]
async fn a_scheduled_run_of_the_same_minute_is_not_ours() {
    let scheduled = failed(with(
        run("theirs", AFTER),
        &json!({"triggerSource": "scheduled"}),
    ));
    let shown = vec![
        flow(scheduled.clone(), &scheduled_steps()),
        flow(scheduled, &scheduled_steps()),
        flow(ended(run("ours", AFTER)), &steps()),
    ];
    let outcome = wait_for(shown, LONG).await.unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
}

#[maybe_async]
#[test]
async fn a_scheduled_run_without_an_id_is_not_ours() {
    let theirs = json!({"id": null, "triggerSource": "scheduled"});
    let scheduled = failed(with(run("", AFTER), &theirs));
    let ours = with(ended(run("", AFTER)), &json!({"id": null}));
    let shown = vec![
        flow(scheduled.clone(), &scheduled_steps()),
        flow(scheduled, &scheduled_steps()),
        flow(
            with(ours, &json!({"startDate": "2026-06-19T01:32:00Z"})),
            &steps(),
        ),
    ];
    let outcome = wait_for(shown, LONG).await.unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
}

#[maybe_async]
#[test]
async fn bobs_run_for_six_looks_then_ours() {
    let bob = with(
        failed(run("bobs", AFTER)),
        &json!({"triggeredBy": "Bob Byron"}),
    );
    let bobs_steps = steps().map(|step| with(failed(step), &json!({"triggeredBy": "Bob Byron"})));
    let mut shown = vec![flow(bob, &bobs_steps); 6];
    shown.push(flow(ended(run("ours", AFTER)), &steps()));
    let outcome = wait_for(shown, LONG).await.unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
    assert_eq!(outcome.run.unwrap().as_str(), "ours");
}

#[maybe_async]
#[test]
async fn bobs_run_without_an_id_for_six_looks_then_ours() {
    let bobs = json!({"id": null, "triggeredBy": "Bob Byron"});
    let bob = with(failed(run("", AFTER)), &bobs);
    let bobs_steps = steps().map(|step| with(failed(step), &json!({"triggeredBy": "Bob Byron"})));
    let mut shown = vec![flow(bob, &bobs_steps); 6];
    let ours = with(
        ended(run("", AFTER)),
        &json!({"id": null, "startDate": "2026-06-19T01:33:00Z"}),
    );
    shown.push(flow(ours, &steps()));
    let outcome = wait_for(shown, LONG).await.unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
}

#[maybe_async]
#[test]
async fn an_id_of_another_kind_is_followed_and_left_in_doubt() {
    let other = failed(run("of another kind", AFTER));
    let shown = vec![
        flow(run("of another kind", AFTER), &[Value::Null, Value::Null]),
        flow(other, &steps()),
    ];
    let error = wait_for(shown, SHORT).await.unwrap_err();
    let Error::Uncertain { candidates, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(error.may_have_been_applied());
    let seen = &candidates[0];
    assert_eq!(seen.id.as_deref(), Some("of another kind"));
    assert_eq!(seen.started.unwrap().to_string(), "2026-06-19T01:31:00.25Z");
    assert_eq!(seen.by.as_deref(), Some("Ada Planner"));
    assert_eq!(seen.message.as_deref(), Some("Process failed"));
    assert!(seen.ended.is_some());
    assert!(error.to_string().contains("ours"), "{error}");
}

#[maybe_async]
#[test]
async fn our_own_id_after_one_of_another_kind_is_ours() {
    let other = failed(run("of another kind", AFTER));
    let mut shown = vec![flow(other, &steps()); 6];
    shown.push(flow(ended(run("ours", AFTER)), &steps()));
    let outcome = wait_for(shown, LONG).await.unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
}

#[maybe_async]
#[test]
async fn dates_that_are_equal_to_the_second_do_not_hide_our_run() {
    let shown = vec![flow(ended(run("ours", BEFORE)), &steps())];
    let outcome = wait_for(shown, LONG).await.unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
}

#[maybe_async]
#[test]
async fn the_run_of_before_is_not_ours_by_its_id() {
    // The same run with another date, by hand and by us.
    let again = failed(run("old", AFTER));
    let shown = vec![
        flow(again, &[Value::Null, Value::Null]),
        flow(ended(run("ours", AFTER)), &steps()),
    ];
    let outcome = wait_for(shown, LONG).await.unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
}

#[maybe_async]
#[test]
async fn the_run_of_before_is_not_ours_by_its_date() {
    let nameless = |run: Value| with(run, &json!({"id": null}));
    let before = flow(
        nameless(failed(run("", BEFORE))),
        &[Value::Null, Value::Null],
    );
    let shown = vec![
        flow(
            nameless(failed(run("", BEFORE))),
            &[Value::Null, Value::Null],
        ),
        flow(nameless(ended(run("", AFTER))), &steps()),
    ];
    let outcome = wait_from(before, shown, started("ours"), LONG)
        .await
        .unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
}

#[maybe_async]
#[test]
async fn last_run_in_place_of_dates() {
    let last_run =
        |run: Value, at: &str| with(run, &json!({"id": null, "startDate": null, "lastRun": at}));
    let before = flow(
        last_run(failed(run("", "")), BEFORE),
        &[Value::Null, Value::Null],
    );
    let shown = vec![
        flow(
            last_run(failed(run("", "")), BEFORE),
            &[Value::Null, Value::Null],
        ),
        flow(last_run(ended(run("", "")), AFTER), &steps()),
    ];
    let outcome = wait_from(before, shown, started("ours"), LONG)
        .await
        .unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
}

#[maybe_async]
#[test]
async fn last_run_in_seconds_in_place_of_dates() {
    let last_run =
        |run: Value, at: i64| with(run, &json!({"id": null, "startDate": null, "lastRun": at}));
    let before = flow(
        last_run(failed(run("", "")), 1_781_832_616),
        &[Value::Null, Value::Null],
    );
    let shown = vec![flow(last_run(ended(run("", "")), 1_781_832_660), &steps())];
    let outcome = wait_from(before, shown, started("ours"), LONG)
        .await
        .unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
}

#[maybe_async]
#[test]
async fn without_an_id_our_name_and_by_hand_are_ours() {
    let ours = with(ended(run("", AFTER)), &json!({"id": null}));
    let outcome = wait_for(vec![flow(ours, &steps())], LONG).await.unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
}

/// A new run that lacks this field is in doubt.
#[maybe_async]
async fn without(field: &str) {
    let lacking = with(ended(run("", AFTER)), &json!({"id": null, field: null}));
    let error = wait_for(vec![flow(lacking, &steps())], SHORT)
        .await
        .unwrap_err();
    let Error::Uncertain { candidates, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(candidates.len(), 1, "{error}");
    assert!(candidates[0].started.is_some());
}

#[maybe_async]
#[test]
async fn without_an_id_and_a_source_a_new_start_is_doubt() {
    without("triggerSource").await;
}

#[maybe_async]
#[test]
async fn without_an_id_and_a_name_a_new_start_is_doubt() {
    without("triggeredBy").await;
}

#[maybe_async]
#[test]
async fn steps_alone_are_doubt() {
    let shown = vec![flow(old(), &steps())];
    let error = wait_for(shown, SHORT).await.unwrap_err();
    assert!(matches!(error, Error::Uncertain { .. }), "{error}");
}

#[maybe_async]
#[test]
async fn a_lost_start_of_a_flow_is_followed_by_who_and_how() {
    let before = flow(old(), &[Value::Null, Value::Null]);
    let shown = vec![
        flow(old(), &[Value::Null, Value::Null]),
        flow(old(), &[Value::Null, Value::Null]),
        flow(run("ours", AFTER), &[Value::Null, Value::Null]),
        flow(ended(run("ours", AFTER)), &steps()),
    ];
    let outcome = wait_from(before, shown, failure(500), LONG).await.unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
    assert_eq!(outcome.run.unwrap().as_str(), "ours");
}

#[maybe_async]
#[test]
async fn a_lost_start_of_a_flow_that_never_appears_is_uncertain() {
    let before = flow(old(), &[Value::Null, Value::Null]);
    let shown = vec![before.clone()];
    let error = wait_from(before, shown, failure(500), SHORT)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Uncertain { .. }), "{error}");
}
