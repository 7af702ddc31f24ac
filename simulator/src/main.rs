//! `cloudworks-sim`: the simulator as a program.

use std::io::{self, Write as _};
use std::net::IpAddr;
use std::process::ExitCode;
use std::time::Duration;

use cloudworks_sim::{Simulator, SimulatorBuilder, estate};

const HELP: &str = "\
Anaplan CloudWorks in a box: a simulator of the service on a port of this machine

Usage: cloudworks-sim [options]

  --port N              the port; 0 is any free one [default: 8080]
  --host ADDRESS        the address to listen at, such as 0.0.0.0 for all [default: 127.0.0.1]
  --host NAME           a name to answer to, beside localhost; may be repeated
  --empty               nothing in it [default: a small estate]
  --seed FILE.json      what is in it, in place of the estate
  --password TEXT       everybody's password [default: password]
  --latency-ms N        how long every CloudWorks request takes [default: 0]
  --run-ms N            how long a run takes [default: 2000]
  --page-cap N          the most that a page of CloudWorks holds [default: 250]
  --token-lifetime-s N  how long a token is good [default: 2100]
  --rate-limit N/S      N CloudWorks requests in S seconds, and 429 for more [default: no limit]
  --strict              refuse also what the service is only guessed to refuse: see the README
  --version             the version
  --help                this text

Exit codes: 0 after --help and --version, 1 when it cannot start, 2 when an option is wrong.

Controls for tests are under /_sim/: see simulator/README.md.
";

fn main() -> ExitCode {
    let asked = match options(std::env::args().skip(1)) {
        Ok(Some(asked)) => asked,
        Ok(None) => return ExitCode::SUCCESS,
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

/// `None`: help, or the version, was asked for and told.
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
            "--help" | "-h" => return Ok(told(HELP)),
            "--version" | "-V" => {
                return Ok(told(concat!(
                    "cloudworks-sim ",
                    env!("CARGO_PKG_VERSION"),
                    "\n"
                )));
            }
            "--empty" => builder.empty(),
            "--host" => host(builder, value()?),
            "--rate-limit" => {
                let (requests, per) = rate(&name, &value()?)?;
                builder.rate_limit(requests, per)
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

/// Prints a text. Whoever reads the output through a pipe and has gone needs no more of it.
fn told(text: &str) -> Option<Asked> {
    let _ = io::stdout().lock().write_all(text.as_bytes());
    None
}

/// An address is listened at, a name is answered to.
fn host(builder: SimulatorBuilder, text: String) -> SimulatorBuilder {
    let address = text.parse::<IpAddr>();
    let is_this_machine = match &address {
        Ok(address) => address.is_loopback(),
        Err(_) => text.eq_ignore_ascii_case("localhost"),
    };
    if !is_this_machine {
        eprintln!(
            "cloudworks-sim: whoever reaches this port under {text}, other machines and web pages \
             included, can read and change all that is in it"
        );
    }
    match address {
        Ok(address) => builder.listen(address),
        Err(_) => builder.host(text),
    }
}

/// `100/60`: so many requests in so many seconds.
fn rate(name: &str, text: &str) -> Result<(u32, Duration), String> {
    let parts = text
        .split_once('/')
        .and_then(|(requests, seconds)| Some((requests.parse().ok()?, seconds.parse().ok()?)));
    match parts {
        Some((requests @ 1.., seconds @ 1..)) => Ok((requests, Duration::from_secs(seconds))),
        _ => Err(format!(
            "{name}: expected requests and seconds, such as 100/60, not {text}"
        )),
    }
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
    writeln!(out, "A client that takes its hosts from the environment:")?;
    writeln!(out)?;
    for (name, value) in [
        ("CLOUDWORKS_URL", cloudworks.as_str()),
        ("AUTH_URL", &auth),
        ("API_URL", &simulator.api_url()),
        ("OAUTH_URL", &simulator.oauth_url()),
        ("USER_EMAIL", user),
        ("PASSWORD", &format!("'{quoted}'")),
    ] {
        writeln!(out, "  export ANAPLAN_{name}={value}")?;
    }
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
