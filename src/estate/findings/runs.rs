//! What runs came to.

use jiff::{SignedDuration, Timestamp};

use super::known::{Found, Known, median};
use crate::estate::{History, Subject};
use crate::models::cloud_works::RunSummary;
use crate::runs::RunOutcome;

/// So many failures in a row do not pass by themselves.
const IN_A_ROW: usize = 3;

/// How many of the latest runs are compared with those before.
const LATEST: usize = 5;

const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A run that takes seconds may well take twice as long.
const NOT_WORTH_TELLING: SignedDuration = SignedDuration::from_mins(1);

fn began(run: &RunSummary) -> Option<Timestamp> {
    run.start_date.or(run.end_date).or(run.last_run)
}

/// Those that have ended, newest first; cancelled ones say nothing.
fn ended(history: &History) -> impl Iterator<Item = (&RunSummary, RunOutcome)> {
    let outcomes = history.runs.iter().map(|run| (run, RunOutcome::from(run)));
    outcomes
        .filter(|(_, outcome)| outcome.has_ended() && !matches!(outcome, RunOutcome::Cancelled(_)))
}

/// How long the runs took that went through, newest first.
pub(super) fn durations(history: &History) -> Vec<SignedDuration> {
    let through = ended(history).filter(|(_, outcome)| {
        matches!(
            outcome,
            RunOutcome::Succeeded(_) | RunOutcome::PartlySucceeded(_)
        )
    });
    through
        .filter_map(|(_, outcome)| outcome.report().duration())
        .collect()
}

pub(super) fn never(known: &Known<'_>) -> Vec<Found> {
    let all = known.integrations();
    let never = all.filter(|one| one.latest_run.is_none());
    never
        .map(|one| Found::new(Subject::of(one), "it has never run"))
        .collect()
}

pub(super) fn last_failed(known: &Known<'_>) -> Vec<Found> {
    let found = known.integrations().filter_map(|one| {
        let RunOutcome::Failed(report) = RunOutcome::from(one.latest_run.as_ref()?) else {
            return None;
        };
        let mut message = "its latest run failed".to_owned();
        if let Some(at) = report.started.or(report.ended) {
            message += &format!(" at {at}");
        }
        if !report.message.is_empty() {
            message += &format!(": {}", report.message);
        }
        if let Some(code) = report.code {
            message += &format!(" (code {code})");
        }
        Some(Found::new(Subject::of(one), message))
    });
    found.collect()
}

pub(super) fn failing(known: &Known<'_>) -> Vec<Found> {
    let found = known.histories().filter_map(|(subject, history)| {
        let failed = ended(history).take_while(|(_, one)| matches!(one, RunOutcome::Failed(_)));
        let failed: Vec<&RunSummary> = failed.map(|(run, _)| run).collect();
        if failed.len() < IN_A_ROW {
            return None;
        }
        let mut message = format!("failed {} times in a row", failed.len());
        if let Some(since) = failed.last().and_then(|run| began(run)) {
            message += &format!(", since {since}");
        }
        Some(Found::new(subject, message))
    });
    found.collect()
}

pub(super) fn partial(known: &Known<'_>) -> Vec<Found> {
    let found = known.histories().filter_map(|(subject, history)| {
        let partly =
            ended(history).take_while(|(_, one)| matches!(one, RunOutcome::PartlySucceeded(_)));
        let partly: Vec<&RunSummary> = partly.map(|(run, _)| run).collect();
        let since = partly.last().and_then(|run| began(run))?;
        let message = format!("all {} runs since {since} left rows out", partly.len());
        let is_long = known.now.duration_since(since) >= MONTH && partly.len() > 1;
        is_long.then(|| Found::new(subject, message))
    });
    found.collect()
}

pub(super) fn slower(known: &Known<'_>) -> Vec<Found> {
    let found = known.histories().filter_map(|(subject, history)| {
        let mut all = durations(history);
        if all.len() < 2 * LATEST {
            return None;
        }
        let mut before = all.split_off(LATEST);
        let (latest, before) = (median(&mut all)?, median(&mut before)?);
        let is_slower = latest > before * 2 && latest - before >= NOT_WORTH_TELLING;
        let message = format!("the latest {LATEST} runs took {latest:#}, those before {before:#}");
        is_slower.then(|| Found::new(subject, message))
    });
    found.collect()
}

pub(super) fn too_long(known: &Known<'_>) -> Vec<Found> {
    let found = known.histories().filter_map(|(subject, history)| {
        let newest = history.runs.first()?;
        let since = newest.start_date?;
        let usual = median(&mut durations(history))?;
        let time = history.read_at.duration_since(since);
        let is_long = !RunOutcome::from(newest).has_ended()
            && time > usual * 3
            && time - usual >= NOT_WORTH_TELLING;
        let message = format!(
            "under way since {since}, usually {usual:#}; run {}",
            newest.id
        );
        is_long.then(|| Found::new(subject, message))
    });
    found.collect()
}

pub(super) fn fewer_rows(known: &Known<'_>) -> Vec<Found> {
    let found = known.histories().filter_map(|(subject, history)| {
        let through = ended(history).filter(|(_, one)| !matches!(one, RunOutcome::Failed(_)));
        let mut rows = through.filter_map(|(_, outcome)| outcome.report().rows.successful);
        let latest = rows.next()?;
        let mut before: Vec<u64> = rows.collect();
        before.sort_unstable();
        let usual = *before.get(before.len() / 2)?;
        let message = format!("the latest run dealt with {latest} rows, usually {usual}");
        let is_fewer = before.len() >= LATEST && latest < usual / 2;
        is_fewer.then(|| Found::new(subject, message))
    });
    found.collect()
}
