//! Rate limits, deadlines, sizes.

use std::time::Duration;

use anaplan_sdk::models::cloud_works::IntegrationQuery;
use anaplan_sdk::{Error, RetryPolicy, TransportErrorKind};
use cloudworks_sim::{Fault, RetryAfter, Simulator, estate};

use super::{builder_of, client_of, cloudworks_requests, maybe_async, test, together};

#[maybe_async]
#[test]
async fn a_crowd_that_draws_a_429_comes_back_one_by_one() {
    let sim = Simulator::builder()
        .rate_limit(50, Duration::from_secs(1))
        .start();
    let client = builder_of(&sim)
        .retry(RetryPolicy::default())
        .build()
        .unwrap();
    let calls = 200;
    let answers = together(calls, |_| async {
        client
            .clone()
            .cw()
            .get_run_status(estate::SUCCESSFUL_RUN)
            .await
    })
    .await;
    for answer in answers {
        answer.unwrap();
    }
    let refused = cloudworks_requests(&sim).len() - calls;
    // Each caller of the first crowd may be refused once, since all of them are on their way
    // before the first answer comes. Had they come back together, most would be again.
    assert!(refused < calls + 50, "{refused} requests were refused");
}

#[maybe_async]
#[test]
async fn a_pause_is_for_all_clones_not_only_for_the_caller_that_drew_it() {
    let sim = Simulator::start();
    let client = builder_of(&sim)
        .retry(RetryPolicy::default().max_delay(Duration::from_secs(2)))
        .build()
        .unwrap();
    client.cw().list_connections().await.unwrap();
    sim.fault(Fault::too_many_requests(RetryAfter::Seconds(1)).once());
    sim.clear_requests();
    let mut answers = together(2, |_| async {
        client
            .clone()
            .cw()
            .get_run_status(estate::SUCCESSFUL_RUN)
            .await
    })
    .await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    // Nobody may pass before the pause is over; it began with the first request's answer.
    answers.push(client.cw().get_run_status(estate::SUCCESSFUL_RUN).await);
    let at: Vec<_> = cloudworks_requests(&sim)
        .iter()
        .map(|request| request.at)
        .collect();
    let after = at[at.len() - 1].duration_since(at[0]).unwrap();
    assert!(after >= Duration::from_millis(900), "{after:?}");
}

#[maybe_async]
#[test]
async fn a_limit_that_was_set_is_kept() {
    let sim = Simulator::start();
    let client = builder_of(&sim).requests_per_minute(600).build().unwrap();
    let answers = together(11, |_| async {
        client.cw().get_run_status(estate::SUCCESSFUL_RUN).await
    })
    .await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let at: Vec<_> = cloudworks_requests(&sim)
        .iter()
        .map(|request| request.at)
        .collect();
    // Eleven requests, 100 ms apart: a second from the first to the last. On a busy machine the
    // first may come late.
    let span = at[at.len() - 1].duration_since(at[0]).unwrap();
    assert!(span >= Duration::from_millis(500), "{span:?}");
}

#[maybe_async]
#[test]
async fn a_429_for_longer_than_one_waits_is_told_with_its_time() {
    let sim = Simulator::start();
    let client = builder_of(&sim)
        .retry(RetryPolicy::default())
        .build()
        .unwrap();
    sim.fault(Fault::too_many_requests(RetryAfter::Seconds(3600)).once());
    let error = client.cw().list_connections().await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    let Error::Api(refusal) = error else {
        panic!("{error}")
    };
    assert_eq!(refusal.retry_after, Some(Duration::from_secs(3600)));
}

#[maybe_async]
#[test]
async fn a_call_can_be_given_its_time() {
    let sim = Simulator::start();
    let client = builder_of(&sim)
        .retry(RetryPolicy::default())
        .build()
        .unwrap();
    client.cw().list_connections().await.unwrap();
    sim.fault(Fault::delay(Duration::from_secs(30)).on("GET", "/2/0/integrations"));
    let error = client
        .within(Duration::from_millis(300))
        .cw()
        .list_integrations()
        .await
        .unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(!error.may_have_been_applied(), "{error}");
    // The client itself is not in a hurry.
    client.cw().list_connections().await.unwrap();
}

#[maybe_async]
#[test]
async fn without_any_time_left_nothing_is_sent() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    client.cw().list_connections().await.unwrap();
    sim.clear_requests();
    let late = client.within(Duration::ZERO);
    let error = late.cw().run_integration(estate::IMPORT).await.unwrap_err();
    let Error::Transport(failure) = &error else {
        panic!("{error}")
    };
    assert_eq!(failure.kind, TransportErrorKind::Deadline);
    assert!(!error.may_have_been_applied());
    assert_eq!(sim.requests().len(), 0);
}

#[maybe_async]
#[test]
async fn a_call_can_have_its_own_patience() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    client.cw().list_connections().await.unwrap();
    sim.fault(Fault::status(503, "Service Unavailable").times(2));
    let hasty = client.cw().list_connections().await;
    assert!(hasty.is_err());
    let patient = client.with_retry(RetryPolicy::default().first_delay(Duration::from_millis(1)));
    patient.cw().list_connections().await.unwrap();
    assert_eq!(sim.token_requests(), 1, "the token is shared");
}

#[maybe_async]
#[test]
async fn a_bomb_is_not_unpacked() {
    let sim = Simulator::start();
    let client = builder_of(&sim)
        .retry(RetryPolicy::default())
        .build()
        .unwrap();
    let bomb = sim.fault(Fault::gzip_bomb(100).on("GET", "/2/0/integrations"));
    let error = client.cw().list_integrations().await.unwrap_err();
    let Error::Transport(failure) = &error else {
        panic!("{error}")
    };
    assert_eq!(failure.kind, TransportErrorKind::TooLarge, "{error}");
    assert_eq!(sim.fault_hits(bomb), 1, "and not asked for again");
}

#[maybe_async]
#[test]
async fn a_service_that_is_not_there_did_nothing() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    client.cw().list_connections().await.unwrap();
    sim.stop_listening();
    let cold = client_of(&sim);
    let error = cold.cw().run_integration(estate::IMPORT).await.unwrap_err();
    assert!(
        error.is_auth(),
        "the token is the first that cannot be had: {error}"
    );
    assert!(!error.may_have_been_applied(), "{error}");
    sim.resume_listening();
    cold.cw().run_integration(estate::IMPORT).await.unwrap();
}

#[maybe_async]
#[test]
async fn a_token_service_that_fails_twice_and_then_works() {
    let sim = Simulator::start();
    let patient = RetryPolicy::default().first_delay(Duration::from_millis(1));
    let client = builder_of(&sim).retry(patient).build().unwrap();
    sim.fault(
        Fault::status(503, "Service Unavailable")
            .on("POST", "/token/*")
            .times(2),
    );
    client.cw().list_connections().await.unwrap();
    assert_eq!(sim.token_requests(), 3);
}
/// The limit stands beside the list of integrations; every cursor says how long its list is.
#[maybe_async]
#[test]
async fn the_limits_of_the_tenant_and_the_lengths_of_lists() {
    let sim = Simulator::start();
    let client = builder_of(&sim).page_size(2).build().unwrap();
    let limits = client.cw().get_tenant_limits().await.unwrap();
    let integrations = client.cw().list_integrations().await.unwrap();
    let flows = client.cw().flows().list_flows().await.unwrap();
    let count = (integrations.len() + flows.len()) as i64;
    assert_eq!(limits.tenant_current_count, Some(count));
    assert_eq!(limits.tenant_max_allowed, Some(1000));
    assert_eq!(limits.left(), Some(1000 - count));
    let paging = limits.paging.unwrap();
    assert_eq!(paging.total_size, Some(integrations.len() as i64));

    let mut pages = client.cw().integration_pages(&IntegrationQuery::default());
    assert_eq!(pages.total(), None);
    let page = pages.next_page().await.unwrap().unwrap();
    assert_eq!(page.len(), 2);
    assert_eq!(pages.total(), Some(integrations.len() as u64));
}
