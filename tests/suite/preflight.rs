//! Preflight against the simulator: what it costs, what it says, and that it agrees with what the
//! service does.

use anaplan_sdk::directory::DirectoryOptions;
use anaplan_sdk::models::flows::FlowInput;
use anaplan_sdk::preflight::{Finding, ListedObjects, Rule, preflight};
use anaplan_sdk::{Error, Method};
use cloudworks_sim::{Simulator, estate};
use serde_json::{Value, json};

use super::integration_api::api_requests;
use super::{Client, builder_of, client_of, cloudworks_requests, maybe_async, reply_once, test};

fn import(action: &str, file: &str) -> Value {
    json!({
        "type": "AzureBlobToAnaplan",
        "sources": [{"type": "AzureBlob", "connectionId": estate::AZURE_CONNECTION, "file": "x.csv"}],
        "targets": [{"type": "Anaplan", "actionId": action, "fileId": file}],
    })
}

fn integration(name: &str, jobs: Value) -> Value {
    json!({
        "name": name, "version": "2.0", "workspaceId": estate::WORKSPACE, "modelId": estate::MODEL,
        "jobs": jobs,
    })
}

fn rules(findings: &[Finding]) -> Vec<Rule> {
    findings.iter().map(|finding| finding.rule).collect()
}

#[maybe_async]
#[test]
async fn the_guides_own_example_says_what_is_wrong_with_it() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let input = integration("Blob", json!([import("112000000001", "112000000001")]));
    let findings = client.cw().preflight(&input).await.unwrap();
    assert_eq!(
        findings[0].to_string(),
        "jobs[0].targets[0].fileId: error: 112000000001 is the import *Products from products.csv*, not \
         a file; its file is 113000000001 *products.csv*"
    );
    assert_eq!(findings.len(), 1);
    // It only read: and the service takes it all the same.
    let unsafe_ones = sim.requests().into_iter().filter(|one| one.method != "GET");
    let unsafe_ones: Vec<_> = unsafe_ones
        .filter(|one| !one.path.starts_with("/token"))
        .collect();
    assert_eq!(unsafe_ones.len(), 0, "{unsafe_ones:?}");
    client.cw().create_integration(input).await.unwrap();
}

#[maybe_async]
#[test]
async fn it_costs_about_ten_requests() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let job = import("112000000001", "113000000001");
    let mut input = integration("All", json!([job, import("112000000002", "113000000002")]));
    input["processId"] = json!("118000000012");
    let findings = client.cw().preflight(&input).await.unwrap();
    assert_eq!(findings, []);
    // Workspaces, models, four lists, the steps of the process, the files; and the connections.
    assert_eq!(
        (api_requests(&sim).len(), cloudworks_requests(&sim).len()),
        (8, 1)
    );
    sim.clear_requests();
    // Without jobs, neither files nor connections.
    input["jobs"] = json!([]);
    let findings = client.cw().preflight(&input).await.unwrap();
    assert_eq!(
        rules(&findings),
        [Rule::StepWithoutJob, Rule::StepWithoutJob]
    );
    assert_eq!(
        (api_requests(&sim).len(), cloudworks_requests(&sim).len()),
        (7, 0)
    );
}

#[maybe_async]
#[test]
async fn what_the_lists_leave_open_is_asked_one_by_one() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let input = integration("Stock", json!([import("112000000005", "113000000001")]));
    let findings = client.cw().preflight(&input).await.unwrap();
    assert_eq!(rules(&findings), [Rule::NotAFileImport]);
    let asked = format!("/api/2/0/models/{}/imports/112000000005", estate::MODEL);
    assert!(api_requests(&sim).iter().any(|one| one.path == asked));
    let input = integration(
        "Days",
        json!([{
            "type": "AnaplanToGoogleBigQuery", "sources": [{"type": "Anaplan", "actionId": "116000000002"}],
            "targets": [{"type": "GoogleBigQuery", "connectionId": estate::BIGQUERY_CONNECTION, "table": "t"}],
            "mapping": [{"sourceName": "Produkt", "targetName": "product"}],
        }]),
    );
    let findings = client.cw().preflight(&input).await.unwrap();
    assert_eq!(
        rules(&findings),
        [Rule::UnknownColumn, Rule::ColumnWithSpaces]
    );
}

#[maybe_async]
#[test]
async fn models_that_are_hidden_offline_or_made_up() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let in_model = |model: &str, digit: u8| {
        let (action, file) = (format!("11200000{digit}001"), format!("11300000{digit}001"));
        let mut input = integration("x", json!([import(&action, &file)]));
        input["modelId"] = json!(model);
        input
    };
    for (model, digit, rule) in [
        (estate::ARCHIVED_MODEL, 2, Rule::ModelArchived),
        (estate::LOCKED_MODEL, 3, Rule::ModelLocked),
        (estate::OFFLINE_MODEL, 4, Rule::ModelInMaintenance),
        (estate::HIDDEN_MODEL, 5, Rule::NoModelAccess),
        ("00000000000000000000000000000001", 5, Rule::UnknownModel),
        (estate::BUDGET_MODELS[1], 7, Rule::ModelElsewhere),
        ("..", 7, Rule::UnknownModel),
    ] {
        let findings = client
            .cw()
            .preflight(&in_model(model, digit))
            .await
            .unwrap();
        assert!(rules(&findings).contains(&rule), "{model}: {findings:#?}");
    }
    let member = builder_of(&sim)
        .credentials(anaplan_sdk::Credentials::basic(
            "member@corp.example",
            "password",
        ))
        .build()
        .unwrap();
    let input = in_model(estate::OFFLINE_MODEL, 4);
    let findings = member.cw().preflight(&input).await.unwrap();
    assert_eq!(rules(&findings), [Rule::ModelOffline]);
    let nobody = builder_of(&sim)
        .credentials(anaplan_sdk::Credentials::basic(
            "no-workspace@corp.example",
            "password",
        ))
        .build()
        .unwrap();
    let findings = nobody.cw().preflight(&input).await.unwrap();
    assert!(rules(&findings).starts_with(&[Rule::UnknownWorkspace, Rule::UnknownModel]));
}

#[maybe_async]
#[test]
async fn a_list_that_is_refused_is_said_to_be_and_the_rest_is_checked() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let no = json!({"status": {"code": 404, "message": "Not Found"}});
    let path = format!("/api/2/0/models/{}/imports", estate::MODEL);
    reply_once(&sim, "GET", &path, 404, &no);
    let mut job = import("112000000009", "113000000001");
    job["sources"][0]["connectionId"] = json!(estate::S3_CONNECTION);
    let input = integration("x", json!([job]));
    let findings = client.cw().preflight(&input).await.unwrap();
    assert_eq!(
        rules(&findings),
        [Rule::NotLookedAt, Rule::WrongConnectionType]
    );
    assert!(
        findings[0]
            .message
            .contains("are not visible to you: 404 Not Found")
    );
}

#[maybe_async]
#[test]
async fn asked_to_check_first_it_sends_nothing_that_is_wrong() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let wrong = integration("Wrong", json!([import("112000000001", "113000000002")]));
    let careful = client.cw().with_preflight();
    let refused = careful.create_integration(wrong.clone()).await;
    let Err(Error::Preflight(error)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(rules(&error.findings), [Rule::WrongFile]);
    let refused = careful.update_integration(estate::IMPORT, wrong).await;
    assert!(matches!(refused, Err(Error::Preflight(_))), "{refused:?}");
    let flow = FlowInput::sequence("f", [estate::IMPORT, super::NOBODY]);
    let refused = careful.flows().create_flow(flow.clone()).await;
    let Err(Error::Preflight(error)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(rules(&error.findings), [Rule::UnknownIntegration]);
    let refused = careful.flows().update_flow(estate::FLOW, flow).await;
    assert!(matches!(refused, Err(Error::Preflight(_))), "{refused:?}");
    let done: Vec<_> = sim.log();
    assert!(done.is_empty(), "{done:?}");
    let right = integration("Right", json!([import("112000000001", "113000000001")]));
    careful.create_integration(right).await.unwrap();
    // Whoever only reads is told so before anything is read.
    let reader = builder_of(&sim).read_only(true).build().unwrap();
    sim.clear_requests();
    let right = integration("Again", json!([import("112000000001", "113000000001")]));
    let refused = reader.cw().with_preflight().create_integration(right).await;
    assert!(
        matches!(refused, Err(Error::ReadOnly { .. })),
        "{refused:?}"
    );
    assert_eq!(sim.requests().len(), 0);
}

#[maybe_async]
#[test]
async fn a_refusal_names_preflight_and_is_explained() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let cw = client.cw();
    let input = integration("Wrong", json!([import("112000000009", "113000000001")]));
    let error = cw.create_integration(input.clone()).await.unwrap_err();
    assert_eq!(error.status(), Some(400));
    assert!(
        error.to_string().contains("`client.cw().preflight`"),
        "{error}"
    );
    let findings = cw.explain_refusal(&input, &error).await.unwrap();
    assert_eq!(rules(&findings), [Rule::UnknownAction]);
    sim.clear_requests();
    let other = Error::Config("nothing was sent".into());
    let findings = cw.explain_refusal(&input, &other).await.unwrap();
    assert_eq!((findings.len(), sim.requests().len()), (0, 0));
}

#[maybe_async]
#[test]
async fn the_integrations_of_a_flow_are_looked_into() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let cw = client.cw();
    let flow = FlowInput::sequence("f", [estate::IMPORT, estate::EXPORT, estate::PROCESS]);
    let findings = cw.preflight(&flow).await.unwrap();
    assert_eq!(findings, []);
    let mut job = import("112000000001", "112000000002");
    job["targets"][0]["fileId"] = json!("112000000002");
    let wrong = cw
        .create_integration(integration("Wrong", json!([job])))
        .await
        .unwrap();
    let flow = FlowInput::sequence("f", [estate::IMPORT.into(), wrong]);
    let findings = cw.preflight(&flow).await.unwrap();
    assert_eq!(rules(&findings), [Rule::WrongFile]);
    assert_eq!(findings[0].path, "steps[1].referrer");
    let stored = cw.get_integration(estate::PROCESS).await.unwrap();
    let findings = cw.preflight(&stored).await.unwrap();
    assert_eq!(findings, []);
}

/// Numbers that look like chance, the same each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'t, T: ?Sized>(&mut self, of: &[&'t T]) -> &'t T {
        of[self.throw(of.len())]
    }
}

const HERE: &str = "8a81b09d599f3c6e0159f605560c2630";
const ELSEWHERE: &str = "8a81b09d5e8c6f27015ece3402487d33";
const MODELS: [&str; 3] = [
    "8896D8C366BC48E5A3182B9F5CE10526",
    "3A1F7E1B0C2D4E5F8091A2B3C4D5E6F7",
    "4B2A8F2C1D3E4F608192A3B4C5D6E7F8",
];
const NO_MODEL: &str = "5C3B9A3D2E4F4A718293B4C5D6E7F809";
const CONNECTIONS: [&str; 4] = [
    "00000000000000000000000000000a01",
    "00000000000000000000000000000a02",
    "00000000000000000000000000000a03",
    "00000000000000000000000000000a04",
];

/// A tenant of models with anything in them.
fn any_world(dice: &mut Dice) -> Value {
    let model = |dice: &mut Dice, id: &str| {
        let imports: Vec<_> = (1..=4)
            .map(|n| {
                let source = [
                    format!("11300000000{n}"),
                    String::new(),
                    "102000000001".into(),
                ];
                let source = &source[if dice.throw(3) > 0 { 0 } else { dice.throw(3) }];
                json!({"id": format!("11200000000{n}"), "name": format!("import {n}"),
                       "importType": "MODULE_DATA", "importDataSourceId": source})
            })
            .collect();
        let steps = |dice: &mut Dice| {
            let all = [
                "112000000001",
                "112000000002",
                "112000000003",
                "116000000001",
                "117000000001",
                "117000000002",
            ];
            let mut steps: Vec<_> = all.into_iter().filter(|_| dice.throw(2) == 0).collect();
            if dice.throw(6) == 0 {
                steps.push("117000000003");
            }
            steps
        };
        let states = [
            "UNLOCKED",
            "UNLOCKED",
            "PRODUCTION",
            "LOCKED",
            "ARCHIVED",
            "MAINTENANCE",
        ];
        json!({
            "id": id, "name": "A model", "workspaceId": if dice.throw(4) == 0 { ELSEWHERE } else { HERE },
            "activeState": dice.pick(&states), "noAccess": dice.throw(8) == 0,
            "files": (1..=4).map(|n| json!({"id": format!("11300000000{n}"), "name": "data.csv"})).collect::<Vec<_>>(),
            "imports": imports,
            "exports": [{"id": "116000000001", "name": "a"}, {"id": "116000000002", "name": "b"}],
            "actions": [
                {"id": "117000000001", "name": "Clear", "actionType": "DELETE_BY_SELECTION"},
                {"id": "117000000002", "name": "Dashboard"},
                {"id": "117000000003", "name": "Best mix", "actionType": "OPTIMIZER"},
            ],
            "processes": [
                {"id": "118000000001", "name": "one", "steps": steps(dice)},
                {"id": "118000000002", "name": "two", "steps": steps(dice)},
            ],
        })
    };
    let models: Vec<_> = MODELS.into_iter().map(|id| model(dice, id)).collect();
    let azure = |id: &str, more: Value| {
        let mut body = json!({"name": id, "storageAccountName": "s", "containerName": "c", "sasToken": "sp=rl", "authMethod": "SAS-based"});
        body.as_object_mut()
            .unwrap()
            .extend(more["body"].as_object().cloned().unwrap_or_default());
        let mut connection = json!({"connectionId": id, "type": "AzureBlob", "body": body});
        if more["status"] == 0 {
            connection["status"] = json!(0);
        }
        connection
    };
    let s3 = json!({"connectionId": CONNECTIONS[3], "type": "AmazonS3", "body": {
        "name": "s3", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "secretAccessKey": "x", "bucketName": "b",
    }});
    json!({
        "workspaces": [{"id": HERE, "name": "Here"}, {"id": ELSEWHERE, "name": "Elsewhere"}],
        "models": models,
        "connections": [
            azure(CONNECTIONS[0], json!({})), azure(CONNECTIONS[1], json!({"status": 0})),
            azure(CONNECTIONS[2], json!({"body": {"workspaceId": ELSEWHERE}})), s3,
        ],
    })
}

/// Most of it is right, and anything may be wrong.
fn any_integration(dice: &mut Dice, name: &str) -> Value {
    fn usually<'t>(dice: &mut Dice, right: &[&'t str], wrong: &[&'t str]) -> &'t str {
        let wrong_this_time = dice.throw(8) == 0;
        dice.pick(if wrong_this_time { wrong } else { right })
    }
    let imports = [
        "112000000001",
        "112000000002",
        "112000000003",
        "112000000004",
    ];
    let workspace = usually(
        dice,
        &[HERE],
        &[ELSEWHERE, "8a81b09d5e8c6f270000000000000000"],
    );
    let model = usually(dice, &MODELS, &[NO_MODEL]);
    let job = |dice: &mut Dice| {
        let (kind, good): (&str, &[&str]) = match dice.throw(4) {
            0 => ("AmazonS3", &[CONNECTIONS[3]]),
            _ => ("AzureBlob", &[CONNECTIONS[0]]),
        };
        let connection = usually(dice, good, &CONNECTIONS);
        if dice.throw(3) > 0 {
            let action = usually(
                dice,
                &imports,
                &["112000000009", "116000000001", "113000000001"],
            );
            let own = action.replacen("112", "113", 1);
            let file = usually(dice, &[&own], &["113000000002", "112000000001"]);
            json!({
                "type": format!("{kind}ToAnaplan"),
                "sources": [{"type": kind, "connectionId": connection, "file": "x"}],
                "targets": [{"type": "Anaplan", "actionId": action, "fileId": file}],
            })
        } else {
            let exports = ["116000000001", "116000000002"];
            let action = usually(dice, &exports, &["112000000001", "116000000009"]);
            json!({
                "type": format!("AnaplanTo{kind}"),
                "sources": [{"type": "Anaplan", "actionId": action}],
                "targets": [{"type": kind, "connectionId": connection, "file": "x", "overwrite": false}],
            })
        }
    };
    let mut all =
        json!({"name": name, "version": "2.0", "workspaceId": workspace, "modelId": model});
    let is_process = dice.throw(2) == 0;
    let count = match is_process {
        true => dice.throw(3),
        false => 1 + usize::from(dice.throw(10) == 0),
    };
    let jobs: Vec<_> = (0..count).map(|_| job(dice)).collect();
    if is_process {
        let known = ["118000000001", "118000000002"];
        all["processId"] = json!(usually(dice, &known, &["118000000009", "112000000001"]));
    }
    if count > 0 || !is_process {
        all["jobs"] = json!(jobs);
    }
    all
}

/// Whether the service refuses it, or its first run fails; in its words. What was created is noted.
#[maybe_async]
async fn what_the_service_does(
    client: &Client,
    integration: &Value,
    made: &mut Vec<String>,
) -> Result<(), String> {
    let body = Some(integration.clone());
    let created = client.request(Method::POST, "integrations", body).await;
    let created = created.map_err(|error| error.to_string())?;
    let id = created["integration"]["integrationId"]
        .as_str()
        .unwrap()
        .to_owned();
    made.push(id.clone());
    let run = client.cw().run_integration(id).await.unwrap();
    let status = client.cw().get_run_status(run).await.unwrap();
    match status.success {
        Some(true) => Ok(()),
        _ => Err(format!("the run failed: {:?}", status.message)),
    }
}

/// The same of a flow: each of its steps has to end well.
#[maybe_async]
async fn what_the_service_does_with_a_flow(
    sim: &Simulator,
    client: &Client,
    flow: &FlowInput,
) -> Result<(), String> {
    let flows = client.cw().flows();
    let created = flows.create_flow(flow.clone()).await;
    let id = created.map_err(|error| error.to_string())?;
    flows.run_flow(&id).await.unwrap();
    sim.finish_runs();
    let ended = flows.get_flow(&id).await.unwrap();
    for step in &ended.steps {
        let run = step.latest_run.as_ref();
        if run.and_then(|run| run.success) != Some(true) {
            return Err(format!("{:?} did not succeed: {run:?}", step.name));
        }
    }
    Ok(())
}

#[maybe_async]
#[test]
async fn it_has_an_error_exactly_when_the_service_refuses_or_the_first_run_fails() {
    let (mut errors, mut fine, mut flows) = (0, 0, [0, 0]);
    for (round, strict) in [false, true].into_iter().cycle().take(16).enumerate() {
        let mut dice = Dice(round as u64 + 1);
        let sim = Simulator::builder()
            .seed(any_world(&mut dice))
            .strict(strict)
            .run_duration(std::time::Duration::ZERO)
            .start();
        let client = client_of(&sim);
        let models = MODELS.into_iter().chain([NO_MODEL]);
        let options = DirectoryOptions::builder()
            .models(models)
            .files(true)
            .steps(true)
            .build();
        let directory = client.read_directory(&options).await.unwrap();
        let connections = client.cw().list_connections().await.unwrap();
        let listed = ListedObjects::new(connections);
        let mut made = Vec::new();
        for n in 0..40 {
            let input = any_integration(&mut dice, &format!("{round}.{n}"));
            let findings = preflight(&input, &directory, &listed);
            let counts = |one: &&Finding| one.is_error() && (strict || !one.rule.is_judged());
            let expected = findings.iter().any(|one| counts(&one));
            let found = what_the_service_does(&client, &input, &mut made).await;
            assert_eq!(
                expected,
                found.is_err(),
                "{input:#}\n{findings:#?}\n{found:?}"
            );
            if expected {
                errors += 1;
            } else {
                fine += 1;
            }
            if n % 10 == 0 {
                let read = client.cw().preflight(&input).await.unwrap();
                let of = |findings: &[Finding]| {
                    let errors = findings.iter().filter(|one| one.is_error());
                    errors
                        .map(|one| (one.rule, one.path.clone()))
                        .collect::<Vec<_>>()
                };
                assert_eq!(of(&read), of(&findings), "{input:#}");
            }
        }
        let mut details = Vec::new();
        for id in &made {
            details.push(client.cw().get_integration(id).await.unwrap());
        }
        let integrations = client.cw().list_integrations().await.unwrap();
        let mut listed = listed.with_integrations(integrations);
        listed.details = details;
        made.push(super::NOBODY.to_owned());
        for n in 0..12 {
            let (first, second) = (dice.throw(made.len()), dice.throw(made.len()));
            if first == second {
                continue;
            }
            let flow = FlowInput::sequence(format!("{n}"), [&made[first], &made[second]]);
            let findings = preflight(&flow, &directory, &listed);
            let counts = |one: &&Finding| one.is_error() && (strict || !one.rule.is_judged());
            let expected = findings.iter().any(|one| counts(&one));
            let found = what_the_service_does_with_a_flow(&sim, &client, &flow).await;
            assert_eq!(
                expected,
                found.is_err(),
                "{flow:#?}\n{findings:#?}\n{found:?}"
            );
            flows[usize::from(expected)] += 1;
        }
    }
    assert!(
        errors > 100 && fine > 100,
        "{errors} with errors, {fine} without"
    );
    assert!(flows.iter().all(|flows| *flows > 20), "{flows:?}");
}
