//! Every operation by every fault: nothing lost, nothing done twice, no failure that looks like
//! success.

use std::collections::BTreeMap;
use std::time::Duration;

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::*;
use anaplan_sdk::{Error, RetryPolicy};
use cloudworks_sim::{Done, Fault, Outcome, RetryAfter, Simulator, estate};
use jiff::civil::{date, time};
use serde_json::{Value, json};

use super::{Client, builder_of, in_threads, maybe_async, sleep, test};

/// What an operation does to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Read,
    /// Doing it twice comes to the same.
    Repeatable,
    /// It must not be done twice.
    Once,
}
use Effect::{Once, Read, Repeatable};

/// An operation: its name, the request that is spoilt, and the trace that it leaves in the
/// service's log.
struct Operation {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    effect: Effect,
    trace: Option<(&'static str, &'static str)>,
}

const fn read(name: &'static str, path: &'static str) -> Operation {
    Operation {
        name,
        method: "GET",
        path,
        effect: Read,
        trace: None,
    }
}

const fn write(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    effect: Effect,
    trace: (&'static str, &'static str),
) -> Operation {
    Operation {
        name,
        method,
        path,
        effect,
        trace: Some(trace),
    }
}

#[rustfmt::skip]
const OPERATIONS: [Operation; 34] = [
    read("list_connections", "/2/0/integrations/connections"),
    write("create_connection", "POST", "/2/0/integrations/connections", Once, ("created", "connection")),
    write("update_connection", "PUT", "/2/0/integrations/connections/*", Repeatable, ("updated", "connection")),
    write("patch_connection", "PATCH", "/2/0/integrations/connections/*", Repeatable, ("patched", "connection")),
    write("delete_connection", "DELETE", "/2/0/integrations/connections/*", Repeatable, ("deleted", "connection")),
    read("list_integrations", "/2/0/integrations"),
    read("list_integrations_with", "/2/0/integrations"),
    read("get_integration", "/2/0/integrations/*"),
    write("create_integration", "POST", "/2/0/integrations", Once, ("created", "integration")),
    write("create_process_integration", "POST", "/2/0/integrations", Once, ("created", "integration")),
    write("update_integration", "PUT", "/2/0/integrations/*", Repeatable, ("updated", "integration")),
    write("delete_integration", "DELETE", "/2/0/integrations/*", Repeatable, ("deleted", "integration")),
    write("run_integration", "POST", "/2/0/integrations/*/run", Once, ("started", "run")),
    write("cancel_integration", "POST", "/2/0/integrations/*/cancel", Once, ("cancelled", "run")),
    write("create_schedule", "POST", "/2/0/integrations/*/schedule", Once, ("created", "schedule")),
    write("update_schedule", "PUT", "/2/0/integrations/*/schedule", Repeatable, ("updated", "schedule")),
    write("set_schedule_status", "POST", "/2/0/integrations/*/schedule/status/*", Repeatable, ("disabled", "schedule")),
    write("delete_schedule", "DELETE", "/2/0/integrations/*/schedule", Repeatable, ("deleted", "schedule")),
    read("get_run_history", "/2/0/integrations/runs/*"),
    read("get_run_status", "/2/0/integrations/run/*"),
    read("get_run_error", "/2/0/integrations/runerror/*"),
    read("get_import_error_dump", "/2/0/integrations/run/*/dumps"),
    read("get_process_error_dump", "/2/0/integrations/run/*/process/import/*/dumps"),
    read("get_notification_config", "/2/0/integrations/notification/*"),
    write("create_notification_config", "POST", "/2/0/integrations/notification", Once, ("created", "notification")),
    write("update_notification_config", "PUT", "/2/0/integrations/notification/*", Repeatable, ("updated", "notification")),
    write("delete_notification_config", "DELETE", "/2/0/integrations/notification/*", Repeatable, ("deleted", "notification")),
    read("list_flows", "/2/0/integrationflows"),
    read("get_flow", "/2/0/integrationflows/*"),
    write("create_flow", "POST", "/2/0/integrationflows", Once, ("created", "flow")),
    write("update_flow", "PUT", "/2/0/integrationflows/*", Repeatable, ("updated", "flow")),
    write("delete_flow", "DELETE", "/2/0/integrationflows/*", Repeatable, ("deleted", "flow")),
    write("run_flow", "POST", "/2/0/integrationflows/*/run", Once, ("started", "flow run")),
    write("run_flow_steps", "POST", "/2/0/integrationflows/*/run", Once, ("started", "flow run")),
];

/// Whether a fault can be overcome, and what the service did before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nature {
    /// The service certainly did nothing, and the client can know.
    Refused,
    /// The service did nothing, and the client cannot know.
    LostOnTheWayIn,
    /// The service answered that it failed, having done nothing.
    FailedInside,
    /// The service did it, and the answer was lost.
    LostOnTheWayBack,
    /// The service means it: no use to try again.
    Final,
}
use Nature::{FailedInside, Final, LostOnTheWayBack, LostOnTheWayIn, Refused};

/// Longer than a client waits for an answer.
const TOO_LONG: Duration = Duration::from_millis(1500);
const TIMEOUT: Duration = Duration::from_millis(500);

/// The faults that only a timeout ends.
const SLOW: [&str; 3] = ["a long delay before", "a long delay after", "a slow drip"];

const ON_ACCEPT: &str = "connection reset on accept";

fn faults(elsewhere: &str) -> Vec<(&'static str, Nature, Fault)> {
    vec![
        (ON_ACCEPT, Refused, Fault::reset_on_accept()),
        (
            "429 at once",
            Refused,
            Fault::too_many_requests(RetryAfter::Seconds(0)),
        ),
        (
            "429 with a date",
            Refused,
            Fault::too_many_requests(RetryAfter::Date(0)),
        ),
        ("401", Refused, Fault::unauthorized()),
        ("the token expires", Refused, Fault::expire_token()),
        ("reset before", LostOnTheWayIn, Fault::reset_before()),
        ("gateway JSON before", LostOnTheWayIn, Fault::gateway(503)),
        (
            "gateway JSON after",
            LostOnTheWayBack,
            Fault::gateway(503).after_processing(),
        ),
        (
            "a long delay before",
            LostOnTheWayIn,
            Fault::delay(TOO_LONG).before_processing(),
        ),
        (
            "502 before",
            LostOnTheWayIn,
            Fault::status(502, "Bad Gateway"),
        ),
        (
            "504 before",
            LostOnTheWayIn,
            Fault::status(504, "Gateway Timeout"),
        ),
        (
            "500 before",
            FailedInside,
            Fault::status(500, "Internal Server Error"),
        ),
        (
            "503 before",
            FailedInside,
            Fault::status(503, "Service Unavailable"),
        ),
        ("reset after", LostOnTheWayBack, Fault::reset_after()),
        (
            "a long delay after",
            LostOnTheWayBack,
            Fault::delay(TOO_LONG).after_processing(),
        ),
        (
            "500 after",
            LostOnTheWayBack,
            Fault::status(500, "Internal Server Error").after_processing(),
        ),
        (
            "504 after",
            LostOnTheWayBack,
            Fault::status(504, "Gateway Timeout").after_processing(),
        ),
        (
            "closed in the body",
            LostOnTheWayBack,
            Fault::close_in_body(),
        ),
        ("a cut chunk", LostOnTheWayBack, Fault::cut_chunk()),
        (
            "content length too long",
            LostOnTheWayBack,
            Fault::content_length_too_long(),
        ),
        (
            "content length too short",
            LostOnTheWayBack,
            Fault::content_length_too_short(),
        ),
        ("garbage", LostOnTheWayBack, Fault::garbage()),
        ("html", LostOnTheWayBack, Fault::html()),
        ("gzip that is none", LostOnTheWayBack, Fault::gzip_lie()),
        ("gzip cut short", LostOnTheWayBack, Fault::gzip_truncated()),
        ("an empty body", LostOnTheWayBack, Fault::empty_body()),
        (
            "a slow drip",
            LostOnTheWayBack,
            Fault::drip(Duration::from_millis(200)),
        ),
        (
            "429 without a time",
            Final,
            Fault::too_many_requests(RetryAfter::Missing),
        ),
        (
            "429 for an hour",
            Final,
            Fault::too_many_requests(RetryAfter::Seconds(3600)),
        ),
        ("403", Final, Fault::status(403, "Forbidden")),
        (
            "500 that means it",
            Final,
            Fault::status(500, "Model Not Found"),
        ),
        (
            "503 that means it",
            Final,
            Fault::status(503, "Integration trigger error"),
        ),
        ("redirected elsewhere", Final, Fault::redirect(elsewhere)),
    ]
}

#[maybe_async]
#[test]
async fn every_read_by_every_fault() {
    every_fault_on(Read).await;
}

#[maybe_async]
#[test]
async fn every_repeatable_write_by_every_fault() {
    every_fault_on(Repeatable).await;
}

#[maybe_async]
#[test]
async fn every_write_that_must_not_be_repeated_by_every_fault() {
    every_fault_on(Once).await;
}

#[maybe_async]
async fn every_fault_on(effect: Effect) {
    let elsewhere = &Simulator::start();
    let faults = &faults(&elsewhere.cloudworks_url());
    let operations: Vec<_> = OPERATIONS
        .iter()
        .filter(|one| one.effect == effect)
        .collect();
    let (operations, cases) = (&operations, operations.len() * faults.len());
    let workers = 8;
    let endings = in_threads(workers, |worker| async move {
        let mut endings = Vec::new();
        for case in (worker..cases).step_by(workers) {
            let operation = operations[case / faults.len()];
            let (name, nature, fault) = &faults[case % faults.len()];
            let ending = one_case(operation, name, *nature, fault.clone()).await;
            endings.push(ending);
        }
        endings
    })
    .await;
    let mut counts = BTreeMap::<&str, usize>::new();
    let mut broken = Vec::new();
    for ending in endings.into_iter().flatten() {
        match ending {
            Ok(ending) => *counts.entry(ending).or_default() += 1,
            Err(promise) => broken.push(promise),
        }
    }
    println!("{effect:?}: {cases} cases: {counts:?}");
    assert!(
        broken.is_empty(),
        "{} broken promises:\n{}",
        broken.len(),
        broken.join("\n")
    );
    assert_eq!(elsewhere.requests().len(), 0, "a request to a strange host");
    assert_eq!(counts.values().sum::<usize>(), cases);
    assert!(cases > 300, "{cases}");
}

/// How a case ended, or which promise was broken.
type Ending = Result<&'static str, String>;

macro_rules! promise {
    ($kept:expr, $($broken:tt)*) => {
        if !$kept {
            return Err(format!($($broken)*));
        }
    };
}

/// One operation meets one fault, once; the answer and the service's own log are held against
/// what was asked.
#[maybe_async]
async fn one_case(operation: &Operation, name: &str, nature: Nature, fault: Fault) -> Ending {
    let case = format!("{} by {name}", operation.name);
    // Every request of every operation: none has what no source speaks of.
    let sim = Simulator::builder()
        .strict(true)
        .run_duration(Duration::from_secs(600))
        .start();
    let patient = RetryPolicy::default()
        .max_attempts(4)
        .first_delay(Duration::from_millis(2))
        .max_delay(Duration::from_secs(2))
        .read_baseline(true)
        .search_time(Duration::from_millis(300));
    let mut builder = builder_of(&sim).retry(patient);
    if SLOW.contains(&name) {
        builder = builder.timeout(TIMEOUT);
    }
    let mut client = builder.clone().build().unwrap();
    prepare(&sim, &client, operation.name).await;
    let undisturbed = match operation.effect {
        Read => Some(perform(&client, operation.name).await.unwrap()),
        _ => None,
    };
    if name == ON_ACCEPT {
        // It strikes new connections only.
        client = builder.build().unwrap();
    }
    sim.clear_log();
    sim.clear_requests();
    let spoilt = sim.fault(fault.on(operation.method, operation.path).once());
    let answer = perform(&client, operation.name).await;
    promise!(
        sim.fault_hits(spoilt) == 1,
        "{case}: the fault did not strike"
    );
    let done = traces(&sim, operation)?;
    let asked = sim.requests().len();
    promise!(asked < 40, "{case}: {asked} requests");

    match operation.effect {
        // A read comes back with the right answer, whatever happened on the way.
        Read if nature != Final && is_cut_unseen(operation, name) => {
            promise!(answer.is_ok(), "{case}: {answer:?}");
            Ok("a file cut short, and nobody can know")
        }
        Read if nature != Final => {
            let answer = answer.map_err(|error| format!("{case}: {error}"))?;
            promise!(Some(&answer) == undisturbed.as_ref(), "{case}");
            Ok("read in the end")
        }
        Repeatable if nature != Final => {
            answer.map_err(|error| format!("{case}: {error}"))?;
            promise!(done >= 1, "{case}: not done");
            promise!(
                done == 1 || operation.method != "DELETE",
                "{case}: done {done} times"
            );
            Ok("done in the end")
        }
        Once if nature != Final => once(&case, operation, nature, answer, done, &sim),
        _ => {
            let error = answer.err().ok_or_else(|| format!("{case}: not refused"))?;
            promise!(!error.may_have_been_applied(), "{case}: {error}");
            promise!(done == 0, "{case}: done all the same");
            promise!(matches!(error, Error::Api(_)), "{case}: {error}");
            Ok("refused for good")
        }
    }
}

/// A CSV file that is shorter than it was, in an answer that is whole by the rules of HTTP.
fn is_cut_unseen(operation: &Operation, fault: &str) -> bool {
    operation.name.ends_with("_dump") && fault == "content length too short"
}

/// What must not be done twice is done once, or the error says that it may have been done.
fn once(
    case: &str,
    operation: &Operation,
    nature: Nature,
    answer: Result<Value, Error>,
    done: usize,
    sim: &Simulator,
) -> Ending {
    match answer {
        Ok(id) => {
            promise!(done == 1, "{case}: said to be done, was done {done} times");
            if let Some(id) = id.as_str() {
                let known = sim.log().iter().any(|entry| entry.id == id);
                promise!(known, "{case}: {id} is not what the service made");
            }
            Ok("done once")
        }
        Err(error) => {
            promise!(error.may_have_been_applied(), "{case}: {error}");
            promise!(done <= 1, "{case}: done {done} times");
            // What would be done twice is not sent again when it is not seen; and a flow shows no
            // id of its run to be found by.
            let not_seen = matches!(nature, LostOnTheWayIn | FailedInside);
            let hidden = match operation.name {
                "run_integration" | "create_flow" | "cancel_integration" => not_seen,
                "run_flow" | "run_flow_steps" => not_seen || nature == LostOnTheWayBack,
                _ => false,
            };
            promise!(hidden, "{case}: could have been settled: {error}");
            Ok("left to the caller, with what is known")
        }
    }
}

fn traces(sim: &Simulator, operation: &Operation) -> Result<usize, String> {
    let is_trace = |entry: &&Done| {
        operation
            .trace
            .is_some_and(|trace| trace == (entry.action.as_str(), entry.noun.as_str()))
    };
    let log = sim.log();
    let strange = log
        .iter()
        .filter(|entry| entry.action != "fault" && !is_trace(entry));
    // An integration is born with its notification, and takes it along when it is deleted; a
    // flow's run starts the runs of its steps.
    let strange: Vec<_> = strange
        .filter(|entry| !matches!(entry.noun.as_str(), "notification" | "run" | "schedule"))
        .collect();
    promise!(strange.is_empty(), "{}: {strange:?}", operation.name);
    Ok(log.iter().filter(is_trace).count())
}

/// What has to be there before the operation.
#[maybe_async]
async fn prepare(sim: &Simulator, client: &Client, operation: &str) {
    let cw = client.cw();
    match operation {
        "delete_connection" => {
            let id = cw.create_connection(blob("Unused")).await.unwrap();
            assert_eq!(sim.connection_id("Unused").as_deref(), Some(id.as_str()));
        }
        "create_notification_config" => {
            let of = IntegrationId::from(estate::NEVER_RUN);
            cw.delete_notification_config(of).await.unwrap();
        }
        "cancel_integration" => {
            sim.next_run(estate::NEVER_RUN, Outcome::never_ends());
            cw.run_integration(estate::NEVER_RUN).await.unwrap();
            // Old enough not to be taken for a run that began after the cancel.
            sleep(Duration::from_millis(2100)).await;
        }
        "delete_integration" => {
            cw.create_integration(process("Unused")).await.unwrap();
        }
        _ => {}
    }
}

fn blob(name: &str) -> AzureBlobConnectionInput {
    AzureBlobConnectionInput::builder()
        .name(name)
        .storage_account_name("mystorageaccount")
        .container_name("raw")
        .sas_token("sp=rl&sig=abc")
        .build()
}

fn import(name: &str) -> IntegrationInput {
    let source = FileSource::azure_blob(estate::AZURE_CONNECTION, "dummy.csv");
    let target = AnaplanTarget::builder()
        .action_id(112000000001)
        .file_id(113000000001)
        .build();
    IntegrationInput::builder()
        .name(name)
        .workspace_id(estate::WORKSPACE)
        .model_id(estate::MODEL)
        .jobs([IntegrationJobInput::import(source, target)])
        .build()
}

fn process(name: &str) -> IntegrationProcessInput {
    IntegrationProcessInput::builder()
        .name(name)
        .workspace_id(estate::WORKSPACE)
        .model_id(estate::MODEL)
        .process_id(118000000012)
        .build()
}

fn nightly() -> ScheduleInput {
    ScheduleInput::daily()
        .name("Nightly")
        .timezone("Europe/Paris")
        .start_date(date(2027, 1, 1))
        .time(time(2, 30, 0, 0))
        .build()
}

fn told(integration: &str) -> NotificationConfigInput {
    NotificationConfigInput::builder()
        .integration_id(integration)
        .channels([NotificationChannel::Email])
        .on_full_failure([estate::USER])
        .build()
}

/// The operation, and its answer as JSON.
#[maybe_async]
async fn perform(client: &Client, operation: &str) -> Result<Value, Error> {
    let cw = client.cw();
    let flows = cw.flows();
    let answer = match operation {
        "list_connections" => json(cw.list_connections().await?),
        "create_connection" => json(cw.create_connection(blob("New")).await?),
        "update_connection" => json(
            cw.update_connection(estate::AZURE_CONNECTION, blob("Other"))
                .await?,
        ),
        "patch_connection" => {
            let patch = json!({"name": "Other"});
            json(cw.patch_connection(estate::AZURE_CONNECTION, patch).await?)
        }
        "delete_connection" => {
            let all = cw.list_connections().await?;
            let unused = all
                .into_iter()
                .find(|c| c.name() == Some("Unused"))
                .unwrap();
            json(cw.delete_connection(unused.id).await?)
        }
        "list_integrations" => json(cw.list_integrations().await?),
        "list_integrations_with" => {
            let query = IntegrationQuery::builder().my_integrations(true).build();
            json(cw.list_integrations_with(&query).await?)
        }
        "get_integration" => json(cw.get_integration(estate::IMPORT).await?),
        "create_integration" => json(cw.create_integration(import("New")).await?),
        "create_process_integration" => json(cw.create_integration(process("New")).await?),
        "update_integration" => json(
            cw.update_integration(estate::NEVER_RUN, import("Other"))
                .await?,
        ),
        "delete_integration" => {
            let all = cw.list_integrations().await?;
            let unused = all.into_iter().find(|one| one.name == "Unused").unwrap();
            json(cw.delete_integration(unused.id).await?)
        }
        "run_integration" => json(cw.run_integration(estate::IMPORT).await?),
        "cancel_integration" => json(cw.cancel_integration(estate::NEVER_RUN).await?),
        "create_schedule" => json(cw.create_schedule(estate::NEVER_RUN, nightly()).await?),
        "update_schedule" => json(cw.update_schedule(estate::IMPORT, nightly()).await?),
        "set_schedule_status" => {
            let off = ScheduleStatus::Disabled;
            json(cw.set_schedule_status(estate::IMPORT, off).await?)
        }
        "delete_schedule" => json(cw.delete_schedule(estate::IMPORT).await?),
        "get_run_history" => json(cw.get_run_history(estate::IMPORT).await?),
        "get_run_status" => json(cw.get_run_status(estate::PARTIAL_RUN).await?),
        "get_run_error" => json(cw.get_run_error(estate::FAILED_RUN).await?),
        "get_import_error_dump" => json(cw.get_import_error_dump(estate::FAILED_RUN).await?),
        "get_process_error_dump" => {
            let (run, action) = (estate::FAILED_PROCESS_RUN, estate::FAILED_ACTION);
            json(cw.get_process_error_dump(run, action).await?)
        }
        "get_notification_config" => {
            let of = IntegrationId::from(estate::IMPORT);
            json(cw.get_notification_config(of).await?)
        }
        "create_notification_config" => json(
            cw.create_notification_config(told(estate::NEVER_RUN))
                .await?,
        ),
        "update_notification_config" => {
            let integration = cw.get_integration(estate::IMPORT).await?;
            let id = integration.notification_id.unwrap();
            json(
                cw.update_notification_config(id, told(estate::IMPORT))
                    .await?,
            )
        }
        "delete_notification_config" => {
            let of = IntegrationId::from(estate::IMPORT);
            json(cw.delete_notification_config(of).await?)
        }
        "list_flows" => json(flows.list_flows().await?),
        "get_flow" => json(flows.get_flow(estate::FLOW).await?),
        "create_flow" => {
            let flow = FlowInput::sequence("New", [estate::IMPORT, estate::EXPORT]);
            json(flows.create_flow(flow).await?)
        }
        "update_flow" => {
            let flow = FlowInput::sequence("Other", [estate::EXPORT, estate::IMPORT]);
            json(flows.update_flow(estate::FLOW, flow).await?)
        }
        "delete_flow" => json(flows.delete_flow(estate::NIGHTLY_FLOW).await?),
        "run_flow" => json(flows.run_flow(estate::FLOW).await?),
        "run_flow_steps" => json(flows.run_flow_steps(estate::FLOW, [estate::EXPORT]).await?),
        other => unreachable!("{other}"),
    };
    Ok(answer)
}

fn json(answer: impl serde::Serialize) -> Value {
    serde_json::to_value(answer).unwrap()
}
