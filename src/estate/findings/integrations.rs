//! What integrations are made of.

use std::collections::{BTreeMap, BTreeSet};

use super::known::{Found, Known};
use crate::estate::Subject;
use crate::models::cloud_works::{ActionId, Job, JobTarget, ScheduleState, SingleIntegration};
use crate::models::integration_api::Export;
use crate::preflight::{ListedObjects, Rule, Severity, preflight};

const IDLE_DAYS: i64 = 90;

pub(super) fn idle(known: &Known<'_>) -> Vec<Found> {
    let since = known.days_ago(IDLE_DAYS);
    let found = known.integrations().filter_map(|one| {
        let run = one.latest_run.as_ref();
        let ran = run.and_then(|run| run.end_date.or(run.last_run).or(run.start_date));
        let latest = ran.or(one.creation_date)?;
        let is_used = one.schedule.is_some()
            || one.nux_visible == Some(true)
            || !known.links.flows_of_integration(&one.id).is_empty();
        let message = match ran {
            Some(ran) => format!("its latest run was at {ran}"),
            None => format!("it was made at {latest}, and has never run"),
        };
        (!is_used && latest < since).then(|| Found::new(Subject::of(one), message))
    });
    found.collect()
}

/// One end of a job: the connection and what is read or written there.
type End<'e> = (Option<&'e str>, Option<&'e str>, Option<&'e str>);

fn ends_of(job: &Job) -> impl Iterator<Item = End<'_>> {
    let sources = job.sources.iter().map(|end| {
        let place = end.file.as_deref().or(end.table.as_deref());
        (end.action_id.as_ref(), end.connection_id.as_ref(), place)
    });
    let targets = job.targets.iter().map(|end| {
        let place = end.file.as_deref().or(end.table.as_deref());
        (end.action_id.as_ref(), end.connection_id.as_ref(), place)
    });
    sources.chain(targets).map(|(action, connection, place)| {
        let connection = connection.map(|id| id.as_str());
        (action.map(|id| id.as_str()), connection, place)
    })
}

/// What an integration does. Two that agree in all of it do the same.
fn what_it_does(integration: &SingleIntegration) -> Option<(&str, Option<&str>, Vec<End<'_>>)> {
    let mut ends: Vec<End<'_>> = integration.jobs.iter().flat_map(ends_of).collect();
    ends.sort_unstable();
    let process = integration.process_id.as_ref().map(|id| id.as_str());
    let does_something = process.is_some() || !ends.is_empty();
    let model = integration.model_id.as_ref()?.as_str();
    does_something.then_some((model, process, ends))
}

/// Several of a group: one finding, at the first of them.
fn groups<K>(groups: BTreeMap<K, Vec<Subject>>, message: impl Fn(K) -> String) -> Vec<Found> {
    let several = groups.into_iter().filter(|(_, group)| group.len() > 1);
    let found = several.map(|(key, group)| {
        let mut group = group.into_iter();
        Found::new(group.next(), message(key)).with(group.collect())
    });
    found.collect()
}

pub(super) fn same(known: &Known<'_>) -> Vec<Found> {
    let mut all: BTreeMap<_, Vec<Subject>> = BTreeMap::new();
    for (subject, integration) in known.jobs() {
        if let Some(what) = what_it_does(integration) {
            all.entry(what).or_default().push(subject);
        }
    }
    groups(all, |_| {
        "it does the same in the same model as others".to_owned()
    })
}

/// Each export that an integration runs by itself, with the end to which it goes.
fn exports<'e>(
    known: &Known<'e>,
) -> Vec<(Subject, &'e SingleIntegration, &'e Export, &'e JobTarget)> {
    let mut all = Vec::new();
    for (subject, integration) in known.jobs() {
        for job in &integration.jobs {
            let action = job.sources.iter().find_map(|end| end.action_id.as_ref());
            let export = action.and_then(|action| export_of(known, integration, action));
            if let (Some(export), Some(target)) = (export, job.targets.first()) {
                all.push((subject.clone(), integration, export, target));
            }
        }
    }
    all
}

fn export_of<'e>(
    known: &Known<'e>,
    integration: &SingleIntegration,
    action: &ActionId,
) -> Option<&'e Export> {
    let contents = known
        .directory()?
        .contents
        .get(integration.model_id.as_ref()?)?;
    contents.exports.as_ref()?.get(action.as_str())
}

pub(super) fn same_file(known: &Known<'_>) -> Vec<Found> {
    let mut all: BTreeMap<_, (BTreeSet<_>, Vec<Subject>)> = BTreeMap::new();
    for (subject, integration, export, target) in exports(known) {
        let Some(connection) = target
            .connection_id
            .as_ref()
            .filter(|_| target.table.is_none())
        else {
            continue;
        };
        let folder = target.file.as_deref().unwrap_or_default();
        let place = (connection.as_str(), folder, export.name.as_str());
        let (actions, users) = all.entry(place).or_default();
        actions.insert((&integration.model_id, export.id.as_str()));
        users.push(subject);
    }
    // One export in two integrations is another finding.
    all.retain(|_, (actions, _)| actions.len() > 1);
    let all = all.into_iter().map(|(place, (_, users))| (place, users));
    groups(all.collect(), |(_, folder, name)| {
        format!(
            "the export *{name}* goes into the folder {folder:?}, and so does another of that name"
        )
    })
}

pub(super) fn export_suffix(known: &Known<'_>) -> Vec<Found> {
    const SUFFIXES: [&str; 5] = [".csv", ".txt", ".xls", ".xlsx", ".pdf"];
    let is_file = |target: &JobTarget| target.table.is_none();
    let found = exports(known)
        .into_iter()
        .filter_map(|(subject, _, export, target)| {
            let name = export.name.to_lowercase();
            let has_suffix = SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
            let message = format!(
                "the export *{}* has the suffix of a file in its name",
                export.name
            );
            (has_suffix && is_file(target)).then(|| Found::new(subject, message))
        });
    found.collect()
}

pub(super) fn excel(known: &Known<'_>) -> Vec<Found> {
    let found = exports(known)
        .into_iter()
        .filter_map(|(subject, _, export, _)| {
            let format = export.export_format.as_deref()?;
            let plain = format.to_lowercase();
            let is_excel = plain.contains("excel") || plain.contains("spreadsheet");
            let message = format!("the export *{}* has the format {format}", export.name);
            is_excel.then(|| Found::new(subject, message))
        });
    found.collect()
}

pub(super) fn column_with_spaces(known: &Known<'_>) -> Vec<Found> {
    let found = known.jobs().filter_map(|(subject, integration)| {
        let columns = integration.jobs.iter().flat_map(|job| &job.mapping);
        let columns = columns.filter_map(|column| column.target_name.as_deref());
        let columns = columns.filter(|name| name.contains(char::is_whitespace));
        let columns: Vec<String> = columns.map(|name| format!("{name:?}")).collect();
        let message = format!("columns of its table: {}", columns.join(", "));
        (!columns.is_empty()).then(|| Found::new(subject, message))
    });
    found.collect()
}

/// What preflight says of each integration whose model was looked into.
fn preflight_of(known: &Known<'_>, is_told: impl Fn(Rule) -> bool) -> Vec<Found> {
    let Some(directory) = known.directory() else {
        return Vec::new();
    };
    let connections = known.estate.connections.iter().flatten().cloned();
    let listed = ListedObjects::new(connections.collect());
    let mut all = Vec::new();
    for (subject, integration) in known.jobs() {
        let model = integration.model_id.as_ref();
        if model.is_none_or(|model| !directory.contents.contains_key(model)) {
            continue;
        }
        let findings = preflight(integration, directory, &listed).into_iter();
        let findings = findings.filter(|finding| is_told(finding.rule));
        all.extend(findings.map(|finding| {
            let message = match finding.path.is_empty() {
                true => finding.message,
                false => format!("{}: {}", finding.path, finding.message),
            };
            Found::new(subject.clone(), message)
        }));
    }
    all
}

pub(super) fn wrong_ids(known: &Known<'_>) -> Vec<Found> {
    preflight_of(known, |rule| {
        // Connections have codes of their own, and so have schedules of models that cannot run.
        let is_said_otherwise = matches!(
            rule,
            Rule::BrokenConnection
                | Rule::UnknownConnection
                | Rule::ModelArchived
                | Rule::ModelLocked
                | Rule::ModelOffline
        );
        rule.severity() == Severity::Error && !is_said_otherwise
    })
}

pub(super) fn step_without_job(known: &Known<'_>) -> Vec<Found> {
    preflight_of(known, |rule| rule == Rule::StepWithoutJob)
}

pub(super) fn unusual_name(known: &Known<'_>) -> Vec<Found> {
    const LONGEST: usize = 60;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let is_unusual = |name: &str| {
        name.chars().count() > LONGEST
            || !name.chars().all(plain)
            || !name.starts_with(|c: char| c.is_ascii_alphanumeric())
            || !name.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    let all = known.integrations().filter(|one| is_unusual(&one.name));
    let message = "its name is not one that Anaplan's pages would save";
    all.map(|one| Found::new(Subject::of(one), message))
        .collect()
}

pub(super) fn scheduled_twice(known: &Known<'_>) -> Vec<Found> {
    let is_on = |schedule: &crate::models::cloud_works::Schedule| {
        schedule.status != Some(ScheduleState::Inactive)
    };
    let found = known.integrations().filter_map(|one| {
        if !one.schedule.as_ref().is_some_and(is_on) {
            return None;
        }
        let flows = known.links.flows_of_integration(&one.id).iter();
        let flows = flows.filter(|id| {
            let flow = known.estate.flow(id);
            let schedule = flow.and_then(|flow| flow.schedule.as_ref());
            let steps = known.estate.steps.get(**id).into_iter();
            let mut steps = steps.flat_map(|flow| &flow.steps);
            schedule.is_some_and(is_on)
                && steps.any(|step| step.referrer == one.id && step.is_skipped != Some(true))
        });
        let flows: Vec<Subject> = flows.map(|id| known.flow(id)).collect();
        let message = "it runs by its own schedule, and by those of flows";
        (!flows.is_empty()).then(|| Found::new(Subject::of(one), message).with(flows))
    });
    found.collect()
}
