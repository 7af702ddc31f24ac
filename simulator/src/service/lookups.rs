//! What CloudWorks users look up in the Integration API, under `/api/2/0`.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};

use crate::estate;
use crate::http::call::Call;
use crate::http::reply::{Answer, json_response};
use crate::http::shared::Shared;
use crate::state::refusal::Refusal;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/users/me", get(me))
        .route("/workspaces", get(workspaces))
        .route("/models", get(models))
        .route("/workspaces/{workspace}/models", get(models))
        .route("/models/{model}/{kind}", get(things))
        .route("/workspaces/{workspace}/models/{model}/{kind}", get(things))
}

fn found(key: &str, value: Value) -> Answer {
    let paging = value
        .as_array()
        .map(|all| json!({"currentPageSize": all.len(), "totalSize": all.len(), "offset": 0}));
    let mut meta = json!({"schema": format!("https://api.anaplan.com/2/0/objects/{key}")});
    if let Some(paging) = paging {
        meta["paging"] = paging;
    }
    let mut body = json!({"meta": meta, "status": {"code": 200, "message": "Success"}});
    body[key] = value;
    Ok(json_response(200, &body))
}

async fn me(call: Call) -> Answer {
    found(
        "user",
        json!({
            "id": call.user.guid,
            "active": true,
            "email": call.user.email,
            "emailOptIn": false,
            "firstName": call.user.first,
            "lastName": call.user.last,
            "customerId": estate::CUSTOMER,
        }),
    )
}

async fn workspaces(call: Call) -> Answer {
    let all = if call.user.sees_nothing() {
        json!([])
    } else {
        json!([{"id": estate::WORKSPACE, "name": "Supply chain", "active": true}])
    };
    found("workspaces", all)
}

async fn models(call: Call) -> Answer {
    let workspace = call.param("workspace");
    if !workspace.is_empty() && workspace != estate::WORKSPACE {
        return Err(Refusal::not_found("Workspace", workspace));
    }
    found(
        "models",
        json!([{
            "id": estate::MODEL,
            "name": "Demand planning",
            "activeState": "UNLOCKED",
            "currentWorkspaceId": estate::WORKSPACE,
            "currentWorkspaceName": "Supply chain",
            "modelUrl": format!("https://us1a.app.anaplan.com/core3/anaplan/models/{}", estate::MODEL),
            "categoryValues": [],
        }]),
    )
}

/// The actions that the estate's integrations use.
async fn things(State(_): State<Arc<Shared>>, call: Call) -> Answer {
    if call.param("model") != estate::MODEL {
        return Err(Refusal::not_found("Model", call.param("model")));
    }
    let all = match call.param("kind") {
        "imports" => json!([
            {"id": "112000000001", "name": "Products from products.csv", "importType": "HIERARCHY_DATA", "importDataSourceId": "113000000001"},
            {"id": "112000000002", "name": "Sales from sales.csv", "importType": "MODULE_DATA", "importDataSourceId": "113000000002"},
        ]),
        "exports" => json!([
            {"id": "116000000001", "name": "Forecast.csv", "exportType": "TABULAR_MULTI_COLUMN", "exportFormat": "text/csv"},
        ]),
        "files" => json!([
            {"id": "113000000001", "name": "products.csv", "chunkCount": 1, "firstDataRow": 2, "headerRow": 1},
            {"id": "113000000002", "name": "sales.csv", "chunkCount": 1, "firstDataRow": 2, "headerRow": 1},
        ]),
        "processes" => json!([
            {"id": "118000000012", "name": "Load everything"},
            {"id": "118000000013", "name": "Nightly clean-up"},
        ]),
        "actions" => {
            json!([{"id": "117000000001", "name": "Delete old products", "actionType": "DELETE_BY_SELECTION"}])
        }
        kind => return Err(Refusal::not_found("Resource", kind)),
    };
    let kind = call.param("kind").to_owned();
    found(&kind, all)
}
