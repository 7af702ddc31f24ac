//! The cases on the blocking client.

use anaplan_sdk::blocking::{Client, ClientBuilder};
use maybe_async::must_be_sync as maybe_async;
use std::prelude::v1::test;

#[path = "cases/mod.rs"]
mod cases;

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

fn sleep(time: std::time::Duration) {
    std::thread::sleep(time);
}

/// Asks for the status of a run, and gives up when it is not over in time.
fn give_up_after(client: &Client, time: std::time::Duration) -> bool {
    client.within(time).cw().get_run_status("r").is_ok()
}
