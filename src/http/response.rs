//! Reading the service's answers: the envelope, the value in it, and the refusals.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::Value;

/// Why an answer cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Undecodable {
    /// Where in the answer; `.` for the whole of it.
    pub(crate) path: String,
    pub(crate) message: String,
    /// Not JSON, or cut off: another attempt may bring all of it.
    pub(crate) garbled: bool,
    /// A success by its HTTP status whose body says that it failed.
    pub(crate) failure: Option<Box<FailureInSuccess>>,
}

impl Undecodable {
    pub(crate) fn missing(key: &str) -> Self {
        Self {
            path: key.to_owned(),
            message: "missing from the answer".to_owned(),
            garbled: false,
            failure: None,
        }
    }
}

/// An answer's envelope, with the value that stands in it.
pub(crate) struct Envelope<T> {
    pub(crate) value: Option<T>,
    pub(crate) paging: PageInfo,
    /// Whether it has a field that may say that it failed.
    may_have_failed: bool,
}

/// What a page says of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageInfo {
    pub(crate) total: Option<u64>,
}

/// Reads the value under `key`, skipping over all that is not asked for.
pub(crate) fn envelope<T: DeserializeOwned>(
    body: &[u8],
    key: &str,
) -> Result<Envelope<T>, Undecodable> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let seed = EnvelopeSeed::<T>::new(key);
    match seed.deserialize(&mut reader).and_then(|envelope| {
        reader.end()?;
        Ok(envelope)
    }) {
        Ok(envelope) if envelope.may_have_failed => match FailureInSuccess::read(body) {
            Some(failure) => Err(failure.into()),
            None => Ok(envelope),
        },
        Ok(envelope) => Ok(envelope),
        Err(error) => Err(match FailureInSuccess::read(body) {
            Some(failure) => failure.into(),
            None => locate::<T>(body, key, error),
        }),
    }
}

/// Reads it again with the position of each value, for the error.
fn locate<T: DeserializeOwned>(body: &[u8], key: &str, error: serde_json::Error) -> Undecodable {
    let garbled = error.is_syntax() || error.is_eof();
    let mut reader = serde_json::Deserializer::from_slice(body);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
    let path = match EnvelopeSeed::<T>::new(key).deserialize(tracked) {
        Ok(_) => ".".to_owned(),
        Err(_) => track.path().to_string(),
    };
    let message = if garbled {
        format!("not the JSON that was expected: {error}")
    } else {
        error.to_string()
    };
    Undecodable {
        path,
        message,
        garbled,
        failure: None,
    }
}

/// The value under `key`, which has to be there.
pub(crate) fn value<T: DeserializeOwned>(body: &[u8], key: &str) -> Result<T, Undecodable> {
    let envelope = envelope(body, key)?;
    envelope.value.ok_or_else(|| Undecodable::missing(key))
}

/// The value under `key`, or nothing.
pub(crate) fn optional<T: DeserializeOwned>(
    body: &[u8],
    key: &str,
) -> Result<Option<T>, Undecodable> {
    let envelope = envelope(body, key)?;
    Ok(envelope.value)
}

/// Checks that the answer does not say that the call failed.
pub(crate) fn nothing(body: &[u8]) -> Result<(), Undecodable> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    envelope::<IgnoredAny>(body, "").map(|_| ())
}

/// The whole answer, envelope included; `null` for an empty one.
pub(crate) fn whole(body: &[u8]) -> Result<Value, Undecodable> {
    if body.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    let value = serde_json::from_slice(body).map_err(|error| Undecodable {
        path: ".".to_owned(),
        message: error.to_string(),
        garbled: true,
        failure: None,
    })?;
    match FailureInSuccess::of(&value) {
        Some(failure) => Err(failure.into()),
        None => Ok(value),
    }
}

/// Checks that the body is a dump (CSV), and not an error page or JSON.
pub(crate) fn dump(body: &[u8]) -> Result<Vec<u8>, Undecodable> {
    begins_a_dump(body).map(|()| body.to_vec())
}

/// Whether a dump can begin like this.
pub(crate) fn begins_a_dump(body: &[u8]) -> Result<(), Undecodable> {
    let what = match body.trim_ascii_start() {
        [] => "empty",
        [b'{', ..] => match FailureInSuccess::read(body) {
            Some(failure) => return Err(failure.into()),
            None => "JSON",
        },
        start if looks_like_html(start) => "a web page",
        _ => return Ok(()),
    };
    Err(Undecodable {
        path: ".".to_owned(),
        message: format!("expected a CSV file, found one that is {what}"),
        garbled: true,
        failure: None,
    })
}

/// The id of what was created: under `inner` in `outer`, or at the top.
pub(crate) fn created<I: From<String>>(
    body: &[u8],
    outer: &'static str,
    inner: &'static str,
) -> Result<I, Undecodable> {
    let root: Envelope<Value> = envelope(body, outer)?;
    let nested = root.value.as_ref().and_then(|value| value.get(inner));
    let top = match nested {
        Some(_) => None,
        None => envelope::<Value>(body, inner)?.value,
    };
    match nested.or(top.as_ref()) {
        Some(Value::String(id)) if !id.is_empty() => Ok(I::from(id.clone())),
        Some(Value::Number(id)) => Ok(I::from(id.to_string())),
        _ => Err(Undecodable::missing(&format!("{outer}.{inner}"))),
    }
}

struct EnvelopeSeed<'k, T> {
    key: &'k str,
    value: PhantomData<T>,
}

impl<'k, T> EnvelopeSeed<'k, T> {
    fn new(key: &'k str) -> Self {
        Self {
            key,
            value: PhantomData,
        }
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for EnvelopeSeed<'_, T> {
    type Value = Envelope<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

enum EnvelopeKey {
    Wanted,
    Meta,
    /// It may say that the call failed.
    Outcome,
    Other,
}

/// Compares a key without keeping it.
struct EnvelopeKeySeed<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for EnvelopeKeySeed<'_> {
    type Value = EnvelopeKey;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<EnvelopeKey, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for EnvelopeKeySeed<'_> {
    type Value = EnvelopeKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<EnvelopeKey, E> {
        Ok(match key {
            _ if key == self.0 => EnvelopeKey::Wanted,
            "meta" => EnvelopeKey::Meta,
            "status" => EnvelopeKey::Outcome,
            _ if tells_of_failure(key) => EnvelopeKey::Outcome,
            _ => EnvelopeKey::Other,
        })
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for EnvelopeSeed<'_, T> {
    type Value = Envelope<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, the envelope of an answer")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut envelope = Envelope {
            value: None,
            paging: PageInfo::default(),
            may_have_failed: false,
        };
        while let Some(key) = map.next_key_seed(EnvelopeKeySeed(self.key))? {
            match key {
                EnvelopeKey::Wanted => envelope.value = map.next_value()?,
                EnvelopeKey::Outcome => {
                    envelope.may_have_failed |= !map.next_value_seed(GoodStatus)?;
                }
                EnvelopeKey::Meta => {
                    let total = map.next_value_seed(IntegerUnder(&["paging", "totalSize"]))?;
                    envelope.paging.total = total.and_then(|n| u64::try_from(n).ok());
                }
                EnvelopeKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(envelope)
    }
}

/// Looks for an integer under these names, one in the other, and passes over all else. Where
/// there is no integer, or something else in its place, the result is `None`.
#[derive(Clone, Copy)]
struct IntegerUnder<'k>(&'k [&'k str]);

impl<'de> DeserializeSeed<'de> for IntegerUnder<'_> {
    type Value = Option<i64>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.0.is_empty() {
            return Ok(integer(&Value::deserialize(deserializer)?));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for IntegerUnder<'_> {
    type Value = Option<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        let (name, below) = self.0.split_first().unwrap_or((&"", &[]));
        while let Some(key) = map.next_key_seed(EnvelopeKeySeed(name))? {
            if matches!(key, EnvelopeKey::Wanted) {
                found = map.next_value_seed(IntegerUnder(below))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The fields at the top of an answer that say no where the call failed.
const FLAGS: [&str; 5] = ["success", "successful", "succeeded", "isSuccess", "ok"];

/// Those that name a status or a word for it.
const STATUSES: [&str; 4] = ["status", "code", "statusCode", "httpStatus"];

/// Those that are there, and not empty, where it failed.
const ERRORS: [&str; 5] = ["error", "errors", "errorCode", "errorMessage", "fault"];

fn tells_of_failure(key: &str) -> bool {
    key.len() <= 14
        && [&FLAGS[..], &STATUSES, &ERRORS]
            .into_iter()
            .flatten()
            .any(|outcome| is_same_name(key, outcome))
}

/// `statusCode` is also written `StatusCode`, `status_code` and `status-code`.
fn is_same_name(key: &str, name: &str) -> bool {
    let letters = key.bytes().filter(|byte| !matches!(byte, b'_' | b'-'));
    letters
        .map(|byte| byte.to_ascii_lowercase())
        .eq(name.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// Whether this is the usual status with a success code. Only other values are read in full.
struct GoodStatus;

impl<'de> DeserializeSeed<'de> for GoodStatus {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        let code = IntegerUnder(&["code"]).deserialize(deserializer)?;
        Ok(code.is_some_and(|code| (200..300).contains(&code)))
    }
}

/// What a body says of a call that failed, although its HTTP status is a success.
///
/// The one place that judges this, for every operation. Only the top of the answer counts: a run
/// that failed says `"success": false` inside of `run`, and is a good answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FailureInSuccess {
    /// The 4xx or 5xx that it names.
    pub(crate) status: Option<u16>,
    pub(crate) refusal: Refusal,
}

impl From<FailureInSuccess> for Undecodable {
    fn from(failure: FailureInSuccess) -> Self {
        Self {
            path: ".".to_owned(),
            message: "the answer arrived as a success, and says that it failed".to_owned(),
            garbled: false,
            failure: Some(Box::new(failure)),
        }
    }
}

impl FailureInSuccess {
    fn read(body: &[u8]) -> Option<Self> {
        Self::of(&serde_json::from_slice(body).ok()?)
    }

    fn of(body: &Value) -> Option<Self> {
        let top = TopLevel(body.as_object()?);
        let status = top.get("status");
        let first_error = top.get("errors").and_then(|errors| errors.get(0));
        let error = top.get("error");
        let code_of = |value: Option<&Value>| error_status(value?);
        let named = [
            code_of(status.and_then(|status| status.get("code"))),
            code_of(status),
            code_of(top.get("code")),
            code_of(top.get("statusCode")),
            code_of(top.get("httpStatus")),
            code_of(error.and_then(|error| error.get("code"))),
            code_of(first_error.and_then(|error| error.get("status"))),
        ];
        let inner = ["code", "status"].map(|name| status.and_then(|status| status.get(name)));
        let mut statuses = STATUSES.iter().map(|name| top.get(name)).chain(inner);
        let has_failed = statuses.any(|status| status.is_some_and(is_bad_status))
            || FLAGS.iter().any(|flag| top.get(flag).is_some_and(is_false))
            || ERRORS
                .iter()
                .any(|name| top.get(name).is_some_and(is_something));
        has_failed.then(|| Self {
            status: named.into_iter().flatten().next(),
            refusal: Refusal {
                code: top.code(),
                message: top.message(),
                html: false,
            },
        })
    }
}

/// The top of an answer, whose names are compared by their letters.
struct TopLevel<'v>(&'v serde_json::Map<String, Value>);

impl<'v> TopLevel<'v> {
    fn get(&self, name: &str) -> Option<&'v Value> {
        let same = |(key, _): &(&String, &Value)| is_same_name(key, name);
        self.0
            .get(name)
            .or_else(|| self.0.iter().find(same).map(|(_, value)| value))
    }

    fn below(&self, name: &str, below: &str) -> Option<&'v Value> {
        self.get(name)?.get(below)
    }

    fn first_error(&self, name: &str) -> Option<&'v Value> {
        self.get("errors")?.get(0)?.get(name)
    }

    fn code(&self) -> Option<String> {
        let bad = |value: &&Value| error_status(value).is_some();
        [
            self.below("status", "code").filter(bad),
            self.get("code"),
            self.get("errorCode").filter(|code| is_something(code)),
            self.below("error", "code"),
            self.get("error"),
            self.first_error("code"),
            self.get("statusCode").filter(bad),
            self.get("status")
                .filter(|status| bad(status) || is_failure_word(status)),
        ]
        .into_iter()
        .flatten()
        .find_map(scalar)
    }

    fn message(&self) -> String {
        let status_has_failed = self.below("status", "code").and_then(error_status);
        [
            self.below("status", "message")
                .filter(|_| status_has_failed.is_some()),
            self.get("message"),
            self.get("statusMessage"),
            self.get("errorMessage"),
            self.get("detail"),
            self.get("error_description"),
            self.below("error", "message"),
            self.get("error").filter(|error| error.is_string()),
            self.first_error("detail"),
            self.first_error("message"),
            self.first_error("title"),
            self.get("errors")
                .and_then(|errors| errors.get(0))
                .filter(|error| error.is_string()),
            self.below("fault", "faultstring"),
            self.get("title"),
        ]
        .into_iter()
        .flatten()
        .find_map(words)
        .unwrap_or_default()
    }
}

/// A 4xx or 5xx, as a number or at the front of a text (`404 NOT_FOUND`).
fn error_status(value: &Value) -> Option<u16> {
    let status = number(value)?;
    let status = (400.0..600.0).contains(&status).then_some(status)?;
    format!("{status:.0}").parse().ok()
}

/// A number from 400 on, or a word for a failure. A service may use numbers of its own.
fn is_bad_status(value: &Value) -> bool {
    match number(value) {
        Some(number) => number >= 400.0,
        None => *value == Value::Bool(false) || is_failure_word(value),
    }
}

fn number(value: &Value) -> Option<f64> {
    let number: Option<f64> = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.split_whitespace().next()?.parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

fn is_false(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => !flag,
        Value::String(text) => text.trim().eq_ignore_ascii_case("false"),
        Value::Number(number) => number.as_i64() == Some(0),
        _ => false,
    }
}

/// `FAILURE`, `FAILURE_BAD_CREDENTIAL`, `failed`, `error`, `unsuccessful`.
fn is_failure_word(value: &Value) -> bool {
    let word = value
        .as_str()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    ["fail", "error", "unsuccessful"]
        .iter()
        .any(|failure| word.starts_with(failure))
}

/// Whether the field of an error holds an error.
fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => {
            let text = text.trim().to_ascii_lowercase();
            !matches!(&*text, "" | "none" | "null" | "false" | "0")
        }
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text as it is; an object as JSON, since its form is not known.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Object(fields) if !fields.is_empty() => Some(value.to_string()),
        _ => None,
    }
}

/// What a refusal says, in whichever of the service's forms it comes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    /// The web server's page rather than the service's answer.
    pub(crate) html: bool,
}

impl Refusal {
    pub(crate) fn read(body: &[u8]) -> Self {
        let Ok(Value::Object(root)) = serde_json::from_slice(body) else {
            return Self {
                html: looks_like_html(body),
                ..Self::default()
            };
        };
        let text = |value: Option<&Value>| match value? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let inner = root
            .get("status")
            .and_then(Value::as_object)
            .unwrap_or(&root);
        let first = |keys: &[&str]| {
            keys.iter()
                .find_map(|key| text(inner.get(*key)).or_else(|| text(root.get(*key))))
        };
        Self {
            code: first(&["code", "error", "status"]).or_else(|| TopLevel(&root).code()),
            message: first(&["message", "statusMessage", "error_description", "error"])
                .unwrap_or_else(|| TopLevel(&root).message()),
            html: false,
        }
    }
}

fn looks_like_html(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let start = &start[..start.len().min(15)];
    let start = start.to_ascii_lowercase();
    start.starts_with(b"<html") || start.starts_with(b"<!doctype html")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read<T: DeserializeOwned>(body: Value, key: &str) -> Result<T, Undecodable> {
        value(body.to_string().as_bytes(), key)
    }

    #[test]
    fn the_value_stands_under_its_key() {
        let body = json!({"status": {"code": 200}, "run": {"id": "a"}, "meta": {}});
        assert_eq!(read::<Value>(body, "run"), Ok(json!({"id": "a"})));
    }

    #[test]
    fn a_failure_names_the_place() {
        #[derive(Debug, serde::Deserialize)]
        struct Item {
            #[expect(dead_code, reason = "only its type matters")]
            n: u32,
        }
        let body = json!({"items": [{"n": 1}, {"n": 2}, {"n": "three"}]});
        let error = read::<Vec<Item>>(body, "items").unwrap_err();
        assert_eq!(error.path, "items[2].n");
        assert!(!error.garbled);
    }

    #[test]
    fn a_success_that_calls_itself_a_failure_is_none() {
        let body = json!({"status": {"code": "403", "message": "no"}});
        let error = nothing(body.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.failure.unwrap().status, Some(403));
    }

    #[test]
    fn failures_by_other_names() {
        for (body, status) in [
            (json!({"status_code": 500}), Some(500)),
            (
                json!({"http_status": "500 Internal Server Error"}),
                Some(500),
            ),
            (json!({"status": {"code": 404.0}}), Some(404)),
            (json!({"status": {"code": 1017}}), None),
            (json!({"status": {"code": "FAILURE"}}), None),
            (json!({"status": {"status": "Failed"}}), None),
            (json!({"status": "ERROR_OF_THE_MODEL"}), None),
            (json!({"status": "unsuccessful"}), None),
            (json!({"status": false}), None),
            (json!({"code": "ERROR"}), None),
            (json!({"is_success": false}), None),
            (json!({"successful": false}), None),
            (json!({"succeeded": false}), None),
            (json!({"error_message": "x"}), None),
            (json!({"error-code": "x"}), None),
        ] {
            let error = nothing(body.to_string().as_bytes()).expect_err("a failure");
            let failure = error.failure.map(|failure| failure.status);
            assert_eq!(failure, Some(status), "{body}");
        }
        for body in [
            json!({"status": {"code": 200, "message": "Failure is no option"}}),
            json!({"status": {"code": 0}}),
            json!({"status": "Infinity"}),
            json!({"status": "Active", "code": "", "success": null}),
            json!({"run": {"success": false}, "meta": {"error": "x"}}),
        ] {
            assert_eq!(nothing(body.to_string().as_bytes()), Ok(()), "{body}");
        }
    }

    #[test]
    fn nothing_is_enough_for_a_mutation() {
        assert_eq!(nothing(b""), Ok(()));
        assert_eq!(nothing(b" \n"), Ok(()));
        assert_eq!(nothing(br#"{"status":{"code":200}}"#), Ok(()));
        assert!(nothing(b"<html>").unwrap_err().garbled);
        assert!(nothing(b"{\"status\":").unwrap_err().garbled);
    }

    #[test]
    fn ids_of_what_was_created() {
        let id = |body: Value| {
            created::<String>(
                body.to_string().as_bytes(),
                "notification",
                "notificationId",
            )
        };
        assert_eq!(
            id(json!({"notification": {"notificationId": "n"}})),
            Ok("n".into())
        );
        assert_eq!(id(json!({"notificationId": "n"})), Ok("n".into()));
        assert_eq!(id(json!({"notificationId": 7})), Ok("7".into()));
        assert_eq!(
            id(json!({"notification": {}})).unwrap_err().path,
            "notification.notificationId"
        );
    }

    #[test]
    fn refusals_in_every_form() {
        for (body, code, message) in [
            (
                r#"{"status":{"code":404,"message":"no"},"path":"/x"}"#,
                Some("404"),
                "no",
            ),
            (
                r#"{"code":400,"message":"Invalid request body"}"#,
                Some("400"),
                "Invalid request body",
            ),
            (
                r#"{"status":"FAILURE_BAD_CREDENTIAL","statusMessage":"no"}"#,
                Some("FAILURE_BAD_CREDENTIAL"),
                "no",
            ),
            (
                r#"{"error":"invalid_grant","error_description":"no"}"#,
                Some("invalid_grant"),
                "no",
            ),
            (
                r#"{"status":500,"error":"Internal Server Error"}"#,
                Some("Internal Server Error"),
                "Internal Server Error",
            ),
            (
                r#"{"error":{"code":"E1","message":"Duplicate resource name not allowed"}}"#,
                Some("E1"),
                "Duplicate resource name not allowed",
            ),
            (r#"{"errors":[{"detail":"no name"}]}"#, None, "no name"),
            (r#"{"Message":"no"}"#, None, "no"),
            (r#"{"fault":{"faultstring":"too many"}}"#, None, "too many"),
            ("[]", None, ""),
            ("", None, ""),
        ] {
            let refusal = Refusal::read(body.as_bytes());
            assert_eq!(refusal.code.as_deref(), code, "{body}");
            assert_eq!(refusal.message, message, "{body}");
        }
        assert!(Refusal::read(b"  <!DOCTYPE html><title>404</title>").html);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = value::<Value>(&body, "x");
            let _ = nothing(&body);
            let _ = created::<String>(&body, "a", "b");
            let _ = Refusal::read(&body);
        }
    }
}
