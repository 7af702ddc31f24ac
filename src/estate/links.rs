//! What uses what.

use std::collections::{BTreeMap, BTreeSet};

use super::Estate;
use crate::models::cloud_works::{ConnectionId, IntegrationId, ModelId, SingleIntegration};
use crate::models::flows::FlowId;

/// What uses what in an estate, in both directions. From [`Estate::links`].
///
/// Only what was read can be in it: which integrations a connection is used by needs
/// [`Depth::Jobs`](super::Depth::Jobs), and whatever has to do with flows
/// [`Depth::Flows`](super::Depth::Flows). Answers are in the order of the ids, each once.
#[derive(Clone, Debug, Default)]
pub struct Links<'e> {
    integrations_of_connection: Ids<'e, ConnectionId, IntegrationId>,
    connections_of_integration: Ids<'e, IntegrationId, ConnectionId>,
    integrations_of_flow: Ids<'e, FlowId, IntegrationId>,
    flows_of_integration: Ids<'e, IntegrationId, FlowId>,
    integrations_of_model: Ids<'e, ModelId, IntegrationId>,
    models_of_integration: Ids<'e, IntegrationId, ModelId>,
    flows_of_model: Ids<'e, ModelId, FlowId>,
    models_of_flow: Ids<'e, FlowId, ModelId>,
}

type Ids<'e, K, V> = BTreeMap<&'e K, Vec<&'e V>>;

/// The connections that an integration's jobs name, each once.
pub(crate) fn connections_of(integration: &SingleIntegration) -> BTreeSet<&ConnectionId> {
    let jobs = integration.jobs.iter();
    jobs.flat_map(|job| {
        let sources = job.sources.iter().map(|end| &end.connection_id);
        sources.chain(job.targets.iter().map(|end| &end.connection_id))
    })
    .flatten()
    .collect()
}

impl<'e> Links<'e> {
    pub(super) fn of(estate: &'e Estate) -> Self {
        let mut connections = BTreeSet::new();
        let mut models = BTreeSet::new();
        let mut flows = BTreeSet::new();
        let mut flow_models = BTreeSet::new();
        for (id, integration) in &estate.jobs {
            let used = connections_of(integration).into_iter();
            connections.extend(used.map(|connection| (id, connection)));
            models.extend(integration.model_id.iter().map(|model| (id, model)));
        }
        for integration in estate.integrations.iter().flatten() {
            let model = integration.model_id.iter();
            models.extend(model.map(|model| (&integration.id, model)));
        }
        for (id, flow) in &estate.steps {
            for step in &flow.steps {
                flows.insert((id, &step.referrer));
                flow_models.extend(step.model_id.iter().map(|model| (id, model)));
            }
        }
        // A step does not always say the model of its integration.
        for (flow, integration) in &flows {
            let known = estate.integration(integration);
            let model = known.and_then(|integration| integration.model_id.as_ref());
            flow_models.extend(model.map(|model| (*flow, model)));
        }
        let (connections_of_integration, integrations_of_connection) = both(connections);
        let (models_of_integration, integrations_of_model) = both(models);
        let (integrations_of_flow, flows_of_integration) = both(flows);
        let (models_of_flow, flows_of_model) = both(flow_models);
        Self {
            integrations_of_connection,
            connections_of_integration,
            integrations_of_flow,
            flows_of_integration,
            integrations_of_model,
            models_of_integration,
            flows_of_model,
            models_of_flow,
        }
    }
}

fn both<'e, A: Ord, B: Ord>(pairs: BTreeSet<(&'e A, &'e B)>) -> (Ids<'e, A, B>, Ids<'e, B, A>) {
    let (mut there, mut back) = (Ids::new(), Ids::new());
    for (a, b) in pairs {
        there.entry(a).or_insert_with(Vec::new).push(b);
        back.entry(b).or_insert_with(Vec::new).push(a);
    }
    (there, back)
}

macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident: $from:ty => $to:ty;)*) => {
        impl<'e> Links<'e> {$(
            $(#[$doc])*
            pub fn $name(&self, id: &$from) -> &[&'e $to] {
                self.$name.get(id).map_or(&[], Vec::as_slice)
            }
        )*}
    };
}

answers! {
    /// The integrations whose jobs read from or write to this connection.
    integrations_of_connection: ConnectionId => IntegrationId;
    /// The connections that the jobs of this integration read from or write to.
    connections_of_integration: IntegrationId => ConnectionId;
    /// The integrations that this flow runs, skipped ones included.
    integrations_of_flow: FlowId => IntegrationId;
    /// The flows that run this integration, also those that skip it.
    flows_of_integration: IntegrationId => FlowId;
    /// The integrations of this model.
    integrations_of_model: ModelId => IntegrationId;
    /// The model of this integration: one, or none if the service does not say.
    models_of_integration: IntegrationId => ModelId;
    /// The flows with a step in this model.
    flows_of_model: ModelId => FlowId;
    /// The models of the steps of this flow.
    models_of_flow: FlowId => ModelId;
}
