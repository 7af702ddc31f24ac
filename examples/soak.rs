//! A soak: 100,000 calls by 64 callers through 7 % random faults, on real sockets. One call in a
//! hundred is given up by its caller before its answer can be there.
//!
//! ```text
//! cargo run --release --example soak [CALLS]
//! ```
//!
//! The simulator runs in a process of its own, so that the memory shown is the client's. When all
//! calls are over, the simulator's log of what was really done is held against what the callers
//! were told: nothing done twice, nothing lost, no answer that is not true. Any broken promise
//! ends it with an error. It reads no variables.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | every promise was kept; or this text (`--help`) |
//! | 1 | a promise was broken, or it could not start |

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anaplan_sdk::models::cloud_works::AzureBlobConnectionInput;
use anaplan_sdk::{Client, Credentials, RetryPolicy};
use cloudworks_sim::{Fault, RetryAfter, Simulator, estate};
use serde_json::Value;

#[macro_use]
mod output;

const CALLERS: usize = 64;
const SEED: u64 = 20_260_619;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    if output::helped(include_str!("soak.rs")) {
        return Ok(());
    }
    let argument = std::env::args().nth(1);
    if argument.as_deref() == Some("--serve") {
        return serve();
    }
    let calls = argument.map_or(Ok(100_000), |text| text.parse())?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(soak(calls))
}

/// The service, in a process of its own, until its standard input ends.
fn serve() -> Result<(), Failure> {
    let sim = Simulator::builder()
        .run_duration(Duration::ZERO)
        .keep_requests(1000)
        .start();
    for (n, fault) in [
        Fault::reset_before(),
        Fault::reset_after(),
        Fault::status(500, "Internal Server Error"),
        Fault::status(500, "Internal Server Error").after_processing(),
        Fault::status(503, "Service Unavailable"),
        Fault::too_many_requests(RetryAfter::Seconds(0)),
        Fault::unauthorized(),
        Fault::close_in_body(),
        Fault::garbage(),
        Fault::gzip_truncated(),
        Fault::gateway(503),
        Fault::gateway(500).after_processing(),
        Fault::wrong_date(-240),
        Fault::wrong_date(240),
    ]
    .into_iter()
    .enumerate()
    {
        sim.fault(fault.with_probability(0.005, SEED + n as u64));
    }
    // The history of runs is read seldom, and is to be at its worst.
    for (n, fault) in [Fault::undated_runs(), Fault::lagging_history()]
        .into_iter()
        .enumerate()
    {
        let fault = fault.on("GET", "/2/0/integrations/runs/*");
        sim.fault(fault.with_probability(0.1, SEED - n as u64));
    }
    say!("http://127.0.0.1:{}", sim.port());
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

/// Stops the service when it is dropped.
struct Service {
    process: Child,
    url: String,
}

impl Service {
    fn start() -> Result<Self, Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("--serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        let output = process.stdout.take().ok_or("no output")?;
        BufReader::new(output).read_line(&mut url)?;
        let url = url.trim().to_owned();
        Ok(Self { process, url })
    }

    async fn log(&self) -> Result<Vec<Value>, Failure> {
        let text = reqwest::get(format!("{}/_sim/log", self.url))
            .await?
            .text()
            .await?;
        let log: Value = serde_json::from_str(&text)?;
        let entries = log.get("log").unwrap_or(&log);
        Ok(entries.as_array().cloned().unwrap_or_default())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the callers were told.
#[derive(Default)]
struct Told {
    created: Vec<String>,
    deleted: Vec<String>,
    started: Vec<String>,
    /// Failed, and may have been done.
    uncertain: BTreeMap<&'static str, usize>,
    failed: BTreeMap<String, usize>,
    /// A fresh token was refused, too.
    refused: usize,
    /// Given up by their callers.
    given_up: usize,
    calls: usize,
}

async fn soak(calls: usize) -> Result<(), Failure> {
    let service = Service::start()?;
    let client = Client::builder()
        .credentials(Credentials::basic(estate::USER_EMAIL, "password"))
        .cloudworks_url(format!("{}/2/0", service.url))
        .auth_url(&*service.url)
        .api_url(format!("{}/api/2/0", service.url))
        // Five faults in a row do happen in so many calls; eight do not.
        .retry(
            RetryPolicy::default()
                .first_delay(Duration::from_millis(5))
                .max_attempts(8)
                .read_baseline(true)
                .search_time(Duration::from_secs(2)),
        )
        .build()?;
    client.cw().list_connections().await?;
    let at_start = resident()?;
    let began = Instant::now();
    let done = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let share = calls / CALLERS + usize::from(caller < calls % CALLERS);
            tokio::spawn(call_again(client.clone(), caller, share, done.clone()))
        })
        .collect();
    let mut at_half = None;
    while done.load(Ordering::Relaxed) < calls {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if at_half.is_none() && done.load(Ordering::Relaxed) >= calls / 2 {
            at_half = Some(resident()?);
        }
    }
    let mut told = Told::default();
    for caller in callers {
        let one = caller.await?;
        told.created.extend(one.created);
        told.deleted.extend(one.deleted);
        told.started.extend(one.started);
        told.calls += one.calls;
        told.refused += one.refused;
        told.given_up += one.given_up;
        for (name, count) in one.uncertain {
            *told.uncertain.entry(name).or_default() += count;
        }
        for (error, count) in one.failed {
            *told.failed.entry(error).or_default() += count;
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let (at_half, at_end) = (at_half.unwrap_or(at_start), resident()?);
    let faults = judge(&service.log().await?, &told)?;
    say!(
        "calls           {} by {CALLERS} callers, {seconds:.1} s",
        told.calls
    );
    say!("faults          {faults}");
    say!("created         {}", told.created.len());
    say!("deleted         {}", told.deleted.len());
    say!("runs started    {}", told.started.len());
    say!("left uncertain  {:?}", told.uncertain);
    say!("401 twice       {}", told.refused);
    say!("given up        {}", told.given_up);
    say!("failed          {:?}", told.failed);
    say!("memory (KiB)    {at_start} at the start, {at_half} at half, {at_end} at the end");
    say!("every promise was kept");
    Ok(())
}

fn blob(name: String) -> AzureBlobConnectionInput {
    AzureBlobConnectionInput::builder()
        .name(name)
        .storage_account_name("account")
        .container_name("raw")
        .sas_token("sp=rl&sig=abc")
        .build()
}

async fn call_again(client: Client, caller: usize, share: usize, done: Arc<AtomicUsize>) -> Told {
    let mut told = Told::default();
    let cw = client.cw();
    let mut mine: Vec<String> = Vec::new();
    for turn in 0..share {
        if turn % 100 == 99 {
            // Its future is dropped half-way: whatever it was, it may have been done.
            let name = format!("caller {caller}, turn {turn}, given up");
            let create = cw.create_connection(blob(name));
            let ended = tokio::time::timeout(Duration::from_micros(300), create).await;
            match ended {
                Ok(Ok(id)) => told.created.push(id.to_string()),
                Ok(Err(_)) | Err(_) => {
                    *told.uncertain.entry("create_connection").or_default() += 1;
                }
            }
            told.given_up += 1;
            told.calls += 1;
            done.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let failure = match (turn + caller) % 10 {
            0 => {
                let blob = blob(format!("caller {caller}, turn {turn}"));
                match cw.create_connection(blob).await {
                    Ok(id) => {
                        told.created.push(id.to_string());
                        mine.push(id.to_string());
                        None
                    }
                    Err(error) => Some(("create_connection", error)),
                }
            }
            5 => match mine.pop() {
                None => cw
                    .flows()
                    .list_flows()
                    .await
                    .err()
                    .map(|e| ("list_flows", e)),
                Some(id) => match cw.delete_connection(&*id).await {
                    Ok(()) => {
                        told.deleted.push(id);
                        None
                    }
                    Err(error) => Some(("delete_connection", error)),
                },
            },
            7 if caller == 0 => match cw.run_integration(estate::IMPORT).await {
                Ok(run) => {
                    told.started.push(run.to_string());
                    None
                }
                Err(error) => Some(("run_integration", error)),
            },
            1 | 6 => cw
                .get_integration(estate::PROCESS)
                .await
                .err()
                .map(|e| ("get_integration", e)),
            2 => cw
                .list_integrations()
                .await
                .err()
                .map(|e| ("list_integrations", e)),
            3 => cw
                .get_run_error(estate::FAILED_RUN)
                .await
                .err()
                .map(|e| ("get_run_error", e)),
            _ => cw
                .get_run_status(estate::PARTIAL_RUN)
                .await
                .err()
                .map(|e| ("get_run_status", e)),
        };
        if let Some((name, error)) = failure {
            if error.status() == Some(401) {
                // Two in a row, by chance: a token is renewed once in a call, not for ever.
                told.refused += 1;
            } else if error.may_have_been_applied() {
                *told.uncertain.entry(name).or_default() += 1;
            } else {
                *told.failed.entry(error.to_string()).or_default() += 1;
            }
        }
        told.calls += 1;
        done.fetch_add(1, Ordering::Relaxed);
    }
    told
}

/// Holds what the callers were told against what the service did.
fn judge(log: &[Value], told: &Told) -> Result<usize, Failure> {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let mut ids: HashMap<(String, String), Vec<String>> = HashMap::new();
    let mut names = HashSet::new();
    let mut faults = 0;
    for entry in log {
        let (action, noun) = (text(entry, "action"), text(entry, "noun"));
        if action == "fault" {
            faults += 1;
            continue;
        }
        if action == "created" && noun == "connection" && !names.insert(text(entry, "name")) {
            return Err(format!("created twice: {}", text(entry, "name")).into());
        }
        ids.entry((action, noun))
            .or_default()
            .push(text(entry, "id"));
    }
    for (what, action, noun, told_ids) in [
        ("create_connection", "created", "connection", &told.created),
        ("delete_connection", "deleted", "connection", &told.deleted),
        ("run_integration", "started", "run", &told.started),
    ] {
        let done = ids
            .remove(&(action.to_owned(), noun.to_owned()))
            .unwrap_or_default();
        let distinct: HashSet<_> = done.iter().collect();
        if distinct.len() != done.len() {
            return Err(format!("{what}: done twice to the same").into());
        }
        if let Some(id) = told_ids.iter().find(|id| !distinct.contains(id)) {
            return Err(format!("{what}: {id} was told, and never done").into());
        }
        let uncertain = told.uncertain.get(what).copied().unwrap_or_default();
        if done.len() > told_ids.len() + uncertain {
            let more = done.len() - told_ids.len();
            let told: HashSet<_> = told_ids.iter().collect();
            for id in done.iter().filter(|id| !told.contains(id)) {
                let place = log.iter().position(|entry| text(entry, "id") == *id);
                let around = place.unwrap_or_default().saturating_sub(30)..;
                let related = log[around].iter().take(60).filter(|entry| {
                    let id = text(entry, "id");
                    id.contains("/run") || text(entry, "noun") == noun
                });
                note!("untold: {id}, among");
                related.for_each(|entry| note!("    {entry}"));
            }
            return Err(
                format!("{what}: {more} more done than told, {uncertain} uncertain").into(),
            );
        }
    }
    if let Some((error, count)) = told.failed.iter().next() {
        return Err(
            format!("{count} calls failed although they could have been saved: {error}").into(),
        );
    }
    Ok(faults)
}

/// The memory that this process holds, in KiB.
fn resident() -> Result<usize, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("no VmRSS")?.parse()?)
}
