//! Integrations: an import, an export or a process, with the storage that it reads or writes.

mod input;
mod job_input;
mod rules;

use jiff::Timestamp;

use super::run::LatestRun;
use super::schedule::Schedule;
use crate::models::ids::{
    ActionId, ConnectionId, FileId, IntegrationId, ModelId, NotificationId, ProcessId, WorkspaceId,
};
use crate::models::open_enum::open_enum;
use crate::models::reply_macro::reply;

pub use input::*;
pub use job_input::*;

open_enum! {
    /// What an integration runs.
    pub enum IntegrationType {
        /// One import.
        Import = "Import",
        /// One export.
        Export = "Export",
        /// A process.
        Process = "Process",
    }
}

open_enum! {
    /// From where to where a job moves data.
    pub enum JobType {
        /// An import from Amazon S3.
        AmazonS3ToAnaplan = "AmazonS3ToAnaplan",
        /// An import from Azure.
        AzureBlobToAnaplan = "AzureBlobToAnaplan",
        /// An import from BigQuery.
        GoogleBigQueryToAnaplan = "GoogleBigQueryToAnaplan",
        /// An export to Amazon S3.
        AnaplanToAmazonS3 = "AnaplanToAmazonS3",
        /// An export to Azure.
        AnaplanToAzureBlob = "AnaplanToAzureBlob",
        /// An export to BigQuery.
        AnaplanToGoogleBigQuery = "AnaplanToGoogleBigQuery",
    }
}

open_enum! {
    /// What stands at one end of a job.
    pub enum EndType {
        /// The model.
        Anaplan = "Anaplan",
        /// An Amazon S3 bucket.
        AmazonS3 = "AmazonS3",
        /// An Azure container.
        AzureBlob = "AzureBlob",
        /// A BigQuery dataset.
        GoogleBigQuery = "GoogleBigQuery",
    }
}

reply! {
    /// An integration, as it is listed. Its jobs come only with a [`SingleIntegration`].
    pub struct Integration {
        @required {
            /// Its id.
            id: IntegrationId as "integrationId",
        }
        /// Its name.
        name: String,
        /// What it runs.
        integration_type: Option<IntegrationType>,
        /// The process that it runs, if it runs one.
        process_id: Option<ProcessId>,
        /// The workspace of its model.
        workspace_id: Option<WorkspaceId>,
        /// Its model.
        model_id: Option<ModelId>,
        /// Who created it.
        created_by: Option<String> = Person,
        /// When it was created.
        creation_date: Option<Timestamp> => iso_creation_date,
        /// When it was last changed.
        modification_date: Option<Timestamp> => iso_modification_date,
        /// Who last changed it.
        modified_by: Option<String> = Person,
        /// Its latest run; `None` if it never ran.
        latest_run: Option<LatestRun>,
        /// Its notification configuration.
        notification_id: Option<NotificationId>,
        /// Whether it can be seen in Anaplan's own pages.
        nux_visible: Option<bool>,
        /// Its schedule.
        schedule: Option<Schedule>,
    }
}

reply! {
    /// How many integrations there are in the tenant, and how many there may be.
    #[derive(Default)]
    pub struct TenantLimits {
        /// How many integrations count against the limit, whoever may see them.
        tenant_current_count: Option<i64>,
        /// How many there may be.
        tenant_max_allowed: Option<i64>,
        /// How long the list is that the user may see.
        paging: Option<Paging>,
    }
}

impl TenantLimits {
    /// How many integrations can still be created.
    pub fn left(&self) -> Option<i64> {
        let left = self
            .tenant_max_allowed?
            .checked_sub(self.tenant_current_count?)?;
        Some(left.max(0))
    }
}

reply! {
    /// What a page of a list says of the list.
    pub struct Paging {
        /// How many items the list has.
        total_size: Option<i64>,
        /// How many items this page has.
        current_page_size: Option<i64>,
        /// How many items come before this page.
        offset: Option<i64>,
    }
}

reply! {
    /// One integration with its jobs.
    pub struct SingleIntegration {
        @required {
            /// Its id.
            id: IntegrationId as "integrationId",
        }
        /// Its name.
        name: String,
        /// The version of its shape, `2.0`.
        version: Option<String>,
        /// What it runs. The service leaves it out here; an integration with a `process_id` runs
        /// a process.
        integration_type: Option<IntegrationType>,
        /// The process that it runs, if it runs one.
        process_id: Option<ProcessId>,
        /// The workspace of its model.
        workspace_id: Option<WorkspaceId>,
        /// Its model.
        model_id: Option<ModelId>,
        /// Who created it.
        created_by: Option<String> = Person,
        /// When it was created.
        creation_date: Option<Timestamp> => iso_creation_date,
        /// When it was last changed.
        modification_date: Option<Timestamp> => iso_modification_date,
        /// Who last changed it.
        modified_by: Option<String> = Person,
        /// Its latest run; `None` if it never ran.
        latest_run: Option<LatestRun>,
        /// Its notification configuration.
        notification_id: Option<NotificationId>,
        /// Whether it can be seen in Anaplan's own pages.
        nux_visible: Option<bool>,
        /// Its schedule.
        schedule: Option<Schedule>,
        /// What it moves from where to where. Empty for a process without cloud storage.
        jobs: Vec<Job>,
    }
}

reply! {
    /// One movement of data.
    pub struct Job {
        /// From where to where.
        job_type: Option<JobType> as "type",
        /// What is read: one source.
        sources: Vec<JobSource>,
        /// What is written: one target.
        targets: Vec<JobTarget>,
        /// The columns of an export to BigQuery.
        mapping: Vec<JobMapping>,
    }
}

reply! {
    /// What a job reads.
    pub struct JobSource {
        /// What stands at this end.
        end_type: Option<EndType> as "type",
        /// The connection, of an import.
        connection_id: Option<ConnectionId>,
        /// The connection's name.
        connection_name: Option<String>,
        /// Whether the connection has been deleted since.
        is_connection_deleted: Option<bool>,
        /// The bucket, or Azure's container.
        bucket_name: Option<String>,
        /// The file, of an import from a bucket or a container.
        file: Option<String>,
        /// The table, of an import from BigQuery.
        table: Option<String>,
        /// The export's action.
        action_id: Option<ActionId>,
    }
}

reply! {
    /// What a job writes.
    pub struct JobTarget {
        /// What stands at this end.
        end_type: Option<EndType> as "type",
        /// The import's action.
        action_id: Option<ActionId>,
        /// The file that the import reads in the model.
        file_id: Option<FileId>,
        /// The connection, of an export.
        connection_id: Option<ConnectionId>,
        /// The connection's name.
        connection_name: Option<String>,
        /// Whether the connection has been deleted since.
        is_connection_deleted: Option<bool>,
        /// The bucket, or Azure's container.
        bucket_name: Option<String>,
        /// The folder, of an export to a bucket or a container.
        file: Option<String>,
        /// The table, of an export to BigQuery.
        table: Option<String>,
        /// Whether what is there is overwritten.
        overwrite: Option<bool>,
    }
}

reply! {
    /// Which column of an export goes into which column of a BigQuery table.
    pub struct JobMapping {
        /// The column of the export.
        source_name: Option<String>,
        /// The column of the table.
        target_name: Option<String>,
    }
}
