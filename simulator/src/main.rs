//! `cloudworks-sim`: the simulator as a program.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use cloudworks_sim::{Simulator, SimulatorBuilder, estate};

const HELP: &str = "\
Anaplan CloudWorks in a box: a simulator of the service on a port of 127.0.0.1

Usage: cloudworks-sim [options]

  --port N              the port; 0 is any free one [default: 8080]
  --host NAME           a name to answer to, beside localhost and 127.0.0.1; may be repeated
  --empty               nothing in it [default: a small estate]
  --seed FILE.json      what is in it, in place of the estate
  --password TEXT       everybody's password [default: password]
  --latency-ms N        how long every CloudWorks request takes [default: 0]
  --run-ms N            how long a run takes [default: 2000]
  --page-cap N          the most that a page of CloudWorks holds [default: 250]
  --strict              refuses what is surely wrong, though no source tells that the service does
  --token-lifetime-s N  how long a token is good [default: 2100]
  --help                this text

Controls for tests are under /_sim/: see simulator/README.md.
";

fn main() -> ExitCode {
    let asked = match options(std::env::args().skip(1)) {
        Ok(Some(asked)) => asked,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("cloudworks-sim: {problem}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let password = asked.password;
    let simulator = match asked.builder.try_start() {
        Ok(simulator) => simulator,
        Err(problem) => {
            eprintln!("cloudworks-sim: {problem}");
            return ExitCode::FAILURE;
        }
    };
    // Whoever reads the output through a pipe and has gone needs no more of it.
    let _ = greet(&simulator, &password);
    loop {
        std::thread::park();
    }
}

struct Asked {
    builder: SimulatorBuilder,
    password: String,
}

/// `None`: help was asked for.
fn options(mut words: impl Iterator<Item = String>) -> Result<Option<Asked>, String> {
    let mut builder = Simulator::builder()
        .port(8080)
        .run_duration(Duration::from_secs(2));
    let mut password = "password".to_owned();
    while let Some(word) = words.next() {
        let (name, mut given) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        let mut value = || {
            given
                .take()
                .or_else(|| words.next())
                .ok_or(format!("{name} needs a value"))
        };
        builder = match name.as_str() {
            "--help" | "-h" => return Ok(None),
            "--empty" => builder.empty(),
            "--host" => {
                let name = value()?;
                eprintln!(
                    "cloudworks-sim: whoever reaches this port under the name {name}, a web page \
                     included, can read and change all that is in it"
                );
                builder.host(name)
            }
            "--port" => builder.port(number(&name, &value()?)?),
            "--seed" => builder.seed(seed(&value()?)?),
            "--latency-ms" => builder.latency(Duration::from_millis(number(&name, &value()?)?)),
            "--run-ms" => builder.run_duration(Duration::from_millis(number(&name, &value()?)?)),
            "--strict" => builder.strict(true),
            "--page-cap" => builder.page_cap(number(&name, &value()?)?),
            "--token-lifetime-s" => {
                builder.token_lifetime(Duration::from_secs(number(&name, &value()?)?))
            }
            "--password" => {
                password = value()?;
                builder.password(password.clone())
            }
            _ => return Err(format!("no such option: {name}")),
        };
    }
    Ok(Some(Asked { builder, password }))
}

fn number<N: std::str::FromStr>(name: &str, text: &str) -> Result<N, String> {
    text.parse()
        .map_err(|_| format!("{name}: {text} is not a number that fits"))
}

fn seed(file: &str) -> Result<serde_json::Value, String> {
    let text = std::fs::read_to_string(file).map_err(|problem| format!("{file}: {problem}"))?;
    serde_json::from_str(&text).map_err(|problem| format!("{file}: {problem}"))
}

fn greet(simulator: &Simulator, password: &str) -> io::Result<()> {
    let (auth, cloudworks) = (simulator.auth_url(), simulator.cloudworks_url());
    let user = estate::USER_EMAIL;
    let quoted = password.replace('\'', "'\\''");
    let mut out = io::stdout().lock();
    writeln!(out, "Anaplan CloudWorks, simulated. Stop it with Ctrl-C.")?;
    writeln!(out)?;
    writeln!(out, "  CloudWorks       {cloudworks}")?;
    writeln!(out, "  token service    {auth}")?;
    writeln!(out, "  Integration API  {}", simulator.api_url())?;
    writeln!(out, "  OAuth            {}", simulator.oauth_url())?;
    writeln!(out, "  controls         {auth}/_sim/")?;
    writeln!(out)?;
    writeln!(
        out,
        "Any e-mail will do, with the password {password}. Try:"
    )?;
    writeln!(out)?;
    writeln!(
        out,
        "  curl -s {cloudworks}/integrations -H \"Authorization: AnaplanAuthToken $(curl -s -X POST -u '{user}:{quoted}' \
         {auth}/token/authenticate | sed 's/.*\"tokenValue\":\"\\([^\"]*\\)\".*/\\1/')\""
    )?;
    out.flush()
}
