//! The bodies of connections: in which spelling they are sent, and what is said of a refusal.

use anaplan_sdk::models::cloud_works::{AzureBlobConnectionInput, ConnectionPatch};
use serde_json::{Value, json};

use super::{Client, Reply, Server, client_of, maybe_async, test};

const ID: &str = "5e634ba338444d2ea26ce384a70b5705";

fn azure(method: &str) -> Value {
    let mut body = json!({
        "name": "Blob", "storageAccountName": "account", "containerName": "raw",
        "sasToken": "sv=2024-11-04&sr=c&sp=rwl&sig=abc",
    });
    if !method.is_empty() {
        body[method] = "SAS-based".into();
    }
    body
}

fn typed() -> AzureBlobConnectionInput {
    AzureBlobConnectionInput::builder()
        .name("Blob")
        .storage_account_name("account")
        .container_name("raw")
        .sas_token("sv=2024-11-04&sr=c&sp=rwl&sig=abc")
        .build()
}

fn refusing(message: &'static str) -> Server {
    Server::start(move |_| Reply::json(400, &json!({"status": {"code": 400, "message": message}})))
}

/// The spellings that were sent.
fn spellings(server: &Server) -> Vec<&'static str> {
    let mut found = Vec::new();
    for request in server.requests() {
        let sent: Value = serde_json::from_slice(&request.body).unwrap();
        let body = sent.get("body").unwrap_or(&sent);
        for name in ["authMethod", "auth_method"] {
            if let Some(method) = body.get(name) {
                assert_eq!(method, "SAS-based");
                found.push(name);
            }
        }
    }
    found
}

#[maybe_async]
#[test]
async fn the_auth_method_of_json_is_sent_in_the_spelling_of_the_caller() {
    for method in ["authMethod", "auth_method"] {
        let server = refusing("no");
        let client = client_of(&server);
        let whole = json!({"type": "AzureBlob", "body": azure(method)});
        client
            .cw()
            .create_connection(whole.clone())
            .await
            .unwrap_err();
        client
            .cw()
            .update_connection(ID, azure(method))
            .await
            .unwrap_err();
        client
            .cw()
            .update_connection(ID, whole.clone())
            .await
            .unwrap_err();
        client
            .cw()
            .patch_connection(ID, azure(method))
            .await
            .unwrap_err();
        client.cw().patch_connection(ID, whole).await.unwrap_err();
        assert_eq!(spellings(&server), [method; 5]);
    }
}

#[maybe_async]
#[test]
async fn the_auth_method_of_typed_input_and_of_json_without_it_is_sent_in_camel_case() {
    let server = refusing("no");
    let client = client_of(&server);
    client.cw().create_connection(typed()).await.unwrap_err();
    client
        .cw()
        .update_connection(ID, typed())
        .await
        .unwrap_err();
    client
        .cw()
        .update_connection(ID, azure(""))
        .await
        .unwrap_err();
    assert_eq!(spellings(&server), ["authMethod"; 3]);
}

/// The hints to a refusal of a creation, a replacement and a change of this body.
#[maybe_async]
async fn hints(client: &Client, body: &Value) -> [String; 3] {
    let whole = json!({"type": "AzureBlob", "body": body});
    let created = client.cw().create_connection(whole).await.unwrap_err();
    let updated = client
        .cw()
        .update_connection(ID, body.clone())
        .await
        .unwrap_err();
    let patched = client
        .cw()
        .patch_connection(ID, body.clone())
        .await
        .unwrap_err();
    [created, updated, patched].map(|error| error.to_string())
}

#[maybe_async]
#[test]
async fn a_400_to_an_azure_body_names_the_other_spelling() {
    for message in ["Invalid request body", "", "auth_method: field required"] {
        for (method, other) in [
            ("authMethod", "with `auth_method`"),
            ("auth_method", "with `authMethod`"),
        ] {
            let server = refusing(message);
            for said in hints(&client_of(&server), &azure(method)).await {
                assert!(said.contains(other), "{message:?}: {said}");
            }
        }
    }
}

#[maybe_async]
#[test]
async fn a_400_about_credentials_names_no_spelling() {
    for message in [
        "Credentials are invalid",
        "Bucket access denied",
        "SAS token is expired",
    ] {
        let server = refusing(message);
        for said in hints(&client_of(&server), &azure("authMethod")).await {
            assert!(!said.contains("spelling"), "{said}");
        }
    }
}

#[maybe_async]
#[test]
async fn a_400_to_the_body_of_another_type_names_no_spelling() {
    let server = refusing("Invalid request body");
    let s3 = json!({"name": "n", "accessKeyId": "A", "secretAccessKey": "s3cret-key", "bucketName": "b"});
    let client = client_of(&server);
    let error = client
        .cw()
        .update_connection(ID, s3.clone())
        .await
        .unwrap_err();
    assert!(!error.to_string().contains("spelling"), "{error}");
    let whole = client.cw().patch_connection(ID, s3).await.unwrap_err();
    assert!(!whole.to_string().contains("unproven"), "{whole}");
}

#[maybe_async]
#[test]
async fn a_400_to_a_patch_of_one_field_says_that_it_is_unproven() {
    for message in ["Invalid request body", "Credentials are invalid"] {
        let server = refusing(message);
        let client = client_of(&server);
        let token = ConnectionPatch::azure_blob()
            .sas_token("sp=rwl&sig=abc")
            .build();
        let token = client.cw().patch_connection(ID, token).await.unwrap_err();
        let name = client
            .cw()
            .patch_connection(ID, json!({"name": "Other"}))
            .await
            .unwrap_err();
        for error in [token, name] {
            let said = error.to_string();
            assert!(
                said.contains("unproven") && said.contains("`update_connection`"),
                "{said}"
            );
        }
    }
}
