//! From the start of a program to its first answer: a script on each client against one on the
//! HTTP library under it. Each is this very program, started anew.

mod common;

use std::env;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::pair::{Side, compare};
use common::server::{Server, serve_if_asked};
use common::{RUN, bare_async, bare_blocking, client};

/// A script's name, and what it does at a base URL.
type Script = (&'static str, fn(&str));

const SCRIPTS: [Script; 4] = [
    ("bare ureq", |base| {
        bare_blocking::run_status(&bare_blocking::agent(), base, RUN);
    }),
    ("anaplan-sdk, blocking", |base| {
        let client = client!(anaplan_sdk::blocking::Client, base, None);
        client.cw().get_run_status(RUN).expect("the server answers");
    }),
    ("bare reqwest", |base| {
        runtime().block_on(bare_async::run_status(&bare_async::client(), base, RUN));
    }),
    ("anaplan-sdk, async", |base| {
        let client = client!(anaplan_sdk::Client, base, None);
        let status = runtime().block_on(client.cw().get_run_status(RUN));
        status.expect("the server answers");
    }),
];

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn main() {
    serve_if_asked();
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [script, base] = &arguments[..]
        && let Some((_, run)) = SCRIPTS.iter().find(|(name, _)| name == script)
    {
        return run(base);
    }
    let server = Server::start();
    let base = server.url(Duration::ZERO, 0);
    let program = env::current_exe().expect("a program knows where it is");
    for (face, scripts) in [("blocking", &SCRIPTS[..2]), ("async", &SCRIPTS[2..])] {
        let start = |name: &str| {
            let mut command = Command::new(&program);
            command.args([name, &base]).stdout(Stdio::null());
            let status = command.status().expect("it can be started again");
            assert!(status.success(), "{name}: {status}");
        };
        let sides = scripts
            .iter()
            .map(|(name, _)| Side::new(*name, move || start(name)));
        compare(
            &format!("From start to first answer, {face}"),
            1,
            41,
            sides.collect(),
        );
    }
}
