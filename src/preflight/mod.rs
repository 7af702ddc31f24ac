//! Every id of an integration held against what the model really holds, before anything is sent.
//!
//! [`preflight`] is a pure function, so that plans can be checked offline; `client.cw().preflight`
//! reads what it needs and calls it. A [`Finding`] says where, what was found, what was expected and
//! the nearest right value. [`Rule`] lists what is looked for: errors for which a source says that
//! the service refuses or that the run fails, errors by judgement, and warnings.
//!
//! ```
//! use anaplan_sdk::directory::Directory;
//! use anaplan_sdk::preflight::{ListedObjects, Severity, preflight};
//! use serde_json::json;
//!
//! let directory: Directory = serde_json::from_value(json!({
//!     "workspaces": [{"id": "8a81b09d599f3c6e0159f605560c2630", "name": "Supply chain"}],
//!     "models": [{"id": "8896D8C366BC48E5A3182B9F5CE10526", "name": "Demand planning"}],
//!     "contents": {"8896D8C366BC48E5A3182B9F5CE10526": {
//!         "imports": [{
//!             "id": "112000000001", "name": "Products", "importDataSourceId": "113000000001",
//!         }],
//!         "exports": [], "actions": [], "processes": [],
//!         "files": [{"id": "113000000001", "name": "products.csv"}],
//!     }},
//! }))?;
//! let connections = vec![serde_json::from_value(json!({
//!     "connectionId": "5e634ba338444d2ea26ce384a70b5705", "connectionType": "AzureBlob", "status": 1,
//! }))?];
//! let listed = ListedObjects::new(connections);
//! let findings = preflight(
//!     &json!({
//!         "name": "Blob to Anaplan", "version": "2.0",
//!         "workspaceId": "8a81b09d599f3c6e0159f605560c2630",
//!         "modelId": "8896D8C366BC48E5A3182B9F5CE10526",
//!         "jobs": [{
//!             "type": "AzureBlobToAnaplan",
//!             "sources": [{
//!                 "type": "AzureBlob", "connectionId": "5e634ba338444d2ea26ce384a70b5705",
//!                 "file": "dummy.csv",
//!             }],
//!             "targets": [{
//!                 "type": "Anaplan", "actionId": "112000000001", "fileId": "112000000001",
//!             }],
//!         }],
//!     }),
//!     &directory,
//!     &listed,
//! );
//! assert_eq!(findings.len(), 1);
//! assert_eq!(findings[0].severity(), Severity::Error);
//! assert_eq!(
//!     findings[0].to_string(),
//!     "jobs[0].targets[0].fileId: error: 112000000001 is the import *Products*, not a file; its \
//!      file is 113000000001 *products.csv*",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod finding;
mod payload_ids;
mod rule;

use serde::{Deserialize, Serialize};

use crate::directory::{Directory, Table};
use crate::models::cloud_works::{Connection, Integration, SingleIntegration};

pub use finding::{Finding, PreflightError};
pub use payload_ids::Checkable;
pub use rule::{Rule, Severity};

#[cfg(feature = "_client")]
pub(crate) use payload_ids::{IntegrationView, View, view};

/// What CloudWorks lists, as far as preflight needs it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ListedObjects {
    /// The connections; `None` when they were not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<Table<Connection>>,
    /// The integrations, for flows; `None` when they were not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integrations: Option<Table<Integration>>,
    /// Integrations with their jobs, for flows: of those that are here, the jobs are checked, too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<SingleIntegration>,
}

impl ListedObjects {
    /// These connections, and nothing else.
    pub fn new(connections: Vec<Connection>) -> Self {
        Self {
            connections: Some(connections.into()),
            ..Self::default()
        }
    }

    /// The same with these integrations.
    #[must_use]
    pub fn with_integrations(self, integrations: Vec<Integration>) -> Self {
        Self {
            integrations: Some(integrations.into()),
            ..self
        }
    }
}

/// Holds an input against what there is: every problem at once, in the order of the payload, errors
/// and warnings.
///
/// The input is an [`IntegrationInput`](crate::models::cloud_works::IntegrationInput), an
/// [`IntegrationProcessInput`](crate::models::cloud_works::IntegrationProcessInput), a
/// [`FlowInput`](crate::models::flows::FlowInput), the JSON of one, or a
/// [`SingleIntegration`] as it was read. An empty answer means that nothing is known to be wrong.
pub fn preflight(
    input: &(impl Checkable + ?Sized),
    directory: &Directory,
    listed: &ListedObjects,
) -> Vec<Finding> {
    check::check(&input.payload(), directory, listed)
}
