//! The whole of CloudWorks in one story, on the blocking client.
//!
//! Shows: connections, integrations and flows listed side by side; ids looked up by names, and
//! every id held against the model before it is sent; a connection, an import, a
//! process with two jobs, a process only, a schedule and a flow created; a run started and
//! followed; history, errors and a dump read; everything cleaned up, also after a failure.
//!
//! Run it: `cargo run --example quickstart_blocking --features blocking`
//!
//! It starts the simulator and speaks to that. With any variable `ANAPLAN_…` set it speaks to the
//! real service, as `Client::from_env` says (`ANAPLAN_TOKEN`, or `ANAPLAN_USER_EMAIL` and
//! `ANAPLAN_PASSWORD`; `ANAPLAN_REGION`), and only reads, unless `-- --write` is given. To write,
//! it needs to know with what:
//!
//! | variable | meaning |
//! |---|---|
//! | `QUICKSTART_MODEL` | the model, by its name |
//! | `QUICKSTART_PROCESS` | a process of it, by its name, which runs the two imports |
//! | `QUICKSTART_IMPORT`, `QUICKSTART_SECOND_IMPORT` | the imports, by their names |
//! | `QUICKSTART_STORAGE_ACCOUNT`, `QUICKSTART_CONTAINER`, `QUICKSTART_SAS_TOKEN` | Azure storage |
//! | `QUICKSTART_BLOB` | a file there, which both imports can read |
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | the story came to its end, and all is cleaned up; or this text (`--help`) |
//! | 1 | something went wrong; what was made is cleaned up all the same |

use std::error::Error;
use std::process::ExitCode;
use std::thread::{self, sleep};
use std::time::Duration;

use anaplan_sdk::Credentials;
use anaplan_sdk::blocking::Client;
use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::{FlowId, FlowInput, FlowSummary};
use anaplan_sdk::models::integration_api::Import;
use anaplan_sdk::models::jiff::{Timestamp, ToSpan, ZonedDateTime, civil::time};
use cloudworks_sim::{Outcome, Simulator, estate};

#[macro_use]
mod output;

type Lists = (Vec<Connection>, Vec<Integration>, Vec<FlowSummary>);

/// Three lists side by side: on three threads.
fn list_all(client: &Client) -> anaplan_sdk::Result<Lists> {
    thread::scope(|threads| {
        let connections = threads.spawn(|| client.cw().list_connections());
        let integrations = threads.spawn(|| client.cw().list_integrations());
        let flows = client.cw().flows().list_flows()?;
        let connections = connections.join().expect("no panic")?;
        let integrations = integrations.join().expect("no panic")?;
        Ok((connections, integrations, flows))
    })
}

fn main() -> ExitCode {
    if output::helped(include_str!("quickstart_blocking.rs")) {
        return ExitCode::SUCCESS;
    }
    ended(tell())
}

// From here on, this example and its twin on the other client are the same but for `.await`.

fn ended(told: Done) -> ExitCode {
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            note!("\nThat went wrong: {error}");
            ExitCode::FAILURE
        }
    }
}

type Done<T = ()> = Result<T, Box<dyn Error>>;

fn tell() -> Done {
    let stage = Stage::set()?;
    let integrations = look_around(&stage.client)?;
    if !stage.may_write {
        read_the_past(&stage.client, &integrations)?;
        say!("\nNothing was changed. With `-- --write`, the rest of the story follows.");
        return Ok(());
    }
    let mut made = Vec::new();
    let told = create_and_run(&stage, &mut made);
    let cleaned = clean_up(&stage.client, made);
    told.and(cleaned)
}

/// Where the story takes place.
struct Stage {
    client: Client,
    /// Runs until it is dropped.
    simulator: Option<Simulator>,
    may_write: bool,
}

impl Stage {
    fn set() -> Done<Self> {
        let mut names = std::env::vars_os().map(|(name, _)| name);
        if names.any(|name| name.to_string_lossy().starts_with("ANAPLAN_")) {
            say!("The service that the environment names.");
            return Ok(Self {
                client: Client::from_env()?,
                simulator: None,
                may_write: std::env::args().any(|argument| argument == "--write"),
            });
        }
        say!("The embedded simulator, since no variable ANAPLAN_… is set.");
        let simulator = Simulator::builder()
            .run_duration(Duration::from_secs(1))
            .start();
        let client = Client::builder()
            .credentials(Credentials::basic(estate::USER_EMAIL, "password"))
            .cloudworks_url(simulator.cloudworks_url())
            .auth_url(simulator.auth_url())
            .api_url(simulator.api_url())
            .build()?;
        Ok(Self {
            client,
            simulator: Some(simulator),
            may_write: true,
        })
    }

    /// What is needed to write: on the simulator it is known, of the real service only by you.
    fn setting(&self, name: &str, simulated: &str) -> Done<String> {
        match (&self.simulator, std::env::var(name)) {
            (Some(_), _) => Ok(simulated.to_owned()),
            (None, Ok(value)) => Ok(value),
            (None, Err(_)) => Err(format!("to write, {name} is needed").into()),
        }
    }

    /// Names are unique in a tenant.
    fn name(&self, noun: &str) -> String {
        match self.simulator {
            Some(_) => format!("Quickstart {noun}"),
            None => format!("Quickstart {noun} {}", Timestamp::now().as_second()),
        }
    }

    fn pause(&self) -> Duration {
        match self.simulator {
            Some(_) => Duration::from_millis(200),
            None => Duration::from_secs(3),
        }
    }
}

fn heading(text: &str) {
    say!("\n{text}");
}

fn line(label: &str, text: impl std::fmt::Display) {
    say!("  {label:<15}{text}");
}

fn look_around(client: &Client) -> Done<Vec<Integration>> {
    let (connections, integrations, flows) = list_all(client)?;
    heading("What there is");
    let names: Vec<_> = connections.iter().filter_map(Connection::name).collect();
    line("connections", summary(&names));
    let names: Vec<_> = integrations.iter().map(|one| one.name.as_str()).collect();
    line("integrations", summary(&names));
    let names: Vec<_> = flows.iter().map(|one| one.name.as_str()).collect();
    line("flows", summary(&names));
    Ok(integrations)
}

fn summary(names: &[&str]) -> String {
    let shown = names.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    let more = if names.len() > 5 { ", …" } else { "" };
    format!("{}: {shown}{more}", names.len())
}

/// The latest run that did not go quite well, of all integrations.
fn read_the_past(client: &Client, integrations: &[Integration]) -> Done {
    let latest = |one: &Integration| {
        let run = one.latest_run.as_ref()?;
        run.execution_error_code.and(run.end_date)
    };
    let troubled = integrations.iter().filter(|one| latest(one).is_some());
    let Some(integration) = troubled.max_by_key(|one| latest(one)) else {
        heading("All integrations went well when they last ran.");
        return Ok(());
    };
    let runs = client.cw().get_run_history(&integration.id)?;
    let troubled = runs.iter().filter(|run| run.execution_error_code.is_some());
    if let Some(run) = troubled.max_by_key(|run| run.end_date) {
        heading(&format!("The latest trouble: `{}`", integration.name));
        report(client, &integration.id, &run.id)?;
    }
    Ok(())
}

/// What the story leaves behind, unless it is cleaned up.
enum Made {
    Connection(ConnectionId),
    Integration(IntegrationId),
    Flow(FlowId),
}

fn create_and_run(stage: &Stage, made: &mut Vec<Made>) -> Done {
    let client = &stage.client;
    let blob = stage.setting("QUICKSTART_BLOB", "products.csv")?;
    let model = stage.setting("QUICKSTART_MODEL", "Demand planning")?;
    let model = client.find_model(&model)?;
    let workspace = model
        .current_workspace_id
        .ok_or("the model is in no workspace")?;
    let model = model.id;
    let holds = client.model(&model);
    let process = stage.setting("QUICKSTART_PROCESS", "Load everything")?;
    let process = holds.find_process(&process)?.id;
    let first = stage.setting("QUICKSTART_IMPORT", "Products from products.csv")?;
    let first = holds.find_import(&first)?;
    let second = stage.setting("QUICKSTART_SECOND_IMPORT", "Sales from sales.csv")?;
    let second = holds.find_import(&second)?;
    heading("What the names stand for");
    line("model", &model);
    line("process", &process);
    let (target, second_target) = (target_of(&first)?, target_of(&second)?);

    heading("What is created");
    let connection = AzureBlobConnectionInput::builder()
        .name(stage.name("connection"))
        .storage_account_name(stage.setting("QUICKSTART_STORAGE_ACCOUNT", "mystorageaccount")?)
        .container_name(stage.setting("QUICKSTART_CONTAINER", "raw")?)
        .sas_token(stage.setting("QUICKSTART_SAS_TOKEN", "sp=rl&sig=…")?)
        .workspace_id(&workspace)
        .build();
    let connection = client.cw().create_connection(connection)?;
    made.push(Made::Connection(connection.clone()));
    line("connection", &connection);

    let job = IntegrationJobInput::import(FileSource::azure_blob(&connection, &blob), target);
    let import = IntegrationInput::builder()
        .name(stage.name("import"))
        .workspace_id(&workspace)
        .model_id(&model)
        .jobs([job.clone()])
        .build();
    // Every id is held against the model first.
    let import = client.cw().with_preflight().create_integration(import)?;
    made.push(Made::Integration(import.clone()));
    line("import", &import);

    let source = FileSource::azure_blob(&connection, &blob);
    let second_job = IntegrationJobInput::import(source, second_target);
    let two_jobs = IntegrationInput::builder()
        .name(stage.name("process"))
        .workspace_id(&workspace)
        .model_id(&model)
        .process_id(&process)
        .jobs([job, second_job])
        .build();
    let two_jobs = client.cw().with_preflight().create_integration(two_jobs)?;
    made.push(Made::Integration(two_jobs.clone()));
    line("process", format!("{two_jobs}, two jobs"));

    let process_only = IntegrationProcessInput::builder()
        .name(stage.name("process only"))
        .workspace_id(&workspace)
        .model_id(&model)
        .process_id(&process)
        .build();
    let process_only = client.cw().create_integration(process_only)?;
    made.push(Made::Integration(process_only.clone()));
    line("process only", &process_only);

    // A year ahead, so that nothing runs by itself meanwhile.
    let day = ZonedDateTime::now().date() + 1.year();
    let nightly = ScheduleInput::daily()
        .name(stage.name("schedule"))
        .timezone("Europe/Paris")
        .start_date(day)
        .time(time(2, 30, 0, 0))
        .build();
    client.cw().create_schedule(&process_only, nightly)?;
    line("schedule", format!("daily at 02:30 from {day} on"));

    let flow = FlowInput::sequence(stage.name("flow"), [&import, &process_only]);
    let flow = client.cw().flows().create_flow(flow)?;
    made.push(Made::Flow(flow.clone()));
    line("flow", format!("{flow}, the import, then the process only"));

    if let Some(simulator) = &stage.simulator {
        simulator.next_run(import.as_str(), Outcome::partial(1200, 3));
    }
    heading("What runs: the import");
    let run = client.cw().run_integration(&import)?;
    line("started", &run);
    let status = follow(client, &run, stage.pause())?;
    line("ended", verdict(&status));
    report(client, &import, &run)
}

/// An import, and the file that it reads.
fn target_of(import: &Import) -> Done<AnaplanTarget> {
    let file = import.file_id();
    let file = file.ok_or_else(|| format!("the import {} reads no file", import.name))?;
    line("import", format!("{}, of the file {file}", import.id));
    Ok(AnaplanTarget::builder()
        .action_id(&import.id)
        .file_id(file)
        .build())
}

fn follow(client: &Client, run: &RunId, pause: Duration) -> Done<RunStatus> {
    let mut shown = None;
    loop {
        let status = client.cw().get_run_status(run)?;
        if status.end_date.is_some() {
            return Ok(status);
        }
        if shown != status.message {
            line("…", status.message.as_deref().unwrap_or_default());
            shown = status.message;
        }
        sleep(pause);
    }
}

fn verdict(status: &RunStatus) -> String {
    let message = status.message.as_deref().unwrap_or_default();
    match (status.success, status.execution_error_code) {
        (Some(true), None) => format!("succeeded: {message}"),
        (Some(true), Some(code)) => format!("succeeded in part, code {code}: {message}"),
        (_, Some(code)) => format!("failed, code {code}: {message}"),
        (_, None) => format!("failed: {message}"),
    }
}

/// History, errors and dumps of a run.
fn report(client: &Client, integration: &IntegrationId, run: &RunId) -> Done {
    let history = client.cw().get_run_history(integration)?;
    line("runs so far", history.len());
    let Some(error) = client.cw().get_run_error(run)? else {
        line("errors", "none");
        return Ok(());
    };
    line("errors", &error);
    match client.cw().get_import_error_dump(run) {
        Ok(csv) => show_dump(&csv),
        Err(none) if none.is_not_found() => {
            // In a process, each import has a dump of its own.
            for action in error.actions() {
                if let (Some(true), Some(id)) = (action.failure_dump_generated, &action.action_id) {
                    show_dump(&client.cw().get_process_error_dump(run, id)?);
                }
            }
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn show_dump(csv: &[u8]) {
    let text = String::from_utf8_lossy(csv);
    line("rejected rows", text.lines().count().saturating_sub(1));
    for row in text.lines().take(4) {
        say!("    {row}");
    }
}

/// In the opposite order, and all of it, whatever happens.
fn clean_up(client: &Client, made: Vec<Made>) -> Done {
    if !made.is_empty() {
        heading("What is cleaned up");
    }
    let mut left = Vec::new();
    for thing in made.into_iter().rev() {
        let (label, id, gone) = match &thing {
            Made::Connection(id) => {
                let gone = client.cw().delete_connection(id);
                ("connection", id.as_str(), gone)
            }
            Made::Integration(id) => ("integration", id.as_str(), delete(client, id)),
            Made::Flow(id) => {
                let gone = client.cw().flows().delete_flow(id);
                ("flow", id.as_str(), gone)
            }
        };
        match gone {
            Ok(()) => line(label, id),
            Err(error) => left.push(format!("{label} {id}: {error}")),
        }
    }
    match left.as_slice() {
        [] => Ok(()),
        left => Err(format!("these are left behind: {}", left.join("; ")).into()),
    }
}

/// An integration that still runs cannot be deleted: it is cancelled first.
fn delete(client: &Client, id: &IntegrationId) -> anaplan_sdk::Result<()> {
    let mut tries = 10;
    loop {
        match client.cw().delete_integration(id) {
            Err(error) if error.is_conflict() && tries > 0 => {
                let _ = client.cw().cancel_integration(id);
                sleep(Duration::from_secs(1));
                tries -= 1;
            }
            gone => return gone,
        }
    }
}
