//! Flows at work: their steps, one after the other.

use crate::state::clock::Millis;
use crate::state::flow_run::FlowRun;
use crate::state::run::MANUAL_FLOW;
use crate::state::world::World;

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
