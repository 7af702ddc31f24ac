//! Runs and objects that a request whose answer was lost may have made.

use std::fmt;

use jiff::Timestamp;

use crate::models::cloud_works::{LatestRun, RunSummary, TriggerSource};

/// A run, or another object, that may have come of a request: in `Error::Uncertain`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Candidate {
    /// Its id, where the service tells it.
    pub id: Option<String>,
    /// When it started, or was created, by the service's clock.
    pub started: Option<Timestamp>,
    /// When it ended; `None` while it runs, and for what does not run.
    pub ended: Option<Timestamp>,
    /// The name of who started or created it, as the service shows it.
    pub by: Option<String>,
    /// What started it.
    pub trigger_source: Option<TriggerSource>,
    /// Whether it succeeded, at least in part, as the service says.
    pub success: Option<bool>,
    /// What the service says of it, such as `Running`.
    pub message: Option<String>,
}

impl Candidate {
    #[cfg(feature = "_client")]
    pub(crate) fn created(id: String, date: Option<Timestamp>, by: Option<String>) -> Self {
        Self {
            id: Some(id),
            started: date,
            by,
            ..Self::default()
        }
    }
}

impl Candidate {
    /// All of them, in words.
    #[cfg(feature = "_client")]
    pub(crate) fn in_words(candidates: &[Self]) -> String {
        let all: Vec<_> = candidates.iter().map(ToString::to_string).collect();
        match &all[..] {
            [one] => format!("one run may be this call's, and it cannot be told: {one}"),
            all => format!(
                "{} runs may be this call's, and it cannot be told which: {}",
                all.len(),
                all.join("; ")
            ),
        }
    }
}

impl From<&RunSummary> for Candidate {
    fn from(run: &RunSummary) -> Self {
        Self {
            id: Some(run.id.to_string()),
            started: run.start_date,
            ended: run.end_date,
            by: run.triggered_by.clone(),
            trigger_source: run.trigger_source.clone(),
            success: run.success,
            message: run.message.clone(),
        }
    }
}

impl From<&LatestRun> for Candidate {
    fn from(run: &LatestRun) -> Self {
        Self {
            id: run.id.as_ref().map(ToString::to_string),
            started: run.start_date.or(run.last_run),
            ended: run.end_date,
            by: run.triggered_by.clone(),
            trigger_source: run.trigger_source.clone(),
            success: run.success,
            message: run.message.clone(),
        }
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id.as_deref().unwrap_or("one without an id"))?;
        if let Some(started) = self.started {
            write!(f, " of {started}")?;
        }
        if let Some(by) = &self.by {
            write!(f, " by {by}")?;
        }
        if let Some(source) = &self.trigger_source {
            write!(f, " ({source})")?;
        }
        if let Some(message) = &self.message {
            write!(f, ", {message}")?;
        }
        Ok(())
    }
}
