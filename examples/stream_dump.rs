//! Streams a dump of a gibibyte to a file, and says how much memory that took above the start.
//!
//! `cargo run --release --example stream_dump --features blocking [-- MEBIBYTES]`
//!
//! The simulator makes the dump up while it is read, in a process of its own, so that its memory
//! does not count. Both clients take a turn, each in a fresh process. Reads `/proc`: Linux only.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | both files are as long as they were said to be; or this text (`--help`) |
//! | 1 | one is not, or it could not start |

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use anaplan_sdk::{Client, Credentials, blocking};
use cloudworks_sim::{Simulator, estate};

#[macro_use]
mod output;

type Done = Result<(), Box<dyn std::error::Error>>;

fn main() -> Done {
    if output::helped(include_str!("stream_dump.rs")) {
        return Ok(());
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", bytes] => serve(bytes.parse()?),
        ["async", url, auth] => measured("async", || stream_async(url, auth)),
        ["blocking", url, auth] => measured("blocking", || stream_blocking(url, auth)),
        [] => compare(1024),
        [mebibytes] => compare(mebibytes.parse()?),
        _ => Err("stream_dump [MEBIBYTES]".into()),
    }
}

/// Starts a process for the service, and one for each client in turn.
fn compare(mebibytes: u64) -> Done {
    let own = || Ok::<_, std::io::Error>(Command::new(std::env::current_exe()?));
    let bytes = (mebibytes << 20).to_string();
    let mut service = own()?
        .args(["serve", &bytes])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut told = BufReader::new(service.stdout.take().ok_or("no output")?).lines();
    let url = told.next().ok_or("no service")??;
    let auth = told.next().ok_or("no service")??;
    for face in ["async", "blocking"] {
        let status = own()?.args([face, &url, &auth]).status()?;
        if !status.success() {
            return Err(format!("{face}: {status}").into());
        }
    }
    // The service ends when its input does.
    drop(service.stdin.take());
    service.wait()?;
    Ok(())
}

fn serve(bytes: u64) -> Done {
    let simulator = Simulator::start();
    simulator.set_dump_size(estate::FAILED_RUN, bytes);
    say!("{}\n{}", simulator.cloudworks_url(), simulator.auth_url());
    std::io::stdout().flush()?;
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

/// Peak and present memory of this process, in KiB.
fn memory(field: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(field));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("not known")?.parse()?)
}

fn measured(face: &str, work: impl FnOnce() -> Result<u64, Box<dyn std::error::Error>>) -> Done {
    let before = memory("VmRSS:")?;
    let began = Instant::now();
    let bytes = work()?;
    let took = began.elapsed().as_secs_f64();
    let above = memory("VmHWM:")?.saturating_sub(before);
    say!(
        "{face:8}  {} MiB in {took:.1} s, peak {:.1} MiB above the start",
        bytes >> 20,
        above as f64 / 1024.0
    );
    Ok(())
}

fn path(face: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("anaplan-dump-{face}-{}.csv", std::process::id()))
}

fn stream_async(url: &str, auth: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let path = path("async");
    let client = Client::builder()
        .credentials(Credentials::basic(estate::USER_EMAIL, "password"))
        .cloudworks_url(url)
        .auth_url(auth)
        .build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let written = { runtime }.enable_all().build()?.block_on(async {
        let mut file = tokio::fs::File::create(&path).await?;
        let cw = client.cw();
        let dump = cw.import_error_dump(estate::FAILED_RUN).await?;
        let written = dump.write_to(&mut file).await?;
        Ok::<_, Box<dyn std::error::Error>>(written)
    });
    checked(&path, written?)
}

fn stream_blocking(url: &str, auth: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let path = path("blocking");
    let client = blocking::Client::builder()
        .credentials(Credentials::basic(estate::USER_EMAIL, "password"))
        .cloudworks_url(url)
        .auth_url(auth)
        .build()?;
    let mut file = std::fs::File::create(&path)?;
    let dump = client.cw().import_error_dump(estate::FAILED_RUN)?;
    let written = dump.write_to(&mut file)?;
    checked(&path, written)
}

/// The file is as long as it was said to be; then it goes.
fn checked(path: &std::path::Path, written: u64) -> Result<u64, Box<dyn std::error::Error>> {
    let length = std::fs::metadata(path)?.len();
    std::fs::remove_file(path)?;
    if length == written {
        Ok(written)
    } else {
        Err(format!("{written} bytes written, {length} in the file").into())
    }
}
