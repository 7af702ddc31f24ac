//! What a simulator holds when it starts: a small company's integrations, under fixed ids.
//!
//! The ids are the same in every simulator, so that a document can quote them.

use serde_json::{Map, Value, json};

/// The user who made everything; her password is the simulator's.
pub const USER: &str = "8a81b08e5e8c6f27015ea4f0d2c10aa1";
/// Her e-mail.
pub const USER_EMAIL: &str = "ada.planner@example.com";
/// The customer, as `GET /token/validate` names it.
pub const CUSTOMER: &str = "8a81b08e4ee6d87c014ef37b3ef40b3c";
/// The workspace of all integrations.
pub const WORKSPACE: &str = "8a81b09d599f3c6e0159f605560c2630";
/// The model of all integrations.
pub const MODEL: &str = "8896D8C366BC48E5A3182B9F5CE10526";

/// Another workspace, `Finance`.
pub const FINANCE_WORKSPACE: &str = "8a81b09d5e8c6f27015ece3402487d33";
/// An archived model, `Demand planning 2024`.
pub const ARCHIVED_MODEL: &str = "3A1F7E1B0C2D4E5F8091A2B3C4D5E6F7";
/// A locked model, `Price lists`.
pub const LOCKED_MODEL: &str = "4B2A8F2C1D3E4F608192A3B4C5D6E7F8";
/// A model that is offline, for its administrators only, `Data hub`.
pub const OFFLINE_MODEL: &str = "5C3B9A3D2E4F4A718293B4C5D6E7F809";
/// A model in which everybody's role is NO ACCESS, `Payroll`.
pub const HIDDEN_MODEL: &str = "6D4CAB4E3F5A4B8293A4C5D6E7F8091A";
/// Two models of one name, `Budget`, in two workspaces.
pub const BUDGET_MODELS: [&str; 2] = [
    "7E5DBC5F4A6B4C93A4B5D6E7F8091A2B",
    "8F6ECD6A5B7C4DA4B5C6E7F8091A2B3C",
];

/// An Amazon S3 connection, `Sales bucket`.
pub const S3_CONNECTION: &str = "1f0b3c6d7e8a4b5c9d0e1f2a3b4c5d6e";
/// An Azure Blob connection, `Raw data`.
pub const AZURE_CONNECTION: &str = "5e634ba338444d2ea26ce384a70b5705";
/// A Google BigQuery connection, `Warehouse`.
pub const BIGQUERY_CONNECTION: &str = "9c4d2e7f1a3b4c6d8e0f2a4b6c8d0e1f";

/// An import from Azure, `Products from blob`, with a schedule.
pub const IMPORT: &str = "840ccd8a279a454d99577d9538f24f09";
/// An export to BigQuery, with a mapping, `Forecast to warehouse`.
pub const EXPORT: &str = "c0fa795faac047468a59c8dbe3752d75";
/// A process with two jobs, `Load everything`.
pub const PROCESS: &str = "2b7e151628aed2a6abf7158809cf4f3c";
/// A process without jobs, `Nightly clean-up`, with a schedule.
pub const PROCESS_ONLY: &str = "6bc1bee22e409f96e93d7e117393172a";
/// An import from S3 that has never run, `Sales from bucket`.
pub const NEVER_RUN: &str = "ae2d8a571e03ac9c9eb76fac45af8e51";

/// A flow of two steps, `Refresh and publish`: [`IMPORT`], then [`EXPORT`]; it has a schedule and has run.
pub const FLOW: &str = "30c81c46a35ce411e5fbc1191a0a52ef";
/// A flow of three steps, one of them skipped, `Nightly`.
pub const NIGHTLY_FLOW: &str = "f69f2445df4f9b17ad2b417be66c3710";

/// A run of [`IMPORT`] that went well.
pub const SUCCESSFUL_RUN: &str = "91a01d97958d44baaa58ad8a3d45804e";
/// A run of [`IMPORT`] that left rows out.
pub const PARTIAL_RUN: &str = "7b562956986244d789de52acd06c9205";
/// A run of [`IMPORT`] that failed, with a run error and a dump.
pub const FAILED_RUN: &str = "152b8666a0234754afc36f1cde0fd9d2";
/// A run of [`PROCESS`] that failed in [`FAILED_ACTION`], which has a dump.
pub const FAILED_PROCESS_RUN: &str = "d2c10aa18a81b08e5e8c6f27015ea4f0";
/// The import that failed in [`FAILED_PROCESS_RUN`].
pub const FAILED_ACTION: &str = "112000000001";

/// Workspaces, models and people, in the form of a seed.
pub(crate) fn holdings() -> Map<String, Value> {
    let holdings = json!({
        "workspaces": [
            {"id": WORKSPACE, "name": "Supply chain", "active": true},
            {"id": FINANCE_WORKSPACE, "name": "Finance", "active": true},
        ],
        "models": [
            demand_planning(),
            small(ARCHIVED_MODEL, "Demand planning 2024", WORKSPACE, "ARCHIVED", "2"),
            small(LOCKED_MODEL, "Price lists", WORKSPACE, "LOCKED", "3"),
            small(OFFLINE_MODEL, "Data hub", WORKSPACE, "MAINTENANCE", "4"),
            hidden(),
            small(BUDGET_MODELS[0], "Budget", WORKSPACE, "UNLOCKED", "6"),
            small(BUDGET_MODELS[1], "Budget", FINANCE_WORKSPACE, "PRODUCTION", "7"),
        ],
        "users": [
            user(USER, "ada.planner@example.com", "Ada", "Planner"),
            user("8a81b08e5e8c6f27015ea4f0d2c10aa2", "ann.lee@example.com", "Ann", "Lee"),
            user("8a81b08e5e8c6f27015ea4f0d2c10aa3", "joann.lee@example.com", "Joann", "Lee"),
        ],
    });
    match holdings {
        Value::Object(holdings) => holdings,
        _ => Map::new(),
    }
}

fn user(id: &str, email: &str, first: &str, last: &str) -> Value {
    json!({
        "id": id, "active": true, "email": email, "emailOptIn": false, "firstName": first,
        "lastName": last, "lastLoginDate": "2026-06-10T07:02:11.000+0000", "customerId": CUSTOMER,
    })
}

fn file(id: &str, name: &str) -> Value {
    let mut file =
        json!({"id": id, "name": name, "chunkCount": 1, "firstDataRow": 2, "headerRow": 1});
    if id.starts_with("113") {
        let more = [
            ("delimiter", "\""),
            ("encoding", "UTF-8"),
            ("format", "txt"),
            ("separator", ","),
        ];
        more.into_iter()
            .for_each(|(name, value)| file[name] = json!(value));
    }
    file
}

fn import(id: &str, name: &str, kind: &str, source: Option<&str>) -> Value {
    let mut import = json!({"id": id, "name": name, "importType": kind});
    if let Some(source) = source {
        import["importDataSourceId"] = json!(source);
    }
    import
}

/// The model of the estate's integrations: imports of every kind of source, two files of one name,
/// actions that are not in the order of their ids.
fn demand_planning() -> Value {
    let csv = |id: &str, name: &str, columns: Value| {
        json!({
            "id": id, "name": name, "exportType": "TABULAR_MULTI_COLUMN", "exportFormat": "text/csv",
            "encoding": "UTF-8", "layout": "TABULAR_MULTI_COLUMN", "headerNames": columns,
        })
    };
    json!({
        "id": MODEL, "name": "Demand planning", "workspaceId": WORKSPACE, "activeState": "UNLOCKED",
        "files": [
            file("113000000001", "products.csv"), file("113000000002", "sales.csv"),
            file("113000000003", "sales.csv"), file("116000000001", "Forecast.csv"),
        ],
        "imports": [
            import("112000000001", "Products from products.csv", "HIERARCHY_DATA", Some("113000000001")),
            import("112000000002", "Sales from sales.csv", "MODULE_DATA", Some("113000000002")),
            import("112000000003", "Prices from Data hub", "MODULE_DATA", None),
            import("112000000004", "Regions from list", "HIERARCHY_DATA", Some("")),
            import("112000000005", "Stock from saved view", "MODULE_DATA", Some("102000000004")),
            import("112000000006", "Sales, corrected", "MODULE_DATA", Some("113000000003")),
        ],
        "exports": [
            csv("116000000001", "Forecast.csv", json!(["Product", "Region", "Forecast"])),
            csv("116000000002", "Stock levels.csv", json!(["Product", "Days of cover"])),
            csv("116000000005", "Orders.csv", json!(["Order", "Product", "Amount"])),
        ],
        "actions": [
            {"id": "117000000003", "name": "Best product mix", "actionType": "OPTIMIZER"},
            {"id": "117000000001", "name": "Delete old products", "actionType": "DELETE_BY_SELECTION"},
            {"id": "117000000002", "name": "Open dashboard"},
        ],
        "processes": [
            {"id": "118000000012", "name": "Load everything",
             "steps": ["117000000001", "112000000001", "112000000002"]},
            {"id": "118000000013", "name": "Nightly clean-up", "steps": ["117000000001"]},
            {"id": "118000000014", "name": "Optimize", "steps": ["112000000002", "117000000003"]},
            {"id": "118000000015", "name": "Publish", "steps": ["112000000003", "116000000001"]},
        ],
    })
}

/// A model with one of each.
fn small(id: &str, name: &str, workspace: &str, state: &str, digit: &str) -> Value {
    let id_of = |family: &str| format!("{family}00000{digit}001");
    let (file_id, import_id) = (id_of("113"), id_of("112"));
    let (export_id, action_id) = (id_of("116"), id_of("117"));
    json!({
        "id": id, "name": name, "workspaceId": workspace, "activeState": state,
        "files": [file(&file_id, "data.csv")],
        "imports": [import(&import_id, "Data from data.csv", "MODULE_DATA", Some(&file_id))],
        "exports": [{
            "id": export_id, "name": "Everything.csv", "exportType": "GRID_CURRENT_PAGE",
            "exportFormat": "text/csv", "encoding": "UTF-8", "layout": "GRID_CURRENT_PAGE",
            "headerNames": ["Item", "Value"],
        }],
        "actions": [{"id": action_id, "name": "Clear", "actionType": "DELETE_BY_SELECTION"}],
        "processes": [{
            "id": id_of("118"), "name": "Refresh", "steps": [action_id, import_id],
        }, {
            "id": format!("11800000{digit}002"), "name": "Hand over", "steps": [export_id],
        }],
    })
}

fn hidden() -> Value {
    let mut model = small(HIDDEN_MODEL, "Payroll", WORKSPACE, "UNLOCKED", "5");
    model["noAccess"] = json!(true);
    model
}
