//! The rules, one by one.

use serde_json::Value;

use super::ListedObjects;
use super::finding::Finding;
use super::payload_ids::{At, IntegrationView, JobView, StepView, View, view};
use super::rule::Rule;
use crate::directory::{Directory, Identity, Kind, ModelContents, Named, Table};
use crate::models::cloud_works::{ActionId, ProcessId, SingleIntegration};
use crate::models::integration_api::{ActionType, Import, Model, ModelState, ProcessStep};

pub(crate) fn check(
    payload: &Value,
    directory: &Directory,
    listed: &ListedObjects,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let view = view(payload, &mut findings);
    let mut check = Check {
        directory,
        listed,
        findings,
    };
    match view {
        View::Integration(integration) => check.integration(&integration),
        View::Flow(steps) => check.flow(&steps),
    }
    check.findings
}

struct Check<'a> {
    directory: &'a Directory,
    listed: &'a ListedObjects,
    findings: Vec<Finding>,
}

impl<'a> Check<'a> {
    fn report(
        &mut self,
        rule: Rule,
        at: &At,
        message: impl Into<String>,
        suggestion: Option<&str>,
    ) {
        let finding = Finding::new(rule, &at.path, message);
        self.findings
            .push(finding.found(&at.value).suggesting(suggestion));
    }

    /// Something could not be looked at: what the service said of it, or that it was not asked.
    fn not_looked_at(&mut self, path: &str, kind: Kind, model: Option<&Model>) {
        let of = model.map(|model| &model.id);
        let mut unseen = self.directory.unseen.iter();
        let unseen = unseen.find(|unseen| unseen.kind == kind && unseen.model.as_ref() == of);
        let what = match model {
            Some(model) => format!("the {} of the model *{}*", kind.plural(), model.name),
            None => format!("the {}", kind.plural()),
        };
        let message = match unseen {
            Some(unseen) => format!(
                "{what} are not visible to you: {} {}",
                unseen.status, unseen.message
            ),
            None => format!("{what} were not looked at"),
        };
        let finding = Finding::new(Rule::NotLookedAt, path, message);
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn integration(&mut self, integration: &IntegrationView) {
        let model = self.model(integration);
        let contents = model.and_then(|model| self.contents(integration, model));
        if let (Some(model), Some(contents)) = (model, contents) {
            self.state(integration, model, contents);
        }
        if integration.process.is_none() && integration.jobs.len() > 1 {
            let count = integration.jobs.len();
            let message = format!("expected one job without a `processId`, found {count}");
            self.findings
                .push(Finding::new(Rule::SeveralJobs, "jobs", message));
        }
        let known = model.zip(contents);
        let steps = match (&integration.process, known) {
            (Some(process), Some((model, contents))) => {
                self.process(process, model, contents, &integration.jobs)
            }
            _ => None,
        };
        for (i, job) in integration.jobs.iter().enumerate() {
            if let (Some(action), Some((model, contents))) = (&job.action, known) {
                let is_known = self.action(job, action, model, contents);
                let is_step = |steps: &[ProcessStep]| {
                    let mut ids = steps.iter().filter_map(|step| step.id.as_ref());
                    ids.any(|id| *id == action.value.as_str())
                };
                if is_known && steps.is_some_and(|steps| !is_step(steps)) {
                    let what = what_is(contents, &action.value);
                    let message = format!("{what}, which is no step of the process");
                    self.report(Rule::NotAStep, action, message, None);
                }
                let earlier = integration.jobs[..i].iter();
                let mut earlier = earlier.filter_map(|job| job.action.as_ref());
                if earlier.any(|other| other.value == action.value) {
                    let message = format!("an earlier job is for {}, too", action.value);
                    self.report(Rule::ActionNamedTwice, action, message, None);
                }
            }
            if let Some(connection) = &job.connection {
                self.connection(connection, job, integration.workspace.as_ref());
            }
        }
    }

    /// The model, if it is there and in this workspace.
    fn model(&mut self, integration: &IntegrationView) -> Option<&'a Model> {
        let directory = self.directory;
        let list_was_refused = |kind: Kind| {
            let mut unseen = directory.unseen.iter();
            unseen.any(|unseen| unseen.kind == kind && unseen.model.is_none())
        };
        let model_at = integration.model.as_ref()?;
        let model = directory.models.get(&model_at.value);
        let home = model.and_then(|model| model.current_workspace_id.as_ref());
        if let Some(workspace) = &integration.workspace {
            let is_home = home.is_some_and(|home| *home == workspace.value.as_str());
            let is_known = is_home || directory.workspaces.get(&workspace.value).is_some();
            match home {
                _ if !is_known && list_was_refused(Kind::Workspace) => {
                    self.not_looked_at(&workspace.path, Kind::Workspace, None);
                }
                _ if !is_known => {
                    let near = directory.workspaces.nearest(&workspace.value);
                    let near = near.first().map(|near| near.id.as_str());
                    let home = home.map(|home| home.as_str());
                    let message = self.unknown(Kind::Workspace, &workspace.value, home.or(near));
                    self.report(Rule::UnknownWorkspace, workspace, message, home.or(near));
                }
                Some(home) if !is_home => {
                    let message = format!(
                        "the model *{}* is not in the workspace {}, but in {home}{}",
                        model.map(|model| model.name.as_str()).unwrap_or_default(),
                        self.named_workspace(&workspace.value),
                        name_of(&directory.workspaces, home.as_str()),
                    );
                    self.report(
                        Rule::ModelElsewhere,
                        workspace,
                        message,
                        Some(home.as_str()),
                    );
                }
                _ => {}
            }
        }
        if model.is_none() {
            if list_was_refused(Kind::Model) {
                self.not_looked_at(&model_at.path, Kind::Model, None);
            } else {
                let near = directory.models.nearest(&model_at.value);
                let near = near.first().map(|near| near.id.as_str());
                let message = self.unknown(Kind::Model, &model_at.value, near);
                self.report(Rule::UnknownModel, model_at, message, near);
            }
        }
        model
    }

    fn named_workspace(&self, id: &str) -> String {
        format!("{id}{}", name_of(&self.directory.workspaces, id))
    }

    /// A workspace or a model that is not there: what the id is in its place, and what is near.
    fn unknown(&self, kind: Kind, id: &str, near: Option<&str>) -> String {
        let (workspaces, models) = (&self.directory.workspaces, &self.directory.models);
        let what = match kind {
            Kind::Workspace => models.get(id).map(|model| ("model", &model.name)),
            _ => workspaces
                .get(id)
                .map(|workspace| ("workspace", &workspace.name)),
        };
        let mut message = match what {
            Some((what, name)) => format!("{id} is the {what} *{name}*, not a {kind}"),
            None => format!(
                "no {kind} {id:?}: not found, or not visible to you ({})",
                kind.what_hides_it()
            ),
        };
        if let Some(near) = near {
            let name = match kind {
                Kind::Workspace => name_of(workspaces, near),
                _ => name_of(models, near),
            };
            message.push_str(&format!("; did you mean {near}{name}?"));
        }
        message
    }

    /// What the model holds, if it could be looked at.
    fn contents(
        &mut self,
        integration: &IntegrationView,
        model: &'a Model,
    ) -> Option<&'a ModelContents> {
        let directory = self.directory;
        let at = integration.model.as_ref()?;
        if model.active_state == Some(ModelState::Archived) {
            let message = format!(
                "the model *{}* is archived: nothing can run in it",
                model.name
            );
            self.report(Rule::ModelArchived, at, message, None);
            return directory.contents.get(&model.id);
        }
        let refused = |with: fn(u16) -> bool| {
            let lists = [Kind::Import, Kind::Export, Kind::Action, Kind::Process];
            lists.iter().all(|kind| {
                let mut unseen = directory.unseen_of(&model.id);
                unseen.any(|unseen| unseen.kind == *kind && with(unseen.status))
            })
        };
        if refused(|status| matches!(status, 403 | 404)) {
            let message = format!(
                "the model *{}* is there, and you have no access to it: its lists answer like \
                 those of a model that does not exist",
                model.name
            );
            self.report(Rule::NoModelAccess, at, message, None);
            return None;
        }
        if refused(|status| status == 424) {
            let message = format!("the model *{}* is offline, and closed to you", model.name);
            self.report(Rule::ModelOffline, at, message, None);
            return None;
        }
        let contents = directory.contents.get(&model.id);
        if contents.is_none() {
            self.not_looked_at(&at.path, Kind::Import, Some(model));
        }
        contents
    }

    fn state(&mut self, integration: &IntegrationView, model: &Model, contents: &ModelContents) {
        let Some(at) = &integration.model else { return };
        let name = &model.name;
        let Some(state) = &model.active_state else {
            return;
        };
        match state {
            ModelState::Unlocked | ModelState::Production | ModelState::Archived => {}
            ModelState::Locked => {
                let process = integration.process.as_ref();
                let steps = process.and_then(|process| {
                    contents.steps.get(&ProcessId::from(process.value.as_str()))
                });
                let steps = steps.map(Vec::as_slice).unwrap_or_default();
                let writes = |step: &ProcessStep| {
                    let kind = step.action_type.as_ref().map(|kind| kind.as_str());
                    kind.is_some_and(|kind| kind == "IMPORT" || kind.contains("DELETE"))
                };
                let imports = integration.jobs.iter().any(|job| job.is_import);
                if imports || steps.iter().any(writes) {
                    let message =
                        format!("the model *{name}* is locked: imports and deletions are refused");
                    self.report(Rule::ModelLocked, at, message, None);
                } else {
                    let message =
                        format!("the model *{name}* is locked; this may run all the same");
                    self.report(Rule::LockedForExport, at, message, None);
                }
            }
            ModelState::Maintenance | ModelState::ProductionMaintenance => {
                let message = format!(
                    "the model *{name}* is offline: only workspace administrators can use it"
                );
                self.report(Rule::ModelInMaintenance, at, message, None);
            }
            ModelState::Other(other) => {
                let message = format!("the model *{name}* is in the state {}", &**other);
                self.report(Rule::UnknownModelState, at, message, None);
            }
        }
    }

    /// The steps of the process, if they are known.
    fn process(
        &mut self,
        at: &At,
        model: &Model,
        contents: &'a ModelContents,
        jobs: &[JobView],
    ) -> Option<&'a [ProcessStep]> {
        let Some(processes) = &contents.processes else {
            self.not_looked_at(&at.path, Kind::Process, Some(model));
            return None;
        };
        if processes.get(&at.value).is_none() {
            self.not_of_kind(Rule::UnknownProcess, at, model, contents, processes);
            return None;
        }
        let Some(steps) = contents.steps.get(&ProcessId::from(at.value.as_str())) else {
            let message = format!("the steps of the process {} were not looked at", at.value);
            self.report(Rule::NotLookedAt, at, message, None);
            return None;
        };
        let actions = contents.actions.as_ref();
        for step in steps {
            let listed = step.id.as_ref().and_then(|id| actions?.get(id.as_str()));
            let kinds = [
                step.action_type.as_ref(),
                listed.and_then(|it| it.action_type.as_ref()),
            ];
            if kinds.contains(&Some(&ActionType::Optimizer)) {
                let message = format!(
                    "the step *{}* is an optimizer, which CloudWorks cannot run",
                    step.name
                );
                self.report(Rule::OptimizerStep, at, message, None);
            }
            let (Some(id), Some(kind)) = (&step.id, self.storage_backed(step, contents)) else {
                continue;
            };
            let mut named = jobs.iter().filter_map(|job| job.action.as_ref());
            if !named.any(|action| *id == action.value.as_str()) {
                let message = format!(
                    "the {kind} {id} *{}* of the process has no job: it uses the file that the \
                     model has",
                    step.name
                );
                let finding = Finding::new(Rule::StepWithoutJob, "jobs", message);
                self.findings.push(finding.suggesting(Some(id.as_str())));
            }
        }
        Some(steps)
    }

    /// Whether a step is an import of a file or an export.
    fn storage_backed(&self, step: &ProcessStep, contents: &ModelContents) -> Option<Kind> {
        match step.action_type.as_ref()? {
            ActionType::Export => Some(Kind::Export),
            ActionType::Import => {
                let id = step.id.as_ref()?;
                let source = step.data_source_id();
                let kind = step.import_data_source.as_ref();
                let kind = kind.and_then(|source| source.source_type.as_ref());
                let kind = kind.or_else(|| contents.import_sources.get(id));
                contents.is_file(source, kind).then_some(Kind::Import)
            }
            _ => None,
        }
    }

    /// Whether the job's action is in the model, and of the right kind.
    fn action(&mut self, job: &JobView, at: &At, model: &Model, contents: &ModelContents) -> bool {
        if !job.is_import {
            let Some(exports) = &contents.exports else {
                self.not_looked_at(&at.path, Kind::Export, Some(model));
                return false;
            };
            if exports.get(&at.value).is_none() {
                self.not_of_kind(Rule::UnknownAction, at, model, contents, exports);
                return false;
            }
            self.export(job, at, contents);
            return true;
        }
        let Some(imports) = &contents.imports else {
            self.not_looked_at(&at.path, Kind::Import, Some(model));
            return false;
        };
        match imports.get(&at.value) {
            Some(import) => {
                self.import(job, at, import, contents);
                true
            }
            None => {
                self.not_of_kind(Rule::UnknownAction, at, model, contents, imports);
                false
            }
        }
    }

    fn import(&mut self, job: &JobView, at: &At, import: &Import, contents: &ModelContents) {
        let source = import.import_data_source_id.as_ref();
        let kind = contents.import_sources.get(&import.id);
        if !contents.is_file(source, kind) {
            let message = format!(
                "the import *{}* reads no file, so nothing can be loaded into it from storage",
                import.name
            );
            self.report(Rule::NotAFileImport, at, message, None);
            return;
        }
        let (Some(file), Some(source)) = (&job.file, source.map(|id| id.as_str())) else {
            return;
        };
        if file.value == source {
            return;
        }
        let name = contents.files.as_ref().map(|files| name_of(files, source));
        let name = name.unwrap_or_default();
        let identity = Identity::of(contents, &file.value);
        let message = match identity.kind {
            Some(Kind::File) if identity.name.is_some() => format!(
                "{}, but the import *{}* reads {source}{name}",
                identity.with_id(),
                import.name
            ),
            _ if file.value == at.value => {
                format!(
                    "{}, not a file; its file is {source}{name}",
                    identity.with_id()
                )
            }
            Some(Kind::File) => format!(
                "{}; the import *{}* reads {source}{name}",
                identity.with_id(),
                import.name
            ),
            _ => format!(
                "{}, not a file; the file of the import *{}* is {source}{name}",
                identity.with_id(),
                import.name
            ),
        };
        self.report(Rule::WrongFile, file, message, Some(source));
    }

    fn export(&mut self, job: &JobView, at: &At, contents: &ModelContents) {
        if let Some(file) = job.file.as_ref().filter(|file| file.value != at.value) {
            let message = format!(
                "{}; the file of an export has the export's own id, {}, and need not be given",
                Identity::of(contents, &file.value).with_id(),
                at.value
            );
            self.report(Rule::ExportFile, file, message, Some(&at.value));
        }
        let columns = contents
            .export_columns
            .get(&ActionId::from(at.value.as_str()));
        let Some(columns) = columns.filter(|_| job.storage == "GoogleBigQuery") else {
            return;
        };
        for column in &job.columns {
            if !columns.contains(&column.value) {
                let message = format!(
                    "the export has no column {:?}; it has {}",
                    column.value,
                    columns.join(", ")
                );
                self.report(Rule::UnknownColumn, column, message, None);
            }
        }
        for column in columns.iter().filter(|column| column.contains(' ')) {
            let message =
                format!("the column {column:?} has a space, which BigQuery does not take");
            self.report(Rule::ColumnWithSpaces, at, message, None);
        }
    }

    /// An id that is not in its list: what it is in its place, and what may have been meant.
    fn not_of_kind<T: Named>(
        &mut self,
        rule: Rule,
        at: &At,
        model: &Model,
        contents: &ModelContents,
        list: &Table<T>,
    ) {
        let wanted = T::KIND;
        let identity = Identity::of(contents, &at.value);
        let (rule, mut message) = match identity.kind {
            Some(kind) if kind != wanted && identity.name.is_some() => {
                let rule = match rule {
                    Rule::UnknownAction => Rule::WrongKind,
                    rule => rule,
                };
                (
                    rule,
                    format!("{}, not {}", identity.with_id(), wanted.one()),
                )
            }
            Some(kind) if kind == wanted => {
                (rule, format!("{} (*{}*)", identity.with_id(), model.name))
            }
            _ => (
                rule,
                format!(
                    "no {wanted} {:?} in the model *{}*: not found, or not visible to you",
                    at.value, model.name
                ),
            ),
        };
        let reader = (wanted == Kind::Import).then(|| import_that_reads(contents, &at.value));
        let suggestion = match reader.flatten() {
            Some(import) => {
                message.push_str(&format!(
                    "; the import that reads it is {} *{}*",
                    import.id, import.name
                ));
                Some(import.id.as_str().to_owned())
            }
            // What it is has been said: an id that differs in one digit is not what was meant.
            None if identity.name.is_some() => None,
            None => {
                let near = list.nearest(&at.value);
                let near = near.first().map(|near| (near.id(), near.name()));
                if let Some((id, name)) = near {
                    message.push_str(&format!("; did you mean {id} *{name}*?"));
                }
                near.map(|(id, _)| id.to_owned())
            }
        };
        self.report(rule, at, message, suggestion.as_deref());
    }

    fn connection(&mut self, at: &At, job: &JobView, workspace: Option<&At>) {
        let listed = self.listed;
        let Some(connections) = &listed.connections else {
            self.not_looked_at(&at.path, Kind::Connection, None);
            return;
        };
        let Some(connection) = connections.get(&at.value) else {
            let near = connections.nearest(&at.value);
            let near = near.first().copied();
            let mut message = format!(
                "no connection {:?}: not found, or not visible to you ({})",
                at.value,
                Kind::Connection.what_hides_it()
            );
            if let Some(near) = near {
                message.push_str(&format!(
                    "; did you mean {} *{}*?",
                    near.id,
                    Named::name(near)
                ));
            }
            self.report(
                Rule::UnknownConnection,
                at,
                message,
                near.map(|near| near.id.as_str()),
            );
            return;
        };
        let name = Named::name(connection);
        let kind = connection
            .connection_type
            .as_ref()
            .map(|kind| kind.as_str());
        if let Some(kind) = kind.filter(|kind| *kind != job.storage) {
            let message = format!(
                "the connection *{name}* leads to {kind}, and the job's type says {}",
                job.storage
            );
            let others = connections.iter().filter(|other| {
                other.connection_type.as_ref().map(|kind| kind.as_str()) == Some(&*job.storage)
            });
            let others: Vec<_> = others.collect();
            let only = match others.as_slice() {
                [only] => Some(only.id.as_str()),
                _ => None,
            };
            self.report(Rule::WrongConnectionType, at, message, only);
        }
        if connection.is_working() == Some(false) {
            let code = connection.integration_error_code;
            let code = code
                .map(|code| format!(" (error code {code})"))
                .unwrap_or_default();
            let message = format!("the connection *{name}* does not work{code}: renew its secret");
            self.report(Rule::BrokenConnection, at, message, None);
        }
        let inner = connection
            .body
            .as_ref()
            .and_then(|body| body.workspace_id.as_ref());
        let bound = connection.workspace_id.as_ref().or(inner);
        if let (Some(bound), Some(workspace)) = (bound, workspace)
            && *bound != workspace.value.as_str()
        {
            let message = format!(
                "the connection *{name}* is bound to the workspace {}, and the integration is in {}",
                self.named_workspace(bound.as_str()),
                self.named_workspace(&workspace.value),
            );
            self.report(Rule::ConnectionElsewhere, at, message, None);
        }
    }

    fn flow(&mut self, steps: &[StepView]) {
        let listed = self.listed;
        for StepView {
            referrer,
            is_skipped,
        } in steps
        {
            let Some(integrations) = &listed.integrations else {
                self.not_looked_at(&referrer.path, Kind::Integration, None);
                continue;
            };
            let Some(integration) = integrations.get(&referrer.value) else {
                let near = integrations.nearest(&referrer.value);
                let near = near.first().copied();
                let mut message = format!(
                    "no integration {:?}: not found, or not visible to you ({})",
                    referrer.value,
                    Kind::Integration.what_hides_it()
                );
                if let Some(near) = near {
                    message.push_str(&format!("; did you mean {} *{}*?", near.id, near.name));
                }
                let near = near.map(|near| near.id.as_str());
                self.report(Rule::UnknownIntegration, referrer, message, near);
                continue;
            };
            if *is_skipped {
                continue;
            }
            let mut details = listed.details.iter();
            let whole = details.find(|one: &&SingleIntegration| one.id == integration.id);
            let payload = match whole {
                Some(whole) => serde_json::to_value(whole),
                None => serde_json::to_value(integration),
            };
            let inner = check(&payload.unwrap_or_default(), self.directory, listed);
            for finding in inner {
                let message = format!("*{}*: {}", integration.name, finding.message);
                self.report(finding.rule, referrer, message, None);
            }
        }
    }
}

fn what_is(contents: &ModelContents, id: &str) -> String {
    Identity::of(contents, id).with_id()
}

/// ` *name*`, or nothing.
fn name_of<T: Named>(list: &Table<T>, id: &str) -> String {
    let item = list.get(id);
    item.map(|item| format!(" *{}*", item.name()))
        .unwrap_or_default()
}

/// The only import that reads this file.
fn import_that_reads<'c>(contents: &'c ModelContents, file: &str) -> Option<&'c Import> {
    let imports = contents.imports.iter().flatten();
    let mut readers = imports.filter(|import| {
        let source = import.import_data_source_id.as_ref();
        source.is_some_and(|source| *source == *file)
    });
    let only = readers.next()?;
    readers.next().is_none().then_some(only)
}
