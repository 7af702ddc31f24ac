//! Lists are whole, whatever the service does to their pages.

use std::time::Duration;

use anaplan_sdk::Error;
use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::FlowQuery;
use cloudworks_sim::{Fault, Simulator, SimulatorBuilder, estate};
use serde_json::{Value, json};

use super::{
    Client, assert_refused, builder_of, client_of, cloudworks_requests, maybe_async, reply_once,
    test,
};

const LIST: &str = "/2/0/integrations";

/// A simulator with so many integrations and nothing else.
fn with_integrations(count: usize) -> SimulatorBuilder {
    let one =
        |n: usize| json!({"integrationId": id(n), "name": id(n), "processId": "118000000001"});
    let integrations: Vec<_> = (0..count).map(one).collect();
    Simulator::builder().seed(json!({"integrations": integrations}))
}

fn id(n: usize) -> String {
    format!("{n:032x}")
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(id).collect()
}

/// A client that asks for four items at a time.
fn by_fours(sim: &Simulator) -> Client {
    builder_of(sim).page_size(4).build().unwrap()
}

fn told(integrations: Vec<Integration>) -> Vec<String> {
    integrations.into_iter().map(|one| one.id.into()).collect()
}

/// The query of every page that was asked for, sorted as text.
fn pages(sim: &Simulator) -> Vec<String> {
    let requests = cloudworks_requests(sim);
    let mut pages: Vec<_> = requests.into_iter().filter_map(|one| one.query).collect();
    pages.sort();
    pages
}

/// A page as the service would write it.
fn page(numbers: impl IntoIterator<Item = usize>, total: usize) -> Value {
    let items: Vec<_> = numbers
        .into_iter()
        .map(|n| json!({"integrationId": id(n), "name": id(n)}))
        .collect();
    json!({
        "status": {"code": 200, "message": "Success"}, "integrations": items,
        "meta": {"paging": {"currentPageSize": items.len(), "totalSize": total, "offset": 0}},
    })
}

#[maybe_async]
#[test]
async fn pages_are_fetched_side_by_side_and_kept_in_order() {
    for at_once in [1, 4] {
        let sim = with_integrations(80)
            .latency(Duration::from_millis(100))
            .start();
        let client = builder_of(&sim)
            .page_size(4)
            .concurrency(at_once)
            .build()
            .unwrap();
        let all = client.cw().list_integrations().await.unwrap();
        assert_eq!(told(all), ids(80));
        assert_eq!(sim.max_in_flight(), at_once);
        let mut expected: Vec<_> = (0..20)
            .map(|n| format!("offset={}&limit=4", 4 * n))
            .collect();
        expected.sort();
        assert_eq!(pages(&sim), expected);
    }
}

#[maybe_async]
#[test]
async fn eight_pages_at_once_unless_told_otherwise() {
    let sim = with_integrations(80)
        .latency(Duration::from_millis(200))
        .start();
    let client = by_fours(&sim);
    let all = client.cw().list_integrations().await.unwrap();
    assert_eq!(all.len(), 80);
    assert_eq!(sim.max_in_flight(), 8);
}

#[maybe_async]
#[test]
async fn the_service_caps_the_page_size() {
    let sim = with_integrations(12).page_cap(5).start();
    let client = client_of(&sim);
    let all = client.cw().list_integrations().await.unwrap();
    assert_eq!(told(all), ids(12));
    let expected = [
        "offset=0&limit=250",
        "offset=10&limit=2",
        "offset=5&limit=5",
    ];
    assert_eq!(pages(&sim), expected);
}

#[maybe_async]
#[test]
async fn a_short_page_loses_nothing() {
    let sim = with_integrations(12).start();
    let client = by_fours(&sim);
    reply_once(
        &sim,
        "GET",
        "/2/0/integrations?offset=4&*",
        200,
        &page(4..5, 12),
    );
    reply_once(
        &sim,
        "GET",
        "/2/0/integrations?offset=8&*",
        200,
        &page(8..11, 12),
    );
    let all = client.cw().list_integrations().await.unwrap();
    assert_eq!(told(all), ids(12));
    let expected = [
        "offset=0&limit=4",
        "offset=11&limit=1",
        "offset=4&limit=4",
        "offset=5&limit=3",
        "offset=8&limit=4",
    ];
    assert_eq!(pages(&sim), expected);
}

#[maybe_async]
#[test]
async fn growth_between_pages_loses_nothing_and_repeats_nothing() {
    let sim = with_integrations(12).start();
    let client = by_fours(&sim);
    // At the end: the first page counts fewer than there are later.
    reply_once(
        &sim,
        "GET",
        "/2/0/integrations?offset=0&*",
        200,
        &page(0..4, 6),
    );
    let all = client.cw().list_integrations().await.unwrap();
    assert_eq!(told(all), ids(12));
    assert_eq!(cloudworks_requests(&sim).len(), 4);
    // At the front: the first page begins with what was the second item.
    reply_once(
        &sim,
        "GET",
        "/2/0/integrations?offset=0&*",
        200,
        &page(1..5, 11),
    );
    let mut all = told(client.cw().list_integrations().await.unwrap());
    all.sort();
    assert_eq!(all, ids(12));
}

#[maybe_async]
#[test]
async fn what_moves_up_when_something_vanishes_is_not_lost() {
    let sim = with_integrations(12).start();
    let client = by_fours(&sim);
    // Between the first page and the second, one of the first was deleted: the fifth moved up.
    reply_once(
        &sim,
        "GET",
        "/2/0/integrations?offset=0&*",
        200,
        &page([0, 99, 1, 2], 13),
    );
    let all = client.cw().list_integrations().await.unwrap();
    assert_eq!(told(all), ids(12));
    // Four pages of thirteen items, then three of twelve.
    assert_eq!(cloudworks_requests(&sim).len(), 7);
}

#[maybe_async]
#[test]
async fn a_total_that_changes() {
    let sim = with_integrations(12).start();
    let client = by_fours(&sim);
    for (by, at) in [(-3, "0"), (-20, "4"), (2, "8"), (5, "0"), (50, "4")] {
        sim.clear_requests();
        let pattern = format!("{LIST}?offset={at}&*");
        let fault = sim.fault(Fault::changing_total(by).on("GET", &pattern).once());
        let all = client.cw().list_integrations().await.unwrap();
        assert_eq!(told(all), ids(12), "{by} at {at}");
        assert_eq!(sim.fault_hits(fault), 1);
    }
}

#[maybe_async]
#[test]
async fn a_total_of_more_than_the_pages_hold_is_an_error() {
    let sim = with_integrations(12).start();
    let client = by_fours(&sim);
    sim.fault(Fault::changing_total(5).on("GET", LIST));
    let error = client.cw().list_integrations().await.unwrap_err();
    let Error::IncompleteList {
        expected, received, ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!((expected, received), (17, 12));
    // Read twice: that the list was the same both times is what settles it.
    let firsts = pages(&sim);
    let firsts = firsts.iter().filter(|page| page.starts_with("offset=0&"));
    assert_eq!(firsts.count(), 2);
}

#[maybe_async]
#[test]
async fn a_page_that_is_repeated_or_missing_once_is_read_again() {
    let sim = with_integrations(12).start();
    let client = by_fours(&sim);
    for at in ["4", "8"] {
        let pattern = format!("{LIST}?offset={at}&*");
        for fault in [Fault::repeated_page(), Fault::missing_page()] {
            let fault = sim.fault(fault.on("GET", &pattern).once());
            let all = client.cw().list_integrations().await.unwrap();
            assert_eq!(told(all), ids(12));
            assert_eq!(sim.fault_hits(fault), 1);
        }
    }
}

#[maybe_async]
#[test]
async fn pages_that_contradict_each_other_for_good_are_an_error() {
    let sim = with_integrations(12).start();
    let client = by_fours(&sim);
    for fault in [Fault::repeated_page(), Fault::missing_page()] {
        sim.fault(fault.on("GET", "/2/0/integrations?offset=4&*"));
        let error = client.cw().list_integrations().await.unwrap_err();
        let Error::IncompleteList {
            operation,
            expected,
            received,
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!(
            (operation, expected, received),
            ("list_integrations", 12, 8)
        );
        sim.clear_faults();
    }
}

#[maybe_async]
#[test]
async fn an_empty_list_in_all_its_forms() {
    let sim = Simulator::builder().empty().start();
    let client = client_of(&sim);
    let all = client.cw().list_integrations().await.unwrap();
    assert_eq!(all, []);
    let all = client.cw().list_connections().await.unwrap();
    assert_eq!(all, []);
    let all = client.cw().flows().list_flows().await.unwrap();
    assert_eq!(all, []);
    let paging = json!({"paging": {"currentPageSize": 0, "totalSize": 0, "offset": 0}});
    for body in [
        json!({"integrations": null, "meta": paging}),
        json!({"integrations": {}, "meta": paging}),
        json!({"meta": paging}),
        json!({"status": {"code": 200}, "integrations": []}),
        json!({"status": {"code": 200}}),
    ] {
        reply_once(&sim, "GET", LIST, 200, &body);
        let all = client.cw().list_integrations().await.unwrap();
        assert_eq!(all, [], "{body}");
    }
    // But a list that should be there, and is not, is no empty one.
    let paging = json!({"paging": {"totalSize": 3}});
    reply_once(&sim, "GET", LIST, 200, &json!({"meta": paging}));
    let missing = client.cw().list_integrations().await;
    assert!(matches!(missing, Err(Error::Decode(_))), "{missing:?}");
}

#[maybe_async]
#[test]
async fn a_list_that_nobody_counts_is_read_to_its_end() {
    let sim = Simulator::builder().empty().start();
    let client = by_fours(&sim);
    let uncounted = |numbers| {
        let mut body = page(numbers, 0);
        body.as_object_mut().unwrap().remove("meta");
        body
    };
    for (at, numbers) in [(0, 0..4), (4, 4..6), (6, 6..9), (9, 9..9)] {
        let pattern = format!("{LIST}?offset={at}&*");
        reply_once(&sim, "GET", &pattern, 200, &uncounted(numbers));
    }
    let all = client.cw().list_integrations().await.unwrap();
    assert_eq!(told(all), ids(9));
    assert_eq!(cloudworks_requests(&sim).len(), 4);
}

#[maybe_async]
#[test]
async fn a_list_that_is_not_paged_at_all_ends() {
    let sim = Simulator::builder().empty().start();
    let client = by_fours(&sim);
    let mut body = page(0..6, 0);
    body.as_object_mut().unwrap().remove("meta");
    for _ in 0..6 {
        reply_once(&sim, "GET", LIST, 200, &body);
    }
    let all = client.cw().list_integrations().await.unwrap();
    assert_eq!(told(all), ids(6));
    let mut cursor = client.cw().integration_pages(&IntegrationQuery::default());
    let first = cursor.next_page().await.unwrap();
    assert_eq!(first.map(told), Some(ids(6)));
    let end = cursor.next_page().await.unwrap();
    assert_eq!(end, None);
}

#[maybe_async]
#[test]
async fn a_run_history_of_thousands() {
    let sim = Simulator::start();
    sim.add_history(estate::IMPORT, 4996);
    let client = client_of(&sim);
    let runs = client.cw().get_run_history(estate::IMPORT).await.unwrap();
    assert_eq!(runs.len(), 5000);
    assert!(runs.is_sorted_by(|newer, older| newer.start_date > older.start_date));
    assert_eq!(cloudworks_requests(&sim).len(), 20);
    sim.clear_requests();
    let mut cursor = client.cw().run_history_pages(estate::IMPORT);
    let mut paged = Vec::new();
    while let Some(page) = cursor.next_page().await.unwrap() {
        assert_eq!(page.len(), 250);
        paged.extend(page);
    }
    assert_eq!(paged, runs);
}

#[maybe_async]
#[test]
async fn a_cursor_gives_pages_and_then_none() {
    let sim = with_integrations(10).start();
    let client = by_fours(&sim);
    let query = IntegrationQuery::builder().sort_by(SortBy::Name).build();
    let mut cursor = client.cw().integration_pages(&query);
    assert_eq!(cloudworks_requests(&sim).len(), 0);
    for numbers in [0..4, 4..8, 8..10] {
        let page = cursor.next_page().await.unwrap();
        assert_eq!(page.map(told), Some(numbers.map(id).collect()));
    }
    let asked = cloudworks_requests(&sim);
    let expected = [0, 4, 8].map(|at| format!("{LIST}?sortBy=name&offset={at}&limit=4"));
    let paths: Vec<_> = asked.iter().map(|one| one.path_and_query()).collect();
    assert_eq!(paths, expected);
    for _ in 0..3 {
        let end = cursor.next_page().await.unwrap();
        assert_eq!(end, None);
    }
    // The end is asked for once.
    assert_eq!(cloudworks_requests(&sim).len(), 4);
}

#[maybe_async]
#[test]
async fn every_list_has_a_cursor() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let mut connections = client.cw().connection_pages();
    let page = connections.next_page().await.unwrap();
    assert_eq!(page.unwrap().len(), 3);
    let mut flows = client.cw().flows().flow_pages(&FlowQuery::default());
    let page = flows.next_page().await.unwrap();
    assert_eq!(page.unwrap().len(), 2);
    let mut none = client.cw().run_history_pages(estate::NEVER_RUN);
    let page = none.next_page().await.unwrap();
    assert_eq!(page, None);
}

#[maybe_async]
#[test]
async fn a_cursor_over_a_list_that_grows() {
    let sim = with_integrations(8).start();
    let client = by_fours(&sim);
    let mut cursor = client.cw().integration_pages(&IntegrationQuery::default());
    let first = cursor.next_page().await.unwrap();
    assert_eq!(first.map(told), Some(ids(4)));
    let process = json!({
        "name": "New", "workspaceId": estate::WORKSPACE, "modelId": estate::MODEL,
        "processId": "118000000001",
    });
    let new = client.cw().create_integration(process).await.unwrap();
    // Whatever is inserted in front moves items to the next page: they come once.
    reply_once(
        &sim,
        "GET",
        "/2/0/integrations?offset=4&*",
        200,
        &page(3..7, 10),
    );
    let second = cursor.next_page().await.unwrap();
    assert_eq!(second.map(told), Some((4..7).map(id).collect()));
    let third = cursor.next_page().await.unwrap();
    assert_eq!(third.map(told), Some(vec![new.into()]));
    let end = cursor.next_page().await.unwrap();
    assert_eq!(end, None);
}

#[maybe_async]
#[test]
async fn a_cursor_never_gives_an_empty_page() {
    let sim = with_integrations(12).start();
    let client = by_fours(&sim);
    for fault in [Fault::missing_page(), Fault::repeated_page()] {
        let is_repeated = format!("{fault:?}").contains("Repeated");
        sim.fault(fault.on("GET", "/2/0/integrations?offset=4&*").once());
        let mut cursor = client.cw().integration_pages(&IntegrationQuery::default());
        let mut sizes = Vec::new();
        while let Some(page) = cursor.next_page().await.unwrap() {
            sizes.push(page.len());
        }
        // A page that only repeats is passed over; what it stood for, a cursor cannot know.
        let expected: &[usize] = if is_repeated { &[4, 4] } else { &[4, 4, 4] };
        assert_eq!(sizes, expected);
    }
}

#[maybe_async]
#[test]
async fn a_cursor_ends_after_an_error() {
    let sim = with_integrations(12).start();
    let client = by_fours(&sim);
    sim.fault(Fault::missing_page().on("GET", "/2/0/integrations?offset=4&*"));
    let mut cursor = client.cw().integration_pages(&IntegrationQuery::default());
    let first = cursor.next_page().await.unwrap();
    assert!(first.is_some());
    let error = cursor.next_page().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::IncompleteList {
                operation: "list_integrations",
                expected: 12,
                received: 4,
            }
        ),
        "{error}"
    );
    sim.clear_faults();
    sim.clear_requests();
    let after = cursor.next_page().await.unwrap();
    assert_eq!(after, None);
    assert_eq!(cloudworks_requests(&sim).len(), 0);
    let mut cursor = client.cw().run_history_pages("f".repeat(32));
    assert_refused(cursor.next_page().await, 404, "was not found");
    let after = cursor.next_page().await.unwrap();
    assert_eq!(after, None);
}

#[maybe_async]
#[test]
async fn an_error_on_any_page_is_the_list_s() {
    let sim = with_integrations(12).start();
    let client = by_fours(&sim);
    for at in [0, 4, 8] {
        let pattern = format!("{LIST}?offset={at}&*");
        sim.fault(Fault::status(403, "Forbidden").on("GET", &pattern));
        assert_refused(client.cw().list_integrations().await, 403, "Forbidden");
        sim.clear_faults();
    }
}
