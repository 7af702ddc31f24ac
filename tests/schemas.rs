//! The schemas accept what the validator accepts, and refuse what it refuses for its shape.

mod corpus;

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::*;
use corpus::{bad_payloads, good_payloads};
use schemars::schema_for;
use serde_json::Value;

fn schema(input: &str) -> Value {
    macro_rules! dispatch {
        ($($name:ident)*) => {
            match input {
                $(stringify!($name) => schema_for!($name).to_value(),)*
                other => panic!("no input is called {other}"),
            }
        };
    }
    dispatch! {
        ConnectionInput ConnectionBodyInput ConnectionPatch ServiceAccountKey
        AmazonS3ConnectionInput AzureBlobConnectionInput GoogleBigQueryConnectionInput
        IntegrationInput IntegrationProcessInput IntegrationJobInput
        ScheduleInput NotificationConfigInput FlowInput FlowStepInput
    }
}

#[test]
fn good_payloads_fit() {
    for (input, payloads) in good_payloads().as_object().unwrap() {
        let schema = schema(input);
        for (name, payload) in payloads.as_object().unwrap() {
            assert!(fits(&schema, payload), "{input} {name}");
        }
    }
}

#[test]
fn payloads_of_a_bad_shape_do_not() {
    let wrong: Vec<usize> = bad_payloads()
        .iter()
        .filter(|case| fits(&schema(case.input), &case.payload) == case.shape)
        .map(|case| case.line)
        .collect();
    assert!(wrong.is_empty(), "bad_payloads.txt, lines {wrong:?}");
}

#[test]
fn the_written_schemas_are_up_to_date() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schemas");
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let written: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let input = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(
            written,
            schema(input),
            "cargo run --example schemas --features schema"
        );
        count += 1;
    }
    assert_eq!(count, 8);
}

/// As much of JSON Schema as ours use; anything else is a bug of this test.
fn fits(schema: &Value, value: &Value) -> bool {
    let Value::Object(schema) = schema else {
        return schema == &Value::Bool(true);
    };
    schema.iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "title" | "description" => true,
        // `properties` is the one that looks at it.
        "additionalProperties" => {
            let known = schema["properties"].as_object().unwrap();
            let mut fields = value.as_object().into_iter().flatten();
            rule == &Value::Bool(false) && fields.all(|(name, _)| known.contains_key(name))
        }
        "type" => match rule {
            Value::Array(types) => types.iter().any(|rule| is_of_type(rule, value)),
            rule => is_of_type(rule, value),
        },
        "enum" => rule.as_array().unwrap().contains(value),
        "pattern" => value
            .as_str()
            .is_none_or(|text| matches(rule.as_str().unwrap(), text)),
        "minimum" => value.as_f64().is_none_or(|n| n >= rule.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|n| n <= rule.as_f64().unwrap()),
        "minItems" => value
            .as_array()
            .is_none_or(|i| i.len() as u64 >= rule.as_u64().unwrap()),
        "maxItems" => value
            .as_array()
            .is_none_or(|i| i.len() as u64 <= rule.as_u64().unwrap()),
        "items" => value
            .as_array()
            .is_none_or(|items| items.iter().all(|item| fits(rule, item))),
        "required" => value.as_object().is_none_or(|fields| {
            rule.as_array()
                .unwrap()
                .iter()
                .all(|name| fields.contains_key(name.as_str().unwrap()))
        }),
        "properties" => value.as_object().is_none_or(|fields| {
            fields
                .iter()
                .all(|(name, value)| rule.get(name).is_none_or(|rule| fits(rule, value)))
        }),
        "anyOf" => rule
            .as_array()
            .unwrap()
            .iter()
            .any(|rule| fits(rule, value)),
        "allOf" => rule
            .as_array()
            .unwrap()
            .iter()
            .all(|rule| fits(rule, value)),
        other => panic!("an unknown keyword: {other}"),
    })
}

fn is_of_type(rule: &Value, value: &Value) -> bool {
    match rule.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("an unknown type: {other}"),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let digits_in = |places: &[usize]| {
        text.bytes()
            .enumerate()
            .all(|(i, b)| !places.contains(&i) || b.is_ascii_digit())
    };
    match pattern {
        r"\S" => !text.trim().is_empty(),
        r"^\d{4}-\d{2}-\d{2}$" => {
            text.len() == 10
                && digits_in(&[0, 1, 2, 3, 5, 6, 8, 9])
                && text.as_bytes()[4] == b'-'
                && text.as_bytes()[7] == b'-'
        }
        r"^([01]\d|2[0-3]):[0-5]\d$" => {
            text.len() == 5
                && digits_in(&[0, 1, 3, 4])
                && text.as_bytes()[2] == b':'
                && &text[..2] < "24"
                && &text[3..] < "60"
        }
        other => panic!("an unknown pattern: {other}"),
    }
}
