//! A connection, and what its body has to have.

use serde_json::{Value, json};

use crate::state::check::{self, Object};
use crate::state::clock::{self, Millis};
use crate::state::refusal::Refusal;

/// A way to a cloud store, with its secrets.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) body: Object,
    pub(crate) created: Millis,
    pub(crate) modified: Millis,
    pub(crate) created_by: String,
    pub(crate) modified_by: String,
    pub(crate) status: u8,
    pub(crate) error_code: Option<i64>,
}

/// Fields that never come back.
const SECRETS: [&str; 3] = ["secretAccessKey", "sasToken", "serviceAccountKey"];

/// What Google's key consists of, in the spelling of the service.
const KEY_FIELDS: [&str; 10] = [
    "type",
    "projectId",
    "privateKeyId",
    "privateKey",
    "clientEmail",
    "clientId",
    "authUri",
    "tokenUri",
    "authProviderX509CertUrl",
    "clientX509CertUrl",
];

impl Connection {
    pub(crate) fn new(id: String, kind: &str, body: Object, by: &str, now: Millis) -> Self {
        Self {
            id,
            kind: kind.into(),
            body,
            created: now,
            modified: now,
            created_by: by.into(),
            modified_by: by.into(),
            status: 1,
            error_code: None,
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.body
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(crate) fn workspace(&self) -> Option<&str> {
        self.body.get("workspaceId").and_then(Value::as_str)
    }

    /// The bucket, or the container, which goes by the same name.
    pub(crate) fn bucket(&self) -> Option<&str> {
        self.body
            .get("bucketName")
            .or_else(|| self.body.get("containerName"))
            .and_then(Value::as_str)
    }

    fn auth_method(&self) -> Option<&str> {
        self.body.get("authMethod").and_then(Value::as_str)
    }

    /// The body, without what is secret.
    fn open_body(&self) -> Object {
        self.body
            .iter()
            .filter(|(name, _)| !SECRETS.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    pub(crate) fn listed(&self) -> Value {
        json!({
            "connectionId": self.id,
            "connectionType": self.kind,
            "body": self.open_body(),
            "creationDate": clock::iso(self.created),
            "modificationDate": clock::iso(self.modified),
            "createdBy": self.created_by,
            "modifiedBy": self.modified_by,
            "status": self.status,
            "integrationErrorCode": self.error_code,
            "workspaceId": self.workspace(),
            "authMethod": self.auth_method(),
        })
    }

    pub(crate) fn snapshot(&self) -> Value {
        let mut all = self.listed();
        let mut body = self.body.clone();
        for secret in SECRETS {
            if let Some(value) = body.get_mut(secret) {
                *value = json!("[redacted]");
            }
        }
        all["body"] = Value::Object(body);
        all
    }
}

/// Required and optional fields of a body.
fn shape(kind: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    match kind {
        "AmazonS3" => Some((
            &["name", "accessKeyId", "secretAccessKey", "bucketName"],
            &["roleArn", "workspaceId"],
        )),
        "AzureBlob" => Some((
            &[
                "name",
                "storageAccountName",
                "containerName",
                "sasToken",
                "authMethod",
            ],
            &["workspaceId"],
        )),
        "GoogleBigQuery" => Some((&["name", "dataset", "serviceAccountKey"], &["workspaceId"])),
        _ => None,
    }
}

/// `auth_method` is another spelling of `authMethod`.
pub(crate) fn one_spelling(mut body: Object) -> Result<Object, Refusal> {
    if let Some(method) = body.remove("auth_method")
        && body.insert("authMethod".into(), method).is_some()
    {
        return Err(Refusal::invalid());
    }
    Ok(body)
}

/// Are all fields there, and of the right form?
pub(crate) fn complete(kind: &str, body: Object) -> Result<Object, Refusal> {
    let (required, optional) = shape(kind).ok_or_else(Refusal::invalid)?;
    let body = one_spelling(body)?;
    check::fields(&body, required, optional)?;
    values(&body)?;
    Ok(body)
}

fn values(body: &Object) -> Result<(), Refusal> {
    for (name, value) in body {
        match name.as_str() {
            "serviceAccountKey" => {
                let key = check::object(value)?;
                check::fields(key, &KEY_FIELDS, &["universeDomain"])?;
                for field in KEY_FIELDS {
                    check::text_in(key, field)?;
                }
                check::one_of(key, "type", &["service_account"])?;
            }
            "authMethod" => check::one_of(body, name, &["SAS-based"])?,
            _ => {
                check::text_in(body, name)?;
            }
        }
    }
    Ok(())
}

/// The service tries the credentials; here, some values stand for bad ones.
pub(crate) fn try_credentials(body: &Object) -> Result<(), Refusal> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let key = body
        .get("serviceAccountKey")
        .and_then(|key| key.get("privateKey"))
        .and_then(Value::as_str);
    let problem = if ["secretAccessKey", "sasToken"]
        .iter()
        .any(|name| text(name) == "wrong")
        || key == Some("wrong")
    {
        "Credentials are invalid"
    } else if [text("bucketName"), text("containerName")].contains(&"denied") {
        "Bucket access denied"
    } else if text("bucketName").contains(char::is_whitespace) || text("bucketName") == "invalid" {
        "Bucket name is invalid"
    } else if !text("roleArn").is_empty() && !text("roleArn").starts_with("arn:aws:iam::") {
        "Role arn is invalid"
    } else if text("dataset") == "invalid" {
        "Invalid Dataset"
    } else {
        return Ok(());
    };
    Err(Refusal::new(400, problem))
}

pub(crate) fn unique(all: &[Connection], name: &str, except: Option<&str>) -> Result<(), Refusal> {
    if all
        .iter()
        .any(|each| each.name() == name && Some(each.id.as_str()) != except)
    {
        return Err(Refusal::duplicate());
    }
    Ok(())
}
