//! What happens while one waits.

use std::fmt;
use std::time::Duration;

use super::flow::{FlowOutcome, FlowStepProgress};
use super::outcome::RunOutcome;
use crate::models::cloud_works::RunId;

/// What happens while a run is followed. The last one is [`Ended`](Self::Ended).
#[derive(Clone, Debug, PartialEq)]
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
    /// It was looked at, and goes on.
    #[non_exhaustive]
    Running {
        /// The run.
        run: RunId,
        /// What the service says that it is at, such as `Running`.
        message: String,
        /// Whether the message is another one than before.
        changed: bool,
        /// Since it is followed.
        elapsed: Duration,
    },
    /// It could not be looked at. It goes on all the same, and will be looked at again.
    #[non_exhaustive]
    OutOfSight {
        /// The run.
        run: RunId,
        /// What the look failed of.
        fault: String,
        /// Since it is followed.
        elapsed: Duration,
    },
    /// It has ended, or the deadline has come.
    Ended(Box<RunOutcome>),
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
    /// The flow could not be looked at. It goes on all the same, and will be looked at again.
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
