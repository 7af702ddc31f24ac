//! Connections: what is sent, what comes back, what is refused.

use anaplan_sdk::Error;
use anaplan_sdk::models::cloud_works::*;
use cloudworks_sim::{Simulator, estate};
use serde_json::{Value, json};

use super::{assert_sent, client_of, maybe_async, only_request, test};

fn azure(name: &str) -> AzureBlobConnectionInput {
    AzureBlobConnectionInput::builder()
        .name(name)
        .storage_account_name("mystorageaccount")
        .container_name("raw")
        .sas_token("sp=rl&sig=abc")
        .build()
}

fn azure_on_the_wire(name: &str) -> Value {
    json!({
        "name": name, "storageAccountName": "mystorageaccount", "containerName": "raw",
        "sasToken": "sp=rl&sig=abc", "authMethod": "SAS-based",
    })
}

#[maybe_async]
#[test]
async fn lists_them() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let connections = client.cw().list_connections().await.unwrap();
    assert_sent(
        &only_request(&sim),
        "GET /2/0/integrations/connections?offset=0&limit=250",
        None,
    );
    let ids: Vec<_> = connections.iter().map(|c| c.id.as_str()).collect();
    for id in [
        estate::S3_CONNECTION,
        estate::AZURE_CONNECTION,
        estate::BIGQUERY_CONNECTION,
    ] {
        assert!(ids.contains(&id), "{ids:?}");
    }
}

#[maybe_async]
#[test]
async fn creates_reads_and_deletes_one_of_each_kind() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let s3 = AmazonS3ConnectionInput::builder()
        .name("New bucket")
        .access_key_id("AKIA")
        .secret_access_key("secret")
        .bucket_name("raw")
        .role_arn("arn:aws:iam::123475742:role/read")
        .build();
    let key = json!({
        "type": "service_account", "project_id": "p", "private_key_id": "k",
        "private_key": "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n",
        "client_email": "a@p.iam.gserviceaccount.com", "client_id": "1",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/a",
    });
    let big_query = GoogleBigQueryConnectionInput::builder()
        .name("New dataset")
        .dataset("sales")
        .service_account_key(ServiceAccountKey::from_json(&key.to_string()).unwrap())
        .build();
    let inputs: [(ConnectionInput, Value); 3] = [
        (
            s3.into(),
            json!({"type": "AmazonS3", "body": {
                "name": "New bucket", "accessKeyId": "AKIA", "secretAccessKey": "secret",
                "bucketName": "raw", "roleArn": "arn:aws:iam::123475742:role/read",
            }}),
        ),
        (
            azure("New blob").into(),
            json!({"type": "AzureBlob", "body": azure_on_the_wire("New blob")}),
        ),
        (
            big_query.into(),
            json!({"type": "GoogleBigQuery", "body": {
                "name": "New dataset", "dataset": "sales", "serviceAccountKey": {
                    "type": "service_account", "projectId": "p", "privateKeyId": "k",
                    "privateKey": "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n",
                    "clientEmail": "a@p.iam.gserviceaccount.com", "clientId": "1",
                    "authUri": "https://accounts.google.com/o/oauth2/auth",
                    "tokenUri": "https://oauth2.googleapis.com/token",
                    "authProviderX509CertUrl": "https://www.googleapis.com/oauth2/v1/certs",
                    "clientX509CertUrl": "https://www.googleapis.com/robot/v1/metadata/x509/a",
                },
            }}),
        ),
    ];
    for (input, wire) in inputs {
        sim.clear_requests();
        let id = client.cw().create_connection(input).await.unwrap();
        assert_sent(
            &only_request(&sim),
            "POST /2/0/integrations/connections",
            Some(wire.clone()),
        );
        let listed = client.cw().list_connections().await.unwrap();
        let created = listed.iter().find(|c| c.id == id).unwrap();
        assert_eq!(created.name(), wire["body"]["name"].as_str());
        sim.clear_requests();
        client.cw().delete_connection(&id).await.unwrap();
        assert_sent(
            &only_request(&sim),
            &format!("DELETE /2/0/integrations/connections/{id}"),
            None,
        );
    }
}

#[maybe_async]
#[test]
async fn updates_the_bare_body_and_patches_some_of_it() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = ConnectionId::from(estate::AZURE_CONNECTION);
    client
        .cw()
        .update_connection(&id, azure("Renamed"))
        .await
        .unwrap();
    let path = format!("/2/0/integrations/connections/{id}");
    assert_sent(
        &only_request(&sim),
        &format!("PUT {path}"),
        Some(azure_on_the_wire("Renamed")),
    );
    sim.clear_requests();
    let patch = json!({"name": "Renamed again", "containerName": "clean"});
    client
        .cw()
        .patch_connection(&id, patch.clone())
        .await
        .unwrap();
    assert_sent(&only_request(&sim), &format!("PATCH {path}"), Some(patch));
    let listed = client.cw().list_connections().await.unwrap();
    let changed = listed.iter().find(|c| c.id == id).unwrap();
    assert_eq!(changed.name(), Some("Renamed again"));
}

#[maybe_async]
#[test]
async fn a_typo_in_a_dictionary_never_leaves() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let typo = json!({"type": "AzureBlob", "body": {
        "name": "My Blob", "storageAccount": "mystorageaccount",
        "containerName": "raw", "sasToken": "sp=rl",
    }});
    let error = client.cw().create_connection(typo).await.unwrap_err();
    let Error::Validation(problems) = &error else {
        panic!("{error}")
    };
    let text = problems.to_string();
    assert!(
        text.contains("body.storageAccountName: field required"),
        "{text}"
    );
    assert!(
        text.contains("did you mean `storageAccountName`?"),
        "{text}"
    );
    assert_eq!(sim.requests().len(), 0);
}

#[maybe_async]
#[test]
async fn refusals_of_the_service() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let taken = client.cw().list_connections().await.unwrap();
    let taken = taken.iter().find_map(|c| c.name()).unwrap();
    let error = client
        .cw()
        .create_connection(azure(taken))
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(400));
    assert!(
        error
            .to_string()
            .contains("Duplicate resource name not allowed"),
        "{error}"
    );
    let error = client
        .cw()
        .delete_connection(estate::S3_CONNECTION)
        .await
        .unwrap_err();
    assert!(error.is_conflict());
    assert!(error.to_string().contains("refers to it"), "{error}");
    let error = client
        .cw()
        .delete_connection("0".repeat(32))
        .await
        .unwrap_err();
    assert!(error.is_not_found());
}
