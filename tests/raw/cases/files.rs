//! Secrets from files: whatever stands there, it is read in time and in bounds, or told.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anaplan_sdk::{Credentials, Error};

use super::{Client, Server, builder_of, maybe_async, status_of_a_run, test};

/// A path of its own for each test on each client.
fn path(name: &str) -> PathBuf {
    let client = module_path!().replace("::", "-");
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(client);
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join(name);
    let _ = fs::remove_file(&path);
    path
}

fn file(name: &str, content: &[u8]) -> String {
    let path = path(name);
    fs::write(&path, content).unwrap();
    path.into_os_string().into_string().unwrap()
}

#[cfg(unix)]
fn fifo(name: &str) -> String {
    let path = path(name);
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    path.into_os_string().into_string().unwrap()
}

const CHILD: &str = "ANAPLAN_RAW_TEST_CHILD";

/// What `Client::from_env` says, and one call of it, in a process with these variables alone.
fn from_env(variables: &[(&str, &str)]) -> String {
    let test = module_path!().split_once("::").unwrap().1;
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg(format!("{test}::what_the_environment_gives"))
        .env_clear()
        .env(CHILD, "1")
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id();
    let (sender, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(Duration::from_secs(60)) else {
        let _ = Command::new("kill").arg(id.to_string()).status();
        panic!("it did not end");
    };
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = said.lines().find_map(|line| line.split_once("RESULT "));
    line.unwrap_or_else(|| panic!("{said} {output:?}"))
        .1
        .to_owned()
}

/// In a process of its own: what the variables come to. Without any, they are missed.
#[maybe_async]
#[test]
async fn what_the_environment_gives() {
    if std::env::var_os(CHILD).is_none() {
        let said = from_env(&[]);
        assert!(said.contains("found none of them"), "{said}");
        return;
    }
    let client = match Client::from_env() {
        Ok(client) => client,
        Err(Error::Config(problem)) => return println!("RESULT configuration: {problem}"),
        Err(error) => return println!("RESULT another error: {error:?}"),
    };
    if std::env::var_os("ANAPLAN_CLOUDWORKS_URL").is_none() {
        return println!("RESULT built");
    }
    let answer = client.cw().get_run_status("r").await;
    match answer {
        Ok(_) => println!("RESULT called"),
        Err(error) => println!("RESULT the call failed: {error}"),
    }
}

/// The configuration error that these variables lead to.
fn problem(variables: &[(&str, &str)]) -> String {
    let said = from_env(variables);
    let (kind, problem) = said.split_once(": ").unwrap_or((&said, ""));
    assert_eq!(kind, "configuration", "{said}");
    problem.to_owned()
}

/// Each variable of a secret that this build knows, with what has to stand beside it.
const SECRETS: &[(&str, &[(&str, &str)])] = &[
    ("ANAPLAN_TOKEN_FILE", &[]),
    ("ANAPLAN_PASSWORD_FILE", &[("ANAPLAN_USER_EMAIL", "a@b")]),
    #[cfg(feature = "certificate")]
    (
        "ANAPLAN_PRIVATE_KEY_FILE",
        &[(
            "ANAPLAN_CERTIFICATE",
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
        )],
    ),
    #[cfg(feature = "certificate")]
    (
        "ANAPLAN_PRIVATE_KEY_PASSPHRASE_FILE",
        &[("ANAPLAN_CERTIFICATE", "x"), ("ANAPLAN_PRIVATE_KEY", "x")],
    ),
    #[cfg(feature = "oauth")]
    (
        "ANAPLAN_OAUTH_REFRESH_TOKEN_FILE",
        &[("ANAPLAN_OAUTH_CLIENT_ID", "a")],
    ),
    #[cfg(feature = "oauth")]
    (
        "ANAPLAN_OAUTH_CLIENT_SECRET_FILE",
        &[
            ("ANAPLAN_OAUTH_CLIENT_ID", "a"),
            ("ANAPLAN_OAUTH_REFRESH_TOKEN", "r"),
        ],
    ),
];

/// Every kind of secret from this path: the configuration error has to say all these words.
fn each_secret_from(path: &str, words: &[&str]) {
    std::thread::scope(|scope| {
        for &(name, others) in SECRETS {
            scope.spawn(move || {
                let mut variables = others.to_vec();
                variables.push((name, path));
                let problem = problem(&variables);
                for word in words {
                    assert!(problem.contains(word), "{name}: {problem}");
                }
            });
        }
    });
}

#[cfg(unix)]
#[maybe_async]
#[test]
async fn dev_zero_as_a_secret_ends_in_an_error() {
    each_secret_from("/dev/zero", &["/dev/zero", "1 MiB"]);
}

#[cfg(unix)]
#[maybe_async]
#[test]
async fn a_fifo_that_nobody_writes_to_ends_in_an_error() {
    let silent = fifo("silent");
    each_secret_from(&silent, &["silent", "seconds"]);
}

#[maybe_async]
#[test]
async fn a_directory_as_a_secret_ends_in_an_error() {
    each_secret_from(env!("CARGO_TARGET_TMPDIR"), &["directory"]);
}

#[maybe_async]
#[test]
async fn a_file_that_is_too_large_as_a_secret_ends_in_an_error() {
    let large = file("large", &vec![b'a'; 5 << 20]);
    each_secret_from(&large, &["large", "1 MiB"]);
}

#[maybe_async]
#[test]
async fn a_file_in_utf_16_as_a_secret_says_so() {
    let utf16: Vec<u8> = "\u{feff}t0ken"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let wide = file("wide", &utf16);
    each_secret_from(&wide, &["wide", "UTF-16"]);
}

/// The variables of a client of this server.
fn to(server: &Server) -> [(&'static str, String); 3] {
    let url = server.url();
    [
        ("ANAPLAN_CLOUDWORKS_URL", format!("{url}/2/0")),
        ("ANAPLAN_AUTH_URL", url.clone()),
        ("ANAPLAN_API_URL", url),
    ]
}

fn call(server: &Server, variables: &[(&str, &str)]) -> String {
    let to = to(server);
    let mut all: Vec<_> = to.iter().map(|(name, value)| (*name, &**value)).collect();
    all.extend(variables);
    from_env(&all)
}

/// The header that a call was authorized by.
fn authorization(server: &Server) -> String {
    let requests = server.requests();
    requests[0].header("authorization").unwrap().to_owned()
}

#[maybe_async]
#[test]
async fn a_token_file_with_a_bom_is_read_without_it() {
    let server = Server::start(|_| status_of_a_run());
    let bom = file("bom", b"\xef\xbb\xbft0ken\r\n");
    let said = call(&server, &[("ANAPLAN_TOKEN_FILE", &bom)]);
    assert_eq!(said, "called");
    assert_eq!(authorization(&server), "AnaplanAuthToken t0ken");
}

#[maybe_async]
#[test]
async fn a_token_with_a_bom_in_its_variable_is_read_without_it() {
    let server = Server::start(|_| status_of_a_run());
    let said = call(&server, &[("ANAPLAN_TOKEN", "\u{feff}t0ken")]);
    assert_eq!(said, "called");
    assert_eq!(authorization(&server), "AnaplanAuthToken t0ken");
}

#[cfg(unix)]
#[maybe_async]
#[test]
async fn a_fifo_that_delivers_is_read() {
    let server = Server::start(|_| status_of_a_run());
    let path = fifo("delivers");
    let writer = path.clone();
    let writing = std::thread::spawn(move || fs::write(writer, "t0ken\n"));
    let said = call(&server, &[("ANAPLAN_TOKEN_FILE", &path)]);
    assert_eq!(said, "called");
    writing.join().unwrap().unwrap();
    assert_eq!(authorization(&server), "AnaplanAuthToken t0ken");
}

/// A key that came through a pipe comes once, and is needed again for every log-in.
#[cfg(all(unix, feature = "certificate"))]
#[maybe_async]
#[test]
async fn a_key_from_a_fifo_is_kept() {
    use serde_json::json;

    use super::Reply;

    let server = Server::start(|request| match request.is("POST", "/token/authenticate") {
        true => Reply::json(201, &json!({"tokenInfo": {"tokenValue": "t0ken"}})),
        false => status_of_a_run(),
    });
    let (key, certificate) = (path("rsa.key"), path("rsa.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=planner",
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let key = fs::read(&key).unwrap();
    let through = fifo("key");
    let writer = through.clone();
    let writing = std::thread::spawn(move || fs::write(writer, key));
    let said = call(
        &server,
        &[
            ("ANAPLAN_CERTIFICATE_FILE", certificate.to_str().unwrap()),
            ("ANAPLAN_PRIVATE_KEY_FILE", &through),
        ],
    );
    assert_eq!(said, "called");
    writing.join().unwrap().unwrap();
}

/// Certificates and keys are often saved with a BOM by editors on Windows.
#[cfg(feature = "certificate")]
#[maybe_async]
#[test]
async fn a_certificate_with_a_bom_is_read_without_it() {
    let bom = b"\xef\xbb\xbf-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
    let problem = problem(&[
        ("ANAPLAN_PRIVATE_KEY_FILE", &file("bom.key", bom)),
        ("ANAPLAN_CERTIFICATE_FILE", &file("bom.pem", bom)),
    ]);
    assert!(
        problem.contains("no `BEGIN … PRIVATE KEY` in it"),
        "{problem}"
    );
}

#[maybe_async]
#[test]
async fn a_token_that_no_header_can_carry_is_found_by_build() {
    let server = Server::start(|_| status_of_a_run());
    for token in [
        "\u{feff}t0ken",
        "t0k\nen",
        "t0k\u{0}en",
        "t0kén",
        "t0k en",
        "t0ken\u{200b}",
        "",
        " ",
        "„t0ken“",
    ] {
        let built = builder_of(&server)
            .credentials(Credentials::token(token))
            .build();
        let error = built.map(drop).unwrap_err();
        assert!(matches!(error, Error::Config(_)), "{token:?}: {error:?}");
        assert!(!error.to_string().contains("t0k"), "{error}");
    }
    for token in ["t0ken", "t0ken\n", " t0ken", "eyJ.a-b_c~+/=="] {
        builder_of(&server)
            .credentials(Credentials::token(token))
            .build()
            .unwrap();
    }
}

#[cfg(feature = "oauth")]
mod stores {
    use std::time::Instant;

    use anaplan_sdk::{FileTokenStore, OAuthApp};
    use serde_json::json;

    use super::super::Reply;
    use super::test;
    use super::*;

    /// A client whose refresh token is in this file, and its server.
    fn with_store(path: &str) -> (Server, Client) {
        let server = Server::start(|request| match request.is("POST", "/oauth/token") {
            true => Reply::json(200, &json!({"access_token": "acc3ss", "expires_in": 2100})),
            false => status_of_a_run(),
        });
        let app = OAuthApp::new("app").store(FileTokenStore::new(path));
        let client = builder_of(&server)
            .oauth_url(server.url())
            .credentials(Credentials::oauth(app))
            .build()
            .unwrap();
        (server, client)
    }

    #[maybe_async]
    #[test]
    async fn a_token_store_with_a_bom_is_read_without_it() {
        let path = file("bom-store", b"\xef\xbb\xbfr3fresh\r\n");
        let (server, client) = with_store(&path);
        client.cw().get_run_status("r").await.unwrap();
        let exchange = &server.requests_to("POST", "/oauth/token")[0];
        let body: serde_json::Value = serde_json::from_slice(&exchange.body).unwrap();
        assert_eq!(body["refresh_token"], "r3fresh");
    }

    /// What is saved later takes the place of the file: it has to be one.
    #[maybe_async]
    #[test]
    async fn a_token_store_that_is_no_file_ends_in_an_error() {
        let mut paths = vec![env!("CARGO_TARGET_TMPDIR").to_owned()];
        #[cfg(unix)]
        paths.extend([fifo("store"), "/dev/zero".to_owned()]);
        for path in paths {
            let (server, client) = with_store(&path);
            let began = Instant::now();
            let error = client.cw().get_run_status("r").await.unwrap_err();
            assert!(error.is_auth(), "{error:?}");
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            assert!(
                cause.unwrap_or_default().contains("regular file"),
                "{path}: {error:?}"
            );
            assert!(began.elapsed() < Duration::from_secs(30));
            assert!(server.requests().is_empty());
        }
    }

    #[maybe_async]
    #[test]
    async fn a_token_store_that_is_too_large_ends_in_an_error() {
        let path = file("large-store", &vec![b'a'; 5 << 20]);
        let (server, client) = with_store(&path);
        let error = client.cw().get_run_status("r").await.unwrap_err();
        assert!(error.is_auth(), "{error:?}");
        assert!(server.requests().is_empty());
    }
}
