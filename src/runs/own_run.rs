//! Finds the run that a call started, when the answer to the start was lost.
//!
//! It does not compare clocks, but uses a baseline: the runs that the history
//! showed before the start was sent, and the newest start among them.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::models::User;
use crate::models::cloud_works::{LatestRun, RunId, RunSummary, TriggerSource};
use crate::runs::Candidate;

/// The user name that the service shows for runs with an administrator's rights.
const ADMIN_ALIAS: &str = "internal (full access)";

/// How many candidates an error lists, the newest first.
const MAX_CANDIDATES: usize = 10;

/// The names under which the caller is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    names: Vec<String>,
}

impl Caller {
    /// `None` when the service does not tell a name.
    pub(crate) fn of(user: &User) -> Option<Self> {
        let told = |name: &Option<String>| {
            name.as_deref()
                .map(normalize_name)
                .filter(|n| !n.is_empty())
        };
        let mut names = Vec::new();
        if let (Some(first), Some(last)) = (told(&user.first_name), told(&user.last_name)) {
            names.push(format!("{first} {last}"));
            names.push(format!("{last} {first}"));
            names.push(format!("{last}, {first}"));
        }
        names.extend(told(&user.email));
        (!names.is_empty()).then_some(Self { names })
    }

    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.names.iter().any(|own| *own == normalize_name(name))
    }
}

/// A name in small letters, with single spaces.
fn normalize_name(name: &str) -> String {
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
        let is_alias = name.is_some_and(|name| normalize_name(name) == ADMIN_ALIAS);
        let is_caller = match (name, caller) {
            (Some(name), Some(caller)) if !is_alias => Some(caller.has_name(name)),
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
    fn contained(&self, run: &RunSummary) -> Option<bool> {
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
    /// There is at least one run that it may be.
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
        let contained = baseline.and_then(|baseline| baseline.contained(run));
        let by = StartedBy::read(
            run.trigger_source.as_ref(),
            run.triggered_by.as_deref(),
            &[TriggerSource::Manual],
            caller,
        );
        if contained != Some(true) && by != StartedBy::Other && seen.insert(&run.id) {
            candidates.push((run, by, contained));
        }
    }
    match candidates[..] {
        [] => return OwnRun::NotSeen,
        [(run, StartedBy::Caller, Some(false))] => return OwnRun::Found(run.id.clone()),
        _ => {}
    }
    let may_change = baseline.is_some()
        && candidates.iter().any(|(run, by, contained)| {
            *by == StartedBy::Unknown { incomplete: true }
                || contained.is_none() && run.start_date.is_none()
        });
    candidates.sort_by_key(|(run, ..)| std::cmp::Reverse(run.start_date.unwrap_or(Timestamp::MAX)));
    candidates.truncate(MAX_CANDIDATES);
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
    /// It is new, and may be this run or another.
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn ada() -> Caller {
        let ada = json!({
            "id": "u", "firstName": "Ada", "lastName": "Planner", "email": "ada@corp.example",
        });
        Caller::of(&serde_json::from_value(ada).unwrap()).unwrap()
    }

    fn runs(all: &[Value]) -> Vec<RunSummary> {
        let read = |run: &Value| serde_json::from_value(run.clone()).unwrap();
        all.iter().map(read).collect()
    }

    /// A run by hand, in Ada's name, that started in this second.
    fn run(id: &str, second: u32) -> Value {
        json!({
            "id": id, "triggeredBy": "Ada Planner", "triggerSource": "manual",
            "startDate": format!("2026-06-19T01:30:{second:02}Z"),
        })
    }

    fn with(mut run: Value, name: &str, value: Value) -> Value {
        run[name] = value;
        run
    }

    /// `not seen`, `found ID`, `undecided IDS`, and `…` where a later look may decide it.
    fn look(all: &[Value], baseline: Option<&Baseline>, caller: Option<&Caller>) -> String {
        match own_run(&runs(all), baseline, caller) {
            OwnRun::NotSeen => "not seen".to_owned(),
            OwnRun::Found(run) => format!("found {run}"),
            OwnRun::Undecided {
                candidates,
                may_change,
            } => {
                let ids: Vec<_> = candidates.into_iter().filter_map(|one| one.id).collect();
                format!(
                    "undecided {}{}",
                    ids.join(" "),
                    if may_change { "…" } else { "" }
                )
            }
        }
    }

    #[test]
    fn which_run_of_a_history_is_ours() {
        let (ada, null) = (ada(), Value::Null);
        let old = runs(&[
            run("old", 10),
            run("older", 5),
            with(run("undated", 0), "startDate", Value::Null),
        ]);
        let whole = &Baseline::of(&old, true);
        let part = &Baseline::of(&old, false);
        let empty = &Baseline::of(&[], true);
        let undated = &Baseline::of(&old[2..], false);
        let a = || run("a", 20);
        let b = || run("b", 21);
        let field = |name: &str, value: &Value| with(a(), name, value.clone());
        let unknown_source = field("triggerSource", &json!("robot"));
        let alias = field("triggeredBy", &json!(" Internal (full  access)"));
        let bob = field("triggeredBy", &json!("Bob Byron"));
        for (all, baseline, expected) in [
            (vec![], Some(whole), "not seen"),
            (
                vec![run("old", 10), run("older", 5)],
                Some(whole),
                "not seen",
            ),
            (vec![a()], Some(whole), "found a"),
            (vec![a()], Some(part), "found a"),
            (vec![a()], Some(empty), "found a"),
            (vec![a()], Some(undated), "undecided a"),
            (vec![a()], None, "undecided a"),
            (vec![a(), a()], Some(whole), "found a"),
            (vec![a(), b()], Some(whole), "undecided b a"),
            (vec![run("a", 10)], Some(part), "found a"),
            (vec![run("a", 9)], Some(part), "not seen"),
            (vec![run("a", 9)], Some(whole), "not seen"),
            (vec![field("startDate", &null)], Some(whole), "found a"),
            (vec![field("startDate", &null)], Some(part), "undecided a…"),
            (vec![field("startDate", &null)], Some(empty), "found a"),
            (vec![field("startDate", &null)], None, "undecided a"),
            (
                vec![field("triggerSource", &null)],
                Some(whole),
                "undecided a…",
            ),
            (
                vec![field("triggeredBy", &null)],
                Some(whole),
                "undecided a…",
            ),
            (
                vec![field("triggeredBy", &json!("  "))],
                Some(whole),
                "undecided a…",
            ),
            (vec![unknown_source.clone()], Some(whole), "undecided a"),
            (vec![alias.clone()], Some(whole), "undecided a"),
            (vec![bob.clone()], Some(whole), "not seen"),
            (vec![bob.clone()], None, "not seen"),
            (
                vec![with(bob.clone(), "triggerSource", json!("robot"))],
                Some(whole),
                "not seen",
            ),
            (
                vec![with(bob, "id", json!("bobs")), a()],
                Some(whole),
                "found a",
            ),
            (vec![unknown_source, b()], Some(whole), "undecided b a"),
            (
                vec![field("triggerSource", &null), b()],
                Some(whole),
                "undecided b a…",
            ),
            (
                vec![field("triggerSource", &json!("scheduled")), b()],
                Some(whole),
                "found b",
            ),
            (
                vec![field("triggerSource", &json!("manual_inf")), b()],
                Some(whole),
                "found b",
            ),
        ] {
            assert_eq!(
                look(&all, baseline, Some(&ada)),
                expected,
                "{all:?} {baseline:?}"
            );
        }
        assert_eq!(look(&[a()], Some(whole), None), "undecided a…");
        assert_eq!(look(&[a()], None, None), "undecided a");
    }

    #[test]
    fn an_error_lists_the_newest_candidates() {
        let all: Vec<_> = (0..30)
            .map(|second| run(&format!("r{second}"), second))
            .collect();
        let expected = "undecided r29 r28 r27 r26 r25 r24 r23 r22 r21 r20";
        assert_eq!(look(&all, None, Some(&ada())), expected);
    }

    #[test]
    fn the_callers_names() {
        let ada = ada();
        for (name, is_caller) in [
            ("Ada Planner", true),
            ("ada  planner ", true),
            ("Planner, Ada", true),
            ("Planner Ada", true),
            ("ADA@corp.example", true),
            ("Ada", false),
            ("Ada Planner-Smith", false),
            ("Adam Planner", false),
        ] {
            assert_eq!(ada.has_name(name), is_caller, "{name}");
        }
        let user = |user: Value| Caller::of(&serde_json::from_value(user).unwrap());
        assert_eq!(user(json!({"id": "u"})), None);
        assert_eq!(
            user(json!({"id": "u", "firstName": "Ada", "lastName": " "})),
            None
        );
        assert!(user(json!({"id": "u", "email": "a@b"})).is_some_and(|one| one.has_name("a@b")));
    }

    fn latest(run: Value) -> LatestRun {
        serde_json::from_value(run).unwrap()
    }

    #[test]
    fn which_run_of_a_flow_is_ours() {
        use OwnFlowRun::{Other, Own, Perhaps};
        let nameless = |run: Value| with(run, "id", Value::Null);
        let by = |run: Value, source: &str| with(run, "triggerSource", json!(source));
        let own = RunId::from("a");
        let before = latest(run("before", 10));
        let before_nameless = latest(nameless(run("", 10)));
        let undated = latest(with(nameless(run("", 10)), "startDate", Value::Null));
        let (some, nothing) = (Some(Some(&before)), Some(None));
        let without_id = Some(Some(&before_nameless));
        let perhaps = Perhaps { may_change: false };
        let later = Perhaps { may_change: true };
        for (shown, id, before, expected) in [
            (run("a", 20), Some(&own), some, Own),
            // An id decides, whatever else is said.
            (by(run("a", 9), "scheduled"), Some(&own), some, Own),
            (run("before", 30), Some(&own), some, Other),
            (run("b", 20), Some(&own), some, perhaps),
            (by(run("b", 20), "manual_inf"), Some(&own), some, perhaps),
            (by(run("b", 20), "scheduled"), Some(&own), some, Other),
            (by(run("b", 20), "scheduled_inf"), Some(&own), some, Other),
            (
                with(run("b", 20), "triggeredBy", json!("Bob")),
                Some(&own),
                some,
                Other,
            ),
            (run("b", 9), Some(&own), some, Other),
            (run("b", 10), Some(&own), some, perhaps),
            (nameless(run("", 20)), Some(&own), some, Own),
            (nameless(run("", 20)), Some(&own), without_id, Own),
            (nameless(run("", 10)), Some(&own), without_id, Other),
            (nameless(run("", 9)), Some(&own), without_id, Other),
            (nameless(run("", 20)), Some(&own), nothing, Own),
            (
                nameless(by(run("", 20), "manual_inf")),
                Some(&own),
                some,
                Own,
            ),
            (
                nameless(by(run("", 20), "robot")),
                Some(&own),
                some,
                perhaps,
            ),
            (
                with(nameless(run("", 20)), "triggeredBy", Value::Null),
                Some(&own),
                some,
                later,
            ),
            (
                with(nameless(run("", 20)), "triggerSource", Value::Null),
                Some(&own),
                some,
                later,
            ),
            (
                nameless(run("", 20)),
                Some(&own),
                Some(Some(&undated)),
                later,
            ),
            // The start's answer was lost.
            (run("b", 20), None, some, Own),
            (run("b", 20), None, nothing, Own),
            (run("b", 20), None, None, perhaps),
            (run("before", 10), None, some, Other),
            (by(run("b", 20), "nux_dashboard"), None, None, Other),
        ] {
            let found = own_flow_run(&latest(shown.clone()), id, before, Some(&ada()));
            assert_eq!(found, expected, "{shown} {id:?} {before:?}");
        }
        let last_run = json!({
            "lastRun": "2026-06-19T01:30:20Z", "triggeredBy": "Ada Planner", "triggerSource": "manual",
        });
        let found = own_flow_run(&latest(last_run), Some(&own), without_id, Some(&ada()));
        assert_eq!(found, Own);
    }
}
