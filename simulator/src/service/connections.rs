//! `/integrations/connections`

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, put};
use serde_json::{Value, json};

use crate::http::call::Call;
use crate::http::reply::{self, Answer};
use crate::http::shared::Shared;
use crate::state::check::{self, Object};
use crate::state::connection::{self, Connection};
use crate::state::refusal::Refusal;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/integrations/connections", get(list).post(create))
        .route(
            "/integrations/connections/{id}",
            put(update).patch(patch).delete(delete),
        )
}

async fn list(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&["limit", "offset"])?;
    let page = call.page()?;
    let world = shared.world();
    let all: &[Connection] = if call.user.sees_nothing() {
        &[]
    } else {
        &world.connections
    };
    let items = page.slice(all).iter().map(Connection::listed).collect();
    reply::listed("connections", page, items, all.len(), Value::Null)
}

async fn create(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let request = call.object()?;
    check::fields(&request, &["type", "body"], &[])?;
    let kind = check::text_in(&request, "type")?;
    let body = connection::complete(kind, check::object_in(&request, "body")?.clone())?;
    let mut world = shared.world();
    connection::unique(&world.connections, check::text_in(&body, "name")?, None)?;
    connection::try_credentials(&body)?;
    let (id, now) = (world.chance.hex(), world.now());
    let connection = Connection::new(id.clone(), kind, body, &call.user.display_name(), now);
    world.did("created", "connection", &id, connection.name());
    world.connections.push(connection);
    reply::created("connections", json!({"connectionId": id}))
}

/// The body is bare, and complete.
async fn update(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    replace(&shared, &call, "updated", |kind, _, body| {
        connection::complete(kind, body)
    })
}

/// The body is bare, and has at least one of the fields.
async fn patch(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    replace(&shared, &call, "patched", |kind, old, patch| {
        if patch.is_empty() {
            return Err(Refusal::invalid());
        }
        let mut body = old.clone();
        body.extend(connection::one_spelling(patch)?);
        connection::complete(kind, body)
    })
}

fn replace(
    shared: &Shared,
    call: &Call,
    action: &str,
    body: impl FnOnce(&str, &Object, Object) -> Result<Object, Refusal>,
) -> Answer {
    let request = call.object()?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    let old = world
        .connection(&id)
        .ok_or_else(|| Refusal::not_found("Connection", &id))?
        .clone();
    let body = body(&old.kind, &old.body, request)?;
    connection::unique(
        &world.connections,
        check::text_in(&body, "name")?,
        Some(&id),
    )?;
    connection::try_credentials(&body)?;
    let now = world.now();
    let by = call.user.display_name();
    world.did(action, "connection", &id, check::text_in(&body, "name")?);
    if let Some(connection) = world.connections.iter_mut().find(|each| each.id == id) {
        *connection = Connection {
            body,
            modified: now,
            modified_by: by,
            status: 1,
            error_code: None,
            ..old
        };
    }
    reply::done()
}

async fn delete(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    let name = world
        .connection(&id)
        .ok_or_else(|| Refusal::not_found("Connection", &id))?
        .name()
        .to_owned();
    if world.integrations.iter().any(|each| each.uses(&id)) {
        return Err(Refusal::new(
            409,
            format!("Connection {id} is referenced by an integration"),
        ));
    }
    world.connections.retain(|each| each.id != id);
    world.did("deleted", "connection", &id, &name);
    reply::done()
}
