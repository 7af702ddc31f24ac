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

use common::pair::{Side, compare, processor_time};
use common::server::{Server, serve_if_asked};
use common::{RUN, bare_async, bare_blocking, client};
use stats_alloc::{Region, StatsAlloc};

#[global_allocator]
static COUNTED: StatsAlloc<System> = StatsAlloc::system();

/// Short rounds, and many: a round is over before something else has the processor.
const CALLS: usize = 100;
const ROUNDS: usize = 301;

fn main() {
    serve_if_asked();
    let server = Server::start();
    let base = server.url(Duration::ZERO, 0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");

    let (reqwest, ureq) = (bare_async::client(), bare_blocking::agent());
    let patient_reqwest = bare_async::client_with_timeout();
    let patient_ureq = bare_blocking::agent_with_timeout();
    let ours_async = client!(anaplan_sdk::Client, base.as_str(), None);
    let ours_blocking = client!(anaplan_sdk::blocking::Client, base.as_str(), None);

    let loop_async = |client: &reqwest::Client, calls: usize| {
        runtime.block_on(async {
            for _ in 0..calls {
                bare_async::run_status(client, &base, RUN).await;
            }
        });
    };
    let bare_async = |calls: usize| loop_async(&reqwest, calls);
    let patient_async = |calls: usize| loop_async(&patient_reqwest, calls);
    let ours_async = |calls: usize| {
        runtime.block_on(async {
            for _ in 0..calls {
                let status = ours_async.cw().get_run_status(RUN).await;
                status.expect("the server answers");
            }
        });
    };
    let loop_blocking = |agent: &ureq::Agent, calls: usize| {
        for _ in 0..calls {
            bare_blocking::run_status(agent, &base, RUN);
        }
    };
    let bare_blocking = |calls: usize| loop_blocking(&ureq, calls);
    let patient_blocking = |calls: usize| loop_blocking(&patient_ureq, calls);
    let ours_blocking = |calls: usize| {
        for _ in 0..calls {
            let status = ours_blocking.cw().get_run_status(RUN);
            status.expect("the server answers");
        }
    };

    let sides: [(&str, &dyn Fn(usize)); 6] = [
        ("bare reqwest", &bare_async),
        ("reqwest with a timeout", &patient_async),
        ("anaplan-sdk, async", &ours_async),
        ("bare ureq", &bare_blocking),
        ("ureq with a timeout", &patient_blocking),
        ("anaplan-sdk, blocking", &ours_blocking),
    ];
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [repeat, side, times] = &arguments[..]
        && repeat == "repeat"
        && let Some((_, calls)) = sides.iter().find(|(name, _)| name == side)
    {
        return calls(times.parse().expect("a number"));
    }

    for (face, sides) in [("async", &sides[..3]), ("blocking", &sides[3..])] {
        let timed = sides
            .iter()
            .map(|(name, calls)| Side::new(*name, || calls(CALLS)));
        compare(&format!("One call, {face}"), CALLS, ROUNDS, timed.collect());
        let timed = sides
            .iter()
            .map(|(name, calls)| Side::timed(*name, || processor_time(|| calls(CALLS))));
        let task = format!("One call, {face}, on the processor");
        compare(&task, CALLS, ROUNDS, timed.collect());
    }

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
