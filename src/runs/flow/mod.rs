//! The run of a flow, step by step.

use std::fmt;

use jiff::Timestamp;

use super::outcome::RunOutcome;
use crate::models::cloud_works::{IntegrationId, RunId};
use crate::models::flows::FlowId;

#[cfg(any(feature = "_client", test))]
mod watch;

#[cfg(feature = "_client")]
pub(crate) use watch::FlowWatch;

/// Where a step of a flow's run stands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StepState {
    /// Its turn has not come.
    Waiting,
    /// It is under way.
    Running,
    /// It has ended.
    Ended(Box<RunOutcome>),
    /// The flow skips it, or it was not among the steps to run.
    Skipped,
    /// The flow ended before its turn came.
    NotReached,
}

impl fmt::Display for StepState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Ended(outcome) => outcome.word(),
            Self::Skipped => "skipped",
            Self::NotReached => "not reached",
        })
    }
}

/// A step of a flow's run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FlowStepProgress {
    /// The integration that it runs.
    pub integration: IntegrationId,
    /// The integration's name.
    pub name: String,
    /// Where it stands.
    pub state: StepState,
    /// Its run, once it could be told which one it is.
    pub run: Option<RunId>,
    /// When it started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Whether the flow goes on when this step fails.
    pub continues_after_failure: bool,
    /// Whether the flow goes on when this step succeeds in part.
    pub continues_after_partial_success: bool,
}

impl FlowStepProgress {
    /// What it came to, once it has ended.
    pub fn outcome(&self) -> Option<&RunOutcome> {
        match &self.state {
            StepState::Ended(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// Whether the flow stops at this step, as it ended.
    pub fn stops_the_flow(&self) -> bool {
        match self.outcome() {
            Some(RunOutcome::Failed(_) | RunOutcome::Cancelled(_)) => !self.continues_after_failure,
            Some(RunOutcome::PartlySucceeded(_)) => !self.continues_after_partial_success,
            _ => false,
        }
    }

    fn has_failed(&self) -> bool {
        matches!(
            self.outcome(),
            Some(RunOutcome::Failed(_) | RunOutcome::Cancelled(_))
        ) || self.stops_the_flow()
    }
}

impl fmt::Display for FlowStepProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() {
            self.integration.as_str()
        } else {
            &self.name
        };
        write!(f, "{name}: {}", self.state)?;
        if let StepState::Ended(outcome) = &self.state {
            let report = outcome.report();
            if let Some(duration) = report.duration() {
                write!(f, " after {duration:#}")?;
            }
            if !outcome.is_success() && !report.message.is_empty() {
                write!(f, ", {}", report.message)?;
            }
        }
        if let Some(run) = &self.run {
            write!(f, " (run {run})")?;
        }
        Ok(())
    }
}

/// How the run of a flow ended as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FlowVerdict {
    /// Every step went well.
    Succeeded,
    /// The flow came to its end, but not every step went well.
    PartlySucceeded,
    /// A step stopped it, or the service says that it failed.
    Failed,
    /// It was cancelled, or the step that stopped it was.
    Cancelled,
    /// It was still under way at the deadline of the wait.
    StillRunning,
}

impl fmt::Display for FlowVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Succeeded => "succeeded",
            Self::PartlySucceeded => "partly succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::StillRunning => "still running",
        })
    }
}

/// How the run of a flow ended, with the timeline of its steps.
///
/// The verdict is the worse one of two: what follows from the steps by their exception behaviour,
/// and what the service says of the flow.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[must_use = "a flow that ended has not necessarily succeeded"]
pub struct FlowOutcome {
    /// The flow.
    pub flow: FlowId,
    /// Its run; `None` when one that was under way was joined: the service does not tell its id.
    pub run: Option<RunId>,
    /// What it came to as a whole.
    pub verdict: FlowVerdict,
    /// Its steps, in their order.
    pub steps: Vec<FlowStepProgress>,
    /// What the service says of the flow's run itself, once it says that it has ended.
    pub said: Option<RunOutcome>,
    /// The error of the last status request, if the deadline of a wait came after failed ones.
    pub last_fault: Option<String>,
}

impl FlowOutcome {
    /// The step at which the flow stopped.
    pub fn stopped_at(&self) -> Option<&FlowStepProgress> {
        self.steps.iter().find(|step| step.stops_the_flow())
    }

    /// The steps to run to make up for this run: from the first failed one on, or from the first
    /// that was not reached. Empty when there is nothing to make up for.
    pub fn steps_to_resume(&self) -> Vec<IntegrationId> {
        to_resume(&self.steps)
    }

    /// The outcome of a flow that succeeded; anything else is an error.
    ///
    /// # Errors
    /// [`FlowNotSucceeded`], which holds the outcome.
    pub fn into_result(self) -> Result<Self, FlowNotSucceeded> {
        match self.verdict {
            FlowVerdict::Succeeded => Ok(self),
            _ => Err(FlowNotSucceeded(Box::new(self))),
        }
    }

    /// The outcome of a flow that succeeded in full or in part; anything else is an error.
    ///
    /// # Errors
    /// [`FlowNotSucceeded`], which holds the outcome.
    pub fn into_result_allowing_partial(self) -> Result<Self, FlowNotSucceeded> {
        match self.verdict {
            FlowVerdict::PartlySucceeded => Ok(self),
            _ => self.into_result(),
        }
    }
}

impl fmt::Display for FlowOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "flow {} {}", self.flow, self.verdict)?;
        if let Some(run) = &self.run {
            write!(f, " (run {run})")?;
        }
        for (i, step) in self.steps.iter().enumerate() {
            write!(f, "\n  {}. {step}", i + 1)?;
        }
        if let Some(fault) = &self.last_fault {
            write!(f, "\nthe latest look at it failed: {fault}")?;
        }
        Ok(())
    }
}

/// A flow that did not succeed, as an error.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowNotSucceeded(Box<FlowOutcome>);

impl FlowNotSucceeded {
    /// What it came to instead.
    pub fn outcome(&self) -> &FlowOutcome {
        &self.0
    }

    /// What it came to instead.
    pub fn into_outcome(self) -> FlowOutcome {
        *self.0
    }
}

impl fmt::Display for FlowNotSucceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for FlowNotSucceeded {}

fn to_resume(steps: &[FlowStepProgress]) -> Vec<IntegrationId> {
    let first = steps
        .iter()
        .position(|step| step.has_failed() || step.state == StepState::NotReached);
    let rest = &steps[first.unwrap_or(steps.len())..];
    rest.iter()
        .filter(|step| step.state != StepState::Skipped)
        .map(|step| step.integration.clone())
        .collect()
}
