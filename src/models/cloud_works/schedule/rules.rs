//! The fields and the rules of schedules.

use std::collections::HashSet;

use jiff::tz::TimeZoneDatabase;
use serde_json::{Map, Value};

use super::{Schedule, ScheduleInput, ScheduleType};
use crate::validation::{
    Field, Object, ProblemKind, Shape, Union, Walk, WarningKind, date, inputs, time,
};

const WEEKDAY: Shape = Shape::Integer(0, 6);
const TIME: Field = Field::required("time", Shape::Time, "The time of day.");
const DAYS: Field = Field::required(
    "daysOfWeek",
    Shape::List(&WEEKDAY, (1, 7), "day"),
    "The days of the week, 0 = Sunday … 6 = Saturday.",
);
const DAY_OF_MONTH: Field =
    Field::required("dayOfMonth", Shape::Integer(1, 31), "The day of the month.");
const DAY_OF_WEEK: Field = Field::required(
    "dayOfWeek",
    WEEKDAY,
    "The day of the week, 0 = Sunday … 6 = Saturday.",
);
const FROM: Field = Field::required("fromTime", Shape::Time, "The start of the window.");
const TO: Field = Field::required("toTime", Shape::Time, "The end of the window.");
const HOURS: Field = Field::required(
    "repeatEvery",
    Shape::Integer(1, 24),
    "The hours between runs.",
);
const WHICH: Field = Field::required(
    "repeatEvery",
    Shape::Integer(1, 5),
    "Which of the days of its kind in the month.",
);

macro_rules! schedules {
    ($($name:ident = $words:expr, $doc:literal, [$($field:expr),*];)*) => {$(
        static $name: Object = Object::new(
            $doc,
            &[
                Field::required("name", Shape::Text, "The schedule's name."),
                Field::required("type", Shape::Word($words), "How it recurs."),
                Field::required("timezone", Shape::Text, "The time zone, an IANA name."),
                Field::required("startDate", Shape::Date, "The first day."),
                Field::optional("endDate", Shape::Date, "The last day."),
                $($field),*
            ],
        )
        .read_only(&["status", "nextScheduleDate"])
        .rules(schedule);
    )*};
}

const fn optional(field: Field) -> Field {
    Field {
        required: false,
        ..field
    }
}

schedules! {
    HOURLY = &["hourly"], "Every few hours within a window of some days of the week.",
        [HOURS, FROM, TO, DAYS];
    DAILY = &["daily"], "Once a day.", [TIME];
    WEEKLY = &["weekly"], "On some days of the week.", [TIME, DAYS];
    SPECIFIC_DAY = &["monthly_specific_day"], "On one day of the month.", [TIME, DAY_OF_MONTH];
    RELATIVE_WEEKDAY = &["monthly_relative_weekday"],
        "On the n-th of a day of the week in the month.", [TIME, DAY_OF_WEEK, WHICH];
    UNKNOWN = ScheduleType::WORDS, "A schedule.", [
        optional(TIME), optional(FROM), optional(TO), optional(DAYS), optional(DAY_OF_MONTH),
        optional(DAY_OF_WEEK), optional(HOURS)
    ];
}

static SCHEDULE: Union = Union {
    tag: Some(("type", true)),
    variants: &[
        ("hourly", &HOURLY),
        ("daily", &DAILY),
        ("weekly", &WEEKLY),
        ("monthly_specific_day", &SPECIFIC_DAY),
        ("monthly_relative_weekday", &RELATIVE_WEEKDAY),
    ],
    guess: |_| None,
    fallback: Some(&UNKNOWN),
};

/// A schedule as it travels, which is taken as well.
static WRAPPED: Object = Object::new(
    "A schedule and its integration.",
    &[Field::required(
        "schedule",
        Shape::Union(&SCHEDULE),
        "The schedule.",
    )],
)
.ignored(&["integrationId"]);

inputs! {
    ScheduleInput => Shape::Union(&SCHEDULE), or "schedule" in Shape::Object(&WRAPPED),
        read as Schedule;
}

fn schedule(schedule: &Map<String, Value>, walk: &mut Walk) {
    let text = |name: &str| schedule.get(name).and_then(Value::as_str);
    let number = |name: &str| schedule.get(name).and_then(Value::as_i64);

    if let (Some(start), Some(end)) = (
        text("startDate").and_then(date),
        text("endDate").and_then(date),
    ) && end < start
    {
        let message = format!("expected no day before `startDate`, {start}, found {end}");
        walk.problem("endDate", ProblemKind::Conflict, message);
    }
    if let (Some(from), Some(to)) = (
        text("fromTime").and_then(time),
        text("toTime").and_then(time),
    ) && to <= from
    {
        let message = "expected a time after `fromTime`";
        walk.problem("toTime", ProblemKind::Conflict, message);
    }
    if let Some(name) = text("timezone") {
        known_time_zone(name, walk);
    }
    if let Some(day @ 29..) = number("dayOfMonth") {
        let message = format!("some months have no day {day}: the schedule passes over them");
        walk.warning("dayOfMonth", WarningKind::ShortMonth, message);
    }
    match (text("type"), number("repeatEvery")) {
        (Some("monthly_relative_weekday"), Some(5)) => {
            let message = "some months have no fifth such day: the schedule passes over them";
            walk.warning("repeatEvery", WarningKind::ShortMonth, message);
        }
        (Some("hourly"), Some(24)) => {
            let message = "a day has no second run after 24 hours";
            walk.warning("repeatEvery", WarningKind::NoEffect, message);
        }
        _ => {}
    }
    let mut seen = HashSet::new();
    let days = schedule.get("daysOfWeek").and_then(Value::as_array);
    for (i, day) in days.into_iter().flatten().enumerate() {
        if day.is_number() && !seen.insert(day.as_i64()) {
            let path = format!("daysOfWeek[{i}]");
            walk.warning(&path, WarningKind::Repeated, "this day is here twice");
        }
    }
}

/// Warns of a time zone that this machine does not know, unless it has no time zones at all.
fn known_time_zone(name: &str, walk: &mut Walk) {
    let zones: &TimeZoneDatabase = jiff::tz::db();
    if !zones.is_definitively_empty() && zones.get(name).is_err() {
        let message = "not a known IANA time zone, such as `Europe/Paris`";
        walk.warning("timezone", WarningKind::UnknownTimeZone, message);
    }
}
