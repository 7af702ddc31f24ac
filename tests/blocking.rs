//! The suite on the blocking face.
#![cfg(feature = "blocking")]

use anaplan_sdk::Result;
use anaplan_sdk::blocking::{Client, ClientBuilder, RunManyEvents};
use maybe_async::must_be_sync as maybe_async;
use std::prelude::v1::test;

#[macro_use]
mod calls;
#[path = "suite/mod.rs"]
mod suite;

/// Does something `count` times at once, and gives all the results.
fn together<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let work = &work;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|n| scope.spawn(move || work(n))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

/// Already so.
fn in_threads<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    together(count, work)
}

fn sleep(duration: std::time::Duration) {
    std::thread::sleep(duration);
}

/// The guide's example of calls side by side.
fn overview_at_once(client: &Client) -> Result<()> {
    let (connections, integrations, flows) = std::thread::scope(|threads| {
        let connections = threads.spawn(|| client.cw().list_connections());
        let integrations = threads.spawn(|| client.cw().list_integrations());
        let flows = threads.spawn(|| client.cw().flows().list_flows());
        (connections.join(), integrations.join(), flows.join())
    });
    println!("{} connections", connections.expect("no panic")?.len());
    println!("{} integrations", integrations.expect("no panic")?.len());
    println!("{} flows", flows.expect("no panic")?.len());
    Ok(())
}
