//! Connections, as they are created and changed.

use bon::{Builder, bon};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Connection, ConnectionType};
use crate::models::constant::constant;
use crate::models::ids::WorkspaceId;
use crate::models::secret::Secret;
use crate::validation::{Problem, ProblemKind, ValidationError, from_read};

/// A connection to create. Its type follows from its body.
///
/// ```
/// use anaplan_sdk::models::cloud_works::{AzureBlobConnectionInput, ConnectionInput};
/// use serde_json::json;
///
/// let connection = ConnectionInput::from(
///     AzureBlobConnectionInput::builder()
///         .name("My Blob")
///         .storage_account_name("mystorageaccount")
///         .container_name("raw")
///         .sas_token("sp=rl&st=2025-05-10T19:29:44Z...")
///         .build(),
/// );
/// connection.validate()?;
///
/// let from_json = ConnectionInput::try_from(json!({
///     "type": "AzureBlob",
///     "body": {
///         "name": "My Blob",
///         "storageAccountName": "mystorageaccount",
///         "containerName": "raw",
///         "sasToken": "sp=rl&st=2025-05-10T19:29:44Z...",
///     },
/// }))?;
/// assert_eq!(connection, from_json);
/// # Ok::<(), anaplan_sdk::validation::ValidationError>(())
/// ```
///
/// A body of another type does not fit:
///
/// ```compile_fail,E0308
/// use anaplan_sdk::models::cloud_works::{AmazonS3ConnectionInput, ConnectionInput};
///
/// fn mislabel(body: AmazonS3ConnectionInput) -> ConnectionInput {
///     ConnectionInput::AzureBlob(body)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "body")]
#[non_exhaustive]
pub enum ConnectionInput {
    /// To an Amazon S3 bucket.
    AmazonS3(AmazonS3ConnectionInput),
    /// To a container of an Azure storage account.
    AzureBlob(AzureBlobConnectionInput),
    /// To a Google BigQuery dataset.
    GoogleBigQuery(GoogleBigQueryConnectionInput),
}

impl ConnectionInput {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::AmazonS3(body) => &body.name,
            Self::AzureBlob(body) => &body.name,
            Self::GoogleBigQuery(body) => &body.name,
        }
    }
}

/// What replaces the whole body of a connection, its secret included.
///
/// As JSON, it is taken bare, or wrapped as for the creation of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ConnectionBodyInput {
    /// The body of a connection to Amazon S3.
    AmazonS3(AmazonS3ConnectionInput),
    /// The body of a connection to Azure.
    AzureBlob(AzureBlobConnectionInput),
    /// The body of a connection to BigQuery.
    GoogleBigQuery(GoogleBigQueryConnectionInput),
}

impl ConnectionBodyInput {
    /// The body of a connection that was read, to be changed and sent again. Its secret is part
    /// of the body, and is never told: the secret access key, the SAS token, or the key of the
    /// service account.
    ///
    /// ```
    /// use anaplan_sdk::models::cloud_works::{Connection, ConnectionBodyInput};
    ///
    /// let read: Connection = serde_json::from_value(serde_json::json!({
    ///     "connectionId": "5e634ba338444d2ea26ce384a70b5705",
    ///     "connectionType": "AzureBlob",
    ///     "body": {"name": "Raw", "storageAccountName": "account", "containerName": "raw"},
    /// }))?;
    /// let body = ConnectionBodyInput::from_read(&read, "sp=rl&st=2025-05-10T19:29:44Z...")?;
    /// # let ConnectionBodyInput::AzureBlob(body) = body else { panic!() };
    /// # assert_eq!(body.container_name, "raw");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the connection is of a type that this version does not know, lacks a field, or the
    /// secret is not of its type: every problem, with its path.
    pub fn from_read(
        connection: &Connection,
        secret: impl Into<ConnectionSecret>,
    ) -> Result<Self, ValidationError> {
        let connection_type = connection.connection_type.as_ref();
        let secret = match (connection_type, secret.into()) {
            (Some(ConnectionType::GoogleBigQuery), ConnectionSecret::Text(text)) => {
                ConnectionSecret::ServiceAccountKey(ServiceAccountKey::from_json(text.expose())?)
            }
            (_, secret) => secret,
        };
        let field = match connection_type {
            Some(ConnectionType::AmazonS3) => "secretAccessKey",
            Some(ConnectionType::AzureBlob) => "sasToken",
            Some(ConnectionType::GoogleBigQuery) => "serviceAccountKey",
            Some(ConnectionType::Other(_)) | None => {
                let words = ConnectionType::WORDS.join("`, `");
                let message = format!("expected one of `{words}`");
                let problem = Problem::new("connectionType", ProblemKind::UnknownValue, message);
                return Err(problem.into());
            }
        };
        let mut json = json!({"type": connection_type, "body": connection.body});
        json["body"][field] = serde_json::to_value(secret).unwrap_or_default();
        if json["body"].get("workspaceId").is_none() {
            json["body"]["workspaceId"] = json!(connection.workspace_id);
        }
        from_read::<ConnectionInput>(json).map(Self::from)
    }
}

/// The secret of a connection: text, or the key of a Google service account, which may come as
/// the text of its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ConnectionSecret {
    /// The secret access key, the SAS token, or the file of a service account's key.
    Text(Secret),
    /// The key of a service account.
    ServiceAccountKey(ServiceAccountKey),
}

impl<T: Into<Secret>> From<T> for ConnectionSecret {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

impl From<ServiceAccountKey> for ConnectionSecret {
    fn from(key: ServiceAccountKey) -> Self {
        Self::ServiceAccountKey(key)
    }
}

impl From<ConnectionInput> for ConnectionBodyInput {
    fn from(connection: ConnectionInput) -> Self {
        match connection {
            ConnectionInput::AmazonS3(body) => Self::AmazonS3(body),
            ConnectionInput::AzureBlob(body) => Self::AzureBlob(body),
            ConnectionInput::GoogleBigQuery(body) => Self::GoogleBigQuery(body),
        }
    }
}

macro_rules! from_body {
    ($($variant:ident($body:ty)),*) => {$(
        impl From<$body> for ConnectionInput {
            fn from(body: $body) -> Self {
                Self::$variant(body)
            }
        }

        impl From<$body> for ConnectionBodyInput {
            fn from(body: $body) -> Self {
                Self::$variant(body)
            }
        }
    )*};
}

from_body!(
    AmazonS3(AmazonS3ConnectionInput),
    AzureBlob(AzureBlobConnectionInput),
    GoogleBigQuery(GoogleBigQueryConnectionInput)
);

/// A connection to an Amazon S3 bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct AmazonS3ConnectionInput {
    /// The connection's name, unique in the tenant.
    pub name: String,
    /// The id of the access key.
    pub access_key_id: String,
    /// The access key.
    pub secret_access_key: Secret,
    /// The bucket.
    pub bucket_name: String,
    /// The role to assume. Defaults to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The workspace that the connection is bound to, which restricted users must name. Defaults
    /// to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
}

constant!(SasBased = "SAS-based");

/// A connection to a container of an Azure storage account, by a SAS token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct AzureBlobConnectionInput {
    /// The connection's name, unique in the tenant.
    pub name: String,
    /// The storage account.
    pub storage_account_name: String,
    /// The container.
    pub container_name: String,
    /// The shared access signature.
    pub sas_token: Secret,
    /// The workspace that the connection is bound to, which restricted users must name. Defaults
    /// to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
    #[builder(skip)]
    #[serde(flatten)]
    auth_method: AuthMethod,
}

/// How an Azure connection proves who it is. Sources conflict on the field's spelling in requests:
/// it is sent in the one that the caller's JSON has, and as `authMethod` by the typed input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "AuthMethodFields", into = "AuthMethodFields")]
enum AuthMethod {
    #[default]
    CamelCase,
    SnakeCase,
}

/// The field in both spellings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct AuthMethodFields {
    #[serde(
        rename = "authMethod",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    camel_case: Option<SasBased>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_method: Option<SasBased>,
}

impl From<AuthMethodFields> for AuthMethod {
    fn from(fields: AuthMethodFields) -> Self {
        match fields.auth_method {
            Some(_) => Self::SnakeCase,
            None => Self::CamelCase,
        }
    }
}

impl From<AuthMethod> for AuthMethodFields {
    fn from(method: AuthMethod) -> Self {
        let (camel_case, auth_method) = match method {
            AuthMethod::CamelCase => (Some(SasBased), None),
            AuthMethod::SnakeCase => (None, Some(SasBased)),
        };
        Self {
            camel_case,
            auth_method,
        }
    }
}

/// A connection to a Google BigQuery dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct GoogleBigQueryConnectionInput {
    /// The connection's name, unique in the tenant.
    pub name: String,
    /// The dataset.
    pub dataset: String,
    /// The key of a service account that may read or write it.
    pub service_account_key: ServiceAccountKey,
    /// The workspace that the connection is bound to, which restricted users must name. Defaults
    /// to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
}

constant!(ServiceAccount = "service_account");

/// The key of a Google service account, taken as Google hands it out.
///
/// ```
/// use anaplan_sdk::models::cloud_works::ServiceAccountKey;
///
/// let key = ServiceAccountKey::from_json(r#"{
///     "type": "service_account",
///     "project_id": "my-project",
///     "private_key_id": "0123456789abcdef",
///     "private_key": "-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----\n",
///     "client_email": "robot@my-project.iam.gserviceaccount.com",
///     "client_id": "123456789012345678901",
///     "auth_uri": "https://accounts.google.com/o/oauth2/auth",
///     "token_uri": "https://oauth2.googleapis.com/token",
///     "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
///     "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/robot",
///     "universe_domain": "googleapis.com"
/// }"#)?;
/// assert_eq!(key.project_id, "my-project");
/// # Ok::<(), anaplan_sdk::validation::ValidationError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct ServiceAccountKey {
    /// The project.
    #[serde(alias = "project_id")]
    pub project_id: String,
    /// The private key's id.
    #[serde(alias = "private_key_id")]
    pub private_key_id: String,
    /// The private key, as PEM.
    #[serde(alias = "private_key")]
    pub private_key: Secret,
    /// The service account.
    #[serde(alias = "client_email")]
    pub client_email: String,
    /// The service account's id.
    #[serde(alias = "client_id")]
    pub client_id: String,
    /// Where users log in.
    #[serde(alias = "auth_uri")]
    pub auth_uri: String,
    /// Where tokens come from.
    #[serde(alias = "token_uri")]
    pub token_uri: String,
    /// Where the certificates of the log-in are.
    #[serde(alias = "auth_provider_x509_cert_url")]
    pub auth_provider_x509_cert_url: String,
    /// Where the service account's certificate is.
    #[serde(alias = "client_x509_cert_url")]
    pub client_x509_cert_url: String,
    #[builder(skip)]
    #[serde(default, rename = "type")]
    key_type: ServiceAccount,
}

impl ServiceAccountKey {
    /// Reads the key file that Google hands out.
    ///
    /// # Errors
    ///
    /// When the text is no JSON, or not such a file: each problem is listed.
    pub fn from_json(text: &str) -> Result<Self, ValidationError> {
        let key: Value = serde_json::from_str(text).map_err(|error| {
            let message = format!(
                "expected JSON: line {}, column {}",
                error.line(),
                error.column()
            );
            ValidationError::from(Problem::new("", ProblemKind::WrongType, message))
        })?;
        key.try_into()
    }
}

/// What to change of a connection's body; what is not named stays. At least one field.
///
/// A patch is for one type of connection, by the builder that it comes from:
///
/// ```
/// use anaplan_sdk::models::cloud_works::ConnectionPatch;
///
/// let patch = ConnectionPatch::azure_blob().sas_token("sp=rl&st=…").build();
/// patch.validate()?;
/// # Ok::<(), anaplan_sdk::validation::ValidationError>(())
/// ```
///
/// ```compile_fail,E0599
/// use anaplan_sdk::models::cloud_works::ConnectionPatch;
///
/// let mixture = ConnectionPatch::azure_blob().bucket_name("raw").build();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_access_key: Option<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_account_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sas_token: Option<Secret>,
    #[serde(flatten)]
    auth_method: AuthMethodFields,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account_key: Option<ServiceAccountKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_id: Option<WorkspaceId>,
}

#[bon]
impl ConnectionPatch {
    /// Starts a patch of a connection to Amazon S3.
    #[builder(on(_, into), finish_fn = build)]
    pub fn amazon_s3(
        /// The connection's new name.
        name: Option<String>,
        /// The new id of the access key.
        access_key_id: Option<String>,
        /// The new access key.
        secret_access_key: Option<Secret>,
        /// The new bucket.
        bucket_name: Option<String>,
        /// The new role to assume.
        role_arn: Option<String>,
        /// The new workspace.
        workspace_id: Option<WorkspaceId>,
    ) -> Self {
        Self {
            name,
            access_key_id,
            secret_access_key,
            bucket_name,
            role_arn,
            workspace_id,
            ..Self::default()
        }
    }

    /// Starts a patch of a connection to Azure.
    #[builder(on(_, into), finish_fn = build)]
    pub fn azure_blob(
        /// The connection's new name.
        name: Option<String>,
        /// The new storage account.
        storage_account_name: Option<String>,
        /// The new container.
        container_name: Option<String>,
        /// The new shared access signature.
        sas_token: Option<Secret>,
        /// The new workspace.
        workspace_id: Option<WorkspaceId>,
    ) -> Self {
        Self {
            name,
            storage_account_name,
            container_name,
            sas_token,
            workspace_id,
            ..Self::default()
        }
    }

    /// Starts a patch of a connection to BigQuery.
    #[builder(on(_, into), finish_fn = build)]
    pub fn google_big_query(
        /// The connection's new name.
        name: Option<String>,
        /// The new dataset.
        dataset: Option<String>,
        /// The new key.
        service_account_key: Option<ServiceAccountKey>,
        /// The new workspace.
        workspace_id: Option<WorkspaceId>,
    ) -> Self {
        Self {
            name,
            dataset,
            service_account_key,
            workspace_id,
            ..Self::default()
        }
    }
}
