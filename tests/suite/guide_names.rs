//! The guide's chapter on names and ids: its examples, word for word, run.

use anaplan_sdk::Result;
use anaplan_sdk::by_name::{IntegrationByName, resolve};
use anaplan_sdk::directory::DirectoryOptions;
use anaplan_sdk::models::cloud_works::{IntegrationId, IntegrationInput};
use anaplan_sdk::preflight::ListedObjects;
use cloudworks_sim::{Simulator, estate};
use serde_json::{Value, json};

use super::guide::assert_run;
use super::{Client, client_of, maybe_async, test};

#[maybe_async]
async fn ids(client: &Client) -> Result<()> {
    let workspace = client.find_workspace("Supply chain").await?;
    let model = client.find_model("Demand planning").await?;
    let holds = client.model(&model.id);
    let import = holds.find_import("Products from products.csv").await?;
    let process = holds.find_process("Load everything").await?;
    let connection = client.cw().find_connection("Raw data").await?;
    println!(
        "{} {} {} {} {}",
        workspace.id, model.id, import.id, process.id, connection.id
    );
    println!("its file is {:?}", import.file_id());
    Ok(())
}

#[maybe_async]
async fn names_of(client: &Client, model: &str, ids: &[&str]) -> Result<()> {
    let options = DirectoryOptions::builder()
        .models([model])
        .files(true)
        .build();
    let directory = client.read_directory(&options).await?;
    let Some(holds) = directory.model(&model.into()) else {
        return Ok(());
    };
    for id in ids {
        println!("{id} is {}", holds.what_is(id));
    }
    for unseen in &directory.unseen {
        println!(
            "the {} could not be looked at: {}",
            unseen.kind.plural(),
            unseen.message
        );
    }
    Ok(())
}

#[maybe_async]
async fn check(client: &Client, integration: &Value) -> Result<bool> {
    let findings = client.cw().preflight(integration).await?;
    for finding in &findings {
        println!("{finding}");
    }
    Ok(!findings.iter().any(|finding| finding.is_error()))
}

#[maybe_async]
async fn create(client: &Client, integration: IntegrationInput) -> Result<IntegrationId> {
    let created = client.cw().create_integration(integration.clone()).await;
    if let Err(error) = &created {
        for finding in client.cw().explain_refusal(&integration, error).await? {
            println!("{finding}");
        }
    }
    created
}

#[maybe_async]
async fn create_by_name(client: &Client) -> Result<IntegrationId> {
    let by_name: IntegrationByName = serde_json::from_value(json!({
        "name": "Load by name",
        "workspace": "Supply chain",
        "model": "Demand planning",
        "process": "Load everything",
        "jobs": [
            { "import": "Products from products.csv", "connection": "Raw data", "from": "products.csv" },
            { "import": "Sales from sales.csv", "connection": "Sales bucket", "from": "2026/sales.csv" }
        ]
    }))
    .expect("a description by names");
    let model = client.find_model(&by_name.model).await?;
    let options = DirectoryOptions::builder().models([&model.id]).build();
    let directory = client.read_directory(&options).await?;
    let listed = ListedObjects::new(client.cw().list_connections().await?);
    let integration = resolve(&by_name, &directory, &listed)?;
    client.cw().create_integration(integration).await
}

#[maybe_async]
#[test]
async fn every_example_is_run() {
    let guide = include_str!("../../docs/names-and-ids.md");
    assert_eq!(assert_run(guide, include_str!("guide_names.rs")), 5);
}

#[maybe_async]
#[test]
async fn the_examples_do_what_they_say() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    ids(&client).await.unwrap();
    let known = ["112000000001", "113000000009", "118000000012"];
    names_of(&client, estate::MODEL, &known).await.unwrap();
    let id = create_by_name(&client).await.unwrap();
    let made = client.cw().get_integration(&id).await.unwrap();
    assert_eq!(made.jobs.len(), 2);
    assert_eq!(made.jobs[1].targets[0].file_id, Some("113000000002".into()));

    let mut input = json!({
        "name": "Blob", "version": "2.0", "workspaceId": estate::WORKSPACE, "modelId": estate::MODEL,
        "jobs": [{
            "type": "AzureBlobToAnaplan",
            "sources": [{"type": "AzureBlob", "connectionId": estate::AZURE_CONNECTION, "file": "x"}],
            "targets": [{"type": "Anaplan", "actionId": "112000000001", "fileId": "113000000001"}],
        }],
    });
    let is_right = check(&client, &input).await.unwrap();
    assert!(is_right);
    create(&client, IntegrationInput::try_from(&input).unwrap())
        .await
        .unwrap();
    input["name"] = json!("Blob again");
    input["jobs"][0]["targets"][0]["actionId"] = json!("112000000009");
    let is_right = check(&client, &input).await.unwrap();
    assert!(!is_right);
    let refused = create(&client, IntegrationInput::try_from(&input).unwrap()).await;
    assert_eq!(refused.unwrap_err().status(), Some(400));
}
