//! Schedules in time: tables of what is known, and a second, slower reading of the rules.

use anaplan_sdk::models::cloud_works::{Recurrence, RunSummary, Schedule, ScheduleInput};
use anaplan_sdk::timetable::{
    LocalTime, MissedReason, Timetable, TimetableError, missed_runs, next_runs,
};
use jiff::civil::{Date, DateTime, Time, Weekday, date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use serde_json::{Value, json};

fn schedule(mut fields: Value) -> Schedule {
    let defaults = json!({"name": "S", "timezone": "UTC", "startDate": "2026-01-01"});
    for (name, value) in defaults.as_object().unwrap() {
        let fields = fields.as_object_mut().unwrap();
        fields.entry(name.clone()).or_insert(value.clone());
    }
    serde_json::from_value(fields).unwrap()
}

fn civil_after(schedule: &Schedule, after: &str, count: usize) -> Vec<String> {
    let timetable = Timetable::try_from(schedule).unwrap();
    let due = timetable.after(after.parse().unwrap()).take(count);
    due.map(|due| due.civil.to_string()).collect()
}

#[test]
fn five_kinds() {
    for (fields, after, expected) in [
        (
            json!({"type": "hourly", "repeatEvery": 3, "fromTime": "08:00", "toTime": "15:30", "daysOfWeek": [1, 5]}),
            "2026-06-05T10:00:00Z", // a Friday
            vec![
                "2026-06-05T11:00:00",
                "2026-06-05T14:00:00",
                "2026-06-08T08:00:00",
                "2026-06-08T11:00:00",
            ],
        ),
        (
            json!({"type": "hourly", "repeatEvery": 24, "fromTime": "08:00", "toTime": "23:59", "daysOfWeek": [0]}),
            "2026-06-05T10:00:00Z",
            vec!["2026-06-07T08:00:00", "2026-06-14T08:00:00"],
        ),
        (
            json!({"type": "daily", "time": "06:30"}),
            "2026-06-05T06:30:00Z", // what is due at the very instant is not after it
            vec!["2026-06-06T06:30:00", "2026-06-07T06:30:00"],
        ),
        (
            json!({"type": "weekly", "time": "06:30", "daysOfWeek": [6, 0]}),
            "2026-06-05T00:00:00Z",
            vec![
                "2026-06-06T06:30:00",
                "2026-06-07T06:30:00",
                "2026-06-13T06:30:00",
            ],
        ),
        (
            json!({"type": "monthly_specific_day", "time": "04:00", "dayOfMonth": 31}),
            "2026-01-01T00:00:00Z",
            vec![
                "2026-01-31T04:00:00",
                "2026-03-31T04:00:00",
                "2026-05-31T04:00:00",
                "2026-07-31T04:00:00",
                "2026-08-31T04:00:00",
                "2026-10-31T04:00:00",
                "2026-12-31T04:00:00",
            ],
        ),
        (
            json!({"type": "monthly_specific_day", "time": "04:00", "dayOfMonth": 30, "startDate": "2027-01-31"}),
            "2026-01-01T00:00:00Z",
            vec!["2027-03-30T04:00:00", "2027-04-30T04:00:00"],
        ),
        (
            json!({"type": "monthly_relative_weekday", "time": "04:00", "dayOfWeek": 1, "repeatEvery": 1}),
            "2026-01-01T00:00:00Z",
            vec![
                "2026-01-05T04:00:00",
                "2026-02-02T04:00:00",
                "2026-03-02T04:00:00",
            ],
        ),
        (
            // Months without a fifth Friday are passed over; the day as the documents' text has it.
            json!({"type": "monthly_relative_weekday", "time": "04:00", "daysOfWeek": [5], "repeatEvery": 5}),
            "2026-01-01T00:00:00Z",
            vec![
                "2026-01-30T04:00:00",
                "2026-05-29T04:00:00",
                "2026-07-31T04:00:00",
                "2026-10-30T04:00:00",
            ],
        ),
    ] {
        let schedule = schedule(fields);
        assert_eq!(
            civil_after(&schedule, after, expected.len()),
            expected,
            "{schedule:?}"
        );
    }
}

#[test]
fn leap_days() {
    // A schedule on the 29th runs in February once in four years; 2100 is no leap year.
    let on_29th =
        schedule(json!({"type": "monthly_specific_day", "time": "04:00", "dayOfMonth": 29}));
    let timetable = Timetable::try_from(&on_29th).unwrap();
    let februaries: Vec<String> = timetable
        .after("2027-12-31T00:00:00Z".parse().unwrap())
        .take_while(|due| due.civil.year() < 2110)
        .filter(|due| due.civil.month() == 2)
        .map(|due| due.civil.date().to_string())
        .collect();
    assert_eq!(februaries[0], "2028-02-29");
    assert_eq!(februaries.len(), (2096 - 2028) / 4 + 3);
    assert!(!februaries.iter().any(|day| day.starts_with("2100")));

    let daily = schedule(json!({"type": "daily", "time": "04:00"}));
    assert_eq!(
        civil_after(&daily, "2028-02-28T05:00:00Z", 2),
        ["2028-02-29T04:00:00", "2028-03-01T04:00:00"]
    );
}

#[test]
fn first_and_last_day_are_within() {
    let week = schedule(json!({
        "type": "daily", "time": "12:00", "startDate": "2026-02-27", "endDate": "2026-03-01",
    }));
    assert_eq!(
        civil_after(&week, "2020-01-01T00:00:00Z", 9),
        [
            "2026-02-27T12:00:00",
            "2026-02-28T12:00:00",
            "2026-03-01T12:00:00"
        ]
    );
    assert!(civil_after(&week, "2026-03-01T12:00:00Z", 9).is_empty());
}

/// `(zone, first day, time, day, by local time, anchored in UTC, how often the clocks show it)`:
/// both changes of the clocks in four zones, one of them with half an hour, one in the south.
#[test]
fn daylight_saving_in_both_readings() {
    use LocalTime::{Once, Skipped, Twice};
    for (zone, first, at, day, local, anchored, shown) in [
        // Paris, set up in winter: +1. Forward on 2026-03-29 at 02:00, back on 2026-10-25 at 03:00.
        (
            "Europe/Paris",
            "2026-01-01",
            "02:30",
            "2026-03-28",
            "01:30",
            "01:30",
            Once,
        ),
        (
            "Europe/Paris",
            "2026-01-01",
            "02:30",
            "2026-03-29",
            "01:30",
            "01:30",
            Skipped,
        ),
        (
            "Europe/Paris",
            "2026-01-01",
            "02:30",
            "2026-03-30",
            "00:30",
            "01:30",
            Once,
        ),
        (
            "Europe/Paris",
            "2026-01-01",
            "02:30",
            "2026-10-24",
            "00:30",
            "01:30",
            Once,
        ),
        (
            "Europe/Paris",
            "2026-01-01",
            "02:30",
            "2026-10-25",
            "00:30",
            "01:30",
            Twice,
        ),
        (
            "Europe/Paris",
            "2026-01-01",
            "02:30",
            "2026-10-26",
            "01:30",
            "01:30",
            Once,
        ),
        // Set up in summer: +2.
        (
            "Europe/Paris",
            "2026-07-01",
            "06:30",
            "2026-12-01",
            "05:30",
            "04:30",
            Once,
        ),
        // New York, in winter: -5. Forward on 2026-03-08 at 02:00, back on 2026-11-01 at 02:00.
        (
            "America/New_York",
            "2026-01-01",
            "02:15",
            "2026-03-07",
            "07:15",
            "07:15",
            Once,
        ),
        (
            "America/New_York",
            "2026-01-01",
            "02:15",
            "2026-03-08",
            "07:15",
            "07:15",
            Skipped,
        ),
        (
            "America/New_York",
            "2026-01-01",
            "02:15",
            "2026-03-09",
            "06:15",
            "07:15",
            Once,
        ),
        (
            "America/New_York",
            "2026-01-01",
            "01:15",
            "2026-11-01",
            "05:15",
            "06:15",
            Twice,
        ),
        (
            "America/New_York",
            "2026-01-01",
            "01:15",
            "2026-11-02",
            "06:15",
            "06:15",
            Once,
        ),
        // Sydney, in its summer: +11. Back on 2026-04-05 at 03:00, forward on 2026-10-04 at 02:00.
        (
            "Australia/Sydney",
            "2026-01-01",
            "02:30",
            "2026-04-05",
            "15:30",
            "15:30",
            Twice,
        ),
        (
            "Australia/Sydney",
            "2026-01-01",
            "02:30",
            "2026-04-06",
            "16:30",
            "15:30",
            Once,
        ),
        (
            "Australia/Sydney",
            "2026-01-01",
            "02:30",
            "2026-10-04",
            "16:30",
            "15:30",
            Skipped,
        ),
        (
            "Australia/Sydney",
            "2026-01-01",
            "02:30",
            "2026-10-05",
            "15:30",
            "15:30",
            Once,
        ),
        // Lord Howe, half an hour, in its summer: +11. Back on 2026-04-05, forward on 2026-10-04.
        (
            "Australia/Lord_Howe",
            "2026-01-01",
            "01:45",
            "2026-04-05",
            "14:45",
            "14:45",
            Twice,
        ),
        (
            "Australia/Lord_Howe",
            "2026-01-01",
            "02:15",
            "2026-04-06",
            "15:45",
            "15:15",
            Once,
        ),
        (
            "Australia/Lord_Howe",
            "2026-01-01",
            "02:15",
            "2026-10-04",
            "15:45",
            "15:15",
            Skipped,
        ),
        // Never: Kolkata.
        (
            "Asia/Kolkata",
            "2026-01-01",
            "02:30",
            "2026-07-01",
            "21:00",
            "21:00",
            Once,
        ),
    ] {
        let schedule = schedule(json!({
            "type": "daily", "time": at, "timezone": zone, "startDate": first,
        }));
        let timetable = Timetable::try_from(&schedule).unwrap();
        let wanted: Date = day.parse().unwrap();
        let due = timetable
            .after("2026-01-01T00:00:00Z".parse().unwrap())
            .find(|due| due.civil.date() == wanted)
            .unwrap();
        let utc = |at: Timestamp| {
            TimeZone::UTC
                .to_datetime(at)
                .time()
                .strftime("%H:%M")
                .to_string()
        };
        let found = (
            utc(due.by_local_time.at),
            utc(due.anchored_in_utc.at),
            due.local_time,
        );
        assert_eq!(
            found,
            (local.to_owned(), anchored.to_owned(), shown),
            "{zone} {day}"
        );
        assert_eq!(due.readings_differ(), local != anchored);
    }
}

#[test]
fn an_occurrence_tells_both_readings_plainly() {
    let paris = schedule(json!({
        "type": "weekly", "time": "22:30", "daysOfWeek": [6], "timezone": "Europe/Paris",
    }));
    let timetable = Timetable::try_from(&paris).unwrap();
    let shown = |after: &str| {
        let due = timetable.after(after.parse().unwrap()).next().unwrap();
        due.to_string()
    };
    assert_eq!(
        shown("2026-01-10T12:00:00Z"),
        "2026-01-10T22:30:00+01:00[Europe/Paris] (in the maintenance window)"
    );
    assert_eq!(
        shown("2026-07-04T12:00:00Z"),
        "2026-07-04T22:30:00+02:00[Europe/Paris] (in the maintenance window); by the service's \
         anchoring in UTC 2026-07-04T23:30:00+02:00[Europe/Paris] (in the maintenance window)"
    );
}

#[test]
fn inputs_and_replies_come_to_the_same() {
    let inputs = [
        ScheduleInput::hourly()
            .name("H")
            .timezone("Asia/Tokyo")
            .start_date(date(2026, 1, 1))
            .repeat_every(2)
            .from_time(time(8, 0, 0, 0))
            .to_time(time(18, 0, 0, 0))
            .days_of_week([Weekday::Monday, Weekday::Sunday])
            .build(),
        ScheduleInput::monthly_relative_weekday()
            .name("M")
            .timezone("Asia/Tokyo")
            .start_date(date(2026, 1, 1))
            .time(time(8, 0, 0, 0))
            .day_of_week(Weekday::Friday)
            .repeat_every(4)
            .build(),
    ];
    for input in inputs {
        let reply: Schedule =
            serde_json::from_value(serde_json::to_value(&input).unwrap()).unwrap();
        assert_eq!(next_runs(&input, 20), next_runs(&reply, 20));
        assert_eq!(next_runs(&input, 20).unwrap().len(), 20);
    }
}

#[test]
fn a_schedule_that_is_off_is_never_due() {
    let off = schedule(json!({"type": "daily", "time": "06:30", "status": "Inactive"}));
    assert_eq!(next_runs(&off, 3), Ok(vec![]));
}

#[test]
fn what_cannot_be_laid_out_is_said() {
    use TimetableError::{Kind, Missing, OutOfRange, TimeZone};
    for (fields, expected) in [
        (json!({}), Missing("type")),
        (json!({"type": "daily"}), Missing("time")),
        (
            json!({"type": "weekly", "time": "06:30"}),
            Missing("daysOfWeek"),
        ),
        (
            json!({"type": "weekly", "time": "06:30", "daysOfWeek": [7]}),
            OutOfRange("daysOfWeek"),
        ),
        (
            json!({"type": "fortnightly", "time": "06:30"}),
            Kind("fortnightly".into()),
        ),
        (
            json!({"type": "monthly_specific_day", "time": "06:30", "dayOfMonth": 32}),
            OutOfRange("dayOfMonth"),
        ),
        (
            json!({"type": "monthly_relative_weekday", "time": "06:30", "dayOfWeek": 1, "repeatEvery": 6}),
            OutOfRange("repeatEvery"),
        ),
        (
            json!({"type": "daily", "time": "06:30", "timezone": "Mars/Base"}),
            TimeZone("Mars/Base".into()),
        ),
        (
            json!({"type": "daily", "time": "06:30", "startDate": null}),
            Missing("startDate"),
        ),
    ] {
        assert_eq!(next_runs(&schedule(fields), 1), Err(expected));
    }
}

// Missed runs.

fn run(id: &str, start: &str, end: &str, source: &str) -> RunSummary {
    serde_json::from_value(json!({
        "id": id, "startDate": start, "endDate": end, "success": true, "message": "Success",
        "triggerSource": source,
    }))
    .unwrap()
}

fn missed(
    schedule: &Schedule,
    runs: &[RunSummary],
    since: &str,
    now: &str,
) -> Vec<(String, MissedReason)> {
    let timetable = Timetable::try_from(schedule).unwrap();
    missed_runs(
        &timetable,
        runs,
        since.parse().unwrap(),
        now.parse().unwrap(),
    )
    .into_iter()
    .map(|missed| (missed.occurrence.civil.to_string(), missed.reason))
    .collect()
}

#[test]
fn what_did_not_run_is_missed() {
    let daily = schedule(json!({"type": "daily", "time": "06:30"}));
    let runs = [
        // Within the window, and at its very end.
        run(
            "a",
            "2026-06-01T06:30:04Z",
            "2026-06-01T06:31:00Z",
            "scheduled",
        ),
        run(
            "b",
            "2026-06-02T06:45:00Z",
            "2026-06-02T06:46:00Z",
            "scheduled",
        ),
        // Too late; by hand.
        run(
            "c",
            "2026-06-03T06:45:01Z",
            "2026-06-03T06:46:00Z",
            "scheduled",
        ),
        run(
            "d",
            "2026-06-04T06:31:00Z",
            "2026-06-04T06:32:00Z",
            "manual",
        ),
        // One by hand was under way.
        run(
            "e",
            "2026-06-05T06:00:00Z",
            "2026-06-05T07:00:00Z",
            "manual",
        ),
    ];
    let found = missed(
        &daily,
        &runs,
        "2026-05-31T12:00:00Z",
        "2026-06-07T06:40:00Z",
    );
    let unknown = |day: &str| (format!("2026-06-{day}T06:30:00"), MissedReason::Unknown);
    assert_eq!(
        found,
        [
            unknown("03"),
            (
                "2026-06-04T06:30:00".into(),
                MissedReason::AlreadyRunning("d".into())
            ),
            (
                "2026-06-05T06:30:00".into(),
                MissedReason::AlreadyRunning("e".into())
            ),
            unknown("06"),
            // The 7th may still come.
        ]
    );
}

#[test]
fn the_maintenance_window_explains_it() {
    let saturdays = schedule(json!({"type": "weekly", "time": "22:00", "daysOfWeek": [6]}));
    let found = missed(
        &saturdays,
        &[],
        "2026-07-01T00:00:00Z",
        "2026-07-05T00:00:00Z",
    );
    assert_eq!(
        found,
        [("2026-07-04T22:00:00".into(), MissedReason::Maintenance)]
    );
}

#[test]
fn the_reading_that_the_runs_bear_out_is_taken() {
    let paris = schedule(json!({"type": "daily", "time": "06:30", "timezone": "Europe/Paris"}));
    let all = |hour: u32| -> Vec<RunSummary> {
        (1..=9)
            .filter(|day| *day != 4)
            .map(|day| {
                let at = |minute| format!("2026-07-0{day}T0{hour}:{minute}:00Z");
                run(&format!("r{day}"), &at(31), &at(33), "scheduled")
            })
            .collect()
    };
    for hour in [4, 5] {
        let found = missed(
            &paris,
            &all(hour),
            "2026-07-01T00:00:00Z",
            "2026-07-09T12:00:00Z",
        );
        assert_eq!(
            found,
            [("2026-07-04T06:30:00".into(), MissedReason::Unknown)],
            "{hour}"
        );
    }
}

#[test]
fn each_run_counts_once() {
    let hourly = schedule(json!({
        "type": "hourly", "repeatEvery": 1, "fromTime": "08:00", "toTime": "11:00",
        "daysOfWeek": [0, 1, 2, 3, 4, 5, 6],
    }));
    let runs = [
        run(
            "a",
            "2026-06-01T08:01:00Z",
            "2026-06-01T08:02:00Z",
            "scheduled",
        ),
        run(
            "b",
            "2026-06-01T08:03:00Z",
            "2026-06-01T08:04:00Z",
            "scheduled",
        ),
        run(
            "c",
            "2026-06-01T10:01:00Z",
            "2026-06-01T10:02:00Z",
            "scheduled",
        ),
    ];
    let found = missed(
        &hourly,
        &runs,
        "2026-06-01T00:00:00Z",
        "2026-06-01T12:00:00Z",
    );
    let missed: Vec<&str> = found.iter().map(|(civil, _)| &civil[11..16]).collect();
    assert_eq!(missed, ["09:00", "11:00"]);
}

// The second reading: day by day, minute by minute, by counting.

const DAY_NAMES: [Weekday; 7] = [
    Weekday::Sunday,
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
];

/// Days since a Sunday, counted; not asked of the calendar.
fn day_name(day: Date) -> Weekday {
    let days = (day - date(2023, 1, 1)).get_days();
    DAY_NAMES[usize::try_from(days.rem_euclid(7)).unwrap()]
}

fn is_due(recurrence: &Recurrence, day: Date, minute: i32) -> bool {
    let at = |time: &Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
    match recurrence {
        Recurrence::Hourly {
            repeat_every,
            from_time,
            to_time,
            days_of_week,
        } => {
            let (from, to) = (at(from_time), at(to_time));
            let step = i32::try_from(*repeat_every).unwrap() * 60;
            from <= minute
                && minute <= to
                && (minute - from) % step == 0
                && days_of_week.contains(&day_name(day))
        }
        Recurrence::Daily { time } => at(time) == minute,
        Recurrence::Weekly { time, days_of_week } => {
            at(time) == minute && days_of_week.contains(&day_name(day))
        }
        Recurrence::MonthlySpecificDay { time, day_of_month } => {
            at(time) == minute && u32::try_from(day.day()).unwrap() == *day_of_month
        }
        Recurrence::MonthlyRelativeWeekday {
            time,
            day_of_week,
            repeat_every,
        } => {
            let same_name_so_far = (1..=day.day())
                .filter(|d| day_name(date(day.year(), day.month(), *d)) == *day_of_week)
                .count();
            at(time) == minute
                && day_name(day) == *day_of_week
                && same_name_so_far == *repeat_every as usize
        }
        _ => false,
    }
}

/// When the clocks of a zone first show this, tried out over some hours.
fn instant_of(zone: &TimeZone, civil: DateTime) -> Timestamp {
    let around = TimeZone::UTC.to_timestamp(civil).unwrap();
    // Every change of the clocks here is by whole quarters of an hour.
    let quarter = SignedDuration::from_mins(15);
    let guess = around - SignedDuration::from_secs(zone.to_offset(around).seconds().into());
    let mut instant = guess - SignedDuration::from_hours(3);
    let end = guess + SignedDuration::from_hours(3);
    while instant < end {
        let shown = zone.to_datetime(instant);
        if shown == civil {
            return instant;
        }
        if shown > civil {
            // The clocks were put forward past it: what they would show unchanged.
            let before = zone.to_offset(instant - quarter);
            return before.to_timestamp(civil).unwrap();
        }
        instant += quarter;
    }
    panic!("{civil} is nowhere")
}

type Reading = (DateTime, Timestamp, Timestamp);

fn by_counting(input: &ScheduleInput, after: Timestamp, days: i32) -> Vec<Reading> {
    let zone = TimeZone::get(&input.timezone).unwrap();
    let due_on = |day: Date| {
        (0..24 * 60)
            .filter(move |minute| is_due(&input.recurrence, day, *minute))
            .map(move |minute| day.at(0, 0, 0, 0) + minute.minutes())
    };
    let anchor_time = match &input.recurrence {
        Recurrence::Hourly { from_time, .. } => *from_time,
        Recurrence::Daily { time }
        | Recurrence::Weekly { time, .. }
        | Recurrence::MonthlySpecificDay { time, .. }
        | Recurrence::MonthlyRelativeWeekday { time, .. } => *time,
        _ => unreachable!(),
    };
    let anchor = zone.to_offset(instant_of(&zone, input.start_date.to_datetime(anchor_time)));
    (0..days)
        .map(|n| input.start_date + n.days())
        .filter(|day| input.end_date.is_none_or(|end| *day <= end))
        .flat_map(due_on)
        .map(|civil| {
            (
                civil,
                instant_of(&zone, civil),
                anchor.to_timestamp(civil).unwrap(),
            )
        })
        .filter(|(_, local, anchored)| *local > after || *anchored > after)
        .collect()
}

fn a_time() -> impl Strategy<Value = Time> {
    (0_i8..24, 0_i8..60).prop_map(|(hour, minute)| time(hour, minute, 0, 0))
}

fn a_weekday() -> impl Strategy<Value = Weekday> {
    proptest::sample::select(DAY_NAMES.to_vec())
}

fn some_weekdays() -> impl Strategy<Value = Vec<Weekday>> {
    proptest::sample::subsequence(DAY_NAMES.to_vec(), 1..=7)
}

fn a_schedule() -> impl Strategy<Value = ScheduleInput> {
    let zones = [
        "UTC",
        "Europe/Paris",
        "America/New_York",
        "America/Los_Angeles",
        "Australia/Sydney",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Pacific/Apia",
        "America/St_Johns",
        "Africa/Cairo",
    ];
    let base = (
        proptest::sample::select(zones.to_vec()),
        0_i32..800,
        proptest::option::of(0_i32..60),
    );
    (
        base,
        0..5,
        a_time(),
        a_time(),
        some_weekdays(),
        a_weekday(),
        1_u32..32,
        1_u32..6,
        1_u32..25,
    )
        .prop_map(
            |((zone, start, length), kind, one, other, days, day, of_month, which, hours)| {
                let start = date(2025, 12, 1) + start.days();
                let end = length.map(|length| start + length.days());
                let (name, zone) = ("S", zone);
                match kind {
                    0 => ScheduleInput::hourly()
                        .name(name)
                        .timezone(zone)
                        .start_date(start)
                        .maybe_end_date(end)
                        .repeat_every(hours)
                        .from_time(one.min(other))
                        .to_time(one.max(other))
                        .days_of_week(days)
                        .build(),
                    1 => ScheduleInput::daily()
                        .name(name)
                        .timezone(zone)
                        .start_date(start)
                        .maybe_end_date(end)
                        .time(one)
                        .build(),
                    2 => ScheduleInput::weekly()
                        .name(name)
                        .timezone(zone)
                        .start_date(start)
                        .maybe_end_date(end)
                        .time(one)
                        .days_of_week(days)
                        .build(),
                    3 => ScheduleInput::monthly_specific_day()
                        .name(name)
                        .timezone(zone)
                        .start_date(start)
                        .maybe_end_date(end)
                        .time(one)
                        .day_of_month(of_month)
                        .build(),
                    _ => ScheduleInput::monthly_relative_weekday()
                        .name(name)
                        .timezone(zone)
                        .start_date(start)
                        .maybe_end_date(end)
                        .time(one)
                        .day_of_week(day)
                        .repeat_every(which)
                        .build(),
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn counting_comes_to_the_same(input in a_schedule(), into in 0_i64..60 * 24 * 60) {
        const DAYS: i32 = 62;
        let begins = TimeZone::UTC.to_timestamp(input.start_date.at(0, 0, 0, 0)).unwrap();
        let after = begins + SignedDuration::from_mins(into - 24 * 60);
        let counted = by_counting(&input, after, DAYS);
        let horizon = input.start_date + DAYS.days();
        let timetable = Timetable::try_from(&input).unwrap();
        let found: Vec<Reading> = timetable
            .after(after)
            .take_while(|due| due.civil.date() < horizon)
            .map(|due| (due.civil, due.by_local_time.at, due.anchored_in_utc.at))
            .collect();
        prop_assert_eq!(found, counted);
    }
}
