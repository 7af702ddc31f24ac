//! `/integrationflows`

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::http::call::Call;
use crate::http::reply::{self, Answer};
use crate::http::shared::Shared;
use crate::state::check::{self};
use crate::state::clock::{self};
use crate::state::flow::{self, Flow};
use crate::state::flow_run::FlowRun;
use crate::state::log::Done;
use crate::state::refusal::Refusal;
use crate::state::world::World;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/integrationflows", get(list).post(create))
        .route(
            "/integrationflows/{id}",
            get(read).put(update).delete(delete),
        )
        .route("/integrationflows/{id}/run", post(run))
}

fn find<'a>(world: &'a World, id: &str) -> Result<&'a Flow, Refusal> {
    world
        .flows
        .iter()
        .find(|each| each.id == id)
        .ok_or_else(|| Refusal::not_found("Integration flow", id))
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
    let (name, steps) = flow::complete(&body, &world.integrations)?;
    flow::unique(&world.flows, &name, Some(&id))?;
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
