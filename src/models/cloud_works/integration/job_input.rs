//! The jobs of an integration, as they are created and changed.

use bon::Builder;
use serde::{Deserialize, Serialize};

use super::JobType;
use crate::models::constant::constant;
use crate::models::ids::{ActionId, ConnectionId, FileId};

/// One movement of data between cloud storage and a model. Its type follows from its two ends.
///
/// An end that does not fit is refused by the compiler, such as an import from a model:
///
/// ```compile_fail,E0277
/// use anaplan_sdk::models::cloud_works::{AnaplanSource, AnaplanTarget, IntegrationJobInput};
///
/// fn swap(source: AnaplanSource, target: AnaplanTarget) -> IntegrationJobInput {
///     IntegrationJobInput::import(source, target)
/// }
/// ```
///
/// or an export to BigQuery that does not say which column goes where:
///
/// ```compile_fail,E0061
/// use anaplan_sdk::models::cloud_works::{AnaplanSource, IntegrationJobInput, TableTarget};
///
/// fn unmapped(source: AnaplanSource, target: TableTarget) -> IntegrationJobInput {
///     IntegrationJobInput::export_table(source, target)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "JobBody", into = "JobBody")]
#[non_exhaustive]
pub enum IntegrationJobInput {
    /// From a file or a table into a model.
    Import {
        /// What is read.
        source: ImportSource,
        /// The import of the model.
        target: AnaplanTarget,
    },
    /// From a model into a folder.
    Export {
        /// The export of the model.
        source: AnaplanSource,
        /// Where its file goes.
        target: FileTarget,
    },
    /// From a model into a table.
    TableExport {
        /// The export of the model.
        source: AnaplanSource,
        /// Where its rows go.
        target: TableTarget,
        /// Which column goes where.
        mapping: Vec<ColumnMapping>,
    },
}

impl IntegrationJobInput {
    /// An import of a file or a table into a model.
    pub fn import(source: impl Into<ImportSource>, target: AnaplanTarget) -> Self {
        Self::Import {
            source: source.into(),
            target,
        }
    }

    /// An export of a model into a folder.
    pub fn export(source: AnaplanSource, target: FileTarget) -> Self {
        Self::Export { source, target }
    }

    /// An export of a model into a BigQuery table, column by column.
    pub fn export_table(
        source: AnaplanSource,
        target: TableTarget,
        mapping: impl IntoIterator<Item = ColumnMapping>,
    ) -> Self {
        Self::TableExport {
            source,
            target,
            mapping: mapping.into_iter().collect(),
        }
    }

    /// From where to where it moves data.
    pub fn job_type(&self) -> JobType {
        match self {
            Self::Import {
                source: ImportSource::File(file),
                ..
            } => match file.storage {
                FileStorage::AmazonS3 => JobType::AmazonS3ToAnaplan,
                FileStorage::AzureBlob => JobType::AzureBlobToAnaplan,
            },
            Self::Import {
                source: ImportSource::Table(_),
                ..
            } => JobType::GoogleBigQueryToAnaplan,
            Self::Export { target, .. } => match target.storage {
                FileStorage::AmazonS3 => JobType::AnaplanToAmazonS3,
                FileStorage::AzureBlob => JobType::AnaplanToAzureBlob,
            },
            Self::TableExport { .. } => JobType::AnaplanToGoogleBigQuery,
        }
    }
}

/// What an import reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ImportSource {
    /// A file.
    File(FileSource),
    /// A table.
    Table(TableSource),
}

impl From<FileSource> for ImportSource {
    fn from(file: FileSource) -> Self {
        Self::File(file)
    }
}

impl From<TableSource> for ImportSource {
    fn from(table: TableSource) -> Self {
        Self::Table(table)
    }
}

/// A storage that holds files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FileStorage {
    /// An Amazon S3 bucket.
    AmazonS3,
    /// An Azure container.
    AzureBlob,
}

/// A file that an import reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct FileSource {
    /// What kind of storage the connection leads to.
    #[serde(rename = "type")]
    pub storage: FileStorage,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The file's path in the bucket or container.
    pub file: String,
}

impl FileSource {
    /// A file in an Amazon S3 bucket.
    pub fn amazon_s3(connection_id: impl Into<ConnectionId>, file: impl Into<String>) -> Self {
        Self::builder()
            .storage(FileStorage::AmazonS3)
            .connection_id(connection_id)
            .file(file)
            .build()
    }

    /// A file in an Azure container.
    pub fn azure_blob(connection_id: impl Into<ConnectionId>, file: impl Into<String>) -> Self {
        Self::builder()
            .storage(FileStorage::AzureBlob)
            .connection_id(connection_id)
            .file(file)
            .build()
    }
}

constant!(BigQueryEnd = "GoogleBigQuery");
constant!(AnaplanEnd = "Anaplan");

/// A BigQuery table that an import reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct TableSource {
    #[builder(skip)]
    #[serde(rename = "type")]
    end_type: BigQueryEnd,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The table.
    pub table: String,
}

/// The export of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct AnaplanSource {
    #[builder(skip)]
    #[serde(rename = "type")]
    end_type: AnaplanEnd,
    /// The export (`116…`).
    pub action_id: ActionId,
    /// The file that the export writes, which is the export's own id. The service does not need it.
    /// Defaults to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_id: Option<FileId>,
}

/// The import of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct AnaplanTarget {
    #[builder(skip)]
    #[serde(rename = "type")]
    end_type: AnaplanEnd,
    /// The import (`112…`).
    pub action_id: ActionId,
    /// The file that the import reads (`113…`).
    pub file_id: FileId,
}

/// The folder that an export writes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct FileTarget {
    /// What kind of storage the connection leads to.
    #[serde(rename = "type")]
    pub storage: FileStorage,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The folder's path in the bucket or container.
    pub file: String,
    /// Whether a file of the same name is overwritten. Defaults to `false`.
    #[builder(default)]
    #[serde(default)]
    pub overwrite: bool,
}

impl FileTarget {
    /// A folder in an Amazon S3 bucket, where nothing is overwritten.
    pub fn amazon_s3(connection_id: impl Into<ConnectionId>, file: impl Into<String>) -> Self {
        Self::builder()
            .storage(FileStorage::AmazonS3)
            .connection_id(connection_id)
            .file(file)
            .build()
    }

    /// A folder in an Azure container, where nothing is overwritten.
    pub fn azure_blob(connection_id: impl Into<ConnectionId>, file: impl Into<String>) -> Self {
        Self::builder()
            .storage(FileStorage::AzureBlob)
            .connection_id(connection_id)
            .file(file)
            .build()
    }
}

/// The BigQuery table that an export writes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct TableTarget {
    #[builder(skip)]
    #[serde(rename = "type")]
    end_type: BigQueryEnd,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The table.
    pub table: String,
    /// Whether the rows in the table are overwritten. Defaults to `false`.
    #[builder(default)]
    #[serde(default)]
    pub overwrite: bool,
}

/// Which column of an export goes into which column of a BigQuery table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ColumnMapping {
    /// The column of the export.
    pub source_name: String,
    /// The column of the table.
    pub target_name: String,
}

impl ColumnMapping {
    /// From a column of the export to a column of the table.
    pub fn new(source_name: impl Into<String>, target_name: impl Into<String>) -> Self {
        Self {
            source_name: source_name.into(),
            target_name: target_name.into(),
        }
    }
}

/// A job as it travels.
#[derive(Serialize, Deserialize)]
struct JobBody {
    #[serde(rename = "type")]
    job_type: JobType,
    sources: [JobSourceBody; 1],
    targets: [JobTargetBody; 1],
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mapping: Vec<ColumnMapping>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum JobSourceBody {
    Storage(ImportSource),
    Anaplan(AnaplanSource),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum JobTargetBody {
    Anaplan(AnaplanTarget),
    File(FileTarget),
    Table(TableTarget),
}

impl From<IntegrationJobInput> for JobBody {
    fn from(job: IntegrationJobInput) -> Self {
        let job_type = job.job_type();
        let (source, target, mapping) = match job {
            IntegrationJobInput::Import { source, target } => (
                JobSourceBody::Storage(source),
                JobTargetBody::Anaplan(target),
                Vec::new(),
            ),
            IntegrationJobInput::Export { source, target } => (
                JobSourceBody::Anaplan(source),
                JobTargetBody::File(target),
                Vec::new(),
            ),
            IntegrationJobInput::TableExport {
                source,
                target,
                mapping,
            } => (
                JobSourceBody::Anaplan(source),
                JobTargetBody::Table(target),
                mapping,
            ),
        };
        Self {
            job_type,
            sources: [source],
            targets: [target],
            mapping,
        }
    }
}

impl TryFrom<JobBody> for IntegrationJobInput {
    type Error = &'static str;

    fn try_from(wire: JobBody) -> Result<Self, Self::Error> {
        let ([source], [target]) = (wire.sources, wire.targets);
        let job = match (source, target) {
            (JobSourceBody::Storage(source), JobTargetBody::Anaplan(target)) => {
                Self::Import { source, target }
            }
            (JobSourceBody::Anaplan(source), JobTargetBody::File(target)) => {
                Self::Export { source, target }
            }
            (JobSourceBody::Anaplan(source), JobTargetBody::Table(target)) => Self::TableExport {
                source,
                target,
                mapping: wire.mapping,
            },
            _ => return Err("the ends of the job do not fit each other"),
        };
        if job.job_type() == wire.job_type {
            Ok(job)
        } else {
            Err("the type of the job does not fit its ends")
        }
    }
}
