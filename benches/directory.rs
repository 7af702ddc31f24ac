//! Directories: the time of a look-up and the memory of an entry, however many there are; and the
//! requests and the time that a directory of 40 models takes.

use std::alloc::System;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anaplan_sdk::directory::{DirectoryOptions, Table};
use anaplan_sdk::models::integration_api::Import;
use anaplan_sdk::{Client, Credentials};
use cloudworks_sim::Simulator;
use serde_json::json;
use stats_alloc::{Region, StatsAlloc};

#[global_allocator]
static COUNTED: StatsAlloc<System> = StatsAlloc::system();

const LOOK_UPS: usize = 100_000;

fn import(n: usize) -> Import {
    let id = format!("112{n:09}");
    serde_json::from_value(json!({"id": id, "name": format!("Import number {n}")}))
        .expect("an import")
}

/// Nanoseconds a look-up.
fn time(count: usize, look_up: impl Fn(usize)) -> f64 {
    let began = Instant::now();
    (0..LOOK_UPS).for_each(|n| look_up(n * 7919 % count));
    began.elapsed().as_secs_f64() * 1e9 / LOOK_UPS as f64
}

fn tables() {
    println!("entries      by id    by name    memory beside the entries");
    for count in [10, 1_000, 10_000, 100_000] {
        let items: Vec<Import> = (0..count).map(import).collect();
        let keys: Vec<(String, String)> = items
            .iter()
            .map(|one| (one.id.to_string(), one.name.clone()))
            .collect();
        let region = Region::new(&COUNTED);
        let table = Table::new(items);
        let change = region.change();
        let held = change.bytes_allocated - change.bytes_deallocated;
        let by_id = time(count, |n| {
            black_box(table.get(&keys[n].0).expect("it is there"));
        });
        let by_name = time(count, |n| {
            black_box(table.find(&keys[n].1, "here").expect("it is there"));
        });
        let each = held as f64 / count as f64;
        println!("{count:>7} {by_id:>8.0} ns {by_name:>7.0} ns {each:>10.0} bytes each");
    }
}

fn tenant(models: usize) -> Simulator {
    let model = |n: usize| {
        json!({
            "id": format!("{n:032X}"), "name": format!("Model {n}"), "workspaceId": "w",
            "imports": [{"id": "112000000001", "name": "y"}],
            "files": [{"id": "113000000001", "name": "x"}],
        })
    };
    Simulator::builder()
        .seed(json!({
            "workspaces": [{"id": "w", "name": "Supply chain"}],
            "models": (1..=models).map(model).collect::<Vec<_>>(),
        }))
        .latency(Duration::from_millis(50))
        .start()
}

fn directories() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let sim = tenant(40);
    println!("\n40 models, 50 ms a request, on the async client");
    for (name, options) in [
        ("as it is", DirectoryOptions::default()),
        (
            "with files",
            DirectoryOptions::builder().files(true).build(),
        ),
    ] {
        for concurrency in [1, 8, 32] {
            let client = Client::builder()
                .credentials(Credentials::basic("ada.planner@example.com", "password"))
                .cloudworks_url(sim.cloudworks_url())
                .auth_url(sim.auth_url())
                .api_url(sim.api_url())
                .concurrency(concurrency)
                .build()
                .expect("the settings are right");
            runtime.block_on(client.current_user()).expect("an answer");
            sim.clear_requests();
            let began = Instant::now();
            let read = runtime.block_on(client.read_directory(&options));
            let took = began.elapsed().as_secs_f64();
            assert!(read.expect("an answer").unseen.is_empty());
            let requests = sim.requests().len();
            let least = requests.div_ceil(concurrency) as f64 * 0.05;
            println!(
                "  {name:12}{concurrency:>3} at once: {requests} requests in {took:.2} s ({:.2} of the \
                 least)",
                took / least
            );
        }
    }
}

fn main() {
    tables();
    directories();
}
