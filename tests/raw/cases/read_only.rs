//! A client that is read-only sends nothing that is not safe, and reads nothing for it either.

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::*;
use anaplan_sdk::runs::WaitOptions;
use anaplan_sdk::{Credentials, Error, Method};
use jiff::civil::{date, time};
use serde_json::{Value, json};

use super::{Client, Reply, Server, builder_of, maybe_async, test};

const ID: &str = "152b8666a0234754afc36f1cde0fd9d2";
const OTHER: &str = "840ccd8a279a454d99577d9538f24f09";
const GUID: &str = "8a81b09c5cf3ad07015d0d2a2a0f5d7a";

/// A server that would say yes to everything, and a client whose log-in it would have to see.
fn read_only() -> (Server, Client) {
    let server = Server::start(|request| match &*request.path {
        "/token/authenticate" => Reply::json(
            201,
            &json!({"tokenInfo": {"tokenValue": "raw-token-of-a-log-in"}}),
        ),
        path if path.ends_with("/dumps") => Reply::new(200, "text/csv", "a,b\n1,2\n"),
        _ => Reply::json(
            200,
            &json!({
                "status": {"code": 200},
                "connections": [], "integrations": [], "integrationFlows": [], "runs": {},
                "run": {"id": ID},
                "integration": {"integrationId": ID, "name": "n", "notificationId": ID},
                "integrationFlow": {"id": ID, "name": "n", "steps": []},
                "notifications": {"notificationId": ID},
                "history_of_runs": {"runs": []},
            }),
        ),
    });
    let client = builder_of(&server)
        .credentials(Credentials::basic("ada@corp.example", "a-raw-password"))
        .read_only(true)
        .build()
        .unwrap();
    (server, client)
}

fn schedule() -> ScheduleInput {
    ScheduleInput::daily()
        .name("Nightly")
        .timezone("Europe/Paris")
        .start_date(date(2027, 1, 1))
        .time(time(4, 0, 0, 0))
        .build()
}

fn process() -> IntegrationProcessInput {
    IntegrationProcessInput::builder()
        .name("My Process")
        .workspace_id("8a81b09d599f3c6e0159f605560c2630")
        .model_id("8896D8C366BC48E5A3182B9F5CE10526")
        .process_id(118000000012)
        .build()
}

fn bucket() -> Value {
    json!({"name": "B", "accessKeyId": "AKIA0000000000000000", "secretAccessKey": "s", "bucketName": "b"})
}

fn told() -> Value {
    json!({
        "integrationIds": [ID],
        "channels": ["email"],
        "notifications": {"config": [{"type": "full_failure", "users": [GUID]}]},
    })
}

fn import() -> Value {
    json!({
        "name": "In", "version": "2.0", "workspaceId": "8a81b09d599f3c6e0159f605560c2630",
        "modelId": "8896D8C366BC48E5A3182B9F5CE10526", "jobs": [{
            "type": "AmazonS3ToAnaplan",
            "sources": [{"type": "AmazonS3", "connectionId": ID, "file": "f.csv"}],
            "targets": [{"type": "Anaplan", "actionId": "112000000001", "fileId": "113000000001"}],
        }],
    })
}

/// What a write gives, and what the server saw of it.
fn assert_refused<T: std::fmt::Debug>(server: &Server, operation: &str, answer: Result<T, Error>) {
    let error = answer.unwrap_err();
    assert!(!error.may_have_been_applied());
    assert_eq!(error.status(), None);
    let told = error.to_string();
    assert!(
        told.contains(operation) && told.contains("read_only"),
        "{told}"
    );
    let Error::ReadOnly {
        operation: name, ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(name, operation);
    assert_eq!(server.connections(), 0, "{operation}");
}

/// A write: the name under which it is refused, and the call.
macro_rules! refused {
    ($($name:ident: |$client:ident| $call:expr;)*) => {$(
        #[maybe_async]
        #[test]
        async fn $name() {
            let (server, $client) = read_only();
            let answer = $call.await;
            assert_refused(&server, stringify!($name), answer);
        }
    )*};
}

refused! {
    create_connection: |c| c.cw().create_connection(json!({"type": "AmazonS3", "body": bucket()}));
    update_connection: |c| c.cw().update_connection(ID, bucket());
    patch_connection: |c| c.cw().patch_connection(ID, json!({"name": "Other"}));
    delete_connection: |c| c.cw().delete_connection(ID);
    create_integration: |c| c.cw().create_integration(import());
    update_integration: |c| c.cw().update_integration(ID, process());
    delete_integration: |c| c.cw().delete_integration(ID);
    run_integration: |c| c.cw().run_integration(ID);
    cancel_integration: |c| c.cw().cancel_integration(ID);
    create_schedule: |c| c.cw().create_schedule(ID, schedule());
    update_schedule: |c| c.cw().update_schedule(ID, schedule());
    set_schedule_status: |c| c.cw().set_schedule_status(ID, ScheduleStatus::Disabled);
    delete_schedule: |c| c.cw().delete_schedule(ID);
    create_notification_config: |c| c.cw().create_notification_config(told());
    update_notification_config: |c| c.cw().update_notification_config(ID, told());
    delete_notification_config: |c| c.cw().delete_notification_config(NotificationId::from(ID));
    create_flow: |c| c.cw().flows().create_flow(FlowInput::sequence("New", [ID, OTHER]));
    update_flow: |c| c.cw().flows().update_flow(ID, FlowInput::sequence("New", [ID, OTHER]));
    delete_flow: |c| c.cw().flows().delete_flow(ID);
    run_flow: |c| c.cw().flows().run_flow(ID);
    run_flow_steps: |c| c.cw().flows().run_flow_steps(ID, [OTHER]);
}

/// The same where a call is made of several, and would read first.
macro_rules! refused_as {
    ($($name:ident as $operation:literal: |$client:ident| $call:expr;)*) => {$(
        #[maybe_async]
        #[test]
        async fn $name() {
            let (server, $client) = read_only();
            let answer = $call.await;
            assert_refused(&server, $operation, answer.map(drop));
        }
    )*};
}

refused_as! {
    create_process_integration as "create_integration": |c| c.cw().create_integration(process());
    run_and_wait as "run_integration": |c| c.cw().run_and_wait(ID);
    run_and_follow as "run_integration": |c| c.cw().run_and_follow(ID, &WaitOptions::default());
    run_flow_and_wait as "run_flow": |c| c.cw().flows().run_flow_and_wait(ID);
    run_flow_and_follow as "run_flow": |c| c.cw().flows().run_flow_and_follow(ID, &WaitOptions::default());
    resume_flow as "run_flow_steps": |c| c.cw().flows().resume_flow(ID);
    resume_flow_and_follow as "run_flow_steps": |c| c.cw().flows().resume_flow_and_follow(ID, &WaitOptions::default());
    delete_the_notification_config_of_an_integration as "delete_notification_config":
        |c| c.cw().delete_notification_config(IntegrationId::from(ID));
    request_with_post as "request": |c| c.request(Method::POST, "integrations", Some(json!({})));
    request_with_put as "request": |c| c.request(Method::PUT, "integrations/1", Some(json!({})));
    request_with_patch as "request": |c| c.request(Method::PATCH, "integrations/1", Some(json!({})));
    request_with_delete as "request": |c| c.request(Method::DELETE, "integrations/1", None);
    request_with_a_method_of_ones_own as "request":
        |c| c.request(Method::from_bytes(b"PURGE").unwrap(), "integrations/1", None);
}

/// A read, which goes on as ever.
macro_rules! allowed {
    ($($name:ident: |$client:ident| $call:expr;)*) => {$(
        #[maybe_async]
        #[test]
        async fn $name() {
            let (server, $client) = read_only();
            let answer = $call.await;
            answer.unwrap();
            let requests = server.requests();
            // The log-in is no write.
            assert_eq!(requests[0].path, "/token/authenticate");
            assert!(requests[1..].iter().all(|request| request.method == "GET"), "{requests:?}");
        }
    )*};
}

allowed! {
    list_connections: |c| c.cw().list_connections();
    list_integrations: |c| c.cw().list_integrations();
    list_integrations_with: |c| c.cw().list_integrations_with(&IntegrationQuery::default());
    get_tenant_limits: |c| c.cw().get_tenant_limits();
    get_integration: |c| c.cw().get_integration(ID);
    get_run_history: |c| c.cw().get_run_history(ID);
    get_run_status: |c| c.cw().get_run_status(ID);
    get_run_error: |c| c.cw().get_run_error(ID);
    get_import_error_dump: |c| c.cw().get_import_error_dump(ID);
    get_process_error_dump: |c| c.cw().get_process_error_dump(ID, "112000000001");
    get_notification_config: |c| c.cw().get_notification_config(NotificationId::from(ID));
    list_flows: |c| c.cw().flows().list_flows();
    get_flow: |c| c.cw().flows().get_flow(ID);
    request_with_get: |c| c.request(Method::GET, "anything", None);
}

#[maybe_async]
#[test]
async fn log_out_is_no_write() {
    let (server, client) = read_only();
    client.cw().list_connections().await.unwrap();
    client.log_out().await.unwrap();
    assert_eq!(server.requests_to("POST", "/token/logout").len(), 1);
}

#[maybe_async]
#[test]
async fn a_client_for_one_call_is_read_only_as_well() {
    let (server, client) = read_only();
    let client = client
        .within(super::Duration::from_secs(5))
        .with_retry(super::quick_retries());
    let answer = client.cw().run_integration(ID).await;
    assert_refused(&server, "run_integration", answer);
}

#[maybe_async]
#[test]
async fn a_client_that_is_not_read_only_writes() {
    let server = Server::start(|_| Reply::json(200, &json!({"run": {"id": ID}})));
    let client = builder_of(&server)
        .read_only(true)
        .read_only(false)
        .build()
        .unwrap();
    client.cw().run_integration(ID).await.unwrap();
    assert_eq!(server.requests_to("POST", "/run").len(), 1);
}
