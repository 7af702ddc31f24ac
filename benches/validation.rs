//! Validation alone: a process with its jobs, a flow with its steps, each as a dictionary and as
//! a typed input. Three sizes show that the cost is linear.

use anaplan_sdk::models::cloud_works::IntegrationInput;
use anaplan_sdk::models::flows::FlowInput;
use anaplan_sdk::validation::Input;
use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

fn process(jobs: usize) -> Value {
    let job = |n: usize| {
        json!({
            "type": "AzureBlobToAnaplan",
            "sources": [{
                "type": "AzureBlob",
                "connectionId": "5e634ba338444d2ea26ce384a70b5705",
                "file": format!("region_{n}.csv"),
            }],
            "targets": [{
                "type": "Anaplan",
                "actionId": "112000000001",
                "fileId": "113000000001",
            }],
        })
    };
    json!({
        "name": "Blobs to Anaplan",
        "version": "2.0",
        "workspaceId": "8a81b09d599f3c6e0159f605560c2630",
        "modelId": "8896D8C366BC48E5A3182B9F5CE10526",
        "processId": "118000000012",
        "nuxVisible": false,
        "jobs": (0..jobs).map(job).collect::<Vec<_>>(),
    })
}

fn flow(steps: usize) -> Value {
    let id = |n: usize| format!("840ccd8a279a454d99577d95{n:08x}");
    let step = |n: usize| {
        json!({
            "type": "Integration",
            "referrer": id(n),
            "dependsOn": n.checked_sub(1).map(id).into_iter().collect::<Vec<_>>(),
            "isSkipped": false,
            "exceptionBehavior": [
                {"type": "failure", "strategy": "stop"},
                {"type": "partial_success", "strategy": "continue"},
            ],
        })
    };
    json!({
        "name": "Month end",
        "version": "2.0",
        "type": "IntegrationFlow",
        "steps": (0..steps).map(step).collect::<Vec<_>>(),
    })
}

#[divan::bench(args = [10, 100, 1000])]
fn a_dictionary_of_jobs(bencher: Bencher<'_, '_>, jobs: usize) {
    let payload = process(jobs);
    bencher
        .counter(ItemsCount::new(jobs))
        .bench(|| IntegrationInput::try_from(black_box(&payload)).expect("it is right"));
}

#[divan::bench(args = [10, 100, 1000])]
fn typed_jobs(bencher: Bencher<'_, '_>, jobs: usize) {
    let input = IntegrationInput::try_from(process(jobs)).expect("it is right");
    bencher
        .counter(ItemsCount::new(jobs))
        .bench(|| Input::validate(black_box(&input)).expect("it is right"));
}

/// A flow has a hundred steps at most.
#[divan::bench(args = [4, 20, 100])]
fn a_dictionary_of_steps(bencher: Bencher<'_, '_>, steps: usize) {
    let payload = flow(steps);
    bencher
        .counter(ItemsCount::new(steps))
        .bench(|| FlowInput::try_from(black_box(&payload)).expect("it is right"));
}

#[divan::bench(args = [4, 20, 100])]
fn typed_steps(bencher: Bencher<'_, '_>, steps: usize) {
    let input = FlowInput::try_from(flow(steps)).expect("it is right");
    bencher
        .counter(ItemsCount::new(steps))
        .bench(|| Input::validate(black_box(&input)).expect("it is right"));
}
