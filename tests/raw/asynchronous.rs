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
