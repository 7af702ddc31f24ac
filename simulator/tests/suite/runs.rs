use std::time::Duration;

use cloudworks_sim::{Outcome, Simulator, estate};
use serde_json::{Value, json};

use crate::client::Client;

fn run(client: &Client, integration: &str) -> String {
    let started = client
        .post_nothing(&format!("/integrations/{integration}/run"))
        .ok();
    started["run"]["id"].as_str().unwrap().to_owned()
}

fn status(client: &Client, run: &str) -> Value {
    client.get(&format!("/integrations/run/{run}")).ok()["run"].clone()
}

#[test]
fn a_run_runs_and_ends() {
    let simulator = Simulator::builder()
        .run_duration(Duration::from_secs(3600))
        .start();
    let client = Client::new(&simulator);
    let id = run(&client, estate::IMPORT);
    let running = status(&client, &id);
    assert_eq!(running["message"], "Running");
    assert_eq!(running.get("endDate"), None);
    assert_eq!(running["integrationId"], estate::IMPORT);
    assert_eq!(running["triggerSource"], "manual");
    simulator.finish_runs();
    let ended = status(&client, &id);
    assert_eq!(
        (&ended["message"], &ended["success"]),
        (&json!("Success"), &json!(true))
    );
    assert!(ended["endDate"].is_string());
    assert_eq!(
        client.get(&format!("/integrations/runerror/{id}")).ok()["runs"],
        json!({})
    );
    client
        .get(&format!("/integrations/run/{id}/dumps"))
        .is(404, "Your integration run was successful / no errors");
    let latest = client
        .get(&format!("/integrations/{}", estate::IMPORT))
        .ok()["integration"]["latestRun"]
        .clone();
    assert_eq!(latest["message"], "Success");
    assert_eq!(latest.get("id"), None);
    assert_eq!(simulator.runs_of(estate::IMPORT), 5);
}

#[test]
fn outcomes_are_as_ordered() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let of = |outcome: Outcome| {
        simulator.next_run(estate::IMPORT, outcome);
        let id = run(&client, estate::IMPORT);
        simulator.finish_runs();
        (status(&client, &id), id)
    };
    let (partial, id) = of(Outcome::partial(100, 2));
    assert_eq!(
        (&partial["success"], &partial["executionErrorCode"]),
        (&json!(true), &json!(38))
    );
    assert!(partial["message"].as_str().unwrap().contains("98"));
    let dump = client.get(&format!("/integrations/run/{id}/dumps"));
    assert_eq!(
        (dump.status, dump.kind.as_str(), dump.text().lines().count()),
        (200, "text/csv", 3)
    );
    let (failed, id) = of(Outcome::failure()
        .message("Bad")
        .code(7)
        .error("Very bad")
        .dump("a,_Line_\r\n"));
    assert_eq!(
        (&failed["success"], &failed["executionErrorCode"]),
        (&json!(false), &json!(7))
    );
    assert_eq!(failed["message"], "Bad");
    let errors =
        client.get(&format!("/integrations/runerror/{id}")).ok()["runs"]["errorMessages"].clone();
    assert_eq!(errors[0]["errorMessage"][0]["localMessageText"], "Very bad");
    assert_eq!(errors[0]["failureDumpGenerated"], true);
    assert_eq!(
        client.get(&format!("/integrations/run/{id}/dumps")).text(),
        "a,_Line_\r\n"
    );
    let (cancelled, _) = of(Outcome::cancelled());
    assert_eq!(
        (&cancelled["success"], &cancelled["message"]),
        (&json!(false), &json!("Cancelled"))
    );
}

#[test]
fn a_run_in_the_queue_cannot_be_cancelled() {
    let simulator = Simulator::builder()
        .run_duration(Duration::from_secs(3600))
        .start();
    let client = Client::new(&simulator);
    simulator.next_run(
        estate::IMPORT,
        Outcome::success().queued_for(Duration::from_secs(60)),
    );
    let id = run(&client, estate::IMPORT);
    assert_eq!(status(&client, &id)["message"], "Queued");
    let cancel = format!("/integrations/{}/cancel", estate::IMPORT);
    assert_eq!(client.post_nothing(&cancel).status, 404);
    simulator.advance(Duration::from_secs(61));
    assert_eq!(status(&client, &id)["message"], "Running");
    client.post_nothing(&cancel).ok();
    assert_eq!(status(&client, &id)["message"], "Cancelled");
}

#[test]
fn a_status_may_lag_and_have_phases() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let outcome = Outcome::success()
        .lasting(Duration::from_secs(100))
        .status_lag(Duration::from_secs(100))
        .phases(["Downloading", "Importing"]);
    simulator.next_run(estate::IMPORT, outcome);
    let id = run(&client, estate::IMPORT);
    assert_eq!(status(&client, &id)["message"], "Downloading");
    simulator.advance(Duration::from_secs(60));
    assert_eq!(status(&client, &id)["message"], "Importing");
    simulator.advance(Duration::from_secs(60));
    assert_eq!(
        status(&client, &id).get("endDate"),
        None,
        "it has ended, but the service does not say so"
    );
    assert_eq!(
        client
            .post_nothing(&format!("/integrations/{}/cancel", estate::IMPORT))
            .status,
        409
    );
    simulator.advance(Duration::from_secs(100));
    assert_eq!(status(&client, &id)["message"], "Success");
}

#[test]
fn a_long_history_comes_in_pages_newest_first() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    simulator.add_history(estate::NEVER_RUN, 3000);
    let path = format!("/integrations/runs/{}", estate::NEVER_RUN);
    let page = client.get(&format!("{path}?limit=1000&offset=2900")).ok();
    assert_eq!(
        page["history_of_runs"]["runs"].as_array().unwrap().len(),
        100
    );
    assert_eq!(page["history_of_runs"]["totalRuns"], 3000);
    let newest =
        client.get(&format!("{path}?limit=2&offset=0")).ok()["history_of_runs"]["runs"].clone();
    assert!(newest[0]["startDate"].as_str() > newest[1]["startDate"].as_str());
    assert!(newest[0]["lastRun"].is_i64());
    let empty = client
        .get(&format!(
            "/integrations/runs/{}?limit=2&offset=0",
            estate::IMPORT
        ))
        .ok();
    assert_eq!(empty["history_of_runs"]["integrationType"], "Import");
}

#[test]
fn an_integration_without_runs_has_no_list_of_them() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let history = client
        .get(&format!("/integrations/runs/{}", estate::NEVER_RUN))
        .ok()["history_of_runs"]
        .clone();
    assert_eq!(
        (history.get("runs"), &history["totalRuns"]),
        (None, &json!(0))
    );
}

#[test]
fn the_estate_has_runs_to_look_at() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    assert_eq!(
        status(&client, estate::SUCCESSFUL_RUN)["message"],
        "Success"
    );
    assert_eq!(
        status(&client, estate::PARTIAL_RUN)["executionErrorCode"],
        38
    );
    assert_eq!(
        status(&client, estate::FAILED_RUN)["executionErrorCode"],
        12
    );
    assert_eq!(
        client
            .get(&format!("/integrations/run/{}/dumps", estate::FAILED_RUN))
            .text()
            .lines()
            .count(),
        4
    );
    let process = estate::FAILED_PROCESS_RUN;
    assert_eq!(status(&client, process)["message"], "Process failed");
    let dump = format!(
        "/integrations/run/{process}/process/import/{}/dumps",
        estate::FAILED_ACTION
    );
    assert_eq!(client.get(&dump).status, 200);
    assert_eq!(
        client
            .get(&format!("/integrations/run/{process}/dumps"))
            .status,
        404
    );
    let errors = client
        .get(&format!("/integrations/runerror/{process}"))
        .ok();
    assert_eq!(
        errors["runs"]["errorMessages"][0]["actionId"],
        estate::FAILED_ACTION
    );
}

#[test]
fn a_dump_has_the_size_that_was_asked_for() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    for size in [0, 10, 47, 48, 300, 1_000_000] {
        assert!(simulator.set_dump_size(estate::FAILED_RUN, size));
        let dump = client.get(&format!("/integrations/run/{}/dumps", estate::FAILED_RUN));
        assert_eq!(dump.body.len() as u64, size);
        assert!(size < 300 || dump.text().lines().all(|line| line.split(',').count() == 6));
    }
}
