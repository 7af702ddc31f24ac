//! A client that is read-only sends nothing that is not safe, and reads nothing for it either.

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::runs::WaitOptions;
use anaplan_sdk::{Credentials, Error, Method};
use serde_json::json;

use super::super::super::calls::{
    Ids, blob, flow, import, mine, nightly, other_name, process, told,
};
use super::{Client, Reply, Server, builder_of, maybe_async, test};

const ID: &str = "152b8666a0234754afc36f1cde0fd9d2";
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
                "status": {"code": 200}, "meta": {},
                "connections": [], "integrations": [], "integrationFlows": [], "runs": {},
                "run": {"id": ID}, "user": {"id": GUID}, "users": [{"id": GUID, "email": "ada.planner@example.com"}],
                "workspaces": [], "models": [], "model": {"id": ID, "name": "n"}, "requestStatus": {},
                "files": [], "imports": [], "exports": [], "actions": [], "processes": [],
                "importMetadata": {}, "exportMetadata": {}, "processMetadata": {"name": "n"},
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

/// A write is refused under the name of its operation; a read goes on as ever.
macro_rules! refused_unless_safe {
    ($($name:ident ($operation:ident): |$c:ident, $ids:ident| $call:expr, $request:literal, $body:literal, $effect:expr;)*) => {$(
        #[maybe_async]
        #[test]
        async fn $name() {
            let (server, client) = read_only();
            let ($c, $ids) = (&client, &Ids::for_bytes());
            let _ = $ids;
            let answer = $call.await;
            if $request.starts_with("GET ") {
                answer.unwrap();
                assert_only_read(&server);
            } else {
                assert_refused(&server, stringify!($operation), answer);
            }
        }
    )*};
}
every_call!(refused_unless_safe);

fn assert_only_read(server: &Server) {
    let requests = server.requests();
    // The log-in is no write.
    assert_eq!(requests[0].path, "/token/authenticate");
    assert!(
        requests[1..].iter().all(|request| request.method == "GET"),
        "{requests:?}"
    );
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

#[maybe_async]
#[test]
async fn request_with_get() {
    let (server, client) = read_only();
    client.request(Method::GET, "anything", None).await.unwrap();
    assert_only_read(&server);
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
