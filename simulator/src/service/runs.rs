//! `/integrations/runs`, `/integrations/run`, `/integrations/runerror`

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};

use crate::http::call::Call;
use crate::http::reply::{self, Answer};
use crate::http::shared::Shared;
use crate::state::refusal::Refusal;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/integrations/runs/{id}", get(history))
        .route("/integrations/run/{id}", get(status))
        .route("/integrations/runerror/{id}", get(errors))
}

async fn history(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&["limit", "offset"])?;
    let page = call.page()?;
    let world = shared.world();
    let id = call.param("id");
    let integration = world
        .integration(id)
        .ok_or_else(|| Refusal::not_found("Integration", id))?;
    let now = world.now();
    let total = integration.runs.len();
    let runs: Vec<Value> = integration
        .runs
        .iter()
        .rev()
        .skip(page.offset)
        .take(page.limit)
        .filter_map(|run| world.runs.get(run))
        .map(|run| run.in_history(now))
        .collect();
    let here = runs.len();
    let mut history = integration.common();
    history.insert("integrationType".into(), json!(integration.kind()));
    history.insert("version".into(), json!("2.0"));
    history.insert("status".into(), json!(1));
    history.insert("totalRuns".into(), json!(total));
    if total > 0 {
        history.insert("runs".into(), Value::Array(runs));
    }
    Ok(reply::json_response(
        200,
        &json!({
            "status": {"code": 200, "message": "Success"},
            "history_of_runs": history,
            "meta": page.meta(here, total, "history_of_runs"),
        }),
    ))
}

async fn status(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let world = shared.world();
    let id = call.param("id");
    let run = world
        .runs
        .get(id)
        .ok_or_else(|| Refusal::not_found("Run", id))?;
    reply::found("run", run.single(world.now()))
}

async fn errors(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let world = shared.world();
    let id = call.param("id");
    let run = world
        .runs
        .get(id)
        .ok_or_else(|| Refusal::not_found("Run", id))?;
    let ended = run.visible_end(world.now()).is_some();
    let errors = if ended && !run.errors.is_empty() {
        run.errors()
    } else {
        json!({})
    };
    reply::found("runs", errors)
}
