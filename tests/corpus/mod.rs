//! Good payloads, and bad ones with their problems: see `fixtures/bad_payloads.txt`.

#![allow(dead_code, reason = "each test program uses a part of it")]

use serde_json::Value;

/// A payload that is refused.
pub(crate) struct Case {
    pub(crate) line: usize,
    pub(crate) input: &'static str,
    pub(crate) payload: Value,
    /// Kind, path and message of each problem.
    pub(crate) problems: Vec<&'static str>,
    /// Whether the shape alone is wrong, so that a schema refuses it, too.
    pub(crate) shape: bool,
}

/// By input type, by name.
pub(crate) fn good_payloads() -> Value {
    serde_json::from_str(include_str!("../fixtures/payloads.json")).unwrap()
}

pub(crate) fn bad_payloads() -> Vec<Case> {
    let good = good_payloads();
    let mut cases: Vec<Case> = Vec::new();
    for (i, line) in include_str!("../fixtures/bad_payloads.txt")
        .lines()
        .enumerate()
    {
        let Some(first) = line.chars().next().filter(|c| *c != '#') else {
            continue;
        };
        if first.is_alphabetic() {
            let (input, name) = line.split_once(' ').unwrap();
            let payload = good[input][name].clone();
            assert!(payload.is_object(), "line {}: no such payload", i + 1);
            cases.push(Case {
                line: i + 1,
                input,
                payload,
                problems: Vec::new(),
                shape: false,
            });
            continue;
        }
        let case = cases.last_mut().unwrap();
        let rest = &line[1..];
        match first {
            '-' => remove(&mut case.payload, rest.trim()),
            '+' => put(&mut case.payload, rest),
            '=' | '~' => {
                case.problems.push(rest.trim());
                case.shape |= first == '=';
            }
            _ => panic!("line {}: {line}", i + 1),
        }
    }
    cases
}

fn remove(payload: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match payload.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.remove(key).unwrap()),
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        _ => panic!("{pointer}"),
    }
}

fn put(payload: &mut Value, edit: &str) {
    // The value begins where JSON does: what is before it is the pointer.
    let start = (0..edit.len()).find(|i| {
        edit[*i..].starts_with(' ') && serde_json::from_str::<Value>(&edit[*i..]).is_ok()
    });
    let (pointer, value) = edit.split_at(start.unwrap_or_else(|| panic!("{edit}")));
    let value = serde_json::from_str(value).unwrap();
    let Some((parent, key)) = pointer.rsplit_once('/') else {
        *payload = value;
        return;
    };
    let key = key.replace("~1", "/");
    match payload.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.insert(key, value)),
        Value::Array(items) => {
            let i: usize = key.parse().unwrap();
            if i < items.len() {
                items[i] = value
            } else {
                items.push(value)
            }
        }
        _ => panic!("{pointer}"),
    }
}
