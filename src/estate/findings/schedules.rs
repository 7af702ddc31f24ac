//! Schedules, of integrations and of flows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::known::{Found, Known, Scheduled, median};
use super::runs::durations;
use crate::estate::Subject;
use crate::models::cloud_works::{IntegrationType, ModelId};
use crate::models::integration_api::ModelState;
use crate::timetable::{DueRuns, missed_runs};

/// How far ahead starts are looked at.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// So that a schedule of each kind is due once.
const FIVE_WEEKS: SignedDuration = SignedDuration::from_hours(35 * 24);

const QUARTER_SECONDS: i64 = 15 * 60;

/// How many starts in a quarter of an hour are too many.
const BUSY: usize = 10;

pub(super) fn model_unavailable(known: &Known<'_>) -> Vec<Found> {
    let Some(directory) = known.directory() else {
        return Vec::new();
    };
    let why = |model: &ModelId, only_exports: bool| match directory.models.get(model.as_str()) {
        None => Some("is not there, or not visible to you"),
        Some(model) => match model.active_state.as_ref()? {
            ModelState::Archived => Some("is archived"),
            ModelState::Locked if !only_exports => Some("is locked: imports are refused"),
            ModelState::Maintenance | ModelState::ProductionMaintenance => {
                Some("is offline: open to workspace administrators alone")
            }
            _ => None,
        },
    };
    let mut found = Vec::new();
    for scheduled in known.schedules.iter().filter(|one| one.is_on()) {
        let kind = scheduled.integration.map(|one| &one.integration_type);
        let only_exports = kind == Some(&Some(IntegrationType::Export));
        let unavailable = scheduled.models.iter().filter_map(|model| {
            let why = why(model, only_exports)?;
            Some(format!("{} {why}", known.model(model)))
        });
        let unavailable: Vec<String> = unavailable.collect();
        if !unavailable.is_empty() {
            found.push(Found::new(
                scheduled.subject.clone(),
                unavailable.join("; "),
            ));
        }
    }
    found
}

/// A finding for each schedule of which there is something to say.
fn each(known: &Known<'_>, say: impl Fn(&Scheduled<'_>) -> Option<String>) -> Vec<Found> {
    let said = known.schedules.iter();
    let said = said.filter_map(|one| Some((one, say(one)?)));
    said.map(|(one, message)| Found::new(one.subject.clone(), message))
        .collect()
}

fn next(scheduled: &Scheduled<'_>, now: Timestamp) -> Option<Timestamp> {
    let next = scheduled.timetable()?.after(now).next()?;
    Some(next.anchored_in_utc.at)
}

pub(super) fn ended(known: &Known<'_>) -> Vec<Found> {
    each(known, |scheduled| {
        scheduled.timetable()?;
        let end = scheduled.schedule.end_date;
        let message = match end {
            Some(end) => format!("its last day was {end}"),
            None => "it is never due".to_owned(),
        };
        next(scheduled, known.now).is_none().then_some(message)
    })
}

pub(super) fn ends_soon(known: &Known<'_>) -> Vec<Found> {
    const DAYS: i64 = 14;
    let soon = TimeZone::UTC.to_datetime(known.days_from_now(DAYS)).date();
    each(known, |scheduled| {
        let end = scheduled.schedule.end_date.filter(|end| *end <= soon)?;
        next(scheduled, known.now).map(|_| format!("its last day is {end}"))
    })
}

pub(super) fn local_time_moved(known: &Known<'_>) -> Vec<Found> {
    each(known, |scheduled| {
        let next = scheduled.timetable()?.after(known.now).next()?;
        let zone = scheduled.schedule.timezone.as_deref()?;
        let zone_known = TimeZone::get(zone).ok()?;
        let starts = zone_known.to_datetime(next.anchored_in_utc.at);
        next.readings_differ().then(|| {
            format!(
                "it says {} in {zone}, and starts at {}, by the offset of its first day",
                next.civil.time().strftime("%H:%M"),
                starts.time().strftime("%H:%M"),
            )
        })
    })
}

pub(super) fn disabled(known: &Known<'_>) -> Vec<Found> {
    each(known, |scheduled| {
        (!scheduled.is_on()).then(|| match scheduled.schedule.name.as_deref() {
            Some(name) => format!("its schedule *{name}* is switched off"),
            None => "its schedule is switched off".to_owned(),
        })
    })
}

/// Which schedules start in each quarter of an hour of the coming week.
fn quarters<'k>(
    schedules: impl Iterator<Item = (usize, &'k Scheduled<'k>)>,
    now: Timestamp,
) -> BTreeMap<i64, BTreeSet<usize>> {
    let mut quarters: BTreeMap<i64, BTreeSet<usize>> = BTreeMap::new();
    for (n, scheduled) in schedules {
        for at in scheduled.due(now, WEEK) {
            let quarter = at.as_second().div_euclid(QUARTER_SECONDS);
            quarters.entry(quarter).or_default().insert(n);
        }
    }
    quarters
}

fn quarter_start(quarter: i64) -> Timestamp {
    Timestamp::from_second(quarter * QUARTER_SECONDS).unwrap_or_default()
}

pub(super) fn together(known: &Known<'_>) -> Vec<Found> {
    let subject = |n: &usize| known.schedules[*n].subject.clone();
    let models: BTreeSet<&ModelId> = known
        .schedules
        .iter()
        .flat_map(|one| one.models.iter().copied())
        .collect();
    let mut found = Vec::new();
    for model in models {
        let of_model = known.schedules.iter().enumerate();
        let of_model = of_model.filter(|(_, one)| one.models.contains(&model));
        // Each group once, with the first time at which it starts together.
        let mut groups: BTreeMap<BTreeSet<usize>, i64> = BTreeMap::new();
        for (quarter, group) in quarters(of_model, known.now) {
            if group.len() > 1 {
                groups.entry(group).or_insert(quarter);
            }
        }
        let largest = groups.iter().filter(|(group, _)| {
            !groups
                .keys()
                .any(|other| other.len() > group.len() && group.is_subset(other))
        });
        for (group, quarter) in largest {
            let message = format!(
                "{} schedules start in the quarter of an hour from {} on",
                group.len(),
                quarter_start(*quarter)
            );
            let group: Vec<Subject> = group.iter().map(subject).collect();
            found.push(Found::new(known.model(model), message).with(group));
        }
    }
    found
}

pub(super) fn on_the_hour(known: &Known<'_>) -> Vec<Found> {
    let on: Vec<&Scheduled<'_>> = known
        .schedules
        .iter()
        .filter(|one| one.timetable().is_some())
        .collect();
    let is_full_hour = |one: &Scheduled<'_>| {
        next(one, known.now).is_some_and(|at| TimeZone::UTC.to_datetime(at).minute() == 0)
    };
    let at_the_hour: Vec<Subject> = on
        .iter()
        .filter(|one| is_full_hour(one))
        .map(|one| one.subject.clone())
        .collect();
    if at_the_hour.is_empty() {
        return Vec::new();
    }
    let message = format!(
        "{} of {} schedules that are on start at the full hour",
        at_the_hour.len(),
        on.len()
    );
    vec![Found::new(None, message).with(at_the_hour)]
}

pub(super) fn busy_quarter(known: &Known<'_>) -> Vec<Found> {
    let quarters = quarters(known.schedules.iter().enumerate(), known.now);
    // The busiest one, and of several the first.
    let busiest = quarters
        .into_iter()
        .rev()
        .max_by_key(|(_, group)| group.len());
    let Some((quarter, group)) = busiest.filter(|(_, group)| group.len() >= BUSY) else {
        return Vec::new();
    };
    let message = format!(
        "{} schedules start in the quarter of an hour from {} on",
        group.len(),
        quarter_start(quarter)
    );
    let group = group.iter().map(|n| known.schedules[*n].subject.clone());
    vec![Found::new(None, message).with(group.collect())]
}

pub(super) fn in_maintenance(known: &Known<'_>) -> Vec<Found> {
    let is_within = |at: &Timestamp| {
        let at = TimeZone::UTC.to_datetime(*at);
        match at.date().weekday() {
            Weekday::Saturday => at.hour() >= 20,
            Weekday::Sunday => at.hour() < 1,
            _ => false,
        }
    };
    each(known, |scheduled| {
        let due = scheduled.due(known.now, FIVE_WEEKS);
        let first = due.iter().find(|at| is_within(at))?;
        Some(format!("it is due in the window, next at {first}"))
    })
}

pub(super) fn far_off(known: &Known<'_>) -> Vec<Found> {
    const DAYS: i64 = 30;
    let far = known.days_from_now(DAYS);
    each(known, |scheduled| {
        let next = next(scheduled, known.now)?;
        (next > far).then(|| format!("it is due next at {next}"))
    })
}

pub(super) fn unclear(known: &Known<'_>) -> Vec<Found> {
    each(known, |scheduled| {
        scheduled.timetable.as_ref().err().map(ToString::to_string)
    })
}

/// What came of the due times within the history of each integration that has a schedule.
fn due_runs<'k>(known: &'k Known<'_>) -> impl Iterator<Item = (&'k Subject, DueRuns)> {
    known.schedules.iter().filter_map(|scheduled| {
        let integration = scheduled.integration?;
        let history = known.estate.histories.get(&integration.id)?;
        let since = integration
            .creation_date
            .map_or(history.since, |made| made.max(history.since));
        let due = missed_runs(
            scheduled.timetable()?,
            &history.runs,
            since,
            history.read_at,
        );
        Some((&scheduled.subject, due))
    })
}

pub(super) fn missed(known: &Known<'_>) -> Vec<Found> {
    let found = due_runs(known).filter_map(|(subject, due)| {
        let last = due.missed().last()?;
        let message = format!(
            "{} of {}; the last: {last}",
            due.missed().count(),
            due.all.len()
        );
        Some(Found::new(subject.clone(), message))
    });
    found.collect()
}

pub(super) fn late(known: &Known<'_>) -> Vec<Found> {
    let found = due_runs(known).filter_map(|(subject, due)| {
        let last = due.late().last()?;
        let message = format!(
            "{} of {}; the last: {last}",
            due.late().count(),
            due.all.len()
        );
        Some(Found::new(subject.clone(), message))
    });
    found.collect()
}

pub(super) fn longer_than_interval(known: &Known<'_>) -> Vec<Found> {
    each(known, |scheduled| {
        let history = known.estate.histories.get(&scheduled.integration?.id)?;
        let usual = median(&mut durations(history))?;
        let due: Vec<Timestamp> = scheduled
            .timetable()?
            .after(known.now)
            .take(8)
            .map(|next| next.anchored_in_utc.at)
            .collect();
        let gaps = due.windows(2).map(|two| two[1].duration_since(two[0]));
        let shortest = gaps.min()?;
        (usual > shortest)
            .then(|| format!("it usually runs for {usual:#}, and starts every {shortest:#}"))
    })
}
