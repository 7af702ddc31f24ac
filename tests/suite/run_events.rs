//! Runs, started and followed to their end, in fair weather and foul.

use std::time::{Duration, Instant};

use anaplan_sdk::models::cloud_works::RunId;
use anaplan_sdk::runs::{RunEvent, RunOutcome, WaitOptions};
use anaplan_sdk::{Error, RetryPolicy};
use cloudworks_sim::{Fault, Outcome, RetryAfter, Simulator, estate};

use super::{Client, builder_of, client_of, maybe_async, sleep, test, together};

const RUN: &str = "/2/0/integrations/run/*";

/// Looks often, and waits for as long as any machine may need.
fn soon() -> WaitOptions {
    WaitOptions::default()
        .first_delay(Duration::from_millis(5))
        .longest_delay(Duration::from_millis(20))
        .deadline(Duration::from_secs(60))
}

fn quick() -> Simulator {
    Simulator::builder()
        .run_duration(Duration::from_millis(60))
        .start()
}

#[maybe_async]
#[test]
async fn every_outcome_is_told_for_what_it_is() {
    let sim = quick();
    let client = client_of(&sim);
    for (outcome, word, code) in [
        (Outcome::success(), "succeeded", None),
        (Outcome::partial(1200, 3), "partly succeeded", Some(38)),
        (Outcome::failure().code(12), "failed", Some(12)),
        (Outcome::cancelled(), "cancelled", None),
    ] {
        sim.next_run(estate::IMPORT, outcome);
        let outcome = client.cw().run_and_wait_with(estate::IMPORT, &soon()).await;
        let outcome = outcome.unwrap();
        assert_eq!(outcome.word(), word);
        let report = outcome.report();
        assert_eq!(report.code, code);
        assert_eq!(report.integration.as_ref().unwrap(), estate::IMPORT);
        assert!(report.duration().is_some());
        if word == "partly succeeded" {
            assert_eq!(report.rows.failed, Some(3));
            assert_eq!(report.rows.successful, Some(1197));
        }
        let run = report.run.clone().unwrap();
        let again = client.cw().follow_run(&run, &soon()).outcome().await;
        let again = again.unwrap();
        assert_eq!(again, outcome);
    }
}

#[maybe_async]
async fn month_end(client: &Client) -> anaplan_sdk::Result<()> {
    let outcome = client
        .cw()
        .run_and_wait_with(estate::IMPORT, &soon())
        .await?;
    outcome.into_result()?;
    Ok(())
}

#[maybe_async]
#[test]
async fn anything_but_success_can_be_made_an_error() {
    let sim = quick();
    let client = client_of(&sim);
    let well = month_end(&client).await;
    assert!(well.is_ok(), "{well:?}");
    sim.next_run(estate::IMPORT, Outcome::partial(10, 1));
    let badly = month_end(&client).await;
    let Err(Error::Run(error)) = badly else {
        panic!("{badly:?}")
    };
    assert!(matches!(error.outcome(), RunOutcome::PartlySucceeded(_)));
}

#[maybe_async]
#[test]
async fn events_come_in_order_and_end() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    sim.next_run(
        estate::IMPORT,
        Outcome::success()
            .queued_for(Duration::from_millis(50))
            .lasting(Duration::from_millis(300))
            .phases(["Reading", "Writing"])
            .status_lag(Duration::from_millis(50)),
    );
    let mut events = client
        .cw()
        .run_and_follow(estate::IMPORT, &soon())
        .await
        .unwrap();
    let run = events.run().clone();
    let mut messages = Vec::new();
    loop {
        let event = events.next_event().await.unwrap();
        match event {
            Some(RunEvent::Following {
                run: id, joined, ..
            }) => {
                assert!(messages.is_empty());
                assert_eq!((id, joined), (run.clone(), false));
                messages.push("following".to_owned());
            }
            Some(RunEvent::Running {
                message, changed, ..
            }) => {
                assert_eq!(changed, messages.last() != Some(&message));
                if changed {
                    messages.push(message);
                }
            }
            Some(RunEvent::Ended(outcome)) => {
                assert!(outcome.is_success());
                messages.push("ended".to_owned());
            }
            Some(event) => panic!("{event}"),
            None => break,
        }
    }
    // How many of the phases are seen is a question of time; their order is not.
    let all = ["following", "Queued", "Reading", "Writing", "ended"];
    let places: Vec<_> = messages
        .iter()
        .map(|m| all.iter().position(|one| one == m))
        .collect();
    assert!(
        places.is_sorted() && !places.contains(&None),
        "{messages:?}"
    );
    assert_eq!(messages.first().unwrap(), "following");
    assert_eq!(messages.last().unwrap(), "ended");
    let after = events.next_event().await.unwrap();
    assert_eq!(after, None);
}

#[maybe_async]
#[test]
async fn a_run_that_never_ends_is_still_running_at_the_deadline() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    sim.next_run(estate::IMPORT, Outcome::never_ends());
    // Long enough for the start itself on a busy machine.
    let options = soon().deadline(Duration::from_secs(2));
    let outcome = client
        .cw()
        .run_and_wait_with(estate::IMPORT, &options)
        .await
        .unwrap();
    let RunOutcome::StillRunning(report) = &outcome else {
        panic!("{outcome}")
    };
    assert!(report.run.is_some());
    assert_eq!(report.message, "Running");
    assert_eq!(report.last_fault, None);
    assert!(outcome.into_result_allowing_partial().is_err());
}

#[maybe_async]
#[test]
async fn the_deadline_holds_when_every_look_fails() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    for fault in [
        Fault::status(503, "Service Unavailable"),
        Fault::delay(Duration::from_secs(30)).before_processing(),
    ] {
        sim.next_run(estate::IMPORT, Outcome::success());
        sim.fault(fault.on("GET", RUN));
        let options = soon().deadline(Duration::from_secs(2));
        let began = Instant::now();
        let outcome = client
            .cw()
            .run_and_wait_with(estate::IMPORT, &options)
            .await
            .unwrap();
        // A last look is given five seconds; the patience of the fault is not waited for.
        assert!(began.elapsed() < Duration::from_secs(20));
        let RunOutcome::StillRunning(report) = outcome else {
            panic!("{outcome}")
        };
        assert!(report.run.is_some());
        let fault = report.last_fault.unwrap();
        assert!(fault.starts_with("get_run_status"), "{fault}");
        sim.clear_faults();
        sim.finish_runs();
    }
}

#[maybe_async]
#[test]
async fn looks_that_fail_are_survived() {
    for fault in [
        Fault::reset_before(),
        Fault::reset_after(),
        Fault::close_in_body(),
        Fault::cut_chunk(),
        Fault::content_length_too_long(),
        Fault::garbage(),
        Fault::html(),
        Fault::empty_body(),
        Fault::gzip_lie(),
        Fault::status(500, "Internal Server Error"),
        Fault::status(502, "Bad Gateway"),
        Fault::status(503, "Service Unavailable"),
        Fault::status(504, "Gateway Timeout"),
        Fault::too_many_requests(RetryAfter::Seconds(0)),
        Fault::unauthorized(),
        Fault::expire_token(),
    ] {
        let sim = quick();
        // The client itself repeats nothing: each fault is one failed look.
        let client = client_of(&sim);
        let name = format!("{fault:?}");
        let number = sim.fault(fault.on("GET", RUN).times(3));
        sim.next_run(
            estate::IMPORT,
            Outcome::partial(10, 1).lasting(Duration::ZERO),
        );
        let outcome = client.cw().run_and_wait_with(estate::IMPORT, &soon()).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(outcome.word(), "partly succeeded", "{name}");
        assert_eq!(sim.fault_hits(number), 3, "{name}");
        assert_eq!(
            sim.log()
                .iter()
                .filter(|done| done.action == "started")
                .count(),
            1
        );
    }
}

#[maybe_async]
#[test]
async fn a_lost_answer_to_the_start_is_no_second_run() {
    let sim = quick();
    let patient = RetryPolicy::default().first_delay(Duration::from_millis(1));
    let client = builder_of(&sim).retry(patient).build().unwrap();
    let before = sim.runs_of(estate::IMPORT);
    sim.fault(
        Fault::reset_after()
            .on("POST", "/2/0/integrations/*/run")
            .once(),
    );
    let outcome = client
        .cw()
        .run_and_wait_with(estate::IMPORT, &soon())
        .await
        .unwrap();
    assert!(outcome.is_success());
    assert_eq!(sim.runs_of(estate::IMPORT), before + 1);
}

#[maybe_async]
#[test]
async fn what_is_final_ends_the_wait_with_the_runs_id() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let nobody = "0".repeat(32);
    let error = client
        .cw()
        .follow_run(&nobody, &soon())
        .outcome()
        .await
        .unwrap_err();
    let Error::Following { run, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*run, RunId::from(&nobody));
    assert!(
        error.is_not_found() && error.to_string().contains(&nobody),
        "{error}"
    );

    sim.next_run(estate::IMPORT, Outcome::never_ends());
    let run = client.cw().run_integration(estate::IMPORT).await.unwrap();
    sim.fault(Fault::status(403, "Forbidden").on("GET", RUN));
    let mut events = client.cw().follow_run(&run, &soon());
    let first = events.next_event().await.unwrap();
    assert!(matches!(
        first,
        Some(RunEvent::Following { joined: true, .. })
    ));
    let second = events.next_event().await;
    assert!(matches!(second, Err(Error::Following { .. })), "{second:?}");
    let third = events.next_event().await.unwrap();
    assert_eq!(third, None);
}

#[maybe_async]
#[test]
async fn a_run_that_the_service_does_not_know_yet_is_waited_for() {
    let sim = quick();
    let client = client_of(&sim);
    sim.fault(Fault::status(404, "Run not found").on("GET", RUN).times(2));
    let outcome = client
        .cw()
        .run_and_wait_with(estate::IMPORT, &soon())
        .await
        .unwrap();
    assert!(outcome.is_success());
}

#[maybe_async]
#[test]
async fn a_run_under_way_is_joined_if_that_is_wanted() {
    let sim = Simulator::builder().page_cap(5).start();
    let client = client_of(&sim);
    sim.add_history(estate::IMPORT, 30);
    sim.next_run(estate::IMPORT, Outcome::never_ends());
    let run = client.cw().run_integration(estate::IMPORT).await.unwrap();
    let refused = client.cw().run_and_wait_with(estate::IMPORT, &soon()).await;
    assert!(refused.unwrap_err().is_conflict());

    let joining = soon().join_running(true);
    let mut events = client
        .cw()
        .run_and_follow(estate::IMPORT, &joining)
        .await
        .unwrap();
    let first = events.next_event().await.unwrap();
    assert!(
        matches!(first, Some(RunEvent::Following { joined: true, .. })),
        "{first:?}"
    );
    assert_eq!(*events.run(), run);
    sim.finish_runs();
    let outcome = events.outcome().await.unwrap();
    assert!(outcome.is_success());
    assert_eq!(outcome.report().run, Some(run));

    // Nothing is under way: it is started.
    let outcome = client
        .cw()
        .run_and_wait_with(estate::IMPORT, &joining)
        .await
        .unwrap();
    assert!(outcome.is_success());
}

#[maybe_async]
#[test]
async fn a_deadline_of_the_client_holds_for_a_wait() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    sim.next_run(estate::IMPORT, Outcome::never_ends());
    let run = client.cw().run_integration(estate::IMPORT).await.unwrap();
    let hasty = client.within(Duration::from_millis(300));
    let outcome = hasty.cw().wait_for_run(&run).await.unwrap();
    assert!(matches!(outcome, RunOutcome::StillRunning(_)));
}

/// All wait at once, under a rate limit that the service enforces too: it never has to.
#[maybe_async]
#[test]
async fn five_hundred_waits_at_once_keep_to_the_limit() {
    const RUNS: usize = 500;
    const PER_MINUTE: u32 = 60_000;
    let sim = Simulator::builder().keep_requests(100_000).start();
    let client = &builder_of(&sim)
        .requests_per_minute(PER_MINUTE)
        .build()
        .unwrap();
    let run = client.cw().run_integration(estate::IMPORT).await.unwrap();
    sim.finish_runs();
    sim.clear_requests();
    // The first looks fail, so that each wait looks more than once.
    let number = sim.fault(Fault::status(503, "Later").on("GET", RUN).times(RUNS));
    let run = &run;
    let began = Instant::now();
    let outcomes = together(RUNS, move |_| async move {
        client.cw().follow_run(run, &soon()).outcome().await
    })
    .await;
    let took = began.elapsed();
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.as_ref().is_ok_and(RunOutcome::is_success))
    );
    assert_eq!(sim.fault_hits(number), RUNS);
    let looks = sim.requests_to("GET", "/2/0/integrations/run/").len();
    assert_eq!(looks, 2 * RUNS);
    // A thousand looks, a millisecond apart at the least.
    let least = Duration::from_secs(60) / PER_MINUTE * u32::try_from(looks - 1).unwrap();
    assert!(took >= least, "{took:?} < {least:?}");
}

#[maybe_async]
#[test]
async fn a_cancelled_run_is_told_from_a_failed_one() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    sim.next_run(estate::IMPORT, Outcome::never_ends());
    let mut events = client
        .cw()
        .run_and_follow(estate::IMPORT, &soon())
        .await
        .unwrap();
    let _ = events.next_event().await.unwrap();
    sleep(Duration::from_millis(20)).await;
    client
        .cw()
        .cancel_integration(estate::IMPORT)
        .await
        .unwrap();
    let outcome = events.outcome().await.unwrap();
    assert!(matches!(outcome, RunOutcome::Cancelled(_)), "{outcome}");
}
