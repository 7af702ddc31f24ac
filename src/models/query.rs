//! What lists can be asked for.

use bon::Builder;
use serde::{Deserialize, Serialize};

/// The order of a list of integrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SortBy {
    /// By name, A to Z.
    #[serde(rename = "name")]
    Name,
    /// By name, Z to A.
    #[serde(rename = "-name")]
    NameDescending,
}

impl SortBy {
    /// The word in the call's query.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::NameDescending => "-name",
        }
    }
}

/// Which integrations to list, and in which order.
///
/// ```
/// use anaplan_sdk::models::cloud_works::{IntegrationQuery, SortBy};
///
/// let query = IntegrationQuery::builder().sort_by(SortBy::Name).my_integrations(true).build();
/// assert_eq!(query.pairs(), [("sortBy", "name"), ("myIntegrations", "1")]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct IntegrationQuery {
    /// The order. Defaults to the service's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<SortBy>,
    /// Only the caller's own integrations. Defaults to all that the caller may see.
    #[builder(default)]
    pub my_integrations: bool,
}

impl IntegrationQuery {
    /// The parameters of the call's query, paging aside.
    pub fn pairs(&self) -> Vec<(&'static str, &'static str)> {
        let sort_by = self.sort_by.map(|sort_by| ("sortBy", sort_by.as_str()));
        sort_by
            .into_iter()
            .chain(only_mine(self.my_integrations))
            .collect()
    }
}

/// Which flows to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct FlowQuery {
    /// Only the caller's own flows. Defaults to all that the caller may see.
    #[builder(default)]
    pub my_integrations: bool,
}

impl FlowQuery {
    /// The parameters of the call's query, paging aside.
    pub fn pairs(&self) -> Vec<(&'static str, &'static str)> {
        only_mine(self.my_integrations).collect()
    }
}

fn only_mine(my_integrations: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    my_integrations
        .then_some(("myIntegrations", "1"))
        .into_iter()
}
