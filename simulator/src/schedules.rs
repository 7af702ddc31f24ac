//! `/integrations/{id}/schedule`

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::call::Call;
use crate::check::{self, Object};
use crate::reply::{self, Answer, Refusal, no_route};
use crate::shared::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route(
            "/integrations/{id}/schedule",
            post(create).put(update).delete(delete),
        )
        .route(
            "/integrations/{id}/schedule/status/{status}",
            post(set_status),
        )
}

/// What each kind needs beside `name`, `type`, `timezone` and `startDate`.
fn needs(kind: &str) -> Option<&'static [&'static str]> {
    match kind {
        "hourly" => Some(&["repeatEvery", "fromTime", "toTime", "daysOfWeek"]),
        "daily" => Some(&["time"]),
        "weekly" => Some(&["time", "daysOfWeek"]),
        "monthly_specific_day" => Some(&["time", "dayOfMonth"]),
        "monthly_relative_weekday" => Some(&["time", "dayOfWeek", "repeatEvery"]),
        _ => None,
    }
}

/// Checks a schedule; `status` may stand in it, and means nothing.
pub(crate) fn complete(mut schedule: Object) -> Result<Object, Refusal> {
    schedule.remove("status");
    let kind = check::text_in(&schedule, "type")?;
    let own = needs(kind).ok_or_else(Refusal::invalid)?;
    let mut required = vec!["name", "type", "timezone", "startDate"];
    required.extend(own);
    check::fields(&schedule, &required, &["endDate"])?;
    for (name, value) in &schedule {
        match name.as_str() {
            "time" | "fromTime" | "toTime" => is(value, is_time)?,
            "startDate" | "endDate" => is(value, is_date)?,
            "timezone" => is(value, |text| text == "UTC" || text.contains('/'))?,
            "daysOfWeek" => days(check::list_in(&schedule, name)?)?,
            "dayOfWeek" => check::whole_in(&schedule, name, 0, 6).map(drop)?,
            "dayOfMonth" => check::whole_in(&schedule, name, 1, 31).map(drop)?,
            "repeatEvery" => {
                let most = if kind == "hourly" { 24 } else { 5 };
                check::whole_in(&schedule, name, 1, most).map(drop)?;
            }
            _ => check::text_in(&schedule, name).map(drop)?,
        }
    }
    let date = |name: &str| schedule.get(name).and_then(Value::as_str);
    if date("endDate")
        .zip(date("startDate"))
        .is_some_and(|(end, start)| end < start)
    {
        return Err(Refusal::new(
            400,
            "Invalid schedule: endDate is before startDate",
        ));
    }
    schedule.insert("status".into(), json!("Active"));
    Ok(schedule)
}

fn is(value: &Value, good: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    value
        .as_str()
        .filter(|text| good(text))
        .map(drop)
        .ok_or_else(Refusal::invalid)
}

/// `HH:MM`
fn is_time(text: &str) -> bool {
    let number =
        |part: &str, most: u8| part.len() == 2 && part.parse::<u8>().is_ok_and(|n| n <= most);
    text.split_once(':')
        .is_some_and(|(hours, minutes)| number(hours, 23) && number(minutes, 59))
}

/// `YYYY-MM-DD`
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

fn days(days: &[Value]) -> Result<(), Refusal> {
    let good = !days.is_empty()
        && days
            .iter()
            .all(|day| day.as_i64().is_some_and(|day| (0..=6).contains(&day)));
    if good {
        Ok(())
    } else {
        Err(Refusal::invalid())
    }
}

/// The body names the integration again, or is refused.
fn asked(call: &Call) -> Result<Object, Refusal> {
    let body = call.object()?;
    check::fields(&body, &["integrationId", "schedule"], &[])?;
    if check::text_in(&body, "integrationId")? != call.param("id") {
        return Err(Refusal::invalid());
    }
    complete(check::object_in(&body, "schedule")?.clone())
}

async fn create(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let schedule = asked(&call)?;
    change(&shared, &call, "created", |current| match current {
        Some(_) => Err(Refusal::new(
            409,
            "A schedule already exists for this integration",
        )),
        None => Ok(Some(schedule)),
    })
}

async fn update(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let mut schedule = asked(&call)?;
    change(&shared, &call, "updated", |current| {
        let status = current.and_then(|old| old.get("status")).cloned();
        schedule.insert("status".into(), status.ok_or_else(none)?);
        Ok(Some(schedule))
    })
}

async fn delete(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    change(&shared, &call, "deleted", |current| {
        current.map(|_| None).ok_or_else(none)
    })
}

async fn set_status(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    call.nothing()?;
    let (action, status) = match call.param("status") {
        "enabled" => ("enabled", "Active"),
        "disabled" => ("disabled", "Inactive"),
        _ => return Ok(no_route()),
    };
    change(&shared, &call, action, |current| {
        let mut schedule = current.cloned().ok_or_else(none)?;
        schedule.insert("status".into(), json!(status));
        Ok(Some(schedule))
    })
}

fn none() -> Refusal {
    Refusal::new(404, "Schedule was not found for this integration")
}

fn change(
    shared: &Shared,
    call: &Call,
    action: &str,
    new: impl FnOnce(Option<&Object>) -> Result<Option<Object>, Refusal>,
) -> Answer {
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    let integration = world
        .integration_mut(&id)
        .ok_or_else(|| Refusal::not_found("Integration", &id))?;
    integration.schedule = new(integration.schedule.as_ref())?;
    let name = integration.name().to_owned();
    world.did(action, "schedule", &id, &name);
    reply::done()
}
