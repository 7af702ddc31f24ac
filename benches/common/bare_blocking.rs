//! The tasks on bare ureq: what one would write without the library.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::replies::{Integrations, Run};
use super::{AUTHORIZATION, PAGE, PAGES_AT_ONCE, page_url};
use anaplan_sdk::models::cloud_works::{Integration, RunStatus};

pub(crate) fn agent() -> ureq::Agent {
    agent_with(None)
}

/// One that does not wait for ever, as the library's does not.
pub(crate) fn agent_with_timeout() -> ureq::Agent {
    agent_with(Some(Duration::from_secs(60)))
}

fn agent_with(timeout: Option<Duration>) -> ureq::Agent {
    ureq::Agent::config_builder()
        .proxy(None)
        .timeout_global(timeout)
        .max_idle_connections(1000)
        .max_idle_connections_per_host(1000)
        .build()
        .new_agent()
}

fn get(agent: &ureq::Agent, url: &str) -> Result<Vec<u8>, ureq::Error> {
    let request = agent.get(url).header("authorization", AUTHORIZATION);
    request.call()?.body_mut().read_to_vec()
}

pub(crate) fn run_status(agent: &ureq::Agent, base: &str, run: &str) -> RunStatus {
    let url = format!("{base}/integrations/run/{run}");
    let body = get(agent, &url).expect("the server answers");
    let reply: Run = serde_json::from_slice(&body).expect("a run");
    reply.run
}

fn page(agent: &ureq::Agent, base: &str, offset: usize) -> Integrations {
    let url = page_url(base, offset);
    let body = get(agent, &url).expect("the server answers");
    serde_json::from_slice(&body).expect("a page")
}

pub(crate) fn integrations(agent: &ureq::Agent, base: &str) -> Vec<Integration> {
    let first = page(agent, base, 0);
    let mut items = first.integrations;
    let offsets = (items.len()..first.meta.paging.total_size).step_by(PAGE);
    let queue = Mutex::new(offsets.enumerate());
    let pages = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..PAGES_AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("nobody panics").next();
                    let Some((i, offset)) = next else { return };
                    let page = page(agent, base, offset);
                    let mut pages = pages.lock().expect("nobody panics");
                    pages.push((i, page.integrations));
                }
            });
        }
    });
    let mut pages = pages.into_inner().expect("nobody panicked");
    pages.sort_unstable_by_key(|(i, _)| *i);
    for (_, page) in pages {
        items.extend(page);
    }
    items
}
