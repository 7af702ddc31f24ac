use cloudworks_sim::{Outcome, Simulator, estate};
use serde_json::{Value, json};

use crate::client::Client;

fn job(file_id: &str) -> Value {
    json!({
        "type": "AzureBlobToAnaplan",
        "sources": [{"connectionId": "5e634ba338444d2ea26ce384a70b5705", "type": "AzureBlob", "file": "dummy.csv"}],
        "targets": [{"type": "Anaplan", "actionId": "112000000001", "fileId": file_id}],
    })
}

fn integration(name: &str) -> Value {
    json!({
        "name": name, "version": "2.0", "nuxVisible": false,
        "workspaceId": "8a81b09d599f3c6e0159f605560c2630", "modelId": "8896D8C366BC48E5A3182B9F5CE10526",
        "jobs": [job("113000000001")],
    })
}

fn create(client: &Client, body: Value) -> String {
    let created = client.post("/integrations", body).ok();
    created["integration"]["integrationId"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn the_three_kinds_of_the_guide() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let import = create(&client, integration("Blob to Anaplan"));
    let mut double = integration("Double Blob to Anaplan");
    double["processId"] = json!("118000000012");
    double["jobs"] = json!([job("113000000001"), job("113000000001")]);
    let process = create(&client, double);
    let only = create(
        &client,
        json!({
            "name": "My Process", "version": "2.0", "processId": "118000000012",
            "workspaceId": "8a81b09d599f3c6e0159f605560c2630", "modelId": "8896D8C366BC48E5A3182B9F5CE10526",
        }),
    );

    let read = |id: &str| client.get(&format!("/integrations/{id}")).ok()["integration"].clone();
    let single = read(&import);
    assert_eq!(single.get("integrationType"), None);
    assert_eq!(single["version"], "2.0");
    assert_eq!(single["latestRun"], json!({}));
    assert_eq!(
        single["jobs"][0]["sources"][0]["connectionName"],
        "Raw data"
    );
    assert_eq!(single["jobs"][0]["sources"][0]["bucketName"], "raw");
    assert_eq!(
        single["jobs"][0]["sources"][0]["isConnectionDeleted"],
        false
    );
    assert_eq!(read(&process)["jobs"].as_array().unwrap().len(), 2);
    assert_eq!(read(&only).get("jobs"), None);
    assert_eq!(read(&only)["nuxVisible"], false);

    let list = client.get("/integrations?limit=100").ok();
    let listed = |id: &str| {
        list["integrations"]
            .as_array()
            .unwrap()
            .iter()
            .find(|each| each["integrationId"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(listed(&import)["integrationType"], "Import");
    assert_eq!(listed(&process)["integrationType"], "Process");
    assert_eq!(listed(estate::EXPORT)["integrationType"], "Export");
    assert_eq!(listed(&import).get("jobs"), None);
    assert_eq!(listed(&import).get("latestRun"), None);
    assert!(
        listed(&import)["notificationId"].is_string(),
        "an integration is born with a notification"
    );
}

#[test]
fn bodies_are_checked() {
    let simulator = Simulator::builder().strict(true).start();
    let client = Client::new(&simulator);
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut body = integration("Refused");
        change(&mut body);
        client.post("/integrations", body)
    };
    let invalid = "Invalid request body";
    refused(&|body| body["version"] = json!("1.0")).is(400, invalid);
    refused(&|body| body["surprise"] = json!(1)).is(400, invalid);
    refused(&|body| body["jobs"] = json!([])).is(400, invalid);
    refused(&|body| body["jobs"][0]["type"] = json!("AmazonS3ToAnaplan")).is(400, invalid);
    refused(&|body| body["jobs"][0]["targets"][0]["actionId"] = json!(112000000001_u64))
        .is(400, invalid);
    refused(&|body| body["jobs"][0]["sources"][0]["table"] = json!("t")).is(400, invalid);
    refused(&|body| body["jobs"] = json!([job("113000000001"), job("113000000001")])).is(
        409,
        "Only a single job is supported by import/export integration",
    );
    refused(&|body| body["jobs"][0]["targets"][0]["actionId"] = json!("118000000001")).is(
        400,
        "Action(s) you included, 118000000001 are not defined in your Anaplan model",
    );
    refused(&|body| body["processId"] = json!("118000000404")).is(
        400,
        "Action(s) you included, 118000000404 are not defined in your Anaplan model",
    );
    refused(&|body| body["modelId"] = json!("8896d8c366bc48e5a3182b9f5ce10526"))
        .is(500, "Model Not Found");
    refused(&|body| body["name"] = json!("Products from blob"))
        .is(400, "Duplicate resource name not allowed");
    let bigquery = |mapping: Option<Value>| {
        let mut job = json!({
            "type": "AnaplanToGoogleBigQuery",
            "sources": [{"type": "Anaplan", "actionId": "116000000001"}],
            "targets": [{"type": "GoogleBigQuery", "connectionId": estate::BIGQUERY_CONNECTION, "table": "t"}],
        });
        if let Some(mapping) = mapping {
            job["mapping"] = mapping;
        }
        refused(&|body| body["jobs"] = json!([job]))
    };
    bigquery(None).is(400, invalid);
    bigquery(Some(json!([{"sourceName": "a", "targetName": "b"}]))).ok();
    assert_eq!(
        client.get("/integrations").ok()["meta"]["tenantCurrentCount"],
        8
    );
}

#[test]
fn update_needs_everything_again() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let id = create(&client, integration("Old"));
    let path = format!("/integrations/{id}");
    client
        .put(&path, json!({"name": "New"}))
        .is(400, "Invalid request body");
    client
        .put(&path, integration("Products from blob"))
        .is(400, "Duplicate resource name not allowed");
    client.put(&path, integration("New")).ok();
    assert_eq!(client.get(&path).ok()["integration"]["name"], "New");
    assert_eq!(simulator.integration_id("New"), Some(id));
}

#[test]
fn lists_come_in_pages() {
    let simulator = Simulator::builder().strict(true).page_cap(40).start();
    let client = Client::new(&simulator);
    for n in 0..60 {
        create(&client, integration(&format!("Number {n:02}")));
    }
    let page = |query: &str| {
        let list = client.get(&format!("/integrations{query}")).ok();
        (
            list["integrations"].as_array().unwrap().len(),
            list["meta"]["paging"].clone(),
        )
    };
    assert_eq!(
        page(""),
        (
            25,
            json!({"currentPageSize": 25, "totalSize": 65, "offset": 0})
        )
    );
    assert_eq!(
        page("?limit=1000"),
        (
            40,
            json!({"currentPageSize": 40, "totalSize": 65, "offset": 0})
        )
    );
    assert_eq!(
        page("?limit=40&offset=40"),
        (
            25,
            json!({"currentPageSize": 25, "totalSize": 65, "offset": 40})
        )
    );
    assert_eq!(page("?offset=100").0, 0);
    assert_eq!(page("?myIntegrations=1").0, 25);
    let first = |query: &str| {
        client.get(&format!("/integrations{query}")).ok()["integrations"][0]["name"].clone()
    };
    assert_eq!(first("?sortBy=name"), "Forecast to warehouse");
    assert_eq!(first("?sortBy=-name"), "Sales from bucket");
    assert_eq!(client.get("/integrations?limit=-1").status, 400);
    assert_eq!(client.get("/integrations?sortBy=size").status, 400);
    assert_eq!(client.get("/integrations?page=1").status, 400);
}

#[test]
fn what_runs_or_is_referenced_stays() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let id = create(&client, integration("Busy"));
    let path = format!("/integrations/{id}");
    simulator.next_run(&id, Outcome::never_ends());
    client.post_nothing(&format!("{path}/run")).ok();
    assert_eq!(client.post_nothing(&format!("{path}/run")).status, 409);
    client
        .delete(&path)
        .is(409, "Integration is already running");
    client.post_nothing(&format!("{path}/cancel")).ok();
    client
        .post_nothing(&format!("{path}/cancel"))
        .is(409, &format!("Integration {id} is not in running state"));
    client.delete(&path).ok();
    assert_eq!(client.get(&path).status, 404);
    assert_eq!(
        client
            .delete(&format!("/integrations/{}", estate::IMPORT))
            .status,
        409
    );
}

#[test]
fn the_web_server_knows_only_its_routes() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    for path in [
        "/integrations/anaplanModels/8896D8C366BC48E5A3182B9F5CE10526",
        "/nowhere",
        "/integrations/run/x/dump",
    ] {
        let reply = client.get(path);
        assert_eq!(
            (reply.status, reply.kind.as_str()),
            (404, "text/html"),
            "{path}"
        );
    }
    let reply = client.get("/integrations/unknown");
    assert_eq!(
        (reply.status, reply.kind.as_str()),
        (404, "application/json")
    );
    assert_eq!(reply.json()["path"], "/2/0/integrations/unknown");
}

#[test]
fn ids_are_one_segment_of_the_path() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let reply = client.get("/integrations/a%2Fb%20%3F");
    assert_eq!(reply.message(), "Integration a/b ? was not found");
    assert_eq!(
        simulator.requests()[0].path,
        "/2/0/integrations/a%2Fb%20%3F"
    );
}

#[test]
fn a_body_says_that_it_is_json() {
    let simulator = Simulator::builder().strict(true).start();
    let client = Client::new(&simulator);
    let body = integration("Untold").to_string();
    let headers = [
        ("authorization", client.authorization.as_str()),
        ("content-type", "text/plain"),
    ];
    let reply = client
        .ask("POST", "/2/0/integrations", &headers, Some(body.as_bytes()))
        .unwrap();
    assert_eq!(reply.status, 415);
}
