//! Connections.

use std::collections::BTreeMap;

use super::known::{Found, Known};
use crate::directory::Kind;
use crate::estate::Subject;
use crate::estate::links::connections_of;
use crate::models::cloud_works::{ConnectionId, SingleIntegration};

pub(super) fn broken(known: &Known<'_>) -> Vec<Found> {
    let all = known.estate.connections.iter().flatten();
    let broken = all.filter(|connection| connection.is_working() == Some(false));
    broken
        .map(|connection| {
            let users = known.links.integrations_of_connection(&connection.id);
            let mut message = "the service says that it is broken".to_owned();
            if let Some(code) = connection.integration_error_code {
                message += &format!(", code {code}");
            }
            if let Some(meaning) = meaning(connection.integration_error_code) {
                message += &format!(" ({meaning})");
            }
            if !users.is_empty() {
                message += &format!("; integrations that use it: {}", users.len());
            }
            Found::new(Subject::of(connection), message).with(known.all_integrations(users))
        })
        .collect()
}

/// What the service documents.
fn meaning(code: Option<i64>) -> Option<&'static str> {
    match code? {
        1 => Some("the S3 credentials are not valid"),
        4 => Some("the S3 bucket is not valid"),
        10 => Some("the AWS role could not be assumed"),
        _ => None,
    }
}

pub(super) fn deleted(known: &Known<'_>) -> Vec<Found> {
    let names = |integration: &SingleIntegration| {
        let jobs = integration.jobs.iter();
        let ends = jobs.flat_map(|job| {
            let sources = job.sources.iter();
            let sources = sources.map(|end| (end.is_connection_deleted, &end.connection_name));
            let targets = job.targets.iter();
            let targets = targets.map(|end| (end.is_connection_deleted, &end.connection_name));
            sources.chain(targets)
        });
        let deleted = ends.filter(|(is_deleted, _)| *is_deleted == Some(true));
        let names = deleted.map(|(_, name)| name.as_deref().unwrap_or("of no name"));
        names.map(|name| format!("*{name}*")).collect::<Vec<_>>()
    };
    let found = known.jobs().filter_map(|(subject, integration)| {
        let names = names(integration);
        let message = format!("its jobs name deleted connections: {}", names.join(", "));
        (!names.is_empty()).then(|| Found::new(subject, message))
    });
    found.collect()
}

pub(super) fn not_listed(known: &Known<'_>) -> Vec<Found> {
    let mut users: BTreeMap<&ConnectionId, Vec<Subject>> = BTreeMap::new();
    for (subject, integration) in known.jobs() {
        for id in connections_of(integration) {
            if known.estate.connection(id).is_none() {
                users.entry(id).or_default().push(subject.clone());
            }
        }
    }
    let found = users.into_iter().map(|(id, users)| {
        let subject = Subject::new(Kind::Connection, id.as_str(), "");
        let message = format!("not listed; integrations that use it: {}", users.len());
        Found::new(subject, message).with(users)
    });
    found.collect()
}

pub(super) fn unused(known: &Known<'_>) -> Vec<Found> {
    let all = known.estate.connections.iter().flatten();
    let unused = all.filter(|one| known.links.integrations_of_connection(&one.id).is_empty());
    let message = "no integration uses it that you may see";
    unused
        .map(|connection| Found::new(Subject::of(connection), message))
        .collect()
}
