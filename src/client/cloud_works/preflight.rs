//! Preflight: what an input is held against is read here.

use super::super::integration_api::directory::{Wanted, read_into, read_models};
use super::{CloudWorks, Result, Session, maybe_async, operations, transport};
use crate::directory::{Directory, ModelContents};
use crate::error::Error;
use crate::models::cloud_works::{ActionId, IntegrationId, ModelId, ProcessId, SingleIntegration};
use crate::preflight::{
    Checkable, Finding, IntegrationView, ListedObjects, PreflightError, View, preflight, view,
};

#[maybe_async]
impl CloudWorks<'_> {
    /// Holds an integration or a flow against what there is, and says of every id that is wrong
    /// what it is, and what belongs in its place. It only reads: about ten requests.
    ///
    /// Takes an [`IntegrationInput`](crate::models::cloud_works::IntegrationInput), an
    /// [`IntegrationProcessInput`](crate::models::cloud_works::IntegrationProcessInput), a
    /// [`FlowInput`](crate::models::flows::FlowInput), the JSON of one, or a [`SingleIntegration`] as
    /// it was read. What is looked for, and who says so, lists [`Rule`](crate::preflight::Rule).
    ///
    #[doc = example!(
        "let payload = std::fs::read_to_string(\"integration.json\").unwrap();\n\
         let payload: serde_json::Value = serde_json::from_str(&payload).unwrap();\n\
         for finding in client.cw().preflight(&payload)", "? {\n    \
             println!(\"{finding}\");\n}"
    )]
    /// # Errors
    /// As every call. What is wrong with the input is no error, and what may not be looked at is a
    /// finding.
    pub async fn preflight<I: Checkable>(&self, input: &I) -> Result<Vec<Finding>> {
        let payload = input.payload();
        let mut nothing = Vec::new();
        let view = view(&payload, &mut nothing);
        let read = read_for(self.session, &view).await;
        let (directory, listed) = read?;
        Ok(preflight(&payload, &directory, &listed))
    }

    /// Why the service refused an integration or a flow: runs [`preflight`](Self::preflight) where
    /// the error is a refusal that wrong ids can explain. For any other error there is nothing to
    /// find, and no request is made.
    ///
    #[doc = example!(
        "let integration = IntegrationProcessInput::builder()\n    \
             .name(\"My Process\")\n    \
             .workspace_id(\"8a81b09d599f3c6e0159f605560c2630\")\n    \
             .model_id(\"8896D8C366BC48E5A3182B9F5CE10526\")\n    \
             .process_id(118000000012)\n    \
             .build();\n\
         let created = client.cw().create_integration(integration.clone())", ";\n\
         if let Err(error) = created {\n    \
             for finding in client.cw().explain_refusal(&integration, &error)", "? {\n        \
                 println!(\"{finding}\");\n    }\n}"
    )]
    /// # Errors
    /// As [`preflight`](Self::preflight).
    pub async fn explain_refusal<I: Checkable>(
        &self,
        input: &I,
        error: &Error,
    ) -> Result<Vec<Finding>> {
        let is_of_ids = match error {
            Error::Api(refusal) => !matches!(refusal.status, 401 | 429 | 502 | 504),
            _ => false,
        };
        match is_of_ids {
            true => self.preflight(input).await,
            false => Ok(Vec::new()),
        }
    }
}

/// # Errors
/// [`Error::Preflight`] when preflight finds an error; warnings are logged.
#[maybe_async]
pub(super) async fn check_first<I: Checkable>(
    session: &Session,
    operation: &'static str,
    input: &I,
) -> Result<()> {
    session.check_may_write(operation)?;
    let findings = CloudWorks::new(session).preflight(input).await;
    for warning in PreflightError::of(findings?)? {
        tracing::warn!(path = %warning.path, "{}", warning.message);
    }
    Ok(())
}

#[maybe_async]
async fn read_for(session: &Session, view: &View) -> Result<(Directory, ListedObjects)> {
    let cw = CloudWorks::new(session);
    let (mut directory, mut listed) = (Directory::default(), ListedObjects::default());
    let first = vec![Wanted::Workspaces, Wanted::Models];
    read_into(session, &mut directory, first).await?;
    let integrations = match view {
        View::Integration(integration) => vec![integration.clone()],
        View::Flow(steps) => {
            let all = cw.list_integrations().await?;
            let is_run = |id: &IntegrationId| {
                let mut run = steps.iter().filter(|step| !step.is_skipped);
                run.any(|step| *id == step.referrer.value.as_str())
            };
            let ids = all.iter().map(|one| one.id.clone());
            let ids: Vec<_> = ids.filter(|id| is_run(id)).collect();
            listed = listed.with_integrations(all);
            listed.details = read_integrations(session, ids).await?;
            listed.details.iter().map(IntegrationView::of).collect()
        }
    };
    let mut jobs = integrations.iter().flat_map(|one| &one.jobs);
    if jobs.any(|job| job.connection.is_some()) {
        let connections = cw.list_connections().await?;
        listed.connections = Some(connections.into());
    }
    let mut models: Vec<ModelId> = integrations.iter().filter_map(model_of).collect();
    models.sort_unstable();
    models.dedup();
    read_models(session, &mut directory, &models).await?;
    let details = details_of(&directory, &integrations);
    read_into(session, &mut directory, details).await?;
    Ok((directory, listed))
}

#[maybe_async]
async fn read_integrations(
    session: &Session,
    ids: Vec<IntegrationId>,
) -> Result<Vec<SingleIntegration>> {
    let mut read = Vec::with_capacity(ids.len());
    let fetch = |id: IntegrationId| {
        let session = session.clone();
        async move {
            let request = operations::get_integration(id.as_str());
            session.fetch(request, "integration").await
        }
    };
    let take = |one: SingleIntegration| read.push(one);
    transport::gather(ids, session.concurrency(), fetch, take).await?;
    Ok(read)
}

fn model_of(integration: &IntegrationView) -> Option<ModelId> {
    let model = integration.model.as_ref()?;
    Some(ModelId::from(model.value.as_str()))
}

/// What is asked for one by one, once the lists are there: the steps of processes, the kinds of
/// sources that the list of imports leaves open, the columns of exports to tables, and the names
/// of files.
fn details_of(directory: &Directory, integrations: &[IntegrationView]) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    let mut models_with_jobs: Vec<ModelId> = Vec::new();
    for integration in integrations {
        let Some(model) = model_of(integration) else {
            continue;
        };
        let Some(contents) = directory.contents.get(&model) else {
            continue;
        };
        if let Some(process) = &integration.process
            && is_listed(contents, &process.value)
        {
            let process = ProcessId::from(process.value.as_str());
            wanted.push(Wanted::Steps(model.clone(), process));
        }
        for job in &integration.jobs {
            let Some(action) = &job.action else { continue };
            let action = ActionId::from(action.value.as_str());
            let import = contents.imports.as_ref();
            let import = import.and_then(|imports| imports.get(action.as_str()));
            if import.is_some_and(|import| import.file_id().is_none()) {
                wanted.push(Wanted::ImportSource(model.clone(), action));
            } else if !job.columns.is_empty() && is_export(contents, &action) {
                wanted.push(Wanted::ExportColumns(model.clone(), action));
            }
        }
        if !integration.jobs.is_empty() && !models_with_jobs.contains(&model) {
            models_with_jobs.push(model);
        }
    }
    // This list may have to wait until the model is free.
    wanted.extend(models_with_jobs.into_iter().map(Wanted::Files));
    wanted
}

fn is_listed(contents: &ModelContents, process: &str) -> bool {
    let processes = contents.processes.as_ref();
    processes.is_some_and(|processes| processes.get(process).is_some())
}

fn is_export(contents: &ModelContents, action: &ActionId) -> bool {
    let exports = contents.exports.as_ref();
    exports.is_some_and(|exports| exports.get(action.as_str()).is_some())
}
