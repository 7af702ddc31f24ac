//! Every operation as it goes over the wire: both clients are held against `requests.http`, which
//! knows neither.

use std::collections::BTreeMap;

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::FlowInput;
use anaplan_sdk::{Credentials, Method};
use serde_json::json;

use super::super::super::server::Request;
use super::{Reply, Server, builder_of, client_of, maybe_async, test};

const EXPECTED: &str = include_str!("../requests.http");

/// A request as it stands in that file: names of headers small and in order, without those that
/// are the HTTP library's own (`user-agent`, `accept`) and the host of the test.
fn written(request: &Request) -> String {
    let target = match request.query.as_str() {
        "" => request.path.clone(),
        query => format!("{}?{query}", request.path),
    };
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| format!("{}: {value}\n", name.to_ascii_lowercase()))
        .filter(|line| {
            !["user-agent: ", "accept: ", "host: "]
                .iter()
                .any(|name| line.starts_with(name))
        })
        .collect();
    headers.sort();
    let body = String::from_utf8(request.body.clone()).unwrap();
    let text = format!("{} {target}\n{}\n{body}", request.method, headers.concat());
    text.trim_end().to_owned()
}

fn expected() -> BTreeMap<&'static str, &'static str> {
    let blocks = EXPECTED.split("### ").skip(1);
    blocks
        .map(|block| {
            let (name, request) = block.split_once('\n').unwrap();
            (name, request.trim_end())
        })
        .collect()
}

/// A server that refuses everything, so that each operation is one request.
fn refusing() -> Server {
    Server::start(|_| Reply::json(400, &json!({"status": {"code": 400, "message": "no"}})))
}

const ID: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "fedcba9876543210fedcba9876543210";
const WORKSPACE: &str = "8a81b09d599f3c6e0159f605560c2630";
const MODEL: &str = "8896D8C366BC48E5A3182B9F5CE10526";

fn mine() -> IntegrationQuery {
    IntegrationQuery::builder().my_integrations(true).build()
}

fn blob() -> AzureBlobConnectionInput {
    AzureBlobConnectionInput::builder()
        .name("Blob")
        .storage_account_name("account")
        .container_name("raw")
        .sas_token("sp=rl&sig=abc")
        .build()
}

fn import() -> IntegrationInput {
    let source = FileSource::azure_blob(ID, "data.csv");
    let target = AnaplanTarget::builder()
        .action_id(112000000001)
        .file_id(113000000001)
        .build();
    IntegrationInput::builder()
        .name("Import")
        .workspace_id(WORKSPACE)
        .model_id(MODEL)
        .jobs([IntegrationJobInput::import(source, target)])
        .build()
}

fn process() -> IntegrationProcessInput {
    IntegrationProcessInput::builder()
        .name("Process")
        .workspace_id(WORKSPACE)
        .model_id(MODEL)
        .process_id(118000000012)
        .build()
}

fn nightly() -> ScheduleInput {
    ScheduleInput::daily()
        .name("Nightly")
        .timezone("Europe/Paris")
        .start_date("2030-01-01".parse().unwrap())
        .time("02:30:00".parse().unwrap())
        .build()
}

fn told() -> NotificationConfigInput {
    NotificationConfigInput::builder()
        .integration_id(ID)
        .channels([NotificationChannel::Email])
        .on_full_failure([OTHER])
        .build()
}

fn flow() -> FlowInput {
    FlowInput::sequence("Flow", [ID, OTHER])
}

/// One request, and this one.
fn assert_sent(name: &str, server: &Server) {
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    let expected = expected().get(name).copied().unwrap_or_default();
    assert_eq!(written(&requests[0]), expected, "{name}");
}

/// What one operation sends.
macro_rules! operations {
    ($($name:ident($cw:ident) $call:expr;)*) => {$(
        #[maybe_async]
        #[test]
        async fn $name() {
            let server = refusing();
            let client = client_of(&server);
            let $cw = client.cw();
            let _ = $call.await;
            assert_sent(stringify!($name), &server);
        }
    )*};
}

operations! {
    list_connections(cw) cw.list_connections();
    create_connection(cw) cw.create_connection(blob());
    update_connection(cw) cw.update_connection(ID, blob());
    patch_connection(cw) cw.patch_connection(ID, json!({"name": "Other"}));
    delete_connection(cw) cw.delete_connection(ID);
    list_integrations(cw) cw.list_integrations();
    list_integrations_with(cw) cw.list_integrations_with(&mine());
    get_tenant_limits(cw) cw.get_tenant_limits();
    get_integration(cw) cw.get_integration(ID);
    create_integration(cw) cw.create_integration(import());
    create_process_integration(cw) cw.create_integration(process());
    update_integration(cw) cw.update_integration(ID, import());
    delete_integration(cw) cw.delete_integration(ID);
    run_integration(cw) cw.run_integration(ID);
    cancel_integration(cw) cw.cancel_integration(ID);
    create_schedule(cw) cw.create_schedule(ID, nightly());
    update_schedule(cw) cw.update_schedule(ID, nightly());
    set_schedule_status(cw) cw.set_schedule_status(ID, ScheduleStatus::Disabled);
    delete_schedule(cw) cw.delete_schedule(ID);
    get_run_history(cw) cw.get_run_history(ID);
    get_run_status(cw) cw.get_run_status(ID);
    get_run_error(cw) cw.get_run_error(ID);
    get_import_error_dump(cw) cw.get_import_error_dump(ID);
    get_process_error_dump(cw) cw.get_process_error_dump(ID, "118000000012");
    get_notification_config(cw) cw.get_notification_config(NotificationId::from(ID));
    create_notification_config(cw) cw.create_notification_config(told());
    update_notification_config(cw) cw.update_notification_config(OTHER, told());
    delete_notification_config(cw) cw.delete_notification_config(NotificationId::from(ID));
    list_flows(cw) cw.flows().list_flows();
    get_flow(cw) cw.flows().get_flow(ID);
    create_flow(cw) cw.flows().create_flow(flow());
    update_flow(cw) cw.flows().update_flow(ID, flow());
    delete_flow(cw) cw.flows().delete_flow(ID);
    run_flow(cw) cw.flows().run_flow(ID);
    run_flow_steps(cw) cw.flows().run_flow_steps(ID, [OTHER]);
}

#[maybe_async]
#[test]
async fn log_in() {
    let server = refusing();
    let credentials = Credentials::basic("planner@corp.example", "password");
    let client = builder_of(&server).credentials(credentials);
    let _ = client.build().unwrap().cw().list_connections().await;
    assert_sent("log_in", &server);
}

#[maybe_async]
#[test]
async fn log_out() {
    let server = refusing();
    let _ = client_of(&server).log_out().await;
    assert_sent("log_out", &server);
}

#[maybe_async]
#[test]
async fn current_user() {
    let server = refusing();
    let _ = client_of(&server).current_user().await;
    assert_sent("current_user", &server);
}

#[maybe_async]
#[test]
async fn any_other_request() {
    for method in [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ] {
        let server = refusing();
        let name = format!("request {method}");
        let _ = client_of(&server)
            .request(method, "anything?x=1", None)
            .await;
        assert_sent(&name, &server);
    }
}

/// The file holds nothing that is not tested.
#[maybe_async]
#[test]
async fn every_expected_request_is_one_of_an_operation() {
    let source = include_str!("request_form.rs");
    for name in expected()
        .keys()
        .filter(|name| !name.starts_with("request "))
    {
        let call = format!("    {name}(cw) ");
        let test = format!("async fn {name}()");
        assert!(source.contains(&call) || source.contains(&test), "{name}");
    }
    assert_eq!(expected().len(), 35 + 3 + 5);
}
