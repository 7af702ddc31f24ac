//! Every operation by every fault: nothing lost, nothing done twice, no failure that looks like
//! success.

use std::collections::BTreeMap;
use std::time::Duration;

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::{Error, RetryPolicy, Safety};
use cloudworks_sim::{Done, Fault, Outcome, RetryAfter, Simulator, estate};
use serde_json::Value;

use super::super::calls::{
    CALLS, Call, Effect, Ids, WhenLost, blob, flow, import, mine, nightly, other_name, process,
    told,
};
use super::{Client, builder_of, in_threads, maybe_async, sleep, test};

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

/// The documents say how many cases there are.
#[maybe_async]
#[test]
async fn the_documents_count_what_is_tested() {
    let faults = faults("http://127.0.0.1").len();
    let cases = CALLS.len() * faults;
    let in_all = thousands(2 * cases);
    let told = format!("{} cases on each client, {in_all} in all", thousands(cases));
    let reliability = include_str!("../../docs/reliability.md");
    for document in [reliability, include_str!("../../README.md")] {
        assert!(document.contains(&told), "{told}");
    }
    let table = format!("{} calls (every operation", CALLS.len());
    assert!(reliability.contains(&table), "{table}");
    let by_faults = format!("by {faults} faults: ");
    assert!(reliability.contains(&by_faults), "{by_faults}");
}

fn thousands(number: usize) -> String {
    format!("{},{:03}", number / 1000, number % 1000)
}

#[maybe_async]
#[test]
async fn every_read_by_every_fault() {
    every_fault_on(Safety::Safe).await;
}

#[maybe_async]
#[test]
async fn every_repeatable_write_by_every_fault() {
    every_fault_on(Safety::Idempotent).await;
}

#[maybe_async]
#[test]
async fn every_write_that_must_not_be_repeated_by_every_fault() {
    every_fault_on(Safety::NotIdempotent).await;
}

#[maybe_async]
async fn every_fault_on(safety: Safety) {
    let elsewhere = &Simulator::start();
    let faults = &faults(&elsewhere.cloudworks_url());
    let calls: Vec<_> = CALLS
        .iter()
        .filter(|call| call.operation().safety() == safety)
        .collect();
    let (calls, cases) = (&calls, calls.len() * faults.len());
    let workers = 8;
    let endings = in_threads(workers, |worker| async move {
        let mut endings = Vec::new();
        for case in (worker..cases).step_by(workers) {
            let call = calls[case / faults.len()];
            let (name, nature, fault) = &faults[case % faults.len()];
            let ending = one_case(call, name, *nature, fault.clone()).await;
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
    println!("{safety:?}: {cases} cases: {counts:?}");
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
async fn one_case(call: &Call, name: &str, nature: Nature, fault: Fault) -> Ending {
    let case = format!("{} by {name}", call.name);
    let operation = call.operation();
    let safety = operation.safety();
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
    let ids = &prepare(&sim, &client, call.name).await;
    let undisturbed = match safety {
        Safety::Safe => Some(perform(&client, ids, call.name).await.unwrap()),
        _ => None,
    };
    if name == ON_ACCEPT {
        // It strikes new connections only.
        client = builder.build().unwrap();
    }
    sim.clear_log();
    sim.clear_requests();
    let spoilt = sim.fault(fault.on(operation.method().as_str(), &place(call)).once());
    let answer = perform(&client, ids, call.name).await;
    promise!(
        sim.fault_hits(spoilt) == 1,
        "{case}: the fault did not strike"
    );
    let done = traces(&sim, call)?;
    let asked = sim.requests().len();
    promise!(asked < 40, "{case}: {asked} requests");

    match safety {
        // A read comes back with the right answer, whatever happened on the way.
        Safety::Safe if nature != Final && is_cut_unseen(call, name) => {
            promise!(answer.is_ok(), "{case}: {answer:?}");
            Ok("a file cut short, and nobody can know")
        }
        Safety::Safe if nature != Final => {
            let answer = answer.map_err(|error| format!("{case}: {error}"))?;
            promise!(Some(&answer) == undisturbed.as_ref(), "{case}");
            Ok("read in the end")
        }
        Safety::Idempotent if nature != Final => {
            answer.map_err(|error| format!("{case}: {error}"))?;
            promise!(done >= 1, "{case}: not done");
            promise!(
                done == 1 || operation.method() != "DELETE",
                "{case}: done {done} times"
            );
            Ok("done in the end")
        }
        Safety::NotIdempotent if nature != Final => once(&case, call, nature, answer, done, &sim),
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
fn is_cut_unseen(call: &Call, fault: &str) -> bool {
    call.name.ends_with("_dump") && fault == "content length too short"
}

/// What must not be done twice is done once, or the error says that it may have been done.
fn once(
    case: &str,
    call: &Call,
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
            let not_done = matches!(nature, LostOnTheWayIn | FailedInside);
            let hidden = match call.effect {
                Effect::Does(_, _, WhenLost::InDoubt) => not_done || nature == LostOnTheWayBack,
                Effect::Does(_, _, WhenLost::SettledIfDone) => not_done,
                _ => false,
            };
            promise!(hidden, "{case}: could have been settled: {error}");
            Ok("left to the caller, with what is known")
        }
    }
}

fn traces(sim: &Simulator, call: &Call) -> Result<usize, String> {
    let is_trace = |entry: &&Done| matches!(call.effect, Effect::Does(action, noun, _) if entry.action == action && entry.noun == noun);
    let log = sim.log();
    let strange = log
        .iter()
        .filter(|entry| entry.action != "fault" && !is_trace(entry));
    // An integration is born with its notification, and takes it along when it is deleted; a
    // flow's run starts the runs of its steps.
    let strange: Vec<_> = strange
        .filter(|entry| !matches!(entry.noun.as_str(), "notification" | "run" | "schedule"))
        .collect();
    promise!(strange.is_empty(), "{}: {strange:?}", call.name);
    Ok(log.iter().filter(is_trace).count())
}

/// Where the simulator finds the request of a call: a star for each id.
fn place(call: &Call) -> String {
    let path = call.operation().path();
    let (_, url) = call.request.split_once(' ').unwrap();
    let (base, _) = url.split_once("/2/0/").unwrap();
    let segments = path
        .split('/')
        .map(|segment| match segment.starts_with('{') {
            true => "*",
            false => segment,
        });
    format!("{base}/2/0/{}", segments.collect::<Vec<_>>().join("/"))
}

/// What has to be there before the call, and the ids that it names.
#[maybe_async]
async fn prepare(sim: &Simulator, client: &Client, name: &str) -> Ids {
    let cw = client.cw();
    let integration = cw.get_integration(estate::IMPORT).await.unwrap();
    let mut ids = Ids {
        connection: estate::AZURE_CONNECTION.to_owned(),
        integration: estate::IMPORT.to_owned(),
        run: estate::FAILED_RUN.to_owned(),
        action: estate::FAILED_ACTION.to_owned(),
        notification: integration.notification_id.unwrap().to_string(),
        flow: estate::FLOW.to_owned(),
        workspace: estate::WORKSPACE.to_owned(),
        model: estate::MODEL.to_owned(),
        import: "112000000001".to_owned(),
        export: "116000000001".to_owned(),
        process: "118000000012".to_owned(),
        user_of_path: estate::USER.to_owned(),
        source: estate::AZURE_CONNECTION.to_owned(),
        steps: [estate::IMPORT.to_owned(), estate::EXPORT.to_owned()],
        user: estate::USER.to_owned(),
    };
    let never_run = estate::NEVER_RUN.to_owned();
    match name {
        "delete_connection" => {
            let mut unused = blob();
            unused.name = "Unused".to_owned();
            ids.connection = cw.create_connection(unused).await.unwrap().to_string();
        }
        "update_integration" | "create_schedule" => ids.integration = never_run,
        "delete_integration" => {
            ids.integration = cw.create_integration(process()).await.unwrap().to_string();
        }
        "cancel_integration" => {
            sim.next_run(estate::NEVER_RUN, Outcome::never_ends());
            cw.run_integration(estate::NEVER_RUN).await.unwrap();
            // Old enough not to be taken for a run that began after the cancel.
            sleep(Duration::from_millis(2100)).await;
            ids.integration = never_run;
        }
        "get_process_error_dump" => ids.run = estate::FAILED_PROCESS_RUN.to_owned(),
        "create_notification_config" => {
            let of = IntegrationId::from(estate::NEVER_RUN);
            cw.delete_notification_config(of).await.unwrap();
            ids.steps[0] = never_run;
        }
        "delete_flow" => ids.flow = estate::NIGHTLY_FLOW.to_owned(),
        _ => {}
    }
    ids
}

/// An answer without the time at which it was made, which is new in each.
fn settled(mut answer: Value) -> Value {
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("creationTime");
    }
    answer
}

/// The call, and its answer as JSON.
macro_rules! perform {
    ($($name:ident ($operation:ident): |$c:ident, $ids:ident| $call:expr, $request:literal, $body:literal, $effect:expr;)*) => {
        #[maybe_async]
        async fn perform(client: &Client, ids: &Ids, name: &str) -> Result<Value, Error> {
            match name {
                $(stringify!($name) => {
                    let ($c, $ids) = (client, ids);
                    let _ = $ids;
                    let answer = $call.await?;
                    Ok(settled(serde_json::to_value(answer).unwrap()))
                })*
                other => unreachable!("{other}"),
            }
        }
    };
}
every_call!(perform);
