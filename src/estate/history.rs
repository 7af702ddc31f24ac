//! The runs of one integration.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

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
    #[serde(deserialize_with = "newest_first")]
    pub runs: Vec<RunSummary>,
}

impl History {
    /// These runs, in whatever order they come.
    pub fn new(since: Timestamp, read_at: Timestamp, runs: Vec<RunSummary>) -> Self {
        let runs = sorted(runs);
        Self {
            since,
            read_at,
            runs,
        }
    }
}

fn sorted(mut runs: Vec<RunSummary>) -> Vec<RunSummary> {
    let began = |run: &RunSummary| run.start_date.or(run.end_date).or(run.last_run);
    // One that does not say is one that has not begun.
    runs.sort_by_key(|run| Reverse(began(run).unwrap_or(Timestamp::MAX)));
    runs
}

fn newest_first<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RunSummary>, D::Error> {
    Vec::deserialize(deserializer).map(sorted)
}
