use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cloudworks-sim");

#[test]
fn it_says_where_it_is() {
    let mut child = Command::new(PROGRAM)
        .args(["--port", "0", "--run-ms=5"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines
        .map_while(Result::ok)
        .find_map(|line| line.trim().strip_prefix("CloudWorks  ").map(str::to_owned));
    let url = url.unwrap().trim().to_owned();
    let refused = ureq::get(format!("{url}/integrations")).call().unwrap_err();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(matches!(refused, ureq::Error::StatusCode(401)), "{refused}");
}

#[test]
fn it_explains_itself() {
    let help = Command::new(PROGRAM).arg("--help").output().unwrap();
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--seed"));
    let wrong = Command::new(PROGRAM).arg("--prot").output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&wrong.stderr)
            .starts_with("cloudworks-sim: no such option: --prot")
    );
}
