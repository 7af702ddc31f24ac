//! Runs of the past, and those that should have been.

use std::time::Duration;

use anaplan_sdk::models::cloud_works::{RunSummary, ScheduleStatus};
use anaplan_sdk::models::jiff::{SignedDuration, Timestamp};
use anaplan_sdk::timetable::{DueState, MissedReason};
use cloudworks_sim::{Simulator, estate};
use serde_json::json;

use super::{Client, builder_of, client_of, maybe_async, test};

const HISTORY: &str = "/2/0/integrations/runs/";

fn hours_ago(hours: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(hours)
}

/// The ids of the runs since a time, as the whole history tells it.
#[maybe_async]
async fn by_the_whole_history(client: &Client, since: Timestamp) -> Vec<String> {
    let mut runs = client
        .cw()
        .get_run_history(estate::NEVER_RUN)
        .await
        .unwrap();
    runs.retain(|run| run.start_date.unwrap() >= since);
    runs.sort_by_key(|run| std::cmp::Reverse(run.start_date));
    runs.into_iter().map(|run| run.id.to_string()).collect()
}

fn ids(runs: &[RunSummary]) -> Vec<String> {
    runs.iter().map(|run| run.id.to_string()).collect()
}

#[maybe_async]
#[test]
async fn history_is_read_lazily_newest_first() {
    let sim = Simulator::builder().page_cap(50).start();
    sim.add_history(estate::NEVER_RUN, 3000);
    let client = client_of(&sim);
    for (hours, pages) in [(10, 1), (100, 2), (149, 3)] {
        let since = hours_ago(hours);
        let expected = by_the_whole_history(&client, since).await;
        assert!(expected.len().abs_diff(usize::try_from(hours).unwrap()) <= 1);
        sim.clear_requests();
        let runs = client
            .cw()
            .run_history_since(estate::NEVER_RUN, since)
            .rest()
            .await
            .unwrap();
        assert_eq!(ids(&runs), expected);
        assert_eq!(sim.requests_to("GET", HISTORY).len(), pages, "{hours}");
    }
    sim.clear_requests();
    let mut runs = client
        .cw()
        .run_history_since(estate::NEVER_RUN, Timestamp::MIN);
    let newest = runs.next_run().await.unwrap();
    assert!(newest.is_some());
    assert_eq!(sim.requests_to("GET", HISTORY).len(), 1);
    let all = runs.rest().await.unwrap();
    assert_eq!(all.len(), 2999);
}

/// A canned page of runs that began in these hours of one day.
fn page(sim: &Simulator, hours: &[u32], offset: usize, total: usize) {
    let runs: Vec<_> = hours
        .iter()
        .map(|hour| {
            json!({
                "id": format!("r{hour}"), "success": true, "message": "Success",
                "startDate": format!("2026-06-01T{hour:02}:00:00.000Z"),
                "endDate": format!("2026-06-01T{hour:02}:01:00.000Z"),
            })
        })
        .collect();
    let body = json!({
        "status": {"code": 200, "message": "Success"},
        "history_of_runs": {"integrationId": "i", "runs": runs, "totalRuns": total},
        "meta": {"paging": {"currentPageSize": hours.len(), "offset": offset, "totalSize": total}},
    });
    sim.reply_once(
        "GET",
        "/2/0/integrations/runs/*",
        200,
        &[("content-type", "application/json")],
        body.to_string(),
    );
}

#[maybe_async]
async fn since(client: &Client, hour: u32) -> Vec<String> {
    let since = format!("2026-06-01T{hour:02}:00:00Z").parse().unwrap();
    let runs = client
        .cw()
        .run_history_since("i", since)
        .rest()
        .await
        .unwrap();
    ids(&runs)
}

#[maybe_async]
#[test]
async fn the_order_of_the_service_does_not_matter() {
    let sim = Simulator::start();
    let client = builder_of(&sim).page_size(3).build().unwrap();

    // Newest first: read from the start, up to the first page that is older.
    page(&sim, &[9, 8, 7], 0, 9);
    page(&sim, &[6, 5, 4], 3, 9);
    let found = since(&client, 6).await;
    assert_eq!(found, ["r9", "r8", "r7", "r6"]);

    // Oldest first: the last page, then the one before.
    page(&sim, &[1, 2, 3], 0, 9);
    page(&sim, &[7, 8, 9], 6, 9);
    page(&sim, &[4, 5, 6], 3, 9);
    sim.clear_requests();
    let found = since(&client, 6).await;
    assert_eq!(found, ["r9", "r8", "r7", "r6"]);
    let asked: Vec<String> = sim
        .requests_to("GET", HISTORY)
        .iter()
        .map(|request| {
            request
                .path_and_query()
                .split('?')
                .nth(1)
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        asked,
        ["offset=0&limit=3", "offset=6&limit=3", "offset=3&limit=3"]
    );

    // In no order: all of it.
    page(&sim, &[4, 9, 2], 0, 6);
    page(&sim, &[4, 9, 2], 0, 6);
    page(&sim, &[8, 1, 7], 3, 6);
    let found = since(&client, 4).await;
    assert_eq!(found, ["r9", "r8", "r7", "r4"]);

    // It seemed to be in order, and then was not: nothing is lost, and nothing comes twice.
    page(&sim, &[5, 4, 3], 0, 6);
    page(&sim, &[9, 8, 1], 3, 6);
    page(&sim, &[5, 4, 3], 0, 6);
    page(&sim, &[9, 8, 1], 3, 6);
    let mut found = since(&client, 3).await;
    found.sort_unstable();
    assert_eq!(found, ["r3", "r4", "r5", "r8", "r9"]);

    // One page: sorted, whatever it was.
    page(&sim, &[4, 9, 2], 0, 3);
    let found = since(&client, 3).await;
    assert_eq!(found, ["r9", "r4"]);
}

#[maybe_async]
#[test]
async fn a_run_that_slips_onto_the_next_page_comes_once() {
    let sim = Simulator::start();
    let client = builder_of(&sim).page_size(3).build().unwrap();
    page(&sim, &[9, 8, 7], 0, 5);
    // A new run came in between.
    page(&sim, &[7, 6, 5], 3, 6);
    let found = since(&client, 6).await;
    assert_eq!(found, ["r9", "r8", "r7", "r6"]);
}

#[maybe_async]
#[test]
async fn an_error_ends_the_history() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let mut runs = client.cw().run_history_since("0".repeat(32), hours_ago(1));
    let first = runs.next_run().await;
    assert!(first.unwrap_err().is_not_found());
    let second = runs.next_run().await.unwrap();
    assert_eq!(second, None);
}

#[maybe_async]
#[test]
async fn a_span_is_summed_up() {
    let sim = Simulator::start();
    sim.add_history(estate::NEVER_RUN, 100);
    let client = client_of(&sim);
    let summary = client
        .cw()
        .summarize_runs_since(estate::NEVER_RUN, Timestamp::MIN)
        .await
        .unwrap();
    assert_eq!(summary.runs, 100);
    assert_eq!(summary.failed.count, 4);
    assert_eq!(summary.partly_succeeded.count, 8);
    assert_eq!(summary.succeeded.count, 88);
    let (median, longest) = (
        summary.succeeded.median.unwrap(),
        summary.succeeded.longest.unwrap(),
    );
    assert!(SignedDuration::from_secs(30) <= median && median <= longest);
    assert!(longest < SignedDuration::from_secs(120));
    assert!(summary.last_success.is_some());
}

#[maybe_async]
#[test]
async fn what_should_have_run_and_did_not_is_missed() {
    let sim = Simulator::builder().run_duration(Duration::ZERO).start();
    let client = client_of(&sim);
    // Daily at 01:00 UTC; its one run by schedule was on the 11th of June.
    let since: Timestamp = "2026-06-09T12:00:00Z".parse().unwrap();
    let due = client
        .cw()
        .missed_runs_since(estate::PROCESS_ONLY, since)
        .await
        .unwrap();
    let days: Vec<String> = due
        .missed()
        .take(3)
        .map(|m| m.occurrence.civil.date().to_string())
        .collect();
    assert_eq!(days, ["2026-06-10", "2026-06-12", "2026-06-13"]);
    assert!(matches!(due.all[1].state, DueState::OnTime(_)));
    assert!(
        due.missed()
            .all(|missed| missed.state == DueState::Missed(MissedReason::Unknown))
    );

    client
        .cw()
        .set_schedule_status(estate::PROCESS_ONLY, ScheduleStatus::Disabled)
        .await
        .unwrap();
    let off = client.cw().missed_runs(estate::PROCESS_ONLY).await.unwrap();
    assert!(off.all.is_empty());
    let unscheduled = client.cw().missed_runs(estate::NEVER_RUN).await.unwrap();
    assert!(unscheduled.all.is_empty());
}
