//! Flows: integrations that run one after another.

mod input;
mod rules;

use jiff::Timestamp;

use super::cloud_works::{IntegrationType, LatestRun, Schedule};
pub use super::ids::FlowId;
use super::ids::{IntegrationId, ModelId, NotificationId, WorkspaceId};
use super::open_enum::open_enum;
pub use super::query::FlowQuery;
use super::reply_macro::reply;
pub use input::*;

open_enum! {
    /// What can go wrong in a step of a flow.
    pub enum ExceptionType {
        /// The step fails.
        Failure = "failure",
        /// The step succeeds in part.
        PartialSuccess = "partial_success",
    }
}

open_enum! {
    /// What the flow does then.
    pub enum ExceptionStrategy {
        /// It stops.
        Stop = "stop",
        /// It goes on with the next step.
        Continue = "continue",
    }
}

reply! {
    /// A flow, as it is listed. Its steps come only with a [`Flow`].
    pub struct FlowSummary {
        @required {
            /// Its id.
            id: FlowId => integration_flow_id,
        }
        /// Its name.
        name: String,
        /// Who created it.
        created_by: Option<String> = Person,
        /// When it was created.
        creation_date: Option<Timestamp> => iso_creation_date,
        /// When it was last changed.
        modification_date: Option<Timestamp> => iso_modification_date,
        /// Who last changed it.
        modified_by: Option<String> = Person,
        /// Whether it can be seen in Anaplan's own pages.
        nux_visible: Option<bool>,
        /// How many steps it has.
        steps_count: Option<i64>,
        /// Its notification configuration.
        notification_id: Option<NotificationId>,
        /// Its latest run; `None` if it never ran.
        latest_run: Option<LatestRun>,
        /// Its schedule.
        schedule: Option<Schedule>,
    }
}

reply! {
    /// One flow with its steps.
    pub struct Flow {
        @required {
            /// Its id.
            id: FlowId => integration_flow_id,
        }
        /// Its name.
        name: String,
        /// The version of its shape, `2.0`.
        version: Option<String>,
        /// Who created it.
        created_by: Option<String> = Person,
        /// When it was created.
        creation_date: Option<Timestamp> => iso_creation_date,
        /// When it was last changed.
        modification_date: Option<Timestamp> => iso_modification_date,
        /// Who last changed it.
        modified_by: Option<String> = Person,
        /// Whether it can be seen in Anaplan's own pages.
        nux_visible: Option<bool>,
        /// How many steps it has, where the service says so.
        steps_count: Option<i64>,
        /// Its notification configuration.
        notification_id: Option<NotificationId>,
        /// Its latest run; `None` if it never ran.
        latest_run: Option<LatestRun>,
        /// Its schedule.
        schedule: Option<Schedule>,
        /// Its steps, in their order.
        steps: Vec<FlowStep>,
    }
}

reply! {
    /// A step of a flow.
    pub struct FlowStep {
        @required {
            /// The integration that it runs.
            referrer: IntegrationId,
        }
        /// The integration's name.
        name: String,
        /// What the integration runs.
        integration_type: Option<IntegrationType> as "type",
        /// Who created the integration.
        created_by: Option<String> = Person,
        /// When the integration was created.
        created_date: Option<Timestamp> => iso_creation_date,
        /// When the integration was last changed.
        modified_date: Option<Timestamp> => iso_modification_date,
        /// Who last changed the integration.
        modified_by: Option<String> = Person,
        /// The integration's model.
        model_id: Option<ModelId>,
        /// The workspace of that model.
        workspace_id: Option<WorkspaceId>,
        /// The integrations of the steps that come before this one.
        depends_on: Vec<IntegrationId>,
        /// Whether the flow skips it.
        is_skipped: Option<bool>,
        /// What the flow does when it goes wrong.
        exception_behavior: Vec<FlowStepException>,
        /// Whether the caller may see the integration.
        accessible: Option<bool>,
        /// The latest run of this step.
        latest_run: Option<LatestRun>,
    }
}

reply! {
    /// What a flow does when a step goes wrong, as it is read back.
    pub struct FlowStepException {
        /// What went wrong.
        exception_type: Option<ExceptionType> as "type",
        /// What the flow does then.
        strategy: Option<ExceptionStrategy>,
    }
}
