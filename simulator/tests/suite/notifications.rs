use cloudworks_sim::{Simulator, estate};
use serde_json::{Value, json};

use crate::client::Client;

fn body(users: Value) -> Value {
    json!({
        "integrationIds": [estate::EXPORT], "channels": ["email"],
        "notifications": {"config": [{"type": "full_failure", "users": users}]},
    })
}

#[test]
fn an_integration_is_born_with_one() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let integration = client
        .get(&format!("/integrations/{}", estate::EXPORT))
        .ok();
    let id = integration["integration"]["notificationId"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/integrations/notification/{id}");
    let found = client.get(&path).ok()["notifications"].clone();
    assert_eq!(found["integrationIds"], json!([estate::EXPORT]));
    let user = &found["notifications"]["config"][0]["users"][0];
    assert_eq!(
        *user,
        json!({"userGuid": estate::USER, "firstName": "Ada", "lastName": "Planner"})
    );

    client
        .post("/integrations/notification", body(json!([estate::USER])))
        .is(400, "Duplicate resource name not allowed");
    client.put(&path, body(json!([estate::USER]))).ok();
    assert_eq!(
        client.get(&path).ok()["notifications"]["channels"],
        json!(["email"])
    );
    client
        .put(&path, body(json!([])))
        .is(400, "Invalid request body");
    client
        .put(&path, body(json!(vec![estate::USER; 6])))
        .is(400, "Invalid request body");
    client.delete(&path).ok();
    assert_eq!(client.get(&path).status, 404);
    let created = client
        .post("/integrations/notification", body(json!([estate::USER])))
        .ok();
    assert!(created["notification"]["notificationId"].is_string());
}
