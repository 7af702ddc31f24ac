//! Following a run of a flow.
//!
//! The service has no status for it. It is read from the latest runs of the flow and of its steps,
//! without those from before the start.

use jiff::Timestamp;

use super::{FlowOutcome, FlowStepProgress, FlowVerdict, RunOutcome, StepState};
use crate::models::cloud_works::{FlowGroupId, IntegrationId, LatestRun, RunId, TriggerSource};
use crate::models::flows::{ExceptionStrategy, ExceptionType, Flow, FlowId, FlowStep};
#[cfg(feature = "_client")]
use crate::runs::Candidate;
use crate::runs::own_run::{Caller, OwnFlowRun, StartedBy, own_flow_run};

impl FlowStepProgress {
    fn new(step: &FlowStep) -> Self {
        // The service's defaults.
        let goes_on = |what: &ExceptionType, otherwise| {
            let rules = step.exception_behavior.iter();
            let mut rules = rules.filter(|rule| rule.exception_type.as_ref() == Some(what));
            rules
                .next()
                .and_then(|rule| rule.strategy.as_ref())
                .map_or(otherwise, |strategy| {
                    *strategy == ExceptionStrategy::Continue
                })
        };
        Self {
            integration: step.referrer.clone(),
            name: step.name.clone(),
            state: StepState::Waiting,
            run: None,
            started: None,
            ended: None,
            continues_after_failure: goes_on(&ExceptionType::Failure, false),
            continues_after_partial_success: goes_on(&ExceptionType::PartialSuccess, true),
        }
    }
}

/// Whether this can be the run of a flow's step, by what started it.
fn is_of_a_flow(run: &LatestRun) -> bool {
    !matches!(
        run.trigger_source,
        Some(TriggerSource::Manual | TriggerSource::Scheduled | TriggerSource::NuxDashboard)
    )
}

/// The runs before this one, to tell it from them.
#[derive(Clone, Debug)]
enum EarlierRuns {
    /// What the flow and its steps showed before the start: it is another run that counts.
    Shown {
        flow: Option<Box<LatestRun>>,
        steps: Vec<Option<LatestRun>>,
    },
    /// The flow was under way already, as this run: what started with it or after it counts.
    UnderWay(Option<Box<LatestRun>>),
}

/// Follows a run of a flow over its replies.
#[derive(Clone, Debug)]
pub(crate) struct FlowWatch {
    flow: FlowId,
    run: Option<RunId>,
    before: EarlierRuns,
    chosen: Option<Vec<IntegrationId>>,
    pub(crate) steps: Vec<FlowStepProgress>,
    /// Runs of the steps' integrations that turned out to be another flow's.
    foreign: Vec<(usize, Timestamp)>,
    group: Option<FlowGroupId>,
    said: Option<RunOutcome>,
    /// Whether the flow has shown this run as its latest one.
    is_shown: bool,
    /// A run that the flow has shown, and that may be this one or another.
    possible_run: Option<LatestRun>,
    /// The flow has shown another run since, so that no more of this one is to be seen.
    is_replaced: bool,
    /// For how many looks the flow and its steps have contradicted each other.
    contradictions: u32,
}

/// What a look at the flow showed.
#[derive(Debug, PartialEq)]
pub(crate) struct FlowChange {
    /// The places of the steps that have come further.
    pub(crate) changed: Vec<usize>,
    pub(crate) ended: bool,
    /// A run has ended, but it cannot be told whether it is this one.
    pub(crate) is_doubtful: bool,
}

/// Replies for the flow and its steps may be of different age. After so many contradictions, they
/// are taken as they are.
const MAX_CONTRADICTIONS: u32 = 3;

impl FlowWatch {
    /// Of a run that is about to be started: `flow` is what stands before.
    pub(crate) fn of_next_run(flow: &Flow, chosen: Option<Vec<IntegrationId>>) -> Self {
        let before = EarlierRuns::Shown {
            flow: flow.latest_run.clone().map(Box::new),
            steps: flow
                .steps
                .iter()
                .map(|step| step.latest_run.clone())
                .collect(),
        };
        Self::new(flow, before, chosen)
    }

    /// Of the run that is under way, or that was the last one.
    pub(crate) fn of_latest_run(flow: &Flow) -> Self {
        let joined = flow.latest_run.clone().map(Box::new);
        Self::new(flow, EarlierRuns::UnderWay(joined), None)
    }

    fn new(flow: &Flow, before: EarlierRuns, chosen: Option<Vec<IntegrationId>>) -> Self {
        let mut watch = Self {
            flow: flow.id.clone(),
            run: None,
            before,
            chosen,
            steps: flow.steps.iter().map(FlowStepProgress::new).collect(),
            foreign: Vec::new(),
            group: None,
            said: None,
            is_shown: false,
            possible_run: None,
            is_replaced: false,
            contradictions: 0,
        };
        for (progress, step) in watch.steps.iter_mut().zip(&flow.steps) {
            let runs = match &watch.chosen {
                Some(chosen) => chosen.contains(&step.referrer),
                None => step.is_skipped != Some(true),
            };
            if !runs {
                progress.state = StepState::Skipped;
            }
        }
        watch
    }

    pub(crate) fn started(&mut self, run: RunId) {
        self.run = Some(run);
    }

    #[cfg(feature = "_client")]
    pub(crate) fn run(&self) -> Option<&RunId> {
        self.run.as_ref()
    }

    /// Whether it helps to know who is calling: the ids do not tell whose run the flow shows.
    #[cfg(feature = "_client")]
    pub(crate) fn needs_caller(&self, flow: &Flow) -> bool {
        let latest = flow.latest_run.as_ref();
        latest.is_some_and(|latest| {
            matches!(self.match_run(latest, None), OwnFlowRun::Perhaps { .. })
        })
    }

    /// The run that may be this one or another, if one was seen.
    #[cfg(feature = "_client")]
    pub(crate) fn candidate(&self) -> Option<Candidate> {
        let joined = match &self.before {
            EarlierRuns::UnderWay(joined) => joined.as_deref(),
            EarlierRuns::Shown { .. } => None,
        };
        self.possible_run.as_ref().or(joined).map(Candidate::from)
    }

    /// Takes in what the flow looks like now.
    pub(crate) fn look(&mut self, flow: &Flow, caller: Option<&Caller>) -> FlowChange {
        if let Some(latest) = &flow.latest_run {
            match self.match_run(latest, caller) {
                OwnFlowRun::Own => {
                    let outcome = RunOutcome::from(latest);
                    self.said = outcome.has_ended().then_some(outcome);
                    self.is_shown = true;
                }
                OwnFlowRun::Perhaps { .. } => self.possible_run = Some(latest.clone()),
                OwnFlowRun::Other => self.note_another_run(latest),
            }
        }
        let mut changed = Vec::new();
        for position in 0..self.steps.len() {
            let referrer = &self.steps[position].integration;
            let step = flow.steps.iter().find(|step| step.referrer == *referrer);
            let Some(latest) = step.and_then(|step| step.latest_run.as_ref()) else {
                continue;
            };
            if self.steps[position].state == StepState::Skipped
                || !self.is_own_step(flow, position, latest, caller)
            {
                continue;
            }
            let mut outcome = RunOutcome::from(latest);
            let step = &mut self.steps[position];
            let report = outcome.report_mut();
            report.integration = Some(step.integration.clone());
            report.run = step.run.clone().or(report.run.take());
            (step.started, step.ended) = (report.started, report.ended);
            let state = if outcome.has_ended() {
                StepState::Ended(Box::new(outcome))
            } else {
                StepState::Running
            };
            if step.state != state {
                step.state = state;
                changed.push(position);
            }
        }
        let steps_ended = self.steps_have_ended();
        let perhaps_ended = self.possible_run.as_ref().map(RunOutcome::from);
        let perhaps_ended = perhaps_ended.is_some_and(|outcome| outcome.has_ended());
        FlowChange {
            changed,
            ended: self.is_shown
                && (self.has_ended(steps_ended) || self.is_replaced && self.said.is_some()),
            is_doubtful: match self.is_shown {
                true => self.is_replaced && self.said.is_none(),
                false => perhaps_ended || self.is_replaced || steps_ended,
            },
        }
    }

    /// The flow shows a run that is not this one.
    fn note_another_run(&mut self, latest: &LatestRun) {
        let shown = match &self.before {
            EarlierRuns::UnderWay(joined) => joined.as_deref(),
            EarlierRuns::Shown { flow, .. }
                if flow
                    .as_ref()
                    .is_some_and(|old| old.is_same_as(latest) == Some(true)) =>
            {
                // What was there before: the replies lag.
                return;
            }
            EarlierRuns::Shown { .. } => self.possible_run.as_ref(),
        };
        match shown.and_then(|shown| shown.is_same_as(latest)) {
            // By now it is told whose it is.
            Some(true) => self.possible_run = None,
            Some(false) => self.is_replaced = true,
            None => {}
        }
    }

    fn match_run(&self, latest: &LatestRun, caller: Option<&Caller>) -> OwnFlowRun {
        match &self.before {
            EarlierRuns::UnderWay(Some(joined)) if joined.is_same_as(latest) == Some(false) => {
                OwnFlowRun::Other
            }
            EarlierRuns::UnderWay(_) => OwnFlowRun::Own,
            EarlierRuns::Shown { flow: before, .. } => {
                own_flow_run(latest, self.run.as_ref(), Some(before.as_deref()), caller)
            }
        }
    }

    fn is_own_step(
        &self,
        flow: &Flow,
        position: usize,
        latest: &LatestRun,
        caller: Option<&Caller>,
    ) -> bool {
        let Some(start) = latest.start_date else {
            return false;
        };
        if !is_of_a_flow(latest) || self.foreign.contains(&(position, start)) {
            return false;
        }
        match &self.before {
            EarlierRuns::Shown { steps, .. } => {
                let before = steps.get(position).and_then(Option::as_ref);
                let by = StartedBy::read(
                    latest.trigger_source.as_ref(),
                    latest.triggered_by.as_deref(),
                    &[TriggerSource::ManualFlow],
                    caller,
                );
                let is_old = before.is_some_and(|before| before.is_same_as(latest) == Some(true));
                by != StartedBy::Other && !is_old
            }
            EarlierRuns::UnderWay(joined) => {
                let latest = flow.latest_run.as_ref();
                let from = start_of(joined.as_deref().or(latest));
                !self.is_replaced && from.is_some_and(|from| from <= start)
            }
        }
    }

    fn steps_have_ended(&self) -> bool {
        let any = |state: &StepState| self.steps.iter().any(|step| step.state == *state);
        let stopped = self.steps.iter().any(FlowStepProgress::stops_the_flow);
        !any(&StepState::Running) && (stopped || !any(&StepState::Waiting))
    }

    fn has_ended(&mut self, steps_ended: bool) -> bool {
        match (self.said.is_some(), steps_ended) {
            (true, true) => return true,
            (false, false) => self.contradictions = 0,
            _ => self.contradictions += 1,
        }
        self.contradictions > MAX_CONTRADICTIONS
    }

    /// The steps that have started, but whose run is not known: place, integration, start.
    pub(crate) fn unidentified(&self) -> Vec<(usize, IntegrationId, Timestamp)> {
        let steps = self.steps.iter().enumerate();
        steps
            .filter(|(_, step)| step.run.is_none())
            .filter_map(|(i, step)| Some((i, step.integration.clone(), step.started?)))
            .collect()
    }

    /// A step's run was found. When it belongs to another flow, the step still waits.
    pub(crate) fn identify(&mut self, position: usize, run: RunId, group: Option<FlowGroupId>) {
        let step = &mut self.steps[position];
        if let Some(group) = group {
            let is = |id: &str| group == id;
            let known = self.group.as_ref().map(FlowGroupId::as_str);
            let own = is(self.flow.as_str())
                || self.run.as_ref().is_some_and(|run| is(run.as_str()))
                || known.is_none_or(is);
            if !own {
                self.foreign
                    .extend(step.started.map(|start| (position, start)));
                (step.started, step.ended, step.state) = (None, None, StepState::Waiting);
                return;
            }
            self.group.get_or_insert(group);
        }
        if let StepState::Ended(outcome) = &mut step.state {
            outcome.report_mut().run = Some(run.clone());
        }
        step.run = Some(run);
    }

    /// What it came to, once it has ended.
    pub(crate) fn outcome(mut self) -> FlowOutcome {
        for step in &mut self.steps {
            if step.state == StepState::Waiting {
                step.state = StepState::NotReached;
            }
        }
        let verdict = worse(by_steps(&self.steps), self.said.as_ref());
        self.into_outcome(verdict, None)
    }

    /// What is known of it at the deadline.
    #[cfg(feature = "_client")]
    pub(crate) fn unfinished(self, last_fault: Option<String>) -> FlowOutcome {
        self.into_outcome(FlowVerdict::StillRunning, last_fault)
    }

    fn into_outcome(self, verdict: FlowVerdict, last_fault: Option<String>) -> FlowOutcome {
        FlowOutcome {
            flow: self.flow,
            run: self.run,
            verdict,
            steps: self.steps,
            said: self.said,
            last_fault,
        }
    }

    /// What to run to make up for the latest run of this flow; empty for nothing.
    pub(crate) fn steps_to_resume(flow: &Flow) -> Vec<IntegrationId> {
        if flow.latest_run.is_none() {
            return Vec::new();
        }
        let mut watch = Self::of_latest_run(flow);
        watch.look(flow, None);
        let has_run = |step: &FlowStepProgress| step.started.is_some();
        if let Some(first) = watch.steps.iter().position(has_run) {
            // The latest run may itself have been of some steps only: it began with the first
            // one that ran.
            for step in &mut watch.steps[..first] {
                step.state = StepState::Skipped;
            }
        }
        let went_well = watch.said.as_ref().is_some_and(RunOutcome::is_success);
        let outcome = watch.outcome();
        if went_well {
            Vec::new()
        } else {
            outcome.steps_to_resume()
        }
    }
}

fn start_of(run: Option<&LatestRun>) -> Option<Timestamp> {
    run?.start_date
}

fn by_steps(steps: &[FlowStepProgress]) -> FlowVerdict {
    let all_reached = steps.iter().all(|step| step.state != StepState::NotReached);
    if let Some(stop) = steps.iter().find(|step| step.stops_the_flow()) {
        return match stop.outcome() {
            Some(RunOutcome::Cancelled(_)) => FlowVerdict::Cancelled,
            Some(RunOutcome::PartlySucceeded(_)) if all_reached => FlowVerdict::PartlySucceeded,
            _ => FlowVerdict::Failed,
        };
    }
    if !all_reached {
        return FlowVerdict::Failed;
    }
    let mut outcomes = steps.iter().filter_map(FlowStepProgress::outcome);
    if outcomes.all(RunOutcome::is_success) {
        FlowVerdict::Succeeded
    } else {
        FlowVerdict::PartlySucceeded
    }
}

fn worse(by_steps: FlowVerdict, said: Option<&RunOutcome>) -> FlowVerdict {
    match (by_steps, said) {
        (_, Some(RunOutcome::Cancelled(_))) => FlowVerdict::Cancelled,
        (FlowVerdict::Cancelled, _) => FlowVerdict::Cancelled,
        (_, Some(RunOutcome::Failed(_))) => FlowVerdict::Failed,
        (FlowVerdict::Succeeded, Some(RunOutcome::PartlySucceeded(_))) => {
            FlowVerdict::PartlySucceeded
        }
        (verdict, _) => verdict,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn ada() -> Caller {
        let ada = json!({"id": "u", "firstName": "Ada", "lastName": "Planner"});
        Caller::of(&serde_json::from_value(ada).unwrap()).unwrap()
    }

    /// A run that began in this minute.
    fn run(minute: u32, how: &str) -> Value {
        let mut run = json!({
            "startDate": format!("2026-06-01T01:{minute:02}:00Z"), "triggerSource": "manual_inf",
            "triggeredBy": "Ada Planner",
        });
        let (success, message, code) = match how {
            "ok" => (true, "Success", None),
            "partial" => (
                true,
                "List: 9 (0/9) rows successful, 0 (0/0) rows has warnings, 1 failed, 0 ignored",
                Some(38),
            ),
            "failed" => (false, "Import failed", Some(12)),
            "cancelled" => (false, "Cancelled", None),
            _ => (false, "Running", None),
        };
        run["success"] = json!(success);
        run["message"] = json!(message);
        run["executionErrorCode"] = json!(code);
        if how != "running" {
            run["endDate"] = json!(format!("2026-06-01T01:{minute:02}:30Z"));
        }
        run
    }

    /// Steps as `(rules, skipped, latest run)`; rules: `s` or `c` for failure, then for partial.
    fn flow(latest: Value, steps: &[(&str, bool, Value)]) -> Flow {
        let strategy = |c: &str| if c == "c" { "continue" } else { "stop" };
        let steps: Vec<Value> = steps
            .iter()
            .enumerate()
            .map(|(i, (rules, skipped, run))| {
                json!({
                    "referrer": format!("i{i}"), "name": format!("Step {i}"), "isSkipped": skipped,
                    "exceptionBehavior": [
                        {"type": "failure", "strategy": strategy(&rules[..1])},
                        {"type": "partial_success", "strategy": strategy(&rules[1..])},
                    ],
                    "latestRun": run,
                })
            })
            .collect();
        serde_json::from_value(json!({"id": "f", "name": "F", "latestRun": latest, "steps": steps}))
            .unwrap()
    }

    fn states(watch: &[FlowStepProgress]) -> Vec<String> {
        watch.iter().map(|step| step.state.to_string()).collect()
    }

    const NONE: Value = Value::Null;

    #[test]
    fn a_flow_in_motion() {
        let old = [
            ("sc", false, run(1, "failed")),
            ("sc", true, NONE),
            ("sc", false, run(2, "ok")),
        ];
        let mut watch = FlowWatch::of_next_run(&flow(run(0, "failed"), &old), None);
        watch.started("r".into());
        let mut look = |latest: Value, first: Value, last: Value| {
            let steps = [
                ("sc", false, first),
                ("sc", true, NONE),
                ("sc", false, last),
            ];
            let seen = watch.look(&flow(latest, &steps), Some(&ada()));
            (seen, states(&watch.steps))
        };
        let (seen, now) = look(run(0, "failed"), run(1, "failed"), run(2, "ok"));
        assert_eq!((seen.changed, seen.ended), (vec![], false));
        assert_eq!(now, ["waiting", "skipped", "waiting"]);
        let (seen, now) = look(run(10, "running"), run(10, "running"), run(2, "ok"));
        assert_eq!((seen.changed, seen.ended), (vec![0], false));
        assert_eq!(now, ["running", "skipped", "waiting"]);
        let (seen, now) = look(run(10, "running"), run(10, "ok"), run(2, "ok"));
        assert_eq!((seen.changed, seen.ended), (vec![0], false));
        assert_eq!(now, ["succeeded", "skipped", "waiting"]);
        let (seen, _) = look(run(10, "running"), run(10, "ok"), run(11, "running"));
        assert_eq!((seen.changed, seen.ended), (vec![2], false));
        // The flow says that it has ended, its step lags behind.
        let (seen, _) = look(run(10, "ok"), run(10, "ok"), run(11, "running"));
        assert_eq!((seen.changed, seen.ended), (vec![], false));
        let (seen, now) = look(run(10, "ok"), run(10, "ok"), run(11, "ok"));
        assert_eq!((seen.changed, seen.ended), (vec![2], true));
        assert_eq!(now, ["succeeded", "skipped", "succeeded"]);
        let outcome = watch.outcome();
        assert_eq!(outcome.verdict, FlowVerdict::Succeeded);
        assert_eq!(
            outcome.to_string(),
            "flow f succeeded (run r)\n  1. Step 0: succeeded after 30s\n  2. Step 1: skipped\n  \
             3. Step 2: succeeded after 30s"
        );
    }

    /// What a flow of three steps comes to, for failures in each position.
    #[test]
    fn verdicts_by_position_and_behaviour() {
        use FlowVerdict::{Cancelled, Failed, PartlySucceeded, Succeeded};
        for (rules, runs, said, verdict, expected, resume) in [
            (
                "sc",
                ["ok", "ok", "ok"],
                "ok",
                Succeeded,
                ["succeeded"; 3],
                "",
            ),
            (
                "sc",
                ["failed", "", ""],
                "failed",
                Failed,
                ["failed", "not reached", "not reached"],
                "012",
            ),
            (
                "sc",
                ["ok", "failed", ""],
                "failed",
                Failed,
                ["succeeded", "failed", "not reached"],
                "12",
            ),
            (
                "sc",
                ["ok", "ok", "failed"],
                "failed",
                Failed,
                ["succeeded", "succeeded", "failed"],
                "2",
            ),
            (
                "cc",
                ["failed", "ok", "ok"],
                "partial",
                PartlySucceeded,
                ["failed", "succeeded", "succeeded"],
                "012",
            ),
            (
                "cc",
                ["ok", "failed", "ok"],
                "partial",
                PartlySucceeded,
                ["succeeded", "failed", "succeeded"],
                "12",
            ),
            (
                "cc",
                ["ok", "ok", "failed"],
                "partial",
                PartlySucceeded,
                ["succeeded", "succeeded", "failed"],
                "2",
            ),
            (
                "sc",
                ["ok", "partial", "ok"],
                "partial",
                PartlySucceeded,
                ["succeeded", "partly succeeded", "succeeded"],
                "",
            ),
            (
                "ss",
                ["ok", "partial", ""],
                "failed",
                Failed,
                ["succeeded", "partly succeeded", "not reached"],
                "12",
            ),
            (
                "ss",
                ["ok", "ok", "partial"],
                "partial",
                PartlySucceeded,
                ["succeeded", "succeeded", "partly succeeded"],
                "2",
            ),
            (
                "sc",
                ["ok", "cancelled", ""],
                "cancelled",
                Cancelled,
                ["succeeded", "cancelled", "not reached"],
                "12",
            ),
            // The service failed the flow by itself.
            (
                "sc",
                ["ok", "", ""],
                "failed",
                Failed,
                ["succeeded", "not reached", "not reached"],
                "12",
            ),
            // The service does not say how the flow went.
            (
                "sc",
                ["ok", "failed", ""],
                "running",
                Failed,
                ["succeeded", "failed", "not reached"],
                "12",
            ),
            (
                "sc",
                ["ok", "ok", "ok"],
                "running",
                Succeeded,
                ["succeeded"; 3],
                "",
            ),
        ] {
            let old = [
                (rules, false, NONE),
                (rules, false, NONE),
                (rules, false, NONE),
            ];
            let mut watch = FlowWatch::of_next_run(&flow(NONE, &old), None);
            let steps: Vec<_> = (0_u32..)
                .zip(runs)
                .map(|(i, how)| {
                    (
                        rules,
                        false,
                        if how.is_empty() {
                            NONE
                        } else {
                            run(20 + i, how)
                        },
                    )
                })
                .collect();
            let now = flow(run(20, said), &steps);
            let looks = (1..10).find(|_| watch.look(&now, Some(&ada())).ended);
            assert!(looks.is_some_and(|n| n <= 4), "{runs:?} {said}");
            let outcome = watch.outcome();
            assert_eq!(outcome.verdict, verdict, "{runs:?}");
            assert_eq!(states(&outcome.steps), expected);
            let ids =
                |ids: Vec<IntegrationId>| ids.iter().map(|i| &i.as_str()[1..]).collect::<String>();
            assert_eq!(ids(outcome.steps_to_resume()), resume, "{runs:?}");
            if said != "running" {
                assert_eq!(ids(FlowWatch::steps_to_resume(&now)), resume, "{runs:?}");
            }
        }
    }

    #[test]
    fn what_is_not_the_flows_is_not_taken_for_it() {
        let idle = [("sc", false, NONE), ("sc", false, NONE)];
        let mut watch = FlowWatch::of_next_run(&flow(NONE, &idle), None);
        watch.started("r".into());
        let mut by_hand = run(30, "failed");
        by_hand["triggerSource"] = json!("manual");
        let steps = [("sc", false, by_hand), ("sc", false, run(30, "ok"))];
        assert_eq!(
            watch
                .look(&flow(run(30, "running"), &steps), Some(&ada()))
                .changed,
            [1]
        );
        // The second one is the run of another flow.
        watch.group = Some("g".into());
        let (position, integration, _) = watch.unidentified().remove(0);
        assert_eq!((position, integration.as_str()), (1, "i1"));
        watch.identify(1, "other".into(), Some("another flow".into()));
        assert_eq!(states(&watch.steps), ["waiting", "waiting"]);
        let steps = [("sc", false, run(31, "ok")), ("sc", false, run(30, "ok"))];
        assert_eq!(
            watch
                .look(&flow(run(30, "running"), &steps), Some(&ada()))
                .changed,
            [0]
        );
        for group in [None, Some("g"), Some("f"), Some("r")] {
            let mut watch = watch.clone();
            watch.identify(0, "mine".into(), group.map(Into::into));
            assert_eq!(watch.steps[0].run.as_ref().unwrap(), "mine");
        }
    }

    #[test]
    fn a_resumed_run_is_resumed_from_where_it_failed() {
        // The second run began with step 1: step 0 is from before.
        let steps = [
            ("sc", false, run(1, "ok")),
            ("sc", false, run(10, "ok")),
            ("sc", false, run(11, "failed")),
        ];
        let now = flow(run(10, "failed"), &steps);
        let rest = FlowWatch::steps_to_resume(&now);
        assert_eq!(rest, [IntegrationId::from("i2")]);
        let idle = [("sc", false, NONE), ("sc", false, NONE)];
        assert!(FlowWatch::steps_to_resume(&flow(NONE, &idle)).is_empty());
        // It failed before its first step began.
        let all = FlowWatch::steps_to_resume(&flow(run(1, "failed"), &idle));
        assert_eq!(all.len(), 2);
    }

    #[test]
    fn a_doubt_is_taken_back_when_it_is_told_whose_run_it_is() {
        let idle = [("sc", false, NONE)];
        let mut watch = FlowWatch::of_next_run(&flow(NONE, &idle), None);
        watch.started("r".into());
        let mut queued = run(10, "failed");
        queued["id"] = json!("another");
        queued["triggerSource"] = NONE;
        let seen = watch.look(&flow(queued.clone(), &idle), Some(&ada()));
        assert!(seen.is_doubtful);
        queued["triggerSource"] = json!("scheduled");
        let seen = watch.look(&flow(queued, &idle), Some(&ada()));
        assert!(!seen.is_doubtful && watch.possible_run.is_none());
        // One that is replaced while it runs is seen no more: its end is in doubt.
        let mut other = run(11, "running");
        other["id"] = json!("of another kind");
        assert!(!watch.look(&flow(other, &idle), Some(&ada())).is_doubtful);
        let mut scheduled = run(12, "running");
        scheduled["triggerSource"] = json!("scheduled");
        scheduled["id"] = json!("theirs");
        assert!(
            watch
                .look(&flow(scheduled, &idle), Some(&ada()))
                .is_doubtful
        );
    }

    #[test]
    fn a_later_run_is_not_the_one_that_was_joined() {
        let with_id = |mut run: Value, id: &str| {
            run["id"] = json!(id);
            run
        };
        let under_way = flow(
            with_id(run(10, "running"), "a"),
            &[("sc", false, run(10, "running"))],
        );
        let later = flow(
            with_id(run(20, "failed"), "b"),
            &[("sc", false, run(20, "failed"))],
        );
        let mut watch = FlowWatch::of_latest_run(&under_way);
        assert!(!watch.look(&under_way, None).ended);
        let seen = watch.look(&later, None);
        assert!(!seen.ended && seen.is_doubtful);
        assert_eq!(states(&watch.steps), ["running"]);
        // Its end was seen before.
        let ended = flow(
            with_id(run(10, "ok"), "a"),
            &[("sc", false, run(10, "running"))],
        );
        let mut watch = FlowWatch::of_latest_run(&under_way);
        watch.look(&under_way, None);
        assert!(!watch.look(&ended, None).ended);
        assert!(watch.look(&later, None).ended);
    }

    #[test]
    fn chosen_steps_only() {
        let idle = [("sc", false, NONE), ("sc", true, NONE), ("sc", false, NONE)];
        let chosen = Some(vec!["i1".into(), "i2".into()]);
        let watch = FlowWatch::of_next_run(&flow(NONE, &idle), chosen);
        assert_eq!(states(&watch.steps), ["skipped", "waiting", "waiting"]);
    }
}
