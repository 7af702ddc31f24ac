//! Schedules: what is sent, what comes back, what is refused.

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::jiff::civil::{Weekday, date, time};
use cloudworks_sim::{Simulator, estate};
use serde_json::{Value, json};

use super::{
    NOBODY, assert_invalid, assert_refused, assert_sent, client_of, maybe_async, only_request,
    reply_once, test,
};

fn path(id: &str) -> String {
    format!("/2/0/integrations/{id}/schedule")
}

fn daily() -> ScheduleInput {
    ScheduleInput::daily()
        .name("Nightly")
        .timezone("Europe/Paris")
        .start_date(date(2027, 1, 1))
        .time(time(2, 30, 0, 0))
        .build()
}

fn daily_on_the_wire() -> Value {
    json!({
        "name": "Nightly", "type": "daily", "timezone": "Europe/Paris", "startDate": "2027-01-01",
        "time": "02:30",
    })
}

/// Every kind, typed, and as it travels.
fn kinds() -> [(ScheduleInput, Value); 5] {
    let (start, end) = (date(2027, 1, 1), date(2027, 12, 31));
    let hourly = ScheduleInput::hourly()
        .name("Office hours")
        .timezone("America/New_York")
        .start_date(start)
        .end_date(end)
        .repeat_every(2)
        .from_time(time(8, 0, 0, 0))
        .to_time(time(18, 5, 0, 0))
        .days_of_week([Weekday::Monday, Weekday::Friday])
        .build();
    let weekly = ScheduleInput::weekly()
        .name("Weekends")
        .timezone("Asia/Tokyo")
        .start_date(start)
        .time(time(23, 59, 0, 0))
        .days_of_week([Weekday::Sunday, Weekday::Saturday])
        .build();
    let closing = ScheduleInput::monthly_specific_day()
        .name("Closing")
        .timezone("UTC")
        .start_date(start)
        .end_date(end)
        .time(time(4, 0, 0, 0))
        .day_of_month(28)
        .build();
    let second_tuesday = ScheduleInput::monthly_relative_weekday()
        .name("Second Tuesday")
        .timezone("Europe/Paris")
        .start_date(start)
        .time(time(0, 0, 0, 0))
        .day_of_week(Weekday::Tuesday)
        .repeat_every(2)
        .build();
    [
        (
            hourly,
            json!({
                "name": "Office hours", "type": "hourly", "timezone": "America/New_York",
                "startDate": "2027-01-01", "endDate": "2027-12-31", "repeatEvery": 2,
                "fromTime": "08:00", "toTime": "18:05", "daysOfWeek": [1, 5],
            }),
        ),
        (daily(), daily_on_the_wire()),
        (
            weekly,
            json!({
                "name": "Weekends", "type": "weekly", "timezone": "Asia/Tokyo",
                "startDate": "2027-01-01", "time": "23:59", "daysOfWeek": [0, 6],
            }),
        ),
        (
            closing,
            json!({
                "name": "Closing", "type": "monthly_specific_day", "timezone": "UTC",
                "startDate": "2027-01-01", "endDate": "2027-12-31", "time": "04:00",
                "dayOfMonth": 28,
            }),
        ),
        (
            second_tuesday,
            json!({
                "name": "Second Tuesday", "type": "monthly_relative_weekday",
                "timezone": "Europe/Paris", "startDate": "2027-01-01", "time": "00:00",
                "dayOfWeek": 2, "repeatEvery": 2,
            }),
        ),
    ]
}

#[maybe_async]
#[test]
async fn creates_every_kind_and_reads_it_back() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = IntegrationId::from(estate::NEVER_RUN);
    for (input, wire) in kinds() {
        sim.clear_requests();
        client
            .cw()
            .create_schedule(&id, input.clone())
            .await
            .unwrap();
        assert_sent(
            &only_request(&sim),
            &format!("POST {}", path(id.as_str())),
            Some(json!({"integrationId": id, "schedule": wire})),
        );
        let integration = client.cw().get_integration(&id).await.unwrap();
        let schedule = integration.schedule.unwrap();
        assert_eq!(schedule.status, Some(ScheduleState::Active));
        assert!(schedule.other_fields.is_empty(), "{schedule:?}");
        let back = ScheduleInput::try_from(&schedule).unwrap();
        assert_eq!(back, input);
        sim.clear_requests();
        client.cw().delete_schedule(&id).await.unwrap();
        assert_sent(
            &only_request(&sim),
            &format!("DELETE {}", path(id.as_str())),
            None,
        );
        let integration = client.cw().get_integration(&id).await.unwrap();
        assert_eq!(integration.schedule, None);
    }
}

#[maybe_async]
#[test]
async fn a_dictionary_is_sent_like_the_typed_payload() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = IntegrationId::from(estate::NEVER_RUN);
    for (input, wire) in kinds() {
        let inside = json!({"integrationId": id, "schedule": wire.clone()});
        for dictionary in [wire.clone(), inside.clone()] {
            sim.clear_requests();
            client.cw().create_schedule(&id, &dictionary).await.unwrap();
            assert_sent(
                &only_request(&sim),
                &format!("POST {}", path(id.as_str())),
                Some(inside.clone()),
            );
            client.cw().delete_schedule(&id).await.unwrap();
        }
        assert_eq!(ScheduleInput::try_from(wire), Ok(input));
    }
}

#[maybe_async]
#[test]
async fn updates_name_the_integration_in_the_body_too() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    client
        .cw()
        .update_schedule(estate::IMPORT, daily())
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("PUT {}", path(estate::IMPORT)),
        Some(json!({"integrationId": estate::IMPORT, "schedule": daily_on_the_wire()})),
    );
    let integration = client.cw().get_integration(estate::IMPORT).await.unwrap();
    let schedule = integration.schedule.unwrap();
    assert_eq!(schedule.schedule_type, Some(ScheduleType::Daily));
    assert_eq!(schedule.days_of_week, [0_i64; 0]);
}

#[maybe_async]
#[test]
async fn what_was_read_is_changed_and_sent_again() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let integration = client.cw().get_integration(estate::IMPORT).await.unwrap();
    let mut schedule = ScheduleInput::try_from(&integration.schedule.unwrap()).unwrap();
    schedule.timezone = "Europe/Berlin".to_owned();
    schedule.end_date = None;
    sim.clear_requests();
    client
        .cw()
        .update_schedule(estate::IMPORT, schedule)
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("PUT {}", path(estate::IMPORT)),
        Some(json!({"integrationId": estate::IMPORT, "schedule": {
            "name": "Every working day", "type": "weekly", "timezone": "Europe/Berlin",
            "startDate": "2026-05-04", "time": "06:30", "daysOfWeek": [1, 2, 3, 4, 5],
        }})),
    );
}

#[maybe_async]
#[test]
async fn switches_off_and_on() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    for (status, word, state) in [
        (
            ScheduleStatus::Disabled,
            "disabled",
            ScheduleState::Inactive,
        ),
        (ScheduleStatus::Enabled, "enabled", ScheduleState::Active),
    ] {
        sim.clear_requests();
        client
            .cw()
            .set_schedule_status(estate::IMPORT, status)
            .await
            .unwrap();
        assert_sent(
            &only_request(&sim),
            &format!("POST {}/status/{word}", path(estate::IMPORT)),
            None,
        );
        let integration = client.cw().get_integration(estate::IMPORT).await.unwrap();
        assert_eq!(integration.schedule.unwrap().status, Some(state));
    }
}

#[maybe_async]
#[test]
async fn an_update_leaves_it_switched_off() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let cw = client.cw();
    cw.set_schedule_status(estate::IMPORT, ScheduleStatus::Disabled)
        .await
        .unwrap();
    cw.update_schedule(estate::IMPORT, daily()).await.unwrap();
    let integration = cw.get_integration(estate::IMPORT).await.unwrap();
    let schedule = integration.schedule.unwrap();
    assert_eq!(schedule.status, Some(ScheduleState::Inactive));
}

#[maybe_async]
#[test]
async fn the_documented_form_of_the_answer_is_a_success_too() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let body = json!({
        "status": {"code": 200, "message": "Success"},
        "scheduledIntegration": {"id": "6f9a1b2c3d4e5f6a1b2c3d4e5f6a1b2c"},
    });
    let path = path(estate::NEVER_RUN);
    reply_once(&sim, "POST", &path, 200, &body);
    client
        .cw()
        .create_schedule(estate::NEVER_RUN, daily())
        .await
        .unwrap();
}

#[maybe_async]
#[test]
async fn an_integration_has_one_at_most() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let second = client.cw().create_schedule(estate::IMPORT, daily()).await;
    assert_refused(
        second,
        409,
        "A schedule already exists for this integration",
    );
}

#[maybe_async]
#[test]
async fn what_is_not_there_is_not_found() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let cw = client.cw();
    assert_refused(
        cw.create_schedule(NOBODY, daily()).await,
        404,
        "Integration 00000000000000000000000000000000 was not found",
    );
    for id in [NOBODY, estate::NEVER_RUN] {
        let words = "was not found";
        assert_refused(cw.update_schedule(id, daily()).await, 404, words);
        let off = cw.set_schedule_status(id, ScheduleStatus::Disabled).await;
        assert_refused(off, 404, words);
        assert_refused(cw.delete_schedule(id).await, 404, words);
    }
}

#[maybe_async]
#[test]
async fn a_tenant_that_is_not_entitled_learns_of_the_role() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let body = json!({"status": {"code": 452, "message": "Tenant not entitled"}});
    let path = path(estate::IMPORT);
    reply_once(&sim, "DELETE", &path, 452, &body);
    let refused = client.cw().delete_schedule(estate::IMPORT).await;
    assert_refused(refused, 452, "Restricted Integration User");
}

#[maybe_async]
#[test]
async fn what_cannot_be_right_never_leaves() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let id = estate::NEVER_RUN;
    let mut backwards = daily();
    backwards.end_date = Some(date(2026, 12, 31));
    assert_invalid(
        client.cw().create_schedule(id, backwards).await,
        "endDate: expected no day before `startDate`, 2027-01-01, found 2026-12-31",
    );
    let mut dayless = kinds()[2].1.clone();
    dayless.as_object_mut().unwrap().remove("daysOfWeek");
    assert_invalid(
        client.cw().update_schedule(id, dayless).await,
        "daysOfWeek: field required",
    );
    let mut misnamed = kinds()[4].1.clone();
    misnamed["daysOfWeek"] = json!([2]);
    misnamed.as_object_mut().unwrap().remove("dayOfWeek");
    assert_invalid(
        client.cw().create_schedule(id, misnamed).await,
        "dayOfWeek: field required",
    );
    assert_eq!(sim.requests().len(), 0);
}
