//! The Integration API: what it shows, to whom, and its ways with pages.

use cloudworks_sim::{Simulator, estate};
use serde_json::{Value, json};

use crate::client::{Client, Reply};

fn ask(client: &Client, path: &str) -> Reply {
    let headers = [("authorization", client.authorization.as_str())];
    client
        .ask("GET", &format!("/api/2/0{path}"), &headers, None)
        .unwrap_or_else(|problem| panic!("{path}: {problem}"))
}

fn log_in(simulator: &Simulator, email: &str) -> Client {
    let mut client = Client::new(simulator);
    let pair = [email, ":password"].concat();
    let basic = format!("Basic {}", base64(pair.as_bytes()));
    let reply = client
        .ask(
            "POST",
            "/token/authenticate",
            &[("authorization", &basic)],
            None,
        )
        .expect("a reply")
        .json();
    let token = reply["tokenInfo"]["tokenValue"].as_str().unwrap();
    client.authorization = format!("AnaplanAuthToken {token}");
    client
}

/// As in basic authentication.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut padded = [0; 3];
        padded[..three.len()].copy_from_slice(three);
        let bits = padded
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= three.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}

fn names(list: &Value) -> Vec<&str> {
    let items = list.as_array().into_iter().flatten();
    items.map(|item| item["name"].as_str().unwrap()).collect()
}

#[test]
fn who_sees_which_models() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let all = ask(&client, "/models").ok();
    assert!(!names(&all["models"]).contains(&"Payroll"));
    let here = ask(
        &client,
        &format!("/workspaces/{}/models", estate::WORKSPACE),
    )
    .ok();
    assert!(names(&here["models"]).contains(&"Payroll"));
    let hidden = estate::HIDDEN_MODEL;
    assert_eq!(
        ask(&client, &format!("/models/{hidden}")).ok()["model"]["name"],
        "Payroll"
    );
    ask(&client, &format!("/models/{hidden}/imports")).is(404, "Not Found");
    let archived = estate::ARCHIVED_MODEL;
    assert_eq!(
        ask(&client, &format!("/models/{archived}/imports")).status,
        422
    );
    let below = format!("/workspaces/{}/models/{}", estate::WORKSPACE, estate::MODEL);
    assert_eq!(ask(&client, &format!("{below}/imports")).status, 200);
    let elsewhere = format!(
        "/workspaces/{}/models/{}",
        estate::FINANCE_WORKSPACE,
        estate::MODEL
    );
    ask(&client, &format!("{elsewhere}/imports")).is(404, "Not Found");
    ask(&client, "/workspaces/0/models").is(404, "Not Found");

    let member = log_in(&simulator, "member@corp.example");
    let offline = estate::OFFLINE_MODEL;
    assert_eq!(
        ask(&client, &format!("/models/{offline}/imports")).status,
        200
    );
    assert_eq!(
        ask(&member, &format!("/models/{offline}/imports")).status,
        424
    );
    let workspace = format!("/workspaces/{}", estate::WORKSPACE);
    assert_eq!(
        ask(&client, &workspace).ok()["workspace"]["name"],
        "Supply chain"
    );
    ask(&member, &workspace).is(404, "Resource not found");
    ask(&member, "/users").is(403, "Forbidden");
    let nobody = log_in(&simulator, "no-workspace@corp.example");
    assert_eq!(ask(&nobody, "/models").ok().get("models"), None);
}

#[test]
fn pages_lie_and_are_cut_and_empty_ones_have_no_key() {
    let files: Vec<_> = (0..30)
        .map(|n| json!({"id": format!("1130000000{n:02}"), "name": "x"}))
        .collect();
    let simulator = Simulator::builder()
        .seed(json!({"models": [
            {"id": "M", "name": "m", "workspaceId": "w", "files": files},
        ], "workspaces": [{"id": "w", "name": "w"}]}))
        .lookup_page_cap(12)
        .start();
    let client = Client::new(&simulator);
    let page = ask(&client, "/models/M/files?limit=20").ok();
    let paging = &page["meta"]["paging"];
    assert_eq!(
        (&paging["currentPageSize"], &paging["totalSize"]),
        (&json!(12), &json!(30))
    );
    assert_eq!(paging.get("previous"), None);
    let last = ask(&client, "/models/M/files?limit=6&offset=24").ok();
    let paging = &last["meta"]["paging"];
    // A full page says that there is more.
    assert!(
        paging["next"]
            .as_str()
            .unwrap()
            .ends_with("/models/M/files?limit=6&offset=30")
    );
    assert!(paging["previous"].is_string());
    let none = ask(&client, "/models/M/exports").ok();
    assert_eq!(none.get("exports"), None);
    assert_eq!(
        none["meta"]["paging"],
        json!({"currentPageSize": 0, "totalSize": 0, "offset": 0})
    );
}

#[test]
fn sorting_is_strict_above_and_lenient_below() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let sorted = ask(&client, "/workspaces?sort=%2Bname").ok();
    assert_eq!(names(&sorted["workspaces"]), ["Finance", "Supply chain"]);
    let down = ask(&client, "/workspaces?sort=-name").ok();
    assert_eq!(names(&down["workspaces"]), ["Supply chain", "Finance"]);
    let unsigned = ask(&client, "/models?sort=name");
    assert!(
        unsigned
            .message()
            .starts_with("Bad sort order format: 'name'")
    );
    ask(&client, "/models?sort=%2Bid").is(400, "Failed to parse sort parameter");
    let actions = format!("/models/{}/actions", estate::MODEL);
    let plain = ask(&client, &actions).ok();
    assert_eq!(plain["actions"][0]["id"], "117000000003", "in no order");
    for sort in ["id", "%2Bid"] {
        let sorted = ask(&client, &format!("{actions}?sort={sort}")).ok();
        assert_eq!(sorted["actions"][0]["id"], "117000000001");
    }
    assert_eq!(ask(&client, &format!("{actions}?sort=nothing")).status, 200);
}

#[test]
fn details_come_when_asked_for_and_single_reads_prove_little() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let bare = ask(&client, "/workspaces").ok();
    assert_eq!(bare["workspaces"][0].get("currentSize"), None);
    let sized = ask(&client, "/workspaces?tenantDetails=true").ok();
    assert!(sized["workspaces"][0]["currentSize"].is_i64());
    let all = ask(&client, "/models?modelDetails=true").ok();
    for model in all["models"].as_array().unwrap() {
        let is_archived = model["activeState"] == "ARCHIVED";
        assert_eq!(model.get("memoryUsage").is_none(), is_archived);
        assert!(model["lastModified"].as_str().unwrap().ends_with("+0000"));
    }
    let model = format!("/models/{}", estate::MODEL);
    let status = ask(&client, &format!("{model}/status")).json();
    assert_eq!(status["requestStatus"]["currentStep"], "Open");
    assert_eq!(
        status.get("meta"),
        None,
        "the only reply without an envelope"
    );
    assert_eq!(
        ask(&client, &format!("{model}/imports/112000000099")).status,
        500
    );
    assert_eq!(
        ask(&client, &format!("{model}/exports/116000000099")).status,
        200
    );
    assert_eq!(
        ask(&client, &format!("{model}/processes/118000000099")).status,
        404
    );
    let of = |path: &str| ask(&client, &format!("{model}/{path}")).ok();
    let import = of("imports/112000000001");
    assert_eq!(
        (
            &import["importMetadata"]["type"],
            import["importMetadata"].get("id")
        ),
        (&json!("FILE"), None)
    );
    assert_eq!(
        of("imports/112000000003")["importMetadata"]["type"],
        "MODEL"
    );
    let plain = of("processes/118000000012");
    assert_eq!(
        plain["processMetadata"]["actions"][1].get("importDataSource"),
        None
    );
    let full = of("processes/118000000012?showImportDataSource=true");
    let step = &full["processMetadata"]["actions"][1];
    assert_eq!(step["actionType"], "IMPORT");
    assert_eq!(
        step["importDataSource"]["importDataSourceId"],
        "113000000001"
    );
    let users = ask(&client, "/users?s=ANN.LEE").ok();
    assert_eq!(users["users"].as_array().unwrap().len(), 2);
}

fn integration(more: Value) -> Value {
    let mut all = json!({
        "name": "x", "version": "2.0", "workspaceId": estate::WORKSPACE, "modelId": estate::MODEL,
    });
    all.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    all
}

fn import(action: &str, file: &str) -> Value {
    json!([{
        "type": "AzureBlobToAnaplan",
        "sources": [{"type": "AzureBlob", "connectionId": estate::AZURE_CONNECTION, "file": "x"}],
        "targets": [{"type": "Anaplan", "actionId": action, "fileId": file}],
    }])
}

#[test]
fn integrations_are_refused_by_what_the_model_holds() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let create = |body: Value| client.post("/integrations", integration(body));
    let gone = "Action(s) you included, 112000000099 are not defined in your Anaplan model";
    create(json!({"jobs": import("112000000099", "113000000001")})).is(400, gone);
    let kind = "Action(s) you included, 113000000001 are not defined in your Anaplan model";
    create(json!({"jobs": import("113000000001", "113000000001")})).is(400, kind);
    let optimizer = "A Process that has Optimizer as steps cannot be executed through CloudWorks";
    create(json!({"processId": "118000000014"})).is(400, optimizer);
    create(json!({"processId": "118000000013", "workspaceId": estate::FINANCE_WORKSPACE}))
        .is(503, "Invalid workspace or model");
    create(json!({"processId": "118000005001", "modelId": estate::HIDDEN_MODEL}))
        .is(400, "User does not have access to model");
    create(json!({"processId": "118000000013", "workspaceId": "0".repeat(32)}))
        .is(400, "User does not have access to workspace");
    // No source tells that these are refused.
    create(json!({"jobs": import("112000000001", "112000000001")})).ok();

    let strict = Simulator::builder().strict(true).start();
    let client = Client::new(&strict);
    let create = |body: Value| client.post("/integrations", integration(body));
    for (jobs, id) in [
        (import("112000000001", "112000000001"), "112000000001"),
        (import("112000000003", "113000000001"), "113000000001"),
    ] {
        let words = format!("Action(s) you included, {id} are not defined in your Anaplan model");
        create(json!({"jobs": jobs})).is(400, &words);
    }
    let no_step = import("112000000001", "113000000001");
    let refused = create(json!({"processId": "118000000013", "jobs": no_step}));
    assert_eq!(refused.status, 400);
}

#[test]
fn what_is_not_refused_fails_at_the_run() {
    let simulator = Simulator::builder()
        .run_duration(std::time::Duration::ZERO)
        .start();
    let client = Client::new(&simulator);
    let ends = |name: &str, model: &str, process: &str| {
        let body = integration(json!({"name": name, "modelId": model, "processId": process}));
        let made = client.post("/integrations", body).ok();
        let id = made["integration"]["integrationId"]
            .as_str()
            .unwrap()
            .to_owned();
        let run = client.post_nothing(&format!("/integrations/{id}/run")).ok();
        let run = run["run"]["id"].as_str().unwrap().to_owned();
        client.get(&format!("/integrations/run/{run}")).ok()["run"]["success"] == true
    };
    assert!(ends("a", estate::MODEL, "118000000012"));
    assert!(!ends("b", estate::ARCHIVED_MODEL, "118000002001"));
    assert!(!ends("c", estate::LOCKED_MODEL, "118000003001"));
    assert!(
        ends("d", estate::LOCKED_MODEL, "118000003002"),
        "it only exports"
    );
    assert!(
        ends("e", estate::OFFLINE_MODEL, "118000004001"),
        "for an administrator"
    );
}

#[test]
fn a_seed_is_told_what_is_wrong_with_its_models() {
    for (seed, problem) in [
        (
            json!({"models": [{"id": "M"}]}),
            "seed: models[0]: a model has a text `workspaceId`",
        ),
        (
            json!({"models": [{}]}),
            "seed: models[0]: not an object with an id as text",
        ),
        (
            json!({"models": [{"id": "M", "workspaceId": "w", "files": [7]}]}),
            "seed: models[0]: files[0]: not an object with an id as text",
        ),
        (
            json!({"modles": []}),
            "seed: a seed has workspaces, models, users, connections, integrations, flows, not modles",
        ),
    ] {
        let refused = Simulator::builder().seed(seed).try_start().unwrap_err();
        assert_eq!(refused.to_string(), problem);
    }
}
