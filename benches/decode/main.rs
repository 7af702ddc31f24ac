//! Decoding alone: a page of integrations, a page of runs and a flow, by the library's models
//! and by the same structs under serde's derive, which know no leniency.
//!
//! With the arguments `repeat CASE SIDE TIMES` it does one of them so many times and nothing
//! else, which is what `benches/instructions.sh` counts the instructions of.

#[path = "../common/data.rs"]
#[allow(dead_code, reason = "other benches use the rest")]
mod data;
#[path = "../common/pair.rs"]
#[allow(dead_code, reason = "other benches use the rest")]
mod pair;
mod plain;

use std::env;
use std::hint::black_box;

use anaplan_sdk::models::cloud_works::{Integration, RunHistory};
use anaplan_sdk::models::flows::Flow;
use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher};
use pair::{Side, compare};
use serde::de::DeserializeOwned;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

/// What stands around a page, read alike on both sides.
#[derive(serde::Deserialize)]
struct Integrations {
    integrations: Vec<Integration>,
}

/// Something to decode, and what is in it.
struct Case {
    name: &'static str,
    body: String,
    items: usize,
    ours: fn(&str) -> usize,
    plain: fn(&str) -> usize,
}

/// Decodes, lets go of it, and tells the number of items.
fn decode<T: DeserializeOwned>(body: &str, items: impl Fn(&T) -> usize) -> usize {
    let decoded: T = serde_json::from_str(black_box(body)).expect("it is as it should be");
    items(black_box(&decoded))
}

fn integrations(count: usize) -> Case {
    Case {
        name: "integrations",
        body: data::integrations(count, 0, count),
        items: count,
        ours: |body| decode::<Integrations>(body, |page| page.integrations.len()),
        plain: |body| decode::<plain::Integrations>(body, |page| page.integrations.len()),
    }
}

fn runs(count: usize) -> Case {
    Case {
        name: "runs",
        body: data::run_history(count),
        items: count,
        ours: |body| decode::<RunHistory>(body, |page| page.runs.len()),
        plain: |body| decode::<plain::RunHistory>(body, |page| page.runs.len()),
    }
}

fn flow(count: usize) -> Case {
    Case {
        name: "flow",
        body: data::flow(count),
        items: count,
        ours: |body| decode::<Flow>(body, |flow| flow.steps.len()),
        plain: |body| decode::<plain::Flow>(body, |flow| flow.steps.len()),
    }
}

fn measure(bencher: Bencher<'_, '_>, case: &Case, side: fn(&str) -> usize) {
    assert_eq!(side(&case.body), case.items);
    bencher
        .counter(BytesCount::of_str(&case.body))
        .counter(ItemsCount::new(case.items))
        .bench(|| side(&case.body));
}

/// By the library's models; three sizes of one page show that the cost is linear.
#[divan::bench_group]
mod lenient {
    use super::{Bencher, flow, integrations, measure, runs};

    #[divan::bench(args = [25, 250, 2500])]
    fn a_page_of_integrations(bencher: Bencher<'_, '_>, count: usize) {
        let case = integrations(count);
        measure(bencher, &case, case.ours);
    }

    #[divan::bench(args = [250])]
    fn a_page_of_runs(bencher: Bencher<'_, '_>, count: usize) {
        let case = runs(count);
        measure(bencher, &case, case.ours);
    }

    #[divan::bench(args = [100])]
    fn a_flow(bencher: Bencher<'_, '_>, count: usize) {
        let case = flow(count);
        measure(bencher, &case, case.ours);
    }
}

/// By derive alone.
#[divan::bench_group]
mod derived {
    use super::{Bencher, flow, integrations, measure, runs};

    #[divan::bench(args = [25, 250, 2500])]
    fn a_page_of_integrations(bencher: Bencher<'_, '_>, count: usize) {
        let case = integrations(count);
        measure(bencher, &case, case.plain);
    }

    #[divan::bench(args = [250])]
    fn a_page_of_runs(bencher: Bencher<'_, '_>, count: usize) {
        let case = runs(count);
        measure(bencher, &case, case.plain);
    }

    #[divan::bench(args = [100])]
    fn a_flow(bencher: Bencher<'_, '_>, count: usize) {
        let case = flow(count);
        measure(bencher, &case, case.plain);
    }
}

fn main() {
    let cases = [integrations(250), runs(250), flow(100)];
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["repeat", name, side, times] = words[..] {
        let case = cases.iter().find(|case| case.name == name);
        let case = case.expect("a known case");
        let side = if side == "ours" {
            case.ours
        } else {
            case.plain
        };
        for _ in 0..times.parse().expect("a number") {
            side(&case.body);
        }
        return;
    }
    divan::main();
    for case in &cases {
        const TIMES: usize = 20;
        let repeat = |side: fn(&str) -> usize| {
            move || {
                for _ in 0..TIMES {
                    black_box(side(&case.body));
                }
            }
        };
        compare(
            &format!("Decoding, {}, an item", case.name),
            TIMES * case.items,
            101,
            vec![
                Side::new("derived", repeat(case.plain)),
                Side::new("anaplan-sdk", repeat(case.ours)),
            ],
        );
    }
}
