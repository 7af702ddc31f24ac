//! One call after the other over a connection that is kept: each client against a bare loop on
//! the HTTP library under it, with the same decoding; the allocations of a call; and that a
//! thousand calls cost a hundred times ten.
//!
//! With the arguments `repeat SIDE TIMES` it does one of them so many times and nothing else,
//! which is what `benches/instructions.sh` counts the instructions of.

mod common;

use std::alloc::System;
use std::env;
use std::time::Duration;

use common::pair::{Side, compare};
use common::server::{Server, serve_if_asked};
use common::{RUN, bare_async, bare_blocking, client};
use stats_alloc::{Region, StatsAlloc};

#[global_allocator]
static COUNTED: StatsAlloc<System> = StatsAlloc::system();

const CALLS: usize = 1000;
const ROUNDS: usize = 25;

fn main() {
    serve_if_asked();
    let server = Server::start();
    let base = server.url(Duration::ZERO, 0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");

    let (reqwest, ureq) = (bare_async::client(), bare_blocking::agent());
    let ours_async = client!(anaplan_sdk::Client, base.as_str(), None);
    let ours_blocking = client!(anaplan_sdk::blocking::Client, base.as_str(), None);

    let bare_async = |calls: usize| {
        runtime.block_on(async {
            for _ in 0..calls {
                bare_async::run_status(&reqwest, &base, RUN).await;
            }
        });
    };
    let ours_async = |calls: usize| {
        runtime.block_on(async {
            for _ in 0..calls {
                let status = ours_async.cw().get_run_status(RUN).await;
                status.expect("the server answers");
            }
        });
    };
    let bare_blocking = |calls: usize| {
        for _ in 0..calls {
            bare_blocking::run_status(&ureq, &base, RUN);
        }
    };
    let ours_blocking = |calls: usize| {
        for _ in 0..calls {
            let status = ours_blocking.cw().get_run_status(RUN);
            status.expect("the server answers");
        }
    };

    let sides: [(&str, &dyn Fn(usize)); 4] = [
        ("bare reqwest", &bare_async),
        ("anaplan-sdk, async", &ours_async),
        ("bare ureq", &bare_blocking),
        ("anaplan-sdk, blocking", &ours_blocking),
    ];
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [repeat, side, times] = &arguments[..]
        && repeat == "repeat"
        && let Some((_, calls)) = sides.iter().find(|(name, _)| name == side)
    {
        return calls(times.parse().expect("a number"));
    }

    compare(
        "One call, async",
        CALLS,
        ROUNDS,
        vec![
            Side::new("bare reqwest", || bare_async(CALLS)),
            Side::new("anaplan-sdk", || ours_async(CALLS)),
        ],
    );
    compare(
        "One call, blocking",
        CALLS,
        ROUNDS,
        vec![
            Side::new("bare ureq", || bare_blocking(CALLS)),
            Side::new("anaplan-sdk", || ours_blocking(CALLS)),
        ],
    );

    println!("\nAllocations of a call");
    for (name, calls) in sides {
        let region = Region::new(&COUNTED);
        calls(CALLS);
        let change = region.change();
        let per_call = |n: usize| n as f64 / CALLS as f64;
        println!(
            "  {name:24}{:>8.1} allocations{:>8.1} reallocations{:>10.0} bytes",
            per_call(change.allocations),
            per_call(change.reallocations),
            per_call(change.bytes_allocated),
        );
    }

    for (face, calls) in [
        ("async", &ours_async as &dyn Fn(usize)),
        ("blocking", &ours_blocking),
    ] {
        for count in [100, 1000, 10_000] {
            compare(
                &format!("{count} calls, {face}, each"),
                count,
                5,
                vec![Side::new("anaplan-sdk", || calls(count))],
            );
        }
    }
}
