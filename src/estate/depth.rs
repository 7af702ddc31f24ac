//! How deep an estate is read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One depth to which an estate is read. What each costs, [`Price`](super::Price) says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Depth {
    /// The lists of connections and integrations, and the tenant's limits.
    Lists,
    /// The flows with their steps.
    Flows,
    /// The jobs of each integration.
    Jobs,
    /// Who is notified of each integration's runs.
    Notifications,
    /// The runs of each integration since a time.
    History,
    /// The models, and what they hold.
    Models,
    /// The users of the tenant.
    Users,
}

impl Depth {
    /// All of them, in the order in which they are read.
    pub const ALL: &'static [Self] = &[
        Self::Lists,
        Self::Flows,
        Self::Jobs,
        Self::Notifications,
        Self::History,
        Self::Models,
        Self::Users,
    ];

    /// Its name in lower case, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lists => "lists",
            Self::Flows => "flows",
            Self::Jobs => "jobs",
            Self::Notifications => "notifications",
            Self::History => "history",
            Self::Models => "models",
            Self::Users => "users",
        }
    }
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
