//! Many integrations at once.

use std::time::Duration;

use anaplan_sdk::models::cloud_works::{IntegrationId, RunId};
use anaplan_sdk::runs::{RunManyEvent, RunManyOptions, RunOutcome, RunReport, WaitOptions};
use anaplan_sdk::{Error, Result};
use cloudworks_sim::{Fault, Outcome, Simulator, estate};
use serde_json::json;

use super::{Client, NOBODY, RunManyEvents, builder_of, client_of, maybe_async, sleep, test};

/// Looks often, and waits for as long as any machine may need.
fn soon() -> WaitOptions {
    WaitOptions::default()
        .first_delay(Duration::from_millis(5))
        .longest_delay(Duration::from_millis(20))
        .deadline(Duration::from_secs(60))
        .join_running(true)
}

fn options() -> RunManyOptions {
    RunManyOptions::default().wait(soon())
}

fn id_of(n: usize) -> String {
    format!("{:032x}", n + 1)
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(id_of).collect()
}

/// So many integrations, each with one of so many models in turn.
fn simulator(count: usize, models: usize) -> Simulator {
    let integration = |n: usize| {
        json!({
            "integrationId": id_of(n), "name": format!("Load {n}"), "processId": "118000000001",
            "modelId": format!("{:032X}", 0xA000 + n % models),
        })
    };
    let integrations: Vec<_> = (0..count).map(integration).collect();
    Simulator::builder()
        .seed(json!({ "integrations": integrations }))
        .run_duration(Duration::from_millis(60))
        .start()
}

type Outcomes = Vec<(IntegrationId, Result<RunOutcome>)>;

#[maybe_async]
async fn run_all(client: &Client, ids: &[String], options: &RunManyOptions) -> Outcomes {
    let events = client.cw().run_many(ids, options).await.unwrap();
    events.outcomes().await
}

fn reports(outcomes: &Outcomes) -> Vec<&RunReport> {
    let succeeded =
        |one: &(_, Result<RunOutcome>)| one.1.as_ref().is_ok_and(RunOutcome::is_success);
    assert!(outcomes.iter().all(succeeded), "{outcomes:?}");
    let all = outcomes.iter().filter_map(|(_, one)| one.as_ref().ok());
    all.map(RunOutcome::report).collect()
}

/// How many of these runs were under way at once, by the service's own times.
fn most_at_once<'r>(reports: impl IntoIterator<Item = &'r RunReport>) -> usize {
    let reports: Vec<_> = reports.into_iter().collect();
    let under_way_at = |time| {
        let under_way = |report: &&&RunReport| report.started <= time && time < report.ended;
        reports.iter().filter(under_way).count()
    };
    let counts = reports.iter().map(|report| under_way_at(report.started));
    counts.max().unwrap_or(0)
}

#[maybe_async]
#[test]
async fn the_outcomes_stand_in_the_order_of_the_ids() {
    let sim = simulator(6, 6);
    let client = client_of(&sim);
    let mut ids = ids(6);
    ids.reverse();
    // The first to be started is the last to end.
    for (n, id) in ids.iter().enumerate() {
        let time = Duration::from_millis(400 - 60 * n as u64);
        sim.next_run(id, Outcome::success().lasting(time));
    }
    let outcomes = run_all(&client, &ids, &options()).await;
    let order: Vec<_> = outcomes.iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(order, ids);
    for (report, id) in reports(&outcomes).iter().zip(&ids) {
        assert_eq!(report.integration.as_ref().unwrap().as_str(), id);
    }
}

#[maybe_async]
#[test]
async fn no_more_run_at_once_than_is_said() {
    let sim = simulator(12, 12);
    let client = client_of(&sim);
    let three = run_all(&client, &ids(12), &options().at_once(3)).await;
    assert_eq!(most_at_once(reports(&three)), 3);
    let one = run_all(&client, &ids(4), &options().at_once(0)).await;
    assert_eq!(most_at_once(reports(&one)), 1);
    // All of them hold until the last one is there, so all are under way at once.
    for id in ids(12) {
        sim.next_run(&id, Outcome::never_ends());
    }
    let mut events = client.cw().run_many(ids(12), &options().at_once(50)).await;
    let events = events.as_mut().unwrap();
    let started = started_of(events, 12).await;
    assert_eq!(started.len(), 12);
}

/// The first pairs that are handed out.
#[maybe_async]
async fn started_of(events: &mut RunManyEvents, count: usize) -> Vec<(IntegrationId, RunId, bool)> {
    let mut started = Vec::new();
    while started.len() < count {
        let event = events.next_event().await.unwrap();
        if let RunManyEvent::Started {
            integration,
            run,
            joined,
            ..
        } = event
        {
            started.push((integration, run, joined));
        }
    }
    started
}

#[maybe_async]
#[test]
async fn one_at_a_time_per_model_unless_told_otherwise() {
    let sim = simulator(12, 3);
    let client = client_of(&sim);
    let outcomes = run_all(&client, &ids(12), &options()).await;
    let reports = reports(&outcomes);
    for model in 0..3 {
        let of_model = reports.iter().skip(model).step_by(3).copied();
        assert_eq!(most_at_once(of_model), 1, "model {model}");
    }
    // The models do not wait for each other: all are begun before the first run ends.
    for id in ids(12) {
        sim.next_run(&id, Outcome::never_ends());
    }
    let all = client.cw().run_many(ids(12), &options()).await;
    let started = started_of(&mut all.unwrap(), 3).await;
    assert_eq!(started.len(), 3);
    sim.finish_runs();

    for id in ids(12) {
        sim.next_run(&id, Outcome::never_ends());
    }
    sim.clear_requests();
    let free = options().one_per_model(false).at_once(12);
    let all = client.cw().run_many(ids(12), &free).await;
    let started = started_of(&mut all.unwrap(), 12).await;
    assert_eq!(started.len(), 12);
    let lists = sim.requests_to("GET", "/2/0/integrations?").len();
    assert_eq!(lists, 0, "the list is not needed");
}

#[maybe_async]
#[test]
async fn what_is_under_way_is_joined() {
    let sim = simulator(3, 3);
    let client = client_of(&sim);
    sim.next_run(&id_of(1), Outcome::never_ends());
    let run = client.cw().run_integration(id_of(1)).await.unwrap();
    let mut events = client.cw().run_many(ids(3), &options()).await.unwrap();
    let mut started = started_of(&mut events, 3).await;
    started.sort();
    assert_eq!(started[1].1, run);
    let joined: Vec<_> = started.iter().map(|one| one.2).collect();
    assert_eq!(joined, [false, true, false]);
    sim.finish_runs();
    let outcomes = events.outcomes().await;
    assert_eq!(reports(&outcomes)[1].run, Some(run));
    assert_eq!(sim.runs_of(&id_of(1)), 1);

    // Not where that is not wanted.
    sim.next_run(&id_of(1), Outcome::never_ends());
    client.cw().run_integration(id_of(1)).await.unwrap();
    let strict = options().wait(soon().join_running(false));
    let outcomes = run_all(&client, &ids(3), &strict).await;
    let words: Vec<_> = outcomes.iter().map(|(_, one)| one.is_ok()).collect();
    assert_eq!(words, [true, false, true]);
    assert!(outcomes[1].1.as_ref().unwrap_err().is_conflict());
}

#[maybe_async]
#[test]
async fn a_failure_and_an_unknown_id_do_not_stop_the_others() {
    let sim = simulator(4, 1);
    let client = client_of(&sim);
    sim.next_run(&id_of(0), Outcome::failure().code(12));
    sim.fault(
        Fault::status(403, "Forbidden").on("POST", &format!("/2/0/integrations/{}/run", id_of(1))),
    );
    let mut ids = ids(4);
    ids.insert(2, NOBODY.to_owned());
    let mut events = client.cw().run_many(&ids, &options()).await.unwrap();
    let mut failed = Vec::new();
    let mut ended = 0;
    loop {
        let event = events.next_event().await;
        match event {
            Some(RunManyEvent::Failed {
                integration, fault, ..
            }) => failed.push((integration, fault)),
            Some(RunManyEvent::Ended { .. }) => ended += 1,
            Some(_) => {}
            None => break,
        }
    }
    assert_eq!((failed.len(), ended), (2, 3), "{failed:?}");
    let outcomes = events.outcomes().await;
    let words: Vec<_> = outcomes
        .iter()
        .map(|(_, one)| one.as_ref().map_or("error", RunOutcome::word))
        .collect();
    assert_eq!(
        words,
        ["failed", "error", "error", "succeeded", "succeeded"]
    );
    let refused = outcomes[1].1.as_ref().unwrap_err();
    assert_eq!(refused.status(), Some(403));
    let unknown = outcomes[2].1.as_ref().unwrap_err();
    assert!(unknown.is_not_found(), "{unknown}");
    for (id, fault) in failed {
        let (_, outcome) = outcomes.iter().find(|(of, _)| *of == id).unwrap();
        assert_eq!(fault, outcome.as_ref().unwrap_err().to_string());
    }
}

#[maybe_async]
#[test]
async fn after_a_restart_nothing_runs_twice() {
    let sim = simulator(6, 2);
    let client = client_of(&sim);
    for id in ids(6) {
        sim.next_run(&id, Outcome::never_ends());
    }
    // It is dropped half way: two are under way, one of each model.
    let stored = {
        let mut events = client.cw().run_many(ids(6), &options()).await.unwrap();
        started_of(&mut events, 2).await
    };
    sleep(Duration::from_millis(50)).await;
    let cancelled = sim.log().iter().any(|done| done.action == "cancelled");
    assert!(!cancelled, "runs are left alone");
    let started: usize = ids(6).iter().map(|id| sim.runs_of(id)).sum();
    assert_eq!(started, 2, "and no more are started");

    let resumed = options().resume(stored.iter().map(|(of, run, _)| (of, run)));
    // With another client, as another process has.
    let client = client_of(&sim);
    let mut events = client.cw().run_many(ids(6), &resumed).await.unwrap();
    let mut again = started_of(&mut events, 2).await;
    again.sort();
    let mut expected = stored.clone();
    expected.sort();
    for (again, before) in again.iter().zip(&expected) {
        assert_eq!((&again.0, &again.1), (&before.0, &before.1));
        assert!(again.2, "followed, not started");
    }
    // The other four never end by themselves, either.
    loop {
        sim.finish_runs();
        let event = events.next_event().await;
        if event.is_none() {
            break;
        }
    }
    let outcomes = events.outcomes().await;
    assert_eq!(reports(&outcomes).len(), 6);
    for id in ids(6) {
        assert_eq!(sim.runs_of(&id), 1, "{id}");
    }
}

#[maybe_async]
#[test]
async fn a_resumed_run_that_is_unknown_is_told_and_not_started_anew() {
    let sim = simulator(2, 2);
    let client = client_of(&sim);
    let resumed = options().resume([(id_of(0), NOBODY)]);
    let outcomes = run_all(&client, &ids(2), &resumed).await;
    let lost = outcomes[0].1.as_ref().unwrap_err();
    assert!(matches!(lost, Error::Following { .. }), "{lost:?}");
    assert!(outcomes[1].1.as_ref().unwrap().is_success());
    assert_eq!(sim.runs_of(&id_of(0)), 0);
}

#[maybe_async]
#[test]
async fn a_deadline_is_that_of_each_run_and_makes_room_for_the_next() {
    let sim = simulator(3, 1);
    let client = client_of(&sim);
    sim.next_run(&id_of(0), Outcome::never_ends());
    let wait = soon().deadline(Duration::from_secs(3));
    let outcomes = run_all(&client, &ids(3), &options().wait(wait)).await;
    let words: Vec<_> = outcomes
        .iter()
        .map(|(_, one)| one.as_ref().map_or("error", RunOutcome::word))
        .collect();
    assert_eq!(words, ["still running", "succeeded", "succeeded"]);
}

#[maybe_async]
#[test]
async fn what_cannot_be_meant_is_refused_before_anything_is_sent() {
    let sim = simulator(2, 1);
    let client = client_of(&sim);
    let twice = client
        .cw()
        .run_many([id_of(0), id_of(1), id_of(0)], &options())
        .await;
    let problem = format!(
        "ids[2]: `{}` stands at ids[0] already: it runs once at a time",
        id_of(0)
    );
    super::assert_invalid(twice, &problem);
    let strange = options().resume([(id_of(1), "r")]);
    let strange = client.cw().run_many([id_of(0)], &strange).await;
    let problem = format!(
        "resume[0]: `{}` is not among the ids, or is resumed twice",
        id_of(1)
    );
    super::assert_invalid(strange, &problem);
    let read_only = builder_of(&sim).read_only(true).build().unwrap();
    let refused = read_only.cw().run_many(ids(2), &options()).await;
    assert!(
        matches!(refused, Err(Error::ReadOnly { .. })),
        "{refused:?}"
    );
    assert_eq!(sim.requests().len(), 0);

    let nothing = client.cw().run_many(Vec::<String>::new(), &options()).await;
    let outcomes = nothing.unwrap().outcomes().await;
    assert!(outcomes.is_empty());
    assert_eq!(sim.requests().len(), 0);
}

#[maybe_async]
#[test]
async fn a_list_that_cannot_be_read_is_an_error_before_anything_is_started() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    sim.fault(Fault::status(503, "Later").on("GET", "/2/0/integrations"));
    let refused = client.cw().run_many([estate::IMPORT], &options()).await;
    assert_eq!(refused.unwrap_err().status(), Some(503));
    assert_eq!(sim.requests_to("POST", "/2/0/integrations").len(), 0);
}

/// The events of each integration: started, what goes on, the end.
#[maybe_async]
#[test]
async fn two_hundred_at_once() {
    const COUNT: usize = 200;
    let sim = simulator(COUNT, COUNT);
    let client = client_of(&sim);
    let wait = soon()
        .first_delay(Duration::from_millis(100))
        .longest_delay(Duration::from_secs(1));
    let many = options().at_once(50).wait(wait);
    let mut events = client.cw().run_many(ids(COUNT), &many).await.unwrap();
    let mut heard: std::collections::HashMap<IntegrationId, Vec<&str>> = Default::default();
    loop {
        let event = events.next_event().await;
        let Some(event) = event else { break };
        let word = match &event {
            RunManyEvent::Started { joined: false, .. } => "started",
            RunManyEvent::Progress { .. } => "progress",
            RunManyEvent::Ended { .. } => "ended",
            event => panic!("{event}"),
        };
        let heard = heard.entry(event.integration().clone()).or_default();
        heard.push(word);
    }
    assert_eq!(heard.len(), COUNT);
    for words in heard.values() {
        assert_eq!(words.first(), Some(&"started"));
        assert_eq!(words.last(), Some(&"ended"));
        let between = &words[1..words.len() - 1];
        assert!(between.iter().all(|word| *word == "progress"), "{words:?}");
    }
    let outcomes = events.outcomes().await;
    assert_eq!(reports(&outcomes).len(), COUNT);
    assert!(most_at_once(reports(&outcomes)) <= 50);
}
