//! Many runs in a few numbers.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::outcome::RunOutcome;
use crate::models::cloud_works::RunSummary;

/// An integration's runs over a span of time, in a few numbers.
///
/// ```
/// use anaplan_sdk::models::cloud_works::RunSummary;
/// use anaplan_sdk::runs::HistorySummary;
///
/// let runs: Vec<RunSummary> = serde_json::from_value(serde_json::json!([
///     {"id": "a", "success": true, "message": "Success",
///      "startDate": "2026-06-01T01:00:00Z", "endDate": "2026-06-01T01:00:40Z"},
///     {"id": "b", "success": false, "message": "Process failed",
///      "startDate": "2026-06-02T01:00:00Z", "endDate": "2026-06-02T01:00:10Z"},
/// ]))?;
/// let summary = HistorySummary::of(&runs);
/// assert_eq!(summary.success_rate(), Some(0.5));
/// assert_eq!(summary.last_success, "2026-06-01T01:00:40Z".parse().ok());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistorySummary {
    /// All runs, those under way included.
    pub runs: usize,
    /// Those that went well.
    pub succeeded: Durations,
    /// Those that went through without some of the rows.
    pub partly_succeeded: Durations,
    /// Those that failed.
    pub failed: Durations,
    /// Those that somebody cancelled.
    pub cancelled: Durations,
    /// Those that are under way.
    pub running: usize,
    /// When the first one started.
    pub from: Option<Timestamp>,
    /// When the last one started.
    pub to: Option<Timestamp>,
    /// When the last one that went well ended; in part does not count.
    pub last_success: Option<Timestamp>,
}

/// How many runs came to one outcome, and how long they took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Durations {
    /// How many.
    pub count: usize,
    /// The duration that half of them stayed within; `None` if none tells of its duration.
    pub median: Option<SignedDuration>,
    /// The longest duration.
    pub longest: Option<SignedDuration>,
}

impl Durations {
    fn of(count: usize, mut durations: Vec<SignedDuration>) -> Self {
        durations.sort_unstable();
        let middle = durations.len() / 2;
        let median = match durations.len() {
            0 => None,
            n if n % 2 == 1 => Some(durations[middle]),
            _ => Some((durations[middle - 1] + durations[middle]) / 2),
        };
        Self {
            count,
            median,
            longest: durations.last().copied(),
        }
    }
}

impl HistorySummary {
    /// Sums up these runs, in whatever order they come.
    pub fn of<'r>(runs: impl IntoIterator<Item = &'r RunSummary>) -> Self {
        let mut summary = Self::default();
        let mut groups: [(usize, Vec<SignedDuration>); 4] = Default::default();
        for run in runs {
            summary.runs += 1;
            if let Some(started) = run.start_date {
                summary.from = Some(summary.from.map_or(started, |from| from.min(started)));
                summary.to = summary.to.max(Some(started));
            }
            let outcome = RunOutcome::from(run);
            let group = match outcome {
                RunOutcome::Succeeded(_) => 0,
                RunOutcome::PartlySucceeded(_) => 1,
                RunOutcome::Failed(_) => 2,
                RunOutcome::Cancelled(_) => 3,
                RunOutcome::StillRunning(_) => {
                    summary.running += 1;
                    continue;
                }
            };
            if group == 0 {
                let ended = run.end_date.or(run.last_run).or(run.start_date);
                summary.last_success = summary.last_success.max(ended);
            }
            groups[group].0 += 1;
            groups[group].1.extend(outcome.report().duration());
        }
        let [succeeded, partly_succeeded, failed, cancelled] =
            groups.map(|(count, durations)| Durations::of(count, durations));
        Self {
            succeeded,
            partly_succeeded,
            failed,
            cancelled,
            ..summary
        }
    }

    /// The part of the runs that went well, of those that ended otherwise than by being
    /// cancelled; from 0 to 1, `None` if there is none.
    pub fn success_rate(&self) -> Option<f64> {
        let judged = self.succeeded.count + self.partly_succeeded.count + self.failed.count;
        (judged > 0).then(|| self.succeeded.count as f64 / judged as f64)
    }
}

impl fmt::Display for HistorySummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} runs", self.runs)?;
        if let (Some(from), Some(to)) = (self.from, self.to) {
            write!(f, " from {from} to {to}")?;
        }
        if let Some(rate) = self.success_rate() {
            write!(f, ", {:.1} % succeeded", rate * 100.0)?;
        }
        let groups = [
            ("succeeded", &self.succeeded),
            ("partly succeeded", &self.partly_succeeded),
            ("failed", &self.failed),
            ("cancelled", &self.cancelled),
        ];
        for (word, group) in groups.into_iter().filter(|(_, group)| group.count > 0) {
            write!(f, "\n{} {word}", group.count)?;
            if let (Some(median), Some(longest)) = (group.median, group.longest) {
                write!(f, ", median {median:#}, longest {longest:#}")?;
            }
        }
        if self.running > 0 {
            write!(f, "\n{} under way", self.running)?;
        }
        match self.last_success {
            Some(at) => write!(f, "\nlast success {at}"),
            None => f.write_str("\nno success"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(minute: u32, seconds: Option<u32>, success: bool, message: &str) -> RunSummary {
        serde_json::from_value(serde_json::json!({
            "id": format!("r{minute}"),
            "success": success,
            "message": message,
            "executionErrorCode": (message == "partial").then_some(38),
            "startDate": format!("2026-06-01T01:{minute:02}:00Z"),
            "endDate": seconds.map(|s| format!("2026-06-01T01:{minute:02}:{s:02}Z")),
        }))
        .unwrap()
    }

    #[test]
    fn each_outcome_is_counted_and_measured() {
        let runs = [
            run(5, Some(10), true, "Success"),
            run(1, Some(30), true, "Success"),
            run(3, Some(20), true, "Success"),
            run(7, Some(40), true, "Success"),
            run(9, Some(5), true, "partial"),
            run(11, Some(7), false, "Process failed"),
            run(13, Some(9), false, "Cancelled"),
            run(15, None, false, "Running"),
        ];
        let summary = HistorySummary::of(&runs);
        let seconds = |n| Some(SignedDuration::from_secs(n));
        assert_eq!(summary.runs, 8);
        assert_eq!(summary.running, 1);
        assert_eq!(summary.succeeded.count, 4);
        assert_eq!(summary.succeeded.median, seconds(25));
        assert_eq!(summary.succeeded.longest, seconds(40));
        assert_eq!(summary.failed.median, seconds(7));
        assert_eq!(summary.success_rate(), Some(4.0 / 6.0));
        assert_eq!(summary.last_success, "2026-06-01T01:07:40Z".parse().ok());
        assert_eq!(
            summary.to_string(),
            "8 runs from 2026-06-01T01:01:00Z to 2026-06-01T01:15:00Z, 66.7 % succeeded\n\
             4 succeeded, median 25s, longest 40s\n\
             1 partly succeeded, median 5s, longest 5s\n\
             1 failed, median 7s, longest 7s\n\
             1 cancelled, median 9s, longest 9s\n\
             1 under way\n\
             last success 2026-06-01T01:07:40Z"
        );
    }

    #[test]
    fn no_runs_no_numbers() {
        let summary = HistorySummary::of(&[]);
        assert_eq!(summary.success_rate(), None);
        assert_eq!(summary.to_string(), "0 runs\nno success");
    }
}
