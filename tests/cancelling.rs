//! What only the async face can do: a call is dropped while it waits.
#![cfg(feature = "async")]

use std::time::Duration;

use anaplan_sdk::{Client, Credentials, RetryPolicy};
use cloudworks_sim::{Fault, Simulator, estate};
use tokio::time::timeout;

fn client_of(sim: &Simulator) -> Client {
    Client::builder()
        .credentials(Credentials::basic("planner@corp.example", "password"))
        .cloudworks_url(sim.cloudworks_url())
        .auth_url(sim.auth_url())
        // A token request goes on without whoever began it: for so long the others wait.
        .timeout(Duration::from_secs(1))
        .retry(RetryPolicy::default().first_delay(Duration::from_millis(1)))
        .build()
        .unwrap()
}

const A_MOMENT: Duration = Duration::from_millis(100);

/// Ends a call after a moment, in the middle of what it does.
async fn drop_after_a_moment<T>(call: impl Future<Output = T>) {
    assert!(
        timeout(A_MOMENT, call).await.is_err(),
        "it was over before it was dropped"
    );
}

#[tokio::test]
async fn whoever_is_dropped_while_fetching_the_token_leaves_nobody_waiting() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    sim.fault(
        Fault::delay(Duration::from_secs(600))
            .on("POST", "/token/*")
            .once(),
    );
    let others: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            async move { client.cw().list_connections().await }
        })
        .collect();
    let cw = client.cw();
    let (dropped, others) = tokio::join!(
        timeout(A_MOMENT, cw.list_connections()),
        futures_util::future::join_all(others),
    );
    assert!(dropped.is_err(), "it was over before it was dropped");
    for answer in others {
        answer.unwrap();
    }
    assert_eq!(
        sim.token_requests(),
        2,
        "the dropped one, and one for all others"
    );
}

#[tokio::test]
async fn a_call_dropped_at_any_wait_leaves_the_client_whole() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let cw = client.cw();
    let long = Duration::from_secs(600);
    let faults = [
        Fault::delay(long).before_processing(),
        Fault::delay(long).after_processing(),
        Fault::drip(Duration::from_secs(60)),
        Fault::too_many_requests(cloudworks_sim::RetryAfter::Seconds(1)),
    ];
    for fault in faults {
        cw.list_integrations().await.unwrap();
        sim.fault(fault.on("GET", "/2/0/integrations").once());
        drop_after_a_moment(cw.list_integrations()).await;
        cw.list_integrations().await.unwrap();
    }
    assert_eq!(sim.token_requests(), 1);
}

#[tokio::test]
async fn a_dropped_run_was_started_once_at_most() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    client.cw().list_connections().await.unwrap();
    let before = sim.runs_of(estate::IMPORT);
    sim.fault(
        Fault::delay(Duration::from_secs(600))
            .after_processing()
            .on("POST", "*/run"),
    );
    drop_after_a_moment(client.cw().run_integration(estate::IMPORT)).await;
    tokio::time::sleep(A_MOMENT).await;
    assert_eq!(sim.runs_of(estate::IMPORT), before + 1);
}

#[tokio::test]
async fn futures_are_send() {
    fn is_send<T: Send>(_: &T) {}
    let sim = Simulator::start();
    let client = client_of(&sim);
    is_send(&client.cw().list_integrations());
    is_send(&client.cw().run_integration(estate::IMPORT));
    is_send(
        &client
            .cw()
            .flows()
            .run_flow_steps(estate::FLOW, [estate::IMPORT]),
    );
    let payload = serde_json::json!({});
    is_send(&client.cw().create_connection(payload));
}
