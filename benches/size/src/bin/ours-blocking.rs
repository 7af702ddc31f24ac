//! The status of a run, by the blocking client.

use anaplan_sdk::blocking::Client;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let run = std::env::args().nth(1).ok_or("which run?")?;
    let client = Client::from_env()?;
    let status = client.cw().get_run_status(run)?;
    println!("{:?} {:?}", status.success, status.message);
    Ok(())
}
