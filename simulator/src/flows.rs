//! `/integrationflows`

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::call::Call;
use crate::check::{self, Object};
use crate::clock::{self, Millis};
use crate::flow_run::FlowRun;
use crate::log::Done;
use crate::reply::{self, Answer, Refusal};
use crate::shared::Shared;
use crate::user::User;
use crate::world::World;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/integrationflows", get(list).post(create))
        .route(
            "/integrationflows/{id}",
            get(read).put(update).delete(delete),
        )
        .route("/integrationflows/{id}/run", post(run))
}

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

    fn common(&self, now: Millis) -> Value {
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

    fn single(&self, world: &World) -> Value {
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

/// Checks a body of create or update; gives the name and the steps.
fn complete(body: &Object, world: &World) -> Result<(String, Vec<Step>), Refusal> {
    check::fields(body, &["name", "version", "type", "steps"], &[])?;
    check::one_of(body, "version", &["2.0"])?;
    check::one_of(body, "type", &["IntegrationFlow"])?;
    let name = check::text_in(body, "name")?.to_owned();
    let mut steps: Vec<Step> = Vec::new();
    for step in check::list_in(body, "steps")? {
        let step = Step::asked(check::object(step)?)?;
        if world.integration(&step.referrer).is_none() {
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

fn unique(world: &World, name: &str, except: Option<&str>) -> Result<(), Refusal> {
    if world
        .flows
        .iter()
        .any(|each| each.name == name && Some(each.id.as_str()) != except)
    {
        return Err(Refusal::duplicate());
    }
    Ok(())
}

fn find<'a>(world: &'a World, id: &str) -> Result<&'a Flow, Refusal> {
    world
        .flows
        .iter()
        .find(|each| each.id == id)
        .ok_or_else(|| Refusal::not_found("Integration flow", id))
}

impl World {
    pub(crate) fn create_flow(
        &mut self,
        id: String,
        body: &Object,
        user: &User,
        at: Millis,
    ) -> Result<(), Refusal> {
        let (name, steps) = complete(body, self)?;
        unique(self, &name, None)?;
        self.flows.push(Flow {
            id,
            name,
            steps,
            owner: user.guid.clone(),
            created: at,
            modified: at,
            created_by: user.display_name(),
            modified_by: None,
            schedule: None,
            run: None,
            step_runs: HashMap::new(),
        });
        Ok(())
    }
}

async fn list(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&["limit", "offset", "myIntegrations"])?;
    let (page, mine) = (call.page()?, call.zero_or_one("myIntegrations")?);
    let world = shared.world();
    let all: Vec<&Flow> = world
        .flows
        .iter()
        .filter(|each| !call.user.sees_nothing() && (!mine || each.owner == call.user.guid))
        .collect();
    let items = page
        .slice(&all)
        .iter()
        .map(|each| each.common(world.now()))
        .collect();
    reply::listed("integrationFlows", page, items, all.len(), Value::Null)
}

async fn read(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let world = shared.world();
    reply::found(
        "integrationFlow",
        find(&world, call.param("id"))?.single(&world),
    )
}

async fn create(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let body = call.object()?;
    let mut world = shared.world();
    let (id, now) = (world.chance.hex(), world.now());
    world.create_flow(id.clone(), &body, &call.user, now)?;
    world.did("created", "flow", &id, check::text_in(&body, "name")?);
    reply::created("integrationFlow", json!({"integrationFlowId": id}))
}

async fn update(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let body = call.object()?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    find(&world, &id)?;
    let (name, steps) = complete(&body, &world)?;
    unique(&world, &name, Some(&id))?;
    let now = world.now();
    world.did("updated", "flow", &id, &name);
    if let Some(flow) = world.flows.iter_mut().find(|each| each.id == id) {
        flow.name = name;
        flow.steps = steps;
        flow.modified = now;
        flow.modified_by = Some(call.user.display_name());
    }
    reply::done()
}

async fn delete(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    let flow = find(&world, &id)?;
    if flow.is_running(world.now()) {
        return Err(Refusal::new(
            409,
            "A running integration flow cannot be deleted",
        ));
    }
    let name = flow.name.clone();
    world.flows.retain(|each| each.id != id);
    world.did("deleted", "flow", &id, &name);
    reply::done()
}

async fn run(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let body = call.object_or_nothing()?;
    check::fields(&body, &[], &["stepsToRun"])?;
    let asked = if body.contains_key("stepsToRun") {
        Some(check::texts_in(&body, "stepsToRun")?)
    } else {
        None
    };
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    let flow = find(&world, &id)?;
    if flow.is_corrupted() {
        return Err(Refusal::new(500, "Internal Server Error"));
    }
    if asked
        .as_ref()
        .is_some_and(|asked| asked.is_empty() || !asked.iter().all(|step| flow.has_step(step)))
    {
        return Err(Refusal::invalid());
    }
    let steps: Vec<String> = flow
        .steps
        .iter()
        .filter(|step| match &asked {
            Some(asked) => asked.contains(&step.referrer),
            None => !step.is_skipped,
        })
        .map(|step| step.referrer.clone())
        .collect();
    if flow.is_running(world.now()) {
        return Err(Refusal::new(
            409,
            format!("Integration flow {id} is already running"),
        ));
    }
    if let Some(busy) = steps.iter().find(|step| world.is_busy(step)) {
        return Err(Refusal::new(
            409,
            format!("Integration {busy} is already running"),
        ));
    }
    let run = world.chance.hex();
    let now = world.now();
    let lag = world
        .plans
        .get_mut(&id)
        .and_then(std::collections::VecDeque::pop_front)
        .map(|plan| plan.lag);
    let group = if world.settings.flow_group_is_run {
        run.clone()
    } else {
        id.clone()
    };
    world.note(Done::new(now, "started", "flow run", &run).of(&id));
    if let Some(flow) = world.flows.iter_mut().find(|each| each.id == id) {
        let lag = lag.map_or(0, clock::millis);
        flow.run = Some(FlowRun::new(
            run.clone(),
            group,
            &call.user.display_name(),
            now,
            steps,
            lag,
        ));
    }
    world.advance();
    reply::created("run", json!({"id": run}))
}
