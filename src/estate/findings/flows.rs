//! Flows and their steps.

use super::known::{Found, Known};
use crate::directory::Kind;
use crate::estate::Subject;
use crate::models::flows::{Flow, FlowStep};
use crate::runs::RunOutcome;

fn integration_of(known: &Known<'_>, step: &FlowStep) -> Subject {
    match known.estate.integration(&step.referrer) {
        Some(integration) => Subject::of(integration),
        None => Subject::new(
            Kind::Integration,
            step.referrer.as_str(),
            step.name.as_str(),
        ),
    }
}

/// A finding for each flow with steps of a kind.
fn each(
    known: &Known<'_>,
    message: &str,
    is_meant: impl Fn(&Flow, usize, &FlowStep) -> bool,
) -> Vec<Found> {
    let found = known.steps().filter_map(|(subject, flow)| {
        let steps = flow.steps.iter().enumerate();
        let meant = steps.filter(|(n, step)| is_meant(flow, *n, step));
        let meant: Vec<Subject> = meant.map(|(_, step)| integration_of(known, step)).collect();
        (!meant.is_empty()).then(|| Found::new(subject, message).with(meant))
    });
    found.collect()
}

pub(super) fn skipped(known: &Known<'_>) -> Vec<Found> {
    each(known, "it passes over steps", |_, _, step| {
        step.is_skipped == Some(true)
    })
}

pub(super) fn not_reached(known: &Known<'_>) -> Vec<Found> {
    each(
        known,
        "its latest run did not reach all steps",
        |flow, _, step| {
            let Some(run) = &flow.latest_run else {
                return false;
            };
            let Some(began) = run.start_date.filter(|_| RunOutcome::from(run).has_ended()) else {
                return false;
            };
            let ran = step
                .latest_run
                .as_ref()
                .and_then(|run| run.start_date.or(run.last_run));
            step.is_skipped != Some(true) && ran.is_none_or(|ran| ran < began)
        },
    )
}

pub(super) fn unreadable(known: &Known<'_>) -> Vec<Found> {
    each(known, "you may not see all its steps", |_, _, step| {
        step.accessible == Some(false)
    })
}

pub(super) fn gone(known: &Known<'_>) -> Vec<Found> {
    each(
        known,
        "integrations of its steps are not listed",
        |_, _, step| {
            step.accessible != Some(false) && known.estate.integration(&step.referrer).is_none()
        },
    )
}

pub(super) fn of_others(known: &Known<'_>) -> Vec<Found> {
    each(
        known,
        "it is yours, and runs integrations of others",
        |flow, _, step| {
            known.estate.is_my_flow(&flow.id) == Some(true)
                && known.estate.is_my_integration(&step.referrer) == Some(false)
        },
    )
}

pub(super) fn without_predecessor(known: &Known<'_>) -> Vec<Found> {
    each(
        known,
        "steps after the first come after no other",
        |_, n, step| n > 0 && step.depends_on.is_empty(),
    )
}
