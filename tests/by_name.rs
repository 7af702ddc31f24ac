//! Inputs that take names, and names of what was read.

use anaplan_sdk::by_name::{ExportByName, ImportByName, IntegrationByName, describe, resolve};
use anaplan_sdk::directory::Directory;
use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::preflight::{ListedObjects, Rule, preflight};
use serde_json::{Value, json};

const AZURE: &str = "5e634ba338444d2ea26ce384a70b5705";
const BIGQUERY: &str = "9c4d2e7f1a3b4c6d8e0f2a4b6c8d0e1f";

fn directory() -> Directory {
    serde_json::from_value(json!({
        "workspaces": [{"id": "w1", "name": "Supply chain"}, {"id": "w2", "name": "Finance"}],
        "models": [
            {"id": "M1", "name": "Budget", "currentWorkspaceId": "w1"},
            {"id": "M2", "name": "Budget", "currentWorkspaceId": "w2"},
            {"id": "M3", "name": "Draft", "currentWorkspaceId": "w1"},
            {"id": "M4", "name": "Draft", "currentWorkspaceId": "w1"},
        ],
        "contents": {"M1": {
            "imports": [
                {"id": "112000000001", "name": "Products", "importDataSourceId": "113000000001"},
                {"id": "112000000002", "name": "From the hub"},
                {"id": "112000000003", "name": "Sales", "importDataSourceId": "113000000002"},
                {"id": "112000000004", "name": "Sales", "importDataSourceId": "113000000003"},
            ],
            "exports": [{"id": "116000000001", "name": "Forecast.csv"}],
            "actions": [], "processes": [{"id": "118000000012", "name": "Load"}],
        }},
    }))
    .unwrap()
}

fn listed() -> ListedObjects {
    let all = json!([
        {"connectionId": AZURE, "connectionType": "AzureBlob", "body": {"name": "Raw data"}},
        {"connectionId": BIGQUERY, "connectionType": "GoogleBigQuery", "body": {"name": "Warehouse"}},
        {"connectionId": "c3", "connectionType": "Snowflake", "body": {"name": "Flakes"}},
    ]);
    ListedObjects::new(serde_json::from_value(all).unwrap())
}

fn by_name(jobs: Value) -> IntegrationByName {
    let all = json!({"name": "x", "workspace": "Supply chain", "model": "Budget", "jobs": jobs});
    serde_json::from_value(all).unwrap()
}

#[test]
fn every_kind_of_job_by_names() {
    let described = IntegrationByName::builder()
        .name("x")
        .workspace("Supply chain")
        .model("Budget")
        .process("Load")
        .jobs(vec![
            ImportByName::builder()
                .import("Products")
                .connection("Raw data")
                .from("p.csv")
                .build()
                .into(),
            ImportByName::builder()
                .import("112000000003")
                .connection("Warehouse")
                .from("t")
                .build()
                .into(),
            ExportByName::builder()
                .export("Forecast.csv")
                .connection(AZURE)
                .to("out")
                .overwrite(true)
                .build()
                .into(),
            ExportByName::builder()
                .export("Forecast.csv")
                .connection("Warehouse")
                .to("t")
                .mapping(vec![ColumnMapping::new("a", "b")])
                .build()
                .into(),
        ])
        .build();
    let input = resolve(&described, &directory(), &listed()).unwrap();
    assert_eq!(
        (input.workspace_id.as_str(), input.model_id.as_str()),
        ("w1", "M1")
    );
    assert_eq!(input.process_id, Some("118000000012".into()));
    let types: Vec<_> = input
        .jobs
        .iter()
        .map(|job| job.job_type().to_string())
        .collect();
    let expected = [
        "AzureBlobToAnaplan",
        "GoogleBigQueryToAnaplan",
        "AnaplanToAzureBlob",
        "AnaplanToGoogleBigQuery",
    ];
    assert_eq!(types, expected);
    let jobs = serde_json::to_value(&input.jobs).unwrap();
    assert_eq!(jobs[0]["targets"][0]["fileId"], "113000000001");
    assert_eq!(jobs[1]["sources"][0]["table"], "t");
    assert_eq!(jobs[2]["targets"][0]["overwrite"], true);

    // And back, from what the service would give of it.
    let mut stored = serde_json::to_value(&input).unwrap();
    stored["integrationId"] = json!("i");
    let stored: SingleIntegration = serde_json::from_value(stored).unwrap();
    let again = describe(&stored, &directory(), &listed());
    assert_eq!(again.model, "Budget");
    assert_eq!(again.process.as_deref(), Some("Load"));
    let jobs = serde_json::to_value(&again.jobs).unwrap();
    assert_eq!(
        jobs[0],
        json!({"import": "Products", "connection": "Raw data", "from": "p.csv"})
    );
    assert_eq!(
        jobs[1]["import"], "112000000003",
        "two imports have its name"
    );
    assert_eq!(resolve(&again, &directory(), &listed()).unwrap(), input);
    let kept = serde_json::to_value(&again).unwrap();
    assert_eq!(
        serde_json::from_value::<IntegrationByName>(kept).unwrap(),
        again
    );
}

#[test]
fn every_name_that_is_not_there_is_told_at_once() {
    let mut described = by_name(json!([
        {"import": "Productz", "connection": "raw data", "from": "x"},
        {"import": "From the hub", "connection": "Raw data", "from": "x"},
        {"import": "Sales", "connection": "Flakes", "from": "x"},
        {"export": "Nothing like it", "connection": "Raw data", "to": "x"},
    ]));
    described.process = Some("load".into());
    let error = resolve(&described, &directory(), &listed()).unwrap_err();
    let found: Vec<_> = error
        .findings
        .iter()
        .map(|one| (one.rule, one.path.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (Rule::UnknownProcess, "process"),
            (Rule::UnknownConnection, "jobs[0].connection"),
            (Rule::UnknownAction, "jobs[0].import"),
            (Rule::NotAFileImport, "jobs[1].import"),
            (Rule::WrongConnectionType, "jobs[2].connection"),
            (Rule::AmbiguousName, "jobs[2].import"),
            (Rule::UnknownAction, "jobs[3].export"),
        ]
    );
    assert_eq!(error.findings[0].suggestion.as_deref(), Some("Load"));
    assert_eq!(error.findings[1].suggestion.as_deref(), Some("Raw data"));
}

#[test]
fn models_of_one_name_are_told_apart_by_the_workspace() {
    let mut described = by_name(json!([]));
    described.workspace = "Finance".into();
    described.process = None;
    let input = resolve(&described, &directory(), &listed()).unwrap();
    assert_eq!(input.model_id, "M2");
    described.model = "Draft".into();
    described.workspace = "Supply chain".into();
    let error = resolve(&described, &directory(), &listed()).unwrap_err();
    assert_eq!(error.findings[0].rule, Rule::AmbiguousName);
    described.workspace = "Nowhere".into();
    let error = resolve(&described, &directory(), &listed()).unwrap_err();
    assert_eq!(error.findings[0].rule, Rule::UnknownWorkspace);
}

#[test]
fn what_is_resolved_passes_preflight() {
    let job = json!([{"import": "Products", "connection": "Raw data", "from": "p.csv"}]);
    let input = resolve(&by_name(job), &directory(), &listed()).unwrap();
    assert_eq!(preflight(&input, &directory(), &listed()), []);
}

#[test]
fn ids_that_have_no_name_stay_ids() {
    let stored: SingleIntegration = serde_json::from_value(json!({
        "integrationId": "i", "name": "x", "workspaceId": "w9", "modelId": "M9", "processId": "118000000099",
        "jobs": [{"type": "AzureBlobToAnaplan", "sources": [{"connectionId": "gone", "file": "f"}],
                  "targets": [{"actionId": "112000000009", "fileId": "113000000009"}]}, {}],
    }))
    .unwrap();
    let described = describe(&stored, &directory(), &listed());
    let described = serde_json::to_value(described).unwrap();
    assert_eq!(described["workspace"], "w9");
    assert_eq!(described["process"], "118000000099");
    assert_eq!(
        described["jobs"][0],
        json!({"import": "112000000009", "connection": "gone", "from": "f"})
    );
    let typo = json!({"name": "x", "workspace": "w", "model": "m", "procces": "p"});
    assert!(serde_json::from_value::<IntegrationByName>(typo).is_err());
}
