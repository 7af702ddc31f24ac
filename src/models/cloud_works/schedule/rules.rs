//! The fields and the rules of schedules.

use std::collections::HashSet;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Span, ToSpan};
use serde_json::{Map, Value};

use super::{Schedule, ScheduleInput, ScheduleType, is_in_maintenance};
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
    ) {
        if to == from {
            let message = "expected a time after `fromTime`";
            walk.problem("toTime", ProblemKind::Conflict, message);
        } else if to < from {
            let message = "it is before `fromTime`, and no source says whether the service takes a \
                           window over midnight: two schedules, one on each side of it, are certain";
            walk.warning("toTime", WarningKind::OverMidnight, message);
        }
    }
    if let Some(name) = text("name") {
        let length = name.chars().count();
        if length > MAX_NAME_LENGTH {
            let message = format!("the vendor allows {MAX_NAME_LENGTH} characters, found {length}");
            walk.warning("name", WarningKind::UnusualName, message);
        }
    }
    if let Some(name) = text("timezone")
        && let Some(zone) = time_zone(name, walk)
    {
        clock_change(schedule, &zone, walk);
        maintenance(schedule, &zone, walk);
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

/// The vendor's help: the name of a schedule.
const MAX_NAME_LENGTH: usize = 128;

/// The time zones that the vendor's web page offers, as the public Python client `anaplan-sdk` lists
/// them. The API takes others, too.
const LISTED_TIME_ZONES: [&str; 38] = [
    "America/Anchorage",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/New_York",
    "America/Nuuk",
    "America/Sao_Paulo",
    "Asia/Dhaka",
    "Asia/Dubai",
    "Asia/Hong_Kong",
    "Asia/Jakarta",
    "Asia/Kabul",
    "Asia/Karachi",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Rangoon",
    "Asia/Tel_Aviv",
    "Asia/Tokyo",
    "Atlantic/Cape_Verde",
    "Australia/Adelaide",
    "Australia/Brisbane",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Australia/Melbourne",
    "Australia/Perth",
    "Canada/Newfoundland",
    "Etc/GMT+12",
    "Europe/London",
    "Europe/Moscow",
    "Europe/Paris",
    "Greenwich",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Honolulu",
    "Pacific/Marquesas",
    "Pacific/Norfolk",
    "US/Aleutian",
    "US/Samoa",
];

/// What the vendor advises, whatever its web page offers.
const UTC: [&str; 4] = ["UTC", "Etc/UTC", "GMT", "Etc/GMT"];

/// The time zone, if this machine knows it, with a warning where the vendor or this machine does
/// not. A machine may have no time zones at all.
fn time_zone(name: &str, walk: &mut Walk) -> Option<TimeZone> {
    let zones: &TimeZoneDatabase = jiff::tz::db();
    let zone = zones.get(name).ok();
    if zone.is_none() && !zones.is_definitively_empty() {
        let message = "not a known IANA time zone, such as `Europe/Paris`";
        walk.warning("timezone", WarningKind::UnknownTimeZone, message);
    } else if !LISTED_TIME_ZONES.contains(&name) && !UTC.contains(&name) {
        let message = "not among the 38 time zones that the vendor's web page offers: other \
                       programs may refuse to read the schedule";
        walk.warning("timezone", WarningKind::UnlistedTimeZone, message);
    }
    zone
}

/// The first run of a day, and where it stands.
fn first_time(schedule: &Map<String, Value>) -> Option<(&'static str, Time)> {
    ["time", "fromTime"].into_iter().find_map(|field| {
        let text = schedule.get(field).and_then(Value::as_str)?;
        Some((field, time(text)?))
    })
}

fn day(schedule: &Map<String, Value>, field: &str) -> Option<Date> {
    schedule.get(field).and_then(Value::as_str).and_then(date)
}

/// The service keeps the time in UTC as it was on the first day, so that the runs move by local time
/// when the clocks change.
fn clock_change(schedule: &Map<String, Value>, zone: &TimeZone, walk: &mut Walk) {
    let Some((_, time)) = first_time(schedule) else {
        return;
    };
    let Some(first) =
        day(schedule, "startDate").and_then(|day| zone.to_timestamp(day.to_datetime(time)).ok())
    else {
        return;
    };
    let begin = first.max(walk.now);
    let before = zone.to_offset(begin);
    let Some(change) = zone
        .following(begin)
        .take_while(|change| change.timestamp().duration_since(begin) < A_YEAR)
        .find(|change| change.offset() != before)
    else {
        return;
    };
    let on = change.offset().to_datetime(change.timestamp()).date();
    if day(schedule, "endDate").is_some_and(|last| last < on) {
        return;
    }
    let minutes = (change.offset().seconds() - before.seconds()) / 60;
    let by = match minutes.abs() {
        60 => "1 hour".to_owned(),
        whole if whole % 60 == 0 => format!("{} hours", whole / 60),
        minutes => format!("{minutes} minutes"),
    };
    let message = format!(
        "the clocks of this time zone change in {}, and the service keeps the time in UTC: from then \
         on runs come {by} {} by local time, until the clocks change again; the vendor advises UTC",
        on.strftime("%B %Y"),
        if minutes < 0 { "earlier" } else { "later" },
    );
    walk.warning("timezone", WarningKind::ClockChange, message);
}

const A_YEAR: SignedDuration = SignedDuration::from_hours(366 * 24);
const HALF_A_YEAR: SignedDuration = SignedDuration::from_hours(182 * 24);

/// Warns of runs that are due on Saturdays when the service starts none. Its window moves with US
/// daylight saving, and the runs do not, being kept in UTC: both halves of the year count.
fn maintenance(schedule: &Map<String, Value>, zone: &TimeZone, walk: &mut Walk) {
    let Some(((field, from), start)) = first_time(schedule).zip(day(schedule, "startDate")) else {
        return;
    };
    let number = |name: &str| schedule.get(name).and_then(Value::as_i64);
    let listed = |name: &str| schedule.get(name).and_then(Value::as_array);
    let falls_on = |date: Date| {
        let weekday = i64::from(date.weekday().to_sunday_zero_offset());
        match (listed("daysOfWeek"), number("dayOfWeek")) {
            (Some(days), _) => days.iter().any(|day| day.as_i64() == Some(weekday)),
            (None, Some(day)) => day == weekday,
            // Every day, or a day of the month, which comes to be a Saturday.
            (None, None) => true,
        }
    };
    let last = schedule
        .get("toTime")
        .and_then(Value::as_str)
        .and_then(time);
    let step = Span::new().hours(number("repeatEvery").unwrap_or(24).clamp(1, 24));
    let times = std::iter::successors(Some(from), |time| time.checked_add(step).ok())
        .take_while(|time| *time == from || last.is_some_and(|last| *time <= last));
    let end = day(schedule, "endDate").unwrap_or(Date::MAX);
    let days = start.series(1.day()).take(7).filter(|date| falls_on(*date));
    let Ok(first) = zone.to_timestamp(start.to_datetime(from)) else {
        return;
    };
    let anchor = zone.to_offset(first);
    let is_skipped = |at: DateTime| {
        let instant = anchor.to_timestamp(at);
        at.date() <= end && instant.is_ok_and(is_in_maintenance)
    };
    let skipped = days
        .flat_map(|date| times.clone().map(move |time| date.to_datetime(time)))
        .any(|at| is_skipped(at) || at.checked_add(HALF_A_YEAR).is_ok_and(is_skipped));
    if skipped {
        let message = "on Saturdays the service starts no run of a schedule from 13:00 to 17:00 US \
                       Pacific time (from 20:00 or 21:00 UTC, for four hours), and none of those is \
                       made up for";
        walk.warning(field, WarningKind::Maintenance, message);
    }
}
