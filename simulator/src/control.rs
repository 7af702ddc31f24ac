//! `/_sim/`: the simulator's own controls, for tests in any language.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::estate;
use crate::http::faults::{Canned, Fault};
use crate::http::recorder::Recorded;
use crate::http::reply::with_type;
use crate::http::shared::Shared;
use crate::state::clock;
use crate::state::log::Done;
use crate::state::outcome::Outcome;
use crate::state::user::User;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/state", get(state))
        .route("/requests", get(requests))
        .route("/log", get(log))
        .route("/clear", post(clear))
        .route("/reset", post(reset))
        .route("/issue-token", post(issue_token))
        .route("/revoke-tokens", post(revoke_tokens))
        .route("/register-certificate", post(register_certificate))
        .route("/oauth-code", post(oauth_code))
        .route("/oauth-refresh-token", post(oauth_refresh_token))
        .route("/oauth-error-once", post(oauth_error_once))
        .route("/device/{user_code}/{decision}", post(device))
        .route("/next-run", post(next_run))
        .route("/finish-runs", post(finish_runs))
        .route("/add-history", post(add_history))
        .route("/dump-size", post(dump_size))
        .route("/advance", post(advance))
        .route("/faults", post(fault).delete(clear_faults))
        .route("/reply-once", post(reply_once))
}

type Shares = State<Arc<Shared>>;

/// With an end of line, for those who read it in a terminal.
fn json_response(code: u16, body: &Value) -> Response {
    with_type(code, "application/json", format!("{body}\n"))
}

fn ok() -> Response {
    json_response(200, &json!({"ok": true}))
}

fn problem(text: &str) -> Response {
    json_response(400, &json!({"ok": false, "problem": text}))
}

fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or(Value::Null)
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(body: &Value, name: &str) -> u64 {
    body.get(name).and_then(Value::as_u64).unwrap_or(0)
}

async fn state(State(shared): Shares) -> Response {
    json_response(200, &shared.world().snapshot())
}

async fn requests(State(shared): Shares) -> Response {
    let recorder = shared.recorder();
    json_response(
        200,
        &json!({
            "requests": recorder.all().iter().map(Recorded::to_json).collect::<Vec<_>>(),
            "maxInFlight": recorder.max_in_flight(),
            "tokenRequests": recorder.token_requests(),
        }),
    )
}

async fn log(State(shared): Shares) -> Response {
    let log: Vec<Value> = shared.world().log.iter().map(Done::to_json).collect();
    json_response(200, &json!({"log": log}))
}

async fn clear(State(shared): Shares) -> Response {
    shared.recorder().clear();
    shared.world().log.clear();
    ok()
}

async fn reset(State(shared): Shares) -> Response {
    shared.reset();
    ok()
}

async fn issue_token(State(shared): Shares) -> Response {
    let token = shared
        .world()
        .issue_token(&User::of(estate::USER_EMAIL), false);
    json_response(200, &json!({"token": token}))
}

async fn revoke_tokens(State(shared): Shares) -> Response {
    shared.world().tokens.revoke_all();
    ok()
}

async fn register_certificate(State(shared): Shares, body: Bytes) -> Response {
    match shared
        .world()
        .certificates
        .register(text(&read(&body), "pem"))
    {
        0 => problem("there is no certificate in `pem`; send {\"pem\": \"-----BEGIN …\"}"),
        count => json_response(200, &json!({"registered": count})),
    }
}

async fn oauth_code(State(shared): Shares, body: Bytes) -> Response {
    let code = shared
        .world()
        .oauth_code(text(&read(&body), "client_id"), None, "");
    json_response(200, &json!({"code": code}))
}

async fn oauth_refresh_token(State(shared): Shares, body: Bytes) -> Response {
    let body = read(&body);
    let needs_secret = body
        .get("needs_secret")
        .and_then(Value::as_bool)
        .unwrap_or(true);
    let token = shared
        .world()
        .oauth_refresh_token(text(&body, "client_id"), needs_secret);
    json_response(200, &json!({"refresh_token": token}))
}

async fn oauth_error_once(State(shared): Shares, body: Bytes) -> Response {
    let body = read(&body);
    let status = u16::try_from(number(&body, "status"))
        .ok()
        .filter(|code| *code >= 400)
        .unwrap_or(403);
    shared
        .world()
        .oauth
        .errors
        .push_back((status, text(&body, "error").to_owned()));
    ok()
}

async fn device(
    State(shared): Shares,
    Path((user_code, decision)): Path<(String, String)>,
) -> Response {
    let mut world = shared.world();
    let known = match decision.as_str() {
        "approve" => world.oauth.decide(&user_code, true),
        "deny" => world.oauth.decide(&user_code, false),
        "expire" => world.oauth.expire(&user_code),
        _ => return problem("approve, deny or expire"),
    };
    if known {
        ok()
    } else {
        problem("there is no such user code")
    }
}

async fn next_run(State(shared): Shares, body: Bytes) -> Response {
    let body = read(&body);
    let id = text(&body, "id").to_owned();
    let mut world = shared.world();
    if world.integration(&id).is_none() && !world.flows.iter().any(|flow| flow.id == id) {
        return problem("id: there is no such integration or flow");
    }
    match Outcome::from_json(body.get("outcome").unwrap_or(&Value::Null)) {
        Ok(outcome) => {
            world.plans.entry(id).or_default().push_back(outcome);
            ok()
        }
        Err(text) => problem(&text),
    }
}

async fn finish_runs(State(shared): Shares) -> Response {
    shared.world().finish_runs();
    ok()
}

async fn add_history(State(shared): Shares, body: Bytes) -> Response {
    let body = read(&body);
    let id = text(&body, "id");
    let mut world = shared.world();
    if world.integration(id).is_none() {
        return problem("id: there is no such integration");
    }
    world.add_history(id, usize::try_from(number(&body, "runs")).unwrap_or(0));
    ok()
}

async fn dump_size(State(shared): Shares, body: Bytes) -> Response {
    let body = read(&body);
    let known = shared
        .world()
        .set_dump_size(text(&body, "run"), number(&body, "bytes"));
    if known {
        ok()
    } else {
        problem("run: there is no such run")
    }
}

async fn advance(State(shared): Shares, body: Bytes) -> Response {
    shared.world().ahead += clock::millis(Duration::from_secs(number(&read(&body), "seconds")));
    ok()
}

async fn fault(State(shared): Shares, body: Bytes) -> Response {
    match Fault::from_json(&read(&body)) {
        Ok(fault) => json_response(200, &json!({"fault": shared.fault(fault)})),
        Err(text) => problem(&text),
    }
}

async fn clear_faults(State(shared): Shares) -> Response {
    shared.faults().clear();
    ok()
}

async fn reply_once(State(shared): Shares, body: Bytes) -> Response {
    let body = read(&body);
    let bytes = match (body.get("json"), body.get("text"), body.get("base64")) {
        (Some(json), _, _) => json.to_string().into_bytes(),
        (_, Some(Value::String(text)), _) => text.clone().into_bytes(),
        (_, _, Some(Value::String(text))) => match STANDARD.decode(text) {
            Ok(bytes) => bytes,
            Err(_) => return problem("base64 is not base64"),
        },
        _ => Vec::new(),
    };
    let headers = body.get("headers").and_then(Value::as_object);
    let mut headers: Vec<(String, String)> = headers
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    if body.get("json").is_some()
        && !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        headers.push(("content-type".into(), "application/json".into()));
    }
    let path = text(&body, "path");
    if path.is_empty() {
        return problem("path is missing");
    }
    shared.faults().can(Canned {
        method: body
            .get("method")
            .and_then(Value::as_str)
            .unwrap_or("*")
            .to_owned(),
        path: path.to_owned(),
        status: u16::try_from(number(&body, "status"))
            .ok()
            .filter(|code| *code >= 100)
            .unwrap_or(200),
        headers,
        body: bytes,
    });
    ok()
}
