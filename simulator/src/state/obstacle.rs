//! What makes a run fail, as things are when it starts.

use crate::state::integration::Integration;
use crate::state::job;
use crate::state::outcome::Outcome;
use crate::state::world::World;

impl World {
    /// How a run of this integration fails, unless nothing is in its way.
    pub(crate) fn obstacle(&self, integration: &str) -> Option<Outcome> {
        let integration = self.integration(integration)?;
        let problem = self.problem(integration)?;
        Some(
            Outcome::failure()
                .message(&problem)
                .error(problem)
                .without_dump(),
        )
    }

    fn problem(&self, integration: &Integration) -> Option<String> {
        for end in integration.jobs().iter().flat_map(job::ends) {
            let Some(id) = end.get("connectionId").and_then(|id| id.as_str()) else {
                continue;
            };
            if self
                .connection(id)
                .is_none_or(|connection| connection.status == 0)
            {
                let name = integration.name();
                return Some(format!("{name} failed due to invalid connection"));
            }
        }
        if self.holdings.is_open {
            return None;
        }
        let model = self.holdings.model(integration.text("modelId"));
        let Some(model) = model.filter(|model| !model.no_access) else {
            return Some("Failed - Action not found".into());
        };
        if model.state == "ARCHIVED" {
            return Some("The model is archived".into());
        }
        let process = integration.text("processId");
        let steps = model.steps_of(process);
        let known =
            |id: &str| model.action_type(id).is_some() || model.item("actions", id).is_some();
        let mut actions = integration.jobs().iter().filter_map(job::action);
        if actions.any(|action| !known(action))
            || !process.is_empty() && model.item("processes", process).is_none()
            || steps.iter().any(|step| !known(step))
        {
            return Some("Failed - Action not found".into());
        }
        let writes = |step: &String| {
            let kind = model.action_type(step).unwrap_or_default();
            kind == "IMPORT" || kind.contains("DELETE")
        };
        let imports = integration.jobs().iter().any(job::is_import);
        if model.state == "LOCKED" && (imports || steps.iter().any(writes)) {
            return Some("The model is locked".into());
        }
        None
    }
}
