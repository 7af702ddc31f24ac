//! The session: token, single flight, repetition, errors.

use std::time::Duration;

use anaplan_sdk::models::cloud_works::ScheduleStatus;
use anaplan_sdk::{Credentials, Error, Method, RetryPolicy};
use cloudworks_sim::{Fault, Simulator, estate};
use serde_json::json;

use super::{
    assert_sent, builder_of, client_of, maybe_async, only_request, reply_once, test, together,
};

#[maybe_async]
#[test]
async fn building_touches_no_network() {
    let sim = Simulator::start();
    let _client = client_of(&sim);
    assert_eq!(sim.requests().len(), 0);
}

#[maybe_async]
#[test]
async fn many_calls_at_once_make_one_token_request() {
    let sim = Simulator::builder()
        .latency(Duration::from_millis(50))
        .start();
    let client = client_of(&sim);
    let statuses = together(200, |_| async {
        client.cw().get_run_status(estate::SUCCESSFUL_RUN).await
    })
    .await;
    assert!(statuses.iter().all(Result::is_ok));
    assert_eq!(sim.token_requests(), 1);
    assert!(sim.max_in_flight() > 25, "{} at once", sim.max_in_flight());
}

#[maybe_async]
#[test]
async fn clones_share_the_token() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    for client in [client.clone(), client.clone(), client] {
        client.cw().list_connections().await.unwrap();
    }
    assert_eq!(sim.token_requests(), 1);
}

#[maybe_async]
#[test]
async fn a_refused_token_is_renewed_once_and_the_call_repeated() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    client.cw().list_connections().await.unwrap();
    sim.revoke_tokens();
    client.cw().list_connections().await.unwrap();
    assert_eq!(sim.token_requests(), 2);
}

#[maybe_async]
#[test]
async fn a_bare_token_that_ends_is_told_as_such() {
    let sim = Simulator::start();
    let client = builder_of(&sim)
        .credentials(Credentials::token(sim.issue_token()))
        .build()
        .unwrap();
    client.cw().list_connections().await.unwrap();
    sim.revoke_tokens();
    let error = client.cw().list_connections().await.unwrap_err();
    assert!(error.is_auth());
    assert!(
        error.to_string().contains("a bare token cannot be renewed"),
        "{error}"
    );
    assert_eq!(sim.token_requests(), 0);
}

#[maybe_async]
#[test]
async fn wrong_credentials_are_tried_once() {
    let sim = Simulator::start();
    let client = builder_of(&sim)
        .credentials(Credentials::basic("planner@corp.example", "guess"))
        .retry(RetryPolicy::default())
        .build()
        .unwrap();
    for _ in 0..3 {
        let error = client.cw().list_connections().await.unwrap_err();
        assert!(error.is_auth());
        assert_eq!(error.status(), Some(401));
        assert!(!error.to_string().contains("guess"), "{error}");
    }
    assert_eq!(sim.token_requests(), 1);
}

#[maybe_async]
#[test]
async fn an_unknown_route_points_at_the_base_url() {
    let sim = Simulator::start();
    let client = builder_of(&sim)
        .cloudworks_url(format!("{}/nowhere", sim.cloudworks_url()))
        .build()
        .unwrap();
    let error = client.cw().list_connections().await.unwrap_err();
    assert!(error.is_not_found());
    assert!(
        error
            .to_string()
            .contains("no such route: check the base URL"),
        "{error}"
    );
}

#[maybe_async]
#[test]
async fn a_missing_resource_keeps_the_words_of_the_service() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let error = client
        .cw()
        .get_integration("0".repeat(32))
        .await
        .unwrap_err();
    let Error::Api(refusal) = &error else {
        panic!("{error}")
    };
    assert_eq!(
        (refusal.status, refusal.operation),
        (404, "get_integration")
    );
    assert!(!refusal.message.is_empty());
    assert!(refusal.body.contains(&refusal.message), "{refusal:?}");
    assert!(!error.may_have_been_applied());
}

#[maybe_async]
#[test]
async fn refusals_for_want_of_a_role_name_the_role() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    for status in [403, 452] {
        let body = json!({"status": {"code": status, "message": "Tenant not entitled"}});
        reply_once(&sim, "GET", "/2/0/integrations/connections", status, &body);
        let error = client.cw().list_connections().await.unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert!(
            error.to_string().contains("Restricted Integration User"),
            "{error}"
        );
    }
}

#[maybe_async]
#[test]
async fn a_reply_of_another_form_names_the_place() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let body = json!({"connections": [{"connectionId": "a"}, {"connectionType": "AmazonS3"}]});
    reply_once(&sim, "GET", "/2/0/integrations/connections", 200, &body);
    let error = client.cw().list_connections().await.unwrap_err();
    let Error::Decode(unreadable) = &error else {
        panic!("{error}")
    };
    assert_eq!(unreadable.operation, "list_connections");
    assert_eq!(unreadable.path, "connections[1]");
    assert!(unreadable.message.contains("connectionId"), "{error}");
}

#[maybe_async]
#[test]
async fn a_secret_that_the_service_repeats_stays_out_of_the_error() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let body = json!({"status": {"code": 400, "message": "cannot use sig=TOPSECRET"}});
    reply_once(&sim, "POST", "/2/0/integrations/connections", 400, &body);
    let payload = json!({"type": "AzureBlob", "body": {
        "name": "New", "storageAccountName": "acct", "containerName": "raw",
        "sasToken": "sig=TOPSECRET", "authMethod": "SAS-based",
    }});
    let error = client.cw().create_connection(payload).await.unwrap_err();
    assert!(
        error.to_string().contains("cannot use [redacted]"),
        "{error}"
    );
    let whole = format!("{error} {error:?}");
    assert!(!whole.contains("TOPSECRET"), "{whole}");
}

#[maybe_async]
#[test]
async fn any_other_call_goes_through_request() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let answer = client
        .request(Method::GET, "integrations?limit=1", None)
        .await
        .unwrap();
    assert_eq!(answer["integrations"].as_array().map(Vec::len), Some(1));
    assert_sent(&only_request(&sim), "GET /2/0/integrations?limit=1", None);
    sim.clear_requests();
    let body = json!({"name": "Renamed"});
    let path = format!("integrations/connections/{}", estate::AZURE_CONNECTION);
    client
        .request(Method::PATCH, &path, Some(body.clone()))
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("PATCH /2/0/{path}"),
        Some(body),
    );
}

#[maybe_async]
#[test]
async fn a_path_outside_the_base_is_refused_before_it_is_sent() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let error = client.request(Method::GET, "../token/logout", None).await;
    assert!(matches!(error, Err(Error::Validation(_))));
    let error = client.cw().delete_integration("..").await;
    assert!(matches!(error, Err(Error::Validation(_))));
    assert_eq!(sim.requests().len(), 0);
}

#[maybe_async]
#[test]
async fn a_token_that_cannot_be_had_does_not_hide_what_an_earlier_attempt_may_have_done() {
    let sim = Simulator::start();
    let patient = RetryPolicy::default().first_delay(Duration::from_millis(1));
    let client = builder_of(&sim).retry(patient).build().unwrap();
    client.cw().list_connections().await.unwrap();
    let off = ScheduleStatus::Disabled;
    // Done, its answer lost; then the token is refused, and no other is to be had.
    sim.fault(Fault::reset_after().on("POST", "*/status/*").once());
    sim.fault(Fault::unauthorized().on("POST", "*/status/*"));
    sim.fault(Fault::status(400, "no").on("POST", "/token/*"));
    let error = client
        .cw()
        .set_schedule_status(estate::IMPORT, off)
        .await
        .unwrap_err();
    assert!(error.may_have_been_applied(), "{error}");
    assert!(error.is_auth(), "{error}");
}
