//! A run, and what went wrong in it.

use serde_json::{Value, json};

use crate::state::clock::{self, Millis};
use crate::state::dump::Dump;

/// Started by a user.
pub(crate) const MANUAL: &str = "manual";

/// Started by a user, within a flow.
pub(crate) const MANUAL_FLOW: &str = "manual_inf";

/// Started by the schedule of a flow.
pub(crate) const SCHEDULED_FLOW: &str = "scheduled_inf";

/// Started by its schedule.
pub(crate) const SCHEDULED: &str = "scheduled";

/// A run. How it ends is settled when it starts; whether it has ended is a question of the time.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) integration: String,
    pub(crate) trace: String,
    pub(crate) by: String,
    pub(crate) trigger: &'static str,
    pub(crate) flow_group: Option<String>,
    pub(crate) created: Millis,
    pub(crate) start: Millis,
    /// `None`: it runs until somebody stops it.
    pub(crate) end: Option<Millis>,
    /// For how long after the end it seems to run.
    pub(crate) lag: Millis,
    pub(crate) success: bool,
    pub(crate) message: String,
    pub(crate) code: Option<i64>,
    pub(crate) phases: Vec<String>,
    pub(crate) errors: Vec<ActionError>,
    pub(crate) dump: Option<Dump>,
}

/// What went wrong in an action.
#[derive(Debug, Clone)]
pub(crate) struct ActionError {
    pub(crate) action: String,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) occurrences: u64,
    /// How many rows it dealt with, if it rejected some of them.
    pub(crate) rows: Option<Rows>,
    /// The dump of this action, in a process.
    pub(crate) dump: Option<Dump>,
    pub(crate) has_dump: bool,
}

/// The rows of a partial success.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) total: u64,
    pub(crate) failed: u64,
}

impl Rows {
    fn successful(self) -> u64 {
        self.total.saturating_sub(self.failed)
    }

    /// What the message of a run says of them, in the service's words.
    pub(crate) fn sentence(self, name: &str) -> String {
        let (good, failed) = (self.successful(), self.failed);
        format!(
            "{name}: {good} (0/{good}) rows successful, 0 (0/0) rows has warnings, \
             {failed} failed, 0 ignored"
        )
    }

    /// The same as the run error has it.
    fn message(self, name: &str) -> Value {
        let good = self.successful().to_string();
        json!({
            "localMessageText": self.sentence(name),
            "occurrences": 1,
            "type": "hierarchyRowsProcessedWithFailures",
            "values": [
                "hierarchyName", name, "successRowCount", good, "successCreateCount", "0",
                "successUpdateCount", good, "warningsRowCount", "0",
                "failedCount", self.failed.to_string(), "ignoredCount", "0",
                "totalRowCount", self.total.to_string(),
            ],
        })
    }
}

impl Run {
    pub(crate) fn is_queued(&self, now: Millis) -> bool {
        now < self.start && self.end.is_none_or(|end| now < end)
    }

    /// Queued or running.
    pub(crate) fn is_active(&self, now: Millis) -> bool {
        self.end.is_none_or(|end| now < end)
    }

    /// Its end, as far as the service admits it.
    pub(crate) fn visible_end(&self, now: Millis) -> Option<Millis> {
        self.end.filter(|end| end + self.lag <= now)
    }

    /// Rows were rejected.
    pub(crate) fn is_partial(&self) -> bool {
        self.success && self.code == Some(38)
    }

    fn shown_start(&self, now: Millis) -> Millis {
        if self.is_queued(now) {
            self.created
        } else {
            self.start
        }
    }

    fn progress(&self, now: Millis) -> String {
        if self.is_queued(now) {
            return "Queued".into();
        }
        let phases = i64::try_from(self.phases.len()).unwrap_or(0);
        if phases == 0 {
            return "Running".into();
        }
        let length = self.end.map_or(1, |end| (end - self.start).max(1));
        let phase = ((now - self.start) * phases / length).clamp(0, phases - 1);
        usize::try_from(phase)
            .ok()
            .and_then(|phase| self.phases.get(phase))
            .cloned()
            .unwrap_or_default()
    }

    /// `startDate`, `endDate`, `success`, `message`, `executionErrorCode`, `triggerSource`.
    fn common(&self, now: Millis) -> Value {
        let mut common = json!({
            "startDate": clock::iso(self.shown_start(now)),
            "triggerSource": self.trigger,
        });
        match self.visible_end(now) {
            Some(end) => {
                common["endDate"] = json!(clock::iso(end));
                common["success"] = json!(self.success);
                common["message"] = json!(self.message);
                common["executionErrorCode"] = json!(self.code);
            }
            None => {
                common["success"] = json!(false);
                common["message"] = json!(self.progress(now));
                common["executionErrorCode"] = Value::Null;
            }
        }
        common
    }

    /// As an integration, a flow or a step shows its last run: without an id.
    pub(crate) fn latest(&self, now: Millis) -> Value {
        let mut run = self.common(now);
        run["triggeredBy"] = json!(self.by);
        run
    }

    pub(crate) fn in_history(&self, now: Millis) -> Value {
        let mut run = self.latest(now);
        run["id"] = json!(self.id);
        run["traceId"] = json!(self.trace);
        run["lastRun"] = json!(
            self.visible_end(now)
                .unwrap_or_else(|| self.shown_start(now))
                / 1000
        );
        run
    }

    pub(crate) fn single(&self, now: Millis) -> Value {
        let mut run = self.common(now);
        let start = self.shown_start(now);
        run["id"] = json!(self.id);
        run["integrationId"] = json!(self.integration);
        run["traceId"] = json!(self.trace);
        run["creationDate"] = json!(clock::iso(self.created));
        run["modificationDate"] = json!(clock::iso(self.visible_end(now).unwrap_or(start)));
        run["createdBy"] = json!(self.by);
        run["modifiedBy"] = if self.visible_end(now).is_some() {
            json!(self.by)
        } else {
            Value::Null
        };
        run["flowGroupId"] = json!(self.flow_group);
        run
    }

    pub(crate) fn errors(&self) -> Value {
        let messages: Vec<Value> = self
            .errors
            .iter()
            .map(|error| {
                let mut messages = vec![json!({
                    "localMessageText": error.text,
                    "occurrences": error.occurrences,
                    "type": "hierarchyImportError",
                    "values": [],
                })];
                messages.extend(error.rows.map(|rows| rows.message(&error.name)));
                json!({
                    "actionId": error.action,
                    "actionName": error.name,
                    "failureDumpGenerated": error.has_dump,
                    "errorMessage": messages,
                })
            })
            .collect();
        json!({
            "id": self.id,
            "taskId": self.trace.to_uppercase(),
            "errorMessages": messages,
            "creationDate": clock::iso(self.created),
            "modificationDate": clock::iso(self.end.unwrap_or(self.start)),
            "createdBy": self.by,
            "modifiedBy": self.by,
        })
    }

    /// With its real end, whatever the service says.
    pub(crate) fn snapshot(&self, now: Millis) -> Value {
        let active = self.is_active(now);
        let state = if self.is_queued(now) {
            "queued"
        } else if active {
            "running"
        } else if self.message == "Cancelled" {
            "cancelled"
        } else if self.is_partial() {
            "partial"
        } else if self.success {
            "succeeded"
        } else {
            "failed"
        };
        let mut run = self.single(now);
        run["state"] = json!(state);
        run["endDate"] = json!(self.end.filter(|_| !active).map(clock::iso));
        run
    }
}
