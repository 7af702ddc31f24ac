//! Fills a world with the estate.

use serde_json::{Value, json};

use crate::estate::{
    AZURE_CONNECTION, BIGQUERY_CONNECTION, EXPORT, FAILED_PROCESS_RUN, FAILED_RUN, FLOW, IMPORT,
    MODEL, NEVER_RUN, NIGHTLY_FLOW, PARTIAL_RUN, PROCESS, PROCESS_ONLY, S3_CONNECTION,
    SUCCESSFUL_RUN, USER_EMAIL, WORKSPACE,
};
use crate::state::check::Object;
use crate::state::clock::{self, Millis};
use crate::state::connection::{self, Connection};
use crate::state::flow_run::FlowRun;
use crate::state::outcome::Outcome;
use crate::state::run::{MANUAL, SCHEDULED, SCHEDULED_FLOW};
use crate::state::runner::Started;
use crate::state::schedule;
use crate::state::user::User;
use crate::state::world::World;

/// The runs of the steps of [`FLOW`], when it ran by its schedule.
const FLOW_STEP_RUNS: [&str; 2] = [
    "4e0a3fdc21b8497f8c35d6e7a9b0c1d2",
    "0b1c2d3e4f5a46b7a8c9d0e1f2a3b4c5",
];

const DUMP: &str = "Product,Region,Amount,_Line_,_Error_1_\r\n\
    Apples,North,12a,2,Amount: value is not a number\r\n\
    \"Pears, green\",South,n/a,5,Amount: value is not a number\r\n\
    Plums,,7,9,Region: item not located in list\r\n";

/// Fills an empty world.
pub(crate) fn furnish(world: &mut World) {
    let ada = User::of(USER_EMAIL);
    let made = at("2026-05-04T08:15:00Z");
    connect(world, &ada, made);
    for (id, body) in integrations() {
        let body = object(body);
        let refused = world.create_integration(id.into(), body, &ada, made).err();
        debug_assert_eq!(refused, None);
    }
    for (id, body) in flows() {
        let refused = world
            .create_flow(id.into(), &object(body), &ada, made)
            .err();
        debug_assert_eq!(refused, None);
    }
    schedule(
        world,
        IMPORT,
        json!({
            "name": "Every working day", "type": "weekly", "time": "06:30", "daysOfWeek": [1, 2, 3, 4, 5],
            "startDate": "2026-05-04", "endDate": "2027-12-31", "timezone": "Europe/Paris",
        }),
    );
    schedule(
        world,
        PROCESS_ONLY,
        json!({"name": "At night", "type": "daily", "time": "01:00", "startDate": "2026-05-04", "timezone": "UTC"}),
    );
    history(world, &ada);
}

fn connect(world: &mut World, ada: &User, made: Millis) {
    let all = [
        (
            S3_CONNECTION,
            "AmazonS3",
            json!({
                "name": "Sales bucket", "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
                "secretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "bucketName": "acme-sales",
            }),
        ),
        (
            AZURE_CONNECTION,
            "AzureBlob",
            json!({
                "name": "Raw data", "storageAccountName": "acmestorage", "containerName": "raw",
                "sasToken": "sp=rl&st=2026-05-01T00:00:00Z&sig=EXAMPLE", "authMethod": "SAS-based",
            }),
        ),
        (
            BIGQUERY_CONNECTION,
            "GoogleBigQuery",
            json!({
                "name": "Warehouse", "dataset": "planning",
                "serviceAccountKey": {
                    "type": "service_account", "projectId": "acme-planning", "privateKeyId": "0123456789abcdef",
                    "privateKey": "-----BEGIN PRIVATE KEY-----\nEXAMPLE\n-----END PRIVATE KEY-----\n",
                    "clientEmail": "anaplan@acme-planning.iam.gserviceaccount.com", "clientId": "104242424242",
                    "authUri": "https://accounts.google.com/o/oauth2/auth",
                    "tokenUri": "https://oauth2.googleapis.com/token",
                    "authProviderX509CertUrl": "https://www.googleapis.com/oauth2/v1/certs",
                    "clientX509CertUrl": "https://www.googleapis.com/robot/v1/metadata/x509/anaplan",
                },
            }),
        ),
    ];
    for (id, kind, body) in all {
        let body = connection::complete(kind, object(body));
        debug_assert!(body.is_ok(), "{kind}");
        let Ok(body) = body else { continue };
        let mut connection = Connection::new(id.into(), kind, body, &ada.display_name(), made);
        // An error code without being broken: it has been seen.
        connection.error_code = (kind == "AmazonS3").then_some(46);
        world.connections.push(connection);
    }
}

fn import_job(kind: &str, connection: &str, file: &str, action: &str, target: &str) -> Value {
    json!({
        "type": format!("{kind}ToAnaplan"),
        "sources": [{"type": kind, "connectionId": connection, "file": file}],
        "targets": [{"type": "Anaplan", "actionId": action, "fileId": target}],
    })
}

fn integrations() -> [(&'static str, Value); 5] {
    let azure = import_job(
        "AzureBlob",
        AZURE_CONNECTION,
        "products.csv",
        "112000000001",
        "113000000001",
    );
    let s3 = import_job(
        "AmazonS3",
        S3_CONNECTION,
        "2026/sales.csv",
        "112000000002",
        "113000000002",
    );
    let bigquery = json!({
        "type": "AnaplanToGoogleBigQuery",
        "sources": [{"type": "Anaplan", "actionId": "116000000001"}],
        "targets": [{"type": "GoogleBigQuery", "connectionId": BIGQUERY_CONNECTION, "table": "forecast", "overwrite": true}],
        "mapping": [
            {"sourceName": "Product", "targetName": "product"},
            {"sourceName": "Forecast", "targetName": "forecast"},
        ],
    });
    let with = |name: &str, more: Value| {
        let mut body = object(more);
        body.insert("name".into(), json!(name));
        body.insert("version".into(), json!("2.0"));
        body.insert("workspaceId".into(), json!(WORKSPACE));
        body.insert("modelId".into(), json!(MODEL));
        Value::Object(body)
    };
    [
        (IMPORT, with("Products from blob", json!({"jobs": [azure]}))),
        (
            EXPORT,
            with(
                "Forecast to warehouse",
                json!({"jobs": [bigquery], "nuxVisible": true}),
            ),
        ),
        (
            PROCESS,
            with(
                "Load everything",
                json!({"processId": "118000000012", "jobs": [azure, s3]}),
            ),
        ),
        (
            PROCESS_ONLY,
            with("Nightly clean-up", json!({"processId": "118000000013"})),
        ),
        (NEVER_RUN, with("Sales from bucket", json!({"jobs": [s3]}))),
    ]
}

fn step(referrer: &str, depends_on: &[&str], is_skipped: bool) -> Value {
    json!({
        "type": "Integration", "referrer": referrer, "dependsOn": depends_on, "isSkipped": is_skipped,
        "exceptionBehavior": [
            {"type": "failure", "strategy": "stop"},
            {"type": "partial_success", "strategy": "continue"},
        ],
    })
}

fn flows() -> [(&'static str, Value); 2] {
    let with = |name: &str, steps: Value| json!({"name": name, "version": "2.0", "type": "IntegrationFlow", "steps": steps});
    [
        (
            FLOW,
            with(
                "Refresh and publish",
                json!([step(IMPORT, &[], false), step(EXPORT, &[IMPORT], false)]),
            ),
        ),
        (
            NIGHTLY_FLOW,
            with(
                "Nightly",
                json!([
                    step(PROCESS_ONLY, &[], false),
                    step(NEVER_RUN, &[PROCESS_ONLY], true),
                    step(PROCESS, &[PROCESS_ONLY], false),
                ]),
            ),
        ),
    ]
}

fn history(world: &mut World, ada: &User) {
    let past = [
        (
            SUCCESSFUL_RUN,
            IMPORT,
            "2026-06-08T04:30:06Z",
            SCHEDULED,
            Outcome::success(),
        ),
        (
            FAILED_RUN,
            IMPORT,
            "2026-06-09T04:30:04Z",
            SCHEDULED,
            Outcome::failure().dump(DUMP),
        ),
        (
            PARTIAL_RUN,
            IMPORT,
            "2026-06-09T09:12:41Z",
            MANUAL,
            Outcome::partial(1200, 3).dump(DUMP),
        ),
        (
            FLOW_STEP_RUNS[0],
            IMPORT,
            "2026-06-10T04:30:05Z",
            SCHEDULED_FLOW,
            Outcome::success(),
        ),
        (
            FLOW_STEP_RUNS[1],
            EXPORT,
            "2026-06-10T04:30:50Z",
            SCHEDULED_FLOW,
            Outcome::success(),
        ),
        (
            FAILED_PROCESS_RUN,
            PROCESS,
            "2026-06-10T07:45:00Z",
            MANUAL,
            Outcome::failure().dump(DUMP),
        ),
        (
            "5d6e7f8091a24b3c8d4e5f60718293a4",
            PROCESS_ONLY,
            "2026-06-11T01:00:02Z",
            SCHEDULED,
            Outcome::success(),
        ),
    ];
    for (id, integration, start, trigger, outcome) in past {
        let outcome = outcome.lasting(std::time::Duration::from_secs(45));
        let started = Started {
            id: id.into(),
            integration: integration.into(),
            by: ada.display_name(),
            trigger,
            flow_group: FLOW_STEP_RUNS.contains(&id).then(|| FLOW.to_owned()),
            at: at(start),
        };
        world.play(started, outcome);
        if let Some(integration) = world.integration_mut(integration) {
            integration.runs.push(id.into());
        }
    }
    let (start, end) = (at("2026-06-10T04:30:05Z"), at("2026-06-10T04:31:35Z"));
    let run = world.chance.hex();
    if let Some(flow) = world.flows.iter_mut().find(|flow| flow.id == FLOW) {
        flow.run = Some(FlowRun::past(run, &ada.display_name(), start, end));
        flow.step_runs = [IMPORT, EXPORT]
            .map(str::to_owned)
            .into_iter()
            .zip(FLOW_STEP_RUNS.map(str::to_owned))
            .collect();
        flow.schedule = schedule::complete(object(json!({
            "name": "Every morning", "type": "daily", "time": "06:30",
            "startDate": "2026-05-04", "timezone": "Europe/Paris",
        })))
        .ok();
    }
}

fn schedule(world: &mut World, integration: &str, schedule: Value) {
    let schedule = schedule::complete(object(schedule));
    debug_assert!(schedule.is_ok());
    if let Some(integration) = world.integration_mut(integration) {
        integration.schedule = schedule.ok();
    }
}

fn at(time: &str) -> Millis {
    clock::parse(time).unwrap_or_default()
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}
