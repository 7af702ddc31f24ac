//! Runs: their history, their status, and what went wrong.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::integration::IntegrationType;
use super::schedule::Schedule;
use crate::models::ids::{
    ActionId, FlowGroupId, IntegrationId, ModelId, NotificationId, ProcessId, RunId, TraceId,
    WorkspaceId,
};
use crate::models::lenient::{Lenient, Readable};
use crate::models::open_enum::open_enum;
use crate::models::reply_macro::reply;

open_enum! {
    /// What started a run.
    pub enum TriggerSource {
        /// The integration's own schedule.
        Scheduled = "scheduled",
        /// A user, by hand or by this API.
        Manual = "manual",
        /// The schedule of a flow.
        ScheduledFlow = "scheduled_inf",
        /// A user, by running a flow.
        ManualFlow = "manual_inf",
        /// A button on a page.
        NuxDashboard = "nux_dashboard",
    }
}

reply! {
    /// The latest run, as integrations, flows and their steps tell of it.
    pub struct LatestRun {
        /// Its id, where the service tells it: documented, and not seen live.
        id: Option<RunId>,
        /// Who started it.
        triggered_by: Option<String> = Person,
        /// When it ran last, where the service tells that in place of the two dates below.
        last_run: Option<Timestamp>,
        /// When it started.
        start_date: Option<Timestamp>,
        /// When it ended; `None` while it runs.
        end_date: Option<Timestamp>,
        /// Whether it succeeded, at least in part.
        success: Option<bool>,
        /// How it went, in words.
        message: Option<String>,
        /// How it went, as a number; none after a full success.
        execution_error_code: Option<i64>,
        /// What started it.
        trigger_source: Option<TriggerSource>,
    }
}

reply! {
    /// A run, as the history of its integration lists it.
    pub struct RunSummary {
        @required {
            /// Its id.
            id: RunId,
        }
        /// Who started it.
        triggered_by: Option<String> = Person,
        /// When it ended, once more.
        last_run: Option<Timestamp>,
        /// When it started.
        start_date: Option<Timestamp>,
        /// When it ended; `None` while it runs.
        end_date: Option<Timestamp>,
        /// Whether it succeeded, at least in part.
        success: Option<bool>,
        /// How it went, in words.
        message: Option<String>,
        /// How it went, as a number; none after a full success.
        execution_error_code: Option<i64>,
        /// Under which id Anaplan's support finds it.
        trace_id: Option<TraceId>,
        /// What started it.
        trigger_source: Option<TriggerSource>,
    }
}

reply! {
    /// The status of one run.
    pub struct RunStatus {
        @required {
            /// Its id.
            id: RunId,
        }
        /// The integration that ran.
        integration_id: Option<IntegrationId>,
        /// Under which id Anaplan's support finds it.
        trace_id: Option<TraceId>,
        /// When it started.
        start_date: Option<Timestamp>,
        /// When it ended; `None` while it runs.
        end_date: Option<Timestamp>,
        /// Whether it succeeded, at least in part.
        success: Option<bool>,
        /// How it went, in words.
        message: Option<String>,
        /// When the record of it was created.
        creation_date: Option<Timestamp> => iso_creation_date,
        /// When the record of it was last changed.
        modification_date: Option<Timestamp> => iso_modification_date,
        /// Who started it.
        created_by: Option<String> = Person,
        /// Who last changed the record of it.
        modified_by: Option<String> = Person,
        /// How it went, as a number; none after a full success.
        execution_error_code: Option<i64>,
        /// What it shares with the other steps, if it was a flow's.
        flow_group_id: Option<FlowGroupId>,
        /// What started it.
        trigger_source: Option<TriggerSource>,
    }
}

macro_rules! is_running {
    ($($run:ty),*) => {$(
        impl $run {
            /// Whether it is under way: it has not ended, and says so.
            pub fn is_running(&self) -> bool {
                self.end_date.is_none() && self.message.as_deref() == Some("Running")
            }
        }
    )*};
}

is_running!(LatestRun, RunSummary, RunStatus);

impl LatestRun {
    /// The date by which this run is told from others where there is no id.
    #[cfg(any(feature = "_client", test))]
    pub(crate) fn dated(&self) -> Option<Timestamp> {
        self.start_date.or(self.last_run)
    }

    /// Whether both are the same run; `None` when that cannot be told. An id decides; the same
    /// date does where there is no id.
    #[cfg(any(feature = "_client", test))]
    pub(crate) fn is_same_as(&self, other: &Self) -> Option<bool> {
        match (&self.id, &other.id) {
            (Some(one), Some(other)) => Some(one == other),
            _ => Some(self.dated()? == other.dated()?),
        }
    }
}

reply! {
    /// The history of an integration's runs, a page of it: what stands under `history_of_runs`.
    pub struct RunHistory {
        /// The integration.
        integration_id: Option<IntegrationId>,
        /// Its name.
        name: String,
        /// What it runs.
        integration_type: Option<IntegrationType>,
        /// The process that it runs, if it runs one.
        process_id: Option<ProcessId>,
        /// The version of its shape, `2.0`.
        version: Option<String>,
        /// Its schedule.
        schedule: Option<Schedule>,
        /// The workspace of its model.
        workspace_id: Option<WorkspaceId>,
        /// Its model.
        model_id: Option<ModelId>,
        /// When it was created.
        creation_date: Option<Timestamp> => iso_creation_date,
        /// When it was last changed.
        modification_date: Option<Timestamp> => iso_modification_date,
        /// Who created it.
        created_by: Option<String> = Person,
        /// Who last changed it.
        modified_by: Option<String> = Person,
        /// A number that the service does not explain.
        status: Option<i64>,
        /// Its notification configuration.
        notification_id: Option<NotificationId>,
        /// The runs of this page.
        runs: Vec<RunSummary>,
        /// How many runs there are in all.
        total_runs: Option<i64>,
    }
}

/// What went wrong in a run.
///
/// The service tells it as one record or as a list of them; all of them are here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct RunError {
    /// The records, in the service's order.
    pub records: Vec<RunErrorRecord>,
}

impl RunError {
    /// The messages of the run's actions, over all records.
    pub fn actions(&self) -> impl Iterator<Item = &ActionError> {
        self.records
            .iter()
            .flat_map(|record| &record.error_messages)
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages = self.actions().flat_map(|action| &action.error_message);
        let texts = messages.filter_map(|message| message.local_message_text.as_deref());
        for (i, text) in texts.enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            f.write_str(text)?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for RunError {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        RunErrorReply::deserialize(d).map(|reply| reply.0.unwrap_or_default())
    }
}

/// What stands under `runs` in the reply of the run error call: `{}` or `[]` if there is no
/// error, else one record or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RunErrorReply(pub Option<RunError>);

impl<'de> Deserialize<'de> for RunErrorReply {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match Vec::<RunErrorRecord>::read(d)? {
            Lenient::Known(records) if records.is_empty() => Ok(Self(None)),
            Lenient::Absent => Ok(Self(None)),
            Lenient::Known(records) => Ok(Self(Some(RunError { records }))),
            Lenient::Unreadable(_) => Err(serde::de::Error::custom("expected an object or a list")),
        }
    }
}

reply! {
    /// One record of what went wrong in a run.
    pub struct RunErrorRecord {
        /// Its id.
        id: Option<String>,
        /// The task of the model that failed.
        task_id: Option<String>,
        /// The messages of each action.
        error_messages: Vec<ActionError>,
        /// When it was created.
        creation_date: Option<Timestamp> => iso_creation_date,
        /// When it was last changed.
        modification_date: Option<Timestamp> => iso_modification_date,
        /// Who created it.
        created_by: Option<String> = Person,
        /// Who last changed it.
        modified_by: Option<String> = Person,
    }
}

reply! {
    /// The messages of one action of a run.
    pub struct ActionError {
        /// The action.
        action_id: Option<ActionId>,
        /// The action's name.
        action_name: Option<String>,
        /// Whether there is a dump of the rejected rows.
        failure_dump_generated: Option<bool>,
        /// The messages.
        error_message: Vec<ErrorMessage>,
    }
}

reply! {
    /// One message of an action.
    pub struct ErrorMessage {
        /// The message in words.
        local_message_text: Option<String>,
        /// How often it occurred.
        occurrences: Option<i64>,
        /// What kind of message it is.
        message_type: Option<String> as "type",
        /// The values that it speaks of.
        values: Vec<Value>,
    }
}

impl RunSummary {
    /// When it began. A run that does not say is one that has not begun.
    #[cfg(feature = "_client")]
    pub(crate) fn began(&self) -> jiff::Timestamp {
        let began = self.start_date.or(self.end_date).or(self.last_run);
        began.unwrap_or(jiff::Timestamp::MAX)
    }
}
