//! `/integrations/{id}/schedule`

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use serde_json::json;

use crate::http::call::Call;
use crate::http::reply::{self, Answer, no_route};
use crate::http::shared::Shared;
use crate::state::check::{self, Object};
use crate::state::refusal::Refusal;
use crate::state::schedule;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route(
            "/integrations/{id}/schedule",
            post(create).put(update).delete(delete),
        )
        .route(
            "/integrations/{id}/schedule/status/{status}",
            post(set_status),
        )
}

/// The body names the integration again, or is refused.
fn asked(call: &Call) -> Result<Object, Refusal> {
    let body = call.object()?;
    check::fields(&body, &["integrationId", "schedule"], &[])?;
    if check::text_in(&body, "integrationId")? != call.param("id") {
        return Err(Refusal::invalid());
    }
    schedule::complete(check::object_in(&body, "schedule")?.clone())
}

async fn create(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let schedule = asked(&call)?;
    change(&shared, &call, "created", |current| match current {
        Some(_) => Err(Refusal::new(
            409,
            "A schedule already exists for this integration",
        )),
        None => Ok(Some(schedule)),
    })
}

async fn update(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let mut schedule = asked(&call)?;
    change(&shared, &call, "updated", |current| {
        let status = current.and_then(|old| old.get("status")).cloned();
        schedule.insert("status".into(), status.ok_or_else(none)?);
        Ok(Some(schedule))
    })
}

async fn delete(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    change(&shared, &call, "deleted", |current| {
        current.map(|_| None).ok_or_else(none)
    })
}

async fn set_status(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    call.nothing()?;
    let (action, status) = match call.param("status") {
        "enabled" => ("enabled", "Active"),
        "disabled" => ("disabled", "Inactive"),
        _ => return Ok(no_route()),
    };
    change(&shared, &call, action, |current| {
        let mut schedule = current.cloned().ok_or_else(none)?;
        schedule.insert("status".into(), json!(status));
        Ok(Some(schedule))
    })
}

fn none() -> Refusal {
    Refusal::new(404, "Schedule was not found for this integration")
}

fn change(
    shared: &Shared,
    call: &Call,
    action: &str,
    new: impl FnOnce(Option<&Object>) -> Result<Option<Object>, Refusal>,
) -> Answer {
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    let integration = world
        .integration_mut(&id)
        .ok_or_else(|| Refusal::not_found("Integration", &id))?;
    integration.schedule = new(integration.schedule.as_ref())?;
    let name = integration.name().to_owned();
    world.did(action, "schedule", &id, &name);
    reply::done()
}
