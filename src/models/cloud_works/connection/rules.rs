//! The fields and the rules of connections.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::input::*;
use crate::validation::{
    Field, Object, ProblemKind, Shape, Union, Walk, WarningKind, inputs, most_fields,
};

/// How long before its end an expiring token draws a warning.
const EXPIRY_WARNING: SignedDuration = SignedDuration::from_hours(7 * 24);

const NAME: Field = Field::required(
    "name",
    Shape::Text,
    "The connection's name, unique in the tenant.",
);
const WORKSPACE: Field = Field::optional(
    "workspaceId",
    Shape::Id,
    "The workspace that the connection is bound to, which restricted users must name.",
);

static AMAZON_S3: Object = Object::new(
    "A connection to an Amazon S3 bucket.",
    &[
        NAME,
        Field::required("accessKeyId", Shape::Text, "The id of the access key."),
        Field::required("secretAccessKey", Shape::Secret, "The access key."),
        Field::required("bucketName", Shape::Text, "The bucket."),
        Field::optional("roleArn", Shape::Text, "The role to assume."),
        WORKSPACE,
    ],
)
.rules(name);

static AZURE_BLOB: Object = Object::new(
    "A connection to a container of an Azure storage account.",
    &[
        NAME,
        Field::required("storageAccountName", Shape::Text, "The storage account."),
        Field::required("containerName", Shape::Text, "The container."),
        Field::required("sasToken", Shape::Secret, "The shared access signature."),
        AUTH_METHOD,
        WORKSPACE,
    ],
)
.rules(|fields, walk| {
    name(fields, walk);
    sas_token(fields, walk);
});

const AUTH_METHOD: Field = Field::optional(
    "authMethod",
    Shape::Word(&["SAS-based"]),
    "How the connection proves who it is.",
)
.alias("auth_method")
.sent_as_given();

static GOOGLE_BIG_QUERY: Object = Object::new(
    "A connection to a Google BigQuery dataset.",
    &[
        NAME,
        Field::required("dataset", Shape::Text, "The dataset."),
        Field::required(
            "serviceAccountKey",
            Shape::Object(&KEY),
            "The key of a service account.",
        ),
        WORKSPACE,
    ],
)
.rules(name);

static KEY: Object = Object::new(
    "The key of a Google service account, as Google hands it out.",
    &[
        Field::optional(
            "type",
            Shape::Word(&["service_account"]),
            "What kind of key it is.",
        ),
        Field::required("projectId", Shape::Text, "The project."),
        Field::required("privateKeyId", Shape::Text, "The private key's id."),
        Field::required("privateKey", Shape::Secret, "The private key, as PEM."),
        Field::required("clientEmail", Shape::Text, "The service account."),
        Field::required("clientId", Shape::NumericId, "The service account's id."),
        Field::required("authUri", Shape::Text, "Where users log in."),
        Field::required("tokenUri", Shape::Text, "Where tokens come from."),
        Field::required(
            "authProviderX509CertUrl",
            Shape::Text,
            "Where the certificates of the log-in are.",
        ),
        Field::required(
            "clientX509CertUrl",
            Shape::Text,
            "Where the service account's certificate is.",
        ),
    ],
)
// Google's newer files say in which cloud the key is good. The service has no field for it.
.ignored(&["universe_domain", "universeDomain"])
.snake_case();

static AMAZON_S3_PATCH: Object = Object::new(
    "Changes of a connection to an Amazon S3 bucket.",
    &[
        PATCHED_NAME,
        Field::optional("accessKeyId", Shape::Text, "The new id of the access key."),
        Field::optional("secretAccessKey", Shape::Secret, "The new access key."),
        Field::optional("bucketName", Shape::Text, "The new bucket."),
        Field::optional("roleArn", Shape::Text, "The new role to assume."),
        WORKSPACE,
    ],
)
.rules(changes);

static AZURE_BLOB_PATCH: Object = Object::new(
    "Changes of a connection to an Azure container.",
    &[
        PATCHED_NAME,
        Field::optional(
            "storageAccountName",
            Shape::Text,
            "The new storage account.",
        ),
        Field::optional("containerName", Shape::Text, "The new container."),
        Field::optional(
            "sasToken",
            Shape::Secret,
            "The new shared access signature.",
        ),
        AUTH_METHOD,
        WORKSPACE,
    ],
)
.rules(|fields, walk| {
    changes(fields, walk);
    sas_token(fields, walk);
});

static GOOGLE_BIG_QUERY_PATCH: Object = Object::new(
    "Changes of a connection to a Google BigQuery dataset.",
    &[
        PATCHED_NAME,
        Field::optional("dataset", Shape::Text, "The new dataset."),
        Field::optional("serviceAccountKey", Shape::Object(&KEY), "The new key."),
        WORKSPACE,
    ],
)
.rules(changes);

/// The fields that can be changed on every type of connection.
static ANY_PATCH: Object =
    Object::new("Changes of any connection.", &[PATCHED_NAME, WORKSPACE]).rules(changes);

const PATCHED_NAME: Field = Field::optional("name", Shape::Text, "The connection's new name.");

/// A connection's type and body, for each type.
macro_rules! wrapped {
    ($($name:ident = $word:literal, $type:expr, $body:expr;)*) => {$(
        static $name: Object = Object::new(
            "A connection.",
            &[
                $type("type", Shape::Word(&[$word]), "What the connection leads to."),
                Field::required("body", $body, "Where exactly it leads."),
            ],
        );
    )*};
}

wrapped! {
    WRAPPED_S3 = "AmazonS3", Field::required, Shape::Object(&AMAZON_S3);
    WRAPPED_BLOB = "AzureBlob", Field::required, Shape::Object(&AZURE_BLOB);
    WRAPPED_QUERY = "GoogleBigQuery", Field::required, Shape::Object(&GOOGLE_BIG_QUERY);
    WRAPPED_S3_PATCH = "AmazonS3", Field::optional, Shape::Object(&AMAZON_S3_PATCH);
    WRAPPED_BLOB_PATCH = "AzureBlob", Field::optional, Shape::Object(&AZURE_BLOB_PATCH);
    WRAPPED_QUERY_PATCH = "GoogleBigQuery", Field::optional, Shape::Object(&GOOGLE_BIG_QUERY_PATCH);
}

static WRAPPED_UNKNOWN: Object = Object::new(
    "A connection.",
    &[
        Field::required("type", Shape::Text, "What the connection leads to."),
        Field::required("body", Shape::Object(&ANYTHING), "Where exactly it leads."),
    ],
);

/// A body of an unknown type.
static ANYTHING: Object = Object::new("The body of a connection.", &[NAME]).rules(name);

static WRAPPED_ANY_PATCH: Object = Object::new(
    "Changes of a connection.",
    &[
        Field::optional("type", Shape::Text, "What the connection leads to."),
        Field::required("body", Shape::Object(&ANY_PATCH), "What to change."),
    ],
);

static CONNECTION: Union = Union {
    tag: Some(("type", true)),
    variants: &[
        ("AmazonS3", &WRAPPED_S3),
        ("AzureBlob", &WRAPPED_BLOB),
        ("GoogleBigQuery", &WRAPPED_QUERY),
    ],
    guess: |fields| guess_wrapped(fields, [&WRAPPED_S3, &WRAPPED_BLOB, &WRAPPED_QUERY]),
    fallback: Some(&WRAPPED_UNKNOWN),
};

static BODY: Union = Union {
    tag: None,
    variants: &[
        ("AmazonS3", &AMAZON_S3),
        ("AzureBlob", &AZURE_BLOB),
        ("GoogleBigQuery", &GOOGLE_BIG_QUERY),
    ],
    guess: |fields| guess(fields, [&AMAZON_S3, &AZURE_BLOB, &GOOGLE_BIG_QUERY]),
    fallback: None,
};

static PATCH: Union = Union {
    tag: None,
    variants: &[
        ("AmazonS3", &AMAZON_S3_PATCH),
        ("AzureBlob", &AZURE_BLOB_PATCH),
        ("GoogleBigQuery", &GOOGLE_BIG_QUERY_PATCH),
    ],
    guess: |fields| {
        guess(
            fields,
            [&AMAZON_S3_PATCH, &AZURE_BLOB_PATCH, &GOOGLE_BIG_QUERY_PATCH],
        )
    },
    fallback: Some(&ANY_PATCH),
};

static WRAPPED_PATCH: Union = Union {
    tag: Some(("type", false)),
    variants: &[
        ("AmazonS3", &WRAPPED_S3_PATCH),
        ("AzureBlob", &WRAPPED_BLOB_PATCH),
        ("GoogleBigQuery", &WRAPPED_QUERY_PATCH),
    ],
    guess: |fields| {
        guess_wrapped(
            fields,
            [&WRAPPED_S3_PATCH, &WRAPPED_BLOB_PATCH, &WRAPPED_QUERY_PATCH],
        )
    },
    fallback: Some(&WRAPPED_ANY_PATCH),
};

inputs! {
    ConnectionInput => Shape::Union(&CONNECTION);
    AmazonS3ConnectionInput => Shape::Object(&AMAZON_S3);
    AzureBlobConnectionInput => Shape::Object(&AZURE_BLOB);
    GoogleBigQueryConnectionInput => Shape::Object(&GOOGLE_BIG_QUERY);
    ServiceAccountKey => Shape::Object(&KEY);
    ConnectionBodyInput => Shape::Union(&BODY), or "body" in Shape::Union(&CONNECTION);
    ConnectionPatch => Shape::Union(&PATCH), or "body" in Shape::Union(&WRAPPED_PATCH);
}

/// The body that has most of these fields, those aside that all have.
fn guess(fields: &Map<String, Value>, bodies: [&'static Object; 3]) -> Option<&'static Object> {
    most_fields(bodies.into_iter(), fields, &["name", "workspaceId"])
}

fn guess_wrapped(
    fields: &Map<String, Value>,
    connections: [&'static Object; 3],
) -> Option<&'static Object> {
    let body = fields.get("body")?.as_object()?;
    let body_of = |connection: &&'static Object| match connection.fields[1].shape {
        Shape::Object(body) => body,
        _ => connection,
    };
    let best = guess(body, connections.each_ref().map(body_of))?;
    connections
        .into_iter()
        .find(|connection| std::ptr::eq(body_of(connection), best))
}

fn some_field(fields: &Map<String, Value>, walk: &mut Walk) {
    if fields.is_empty() && walk.is_clean() {
        walk.problem(
            "",
            ProblemKind::Empty,
            "expected at least one field to change",
        );
    }
}

fn changes(fields: &Map<String, Value>, walk: &mut Walk) {
    some_field(fields, walk);
    name(fields, walk);
}

/// What the vendor's help says of the names of connections. The API is not known to refuse others.
fn name(fields: &Map<String, Value>, walk: &mut Walk) {
    const MAX_LENGTH: usize = 60;
    let Some(name) = fields.get("name").and_then(Value::as_str) else {
        return;
    };
    let length = name.chars().count();
    if length > MAX_LENGTH {
        let message = format!("the vendor allows {MAX_LENGTH} characters, found {length}");
        walk.warning("name", WarningKind::UnusualName, message);
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_');
    if !name.chars().all(plain)
        || !name.starts_with(|c: char| c.is_ascii_alphanumeric())
        || !name.ends_with(|c: char| c.is_ascii_alphanumeric())
    {
        let message = "the vendor allows Latin letters, digits, spaces, `-` and `_`, and a letter \
                       or a digit at both ends";
        walk.warning("name", WarningKind::UnusualName, message);
    }
}

/// What a shared access signature says of itself: <https://learn.microsoft.com/azure/storage/common/storage-sas-overview>.
fn sas_token(fields: &Map<String, Value>, walk: &mut Walk) {
    let Some(token) = fields.get("sasToken").and_then(Value::as_str) else {
        return;
    };
    let mut warn = |kind, message: &str| walk.warning("sasToken", kind, message);
    if token.contains(['\r', '\n']) {
        warn(
            WarningKind::UnusualSecret,
            "there is a line end in it, which no token has",
        );
    }
    let token = token.trim();
    let is_url = token.contains("://");
    if is_url {
        warn(
            WarningKind::UnusualSecret,
            "this is a whole URL: expected the token alone, which begins after its `?`",
        );
    }
    let token = match token.split_once('?') {
        Some((_, token)) if is_url => token,
        _ => token.trim_start_matches('?'),
    };
    if sas_value(token, "sr").as_deref() == Some("b") {
        warn(
            WarningKind::UnusualSecret,
            "this is the token of one blob (`sr=b`), which the vendor refuses: expected that of \
             an account or a container",
        );
    }
    if let Some(rights) = sas_value(token, "sp") {
        let missing: Vec<_> = [('r', "read"), ('w', "write"), ('l', "list")]
            .iter()
            .filter(|(letter, _)| !rights.contains(*letter))
            .map(|(_, right)| *right)
            .collect();
        if !missing.is_empty() {
            let message = format!(
                "its rights (`sp`) lack {}: the vendor asks for read, write and list",
                missing.join(" and ")
            );
            warn(WarningKind::MissingRights, &message);
        }
    }
    if let Some(end) = sas_value(token, "se").as_deref().and_then(sas_end) {
        let left = end.duration_since(walk.now);
        if left <= SignedDuration::ZERO {
            let message = format!("the token expired at {end}");
            walk.warning("sasToken", WarningKind::Expiry, message);
        } else if left <= EXPIRY_WARNING {
            let message = format!("the token expires at {end}");
            walk.warning("sasToken", WarningKind::Expiry, message);
        }
    }
}

fn sas_value(token: &str, name: &str) -> Option<String> {
    let mut pairs = token.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    Some(percent_decode_str(value).decode_utf8().ok()?.into_owned())
}

/// When a shared access signature ends.
fn sas_end(end: &str) -> Option<Timestamp> {
    let day = || {
        Offset::UTC
            .to_timestamp(end.parse::<Date>().ok()?.at(0, 0, 0, 0))
            .ok()
    };
    end.parse().ok().or_else(day)
}
