//! What is shown of integrations and flows, and of everything at once.

use serde_json::{Value, json};

use crate::state::clock;
use crate::state::connection::Connection;
use crate::state::flow::{Flow, Step};
use crate::state::integration::Integration;
use crate::state::job;
use crate::state::notification::Notification;
use crate::state::run::Run;
use crate::state::world::World;

impl Integration {
    fn latest_run(&self, world: &World) -> Option<Value> {
        let run = world.runs.get(self.runs.last()?)?;
        Some(run.latest(world.now()))
    }

    /// In a list there are no jobs, and no `latestRun` before the first run.
    pub(crate) fn listed(&self, world: &World) -> Value {
        let mut all = self.common();
        all.insert("integrationType".into(), json!(self.kind()));
        if let Some(run) = self.latest_run(world) {
            all.insert("latestRun".into(), run);
        }
        Value::Object(all)
    }

    /// By itself it has no type, but jobs, and an empty `latestRun` before the first run.
    pub(crate) fn single(&self, world: &World) -> Value {
        let mut all = self.common();
        all.insert("version".into(), json!("2.0"));
        all.insert(
            "latestRun".into(),
            self.latest_run(world).unwrap_or_else(|| json!({})),
        );
        if self.body.contains_key("jobs") {
            let jobs = self
                .jobs()
                .iter()
                .map(|job| job::with_names(job, &world.connections))
                .collect();
            all.insert("jobs".into(), Value::Array(jobs));
        }
        Value::Object(all)
    }

    pub(crate) fn snapshot(&self, world: &World) -> Value {
        let mut all = self.single(world);
        all["integrationType"] = json!(self.kind());
        all["runs"] = json!(self.runs.len());
        all["isRunning"] = json!(world.is_busy(&self.id));
        all
    }
}

impl Flow {
    pub(crate) fn single(&self, world: &World) -> Value {
        let mut flow = self.common(world.now());
        flow["version"] = json!("2.0");
        flow["steps"] = self
            .steps
            .iter()
            .map(|step| self.step(step, world))
            .collect();
        flow
    }

    fn step(&self, step: &Step, world: &World) -> Value {
        let exceptions: Vec<Value> = step
            .exceptions
            .iter()
            .map(|(kind, strategy)| json!({"type": kind, "strategy": strategy}))
            .collect();
        let mut shown = json!({
            "referrer": step.referrer,
            "dependsOn": step.depends_on,
            "isSkipped": step.is_skipped,
            "exceptionBehavior": exceptions,
            "accessible": true,
        });
        if let Some(integration) = world.integration(&step.referrer) {
            shown["name"] = json!(integration.name());
            shown["type"] = json!(integration.kind());
            shown["createdBy"] = json!(integration.created_by);
            shown["createdDate"] = json!(clock::spaced(integration.created));
            shown["modifiedDate"] = json!(clock::spaced(integration.modified));
            shown["modifiedBy"] = json!(integration.modified_by.as_deref().unwrap_or("None"));
            shown["modelId"] = json!(integration.text("modelId"));
            shown["workspaceId"] = json!(integration.text("workspaceId"));
        }
        if let Some(run) = self
            .step_runs
            .get(&step.referrer)
            .and_then(|run| world.runs.get(run))
        {
            shown["latestRun"] = run.latest(world.now());
        }
        shown
    }

    pub(crate) fn snapshot(&self, world: &World) -> Value {
        let mut all = self.single(world);
        all["isRunning"] = json!(self.is_running(world.now()));
        all["isCorrupted"] = json!(self.is_corrupted());
        all["runId"] = json!(self.run.as_ref().map(|run| &run.id));
        all
    }
}

impl World {
    /// Everything, secrets redacted.
    pub(crate) fn snapshot(&self) -> Value {
        let mut runs: Vec<&Run> = self.runs.values().collect();
        runs.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        json!({
            "connections": self.connections.iter().map(Connection::snapshot).collect::<Vec<_>>(),
            "integrations": self.integrations.iter().map(|each| each.snapshot(self)).collect::<Vec<_>>(),
            "notifications": self.notifications.iter().map(Notification::snapshot).collect::<Vec<_>>(),
            "flows": self.flows.iter().map(|each| each.snapshot(self)).collect::<Vec<_>>(),
            "runs": runs.into_iter().map(|each| each.snapshot(self.now())).collect::<Vec<_>>(),
        })
    }
}
