//! Integrations, as they are created and changed.

use bon::Builder;
use serde::{Deserialize, Serialize};

use super::SingleIntegration;
use super::job_input::IntegrationJobInput;
use crate::models::constant::Version;
use crate::models::ids::{ModelId, ProcessId, WorkspaceId};
use crate::validation::{Problem, ProblemKind, ValidationError, from_read};

/// An integration: an import or export with its one job, or a process with a job for each of its
/// imports and exports that touch cloud storage.
///
/// ```
/// use anaplan_sdk::models::cloud_works::{
///     AnaplanTarget, FileSource, IntegrationInput, IntegrationJobInput,
/// };
///
/// let source = FileSource::azure_blob("5e634ba338444d2ea26ce384a70b5705", "dummy.csv");
/// let target = AnaplanTarget::builder().action_id(112000000001).file_id(113000000001).build();
/// let integration = IntegrationInput::builder()
///     .name("Blob to Anaplan")
///     .workspace_id("8a81b09d599f3c6e0159f605560c2630")
///     .model_id("8896D8C366BC48E5A3182B9F5CE10526")
///     .jobs([IntegrationJobInput::import(source, target)])
///     .build();
/// assert_eq!(integration.validate()?, []);
/// # Ok::<(), anaplan_sdk::validation::ValidationError>(())
/// ```
///
/// What it needs cannot be forgotten:
///
/// ```compile_fail,E0277
/// use anaplan_sdk::models::cloud_works::IntegrationInput;
///
/// IntegrationInput::builder().name("Nowhere").workspace_id("8a81").build();
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct IntegrationInput {
    /// Its name, unique in the tenant.
    pub name: String,
    #[builder(skip)]
    #[serde(default)]
    version: Version,
    /// The workspace of its model.
    pub workspace_id: WorkspaceId,
    /// Its model.
    pub model_id: ModelId,
    /// The process to run. Defaults to none: an import or an export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_id: Option<ProcessId>,
    /// Whether it can be seen in Anaplan's own pages. Defaults to `false`.
    #[builder(default)]
    #[serde(default)]
    pub nux_visible: bool,
    /// What is moved from where to where. Defaults to nothing, which only a process may do.
    #[builder(default, with = |jobs: impl IntoIterator<Item = IntegrationJobInput>| {
        jobs.into_iter().collect()
    })]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<IntegrationJobInput>,
}

/// An integration that runs a process and touches no cloud storage.
///
/// It has no jobs:
///
/// ```compile_fail,E0599
/// use anaplan_sdk::models::cloud_works::IntegrationProcessInput;
///
/// IntegrationProcessInput::builder().jobs([]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct IntegrationProcessInput {
    /// Its name, unique in the tenant.
    pub name: String,
    #[builder(skip)]
    #[serde(default)]
    version: Version,
    /// The workspace of its model.
    pub workspace_id: WorkspaceId,
    /// Its model.
    pub model_id: ModelId,
    /// The process to run.
    pub process_id: ProcessId,
    /// Whether it can be seen in Anaplan's own pages. Defaults to `false`.
    #[builder(default)]
    #[serde(default)]
    pub nux_visible: bool,
}

impl From<IntegrationProcessInput> for IntegrationInput {
    fn from(process: IntegrationProcessInput) -> Self {
        Self {
            name: process.name,
            version: process.version,
            workspace_id: process.workspace_id,
            model_id: process.model_id,
            process_id: Some(process.process_id),
            nux_visible: process.nux_visible,
            jobs: Vec::new(),
        }
    }
}

/// The input that writes back what was read: change a field, and send it.
impl TryFrom<&SingleIntegration> for IntegrationProcessInput {
    type Error = ValidationError;

    fn try_from(reply: &SingleIntegration) -> Result<Self, Self::Error> {
        if !reply.jobs.is_empty() {
            let message = "expected none: a process with jobs is an `IntegrationInput`";
            return Err(Problem::new("jobs", ProblemKind::Conflict, message).into());
        }
        from_read(serde_json::to_value(reply).unwrap_or_default())
    }
}
