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
pub(crate) struct Unreadable {
    /// Where in the answer; `.` for the whole of it.
    pub(crate) path: String,
    pub(crate) message: String,
    /// Not JSON at all, or cut off: another try may bring the whole of it.
    pub(crate) garbled: bool,
}

impl Unreadable {
    pub(crate) fn missing(key: &str) -> Self {
        Self {
            path: key.to_owned(),
            message: "missing from the answer".to_owned(),
            garbled: false,
        }
    }
}

/// An answer's envelope, with the value that stands in it.
pub(crate) struct Envelope<T> {
    pub(crate) value: Option<T>,
    pub(crate) paging: Paging,
    /// The code in the envelope's status, if it has one.
    pub(crate) code: Option<i64>,
}

/// What a page says of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) total: Option<u64>,
}

/// Reads the value under `key`, skipping over all that is not asked for.
pub(crate) fn envelope<T: DeserializeOwned>(
    body: &[u8],
    key: &str,
) -> Result<Envelope<T>, Unreadable> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let seed = EnvelopeSeed::<T>::new(key);
    match seed.deserialize(&mut reader).and_then(|envelope| {
        reader.end()?;
        Ok(envelope)
    }) {
        Ok(envelope) => Ok(envelope),
        Err(error) => Err(locate::<T>(body, key, error)),
    }
}

/// Reads again, keeping track of where: only a failure pays for that.
fn locate<T: DeserializeOwned>(body: &[u8], key: &str, error: serde_json::Error) -> Unreadable {
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
    Unreadable {
        path,
        message,
        garbled,
    }
}

/// The value under `key`, which has to be there.
pub(crate) fn value<T: DeserializeOwned>(body: &[u8], key: &str) -> Result<T, Unreadable> {
    let envelope = envelope(body, key)?;
    accept(&envelope)?;
    envelope.value.ok_or_else(|| Unreadable::missing(key))
}

/// The value under `key`, or nothing.
pub(crate) fn optional<T: DeserializeOwned>(
    body: &[u8],
    key: &str,
) -> Result<Option<T>, Unreadable> {
    let envelope = envelope(body, key)?;
    accept(&envelope)?;
    Ok(envelope.value)
}

/// Nothing is needed from the answer, but it must not say that it failed.
pub(crate) fn nothing(body: &[u8]) -> Result<(), Unreadable> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    accept(&envelope::<IgnoredAny>(body, "")?)
}

/// A dump: a CSV file, and none of what stands in its place when something is wrong.
pub(crate) fn dump(body: &[u8]) -> Result<Vec<u8>, Unreadable> {
    begins_a_dump(body).map(|()| body.to_vec())
}

/// Whether a dump can begin like this.
pub(crate) fn begins_a_dump(body: &[u8]) -> Result<(), Unreadable> {
    let what = match body.trim_ascii_start() {
        [] => "empty",
        [b'{', ..] => "JSON",
        start if looks_like_html(start) => "a web page",
        _ => return Ok(()),
    };
    Err(Unreadable {
        path: ".".to_owned(),
        message: format!("expected a CSV file, found one that is {what}"),
        garbled: true,
    })
}

/// The id of what was created: under `inner` in `outer`, or at the top.
pub(crate) fn created<I: From<String>>(
    body: &[u8],
    outer: &'static str,
    inner: &'static str,
) -> Result<I, Unreadable> {
    let root: Envelope<Value> = envelope(body, outer)?;
    accept(&root)?;
    let nested = root.value.as_ref().and_then(|value| value.get(inner));
    let top = match nested {
        Some(_) => None,
        None => envelope::<Value>(body, inner)?.value,
    };
    match nested.or(top.as_ref()) {
        Some(Value::String(id)) if !id.is_empty() => Ok(I::from(id.clone())),
        Some(Value::Number(id)) => Ok(I::from(id.to_string())),
        _ => Err(Unreadable::missing(&format!("{outer}.{inner}"))),
    }
}

/// A success by its HTTP status whose envelope says otherwise is none.
pub(crate) fn accept<T>(envelope: &Envelope<T>) -> Result<(), Unreadable> {
    match envelope.code {
        Some(code) if code >= 400 => Err(Unreadable {
            path: "status.code".to_owned(),
            message: format!("the answer arrived as a success, and calls itself a {code}"),
            garbled: false,
        }),
        _ => Ok(()),
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

enum Key {
    Wanted,
    Status,
    Meta,
    Other,
}

/// Compares a key without keeping it.
struct KeySeed<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(match key {
            _ if key == self.0 => Key::Wanted,
            "status" => Key::Status,
            "meta" => Key::Meta,
            _ => Key::Other,
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
            paging: Paging::default(),
            code: None,
        };
        while let Some(key) = map.next_key_seed(KeySeed(self.key))? {
            match key {
                Key::Wanted => envelope.value = map.next_value()?,
                Key::Status => envelope.code = map.next_value_seed(IntegerUnder(&["code"]))?,
                Key::Meta => {
                    let total = map.next_value_seed(IntegerUnder(&["paging", "totalSize"]))?;
                    envelope.paging.total = total.and_then(|n| u64::try_from(n).ok());
                }
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(envelope)
    }
}

/// Looks for an integer under these names, one in the other, and passes over all else. Where
/// there is none there is none: this is read by the way.
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
        while let Some(key) = map.next_key_seed(KeySeed(name))? {
            if matches!(key, Key::Wanted) {
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
            code: first(&["code", "error", "status"]),
            message: first(&["message", "statusMessage", "error_description", "error"])
                .unwrap_or_default(),
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

    fn read<T: DeserializeOwned>(body: Value, key: &str) -> Result<T, Unreadable> {
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
        assert_eq!(error.path, "status.code");
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
