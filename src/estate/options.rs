//! What an estate is to hold.

use bon::Builder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Depth;
use crate::models::cloud_works::ModelId;

/// What an estate is to hold. By itself the lists alone; each depth beyond them costs requests, which
/// [`Estate::prices`](super::Estate::prices) tells.
///
/// ```
/// use anaplan_sdk::estate::{EstateOptions, ModelSelection};
///
/// let options = EstateOptions::builder()
///     .flows(true)
///     .jobs(true)
///     .history_since("2026-10-01T00:00:00Z".parse()?)
///     .models(ModelSelection::Only(vec!["8896D8C366BC48E5A3182B9F5CE10526".into()]))
///     .build();
/// # let _ = options;
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct EstateOptions {
    /// Whether to read the flows and their steps: two lists, and one request more for each flow.
    /// Defaults to `false`.
    #[builder(default)]
    pub flows: bool,
    /// Whether to read the jobs: one request for each integration. Defaults to `false`.
    #[builder(default)]
    pub jobs: bool,
    /// Whether to read who is notified: one request for each integration. Defaults to `false`.
    #[builder(default)]
    pub notifications: bool,
    /// Since when to read the runs: one request or more for each integration. Defaults to not at all.
    pub history_since: Option<Timestamp>,
    /// Which models to look into: two lists, four requests for each model, and one for each process
    /// that an integration runs. Defaults to none.
    pub models: Option<ModelSelection>,
    /// Whether to read the users of the tenant: one list. Only administrators may. Defaults to
    /// `false`.
    #[builder(default)]
    pub users: bool,
}

/// Which models to look into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ModelSelection {
    /// Those that integrations and flows use.
    InUse,
    /// These.
    Only(Vec<ModelId>),
}

impl EstateOptions {
    /// All depths, with the runs since this time.
    pub fn everything(history_since: Timestamp) -> Self {
        Self {
            flows: true,
            jobs: true,
            notifications: true,
            history_since: Some(history_since),
            models: Some(ModelSelection::InUse),
            users: true,
        }
    }

    /// Whether this depth is asked for.
    pub fn asks_for(&self, depth: Depth) -> bool {
        match depth {
            Depth::Lists => true,
            Depth::Flows => self.flows,
            Depth::Jobs => self.jobs,
            Depth::Notifications => self.notifications,
            Depth::History => self.history_since.is_some(),
            Depth::Models => self.models.is_some(),
            Depth::Users => self.users,
        }
    }
}
