//! One long story, from the first connection to the last clean-up.

use std::time::Duration;

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::*;
use anaplan_sdk::models::jiff::civil::{Weekday, date, time};
use cloudworks_sim::{Outcome, Simulator, estate};
use serde_json::json;

use super::{assert_refused, client_of, maybe_async, test};

#[maybe_async]
#[test]
async fn from_creation_to_clean_up() {
    let sim = Simulator::builder()
        .empty()
        .run_duration(Duration::from_secs(60))
        .start();
    let client = client_of(&sim);
    let (cw, flows) = (client.cw(), client.cw().flows());
    let list = cw.list_connections().await.unwrap();
    assert_eq!(list, []);

    // A connection, typed, then its secret renewed and its name changed.
    let blob = AzureBlobConnectionInput::builder()
        .name("My Blob")
        .storage_account_name("mystorageaccount")
        .container_name("raw")
        .sas_token("sp=rl&sig=abc")
        .build();
    let connection = cw.create_connection(blob.clone()).await.unwrap();
    cw.update_connection(&connection, blob).await.unwrap();
    let patch = json!({"name": "My better Blob"});
    cw.patch_connection(&connection, patch).await.unwrap();
    let list = cw.list_connections().await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].name(), Some("My better Blob"));
    assert_eq!(list[0].is_working(), Some(true));

    // An import, a process with two jobs, a process without.
    let source = FileSource::azure_blob(&connection, "dummy.csv");
    let target = AnaplanTarget::builder()
        .action_id(112_000_000_001)
        .file_id(113_000_000_001)
        .build();
    let import_job = IntegrationJobInput::import(source, target);
    let import = IntegrationInput::builder()
        .name("Blob to Anaplan")
        .workspace_id(estate::WORKSPACE)
        .model_id(estate::MODEL)
        .jobs([import_job.clone()])
        .build();
    let import = cw.create_integration(import).await.unwrap();
    let export_job = IntegrationJobInput::export(
        AnaplanSource::builder().action_id(116_000_000_001).build(),
        FileTarget::azure_blob(&connection, "out/"),
    );
    let process = IntegrationInput::builder()
        .name("There and back")
        .workspace_id(estate::WORKSPACE)
        .model_id(estate::MODEL)
        .process_id(118_000_000_001)
        .jobs([import_job, export_job])
        .build();
    let process = cw.create_integration(process).await.unwrap();
    let process_only = IntegrationProcessInput::builder()
        .name("My Process")
        .workspace_id(estate::WORKSPACE)
        .model_id(estate::MODEL)
        .process_id(118_000_000_002)
        .build();
    let process_only = cw.create_integration(process_only).await.unwrap();
    let query = IntegrationQuery::builder().sort_by(SortBy::Name).build();
    let names: Vec<_> = cw
        .list_integrations_with(&query)
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.name)
        .collect();
    assert_eq!(names, ["Blob to Anaplan", "My Process", "There and back"]);

    // A schedule: created, replaced, switched off.
    let hourly = ScheduleInput::hourly()
        .name("Office hours")
        .timezone("Europe/Paris")
        .start_date(date(2027, 1, 1))
        .repeat_every(2)
        .from_time(time(8, 0, 0, 0))
        .to_time(time(18, 0, 0, 0))
        .days_of_week([Weekday::Monday])
        .build();
    cw.create_schedule(&import, hourly).await.unwrap();
    let nightly = ScheduleInput::daily()
        .name("Nightly")
        .timezone("Europe/Paris")
        .start_date(date(2027, 1, 1))
        .time(time(2, 30, 0, 0))
        .build();
    cw.update_schedule(&import, nightly).await.unwrap();
    cw.set_schedule_status(&import, ScheduleStatus::Disabled)
        .await
        .unwrap();
    let schedule = cw.get_integration(&import).await.unwrap().schedule.unwrap();
    assert_eq!(schedule.name.as_deref(), Some("Nightly"));
    assert_eq!(schedule.status, Some(ScheduleState::Inactive));

    // Who is told: everybody the integration was born with makes room for one.
    cw.delete_notification_config(&import).await.unwrap();
    let config = NotificationConfigInput::builder()
        .integration_id(&import)
        .channels([NotificationChannel::Email])
        .on_full_failure([estate::USER])
        .build();
    let notification = cw.create_notification_config(config).await.unwrap();
    let read = cw.get_notification_config(&import).await.unwrap();
    assert_eq!(read.id, notification);

    // A run, followed to its end; then one that fails, its errors and its dump.
    let run = cw.run_integration(&import).await.unwrap();
    let status = cw.get_run_status(&run).await.unwrap();
    assert!(status.is_running());
    assert_refused(cw.delete_integration(&import).await, 409, "running");
    sim.advance(Duration::from_secs(60));
    let status = cw.get_run_status(&run).await.unwrap();
    assert_eq!(status.success, Some(true));
    let error = cw.get_run_error(&run).await.unwrap();
    assert_eq!(error, None);
    sim.next_run(
        import.as_str(),
        Outcome::failure().dump("A,_Line_\r\nx,2\r\n"),
    );
    let failed = cw.run_integration(&import).await.unwrap();
    sim.finish_runs();
    let status = cw.get_run_status(&failed).await.unwrap();
    assert_eq!(status.success, Some(false));
    let error = cw.get_run_error(&failed).await.unwrap().unwrap();
    assert!(!error.to_string().is_empty());
    let dump = cw.get_import_error_dump(&failed).await.unwrap();
    assert_eq!(dump, b"A,_Line_\r\nx,2\r\n");
    sim.next_run(process.as_str(), Outcome::failure());
    let failed_process = cw.run_integration(&process).await.unwrap();
    sim.finish_runs();
    let dump = cw
        .get_process_error_dump(&failed_process, 112_000_000_001)
        .await
        .unwrap();
    assert!(dump.starts_with(b"Product,"), "{dump:?}");
    let history = cw.get_run_history(&import).await.unwrap();
    let ids: Vec<_> = history.iter().map(|run| &run.id).collect();
    assert_eq!(ids, [&failed, &run]);

    // A flow of all three, changed, run in part and as a whole.
    let flow = FlowInput::sequence("My Flow", [&import, &process]);
    let flow = flows.create_flow(flow).await.unwrap();
    let longer = FlowInput::sequence("My Flow", [&import, &process, &process_only]);
    flows.update_flow(&flow, longer).await.unwrap();
    flows.run_flow_steps(&flow, [&process_only]).await.unwrap();
    sim.finish_runs();
    flows.run_flow(&flow).await.unwrap();
    sim.finish_runs();
    let read = flows.get_flow(&flow).await.unwrap();
    assert_eq!(read.latest_run.unwrap().success, Some(true));
    assert_eq!(read.steps.len(), 3);
    let runs = [&import, &process, &process_only].map(|id| sim.runs_of(id.as_str()));
    assert_eq!(runs, [3, 2, 2]);

    // A run that is called off.
    sim.next_run(process_only.as_str(), Outcome::never_ends());
    cw.run_integration(&process_only).await.unwrap();
    cw.cancel_integration(&process_only).await.unwrap();
    let latest = cw.get_integration(&process_only).await.unwrap().latest_run;
    assert_eq!(latest.unwrap().message.as_deref(), Some("Cancelled"));

    // Clean-up: what is referred to goes last.
    assert_refused(cw.delete_connection(&connection).await, 409, "refers to it");
    assert_refused(cw.delete_integration(&import).await, 409, "refers to it");
    flows.delete_flow(&flow).await.unwrap();
    cw.delete_notification_config(&notification).await.unwrap();
    cw.delete_schedule(&import).await.unwrap();
    for id in [&import, &process, &process_only] {
        cw.delete_integration(id).await.unwrap();
    }
    cw.delete_connection(&connection).await.unwrap();
    let state = sim.state();
    for nouns in [
        "connections",
        "integrations",
        "notifications",
        "flows",
        "runs",
    ] {
        assert_eq!(state[nouns], json!([]), "{nouns}");
    }
    assert_eq!(sim.token_requests(), 1);
}
