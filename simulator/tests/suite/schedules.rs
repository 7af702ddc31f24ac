use cloudworks_sim::{Simulator, estate};
use serde_json::{Value, json};

use crate::client::Client;

fn daily() -> Value {
    json!({"name": "s", "type": "daily", "time": "12:45", "startDate": "2026-07-03", "timezone": "Europe/Paris"})
}

fn body(schedule: Value) -> Value {
    json!({"integrationId": estate::EXPORT, "schedule": schedule})
}

#[test]
fn a_schedule_from_creation_to_deletion() {
    let simulator = Simulator::builder().strict(true).start();
    let client = Client::new(&simulator);
    let path = format!("/integrations/{}/schedule", estate::EXPORT);
    let read = || {
        client
            .get(&format!("/integrations/{}", estate::EXPORT))
            .ok()["integration"]["schedule"]
            .clone()
    };
    assert_eq!(client.put(&path, body(daily())).status, 404);
    assert_eq!(
        client
            .post_nothing(&format!("{path}/status/enabled"))
            .status,
        404
    );
    client.post(&path, body(daily())).ok();
    assert_eq!(read()["status"], "Active");
    assert_eq!(client.post(&path, body(daily())).status, 409);
    client.post_nothing(&format!("{path}/status/disabled")).ok();
    assert_eq!(read()["status"], "Inactive");
    let mut later = daily();
    later["time"] = json!("13:00");
    client.put(&path, body(later.clone())).ok();
    assert_eq!(
        (&read()["time"], &read()["status"]),
        (&json!("13:00"), &json!("Inactive"))
    );
    client
        .put(&path, json!({"schedule": later}))
        .is(400, "Invalid value for integration_id");
    client
        .put(
            &path,
            json!({"integrationId": estate::IMPORT, "schedule": later}),
        )
        .is(400, "Invalid request body");
    assert_eq!(
        client.post_nothing(&format!("{path}/status/paused")).kind,
        "text/html"
    );
    client.delete(&path).ok();
    assert_eq!(read(), Value::Null);
    assert_eq!(client.delete(&path).status, 404);
}

#[test]
fn each_kind_has_its_own_fields() {
    let simulator = Simulator::builder().strict(true).start();
    let client = Client::new(&simulator);
    let path = format!("/integrations/{}/schedule", estate::EXPORT);
    let base =
        json!({"name": "s", "startDate": "2026-07-03", "endDate": "2026-12-01", "timezone": "UTC"});
    let with = |more: Value| {
        let mut schedule = base.clone();
        schedule
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        client.post(&path, body(schedule))
    };
    let good = [
        json!({"type": "hourly", "repeatEvery": 2, "fromTime": "20:00", "toTime": "23:20", "daysOfWeek": [0, 6]}),
        json!({"type": "daily", "time": "00:00"}),
        json!({"type": "weekly", "time": "23:59", "daysOfWeek": [3]}),
        json!({"type": "monthly_specific_day", "time": "12:45", "dayOfMonth": 31}),
        json!({"type": "monthly_relative_weekday", "time": "12:45", "dayOfWeek": 1, "repeatEvery": 2}),
    ];
    for schedule in good {
        with(schedule).ok();
        client.delete(&path).ok();
    }
    let bad = [
        json!({"type": "yearly", "time": "00:00"}),
        json!({"type": "daily"}),
        json!({"type": "daily", "time": "24:00"}),
        json!({"type": "daily", "time": "1:00"}),
        json!({"type": "daily", "time": "10:00", "daysOfWeek": [1]}),
        json!({"type": "daily", "time": "10:00", "startDate": "3 July"}),
        json!({"type": "weekly", "time": "10:00", "daysOfWeek": []}),
        json!({"type": "weekly", "time": "10:00", "daysOfWeek": [7]}),
        json!({"type": "monthly_specific_day", "time": "12:45", "dayOfMonth": 32}),
        json!({"type": "monthly_relative_weekday", "time": "12:45", "daysOfWeek": [1], "repeatEvery": 2}),
    ];
    for schedule in bad {
        with(schedule).is(400, "Invalid request body");
    }
}
