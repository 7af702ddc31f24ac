//! Calls that are dropped while they fetch a token.
#![cfg(feature = "async")]

use std::time::Duration;

use anaplan_sdk::{Client, Credentials, RetryPolicy};
use cloudworks_sim::{Fault, Simulator};

fn client_of(sim: &Simulator) -> Client {
    Client::builder()
        .credentials(Credentials::basic("planner@corp.example", "password"))
        .cloudworks_url(sim.cloudworks_url())
        .auth_url(sim.auth_url())
        .api_url(sim.api_url())
        .oauth_url(sim.oauth_url())
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

fn slow_log_in() -> Fault {
    Fault::delay(Duration::from_millis(400))
        .on("POST", "/token/authenticate")
        .once()
}

#[tokio::test]
async fn a_dropped_call_does_not_hold_up_the_others() {
    let sim = Simulator::start();
    sim.fault(slow_log_in());
    let client = client_of(&sim);
    let hasty = tokio::time::timeout(Duration::from_millis(50), client.current_user()).await;
    assert!(hasty.is_err(), "it was not dropped");
    client.current_user().await.unwrap();
    assert_eq!(sim.token_requests(), 1, "what was begun is not begun again");
}

#[tokio::test]
async fn a_dropped_call_among_many_does_not_hold_up_the_others() {
    let sim = Simulator::start();
    sim.fault(slow_log_in());
    let client = client_of(&sim);
    let calls: Vec<_> = (0..50)
        .map(|n| {
            let client = client.clone();
            let call = tokio::spawn(async move { client.current_user().await });
            if n % 2 == 0 {
                call.abort();
            }
            call
        })
        .collect();
    for (n, call) in calls.into_iter().enumerate() {
        match call.await {
            Ok(user) => drop(user.unwrap()),
            Err(aborted) => assert!(n % 2 == 0 && aborted.is_cancelled()),
        }
    }
    assert_eq!(sim.token_requests(), 1);
}

/// Dropped between exchange and save, a refresh token that is good once would be lost.
#[cfg(feature = "oauth")]
#[tokio::test]
async fn a_dropped_call_loses_no_refresh_token() {
    use anaplan_sdk::{FileTokenStore, OAuthApp};

    const APP: &str = "b1946ac92492d2347c6235b4d2611184";
    let sim = Simulator::start();
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("dropped-token");
    std::fs::write(&path, sim.oauth_refresh_token(APP, false)).unwrap();
    sim.fault(
        Fault::delay(Duration::from_millis(300))
            .on("POST", "/oauth/token")
            .after_processing()
            .once(),
    );
    let build = || {
        let app = OAuthApp::new(APP).store(FileTokenStore::new(&path));
        Client::builder()
            .credentials(Credentials::oauth(app))
            .api_url(sim.api_url())
            .oauth_url(sim.oauth_url())
            .retry(RetryPolicy::none())
            .build()
            .unwrap()
    };
    let client = build();
    let hasty = tokio::time::timeout(Duration::from_millis(100), client.current_user()).await;
    assert!(hasty.is_err(), "it was not dropped");
    client.current_user().await.unwrap();
    build().current_user().await.unwrap();
    assert_eq!(sim.requests_to("POST", "/oauth/token").len(), 2);
}
