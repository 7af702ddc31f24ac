//! Connections to cloud storage.

mod input;
mod rules;

use jiff::Timestamp;

use crate::models::ids::{ConnectionId, WorkspaceId};
use crate::models::open_enum::open_enum;
use crate::models::reply_macro::reply;

pub use input::*;

open_enum! {
    /// The storage that a connection leads to.
    pub enum ConnectionType {
        /// An Amazon S3 bucket.
        AmazonS3 = "AmazonS3",
        /// A container of an Azure storage account.
        AzureBlob = "AzureBlob",
        /// A Google BigQuery dataset.
        GoogleBigQuery = "GoogleBigQuery",
    }
}

reply! {
    /// A connection, as it is listed.
    pub struct Connection {
        @required {
            /// Its id.
            id: ConnectionId as "connectionId",
        }
        /// What it leads to.
        connection_type: Option<ConnectionType>,
        /// Where exactly it leads, without any secret.
        body: Option<ConnectionBody>,
        /// When it was created.
        creation_date: Option<Timestamp> => iso_creation_date,
        /// When it was last changed.
        modification_date: Option<Timestamp> => iso_modification_date,
        /// Who created it.
        created_by: Option<String> = Person,
        /// Who last changed it.
        modified_by: Option<String> = Person,
        /// 1 when it works, 0 when it is broken.
        status: Option<i64>,
        /// Why it is broken. The code alone does not mean that it is: look at `status`.
        integration_error_code: Option<i64>,
        /// The workspace that it is bound to.
        workspace_id: Option<WorkspaceId>,
        /// How it proves who it is, such as `SAS-based`. Only newer Azure connections say so.
        auth_method: Option<String> => "auth_method",
    }
}

impl Connection {
    /// Its name.
    pub fn name(&self) -> Option<&str> {
        self.body.as_ref()?.name.as_deref()
    }

    /// Whether the service says that it works; `None` if it does not say.
    pub fn is_working(&self) -> Option<bool> {
        self.status.map(|status| status == 1)
    }
}

reply! {
    /// Where a connection leads. Which fields there are depends on its type.
    pub struct ConnectionBody {
        /// The connection's name.
        name: Option<String>,
        /// Amazon S3: the bucket.
        bucket_name: Option<String>,
        /// Amazon S3: the id of the access key.
        access_key_id: Option<String>,
        /// Amazon S3: the role that is assumed.
        role_arn: Option<String>,
        /// Azure: the storage account.
        storage_account_name: Option<String>,
        /// Azure: the container.
        container_name: Option<String>,
        /// Azure: how the connection proves who it is, such as `SAS-based`.
        auth_method: Option<String> => "auth_method",
        /// BigQuery: the dataset.
        dataset: Option<String>,
        /// The workspace that the connection is bound to.
        workspace_id: Option<WorkspaceId>,
    }
}
