//! What a model holds: files, imports, exports, actions, processes.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};

use crate::http::call::Call;
use crate::http::reply::{Answer, json_response};
use crate::http::shared::Shared;
use crate::service::lookups::{found, listed, not_found, text};
use crate::state::check::Object;
use crate::state::holdings::{Holdings, LISTS, Model};
use crate::state::refusal::Refusal;

/// All of it stands below the model, and below its workspace as well.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    let mut routes = Router::new();
    for before in ["", "/workspaces/{workspace}"] {
        routes = routes
            .route(&format!("{before}/models/{{model}}/status"), get(status))
            .route(&format!("{before}/models/{{model}}/{{kind}}"), get(list))
            .route(
                &format!("{before}/models/{{model}}/{{kind}}/{{id}}"),
                get(single),
            );
    }
    routes
}

fn model<'h>(holdings: &'h Holdings, call: &Call) -> Result<&'h Model, Refusal> {
    let model = holdings.model(call.param("model")).ok_or_else(not_found)?;
    let workspace = call.param("workspace");
    if !workspace.is_empty() && workspace != model.workspace {
        return Err(not_found());
    }
    model.open_to(&call.user)?;
    Ok(model)
}

/// The only reply without an envelope.
async fn status(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    let world = shared.world();
    model(&world.holdings, &call)?;
    let status = json!({"requestStatus": {
        "currentStep": "Open", "progress": -1.0, "creationTime": world.now(),
        "taskId": null, "tooltip": null, "exportTaskType": null,
        "peakMemoryUsageEstimate": null, "peakMemoryUsageTime": null,
    }});
    Ok(json_response(200, &status))
}

async fn list(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    let world = shared.world();
    let kind = LISTS.into_iter().find(|kind| *kind == call.param("kind"));
    let kind = kind.ok_or_else(not_found)?;
    let model = model(&world.holdings, &call)?;
    let mut items: Vec<&Object> = model.list(kind).iter().collect();
    // The sign may be left out, and a field that nobody knows sorts nothing.
    let sort = call.query("sort").unwrap_or_default();
    let field = sort.trim_start_matches([' ', '+', '-']);
    if ["id", "name"].contains(&field) {
        items.sort_by_key(|item| text(item, field));
        if sort.starts_with('-') {
            items.reverse();
        }
    }
    listed(
        &call,
        kind,
        items.into_iter().cloned().map(Value::Object).collect(),
    )
}

async fn single(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    let world = shared.world();
    let model = model(&world.holdings, &call)?;
    let (kind, id) = (call.param("kind"), call.param("id"));
    let item = model.item(kind, id);
    match (kind, item) {
        ("imports", Some(import)) => found("importMetadata", import_metadata(model, import, id)),
        ("imports", None) => Err(Refusal::new(500, "Internal Server Error")),
        // An answer does not prove that the export exists.
        ("exports", export) => found("exportMetadata", export_metadata(model, export, id)),
        ("processes", Some(process)) => {
            let with_source = call.query("showImportDataSource") == Some("true");
            found(
                "processMetadata",
                process_metadata(model, process, id, with_source),
            )
        }
        ("actions", Some(action)) => found("action", Value::Object(action.clone())),
        ("files", Some(_)) => Err(Refusal::new(404, "The file has no content")),
        _ => Err(not_found()),
    }
}

fn import_metadata(model: &Model, import: &Object, id: &str) -> Value {
    let name = text(import, "name");
    match model.file_of(id) {
        None => json!({"name": name, "type": "MODEL"}),
        Some(_) => json!({"name": name, "type": "FILE", "source": {
            "textEncoding": "UTF-8", "columnSeparator": ",", "textDelimiter": "\"",
            "headerRow": 1, "firstDataRow": 2, "decimalSeparator": ".",
            "headerNames": ["Code", "Name"], "columnCount": 2,
        }}),
    }
}

fn export_metadata(model: &Model, export: Option<&Object>, id: &str) -> Value {
    let columns = model.columns(id);
    let count = columns.as_array().map_or(0, Vec::len);
    json!({
        "columnCount": count, "rowCount": 1200, "dataTypes": vec!["TEXT"; count],
        "headerNames": columns, "listNames": vec![""; count], "delimiter": "\"", "separator": ",",
        "encoding": "UTF-8", "exportFormat": export.map(|export| text(export, "exportFormat")),
    })
}

fn process_metadata(model: &Model, process: &Object, id: &str, with_source: bool) -> Value {
    let step = |id: &String| {
        let lists = ["imports", "exports", "actions"];
        let item = lists.into_iter().find_map(|kind| model.item(kind, id));
        let mut step = item.cloned().unwrap_or_default();
        step.insert("id".into(), json!(id));
        if let Some(kind) = model.action_type(id) {
            step.insert("actionType".into(), json!(kind));
        }
        if with_source && model.item("imports", id).is_some() {
            let source = match model.file_of(id) {
                Some(file) => json!({"importDataSourceId": file, "type": "FILE"}),
                None => json!({"type": "MODEL", "sourceModelId": model.id}),
            };
            step.insert("importDataSource".into(), source);
        }
        Value::Object(step)
    };
    let steps: Vec<Value> = model.steps_of(id).iter().map(step).collect();
    json!({"name": text(process, "name"), "actions": steps})
}
