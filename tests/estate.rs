//! Estates without a network: what uses what, what is left to read, snapshots without secrets.
#![cfg(feature = "estate")]

use anaplan_sdk::directory::Kind;
use anaplan_sdk::estate::{
    ChangeKind, Depth, Estate, EstateDiff, EstateOptions, Gap, ModelSelection, Subject,
};
use anaplan_sdk::models::cloud_works::*;
use serde_json::{Value, json};

fn estate_of(value: Value) -> Estate {
    serde_json::from_value(value).unwrap()
}

/// Two integrations over two connections, and a flow of both.
fn small() -> Value {
    json!({
        "version": 1,
        "readAt": "2026-11-25T06:41:00Z",
        "readAs": {"id": "u1", "email": "ada.planner@example.com"},
        "depths": ["lists", "flows", "jobs"],
        "connections": [
            {"connectionId": "c1", "connectionType": "AzureBlob", "body": {"name": "Raw data"}, "status": 1},
            {"connectionId": "c2", "connectionType": "GoogleBigQuery", "body": {"name": "Warehouse"}, "status": 1},
        ],
        "integrations": [
            {"integrationId": "i1", "name": "Products", "modelId": "M1", "notificationId": "n1"},
            {"integrationId": "i2", "name": "Forecast", "modelId": "M1", "processId": "118000000012"},
        ],
        "flows": [{"id": "f1", "name": "Nightly"}],
        "mine": {"integrations": ["i1"], "flows": []},
        "jobs": {
            "i1": {"integrationId": "i1", "jobs": [{"sources": [{"connectionId": "c1"}]}]},
            "i2": {"integrationId": "i2", "jobs": [
                {"sources": [{"connectionId": "c1"}]}, {"targets": [{"connectionId": "c2"}]},
            ]},
        },
        "steps": {"f1": {"id": "f1", "steps": [
            {"referrer": "i1", "modelId": "M1"}, {"referrer": "i2", "modelId": "M2", "dependsOn": ["i1"]},
        ]}},
    })
}

#[test]
fn what_uses_what_in_both_directions() {
    let estate = estate_of(small());
    let links = estate.links();
    let [i1, i2] = ["i1", "i2"].map(IntegrationId::from);
    assert_eq!(links.integrations_of_connection(&"c1".into()), [&i1, &i2]);
    assert_eq!(links.integrations_of_connection(&"c2".into()), [&i2]);
    assert_eq!(
        links.integrations_of_connection(&"c3".into()),
        [] as [&IntegrationId; 0]
    );
    let [c1, c2] = ["c1", "c2"].map(ConnectionId::from);
    assert_eq!(links.connections_of_integration(&i2), [&c1, &c2]);
    assert_eq!(links.integrations_of_flow(&"f1".into()), [&i1, &i2]);
    assert_eq!(links.flows_of_integration(&i1), [&"f1"]);
    assert_eq!(links.integrations_of_model(&"M1".into()), [&i1, &i2]);
    assert_eq!(links.models_of_integration(&i1), [&"M1"]);
    assert_eq!(links.flows_of_model(&"M2".into()), [&"f1"]);
    assert_eq!(links.models_of_flow(&"f1".into()), [&"M1", &"M2"]);
    assert_eq!(estate.is_my_integration(&i1), Some(true));
    assert_eq!(estate.is_my_integration(&i2), Some(false));
    assert_eq!(estate.is_my_flow(&"f1".into()), Some(false));
    assert_eq!(Estate::default().is_my_flow(&"f1".into()), None);
}

#[test]
fn a_snapshot_goes_out_and_in_unchanged() {
    let mut estate = estate_of(small());
    let subject = Subject::new(Kind::Integration, "i3", "Hidden");
    estate
        .gaps
        .push(Gap::new(Depth::Jobs, subject, Some(404), "Not found"));
    let text = serde_json::to_string(&estate).unwrap();
    assert_eq!(serde_json::from_str::<Estate>(&text).unwrap(), estate);
    assert_eq!(
        estate.gaps[0].to_string(),
        "jobs: integration *Hidden* (i3) could not be read: 404 Not found"
    );
}

#[test]
fn a_snapshot_of_a_later_form_is_refused_by_its_version() {
    let mut later = small();
    later["version"] = json!(2);
    let error = serde_json::from_value::<Estate>(later).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[test]
fn a_snapshot_holds_no_secret_under_whatever_name_it_came() {
    let mut value = small();
    value["connections"][0]["body"] = json!({
        "name": "Raw data", "containerName": "raw", "accessKeyId": "AKIA", "sasToken": "hush-1",
        "secretAccessKey": "hush-2", "client_secret": "hush-3", "region": "eu-west-1",
        "serviceAccountKey": {"privateKey": "hush-4", "privateKeyId": "k1"},
        "extra": [{"Password": "hush-5", "private-key": "hush-6", "kept": 1}],
    });
    value["connections"][1]["storageAccountKey"] = json!("hush-7");
    let text = serde_json::to_string(&estate_of(value)).unwrap();
    assert!(!text.contains("hush"), "{text}");
    for kept in ["AKIA", "raw", "eu-west-1", "\"kept\":1"] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
}

#[test]
fn prices_are_those_of_what_is_left_to_read() {
    let since = "2026-11-01T00:00:00Z".parse().unwrap();
    let everything = EstateOptions::everything(since);
    let prices = |estate: &Estate, options: &EstateOptions| -> Vec<String> {
        estate
            .prices(options)
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let unknown = |depth: &str| format!("{depth}: not known before the lists were read");
    assert_eq!(
        prices(&Estate::default(), &everything),
        [
            "lists: 7 requests or more".to_owned(),
            unknown("flows"),
            unknown("jobs"),
            unknown("notifications"),
            unknown("history"),
            unknown("models"),
            "users: 1 request or more".to_owned(),
        ]
    );
    let mut value = small();
    value["jobs"].as_object_mut().unwrap().remove("i2");
    value["histories"] = json!({
        "i1": {"since": "2026-10-01T00:00:00Z", "readAt": "2026-11-25T06:41:00Z", "runs": []},
        // Not as far back as is asked for.
        "i2": {"since": "2026-11-20T00:00:00Z", "readAt": "2026-11-25T06:41:00Z", "runs": []},
    });
    let mut estate = estate_of(value);
    assert_eq!(
        prices(&estate, &everything),
        [
            "lists: 0 requests",
            "flows: 0 requests",
            "jobs: 1 request",
            // Only one has a notification configuration.
            "notifications: 1 request",
            "history: 1 request or more",
            // Two lists, two models of four lists each, and the process of one.
            "models: 11 requests or more",
            "users: 1 request or more",
        ]
    );
    estate.directory = Some(Default::default());
    let one = EstateOptions::builder()
        .models(ModelSelection::Only(vec!["M2".into()]))
        .build();
    assert_eq!(
        prices(&estate, &one),
        ["lists: 0 requests", "models: 4 requests or more"]
    );
}

/// The small estate after this change.
fn changed(change: impl Fn(&mut Value)) -> Estate {
    let mut value = small();
    change(&mut value);
    estate_of(value)
}

#[test]
fn a_diff_names_each_field_that_has_changed() {
    let later = changed(|e| {
        e["connections"][0]["body"]["name"] = json!("Raw data EU");
        e["connections"][0]["modificationDate"] = json!("2026-11-24T10:00:00Z");
        e["integrations"][0]["schedule"] = json!({"type": "daily", "time": "07:15"});
        e["jobs"]["i1"]["jobs"][0]["sources"][0]["file"] = json!("new.csv");
        e["jobs"]["i2"]["jobs"].as_array_mut().unwrap().pop();
        e["steps"]["f1"]["steps"][1]["isSkipped"] = json!(true);
    });
    let diff = estate_of(small()).diff(&later);
    let lines = [
        "~ connection *Raw data EU* (c1)",
        "    body.name: \"Raw data\" -> \"Raw data EU\"",
        "    modificationDate: nothing -> \"2026-11-24T10:00:00Z\"",
        "~ integration *Products* (i1)",
        "    schedule: nothing -> {\"time\":\"07:15\",\"type\":\"daily\"}",
        "    jobs[0].sources[0].file: nothing -> \"new.csv\"",
        "~ integration *Forecast* (i2)",
        "    jobs[1]: {\"targets\":[{\"connectionId\":\"c2\"}]} -> nothing",
        "~ flow *Nightly* (f1)",
        "    steps[1].isSkipped: nothing -> true",
    ];
    assert_eq!(diff.to_string(), lines.join("\n"));
    let value = serde_json::to_value(&diff).unwrap();
    assert_eq!(value["changes"][0]["fields"][0]["from"], "Raw data");
    assert_eq!(serde_json::from_value::<EstateDiff>(value).unwrap(), diff);
}

#[test]
fn a_diff_tells_what_was_added_and_removed_by_its_id() {
    let later = changed(|e| {
        e["integrations"][0]["integrationId"] = json!("i0");
        e["connections"].as_array_mut().unwrap().pop();
    });
    let diff = estate_of(small()).diff(&later);
    assert_eq!(
        diff.to_string(),
        "- connection *Warehouse* (c2)\n+ integration *Products* (i0)\n- integration *Products* (i1)"
    );
    assert!(!diff.is_of_different_users);
    let kinds: Vec<ChangeKind> = diff.changes.iter().map(|change| change.kind).collect();
    assert_eq!(
        kinds,
        [ChangeKind::Removed, ChangeKind::Added, ChangeKind::Removed]
    );
}

#[test]
fn runs_and_what_one_of_the_two_has_not_read_are_no_change() {
    let later = changed(|e| {
        e["integrations"][0]["latestRun"] =
            json!({"success": true, "startDate": "2026-11-25T05:00:00Z"});
        e["steps"]["f1"]["steps"][0]["latestRun"] = json!({"success": true});
        // A gap.
        e["jobs"].as_object_mut().unwrap().remove("i1");
    });
    let diff = estate_of(small()).diff(&later);
    assert!(diff.is_empty(), "{diff}");
    let lists = changed(|e| {
        e["depths"] = json!(["lists"]);
        for name in ["flows", "jobs", "steps"] {
            e.as_object_mut().unwrap().remove(name);
        }
        e["readAs"]["id"] = json!("u2");
    });
    let diff = estate_of(small()).diff(&lists);
    assert!(diff.is_empty(), "{diff}");
    assert!(diff.not_compared.iter().eq(&[Depth::Flows, Depth::Jobs]));
    assert!(diff.is_of_different_users);
}

#[test]
fn a_diff_tells_of_models_that_were_archived_and_users_who_left_and_shows_no_secret() {
    let with = |state: &str, active: bool, token: &str| {
        changed(|e| {
            e["depths"] = json!(["lists", "flows", "jobs", "models", "users"]);
            e["directory"] = json!({"models": [{"id": "M1", "name": "Plan", "activeState": state, "memoryUsage": 5}]});
            e["users"] = json!([{"id": "u3", "email": "carl@example.com", "active": active}]);
            e["connections"][0]["body"]["sasToken"] = json!(token);
        })
    };
    let diff = with("UNLOCKED", true, "hush-1").diff(&with("ARCHIVED", false, "hush-2"));
    assert_eq!(
        diff.to_string(),
        "~ user *carl@example.com* (u3)\n    active: true -> false\n\
         ~ model *Plan* (M1)\n    activeState: \"UNLOCKED\" -> \"ARCHIVED\""
    );
}
