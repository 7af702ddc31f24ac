//! Our side of `benches/peers/run.py`, which starts it. By itself, as under `cargo bench`, it
//! does nothing.
//!
//! `serve` is the server. `async BASE SLOW` and `blocking BASE SLOW` are workers: each line
//! of input is a task, each line of output the seconds that it took. `first-async BASE SLOW` and
//! `first-blocking BASE SLOW` end after their first answer.

#[path = "../common/mod.rs"]
mod common;

use std::time::Instant;
use std::{env, io, thread};

use anaplan_sdk::blocking;
use common::server::{Server, serve_if_asked};
use common::{RUN, client};
use futures_util::future::join_all;

const SEQUENTIAL: usize = 2000;
const AT_ONCE: usize = 1000;

fn main() {
    serve_if_asked();
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["async", base, slow] => {
            let runtime = runtime();
            work(|task| runtime.block_on(do_async(task, base, slow)));
        }
        ["blocking", base, slow] => work(|task| do_blocking(task, base, slow)),
        ["first-async", base, _] => {
            let client = client!(anaplan_sdk::Client, base, None);
            let status = runtime().block_on(client.cw().get_run_status(RUN));
            status.expect("the server answers");
        }
        ["first-blocking", base, _] => {
            let client = client!(blocking::Client, base, None);
            client.cw().get_run_status(RUN).expect("the server answers");
        }
        _ => {
            // The name of the server's type keeps the shared code in use.
            let _: fn() -> Server = Server::start;
            println!("This is a part of benches/peers/run.py.");
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}

/// Does what each line says, and says how long it took.
fn work(mut task: impl FnMut(&str) -> Instant) {
    for line in io::stdin().lines() {
        let line = line.expect("lines of text");
        let began = task(&line);
        println!("{}", began.elapsed().as_secs_f64());
    }
}

/// The time at which the work proper began: clients are made before.
async fn do_async(task: &str, base: &str, slow: &str) -> Instant {
    let at = if task.starts_with("concurrent") {
        slow
    } else {
        base
    };
    let auth = (task == "concurrent-password").then_some(at);
    let client = client!(anaplan_sdk::Client, at, auth);
    let cw = client.cw();
    let began = Instant::now();
    match task {
        "sequential" => {
            for _ in 0..SEQUENTIAL {
                cw.get_run_status(RUN).await.expect("the server answers");
            }
        }
        "list" => {
            let list = cw.list_integrations().await.expect("the server answers");
            assert_eq!(list.len(), 5000);
        }
        _ => {
            let calls = (0..AT_ONCE).map(|_| cw.get_run_status(RUN));
            for status in join_all(calls).await {
                status.expect("the server answers");
            }
        }
    }
    began
}

fn do_blocking(task: &str, base: &str, slow: &str) -> Instant {
    let at = if task.starts_with("concurrent") {
        slow
    } else {
        base
    };
    let auth = (task == "concurrent-password").then_some(at);
    let client = client!(blocking::Client, at, auth);
    let cw = client.cw();
    let began = Instant::now();
    match task {
        "sequential" => {
            for _ in 0..SEQUENTIAL {
                cw.get_run_status(RUN).expect("the server answers");
            }
        }
        "list" => {
            let list = cw.list_integrations().expect("the server answers");
            assert_eq!(list.len(), 5000);
        }
        _ => thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| cw.get_run_status(RUN).expect("the server answers"));
            }
        }),
    }
    began
}
