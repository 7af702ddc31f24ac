//! `/_sim/`: the simulator's own controls, for tests in any language.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
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
use crate::state::fields::{self, Kind};
use crate::state::log::Done;
use crate::state::outcome::Outcome;
use crate::state::user::User;

/// The controls, for those who look for one.
const CONTROLS: [&str; 19] = [
    "state",
    "requests",
    "log",
    "clear",
    "reset",
    "issue-token",
    "revoke-tokens",
    "register-certificate",
    "oauth-code",
    "oauth-refresh-token",
    "oauth-error-once",
    "device/{user_code}/{decision}",
    "next-run",
    "finish-runs",
    "add-history",
    "dump-size",
    "advance",
    "faults",
    "reply-once",
];

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
        .fallback(no_such_control)
}

type Shares = State<Arc<Shared>>;

/// With an end of line, for those who read it in a terminal.
fn json_response(code: u16, body: &Value) -> Response {
    with_type(code, "application/json", format!("{body}\n"))
}

fn ok() -> Told {
    Ok(json_response(200, &json!({"ok": true})))
}

/// Why a control was not used.
struct Problem(String);

impl From<&str> for Problem {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        json_response(400, &json!({"ok": false, "problem": self.0}))
    }
}

/// What a control gives.
type Told = Result<Response, Problem>;

/// The body, which may have these fields and no others; nothing at all is an empty one.
fn read(body: &[u8], known: &[(&str, Kind)]) -> Result<Value, Problem> {
    let body = json_in(body)?;
    fields::check(&body, known)?;
    Ok(body)
}

fn json_in(body: &[u8]) -> Result<Value, Problem> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(body)
        .map_err(|problem| format!("the body is not JSON: {problem}").into())
}

/// For controls that take nothing.
fn nothing(body: &[u8]) -> Result<(), Problem> {
    read(body, &[]).map(drop)
}

async fn no_such_control() -> Response {
    let known = CONTROLS.join(", ");
    json_response(
        404,
        &json!({"ok": false, "problem": format!("no such control; known: {known}")}),
    )
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

async fn clear(State(shared): Shares, body: Bytes) -> Told {
    nothing(&body)?;
    shared.recorder().clear();
    shared.world().log.clear();
    ok()
}

async fn reset(State(shared): Shares, body: Bytes) -> Told {
    nothing(&body)?;
    shared.reset();
    ok()
}

async fn issue_token(State(shared): Shares, body: Bytes) -> Told {
    nothing(&body)?;
    let token = shared
        .world()
        .issue_token(&User::of(estate::USER_EMAIL), false);
    Ok(json_response(200, &json!({"token": token})))
}

async fn revoke_tokens(State(shared): Shares, body: Bytes) -> Told {
    nothing(&body)?;
    shared.world().tokens.revoke_all();
    ok()
}

async fn register_certificate(State(shared): Shares, body: Bytes) -> Told {
    let body = read(&body, &[("pem", Kind::Text)])?;
    match shared.world().certificates.register(text(&body, "pem")) {
        0 => Err("there is no certificate in `pem`; send {\"pem\": \"-----BEGIN …\"}".into()),
        count => Ok(json_response(200, &json!({"registered": count}))),
    }
}

async fn oauth_code(State(shared): Shares, body: Bytes) -> Told {
    let body = read(&body, &[("client_id", Kind::Text)])?;
    let code = shared
        .world()
        .oauth_code(text(&body, "client_id"), None, "");
    Ok(json_response(200, &json!({"code": code})))
}

async fn oauth_refresh_token(State(shared): Shares, body: Bytes) -> Told {
    let body = read(
        &body,
        &[("client_id", Kind::Text), ("needs_secret", Kind::Flag)],
    )?;
    let needs_secret = body
        .get("needs_secret")
        .and_then(Value::as_bool)
        .unwrap_or(true);
    let token = shared
        .world()
        .oauth_refresh_token(text(&body, "client_id"), needs_secret);
    Ok(json_response(200, &json!({"refresh_token": token})))
}

async fn oauth_error_once(State(shared): Shares, body: Bytes) -> Told {
    let body = read(&body, &[("status", Kind::Whole), ("error", Kind::Text)])?;
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
    body: Bytes,
) -> Told {
    nothing(&body)?;
    let mut world = shared.world();
    let known = match decision.as_str() {
        "approve" => world.oauth.decide(&user_code, true),
        "deny" => world.oauth.decide(&user_code, false),
        "expire" => world.oauth.expire(&user_code),
        _ => return Err("approve, deny or expire".into()),
    };
    if known {
        ok()
    } else {
        Err("there is no such user code".into())
    }
}

async fn next_run(State(shared): Shares, body: Bytes) -> Told {
    let body = read(&body, &[("id", Kind::Text), ("outcome", Kind::Any)])?;
    let id = text(&body, "id").to_owned();
    let mut world = shared.world();
    if world.integration(&id).is_none() && !world.flows.iter().any(|flow| flow.id == id) {
        return Err("id: there is no such integration or flow".into());
    }
    let outcome = match body.get("outcome") {
        None | Some(Value::Null) => Outcome::success(),
        Some(outcome) => Outcome::from_json(outcome)?,
    };
    world.plans.entry(id).or_default().push_back(outcome);
    ok()
}

async fn finish_runs(State(shared): Shares, body: Bytes) -> Told {
    nothing(&body)?;
    shared.world().finish_runs();
    ok()
}

async fn add_history(State(shared): Shares, body: Bytes) -> Told {
    let body = read(&body, &[("id", Kind::Text), ("runs", Kind::Whole)])?;
    let id = text(&body, "id");
    let mut world = shared.world();
    if world.integration(id).is_none() {
        return Err("id: there is no such integration".into());
    }
    world.add_history(id, usize::try_from(number(&body, "runs")).unwrap_or(0));
    ok()
}

async fn dump_size(State(shared): Shares, body: Bytes) -> Told {
    let body = read(&body, &[("run", Kind::Text), ("bytes", Kind::Whole)])?;
    let known = shared
        .world()
        .set_dump_size(text(&body, "run"), number(&body, "bytes"));
    if known {
        ok()
    } else {
        Err("run: there is no such run".into())
    }
}

async fn advance(State(shared): Shares, body: Bytes) -> Told {
    let body = read(&body, &[("seconds", Kind::Whole)])?;
    shared.world().ahead += clock::millis(Duration::from_secs(number(&body, "seconds")));
    ok()
}

async fn fault(State(shared): Shares, body: Bytes) -> Told {
    let fault = Fault::from_json(&json_in(&body)?)?;
    Ok(json_response(200, &json!({"fault": shared.fault(fault)})))
}

async fn clear_faults(State(shared): Shares) -> Told {
    shared.faults().clear();
    ok()
}

async fn reply_once(State(shared): Shares, body: Bytes) -> Told {
    let body = read(
        &body,
        &[
            ("method", Kind::Text),
            ("path", Kind::Text),
            ("status", Kind::Whole),
            ("headers", Kind::Object),
            ("json", Kind::Any),
            ("text", Kind::Text),
            ("base64", Kind::Text),
        ],
    )?;
    let bytes = match (body.get("json"), body.get("text"), body.get("base64")) {
        (Some(json), _, _) => json.to_string().into_bytes(),
        (_, Some(Value::String(text)), _) => text.clone().into_bytes(),
        (_, _, Some(Value::String(text))) => match STANDARD.decode(text) {
            Ok(bytes) => bytes,
            Err(_) => return Err("base64 is not base64".into()),
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
        return Err("path is missing".into());
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
