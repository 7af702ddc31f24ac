//! The status of a run, by bare ureq.

use std::sync::Arc;

use serde::Deserialize;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

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
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let agent = ureq::Agent::config_builder().tls_config(tls).build();
    let agent = agent.new_agent();
    let url = format!("{base}/integrations/run/{run}");
    let token = format!("AnaplanAuthToken {token}");
    let request = agent.get(url).header("authorization", token);
    let body = request.call()?.body_mut().read_to_vec()?;
    let status = serde_json::from_slice::<Reply>(&body)?.run;
    println!("{:?} {:?}", status.success, status.message);
    Ok(())
}
