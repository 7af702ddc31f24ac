//! The status of a run, by bare reqwest.

use serde::Deserialize;

const BASE: &str = "https://api.cloudworks.anaplan.com/2/0";

#[derive(Deserialize)]
struct Reply {
    run: Run,
}

#[derive(Deserialize)]
struct Run {
    success: Option<bool>,
    message: Option<String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let run = std::env::args().nth(1).ok_or("which run?")?;
    let token = std::env::var("ANAPLAN_TOKEN")?;
    let base = std::env::var("ANAPLAN_CLOUDWORKS_URL").unwrap_or(BASE.to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let client = reqwest::Client::builder().build()?;
    let body = runtime.block_on(async {
        let url = format!("{base}/integrations/run/{run}");
        let token = format!("AnaplanAuthToken {token}");
        let request = client.get(url).header("authorization", token);
        request.send().await?.error_for_status()?.bytes().await
    })?;
    let status = serde_json::from_slice::<Reply>(&body)?.run;
    println!("{:?} {:?}", status.success, status.message);
    Ok(())
}
