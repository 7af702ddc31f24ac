//! No secret is ever shown: not by a type that holds one, not by an error, not by a trace.
#![cfg(all(
    feature = "async",
    feature = "blocking",
    feature = "certificate",
    feature = "oauth"
))]

use std::error::Error as StdError;
use std::fmt::Debug;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anaplan_sdk::models::Secret;
use anaplan_sdk::models::cloud_works::ConnectionInput;
use anaplan_sdk::secrecy::ExposeSecret;
use anaplan_sdk::{
    AccessToken, ClientCertificate, Credentials, Error, FileTokenStore, OAuthApp, Pem, RetryPolicy,
    StoreLock, TokenStore,
};
use cloudworks_sim::{Fault, Simulator};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

const APP: &str = "b1946ac92492d2347c6235b4d2611184";
const PASSWORD: &str = "pASSw0rd-of-the-planner";
const CLIENT_SECRET: &str = "cl1ent-s3cret";
const PASSPHRASE: &str = "pa55-phrase";
const SAS: &str = "sv=2024&sig=s4s%2Ft0ken";
const ACCESS_KEY: &str = "aws/s3cret+access+key";
const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIIbigquery\n-----END PRIVATE KEY-----\n";

/// All that was ever printed.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn print(&self, text: impl AsRef<str>) {
        let mut paper = self.0.lock().unwrap();
        paper.extend_from_slice(text.as_ref().as_bytes());
        paper.push(b'\n');
    }

    fn debug(&self, value: &impl Debug) {
        self.print(format!("{value:?}"));
        self.print(format!("{value:#?}"));
    }

    /// The error, however one may look at it.
    fn error<T: Debug>(&self, result: Result<T, Error>) {
        let error = result.expect_err("an error is wanted here");
        self.debug(&error);
        let mut next: Option<&dyn StdError> = Some(&error);
        while let Some(error) = next {
            self.print(format!("{error}"));
            next = error.source();
        }
        if let Error::Api(refusal) = &error {
            self.print(&refusal.body);
        }
        if let Error::Decode(unreadable) = &error {
            self.print(&unreadable.body);
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Paper {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn temporary(name: &str) -> std::path::PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("secrets");
    std::fs::create_dir_all(&directory).unwrap();
    directory.join(name)
}

/// A certificate and its key, encrypted.
fn certificate() -> (String, String) {
    let (key, certificate) = (temporary("client.key"), temporary("client.pem"));
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-subj",
            "/CN=planner",
        ])
        .args(["-passout", &format!("pass:{PASSPHRASE}")])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let read = |path| std::fs::read_to_string(path).unwrap();
    (read(certificate), read(key))
}

fn connections() -> Vec<Value> {
    vec![
        json!({"type": "AzureBlob", "body": {
            "name": "A", "storageAccountName": "acct", "containerName": "raw",
            "sasToken": SAS, "authMethod": "SAS-based",
        }}),
        json!({"type": "AmazonS3", "body": {
            "name": "S", "accessKeyId": "AKIA0000000000000000", "secretAccessKey": ACCESS_KEY,
            "bucketName": "bucket",
        }}),
        json!({"type": "GoogleBigQuery", "body": {
            "name": "G", "dataset": "set",
            "serviceAccountKey": {
                "type": "service_account", "project_id": "p", "private_key_id": "i",
                "private_key": PRIVATE_KEY, "client_email": "a@p.iam.gserviceaccount.com",
                "client_id": "1", "auth_uri": "https://accounts.google.com/o/oauth2/auth",
                "token_uri": "https://oauth2.googleapis.com/token",
                "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
                "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/a",
            },
        }}),
    ]
}

/// Everything public that can hold a secret.
fn print_types(paper: &Paper, sim: &Simulator, certificate: &str, key: &str) {
    let every_kind = [
        Credentials::basic("planner@corp.example", PASSWORD),
        Credentials::token(sim.issue_token()),
        Credentials::certificate(ClientCertificate::new(certificate, key).passphrase(PASSPHRASE)),
        Credentials::oauth(
            OAuthApp::new(APP)
                .client_secret(CLIENT_SECRET)
                .refresh_token(sim.oauth_refresh_token(APP, true)),
        ),
    ];
    for credentials in every_kind {
        paper.debug(&credentials);
        let builder = anaplan_sdk::Client::builder().credentials(credentials.clone());
        paper.debug(&builder);
        paper.debug(&builder.build().unwrap());
        let builder = anaplan_sdk::blocking::Client::builder().credentials(credentials);
        paper.debug(&builder);
        paper.debug(&builder.build().unwrap());
    }
    paper.debug(&Pem::from(key));
    paper.debug(&AccessToken::new(sim.issue_token()).expires_in(Duration::from_secs(1)));
    let token = sim.issue_token();
    let builder = anaplan_sdk::blocking::Client::builder()
        .token_source(move || Ok(AccessToken::new(token.clone())));
    paper.debug(&builder);
    paper.debug(&builder.build().unwrap());
    paper.debug(&StoreLock::new(PASSWORD));
    paper.debug(&FileTokenStore::new(temporary("token")));
    paper.debug(&Secret::from(SAS));
    for payload in connections() {
        let typed = ConnectionInput::try_from(payload.clone()).unwrap();
        paper.debug(&typed);
        paper.debug(&typed.clone());
        // In a dictionary that is wrong elsewhere, or in the very place.
        for (name, value) in [
            ("name", json!(7)),
            ("unknown", json!(1)),
            ("sasToken", json!([SAS])),
            ("secretAccessKey", json!({"key": ACCESS_KEY})),
            ("serviceAccountKey", json!(PRIVATE_KEY)),
            ("serviceAccountKey", json!({"private_key": [PRIVATE_KEY]})),
            ("sasTokn", json!(SAS)),
        ] {
            let mut wrong = payload.clone();
            wrong["body"][name] = value;
            if let Err(error) = ConnectionInput::try_from(wrong.clone()) {
                paper.error::<()>(Err(error.into()));
            }
            wrong["type"] = json!("Nothing");
            if let Err(error) = ConnectionInput::try_from(wrong) {
                paper.error::<()>(Err(error.into()));
            }
        }
    }
}

/// A session of one face, from log-in to log-out, with all that can go wrong on the way.
macro_rules! session {
    ($name:literal, $face:ty, $paper:expr, $sim:expr, $certificate:expr, $key:expr, $($await:tt)*) => {{
        let (paper, sim): (&Paper, &Simulator) = ($paper, $sim);
        let builder = || {
            <$face>::builder()
                .cloudworks_url(sim.cloudworks_url())
                .auth_url(sim.auth_url())
                .api_url(sim.api_url())
                .oauth_url(sim.oauth_url())
                .timeout(Duration::from_secs(2))
                .retry(RetryPolicy::none())
        };
        let basic = || Credentials::basic("planner@corp.example", PASSWORD);
        let store = || FileTokenStore::new(temporary(concat!("token-", $name)));
        store().save(&sim.oauth_refresh_token(APP, true).into()).unwrap();
        let app = OAuthApp::new(APP)
            .client_secret(CLIENT_SECRET)
            .redirect_uri("https://corp.example/callback")
            .store(store());
        for credentials in [
            basic(),
            Credentials::token(sim.issue_token()),
            Credentials::certificate(
                ClientCertificate::new($certificate, $key).passphrase(PASSPHRASE),
            ),
            Credentials::oauth(app.clone()),
        ] {
            let client = builder().credentials(credentials).build().unwrap();
            paper.debug(&client);
            paper.debug(&client.current_user()$($await)*.unwrap());
            paper.debug(&client.cw().list_connections()$($await)*.unwrap());
            sim.fault(Fault::expire_token().on("GET", "/2/0/").once());
            let _ = client.cw().list_connections()$($await)*;
            client.log_out()$($await)*.unwrap();
        }

        // The service, and what stands before it, repeat what was sent.
        let client = builder().credentials(basic()).build().unwrap();
        client.current_user()$($await)*.unwrap();
        let last = sim.requests_to("GET", "/api/2/0/users/me").pop().unwrap();
        let token = last.header("authorization").unwrap().to_owned();
        for (status, body) in [
            (502, format!("<html>Authorization: {token}</html>")),
            (400, json!({"status": {"code": 400, "message": token}}).to_string()),
            (200, json!({"user": token}).to_string()),
            (200, token.clone()),
        ] {
            sim.reply_once("GET", "/api/2/0/users/me", status, &[], body);
            let answer = client.current_user()$($await)*;
            paper.error(answer);
        }
        for payload in connections() {
            for status in [400, 500] {
                let body = json!({"status": {"code": status, "message": payload.to_string()}});
                sim.reply_once("POST", "/2/0/integrations/connections", status, &[], body.to_string());
                paper.error(client.cw().create_connection(payload.clone())$($await)*);
            }
            let _ = client.cw().create_connection(payload)$($await)*;
        }

        // The token service refuses, is in trouble, or talks nonsense with a token in it.
        let wrong = builder()
            .credentials(Credentials::basic("planner@corp.example", "pASSw0rd-guessed"))
            .build()
            .unwrap();
        paper.error(wrong.current_user()$($await)*);
        for (status, body) in [
            (200, json!({"tokenInfo": token})),
            (200, json!({"tokenInfo": {"tokenValue": [token]}})),
            (400, json!({"status": PASSWORD, "statusMessage": format!("no, {PASSWORD} is wrong")})),
            (503, json!({"message": "no token today"})),
        ] {
            let fresh = builder().credentials(basic()).build().unwrap();
            sim.reply_once("POST", "/token/authenticate", status, &[], body.to_string());
            let answer = fresh.current_user()$($await)*;
            paper.error(answer);
        }
        for fault in [
            Fault::reset_before(),
            Fault::garbage(),
            Fault::html(),
            Fault::delay(Duration::from_secs(3)),
        ] {
            let fresh = builder().credentials(basic()).build().unwrap();
            sim.fault(fault.on("POST", "/token/authenticate").once());
            paper.error(fresh.current_user()$($await)*);
            sim.clear_faults();
        }

        // OAuth: log-ins, refusals, nonsense.
        let oauth = builder().oauth(app.clone()).unwrap();
        paper.debug(&oauth);
        let login = oauth.authorization().unwrap();
        paper.debug(&login);
        let code = sim.oauth_code(APP);
        let redirected = format!("https://corp.example/callback?code={code}&state={}", login.state());
        paper.error(oauth.exchange_redirect(&redirected, "other")$($await)*);
        let tokens = oauth.exchange_redirect(&redirected, login.state())$($await)*.unwrap();
        paper.debug(&tokens);
        paper.error(oauth.exchange_redirect(&redirected, login.state())$($await)*);
        paper.debug(&oauth.validate(tokens.access_token())$($await)*.unwrap());
        let refresh = tokens.refresh_token().unwrap().clone();
        paper.debug(&oauth.refresh(refresh.clone())$($await)*.unwrap());
        paper.error(oauth.refresh(refresh.clone())$($await)*);
        for (status, body) in [
            (200, json!({"access_token": [refresh.expose_secret()]})),
            (403, json!({"error": "invalid_grant", "error_description": refresh.expose_secret()})),
            (401, json!({"error": "access_denied", "error_description": CLIENT_SECRET})),
        ] {
            sim.reply_once("POST", "/oauth/token", status, &[], body.to_string());
            paper.error(oauth.refresh(refresh.clone())$($await)*);
        }
        let device = builder().oauth(OAuthApp::new(APP)).unwrap();
        let login = device.device_login()$($await)*.unwrap();
        paper.debug(&login);
        assert!(sim.approve_device(&login.user_code));
        paper.debug(&device.wait_for_device(&login)$($await)*.unwrap());
    }};
}

/// All that may not be printed: what was given to the client, and what travelled.
fn secrets(sim: &Simulator, key: &str) -> Vec<String> {
    let mut secrets: Vec<String> = [
        PASSWORD,
        CLIENT_SECRET,
        PASSPHRASE,
        SAS,
        ACCESS_KEY,
        PRIVATE_KEY,
        "MIIbigquery",
        "pASSw0rd-guessed",
    ]
    .map(str::to_owned)
    .into();
    secrets.push(PRIVATE_KEY.replace('\n', "\\n"));
    secrets.push(key.lines().nth(3).unwrap().to_owned());
    const FIELDS: [&str; 6] = [
        "refresh_token",
        "code",
        "device_code",
        "client_secret",
        "encodedData",
        "encodedSignedData",
    ];
    for request in sim.requests() {
        let header = request.header("authorization");
        if let Some((_, secret)) = header.and_then(|header| header.split_once(' ')) {
            secrets.push(secret.to_owned());
        }
        let body = request.json.unwrap_or_default();
        secrets.extend(
            FIELDS
                .iter()
                .filter_map(|field| Some(body[field].as_str()?.to_owned())),
        );
    }
    secrets.sort();
    secrets.dedup();
    secrets
}

#[test]
fn no_secret_is_ever_shown() {
    let paper = Paper::default();
    // Also what HTTP and TLS libraries write, by way of `log`.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(paper.clone())
        .with_ansi(false)
        .init();
    let sim = Simulator::builder()
        .password(PASSWORD)
        .device_interval(1)
        .start();
    let (certificate, key) = certificate();
    sim.register_certificate(&certificate);
    print_types(&paper, &sim, &certificate, &key);

    session!(
        "blocking",
        anaplan_sdk::blocking::Client,
        &paper,
        &sim,
        &*certificate,
        &*key,
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        session!("async", anaplan_sdk::Client, &paper, &sim, &*certificate, &*key, .await);
    });

    let text = paper.text();
    let secrets = secrets(&sim, &key);
    assert!(secrets.len() > 30, "{}", secrets.len());
    for traced in ["anaplan", "TRACE", "hyper", "ureq", "[redacted]"] {
        assert!(text.contains(traced), "nothing of {traced} was collected");
    }
    for secret in &secrets {
        if let Some(at) = text.find(secret.as_str()) {
            let from = text[..at].rfind('\n').unwrap_or(0);
            let line = text[from..].lines().nth(1).unwrap_or_default();
            panic!("`{secret}` is shown: {line}");
        }
    }
}
