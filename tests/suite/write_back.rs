//! What was read, written back: nothing changes.

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::*;
use anaplan_sdk::{Error, Method};
use cloudworks_sim::{Simulator, estate};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{Client, client_of, maybe_async, test};

const CASES: usize = 24;

/// What the service answers, without who changed it last, and when.
#[maybe_async]
async fn shown(client: &Client, path: &str, key: &str) -> Value {
    let mut answer = client.request(Method::GET, path, None).await.unwrap();
    let mut value = answer[key].take();
    let fields = value.as_object_mut().expect("an object");
    fields.remove("modificationDate");
    fields.remove("modifiedBy");
    value
}

fn texts() -> impl Strategy<Value = String> {
    "[A-Za-z0-9ÄöéЖ ._-]{0,20}[A-Za-z0-9]"
}

fn job() -> impl Strategy<Value = Value> {
    let storage = [
        ("AmazonS3", estate::S3_CONNECTION),
        ("AzureBlob", estate::AZURE_CONNECTION),
        ("GoogleBigQuery", estate::BIGQUERY_CONNECTION),
    ];
    let parts = (
        select(storage.to_vec()),
        any::<bool>(),
        any::<Option<bool>>(),
        texts(),
    );
    parts.prop_map(|((storage, connection), imports, overwrite, place)| {
        let is_table = storage == "GoogleBigQuery";
        let mut end = json!({"type": storage, "connectionId": connection});
        end[if is_table { "table" } else { "file" }] = json!(place);
        let model = json!({
            "type": "Anaplan",
            "actionId": if imports { "112000000001" } else { "116000000001" },
        });
        if imports {
            let mut model = model;
            model["fileId"] = json!("113000000001");
            json!({"type": format!("{storage}ToAnaplan"), "sources": [end], "targets": [model]})
        } else {
            if let Some(overwrite) = overwrite {
                end["overwrite"] = json!(overwrite);
            }
            let mut job = json!({
                "type": format!("AnaplanTo{storage}"), "sources": [model], "targets": [end],
            });
            if is_table {
                job["mapping"] = json!([{"sourceName": "A", "targetName": place}]);
            }
            job
        }
    })
}

fn integration() -> impl Strategy<Value = Value> {
    let jobs = proptest::collection::vec(job(), 0..4);
    (texts(), any::<Option<bool>>(), any::<bool>(), jobs).prop_map(
        |(name, visible, process, jobs)| {
            let mut integration = json!({
                "name": name, "version": "2.0",
                "workspaceId": estate::WORKSPACE, "modelId": estate::MODEL,
            });
            if let Some(visible) = visible {
                integration["nuxVisible"] = json!(visible);
            }
            match jobs.as_slice() {
                [job] if !process => integration["jobs"] = json!([job]),
                jobs => {
                    integration["processId"] = json!("118000000012");
                    if !jobs.is_empty() {
                        integration["jobs"] = json!(jobs);
                    }
                }
            }
            integration
        },
    )
}

fn schedule() -> impl Strategy<Value = Value> {
    let kinds = prop_oneof![
        (1..25, 0..12_u8, 13..24_u8, day()).prop_map(|(hours, from, to, days)| json!({
            "type": "hourly", "repeatEvery": hours, "daysOfWeek": days,
            "fromTime": format!("{from:02}:15"), "toTime": format!("{to:02}:45"),
        })),
        (0..24_u8).prop_map(|hour| json!({"type": "daily", "time": format!("{hour:02}:15")})),
        (0..24_u8, day()).prop_map(|(hour, days)| json!({
            "type": "weekly", "time": format!("{hour:02}:00"), "daysOfWeek": days,
        })),
        (1..32).prop_map(|day| json!({
            "type": "monthly_specific_day", "time": "04:30", "dayOfMonth": day,
        })),
        (1..6, 0..7).prop_map(|(which, day)| json!({
            "type": "monthly_relative_weekday", "time": "04:30", "dayOfWeek": day,
            "repeatEvery": which,
        })),
    ];
    (kinds, texts(), any::<bool>()).prop_map(|(mut schedule, name, ends)| {
        schedule["name"] = json!(name);
        schedule["timezone"] = json!("Europe/Paris");
        schedule["startDate"] = json!("2031-07-03");
        if ends {
            schedule["endDate"] = json!("2031-12-01");
        }
        schedule
    })
}

fn day() -> impl Strategy<Value = Vec<u8>> {
    proptest::sample::subsequence(vec![0, 1, 2, 3, 4, 5, 6], 1..=7)
}

fn flow() -> impl Strategy<Value = Value> {
    let ids = [
        estate::IMPORT,
        estate::EXPORT,
        estate::PROCESS,
        estate::PROCESS_ONLY,
        estate::NEVER_RUN,
    ];
    let behavior = (
        select(vec!["stop", "continue"]),
        select(vec!["stop", "continue"]),
    );
    let details = proptest::collection::vec((any::<bool>(), proptest::option::of(behavior)), 3..=5);
    (texts(), details).prop_map(move |(name, details)| {
        let steps = details.iter().enumerate().map(|(i, (skipped, behavior))| {
            let mut step = json!({"type": "Integration", "referrer": ids[i]});
            if i > 0 {
                step["dependsOn"] = json!([ids[i - 1]]);
            }
            if i > 1 {
                step["isSkipped"] = json!(skipped);
            }
            if let Some((failure, partial)) = behavior {
                step["exceptionBehavior"] = json!([
                    {"type": "failure", "strategy": failure},
                    {"type": "partial_success", "strategy": partial},
                ]);
            }
            step
        });
        let steps: Vec<Value> = steps.collect();
        json!({"name": name, "version": "2.0", "type": "IntegrationFlow", "steps": steps})
    })
}

#[maybe_async]
#[test]
async fn an_integration_written_back_is_unchanged() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let mut runner = TestRunner::deterministic();
    for i in 0..CASES {
        let mut payload = integration().new_tree(&mut runner).unwrap().current();
        payload["name"] = json!(format!("{} {i}", payload["name"].as_str().unwrap()));
        let id = client.cw().create_integration(payload).await.unwrap();
        let planned = schedule().new_tree(&mut runner).unwrap().current();
        client.cw().create_schedule(&id, planned).await.unwrap();
        let path = format!("integrations/{id}");
        let before = shown(&client, &path, "integration").await;

        let read = client.cw().get_integration(&id).await.unwrap();
        let input = IntegrationInput::try_from(&read).unwrap();
        client.cw().update_integration(&id, input).await.unwrap();
        let process = IntegrationProcessInput::try_from(&read);
        let is_process_only = read.process_id.is_some() && read.jobs.is_empty();
        assert_eq!(process.is_ok(), is_process_only, "{read:?}");
        if let Ok(process) = process {
            client.cw().update_integration(&id, process).await.unwrap();
        }
        let planned = ScheduleInput::try_from(read.schedule.as_ref().unwrap()).unwrap();
        client.cw().update_schedule(&id, planned).await.unwrap();
        let after = shown(&client, &path, "integration").await;
        assert_eq!(after, before);
        // A reply itself is an input as well.
        client.cw().update_integration(&id, &read).await.unwrap();
        let after = shown(&client, &path, "integration").await;
        assert_eq!(after, before);
    }
}

#[maybe_async]
#[test]
async fn a_flow_written_back_is_unchanged() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let mut runner = TestRunner::deterministic();
    for i in 0..CASES {
        let mut payload = flow().new_tree(&mut runner).unwrap().current();
        payload["name"] = json!(format!("{} {i}", payload["name"].as_str().unwrap()));
        let id = client.cw().flows().create_flow(payload).await.unwrap();
        let path = format!("integrationflows/{id}");
        let before = shown(&client, &path, "integrationFlow").await;
        let read = client.cw().flows().get_flow(&id).await.unwrap();
        let input = FlowInput::try_from(&read).unwrap();
        client.cw().flows().update_flow(&id, input).await.unwrap();
        let after = shown(&client, &path, "integrationFlow").await;
        assert_eq!(after, before);
    }
}

#[maybe_async]
#[test]
async fn a_notification_configuration_written_back_is_unchanged() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let of = IntegrationId::from(estate::IMPORT);
    let id = client.cw().get_notification_config(&of).await.unwrap().id;
    let path = format!("integrations/notification/{id}");
    for (channels, outcomes) in [
        (vec!["email"], vec!["success"]),
        (vec!["in_app"], vec!["partial_failure", "full_failure"]),
        (
            vec!["email", "in_app"],
            vec!["success", "partial_failure", "full_failure"],
        ),
    ] {
        let rules = outcomes
            .iter()
            .map(|of| json!({"type": of, "users": [estate::USER]}));
        let payload = json!({
            "integrationIds": [estate::IMPORT], "channels": channels,
            "notifications": {"config": rules.collect::<Vec<_>>()},
        });
        client
            .cw()
            .update_notification_config(&id, payload)
            .await
            .unwrap();
        let before = shown(&client, &path, "notifications").await;
        let read = client.cw().get_notification_config(&id).await.unwrap();
        let input = NotificationConfigInput::try_from(&read).unwrap();
        client
            .cw()
            .update_notification_config(&id, input)
            .await
            .unwrap();
        let after = shown(&client, &path, "notifications").await;
        assert_eq!(after, before);
    }
}

/// There is no GET of one connection.
#[maybe_async]
#[test]
async fn a_connection_written_back_with_its_secret_is_unchanged() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let key = json!({
        "type": "service_account", "project_id": "p", "private_key_id": "k",
        "private_key": "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n",
        "client_email": "c@p.iam.gserviceaccount.com", "client_id": "1",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/c",
    });
    let strip = |mut all: Vec<Connection>| {
        for one in &mut all {
            (one.modification_date, one.modified_by) = (None, None);
            // What was wrong with the secret before.
            one.integration_error_code = None;
        }
        all
    };
    let all = client.cw().list_connections().await.unwrap();
    for read in &all {
        let secret = match read.connection_type {
            Some(ConnectionType::GoogleBigQuery) => key.to_string(),
            _ => "sp=rwl&sig=new".to_owned(),
        };
        let body = ConnectionBodyInput::from_read(read, secret).unwrap();
        client.cw().update_connection(&read.id, body).await.unwrap();
    }
    let after = client.cw().list_connections().await.unwrap();
    assert_eq!(strip(after), strip(all));
}

#[maybe_async]
#[test]
async fn what_cannot_be_written_back_is_told() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let read: SingleIntegration = serde_json::from_value(json!({
        "integrationId": estate::IMPORT, "name": "n", "workspaceId": estate::WORKSPACE,
        "jobs": [{"type": "AmazonS3ToAnaplan", "sources": [{"type": "AmazonS3", "file": "f"}]}],
    }))
    .unwrap();
    let error = client
        .cw()
        .update_integration(estate::IMPORT, &read)
        .await
        .unwrap_err();
    let Error::Validation(error) = error else {
        panic!("{error}")
    };
    let text = error.to_string();
    for path in [
        "modelId",
        "jobs[0].sources[0].connectionId",
        "jobs[0].targets",
    ] {
        assert!(text.contains(path), "{text}");
    }
}
