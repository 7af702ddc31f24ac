//! A flow at work: its steps, one after the other.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::state::clock::{self, Millis};
use crate::state::run::{MANUAL, SCHEDULED};

/// One run of a flow.
#[derive(Debug, Clone)]
pub(crate) struct FlowRun {
    pub(crate) id: String,
    /// What stands as `flowGroupId` on the runs of its steps.
    pub(crate) group: String,
    pub(crate) by: String,
    pub(crate) trigger: &'static str,
    pub(crate) start: Millis,
    pub(crate) end: Option<Millis>,
    pub(crate) lag: Millis,
    pub(crate) success: bool,
    pub(crate) message: String,
    pub(crate) code: Option<i64>,
    pub(crate) waiting: VecDeque<String>,
    /// The step that runs, and its run.
    pub(crate) current: Option<(String, String)>,
    /// When the next step may start.
    pub(crate) free_at: Millis,
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

    pub(crate) fn stop(&mut self, at: Millis, success: bool, message: &str, code: Option<i64>) {
        self.end = Some(at);
        self.success = success;
        self.message = message.into();
        self.code = code;
    }
}
