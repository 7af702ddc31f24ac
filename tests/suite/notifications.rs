//! Notifications: what is sent, what comes back, what is refused.

use anaplan_sdk::models::cloud_works::*;
use cloudworks_sim::{Simulator, estate};
use serde_json::{Value, json};

use super::{
    NOBODY, assert_invalid, assert_refused, assert_sent, client_of, cloudworks_requests,
    maybe_async, only_request, reply_once, test,
};

/// Another user than the estate's.
const BOB: &str = "8a81b09c5cf3ad07015d0d2a2a0f5d7a";

fn config(integration: &str) -> NotificationConfigInput {
    NotificationConfigInput::builder()
        .integration_id(integration)
        .channels([NotificationChannel::Email, NotificationChannel::InApp])
        .on_success([BOB])
        .on_full_failure([estate::USER, BOB])
        .build()
}

fn on_the_wire(integration: &str) -> Value {
    json!({
        "integrationIds": [integration], "channels": ["email", "in_app"],
        "notifications": {"config": [
            {"type": "success", "users": [BOB]},
            {"type": "full_failure", "users": [estate::USER, BOB]},
        ]},
    })
}

fn path(id: &NotificationId) -> String {
    format!("/2/0/integrations/notification/{id}")
}

#[maybe_async]
#[test]
async fn every_integration_is_born_with_one() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let process = json!({
        "name": "Newborn", "workspaceId": estate::WORKSPACE, "modelId": estate::MODEL,
        "processId": "118000000012",
    });
    let id = client.cw().create_integration(process).await.unwrap();
    let integration = client.cw().get_integration(&id).await.unwrap();
    let own = integration.notification_id.unwrap();
    sim.clear_requests();
    let born = client.cw().get_notification_config(&own).await.unwrap();
    assert_sent(&only_request(&sim), &format!("GET {}", path(&own)), None);
    assert_eq!(born.id, own);
    assert_eq!(born.integration_ids, [id.as_str()]);
    let both = [NotificationChannel::Email, NotificationChannel::InApp];
    assert_eq!(born.channels, both);
    assert_eq!(born.users(&NotificationType::Success).count(), 0);
    for outcome in [
        NotificationType::PartialFailure,
        NotificationType::FullFailure,
    ] {
        let names: Vec<_> = born
            .users(&outcome)
            .map(|user| (user.first_name.as_deref(), user.last_name.as_deref()))
            .collect();
        assert_eq!(names, [(Some("Planner"), Some("User"))]);
    }
    let second = client
        .cw()
        .create_notification_config(config(id.as_str()))
        .await;
    let hint = "Duplicate resource name not allowed";
    assert!(second.as_ref().unwrap_err().to_string().contains(hint));
    assert_refused(second, 400, "update the one that it has");
}

#[maybe_async]
#[test]
async fn by_the_id_of_its_integration() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let of = IntegrationId::from(estate::IMPORT);
    let found = client.cw().get_notification_config(&of).await.unwrap();
    let sent: Vec<_> = cloudworks_requests(&sim)
        .iter()
        .map(|request| format!("{} {}", request.method, request.path_and_query()))
        .collect();
    let expected = [
        format!("GET /2/0/integrations/{of}"),
        format!("GET {}", path(&found.id)),
    ];
    assert_eq!(sent, expected);
    assert_eq!(found.integration_ids, [of.as_str()]);
    sim.clear_requests();
    client
        .cw()
        .delete_notification_config(of.clone())
        .await
        .unwrap();
    let requests = cloudworks_requests(&sim);
    assert_eq!(requests.len(), 2);
    assert_sent(&requests[1], &format!("DELETE {}", path(&found.id)), None);
    assert_invalid(
        client.cw().get_notification_config(&of).await,
        &format!("notificationId: integration {of} has no notification configuration"),
    );
    assert_invalid(
        client.cw().delete_notification_config(&of).await,
        &format!("notificationId: integration {of} has no notification configuration"),
    );
    let nobody = IntegrationId::from(NOBODY);
    let missing = client.cw().get_notification_config(nobody).await;
    assert_refused(missing, 404, "Integration 00000000000000000000000000000000");
}

#[maybe_async]
#[test]
async fn deletes_and_creates_anew() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let integration = client.cw().get_integration(estate::EXPORT).await.unwrap();
    let old = integration.notification_id.unwrap();
    sim.clear_requests();
    client.cw().delete_notification_config(&old).await.unwrap();
    assert_sent(&only_request(&sim), &format!("DELETE {}", path(&old)), None);
    sim.clear_requests();
    let new = client
        .cw()
        .create_notification_config(config(estate::EXPORT))
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        "POST /2/0/integrations/notification",
        Some(on_the_wire(estate::EXPORT)),
    );
    assert_ne!(new, old);
    let read = client.cw().get_notification_config(&new).await.unwrap();
    let users = |outcome| -> Vec<_> {
        let users = read.users(&outcome);
        users.map(|user| user.user_guid.clone().unwrap()).collect()
    };
    assert_eq!(users(NotificationType::Success), [BOB]);
    assert_eq!(users(NotificationType::PartialFailure), [""; 0]);
    assert_eq!(users(NotificationType::FullFailure), [estate::USER, BOB]);
    let integration = client.cw().get_integration(estate::EXPORT).await.unwrap();
    assert_eq!(integration.notification_id, Some(new));
}

#[maybe_async]
#[test]
async fn updates_everything() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let integration = client.cw().get_integration(estate::IMPORT).await.unwrap();
    let id = integration.notification_id.unwrap();
    sim.clear_requests();
    client
        .cw()
        .update_notification_config(&id, config(estate::IMPORT))
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("PUT {}", path(&id)),
        Some(on_the_wire(estate::IMPORT)),
    );
    let read = client.cw().get_notification_config(&id).await.unwrap();
    assert_eq!(read.users(&NotificationType::Success).count(), 1);
    assert_eq!(read.users(&NotificationType::PartialFailure).count(), 0);
}

#[maybe_async]
#[test]
async fn a_dictionary_is_sent_like_the_typed_payload() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let of = IntegrationId::from(estate::IMPORT);
    client.cw().delete_notification_config(&of).await.unwrap();
    let dictionary = on_the_wire(estate::IMPORT);
    sim.clear_requests();
    let id = client
        .cw()
        .create_notification_config(&dictionary)
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        "POST /2/0/integrations/notification",
        Some(dictionary.clone()),
    );
    sim.clear_requests();
    client
        .cw()
        .update_notification_config(&id, dictionary.clone())
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("PUT {}", path(&id)),
        Some(dictionary),
    );
}

#[maybe_async]
#[test]
async fn the_new_id_stands_in_either_place() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = "f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3";
    for body in [
        json!({"status": {"code": 200}, "notification": {"notificationId": id}}),
        json!({"status": {"code": 200}, "notificationId": id}),
    ] {
        reply_once(&sim, "POST", "/2/0/integrations/notification", 200, &body);
        let created = client
            .cw()
            .create_notification_config(config(estate::IMPORT))
            .await
            .unwrap();
        assert_eq!(created, id, "{body}");
    }
}

#[maybe_async]
#[test]
async fn what_is_not_there_is_not_found() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let nobody = NotificationId::from(NOBODY);
    let (cw, words) = (client.cw(), "was not found");
    assert_refused(cw.get_notification_config(&nobody).await, 404, words);
    let update = cw
        .update_notification_config(&nobody, config(estate::IMPORT))
        .await;
    assert_refused(update, 404, words);
    assert_refused(cw.delete_notification_config(&nobody).await, 404, words);
    let create = cw.create_notification_config(config(NOBODY)).await;
    assert_refused(create, 404, words);
}

#[maybe_async]
#[test]
async fn what_cannot_be_right_never_leaves() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let mut crowd = on_the_wire(estate::IMPORT);
    crowd["notifications"]["config"][1]["users"] = json!(vec![BOB; 6]);
    let error = client.cw().create_notification_config(&crowd).await;
    assert_invalid(
        error,
        "notifications.config[1].users: expected 1 to 5 users, found 6",
    );
    crowd["notifications"]["config"][1]["users"] = json!([]);
    let error = client.cw().create_notification_config(&crowd).await;
    assert_invalid(
        error,
        "notifications.config[1].users: expected 1 to 5 users, found none",
    );
    let nothing = NotificationConfigInput::builder()
        .integration_id(estate::IMPORT)
        .channels([NotificationChannel::Email])
        .build();
    let id = NotificationId::from(NOBODY);
    let error = client.cw().update_notification_config(&id, nothing).await;
    assert_invalid(
        error,
        "notifications.config: expected at least one outcome, found none",
    );
    assert_eq!(sim.requests().len(), 0);
}
