//! Runs: how one ended, why, which rows were rejected, and summaries of many.
//!
//! Nothing here uses the network. The clients' methods take and return these types.
//!
//! - [`RunOutcome`]: how a run ended, from any reply about a run.
//! - [`WaitOptions`], [`RunEvent`]: waiting for a run, and what happens meanwhile.
//! - [`RunManyOptions`], [`RunManyEvent`]: many integrations at once.
//! - [`Diagnosis`]: why a run failed, in one value that prints as a ticket.
//! - [`Remedy`]: what to do about it, where a source says so.
//! - [`dump`]: the rows that an import rejected.
//! - [`HistorySummary`]: many runs in a few numbers.
//! - [`FlowOutcome`], [`FlowStepProgress`]: the run of a flow, step by step.
//! - [`Candidate`]: a run that a start whose answer was lost may have made.

mod candidate;
mod codes;
mod diagnosis;
pub mod dump;
mod event;
mod flow;
mod history_summary;
mod outcome;
#[cfg(any(feature = "_client", test))]
mod own_run;
#[cfg_attr(
    not(feature = "_client"),
    allow(
        dead_code,
        unused_imports,
        reason = "the clients alone make a diagnosis with remedies"
    )
)]
mod remedy;
mod rows;
mod run_many;
mod wait;

pub use candidate::Candidate;
pub use codes::known_meaning;
pub use diagnosis::{ActionDiagnosis, Diagnosis};
pub use event::{FlowEvent, RunEvent};
pub use flow::{FlowNotSucceeded, FlowOutcome, FlowStepProgress, FlowVerdict, StepState};
pub use history_summary::{Durations, HistorySummary};
pub use outcome::{NotSucceeded, RunOutcome, RunReport};
pub use remedy::Remedy;
pub use rows::RowCounts;
pub use run_many::{RunManyEvent, RunManyOptions};
pub use wait::WaitOptions;

#[cfg(feature = "_client")]
pub(crate) use flow::FlowWatch;
#[cfg(feature = "_client")]
pub(crate) use own_run::{Baseline, Caller, OwnFlowRun, OwnRun, own_flow_run, own_run};
#[cfg(feature = "_client")]
pub(crate) use remedy::JobKinds;
#[cfg(feature = "_client")]
pub(crate) use run_many::StartOrder;
#[cfg(feature = "_client")]
pub(crate) use wait::PollTimer;
