//! Which run is the one that a call of ours started, when the answer to its start was lost.
//!
//! No clock is compared with another. What decides is the baseline: the runs that the history
//! showed before the start was sent, and the newest start among them.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::models::User;
use crate::models::cloud_works::{LatestRun, RunId, RunSummary, TriggerSource};
use crate::runs::Candidate;

/// The user that runs with an administrator's rights are shown as. It is nobody's name.
const ALIAS: &str = "internal (full access)";

/// As many candidates as an error lists, the newest first.
const MOST_CANDIDATES: usize = 10;

/// The names under which the caller is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    names: Vec<String>,
}

impl Caller {
    /// `None` when the service does not tell a name.
    pub(crate) fn of(user: &User) -> Option<Self> {
        let told = |name: &Option<String>| name.as_deref().map(normal).filter(|n| !n.is_empty());
        let mut names = Vec::new();
        if let (Some(first), Some(last)) = (told(&user.first_name), told(&user.last_name)) {
            names.push(format!("{first} {last}"));
            names.push(format!("{last} {first}"));
            names.push(format!("{last}, {first}"));
        }
        names.extend(told(&user.email));
        (!names.is_empty()).then_some(Self { names })
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.names.iter().any(|own| *own == normal(name))
    }
}

/// A name in small letters, with single spaces.
fn normal(name: &str) -> String {
    let words: Vec<_> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// Who started a run, by what its reply tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartedBy {
    /// The caller, by hand or by this API.
    Caller,
    /// A schedule, a button on a page, or another user.
    Other,
    /// The reply does not tell it for certain.
    Unknown {
        /// Whether a later look may tell more: something is still missing from the reply.
        incomplete: bool,
    },
}

impl StartedBy {
    /// `manual` holds the sources that a start by this API may have.
    pub(crate) fn read(
        source: Option<&TriggerSource>,
        name: Option<&str>,
        manual: &[TriggerSource],
        caller: Option<&Caller>,
    ) -> Self {
        let is_manual = source.map(|source| manual.contains(source));
        if is_manual == Some(false) && source.is_some_and(TriggerSource::is_known) {
            return Self::Other;
        }
        let name = name.filter(|name| !name.trim().is_empty());
        let is_alias = name.is_some_and(|name| normal(name) == ALIAS);
        let is_caller = match (name, caller) {
            (Some(name), Some(caller)) if !is_alias => Some(caller.is(name)),
            _ => None,
        };
        match (is_manual, is_caller) {
            (_, Some(false)) => Self::Other,
            (Some(true), Some(true)) => Self::Caller,
            _ => Self::Unknown {
                incomplete: source.is_none() || name.is_none() || caller.is_none(),
            },
        }
    }
}

/// What an integration's history showed before a start was sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Baseline {
    ids: HashSet<RunId>,
    newest_start: Option<Timestamp>,
    is_whole: bool,
}

impl Baseline {
    /// `is_whole`: these are all the runs that there are.
    pub(crate) fn of(runs: &[RunSummary], is_whole: bool) -> Self {
        Self {
            ids: runs.iter().map(|run| run.id.clone()).collect(),
            newest_start: runs.iter().filter_map(|run| run.start_date).max(),
            is_whole,
        }
    }

    /// Whether this run was there before: `None` when that cannot be told.
    fn held(&self, run: &RunSummary) -> Option<bool> {
        if self.ids.contains(&run.id) {
            return Some(true);
        }
        match (run.start_date, self.newest_start) {
            // Both are dates of the service, so they may be compared.
            (Some(start), Some(newest)) if start < newest => Some(true),
            _ if self.is_whole => Some(false),
            (Some(_), Some(_)) => Some(false),
            _ => None,
        }
    }
}

/// What a look at the history shows of the run whose start was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OwnRun {
    /// There is no run that it could be.
    NotSeen,
    /// The one run that it can be.
    Found(RunId),
    /// There is a run, or more than one, of which it cannot be told.
    Undecided {
        candidates: Vec<Candidate>,
        /// Whether a later look may decide it.
        may_change: bool,
    },
}

/// Looks for the run that was started after the baseline was read.
pub(crate) fn own_run(
    runs: &[RunSummary],
    baseline: Option<&Baseline>,
    caller: Option<&Caller>,
) -> OwnRun {
    let mut seen = HashSet::new();
    let mut candidates: Vec<(&RunSummary, StartedBy, Option<bool>)> = Vec::new();
    for run in runs {
        let held = baseline.and_then(|baseline| baseline.held(run));
        let by = StartedBy::read(
            run.trigger_source.as_ref(),
            run.triggered_by.as_deref(),
            &[TriggerSource::Manual],
            caller,
        );
        if held != Some(true) && by != StartedBy::Other && seen.insert(&run.id) {
            candidates.push((run, by, held));
        }
    }
    match candidates[..] {
        [] => return OwnRun::NotSeen,
        [(run, StartedBy::Caller, Some(false))] => return OwnRun::Found(run.id.clone()),
        _ => {}
    }
    let may_change = baseline.is_some()
        && candidates.iter().any(|(run, by, held)| {
            *by == StartedBy::Unknown { incomplete: true }
                || held.is_none() && run.start_date.is_none()
        });
    candidates.sort_by_key(|(run, ..)| std::cmp::Reverse(run.start_date.unwrap_or(Timestamp::MAX)));
    candidates.truncate(MOST_CANDIDATES);
    OwnRun::Undecided {
        candidates: candidates
            .into_iter()
            .map(|(run, ..)| Candidate::from(run))
            .collect(),
        may_change,
    }
}

/// Whether the latest run that a flow shows is the one that a call of ours started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnFlowRun {
    Own,
    /// It is new, and it cannot be told whose it is.
    Perhaps {
        /// Whether a later look may decide it.
        may_change: bool,
    },
    /// It was there before, or somebody else, or a schedule, has started it.
    Other,
}

/// `own` is the id that the start answered, `before` what the flow showed before the start: `None`
/// when that was not read.
pub(crate) fn own_flow_run(
    latest: &LatestRun,
    own: Option<&RunId>,
    before: Option<Option<&LatestRun>>,
    caller: Option<&Caller>,
) -> OwnFlowRun {
    if own.is_some() && own == latest.id.as_ref() {
        return OwnFlowRun::Own;
    }
    let is_new = match before {
        None => None,
        Some(None) => Some(true),
        // Both are dates of the service, so they may be compared.
        Some(Some(before))
            if latest
                .dated()
                .is_some_and(|date| Some(date) < before.dated()) =>
        {
            Some(false)
        }
        Some(Some(before)) => before.is_same_as(latest).map(|same| !same),
    };
    let by = StartedBy::read(
        latest.trigger_source.as_ref(),
        latest.triggered_by.as_deref(),
        &[TriggerSource::Manual, TriggerSource::ManualFlow],
        caller,
    );
    let has_another_id = own.is_some() && latest.id.is_some();
    match (by, is_new) {
        (StartedBy::Other, _) | (_, Some(false)) => OwnFlowRun::Other,
        (StartedBy::Caller, Some(true)) if !has_another_id => OwnFlowRun::Own,
        (by, is_new) => OwnFlowRun::Perhaps {
            may_change: before.is_some()
                && (by == StartedBy::Unknown { incomplete: true } || is_new.is_none()),
        },
    }
}
