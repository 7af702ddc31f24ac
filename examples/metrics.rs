//! Counts requests and their time for a monitor, on the async client: from the events of docs/observability.md.
//!
//! `cargo run --example metrics`
//!
//! It lists integrations, reads three of them, and prints what that took in the text format of
//! Prometheus. With any variable `ANAPLAN_…` set it reads from the real service, as
//! `Client::from_env` says; without one it starts the simulator.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | it printed the metrics, or this text (`--help`) |
//! | 1 | a call failed |

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anaplan_sdk::{Client, Credentials};
use cloudworks_sim::{Fault, RetryAfter, Simulator, estate};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

#[macro_use]
mod output;

#[tokio::main]
async fn main() -> ExitCode {
    if output::helped(include_str!("metrics.rs")) {
        return ExitCode::SUCCESS;
    }
    ended(tell().await)
}

// From here on, this example and its twin on the other client are the same but for `.await`.

fn ended(told: Result<(), Box<dyn Error>>) -> ExitCode {
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            note!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn tell() -> Result<(), Box<dyn Error>> {
    let metrics = Metrics::default();
    // Only what the page promises is read, so that nothing else costs time.
    let promised = Targets::new().with_target("anaplan_sdk", LevelFilter::DEBUG);
    let layer = metrics.clone().with_filter(promised);
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))?;
    // The simulator, if there is one, lives for as long as its client.
    let (client, _simulator) = client()?;
    let integrations = client.cw().list_integrations().await?;
    for integration in integrations.iter().take(3) {
        client.cw().get_integration(&integration.id).await?;
    }
    metrics.print();
    Ok(())
}

/// Attempts and their time, by operation, outcome and status.
#[derive(Clone, Default)]
struct Metrics(Arc<Mutex<BTreeMap<Labels, Sum>>>);

/// Ids stand in the path alone, which is no label: there would be too many.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Labels {
    operation: String,
    outcome: String,
    status: Option<u64>,
}

#[derive(Default)]
struct Sum {
    attempts: u64,
    milliseconds: u64,
}

impl<S: Subscriber> Layer<S> for Metrics {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().name() != "anaplan.attempt" {
            return;
        }
        let mut attempt = Attempt::default();
        event.record(&mut attempt);
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = sums.entry(attempt.labels).or_default();
        sum.attempts += 1;
        sum.milliseconds += attempt.milliseconds;
    }
}

/// The fields of one event.
#[derive(Default)]
struct Attempt {
    labels: Labels,
    milliseconds: u64,
}

impl Visit for Attempt {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "operation" => self.labels.operation = value.to_owned(),
            "outcome" => self.labels.outcome = value.to_owned(),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "status" => self.labels.status = Some(value),
            "elapsed_ms" => self.milliseconds = value,
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl Metrics {
    fn print(&self) {
        let sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        say!("# TYPE anaplan_attempt_seconds summary");
        for (labels, sum) in &*sums {
            let status = labels.status.map(|status| status.to_string());
            let labels = format!(
                "operation=\"{}\",outcome=\"{}\",status=\"{}\"",
                labels.operation,
                labels.outcome,
                status.unwrap_or_default()
            );
            let seconds = Duration::from_millis(sum.milliseconds).as_secs_f64();
            say!("anaplan_attempt_seconds_count{{{labels}}} {}", sum.attempts);
            say!("anaplan_attempt_seconds_sum{{{labels}}} {seconds}");
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
    // What is refused for a moment shows as an attempt of its own.
    simulator.fault(Fault::too_many_requests(RetryAfter::Seconds(1)).once());
    let client = Client::builder()
        .credentials(Credentials::basic(estate::USER_EMAIL, "password"))
        .cloudworks_url(simulator.cloudworks_url())
        .auth_url(simulator.auth_url())
        .build()?;
    Ok((client, Some(simulator)))
}
