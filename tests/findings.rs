//! What is found in an estate. Each code has an estate that draws it, and one that is near to it and
//! does not: both are a healthy estate with a change.
#![cfg(feature = "estate")]

use std::collections::BTreeSet;

use anaplan_sdk::estate::{Code, Depth, Estate, Finding, Findings};
use anaplan_sdk::preflight::Severity;
use serde_json::{Value, json};

const NOW: &str = "2026-11-25T06:41:00Z";

/// All is well in it, to all depths.
fn healthy() -> Value {
    let at = |day: u8, time: &str| format!("2026-11-{day:02}T{time}Z");
    let run = |id: &str, start: String, end: String, trigger: &str| {
        json!({
            "id": id, "triggeredBy": "Ada Planner", "startDate": start, "endDate": end, "success": true,
            "message": "Success", "triggerSource": trigger,
        })
    };
    let latest = |start: String, end: String| {
        json!({"startDate": start, "endDate": end, "success": true, "message": "Success",
               "triggeredBy": "Ada Planner"})
    };
    let scheduled = |day: u8| {
        run(
            &format!("r{day}"),
            at(day, "05:15:30"),
            at(day, "05:17:30"),
            "scheduled",
        )
    };
    let integration = |id: &str, name: &str, day: u8| {
        json!({
            "integrationId": id, "name": name, "workspaceId": "w1", "modelId": "M1", "notificationId": format!("n-{id}"),
            "createdBy": "Ada Planner", "creationDate": "2026-10-01T08:00:00Z", "nuxVisible": false,
            "latestRun": latest(at(day, "05:15:30"), at(day, "05:17:30")),
        })
    };
    let mut products = integration("i1", "Products", 23);
    products["schedule"] = json!({
        "name": "Mondays", "type": "weekly", "time": "06:15", "daysOfWeek": [1], "startDate": "2026-11-02",
        "endDate": "2027-12-31", "timezone": "Europe/Paris", "status": "Active",
    });
    let mut load = integration("i2", "Load everything", 25);
    load["processId"] = json!("118000000012");
    let forecast = integration("i3", "Forecast", 25);
    let import_job = json!({
        "type": "AzureBlobToAnaplan",
        "sources": [{"type": "AzureBlob", "connectionId": "c1", "file": "products.csv"}],
        "targets": [{"type": "Anaplan", "actionId": "112000000001", "fileId": "113000000001"}],
    });
    let export_job = json!({
        "type": "AnaplanToGoogleBigQuery",
        "sources": [{"type": "Anaplan", "actionId": "116000000001"}],
        "targets": [{"type": "GoogleBigQuery", "connectionId": "c2", "table": "forecast"}],
        "mapping": [{"sourceName": "Product", "targetName": "product"}],
    });
    let with_jobs = |id: &str, name: &str, process: Option<&str>, jobs: Value| json!({"integrationId": id, "name": name, "workspaceId": "w1", "modelId": "M1", "processId": process, "jobs": jobs});
    let told = |id: &str| {
        let ada = json!([{"userGuid": "u1", "firstName": "Ada", "lastName": "Planner"}]);
        json!({"notificationId": format!("n-{id}"), "integrationIds": [id], "channels": ["email"],
        "notifications": {"config": [
            {"type": "full_failure", "users": ada}, {"type": "partial_failure", "users": ada},
        ]}})
    };
    let history =
        |runs: Value| json!({"since": "2026-11-01T00:00:00Z", "readAt": NOW, "runs": runs});
    let step = |id: &str, after: Value| {
        json!({
            "referrer": id, "modelId": "M1", "dependsOn": after, "isSkipped": false, "accessible": true,
            "exceptionBehavior": [{"type": "failure", "strategy": "stop"}, {"type": "partial_success", "strategy": "continue"}],
            "latestRun": latest(at(25, "02:15:30"), at(25, "02:17:30")),
        })
    };
    json!({
        "version": 1, "readAt": NOW,
        "readAs": {"id": "u1", "email": "ada.planner@example.com"},
        "depths": ["lists", "flows", "jobs", "notifications", "history", "models", "users"],
        "tenant": {"tenantCurrentCount": 4, "tenantMaxAllowed": 500},
        "connections": [
            {"connectionId": "c1", "connectionType": "AzureBlob", "body": {"name": "Raw data"}, "status": 1, "createdBy": "Ada Planner"},
            {"connectionId": "c2", "connectionType": "GoogleBigQuery", "body": {"name": "Warehouse"}, "status": 1, "integrationErrorCode": 46},
        ],
        "integrations": [products, load, forecast],
        "flows": [{
            "id": "f1", "name": "Nightly", "createdBy": "Ada Planner", "latestRun": latest(at(25, "02:15:20"), at(25, "02:20:00")),
            "schedule": {"name": "Nights", "type": "daily", "time": "03:15", "startDate": "2026-11-02",
                         "timezone": "Europe/Paris", "status": "Active"},
        }],
        "mine": {"integrations": ["i1", "i2", "i3"], "flows": ["f1"]},
        "jobs": {
            "i1": with_jobs("i1", "Products", None, json!([import_job])),
            "i2": with_jobs("i2", "Load everything", Some("118000000012"), json!([import_job])),
            "i3": with_jobs("i3", "Forecast", None, json!([export_job])),
        },
        "steps": {"f1": {
            "id": "f1", "name": "Nightly", "latestRun": latest(at(25, "02:15:20"), at(25, "02:20:00")),
            "steps": [step("i2", json!([])), step("i3", json!(["i2"]))],
        }},
        "notifications": {"i1": told("i1"), "i2": told("i2"), "i3": told("i3")},
        "histories": {
            "i1": history(json!([scheduled(2), scheduled(9), scheduled(16), scheduled(23)])),
            "i2": history(json!([])),
            "i3": history(json!([])),
        },
        "directory": {
            "workspaces": [{"id": "w1", "name": "Supply chain", "sizeAllowance": 1000, "currentSize": 900}],
            "models": [{"id": "M1", "name": "Demand planning", "activeState": "UNLOCKED",
                        "currentWorkspaceId": "w1", "currentWorkspaceName": "Supply chain"}],
            "contents": {"M1": {
                "imports": [{"id": "112000000001", "name": "Products", "importDataSourceId": "113000000001"},
                            {"id": "112000000002", "name": "Sales", "importDataSourceId": "113000000002"}],
                "exports": [{"id": "116000000001", "name": "Forecast", "exportFormat": "text/csv"},
                            {"id": "116000000002", "name": "Forecast", "exportFormat": "text/csv"}],
                "actions": [],
                "processes": [{"id": "118000000012", "name": "Load everything"}],
                "steps": {"118000000012": [{
                    "id": "112000000001", "name": "Products", "actionType": "IMPORT",
                    "importDataSource": {"importDataSourceId": "113000000001", "type": "FILE"},
                }]},
            }},
        },
        "users": [
            {"id": "u1", "firstName": "Ada", "lastName": "Planner", "active": true},
            {"id": "u2", "firstName": "Bob", "lastName": "Byron", "active": true},
            {"id": "u3", "firstName": "Carl", "lastName": "Gone", "active": false},
        ],
    })
}

fn findings_of(value: Value) -> Findings {
    serde_json::from_value::<Estate>(value).unwrap().findings()
}

fn of_code(value: Value, code: Code) -> Vec<Finding> {
    let mut found = findings_of(value).found;
    found.retain(|finding| finding.code == code);
    found
}

#[test]
fn nothing_is_found_where_all_is_well_and_all_is_judged() {
    let findings = findings_of(healthy());
    assert_eq!(findings, Findings::default(), "{:#?}", findings);
}

type Change = fn(&mut Value);

macro_rules! cases {
    ($($name:ident: $code:ident, draws $words:literal: $draws:expr, spares: $spares:expr;)*) => {
        $(mod $name {
            use super::*;

            #[test]
            fn is_found() {
                let draws: Change = $draws;
                let mut estate = healthy();
                draws(&mut estate);
                let found = of_code(estate, Code::$code);
                let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
                assert!(texts.iter().any(|text| text.contains($words)), "{texts:#?}");
            }

            #[test]
            fn is_not_found() {
                let spares: Change = $spares;
                let mut estate = healthy();
                spares(&mut estate);
                assert_eq!(of_code(estate, Code::$code), []);
            }
        })*

        const TESTED: &[Code] = &[$(Code::$code),*];
    };
}

fn set(value: &mut Value, path: &str, to: Value) {
    let (parent, name) = path.rsplit_once('/').unwrap();
    let parent = value
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("{path}"));
    match parent {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = to,
        parent => parent[name] = to,
    }
}

fn add(value: &mut Value, path: &str, item: Value) {
    let list = value.pointer_mut(path).and_then(Value::as_array_mut);
    list.unwrap_or_else(|| panic!("{path}")).push(item);
}

/// The schedule of the first integration, with these fields.
fn reschedule(value: &mut Value, fields: Value) {
    for (name, field) in fields.as_object().unwrap() {
        set(
            value,
            &format!("/integrations/0/schedule/{name}"),
            field.clone(),
        );
    }
}

/// The runs of the first integration, newest first: hours before now, minutes, outcome.
fn runs(value: &mut Value, runs: &[(i64, i64, &str)]) {
    let now: anaplan_sdk::models::jiff::Timestamp = NOW.parse().unwrap();
    let runs: Vec<Value> = runs.iter().enumerate().map(|(n, (hours, minutes, outcome))| {
        let start = now.as_second() - hours * 3600;
        let (success, message, code) = match *outcome {
            "ok" => (true, "Success".to_owned(), None),
            "partly" => (true, "Products: 1197 (0/1197) rows successful, 0 (0/0) rows has warnings, 3 failed, 0 ignored".to_owned(), Some(38)),
            "running" => (false, "Running".to_owned(), None),
            "cancelled" => (false, "Cancelled".to_owned(), None),
            "failed" => (false, "Process failed".to_owned(), None),
            rows => (true, format!("Products: {rows} (0/{rows}) rows successful, 0 (0/0) rows has warnings, 1 failed, 0 ignored"), Some(38)),
        };
        json!({
            "id": format!("run{n}"), "triggeredBy": "Ada Planner", "triggerSource": "scheduled", "success": success,
            "message": message, "executionErrorCode": code, "startDate": start,
            "endDate": (*outcome != "running").then_some(start + minutes * 60),
        })
    }).collect();
    set(value, "/histories/i1/runs", json!(runs));
}

/// Another schedule like that of the first integration, with these fields.
fn another(value: &mut Value, id: &str, model: &str, fields: Value) {
    let mut one = value["integrations"][0].clone();
    one["integrationId"] = json!(id);
    one["name"] = json!(format!("Another {id}"));
    one["modelId"] = json!(model);
    for (name, field) in fields.as_object().unwrap() {
        one["schedule"][name] = field.clone();
    }
    add(value, "/integrations", one);
}

cases! {
    connection_broken: ConnectionBroken,
        draws "connection *Warehouse* (c2): the service says that it is broken, code 46; integrations that use it: 1; integration *Forecast* (i3)":
        |e| set(e, "/connections/1/status", json!(0)),
        // A code alone does not mean broken; a connection may say nothing of it.
        spares: |e| { e["connections"][1].as_object_mut().unwrap().remove("status"); };
    connection_deleted: ConnectionDeleted,
        draws "integration *Products* (i1): its jobs name deleted connections: *Old*":
        |e| {
            set(e, "/jobs/i1/jobs/0/sources/0/isConnectionDeleted", json!(true));
            set(e, "/jobs/i1/jobs/0/sources/0/connectionName", json!("Old"));
        },
        spares: |e| set(e, "/jobs/i1/jobs/0/sources/0/isConnectionDeleted", json!(false));
    connection_not_listed: ConnectionNotListed,
        draws "connection c9: not listed; integrations that use it: 1; integration *Products* (i1)":
        |e| set(e, "/jobs/i1/jobs/0/sources/0/connectionId", json!("c9")),
        spares: |e| set(e, "/jobs/i1/jobs/0/sources/0/connectionId", json!("c2"));
    connection_unused: ConnectionUnused,
        draws "connection *Idle* (c3)":
        |e| add(e, "/connections", json!({"connectionId": "c3", "body": {"name": "Idle"}})),
        spares: |e| {
            add(e, "/connections", json!({"connectionId": "c3", "body": {"name": "Idle"}}));
            set(e, "/jobs/i1/jobs/0/sources/0/connectionId", json!("c3"));
        };
    never_run: NeverRun,
        draws "integration *Products* (i1): it has never run":
        |e| set(e, "/integrations/0/latestRun", json!({})),
        spares: |e| set(e, "/integrations/0/latestRun", json!({"message": "Running", "startDate": NOW}));
    last_run_failed: LastRunFailed,
        draws "its latest run failed at 2026-11-23T05:15:30Z: Process failed (code 35)":
        |e| {
            set(e, "/integrations/0/latestRun/success", json!(false));
            set(e, "/integrations/0/latestRun/message", json!("Process failed"));
            set(e, "/integrations/0/latestRun/executionErrorCode", json!(35));
        },
        spares: |e| {
            set(e, "/integrations/0/latestRun/success", json!(false));
            set(e, "/integrations/0/latestRun/message", json!("Cancelled"));
        };
    failing_in_a_row: FailingInARow,
        draws "failed 3 times in a row, since 2026-11-22T06:41:00Z":
        |e| runs(e, &[(24, 1, "failed"), (36, 1, "cancelled"), (48, 1, "failed"), (72, 1, "failed"), (96, 1, "ok")]),
        spares: |e| runs(e, &[(24, 1, "failed"), (48, 1, "failed"), (72, 1, "partly"), (96, 1, "failed")]);
    model_archived: ScheduledModelUnavailable,
        draws "integration *Products* (i1): model *Demand planning* (M1) is archived":
        |e| set(e, "/directory/models/0/activeState", json!("ARCHIVED")),
        spares: |e| {
            set(e, "/directory/models/0/activeState", json!("ARCHIVED"));
            set(e, "/integrations/0/schedule/status", json!("Inactive"));
            set(e, "/flows/0/schedule/status", json!("Inactive"));
        };
    model_locked: ScheduledModelUnavailable,
        draws "flow *Nightly* (f1): model *Demand planning* (M1) is locked":
        |e| set(e, "/directory/models/0/activeState", json!("LOCKED")),
        // Exports may run all the same.
        spares: |e| {
            set(e, "/directory/models/0/activeState", json!("LOCKED"));
            set(e, "/integrations/0/integrationType", json!("Export"));
            set(e, "/flows/0/schedule", json!(null));
        };
    model_gone: ScheduledModelUnavailable,
        draws "integration *Products* (i1): model M9 is not there, or not visible to you":
        |e| set(e, "/integrations/0/modelId", json!("M9")),
        spares: |e| set(e, "/directory/models/0/activeState", json!("PRODUCTION"));
    partial_for_a_month: PartialForAMonth,
        draws "all 2 runs since 2026-10-14T06:41:00Z left rows out":
        |e| runs(e, &[(24, 1, "partly"), (42 * 24, 1, "partly"), (43 * 24, 1, "ok")]),
        spares: |e| runs(e, &[(24, 1, "partly"), (29 * 24, 1, "partly"), (43 * 24, 1, "ok")]);
    slower_than_before: SlowerThanBefore,
        draws "the latest 5 runs took 30m, those before 10m":
        |e| {
            let all: Vec<_> = (1..=10).map(|n| (n * 24, if n < 6 { 30 } else { 10 }, "ok")).collect();
            runs(e, &all);
        },
        spares: |e| {
            let all: Vec<_> = (1..=10).map(|n| (n * 24, if n < 6 { 19 } else { 10 }, "ok")).collect();
            runs(e, &all);
        };
    running_too_long: RunningTooLong,
        draws "under way since 2026-11-24T06:41:00Z, usually 10m; run run0":
        |e| runs(e, &[(24, 0, "running"), (48, 10, "ok"), (72, 10, "ok")]),
        spares: |e| runs(e, &[(24, 0, "running"), (48, 600, "ok"), (72, 600, "ok")]);
    fewer_rows: FewerRows,
        draws "the latest run dealt with 400 rows, usually 1000":
        |e| runs(e, &[(1, 1, "400"), (2, 1, "1000"), (3, 1, "1000"), (4, 1, "900"), (5, 1, "1100"), (6, 1, "1000")]),
        spares: |e| runs(e, &[(1, 1, "600"), (2, 1, "1000"), (3, 1, "1000"), (4, 1, "900"), (5, 1, "1100"), (6, 1, "1000")]);
    idle: Idle,
        draws "integration *Products* (i1): its latest run was at 2026-06-01T00:01:00Z":
        |e| {
            set(e, "/integrations/0/schedule", json!(null));
            set(e, "/integrations/0/latestRun/endDate", json!("2026-06-01T00:01:00Z"));
        },
        spares: |e| {
            set(e, "/integrations/0/schedule", json!(null));
            set(e, "/integrations/0/nuxVisible", json!(true));
            set(e, "/integrations/0/latestRun/endDate", json!("2026-06-01T00:01:00Z"));
        };
    do_the_same: DoTheSame,
        draws "integration *Products* (i1): it does the same in the same model as others; integration i4":
        |e| {
            let mut copy = e["jobs"]["i1"].clone();
            copy["integrationId"] = json!("i4");
            set(e, "/jobs/i4", copy);
        },
        // Another file of the same bucket.
        spares: |e| {
            let mut copy = e["jobs"]["i1"].clone();
            copy["jobs"][0]["sources"][0]["file"] = json!("other.csv");
            set(e, "/jobs/i4", copy);
        };
    same_export_file: SameExportFile,
        draws "the export *Forecast* goes into the folder \"out\"":
        |e| exports_to_files(e, "116000000002", "out"),
        spares: |e| exports_to_files(e, "116000000002", "elsewhere");
    wrong_ids: WrongIds,
        draws "integration *Products* (i1): jobs[0].targets[0].actionId: ":
        |e| set(e, "/jobs/i1/jobs/0/targets/0/actionId", json!("112000000099")),
        spares: |e| {
            set(e, "/jobs/i1/jobs/0/targets/0/actionId", json!("112000000002"));
            set(e, "/jobs/i1/jobs/0/targets/0/fileId", json!("113000000002"));
        };
    step_without_job: StepWithoutJob,
        draws "integration *Load everything* (i2)":
        |e| set(e, "/jobs/i2/jobs", json!([])),
        spares: |e| {
            set(e, "/jobs/i2/jobs", json!([]));
            set(e, "/directory/contents/M1/steps/118000000012", json!([]));
        };
    unusual_name: UnusualName,
        draws "integration *Products (new)* (i1)":
        |e| set(e, "/integrations/0/name", json!("Products (new)")),
        spares: |e| set(e, "/integrations/0/name", json!("Products_new - 2"));
    export_suffix: ExportSuffix,
        draws "the export *Forecast.csv* has the suffix":
        |e| {
            exports_to_files(e, "116000000002", "elsewhere");
            set(e, "/directory/contents/M1/exports/0/name", json!("Forecast.csv"));
        },
        // A table has no file name.
        spares: |e| set(e, "/directory/contents/M1/exports/0/name", json!("Forecast.csv"));
    excel_export: ExcelExport,
        draws "the export *Forecast* has the format application/vnd.ms-excel":
        |e| set(e, "/directory/contents/M1/exports/0/exportFormat", json!("application/vnd.ms-excel")),
        spares: |e| set(e, "/directory/contents/M1/exports/0/exportFormat", json!("text/plain"));
    column_with_spaces: ColumnWithSpaces,
        draws "integration *Forecast* (i3): columns of its table: \"net sales\"":
        |e| set(e, "/jobs/i3/jobs/0/mapping/0/targetName", json!("net sales")),
        spares: |e| set(e, "/jobs/i3/jobs/0/mapping/0/sourceName", json!("Net sales"));
    scheduled_twice: ScheduledTwice,
        draws "integration *Products* (i1): it runs by its own schedule, and by those of flows; flow *Nightly* (f1)":
        |e| set(e, "/steps/f1/steps/1/referrer", json!("i1")),
        spares: |e| {
            set(e, "/steps/f1/steps/1/referrer", json!("i1"));
            set(e, "/steps/f1/steps/1/isSkipped", json!(true));
        };
    schedule_ended: ScheduleEnded,
        draws "integration *Products* (i1): its last day was 2026-11-24":
        |e| reschedule(e, json!({"endDate": "2026-11-24"})),
        spares: |e| reschedule(e, json!({"endDate": "2026-11-24", "status": "Inactive"}));
    schedule_ends_soon: ScheduleEndsSoon,
        draws "integration *Products* (i1): its last day is 2026-12-09":
        |e| reschedule(e, json!({"endDate": "2026-12-09"})),
        spares: |e| reschedule(e, json!({"endDate": "2026-12-10"}));
    local_time_moved: LocalTimeMoved,
        draws "it says 06:15 in Europe/Paris, and starts at 05:15, by the offset of its first day":
        |e| reschedule(e, json!({"startDate": "2026-07-01"})),
        spares: |e| reschedule(e, json!({"startDate": "2026-07-01", "timezone": "Africa/Lagos"}));
    schedule_disabled: ScheduleDisabled,
        draws "integration *Products* (i1): its schedule *Mondays* is switched off":
        |e| reschedule(e, json!({"status": "Inactive"})),
        spares: |e| reschedule(e, json!({"status": null}));
    start_together: StartTogether,
        draws "model *Demand planning* (M1): 2 schedules start in the quarter of an hour from 2026-11-30T05:15:00Z on; integration *Products* (i1), integration *Another i4* (i4)":
        |e| another(e, "i4", "M1", json!({"time": "06:20"})),
        spares: |e| { another(e, "i4", "M1", json!({"time": "06:30"})); another(e, "i5", "M2", json!({"time": "06:20"})) };
    on_the_hour: OnTheHour,
        draws "CW306 note: 1 of 2 schedules that are on start at the full hour; integration *Products* (i1)":
        |e| reschedule(e, json!({"time": "06:00"})),
        spares: |e| reschedule(e, json!({"time": "06:00", "status": "Inactive"}));
    busy_quarter: BusyQuarter,
        draws "10 schedules start in the quarter of an hour from 2026-11-30T05:15:00Z on":
        |e| (0..9).for_each(|n| another(e, &format!("j{n}"), &format!("N{n}"), json!({}))),
        spares: |e| (0..8).for_each(|n| another(e, &format!("j{n}"), &format!("N{n}"), json!({})));
    in_maintenance: InMaintenance,
        draws "it is due in the window, next at 2026-11-28T20:15:00Z":
        |e| reschedule(e, json!({"daysOfWeek": [6], "time": "21:15"})),
        spares: |e| reschedule(e, json!({"daysOfWeek": [6], "time": "20:45"}));
    far_off: FarOff,
        draws "it is due next at 2027-01-04T05:15:00Z":
        |e| reschedule(e, json!({"startDate": "2027-01-02"})),
        spares: |e| reschedule(e, json!({"startDate": "2026-12-20"}));
    runs_missed: RunsMissed,
        draws "integration *Products* (i1): 1 of 4; the last: ":
        |e| { e["histories"]["i1"]["runs"].as_array_mut().unwrap().remove(1); },
        spares: |e| {
            e["histories"]["i1"]["runs"].as_array_mut().unwrap().remove(1);
            set(e, "/integrations/0/creationDate", json!("2026-11-10T08:00:00Z"));
        };
    runs_late: RunsLate,
        draws "integration *Products* (i1): 1 of 4; the last: ":
        |e| {
            let manual = json!({"id": "by-hand", "startDate": "2026-11-23T05:00:00Z", "endDate": "2026-11-23T06:00:00Z",
                "success": true, "message": "Success", "triggerSource": "manual"});
            add(e, "/histories/i1/runs", manual);
            set(e, "/histories/i1/runs/3/startDate", json!("2026-11-23T06:01:00Z"));
            set(e, "/histories/i1/runs/3/endDate", json!("2026-11-23T06:05:00Z"));
        },
        spares: |e| set(e, "/histories/i1/runs/3/startDate", json!("2026-11-23T05:17:00Z"));
    schedule_unclear: ScheduleUnclear,
        draws "integration *Products* (i1): the time zone `Mars/Base` is not known here":
        |e| reschedule(e, json!({"timezone": "Mars/Base"})),
        spares: |e| reschedule(e, json!({"timezone": "Greenwich"}));
    longer_than_interval: LongerThanInterval,
        draws "it usually runs for 1h 30m, and starts every 1h":
        |e| {
            let hourly = json!({"type": "hourly", "repeatEvery": 1, "fromTime": "06:15", "toTime": "18:15"});
            reschedule(e, hourly);
            runs(e, &[(2, 90, "ok"), (4, 90, "ok")]);
        },
        spares: |e| {
            let hourly = json!({"type": "hourly", "repeatEvery": 2, "fromTime": "06:15", "toTime": "18:15"});
            reschedule(e, hourly);
            runs(e, &[(2, 90, "ok"), (4, 90, "ok")]);
        };
    user_left: UserLeft,
        draws "user *Carl Gone* (u3): no longer active, by the name alone; connection *Raw data* (c1), integration *Products* (i1)":
        |e| {
            set(e, "/integrations/0/latestRun/triggeredBy", json!("Carl Gone"));
            set(e, "/connections/0/createdBy", json!("Carl Gone"));
        },
        spares: |e| {
            set(e, "/integrations/0/latestRun/triggeredBy", json!("Bob Byron"));
            set(e, "/flows/0/latestRun/triggeredBy", json!("Internal (Full Access)"));
        };
    user_gone: UserLeft,
        draws "user *Dora Deleted*: no user of the tenant has this name; flow *Nightly* (f1)":
        |e| set(e, "/flows/0/createdBy", json!("Dora Deleted")),
        spares: |e| set(e, "/flows/0/createdBy", json!("Bob Byron"));
    users_of_one_name: UserLeft,
        draws "user *Ada Planner*: 2 users have this name, of whom 1 are no longer active":
        |e| add(e, "/users", json!({"id": "u9", "firstName": "Ada", "lastName": "Planner", "active": false})),
        spares: |e| add(e, "/users", json!({"id": "u9", "firstName": "Ada", "lastName": "Planner", "active": true}));
    rights_changed: RightsChanged,
        draws "run by Bob Byron at 2026-11-23T05:15:30Z, before by Ada Planner":
        |e| {
            set(e, "/histories/i1/runs/3/triggerSource", json!("manual"));
            set(e, "/histories/i1/runs/3/triggeredBy", json!("Bob Byron"));
        },
        spares: |e| set(e, "/histories/i1/runs/3/triggerSource", json!("manual"));
    nobody_notified: NobodyNotified,
        draws "integration *Products* (i1): nobody is told of a failure, nor of rows left out":
        |e| set(e, "/notifications/i1/notifications/config", json!([])),
        spares: |e| set(e, "/notifications/i1/channels", json!(["in_app"]));
    no_notification: NobodyNotified,
        draws "integration *Products* (i1): it has no notification configuration":
        |e| {
            set(e, "/integrations/0/notificationId", json!(null));
            e["notifications"].as_object_mut().unwrap().remove("i1");
        },
        // It has one, which could not be read.
        spares: |e| { e["notifications"].as_object_mut().unwrap().remove("i1"); };
    notified_user_left: NotifiedUserLeft,
        draws "integration *Products* (i1): told, among others, are users who are not active; user u3":
        |e| set(e, "/notifications/i1/notifications/config/0/users/0", json!({"userGuid": "u3"})),
        spares: |e| set(e, "/notifications/i1/notifications/config/0/users/0", json!({"userGuid": "u2"}));
    partial_goes_on_unseen: PartialGoesOnUnseen,
        draws "flow *Nightly* (f1): it goes on after these, and nobody is told when they leave rows out; integration *Load everything* (i2)":
        |e| set(e, "/notifications/i2/notifications/config/1/users", json!([])),
        spares: |e| {
            set(e, "/notifications/i2/notifications/config/1/users", json!([]));
            set(e, "/steps/f1/steps/0/exceptionBehavior/1/strategy", json!("stop"));
        };
    steps_skipped: StepsSkipped,
        draws "flow *Nightly* (f1): it passes over steps; integration *Forecast* (i3)":
        |e| set(e, "/steps/f1/steps/1/isSkipped", json!(true)),
        spares: |e| { e["steps"]["f1"]["steps"][1].as_object_mut().unwrap().remove("isSkipped"); };
    steps_not_reached: StepsNotReached,
        draws "flow *Nightly* (f1): its latest run did not reach all steps; integration *Forecast* (i3)":
        |e| set(e, "/steps/f1/steps/1/latestRun/startDate", json!("2026-11-24T02:16:00Z")),
        // The run of the flow goes on.
        spares: |e| {
            set(e, "/steps/f1/steps/1/latestRun/startDate", json!("2026-11-24T02:16:00Z"));
            set(e, "/steps/f1/latestRun", json!({"startDate": "2026-11-25T02:15:20Z", "message": "Running"}));
        };
    steps_unreadable: StepsUnreadable,
        draws "flow *Nightly* (f1): you may not see all its steps; integration *Forecast* (i3)":
        |e| set(e, "/steps/f1/steps/1/accessible", json!(false)),
        spares: |e| { e["steps"]["f1"]["steps"][1].as_object_mut().unwrap().remove("accessible"); };
    steps_gone: StepsGone,
        draws "flow *Nightly* (f1): integrations of its steps are not listed; integration *Old* (i9)":
        |e| {
            set(e, "/steps/f1/steps/1/referrer", json!("i9"));
            set(e, "/steps/f1/steps/1/name", json!("Old"));
        },
        // That is another finding.
        spares: |e| {
            set(e, "/steps/f1/steps/1/referrer", json!("i9"));
            set(e, "/steps/f1/steps/1/accessible", json!(false));
        };
    steps_of_others: StepsOfOthers,
        draws "flow *Nightly* (f1): it is yours, and runs integrations of others; integration *Forecast* (i3)":
        |e| set(e, "/mine/integrations", json!(["i1", "i2"])),
        spares: |e| {
            set(e, "/mine/integrations", json!(["i1", "i2"]));
            set(e, "/mine/flows", json!([]));
        };
    step_without_predecessor: StepWithoutPredecessor,
        draws "flow *Nightly* (f1): steps after the first come after no other; integration *Forecast* (i3)":
        |e| set(e, "/steps/f1/steps/1/dependsOn", json!([])),
        spares: |e| set(e, "/steps/f1/steps/0/dependsOn", json!([]));
    tenant_near_limit: TenantNearLimit,
        draws "CW601 warning: 450 integrations of 500":
        |e| set(e, "/tenant/tenantCurrentCount", json!(450)),
        spares: |e| set(e, "/tenant/tenantCurrentCount", json!(449));
    workspace_nearly_full: WorkspaceNearlyFull,
        draws "workspace *Supply chain* (w1): 950 bytes of 1000":
        |e| set(e, "/directory/workspaces/0/currentSize", json!(950)),
        spares: |e| set(e, "/directory/workspaces/0/currentSize", json!(949));
    nothing_listed: NothingListed,
        draws "neither connections nor integrations are listed":
        |e| { set(e, "/connections", json!([])); set(e, "/integrations", json!([])) },
        spares: |e| set(e, "/integrations", json!([]));
    not_read: NotRead,
        draws "CW900 note: integration *Hidden* (i9): jobs: 404 Not found":
        |e| set(e, "/gaps", json!([{
            "depth": "jobs", "subject": {"kind": "integration", "id": "i9", "name": "Hidden"}, "status": 404, "reason": "Not found",
        }])),
        spares: |e| set(e, "/gaps", json!([]));
}

/// Two integrations that write the exports of these ids into the folders `out` and this one.
fn exports_to_files(e: &mut Value, other: &str, folder: &str) {
    let file = |folder: &str| json!([{"type": "AzureBlob", "connectionId": "c1", "file": folder}]);
    for (path, value) in [
        ("type", json!("AnaplanToAzureBlob")),
        ("targets", file("out")),
    ] {
        set(e, &format!("/jobs/i3/jobs/0/{path}"), value);
    }
    let mut second = e["jobs"]["i3"].clone();
    second["integrationId"] = json!("i4");
    second["jobs"][0]["sources"][0]["actionId"] = json!(other);
    second["jobs"][0]["targets"] = file(folder);
    set(e, "/jobs/i4", second);
}

#[test]
fn each_code_has_its_cases() {
    let tested: BTreeSet<Code> = TESTED.iter().copied().collect();
    let all: BTreeSet<Code> = Code::ALL.iter().copied().collect();
    assert_eq!(
        all.difference(&tested).collect::<Vec<_>>(),
        [] as [&Code; 0]
    );
    let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(words.len(), Code::ALL.len());
    assert!(
        words.iter().eq(Code::ALL
            .iter()
            .map(|code| code.as_str())
            .collect::<Vec<_>>()
            .iter())
    );
    for code in Code::ALL {
        assert_eq!(code.as_str().parse(), Ok(*code));
        assert!(
            code.why().ends_with('.') && code.remedy().ends_with('.'),
            "{code}"
        );
    }
    assert!("CW000".parse::<Code>().is_err());
}

#[test]
fn what_a_depth_keeps_from_being_judged_is_said() {
    let mut estate = healthy();
    set(&mut estate, "/depths", json!(["lists", "jobs"]));
    let findings = findings_of(estate);
    assert_eq!(findings.found, []);
    let of = |code: Code| findings.not_judged.iter().find(|one| one.code == code);
    let failing = of(Code::FailingInARow).unwrap();
    assert_eq!(
        (failing.lacking.as_slice(), failing.is_partly_judged),
        (&[Depth::History][..], false)
    );
    assert_eq!(
        failing.to_string(),
        "CW203 An integration has failed three times in a row, or more.: not judged, without the depths history"
    );
    // Those of integrations are judged, those of flows are not.
    assert!(of(Code::ScheduleEnded).unwrap().is_partly_judged);
    assert_eq!(of(Code::ConnectionBroken), None);
    // Whatever could not be judged is not among what was found, and the other way round.
    let judged = Code::ALL.iter().filter(|code| of(**code).is_none()).count();
    assert_eq!(judged + findings.not_judged.len(), Code::ALL.len());
}

#[test]
fn what_a_gap_keeps_from_being_judged_is_said_by_name() {
    let mut estate = healthy();
    let subject = json!({"kind": "integration", "id": "i1", "name": "Products"});
    let gap =
        json!([{"depth": "history", "subject": subject, "status": 403, "reason": "Forbidden"}]);
    set(&mut estate, "/gaps", gap);
    estate["histories"].as_object_mut().unwrap().remove("i1");
    let findings = findings_of(estate);
    let failing = findings
        .not_judged
        .iter()
        .find(|one| one.code == Code::FailingInARow)
        .unwrap();
    assert!(failing.is_partly_judged);
    assert!(
        failing
            .to_string()
            .ends_with("not read: integration *Products* (i1)"),
        "{failing}"
    );
    assert!(
        !findings
            .not_judged
            .iter()
            .any(|one| one.code == Code::ConnectionBroken)
    );
    assert!(findings.has(Severity::Note) && !findings.has(Severity::Warning));
    assert_eq!(
        findings.counts().into_iter().collect::<Vec<_>>(),
        [(Code::NotRead, 1)]
    );
}

#[test]
fn findings_go_out_and_in_as_json() {
    let mut estate = healthy();
    set(&mut estate, "/connections/1/status", json!(0));
    let findings = findings_of(estate);
    let value = serde_json::to_value(&findings).unwrap();
    assert_eq!(value["found"][0]["code"], "CW101");
    assert_eq!(serde_json::from_value::<Findings>(value).unwrap(), findings);
}

#[test]
fn the_page_lists_each_code_as_it_is() {
    let page = include_str!("../docs/findings.md");
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `CW"))
        .collect();
    let depths = |depths: &[Depth]| {
        depths
            .iter()
            .map(|depth| depth.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let expected = Code::ALL.iter().map(|code| {
        let uses = match code.uses() {
            [] => String::new(),
            uses => format!("; {}", depths(uses)),
        };
        format!(
            "| `{code}` | {} | {} | {} | {} | {}{uses} |",
            code.severity_word(),
            code.summary(),
            code.why(),
            code.remedy(),
            depths(code.needs()),
        )
    });
    let expected: Vec<String> = expected.collect();
    assert_eq!(rows, expected, "\n{}", expected.join("\n"));
}
