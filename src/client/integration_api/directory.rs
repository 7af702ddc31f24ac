//! A whole directory, its lists read side by side.

use super::super::super::transport;
use super::super::session::Session;
use super::models::{all_models, one_model};
use super::workspaces::all_workspaces;
use super::{Client, Model, Result, maybe_async};
use crate::directory::{Directory, DirectoryOptions, Kind, ModelContents, Table, Unseen};
use crate::error::Error;
use crate::models::cloud_works::{ActionId, ModelId, ProcessId};
use crate::models::integration_api::{
    Action, Export, ExportMetadata, File, Import, ImportMetadata, Model as ModelReply, Process,
    ProcessDetails, Workspace,
};

/// One thing to read.
pub(crate) enum Wanted {
    Workspaces,
    Models,
    /// A model that the list of models does not show.
    Model(ModelId),
    Imports(ModelId),
    Exports(ModelId),
    Actions(ModelId),
    Processes(ModelId),
    Files(ModelId),
    Steps(ModelId, ProcessId),
    /// What kind of source an import reads.
    ImportSource(ModelId, ActionId),
    ExportColumns(ModelId, ActionId),
}

impl Wanted {
    /// The lists of a model that answer also while it is busy.
    pub(crate) fn lists_of(model: &ModelId) -> [Self; 4] {
        [Self::Imports, Self::Exports, Self::Actions, Self::Processes]
            .map(|list| list(model.clone()))
    }

    fn subject(&self) -> (Kind, Option<ModelId>) {
        let (kind, model) = match self {
            Self::Workspaces => return (Kind::Workspace, None),
            Self::Models => return (Kind::Model, None),
            Self::Model(model) => (Kind::Model, model),
            Self::Imports(model) | Self::ImportSource(model, _) => (Kind::Import, model),
            Self::Exports(model) | Self::ExportColumns(model, _) => (Kind::Export, model),
            Self::Actions(model) => (Kind::Action, model),
            Self::Processes(model) | Self::Steps(model, _) => (Kind::Process, model),
            Self::Files(model) => (Kind::File, model),
        };
        (kind, Some(model.clone()))
    }
}

enum Read {
    Workspaces(Vec<Workspace>),
    Models(Vec<ModelReply>),
    Model(Box<ModelReply>),
    Imports(ModelId, Vec<Import>),
    Exports(ModelId, Vec<Export>),
    Actions(ModelId, Vec<Action>),
    Processes(ModelId, Vec<Process>),
    Files(ModelId, Vec<File>),
    Steps(ModelId, ProcessId, ProcessDetails),
    ImportSource(ModelId, ActionId, Box<ImportMetadata>),
    ExportColumns(ModelId, ActionId, Box<ExportMetadata>),
    Refused(Unseen),
}

#[maybe_async]
async fn read(session: &Session, wanted: Wanted) -> Result<Read> {
    let model = |id: &ModelId| Model::new(session, id.clone());
    Ok(match wanted {
        Wanted::Workspaces => Read::Workspaces(session.list(all_workspaces()).await?),
        Wanted::Models => Read::Models(session.list(all_models()).await?),
        Wanted::Model(id) => Read::Model(session.fetch(one_model(&id), "model").await?),
        Wanted::Imports(id) => {
            let imports = model(&id).list_imports().await?;
            Read::Imports(id, imports)
        }
        Wanted::Exports(id) => {
            let exports = model(&id).list_exports().await?;
            Read::Exports(id, exports)
        }
        Wanted::Actions(id) => {
            let actions = model(&id).list_actions().await?;
            Read::Actions(id, actions)
        }
        Wanted::Processes(id) => {
            let processes = model(&id).list_processes().await?;
            Read::Processes(id, processes)
        }
        Wanted::Files(id) => {
            let files = model(&id).list_files().await?;
            Read::Files(id, files)
        }
        Wanted::Steps(id, process) => {
            let details = model(&id).get_process(&process).await?;
            Read::Steps(id, process, details)
        }
        Wanted::ImportSource(id, import) => {
            let metadata = model(&id).get_import(&import).await?;
            Read::ImportSource(id, import, Box::new(metadata))
        }
        Wanted::ExportColumns(id, export) => {
            let metadata = model(&id).get_export(&export).await?;
            Read::ExportColumns(id, export, Box::new(metadata))
        }
    })
}

/// A refusal says what cannot be seen, and hinders nothing else.
#[maybe_async]
async fn read_or_note(session: &Session, wanted: Wanted) -> Result<Read> {
    let (kind, model) = wanted.subject();
    let read = read(session, wanted).await;
    match read {
        Err(Error::Api(refusal)) if !matches!(refusal.status, 401 | 429) => {
            let (status, message) = (refusal.status, refusal.message);
            Ok(Read::Refused(Unseen::new(kind, model, status, message)))
        }
        // A text that cannot be an id: nothing was sent.
        Err(Error::Validation(problem)) => Ok(Read::Refused(Unseen::new(
            kind,
            model,
            404,
            problem.to_string(),
        ))),
        read => read,
    }
}

fn put(directory: &mut Directory, read: Read) {
    match read {
        Read::Workspaces(workspaces) => directory.workspaces = workspaces.into(),
        Read::Models(models) => directory.models = models.into(),
        Read::Model(model) => directory.models.push(*model),
        Read::Imports(id, imports) => of(directory, id).imports = Some(Table::new(imports)),
        Read::Exports(id, exports) => of(directory, id).exports = Some(Table::new(exports)),
        Read::Actions(id, actions) => of(directory, id).actions = Some(Table::new(actions)),
        Read::Processes(id, processes) => of(directory, id).processes = Some(Table::new(processes)),
        Read::Files(id, files) => of(directory, id).files = Some(Table::new(files)),
        Read::Steps(id, process, details) => {
            of(directory, id).steps.insert(process, details.actions);
        }
        Read::ImportSource(id, import, metadata) => {
            if let Some(kind) = metadata.source_type {
                of(directory, id).import_sources.insert(import, kind);
            }
        }
        Read::ExportColumns(id, export, metadata) => {
            of(directory, id)
                .export_columns
                .insert(export, metadata.header_names);
        }
        Read::Refused(unseen) => directory.unseen.push(unseen),
    }
}

fn of(directory: &mut Directory, model: ModelId) -> &mut ModelContents {
    directory.contents.entry(model).or_default()
}

/// Reads all of it side by side, and adds it to the directory.
#[maybe_async]
pub(crate) async fn read_into(
    session: &Session,
    directory: &mut Directory,
    wanted: Vec<Wanted>,
) -> Result<()> {
    let session = session.for_models();
    let fetch = |wanted: Wanted| {
        let session = session.clone();
        async move { read_or_note(&session, wanted).await }
    };
    let take = |read: Read| put(directory, read);
    transport::gather(wanted, session.concurrency(), fetch, take).await
}

#[maybe_async]
impl Client {
    /// What there is: workspaces, models, and what the models hold, each list once. Any number of
    /// names and ids can then be looked up in it without a request.
    ///
    /// It takes 2 requests and 4 for each model, side by side as
    /// [`concurrency`](crate::ClientBuilder::concurrency) allows; 1 more for each model where
    /// files are wanted, and 1 for each process where steps are wanted.
    ///
    #[doc = example!(
        "use anaplan_sdk::directory::DirectoryOptions;\n\n\
         let directory = client.read_directory(&DirectoryOptions::default())", "?;\n\
         let model = directory.find_model(\"Demand planning\")?;\n\
         let holds = directory.model(&model.id).unwrap();\n\
         println!(\"{}\", holds.find_import(\"Products from products.csv\")?.id);"
    )]
    /// # Errors
    /// As every call. A list that the service refuses is no error: it stands in
    /// [`unseen`](Directory::unseen).
    pub async fn read_directory(&self, options: &DirectoryOptions) -> Result<Directory> {
        let (session, mut directory) = (&self.session, Directory::default());
        let first = vec![Wanted::Workspaces, Wanted::Models];
        read_into(session, &mut directory, first).await?;
        let models: Vec<ModelId> = match &options.models {
            Some(models) => models.clone(),
            None => directory
                .models
                .iter()
                .map(|model| model.id.clone())
                .collect(),
        };
        read_models(session, &mut directory, &models).await?;
        if options.files {
            let files = models.iter().cloned().map(Wanted::Files).collect();
            read_into(session, &mut directory, files).await?;
        }
        if options.steps {
            let mut steps = Vec::new();
            for (model, contents) in &directory.contents {
                let processes = contents.processes.iter().flatten();
                steps.extend(processes.map(|one| Wanted::Steps(model.clone(), one.id.clone())));
            }
            read_into(session, &mut directory, steps).await?;
        }
        Ok(directory)
    }
}

/// Reads what these models hold, and the models themselves where the list does not show them.
#[maybe_async]
pub(crate) async fn read_models(
    session: &Session,
    directory: &mut Directory,
    models: &[ModelId],
) -> Result<()> {
    let mut wanted = Vec::with_capacity(5 * models.len());
    for model in models {
        if directory.models.get(model.as_str()).is_none() {
            wanted.push(Wanted::Model(model.clone()));
        }
        wanted.extend(Wanted::lists_of(model));
    }
    read_into(session, directory, wanted).await
}
