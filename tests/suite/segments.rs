//! Whatever an id is made of, it arrives as one segment of the path.

use anaplan_sdk::Error;
use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::FlowInput;
use cloudworks_sim::{Simulator, estate};
use serde_json::json;

use super::{client_of, cloudworks_requests, maybe_async, test};

/// Every operation that puts an id into its path: method and path, with `{}` for the id.
const OPERATIONS: [&str; 26] = [
    "PUT /2/0/integrations/connections/{}",
    "PATCH /2/0/integrations/connections/{}",
    "DELETE /2/0/integrations/connections/{}",
    "GET /2/0/integrations/{}",
    "PUT /2/0/integrations/{}",
    "DELETE /2/0/integrations/{}",
    "POST /2/0/integrations/{}/run",
    "POST /2/0/integrations/{}/cancel",
    "POST /2/0/integrations/{}/schedule",
    "PUT /2/0/integrations/{}/schedule",
    "POST /2/0/integrations/{}/schedule/status/enabled",
    "DELETE /2/0/integrations/{}/schedule",
    "GET /2/0/integrations/runs/{}",
    "GET /2/0/integrations/run/{}",
    "GET /2/0/integrations/runerror/{}",
    "GET /2/0/integrations/run/{}/dumps",
    "GET /2/0/integrations/run/{}/process/import/112/dumps",
    "GET /2/0/integrations/run/run/process/import/{}/dumps",
    "GET /2/0/integrations/notification/{}",
    "PUT /2/0/integrations/notification/{}",
    "DELETE /2/0/integrations/notification/{}",
    "GET /2/0/integrationflows/{}",
    "PUT /2/0/integrationflows/{}",
    "DELETE /2/0/integrationflows/{}",
    "POST /2/0/integrationflows/{}/run",
    "POST /2/0/integrationflows/{}/run",
];

/// Calls all of [`OPERATIONS`] with this id, and gives how each went.
#[maybe_async]
async fn call_all(sim: &Simulator, id: &str) -> [Result<(), Error>; 26] {
    let client = client_of(sim);
    let (cw, flows) = (client.cw(), client.cw().flows());
    let blob = json!({
        "name": "Blob", "storageAccountName": "account", "containerName": "raw", "sasToken": "sp=r",
    });
    let patch = json!({"name": "Renamed"});
    let process = IntegrationProcessInput::builder()
        .name("Process")
        .workspace_id(estate::WORKSPACE)
        .model_id(estate::MODEL)
        .process_id(118_000_000_012)
        .build();
    let daily = json!({
        "name": "Nightly", "type": "daily", "timezone": "UTC", "startDate": "2027-01-01",
        "time": "02:30",
    });
    let notification = NotificationConfigInput::builder()
        .integration_id(estate::IMPORT)
        .channels([NotificationChannel::Email])
        .on_success([estate::USER])
        .build();
    let flow = FlowInput::sequence("Flow", [estate::IMPORT, estate::EXPORT]);
    let of = NotificationId::from(id);
    [
        cw.update_connection(id, blob).await,
        cw.patch_connection(id, patch).await,
        cw.delete_connection(id).await,
        cw.get_integration(id).await.map(drop),
        cw.update_integration(id, process).await,
        cw.delete_integration(id).await,
        cw.run_integration(id).await.map(drop),
        cw.cancel_integration(id).await,
        cw.create_schedule(id, &daily).await,
        cw.update_schedule(id, &daily).await,
        cw.set_schedule_status(id, ScheduleStatus::Enabled).await,
        cw.delete_schedule(id).await,
        cw.get_run_history(id).await.map(drop),
        cw.get_run_status(id).await.map(drop),
        cw.get_run_error(id).await.map(drop),
        cw.get_import_error_dump(id).await.map(drop),
        cw.get_process_error_dump(id, 112).await.map(drop),
        cw.get_process_error_dump("run", id).await.map(drop),
        cw.get_notification_config(&of).await.map(drop),
        cw.update_notification_config(&of, notification).await,
        cw.delete_notification_config(&of).await,
        flows.get_flow(id).await.map(drop),
        flows.update_flow(id, flow).await,
        flows.delete_flow(id).await,
        flows.run_flow(id).await.map(drop),
        flows.run_flow_steps(id, [estate::IMPORT]).await.map(drop),
    ]
}

#[maybe_async]
#[test]
async fn odd_ids_stay_one_segment_on_the_wire() {
    let sim = Simulator::builder().strict(true).start();
    for (id, segment) in [
        ("a/b", "a%2Fb"),
        ("/", "%2F"),
        ("../x", "..%2Fx"),
        ("...", "..."),
        ("a?b", "a%3Fb"),
        ("a#b", "a%23b"),
        ("100%", "100%25"),
        ("%2e%2e", "%252e%252e"),
        ("%2F", "%252F"),
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("a\\b", "a%5Cb"),
        ("a;b&c=d", "a%3Bb%26c%3Dd"),
        ("\"<{|}>\"", "%22%3C%7B%7C%7D%3E%22"),
        ("line\nbreak", "line%0Abreak"),
        ("Zürich", "Z%C3%BCrich"),
        ("模型", "%E6%A8%A1%E5%9E%8B"),
        ("🦀", "%F0%9F%A6%80"),
    ] {
        sim.clear_requests();
        let answers = call_all(&sim, id).await;
        let sent: Vec<_> = cloudworks_requests(&sim)
            .iter()
            .map(|request| format!("{} {}", request.method, request.path))
            .collect();
        let expected = OPERATIONS.map(|operation| operation.replace("{}", segment));
        assert_eq!(sent, expected, "{id:?}");
        // And the service takes it for one id, of which it knows nothing.
        for (answer, operation) in answers.iter().zip(OPERATIONS) {
            let error = answer.as_ref().unwrap_err();
            assert!(error.is_not_found(), "{operation} of {id:?}: {error}");
            assert!(!error.to_string().contains("no such route"), "{error}");
        }
    }
}

#[maybe_async]
#[test]
async fn dots_and_nothing_are_refused_before_they_are_sent() {
    let sim = Simulator::builder().strict(true).start();
    for id in ["", ".", ".."] {
        let answers = call_all(&sim, id).await;
        for (answer, operation) in answers.iter().zip(OPERATIONS) {
            let error = answer.as_ref().unwrap_err();
            assert!(
                matches!(error, Error::Validation(_)),
                "{operation} of {id:?}: {error}"
            );
            assert!(!error.may_have_been_applied());
        }
    }
    assert_eq!(sim.requests().len(), 0);
}
