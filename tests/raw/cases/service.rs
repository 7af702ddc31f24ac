//! A service of runs and flows in a few lines: what it did, and what it says of that, are two
//! things, as with the real one.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::server::{Reply, Request, Server};

pub(super) const INTEGRATION: &str = "152b8666a0234754afc36f1cde0fd9d2";
pub(super) const FLOW: &str = "7f6b5a4c3d2e1f0a9b8c7d6e5f4a3b2c";

/// What the service has done, and what it shows.
pub(super) struct State {
    /// How often each path was posted to.
    pub(super) posts: usize,
    /// What a history shows: a run each.
    pub(super) runs: Vec<Value>,
    /// How many looks at the history pass before it shows what was started since.
    pub(super) lag: usize,
    /// Runs that the history does not show yet.
    pub(super) hidden: Vec<Value>,
    /// How many runs a page holds.
    pub(super) page: usize,
    /// How many later pages come back empty.
    pub(super) missing_pages: usize,
    /// Who the caller is; `null` for a refusal.
    pub(super) user: Value,
    /// The replies of `GET` to the flow, one after another; the last one stays.
    pub(super) flows: Vec<Value>,
    /// How often the flow, or the history, was read.
    pub(super) looks: usize,
}

impl Default for State {
    fn default() -> Self {
        Self {
            posts: 0,
            runs: Vec::new(),
            lag: 0,
            hidden: Vec::new(),
            page: 250,
            missing_pages: 0,
            user: json!({"id": "u", "firstName": "Ada", "lastName": "Planner"}),
            flows: Vec::new(),
            looks: 0,
        }
    }
}

pub(super) type Shared = Arc<Mutex<State>>;

/// A run by hand, by Ada Planner.
pub(super) fn run(id: &str, start: &str) -> Value {
    json!({
        "id": id, "triggeredBy": "Ada Planner", "triggerSource": "manual",
        "startDate": start, "success": false, "message": "Running",
    })
}

/// The same with other fields; `null` takes one away.
pub(super) fn with(mut run: Value, fields: &Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        if value.is_null() {
            run.as_object_mut().unwrap().remove(name);
        } else {
            run[name] = value.clone();
        }
    }
    run
}

/// The same run, ended well.
pub(super) fn ended(run: Value) -> Value {
    let end = json!({"endDate": "2026-06-19T02:00:00.000Z", "success": true, "message": "Success"});
    with(run, &end)
}

/// Starts the service. `post` is what it does, and answers, when something is posted.
pub(super) fn service(
    state: State,
    post: impl Fn(&mut State, &Request) -> Reply + Send + Sync + 'static,
) -> (Server, Shared) {
    let shared = Arc::new(Mutex::new(state));
    let state = shared.clone();
    let server = Server::start(move |request| {
        let mut state = state.lock().unwrap();
        match request.method.as_str() {
            "GET" => read(&mut state, request),
            _ => {
                state.posts += 1;
                post(&mut state, request)
            }
        }
    });
    (server, shared)
}

fn read(state: &mut State, request: &Request) -> Reply {
    let ok =
        |key: &str, value: Value| Reply::json(200, &json!({"status": {"code": 200}, key: value}));
    let last = request.path.rsplit('/').next().unwrap_or_default();
    if request.path.ends_with("/users/me") {
        return match &state.user {
            Value::Null => Reply::json(403, &json!({"status": {"code": 403, "message": "no"}})),
            user => ok("user", user.clone()),
        };
    }
    if request.path.contains("/integrations/runs/") {
        state.looks += 1;
        if !state.hidden.is_empty() {
            if state.lag == 0 {
                let hidden = std::mem::take(&mut state.hidden);
                state.runs.extend(hidden);
            } else {
                state.lag -= 1;
            }
        }
        let asked = |name: &str| {
            let mut pairs = request
                .query
                .split('&')
                .filter_map(|pair| pair.split_once('='));
            let value = pairs.find(|(key, _)| *key == name);
            value.map_or(0, |(_, value)| value.parse().unwrap())
        };
        let mut limit = asked("limit").min(state.page);
        if asked("offset") > 0 && state.missing_pages > 0 {
            state.missing_pages -= 1;
            limit = 0;
        }
        let runs: Vec<_> = state
            .runs
            .iter()
            .skip(asked("offset"))
            .take(limit)
            .collect();
        let total = state.runs.len();
        return ok("history_of_runs", json!({"runs": runs, "totalRuns": total}));
    }
    if request.path.contains("/integrations/run/") {
        let mut runs = state.runs.iter().chain(&state.hidden);
        return match runs.find(|run| run["id"] == last) {
            Some(run) => ok("run", ended(run.clone())),
            None => Reply::json(404, &json!({"status": {"code": 404, "message": "no run"}})),
        };
    }
    if request.path.contains("/integrationflows/") {
        state.looks += 1;
        let flow = if state.flows.len() > 1 {
            state.flows.remove(0)
        } else {
            state
                .flows
                .first()
                .cloned()
                .unwrap_or_else(|| flow(Value::Null, &[]))
        };
        return ok("integrationFlow", flow);
    }
    if request.path.ends_with("/integrationflows") {
        return ok("integrationFlows", json!(state.flows));
    }
    Reply::json(
        404,
        &json!({"status": {"code": 404, "message": "not here"}}),
    )
}

/// A flow with this latest run, and steps with theirs.
pub(super) fn flow(latest: Value, steps: &[Value]) -> Value {
    let steps: Vec<_> = steps
        .iter()
        .enumerate()
        .map(|(i, run)| {
            json!({
                "referrer": format!("{i}{}", &INTEGRATION[1..]), "name": format!("Step {i}"),
                "isSkipped": false, "latestRun": run,
            })
        })
        .collect();
    json!({"id": FLOW, "name": "Nightly", "latestRun": latest, "steps": steps})
}

/// The run of a step of a flow that Ada Planner started by hand.
pub(super) fn step_run(start: &str) -> Value {
    with(
        run("none", start),
        &json!({"id": null, "triggerSource": "manual_inf"}),
    )
}

/// The answer to a start, as the service gives it.
pub(super) fn started(id: &str) -> Reply {
    Reply::json(200, &json!({"status": {"code": 200}, "run": {"id": id}}))
}

/// A failure in the service's own form.
pub(super) fn failure(status: u16) -> Reply {
    Reply::json(
        status,
        &json!({"status": {"code": status, "message": "Internal Server Error"}}),
    )
}
