//! `/integrations`

use std::cmp::Reverse;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::json;

use crate::http::call::Call;
use crate::http::reply::{self, Answer};
use crate::http::shared::Shared;
use crate::state::check::{self};
use crate::state::integration::{self, Integration};
use crate::state::refusal::Refusal;
use crate::state::run::MANUAL;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/integrations", get(list).post(create))
        .route("/integrations/{id}", get(read).put(update).delete(delete))
        .route("/integrations/{id}/run", post(run))
        .route("/integrations/{id}/cancel", post(cancel))
}

async fn list(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&["limit", "offset", "sortBy", "myIntegrations"])?;
    let (page, mine) = (call.page()?, call.zero_or_one("myIntegrations")?);
    let world = shared.world();
    let mut all: Vec<&Integration> = world
        .integrations
        .iter()
        .filter(|each| !call.user.sees_nothing() && (!mine || each.owner == call.user.guid))
        .collect();
    match call.query("sortBy") {
        None => {}
        Some("name") => all.sort_by_key(|each| each.name()),
        Some("-name") => all.sort_by_key(|each| Reverse(each.name())),
        Some(_) => call.guess("sortBy")?,
    }
    let items = page
        .slice(&all)
        .iter()
        .map(|each| each.listed(&world))
        .collect();
    let counts = json!({
        "tenantCurrentCount": world.integrations.len() + world.flows.len(),
        "tenantMaxAllowed": world.settings.tenant_limit,
    });
    reply::listed("integrations", page, items, all.len(), counts)
}

async fn read(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let world = shared.world();
    let id = call.param("id");
    let integration = world
        .integration(id)
        .ok_or_else(|| Refusal::not_found("Integration", id))?;
    reply::found("integration", integration.single(&world))
}

async fn create(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let body = call.object()?;
    let name = check::text_in(&body, "name")?.to_owned();
    let mut world = shared.world();
    if world.integrations.len() + world.flows.len() >= world.settings.tenant_limit {
        return Err(Refusal::new(409, "Tenant integration limit reached"));
    }
    let (id, now) = (world.chance.hex(), world.now());
    world.create_integration(id.clone(), body, &call.user, now)?;
    world.did("created", "integration", &id, &name);
    reply::created("integration", json!({"integrationId": id}))
}

async fn update(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let body = call.object()?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    world
        .integration(&id)
        .ok_or_else(|| Refusal::not_found("Integration", &id))?;
    let body = world.complete_integration(body, &call.user)?;
    let name = check::text_in(&body, "name")?.to_owned();
    integration::unique(&world.integrations, &name, Some(&id))?;
    let now = world.now();
    if let Some(integration) = world.integration_mut(&id) {
        integration.body = body;
        integration.modified = now;
        integration.modified_by = Some(call.user.display_name());
    }
    world.did("updated", "integration", &id, &name);
    reply::done()
}

async fn delete(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    let integration = world
        .integration(&id)
        .ok_or_else(|| Refusal::not_found("Integration", &id))?
        .clone();
    if world.is_busy(&id) {
        return Err(Refusal::new(409, "Integration is already running"));
    }
    if world.flows.iter().any(|flow| flow.has_step(&id)) {
        return Err(Refusal::new(
            409,
            format!("Integration {id} is referenced by an integration flow"),
        ));
    }
    world.integrations.retain(|each| each.id != id);
    world.notifications.retain(|each| each.integration != id);
    for run in &integration.runs {
        world.runs.remove(run);
    }
    world.did("deleted", "integration", &id, integration.name());
    reply::done()
}

async fn run(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    call.nothing()?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    world
        .integration(&id)
        .ok_or_else(|| Refusal::not_found("Integration", &id))?;
    if world.is_busy(&id) {
        return Err(Refusal::new(
            409,
            format!("Integration {id} is already running"),
        ));
    }
    let now = world.now();
    let run = world.start(&id, &call.user.display_name(), MANUAL, None, now);
    reply::created("run", json!({"id": run}))
}

async fn cancel(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    call.nothing()?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    world
        .integration(&id)
        .ok_or_else(|| Refusal::not_found("Integration", &id))?;
    world.cancel(&id)?;
    reply::done()
}
