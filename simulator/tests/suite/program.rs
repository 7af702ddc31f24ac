use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
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
    let address = url
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_suffix("/2/0"));
    let mut stream = TcpStream::connect(address.unwrap()).unwrap();
    let request = b"GET /2/0/integrations HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(reply.starts_with("HTTP/1.1 401 "), "{reply}");
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

/// What it prints until it is stopped: standard output up to its last line, and standard error.
fn greeting(arguments: &[&str]) -> (String, String) {
    let mut child = Command::new(PROGRAM)
        .args(["--port", "0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        out += &line;
        out.push('\n');
        if line.contains("curl") {
            break;
        }
    }
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    (out, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn it_exports_every_host_that_a_client_reads() {
    let (out, problems) = greeting(&["--password", "it's"]);
    for name in ["CLOUDWORKS", "AUTH", "API", "OAUTH"] {
        assert!(
            out.contains(&format!("  export ANAPLAN_{name}_URL=http://127.0.0.1:")),
            "{name}: {out}"
        );
    }
    assert!(out.contains("  export ANAPLAN_USER_EMAIL=ada.planner@example.com\n"));
    assert!(
        out.contains("  export ANAPLAN_PASSWORD='it'\\''s'\n"),
        "{out}"
    );
    assert_eq!(problems, "");
}

#[test]
fn it_says_its_version() {
    for option in ["--version", "-V"] {
        let version = Command::new(PROGRAM).arg(option).output().unwrap();
        let expected = format!("cloudworks-sim {}\n", env!("CARGO_PKG_VERSION"));
        assert!(version.status.success());
        assert_eq!(String::from_utf8_lossy(&version.stdout), expected);
    }
}

#[test]
fn a_host_that_others_reach_is_warned_of() {
    let (out, problems) = greeting(&["--host", "0.0.0.0", "--host", "sim.test"]);
    assert!(
        out.contains("http://127.0.0.1:"),
        "an address that works: {out}"
    );
    for name in ["0.0.0.0", "sim.test"] {
        assert!(problems.contains(&format!("under {name},")), "{problems}");
    }
    for own in ["127.0.0.1", "127.0.0.2", "localhost"] {
        assert_eq!(greeting(&["--host", own]).1, "", "{own}");
    }
}

#[test]
fn a_rate_limit_is_two_numbers() {
    greeting(&["--rate-limit", "100/60"]);
    for wrong in ["100", "0/60", "1/0", "a/b"] {
        let refused = Command::new(PROGRAM)
            .args(["--rate-limit", wrong])
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(2), "{wrong}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("such as 100/60"));
    }
}
