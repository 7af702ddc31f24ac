//! A flow, its steps, and what its body has to have.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::state::check::{self, Object};
use crate::state::clock::{self, Millis};
use crate::state::flow_run::FlowRun;
use crate::state::integration::Integration;
use crate::state::refusal::Refusal;

/// Integrations, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) owner: String,
    pub(crate) created: Millis,
    pub(crate) modified: Millis,
    pub(crate) created_by: String,
    pub(crate) modified_by: Option<String>,
    pub(crate) schedule: Option<Object>,
    pub(crate) run: Option<FlowRun>,
    /// The last run of each step.
    pub(crate) step_runs: HashMap<String, String>,
}

/// One of a flow's integrations, and what happens after it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) referrer: String,
    pub(crate) depends_on: Vec<String>,
    pub(crate) is_skipped: bool,
    pub(crate) exceptions: Vec<(String, String)>,
}

impl Step {
    fn asked(step: &Object) -> Result<Self, Refusal> {
        check::fields(
            step,
            &["type", "referrer", "isSkipped", "exceptionBehavior"],
            &["dependsOn"],
        )?;
        check::one_of(step, "type", &["Integration"])?;
        let mut exceptions: Vec<(String, String)> = Vec::new();
        for rule in check::list_in(step, "exceptionBehavior")? {
            let rule = check::object(rule)?;
            check::fields(rule, &["type", "strategy"], &[])?;
            check::one_of(rule, "type", &["failure", "partial_success"])?;
            check::one_of(rule, "strategy", &["stop", "continue"])?;
            let (kind, strategy) = (
                check::text_in(rule, "type")?,
                check::text_in(rule, "strategy")?,
            );
            if exceptions.iter().any(|(each, _)| each == kind) {
                return Err(Refusal::invalid());
            }
            exceptions.push((kind.into(), strategy.into()));
        }
        Ok(Self {
            referrer: check::text_in(step, "referrer")?.into(),
            depends_on: if step.contains_key("dependsOn") {
                check::texts_in(step, "dependsOn")?
            } else {
                Vec::new()
            },
            is_skipped: check::flag_or_none(step, "isSkipped")?.ok_or_else(Refusal::invalid)?,
            exceptions,
        })
    }

    /// Does the flow go on after this? Unless told otherwise, a failure stops it and a partial success does not.
    pub(crate) fn goes_on_after(&self, kind: &str) -> bool {
        self.exceptions
            .iter()
            .find(|(each, _)| each == kind)
            .map_or(kind == "partial_success", |(_, strategy)| {
                strategy == "continue"
            })
    }
}

impl Flow {
    pub(crate) fn has_step(&self, integration: &str) -> bool {
        self.steps.iter().any(|step| step.referrer == integration)
    }

    pub(crate) fn is_running(&self, now: Millis) -> bool {
        self.run.as_ref().is_some_and(|run| run.is_active(now))
    }

    pub(crate) fn drop_lag(&mut self) {
        if let Some(run) = &mut self.run {
            run.lag = 0;
        }
    }

    /// The service takes a step that hangs in the air, and the flow never works again.
    pub(crate) fn is_corrupted(&self) -> bool {
        self.steps
            .iter()
            .skip(1)
            .any(|step| step.depends_on.is_empty())
    }

    pub(crate) fn common(&self, now: Millis) -> Value {
        let mut common = json!({
            "id": self.id,
            "name": self.name,
            "createdBy": self.created_by,
            "creationDate": clock::iso(self.created),
            "modificationDate": clock::iso(self.modified),
            "modifiedBy": self.modified_by,
            "nuxVisible": false,
            "stepsCount": self.steps.len(),
        });
        if let Some(run) = &self.run {
            common["latestRun"] = run.latest(now);
        }
        if let Some(schedule) = &self.schedule {
            common["schedule"] = json!(schedule);
        }
        common
    }
}

/// Checks a body of create or update; gives the name and the steps.
pub(crate) fn complete(
    body: &Object,
    integrations: &[Integration],
) -> Result<(String, Vec<Step>), Refusal> {
    check::fields(body, &["name", "version", "type", "steps"], &[])?;
    check::one_of(body, "version", &["2.0"])?;
    check::one_of(body, "type", &["IntegrationFlow"])?;
    let name = check::text_in(body, "name")?.to_owned();
    let mut steps: Vec<Step> = Vec::new();
    for step in check::list_in(body, "steps")? {
        let step = Step::asked(check::object(step)?)?;
        if !integrations.iter().any(|each| each.id == step.referrer) {
            return Err(Refusal::new(
                400,
                format!("Integration {} was not found", step.referrer),
            ));
        }
        let known = |id: &String| steps.iter().any(|earlier| earlier.referrer == *id);
        if known(&step.referrer) || !step.depends_on.iter().all(known) {
            return Err(Refusal::invalid());
        }
        steps.push(step);
    }
    if steps.iter().filter(|step| !step.is_skipped).count() < 2 {
        return Err(Refusal::new(
            400,
            "Integration flow has to have at least two enabled steps",
        ));
    }
    if steps.len() > 100 {
        return Err(Refusal::new(
            400,
            "Integration flow can have at most 100 steps",
        ));
    }
    Ok((name, steps))
}

pub(crate) fn unique(all: &[Flow], name: &str, except: Option<&str>) -> Result<(), Refusal> {
    if all
        .iter()
        .any(|each| each.name == name && Some(each.id.as_str()) != except)
    {
        return Err(Refusal::duplicate());
    }
    Ok(())
}
