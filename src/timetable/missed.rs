//! What should have run by its schedule, and did not.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{Due, Occurrence, Timetable};
use crate::models::cloud_works::{RunId, RunSummary, TriggerSource};

/// Within so long after it is due the service starts a scheduled run.
pub const START_WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// The service's clock and its schedules are not of one mind to the second.
const EARLY: SignedDuration = SignedDuration::from_secs(60);

/// A run that was due and did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissedRun {
    /// When it was due, in both readings.
    pub occurrence: Occurrence,
    /// Why it did not come, where that can be seen.
    pub reason: MissedReason,
}

/// Why a scheduled run did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissedReason {
    /// It was due in the service's maintenance window.
    Maintenance,
    /// Another run of the integration was under way.
    AlreadyRunning(RunId),
    /// Nothing explains it.
    Unknown,
}

impl fmt::Display for MissedRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.occurrence)?;
        match &self.reason {
            MissedReason::Maintenance => f.write_str("in the maintenance window"),
            MissedReason::AlreadyRunning(run) => write!(f, "run {run} was under way"),
            MissedReason::Unknown => f.write_str("did not run"),
        }
    }
}

/// The runs that were due after `since` and did not come until `now`, given all runs of that time.
///
/// A run counts for the time at which it was due when it started within [`START_WINDOW`] after
/// it, by its schedule. Of the two readings of a schedule's times that one is taken which the
/// runs bear out better; without a difference, the service's anchoring in UTC. What was due less
/// than the window ago may still come, and is not missed.
pub fn missed_runs(
    timetable: &Timetable,
    runs: &[RunSummary],
    since: Timestamp,
    now: Timestamp,
) -> Vec<MissedRun> {
    let readings = [
        missed_by(timetable, runs, since, now, |occurrence| {
            occurrence.anchored_in_utc
        }),
        missed_by(timetable, runs, since, now, |occurrence| {
            occurrence.by_local_time
        }),
    ];
    let [(met, anchored), (met_locally, local)] = readings;
    if met_locally > met { local } else { anchored }
}

/// How many runs came when they were due, and those that did not.
fn missed_by(
    timetable: &Timetable,
    runs: &[RunSummary],
    since: Timestamp,
    now: Timestamp,
    reading: fn(&Occurrence) -> Due,
) -> (usize, Vec<MissedRun>) {
    let scheduled =
        |run: &&RunSummary| matches!(run.trigger_source, None | Some(TriggerSource::Scheduled));
    let mut starts: Vec<Timestamp> = runs
        .iter()
        .filter(scheduled)
        .filter_map(|run| run.start_date)
        .collect();
    starts.sort_unstable();
    let mut starts = starts.into_iter().peekable();
    // What was due later may still begin.
    let settled = now.saturating_sub(START_WINDOW).unwrap_or(Timestamp::MIN);
    let mut due: Vec<(Due, Occurrence)> = timetable
        .after(since)
        // The other reading may be a few hours ahead or behind.
        .take_while(|occurrence| {
            occurrence
                .by_local_time
                .at
                .min(occurrence.anchored_in_utc.at)
                <= settled
        })
        .map(|occurrence| (reading(&occurrence), occurrence))
        .filter(|(due, _)| since < due.at && due.at <= settled)
        .collect();
    due.sort_by_key(|(due, _)| due.at);
    let mut met = 0;
    let mut missed = Vec::new();
    for (due, occurrence) in due {
        while starts
            .next_if(|start| due.at.duration_since(*start) > EARLY)
            .is_some()
        {}
        if starts
            .next_if(|start| start.duration_since(due.at) <= START_WINDOW)
            .is_some()
        {
            met += 1;
            continue;
        }
        let reason = if due.in_maintenance {
            MissedReason::Maintenance
        } else {
            under_way(runs, due.at).map_or(MissedReason::Unknown, MissedReason::AlreadyRunning)
        };
        missed.push(MissedRun { occurrence, reason });
    }
    (met, missed)
}

/// A run that was under way when another was due.
fn under_way(runs: &[RunSummary], due: Timestamp) -> Option<RunId> {
    let was = |run: &&RunSummary| {
        let started = run
            .start_date
            .is_some_and(|start| start.duration_since(due) <= START_WINDOW);
        started && run.end_date.is_none_or(|end| end > due)
    };
    runs.iter().find(was).map(|run| run.id.clone())
}
