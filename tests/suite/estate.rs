//! Reading an estate: to which depth, for how many requests, and what becomes of faults.

use anaplan_sdk::directory::Kind;
use anaplan_sdk::estate::{Depth, Estate, EstateEvent, EstateOptions, ModelSelection, Price};
use anaplan_sdk::models::cloud_works::IntegrationId;
use cloudworks_sim::{Fault, Simulator, estate};
use serde_json::json;

use super::{Client, builder_of, client_of, cloudworks_requests, maybe_async, reply_once, test};

fn everything() -> EstateOptions {
    EstateOptions::everything("2026-06-09T00:00:00Z".parse().unwrap())
}

fn requests(sim: &Simulator) -> usize {
    let of_estate = |path: &str| path.starts_with("/2/0/") || path.starts_with("/api/2/0/");
    let all = sim.requests().into_iter();
    all.filter(|request| of_estate(&request.path)).count()
}

#[maybe_async]
async fn read_all(client: &Client) -> Estate {
    client.cw().read_estate(&everything()).await.unwrap()
}

#[maybe_async]
#[test]
async fn all_depths_are_read_for_the_price_that_was_said() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let mut events = client.cw().read_estate_and_follow(&everything());
    let (mut prices, mut progress): (Vec<Price>, Vec<(Depth, u64, u64)>) = Default::default();
    while let Some(event) = events.next_event().await.unwrap() {
        match event {
            EstateEvent::Price(price) => {
                if prices.is_empty() {
                    assert_eq!(
                        requests(&sim),
                        0,
                        "the first price comes before all requests"
                    );
                }
                prices.push(price);
            }
            EstateEvent::Read {
                depth, done, total, ..
            } => progress.push((depth, done, total)),
            other => panic!("{other}"),
        }
    }
    let depths: Vec<Depth> = prices.iter().map(|price| price.depth).collect();
    assert_eq!(depths, Depth::ALL);
    let said: u64 = prices.iter().filter_map(|price| price.requests).sum();
    assert_eq!(requests(&sim) as u64, said);
    for depth in [Depth::Jobs, Depth::Notifications, Depth::History] {
        let of_depth = progress.iter().filter(|(of, ..)| *of == depth);
        let counted: Vec<u64> = of_depth.clone().map(|(_, done, _)| *done).collect();
        assert_eq!(counted, [1, 2, 3, 4, 5], "{depth}");
        assert!(of_depth.clone().all(|(.., total)| *total == 5));
    }
    let read = events.into_so_far();
    assert_eq!(read.gaps, []);
    assert!(read.depths.iter().eq(Depth::ALL));
    assert_eq!(read.jobs[&estate::PROCESS.into()].jobs.len(), 2);
    assert_eq!(read.steps[&estate::FLOW.into()].steps.len(), 2);
    assert_eq!(read.notifications.len(), 5);
    let history = &read.histories[&estate::IMPORT.into()];
    // Four since then, newest first, and the one before.
    let ids: Vec<&str> = history.runs.iter().map(|run| run.id.as_str()).collect();
    assert_eq!(
        ids[1..],
        [
            estate::PARTIAL_RUN,
            estate::FAILED_RUN,
            estate::SUCCESSFUL_RUN
        ]
    );
    let directory = read.directory.as_ref().unwrap();
    let contents = &directory.contents[&estate::MODEL.into()];
    assert_eq!(contents.steps.len(), 2);
    assert_eq!(directory.contents.len(), 1);
    assert_eq!(read.users.as_ref().unwrap().len(), 4);
    let limits = read.tenant.as_ref().unwrap();
    assert_eq!(limits.tenant_current_count, Some(7));
    let email = read.read_as.as_ref().and_then(|user| user.email.as_deref());
    assert_eq!(email, Some("planner@corp.example"));
    // The next reading of the same costs nothing but a look at the lists that are here.
    assert!(
        read.prices(&everything())
            .iter()
            .all(|price| price.requests == Some(0))
    );
}

#[maybe_async]
#[test]
async fn only_what_is_asked_for_is_read() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let read = client
        .cw()
        .read_estate(&EstateOptions::default())
        .await
        .unwrap();
    assert_eq!(requests(&sim), 5);
    assert!(read.depths.iter().eq(&[Depth::Lists]));
    assert_eq!((read.flows.is_none(), read.jobs.len()), (true, 0));

    sim.clear_requests();
    let options = EstateOptions::builder()
        .models(ModelSelection::Only(vec![estate::ARCHIVED_MODEL.into()]))
        .build();
    let read = client.cw().read_estate(&options).await.unwrap();
    assert_eq!(requests(&sim), 5 + 2 + 4);
    // The service does not open it: its four lists are refused.
    assert_eq!(read.directory.unwrap().contents.len(), 0);
    let gaps: Vec<String> = read.gaps.iter().map(ToString::to_string).collect();
    assert_eq!(gaps.len(), 4, "{gaps:#?}");
    let model = format!(
        "models: model *Demand planning 2024* ({})",
        estate::ARCHIVED_MODEL
    );
    assert!(gaps[0].starts_with(&model), "{gaps:#?}");
    assert!(gaps[0].contains("422 its imports: "), "{gaps:#?}");
}

#[maybe_async]
#[test]
async fn what_is_the_users_own_is_known_by_id() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let mine = json!({"integrations": [{"integrationId": estate::IMPORT, "name": "Products from blob"}],
        "meta": {"paging": {"totalSize": 1, "currentPageSize": 1, "offset": 0}}});
    // All of it was made by somebody else.
    let read = client
        .cw()
        .read_estate(&EstateOptions::default())
        .await
        .unwrap();
    assert_eq!(read.is_my_integration(&estate::EXPORT.into()), Some(false));
    let asked = cloudworks_requests(&sim).into_iter();
    let asked = asked.filter(|request| request.path == "/2/0/integrations");
    let asked: Vec<String> = asked.filter_map(|request| request.query).collect();
    assert_eq!(asked.len(), 3);
    let of_mine = asked
        .iter()
        .filter(|query| query.contains("myIntegrations=1"));
    assert_eq!(of_mine.count(), 1);

    let mut half = read;
    half.mine.integrations = None;
    reply_once(&sim, "GET", "/2/0/integrations", 200, &mine);
    let options = EstateOptions::default();
    let events = client.cw().resume_estate_and_follow(half, &options);
    let read = events.estate().await.unwrap();
    assert_eq!(read.is_my_integration(&estate::IMPORT.into()), Some(true));
    assert_eq!(read.is_my_integration(&estate::EXPORT.into()), Some(false));
}

#[maybe_async]
#[test]
async fn what_one_object_refuses_is_a_gap_and_hinders_nothing() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let refusal = json!({"status": {"code": 404, "message": "Not found"}});
    let path = format!("/2/0/integrations/{}", estate::EXPORT);
    reply_once(&sim, "GET", &path, 404, &refusal);
    let path = format!("/2/0/integrationflows/{}", estate::NIGHTLY_FLOW);
    reply_once(&sim, "GET", &path, 200, &json!({"integrationFlow": "?"}));
    let users = json!({"status": {"code": 403, "message": "Forbidden"}});
    reply_once(&sim, "GET", "/api/2/0/users", 403, &users);
    let read = read_all(&client).await;
    let gaps: Vec<String> = read.gaps.iter().map(ToString::to_string).collect();
    assert_eq!(gaps.len(), 3, "{gaps:#?}");
    let flow = format!(
        "flows: flow *Nightly* ({}) could not be read: ",
        estate::NIGHTLY_FLOW
    );
    assert!(gaps[0].starts_with(&flow), "{gaps:#?}");
    let integration = format!(
        "jobs: integration *Forecast to warehouse* ({}) could not be read: 404 Not found",
        estate::EXPORT
    );
    assert_eq!(gaps[1], integration);
    assert!(gaps[2].starts_with("users: the list of users could not be read: 403"));
    assert_eq!((read.jobs.len(), read.steps.len()), (4, 1));
    assert!(read.depths.contains(&Depth::Jobs));

    // Gaps are tried once more, and nothing else.
    sim.clear_requests();
    let options = everything();
    let events = client.cw().resume_estate_and_follow(read, &options);
    let read = events.estate().await.unwrap();
    assert_eq!(read.gaps, []);
    assert_eq!((read.jobs.len(), read.steps.len()), (5, 2));
    assert_eq!(requests(&sim), 3);
}

#[maybe_async]
#[test]
async fn flows_that_may_not_be_listed_are_a_gap() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let refusal = json!({"status": {"code": 403, "message": "Not entitled"}});
    reply_once(&sim, "GET", "/2/0/integrationflows", 403, &refusal);
    let read = read_all(&client).await;
    assert_eq!(read.flows, None);
    assert!(!read.depths.contains(&Depth::Flows));
    assert!(read.depths.contains(&Depth::Models));
    assert_eq!(read.gaps.len(), 1);
    assert_eq!(read.gaps[0].subject.kind, Kind::Flow);
    assert_eq!(read.gaps[0].status, Some(403));
}

#[maybe_async]
#[test]
async fn a_log_in_that_fails_is_a_failure() {
    let sim = Simulator::start();
    let credentials = anaplan_sdk::Credentials::basic("planner@corp.example", "wrong");
    let client = builder_of(&sim).credentials(credentials).build().unwrap();
    let error = client.cw().read_estate(&everything()).await.unwrap_err();
    assert!(error.is_auth(), "{error}");
}

#[maybe_async]
#[test]
async fn a_reading_that_broke_off_goes_on_where_it_stopped() {
    let sim = Simulator::start();
    let client = builder_of(&sim).concurrency(1).build().unwrap();
    let mut events = client.cw().read_estate_and_follow(&everything());
    let mut seen = 0;
    let error = loop {
        let event = events.next_event().await;
        match event {
            Ok(Some(EstateEvent::Read { .. })) => {
                seen += 1;
                if seen == 1 {
                    // The batch is read; what comes next meets a service that is gone.
                    sim.fault(Fault::reset_before());
                }
            }
            Ok(Some(_)) => {}
            Ok(None) => panic!("it did not break off"),
            Err(error) => break error,
        }
    };
    assert!(!error.is_auth(), "{error}");
    let after: Option<EstateEvent> = events.next_event().await.unwrap();
    assert_eq!(after, None);
    let half = serde_json::to_string(events.so_far()).unwrap();
    let half: Estate = serde_json::from_str(&half).unwrap();
    assert_eq!(&half, events.so_far());
    let (left, read) = (
        half.prices(&everything()),
        half.jobs.len() + half.steps.len(),
    );
    assert!(read > 0);
    let left: u64 = left.iter().filter_map(|price| price.requests).sum();

    sim.clear_faults();
    sim.clear_requests();
    let options = everything();
    let resumed = client.cw().resume_estate_and_follow(half, &options);
    let mut resumed = resumed.estate().await.unwrap();
    assert_eq!(requests(&sim) as u64, left);
    let mut whole = read_all(&client).await;
    for estate in [&mut resumed, &mut whole] {
        (estate.began, estate.read_at) = (None, None);
        for history in estate.histories.values_mut() {
            history.read_at = jiff_epoch();
        }
    }
    assert_eq!(resumed, whole);
}

fn jiff_epoch() -> anaplan_sdk::models::jiff::Timestamp {
    anaplan_sdk::models::jiff::Timestamp::UNIX_EPOCH
}

#[maybe_async]
#[test]
async fn objects_are_read_side_by_side_within_the_limit() {
    let sim = Simulator::builder()
        .latency(std::time::Duration::from_millis(20))
        .start();
    let client = builder_of(&sim).concurrency(3).build().unwrap();
    let read = read_all(&client).await;
    assert_eq!(read.histories.len(), 5);
    assert_eq!(sim.max_in_flight(), 3);
    let unknown: Option<&_> = read.jobs.get(&IntegrationId::from("nothing"));
    assert_eq!(unknown, None);
}
