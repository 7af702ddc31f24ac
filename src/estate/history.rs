//! The runs of one integration.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::models::cloud_works::RunSummary;

/// The runs of one integration since a time, and the one before that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct History {
    /// Since when.
    pub since: Timestamp,
    /// When it was read, by the service's clock.
    pub read_at: Timestamp,
    /// The runs, newest first.
    pub runs: Vec<RunSummary>,
}

impl History {
    /// These runs, in whatever order they come.
    pub fn new(since: Timestamp, read_at: Timestamp, mut runs: Vec<RunSummary>) -> Self {
        let began = |run: &RunSummary| run.start_date.or(run.end_date).or(run.last_run);
        // One that does not say is one that has not begun.
        runs.sort_by_key(|run| std::cmp::Reverse(began(run).unwrap_or(Timestamp::MAX)));
        Self {
            since,
            read_at,
            runs,
        }
    }
}
