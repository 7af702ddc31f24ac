use std::io::Read as _;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use cloudworks_sim::{Simulator, estate};
use serde_json::json;

use crate::client::Client;

#[test]
fn the_same_over_http() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let outcome = json!({"id": estate::IMPORT, "outcome": {"kind": "partial", "total": 10, "failed": 1, "duration_ms": 1}});
    assert_eq!(client.control("POST", "next-run", outcome)["ok"], true);
    client
        .post_nothing(&format!("/integrations/{}/run", estate::IMPORT))
        .ok();
    client.control("POST", "finish-runs", json!({}));
    let state = client.control("GET", "state", json!(null));
    let runs = state["runs"].as_array().unwrap();
    assert_eq!(runs.last().unwrap()["state"], "partial");
    assert_eq!(
        state["connections"][0]["body"]["secretAccessKey"],
        "[redacted]"
    );

    client.control(
        "POST",
        "add-history",
        json!({"id": estate::NEVER_RUN, "runs": 30}),
    );
    assert_eq!(simulator.runs_of(estate::NEVER_RUN), 30);
    client.control(
        "POST",
        "dump-size",
        json!({"run": estate::FAILED_RUN, "bytes": 500}),
    );
    assert_eq!(
        client
            .get(&format!("/integrations/run/{}/dumps", estate::FAILED_RUN))
            .body
            .len(),
        500
    );

    client.control(
        "POST",
        "faults",
        json!({"kind": "status", "status": 503, "message": "Busy", "times": 1}),
    );
    client.get("/integrations").is(503, "Busy");
    client.control("POST", "faults", json!({"kind": "html"}));
    client.control("DELETE", "faults", json!(null));
    client.get("/integrations").ok();
    let flood = client.control("POST", "faults", json!({"kind": "flood"}));
    let problem = flood["problem"].as_str().unwrap();
    assert!(
        problem.starts_with("no such fault: \"flood\"; known: reset_on_accept, refuse, delay, "),
        "{problem}"
    );
    client.control(
        "POST",
        "reply-once",
        json!({"path": "/2/0/integrations", "json": {"a": 1}}),
    );
    assert_eq!(client.get("/integrations").json(), json!({"a": 1}));

    let requests = client.control("GET", "requests", json!(null));
    assert_eq!(
        requests["requests"][0]["method"], "POST",
        "the controls are not recorded"
    );
    assert_eq!(
        client.control("GET", "log", json!(null))["log"][0]["noun"],
        "run"
    );
    client.control("POST", "clear", json!({}));
    assert!(simulator.requests().is_empty() && simulator.log().is_empty());
    client.control("POST", "advance", json!({"seconds": 36 * 60}));
    assert_eq!(client.get("/integrations").status, 401);
    client.control("POST", "revoke-tokens", json!({}));
    let token = client.control("POST", "issue-token", json!({}))["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let header = format!("AnaplanAuthToken {token}");
    assert_eq!(
        client
            .ask(
                "GET",
                "/2/0/integrations",
                &[("authorization", &header)],
                None
            )
            .unwrap()
            .status,
        200
    );
    client.control("POST", "reset", json!({}));
    assert_eq!(simulator.runs_of(estate::NEVER_RUN), 0);
}

#[test]
fn a_seed_in_place_of_the_estate() {
    let seed = json!({
        "connections": [{"type": "AmazonS3", "body": {
            "name": "Bucket", "accessKeyId": "a", "secretAccessKey": "b", "bucketName": "c"}}],
        "integrations": [
            {"name": "In", "history": 12, "nextRuns": [{"kind": "failure"}], "jobs": [{
                "type": "AmazonS3ToAnaplan",
                "sources": [{"type": "AmazonS3", "connectionId": "Bucket", "file": "f.csv"}],
                "targets": [{"type": "Anaplan", "actionId": "112000000001", "fileId": "113000000001"}]}]},
            {"name": "Then", "processId": "118000000001"},
        ],
        "flows": [{"name": "Both", "steps": [{"referrer": "In"}, {"referrer": "Then"}]}],
    });
    let simulator = Simulator::builder().seed(seed).start();
    let client = Client::new(&simulator);
    let id = simulator.integration_id("In").unwrap();
    assert_eq!(simulator.runs_of(&id), 12);
    assert!(simulator.connection_id("Bucket").is_some());
    client
        .post_nothing(&format!(
            "/integrationflows/{}/run",
            simulator.flow_id("Both").unwrap()
        ))
        .ok();
    simulator.finish_runs();
    assert_eq!(
        simulator.runs_of(&simulator.integration_id("Then").unwrap()),
        0,
        "the first step failed"
    );
    let wrong = Simulator::builder()
        .seed(json!({"flows": [{"name": "x", "steps": []}]}))
        .try_start()
        .unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "seed: flows[0]: Integration flow has to have at least two enabled steps"
    );
}

#[test]
fn requests_side_by_side_are_counted() {
    let simulator = Simulator::builder()
        .latency(Duration::from_millis(200))
        .start();
    let clients: Vec<Client> = (0..4).map(|_| Client::new(&simulator)).collect();
    thread::scope(|scope| {
        for client in &clients {
            scope.spawn(|| client.get("/integrations").ok());
        }
    });
    assert!((2..=4).contains(&simulator.max_in_flight()));
    assert_eq!(simulator.requests_to("get", "/2/0/integrations").len(), 4);
}

#[test]
fn dropping_stops_it() {
    let simulator = Simulator::start();
    let mut stream = TcpStream::connect(("127.0.0.1", simulator.port())).unwrap();
    assert!(
        Simulator::builder()
            .port(simulator.port())
            .try_start()
            .is_err()
    );
    drop(simulator);
    assert!(!matches!(stream.read(&mut [0]), Ok(1..)));
}

#[test]
fn threads_may_share_it() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Simulator>();
}

#[test]
fn an_unknown_field_is_told_with_what_is_known() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let id = estate::IMPORT;
    for (control, body, problem) in [
        (
            "next-run",
            json!({"id": id, "outcom": {}}),
            r#"unknown field "outcom"; known: id, outcome"#,
        ),
        (
            "next-run",
            json!({"id": id, "outcome": {"kind": "failure", "duration": 5}}),
            "unknown field \"duration\"; known: kind, total, failed, code, message, error, dump, \
             without_dump, refuses_cancel, duration_ms, queued_ms, lag_ms, phases",
        ),
        (
            "next-run",
            json!({"id": id, "outcome": {"kind": "partial", "failed": "3"}}),
            "failed: expected a whole number from 0",
        ),
        (
            "add-history",
            json!({"id": id, "runs": -1}),
            "runs: expected a whole number from 0",
        ),
        (
            "faults",
            json!({"kind": "delay", "seconds": 1}),
            "unknown field \"seconds\"; known: kind, method, path, times, after, probability, seed, \
             processed, ms",
        ),
        (
            "advance",
            json!({"second": 5}),
            r#"unknown field "second"; known: seconds"#,
        ),
        (
            "reset",
            json!({"all": true}),
            r#"unknown field "all"; known: no fields"#,
        ),
        (
            "oauth-code",
            json!(["client_id"]),
            "expected an object, with client_id",
        ),
    ] {
        let answer = client.control("POST", control, body);
        assert_eq!(answer["problem"], problem, "{control}");
    }
    let unknown = client.control("POST", "next-runs", json!({}));
    let known = unknown["problem"].as_str().unwrap();
    assert!(
        known.starts_with("no such control; known: state, requests, ")
            && known.contains("next-run"),
        "{known}"
    );
    assert!(simulator.log().is_empty(), "nothing was done");
}

/// The vendor's own interface offers these, and clients refuse others.
#[test]
fn the_estate_has_time_zones_that_the_service_offers() {
    let state = Simulator::start().state();
    let zones: Vec<&str> = ["integrations", "flows"]
        .iter()
        .flat_map(|list| state[list].as_array().unwrap())
        .filter_map(|each| each["schedule"]["timezone"].as_str())
        .collect();
    assert_eq!(zones.len(), 3);
    assert!(
        zones
            .iter()
            .all(|zone| ["Europe/Paris", "Greenwich"].contains(zone)),
        "{zones:?}"
    );
}
