//! The guide's chapter on estates: its examples, word for word, run.

use anaplan_sdk::Result;
use anaplan_sdk::estate::{Depth, Estate, EstateEvent, EstateOptions};
use cloudworks_sim::{Simulator, estate};
use serde_json::json;

use super::guide::assert_run;
use super::{Client, client_of, maybe_async, test};

#[maybe_async]
async fn read(client: &Client) -> Result<Estate> {
    let options = EstateOptions::builder().flows(true).jobs(true).build();
    let estate = client.cw().read_estate(&options).await?;
    println!(
        "{} integrations",
        estate.integrations.iter().flatten().count()
    );
    for gap in &estate.gaps {
        println!("{gap}");
    }
    Ok(estate)
}

#[maybe_async]
async fn read_or_go_on(client: &Client, so_far: Estate, most: u64) -> Result<Estate> {
    let options = EstateOptions::everything("2026-06-01T00:00:00Z".parse().unwrap());
    let mut events = client.cw().resume_estate_and_follow(so_far, &options);
    let mut price = 0;
    loop {
        match events.next_event().await {
            Ok(Some(event)) => {
                println!("{event}");
                if let EstateEvent::Price(one) = event {
                    price += one.requests.unwrap_or(0);
                }
                if price > most {
                    return Ok(events.into_so_far());
                }
            }
            Ok(None) => return Ok(events.into_so_far()),
            Err(error) => {
                eprintln!("kept what was read: {error}");
                return Ok(events.into_so_far());
            }
        }
    }
}

fn keep(estate: &Estate, path: &std::path::Path) -> std::io::Result<Estate> {
    std::fs::write(path, serde_json::to_string(estate)?)?;
    let text = std::fs::read_to_string(path)?;
    Ok(serde_json::from_str(&text)?)
}

fn who_uses(estate: &Estate, connection: &str) {
    let links = estate.links();
    for id in links.integrations_of_connection(&connection.into()) {
        let name = estate.integration(id).map(|one| one.name.as_str());
        let flows = links.flows_of_integration(id);
        println!(
            "{id} {}, in {} flows",
            name.unwrap_or_default(),
            flows.len()
        );
    }
}

fn judge(estate: &Estate) -> usize {
    let findings = estate.findings();
    for finding in &findings.found {
        println!("{finding}");
        println!("    {} {}", finding.code.why(), finding.code.remedy());
    }
    for not_judged in &findings.not_judged {
        println!("{not_judged}");
    }
    findings.found.len()
}

fn what_changed(yesterday: &Estate, today: &Estate) -> usize {
    let diff = yesterday.diff(today);
    println!("{diff}");
    for depth in &diff.not_compared {
        println!("not compared: {depth}");
    }
    diff.changes.len()
}

#[maybe_async]
#[test]
async fn every_example_is_run() {
    let guide = include_str!("../../docs/estate.md");
    assert_eq!(assert_run(guide, include_str!("guide_estate.rs")), 6);
}

#[maybe_async]
#[test]
async fn the_examples_do_what_they_say() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let yesterday = read(&client).await.unwrap();
    // Five for the lists, two for those of flows; two flows and five integrations.
    let price = sim.requests_to("GET", "/2/0/").len() + sim.requests_to("GET", "/api/2/0/").len();
    assert_eq!(price, 5 + 2 + 2 + 5);
    let path = std::env::temp_dir().join(format!("estate-{}.json", sim.port()));
    let kept = keep(&yesterday, &path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(kept, yesterday);
    who_uses(&kept, estate::AZURE_CONNECTION);
    assert!(judge(&kept) > 0);

    let too_much = read_or_go_on(&client, Estate::default(), 10).await.unwrap();
    assert_eq!(too_much.histories.len(), 0);
    let whole = read_or_go_on(&client, too_much, u64::MAX).await.unwrap();
    assert!(whole.depths.iter().eq(Depth::ALL));

    let patch = json!({"name": "Raw data Europe"});
    let cw = client.cw();
    let patched = cw.patch_connection(estate::AZURE_CONNECTION, patch).await;
    patched.unwrap();
    let today = read(&client).await.unwrap();
    assert_eq!(what_changed(&kept, &today), 1);
    assert_eq!(what_changed(&today, &today), 0);
}
