//! What a schedule has to have.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::state::check::{self, Object};
use crate::state::refusal::Refusal;

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
