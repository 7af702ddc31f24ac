//! A service that runs many integrations when it is asked to, over HTTP (axum).
//!
//! `cargo run --example service [-- PORT]`
//!
//! | request | answer |
//! |---|---|
//! | `POST /runs` | 202: all integrations are run, twenty at once and one at a time per model; 409 while they are |
//! | `GET /runs` | how many wait, are under way, and ended how, and where each of them stands |
//!
//! What is started stands in the file `ANAPLAN_RUNS_FILE` (`service-runs.txt` by default) until all
//! have ended. It leaves runs alone when it is stopped (Ctrl-C); started again, it follows those in
//! the file, and runs what was still to be run.
//!
//! With any other variable `ANAPLAN_…` set it runs on the real service, as `Client::from_env` says.
//! Without one it starts the simulator, with 200 integrations in 50 models.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | it was stopped; or this text (`--help`) |
//! | 1 | it could not be started |

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anaplan_sdk::models::cloud_works::{IntegrationId, RunId};
use anaplan_sdk::runs::{RunManyEvent, RunManyOptions, WaitOptions};
use anaplan_sdk::{Client, Credentials};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use cloudworks_sim::Simulator;
use serde_json::{Value, json};

#[macro_use]
mod output;

const RUNS_FILE: &str = "ANAPLAN_RUNS_FILE";

#[tokio::main]
async fn main() -> ExitCode {
    if output::helped(include_str!("service.rs")) {
        return ExitCode::SUCCESS;
    }
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            note!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let (client, _simulator) = client()?;
    let file = std::env::var_os(RUNS_FILE).unwrap_or_else(|| "service-runs.txt".into());
    let service = Service {
        client,
        file: file.into(),
        states: Arc::default(),
    };
    let (ids, started) = service.unfinished()?;
    if !ids.is_empty() {
        note!("{} of {} were under way", started.len(), ids.len());
        service.begin(ids, Some(started));
    }
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    say!("http://{}/runs", listener.local_addr()?);
    let routes = Router::new().route("/runs", get(show).post(run_all));
    axum::serve(listener, routes.with_state(service))
        .with_graceful_shutdown(async {
            // Without a way to be told, it goes on.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .await?;
    Ok(())
}

#[derive(Clone)]
struct Service {
    client: Client,
    /// A line for each integration that is to be run, and one with its run once that is started.
    file: PathBuf,
    states: Arc<Mutex<BTreeMap<IntegrationId, String>>>,
}

async fn show(State(service): State<Service>) -> Json<Value> {
    let states = service.states();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for state in states.values() {
        let word = state.split(':').next().unwrap_or_default();
        *counts.entry(word).or_default() += 1;
    }
    Json(json!({"counts": counts, "integrations": *states}))
}

async fn run_all(State(service): State<Service>) -> (StatusCode, Json<Value>) {
    let ids: Vec<_> = match service.client.cw().list_integrations().await {
        Ok(all) => all.into_iter().map(|one| one.id).collect(),
        Err(error) => {
            let answer = json!({"error": error.to_string()});
            return (StatusCode::BAD_GATEWAY, Json(answer));
        }
    };
    let answer = json!({"integrations": ids.len()});
    match service.begin(ids, None) {
        true => (StatusCode::ACCEPTED, Json(answer)),
        false => {
            let answer = json!({"error": "the integrations are under way"});
            (StatusCode::CONFLICT, Json(answer))
        }
    }
}

/// The runs that were started before, by their integrations.
type Started = HashMap<IntegrationId, RunId>;

impl Service {
    fn states(&self) -> MutexGuard<'_, BTreeMap<IntegrationId, String>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs them beside the requests; `false` when some are under way. `started` says what an
    /// earlier process had started.
    fn begin(&self, ids: Vec<IntegrationId>, started: Option<Started>) -> bool {
        let mut states = self.states();
        let is_open = |state: &String| state == "waiting" || state.starts_with("under way");
        if states.values().any(is_open) {
            return false;
        }
        *states = ids
            .iter()
            .map(|id| (id.clone(), "waiting".into()))
            .collect();
        let service = self.clone();
        tokio::spawn(async move {
            if let Err(error) = service.follow(&ids, started).await {
                note!("{error}");
                for state in service.states().values_mut() {
                    *state = format!("error: {error}");
                }
            }
        });
        true
    }

    async fn follow(
        &self,
        ids: &[IntegrationId],
        started: Option<Started>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        if started.is_none() {
            let lines: String = ids.iter().map(|id| format!("{id}\n")).collect();
            self.append(&lines)?;
        }
        let options = RunManyOptions::default()
            .at_once(20)
            .wait(
                WaitOptions::default()
                    .join_running(true)
                    .first_delay(FIRST_LOOK),
            )
            .resume(started.unwrap_or_default());
        let mut events = self.client.cw().run_many(ids, &options).await?;
        while let Some(event) = events.next_event().await {
            let id = event.integration().clone();
            let state = match event {
                RunManyEvent::Started { run, .. } => {
                    self.append(&format!("{id} {run}\n"))?;
                    format!("under way: {run}")
                }
                RunManyEvent::Ended { outcome, .. } => format!("{}: {outcome}", outcome.word()),
                RunManyEvent::Failed { fault, .. } => format!("error: {fault}"),
                _ => continue,
            };
            self.states().insert(id, state);
        }
        fs::remove_file(&self.file)?;
        Ok(())
    }

    fn append(&self, lines: &str) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.file)?;
        file.write_all(lines.as_bytes())
    }

    /// What an earlier process left behind: which were to be run, and which of them were started.
    fn unfinished(&self) -> io::Result<(Vec<IntegrationId>, Started)> {
        let text = match fs::read_to_string(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let (mut ids, mut started) = (Vec::new(), Started::new());
        for line in text.lines() {
            match line.split_once(' ') {
                Some((id, run)) => drop(started.insert(id.into(), run.into())),
                None => ids.push(line.into()),
            }
        }
        Ok((ids, started))
    }
}

/// Of a run that takes minutes, the two seconds of the default are better.
const FIRST_LOOK: Duration = Duration::from_millis(300);

fn client() -> anaplan_sdk::Result<(Client, Option<Simulator>)> {
    let is_ours = |(name, _): (std::ffi::OsString, _)| {
        name.to_string_lossy().starts_with("ANAPLAN_") && name != RUNS_FILE
    };
    if std::env::vars_os().any(is_ours) {
        return Ok((Client::from_env()?, None));
    }
    note!("no variable ANAPLAN_… is set: this is the simulator");
    let integration = |n: usize| {
        json!({
            "name": format!("Load {n}"), "processId": "118000000001",
            "modelId": format!("{:032X}", 1 + n % 50),
        })
    };
    let all: Vec<_> = (0..200).map(integration).collect();
    let simulator = Simulator::builder()
        .seed(json!({ "integrations": all }))
        .start();
    let client = Client::builder()
        .credentials(Credentials::basic("planner@corp.example", "password"))
        .cloudworks_url(simulator.cloudworks_url())
        .auth_url(simulator.auth_url())
        .api_url(simulator.api_url())
        .build()?;
    Ok((client, Some(simulator)))
}
