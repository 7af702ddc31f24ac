//! The status of a run, by the async client.

use anaplan_sdk::Client;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let run = std::env::args().nth(1).ok_or("which run?")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let client = Client::from_env()?;
    let status = runtime.block_on(client.cw().get_run_status(run))?;
    println!("{:?} {:?}", status.success, status.message);
    Ok(())
}
