//! The state of each time at which a schedule was due: on time, late, merged, open, missed.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::maintenance::is_maintenance;
use super::{Due, Occurrence, Timetable};
use crate::models::cloud_works::{RunId, RunSummary, TriggerSource};
use crate::runs::RunOutcome;

/// Within so long after it is due the service starts a scheduled run, unless another run of the
/// integration is under way: then within so long after the end of that run.
pub const START_WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// The service's clock and its schedules are not of one mind to the second.
const EARLY_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// A time at which a schedule was due, and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueRun {
    /// When it was due, in both readings.
    pub occurrence: Occurrence,
    /// The reading that was taken: the one that the runs bear out.
    pub due: Due,
    /// Its state.
    pub state: DueState,
}

/// The state of a time at which a schedule was due.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DueState {
    /// A scheduled run began when it was due, or within [`START_WINDOW`] after it.
    OnTime(RunId),
    /// Another run of the integration was under way, and a scheduled run began when that one had
    /// ended.
    Late {
        /// The scheduled run.
        run: RunId,
        /// How long after the due time it began.
        by: SignedDuration,
    },
    /// The scheduled run that came was due at an earlier time already, and serves this one, too:
    /// it began after it.
    Merged(RunId),
    /// It may still come. A due time that fell into a run waits for its end.
    Open {
        /// Until when; `None` while a run is under way, whose end is not known.
        until: Option<Timestamp>,
    },
    /// It was missed by the schedule, but a run of the integration has begun since, by hand, by a
    /// flow or far too late. There is nothing to make up for.
    MadeUp(RunId),
    /// No run came.
    Missed(MissedReason),
}

/// Why a scheduled run did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissedReason {
    /// It was due in the service's maintenance window.
    Maintenance,
    /// This run was under way, and no scheduled one began after its end.
    AlreadyRunning(RunId),
    /// Nothing explains it.
    Unknown,
}

impl fmt::Display for DueRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.occurrence)?;
        match &self.state {
            DueState::OnTime(run) => write!(f, "on time, run {run}"),
            DueState::Late { run, by } => write!(f, "late by {by:#}, run {run}"),
            DueState::Merged(run) => write!(f, "merged into run {run}"),
            DueState::Open { until: Some(until) } => write!(f, "open until {until}"),
            DueState::Open { until: None } => f.write_str("open, a run is under way"),
            DueState::MadeUp(run) => write!(f, "did not come in time; run {run} has begun since"),
            DueState::Missed(MissedReason::Maintenance) => {
                f.write_str("missed, in the maintenance window")
            }
            DueState::Missed(MissedReason::AlreadyRunning(run)) => {
                write!(f, "missed, no run came after the end of run {run}")
            }
            DueState::Missed(MissedReason::Unknown) => f.write_str("missed"),
        }
    }
}

/// The times at which a schedule was due, in order, with their states. From [`missed_runs`].
///
/// It is not a list of missed runs, so that a late run is not taken for a missed one:
/// [`missed`](Self::missed) is that list, and [`to_make_up`](Self::to_make_up) what to run again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueRuns {
    /// All of them.
    pub all: Vec<DueRun>,
    /// Whether a run of the integration is under way, or waits to begin.
    pub is_under_way: bool,
}

impl DueRuns {
    /// Those that did not come, and since which no other run than the later scheduled ones has
    /// begun.
    pub fn missed(&self) -> impl Iterator<Item = &DueRun> {
        let missed = |due: &&DueRun| matches!(due.state, DueState::Missed(_));
        self.all.iter().filter(missed)
    }

    /// Those that began after the end of a run that was under way.
    pub fn late(&self) -> impl Iterator<Item = &DueRun> {
        let late = |due: &&DueRun| matches!(due.state, DueState::Late { .. });
        self.all.iter().filter(late)
    }

    /// The latest one that was missed, if no run has come since and none is expected: one run by
    /// hand makes up for it and for those before. `None` when there is nothing to run.
    ///
    /// That is what a monitor asks for that runs again what was missed. The run that it starts
    /// shows in the next answer, so it starts none twice, as long as it waits until the history
    /// shows that run.
    pub fn to_make_up(&self) -> Option<&DueRun> {
        let latest = self.all.last()?;
        let is_missed = matches!(latest.state, DueState::Missed(_));
        (is_missed && !self.is_under_way).then_some(latest)
    }
}

/// The states of the times at which a schedule was due after `since` and until `now`.
///
/// `runs` are all runs of the integration that began after `since`, and the one before: it may
/// have been under way. Their order does not matter.
///
/// The rule is the service's. A scheduled run begins within [`START_WINDOW`] after its due time.
/// If the due time falls into another run of the integration, whatever started that one, it waits
/// for its end, and the scheduled run begins within the window after it. The first scheduled run
/// after that end serves all that waited: it is late for the first, and the others are merged into
/// it. Nothing is missed before that time is over, so nothing is while a run is under way. Each
/// run is counted once as on time or late.
///
/// Of the two readings of a schedule's times that one is taken which the runs bear out better;
/// without a difference, the service's anchoring in UTC.
pub fn missed_runs(
    timetable: &Timetable,
    runs: &[RunSummary],
    since: Timestamp,
    now: Timestamp,
) -> DueRuns {
    let mut spans = RunSpan::all(runs);
    let mut read = |reading: fn(&Occurrence) -> Due| {
        spans.iter_mut().for_each(|span| span.is_taken = false);
        by_reading(timetable, &mut spans, since, now, reading)
    };
    let (borne_out, anchored) = read(|occurrence| occurrence.anchored_in_utc);
    let (borne_out_locally, local) = read(|occurrence| occurrence.by_local_time);
    let not_begun = |run: &RunSummary| run.start_date.is_none() && !has_ended(run);
    let waits = runs.iter().any(not_begun);
    let mut due = DueRuns {
        all: if borne_out_locally > borne_out {
            local
        } else {
            anchored
        },
        is_under_way: waits || spans.last().is_some_and(|span| span.end.is_none()),
    };
    if waits {
        // Nothing tells when it began to wait.
        for due in &mut due.all {
            if matches!(due.state, DueState::Missed(_)) {
                due.state = DueState::Open { until: None };
            }
        }
    }
    due
}

fn after_window(instant: Timestamp) -> Timestamp {
    instant.checked_add(START_WINDOW).unwrap_or(Timestamp::MAX)
}

fn has_ended(run: &RunSummary) -> bool {
    RunOutcome::from(run).has_ended()
}

/// A run in time.
struct RunSpan<'r> {
    id: &'r RunId,
    start: Timestamp,
    /// `None` while it is under way.
    end: Option<Timestamp>,
    /// By the integration's schedule, as far as is known.
    is_scheduled: bool,
    /// Whether a due time has it as its own.
    is_taken: bool,
}

impl<'r> RunSpan<'r> {
    /// By their start.
    fn all(runs: &'r [RunSummary]) -> Vec<Self> {
        let spans = runs.iter().filter_map(|run| {
            let start = run.start_date?;
            let end = run.end_date.or(run.last_run.filter(|end| *end > start));
            Some(Self {
                id: &run.id,
                start,
                end: if has_ended(run) {
                    Some(end.unwrap_or(start))
                } else {
                    None
                },
                is_scheduled: matches!(run.trigger_source, None | Some(TriggerSource::Scheduled)),
                is_taken: false,
            })
        });
        let mut spans: Vec<Self> = spans.collect();
        spans.sort_by_key(|span| span.start);
        // One at a time: what has a successor has ended, even if its record does not say so.
        for i in 1..spans.len() {
            let next = spans[i].start;
            spans[i - 1].end.get_or_insert(next);
        }
        spans
    }
}

/// What came of each due time; and how well the runs bear out this reading: how many more due
/// times have a run of their own than have none.
fn by_reading(
    timetable: &Timetable,
    spans: &mut [RunSpan<'_>],
    since: Timestamp,
    now: Timestamp,
    reading: fn(&Occurrence) -> Due,
) -> (i64, Vec<DueRun>) {
    // A run that was under way at the beginning has its own due time before it, and others that
    // waited for its end.
    let under_way = spans.iter().rev().find(|span| span.start <= since);
    let from = under_way
        .filter(|span| span.end.is_none_or(|end| after_window(end) > since))
        .map_or(since, |span| span.start);
    let from = from.saturating_sub(START_WINDOW).unwrap_or(from);
    let mut due: Vec<(Due, Occurrence)> = timetable
        .after(from)
        // The other reading may be a few hours ahead or behind.
        .take_while(|occurrence| {
            occurrence
                .by_local_time
                .at
                .min(occurrence.anchored_in_utc.at)
                <= now
        })
        .map(|occurrence| (reading(&occurrence), occurrence))
        .filter(|(due, _)| from < due.at && due.at <= now)
        .collect();
    due.sort_by_key(|(due, _)| due.at);
    let states: Vec<DueState> = due
        .iter()
        .map(|(due, _)| due_state(*due, spans, now))
        .collect();
    let mut borne_out = 0;
    let mut all = Vec::new();
    for ((due, occurrence), mut state) in due.into_iter().zip(states) {
        if due.at <= since {
            continue;
        }
        match state {
            DueState::OnTime(_) | DueState::Late { .. } => borne_out += 1,
            DueState::Missed(_) => {
                borne_out -= 1;
                // All due times have theirs by now: what is left was started otherwise.
                let mut left = spans.iter().filter(|span| !span.is_taken);
                if let Some(span) = left.find(|span| span.start >= due.at) {
                    state = DueState::MadeUp(span.id.clone());
                }
            }
            _ => {}
        }
        all.push(DueRun {
            occurrence,
            due,
            state,
        });
    }
    (borne_out, all)
}

/// The state of one due time. Its run is marked as taken.
fn due_state(due: Due, spans: &mut [RunSpan<'_>], now: Timestamp) -> DueState {
    let mut waits_for: Option<&RunSpan<'_>> = None;
    let mut fell_into_a_run = false;
    // `None` while a run is under way.
    let mut until = Some(after_window(due.at));
    // One may have begun a little early, and the one before it may have been under way.
    let first = spans.partition_point(|span| span.start < due.at);
    let first = first.saturating_sub(2);
    for span in &mut spans[first..] {
        if until.is_some_and(|until| span.start > until) {
            break;
        }
        let begins_after = span.start >= due.at;
        let may_begin_early = due.at.duration_since(span.start) <= EARLY_TOLERANCE;
        if span.is_scheduled && (begins_after || may_begin_early && !span.is_taken) {
            let run = span.id.clone();
            if span.is_taken {
                return DueState::Merged(run);
            }
            span.is_taken = true;
            let by = span.start.duration_since(due.at);
            return match fell_into_a_run || by > START_WINDOW {
                true => DueState::Late { run, by },
                false => DueState::OnTime(run),
            };
        }
        if span.end.is_none_or(|end| end > due.at) {
            fell_into_a_run |= !begins_after;
            until = until
                .zip(span.end)
                .map(|(until, end)| until.max(after_window(end)));
            waits_for = Some(span);
        }
    }
    match until {
        Some(over) if over < now => {
            let ends_in_maintenance = |span: &RunSpan<'_>| span.end.is_some_and(is_maintenance);
            DueState::Missed(
                if due.in_maintenance || waits_for.is_some_and(ends_in_maintenance) {
                    MissedReason::Maintenance
                } else {
                    let run = waits_for.map(|span| span.id.clone());
                    run.map_or(MissedReason::Unknown, MissedReason::AlreadyRunning)
                },
            )
        }
        until => DueState::Open { until },
    }
}
