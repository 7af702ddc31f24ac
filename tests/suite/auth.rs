//! Who the client is: log-ins, renewal, logging out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anaplan_sdk::{AccessToken, Credentials, Error, RetryPolicy};
use cloudworks_sim::{Fault, Simulator};

use super::{Client, builder_of, client_of, maybe_async, sleep, test, together};

fn patient() -> RetryPolicy {
    RetryPolicy::default().first_delay(Duration::from_millis(20))
}

/// The whole error, with all that led to it.
pub(super) fn text_of(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[maybe_async]
#[test]
async fn who_one_is() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let me = client.current_user().await.unwrap();
    assert_eq!(me.email.as_deref(), Some("planner@corp.example"));
    assert!(me.other_fields.is_empty(), "{me:?}");
    assert_eq!(me.active, Some(true));
    let requests = sim.requests_to("GET", "/api/2/0/");
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path_and_query(), "/api/2/0/users/me");
}

#[maybe_async]
#[test]
async fn logging_out_ends_the_token_at_the_service() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    // Nothing to end, and nothing sent.
    client.log_out().await.unwrap();
    assert_eq!(sim.requests().len(), 0);

    client.current_user().await.unwrap();
    let clone = client.clone();
    client.log_out().await.unwrap();
    clone.log_out().await.unwrap();
    let ended = sim.requests_to("POST", "/token/logout");
    assert_eq!(ended.len(), 1);
    let token = ended[0].header("authorization").unwrap();
    assert!(token.starts_with("AnaplanAuthToken "), "{token}");

    // The token is really gone.
    let stale = builder_of(&sim)
        .credentials(Credentials::token(&token["AnaplanAuthToken ".len()..]))
        .build()
        .unwrap();
    let refused = stale.current_user().await.unwrap_err();
    assert_eq!(refused.status(), Some(401));

    // A call after it logs in anew.
    clone.current_user().await.unwrap();
    assert_eq!(sim.token_requests(), 2);
}

#[maybe_async]
#[test]
async fn logging_out_a_bare_token_is_its_end() {
    let sim = Simulator::start();
    let client = builder_of(&sim)
        .credentials(Credentials::token(sim.issue_token()))
        .build()
        .unwrap();
    client.log_out().await.unwrap();
    let error = client.current_user().await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    // It has ended already, which is all that was wanted.
    client.log_out().await.unwrap();
}

#[maybe_async]
#[test]
async fn a_log_out_that_fails_keeps_the_token() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    client.current_user().await.unwrap();
    sim.fault(Fault::status(503, "no").on("POST", "/token/logout").once());
    let error = client.log_out().await.unwrap_err();
    assert_eq!(error.status(), Some(503));
    client.log_out().await.unwrap();
    assert_eq!(sim.token_requests(), 1);
}

#[maybe_async]
#[test]
async fn a_token_that_ends_amid_500_calls_costs_one_token_request_and_no_call() {
    let sim = Simulator::builder()
        .latency(Duration::from_millis(60))
        .start();
    let client = client_of(&sim);
    client.current_user().await.unwrap();
    sim.clear_requests();
    let (client, simulator) = (&client, &sim);
    let results = together(500, |n| async move {
        if n == 250 {
            simulator.revoke_tokens();
        }
        client.cw().list_connections().await
    })
    .await;
    let failed: Vec<_> = results.iter().filter_map(|r| r.as_ref().err()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(sim.token_requests(), 1);
}

/// Where the tokens of a test come from.
#[derive(Default)]
struct Vault {
    asked: AtomicUsize,
    is_slow: AtomicBool,
    is_sealed: AtomicBool,
}

/// A client whose token source believes in this lifetime: what the token service itself says
/// counts from a minute on.
#[maybe_async]
fn short_lived(sim: &Arc<Simulator>, lifetime: Duration) -> (Client, Arc<Vault>) {
    let vault = Arc::new(Vault::default());
    let (issuer, source) = (sim.clone(), vault.clone());
    let client = builder_of(sim)
        .token_source(move || {
            let (issuer, vault) = (issuer.clone(), source.clone());
            async move {
                vault.asked.fetch_add(1, Ordering::Relaxed);
                if vault.is_slow.load(Ordering::Relaxed) {
                    sleep(Duration::from_millis(800)).await;
                }
                if vault.is_sealed.load(Ordering::Relaxed) {
                    return Err("the vault is sealed".into());
                }
                Ok(AccessToken::new(issuer.issue_token()).expires_in(lifetime))
            }
        })
        .build()
        .unwrap();
    (client, vault)
}

#[maybe_async]
#[test]
async fn a_token_is_renewed_beside_the_calls_before_it_expires() {
    let sim = Simulator::builder()
        .token_lifetime(Duration::from_secs(10))
        .start();
    let sim = Arc::new(sim);
    let (client, vault) = short_lived(&sim, Duration::from_secs(10));
    client.current_user().await.unwrap();
    // The last fifth has begun, and the source is slow: the call does not wait for it.
    sleep(Duration::from_millis(8100)).await;
    vault.is_slow.store(true, Ordering::Relaxed);
    let began = std::time::Instant::now();
    client.current_user().await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(700), "it waited");
    sleep(Duration::from_millis(2500)).await;
    client.current_user().await.unwrap();
    assert_eq!(vault.asked.load(Ordering::Relaxed), 2);
    assert_eq!(
        sim.requests_to("GET", "/api/").len(),
        3,
        "none was repeated"
    );
}

#[maybe_async]
#[test]
async fn a_renewal_that_fails_leaves_the_good_token_in_use() {
    let sim = Simulator::builder()
        .token_lifetime(Duration::from_secs(5))
        .start();
    let sim = Arc::new(sim);
    let (client, vault) = short_lived(&sim, Duration::from_secs(5));
    client.current_user().await.unwrap();
    vault.is_sealed.store(true, Ordering::Relaxed);
    sleep(Duration::from_millis(4100)).await;
    for _ in 0..5 {
        client.current_user().await.unwrap();
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(vault.asked.load(Ordering::Relaxed), 2, "not again at once");
    vault.is_sealed.store(false, Ordering::Relaxed);
    sleep(Duration::from_millis(1000)).await;
    client.current_user().await.unwrap();
}

#[maybe_async]
#[test]
async fn a_token_service_that_fails_twice_is_asked_a_third_time() {
    let sim = Simulator::start();
    sim.fault(
        Fault::status(503, "down")
            .on("POST", "/token/authenticate")
            .times(2),
    );
    let client = builder_of(&sim).retry(patient()).build().unwrap();
    client.current_user().await.unwrap();
    assert_eq!(sim.token_requests(), 3);
}

#[maybe_async]
#[test]
async fn those_who_wait_for_a_token_that_cannot_be_had_do_not_ask_again() {
    let sim = Simulator::start();
    sim.fault(Fault::delay(Duration::from_millis(2500)).on("POST", "/token/authenticate"));
    let client = builder_of(&sim)
        .timeout(Duration::from_millis(1500))
        .build()
        .unwrap();
    let client = &client;
    let results = together(50, |_| async move { client.current_user().await }).await;
    for result in results {
        let error = result.unwrap_err();
        assert!(error.is_timeout() && error.is_auth(), "{error:?}");
    }
    assert_eq!(sim.requests_to("POST", "/token/authenticate").len(), 1);
}

#[maybe_async]
#[test]
async fn wrong_credentials_make_one_attempt_however_many_call() {
    let sim = Simulator::start();
    let client = builder_of(&sim)
        .credentials(Credentials::basic("planner@corp.example", "guess"))
        .retry(patient())
        .build()
        .unwrap();
    let client = &client;
    let results = together(100, |_| async move { client.current_user().await }).await;
    for result in results {
        let error = result.unwrap_err();
        assert_eq!(error.status(), Some(401), "{error}");
        assert!(error.to_string().contains("not sent again"), "{error}");
    }
    assert_eq!(sim.token_requests(), 1);
}

#[maybe_async]
#[test]
async fn a_call_does_not_wait_for_a_token_longer_than_it_may() {
    let sim = Simulator::start();
    sim.fault(
        Fault::delay(Duration::from_millis(1000))
            .on("POST", "/token/authenticate")
            .once(),
    );
    let client = client_of(&sim);
    let hasty = client.within(Duration::from_millis(150));
    let began = std::time::Instant::now();
    let error = hasty.current_user().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(began.elapsed() < Duration::from_millis(900));
    // The one who waits longer gets the token that the hasty one asked for.
    client.current_user().await.unwrap();
    assert_eq!(sim.token_requests(), 1);
}

#[maybe_async]
#[test]
async fn a_source_that_fetches_by_itself() {
    let sim = Arc::new(Simulator::start());
    let asked = Arc::new(AtomicUsize::new(0));
    let (vault, count) = (sim.clone(), asked.clone());
    let client = builder_of(&sim)
        .token_source(move || {
            let (vault, count) = (vault.clone(), count.clone());
            async move {
                if count.fetch_add(1, Ordering::Relaxed) == 2 {
                    return Err("the vault is sealed".into());
                }
                Ok(AccessToken::new(vault.issue_token()))
            }
        })
        .build()
        .unwrap();
    client.current_user().await.unwrap();
    client.current_user().await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    sim.revoke_tokens();
    client.current_user().await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);

    // A token of somebody else's is not ended, only forgotten.
    client.log_out().await.unwrap();
    assert_eq!(sim.requests_to("POST", "/token/logout").len(), 0);
    let error = client.current_user().await.unwrap_err();
    assert!(
        error.is_auth() && text_of(&error).contains("the vault is sealed"),
        "{error:?}"
    );
    client.current_user().await.unwrap();
    assert_eq!(sim.token_requests(), 0);
}

#[maybe_async]
#[test]
async fn of_credentials_and_a_source_the_last_one_counts() {
    let sim = Simulator::start();
    let client = builder_of(&sim)
        .token_source(|| async { Err("never asked".into()) })
        .credentials(Credentials::token(sim.issue_token()))
        .build()
        .unwrap();
    client.current_user().await.unwrap();
    let nobody = Client::builder().build().unwrap_err().to_string();
    assert!(nobody.contains("no credentials"), "{nobody}");
}
