//! The tasks on bare reqwest: what one would write without the library.

use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use reqwest::header;

use super::replies::{Integrations, Run};
use super::{AUTHORIZATION, PAGE, PAGES_AT_ONCE, page_url};
use anaplan_sdk::models::cloud_works::{Integration, RunStatus};

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("the settings are right")
}

/// One that does not wait for ever, as the library's does not.
pub(crate) fn client_with_timeout() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy();
    let builder = builder.timeout(Duration::from_secs(60));
    builder.build().expect("the settings are right")
}

async fn get(client: &reqwest::Client, url: &str) -> reqwest::Result<bytes::Bytes> {
    let request = client.get(url).header(header::AUTHORIZATION, AUTHORIZATION);
    let response = request.send().await?.error_for_status()?;
    response.bytes().await
}

pub(crate) async fn run_status(client: &reqwest::Client, base: &str, run: &str) -> RunStatus {
    let url = format!("{base}/integrations/run/{run}");
    let body = get(client, &url).await.expect("the server answers");
    let reply: Run = serde_json::from_slice(&body).expect("a run");
    reply.run
}

async fn page(client: &reqwest::Client, base: &str, offset: usize) -> Integrations {
    let url = page_url(base, offset);
    let body = get(client, &url).await.expect("the server answers");
    serde_json::from_slice(&body).expect("a page")
}

pub(crate) async fn integrations(client: &reqwest::Client, base: &str) -> Vec<Integration> {
    let first = page(client, base, 0).await;
    let mut items = first.integrations;
    let offsets = (items.len()..first.meta.paging.total_size).step_by(PAGE);
    let pages = stream::iter(offsets).map(|offset| page(client, base, offset));
    let mut pages = std::pin::pin!(pages.buffered(PAGES_AT_ONCE));
    while let Some(page) = pages.next().await {
        items.extend(page.integrations);
    }
    items
}
