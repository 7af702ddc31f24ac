//! Integrations described by names: what people write and read, in the place of ids.
//!
//! [`resolve`] makes the ids of the names, by a directory; [`describe`] makes names of an integration
//! that was read. Both are pure. A name is an exact name or an id. Which file an import reads is not
//! written: it is looked up.
//!
//! ```
//! use anaplan_sdk::by_name::{IntegrationByName, resolve};
//! use anaplan_sdk::directory::Directory;
//! use anaplan_sdk::preflight::ListedObjects;
//! use serde_json::json;
//!
//! let by_name: IntegrationByName = serde_json::from_value(json!({
//!     "name": "Products from blob", "workspace": "Supply chain", "model": "Demand planning",
//!     "jobs": [{"import": "Products", "connection": "Raw data", "from": "products.csv"}],
//! }))?;
//! let directory: Directory = serde_json::from_value(json!({
//!     "workspaces": [{"id": "8a81", "name": "Supply chain"}],
//!     "models": [{"id": "8896", "name": "Demand planning", "currentWorkspaceId": "8a81"}],
//!     "contents": {"8896": {"imports": [
//!         {"id": "112000000001", "name": "Products", "importDataSourceId": "113000000001"},
//!     ]}},
//! }))?;
//! let connections = vec![serde_json::from_value(json!({
//!     "connectionId": "5e63", "connectionType": "AzureBlob", "body": {"name": "Raw data"},
//! }))?];
//! let input = resolve(&by_name, &directory, &ListedObjects::new(connections))?;
//! assert_eq!(input.model_id, "8896");
//! assert_eq!(
//!     serde_json::to_value(&input.jobs)?,
//!     json!([{
//!         "type": "AzureBlobToAnaplan",
//!         "sources": [{"type": "AzureBlob", "connectionId": "5e63", "file": "products.csv"}],
//!         "targets": [{"type": "Anaplan", "actionId": "112000000001", "fileId": "113000000001"}],
//!     }]),
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::directory::{
    CLOUD_WORKS, Directory, DirectoryModel, Kind, LookupError, ModelContents, Named, Table,
};
use crate::models::cloud_works::{
    AnaplanSource, AnaplanTarget, ColumnMapping, Connection, ConnectionType, FileSource,
    FileStorage, FileTarget, IntegrationInput, IntegrationJobInput, Job, SingleIntegration,
    TableSource, TableTarget,
};
use crate::models::integration_api::{Import, Model};
use crate::preflight::{Finding, ListedObjects, PreflightError, Rule};

/// An integration described by names. Wherever a name stands, an id may stand as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct IntegrationByName {
    /// Its own name.
    pub name: String,
    /// The workspace of its model.
    pub workspace: String,
    /// Its model.
    pub model: String,
    /// The process that it runs. Defaults to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Whether it can be seen in Anaplan's own pages. Defaults to `false`.
    #[builder(default)]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nux_visible: bool,
    /// What is moved from where to where. Defaults to nothing, which only a process may do.
    #[builder(default)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<JobByName>,
}

/// One movement of data, described by names. Between which kinds of storage, the connection tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum JobByName {
    /// From storage into the model.
    Import(ImportByName),
    /// From the model into storage.
    Export(ExportByName),
}

/// A movement of data into the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct ImportByName {
    /// The import. Which file it reads is looked up.
    pub import: String,
    /// The connection.
    pub connection: String,
    /// The path of the file in the bucket or container; of BigQuery, the table.
    pub from: String,
}

/// A movement of data out of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct ExportByName {
    /// The export.
    pub export: String,
    /// The connection.
    pub connection: String,
    /// The path of the folder in the bucket or container; of BigQuery, the table.
    pub to: String,
    /// Whether what is there is overwritten. Defaults to `false`.
    #[builder(default)]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overwrite: bool,
    /// Which column goes where, of BigQuery.
    #[builder(default)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mapping: Vec<ColumnMapping>,
}

impl From<ImportByName> for JobByName {
    fn from(import: ImportByName) -> Self {
        Self::Import(import)
    }
}

impl From<ExportByName> for JobByName {
    fn from(export: ExportByName) -> Self {
        Self::Export(export)
    }
}

/// The integration with ids in the place of names.
///
/// # Errors
/// Every name that nothing has, or that several have, with the nearest names; and every import that
/// reads no file.
pub fn resolve(
    by_name: &IntegrationByName,
    directory: &Directory,
    listed: &ListedObjects,
) -> Result<IntegrationInput, PreflightError> {
    let mut resolver = Resolver {
        listed,
        findings: Vec::new(),
    };
    let workspace = directory.find_workspace(&by_name.workspace);
    let workspace = resolver.found(Rule::UnknownWorkspace, "workspace", workspace);
    let of_workspace = workspace.map(|workspace| workspace.id.as_str());
    let model = find_model(directory, of_workspace, &by_name.model);
    let model = resolver.found(Rule::UnknownModel, "model", model);
    let holds = model.and_then(|model| directory.model(&model.id));
    let process = by_name
        .process
        .as_ref()
        .zip(holds)
        .and_then(|(name, holds)| {
            resolver.found(Rule::UnknownProcess, "process", holds.find_process(name))
        });
    let mut jobs = Vec::with_capacity(by_name.jobs.len());
    for (i, job) in by_name.jobs.iter().enumerate() {
        jobs.extend(resolver.job(job, &format!("jobs[{i}]"), holds));
    }
    match (workspace, model) {
        (Some(workspace), Some(model)) if resolver.findings.is_empty() => {
            Ok(IntegrationInput::builder()
                .name(&by_name.name)
                .workspace_id(&workspace.id)
                .model_id(&model.id)
                .maybe_process_id(process.map(|process| &process.id))
                .nux_visible(by_name.nux_visible)
                .jobs(jobs)
                .build())
        }
        _ => Err(PreflightError::from(resolver.findings)),
    }
}

/// A model of this workspace, where several have the name.
fn find_model<'d>(
    directory: &'d Directory,
    workspace: Option<&str>,
    name: &str,
) -> Result<&'d Model, LookupError> {
    let is_here = |model: &&Model| {
        let home = model.current_workspace_id.as_ref();
        workspace.is_some() && home.map(|home| home.as_str()) == workspace
    };
    let mut here = directory.models.named(name).filter(is_here);
    match (here.next(), here.next()) {
        (Some(only), None) => Ok(only),
        _ => directory.find_model(name),
    }
}

struct Resolver<'a> {
    listed: &'a ListedObjects,
    findings: Vec<Finding>,
}

impl<'a> Resolver<'a> {
    fn found<T>(&mut self, rule: Rule, path: &str, found: Result<T, LookupError>) -> Option<T> {
        match found {
            Ok(found) => Some(found),
            Err(error) => {
                let rule = match error.is_ambiguous() {
                    true => Rule::AmbiguousName,
                    false => rule,
                };
                let near = error.nearest.first().map(|near| near.name.as_str());
                let finding = Finding::new(rule, path, error.to_string());
                self.findings
                    .push(finding.found(&error.wanted).suggesting(near));
                None
            }
        }
    }

    fn job(
        &mut self,
        job: &JobByName,
        path: &str,
        holds: Option<DirectoryModel<'_>>,
    ) -> Option<IntegrationJobInput> {
        match job {
            JobByName::Import(job) => {
                let connection = self.connection(&job.connection, path);
                let at = format!("{path}.import");
                let import = holds.map(|holds| holds.find_import(&job.import));
                let import = import.and_then(|it| self.found(Rule::UnknownAction, &at, it));
                let file = self.file_of(import?, &at, holds?.contents());
                let (connection, kind) = connection?;
                let target = AnaplanTarget::builder()
                    .action_id(&import?.id)
                    .file_id(file?)
                    .build();
                Some(match storage(kind) {
                    Some(storage) => {
                        let source = FileSource::builder().storage(storage);
                        let source = source.connection_id(&connection.id).file(&job.from).build();
                        IntegrationJobInput::import(source, target)
                    }
                    None => {
                        let source = TableSource::builder().connection_id(&connection.id);
                        IntegrationJobInput::import(source.table(&job.from).build(), target)
                    }
                })
            }
            JobByName::Export(job) => {
                let connection = self.connection(&job.connection, path);
                let at = format!("{path}.export");
                let export = holds.map(|holds| holds.find_export(&job.export));
                let export = export.and_then(|it| self.found(Rule::UnknownAction, &at, it));
                let (connection, kind) = connection?;
                let source = AnaplanSource::builder().action_id(&export?.id).build();
                Some(match storage(kind) {
                    Some(storage) => {
                        let target = FileTarget::builder().storage(storage);
                        let target = target.connection_id(&connection.id).file(&job.to);
                        let target = target.overwrite(job.overwrite).build();
                        IntegrationJobInput::export(source, target)
                    }
                    None => {
                        let target = TableTarget::builder().connection_id(&connection.id);
                        let target = target.table(&job.to).overwrite(job.overwrite).build();
                        let mapping = job.mapping.iter().cloned();
                        IntegrationJobInput::export_table(source, target, mapping)
                    }
                })
            }
        }
    }

    fn connection(
        &mut self,
        name: &str,
        path: &str,
    ) -> Option<(&'a Connection, &'a ConnectionType)> {
        let listed = self.listed;
        let found = match &listed.connections {
            Some(connections) => connections.find(name, CLOUD_WORKS),
            None => Err(LookupError::not_read(Kind::Connection, name, CLOUD_WORKS)),
        };
        let path = format!("{path}.connection");
        let connection = self.found(Rule::UnknownConnection, &path, found)?;
        match &connection.connection_type {
            Some(kind) if !matches!(kind, ConnectionType::Other(_)) => Some((connection, kind)),
            kind => {
                let kind = kind.as_ref().map_or("nothing", |kind| kind.as_str());
                let message = format!(
                    "it is not known how to move data through {name:?}, which leads to {kind}"
                );
                let finding = Finding::new(Rule::WrongConnectionType, path, message);
                self.findings.push(finding.found(name));
                None
            }
        }
    }

    fn file_of<'i>(
        &mut self,
        import: &'i Import,
        path: &str,
        contents: Option<&ModelContents>,
    ) -> Option<&'i crate::models::cloud_works::FileId> {
        let source = import.import_data_source_id.as_ref();
        let kind = contents.and_then(|contents| contents.import_sources.get(&import.id));
        if contents.is_some_and(|contents| contents.is_file(source, kind)) {
            return source;
        }
        let message = format!(
            "the import *{}* reads no file, so nothing can be loaded into it from storage",
            import.name
        );
        self.findings
            .push(Finding::new(Rule::NotAFileImport, path, message).found(&import.name));
        None
    }
}

/// Files, unless it is tables.
fn storage(kind: &ConnectionType) -> Option<FileStorage> {
    match kind {
        ConnectionType::AmazonS3 => Some(FileStorage::AmazonS3),
        ConnectionType::AzureBlob => Some(FileStorage::AzureBlob),
        ConnectionType::GoogleBigQuery | ConnectionType::Other(_) => None,
    }
}

/// An integration that was read, in names. An id stays where nothing has it, or where its name would
/// not lead back to it.
pub fn describe(
    integration: &SingleIntegration,
    directory: &Directory,
    listed: &ListedObjects,
) -> IntegrationByName {
    let workspace = integration.workspace_id.as_ref().map(|id| id.as_str());
    let model = integration.model_id.as_ref();
    let contents = model.and_then(|model| directory.contents.get(model));
    let model = model.map(|id| id.as_str()).unwrap_or_default();
    let by_name = directory.models.get(model).map(|model| model.name.as_str());
    let leads_back = |name: &&str| {
        let found = find_model(directory, workspace, name);
        found.is_ok_and(|found| found.id == *model)
    };
    let process = integration.process_id.as_ref().map(|id| id.as_str());
    let jobs = integration.jobs.iter();
    IntegrationByName {
        name: integration.name.clone(),
        workspace: name_or_id(Some(&directory.workspaces), workspace.unwrap_or_default()),
        model: by_name.filter(leads_back).unwrap_or(model).to_owned(),
        process: process.map(|id| name_or_id(contents.and_then(|it| it.processes.as_ref()), id)),
        nux_visible: integration.nux_visible.unwrap_or_default(),
        jobs: jobs
            .map(|job| describe_job(job, contents, listed))
            .collect(),
    }
}

fn describe_job(job: &Job, contents: Option<&ModelContents>, listed: &ListedObjects) -> JobByName {
    let (source, target) = (job.sources.first(), job.targets.first());
    let connection =
        |id: Option<&str>| name_or_id(listed.connections.as_ref(), id.unwrap_or_default());
    let import = target.and_then(|target| target.action_id.as_ref());
    if let Some(import) = import {
        let imports = contents.and_then(|contents| contents.imports.as_ref());
        let id = source.and_then(|source| source.connection_id.as_ref());
        let from = source.and_then(|source| source.file.as_ref().or(source.table.as_ref()));
        return JobByName::Import(ImportByName {
            import: name_or_id(imports, import.as_str()),
            connection: connection(id.map(|id| id.as_str())),
            from: from.cloned().unwrap_or_default(),
        });
    }
    let exports = contents.and_then(|contents| contents.exports.as_ref());
    let export = source.and_then(|source| source.action_id.as_ref());
    let id = target.and_then(|target| target.connection_id.as_ref());
    let to = target.and_then(|target| target.file.as_ref().or(target.table.as_ref()));
    let mapping = job.mapping.iter().map(|column| {
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        ColumnMapping::new(name(&column.source_name), name(&column.target_name))
    });
    JobByName::Export(ExportByName {
        export: name_or_id(exports, export.map(|id| id.as_str()).unwrap_or_default()),
        connection: connection(id.map(|id| id.as_str())),
        to: to.cloned().unwrap_or_default(),
        overwrite: target
            .and_then(|target| target.overwrite)
            .unwrap_or_default(),
        mapping: mapping.collect(),
    })
}

/// The name of what has this id, where it leads back to it; else the id.
fn name_or_id<T: Named>(list: Option<&Table<T>>, id: &str) -> String {
    let name = list.and_then(|list| {
        let name = list.get(id)?.name();
        let leads_back = list.find(name, "").is_ok_and(|found| found.id() == id);
        leads_back.then_some(name)
    });
    name.unwrap_or(id).to_owned()
}
