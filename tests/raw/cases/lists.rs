//! A list is whole, or an error; and it ends in time.

use std::time::{Duration, Instant};

use anaplan_sdk::models::cloud_works::IntegrationQuery;
use anaplan_sdk::models::jiff::Timestamp;
use anaplan_sdk::{Error, RetryPolicy};
use serde_json::{Value, json};

use super::{Client, Reply, Request, Server, builder_of, maybe_async, test};

/// How many items an answer to this request may hold at most, and from where on.
fn asked(request: &Request) -> (usize, usize) {
    let mut numbers = [0, 0];
    for pair in request.query.split('&') {
        match pair.split_once('=') {
            Some(("offset", n)) => numbers[0] = n.parse().unwrap(),
            Some(("limit", n)) => numbers[1] = n.parse().unwrap(),
            _ => {}
        }
    }
    (numbers[0], numbers[1])
}

fn integration(n: usize) -> Value {
    json!({"integrationId": format!("i{n}"), "name": format!("Integration {n}")})
}

/// Newest first: the run of number 0 is of today, each of the others a minute older.
fn run(n: usize) -> Value {
    let newest: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    let began = newest - std::time::Duration::from_secs(60 * n as u64);
    json!({"id": format!("r{n}"), "startDate": began.to_string(), "endDate": began.to_string(), "success": true})
}

fn page(items: Vec<Value>, offset: usize, total: usize) -> Reply {
    Reply::json(
        200,
        &json!({
            "status": {"code": 200, "message": "Success"},
            "meta": {"paging": {"currentPageSize": items.len(), "offset": offset, "totalSize": total}},
            "integrations": items,
        }),
    )
}

fn history(runs: Vec<Value>, total: usize) -> Reply {
    Reply::json(
        200,
        &json!({
            "status": {"code": 200, "message": "Success"},
            "history_of_runs": {"integrationId": "i", "runs": runs, "totalRuns": total},
        }),
    )
}

/// A service that counts `total` items, and has those that `has` says, in pages of 100.
fn service(total: usize, has: fn(usize) -> bool) -> Server {
    Server::start(move |request| {
        let (offset, limit) = asked(request);
        let numbers = (offset..total.min(offset + limit.min(100))).filter(|n| has(*n));
        if request.path.contains("/runs/") {
            history(numbers.map(run).collect(), total)
        } else {
            page(numbers.map(integration).collect(), offset, total)
        }
    })
}

fn client_of(server: &Server) -> Client {
    builder_of(server).page_size(100).build().unwrap()
}

/// The counts of an `Error::IncompleteList`.
fn incomplete<T>(answer: Result<T, Error>) -> (u64, u64) {
    match answer.map(drop).unwrap_err() {
        Error::IncompleteList {
            expected, received, ..
        } => (expected, received),
        error => panic!("{error:?}"),
    }
}

/// All items of a cursor over the integrations.
#[maybe_async]
async fn through_the_pages(client: &Client) -> Result<usize, Error> {
    let mut pages = client.cw().integration_pages(&IntegrationQuery::default());
    let mut count = 0;
    loop {
        let page = pages.next_page().await?;
        match page {
            Some(page) => count += page.len(),
            None => return Ok(count),
        }
    }
}

#[maybe_async]
async fn runs_since(client: &Client, since: &str) -> Result<usize, Error> {
    let since = since.parse().unwrap();
    let runs = client.cw().run_history_since("i", since).rest().await?;
    Ok(runs.len())
}

const LONG_AGO: &str = "2020-01-01T00:00:00Z";

#[maybe_async]
#[test]
async fn a_list_that_holds_what_it_counts_is_whole() {
    let server = service(500, |_| true);
    let client = client_of(&server);
    let list = client.cw().list_integrations().await.unwrap();
    assert_eq!(list.len(), 500);
    let paged = through_the_pages(&client).await.unwrap();
    assert_eq!(paged, 500);
    let runs = client.cw().get_run_history("i").await.unwrap();
    assert_eq!(runs.len(), 500);
    let runs = runs_since(&client, LONG_AGO).await.unwrap();
    assert_eq!(runs, 500);
    let none = service(0, |_| true);
    let client = client_of(&none);
    let list = client.cw().list_integrations().await.unwrap();
    assert_eq!(list.len(), 0);
    let runs = runs_since(&client, LONG_AGO).await.unwrap();
    assert_eq!(runs, 0);
}

#[maybe_async]
#[test]
async fn a_list_of_500_whose_later_pages_are_empty_is_an_error() {
    let server = service(500, |n| n < 100);
    let client = client_of(&server);
    let list = client.cw().list_integrations().await;
    assert_eq!(incomplete(list), (500, 100));
    let paged = through_the_pages(&client).await;
    assert_eq!(incomplete(paged), (500, 100));
}

#[maybe_async]
#[test]
async fn a_list_of_500_whose_last_two_pages_are_empty_is_an_error() {
    let server = service(500, |n| n < 300);
    let client = client_of(&server);
    let list = client.cw().list_integrations().await;
    assert_eq!(incomplete(list), (500, 300));
    let paged = through_the_pages(&client).await;
    assert_eq!(incomplete(paged), (500, 300));
}

#[maybe_async]
#[test]
async fn a_list_of_500_whose_first_page_is_empty_is_an_error() {
    for has in [|n| n >= 100, |_: usize| false] {
        let server = service(500, has);
        let client = client_of(&server);
        let list = client.cw().list_integrations().await;
        assert_eq!(incomplete(list), (500, 0));
        let paged = through_the_pages(&client).await;
        assert_eq!(incomplete(paged), (500, 0));
    }
}

#[maybe_async]
#[test]
async fn a_list_with_a_page_in_the_middle_that_is_cut_short_is_an_error() {
    let server = service(500, |n| !(150..300).contains(&n));
    let client = client_of(&server);
    let list = client.cw().list_integrations().await;
    assert_eq!(incomplete(list).0, 500);
}

#[maybe_async]
#[test]
async fn a_history_of_500_whose_later_pages_are_empty_is_an_error() {
    let server = service(500, |n| n < 100);
    let client = client_of(&server);
    let runs = client.cw().get_run_history("i").await;
    assert_eq!(incomplete(runs), (500, 100));
    let runs = runs_since(&client, LONG_AGO).await;
    assert_eq!(incomplete(runs), (500, 100));
    // What is wanted stands on the first page: nothing is missing.
    let runs = runs_since(&client, "2026-05-31T23:30:00Z").await.unwrap();
    assert_eq!(runs, 31);
}

#[maybe_async]
#[test]
async fn a_history_of_500_whose_first_page_is_empty_is_an_error() {
    let server = service(500, |n| n >= 100);
    let client = client_of(&server);
    let runs = client.cw().get_run_history("i").await;
    assert_eq!(incomplete(runs), (500, 0));
    let runs = runs_since(&client, LONG_AGO).await;
    assert_eq!(incomplete(runs), (500, 0));
}

/// Oldest first, read from its end: a page in the middle holds half of what it should.
#[maybe_async]
#[test]
async fn a_history_read_from_its_end_with_a_hole_is_an_error() {
    let server = Server::start(|request| {
        let (offset, limit) = asked(request);
        let numbers = (offset..500.min(offset + limit.min(100)))
            .filter(|n| !(250..300).contains(n))
            .map(|n| run(499 - n));
        history(numbers.collect(), 500)
    });
    let client = client_of(&server);
    let runs = runs_since(&client, LONG_AGO).await;
    assert_eq!(incomplete(runs).0, 500);
}

#[maybe_async]
#[test]
async fn a_history_without_its_key_and_with_three_runs_counted_is_an_error() {
    for body in [
        json!({"status": {"code": 200}, "history_of_runs": {"integrationId": "i", "totalRuns": 3}}),
        json!({"status": {"code": 200}, "history_of_runs": {"runs": null, "totalRuns": 3}}),
        json!({"status": {"code": 200}, "totalRuns": 3}),
        json!({"status": {"code": 200}, "history_of_runs": null, "totalRuns": "3"}),
    ] {
        let server = Server::start(move |_| Reply::json(200, &body));
        let client = client_of(&server);
        let runs = client.cw().get_run_history("i").await;
        assert_eq!(incomplete(runs), (3, 0));
        let runs = runs_since(&client, LONG_AGO).await;
        assert_eq!(incomplete(runs), (3, 0));
        let page = client.cw().run_history_pages("i").next_page().await;
        assert_eq!(incomplete(page), (3, 0));
    }
}

#[maybe_async]
#[test]
async fn a_history_without_runs_that_counts_none_is_empty() {
    for body in [
        json!({"status": {"code": 200}, "history_of_runs": {"integrationId": "i", "totalRuns": 0}}),
        json!({"status": {"code": 200}, "history_of_runs": {"integrationId": "i"}}),
        json!({"status": {"code": 200}, "totalRuns": 0}),
        json!({"status": {"code": 200}}),
    ] {
        let server = Server::start(move |_| Reply::json(200, &body));
        let client = client_of(&server);
        let runs = client.cw().get_run_history("i").await.unwrap();
        assert_eq!(runs.len(), 0);
    }
}

/// A count that its own page contradicts is none: the list is read to an empty page.
#[maybe_async]
#[test]
async fn a_count_below_what_its_own_page_holds_cuts_nothing_off() {
    for counted in [0, 50, 99] {
        let server = Server::start(move |request| {
            let (offset, limit) = asked(request);
            let numbers = offset..250.min(offset + limit.min(100));
            if request.path.contains("/runs/") {
                return history(numbers.map(run).collect(), counted);
            }
            page(numbers.map(integration).collect(), offset, counted)
        });
        let client = client_of(&server);
        let list = client.cw().list_integrations().await.unwrap();
        assert_eq!(list.len(), 250);
        let paged = through_the_pages(&client).await.unwrap();
        assert_eq!(paged, 250);
        let runs = runs_since(&client, LONG_AGO).await.unwrap();
        assert_eq!(runs, 250);
    }
}

/// A hundred pages of a fifth of a second each: they do not fit into the deadline of one call.
fn slow_service() -> Server {
    Server::start(|request| {
        let (offset, limit) = asked(request);
        let numbers = offset..10_000.min(offset + limit.min(100));
        std::thread::sleep(Duration::from_millis(200));
        if request.path.contains("/runs/") {
            return history(numbers.map(run).collect(), 10_000);
        }
        page(numbers.map(integration).collect(), offset, 10_000)
    })
}

fn hasty(server: &Server) -> Client {
    builder_of(server)
        .page_size(100)
        .concurrency(1)
        .retry(RetryPolicy::default().deadline(Duration::from_secs(1)))
        .build()
        .unwrap()
}

#[maybe_async]
#[test]
async fn a_list_honours_the_deadline_of_the_policy() {
    let server = slow_service();
    let client = hasty(&server);
    let began = Instant::now();
    let error = client.cw().list_integrations().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(15));
    assert!(server.requests().len() < 50);
}

#[maybe_async]
#[test]
async fn a_history_honours_the_deadline_of_the_policy() {
    let server = slow_service();
    let client = hasty(&server);
    let error = runs_since(&client, LONG_AGO).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(server.requests().len() < 50);
}

/// A deadline is that of one call: who reads page by page makes a call for each.
#[maybe_async]
#[test]
async fn a_cursor_has_the_deadline_for_each_page() {
    let server = slow_service();
    let client = hasty(&server);
    let mut pages = client.cw().integration_pages(&IntegrationQuery::default());
    for _ in 0..8 {
        let page = pages.next_page().await.unwrap();
        assert_eq!(page.map(|page| page.len()), Some(100));
    }
}

#[maybe_async]
#[test]
async fn a_cursor_remembers_what_was_counted() {
    // The first page counts 500; the second one is empty, and counts nothing.
    let server = Server::start(|request| {
        let is_first = request.query.contains("offset=0&") || request.query.ends_with("offset=0");
        let body = if is_first {
            let all: Vec<_> = (0..100)
                .map(|n| json!({"integrationId": format!("{n}"), "name": format!("I {n}")}))
                .collect();
            json!({"integrations": all, "meta": {"paging": {"totalSize": 500}}})
        } else {
            json!({"status": {"code": 200}, "integrations": []})
        };
        Reply::json(200, &body)
    });
    let client = client_of(&server);
    let mut pages = client.cw().integration_pages(&Default::default());
    let first = pages.next_page().await.unwrap();
    assert_eq!(first.map(|page| page.len()), Some(100));
    let second = pages.next_page().await;
    assert!(
        matches!(second, Err(anaplan_sdk::Error::IncompleteList { .. })),
        "{second:?}"
    );
}
