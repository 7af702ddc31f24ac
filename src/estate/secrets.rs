//! A snapshot holds no secret. The service sends none; but what it sends under a name that this
//! version does not know is kept, and could be one.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::directory::Table;
use crate::models::cloud_works::Connection;

/// Parts of names of which something else than a secret is hardly called. `accessKeyId` is none.
const WORDS: [&str; 7] = [
    "secret",
    "token",
    "password",
    "passphrase",
    "privatekey",
    "accountkey",
    "credential",
];

fn is_secret(name: &str) -> bool {
    let plain = name.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = plain.collect::<String>().to_ascii_lowercase();
    // `privateKeyId` is the name of a key.
    !plain.ends_with("id") && WORDS.iter().any(|word| plain.contains(word))
}

/// Takes out whatever is called as a secret, however deep it stands.
pub(super) fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !is_secret(name));
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

pub(super) fn without<S: Serializer>(
    connections: &Option<Table<Connection>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut value = serde_json::to_value(connections).map_err(serde::ser::Error::custom)?;
    strip(&mut value);
    value.serialize(serializer)
}
