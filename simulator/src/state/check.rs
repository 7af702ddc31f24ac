//! Is a body what the service takes? Unknown fields are refused like missing ones.

use serde_json::{Map, Value};

use crate::state::refusal::Refusal;

pub(crate) type Object = Map<String, Value>;

/// Exactly these fields: all of the required ones, and none but the optional ones beside.
pub(crate) fn fields(body: &Object, required: &[&str], optional: &[&str]) -> Result<(), Refusal> {
    let all_there = required.iter().all(|name| body.contains_key(*name));
    let none_else = body
        .keys()
        .all(|name| required.contains(&name.as_str()) || optional.contains(&name.as_str()));
    if all_there && none_else {
        Ok(())
    } else {
        Err(Refusal::invalid())
    }
}

pub(crate) fn object(value: &Value) -> Result<&Object, Refusal> {
    value.as_object().ok_or_else(Refusal::invalid)
}

pub(crate) fn object_in<'a>(body: &'a Object, name: &str) -> Result<&'a Object, Refusal> {
    body.get(name)
        .and_then(Value::as_object)
        .ok_or_else(Refusal::invalid)
}

pub(crate) fn list_in<'a>(body: &'a Object, name: &str) -> Result<&'a [Value], Refusal> {
    body.get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .ok_or_else(Refusal::invalid)
}

/// A text with something in it.
pub(crate) fn text_in<'a>(body: &'a Object, name: &str) -> Result<&'a str, Refusal> {
    body.get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(Refusal::invalid)
}

pub(crate) fn flag_or_none(body: &Object, name: &str) -> Result<Option<bool>, Refusal> {
    match body.get(name) {
        None => Ok(None),
        Some(value) => value.as_bool().map(Some).ok_or_else(Refusal::invalid),
    }
}

pub(crate) fn one_of(body: &Object, name: &str, allowed: &[&str]) -> Result<(), Refusal> {
    if allowed.contains(&text_in(body, name)?) {
        Ok(())
    } else {
        Err(Refusal::invalid())
    }
}

pub(crate) fn whole_in(body: &Object, name: &str, from: i64, to: i64) -> Result<i64, Refusal> {
    body.get(name)
        .and_then(Value::as_i64)
        .filter(|n| (from..=to).contains(n))
        .ok_or_else(Refusal::invalid)
}

/// A list of texts, each with something in it.
pub(crate) fn texts_in(body: &Object, name: &str) -> Result<Vec<String>, Refusal> {
    list_in(body, name)?
        .iter()
        .map(|item| {
            item.as_str()
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
                .ok_or_else(Refusal::invalid)
        })
        .collect()
}

/// A numeric id: digits, and sent as a JSON string.
pub(crate) fn digits_in<'a>(body: &'a Object, name: &str) -> Result<&'a str, Refusal> {
    let text = text_in(body, name)?;
    if text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(text)
    } else {
        Err(Refusal::invalid())
    }
}

/// 32 lower-case hex digits.
pub(crate) fn is_hex_id(text: &str) -> bool {
    text.len() == 32
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
