//! Answers that are lost: what became of the request is looked for.

use std::time::Duration;

use anaplan_sdk::{Error, RetryPolicy};
use cloudworks_sim::{Fault, Outcome, Simulator, estate};
use serde_json::json;

use super::{Client, builder_of, client_of, maybe_async, test};

fn patient_client_of(sim: &Simulator) -> Client {
    let patient = RetryPolicy::default()
        .first_delay(Duration::from_millis(2))
        .read_baseline(true)
        .search_time(Duration::from_millis(300));
    builder_of(sim).retry(patient).build().unwrap()
}

#[maybe_async]
#[test]
async fn a_run_is_found_whatever_the_service_takes_the_time_to_be() {
    for minutes in [0, 10] {
        let sim = Simulator::start();
        sim.advance(Duration::from_secs(60 * minutes));
        let client = patient_client_of(&sim);
        let before = sim.runs_of(estate::IMPORT);
        sim.fault(
            Fault::status(500, "Internal Server Error")
                .after_processing()
                .on("POST", "*/run"),
        );
        let run = client.cw().run_integration(estate::IMPORT).await.unwrap();
        assert_eq!(sim.runs_of(estate::IMPORT), before + 1);
        assert!(sim.log().iter().any(|done| done.id == run.as_str()));
    }
}

#[maybe_async]
#[test]
async fn a_run_that_the_history_shows_late_is_found_and_not_started_again() {
    let sim = Simulator::start();
    // A run that is found ends the search: on a busy machine the looks take their time.
    let long = RetryPolicy::default()
        .first_delay(Duration::from_millis(2))
        .read_baseline(true)
        .search_time(Duration::from_secs(20));
    let client = client_of(&sim).with_retry(long);
    let before = sim.runs_of(estate::IMPORT);
    sim.fault(
        Fault::status(500, "Internal Server Error")
            .after_processing()
            .on("POST", "*/run")
            .once(),
    );
    // The baseline, and three looks, see nothing.
    let nothing = json!({"status": {"code": 200}, "history_of_runs": {"runs": [], "totalRuns": 0}});
    for _ in 0..4 {
        let json = [("content-type", "application/json")];
        sim.reply_once(
            "GET",
            "/2/0/integrations/runs/*",
            200,
            &json,
            nothing.to_string(),
        );
    }
    let run = client.cw().run_integration(estate::IMPORT).await.unwrap();
    assert_eq!(sim.runs_of(estate::IMPORT), before + 1);
    assert!(sim.log().iter().any(|done| done.id == run.as_str()));
}

#[maybe_async]
#[test]
async fn a_gateways_word_is_not_the_services() {
    let sim = Simulator::start();
    let client = patient_client_of(&sim);
    client.cw().list_connections().await.unwrap();
    let html = [("content-type", "text/html")];
    let page = "<html><body>503 Service Temporarily Unavailable</body></html>";
    sim.reply_once("POST", "/2/0/integrations/*/run", 503, &html, page);
    sim.clear_requests();
    let error = client
        .cw()
        .run_integration(estate::IMPORT)
        .await
        .unwrap_err();
    assert!(error.may_have_been_applied(), "{error}");
    assert!(matches!(&error, Error::Uncertain { .. }), "{error}");
    assert_eq!(sim.requests_to("POST", "/2/0/").len(), 1);
}

#[maybe_async]
#[test]
async fn a_lost_cancel_is_not_sent_again() {
    let sim = Simulator::start();
    let client = patient_client_of(&sim);
    sim.next_run(estate::IMPORT, Outcome::never_ends());
    client.cw().run_integration(estate::IMPORT).await.unwrap();
    sim.clear_requests();
    sim.fault(Fault::reset_before().on("POST", "*/cancel").once());
    let error = client
        .cw()
        .cancel_integration(estate::IMPORT)
        .await
        .unwrap_err();
    assert!(error.may_have_been_applied(), "{error}");
    assert_eq!(sim.requests_to("POST", "/2/0/").len(), 1);
    sim.fault(Fault::reset_after().on("POST", "*/cancel").once());
    client
        .cw()
        .cancel_integration(estate::IMPORT)
        .await
        .unwrap();
}

#[maybe_async]
#[test]
async fn a_count_that_is_far_off_does_no_harm() {
    let sim = Simulator::start();
    let client = patient_client_of(&sim);
    let page = json!({
        "status": {"code": 200},
        "integrationFlows": [{"id": "a", "name": "one"}],
        "meta": {"paging": {"currentPageSize": 1, "totalSize": i64::MAX, "offset": 0}},
    });
    let json = [("content-type", "application/json")];
    sim.reply_once("GET", "/2/0/integrationflows", 200, &json, page.to_string());
    sim.clear_requests();
    let flows = client.cw().flows().list_flows().await.unwrap();
    assert!(!flows.is_empty());
    let asked = sim.requests_to("GET", "/2/0/integrationflows").len();
    assert!(asked < 1000, "{asked} requests");
}
