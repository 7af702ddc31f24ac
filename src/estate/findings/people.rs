//! People: who made what, who ran it, who is told.

use std::collections::{BTreeMap, BTreeSet};

use super::known::{Found, Known};
use crate::directory::Kind;
use crate::estate::Subject;
use crate::models::User;
use crate::models::cloud_works::{NotificationType, TriggerSource};
use crate::models::flows::{ExceptionStrategy, ExceptionType};

fn display_name(user: &User) -> String {
    let names = [&user.first_name, &user.last_name];
    let names: Vec<&str> = names
        .into_iter()
        .filter_map(|name| name.as_deref())
        .collect();
    names.join(" ")
}

pub(super) fn left(known: &Known<'_>) -> Vec<Found> {
    let mut users: BTreeMap<String, Vec<&User>> = BTreeMap::new();
    for user in known.estate.users.iter().flatten() {
        users.entry(display_name(user)).or_default().push(user);
    }
    let mut things: BTreeMap<&str, BTreeSet<Subject>> = BTreeMap::new();
    for connection in known.estate.connections.iter().flatten() {
        if let Some(person) = &connection.created_by {
            things
                .entry(person)
                .or_default()
                .insert(Subject::of(connection));
        }
    }
    for one in known.integrations() {
        let run = one
            .latest_run
            .as_ref()
            .and_then(|run| run.triggered_by.as_ref());
        for person in one.created_by.iter().chain(run) {
            things.entry(person).or_default().insert(Subject::of(one));
        }
    }
    for flow in known.flows() {
        let run = flow
            .latest_run
            .as_ref()
            .and_then(|run| run.triggered_by.as_ref());
        for person in flow.created_by.iter().chain(run) {
            things.entry(person).or_default().insert(Subject::of(flow));
        }
    }
    let found = things.into_iter().filter_map(|(name, things)| {
        // As whom the service itself runs, for integration administrators.
        if name.starts_with("Internal (") {
            return None;
        }
        let of_name = users.get(name).map_or(&[][..], Vec::as_slice);
        let message = match of_name {
            [] => "no user of the tenant has this name".to_owned(),
            [user] if user.active == Some(false) => {
                "no longer active, by the name alone".to_owned()
            }
            [_] => return None,
            several => {
                let gone = several
                    .iter()
                    .filter(|user| user.active == Some(false))
                    .count();
                if gone == 0 {
                    return None;
                }
                format!(
                    "{} users have this name, of whom {gone} are no longer active",
                    several.len()
                )
            }
        };
        let subject = match of_name {
            [user] => Subject::new(Kind::User, user.id.as_str(), name),
            _ => Subject {
                name: Some(name.to_owned()),
                ..Subject::list(Kind::User)
            },
        };
        Some(Found::new(subject, message).with(things.into_iter().collect()))
    });
    found.collect()
}

pub(super) fn rights_changed(known: &Known<'_>) -> Vec<Found> {
    let found = known.histories().filter_map(|(subject, history)| {
        let runs = history.runs.iter().filter(|run| run.triggered_by.is_some());
        let mut from_latest =
            runs.skip_while(|run| run.trigger_source != Some(TriggerSource::Manual));
        let (by_hand, before) = (from_latest.next()?, from_latest.next()?);
        let (now, then) = (
            by_hand.triggered_by.as_deref()?,
            before.triggered_by.as_deref()?,
        );
        let message = match by_hand.start_date {
            Some(at) => format!("run by {now} at {at}, before by {then}"),
            None => format!("run by {now}, before by {then}"),
        };
        (now != then).then(|| Found::new(subject, message))
    });
    found.collect()
}

pub(super) fn nobody_notified(known: &Known<'_>) -> Vec<Found> {
    let found = known.integrations().filter_map(|one| {
        let Some(config) = known.estate.notifications.get(&one.id) else {
            let message = "it has no notification configuration";
            let has_none = one.notification_id.is_none();
            return has_none.then(|| Found::new(Subject::of(one), message));
        };
        let outcomes = [
            (NotificationType::FullFailure, "of a failure"),
            (NotificationType::PartialFailure, "of rows left out"),
        ];
        let silent = outcomes
            .iter()
            .filter(|(outcome, _)| config.users(outcome).next().is_none());
        let silent: Vec<&str> = silent.map(|(_, words)| *words).collect();
        let message = format!("nobody is told {}", silent.join(", nor "));
        (!silent.is_empty()).then(|| Found::new(Subject::of(one), message))
    });
    found.collect()
}

pub(super) fn notified_left(known: &Known<'_>) -> Vec<Found> {
    let Some(users) = &known.estate.users else {
        return Vec::new();
    };
    let is_active = |id: &str| users.get(id).is_some_and(|user| user.active != Some(false));
    let found = known
        .estate
        .notifications
        .iter()
        .filter_map(|(id, config)| {
            let rules = config.notifications.iter().flat_map(|rules| &rules.config);
            let told = rules.flat_map(|rule| &rule.users);
            let mut gone: Vec<Subject> = Vec::new();
            let mut others = 0;
            for user in told {
                let Some(guid) = user.user_guid.as_ref().map(|guid| guid.as_str()) else {
                    continue;
                };
                if is_active(guid) {
                    others += 1;
                    continue;
                }
                let names = [user.first_name.as_deref(), user.last_name.as_deref()];
                let names: Vec<&str> = names.into_iter().flatten().collect();
                gone.push(Subject::new(Kind::User, guid, names.join(" ")));
            }
            gone.sort();
            gone.dedup();
            let message = match others {
                0 => "nobody is told but users who are not active",
                _ => "told, among others, are users who are not active",
            };
            (!gone.is_empty()).then(|| Found::new(known.integration(id), message).with(gone))
        });
    found.collect()
}

pub(super) fn partial_unseen(known: &Known<'_>) -> Vec<Found> {
    let found = known.steps().filter_map(|(subject, flow)| {
        let unseen = flow.steps.iter().filter(|step| {
            let goes_on = step.exception_behavior.iter().any(|one| {
                one.exception_type == Some(ExceptionType::PartialSuccess)
                    && one.strategy == Some(ExceptionStrategy::Continue)
            });
            let config = known.estate.notifications.get(&step.referrer);
            let nobody = config.is_some_and(|config| {
                config
                    .users(&NotificationType::PartialFailure)
                    .next()
                    .is_none()
            });
            goes_on && nobody && step.is_skipped != Some(true)
        });
        let unseen: Vec<Subject> = unseen
            .map(|step| known.integration(&step.referrer))
            .collect();
        let message = "it goes on after these, and nobody is told when they leave rows out";
        (!unseen.is_empty()).then(|| Found::new(subject, message).with(unseen))
    });
    found.collect()
}
