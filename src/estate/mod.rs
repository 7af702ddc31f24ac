//! All of a tenant's CloudWorks at one time, as one value: what there is, what uses what, what is wrong.
//!
//! Reading an [`Estate`] is a method of the client, `client.cw().read_estate(&options)`; what is here is
//! pure, and the same for both clients. An estate is plain data: `serde_json` writes and reads it, so
//! that it can be kept as a snapshot and judged without a network. No secret is in what is written.
//! Names of people are.
//!
//! A user sees a part of the tenant only: an integration administrator what integration administrators
//! have made, a restricted integration user what restricted ones have made in the workspaces that they
//! are assigned to. [`read_as`](Estate::read_as) says as whom it was read. What was asked for and could
//! not be read is in [`gaps`](Estate::gaps).
//!
//! ```
//! use anaplan_sdk::estate::Estate;
//! use serde_json::json;
//!
//! let estate: Estate = serde_json::from_value(json!({
//!     "version": 1,
//!     "readAt": "2026-11-25T06:41:00Z",
//!     "depths": ["lists", "jobs"],
//!     "connections": [
//!         {"connectionId": "9c4d", "body": {"name": "Warehouse"}, "status": 0},
//!     ],
//!     "integrations": [{"integrationId": "c0fa", "name": "Forecast to warehouse"}],
//!     "jobs": {"c0fa": {"integrationId": "c0fa", "name": "Forecast to warehouse", "jobs": [
//!         {"targets": [{"connectionId": "9c4d"}]},
//!     ]}},
//! }))?;
//! assert_eq!(estate.links().integrations_of_connection(&"9c4d".into()), [&"c0fa"]);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod depth;
mod diff;
mod event;
mod findings;
mod gap;
mod history;
mod links;
mod options;
mod price;
mod secrets;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::directory::{Directory, Table};
use crate::models::User;
use crate::models::cloud_works::{
    Connection, ConnectionId, Integration, IntegrationId, ModelId, NotificationConfig,
    SingleIntegration, TenantLimits,
};
use crate::models::flows::{Flow, FlowId, FlowSummary};

pub use depth::Depth;
pub use diff::{ChangeKind, EstateDiff, FieldChange, ObjectChange};
pub use event::EstateEvent;
pub use findings::{Code, Finding, Findings, NotJudged, UnknownCode};
pub use gap::{Gap, Subject};
pub use history::History;
pub use links::Links;
pub use options::{EstateOptions, ModelSelection};
pub use price::Price;

/// All of a tenant's CloudWorks that one user may see, as far as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Estate {
    /// The version of this form: [`VERSION`](Self::VERSION).
    #[serde(deserialize_with = "known_version")]
    pub version: u32,
    /// As whom it was read; `None` when the service did not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_as: Option<User>,
    /// When the reading began, by the service's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// When the latest of it was read, by the service's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// The depths that were read to their end, gaps aside.
    pub depths: BTreeSet<Depth>,
    /// How many integrations the tenant has, and may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantLimits>,
    /// The connections; `None` when they were not read.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "secrets::without"
    )]
    pub connections: Option<Table<Connection>>,
    /// The integrations with their schedules and latest runs; `None` when they were not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integrations: Option<Table<Integration>>,
    /// The flows with their schedules and latest runs; `None` when they were not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flows: Option<Table<FlowSummary>>,
    /// Which of them are the user's own, by their ids.
    pub mine: Mine,
    /// The integrations with their jobs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub jobs: BTreeMap<IntegrationId, SingleIntegration>,
    /// The flows with their steps.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<FlowId, Flow>,
    /// Who is notified, by the integration.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub notifications: BTreeMap<IntegrationId, NotificationConfig>,
    /// The runs, by the integration.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub histories: BTreeMap<IntegrationId, History>,
    /// The workspaces, the models, and what the models hold that were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<Directory>,
    /// The users of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Table<User>>,
    /// What was asked for and could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
}

/// Which objects are the user's own: those that the service lists as such. A display name is not looked
/// at, since two users may share one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Mine {
    /// The integrations; `None` when that was not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integrations: Option<BTreeSet<IntegrationId>>,
    /// The flows; `None` when that was not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flows: Option<BTreeSet<FlowId>>,
}

impl Default for Estate {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            read_as: None,
            began: None,
            read_at: None,
            depths: BTreeSet::new(),
            tenant: None,
            connections: None,
            integrations: None,
            flows: None,
            mine: Mine::default(),
            jobs: BTreeMap::new(),
            steps: BTreeMap::new(),
            notifications: BTreeMap::new(),
            histories: BTreeMap::new(),
            directory: None,
            users: None,
            gaps: Vec::new(),
        }
    }
}

/// A snapshot of a later form may mean something else by the same names.
fn known_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let version = u32::deserialize(deserializer)?;
    match version == Estate::VERSION {
        true => Ok(version),
        false => Err(serde::de::Error::custom(format_args!(
            "a snapshot of version {version}; this library reads version {}",
            Estate::VERSION
        ))),
    }
}

impl Estate {
    /// The version of the form that this library writes and reads.
    pub const VERSION: u32 = 1;

    /// The connection with this id.
    pub fn connection(&self, id: &ConnectionId) -> Option<&Connection> {
        self.connections.as_ref()?.get(id.as_str())
    }

    /// The integration with this id.
    pub fn integration(&self, id: &IntegrationId) -> Option<&Integration> {
        self.integrations.as_ref()?.get(id.as_str())
    }

    /// The flow with this id.
    pub fn flow(&self, id: &FlowId) -> Option<&FlowSummary> {
        self.flows.as_ref()?.get(id.as_str())
    }

    /// Whether an integration is the user's own; `None` when that was not read.
    pub fn is_my_integration(&self, id: &IntegrationId) -> Option<bool> {
        let mine = self.mine.integrations.as_ref();
        mine.map(|mine| mine.contains(id))
    }

    /// Whether a flow is the user's own; `None` when that was not read.
    pub fn is_my_flow(&self, id: &FlowId) -> Option<bool> {
        self.mine.flows.as_ref().map(|mine| mine.contains(id))
    }

    /// The models that integrations and steps of flows name, each once, in the order of their ids.
    pub fn models_in_use(&self) -> Vec<ModelId> {
        let of_integrations = self.integrations.iter().flatten();
        let of_integrations = of_integrations.filter_map(|one| one.model_id.as_ref());
        let of_steps = self.steps.values().flat_map(|flow| &flow.steps);
        let of_steps = of_steps.filter_map(|step| step.model_id.as_ref());
        let models: BTreeSet<&ModelId> = of_integrations.chain(of_steps).collect();
        models.into_iter().cloned().collect()
    }

    /// What uses what, in both directions. It is worked out by each call; keep it for many questions.
    pub fn links(&self) -> Links<'_> {
        Links::of(self)
    }
}
