//! A flow at work: its steps, one after the other.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::clock::{self, Millis};
use crate::runs::{MANUAL, MANUAL_FLOW, SCHEDULED};
use crate::world::World;

/// One run of a flow.
#[derive(Debug, Clone)]
pub(crate) struct FlowRun {
    pub(crate) id: String,
    /// What stands as `flowGroupId` on the runs of its steps.
    group: String,
    by: String,
    trigger: &'static str,
    start: Millis,
    end: Option<Millis>,
    pub(crate) lag: Millis,
    success: bool,
    message: String,
    code: Option<i64>,
    waiting: VecDeque<String>,
    /// The step that runs, and its run.
    current: Option<(String, String)>,
    /// When the next step may start.
    free_at: Millis,
}

impl FlowRun {
    pub(crate) fn new(
        id: String,
        group: String,
        by: &str,
        start: Millis,
        steps: Vec<String>,
        lag: Millis,
    ) -> Self {
        Self {
            id,
            group,
            by: by.into(),
            trigger: MANUAL,
            start,
            end: None,
            lag,
            success: true,
            message: "Success".into(),
            code: None,
            waiting: steps.into(),
            current: None,
            free_at: start,
        }
    }

    /// One that went well, long ago.
    pub(crate) fn past(id: String, by: &str, start: Millis, end: Millis) -> Self {
        let run = Self::new(id.clone(), id, by, start, Vec::new(), 0);
        Self {
            trigger: SCHEDULED,
            end: Some(end),
            ..run
        }
    }

    pub(crate) fn is_active(&self, now: Millis) -> bool {
        self.end.is_none_or(|end| now < end)
    }

    pub(crate) fn latest(&self, now: Millis) -> Value {
        let mut run = json!({
            "triggeredBy": self.by,
            "startDate": clock::iso(self.start),
            "triggerSource": self.trigger,
        });
        match self.end.filter(|end| end + self.lag <= now) {
            Some(end) => {
                run["endDate"] = json!(clock::iso(end));
                run["success"] = json!(self.success);
                run["message"] = json!(self.message);
                run["executionErrorCode"] = json!(self.code);
            }
            None => {
                run["success"] = json!(false);
                run["message"] = json!("Running");
                run["executionErrorCode"] = Value::Null;
            }
        }
        run
    }

    fn stop(&mut self, at: Millis, success: bool, message: &str, code: Option<i64>) {
        self.end = Some(at);
        self.success = success;
        self.message = message.into();
        self.code = code;
    }
}

impl World {
    /// Lets all flows do what they would have done by now.
    pub(crate) fn advance(&mut self) {
        for index in 0..self.flows.len() {
            while self.step_on(index) {}
        }
    }

    /// Takes one flow one step further; says whether there may be more to do.
    fn step_on(&mut self, index: usize) -> bool {
        let now = self.now();
        let Some(mut flow) = self.flows[index].run.take_if(|run| run.end.is_none()) else {
            return false;
        };
        let more = self.work(index, &mut flow, now);
        self.flows[index].run = Some(flow);
        more
    }

    fn work(&mut self, index: usize, flow: &mut FlowRun, now: Millis) -> bool {
        if let Some((step, run)) = &flow.current {
            let Some(run) = self.runs.get(run) else {
                flow.stop(now, false, "Failed", None);
                return false;
            };
            let Some(end) = run.end.filter(|end| *end <= now) else {
                return false;
            };
            let kind = match (run.success, run.is_partial()) {
                (true, false) => None,
                (true, true) => Some("partial_success"),
                (false, _) => Some("failure"),
            };
            let (message, code) = (run.message.clone(), run.code);
            flow.free_at = end;
            if let Some(kind) = kind {
                let rule = self.flows[index]
                    .steps
                    .iter()
                    .find(|each| each.referrer == *step);
                if !rule.is_some_and(|rule| rule.goes_on_after(kind)) {
                    flow.stop(
                        end,
                        false,
                        if message == "Cancelled" {
                            "Cancelled"
                        } else {
                            "Failed"
                        },
                        code,
                    );
                    return false;
                }
                flow.code = Some(38);
                flow.message = "Partial success".into();
            }
            flow.current = None;
        }
        let Some(step) = flow.waiting.front().cloned() else {
            flow.end = Some(flow.free_at);
            return false;
        };
        // Somebody may have started the step's integration by hand: the flow waits for it.
        let last = self
            .integration(&step)
            .and_then(|each| each.runs.last())
            .and_then(|run| self.runs.get(run));
        let at = match last.map(|run| run.end) {
            Some(None) => return false,
            Some(Some(end)) if end > now => return false,
            Some(Some(end)) => end.max(flow.free_at),
            None => flow.free_at,
        };
        flow.waiting.pop_front();
        let run = self.start(&step, &flow.by, MANUAL_FLOW, Some(flow.group.clone()), at);
        self.flows[index]
            .step_runs
            .insert(step.clone(), run.clone());
        flow.current = Some((step, run));
        true
    }
}
