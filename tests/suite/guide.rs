//! The guide: its examples, word for word, run.

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::*;
use anaplan_sdk::{Credentials, Error, Method, Region, Result};
use cloudworks_sim::{Outcome, Simulator, estate};
use serde_json::{Value, json};

use super::{Client, client_of, cloudworks_requests, maybe_async, overview_at_once, test};

const GUIDE: &str = include_str!("../../docs/guide.md");

// The examples, in the order of the guide.

fn sign_in(email: &str, password: &str) -> Result<Client> {
    Client::builder()
        .credentials(Credentials::basic(email, password))
        .region(Region::Us1)
        .build()
}

#[maybe_async]
async fn overview(client: &Client) -> Result<()> {
    let connections = client.cw().list_connections().await?;
    let integrations = client.cw().list_integrations().await?;
    let flows = client.cw().flows().list_flows().await?;
    println!("{} connections", connections.len());
    println!("{} integrations", integrations.len());
    println!("{} flows", flows.len());
    Ok(())
}

#[maybe_async]
async fn names_page_by_page(client: &Client) -> Result<Vec<String>> {
    let query = IntegrationQuery::builder().sort_by(SortBy::Name).build();
    let mut pages = client.cw().integration_pages(&query);
    let mut names = Vec::new();
    while let Some(page) = pages.next_page().await? {
        names.extend(page.into_iter().map(|integration| integration.name));
    }
    Ok(names)
}

#[maybe_async]
async fn create_connection(client: &Client) -> Result<ConnectionId> {
    let connection = ConnectionInput::AzureBlob(
        AzureBlobConnectionInput::builder()
            .name("My Blob")
            .storage_account_name("mystorageaccount")
            .sas_token("sp=rl&st=2025-05-10T19:29:44Z...")
            .container_name("raw")
            .build(),
    );
    client.cw().create_connection(connection).await
}

#[maybe_async]
async fn create_connection_from_dictionary(client: &Client) -> Result<ConnectionId> {
    let connection = json!({
        "type": "AzureBlob",
        "body": {
            "name": "My Blob",
            "storageAccountName": "mystorageaccount",
            "containerName": "raw",
            "sasToken": "sp=rl&st=2025-05-10T19:29:44Z...",
        },
    });
    client.cw().create_connection(connection).await
}

#[maybe_async]
async fn create_integration(client: &Client) -> Result<IntegrationId> {
    let source = FileSource::azure_blob("5e634ba338444d2ea26ce384a70b5705", "dummy.csv");
    let target = AnaplanTarget::builder()
        .action_id(112000000001)
        .file_id(113000000001)
        .build();
    let job = IntegrationJobInput::import(source, target);
    let integration = IntegrationInput::builder()
        .name("Blob to Anaplan")
        .workspace_id("8a81b09d599f3c6e0159f605560c2630")
        .model_id("8896D8C366BC48E5A3182B9F5CE10526")
        .jobs([job])
        .build();
    client.cw().create_integration(integration).await
}

#[maybe_async]
async fn create_integration_from_dictionary(client: &Client) -> Result<IntegrationId> {
    let integration = json!({
        "name": "Blob to Anaplan",
        "version": "2.0",
        "workspaceId": "8a81b09d599f3c6e0159f605560c2630",
        "modelId": "8896D8C366BC48E5A3182B9F5CE10526",
        "nuxVisible": false,
        "jobs": [
            {
                "type": "AzureBlobToAnaplan",
                "sources": [
                    {
                        "connectionId": "5e634ba338444d2ea26ce384a70b5705",
                        "type": "AzureBlob",
                        "file": "dummy.csv"
                    }
                ],
                "targets": [
                    {
                        "type": "Anaplan",
                        "actionId": "112000000001",
                        "fileId": "113000000001"
                    }
                ]
            }
        ]
    });
    client.cw().create_integration(integration).await
}

#[maybe_async]
async fn create_process_integration(
    client: &Client,
    job: IntegrationJobInput,
    another_job: IntegrationJobInput,
) -> Result<IntegrationId> {
    let integration = IntegrationInput::builder()
        .name("Double Blob to Anaplan")
        .workspace_id("8a81b09d599f3c6e0159f605560c2630")
        .model_id("8896D8C366BC48E5A3182B9F5CE10526")
        .process_id(118000000012) // the line that makes the difference
        .jobs([job, another_job])
        .build();
    client.cw().create_integration(integration).await
}

#[maybe_async]
async fn create_process_integration_from_dictionary(client: &Client) -> Result<IntegrationId> {
    let integration = json!({
        "name": "Double Blob to Anaplan",
        "version": "2.0",
        "workspaceId": "8a81b09d599f3c6e0159f605560c2630",
        "modelId": "8896D8C366BC48E5A3182B9F5CE10526",
        "processId": "118000000012",
        "nuxVisible": false,
        "jobs": [
            {
                "type": "AzureBlobToAnaplan",
                "sources": [
                    {
                        "connectionId": "5e634ba338444d2ea26ce384a70b5705",
                        "type": "AzureBlob",
                        "file": "dummy.csv"
                    }
                ],
                "targets": [
                    {
                        "type": "Anaplan",
                        "actionId": "112000000001",
                        "fileId": "113000000001"
                    }
                ]
            },
            {
                "type": "AzureBlobToAnaplan",
                "sources": [
                    {
                        "connectionId": "5e634ba338444d2ea26ce384a70b5705",
                        "type": "AzureBlob",
                        "file": "dummy.csv"
                    }
                ],
                "targets": [
                    {
                        "type": "Anaplan",
                        "actionId": "112000000001",
                        "fileId": "113000000001"
                    }
                ]
            }
        ]
    });
    client.cw().create_integration(integration).await
}

#[maybe_async]
async fn create_process_only(client: &Client) -> Result<IntegrationId> {
    let process = IntegrationProcessInput::builder()
        .name("My Process")
        .process_id(118000000012)
        .workspace_id("8a81b09d599f3c6e0159f605560c2630")
        .model_id("8896D8C366BC48E5A3182B9F5CE10526")
        .build();
    client.cw().create_integration(process).await
}

#[maybe_async]
async fn create_process_only_from_dictionary(client: &Client) -> Result<IntegrationId> {
    let process = json!({
        "name": "My Process",
        "version": "2.0",
        "workspaceId": "8a81b09d599f3c6e0159f605560c2630",
        "modelId": "8896D8C366BC48E5A3182B9F5CE10526",
        "processId": "118000000012"
    });
    client.cw().create_integration(process).await
}

#[maybe_async]
async fn create_flow(client: &Client) -> Result<FlowId> {
    let flow = FlowInput::sequence(
        "My Flow",
        [
            "840ccd8a279a454d99577d9538f24f09",
            "c0fa795faac047468a59c8dbe3752d75",
        ],
    );
    client.cw().flows().create_flow(flow).await
}

#[maybe_async]
async fn create_flow_by_steps(client: &Client) -> Result<FlowId> {
    let flow = FlowInput::builder()
        .name("My Flow")
        .steps([
            FlowStepInput::builder()
                .referrer("840ccd8a279a454d99577d9538f24f09")
                .build(),
            FlowStepInput::builder()
                .referrer("c0fa795faac047468a59c8dbe3752d75")
                .depends_on(["840ccd8a279a454d99577d9538f24f09"])
                .build(),
        ])
        .build();
    client.cw().flows().create_flow(flow).await
}

#[maybe_async]
async fn create_flow_from_dictionary(client: &Client) -> Result<FlowId> {
    let flow = json!({
        "name": "My Flow",
        "version": "2.0",
        "type": "IntegrationFlow",
        "steps": [
            {
                "type": "Integration",
                "referrer": "840ccd8a279a454d99577d9538f24f09",
                "isSkipped": false,
                "exceptionBehavior": [
                    {
                        "type": "failure",
                        "strategy": "stop"
                    },
                    {
                        "type": "partial_success",
                        "strategy": "continue"
                    }
                ]
            },
            {
                "type": "Integration",
                "referrer": "c0fa795faac047468a59c8dbe3752d75",
                "dependsOn": [
                    "840ccd8a279a454d99577d9538f24f09"
                ],
                "isSkipped": false,
                "exceptionBehavior": [
                    {
                        "type": "failure",
                        "strategy": "stop"
                    },
                    {
                        "type": "partial_success",
                        "strategy": "continue"
                    }
                ]
            }
        ]
    });
    client.cw().flows().create_flow(flow).await
}

#[maybe_async]
async fn renew_sas_token(client: &Client, read: &Connection, sas_token: &str) -> Result<bool> {
    let body = ConnectionBodyInput::from_read(read, sas_token)?;
    client.cw().update_connection(&read.id, body).await?;
    let connections = client.cw().list_connections().await?;
    let renewed = connections
        .iter()
        .find(|connection| connection.id == read.id);
    Ok(renewed.and_then(Connection::is_working) == Some(true))
}

#[maybe_async]
async fn rename_connection(client: &Client, id: &ConnectionId, name: &str) -> Result<()> {
    let patch = ConnectionPatch::azure_blob().name(name).build();
    client.cw().patch_connection(id, patch).await
}

#[maybe_async]
async fn rename(client: &Client, id: &IntegrationId, name: &str) -> Result<()> {
    let mut integration = IntegrationInput::try_from(&client.cw().get_integration(id).await?)?;
    integration.name = name.to_owned();
    client.cw().update_integration(id, integration).await
}

#[maybe_async]
async fn replace_connection(client: &Client, id: &ConnectionId, key: &str) -> Result<()> {
    let s3 = AmazonS3ConnectionInput::builder()
        .name("Sales bucket")
        .bucket_name("sales")
        .access_key_id("AKIAIOSFODNN7EXAMPLE")
        .secret_access_key(key)
        .build();
    client.cw().update_connection(id, s3).await
}

#[maybe_async]
async fn replace_more(client: &Client, id: &IntegrationId, flow: &FlowId) -> Result<()> {
    let renamed = IntegrationProcessInput::builder()
        .name("A better name")
        .process_id(118000000012)
        .workspace_id("8a81b09d599f3c6e0159f605560c2630")
        .model_id("8896D8C366BC48E5A3182B9F5CE10526")
        .build();
    client.cw().update_integration(id, renamed).await?;

    let reordered = FlowInput::sequence(
        "My Flow",
        [
            "c0fa795faac047468a59c8dbe3752d75",
            "840ccd8a279a454d99577d9538f24f09",
        ],
    );
    client.cw().flows().update_flow(flow, reordered).await
}

#[maybe_async]
async fn life_of_a_schedule(
    client: &Client,
    id: &IntegrationId,
    schedule: ScheduleInput,
) -> Result<()> {
    client.cw().create_schedule(id, schedule).await?;
    client
        .cw()
        .set_schedule_status(id, ScheduleStatus::Disabled)
        .await?;
    let weekly = json!({
        "name": "Saturdays",
        "type": "weekly",
        "timezone": "Europe/Paris",
        "startDate": "2027-01-01",
        "time": "04:00",
        "daysOfWeek": [6],
    });
    client.cw().update_schedule(id, weekly).await?;
    let integration = client.cw().get_integration(id).await?;
    println!("{:?}", integration.schedule);
    client.cw().delete_schedule(id).await
}

#[maybe_async]
async fn start(client: &Client, id: &IntegrationId) -> Result<RunId> {
    let run = client.cw().run_integration(id).await?;
    println!("started as {run}");
    Ok(run)
}

#[maybe_async]
async fn standing(client: &Client, run: &RunId) -> Result<&'static str> {
    let status = client.cw().get_run_status(run).await?;
    Ok(match (status.end_date, status.success) {
        (None, _) => "under way",
        (Some(_), Some(true)) if status.execution_error_code.is_some() => "succeeded in part",
        (Some(_), Some(true)) => "succeeded",
        (Some(_), _) => "failed, or was cancelled",
    })
}

#[maybe_async]
async fn failures(client: &Client, id: &IntegrationId) -> Result<Vec<String>> {
    let runs = client.cw().get_run_history(id).await?;
    let failed = runs.iter().filter(|run| run.success == Some(false));
    let ended = failed.filter(|run| run.end_date.is_some());
    Ok(ended.filter_map(|run| run.message.clone()).collect())
}

#[maybe_async]
async fn stop(client: &Client, id: &IntegrationId) -> Result<bool> {
    match client.cw().cancel_integration(id).await {
        Ok(()) => Ok(true),
        Err(error) if error.is_conflict() => Ok(false), // it had ended already
        Err(error) => Err(error),
    }
}

#[maybe_async]
async fn run_part_of_a_flow(client: &Client, id: &FlowId) -> Result<()> {
    let steps = ["c0fa795faac047468a59c8dbe3752d75"];
    client.cw().flows().run_flow_steps(id, steps).await?;
    for step in client.cw().flows().get_flow(id).await?.steps {
        let message = step.latest_run.and_then(|run| run.message);
        println!("{}: {}", step.name, message.unwrap_or_default());
    }
    Ok(())
}

#[maybe_async]
async fn tell_of_failures(client: &Client, id: &IntegrationId, user: &UserId) -> Result<()> {
    let current = client.cw().get_notification_config(id).await?;
    let config = NotificationConfigInput::builder()
        .integration_id(id)
        .channels([NotificationChannel::Email, NotificationChannel::InApp])
        .on_partial_failure([user])
        .on_full_failure([user])
        .build();
    client
        .cw()
        .update_notification_config(&current.id, config)
        .await
}

#[maybe_async]
async fn rejected_rows(client: &Client, run: &RunId) -> Result<Option<Vec<u8>>> {
    let Some(error) = client.cw().get_run_error(run).await? else {
        return Ok(None);
    };
    println!("{error}");
    match client.cw().get_import_error_dump(run).await {
        Ok(csv) => Ok(Some(csv)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

#[maybe_async]
async fn rejected_rows_of_a_process(client: &Client, run: &RunId) -> Result<Vec<Vec<u8>>> {
    let error = client.cw().get_run_error(run).await?.unwrap_or_default();
    let mut dumps = Vec::new();
    for action in error.actions() {
        if let (Some(true), Some(id)) = (action.failure_dump_generated, &action.action_id) {
            dumps.push(client.cw().get_process_error_dump(run, id).await?);
        }
    }
    Ok(dumps)
}

#[maybe_async]
async fn delete_and_explain(client: &Client, id: &ConnectionId) -> String {
    match client.cw().delete_connection(id).await {
        Ok(()) => "deleted".to_owned(),
        Err(error) if error.is_not_found() => "there is none".to_owned(),
        Err(error) if error.is_conflict() => "an integration refers to it".to_owned(),
        Err(error) if error.is_auth() => "log in again".to_owned(),
        Err(error) if error.may_have_been_applied() => "look before you try again".to_owned(),
        Err(Error::Api(refusal)) => format!("{}: {}", refusal.status, refusal.message),
        Err(error) => error.to_string(),
    }
}

#[maybe_async]
async fn how_many(client: &Client) -> Result<Option<u64>> {
    let path = "integrations?limit=1";
    let answer = client.request(Method::GET, path, None).await?;
    Ok(answer["meta"]["paging"]["totalSize"].as_u64())
}

// What the examples do.

/// The guide's examples from their first function on, without what differs between the faces,
/// nor space.
fn squeezed(code: &str) -> String {
    let code = code.replace("async ", "").replace(".await", "");
    code.split_whitespace().collect()
}

/// Every example of the guide that calls something is in the code that runs, word for word. How many
/// there are.
pub(super) fn assert_run(guide: &str, run: &str) -> usize {
    let run = squeezed(run);
    let mut examples = 0;
    for block in guide.split("```rust\n").skip(1) {
        let code = block.split("```").next().unwrap_or_default();
        // The others call nothing; the doctests run them.
        let Some(start) = ["\nasync fn ", "\nfn "].iter().find_map(|f| code.find(f)) else {
            continue;
        };
        assert!(run.contains(&squeezed(&code[start..])), "not run: {code}");
        examples += 1;
    }
    examples
}

#[maybe_async]
#[test]
async fn every_example_of_the_guide_is_run_here() {
    let run = [
        include_str!("guide.rs"),
        include_str!("../asynchronous.rs"),
        include_str!("../blocking.rs"),
    ];
    let examples = assert_run(GUIDE, &run.concat());
    assert!(examples > 25, "{examples} examples found");
}

#[maybe_async]
#[test]
async fn signs_in() {
    let client = sign_in("planner@corp.example", "password").unwrap();
    assert!(!format!("{client:?}").contains("password\""));
}

/// What was sent to this path since the recorder was cleared, bodies only.
fn sent(sim: &Simulator, method: &str, path: &str) -> Vec<Value> {
    let requests = sim.requests_to(method, path);
    requests.into_iter().filter_map(|one| one.json).collect()
}

#[maybe_async]
#[test]
async fn reads_the_namespace() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    overview(&client).await.unwrap();
    assert_eq!(cloudworks_requests(&sim).len(), 3);
    overview_at_once(&client).await.unwrap();
    assert_eq!(cloudworks_requests(&sim).len(), 6);
    assert_eq!(sim.token_requests(), 1);
    let names = names_page_by_page(&client).await.unwrap();
    assert_eq!(names.len(), 5);
    assert!(names.is_sorted(), "{names:?}");
    let count = how_many(&client).await.unwrap();
    assert_eq!(count, Some(5));
}

/// The dictionaries of the page that this guide follows, as they stand there, and what the
/// service wants to get for them.
const PAGE: &str = include_str!("../fixtures/guide.json");

#[maybe_async]
#[test]
async fn a_connection_typed_and_as_a_dictionary() {
    let page: Value = serde_json::from_str(PAGE).unwrap();
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = create_connection(&client).await.unwrap();
    client.cw().delete_connection(&id).await.unwrap();
    let id = create_connection_from_dictionary(&client).await.unwrap();
    client.cw().delete_connection(&id).await.unwrap();
    let dictionary = page["connection"].clone();
    client.cw().create_connection(dictionary).await.unwrap();
    let mut wanted = page["connection"].clone();
    wanted["body"]["authMethod"] = json!("SAS-based");
    let sent = sent(&sim, "POST", "/2/0/integrations/connections");
    assert_eq!(sent, [&wanted; 3].map(Clone::clone));
}

#[maybe_async]
#[test]
async fn an_import_typed_and_as_a_dictionary() {
    let page: Value = serde_json::from_str(PAGE).unwrap();
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = create_integration(&client).await.unwrap();
    client.cw().delete_integration(&id).await.unwrap();
    let id = create_integration_from_dictionary(&client).await.unwrap();
    client.cw().delete_integration(&id).await.unwrap();
    let dictionary = page["integration"].clone();
    client.cw().create_integration(dictionary).await.unwrap();
    let sent = sent(&sim, "POST", "/2/0/integrations");
    let mut wanted = page["integration"].clone();
    assert_eq!(sent[2], wanted);
    // The page names the import where its file belongs.
    wanted["jobs"][0]["targets"][0]["fileId"] = json!("113000000001");
    assert_eq!(sent[..2], [&wanted; 2].map(Clone::clone));
}

#[maybe_async]
#[test]
async fn a_process_integration_typed_and_as_a_dictionary() {
    let page: Value = serde_json::from_str(PAGE).unwrap();
    // The page shortens the connection's id.
    let mut connection = page["connection"].clone();
    connection["connectionId"] = json!("5e...05");
    connection["body"]["authMethod"] = json!("SAS-based");
    let seed = json!({"connections": [connection]});
    let sim = Simulator::builder().seed(seed).start();
    let client = client_of(&sim);
    let source = FileSource::azure_blob("5e...05", "dummy.csv");
    let target = AnaplanTarget::builder()
        .action_id(112000000001)
        .file_id(113000000001)
        .build();
    let job = IntegrationJobInput::import(source, target);
    let typed = create_process_integration(&client, job.clone(), job).await;
    client
        .cw()
        .delete_integration(typed.unwrap())
        .await
        .unwrap();
    let dictionary = page["processIntegration"].clone();
    client.cw().create_integration(dictionary).await.unwrap();
    let sent = sent(&sim, "POST", "/2/0/integrations");
    assert_eq!(sent, [&page["processIntegration"]; 2].map(Clone::clone));

    let sim = Simulator::start();
    let client = client_of(&sim);
    create_process_integration_from_dictionary(&client)
        .await
        .unwrap();
}

#[maybe_async]
#[test]
async fn a_process_only_typed_and_as_a_dictionary() {
    let page: Value = serde_json::from_str(PAGE).unwrap();
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = create_process_only(&client).await.unwrap();
    client.cw().delete_integration(&id).await.unwrap();
    let id = create_process_only_from_dictionary(&client).await.unwrap();
    client.cw().delete_integration(&id).await.unwrap();
    let dictionary = page["process"].clone();
    client.cw().create_integration(dictionary).await.unwrap();
    let mut wanted = page["process"].clone();
    wanted["nuxVisible"] = json!(false);
    let sent = sent(&sim, "POST", "/2/0/integrations");
    assert_eq!(sent, [&wanted; 3].map(Clone::clone));
}

#[maybe_async]
#[test]
async fn a_flow_typed_and_as_a_dictionary() {
    let page: Value = serde_json::from_str(PAGE).unwrap();
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = create_flow(&client).await.unwrap();
    client.cw().flows().delete_flow(&id).await.unwrap();
    let id = create_flow_by_steps(&client).await.unwrap();
    client.cw().flows().delete_flow(&id).await.unwrap();
    let id = create_flow_from_dictionary(&client).await.unwrap();
    client.cw().flows().delete_flow(&id).await.unwrap();
    let dictionary = page["flow"].clone();
    client.cw().flows().create_flow(dictionary).await.unwrap();
    let sent = sent(&sim, "POST", "/2/0/integrationflows");
    assert_eq!(sent, [&page["flow"]; 4].map(Clone::clone));
}

#[maybe_async]
#[test]
async fn updates_and_patches() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let azure = estate::AZURE_CONNECTION.into();
    let connections = client.cw().list_connections().await.unwrap();
    let read = connections.iter().find(|one| one.id == azure).unwrap();
    let works = renew_sas_token(&client, read, "sp=rwl&sig=new").await;
    assert!(works.unwrap());
    let replaced = sent(&sim, "PUT", "/2/0/integrations/connections/");
    assert_eq!(
        replaced,
        [json!({
            "name": "Raw data", "storageAccountName": "acmestorage", "containerName": "raw",
            "sasToken": "sp=rwl&sig=new", "authMethod": "SAS-based",
        })]
    );
    rename_connection(&client, &azure, "Raw files")
        .await
        .unwrap();
    let patched = sent(&sim, "PATCH", "/2/0/integrations/connections/");
    assert_eq!(patched, [json!({"name": "Raw files"})]);
    let import = IntegrationId::from(estate::IMPORT);
    let mut before = client.cw().get_integration(&import).await.unwrap();
    rename(&client, &import, "Renamed").await.unwrap();
    let mut after = client.cw().get_integration(&import).await.unwrap();
    assert_eq!(std::mem::take(&mut after.name), "Renamed");
    (before.name, before.modification_date) = (String::new(), after.modification_date);
    before.modified_by.clone_from(&after.modified_by);
    assert_eq!(before, after);
    let s3 = estate::S3_CONNECTION.into();
    replace_connection(&client, &s3, "a new key").await.unwrap();
    let (process, flow) = (estate::PROCESS_ONLY.into(), estate::FLOW.into());
    replace_more(&client, &process, &flow).await.unwrap();
    let renamed = client.cw().get_integration(&process).await.unwrap();
    assert_eq!(renamed.name, "A better name");
    let reordered = client.cw().flows().get_flow(&flow).await.unwrap();
    assert_eq!(reordered.steps[0].referrer, estate::EXPORT);
}

#[maybe_async]
#[test]
async fn schedules_come_and_go() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = IntegrationId::from(estate::NEVER_RUN);
    let nightly = ScheduleInput::daily()
        .name("Nightly")
        .timezone("Europe/Paris")
        .start_date(jiff::civil::date(2027, 1, 1))
        .time(jiff::civil::time(2, 30, 0, 0))
        .build();
    life_of_a_schedule(&client, &id, nightly).await.unwrap();
    let integration = client.cw().get_integration(&id).await.unwrap();
    assert_eq!(integration.schedule, None);
}

#[maybe_async]
#[test]
async fn runs_start_stand_and_stop() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = IntegrationId::from(estate::IMPORT);
    for (outcome, words) in [
        (Outcome::success(), "succeeded"),
        (Outcome::partial(100, 2), "succeeded in part"),
        (Outcome::failure(), "failed, or was cancelled"),
    ] {
        sim.next_run(estate::IMPORT, outcome);
        let run = start(&client, &id).await.unwrap();
        let before = standing(&client, &run).await.unwrap();
        assert_eq!(before, "under way");
        sim.finish_runs();
        let after = standing(&client, &run).await.unwrap();
        assert_eq!(after, words);
    }
    let failures = failures(&client, &id).await.unwrap();
    assert_eq!(failures.len(), 2, "{failures:?}");
    sim.next_run(estate::IMPORT, Outcome::never_ends());
    start(&client, &id).await.unwrap();
    let stopped = stop(&client, &id).await.unwrap();
    assert!(stopped);
    let stopped = stop(&client, &id).await.unwrap();
    assert!(!stopped);
}

#[maybe_async]
#[test]
async fn a_flow_runs_in_part() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    run_part_of_a_flow(&client, &estate::FLOW.into())
        .await
        .unwrap();
    let started = sent(&sim, "POST", "/2/0/integrationflows/");
    assert_eq!(started, [json!({"stepsToRun": [estate::EXPORT]})]);
}

#[maybe_async]
#[test]
async fn notifications_are_found_by_their_integration() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = IntegrationId::from(estate::IMPORT);
    tell_of_failures(&client, &id, &estate::USER.into())
        .await
        .unwrap();
    let config = client.cw().get_notification_config(&id).await.unwrap();
    let told = config.users(&NotificationType::FullFailure).count();
    assert_eq!(told, 1);
}

#[maybe_async]
#[test]
async fn dumps_are_read_where_there_are_any() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let none = rejected_rows(&client, &estate::SUCCESSFUL_RUN.into()).await;
    assert_eq!(none.unwrap(), None);
    let some = rejected_rows(&client, &estate::FAILED_RUN.into()).await;
    assert!(some.unwrap().unwrap().starts_with(b"Product,"));
    let run = estate::FAILED_PROCESS_RUN.into();
    let dumps = rejected_rows_of_a_process(&client, &run).await.unwrap();
    assert_eq!(dumps.len(), 1);
}

#[maybe_async]
#[test]
async fn errors_explain_themselves() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let used = delete_and_explain(&client, &estate::S3_CONNECTION.into()).await;
    assert_eq!(used, "an integration refers to it");
    let none = delete_and_explain(&client, &ConnectionId::from("0".repeat(32))).await;
    assert_eq!(none, "there is none");
}
