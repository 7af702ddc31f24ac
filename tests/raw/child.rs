//! A test in a process of its own: what is set for the process (the environment, limits) is then
//! set for nothing else.

use std::process::Command;

use super::certificates;

/// Runs the test `name` of the module `module` again in a process with these variables, and is
/// true; is false in that process. Few file handles are left to it.
pub(crate) fn again(module: &str, name: &str, variables: &[(&str, &str)]) -> bool {
    const MARK: &str = "ANAPLAN_SDK_RAW_CHILD";
    if std::env::var_os(MARK).is_some() {
        return false;
    }
    let path = module.split_once("::").map_or("", |(_, path)| path);
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg("ulimit -n 64 && exec \"$0\" \"$@\"")
        .arg(program)
        .args(["--exact", &format!("{path}::{name}"), "--nocapture"]);
    for name in PROXIES {
        command.env_remove(name);
    }
    let directory = certificates::path("");
    command.env(certificates::OF_THE_PARENT, directory);
    command.env(MARK, "1").envs(variables.iter().copied());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complaint}");
    assert!(
        said.contains("1 passed"),
        "{path}::{name}: {said}{complaint}"
    );
    true
}

const PROXIES: [&str; 8] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];
