//! Every shape in which the service is known to answer, and some that it has not thought of yet.

use std::fmt::Debug;

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::*;
use anaplan_sdk::models::integration_api::*;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

macro_rules! fixture {
    ($file:literal, $key:literal) => {{
        let all: Value =
            serde_json::from_str(include_str!(concat!("fixtures/", $file, ".json"))).unwrap();
        all[$key].clone()
    }};
}

/// Reads a reply from a value and from bytes, and writes and reads it once more.
#[track_caller]
fn read<T: DeserializeOwned + Serialize + PartialEq + Debug>(reply: Value) -> T {
    let bytes = serde_json::to_vec(&reply).unwrap();
    let value: T = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(serde_json::from_value::<T>(reply).unwrap(), value);
    let written = serde_json::to_string(&value).unwrap();
    assert_eq!(
        serde_json::from_str::<T>(&written).unwrap(),
        value,
        "{written}"
    );
    value
}

fn at(time: &str) -> Option<Timestamp> {
    Some(time.parse().unwrap())
}

#[test]
fn a_live_connection() {
    let connection: Connection = read(fixture!("connections", "live"));
    assert_eq!(connection.id, "b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5");
    assert_eq!(connection.connection_type, Some(ConnectionType::AzureBlob));
    assert_eq!(connection.name(), Some("Sales blob"));
    assert_eq!(connection.creation_date, at("2026-05-10T19:29:44Z"));
    assert_eq!(connection.created_by.as_deref(), Some("Jane Roe"));
    assert_eq!(connection.modified_by, None);
    assert_eq!(connection.is_working(), Some(true));
    assert_eq!(connection.integration_error_code, Some(46));
    assert_eq!(connection.workspace_id, None);
    assert_eq!(connection.auth_method.as_deref(), Some("SAS-based"));
    assert!(connection.other_fields.is_empty());
    let body = connection.body.unwrap();
    assert_eq!(body.container_name.as_deref(), Some("raw"));
    assert_eq!(body.auth_method.as_deref(), Some("SAS-based"));
}

#[test]
fn a_documented_connection_has_little() {
    let connection: Connection = read(fixture!("connections", "documented"));
    assert_eq!(connection.is_working(), None);
    assert_eq!(
        connection.body.unwrap().bucket_name.as_deref(),
        Some("samplebucket")
    );
    let bare: Connection = read(fixture!("connections", "bare"));
    assert_eq!(bare.name(), None);
}

#[test]
fn older_replies_name_their_dates_otherwise() {
    let connection: Connection = read(fixture!("connections", "older"));
    assert_eq!(connection.creation_date, at("2020-09-29T01:31:16Z"));
    assert_eq!(connection.modification_date, at("2020-09-29T01:31:26Z"));
    assert_eq!(connection.modified_by, None);
    assert_eq!(connection.is_working(), Some(false));
    assert_eq!(connection.integration_error_code, Some(46));
}

#[test]
fn what_is_unknown_is_kept() {
    let connection: Connection = read(fixture!("connections", "future"));
    assert_eq!(connection.id, "42");
    assert_eq!(connection.connection_type.unwrap().as_str(), "Snowflake");
    assert_eq!(connection.body, None);
    assert_eq!(connection.status, None);
    assert_eq!(
        connection.other_fields.get("status"),
        Some(&json!({"code": 1}))
    );
    assert_eq!(
        connection.other_fields.get("shinyNewField"),
        Some(&json!([1, {"x": null}]))
    );
    assert_eq!(connection.other_fields.iter().count(), 2);
}

/// All that a reply of the service has, in the places that this version knows and in those that
/// it does not, is written back as it came.
#[test]
fn what_is_read_is_written_back() {
    let schedule = json!({
        "name": "daily", "type": "daily", "time": "12:15", "startDate": "2026-07-03",
        "timezone": "Europe/Paris", "status": "Active", "nextScheduleDate": "2026-07-04",
    });
    let integration = json!({
        "integrationId": "i", "name": "n", "nuxVisible": false, "schedule": schedule,
        "jobs": [{
            "type": "AmazonS3ToAnaplan", "delimiter": ";",
            "sources": [{"type": "AmazonS3", "connectionId": "c", "file": "f", "encoding": 8}],
            "targets": [{"type": "Anaplan", "actionId": "112", "fileId": "113", "new": null}],
        }],
        "tags": ["a", {"b": 1.5}],
    });
    fn is_written_back<T: DeserializeOwned + Serialize + PartialEq + Debug>(reply: &Value) -> T {
        let value: T = read(reply.clone());
        assert_eq!(serde_json::to_value(&value).unwrap(), *reply);
        value
    }
    let read: SingleIntegration = is_written_back(&integration);
    let schedule = read.schedule.unwrap();
    assert_eq!(
        schedule.next_schedule_date,
        Some(jiff::civil::date(2026, 7, 4))
    );
    is_written_back::<Connection>(&json!({
        "connectionId": "c", "connectionType": "AzureBlob",
        "body": {
            "name": "n", "authMethod": "Oauth2", "clientId": "7f", "tenantId": "e2",
            "storageAccountName": "s", "containerName": "c",
        },
    }));
    is_written_back::<Connection>(&json!({
        "connectionId": "c", "connectionType": "Snowflake",
        "body": {"warehouse": {"size": 3}, "role": "r"},
    }));
    is_written_back::<Flow>(&json!({
        "id": "f", "name": "n", "nuxVisible": false, "owner": "o",
        "steps": [{"referrer": "i", "name": "s", "isSkipped": false, "retries": 2}],
    }));
}

#[test]
fn a_snake_case_auth_method_is_understood() {
    let connection: Connection = read(json!({
        "connectionId": "c", "connectionType": "AzureBlob",
        "body": {"name": "n", "auth_method": "SAS-based"},
    }));
    let body = connection.body.unwrap();
    assert_eq!(body.auth_method.as_deref(), Some("SAS-based"));
    assert!(body.other_fields.is_empty());
}

#[test]
fn an_integration_flow_id_is_the_id_of_a_flow() {
    let flow: Flow = read(json!({"integrationFlowId": "f", "name": "n"}));
    assert_eq!(flow.id, "f");
    let both: FlowSummary = read(json!({"id": "f", "integrationFlowId": "f"}));
    assert!(both.id == "f" && both.other_fields.is_empty());
    assert!(serde_json::from_value::<Flow>(json!({"id": null})).is_err());
}

#[test]
fn a_notification_for_notifications_is_understood() {
    let config: NotificationConfig = read(json!({
        "notificationId": "n",
        "notification": {"config": [{"type": "success", "users": [{"userGuid": "u"}]}]},
    }));
    assert_eq!(config.users(&NotificationType::Success).count(), 1);
}

#[test]
fn of_two_names_of_a_field_the_one_that_can_be_read_counts() {
    for reply in [
        json!({"id": "r", "creationDate": "soon", "isoCreationDate": "2026-05-10T19:29:44Z"}),
        json!({"id": "r", "isoCreationDate": "soon", "creationDate": "2026-05-10T19:29:44Z"}),
    ] {
        let run: RunStatus = read(reply);
        assert_eq!(run.creation_date, at("2026-05-10T19:29:44Z"));
        assert!(run.other_fields.is_empty());
    }
}

/// They may be secrets.
#[test]
fn unknown_fields_appear_by_name_only() {
    let connection: Connection = read(json!({
        "connectionId": "c", "connectionType": "AzureBlob", "password": "hunter2",
        "body": {"name": "n", "clientSecret": "hunter2", "roleArn": {"key": "hunter2"}},
    }));
    for printed in [format!("{connection:?}"), format!("{connection:#?}")] {
        assert!(!printed.contains("hunter2"), "{printed}");
        for name in ["password", "clientSecret", "roleArn"] {
            assert!(printed.contains(name), "{printed}");
        }
    }
    let written = serde_json::to_value(&connection).unwrap();
    assert_eq!(written["password"], "hunter2");
    assert_eq!(written["body"]["clientSecret"], "hunter2");
    assert_eq!(written["body"]["roleArn"], json!({"key": "hunter2"}));
}

#[test]
fn an_object_of_unknown_nulls_is_none() {
    let integration: Integration = read(json!({
        "integrationId": "i", "latestRun": {"id": null, "queuedSince": null},
    }));
    assert_eq!(integration.latest_run, None);
}

#[test]
fn only_the_id_is_required() {
    let error = serde_json::from_value::<Connection>(json!({"connectionType": "AmazonS3"}));
    assert_eq!(
        error.unwrap_err().to_string(),
        "missing field `connectionId`"
    );
    read::<Integration>(json!({"integrationId": "i"}));
    read::<SingleIntegration>(json!({"integrationId": "i"}));
    read::<RunSummary>(json!({"id": "r"}));
    read::<RunStatus>(json!({"id": "r"}));
    read::<RunHistory>(json!({}));
    read::<NotificationConfig>(json!({"notificationId": "n"}));
    read::<FlowSummary>(json!({"id": "f"}));
    read::<Flow>(json!({"id": "f", "steps": [{"referrer": "i"}]}));
}

#[test]
fn a_listed_integration() {
    let integration: Integration = read(fixture!("integrations", "listed"));
    assert_eq!(integration.name, "sample import integration");
    assert_eq!(integration.integration_type, Some(IntegrationType::Import));
    assert_eq!(integration.nux_visible, Some(false));
    let run = integration.latest_run.unwrap();
    assert_eq!(run.success, Some(true));
    assert_eq!(run.execution_error_code, None);
    assert_eq!(run.trigger_source, Some(TriggerSource::Scheduled));
    assert_eq!(
        run.end_date.unwrap() - run.start_date.unwrap(),
        jiff::SignedDuration::from_secs(216)
    );
    let schedule = integration.schedule.unwrap();
    assert_eq!(schedule.schedule_type, Some(ScheduleType::Weekly));
    assert_eq!(schedule.time, Some(jiff::civil::time(12, 45, 0, 0)));
    assert_eq!(schedule.start_date, Some(jiff::civil::date(2020, 7, 3)));
    assert_eq!(schedule.days_of_week, [0, 6]);
    assert_eq!(schedule.status, Some(ScheduleState::Active));
}

#[test]
fn an_integration_that_never_ran() {
    let integration: Integration = read(fixture!("integrations", "never_ran"));
    assert_eq!(integration.latest_run, None);
    assert_eq!(integration.schedule, None);
    assert_eq!(integration.process_id, Some(ProcessId::from(118000000114)));
    assert_eq!(integration.creation_date, at("2020-09-29T01:31:16Z"));
    assert_eq!(integration.nux_visible, Some(true));
}

#[test]
fn an_integration_with_its_jobs() {
    let integration: SingleIntegration = read(fixture!("integrations", "single"));
    assert_eq!(integration.nux_visible, Some(false));
    let [export, import] = &integration.jobs[..] else {
        panic!()
    };
    assert_eq!(export.job_type, Some(JobType::AnaplanToGoogleBigQuery));
    assert_eq!(
        export.sources[0].action_id,
        Some(ActionId::from(116000000001))
    );
    assert_eq!(export.targets[0].overwrite, Some(true));
    assert_eq!(export.mapping[0].target_name.as_deref(), Some("a"));
    assert_eq!(import.sources[0].connection_name.as_deref(), Some("Blob"));
    assert_eq!(import.sources[0].is_connection_deleted, Some(true));
    assert_eq!(
        import.targets[0].file_id,
        Some(FileId::from("113000000001"))
    );
    assert!(import.mapping.is_empty());
    assert!(
        read::<SingleIntegration>(fixture!("integrations", "process_only"))
            .jobs
            .is_empty()
    );
}

#[test]
fn a_history_with_every_way_to_write_a_time() {
    let history: RunHistory = read(fixture!("runs", "history"));
    assert_eq!(history.total_runs, Some(3));
    assert_eq!(history.modified_by, None);
    for run in &history.runs {
        assert_eq!(run.last_run, at("2026-06-19T01:31:21Z"), "{}", run.id);
    }
    assert!(!history.runs[0].is_running());
    assert!(history.runs[1].is_running());
    assert_eq!(
        history.runs[1].trigger_source,
        Some(TriggerSource::ManualFlow)
    );
    assert_eq!(history.runs[2].success, Some(true));
    assert_eq!(history.runs[2].execution_error_code, Some(38));
    assert!(
        read::<RunHistory>(fixture!("runs", "history_without_runs"))
            .runs
            .is_empty()
    );
    assert!(read::<RunHistory>(json!({"name": "x"})).runs.is_empty());
}

#[test]
fn a_run_status() {
    let run: RunStatus = read(fixture!("runs", "status"));
    assert_eq!(run.id, "91a01d97958d44baaa58ad8a3d45804e");
    assert_eq!(
        run.integration_id,
        Some("152b8666a0234754afc36f1cde0fd9d2".into())
    );
    assert_eq!(run.flow_group_id, None);
    assert!(!run.is_running());
}

#[test]
fn a_run_error_in_all_its_shapes() {
    for none in [
        fixture!("runs", "error_none_live"),
        fixture!("runs", "error_none_documented"),
    ] {
        assert_eq!(read::<RunErrorReply>(none), RunErrorReply(None));
    }
    assert_eq!(read::<RunErrorReply>(json!(null)), RunErrorReply(None));
    assert_eq!(read::<RunErrorReply>(json!([{}])), RunErrorReply(None));

    let one = read::<RunErrorReply>(fixture!("runs", "error_live"))
        .0
        .unwrap();
    assert_eq!(one.records.len(), 1);
    let action = one.actions().next().unwrap();
    assert_eq!(action.action_id, Some(ActionId::from(112000000001)));
    assert_eq!(action.failure_dump_generated, Some(true));
    assert_eq!(action.error_message[0].occurrences, Some(2));
    assert_eq!(
        action.error_message[0].values,
        [json!("a"), json!(1), json!(null)]
    );
    assert_eq!(one.to_string(), "The file is empty");

    let several = read::<RunErrorReply>(fixture!("runs", "error_documented"))
        .0
        .unwrap();
    assert_eq!(several.records.len(), 2);
    assert_eq!(several.to_string(), "first; second");
    assert_eq!(
        several,
        read::<RunError>(fixture!("runs", "error_documented"))
    );
}

#[test]
fn a_notification_configuration() {
    let config: NotificationConfig = read(fixture!("notifications", "read"));
    assert_eq!(
        config.channels,
        [NotificationChannel::Email, NotificationChannel::InApp]
    );
    assert_eq!(config.users(&NotificationType::FullFailure).count(), 2);
    assert_eq!(config.users(&NotificationType::PartialFailure).count(), 0);
    let empty: NotificationConfig = read(fixture!("notifications", "born_empty"));
    assert_eq!(empty.notifications, None);
    let future: NotificationConfig = read(fixture!("notifications", "future"));
    assert_eq!(future.channels[0].as_str(), "pigeon");
}

#[test]
fn flows() {
    let listed: FlowSummary = read(fixture!("flows", "listed"));
    assert_eq!(listed.id, "f1");
    assert_eq!(listed.steps_count, Some(2));
    assert!(listed.latest_run.unwrap().is_running());
    let schedule = listed.schedule.unwrap();
    assert_eq!(
        (schedule.day_of_week, schedule.repeat_every),
        (Some(1), Some(2))
    );
    let bare: FlowSummary = read(fixture!("flows", "bare"));
    assert_eq!(
        (bare.id.as_str(), bare.steps_count, bare.latest_run),
        ("f2", Some(3), None)
    );

    let flow: Flow = read(fixture!("flows", "read"));
    let [first, second] = &flow.steps[..] else {
        panic!()
    };
    assert_eq!(first.created_date, at("2026-05-10T19:29:44.123456Z"));
    assert_eq!(first.modified_date, at("2026-05-10T19:29:44Z"));
    assert_eq!(first.modified_by, None);
    assert_eq!(first.is_skipped, Some(false));
    assert_eq!(
        first.latest_run.as_ref().unwrap().execution_error_code,
        Some(38)
    );
    assert_eq!(second.created_date, at("2026-05-10T19:29:44Z"));
    assert_eq!(second.modified_date, None);
    assert_eq!(
        second.other_fields.get("modifiedDate"),
        Some(&json!("yesterday"))
    );
    assert_eq!(second.depends_on, ["840ccd8a279a454d99577d9538f24f09"]);
    assert_eq!(
        second.exception_behavior[0]
            .strategy
            .as_ref()
            .unwrap()
            .as_str(),
        "pray"
    );
}

#[test]
fn times_in_every_documented_form() {
    for (form, expected) in [
        (json!("2026-06-19T01:31:21.000Z"), "2026-06-19T01:31:21Z"),
        (json!("2026-06-19T01:31:21Z"), "2026-06-19T01:31:21Z"),
        (
            json!("2026-06-19T03:31:21.5+02:00"),
            "2026-06-19T01:31:21.5Z",
        ),
        (json!("2026-06-19T01:31:21+0000"), "2026-06-19T01:31:21Z"),
        (
            json!("2026-06-19 01:31:21.123456+00:00"),
            "2026-06-19T01:31:21.123456Z",
        ),
        (json!("2026-06-19 01:31:21"), "2026-06-19T01:31:21Z"),
        (json!(1781832681), "2026-06-19T01:31:21Z"),
        (json!("1781832681"), "2026-06-19T01:31:21Z"),
        (json!(1781832681.25), "2026-06-19T01:31:21.25Z"),
        (json!(1781832681000_i64), "2026-06-19T01:31:21Z"),
    ] {
        let run: RunStatus = read(json!({"id": "r", "startDate": form}));
        assert_eq!(run.start_date, at(expected), "{form}");
    }
    for none in [json!(null), json!(""), json!({})] {
        let run: RunStatus = read(json!({"id": "r", "startDate": none}));
        assert!(
            run.start_date.is_none() && run.other_fields.is_empty(),
            "{none}"
        );
    }
    for odd in [
        json!("soon"),
        json!(true),
        json!([1]),
        json!(1e300),
        json!(u64::MAX),
    ] {
        let run: RunStatus = read(json!({"id": "r", "startDate": odd}));
        assert_eq!(run.other_fields.get("startDate"), Some(&odd));
    }
}

#[test]
fn a_renamed_field_is_kept_under_its_name_on_the_wire() {
    let job: Job = read(json!({"type": true, "sources": "none"}));
    assert_eq!(job.other_fields.get("type"), Some(&json!(true)));
    assert_eq!(job.other_fields.get("sources"), Some(&json!("none")));
}

#[test]
fn both_names_of_a_date_at_once() {
    let both = json!({"id": "r", "creationDate": "?", "isoCreationDate": "2026-06-19T01:31:21Z"});
    assert_eq!(
        read::<RunStatus>(both).creation_date,
        at("2026-06-19T01:31:21Z")
    );
    let both = json!({"id": "r", "creationDate": 0, "isoCreationDate": "2026-06-19T01:31:21Z"});
    assert_eq!(
        read::<RunStatus>(both).creation_date,
        at("1970-01-01T00:00:00Z")
    );
}

#[test]
fn ids_convert_and_print() {
    let id = IntegrationId::from("a/b");
    assert_eq!(
        IntegrationId::from(&id),
        IntegrationId::from(String::from("a/b"))
    );
    assert_eq!(format!("{id:>5}"), "  a/b");
    assert_eq!(ActionId::from(112000000001), ActionId::from("112000000001"));
    assert_eq!(
        serde_json::to_value(FileId::from(113000000001)).unwrap(),
        "113000000001"
    );
    assert_eq!(
        serde_json::from_str::<FlowId>("12345678901234567890").unwrap(),
        "12345678901234567890"
    );
    fn action(id: impl Into<ActionId>) -> ActionId {
        id.into()
    }
    assert_eq!(action(112000000001), action("112000000001"));
}

#[test]
fn open_enums_know_their_words() {
    for word in TriggerSource::WORDS {
        let source: TriggerSource = word.parse().unwrap();
        assert!(!matches!(source, TriggerSource::Other(_)));
        assert_eq!(source.to_string(), *word);
    }
    assert!(
        matches!(TriggerSource::from("ghost"), TriggerSource::Other(other) if &*other == "ghost")
    );
}

#[test]
fn a_workspace_with_and_without_its_size() {
    let bare: Workspace = read(json!({"id": "8a81", "name": "Supply chain", "active": true}));
    assert_eq!((bare.active, bare.current_size), (Some(true), None));
    let sized: Workspace = read(json!({
        "id": "8a81", "sizeAllowance": 1_073_741_824_i64, "currentSize": "873741824",
    }));
    assert_eq!(sized.size_allowance, Some(1_073_741_824));
    assert_eq!(sized.current_size, Some(873_741_824));
}

#[test]
fn a_model_in_each_form() {
    let model: Model = read(json!({
        "id": "8896D8C366BC48E5A3182B9F5CE10526", "name": "Demand planning",
        "activeState": "PRODUCTION_MAINTENANCE", "currentWorkspaceId": "8a81",
        "currentWorkspaceName": "Supply chain", "modelUrl": "https://us1a.app.anaplan.com/x",
        "categoryValues": [{"id": "1", "attribute": "EMEA", "categoryId": "2", "categoryName": "Region"}],
        "isoCreationDate": "2021-02-10T19:14:23.000+0000",
        "lastModified": "2022-02-10T19:14:23.000+0000",
        "lastModifiedByUserGuid": "8a81b08e5e8c6f27015ea4f0d2c10aa1",
        "lastSavedSerialNumber": "1207", "memoryUsage": 5_368_709_120_i64,
    }));
    assert_eq!(model.active_state, Some(ModelState::ProductionMaintenance));
    assert_eq!(model.last_modified, at("2022-02-10T19:14:23Z"));
    assert_eq!(model.last_saved_serial_number, Some(1207));
    assert_eq!(model.memory_usage, Some(5_368_709_120));
    assert_eq!(model.category_values[0].attribute.as_deref(), Some("EMEA"));
    assert!(model.other_fields.is_empty(), "{model:?}");
    let next: Model =
        read(json!({"id": "M", "activeState": "SLEEPING", "lastSavedSerialNumber": 7}));
    assert_eq!(next.active_state.unwrap().as_str(), "SLEEPING");
    assert_eq!(next.last_saved_serial_number, Some(7));
}

#[test]
fn the_data_source_of_an_import_in_all_its_forms() {
    let import = |source: Value| -> Import {
        read(json!({"id": 112000000001_i64, "name": "x", "importDataSourceId": source}))
    };
    let file = import(json!("113000000001"));
    assert_eq!(file.file_id().map(|id| id.as_str()), Some("113000000001"));
    let as_number = import(json!(113000000001_i64));
    assert_eq!(as_number.file_id(), file.file_id());
    for none in [json!(""), json!(null), json!({})] {
        assert_eq!(import(none).import_data_source_id, None);
    }
    let other = import(json!("102000000004"));
    assert_eq!(other.file_id(), None);
    assert!(other.import_data_source_id.is_some());
    read::<Import>(json!({"id": "112000000001"}));
}

#[test]
fn a_process_with_its_steps() {
    let process: ProcessDetails = read(json!({"name": "Load everything", "actions": [
        {"id": "112000000001", "name": "Products", "actionType": "IMPORT", "importType": "HIERARCHY_DATA",
         "importDataSource": {"importDataSourceId": "113000000001", "type": "FILE"}},
        {"id": "112000000003", "name": "From the hub", "actionType": "IMPORT", "importDataSourceId": "",
         "importDataSource": {"type": "MODEL", "sourceModelId": "ABC", "sourceModelName": "Hub"}},
        {"id": "116000000001", "name": "Forecast", "actionType": "EXPORT", "exportType": "GRID_ALL_PAGES"},
        {"id": "117000000009", "name": "Best mix", "actionType": "OPTIMIZER"},
        {"id": "117000000010", "name": "Open dashboard"},
    ]}));
    assert_eq!(process.actions.len(), 5);
    let sources = process
        .actions
        .iter()
        .map(|step| step.data_source_id().map(|id| id.as_str()));
    assert_eq!(
        sources.collect::<Vec<_>>(),
        [Some("113000000001"), None, None, None, None]
    );
    assert_eq!(process.actions[3].action_type, Some(ActionType::Optimizer));
    assert_eq!(process.actions[4].action_type, None);
    let empty: ProcessDetails = read(json!({"name": "Nothing"}));
    assert_eq!(empty.actions, []);
}

#[test]
fn files_exports_and_actions_need_nothing_but_their_ids() {
    let file: File = read(json!({
        "id": "116000000001", "name": "Forecast.csv", "chunkCount": "3", "firstDataRow": 0, "headerRow": 0,
    }));
    assert_eq!(file.chunk_count, Some(3));
    let export: Export = read(json!({"id": "116000000001", "exportType": "GRID_ALL_LINES"}));
    assert_eq!(export.export_type.unwrap().as_str(), "GRID_ALL_LINES");
    let action: Action = read(json!({"id": "117000000001", "name": "Dashboard"}));
    assert_eq!(action.action_type, None);
    let import: ImportMetadata = read(json!({"name": "x", "type": "FILE", "source": {
        "textEncoding": "UTF-8", "headerNames": ["Product", "Name"], "columnCount": 2,
    }}));
    assert_eq!(import.source_type, Some(ImportSourceType::File));
    assert_eq!(import.source.unwrap().header_names, ["Product", "Name"]);
    let export: ExportMetadata =
        read(json!({"headerNames": ["a b"], "listNames": ["", "Products"]}));
    assert_eq!(export.list_names, ["", "Products"]);
    let status: ModelStatus = read(json!({
        "currentStep": "Open", "progress": -1.0, "creationTime": 1_668_091_523_000_i64,
        "taskId": null, "tooltip": null, "exportTaskType": null,
    }));
    assert_eq!(status.current_step.as_deref(), Some("Open"));
    assert_eq!(status.progress.as_deref(), Some("-1"));
}
