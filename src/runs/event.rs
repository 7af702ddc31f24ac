//! The events of a wait.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::flow::{FlowOutcome, FlowStepProgress};
use super::outcome::RunOutcome;
use crate::models::cloud_works::RunId;

/// What happens while a run is followed. The last one is [`Ended`](Self::Ended).
///
/// Serialised, it is flat: `{"event": "running", "run": …, "message": …, "changed": …,
/// "elapsedMs": …}`, and the last one is `{"event": "ended", "outcome": "succeeded", …}` with
/// the fields of the [`RunReport`](super::RunReport).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(
    tag = "event",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum RunEvent {
    /// The run is followed from here on.
    #[non_exhaustive]
    Following {
        /// The run.
        run: RunId,
        /// Whether it was under way already, and was joined.
        joined: bool,
    },
    /// Its status was read, and it goes on.
    #[non_exhaustive]
    Running {
        /// The run.
        run: RunId,
        /// The service's message, such as `Running`.
        message: String,
        /// Whether the message is another one than before.
        changed: bool,
        /// Since the start was sent; of a run that was found, since it is followed.
        #[serde(rename = "elapsedMs", serialize_with = "milliseconds")]
        elapsed: Duration,
    },
    /// Its status could not be read. The run goes on, and the status will be read again.
    #[non_exhaustive]
    OutOfSight {
        /// The run.
        run: RunId,
        /// The error.
        fault: String,
        /// Since the start was sent; of a run that was found, since it is followed.
        #[serde(rename = "elapsedMs", serialize_with = "milliseconds")]
        elapsed: Duration,
    },
    /// It has ended, or the deadline has come.
    Ended(Box<RunOutcome>),
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    serializer.serialize_u64(milliseconds)
}

impl fmt::Display for RunEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Following { run, joined: false } => write!(f, "run {run} started"),
            Self::Following { run, joined: true } => write!(f, "run {run} is under way: joined"),
            Self::Running {
                run,
                message,
                elapsed,
                ..
            } => write!(f, "run {run} {message}, {} s", elapsed.as_secs()),
            Self::OutOfSight { run, fault, .. } => write!(f, "run {run} out of sight: {fault}"),
            Self::Ended(outcome) => outcome.fmt(f),
        }
    }
}

/// What happens while the run of a flow is followed. The last one is [`Ended`](Self::Ended).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FlowEvent {
    /// The run is followed from here on.
    #[non_exhaustive]
    Following {
        /// The run; `None` when one that was under way was joined: the service does not tell its
        /// id.
        run: Option<RunId>,
        /// All steps as they stand.
        steps: Vec<FlowStepProgress>,
    },
    /// A step has come further.
    #[non_exhaustive]
    Step {
        /// Its place among the steps, from 0.
        position: usize,
        /// Where it stands.
        step: FlowStepProgress,
    },
    /// The flow was looked at, and goes on.
    #[non_exhaustive]
    Running {
        /// Since it is followed.
        elapsed: Duration,
    },
    /// The flow could not be read. Its run goes on, and the flow will be read again.
    #[non_exhaustive]
    OutOfSight {
        /// What the look failed of.
        fault: String,
        /// Since it is followed.
        elapsed: Duration,
    },
    /// It has ended, or the deadline has come.
    Ended(Box<FlowOutcome>),
}

impl fmt::Display for FlowEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Following { run: Some(run), .. } => write!(f, "flow run {run} started"),
            Self::Following { run: None, .. } => f.write_str("the flow is under way: joined"),
            Self::Step { position, step } => write!(f, "step {}: {step}", position + 1),
            Self::Running { elapsed } => write!(f, "the flow goes on, {} s", elapsed.as_secs()),
            Self::OutOfSight { fault, .. } => write!(f, "the flow is out of sight: {fault}"),
            Self::Ended(outcome) => outcome.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;
    use crate::runs::RunReport;

    #[test]
    fn the_events_of_a_run_are_flat_in_json() {
        let run = RunId::from("r");
        let elapsed = Duration::from_millis(2_500);
        let following = RunEvent::Following {
            run: run.clone(),
            joined: true,
        };
        assert_eq!(
            to_value(following).unwrap(),
            json!({"event": "following", "run": "r", "joined": true})
        );
        let running = RunEvent::Running {
            run: run.clone(),
            message: "Running".into(),
            changed: false,
            elapsed,
        };
        assert_eq!(
            to_value(running).unwrap(),
            json!({
                "event": "running", "run": "r", "message": "Running", "changed": false,
                "elapsedMs": 2500,
            })
        );
        let fault = "timeout".into();
        let out_of_sight = RunEvent::OutOfSight {
            run,
            fault,
            elapsed,
        };
        assert_eq!(to_value(out_of_sight).unwrap()["event"], "out_of_sight");
        let report = RunReport {
            code: Some(38),
            ..RunReport::default()
        };
        let ended = RunEvent::Ended(Box::new(RunOutcome::PartlySucceeded(report)));
        let ended = to_value(ended).unwrap();
        assert_eq!(ended["event"], "ended");
        assert_eq!(ended["outcome"], "partly_succeeded");
        assert_eq!(ended["code"], 38);
    }
}
