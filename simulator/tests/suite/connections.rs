use cloudworks_sim::{Simulator, estate};
use serde_json::{Value, json};

use crate::client::Client;

fn azure(name: &str) -> Value {
    json!({
        "name": name, "storageAccountName": "mystorageaccount", "containerName": "raw",
        "sasToken": "sp=rl&st=2025-05-10T19:29:44Z...", "authMethod": "SAS-based",
    })
}

fn s3(name: &str, bucket: &str, secret: &str) -> Value {
    json!({"name": name, "accessKeyId": "AK", "secretAccessKey": secret, "bucketName": bucket})
}

#[test]
fn a_connection_from_creation_to_deletion() {
    let simulator = Simulator::builder().strict(true).start();
    let client = Client::new(&simulator);
    let created = client
        .post(
            "/integrations/connections",
            json!({"type": "AzureBlob", "body": azure("My Blob")}),
        )
        .ok();
    let id = created["connections"]["connectionId"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(id.len(), 32);

    let find = || {
        let list = client.get("/integrations/connections").ok();
        list["connections"]
            .as_array()
            .unwrap()
            .iter()
            .find(|each| each["connectionId"] == id.as_str())
            .cloned()
    };
    let found = find().unwrap();
    assert_eq!(found["connectionType"], "AzureBlob");
    assert_eq!(found["authMethod"], "SAS-based");
    assert_eq!(found["status"], 1);
    assert_eq!(
        found["body"].get("sasToken"),
        None,
        "secrets do not come back"
    );

    let path = format!("/integrations/connections/{id}");
    client.patch(&path, json!({"containerName": "cooked"})).ok();
    assert_eq!(find().unwrap()["body"]["containerName"], "cooked");
    client
        .patch(&path, json!({}))
        .is(400, "Invalid request body");
    client
        .patch(&path, json!({"bucketName": "x"}))
        .is(400, "Invalid request body");
    client.put(&path, azure("Your Blob")).ok();
    assert_eq!(find().unwrap()["body"]["name"], "Your Blob");
    client
        .put(&path, json!({"type": "AzureBlob", "body": azure("x")}))
        .is(400, "Invalid request body");
    client
        .put(&path, json!({"name": "only"}))
        .is(400, "Invalid request body");
    client.delete(&path).ok();
    assert_eq!(find(), None);
    assert_eq!(client.delete(&path).status, 404);
    let log: Vec<String> = simulator
        .log()
        .into_iter()
        .map(|done| format!("{} {}", done.action, done.noun))
        .collect();
    assert_eq!(
        log,
        [
            "created connection",
            "patched connection",
            "updated connection",
            "deleted connection"
        ]
    );
}

#[test]
fn bodies_are_checked() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let create = |kind: &str, body: Value| {
        client.post(
            "/integrations/connections",
            json!({"type": kind, "body": body}),
        )
    };
    let invalid = "Invalid request body";
    let mut without = azure("a");
    without.as_object_mut().unwrap().remove("authMethod");
    create("AzureBlob", without.clone()).is(400, invalid);
    without["auth_method"] = json!("SAS-based");
    create("AzureBlob", without).ok();
    create("AzureBlob", json!({"name": "x", "storageAccount": "y"})).is(400, invalid);
    create("Dropbox", azure("b")).is(400, invalid);
    create("AmazonS3", s3("c", "denied", "k")).is(400, "Bucket access denied");
    create("AmazonS3", s3("c", "fine", "wrong")).is(400, "Credentials are invalid");
    create("AmazonS3", s3("c", "not fine", "k")).is(400, "Bucket name is invalid");
    create("AmazonS3", s3("c", "fine", "k")).ok();
    create("AmazonS3", s3("c", "fine", "k")).is(400, "Duplicate resource name not allowed");
    let mut role = s3("d", "fine", "k");
    role["roleArn"] = json!("me");
    create("AmazonS3", role).is(400, "Role arn is invalid");
    let snake = json!({"name": "g", "dataset": "d", "serviceAccountKey": {"type": "service_account", "project_id": "p"}});
    create("GoogleBigQuery", snake).is(400, invalid);
    client
        .post("/integrations/connections", json!([1]))
        .is(400, invalid);
}

#[test]
fn a_connection_in_use_cannot_be_deleted() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let reply = client.delete(&format!(
        "/integrations/connections/{}",
        estate::AZURE_CONNECTION
    ));
    assert_eq!(reply.status, 409);
    assert!(simulator.log().is_empty());
}
