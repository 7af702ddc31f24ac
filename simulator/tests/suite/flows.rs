use std::time::Duration;

use cloudworks_sim::{Outcome, Simulator, SimulatorBuilder, estate};
use serde_json::{Value, json};

use crate::client::Client;

const FIRST: &str = "840ccd8a279a454d99577d9538f24f09";
const SECOND: &str = "c0fa795faac047468a59c8dbe3752d75";

fn patient() -> SimulatorBuilder {
    Simulator::builder().run_duration(Duration::from_secs(1000))
}

fn step(referrer: &str, depends_on: Value, failure: &str) -> Value {
    json!({
        "type": "Integration", "referrer": referrer, "isSkipped": false, "dependsOn": depends_on,
        "exceptionBehavior": [
            {"type": "failure", "strategy": failure}, {"type": "partial_success", "strategy": "continue"},
        ],
    })
}

fn flow(name: &str, steps: Value) -> Value {
    json!({"name": name, "version": "2.0", "type": "IntegrationFlow", "steps": steps})
}

fn create(client: &Client, body: Value) -> String {
    client.post("/integrationflows", body).ok()["integrationFlow"]["integrationFlowId"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn read(client: &Client, id: &str) -> Value {
    client.get(&format!("/integrationflows/{id}")).ok()["integrationFlow"].clone()
}

#[test]
fn the_flow_of_the_guide() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let mut first = step(FIRST, json!([]), "stop");
    first.as_object_mut().unwrap().remove("dependsOn");
    let id = create(
        &client,
        flow(
            "My Flow",
            json!([first, step(SECOND, json!([FIRST]), "stop")]),
        ),
    );
    let found = read(&client, &id);
    assert_eq!(
        (&found["stepsCount"], &found["version"]),
        (&json!(2), &json!("2.0"))
    );
    assert_eq!(
        (&found["steps"][0]["type"], &found["steps"][1]["type"]),
        (&json!("Import"), &json!("Export"))
    );
    assert_eq!(
        found["steps"][0]["createdDate"],
        "2026-05-04 08:15:00.000000+00:00"
    );
    assert_eq!(found["steps"][0]["modifiedBy"], "None");
    assert_eq!(found.get("latestRun"), None);
    let path = format!("/integrationflows/{id}");
    client
        .put(
            &path,
            flow(
                "Renamed",
                json!([
                    step(FIRST, json!([]), "stop"),
                    step(SECOND, json!([FIRST]), "stop")
                ]),
            ),
        )
        .ok();
    assert_eq!(simulator.flow_id("Renamed"), Some(id));
    client.delete(&path).ok();
    assert_eq!(client.get(&path).status, 404);
    assert!(
        simulator.integration_id("Products from blob").is_some(),
        "the steps' integrations stay"
    );
}

#[test]
fn bodies_are_checked() {
    let simulator = Simulator::builder().strict(true).start();
    let client = Client::new(&simulator);
    let post = |steps: Value| client.post("/integrationflows", flow("Refused", steps));
    let few = "Integration flow has to have at least two enabled steps";
    post(json!([step(FIRST, json!([]), "stop")])).is(400, few);
    let mut skipped = step(SECOND, json!([FIRST]), "stop");
    skipped["isSkipped"] = json!(true);
    post(json!([step(FIRST, json!([]), "stop"), skipped])).is(400, few);
    let invalid = "Invalid request body";
    post(json!([
        step(FIRST, json!([SECOND]), "stop"),
        step(SECOND, json!([FIRST]), "stop")
    ]))
    .is(400, invalid);
    post(json!([
        step(FIRST, json!([]), "ignore"),
        step(SECOND, json!([FIRST]), "stop")
    ]))
    .is(400, invalid);
    let mut bare = step(SECOND, json!([FIRST]), "stop");
    bare.as_object_mut().unwrap().remove("exceptionBehavior");
    post(json!([step(FIRST, json!([]), "stop"), bare])).is(400, invalid);
    client
        .post(
            "/integrationflows",
            flow(
                "Nightly",
                json!([
                    step(FIRST, json!([]), "stop"),
                    step(SECOND, json!([FIRST]), "stop")
                ]),
            ),
        )
        .is(400, "Duplicate resource name not allowed");
}

#[test]
fn a_step_that_hangs_in_the_air_is_taken_and_corrupts_the_flow() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let id = create(
        &client,
        flow(
            "Broken",
            json!([
                step(FIRST, json!([]), "stop"),
                step(SECOND, json!([]), "stop")
            ]),
        ),
    );
    assert_eq!(
        client
            .post_nothing(&format!("/integrationflows/{id}/run"))
            .status,
        500
    );
}

#[test]
fn steps_run_one_after_the_other() {
    let simulator = patient().start();
    let client = Client::new(&simulator);
    let started = client
        .post_nothing(&format!("/integrationflows/{}/run", estate::FLOW))
        .ok();
    let run = started["run"]["id"].as_str().unwrap();
    assert_eq!(
        client.get(&format!("/integrations/run/{run}")).status,
        404,
        "there is no status call for it"
    );
    assert_eq!(
        (
            simulator.runs_of(estate::IMPORT),
            simulator.runs_of(estate::EXPORT)
        ),
        (5, 1)
    );
    assert_eq!(
        read(&client, estate::FLOW)["latestRun"]["message"],
        "Running"
    );
    assert_eq!(
        client
            .post_nothing(&format!("/integrationflows/{}/run", estate::FLOW))
            .status,
        409
    );
    assert_eq!(
        client
            .post_nothing(&format!("/integrations/{}/run", estate::IMPORT))
            .status,
        409
    );
    simulator.advance(Duration::from_secs(1001));
    assert_eq!(
        (
            simulator.runs_of(estate::IMPORT),
            simulator.runs_of(estate::EXPORT)
        ),
        (5, 2)
    );
    simulator.advance(Duration::from_secs(1001));
    let ended = read(&client, estate::FLOW);
    assert_eq!(
        (
            &ended["latestRun"]["message"],
            &ended["latestRun"]["success"]
        ),
        (&json!("Success"), &json!(true))
    );
    assert_eq!(
        ended["steps"][1]["latestRun"]["triggerSource"],
        "manual_inf"
    );
    let first = client
        .get(&format!(
            "/integrations/runs/{}?limit=1&offset=0",
            estate::IMPORT
        ))
        .ok();
    let id = first["history_of_runs"]["runs"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let status = client.get(&format!("/integrations/run/{id}")).ok()["run"].clone();
    assert_eq!(
        (&status["flowGroupId"], &status["triggerSource"]),
        (&json!(estate::FLOW), &json!("manual_inf"))
    );
}

#[test]
fn skipped_and_chosen_steps() {
    let simulator = Simulator::builder().strict(true).start();
    let client = Client::new(&simulator);
    let path = format!("/integrationflows/{}/run", estate::NIGHTLY_FLOW);
    client.post_nothing(&path).ok();
    simulator.finish_runs();
    assert_eq!(simulator.runs_of(estate::NEVER_RUN), 0, "skipped");
    assert_eq!(simulator.runs_of(estate::PROCESS), 2);
    client
        .post(&path, json!({"stepsToRun": [estate::PROCESS]}))
        .ok();
    simulator.finish_runs();
    assert_eq!(
        (
            simulator.runs_of(estate::PROCESS_ONLY),
            simulator.runs_of(estate::PROCESS)
        ),
        (2, 3)
    );
    client
        .post(&path, json!({"stepsToRun": ["nobody"]}))
        .is(400, "Invalid request body");
    client
        .post(&path, json!({"steps": []}))
        .is(400, "Invalid request body");
}

#[test]
fn failures_in_each_position() {
    for (failing, strategy, others, success) in [
        (0, "stop", 0, false),
        (0, "continue", 2, true),
        (1, "stop", 1, false),
        (2, "stop", 2, false),
    ] {
        let simulator = Simulator::start();
        let client = Client::new(&simulator);
        let all = [estate::IMPORT, estate::EXPORT, estate::NEVER_RUN];
        let steps = json!([
            step(all[0], json!([]), strategy),
            step(all[1], json!([all[0]]), strategy),
            step(all[2], json!([all[1]]), strategy),
        ]);
        let id = create(&client, flow("Three", steps));
        simulator.next_run(all[failing], Outcome::failure());
        simulator.clear_log();
        client
            .post_nothing(&format!("/integrationflows/{id}/run"))
            .ok();
        simulator.finish_runs();
        let started = simulator
            .log()
            .into_iter()
            .filter(|done| done.noun == "run")
            .count();
        assert_eq!(started, others + 1, "failing {failing}, {strategy}");
        let latest = read(&client, &id)["latestRun"].clone();
        assert_eq!(latest["success"], success, "failing {failing}, {strategy}");
        assert!(latest["endDate"].is_string());
    }
}

#[test]
fn cancelling_a_step_stops_the_flow() {
    let simulator = patient().start();
    let client = Client::new(&simulator);
    client
        .post_nothing(&format!("/integrationflows/{}/run", estate::FLOW))
        .ok();
    client
        .post_nothing(&format!("/integrations/{}/cancel", estate::IMPORT))
        .ok();
    let ended = read(&client, estate::FLOW);
    assert_eq!(ended["latestRun"]["message"], "Cancelled");
    assert_eq!(simulator.runs_of(estate::EXPORT), 1);
}
