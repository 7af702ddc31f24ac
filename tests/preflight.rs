//! Preflight without a network: each rule, and the words in which it speaks.

use anaplan_sdk::directory::{Directory, Kind, Unseen};
use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::FlowInput;
use anaplan_sdk::preflight::{Finding, ListedObjects, PreflightError, Rule, Severity, preflight};
use serde_json::{Value, json};

const WORKSPACE: &str = "8a81b09d599f3c6e0159f605560c2630";
const FINANCE: &str = "8a81b09d5e8c6f27015ece3402487d33";
const MODEL: &str = "8896D8C366BC48E5A3182B9F5CE10526";
const AZURE: &str = "5e634ba338444d2ea26ce384a70b5705";
const S3: &str = "1f0b3c6d7e8a4b5c9d0e1f2a3b4c5d6e";
const BIGQUERY: &str = "9c4d2e7f1a3b4c6d8e0f2a4b6c8d0e1f";

fn directory() -> Directory {
    serde_json::from_value(json!({
        "workspaces": [{"id": WORKSPACE, "name": "Supply chain"}, {"id": FINANCE, "name": "Finance"}],
        "models": [{
            "id": MODEL, "name": "Demand planning", "activeState": "UNLOCKED",
            "currentWorkspaceId": WORKSPACE, "currentWorkspaceName": "Supply chain",
        }],
        "contents": {MODEL: {
            "imports": [
                {"id": "112000000001", "name": "Products from products.csv", "importDataSourceId": "113000000001"},
                {"id": "112000000002", "name": "Sales", "importDataSourceId": "113000000002"},
                {"id": "112000000003", "name": "Prices from hub", "importDataSourceId": ""},
                {"id": "112000000004", "name": "Stock", "importDataSourceId": "102000000004"},
            ],
            "exports": [{"id": "116000000001", "name": "Forecast.csv"}, {"id": "116000000002", "name": "Stock.csv"}],
            "actions": [
                {"id": "117000000001", "name": "Clear", "actionType": "DELETE_BY_SELECTION"},
                {"id": "117000000003", "name": "Best mix", "actionType": "OPTIMIZER"},
            ],
            "processes": [{"id": "118000000012", "name": "Load"}, {"id": "118000000014", "name": "Optimize"}],
            "files": [{"id": "113000000001", "name": "products.csv"}, {"id": "113000000002", "name": "sales.csv"}],
            "steps": {
                "118000000012": [
                    {"id": "117000000001", "name": "Clear", "actionType": "DELETE_BY_SELECTION"},
                    {"id": "112000000001", "name": "Products", "actionType": "IMPORT",
                     "importDataSource": {"importDataSourceId": "113000000001", "type": "FILE"}},
                    {"id": "112000000003", "name": "Prices", "actionType": "IMPORT",
                     "importDataSource": {"type": "MODEL"}},
                ],
                // The step's own type is missing: the list of actions tells.
                "118000000014": [{"id": "117000000003", "name": "Best mix"}],
            },
            "exportColumns": {"116000000001": ["Product", "Net sales"]},
        }},
    }))
    .unwrap()
}

fn connections() -> Vec<Connection> {
    let all = json!([
        {"connectionId": AZURE, "connectionType": "AzureBlob", "body": {"name": "Raw data"}, "status": 1},
        {"connectionId": S3, "connectionType": "AmazonS3", "body": {"name": "Sales bucket"}, "status": 1,
         "integrationErrorCode": 46},
        {"connectionId": BIGQUERY, "connectionType": "GoogleBigQuery", "body": {"name": "Warehouse"}, "status": 1},
    ]);
    serde_json::from_value(all).unwrap()
}

fn listed() -> ListedObjects {
    ListedObjects::new(connections())
}

fn import(action: &str, file: &str) -> Value {
    json!({
        "type": "AzureBlobToAnaplan",
        "sources": [{"type": "AzureBlob", "connectionId": AZURE, "file": "x.csv"}],
        "targets": [{"type": "Anaplan", "actionId": action, "fileId": file}],
    })
}

fn export(action: &str) -> Value {
    json!({
        "type": "AnaplanToAmazonS3", "sources": [{"type": "Anaplan", "actionId": action}],
        "targets": [{"type": "AmazonS3", "connectionId": S3, "file": "out", "overwrite": true}],
    })
}

fn with(jobs: Value) -> Value {
    json!({"name": "x", "version": "2.0", "workspaceId": WORKSPACE, "modelId": MODEL, "jobs": jobs})
}

fn process(id: &str, jobs: Value) -> Value {
    let mut integration = with(jobs);
    integration["processId"] = json!(id);
    integration
}

fn check(input: &Value) -> Vec<Finding> {
    preflight(input, &directory(), &listed())
}

/// Exactly these rules speak.
#[track_caller]
fn assert_rules(findings: &[Finding], rules: &[Rule]) {
    let found: Vec<Rule> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(found, rules, "{findings:#?}");
}

#[track_caller]
fn only(findings: Vec<Finding>) -> Finding {
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.into_iter().next().unwrap()
}

#[test]
fn what_is_right_draws_nothing_typed_or_as_json() {
    let good = with(json!([import("112000000001", "113000000001")]));
    assert_eq!(check(&good), []);
    let typed = IntegrationInput::try_from(&good).unwrap();
    assert_eq!(preflight(&typed, &directory(), &listed()), []);
    assert_eq!(check(&with(json!([export("116000000001")]))), []);
    let in_process = process(
        "118000000012",
        json!([import("112000000001", "113000000001")]),
    );
    assert_eq!(check(&in_process), []);
    let numbers = with(json!([{
        "type": "AzureBlobToAnaplan",
        "sources": [{"type": "AzureBlob", "connectionId": AZURE, "file": "x.csv"}],
        "targets": [{"type": "Anaplan", "actionId": 112_000_000_001_u64, "fileId": 113_000_000_001_u64}],
    }]));
    assert_eq!(check(&numbers), []);
}

#[test]
fn the_file_that_is_the_import_itself_says_what_it_is() {
    let finding = only(check(&with(json!([import(
        "112000000001",
        "112000000001"
    )]))));
    assert_eq!(finding.rule, Rule::WrongFile);
    assert_eq!(finding.suggestion.as_deref(), Some("113000000001"));
    assert_eq!(
        finding.to_string(),
        "jobs[0].targets[0].fileId: error: 112000000001 is the import *Products from products.csv*, not \
         a file; its file is 113000000001 *products.csv*"
    );
    assert!(finding.rule.is_judged());
}

#[test]
fn the_file_of_another_import_is_not_this_ones() {
    let finding = only(check(&with(json!([import(
        "112000000001",
        "113000000002"
    )]))));
    assert_eq!(
        finding.message,
        "113000000002 is the file *sales.csv*, but the import *Products from products.csv* reads \
         113000000001 *products.csv*"
    );
    let finding = only(check(&with(json!([import(
        "112000000001",
        "113000000009"
    )]))));
    assert_eq!(
        finding.message,
        "113000000009 is a file that is not, or no longer, in this model; the import *Products from \
         products.csv* reads 113000000001 *products.csv*"
    );
    let finding = only(check(&with(json!([import(
        "112000000001",
        "116000000001"
    )]))));
    assert_eq!(
        finding.message,
        "116000000001 is the export *Forecast.csv*, not a file; the file of the import *Products from \
         products.csv* is 113000000001 *products.csv*"
    );
}

#[test]
fn an_action_of_another_kind_says_what_it_is() {
    let finding = only(check(&with(json!([import(
        "113000000001",
        "113000000001"
    )]))));
    assert_eq!(finding.rule, Rule::WrongKind);
    assert_eq!(finding.suggestion.as_deref(), Some("112000000001"));
    assert_eq!(
        finding.message,
        "113000000001 is the file *products.csv*, not an import; the import that reads it is \
         112000000001 *Products from products.csv*"
    );
    let finding = only(check(&with(json!([export("112000000002")]))));
    assert_eq!(
        finding.message,
        "112000000002 is the import *Sales*, not an export"
    );
    let finding = only(check(&process("112000000001", json!([]))));
    assert_eq!(finding.rule, Rule::UnknownProcess);
    assert_eq!(
        finding.message,
        "112000000001 is the import *Products from products.csv*, not a process"
    );
    let finding = only(check(&with(json!([import(
        "117000000003",
        "113000000001"
    )]))));
    assert!(
        finding
            .message
            .starts_with("117000000003 is the action *Best mix*, not an import")
    );
}

#[test]
fn an_action_that_is_gone_and_its_nearest() {
    let finding = only(check(&with(json!([import(
        "112000000009",
        "113000000001"
    )]))));
    assert_eq!(finding.rule, Rule::UnknownAction);
    assert_eq!(
        finding.message,
        "112000000009 is an import that is not, or no longer, in this model (*Demand planning*); did you \
         mean 112000000001 *Products from products.csv*?"
    );
    let by_name = only(check(&process("Load ", json!([]))));
    assert_eq!(by_name.rule, Rule::UnknownProcess);
    assert_eq!(by_name.suggestion.as_deref(), Some("118000000012"));
    let finding = only(check(&process("118000000099", json!([]))));
    assert_eq!(finding.rule, Rule::UnknownProcess);
}

#[test]
fn imports_that_read_no_file() {
    for id in ["112000000003", "112000000004"] {
        let findings = check(&with(json!([import(id, "113000000001")])));
        assert_rules(&findings, &[Rule::NotAFileImport]);
    }
    // The service said of the import itself that it reads a file.
    let mut directory = directory();
    let contents = directory.contents.get_mut(&MODEL.into()).unwrap();
    let source = serde_json::from_value(json!("FILE")).unwrap();
    contents
        .import_sources
        .insert("112000000004".into(), source);
    let input = with(json!([import("112000000004", "102000000004")]));
    assert_eq!(preflight(&input, &directory, &listed()), []);
}

#[test]
fn workspaces_and_models() {
    let mut input = with(json!([export("116000000001")]));
    input["workspaceId"] = json!(FINANCE);
    let finding = only(check(&input));
    assert_eq!(finding.rule, Rule::ModelElsewhere);
    assert_eq!(finding.suggestion.as_deref(), Some(WORKSPACE));
    input["workspaceId"] = json!(MODEL);
    let finding = only(check(&input));
    assert_eq!(finding.rule, Rule::UnknownWorkspace);
    assert!(
        finding
            .message
            .contains("is the model *Demand planning*, not a workspace")
    );
    assert_eq!(finding.suggestion.as_deref(), Some(WORKSPACE));
    input["workspaceId"] = json!(WORKSPACE);
    input["modelId"] = json!(MODEL.to_lowercase());
    let finding = only(check(&input));
    assert_eq!(finding.rule, Rule::UnknownModel);
    assert_eq!(finding.suggestion.as_deref(), Some(MODEL));
    input["modelId"] = json!("Demand planing");
    let finding = only(check(&input));
    assert_eq!(finding.suggestion.as_deref(), Some(MODEL));
    assert!(finding.message.contains("did you mean"), "{finding}");
}

fn in_state(state: &str, input: &Value) -> Vec<Finding> {
    let mut kept = serde_json::to_value(directory()).unwrap();
    kept["models"][0]["activeState"] = json!(state);
    preflight(input, &serde_json::from_value(kept).unwrap(), &listed())
}

#[test]
fn states_of_the_model() {
    let (reads, writes) = (
        with(json!([export("116000000001")])),
        with(json!([import("112000000001", "113000000001")])),
    );
    for fine in ["UNLOCKED", "PRODUCTION"] {
        assert_eq!(in_state(fine, &writes), []);
    }
    assert_rules(&in_state("ARCHIVED", &reads), &[Rule::ModelArchived]);
    assert_rules(&in_state("LOCKED", &writes), &[Rule::ModelLocked]);
    assert_rules(&in_state("LOCKED", &reads), &[Rule::LockedForExport]);
    let cleans = process(
        "118000000012",
        json!([import("112000000001", "113000000001")]),
    );
    assert_rules(&in_state("LOCKED", &cleans), &[Rule::ModelLocked]);
    for offline in ["MAINTENANCE", "PRODUCTION_MAINTENANCE"] {
        assert_rules(&in_state(offline, &writes), &[Rule::ModelInMaintenance]);
    }
    assert_rules(&in_state("FROZEN", &writes), &[Rule::UnknownModelState]);
}

#[test]
fn processes_and_their_jobs() {
    let optimizer = check(&process("118000000014", json!([])));
    assert_rules(&optimizer, &[Rule::OptimizerStep]);
    let without = check(&process("118000000012", json!([])));
    assert_rules(&without, &[Rule::StepWithoutJob]);
    assert_eq!(without[0].severity(), Severity::Warning);
    let job = import("112000000001", "113000000001");
    let twice = check(&process("118000000012", json!([job, job])));
    assert_rules(&twice, &[Rule::ActionNamedTwice]);
    let no_step = check(&process(
        "118000000012",
        json!([job, import("112000000002", "113000000002")]),
    ));
    assert_rules(&no_step, &[Rule::NotAStep]);
    let two = check(&with(json!([job, job])));
    assert_rules(&two, &[Rule::SeveralJobs, Rule::ActionNamedTwice]);
}

#[test]
fn connections_by_their_state_type_and_workspace() {
    let input = |connection: &str| {
        let mut job = import("112000000001", "113000000001");
        job["sources"][0]["connectionId"] = json!(connection);
        with(json!([job]))
    };
    let typo = only(check(&input(&AZURE.replace("705", "706"))));
    assert_eq!(typo.rule, Rule::UnknownConnection);
    assert_eq!(typo.suggestion.as_deref(), Some(AZURE));
    let by_name = only(check(&input("raw data")));
    assert_eq!(by_name.suggestion.as_deref(), Some(AZURE));
    let other = only(check(&input(S3)));
    assert_eq!(other.rule, Rule::WrongConnectionType);
    assert_eq!(other.suggestion.as_deref(), Some(AZURE));
    let mut all = connections();
    all[0].status = Some(0);
    all[0].workspace_id = Some(FINANCE.into());
    let findings = preflight(&input(AZURE), &directory(), &ListedObjects::new(all));
    assert_rules(
        &findings,
        &[Rule::BrokenConnection, Rule::ConnectionElsewhere],
    );
    // A code alone does not mean that it is broken.
    assert_eq!(check(&with(json!([export("116000000001")]))), []);
}

#[test]
fn columns_of_an_export_to_a_table_and_the_file_of_an_export() {
    let input = with(json!([{
        "type": "AnaplanToGoogleBigQuery", "sources": [{"type": "Anaplan", "actionId": "116000000001"}],
        "targets": [{"type": "GoogleBigQuery", "connectionId": BIGQUERY, "table": "t"}],
        "mapping": [{"sourceName": "Prodcut", "targetName": "product"}],
    }]));
    assert_rules(
        &check(&input),
        &[Rule::UnknownColumn, Rule::ColumnWithSpaces],
    );
    let mut job = export("116000000001");
    job["sources"][0]["fileId"] = json!("113000000001");
    assert_rules(&check(&with(json!([job]))), &[Rule::ExportFile]);
    job["sources"][0]["fileId"] = json!("116000000001");
    assert_eq!(check(&with(json!([job]))), []);
}

#[test]
fn what_could_not_be_looked_at_is_said_and_nothing_else_of_it() {
    let mut directory = directory();
    let contents = directory.contents.get_mut(&MODEL.into()).unwrap();
    contents.imports = None;
    directory.unseen.push(Unseen::new(
        Kind::Import,
        Some(MODEL.into()),
        404,
        "Not Found",
    ));
    let input = with(json!([import("112000000009", "113000000009")]));
    let finding = only(preflight(&input, &directory, &listed()));
    assert_eq!(finding.rule, Rule::NotLookedAt);
    assert_eq!(
        finding.message,
        "the imports of the model *Demand planning* are not visible to you: 404 Not Found"
    );
    let finding = only(
        preflight(&input, &directory, &ListedObjects::default())
            .into_iter()
            .filter(|one| one.path.ends_with("connectionId"))
            .collect(),
    );
    assert_eq!(finding.message, "the connections were not looked at");
    for (status, rule) in [(404, Rule::NoModelAccess), (424, Rule::ModelOffline)] {
        let mut closed = self::directory();
        closed.contents.clear();
        for kind in [Kind::Import, Kind::Export, Kind::Action, Kind::Process] {
            closed
                .unseen
                .push(Unseen::new(kind, Some(MODEL.into()), status, "no"));
        }
        assert_rules(&preflight(&input, &closed, &listed()), &[rule]);
    }
    let nothing = preflight(&input, &Directory::default(), &ListedObjects::default());
    assert!(nothing.iter().any(Finding::is_error), "{nothing:?}");
}

#[test]
fn flows_and_the_integrations_of_their_steps() {
    let integrations: Vec<Integration> = serde_json::from_value(json!([
        {"integrationId": "a1", "name": "First", "workspaceId": WORKSPACE, "modelId": MODEL,
         "processId": "118000000012"},
        {"integrationId": "b2", "name": "Second", "workspaceId": WORKSPACE, "modelId": MODEL,
         "processId": "118000000099"},
    ]))
    .unwrap();
    let listed = listed().with_integrations(integrations);
    let flow = FlowInput::sequence("f", ["a1", "b2", "Second"]);
    let findings = preflight(&flow, &directory(), &listed);
    assert_rules(
        &findings,
        &[
            Rule::StepWithoutJob,
            Rule::UnknownProcess,
            Rule::UnknownIntegration,
        ],
    );
    assert_eq!(findings[1].path, "steps[1].referrer");
    assert!(
        findings[1]
            .message
            .starts_with("*Second*: 118000000099 is a process")
    );
    assert_eq!(findings[2].suggestion.as_deref(), Some("b2"));
    let json = serde_json::to_value(&flow).unwrap();
    assert_eq!(preflight(&json, &directory(), &listed), findings);
}

#[test]
fn a_payload_that_cannot_be_right_is_a_finding() {
    let findings = check(&json!({"workspaceId": WORKSPACE, "modelId": MODEL, "jobs": []}));
    assert!(
        findings.iter().all(|one| one.rule == Rule::InvalidPayload),
        "{findings:?}"
    );
    for odd in [
        json!(null),
        json!([]),
        json!("x"),
        json!({"steps": 7}),
        json!({"jobs": {"a": 1}}),
    ] {
        assert!(PreflightError::of(check(&odd)).is_err(), "{odd}");
    }
}

#[test]
fn findings_are_data() {
    let findings = check(&with(json!([import("112000000001", "112000000001")])));
    let kept = serde_json::to_value(&findings).unwrap();
    assert_eq!(kept[0]["rule"], "WrongFile");
    assert_eq!(kept[0]["found"], "112000000001");
    assert_eq!(
        serde_json::from_value::<Vec<Finding>>(kept).unwrap(),
        findings
    );
    let error = PreflightError::of(findings).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("jobs[0].targets[0].fileId: error: ")
    );
}

/// The guide's table is the code's.
#[test]
fn the_guide_lists_every_rule() {
    let guide = include_str!("../docs/names-and-ids.md");
    for rule in Rule::ALL {
        let kind = match (rule.severity(), rule.is_judged()) {
            (Severity::Warning, _) => "warning",
            (_, true) => "error, judged",
            _ => "error",
        };
        let row = format!(
            "| `{rule}` | {kind} | {} | {} |",
            rule.summary(),
            rule.source()
        );
        assert!(
            guide.contains(&row),
            "missing in docs/names-and-ids.md:\n{row}"
        );
    }
}
