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

/// As `"t0ken" > file` of Windows PowerShell writes it, and the other order of bytes.
fn in_utf_16(text: &str) -> [Vec<u8>; 2] {
    let marked = format!("\u{feff}{text}\r\n");
    [u16::to_le_bytes, u16::to_be_bytes]
        .map(|bytes| marked.encode_utf16().flat_map(bytes).collect())
}

#[maybe_async]
#[test]
async fn a_token_in_utf_16_is_read() {
    for (n, text) in in_utf_16("t0ken").iter().enumerate() {
        let server = Server::start(|_| status_of_a_run());
        let wide = file(&format!("wide-{n}"), text);
        let said = call(&server, &[("ANAPLAN_TOKEN_FILE", &wide)]);
        assert_eq!(said, "called");
        assert_eq!(authorization(&server), "AnaplanAuthToken t0ken");
    }
}

#[maybe_async]
#[test]
async fn a_password_in_utf_16_is_read() {
    for (n, text) in in_utf_16("pass word").iter().enumerate() {
        let server = token_service();
        let wide = file(&format!("wide-password-{n}"), text);
        let variables = [
            ("ANAPLAN_USER_EMAIL", "a@b"),
            ("ANAPLAN_PASSWORD_FILE", &*wide),
        ];
        let said = call(&server, &variables);
        assert_eq!(said, "called");
        assert_eq!(authorization(&server), "Basic YUBiOnBhc3Mgd29yZA==");
    }
}

#[cfg(feature = "certificate")]
#[maybe_async]
#[test]
async fn a_certificate_and_its_key_in_utf_16_are_read() {
    let (key, certificate) = key_pair("utf16");
    let read = |path| in_utf_16(&fs::read_to_string(path).unwrap());
    for (n, (key, certificate)) in read(key).iter().zip(read(certificate)).enumerate() {
        let server = token_service();
        let said = call(
            &server,
            &[
                (
                    "ANAPLAN_PRIVATE_KEY_FILE",
                    &file(&format!("wide-{n}.key"), key),
                ),
                (
                    "ANAPLAN_CERTIFICATE_FILE",
                    &file(&format!("wide-{n}.pem"), &certificate),
                ),
            ],
        );
        assert_eq!(said, "called");
    }
}

#[maybe_async]
#[test]
async fn a_file_in_utf_16_that_is_cut_off_says_so() {
    let cut = file("cut", b"\xff\xfet\x000\0k");
    each_secret_from(&cut, &["cut", "UTF-16"]);
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

/// The text in its variable, and in a file that `…_FILE` names.
fn in_both(name: &str, text: &str) -> [(String, String); 2] {
    let path = file(
        &format!(
            "{name}-{:x}",
            text.len() * 31 + text.bytes().map(usize::from).sum::<usize>()
        ),
        text.as_bytes(),
    );
    [
        (name.to_owned(), text.to_owned()),
        (format!("{name}_FILE"), path),
    ]
}

#[maybe_async]
#[test]
async fn a_token_is_read_as_people_write_it() {
    for text in [
        "t0ken\r\n",
        "\"t0ken\"",
        "'t0ken'\n",
        "t0ken\\n",
        "\n\nt0ken\n \n",
        "AnaplanAuthToken t0ken",
        "Authorization: AnaplanAuthToken t0ken\r\n",
        "\"Bearer t0ken\"",
    ] {
        for (name, value) in in_both("ANAPLAN_TOKEN", text) {
            let server = Server::start(|_| status_of_a_run());
            let said = call(&server, &[(&name, &value)]);
            assert_eq!(said, "called", "{name} {text:?}");
            assert_eq!(
                authorization(&server),
                "AnaplanAuthToken t0ken",
                "{name} {text:?}"
            );
        }
    }
}

#[maybe_async]
#[test]
async fn a_token_by_code_may_have_its_scheme_in_front() {
    let server = Server::start(|_| status_of_a_run());
    for token in ["AnaplanAuthToken t0ken", "\"t0ken\"\n"] {
        let credentials = Credentials::token(token);
        let client = builder_of(&server)
            .credentials(credentials)
            .build()
            .unwrap();
        client.cw().get_run_status("r").await.unwrap();
    }
    for request in server.requests() {
        assert_eq!(
            request.header("authorization"),
            Some("AnaplanAuthToken t0ken")
        );
    }
}

#[maybe_async]
#[test]
async fn a_token_that_is_more_than_a_token_is_told() {
    for (text, advice) in [
        ("t0ken\nt0ken2\n", "several lines"),
        ("\"t0ken", "a quote at one end"),
        (
            "{\"tokenInfo\": {\"tokenValue\": \"t0ken\"}}",
            "tokenInfo.tokenValue",
        ),
        ("ANAPLAN_TOKEN=t0ken", "assignment"),
    ] {
        for (name, value) in in_both("ANAPLAN_TOKEN", text) {
            let problem = problem(&[(&name, &value)]);
            assert!(
                problem.contains(advice) && problem.contains(&name),
                "{problem}"
            );
            assert!(!problem.contains("t0ken"), "{problem}");
        }
    }
}

/// A server that gives out tokens.
fn token_service() -> Server {
    Server::start(|request| match request.is("POST", "/token/authenticate") {
        true => super::Reply::json(
            201,
            &serde_json::json!({"tokenInfo": {"tokenValue": "t0ken"}}),
        ),
        false => status_of_a_run(),
    })
}

#[maybe_async]
#[test]
async fn a_user_name_and_a_password_are_read_as_people_write_them() {
    for (user, password) in [
        ("\u{feff}a@b", "\u{feff}pass word\r\n"),
        ("\"a@b\"\r", "pass word\n\n"),
        (" 'a@b' ", "\npass word"),
        ("a@b\\n", "pass word\r"),
    ] {
        for (name, value) in in_both("ANAPLAN_PASSWORD", password) {
            let server = token_service();
            let said = call(&server, &[("ANAPLAN_USER_EMAIL", user), (&name, &value)]);
            assert_eq!(said, "called", "{user:?} {password:?}");
            // a@b:pass word
            assert_eq!(
                authorization(&server),
                "Basic YUBiOnBhc3Mgd29yZA==",
                "{user:?} {password:?}"
            );
        }
    }
}

#[maybe_async]
#[test]
async fn what_may_be_part_of_a_password_is_not_guessed() {
    for (text, advice) in [
        ("\"hunter2\"", "two pairs of quotes"),
        ("'hunter2'\n", "two pairs of quotes"),
        ("hunter2\\n", "written out"),
        ("hunter2\nhunter3", "several lines"),
        ("ANAPLAN_PASSWORD=hunter2", "assignment"),
    ] {
        for (name, value) in in_both("ANAPLAN_PASSWORD", text) {
            let problem = problem(&[("ANAPLAN_USER_EMAIL", "a@b"), (&name, &value)]);
            assert!(
                problem.contains(advice) && problem.contains(&name),
                "{problem}"
            );
            assert!(!problem.contains("hunter"), "{problem}");
        }
    }
}

#[maybe_async]
#[test]
async fn a_password_by_code_with_a_line_end_is_told() {
    let server = token_service();
    let credentials = Credentials::basic("a@b", "hunter2\n");
    let built = builder_of(&server).credentials(credentials).build();
    let problem = built.map(drop).unwrap_err().to_string();
    assert!(
        problem.contains("the password holds a line end"),
        "{problem}"
    );
    assert!(!problem.contains("hunter2"), "{problem}");
}

/// A certificate and its key, as OpenSSL writes them, and the directory of both.
#[cfg(feature = "certificate")]
fn key_pair(name: &str) -> (PathBuf, PathBuf) {
    let (key, certificate) = (path(&format!("{name}.key")), path(&format!("{name}.pem")));
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -subj /CN=planner -days 30 -keyout KEY -out PEM",
        &[("KEY", &key), ("PEM", &certificate)],
    );
    (key, certificate)
}

#[cfg(feature = "certificate")]
fn openssl(arguments: &str, files: &[(&str, &PathBuf)]) {
    let mut command = Command::new("openssl");
    for argument in arguments.split(' ') {
        match files.iter().find(|(name, _)| *name == argument) {
            Some((_, path)) => command.arg(path),
            None => command.arg(argument),
        };
    }
    let made = command.output().unwrap();
    assert!(made.status.success(), "{made:?}");
}

#[cfg(feature = "certificate")]
#[maybe_async]
#[test]
async fn a_certificate_and_its_key_are_read_as_variables_hold_them() {
    use base64::prelude::{BASE64_STANDARD, Engine};

    let (key, certificate) = key_pair("variables");
    let (key, certificate) = (
        fs::read_to_string(key).unwrap(),
        fs::read_to_string(certificate).unwrap(),
    );
    let forms: [fn(&str) -> String; 7] = [
        |pem| pem.replace('\n', "\\n"),
        |pem| pem.replace('\n', "\\r\\n"),
        |pem| format!("\"{}\"", pem.replace('\n', "\\n")),
        |pem| format!("'{}'\r\n", pem.replace('\n', "\r\n")),
        |pem| pem.replace('\n', " "),
        |pem| format!("\u{feff}{pem}"),
        |pem| BASE64_STANDARD.encode(pem),
    ];
    for (n, form) in forms.iter().enumerate() {
        let of_files = [
            (
                "ANAPLAN_CERTIFICATE_FILE",
                file(&format!("form-{n}.pem"), form(&certificate).as_bytes()),
            ),
            (
                "ANAPLAN_PRIVATE_KEY_FILE",
                file(&format!("form-{n}.key"), form(&key).as_bytes()),
            ),
        ];
        let of_variables = [
            ("ANAPLAN_CERTIFICATE", form(&certificate)),
            ("ANAPLAN_PRIVATE_KEY", form(&key)),
        ];
        for variables in [of_files, of_variables] {
            let server = token_service();
            let variables: Vec<_> = variables
                .iter()
                .map(|(name, value)| (*name, &**value))
                .collect();
            let said = call(&server, &variables);
            assert_eq!(said, "called", "form {n} of {}", variables[0].0);
            // Base64 of PEM.
            let sent = authorization(&server);
            assert!(sent.starts_with("CACertificate LS0tLS1CRUdJTi"), "{sent}");
        }
    }
}

#[cfg(feature = "certificate")]
#[maybe_async]
#[test]
async fn other_forms_than_pem_have_their_own_advice() {
    use base64::prelude::{BASE64_STANDARD, Engine};

    let (key, certificate) = key_pair("other");
    let (pfx, der, der_key, bundle) = (
        path("other.pfx"),
        path("other.der"),
        path("other.k8"),
        path("other.p7b"),
    );
    openssl(
        "pkcs12 -export -inkey KEY -in PEM -passout pass:x -out PFX",
        &[("KEY", &key), ("PEM", &certificate), ("PFX", &pfx)],
    );
    openssl(
        "x509 -in PEM -outform der -out DER",
        &[("PEM", &certificate), ("DER", &der)],
    );
    openssl(
        "pkcs8 -topk8 -nocrypt -in KEY -outform der -out DER",
        &[("KEY", &key), ("DER", &der_key)],
    );
    openssl(
        "crl2pkcs7 -nocrl -certfile PEM -outform der -out P7B",
        &[("PEM", &certificate), ("P7B", &bundle)],
    );
    let jks = file("other.jks", b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01");
    let base64 = |path: &PathBuf, name: &str| {
        file(
            name,
            BASE64_STANDARD.encode(fs::read(path).unwrap()).as_bytes(),
        )
    };
    let pfx_in_base64 = base64(&pfx, "pfx.b64");
    let certificate_in_base64 = base64(&der, "der.b64");
    let key_in_base64 = base64(&der_key, "k8.b64");
    for (path, words) in [
        (
            pfx.to_str().unwrap(),
            &[
                "PKCS#12",
                "openssl pkcs12 -in FILE -clcerts -nokeys",
                "-nocerts",
            ][..],
        ),
        (der.to_str().unwrap(), &["openssl x509 -inform der"]),
        (
            bundle.to_str().unwrap(),
            &["PKCS#7", "openssl pkcs7 -inform der"],
        ),
        (
            &jks,
            &["JKS", "keytool -importkeystore", "openssl pkcs12 -in"],
        ),
        (&pfx_in_base64, &["base64 -d", "openssl pkcs12 -in"]),
        (
            &certificate_in_base64,
            &[
                "`-----BEGIN CERTIFICATE-----`",
                "`-----END CERTIFICATE-----`",
            ],
        ),
        (&key_in_base64, &["`-----BEGIN PRIVATE KEY-----`"]),
    ] {
        let as_certificate = problem(&[
            ("ANAPLAN_CERTIFICATE_FILE", path),
            ("ANAPLAN_PRIVATE_KEY_FILE", key.to_str().unwrap()),
        ]);
        let as_key = problem(&[
            ("ANAPLAN_CERTIFICATE_FILE", certificate.to_str().unwrap()),
            ("ANAPLAN_PRIVATE_KEY_FILE", path),
        ]);
        for (what, said) in [
            ("the certificate", as_certificate),
            ("the private key", as_key),
        ] {
            for word in words {
                assert!(said.contains(word), "{word}: {said}");
            }
            assert!(said.starts_with(what), "{said}");
        }
    }
}

/// As Windows' `.env` files and quoted values leave the other variables.
#[maybe_async]
#[test]
async fn settings_are_read_as_people_write_them() {
    let server = Server::start(|_| status_of_a_run());
    let url = server.url();
    let said = from_env(&[
        ("ANAPLAN_TOKEN", "t0ken"),
        ("ANAPLAN_REGION", "\"us1a\"\r"),
        ("ANAPLAN_READ_ONLY", "'true'\r"),
        ("ANAPLAN_CLOUDWORKS_URL", &format!("\"{url}/2/0\"\r\n")),
        ("ANAPLAN_API_URL", &format!("{url}\r")),
        ("ANAPLAN_AUTH_URL", &format!("'{url}'")),
    ]);
    assert_eq!(said, "called");
}
