//! Workspaces, models and users of the Integration API, under `/api/2/0`.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};

use crate::estate;
use crate::http::call::Call;
use crate::http::reply::{Answer, json_response};
use crate::http::shared::Shared;
use crate::state::check::Object;
use crate::state::clock;
use crate::state::holdings::{Holdings, Model};
use crate::state::refusal::Refusal;
use crate::state::user::User;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/users/me", get(me))
        .route("/users", get(users))
        .route("/users/{user}", get(user))
        .route("/workspaces", get(workspaces))
        .route("/workspaces/{workspace}", get(workspace))
        .route("/models", get(models))
        .route("/workspaces/{workspace}/models", get(models_in))
        .route("/models/{model}", get(model))
}

pub(crate) fn not_found() -> Refusal {
    Refusal::new(404, "Not Found")
}

pub(crate) fn text<'o>(object: &'o Object, name: &str) -> &'o str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn schema(key: &str) -> Value {
    json!({"schema": format!("https://api.anaplan.com/2/0/objects/{key}")})
}

/// One object under its key.
pub(crate) fn found(key: &str, value: Value) -> Answer {
    let mut body = json!({"meta": schema(key), "status": {"code": 200, "message": "Success"}});
    body[key] = value;
    Ok(json_response(200, &body))
}

/// One page of a list. Without a `limit` all of it comes, and `next` says all the same that there
/// is more; a `limit` beyond the cap is cut without a word; an empty list has no key.
pub(crate) fn listed(call: &Call, key: &str, items: Vec<Value>) -> Answer {
    let (asked, cap) = (call.number("limit")?, call.lookup_page_cap);
    let (total, offset) = (items.len(), call.number("offset")?.unwrap_or(0));
    let limit = asked.unwrap_or(total).min(cap);
    let here: Vec<Value> = items.into_iter().skip(offset).take(limit).collect();
    let mut paging = match here.len() {
        0 => json!({"currentPageSize": 0, "totalSize": 0, "offset": 0}),
        size => json!({"currentPageSize": size, "totalSize": total, "offset": offset}),
    };
    if here.is_empty() && total > offset {
        paging["totalSize"] = json!(total);
    }
    let link = |limit: usize, offset: usize| {
        json!(format!(
            "https://api.anaplan.com/2/0{}?limit={limit}&offset={offset}",
            call.path()
        ))
    };
    match asked {
        None if total > 20 => paging["next"] = link(20, 20),
        Some(_) if here.len() == limit && !here.is_empty() => {
            paging["next"] = link(limit, offset + limit);
        }
        _ => {}
    }
    if offset > 0 {
        paging["previous"] = link(limit, offset.saturating_sub(limit));
    }
    let mut meta = schema(key);
    meta["paging"] = paging;
    let mut body = json!({"meta": meta, "status": {"code": 200, "message": "Success"}});
    if !here.is_empty() {
        body[key] = Value::Array(here);
    }
    Ok(json_response(200, &body))
}

/// Sorts a list of the tenant: its `sort` needs a sign, and knows few fields.
fn sorted(call: &Call, items: &mut [Value], fields: &[&str]) -> Result<(), Refusal> {
    let Some(sort) = call.query("sort") else {
        return Ok(());
    };
    let bad = || {
        let hint = "Please follow the format: [+|-]field";
        Refusal::new(400, format!("Bad sort order format: '{sort}'. {hint}"))
    };
    let (field, is_up) = match (sort.strip_prefix('+'), sort.strip_prefix('-')) {
        (Some(field), _) => (field, true),
        (_, Some(field)) => (field, false),
        _ => return Err(bad()),
    };
    if !fields.contains(&field) {
        return Err(Refusal::new(400, "Failed to parse sort parameter"));
    }
    items.sort_by_key(|item| item[field].to_string());
    if !is_up {
        items.reverse();
    }
    Ok(())
}

/// Whether a text has what `s` asks for, whatever its case.
fn has(text: &str, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| text.to_lowercase().contains(&wanted.to_lowercase()))
}

fn shown_user(user: &User) -> Value {
    json!({
        "id": user.guid,
        "active": true,
        "email": user.email,
        "emailOptIn": false,
        "firstName": user.first,
        "lastName": user.last,
        "customerId": estate::CUSTOMER,
    })
}

async fn me(call: Call) -> Answer {
    found("user", shown_user(&call.user))
}

fn all_users(holdings: &Holdings, caller: &User) -> Vec<Value> {
    let mut all: Vec<Value> = holdings.users.iter().cloned().map(Value::Object).collect();
    if !all.iter().any(|user| user["id"] == caller.guid.as_str()) {
        all.push(shown_user(caller));
    }
    all
}

async fn users(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    if !call.user.is_administrator() {
        return Err(Refusal::new(403, "Forbidden"));
    }
    let mut all = all_users(&shared.world().holdings, &call.user);
    let wanted = call.query("s");
    all.retain(|user| {
        let fields = ["email", "firstName", "lastName"];
        fields
            .iter()
            .any(|name| has(user[*name].as_str().unwrap_or_default(), wanted))
    });
    sorted(
        &call,
        &mut all,
        &["firstName", "lastName", "email", "active", "lastLoginDate"],
    )?;
    listed(&call, "users", all)
}

async fn user(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    let all = all_users(&shared.world().holdings, &call.user);
    let user = all
        .into_iter()
        .find(|user| user["id"] == call.param("user"));
    found("user", user.ok_or_else(not_found)?)
}

fn shown_workspace(workspace: &Object, call: &Call) -> Value {
    let mut shown = workspace.clone();
    shown.entry("active").or_insert(json!(true));
    let (allowance, size) = (shown.remove("sizeAllowance"), shown.remove("currentSize"));
    if call.query("tenantDetails") == Some("true") {
        let or = |given: Option<Value>, usual: i64| given.unwrap_or_else(|| json!(usual));
        shown.insert("sizeAllowance".into(), or(allowance, 53_687_091_200));
        shown.insert("currentSize".into(), or(size, 1_288_490_188));
    }
    Value::Object(shown)
}

async fn workspaces(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    let world = shared.world();
    let all = world.holdings.workspaces.iter();
    let all =
        all.filter(|one| !call.user.sees_nothing() && has(text(one, "name"), call.query("s")));
    let mut all: Vec<Value> = all.map(|one| shown_workspace(one, &call)).collect();
    sorted(&call, &mut all, &["name", "sizeAllowance"])?;
    listed(&call, "workspaces", all)
}

/// Only administrators get a workspace by itself, although it is listed for others.
async fn workspace(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    let world = shared.world();
    let mut all = world.holdings.workspaces.iter();
    let found_one = all.find(|one| text(one, "id") == call.param("workspace"));
    let found_one = found_one.filter(|_| call.user.is_administrator());
    let found_one = found_one.ok_or_else(|| Refusal::new(404, "Resource not found"))?;
    found("workspace", shown_workspace(found_one, &call))
}

fn shown_model(model: &Model, holdings: &Holdings, call: &Call) -> Value {
    let mut shown = model.shown.clone();
    let mut put = |name: &str, value: Value| {
        shown.entry(name).or_insert(value);
    };
    put("id", json!(model.id));
    put("activeState", json!(model.state));
    put("currentWorkspaceId", json!(model.workspace));
    put(
        "currentWorkspaceName",
        json!(holdings.workspace_name(&model.workspace)),
    );
    let page = format!(
        "https://us1a.app.anaplan.com/core3/anaplan/models/{}",
        model.id
    );
    put("modelUrl", json!(page));
    put("categoryValues", json!([]));
    if call.query("modelDetails") == Some("true") {
        let date = clock::iso(clock::parse("2026-02-10T19:14:23Z").unwrap_or_default());
        let date = date.replace('Z', "+0000");
        put("isoCreationDate", json!(date));
        put("lastModified", json!(date));
        put("lastModifiedByUserGuid", json!(estate::USER));
        put("lastSavedSerialNumber", json!(1207));
        if model.state != "ARCHIVED" {
            put("memoryUsage", json!(419_430_400));
        }
    }
    Value::Object(shown)
}

async fn models(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    let world = shared.world();
    let holdings = &world.holdings;
    let all = holdings.models.iter();
    let all = all.filter(|model| !model.no_access && !call.user.sees_nothing());
    let all = all.filter(|model| has(text(&model.shown, "name"), call.query("s")));
    let mut all: Vec<Value> = all
        .map(|model| shown_model(model, holdings, &call))
        .collect();
    sorted(&call, &mut all, &["name", "activeState"])?;
    listed(&call, "models", all)
}

async fn models_in(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    let world = shared.world();
    let (holdings, workspace) = (&world.holdings, call.param("workspace"));
    let is_there = holdings
        .workspaces
        .iter()
        .any(|one| text(one, "id") == workspace);
    if !is_there || call.user.sees_nothing() {
        return Err(not_found());
    }
    let all = holdings
        .models
        .iter()
        .filter(|model| model.workspace == workspace);
    let all = all
        .map(|model| shown_model(model, holdings, &call))
        .collect();
    listed(&call, "models", all)
}

/// Also a model to which the caller has no access.
async fn model(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    let world = shared.world();
    let model = world.holdings.model(call.param("model"));
    let model = model
        .filter(|_| !call.user.sees_nothing())
        .ok_or_else(not_found)?;
    let mut shown = shown_model(model, &world.holdings, &call);
    shown["modelTransactionRunning"] = json!(false);
    found("model", shown)
}
