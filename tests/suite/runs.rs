//! Runs: their history, their status, their errors and dumps.

use std::time::Duration;

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::jiff::Timestamp;
use cloudworks_sim::{Outcome, Simulator, estate};
use serde_json::json;

use super::{
    NOBODY, assert_refused, assert_sent, client_of, maybe_async, only_request, reply_once, test,
};

const HOUR: Duration = Duration::from_secs(3600);

/// The rows that the failed runs of the estate rejected.
const DUMP: &str = "Product,Region,Amount,_Line_,_Error_1_\r\n\
    Apples,North,12a,2,Amount: value is not a number\r\n\
    \"Pears, green\",South,n/a,5,Amount: value is not a number\r\n\
    Plums,,7,9,Region: item not located in list\r\n";

fn at(time: &str) -> Option<Timestamp> {
    Some(time.parse().unwrap())
}

#[maybe_async]
#[test]
async fn the_history_has_all_runs() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let runs = client.cw().get_run_history(estate::IMPORT).await.unwrap();
    assert_sent(
        &only_request(&sim),
        &format!(
            "GET /2/0/integrations/runs/{}?offset=0&limit=250",
            estate::IMPORT
        ),
        None,
    );
    let ids: Vec<_> = runs.iter().map(|run| run.id.as_str()).collect();
    let expected = [
        "4e0a3fdc21b8497f8c35d6e7a9b0c1d2",
        estate::PARTIAL_RUN,
        estate::FAILED_RUN,
        estate::SUCCESSFUL_RUN,
    ];
    assert_eq!(ids, expected);
    let [_, partial, failed, good] = &runs[..] else {
        panic!("{runs:?}")
    };
    assert_eq!(good.triggered_by.as_deref(), Some("Ada Planner"));
    assert_eq!(good.start_date, at("2026-06-08T04:30:06Z"));
    assert_eq!(good.end_date, at("2026-06-08T04:30:51Z"));
    assert_eq!(good.last_run, at("2026-06-08T04:30:51Z"));
    assert_eq!(good.success, Some(true));
    assert_eq!(good.message.as_deref(), Some("Success"));
    assert_eq!(good.execution_error_code, None);
    assert_eq!(good.trigger_source, Some(TriggerSource::Scheduled));
    assert!(good.trace_id.is_some());
    assert_eq!(partial.trigger_source, Some(TriggerSource::Manual));
    assert_eq!(partial.success, Some(true));
    assert_eq!(partial.execution_error_code, Some(38));
    assert_eq!(failed.success, Some(false));
    assert_eq!(failed.execution_error_code, Some(12));
    for run in &runs {
        assert!(run.other_fields.is_empty() && !run.is_running(), "{run:?}");
    }
}

#[maybe_async]
#[test]
async fn a_history_without_runs_is_empty() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let runs = client
        .cw()
        .get_run_history(estate::NEVER_RUN)
        .await
        .unwrap();
    assert_eq!(runs, []);
    assert_eq!(sim.requests_to("GET", "/2/0/").len(), 1);
}

#[maybe_async]
#[test]
async fn how_a_run_went() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let good = client
        .cw()
        .get_run_status(estate::SUCCESSFUL_RUN)
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("GET /2/0/integrations/run/{}", estate::SUCCESSFUL_RUN),
        None,
    );
    assert_eq!(good.id, estate::SUCCESSFUL_RUN);
    assert_eq!(good.integration_id, Some(estate::IMPORT.into()));
    assert_eq!(good.start_date, at("2026-06-08T04:30:06Z"));
    assert_eq!(good.end_date, at("2026-06-08T04:30:51Z"));
    assert_eq!(good.creation_date, at("2026-06-08T04:30:06Z"));
    assert_eq!(good.modification_date, at("2026-06-08T04:30:51Z"));
    assert_eq!(good.created_by.as_deref(), Some("Ada Planner"));
    assert_eq!(good.modified_by.as_deref(), Some("Ada Planner"));
    assert_eq!(good.success, Some(true));
    assert_eq!(good.message.as_deref(), Some("Success"));
    assert_eq!(good.execution_error_code, None);
    assert_eq!(good.flow_group_id, None);
    assert_eq!(good.trigger_source, Some(TriggerSource::Scheduled));
    assert!(!good.is_running());
    let partial = client
        .cw()
        .get_run_status(estate::PARTIAL_RUN)
        .await
        .unwrap();
    assert_eq!(partial.success, Some(true));
    assert_eq!(partial.execution_error_code, Some(38));
    assert_eq!(
        partial.message.as_deref(),
        Some(
            "Import 112000000001: 1197 (0/1197) rows successful, 0 (0/0) rows has warnings, \
             3 failed, 0 ignored"
        )
    );
    let failed = client
        .cw()
        .get_run_status(estate::FAILED_PROCESS_RUN)
        .await
        .unwrap();
    assert_eq!(failed.success, Some(false));
    assert_eq!(failed.message.as_deref(), Some("Process failed"));
    assert_eq!(failed.execution_error_code, Some(39));
    for run in [good, partial, failed] {
        assert!(run.other_fields.is_empty(), "{run:?}");
    }
}

#[maybe_async]
#[test]
async fn a_run_from_its_start_to_its_end() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    sim.next_run(estate::IMPORT, Outcome::success().lasting(HOUR));
    let run = client.cw().run_integration(estate::IMPORT).await.unwrap();
    let status = client.cw().get_run_status(&run).await.unwrap();
    assert!(status.is_running());
    assert_eq!(status.end_date, None);
    assert_eq!(status.message.as_deref(), Some("Running"));
    assert_eq!(status.modified_by, None);
    let runs = client.cw().get_run_history(estate::IMPORT).await.unwrap();
    assert_eq!((runs.len(), &runs[0].id), (5, &run));
    assert!(runs[0].is_running());
    let integration = client.cw().get_integration(estate::IMPORT).await.unwrap();
    assert!(integration.latest_run.unwrap().is_running());
    sim.advance(HOUR);
    let status = client.cw().get_run_status(&run).await.unwrap();
    assert!(!status.is_running());
    assert_eq!(status.success, Some(true));
    let lasted = status
        .end_date
        .unwrap()
        .duration_since(status.start_date.unwrap());
    assert_eq!(lasted.as_secs(), 3600);
}

#[maybe_async]
#[test]
async fn what_went_wrong() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let error = client.cw().get_run_error(estate::FAILED_RUN).await.unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("GET /2/0/integrations/runerror/{}", estate::FAILED_RUN),
        None,
    );
    let error = error.unwrap();
    assert_eq!(error.to_string(), "Value is not of the expected data type");
    assert_eq!(error.records.len(), 1);
    let record = &error.records[0];
    assert_eq!(record.id.as_deref(), Some(estate::FAILED_RUN));
    assert_eq!(record.creation_date, at("2026-06-09T04:30:04Z"));
    assert_eq!(record.created_by.as_deref(), Some("Ada Planner"));
    let actions: Vec<_> = error.actions().collect();
    assert_eq!(actions.len(), 1);
    assert_eq!(actions[0].action_id, Some(estate::FAILED_ACTION.into()));
    assert_eq!(actions[0].failure_dump_generated, Some(true));
    assert_eq!(actions[0].error_message[0].occurrences, Some(3));
    assert!(record.other_fields.is_empty() && actions[0].other_fields.is_empty());
}

#[maybe_async]
#[test]
async fn nothing_went_wrong() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let error = client
        .cw()
        .get_run_error(estate::SUCCESSFUL_RUN)
        .await
        .unwrap();
    assert_eq!(error, None);
    let path = format!("/2/0/integrations/runerror/{}", estate::FAILED_RUN);
    for body in [
        json!({"status": {"code": 200}, "runs": {}}),
        json!({"status": {"code": 200}, "runs": []}),
        json!({"status": {"code": 200}, "runs": null}),
        json!({"status": {"code": 200}}),
    ] {
        reply_once(&sim, "GET", &path, 200, &body);
        let error = client.cw().get_run_error(estate::FAILED_RUN).await.unwrap();
        assert_eq!(error, None, "{body}");
    }
}

#[maybe_async]
#[test]
async fn errors_come_as_a_list_too() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let record = |text: &str| {
        json!({"errorMessages": [{
            "actionId": "112000000001", "actionName": "Load", "failureDumpGenerated": false,
            "errorMessage": [{"localMessageText": text}],
        }]})
    };
    let body = json!({"status": {"code": 200}, "runs": [record("first"), record("second")]});
    let path = format!("/2/0/integrations/runerror/{}", estate::FAILED_RUN);
    reply_once(&sim, "GET", &path, 200, &body);
    let error = client.cw().get_run_error(estate::FAILED_RUN).await.unwrap();
    let error = error.unwrap();
    assert_eq!(error.records.len(), 2);
    assert_eq!(error.to_string(), "first; second");
}

#[maybe_async]
#[test]
async fn the_rows_that_were_rejected() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    for run in [estate::FAILED_RUN, estate::PARTIAL_RUN] {
        sim.clear_requests();
        let csv = client.cw().get_import_error_dump(run).await.unwrap();
        assert_sent(
            &only_request(&sim),
            &format!("GET /2/0/integrations/run/{run}/dumps"),
            None,
        );
        assert_eq!(String::from_utf8(csv).unwrap(), DUMP);
    }
}

#[maybe_async]
#[test]
async fn a_dump_comes_byte_for_byte() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let outcome = Outcome::failure().dump(bytes.clone());
    sim.next_run(estate::NEVER_RUN, outcome.lasting(Duration::ZERO));
    let run = client
        .cw()
        .run_integration(estate::NEVER_RUN)
        .await
        .unwrap();
    let dump = client.cw().get_import_error_dump(&run).await.unwrap();
    assert!(dump == bytes, "{} bytes", dump.len());
}

#[maybe_async]
#[test]
async fn the_rows_that_an_import_of_a_process_rejected() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let run = RunId::from(estate::FAILED_PROCESS_RUN);
    let csv = client
        .cw()
        .get_process_error_dump(&run, 112_000_000_001)
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("GET /2/0/integrations/run/{run}/process/import/112000000001/dumps"),
        None,
    );
    assert_eq!(String::from_utf8(csv).unwrap(), DUMP);
    let error = client.cw().get_run_error(&run).await.unwrap().unwrap();
    let action = error.actions().next().unwrap().action_id.clone().unwrap();
    let csv = client
        .cw()
        .get_process_error_dump(&run, action)
        .await
        .unwrap();
    assert_eq!(csv, DUMP.as_bytes());
}

#[maybe_async]
#[test]
async fn there_is_no_dump_where_nothing_was_rejected() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let words = "Your integration run was successful / no errors";
    let cw = client.cw();
    let dump = cw.get_import_error_dump(estate::SUCCESSFUL_RUN).await;
    assert_refused(dump, 404, words);
    let dump = cw.get_import_error_dump(estate::FAILED_PROCESS_RUN).await;
    assert_refused(dump, 404, words);
    let other = cw
        .get_process_error_dump(estate::FAILED_PROCESS_RUN, 112_000_000_002)
        .await;
    assert_refused(other, 404, words);
    let outcome = Outcome::failure().without_dump().lasting(Duration::ZERO);
    sim.next_run(estate::IMPORT, outcome);
    let run = cw.run_integration(estate::IMPORT).await.unwrap();
    let error = cw.get_run_error(&run).await.unwrap().unwrap();
    let action = error.actions().next().unwrap();
    assert_eq!(action.failure_dump_generated, Some(false));
    assert_refused(cw.get_import_error_dump(&run).await, 404, words);
}

#[maybe_async]
#[test]
async fn what_is_not_there_is_not_found() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let (cw, words) = (client.cw(), "was not found");
    assert_refused(cw.get_run_history(NOBODY).await, 404, words);
    assert_refused(cw.get_run_status(NOBODY).await, 404, words);
    assert_refused(cw.get_run_error(NOBODY).await, 404, words);
    assert_refused(cw.get_import_error_dump(NOBODY).await, 404, words);
    let dump = cw.get_process_error_dump(NOBODY, 112_000_000_001).await;
    assert_refused(dump, 404, words);
}

#[maybe_async]
#[test]
async fn the_run_of_a_flow_has_no_status_its_steps_have() {
    let sim = Simulator::builder().run_duration(Duration::ZERO).start();
    let client = client_of(&sim);
    let run = client.cw().flows().run_flow(estate::FLOW).await.unwrap();
    sim.finish_runs();
    let status = client.cw().get_run_status(&run).await;
    assert_refused(status, 404, "was not found");
    for step in [estate::IMPORT, estate::EXPORT] {
        let runs = client.cw().get_run_history(step).await.unwrap();
        assert_eq!(runs[0].trigger_source, Some(TriggerSource::ManualFlow));
        let status = client.cw().get_run_status(&runs[0].id).await.unwrap();
        assert_eq!(status.flow_group_id, Some(estate::FLOW.into()));
        assert_eq!(status.success, Some(true));
    }
}
