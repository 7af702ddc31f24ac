//! What a depth costs, said before it is read.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Depth, Estate, EstateOptions, ModelSelection};
use crate::models::cloud_works::{Integration, IntegrationId, ModelId, ProcessId};
use crate::models::flows::FlowId;

/// How many requests it takes to read a depth, or what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Price {
    /// The depth.
    pub depth: Depth,
    /// How many requests; `None` when that is not known before the lists were read.
    pub requests: Option<u64>,
    /// Whether it may take more: a list has more pages than one, or a request is sent again.
    pub is_least: bool,
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { depth, .. } = self;
        match self.requests {
            None => write!(f, "{depth}: not known before the lists were read"),
            Some(requests) => {
                let plural = if requests == 1 { "" } else { "s" };
                write!(f, "{depth}: {requests} request{plural}")?;
                f.write_str(if self.is_least { " or more" } else { "" })
            }
        }
    }
}

impl Estate {
    /// What it still costs to read what these options ask for, depth by depth: nothing of what is here
    /// already is read again. Of an estate that is empty, only the least price of the lists is known.
    ///
    /// ```
    /// use anaplan_sdk::estate::{Estate, EstateOptions};
    ///
    /// let options = EstateOptions::builder().flows(true).jobs(true).build();
    /// let prices: Vec<String> =
    ///     Estate::default().prices(&options).iter().map(ToString::to_string).collect();
    /// assert_eq!(prices, [
    ///     "lists: 7 requests or more",
    ///     "flows: not known before the lists were read",
    ///     "jobs: not known before the lists were read",
    /// ]);
    /// ```
    pub fn prices(&self, options: &EstateOptions) -> Vec<Price> {
        let asked = Depth::ALL.iter().copied();
        let asked = asked.filter(|depth| options.asks_for(*depth));
        asked.map(|depth| self.price(depth, options)).collect()
    }

    fn price(&self, depth: Depth, options: &EstateOptions) -> Price {
        let count = |ids: usize| Some(ids as u64);
        let listed = self.integrations.is_some();
        let requests = match depth {
            Depth::Lists => {
                // Connections, integrations twice, the tenant's limits, the user; flows twice.
                let lists = if listed { 0 } else { 5 };
                let flows = options.flows && self.flows.is_none();
                Some(lists + if flows { 2 } else { 0 })
            }
            Depth::Users => Some(u64::from(self.users.is_none())),
            _ if !listed => None,
            Depth::Flows => count(self.unread_flows().len()),
            Depth::Jobs => count(self.unread_jobs().len()),
            Depth::Notifications => count(self.unread_notifications().len()),
            Depth::History => {
                let unread = options
                    .history_since
                    .map(|since| self.unread_histories(since));
                count(unread.unwrap_or_default().len())
            }
            Depth::Models => {
                let models = self.unread_models(options);
                let lists = if self.directory.is_none() { 2 } else { 0 };
                let each = models
                    .iter()
                    .map(|model| 4 + self.processes_of(model).len());
                count(lists + each.sum::<usize>())
            }
        };
        let has_lists = match depth {
            Depth::Lists | Depth::Users | Depth::History | Depth::Models => requests != Some(0),
            _ => false,
        };
        Price {
            depth,
            requests,
            is_least: has_lists && requests.is_some(),
        }
    }

    fn integration_ids<'e>(
        &'e self,
        is_unread: impl Fn(&Integration) -> bool + 'e,
    ) -> Vec<IntegrationId> {
        let all = self.integrations.iter().flatten();
        let unread = all.filter(|one| is_unread(one));
        unread.map(|one| one.id.clone()).collect()
    }

    pub(crate) fn unread_jobs(&self) -> Vec<IntegrationId> {
        self.integration_ids(|one| !self.jobs.contains_key(&one.id))
    }

    /// Those without a notification configuration have nothing to read.
    pub(crate) fn unread_notifications(&self) -> Vec<IntegrationId> {
        self.integration_ids(|one| {
            one.notification_id.is_some() && !self.notifications.contains_key(&one.id)
        })
    }

    pub(crate) fn unread_histories(&self, since: Timestamp) -> Vec<IntegrationId> {
        self.integration_ids(|one| {
            let history = self.histories.get(&one.id);
            history.is_none_or(|history| history.since > since)
        })
    }

    pub(crate) fn unread_flows(&self) -> Vec<FlowId> {
        let all = self.flows.iter().flatten();
        let unread = all.filter(|flow| !self.steps.contains_key(&flow.id));
        unread.map(|flow| flow.id.clone()).collect()
    }

    pub(crate) fn unread_models(&self, options: &EstateOptions) -> Vec<ModelId> {
        let wanted = match &options.models {
            None => Vec::new(),
            Some(ModelSelection::InUse) => self.models_in_use(),
            Some(ModelSelection::Only(models)) => models.clone(),
        };
        let read = |model: &ModelId| {
            let directory = self.directory.as_ref();
            directory.is_some_and(|directory| directory.contents.contains_key(model))
        };
        wanted.into_iter().filter(|model| !read(model)).collect()
    }

    /// The processes of a model that integrations run, each once.
    pub(crate) fn processes_of(&self, model: &ModelId) -> Vec<ProcessId> {
        let all = self.integrations.iter().flatten();
        let of_model = all.filter(|one| one.model_id.as_ref() == Some(model));
        let processes: BTreeSet<&ProcessId> =
            of_model.filter_map(|one| one.process_id.as_ref()).collect();
        processes.into_iter().cloned().collect()
    }
}
