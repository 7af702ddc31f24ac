//! Runs an integration, follows it to its end, and says what became of it: for cron and pipelines.
//!
//! `cargo run --example run_integration -- NAME-OR-ID [--deadline MINUTES] [--join]`
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | it succeeded; or this text (`--help`) |
//! | 1 | it failed, was cancelled, or could not be started |
//! | 2 | it was not said clearly what to run |
//! | 3 | it succeeded in part: some rows were rejected |
//! | 4 | it was still running at the deadline, an hour unless told otherwise |
//!
//! With any variable `ANAPLAN_…` set it speaks to the real service, as `Client::from_env` says
//! (`ANAPLAN_TOKEN`, or `ANAPLAN_USER_EMAIL` and `ANAPLAN_PASSWORD`; `ANAPLAN_REGION`). Without
//! one it starts the simulator, where `Products from blob` is an import that succeeds in part,
//! and `Nightly clean-up` a process that succeeds.

use std::process::ExitCode;
use std::time::Duration;

use anaplan_sdk::models::cloud_works::IntegrationId;
use anaplan_sdk::runs::{RunOutcome, WaitOptions};
use anaplan_sdk::{Client, Credentials};
use cloudworks_sim::{Outcome, Simulator, estate};

#[macro_use]
mod output;

#[tokio::main]
async fn main() -> ExitCode {
    if output::helped(include_str!("run_integration.rs")) {
        return ExitCode::SUCCESS;
    }
    let Some(asked) = Asked::read(std::env::args().skip(1)) else {
        note!("run_integration NAME-OR-ID [--deadline MINUTES] [--join]");
        return ExitCode::from(2);
    };
    match run(&asked).await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            note!("{error}");
            ExitCode::from(1)
        }
    }
}

// From here on, this example and its twin on the other client are the same but for `.await`.

/// What the command line asks for.
struct Asked {
    integration: String,
    options: WaitOptions,
}

impl Asked {
    fn read(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let mut integration = None;
        let mut options = WaitOptions::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--join" => options = options.join_running(true),
                "--deadline" => {
                    let minutes: u64 = words.next()?.parse().ok()?;
                    options = options.deadline(Duration::from_secs(60 * minutes));
                }
                word if word.starts_with('-') => return None,
                _ if integration.is_none() => integration = Some(word),
                _ => return None,
            }
        }
        let integration = integration?;
        Some(Self {
            integration,
            options,
        })
    }
}

async fn run(asked: &Asked) -> anaplan_sdk::Result<u8> {
    // The simulator, if there is one, lives for as long as its client.
    let (client, _simulator) = client()?;
    let ids = find(&client, &asked.integration).await?;
    let [id] = &ids[..] else {
        match ids.len() {
            0 => note!("this user sees no integration `{}`", asked.integration),
            n => note!("{n} integrations have the name `{}`", asked.integration),
        }
        for id in &ids {
            note!("  {id}");
        }
        return Ok(2);
    };
    let cw = client.cw();
    let mut events = cw.run_and_follow(id, &asked.options).await?;
    let run = events.run().clone();
    let mut outcome = None;
    while let Some(event) = events.next_event().await? {
        note!("{event}");
        if let anaplan_sdk::runs::RunEvent::Ended(ended) = event {
            outcome = Some(*ended);
        }
    }
    Ok(match outcome {
        Some(RunOutcome::Succeeded(_)) => 0,
        Some(RunOutcome::StillRunning(_)) | None => 4,
        Some(outcome) => {
            say!("{}", cw.diagnose(&run).await?);
            let partly = matches!(outcome, RunOutcome::PartlySucceeded(_));
            if partly { 3 } else { 1 }
        }
    })
}

/// By its id, or by its name: all that have it.
async fn find(client: &Client, name_or_id: &str) -> anaplan_sdk::Result<Vec<IntegrationId>> {
    let mut all = client.cw().list_integrations().await?;
    if let Some(known) = all.iter().find(|one| one.id == *name_or_id) {
        return Ok(vec![known.id.clone()]);
    }
    all.retain(|one| one.name == name_or_id);
    Ok(all.into_iter().map(|one| one.id).collect())
}

fn client() -> anaplan_sdk::Result<(Client, Option<Simulator>)> {
    let is_ours =
        |(name, _): (std::ffi::OsString, _)| name.to_string_lossy().starts_with("ANAPLAN_");
    if std::env::vars_os().any(is_ours) {
        return Ok((Client::from_env()?, None));
    }
    note!("no variable ANAPLAN_… is set: this is the simulator");
    let simulator = Simulator::builder()
        .run_duration(Duration::from_secs(5))
        .start();
    let partial = Outcome::partial(1200, 3).phases(["Reading file", "Importing rows"]);
    simulator.next_run(estate::IMPORT, partial);
    let client = Client::builder()
        .credentials(Credentials::basic(estate::USER_EMAIL, "password"))
        .cloudworks_url(simulator.cloudworks_url())
        .auth_url(simulator.auth_url())
        .build()?;
    Ok((client, Some(simulator)))
}
