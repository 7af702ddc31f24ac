//! The cases on the async client.

use anaplan_sdk::{Client, ClientBuilder};
use maybe_async::must_be_async as maybe_async;
use tokio::test;

#[path = "cases/mod.rs"]
mod cases;

/// Does something `count` times at once, and gives all the results.
async fn together<T, F, Fut>(count: usize, work: F) -> Vec<T>
where
    F: Fn(usize) -> Fut,
    Fut: Future<Output = T>,
{
    futures_util::future::join_all((0..count).map(work)).await
}

async fn sleep(time: std::time::Duration) {
    tokio::time::sleep(time).await;
}

/// Asks for the status of a run, and drops the call when it is not over in time.
async fn give_up_after(client: &Client, time: std::time::Duration) -> bool {
    let answer = tokio::time::timeout(time, client.cw().get_run_status("r")).await;
    answer.is_ok_and(|answer| answer.is_ok())
}
