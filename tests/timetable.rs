//! Schedules in time: tables of what is known, and a second, slower reading of the rules.

use anaplan_sdk::models::cloud_works::{Recurrence, RunId, RunSummary, Schedule, ScheduleInput};
use anaplan_sdk::timetable::{
    DueRuns, DueState, LocalTime, MissedReason, Timetable, TimetableError, missed_runs, next_runs,
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

fn run_by(source: &str, id: &str, start: &str, end: &str) -> RunSummary {
    run(
        id,
        &format!("2026-06-{start}:00Z"),
        &format!("2026-06-{end}:00Z"),
        source,
    )
}

fn running(id: &str, start: &str, source: &str) -> RunSummary {
    serde_json::from_value(json!({
        "id": id, "startDate": format!("2026-06-{start}:00Z"), "success": false,
        "message": "Running", "triggerSource": source,
    }))
    .unwrap()
}

fn review(schedule: &Schedule, runs: &[RunSummary], since: &str, now: &str) -> DueRuns {
    let timetable = Timetable::try_from(schedule).unwrap();
    missed_runs(
        &timetable,
        runs,
        since.parse().unwrap(),
        now.parse().unwrap(),
    )
}

/// `01T06:30 on time a` and its like.
fn told(due: &DueRuns) -> Vec<String> {
    let all = due.all.iter().map(|due| {
        let state = match &due.state {
            DueState::OnTime(run) => format!("on time {run}"),
            DueState::Late { run, by } => format!("late {run} by {}", by.as_mins()),
            DueState::Merged(run) => format!("merged {run}"),
            DueState::Open { until: None } => "open".to_owned(),
            DueState::Open { until: Some(until) } => {
                format!("open until {}", &until.to_string()[8..16])
            }
            DueState::MadeUp(run) => format!("made up {run}"),
            DueState::Missed(MissedReason::Unknown) => "missed".to_owned(),
            DueState::Missed(MissedReason::Maintenance) => "missed: maintenance".to_owned(),
            DueState::Missed(MissedReason::AlreadyRunning(run)) => format!("missed: {run}"),
            state => panic!("{state:?}"),
        };
        format!("{} {state}", &due.due.at.to_string()[8..16])
    });
    all.collect()
}

/// What came of a schedule in June, from its first day on.
fn in_june(schedule: &Schedule, runs: &[RunSummary], now: &str) -> Vec<String> {
    let since = "2026-05-31T23:00:00Z";
    told(&review(
        schedule,
        runs,
        since,
        &format!("2026-06-{now}:00Z"),
    ))
}

fn daily(time: &str) -> Schedule {
    schedule(json!({"type": "daily", "time": time}))
}

fn hourly(from: &str, to: &str) -> Schedule {
    schedule(json!({
        "type": "hourly", "repeatEvery": 1, "fromTime": from, "toTime": to,
        "daysOfWeek": [0, 1, 2, 3, 4, 5, 6],
    }))
}

#[test]
fn a_run_that_waited_for_another_is_late_and_not_missed() {
    let runs = [
        run_by("manual", "long", "01T11:45", "01T13:45"),
        run_by("scheduled", "own", "01T13:47", "01T13:50"),
    ];
    assert_eq!(
        in_june(&daily("12:15"), &runs, "01T14:00"),
        ["01T12:15 late own by 92"]
    );
    let by = review(
        &daily("12:15"),
        &runs,
        "2026-06-01T00:00:00Z",
        "2026-06-01T14:00:00Z",
    );
    assert_eq!(by.late().count(), 1);
    assert_eq!(by.to_make_up(), None);
    assert!(
        by.all[0].to_string().ends_with(": late by 1h 32m, run own"),
        "{}",
        by.all[0]
    );
}

#[test]
fn a_short_wait_is_late_as_well() {
    let runs = [
        run_by("manual", "short", "01T12:00", "01T12:18"),
        run_by("scheduled", "own", "01T12:20", "01T12:30"),
    ];
    assert_eq!(
        in_june(&daily("12:15"), &runs, "01T14:00"),
        ["01T12:15 late own by 5"]
    );
}

#[test]
fn a_due_time_in_a_run_is_open_until_the_window_after_its_end() {
    let under_way = [running("long", "01T11:45", "manual")];
    let daily = daily("12:15");
    assert_eq!(
        in_june(&daily, &under_way, "03T00:00")[..1],
        ["01T12:15 open"]
    );
    let ended = [run_by("manual", "long", "01T11:45", "01T13:45")];
    for (now, expected) in [
        ("01T13:46", "01T12:15 open until 01T14:00"),
        ("01T14:00", "01T12:15 open until 01T14:00"),
        ("01T14:01", "01T12:15 missed: long"),
    ] {
        assert_eq!(in_june(&daily, &ended, now), [expected]);
    }
    assert_eq!(
        in_june(&daily, &[], "01T12:29"),
        ["01T12:15 open until 01T12:30"]
    );
    assert_eq!(in_june(&daily, &[], "01T12:31"), ["01T12:15 missed"]);
}

#[test]
fn the_first_run_after_the_end_serves_all_that_waited() {
    let hourly = hourly("08:00", "12:00");
    let runs = [
        run_by("scheduled", "a", "01T08:03", "01T10:20"),
        run_by("scheduled", "b", "01T10:25", "01T10:30"),
        run_by("scheduled", "c", "01T11:00", "01T11:10"),
    ];
    assert_eq!(
        in_june(&hourly, &runs, "01T12:05"),
        [
            "01T08:00 on time a",
            "01T09:00 late b by 85",
            "01T10:00 merged b",
            "01T11:00 on time c",
            "01T12:00 open until 01T12:15",
        ]
    );
    // None came: both are missed.
    assert_eq!(
        in_june(&hourly, &[runs[0].clone(), runs[2].clone()], "01T12:05"),
        [
            "01T08:00 on time a",
            "01T09:00 missed: a",
            "01T10:00 missed: a",
            "01T11:00 on time c",
            "01T12:00 open until 01T12:15",
        ]
    );
}

#[test]
fn the_wait_goes_on_while_other_runs_come_between() {
    let runs = [
        run_by("manual", "one", "01T12:00", "01T13:00"),
        run_by("manual_inf", "two", "01T13:10", "01T15:00"),
        run_by("scheduled", "own", "01T15:12", "01T15:20"),
    ];
    assert_eq!(
        in_june(&daily("12:15"), &runs, "01T16:00"),
        ["01T12:15 late own by 177"]
    );
    assert_eq!(
        in_june(&daily("12:15"), &runs[..2], "01T15:10"),
        ["01T12:15 open until 01T15:15"]
    );
}

#[test]
fn a_due_time_between_an_end_and_the_next_start_is_served_by_that_start() {
    let runs = [
        run_by("scheduled", "a", "01T08:00", "01T09:58"),
        run_by("scheduled", "b", "01T10:05", "01T10:30"),
    ];
    assert_eq!(
        in_june(&hourly("08:00", "10:00"), &runs, "01T12:00"),
        [
            "01T08:00 on time a",
            "01T09:00 late b by 65",
            "01T10:00 merged b"
        ]
    );
}

#[test]
fn what_did_not_run_is_missed() {
    let runs = [
        // Within the window, and at its very end.
        run_by("scheduled", "a", "01T06:30", "01T06:31"),
        run_by("scheduled", "b", "02T06:45", "02T06:46"),
        // One by hand was under way.
        run_by("manual", "e", "05T06:00", "05T07:00"),
    ];
    assert_eq!(
        in_june(&daily("06:30"), &runs, "07T06:40"),
        [
            "01T06:30 on time a",
            "02T06:30 on time b",
            // A run by hand has begun since.
            "03T06:30 made up e",
            "04T06:30 made up e",
            "05T06:30 missed: e",
            "06T06:30 missed",
            "07T06:30 open until 07T06:45",
        ]
    );
}

#[test]
fn what_was_run_by_hand_since_is_not_to_be_run_again() {
    let daily = daily("06:30");
    let since = "2026-06-01T00:00:00Z";
    let at = |runs: &[RunSummary], now: &str| {
        review(&daily, runs, since, &format!("2026-06-01T{now}:00Z"))
    };
    // Nothing came: a monitor runs it again.
    let missed = at(&[], "06:50");
    assert_eq!(missed.missed().count(), 1);
    assert_eq!(missed.to_make_up(), Some(&missed.all[0]));
    // It looks again, while that run is under way, and after it.
    let by_hand = running("hand", "01T06:51", "manual");
    let again = at(&[by_hand], "06:52");
    assert_eq!(
        (told(&again), again.to_make_up()),
        (vec!["01T06:30 made up hand".to_owned()], None)
    );
    let by_hand = run_by("manual", "hand", "01T06:51", "01T07:00");
    let again = at(&[by_hand], "08:00");
    assert_eq!(
        (told(&again), again.to_make_up()),
        (vec!["01T06:30 made up hand".to_owned()], None)
    );
    // The service was hours behind, and nobody was faster.
    let behind = run_by("scheduled", "own", "01T09:00", "01T09:10");
    assert_eq!(told(&at(&[behind], "10:00")), ["01T06:30 made up own"]);
}

#[test]
fn what_the_next_scheduled_run_has_done_is_not_to_be_run_again() {
    let runs = [run_by("scheduled", "b", "02T06:31", "02T06:40")];
    let due = review(
        &daily("06:30"),
        &runs,
        "2026-06-01T00:00:00Z",
        "2026-06-02T12:00:00Z",
    );
    assert_eq!(told(&due), ["01T06:30 missed", "02T06:30 on time b"]);
    assert_eq!(due.to_make_up(), None);
    // One waits to begin: it does not say when it began to wait.
    let mut waiting = running("q", "02T12:00", "manual");
    waiting.start_date = None;
    let due = review(
        &daily("06:30"),
        &[waiting],
        "2026-06-01T00:00:00Z",
        "2026-06-02T12:00:00Z",
    );
    assert_eq!((due.missed().count(), due.to_make_up()), (0, None));
}

#[test]
fn the_maintenance_window_explains_it() {
    let saturdays = schedule(json!({"type": "weekly", "time": "22:00", "daysOfWeek": [6]}));
    let found = review(
        &saturdays,
        &[],
        "2026-07-01T00:00:00Z",
        "2026-07-05T00:00:00Z",
    );
    assert_eq!(told(&found), ["04T22:00 missed: maintenance"]);
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
        let found = review(
            &paris,
            &all(hour),
            "2026-07-01T00:00:00Z",
            "2026-07-09T12:00:00Z",
        );
        let missed: Vec<String> = found
            .missed()
            .map(|due| due.occurrence.civil.to_string())
            .collect();
        assert_eq!(missed, ["2026-07-04T06:30:00"], "{hour}");
    }
}

#[test]
fn each_run_counts_once() {
    let runs = [
        run_by("scheduled", "a", "01T08:01", "01T08:02"),
        run_by("scheduled", "b", "01T08:03", "01T08:04"),
        run_by("scheduled", "c", "01T10:01", "01T10:02"),
    ];
    assert_eq!(
        in_june(&hourly("08:00", "11:00"), &runs, "01T12:00"),
        [
            "01T08:00 on time a",
            "01T09:00 missed",
            "01T10:00 on time c",
            "01T11:00 missed"
        ]
    );
}

#[test]
fn a_run_that_was_under_way_at_the_beginning_counts() {
    // It was due, and began, before the time that is asked for; so did one that waits for it.
    let runs = [
        run_by("scheduled", "a", "01T08:00", "01T11:10"),
        run_by("scheduled", "b", "01T11:15", "01T11:20"),
    ];
    let found = review(
        &hourly("08:00", "12:00"),
        &runs,
        "2026-06-01T09:30:00Z",
        "2026-06-01T11:30:00Z",
    );
    // 09:00 is the first that waited.
    assert_eq!(told(&found), ["01T10:00 merged b", "01T11:00 merged b"]);
}

#[test]
fn a_record_without_an_end_has_one_when_the_next_run_begins() {
    let runs = [
        running("stuck", "01T06:31", "scheduled"),
        run_by("scheduled", "b", "02T06:31", "02T06:40"),
    ];
    assert_eq!(
        in_june(&daily("06:30"), &runs, "03T07:00"),
        [
            "01T06:30 on time stuck",
            "02T06:30 late b by 1",
            "03T06:30 missed"
        ]
    );
}

/// The service's rule, played: what it does at each due time, one run at a time.
struct Played {
    runs: Vec<RunSummary>,
    /// The due times, and by which run each is served; `None` where the service forgot it.
    due: Vec<(Timestamp, Option<usize>)>,
}

/// How a service does: how long its runs take, how late it begins them, whether it forgets one.
#[derive(Clone, Debug)]
struct Doing {
    length: SignedDuration,
    delay: SignedDuration,
    forgets: bool,
    /// A run by hand, so long after the due time, if nothing is under way or waits then.
    by_hand: Option<SignedDuration>,
}

fn play(due: &[Timestamp], doing: &[Doing]) -> Played {
    let mut runs: Vec<RunSummary> = Vec::new();
    let mut served: Vec<(Timestamp, Option<usize>)> = Vec::new();
    // When the run that is under way ends, and when the one that waits begins.
    let mut free = Timestamp::MIN;
    let mut pending: Option<Timestamp> = None;
    let start =
        |runs: &mut Vec<RunSummary>, at: Timestamp, length: SignedDuration, source: &str| {
            let id = runs.len().to_string();
            let end = at + length;
            runs.push(run(&id, &at.to_string(), &end.to_string(), source));
            end
        };
    for (i, at) in due.iter().enumerate() {
        let what = &doing[i % doing.len()];
        if pending.is_some_and(|begins| begins < *at) {
            pending = None;
        }
        if pending.is_some() {
            // One that waits serves this one, too.
            served.push((*at, Some(runs.len() - 1)));
            continue;
        }
        if free <= *at && what.forgets {
            served.push((*at, None));
            continue;
        }
        let begins = free.max(*at) + what.delay;
        free = start(&mut runs, begins, what.length, "scheduled");
        served.push((*at, Some(runs.len() - 1)));
        pending = Some(begins);
        let next = due.get(i + 1).copied().unwrap_or(Timestamp::MAX);
        if let Some(after) = what.by_hand {
            let at = free + after;
            // Nobody starts one by hand in a start window, or over the next due time.
            if at < next - SignedDuration::from_mins(1) {
                free = start(
                    &mut runs,
                    at,
                    what.length.min(SignedDuration::from_mins(20)),
                    "manual",
                );
            }
        }
    }
    Played { runs, due: served }
}

fn a_doing() -> impl Strategy<Value = Doing> {
    (
        prop_oneof![
            1_i64..60,
            60_i64..3600,
            3600_i64..14_400,
            14_400_i64..400_000
        ],
        0_i64..=15 * 60,
        prop::bool::weighted(0.1),
        proptest::option::weighted(0.2, 1_i64..36_000),
    )
        .prop_map(|(length, delay, forgets, by_hand)| Doing {
            length: SignedDuration::from_secs(length),
            delay: SignedDuration::from_secs(delay),
            forgets,
            by_hand: by_hand.map(SignedDuration::from_secs),
        })
}

/// What the history shows at a time.
fn shown(runs: &[RunSummary], now: Timestamp) -> Vec<RunSummary> {
    let begun = runs.iter().filter(|run| run.start_date.unwrap() <= now);
    begun
        .map(|run| {
            let mut run = run.clone();
            if run.end_date.unwrap() > now {
                run.end_date = None;
                run.success = Some(false);
                run.message = Some("Running".into());
            }
            run
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    /// Any schedule, any length of runs, one run at a time, for a year: no run is counted twice,
    /// nothing is missed while one was under way, and each due time is told for what it came to.
    #[test]
    fn a_year_by_the_rule_of_the_service(
        input in a_schedule(),
        in_utc: bool,
        doing in proptest::collection::vec(a_doing(), 1..30),
        into in 0_i64..365 * 24 * 3600,
        back in 1_i64..40 * 24 * 3600,
    ) {
        let mut input = input;
        if in_utc {
            input.timezone = "UTC".into();
        }
        let timetable = Timetable::try_from(&input).unwrap();
        let begins = TimeZone::UTC.to_timestamp(input.start_date.at(0, 0, 0, 0)).unwrap()
            - SignedDuration::from_hours(24);
        let year = begins + SignedDuration::from_hours(366 * 24);
        let due: Vec<Timestamp> = timetable
            .after(begins)
            .map(|due| due.anchored_in_utc.at)
            .take_while(|at| *at < year)
            .collect();
        let Played { runs, due } = play(&due, &doing);
        let now = begins + SignedDuration::from_secs(into);
        let since = now - SignedDuration::from_secs(back);
        let runs = shown(&runs, now);
        let found = missed_runs(&timetable, &runs, since, now);
        let by_id = |id: &RunId| &runs[id.as_str().parse::<usize>().unwrap()];
        let mut counted = std::collections::HashSet::new();
        for due in &found.all {
            if due.due != due.occurrence.anchored_in_utc {
                // By chance, the runs bear out the other reading better.
                return Ok(());
            }
            match &due.state {
                DueState::OnTime(run) | DueState::Late { run, .. } => {
                    prop_assert!(counted.insert(run.clone()), "{run} twice");
                }
                DueState::Merged(run) => {
                    prop_assert!(by_id(run).start_date.unwrap() >= due.due.at);
                }
                DueState::Missed(_) => {
                    // None was under way then, nor in the window after.
                    let over = |run: &RunSummary| run.end_date.is_none_or(|end| end > due.due.at);
                    let was = |run: &&RunSummary| run.start_date.unwrap() <= due.due.at && over(run);
                    let forgotten = runs.iter().find(was);
                    prop_assert!(forgotten.is_none(), "{due} while {forgotten:?}");
                }
                _ => {}
            }
        }
        // The truth, where one reading is all there is.
        if input.timezone != "UTC" && input.timezone != "Asia/Kolkata" {
            return Ok(());
        }
        let window = SignedDuration::from_mins(15);
        let mut owners = std::collections::HashSet::new();
        let expected: Vec<String> = due
            .iter()
            .filter(|(at, _)| *at <= now)
            .map(|(at, run)| {
                let run = run.map(|run| (run, owners.insert(run)));
                (at, run)
            })
            .filter(|(at, _)| **at > since)
            .map(|(at, run)| match run {
                Some((run, _)) if run >= runs.len() => "open".to_owned(),
                Some((run, true)) => {
                    let start = runs[run].start_date.unwrap();
                    let busy = runs.iter().any(|other| {
                        other.start_date.unwrap() < *at && other.end_date.is_none_or(|end| end > *at)
                    });
                    if busy || start.duration_since(*at) > window { format!("late {run}") } else { format!("on time {run}") }
                }
                Some((run, false)) => format!("merged {run}"),
                None if *at + window >= now => "open".to_owned(),
                None => "missed".to_owned(),
            })
            .collect();
        let states: Vec<String> = found
            .all
            .iter()
            .map(|due| match &due.state {
                DueState::OnTime(run) => format!("on time {run}"),
                DueState::Late { run, .. } => format!("late {run}"),
                DueState::Merged(run) => format!("merged {run}"),
                DueState::Open { .. } => "open".to_owned(),
                DueState::Missed(_) | DueState::MadeUp(_) => "missed".to_owned(),
                state => panic!("{state:?}"),
            })
            .collect();
        prop_assert_eq!(states, expected);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// A monitor that runs again what it is told to make up for, every ten minutes: each due time
    /// is served by one run, and no run is started while another could still serve it.
    #[test]
    fn a_monitor_never_loads_twice(
        minute in 0_i8..60,
        doing in proptest::collection::vec(a_doing(), 1..12),
        lasts in 1_i64..90,
    ) {
        let input = ScheduleInput::hourly()
            .name("S")
            .timezone("UTC")
            .start_date(date(2026, 1, 1))
            .repeat_every(3)
            .from_time(time(0, minute, 0, 0))
            .to_time(time(23, 59, 0, 0))
            .days_of_week(DAY_NAMES)
            .build();
        let timetable = Timetable::try_from(&input).unwrap();
        let begins: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let due: Vec<Timestamp> = timetable.after(begins).take(12).map(|due| due.anchored_in_utc.at).collect();
        let doing: Vec<Doing> = doing.into_iter().map(|doing| Doing {
            by_hand: None,
            length: doing.length.min(SignedDuration::from_hours(2)),
            ..doing
        }).collect();
        let Played { mut runs, due } = play(&due, &doing);
        let forgotten = due.iter().filter(|(_, run)| run.is_none()).count();
        let mut started = 0;
        let mut now = begins;
        while now < due.last().unwrap().0 {
            let found = missed_runs(&timetable, &shown(&runs, now), begins, now);
            if let Some(missed) = found.to_make_up() {
                let at = missed.due.at;
                // Nothing has begun since it was due.
                prop_assert!(!runs.iter().any(|run| (at..=now).contains(&run.start_date.unwrap())));
                let end = now + SignedDuration::from_mins(lasts);
                runs.push(run(&format!("m{started}"), &now.to_string(), &end.to_string(), "manual"));
                started += 1;
            }
            now += SignedDuration::from_mins(10);
        }
        prop_assert!(started <= forgotten, "{started} of {forgotten}");
    }
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
