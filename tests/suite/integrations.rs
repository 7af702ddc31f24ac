//! Integrations: what is sent, what comes back, what is refused.

use std::time::Duration;

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::jiff::Timestamp;
use cloudworks_sim::{Outcome, Simulator, estate};
use serde_json::{Value, json};

use super::{
    NOBODY, assert_invalid, assert_refused, assert_sent, client_of, maybe_async, only_request,
    reply_once, test,
};

const HOUR: Duration = Duration::from_secs(3600);

/// An import from Azure, typed.
fn import(name: &str) -> IntegrationInput {
    let source = FileSource::azure_blob(estate::AZURE_CONNECTION, "raw/products.csv");
    let target = AnaplanTarget::builder()
        .action_id(112_000_000_001)
        .file_id(113_000_000_001)
        .build();
    IntegrationInput::builder()
        .name(name)
        .workspace_id(estate::WORKSPACE)
        .model_id(estate::MODEL)
        .jobs([IntegrationJobInput::import(source, target)])
        .build()
}

fn import_job() -> Value {
    json!({
        "type": "AzureBlobToAnaplan",
        "sources": [{
            "type": "AzureBlob", "connectionId": estate::AZURE_CONNECTION,
            "file": "raw/products.csv",
        }],
        "targets": [{"type": "Anaplan", "actionId": "112000000001", "fileId": "113000000001"}],
    })
}

/// An integration as it travels.
fn on_the_wire(name: &str, more: &Value) -> Value {
    let mut body = json!({
        "name": name, "version": "2.0", "workspaceId": estate::WORKSPACE,
        "modelId": estate::MODEL, "nuxVisible": false,
    });
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

fn process_only(name: &str) -> IntegrationProcessInput {
    IntegrationProcessInput::builder()
        .name(name)
        .workspace_id(estate::WORKSPACE)
        .model_id(estate::MODEL)
        .process_id(118_000_000_012)
        .build()
}

/// Every kind of job, typed, and as it travels.
fn jobs() -> Vec<(IntegrationJobInput, Value)> {
    let imported = || {
        AnaplanTarget::builder()
            .action_id("112000000005")
            .file_id("113000000005")
            .build()
    };
    let exported = || AnaplanSource::builder().action_id("116000000005").build();
    let to_model =
        json!([{"type": "Anaplan", "actionId": "112000000005", "fileId": "113000000005"}]);
    let from_model = json!([{"type": "Anaplan", "actionId": "116000000005"}]);
    let table = TableSource::builder()
        .connection_id(estate::BIGQUERY_CONNECTION)
        .table("sales")
        .build();
    let warehouse = TableTarget::builder()
        .connection_id(estate::BIGQUERY_CONNECTION)
        .table("forecast")
        .overwrite(true)
        .build();
    let columns = [
        ColumnMapping::new("Product", "product"),
        ColumnMapping::new("Net sales", "net_sales"),
    ];
    let over = FileTarget::builder()
        .storage(FileStorage::AmazonS3)
        .connection_id(estate::S3_CONNECTION)
        .file("out/")
        .overwrite(true)
        .build();
    vec![
        (
            IntegrationJobInput::import(
                FileSource::amazon_s3(estate::S3_CONNECTION, "in/ä b.csv"),
                imported(),
            ),
            json!({
                "type": "AmazonS3ToAnaplan", "targets": to_model,
                "sources": [{
                    "type": "AmazonS3", "connectionId": estate::S3_CONNECTION,
                    "file": "in/ä b.csv",
                }],
            }),
        ),
        (
            IntegrationJobInput::import(
                FileSource::azure_blob(estate::AZURE_CONNECTION, "in.csv"),
                imported(),
            ),
            json!({
                "type": "AzureBlobToAnaplan", "targets": to_model,
                "sources": [{
                    "type": "AzureBlob", "connectionId": estate::AZURE_CONNECTION, "file": "in.csv",
                }],
            }),
        ),
        (
            IntegrationJobInput::import(table, imported()),
            json!({
                "type": "GoogleBigQueryToAnaplan", "targets": to_model,
                "sources": [{
                    "type": "GoogleBigQuery", "connectionId": estate::BIGQUERY_CONNECTION,
                    "table": "sales",
                }],
            }),
        ),
        (
            IntegrationJobInput::export(exported(), over),
            json!({
                "type": "AnaplanToAmazonS3", "sources": from_model,
                "targets": [{
                    "type": "AmazonS3", "connectionId": estate::S3_CONNECTION, "file": "out/",
                    "overwrite": true,
                }],
            }),
        ),
        (
            IntegrationJobInput::export(
                exported(),
                FileTarget::azure_blob(estate::AZURE_CONNECTION, "out/"),
            ),
            json!({
                "type": "AnaplanToAzureBlob", "sources": from_model,
                "targets": [{
                    "type": "AzureBlob", "connectionId": estate::AZURE_CONNECTION, "file": "out/",
                    "overwrite": false,
                }],
            }),
        ),
        (
            IntegrationJobInput::export_table(exported(), warehouse, columns),
            json!({
                "type": "AnaplanToGoogleBigQuery", "sources": from_model,
                "targets": [{
                    "type": "GoogleBigQuery", "connectionId": estate::BIGQUERY_CONNECTION,
                    "table": "forecast", "overwrite": true,
                }],
                "mapping": [
                    {"sourceName": "Product", "targetName": "product"},
                    {"sourceName": "Net sales", "targetName": "net_sales"},
                ],
            }),
        ),
    ]
}

#[maybe_async]
#[test]
async fn lists_them() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let all = client.cw().list_integrations().await.unwrap();
    assert_sent(
        &only_request(&sim),
        "GET /2/0/integrations?offset=0&limit=250",
        None,
    );
    let told: Vec<_> = all
        .iter()
        .map(|one| {
            (
                one.id.as_str(),
                one.name.as_str(),
                one.integration_type.clone(),
            )
        })
        .collect();
    let expected = [
        (
            estate::IMPORT,
            "Products from blob",
            IntegrationType::Import,
        ),
        (
            estate::EXPORT,
            "Forecast to warehouse",
            IntegrationType::Export,
        ),
        (estate::PROCESS, "Load everything", IntegrationType::Process),
        (
            estate::PROCESS_ONLY,
            "Nightly clean-up",
            IntegrationType::Process,
        ),
        (
            estate::NEVER_RUN,
            "Sales from bucket",
            IntegrationType::Import,
        ),
    ];
    assert_eq!(
        told,
        expected.map(|(id, name, kind)| (id, name, Some(kind)))
    );
    let [import, export, process, _, never_run] = &all[..] else {
        panic!("{all:?}")
    };
    assert_eq!(import.workspace_id, Some(estate::WORKSPACE.into()));
    assert_eq!(import.model_id, Some(estate::MODEL.into()));
    assert_eq!(import.created_by.as_deref(), Some("Ada Planner"));
    let created: Timestamp = "2026-05-04T08:15:00Z".parse().unwrap();
    assert_eq!(import.creation_date, Some(created));
    assert_eq!(import.modified_by, None);
    assert!(import.notification_id.is_some());
    assert_eq!(
        (import.nux_visible, export.nux_visible),
        (Some(false), Some(true))
    );
    assert_eq!(process.process_id, Some(118_000_000_012.into()));
    assert_eq!(import.process_id, None);
    let schedule = import.schedule.as_ref().unwrap();
    assert_eq!(schedule.schedule_type, Some(ScheduleType::Weekly));
    assert_eq!(schedule.status, Some(ScheduleState::Active));
    let latest = import.latest_run.as_ref().unwrap();
    assert_eq!(latest.success, Some(true));
    assert_eq!(latest.message.as_deref(), Some("Success"));
    assert_eq!(latest.trigger_source, Some(TriggerSource::ScheduledFlow));
    assert_eq!(latest.start_date, "2026-06-10T04:30:05Z".parse().ok());
    assert_eq!(latest.end_date, "2026-06-10T04:30:50Z".parse().ok());
    let latest = process.latest_run.as_ref().unwrap();
    assert_eq!(latest.success, Some(false));
    assert_eq!(latest.execution_error_code, Some(39));
    assert_eq!(never_run.latest_run, None);
    assert!(all.iter().all(|one| one.other_fields.is_empty()));
}

#[maybe_async]
#[test]
async fn lists_them_sorted_or_only_ones_own() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    for name in ["Mine, A", "Mine, B"] {
        client.cw().create_integration(import(name)).await.unwrap();
    }
    sim.clear_requests();
    let query = IntegrationQuery::builder()
        .sort_by(SortBy::NameDescending)
        .my_integrations(true)
        .build();
    let mine = client.cw().list_integrations_with(&query).await.unwrap();
    assert_sent(
        &only_request(&sim),
        "GET /2/0/integrations?sortBy=-name&myIntegrations=1&offset=0&limit=250",
        None,
    );
    let names: Vec<_> = mine.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Mine, B", "Mine, A"]);
    sim.clear_requests();
    let query = IntegrationQuery::builder().sort_by(SortBy::Name).build();
    let sorted = client.cw().list_integrations_with(&query).await.unwrap();
    assert_sent(
        &only_request(&sim),
        "GET /2/0/integrations?sortBy=name&offset=0&limit=250",
        None,
    );
    assert_eq!(sorted.len(), 7);
    assert!(sorted.is_sorted_by_key(|one| &one.name));
}

#[maybe_async]
#[test]
async fn reads_one_with_its_jobs() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let import = client.cw().get_integration(estate::IMPORT).await.unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("GET /2/0/integrations/{}", estate::IMPORT),
        None,
    );
    assert_eq!(import.id, estate::IMPORT);
    assert_eq!(import.name, "Products from blob");
    assert_eq!(import.version.as_deref(), Some("2.0"));
    assert_eq!(import.integration_type, None);
    assert_eq!(
        serde_json::to_value(&import.jobs).unwrap(),
        json!([{
            "type": "AzureBlobToAnaplan",
            "sources": [{
                "type": "AzureBlob", "connectionId": estate::AZURE_CONNECTION,
                "connectionName": "Raw data", "isConnectionDeleted": false, "bucketName": "raw",
                "file": "products.csv",
            }],
            "targets": [{"type": "Anaplan", "actionId": "112000000001", "fileId": "113000000001"}],
        }])
    );
    let export = client.cw().get_integration(estate::EXPORT).await.unwrap();
    assert_eq!(
        serde_json::to_value(&export.jobs).unwrap(),
        json!([{
            "type": "AnaplanToGoogleBigQuery",
            "sources": [{"type": "Anaplan", "actionId": "116000000001"}],
            "targets": [{
                "type": "GoogleBigQuery", "connectionId": estate::BIGQUERY_CONNECTION,
                "connectionName": "Warehouse", "isConnectionDeleted": false,
                "table": "forecast", "overwrite": true,
            }],
            "mapping": [
                {"sourceName": "Product", "targetName": "product"},
                {"sourceName": "Forecast", "targetName": "forecast"},
            ],
        }])
    );
    let process = client.cw().get_integration(estate::PROCESS).await.unwrap();
    assert_eq!(process.process_id, Some("118000000012".into()));
    let kinds: Vec<_> = process
        .jobs
        .iter()
        .map(|job| job.job_type.clone())
        .collect();
    let expected = [JobType::AzureBlobToAnaplan, JobType::AmazonS3ToAnaplan];
    assert_eq!(kinds, expected.map(Some));
    let bare = client
        .cw()
        .get_integration(estate::PROCESS_ONLY)
        .await
        .unwrap();
    assert_eq!(bare.jobs, []);
    let never_run = client
        .cw()
        .get_integration(estate::NEVER_RUN)
        .await
        .unwrap();
    assert_eq!(never_run.latest_run, None);
    for one in [import, export, process, bare, never_run] {
        assert!(one.other_fields.is_empty(), "{one:?}");
    }
}

#[maybe_async]
#[test]
async fn creates_one_of_each_kind_of_job() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    for (job, wire) in jobs() {
        let name = format!("New {}", job.job_type());
        let input = IntegrationInput::builder()
            .name(&name)
            .workspace_id(estate::WORKSPACE)
            .model_id(estate::MODEL)
            .jobs([job.clone()])
            .build();
        sim.clear_requests();
        let id = client.cw().create_integration(input).await.unwrap();
        let body = on_the_wire(&name, &json!({"jobs": [wire]}));
        assert_sent(&only_request(&sim), "POST /2/0/integrations", Some(body));
        let created = client.cw().get_integration(&id).await.unwrap();
        assert_eq!(created.name, name);
        assert_eq!(created.jobs.len(), 1);
        assert_eq!(created.jobs[0].job_type, Some(job.job_type()));
        assert_eq!(
            created.jobs[0].mapping.len(),
            wire["mapping"].as_array().map_or(0, Vec::len)
        );
        assert_eq!(sim.integration_id(&name).as_deref(), Some(id.as_str()));
    }
}

#[maybe_async]
#[test]
async fn creates_processes_with_jobs_and_without() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let (inputs, wires): (Vec<_>, Vec<_>) = jobs().into_iter().unzip();
    let with_jobs = IntegrationInput::builder()
        .name("Load it all")
        .workspace_id(estate::WORKSPACE)
        .model_id(estate::MODEL)
        .process_id(118_000_000_012)
        .nux_visible(true)
        .jobs(inputs)
        .build();
    let id = client.cw().create_integration(with_jobs).await.unwrap();
    let more = json!({"processId": "118000000012", "nuxVisible": true, "jobs": wires});
    assert_sent(
        &only_request(&sim),
        "POST /2/0/integrations",
        Some(on_the_wire("Load it all", &more)),
    );
    let created = client.cw().get_integration(&id).await.unwrap();
    assert_eq!(created.jobs.len(), 6);
    assert_eq!(created.nux_visible, Some(true));
    sim.clear_requests();
    let bare = process_only("Clean up");
    let id = client.cw().create_integration(bare).await.unwrap();
    assert_sent(
        &only_request(&sim),
        "POST /2/0/integrations",
        Some(on_the_wire(
            "Clean up",
            &json!({"processId": "118000000012"}),
        )),
    );
    let created = client.cw().get_integration(&id).await.unwrap();
    assert_eq!(created.process_id, Some(118_000_000_012.into()));
    assert_eq!(created.jobs, []);
}

#[maybe_async]
#[test]
async fn a_dictionary_is_sent_like_the_typed_payload() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let mut dictionary = json!({
        "name": "From a file", "workspaceId": estate::WORKSPACE, "modelId": estate::MODEL,
        "jobs": [import_job()],
    });
    dictionary["jobs"][0]["targets"][0]["actionId"] = json!(112_000_000_001_u64);
    let id = client.cw().create_integration(&dictionary).await.unwrap();
    let wire = on_the_wire("From a file", &json!({"jobs": [import_job()]}));
    assert_sent(
        &only_request(&sim),
        "POST /2/0/integrations",
        Some(wire.clone()),
    );
    sim.clear_requests();
    client
        .cw()
        .update_integration(&id, dictionary)
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("PUT /2/0/integrations/{id}"),
        Some(wire),
    );
}

#[maybe_async]
#[test]
async fn updates_everything_and_deletes() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = IntegrationId::from(estate::NEVER_RUN);
    client
        .cw()
        .update_integration(&id, import("Renamed"))
        .await
        .unwrap();
    let path = format!("/2/0/integrations/{id}");
    assert_sent(
        &only_request(&sim),
        &format!("PUT {path}"),
        Some(on_the_wire("Renamed", &json!({"jobs": [import_job()]}))),
    );
    let changed = client.cw().get_integration(&id).await.unwrap();
    assert_eq!(changed.name, "Renamed");
    assert_eq!(changed.modified_by.as_deref(), Some("Planner User"));
    let input = import("To be deleted");
    let id = client.cw().create_integration(input).await.unwrap();
    sim.clear_requests();
    client.cw().delete_integration(&id).await.unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("DELETE /2/0/integrations/{id}"),
        None,
    );
    assert_refused(client.cw().get_integration(&id).await, 404, "was not found");
}

#[maybe_async]
#[test]
async fn runs_and_cancels() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    sim.next_run(estate::IMPORT, Outcome::never_ends());
    let run = client.cw().run_integration(estate::IMPORT).await.unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("POST /2/0/integrations/{}/run", estate::IMPORT),
        None,
    );
    let status = client.cw().get_run_status(&run).await.unwrap();
    assert!(status.is_running());
    assert_eq!(status.trigger_source, Some(TriggerSource::Manual));
    sim.clear_requests();
    client
        .cw()
        .cancel_integration(estate::IMPORT)
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("POST /2/0/integrations/{}/cancel", estate::IMPORT),
        None,
    );
    let status = client.cw().get_run_status(&run).await.unwrap();
    assert_eq!(status.message.as_deref(), Some("Cancelled"));
    assert_eq!(status.success, Some(false));
    assert!(!status.is_running());
}

#[maybe_async]
#[test]
async fn a_cancel_is_done_in_whichever_form_it_is_answered() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let path = format!("/2/0/integrations/{}/cancel", estate::IMPORT);
    let body = json!({
        "success": true,
        "message": {"integration_id": estate::IMPORT, "state": "cancelled"},
    });
    reply_once(&sim, "POST", &path, 200, &body);
    client
        .cw()
        .cancel_integration(estate::IMPORT)
        .await
        .unwrap();
    sim.reply_once("POST", &path, 202, &[], "");
    client
        .cw()
        .cancel_integration(estate::IMPORT)
        .await
        .unwrap();
}

#[maybe_async]
#[test]
async fn what_is_not_there_is_not_found() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let cw = client.cw();
    assert_refused(cw.get_integration(NOBODY).await, 404, "was not found");
    let update = cw.update_integration(NOBODY, import("Nobody")).await;
    assert_refused(update, 404, "was not found");
    assert_refused(cw.delete_integration(NOBODY).await, 404, "was not found");
    assert_refused(cw.run_integration(NOBODY).await, 404, "was not found");
    assert_refused(cw.cancel_integration(NOBODY).await, 404, "was not found");
}

#[maybe_async]
#[test]
async fn what_runs_is_neither_run_again_nor_deleted() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let input = import("Busy");
    let id = client.cw().create_integration(input).await.unwrap();
    sim.next_run(id.as_str(), Outcome::never_ends());
    client.cw().run_integration(&id).await.unwrap();
    let again = client.cw().run_integration(&id).await;
    assert_refused(again, 409, "wait until the run has ended, or cancel it");
    let delete = client.cw().delete_integration(&id).await;
    assert_refused(delete, 409, "Integration is already running");
    assert_eq!(sim.runs_of(id.as_str()), 1);
    sim.finish_runs();
    client.cw().run_integration(&id).await.unwrap();
    assert_eq!(sim.runs_of(id.as_str()), 2);
}

#[maybe_async]
#[test]
async fn a_running_integration_is_not_deleted_in_the_other_dress_of_that_refusal() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let path = format!("/2/0/integrations/{}", estate::IMPORT);
    let message = "A running integration cannot be deleted";
    let body = json!({"status": {"code": 500, "message": message}});
    reply_once(&sim, "DELETE", &path, 500, &body);
    let delete = client.cw().delete_integration(estate::IMPORT).await;
    assert_refused(delete, 500, message);
}

#[maybe_async]
#[test]
async fn what_a_flow_refers_to_is_not_deleted() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let delete = client.cw().delete_integration(estate::EXPORT).await;
    assert_refused(delete, 409, "another object refers to it");
}

#[maybe_async]
#[test]
async fn only_what_runs_is_cancelled() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let idle = client.cw().cancel_integration(estate::IMPORT).await;
    assert_refused(idle, 409, "`latestRun` tells which it is");
    sim.next_run(estate::IMPORT, Outcome::success().queued_for(HOUR));
    client.cw().run_integration(estate::IMPORT).await.unwrap();
    let queued = client.cw().cancel_integration(estate::IMPORT).await;
    assert_refused(queued, 404, "No running job was found");
    sim.advance(HOUR);
    client
        .cw()
        .cancel_integration(estate::IMPORT)
        .await
        .unwrap();
}

#[maybe_async]
#[test]
async fn names_are_unique() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let taken = client
        .cw()
        .create_integration(import("Products from blob"))
        .await;
    assert_refused(taken, 400, "Duplicate resource name not allowed");
    let taken = client
        .cw()
        .update_integration(estate::EXPORT, import("Products from blob"))
        .await;
    assert_refused(taken, 400, "Duplicate resource name not allowed");
    let own = import("Products from blob");
    client
        .cw()
        .update_integration(estate::IMPORT, own)
        .await
        .unwrap();
}

#[maybe_async]
#[test]
async fn what_the_model_does_not_know_is_refused() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let mut unknown = json!({
        "name": "Unknown action", "workspaceId": estate::WORKSPACE, "modelId": estate::MODEL,
        "jobs": [import_job()],
    });
    unknown["jobs"][0]["targets"][0]["actionId"] = json!("112000000404");
    assert_refused(
        client.cw().create_integration(unknown).await,
        400,
        "Action(s) you included, 112000000404 are not defined in your Anaplan model",
    );
    let mut elsewhere = process_only("Another model");
    elsewhere.model_id = ModelId::from("0".repeat(32));
    let refused = client.cw().create_integration(elsewhere).await;
    assert_refused(
        refused,
        500,
        "Model Not Found (POST /integrations): the model does not exist, or is not in this workspace",
    );
}

#[maybe_async]
#[test]
async fn the_tenant_has_a_limit() {
    let sim = Simulator::builder().tenant_limit(7).start();
    let client = client_of(&sim);
    let more = client.cw().create_integration(import("One more")).await;
    assert_refused(more, 409, "the tenant's limit is reached");
}

#[maybe_async]
#[test]
async fn what_cannot_be_right_never_leaves() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let mut two_jobs = import("Two jobs");
    two_jobs.jobs.push(two_jobs.jobs[0].clone());
    assert_invalid(
        client.cw().create_integration(two_jobs).await,
        "jobs: expected exactly one job without a `processId`, found 2",
    );
    let mut unmapped = json!({
        "name": "Unmapped", "workspaceId": estate::WORKSPACE, "modelId": estate::MODEL,
        "jobs": [jobs().pop().unwrap().1],
    });
    unmapped["jobs"][0]
        .as_object_mut()
        .unwrap()
        .remove("mapping");
    assert_invalid(
        client
            .cw()
            .update_integration(estate::EXPORT, unmapped)
            .await,
        "jobs[0].mapping: field required for `AnaplanToGoogleBigQuery`",
    );
    let empty = json!({"name": "", "workspaceId": estate::WORKSPACE, "modelId": estate::MODEL});
    let empty = client.cw().create_integration(empty).await;
    assert_invalid(empty, "jobs: field required without a `processId`");
    assert_eq!(sim.requests().len(), 0);
}

#[maybe_async]
#[test]
async fn a_creation_that_does_not_say_its_id_may_have_been_done() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let body = json!({"status": {"code": 200, "message": "Success"}, "integration": {}});
    reply_once(&sim, "POST", "/2/0/integrations", 200, &body);
    let created = client.cw().create_integration(import("Lost")).await;
    let error = created.unwrap_err();
    assert!(error.may_have_been_applied(), "{error}");
    assert!(
        error.to_string().contains("`integration.integrationId`"),
        "{error}"
    );
}

/// The refusals of the vendor's table of errors that say what is to be done, and those of them that
/// were seen with another status.
#[maybe_async]
#[test]
async fn a_refusal_says_what_is_to_be_done() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let path = format!("/2/0/integrations/{}", estate::NEVER_RUN);
    for (status, message, hint) in [
        (
            500,
            "A running integration cannot be deleted",
            "wait until the run has ended",
        ),
        (
            409,
            "Integration is already running",
            "wait until the run has ended",
        ),
        (
            500,
            "Duplicate resource name not allowed",
            "choose another name",
        ),
        (
            400,
            "Duplicate resource name not allowed",
            "choose another name",
        ),
        (404, "Resource not found", "may not see"),
        (400, "Credentials are invalid", "renew"),
        (400, "Bucket name is invalid", "check the name"),
        (400, "Invalid Dataset", "check the name"),
        (404, "Invalid connection_id", "list the connections"),
        (
            400,
            "This API version is not supported for this request",
            "base URL",
        ),
        // Of a user who has no role at all; of one who has the other role.
        (403, "Not Permitted", "needs the role"),
        (403, "Forbidden", "roles decide"),
    ] {
        let body = json!({"status": {"code": status, "message": message}});
        reply_once(&sim, "DELETE", &path, status, &body);
        let refused = client.cw().delete_integration(estate::NEVER_RUN).await;
        assert_refused(refused, status, hint);
    }
}
