//! Several integrations at once, a bar for each; plain lines where there is no terminal.
//!
//! `cargo run --example progress [-- NAME-OR-ID …]`
//!
//! With any variable `ANAPLAN_…` set it runs the named integrations on the real service, as
//! `Client::from_env` says. Without one it starts the simulator, and runs what is there.
//!
//! The last line says how many succeeded.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | all of them succeeded; or this text (`--help`) |
//! | 1 | one did not, also one that succeeded in part, or could not be started |

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use anaplan_sdk::runs::{RunEvent, RunOutcome, WaitOptions};
use anaplan_sdk::{Client, Credentials};
use cloudworks_sim::{Outcome, Simulator, estate};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::task::JoinSet;

#[macro_use]
mod output;

#[tokio::main]
async fn main() -> ExitCode {
    if output::helped(include_str!("progress.rs")) {
        return ExitCode::SUCCESS;
    }
    match run_all(std::env::args().skip(1).collect()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            note!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run_all(mut wanted: Vec<String>) -> anaplan_sdk::Result<bool> {
    let (client, simulator) = client()?;
    let all = client.cw().list_integrations().await?;
    if wanted.is_empty() && simulator.is_some() {
        wanted = all.iter().map(|one| one.id.to_string()).collect();
    }
    let bars = std::io::stderr().is_terminal().then(MultiProgress::new);
    let mut runs = JoinSet::new();
    for wanted in &wanted {
        let known = all
            .iter()
            .find(|one| one.id == wanted.as_str() || one.name == *wanted);
        let Some(integration) = known else {
            note!("there is no integration `{wanted}`");
            return Ok(false);
        };
        let line = Line::new(bars.as_ref(), &integration.name);
        let (client, id) = (client.clone(), integration.id.clone());
        runs.spawn(async move { follow(&client, &id, line).await });
    }
    let mut succeeded = 0;
    while let Some(run) = runs.join_next().await {
        match run.expect("no panic") {
            Ok(outcome) => succeeded += usize::from(outcome.is_success()),
            Err(error) => note!("{error}"),
        }
    }
    say!("{succeeded} of {} succeeded", wanted.len());
    Ok(succeeded == wanted.len())
}

async fn follow(
    client: &Client,
    id: &anaplan_sdk::models::cloud_works::IntegrationId,
    line: Line,
) -> anaplan_sdk::Result<RunOutcome> {
    let options = WaitOptions::default().first_delay(Duration::from_millis(500));
    let mut events = client.cw().run_and_follow(id, &options).await?;
    let run = events.run().clone();
    while let Some(event) = events.next_event().await? {
        match event {
            RunEvent::Running {
                message,
                changed: true,
                ..
            } => line.show(&message),
            RunEvent::OutOfSight { fault, .. } => line.show(&format!("out of sight: {fault}")),
            RunEvent::Ended(outcome) => {
                let report = outcome.report();
                line.end(&format!("{}: {}", outcome.word(), report.message));
                return Ok(*outcome);
            }
            _ => {}
        }
    }
    client.cw().wait_for_run(run).await
}

/// A bar on a terminal, lines elsewhere.
enum Line {
    Bar(ProgressBar),
    Plain(String),
}

impl Line {
    fn new(bars: Option<&MultiProgress>, name: &str) -> Self {
        let Some(bars) = bars else {
            return Self::Plain(name.to_owned());
        };
        let style = ProgressStyle::with_template("{spinner} {prefix:24} {elapsed:>4}  {msg}");
        let bar = bars.add(ProgressBar::new_spinner());
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_prefix(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self::Bar(bar)
    }

    fn show(&self, message: &str) {
        match self {
            Self::Bar(bar) => bar.set_message(message.to_owned()),
            Self::Plain(name) => note!("{name}: {message}"),
        }
    }

    fn end(&self, message: &str) {
        match self {
            Self::Bar(bar) => bar.finish_with_message(message.to_owned()),
            Self::Plain(name) => note!("{name}: {message}"),
        }
    }
}

fn client() -> anaplan_sdk::Result<(Client, Option<Simulator>)> {
    let is_ours =
        |(name, _): (std::ffi::OsString, _)| name.to_string_lossy().starts_with("ANAPLAN_");
    if std::env::vars_os().any(is_ours) {
        return Ok((Client::from_env()?, None));
    }
    note!("no variable ANAPLAN_… is set: this is the simulator");
    let simulator = Simulator::start();
    for (integration, outcome, seconds) in [
        (estate::IMPORT, Outcome::partial(1200, 3), 4),
        (estate::EXPORT, Outcome::success(), 6),
        (estate::PROCESS, Outcome::failure(), 3),
    ] {
        let phases = ["Reading", "Working", "Writing"];
        let outcome = outcome.phases(phases).lasting(Duration::from_secs(seconds));
        simulator.next_run(integration, outcome);
    }
    let client = Client::builder()
        .credentials(Credentials::basic(estate::USER_EMAIL, "password"))
        .cloudworks_url(simulator.cloudworks_url())
        .auth_url(simulator.auth_url())
        .build()?;
    Ok((client, Some(simulator)))
}
