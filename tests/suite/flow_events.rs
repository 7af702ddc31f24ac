//! Flows, started and followed to their end.

use std::time::Duration;

use anaplan_sdk::Error;
use anaplan_sdk::models::cloud_works::IntegrationId;
use anaplan_sdk::models::flows::{
    ExceptionBehavior, ExceptionStrategy, FlowId, FlowInput, FlowStepInput,
};
use anaplan_sdk::runs::{FlowEvent, FlowOutcome, FlowVerdict, StepState, WaitOptions};
use cloudworks_sim::{Fault, Outcome, Simulator, estate};

use super::{Client, client_of, maybe_async, sleep, test};

const FLOWS: &str = "/2/0/integrationflows/*";
const STEPS: [&str; 3] = [estate::IMPORT, estate::EXPORT, estate::PROCESS];

fn soon() -> WaitOptions {
    WaitOptions::default()
        .first_delay(Duration::from_millis(5))
        .longest_delay(Duration::from_millis(10))
        .deadline(Duration::from_secs(60))
}

fn quick() -> Simulator {
    Simulator::builder()
        .run_duration(Duration::from_millis(30))
        .start()
}

/// A flow of three steps that goes on, or stops, after each kind of trouble.
#[maybe_async]
async fn flow_of_three(
    client: &Client,
    failure: ExceptionStrategy,
    partial: ExceptionStrategy,
) -> FlowId {
    let behavior = || {
        [
            ExceptionBehavior::on_failure(failure.clone()),
            ExceptionBehavior::on_partial_success(partial.clone()),
        ]
    };
    let step = |i: usize| {
        let before = i.checked_sub(1).map(|before| STEPS[before]);
        FlowStepInput::builder()
            .referrer(STEPS[i])
            .depends_on(before)
            .exception_behavior(behavior())
            .build()
    };
    let flow = FlowInput::builder()
        .name("Three")
        .steps((0..3).map(step))
        .build();
    client.cw().flows().create_flow(flow).await.unwrap()
}

fn states(outcome: &FlowOutcome) -> Vec<String> {
    outcome
        .steps
        .iter()
        .map(|step| step.state.to_string())
        .collect()
}

/// How the step's run is planned: `o`, `f`, `p` for success, failure, partial success.
fn plan(sim: &Simulator, how: &str) {
    for (step, how) in STEPS.iter().zip(how.chars()) {
        match how {
            'o' => sim.next_run(step, Outcome::success()),
            'f' => sim.next_run(step, Outcome::failure()),
            'p' => sim.next_run(step, Outcome::partial(10, 1)),
            _ => {}
        }
    }
}

#[maybe_async]
#[test]
async fn failures_in_each_position_by_behaviour() {
    use ExceptionStrategy::{Continue, Stop};
    use FlowVerdict::{Failed, PartlySucceeded, Succeeded};
    const OK: &str = "succeeded";
    const BAD: &str = "failed";
    const PARTLY: &str = "partly succeeded";
    const NOT: &str = "not reached";
    for (failure, partial, how, verdict, expected) in [
        (Stop, Continue, "ooo", Succeeded, [OK, OK, OK]),
        (Stop, Continue, "f", Failed, [BAD, NOT, NOT]),
        (Stop, Continue, "of", Failed, [OK, BAD, NOT]),
        (Stop, Continue, "oof", Failed, [OK, OK, BAD]),
        (Continue, Continue, "foo", PartlySucceeded, [BAD, OK, OK]),
        (Continue, Continue, "ofo", PartlySucceeded, [OK, BAD, OK]),
        (Continue, Continue, "oof", PartlySucceeded, [OK, OK, BAD]),
        (Stop, Continue, "opo", PartlySucceeded, [OK, PARTLY, OK]),
        (Stop, Stop, "p", Failed, [PARTLY, NOT, NOT]),
    ] {
        let sim = quick();
        let client = client_of(&sim);
        let flow = flow_of_three(&client, failure, partial).await;
        plan(&sim, how);
        let outcome = client
            .cw()
            .flows()
            .run_flow_and_wait_with(&flow, &soon())
            .await
            .unwrap();
        assert_eq!(
            (outcome.verdict, states(&outcome)),
            (verdict, expected.map(String::from).to_vec()),
            "{how}"
        );
        assert!(outcome.run.is_some());
        for step in &outcome.steps {
            assert_eq!(step.run.is_some(), step.outcome().is_some(), "{step}");
        }
        assert_eq!(outcome.clone().into_result().is_ok(), verdict == Succeeded);
        assert_eq!(
            outcome.into_result_allowing_partial().is_ok(),
            verdict != Failed
        );
    }
}

#[maybe_async]
#[test]
async fn a_timeline_tells_waiting_running_and_skipped() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    sim.next_run(
        estate::PROCESS_ONLY,
        Outcome::success().lasting(Duration::from_millis(80)),
    );
    sim.next_run(
        estate::PROCESS,
        Outcome::success().lasting(Duration::from_millis(80)),
    );
    let flows = client.cw().flows();
    let mut events = flows
        .run_flow_and_follow(estate::NIGHTLY_FLOW, &soon())
        .await
        .unwrap();
    let first = events.next_event().await.unwrap();
    let Some(FlowEvent::Following {
        run: Some(_),
        steps,
        ..
    }) = first
    else {
        panic!("{first:?}")
    };
    let begun: Vec<&StepState> = steps.iter().map(|step| &step.state).collect();
    assert_eq!(
        begun,
        [
            &StepState::Waiting,
            &StepState::Skipped,
            &StepState::Waiting
        ]
    );
    let mut seen = [Vec::new(), Vec::new(), Vec::new()];
    let outcome = loop {
        let event = events.next_event().await.unwrap();
        match event {
            Some(FlowEvent::Step { position, step, .. }) => {
                seen[position].push(step.state.to_string())
            }
            Some(FlowEvent::Ended(outcome)) => break outcome,
            Some(_) => {}
            None => panic!("no end"),
        }
    };
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
    // Whether a step is seen while it runs is a question of time.
    for at in [0, 2] {
        assert_eq!(seen[at].last().unwrap(), "succeeded");
        assert!(
            seen[at].len() == 1 || seen[at] == ["running", "succeeded"],
            "{seen:?}"
        );
    }
    assert!(seen[1].is_empty());
    let after = events.next_event().await.unwrap();
    assert_eq!(after, None);
}

#[maybe_async]
#[test]
async fn a_flow_is_resumed_from_its_first_failure() {
    let sim = quick();
    let client = client_of(&sim);
    let flows = client.cw().flows();
    let flow = flow_of_three(
        &client,
        ExceptionStrategy::Stop,
        ExceptionStrategy::Continue,
    )
    .await;
    let nothing = flows.resume_flow(&flow).await.unwrap();
    assert_eq!(nothing, None);
    plan(&sim, "of");
    let outcome = flows.run_flow_and_wait_with(&flow, &soon()).await.unwrap();
    assert_eq!(
        outcome.steps_to_resume(),
        [STEPS[1], STEPS[2]].map(IntegrationId::from)
    );
    let before = STEPS.map(|step| sim.runs_of(step));

    let resumed = flows
        .resume_flow_and_follow(&flow, &soon())
        .await
        .unwrap()
        .unwrap();
    let resumed = resumed.outcome().await.unwrap();
    assert_eq!(resumed.verdict, FlowVerdict::Succeeded, "{resumed}");
    assert_eq!(states(&resumed), ["skipped", "succeeded", "succeeded"]);
    let after = STEPS.map(|step| sim.runs_of(step));
    assert_eq!(
        [
            after[0] - before[0],
            after[1] - before[1],
            after[2] - before[2]
        ],
        [0, 1, 1]
    );
    let nothing = flows.resume_flow(&flow).await.unwrap();
    assert_eq!(nothing, None);
}

#[maybe_async]
#[test]
async fn looks_that_fail_are_survived() {
    let sim = quick();
    let client = client_of(&sim);
    let flows = client.cw().flows();
    for fault in [
        Fault::reset_before(),
        Fault::close_in_body(),
        Fault::html(),
        Fault::status(502, "Bad Gateway"),
        Fault::unauthorized(),
    ] {
        // The first look is the one before the start.
        let name = format!("{fault:?}");
        let number = sim.fault(fault.on("GET", FLOWS).after(1).times(2));
        let outcome = flows.run_flow_and_wait_with(estate::FLOW, &soon()).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{name}: {outcome}");
        assert_eq!(sim.fault_hits(number), 2, "{name}");
        sim.clear_faults();
    }
}

#[maybe_async]
#[test]
async fn a_flow_that_lags_behind_its_steps_is_waited_for() {
    let sim = quick();
    let client = client_of(&sim);
    sim.next_run(
        estate::FLOW,
        Outcome::success().status_lag(Duration::from_millis(50)),
    );
    sim.next_run(
        estate::EXPORT,
        Outcome::success().status_lag(Duration::from_millis(50)),
    );
    let outcome = client
        .cw()
        .flows()
        .run_flow_and_wait_with(estate::FLOW, &soon())
        .await
        .unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
}

#[maybe_async]
#[test]
async fn at_the_deadline_the_timeline_says_how_far_it_came() {
    let sim = quick();
    let client = client_of(&sim);
    let flows = client.cw().flows();
    sim.next_run(estate::EXPORT, Outcome::never_ends());
    let options = soon().deadline(Duration::from_secs(1));
    let outcome = flows
        .run_flow_and_wait_with(estate::FLOW, &options)
        .await
        .unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::StillRunning);
    assert_eq!(states(&outcome), ["succeeded", "running"]);

    // It goes on; a second start is refused, or joins it.
    let refused = flows.run_flow_and_wait_with(estate::FLOW, &soon()).await;
    assert!(refused.unwrap_err().is_conflict());
    let joining = soon().join_running(true);
    let events = flows
        .run_flow_and_follow(estate::FLOW, &joining)
        .await
        .unwrap();
    sim.finish_runs();
    let outcome = events.outcome().await.unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
    assert_eq!(outcome.run, None);

    // A step's own run is not the flow's.
    sim.next_run(estate::IMPORT, Outcome::never_ends());
    client.cw().run_integration(estate::IMPORT).await.unwrap();
    let refused = flows.run_flow_and_wait_with(estate::FLOW, &joining).await;
    assert!(refused.unwrap_err().is_conflict());
}

#[maybe_async]
#[test]
async fn a_cancelled_step_cancels_the_flow() {
    let sim = quick();
    let client = client_of(&sim);
    sim.next_run(estate::IMPORT, Outcome::never_ends());
    let flows = client.cw().flows();
    let events = flows
        .run_flow_and_follow(estate::FLOW, &soon())
        .await
        .unwrap();
    sleep(Duration::from_millis(20)).await;
    client
        .cw()
        .cancel_integration(estate::IMPORT)
        .await
        .unwrap();
    let outcome = events.outcome().await.unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Cancelled, "{outcome}");
    assert_eq!(states(&outcome), ["cancelled", "not reached"]);
}

#[maybe_async]
#[test]
async fn a_flow_that_is_gone_ends_the_wait_with_the_runs_id() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    sim.fault(
        Fault::status(404, "Integration flow was not found")
            .on("GET", FLOWS)
            .after(1),
    );
    let outcome = client
        .cw()
        .flows()
        .run_flow_and_wait_with(estate::FLOW, &soon())
        .await;
    assert!(
        matches!(outcome, Err(Error::Following { .. })),
        "{outcome:?}"
    );
}

#[maybe_async]
#[test]
async fn the_flow_group_may_be_the_run() {
    let sim = Simulator::builder()
        .run_duration(Duration::from_millis(20))
        .flow_group_is_run(true)
        .start();
    let client = client_of(&sim);
    let outcome = client
        .cw()
        .flows()
        .run_flow_and_wait_with(estate::FLOW, &soon())
        .await
        .unwrap();
    assert_eq!(outcome.verdict, FlowVerdict::Succeeded, "{outcome}");
    assert!(outcome.steps.iter().all(|step| step.run.is_some()));
}
