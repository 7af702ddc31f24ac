//! A thousand calls at once, 50 ms each, under a password: against the bare HTTP library, which
//! is given its token. Cold, with all connections to be made, and warm.

mod common;

use std::thread;
use std::time::Duration;

use common::pair::{Side, compare, time};
use common::server::{Server, serve_if_asked};
use common::{RUN, bare_async, bare_blocking, client};
use futures_util::future::join_all;

const CALLS: usize = 1000;
const DELAY: Duration = Duration::from_millis(50);

async fn bare_at_once(client: &reqwest::Client, base: &str, calls: usize) {
    join_all((0..calls).map(|_| bare_async::run_status(client, base, RUN))).await;
}

async fn ours_at_once(client: &anaplan_sdk::Client, calls: usize) {
    let cw = client.cw();
    for status in join_all((0..calls).map(|_| cw.get_run_status(RUN))).await {
        status.expect("the server answers");
    }
}

fn in_threads(calls: usize, call: impl Fn() + Sync) {
    thread::scope(|scope| {
        for _ in 0..calls {
            scope.spawn(&call);
        }
    });
}

fn main() {
    serve_if_asked();
    let server = Server::start();
    let base = server.url(DELAY, 0);
    // The token is there at once: what it takes is the service's time.
    let auth = server.url(Duration::ZERO, 0);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let ours = || client!(anaplan_sdk::Client, base.as_str(), Some(auth.as_str()));
    let ours_blocking = || {
        client!(
            anaplan_sdk::blocking::Client,
            base.as_str(),
            Some(auth.as_str())
        )
    };

    for calls in [10, 100, CALLS] {
        compare(
            &format!("{calls} calls at once, async, cold"),
            1,
            15,
            vec![
                Side::timed("bare reqwest", || {
                    let client = bare_async::client();
                    time(|| runtime.block_on(bare_at_once(&client, &base, calls)))
                }),
                Side::timed("anaplan-sdk", || {
                    let client = ours();
                    time(|| runtime.block_on(ours_at_once(&client, calls)))
                }),
            ],
        );
    }

    let (bare, warm) = (bare_async::client(), ours());
    compare(
        &format!("{CALLS} calls at once, async, warm"),
        1,
        25,
        vec![
            Side::new("bare reqwest", || {
                runtime.block_on(bare_at_once(&bare, &base, CALLS));
            }),
            Side::new("anaplan-sdk", || {
                runtime.block_on(ours_at_once(&warm, CALLS));
            }),
        ],
    );
    drop((bare, warm));

    compare(
        &format!("{CALLS} calls at once, blocking, a thread each, cold"),
        1,
        15,
        vec![
            Side::timed("bare ureq", || {
                let agent = bare_blocking::agent();
                time(|| {
                    in_threads(CALLS, || {
                        bare_blocking::run_status(&agent, &base, RUN);
                    })
                })
            }),
            Side::timed("anaplan-sdk", || {
                let client = ours_blocking();
                time(|| {
                    in_threads(CALLS, || {
                        let status = client.cw().get_run_status(RUN);
                        status.expect("the server answers");
                    })
                })
            }),
        ],
    );
}
