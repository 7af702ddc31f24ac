//! The suite on the async face.
#![cfg(feature = "async")]

use anaplan_sdk::{Client, ClientBuilder, Result, RunManyEvents};
use maybe_async::must_be_async as maybe_async;
use tokio::test;

#[macro_use]
mod calls;
#[path = "suite/mod.rs"]
mod suite;

/// Does something `count` times at once, and gives all the results.
async fn together<T, F, Fut>(count: usize, work: F) -> Vec<T>
where
    F: Fn(usize) -> Fut,
    Fut: Future<Output = T>,
{
    futures_util::future::join_all((0..count).map(work)).await
}

/// The same, each on a thread and a runtime of its own: for work that would hold up the others.
async fn in_threads<T, F, Fut>(count: usize, work: F) -> Vec<T>
where
    T: Send,
    F: Fn(usize) -> Fut + Sync,
    Fut: Future<Output = T>,
{
    let work = &work;
    std::thread::scope(|scope| {
        let run = |n| {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build().unwrap().block_on(work(n))
        };
        let threads: Vec<_> = (0..count).map(|n| scope.spawn(move || run(n))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

async fn sleep(duration: std::time::Duration) {
    tokio::time::sleep(duration).await;
}

/// The guide's example of calls side by side.
async fn overview_at_once(client: &Client) -> Result<()> {
    let (cw, cw_flows) = (client.cw(), client.cw().flows());
    let (connections, integrations, flows) = tokio::join!(
        cw.list_connections(),
        cw.list_integrations(),
        cw_flows.list_flows(),
    );
    println!("{} connections", connections?.len());
    println!("{} integrations", integrations?.len());
    println!("{} flows", flows?.len());
    Ok(())
}
