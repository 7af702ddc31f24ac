//! Whatever comes, nothing panics, and what is accepted stays what it is.

mod corpus;

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::*;
use anaplan_sdk::validation::{Input, Warning};
use corpus::good_payloads;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// Names that the readers know, so that odd values get to where they hurt.
const NAMES: &[&str] = &[
    "id",
    "connectionId",
    "connectionType",
    "body",
    "name",
    "type",
    "status",
    "creationDate",
    "isoCreationDate",
    "modifiedBy",
    "integrationId",
    "latestRun",
    "nuxVisible",
    "schedule",
    "jobs",
    "sources",
    "targets",
    "mapping",
    "daysOfWeek",
    "dayOfMonth",
    "startDate",
    "endDate",
    "time",
    "fromTime",
    "toTime",
    "timezone",
    "repeatEvery",
    "runs",
    "totalRuns",
    "lastRun",
    "success",
    "message",
    "executionErrorCode",
    "triggerSource",
    "errorMessages",
    "errorMessage",
    "actionId",
    "fileId",
    "values",
    "notificationId",
    "integrationIds",
    "channels",
    "notifications",
    "config",
    "users",
    "userGuid",
    "steps",
    "stepsCount",
    "referrer",
    "dependsOn",
    "isSkipped",
    "exceptionBehavior",
    "strategy",
    "file",
    "table",
    "sasToken",
    "auth_method",
    "serviceAccountKey",
    "private_key",
    "processId",
    "workspaceId",
    "modelId",
    "version",
    "other_fields",
    "$schema",
    "",
];

const WORDS: &[&str] = &[
    "",
    "None",
    "Running",
    "true",
    "0",
    "-7",
    "1781832681",
    "99999999999999999999",
    "1e400",
    "2026-06-19T01:31:21.000Z",
    "2026-06-19 01:31:21.1+00:00",
    "2026-02-30",
    "24:00",
    "23:59",
    "daily",
    "hourly",
    "monthly_relative_weekday",
    "AmazonS3",
    "AzureBlob",
    "Anaplan",
    "AzureBlobToAnaplan",
    "AnaplanToGoogleBigQuery",
    "success",
    "email",
    "112000000001",
    "Europe/Paris",
    "se=2026-01-01",
    "?se=%ff&se=",
    "ß\u{0}\u{202e}𝄞",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Not just any: serde_json reads some back as their neighbours.
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 8.0)),
        (-3..40_i64).prop_map(Value::from),
        select(WORDS).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        let name = prop_oneof![9 => select(NAMES).prop_map(str::to_owned), 1 => ".{0,8}"];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((name, inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A good payload of any input, with up to three of its values replaced.
fn bent_payload() -> impl Strategy<Value = Value> {
    let good: Vec<Value> = good_payloads()
        .as_object()
        .unwrap()
        .values()
        .flat_map(|payloads| payloads.as_object().unwrap().values().cloned())
        .collect();
    (select(good), vec((any::<Index>(), any_json()), 0..4)).prop_map(|(mut payload, edits)| {
        for (index, value) in edits {
            let places = places(&payload);
            let place: &String = index.get(&places);
            *payload.pointer_mut(place).unwrap() = value;
        }
        payload
    })
}

/// The JSON pointers of everything in a value.
fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, places: &mut Vec<String>) {
        places.push(at.to_owned());
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                let name = name.replace('~', "~0").replace('/', "~1");
                walk(value, &format!("{at}/{name}"), places);
            }),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(i, item)| walk(item, &format!("{at}/{i}"), places)),
            _ => {}
        }
    }
    let mut places = Vec::new();
    walk(value, "", &mut places);
    places
}

/// An accepted payload is sent in a form that is accepted again, and is then the same.
fn is_answered<I: Input>(payload: &Value) {
    match I::from_json(payload) {
        Err(error) => {
            assert!(!error.problems.is_empty());
            let messages = || {
                error
                    .problems
                    .iter()
                    .map(|problem| problem.message.as_str())
            };
            assert!(messages().all(|message| !message.is_empty()));
            // The tables know all that the types do.
            assert!(messages().all(|message| message != "the payload cannot be represented"));
        }
        Ok((input, warnings)) => {
            let sent = serde_json::to_value(&input).unwrap();
            let (again, same_warnings) = I::from_json(&sent).unwrap();
            assert_eq!(serde_json::to_value(&again).unwrap(), sent);
            assert_eq!(input.validate().unwrap(), same_warnings);
            // What was given in its wrapping is sent without, and paths follow what was given.
            let bare = |path: &str| {
                let wrapping = ["body.", "schedule."].iter();
                let mut inner = wrapping.filter_map(|name| path.strip_prefix(name));
                inner.next().unwrap_or(path).to_owned()
            };
            let told = |warnings: &[Warning]| -> Vec<_> {
                let each = warnings.iter();
                each.map(|w| (bare(&w.path), w.kind, w.message.clone()))
                    .collect()
            };
            assert_eq!(told(&warnings), told(&same_warnings));
        }
    }
}

fn all_inputs(payload: &Value) {
    is_answered::<ConnectionInput>(payload);
    is_answered::<ConnectionBodyInput>(payload);
    is_answered::<ConnectionPatch>(payload);
    is_answered::<ServiceAccountKey>(payload);
    is_answered::<AmazonS3ConnectionInput>(payload);
    is_answered::<AzureBlobConnectionInput>(payload);
    is_answered::<GoogleBigQueryConnectionInput>(payload);
    is_answered::<IntegrationInput>(payload);
    is_answered::<IntegrationProcessInput>(payload);
    is_answered::<IntegrationJobInput>(payload);
    is_answered::<ScheduleInput>(payload);
    is_answered::<NotificationConfigInput>(payload);
    is_answered::<FlowInput>(payload);
    is_answered::<FlowStepInput>(payload);
}

/// Reads bytes; what can be read is written and read again as the same.
fn reads<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    if let Ok(reply) = serde_json::from_slice::<T>(bytes) {
        let written = serde_json::to_string(&reply).unwrap();
        assert_eq!(
            serde_json::from_str::<T>(&written).unwrap(),
            reply,
            "{written}"
        );
    }
}

fn all_replies(bytes: &[u8]) {
    reads::<Connection>(bytes);
    reads::<Integration>(bytes);
    reads::<SingleIntegration>(bytes);
    reads::<Job>(bytes);
    reads::<Schedule>(bytes);
    reads::<LatestRun>(bytes);
    reads::<RunSummary>(bytes);
    reads::<RunStatus>(bytes);
    reads::<RunHistory>(bytes);
    reads::<RunErrorReply>(bytes);
    reads::<NotificationConfig>(bytes);
    reads::<FlowSummary>(bytes);
    reads::<Flow>(bytes);
}

/// An object with the ids that replies require, so that the rest of it is looked at.
fn with_ids(fields: Vec<(&'static str, Value)>) -> Value {
    let mut reply: Map<String, Value> = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    for id in ["id", "connectionId", "integrationId", "notificationId"] {
        reply.insert(id.to_owned(), "i".into());
    }
    Value::Object(reply)
}

proptest! {
    #[test]
    fn any_json_is_answered(payload in any_json()) {
        all_inputs(&payload);
    }

    #[test]
    fn any_bent_payload_is_answered(payload in bent_payload()) {
        all_inputs(&payload);
    }

    #[test]
    fn any_reply_is_survived(reply in any_json()) {
        all_replies(&serde_json::to_vec(&reply).unwrap());
    }

    #[test]
    fn odd_fields_are_survived(fields in vec((select(NAMES), any_json()), 0..12)) {
        all_replies(&serde_json::to_vec(&with_ids(fields)).unwrap());
    }

    #[test]
    fn bytes_that_are_no_json_are_survived(bytes in vec(any::<u8>(), 0..64)) {
        all_replies(&bytes);
    }

    /// The usual form of a time is read by a shortcut, which must not be felt.
    #[test]
    fn times_are_read_as_jiff_reads_them(
        text in "[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9/:]{3}[Z+]"
    ) {
        let run: RunStatus = serde_json::from_value(json!({"id": "r", "startDate": text})).unwrap();
        assert_eq!(run.start_date, text.parse().ok());
    }

    /// Only what is inside a list or an object can fail a reply, never an odd value.
    #[test]
    fn an_odd_value_fails_no_reply(name in select(NAMES), word in select(WORDS), n in any::<i32>()) {
        for odd in [word.into(), (f64::from(n) / 8.0).into(), json!(true), json!(null), json!({}), json!([])] {
            if matches!(name, "id" | "connectionId" | "integrationId" | "notificationId") {
                continue;
            }
            let reply = with_ids(vec![(name, odd)]);
            serde_json::from_value::<Connection>(reply.clone()).unwrap();
            serde_json::from_value::<SingleIntegration>(reply.clone()).unwrap();
            serde_json::from_value::<RunStatus>(reply.clone()).unwrap();
            serde_json::from_value::<RunHistory>(reply.clone()).unwrap();
            serde_json::from_value::<NotificationConfig>(reply.clone()).unwrap();
            serde_json::from_value::<Flow>(reply).unwrap();
        }
    }
}

/// Were any check quadratic, this would not end.
#[test]
fn large_payloads_are_answered_in_linear_time() {
    let many = 30_000;
    let unknown: Map<String, Value> = (0..many)
        .map(|i| (format!("sasToken{i}"), i.into()))
        .collect();
    let payload = Value::Object(unknown.clone());
    assert!(
        ConnectionPatch::try_from(&payload)
            .unwrap_err()
            .problems
            .len()
            >= many
    );
    let payload = json!({"type": "AzureBlob", "body": unknown});
    assert!(
        ConnectionInput::try_from(&payload)
            .unwrap_err()
            .problems
            .len()
            >= many
    );

    let step =
        |i: usize| json!({"referrer": format!("i{i}"), "dependsOn": ["i0", format!("i{}", i + 1)]});
    let payload = json!({"name": "f", "steps": (0..many).map(step).collect::<Vec<_>>()});
    assert_eq!(
        FlowInput::try_from(&payload).unwrap_err().problems.len(),
        many + 2
    );

    let payload = json!({"name": "f", "steps": [
        {"referrer": "a"},
        {"referrer": "b", "dependsOn": vec!["a"; many]},
    ]});
    let (_, warnings) = FlowInput::from_json(&payload).unwrap();
    assert_eq!(warnings.len(), many - 1);

    let long = json!({"name": "x".repeat(10_000_000), "x".repeat(10_000_000): 1});
    assert!(FlowInput::try_from(&long).is_err());
}

#[test]
fn deep_payloads_are_answered() {
    let mut deep = json!(1);
    for _ in 0..200_000 {
        deep = Value::Array(vec![deep]);
    }
    for place in [
        "/name",
        "/jobs",
        "/jobs/0",
        "/jobs/0/sources/0/file",
        "/unknown",
    ] {
        let mut payload = good_payloads()["IntegrationInput"]["import"].clone();
        match payload.pointer_mut(place) {
            Some(value) => *value = deep.take(),
            None => payload["unknown"] = deep.take(),
        }
        assert_eq!(
            IntegrationInput::try_from(&payload)
                .unwrap_err()
                .problems
                .len(),
            1,
            "{place}"
        );
        let inner = payload.pointer_mut(place).unwrap();
        deep = inner.take();
    }
    // serde_json drops a value by recursion.
    std::mem::forget(deep);
}
