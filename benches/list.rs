//! Lists of integrations in pages of 250, eight of them at once: the time against a bare loop
//! over pages on the same HTTP library, and the memory at its peak against what the list itself
//! takes. The cursor holds a page at a time, however long the list is.

mod common;

use std::alloc::System;
use std::time::Duration;

use anaplan_sdk::models::cloud_works::IntegrationQuery;
use common::pair::{Side, compare, processor_time};
use common::server::{Server, serve_if_asked};
use common::{bare_async, bare_blocking, client};
use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait};
use stats_alloc::{Region, StatsAlloc};

static COUNTED: StatsAlloc<System> = StatsAlloc::system();

#[global_allocator]
static PEAK: PeakMemAlloc<&StatsAlloc<System>> = PeakMemAlloc::new(&COUNTED);

/// Prints what was held at once, and what of it was kept.
fn memory<T>(name: &str, work: impl FnOnce() -> T) {
    let region = Region::new(&COUNTED);
    PEAK.reset_peak_memory();
    let kept = work();
    let peak = PEAK.get_peak_memory() as f64;
    let change = region.change();
    let held = change.bytes_allocated as f64 - change.bytes_deallocated as f64;
    let held = held.max(0.0);
    drop(kept);
    let mega = |bytes: f64| bytes / (1 << 20) as f64;
    print!(
        "  {name:24}peak {:>8.2} MiB, kept {:>8.2} MiB",
        mega(peak),
        mega(held)
    );
    if held > peak / 10.0 {
        print!("   {:.3}", peak / held);
    }
    println!();
}

fn main() {
    serve_if_asked();
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (reqwest, ureq) = (bare_async::client(), bare_blocking::agent());
    let query = IntegrationQuery::default();
    for (items, rounds) in [(500, 101), (5_000, 41), (50_000, 11)] {
        let base = server.url(Duration::ZERO, items);
        let ours_async = client!(anaplan_sdk::Client, base.as_str(), None);
        let ours_blocking = client!(anaplan_sdk::blocking::Client, base.as_str(), None);
        let bare_async = || runtime.block_on(bare_async::integrations(&reqwest, &base));
        let bare_blocking = || bare_blocking::integrations(&ureq, &base);
        let list_async = || {
            let list = runtime.block_on(ours_async.cw().list_integrations());
            list.expect("the server answers")
        };
        let list_blocking = || {
            let list = ours_blocking.cw().list_integrations();
            list.expect("the server answers")
        };
        let cursor_async = || {
            runtime.block_on(async {
                let cw = ours_async.cw();
                let mut pages = cw.integration_pages(&query);
                while pages.next_page().await.expect("a page").is_some() {}
            });
        };
        let cursor_blocking = || {
            let mut pages = ours_blocking.cw().integration_pages(&query);
            while pages.next_page().expect("a page").is_some() {}
        };
        assert_eq!(list_async(), bare_async());
        assert_eq!(list_blocking().len(), items);

        compare(
            &format!("A list of {items}, async, an item"),
            items,
            rounds,
            vec![
                Side::new("bare reqwest", || drop(bare_async())),
                Side::new("anaplan-sdk", || drop(list_async())),
            ],
        );
        compare(
            &format!("A list of {items}, blocking, an item"),
            items,
            rounds,
            vec![
                Side::new("bare ureq", || drop(bare_blocking())),
                Side::new("anaplan-sdk", || drop(list_blocking())),
            ],
        );
        compare(
            &format!("A list of {items}, async, an item, on the processor"),
            items,
            rounds,
            vec![
                Side::timed("bare reqwest", || processor_time(|| drop(bare_async()))),
                Side::timed("anaplan-sdk", || processor_time(|| drop(list_async()))),
            ],
        );
        println!("\nMemory for a list of {items}");
        memory("bare reqwest", bare_async);
        memory("anaplan-sdk, async", list_async);
        memory("bare ureq", bare_blocking);
        memory("anaplan-sdk, blocking", list_blocking);
        memory("a cursor, async", cursor_async);
        memory("a cursor, blocking", cursor_blocking);
    }
}
