//! What no source says that the service refuses: accepted, or, by a strict simulator, refused.

use cloudworks_sim::{Outcome, Simulator, estate};
use serde_json::{Value, json};

use crate::client::{Client, Reply};

const JSON: (&str, &str) = ("content-type", "application/json");

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

fn process() -> Value {
    json!({
        "name": "New", "version": "2.0", "workspaceId": estate::WORKSPACE, "modelId": estate::MODEL,
        "processId": "118000000012",
    })
}

fn step(referrer: &str, more: Value) -> Value {
    let exceptions = json!([{"type": "failure", "strategy": "stop"}]);
    let step = json!({
        "type": "Integration", "referrer": referrer, "dependsOn": [], "isSkipped": false,
        "exceptionBehavior": exceptions,
    });
    with(step, more)
}

fn create_flow(client: &Client, first: Value, second: Value) -> Reply {
    let first = step(estate::IMPORT, first);
    let flow = json!({"name": "New", "version": "2.0", "type": "IntegrationFlow", "steps": [first, second]});
    client.post("/integrationflows", flow)
}

fn second(more: Value) -> Value {
    step(
        estate::EXPORT,
        with(json!({"dependsOn": [estate::IMPORT]}), more),
    )
}

/// A schedule is created, with more in it and around it.
fn schedule(client: &Client, more: Value, around: Value) -> Reply {
    let daily = json!({
        "name": "s", "type": "daily", "time": "12:45", "startDate": "2026-07-03", "timezone": "UTC",
    });
    let path = format!("/integrations/{}/schedule", estate::EXPORT);
    client.post(&path, with(json!({"schedule": with(daily, more)}), around))
}

fn named() -> Value {
    json!({"integrationId": estate::EXPORT})
}

fn notification_of(client: &Client, integration: &str) -> String {
    let path = format!("/integrations/{integration}");
    let integration = client.get(&path).ok()["integration"].clone();
    integration["notificationId"].as_str().unwrap().to_owned()
}

/// The notification of the export is changed.
fn notify(client: &Client, of: &str, user: &str) -> Reply {
    let id = notification_of(client, estate::EXPORT);
    let body = json!({
        "integrationIds": [of], "channels": ["email"],
        "notifications": {"config": [{"type": "success", "users": [user]}]},
    });
    client.put(&format!("/integrations/notification/{id}"), body)
}

fn connect(client: &Client, kind: &str, body: Value) -> Reply {
    client.post(
        "/integrations/connections",
        json!({"type": kind, "body": body}),
    )
}

/// A request of which no source says that it is refused.
type Guess = (&'static str, fn(&Client) -> Reply);

const GUESSES: [Guess; 17] = [
    ("an unknown query parameter", |client| {
        client.get("/integrations?colour=red")
    }),
    ("a limit that is no number", |client| {
        client.get("/integrations?limit=all")
    }),
    ("another order", |client| {
        client.get("/integrations?sortBy=date")
    }),
    ("a run with a body", |client| {
        let path = format!("/integrations/{}/run", estate::IMPORT);
        client.post(&path, json!({"a": 1}))
    }),
    ("an unknown field of a connection", |client| {
        let body = json!({"name": "New", "accessKeyId": "a", "secretAccessKey": "b", "bucketName": "c", "x": 1});
        connect(client, "AmazonS3", body)
    }),
    ("both spellings of authMethod", |client| {
        let body = json!({
            "name": "New", "storageAccountName": "a", "containerName": "c", "sasToken": "s",
            "authMethod": "SAS-based", "auth_method": "SAS-based",
        });
        connect(client, "AzureBlob", body)
    }),
    ("an unknown field of an integration", |client| {
        client.post("/integrations", with(process(), json!({"colour": "red"})))
    }),
    ("an unknown field of a step", |client| {
        create_flow(client, json!({}), second(json!({"name": "x"})))
    }),
    ("a step whose dependsOn is null", |client| {
        create_flow(client, json!({"dependsOn": null}), second(json!({})))
    }),
    ("one integration twice in a flow", |client| {
        let again = step(estate::IMPORT, json!({"dependsOn": [estate::IMPORT]}));
        create_flow(client, json!({}), again)
    }),
    ("a schedule with a field of another kind", |client| {
        schedule(client, json!({"daysOfWeek": null}), named())
    }),
    ("a schedule that ends before it starts", |client| {
        schedule(client, json!({"endDate": "2026-07-01"}), named())
    }),
    ("a new schedule that names no integration", |client| {
        schedule(client, json!({}), json!({}))
    }),
    ("a schedule that names another integration", |client| {
        let other = json!({"integrationId": estate::NEVER_RUN});
        schedule(client, json!({}), other)
    }),
    ("a notification that names another integration", |client| {
        notify(client, estate::IMPORT, estate::USER)
    }),
    ("a user's id of another form", |client| {
        notify(client, estate::EXPORT, "ada")
    }),
    ("JSON that does not say so", |client| {
        let headers = [
            ("authorization", client.authorization.as_str()),
            ("content-type", "text/plain"),
        ];
        let body = process().to_string();
        let asked = client.ask("POST", "/2/0/integrations", &headers, Some(body.as_bytes()));
        asked.unwrap()
    }),
];

#[test]
fn what_no_source_says_is_accepted() {
    for (guess, ask) in GUESSES {
        let simulator = Simulator::start();
        let reply = ask(&Client::new(&simulator));
        assert_eq!(reply.status, 200, "{guess}: {}", reply.text());
    }
}

#[test]
fn a_strict_simulator_refuses_it() {
    for (guess, ask) in GUESSES {
        let simulator = Simulator::builder().strict(true).start();
        let reply = ask(&Client::new(&simulator));
        assert!(
            matches!(reply.status, 400 | 415),
            "{guess}: {}",
            reply.text()
        );
    }
}

#[test]
fn a_notification_that_names_another_integration_belongs_to_that_one() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let id = notification_of(&client, estate::EXPORT);
    notify(&client, estate::IMPORT, estate::USER).ok();
    assert_eq!(notification_of(&client, estate::IMPORT), id);
    let export = client
        .get(&format!("/integrations/{}", estate::EXPORT))
        .ok();
    assert_eq!(export["integration"]["notificationId"], Value::Null);
}

#[test]
fn a_slip_in_a_seed_is_told_also_by_one_that_is_not_strict() {
    let seed = json!({"integrations": [{"name": "x", "processId": "118000000001", "colour": 1}]});
    let wrong = Simulator::builder().seed(seed).try_start().unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "seed: integrations[0]: Invalid request body"
    );
}

#[test]
fn a_warehouse_has_no_bucket() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let job = |id: &str| {
        let path = format!("/integrations/{id}");
        client.get(&path).ok()["integration"]["jobs"][0].clone()
    };
    let warehouse = job(estate::EXPORT)["targets"][0].clone();
    assert_eq!(warehouse["connectionName"], "Warehouse");
    assert!(warehouse.get("bucketName").is_none(), "{warehouse}");
    assert_eq!(job(estate::IMPORT)["sources"][0]["bucketName"], "raw");
}

#[test]
fn the_device_endpoint_refuses_what_is_no_text_and_whom_it_does_not_know() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let known = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
    let ask = |body: &Value| {
        let text = body.to_string();
        let asked = client.ask("POST", "/oauth/device/code", &[JSON], Some(text.as_bytes()));
        asked.unwrap()
    };
    for (body, status, error) in [
        (
            json!({"client_id": known, "audience": [1]}),
            400,
            "invalid_request",
        ),
        (
            json!({"client_id": known, "scope": 5}),
            400,
            "invalid_request",
        ),
        (
            json!({"client_id": "0".repeat(32)}),
            403,
            "unauthorized_client",
        ),
        (json!({"client_id": "me"}), 403, "unauthorized_client"),
        (json!({"client_id": 5}), 403, "unauthorized_client"),
    ] {
        let reply = ask(&body);
        assert_eq!(reply.status, status, "{body}: {}", reply.text());
        assert_eq!(reply.json()["error"], error, "{body}");
    }
    let good =
        json!({"client_id": known, "scope": "openid", "audience": "https://api.anaplan.com"});
    assert_eq!(ask(&good).status, 200);
}

/// Seen live: a process whose `latestRun` says `Running` may not be cancelled all the same.
#[test]
fn a_cancel_may_be_refused_while_it_runs() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let path = format!("/integrations/{}", estate::PROCESS);
    simulator.next_run(estate::PROCESS, Outcome::never_ends().refuses_cancel());
    client.post_nothing(&format!("{path}/run")).ok();
    let latest = client.get(&path).ok()["integration"]["latestRun"].clone();
    assert_eq!(latest["message"], "Running");
    client.post_nothing(&format!("{path}/cancel")).is(
        409,
        &format!("Integration {} is not in running state", estate::PROCESS),
    );
    client
        .delete(&path)
        .is(409, "Integration is already running");
}
