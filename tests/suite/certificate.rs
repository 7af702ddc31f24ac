//! Logging in by a certificate. The simulator verifies what is sent, and so does OpenSSL.

use std::fs;
use std::time::Duration;

use anaplan_sdk::{CertificatePayload, ClientCertificate, Credentials, Pem, RetryPolicy};
use cloudworks_sim::{Fault, Recorded, Simulator};

use super::auth::text_of;
use super::keys::{keys, openssl};
use super::{Client, builder_of, maybe_async, test};

fn text(name: &str) -> String {
    fs::read_to_string(keys().join(name)).unwrap()
}

fn with_key(name: &str) -> ClientCertificate {
    ClientCertificate::new(text("rsa.pem"), keys().join(name))
}

/// A simulator that knows `rsa.pem`.
fn simulator() -> Simulator {
    let sim = Simulator::builder().require_certificate_v2(true).start();
    assert_eq!(sim.register_certificate(&text("rsa.pem")), 1);
    sim
}

fn client_with(sim: &Simulator, certificate: ClientCertificate) -> Client {
    builder_of(sim)
        .credentials(Credentials::certificate(certificate))
        .build()
        .unwrap()
}

/// Has OpenSSL verify the signature of a log-in; gives the message.
fn verified(request: &Recorded, name: &str) -> Vec<u8> {
    let body = request.json.as_ref().unwrap();
    let decode = |field: &str, file: String| {
        let encoded = keys().join(format!("{file}.b64"));
        fs::write(encoded, body[field].as_str().unwrap()).unwrap();
        openssl(keys(), &format!("base64 -d -A -in {file}.b64 -out {file}"));
    };
    // Tests run side by side.
    let (message, signature) = (format!("message-{name}"), format!("signature-{name}"));
    decode("encodedData", message.clone());
    decode("encodedSignedData", signature.clone());
    let said = openssl(
        keys(),
        &format!("dgst -sha512 -verify public.pem -signature {signature} {message}"),
    );
    assert_eq!(said.trim(), "Verified OK");
    fs::read(keys().join(message)).unwrap()
}

#[maybe_async]
#[test]
async fn every_form_of_key_logs_in_and_openssl_verifies_the_signature() {
    let sim = simulator();
    let path = |name: &str| keys().join(name);
    for (name, certificate) in [
        (
            "pkcs8-text",
            ClientCertificate::new(text("rsa.pem"), text("rsa.key")),
        ),
        (
            "pkcs8-bytes",
            ClientCertificate::new(text("rsa.pem").into_bytes(), text("rsa.key").as_bytes()),
        ),
        (
            "pkcs8-path",
            ClientCertificate::new(path("rsa.pem"), path("rsa.key").as_path()),
        ),
        ("pkcs1", with_key("pkcs1.key")),
        ("aes256", with_key("aes256.key").passphrase("horse")),
        ("aes192", with_key("aes192.key").passphrase("horse")),
        ("des3", with_key("des3.key").passphrase("horse")),
        ("aes128", with_key("aes128.key").passphrase("horse")),
        (
            "chain",
            ClientCertificate::new(path("chain.pem"), path("rsa.key")),
        ),
        (
            "all",
            ClientCertificate::new(path("all.pem"), path("all.pem")).passphrase("horse"),
        ),
    ] {
        sim.clear_requests();
        let client = client_with(&sim, certificate);
        client
            .current_user()
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let log_ins = sim.requests_to("POST", "/token/authenticate");
        assert_eq!(log_ins.len(), 1);
        let body = log_ins[0].json.as_ref().unwrap();
        assert_eq!(body["encodedDataFormat"], "v2");
        assert_eq!(body.as_object().unwrap().len(), 3);
        let message = verified(&log_ins[0], name);
        assert_eq!(message.len(), 100);
        let seconds = u64::from_be_bytes(message[..8].try_into().unwrap());
        let now = std::time::SystemTime::now();
        let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert!(now.abs_diff(seconds) < 60, "{seconds}");
        let header = log_ins[0].header("authorization").unwrap();
        // The leaf alone, its BEGIN and END included.
        fs::write(
            keys().join(format!("header-{name}")),
            &header["CACertificate ".len()..],
        )
        .unwrap();
        let sent = openssl(keys(), &format!("base64 -d -A -in header-{name}"));
        assert_eq!(sent, text("rsa.pem"), "{name}");
    }
}

#[maybe_async]
#[test]
async fn payload_v1_is_random_bytes_alone() {
    let sim = Simulator::start();
    sim.register_certificate(&text("rsa.pem"));
    let certificate = with_key("rsa.key").payload(CertificatePayload::V1);
    let client = client_with(&sim, certificate);
    client.current_user().await.unwrap();
    let log_ins = sim.requests_to("POST", "/token/authenticate");
    let body = log_ins[0].json.as_ref().unwrap();
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    assert_eq!(verified(&log_ins[0], "v1").len(), 100);
}

#[maybe_async]
#[test]
async fn every_attempt_signs_another_message() {
    let sim = simulator();
    sim.fault(
        Fault::status(503, "down")
            .on("POST", "/token/authenticate")
            .after_processing()
            .times(2),
    );
    let client = builder_of(&sim)
        .credentials(Credentials::certificate(with_key("rsa.key")))
        .retry(RetryPolicy::default().first_delay(Duration::from_millis(20)))
        .build()
        .unwrap();
    client.current_user().await.unwrap();
    let log_ins = sim.requests_to("POST", "/token/authenticate");
    let messages: std::collections::BTreeSet<_> = log_ins
        .iter()
        .map(|request| request.json.as_ref().unwrap()["encodedData"].to_string())
        .collect();
    assert_eq!(messages.len(), 3);
}

#[maybe_async]
#[test]
async fn a_token_is_renewed_by_the_certificate() {
    let sim = simulator();
    let client = client_with(&sim, with_key("rsa.key"));
    client.current_user().await.unwrap();
    sim.revoke_tokens();
    client.current_user().await.unwrap();
    client.log_out().await.unwrap();
    client.current_user().await.unwrap();
    assert_eq!(sim.token_requests(), 3);
}

#[maybe_async]
#[test]
async fn a_certificate_that_is_refused_makes_one_attempt_and_names_the_clock() {
    let sim = Simulator::start();
    let client = client_with(&sim, with_key("rsa.key"));
    for _ in 0..3 {
        let error = client.current_user().await.unwrap_err();
        let text = text_of(&error);
        assert_eq!(error.status(), Some(401), "{text}");
        assert!(text.contains("registered with the tenant"), "{text}");
        assert!(text.contains("this machine's clock"), "{text}");
        assert!(!text.contains("password"), "{text}");
    }
    assert_eq!(sim.token_requests(), 1);

    // A clock that is an hour off.
    let sim = simulator();
    sim.advance(Duration::from_secs(3600));
    let client = client_with(&sim, with_key("rsa.key"));
    let error = client.current_user().await.unwrap_err();
    assert!(error.to_string().contains("clock"), "{error}");
}

#[maybe_async]
#[test]
async fn what_cannot_work_is_found_by_build() {
    let path = |name: &str| Pem::from(keys().join(name));
    for (certificate, problem) in [
        (
            with_key("other.key"),
            "the private key does not belong to it",
        ),
        (
            ClientCertificate::new(path("chain.pem"), path("ec.key")),
            "not an RSA key",
        ),
        (
            ClientCertificate::new(path("expired.pem"), path("rsa.key")),
            "it expired at",
        ),
        (
            ClientCertificate::new(path("ec.pem"), path("rsa.key")),
            "its key is not an RSA key",
        ),
        (with_key("ec.key"), "it is not an RSA key"),
        (with_key("sec1.key"), "`EC PRIVATE KEY` is not an RSA key"),
        (
            ClientCertificate::new(path("small.pem"), path("small.key")),
            "2048 to 8192 bits",
        ),
        (with_key("aes256.key"), "give its `passphrase`"),
        (
            with_key("aes256.key").passphrase("donkey"),
            "the passphrase does not fit",
        ),
        (
            with_key("scrypt.key").passphrase("horse"),
            "openssl pkcs8 -topk8 -v2 aes-256-cbc",
        ),
        (
            with_key("legacy.key").passphrase("horse"),
            "openssl pkcs8 -topk8 -v2 aes-256-cbc",
        ),
        (with_key("rsa.pem"), "no `BEGIN … PRIVATE KEY`"),
        (
            ClientCertificate::new(path("rsa.key"), path("rsa.key")),
            "no `BEGIN CERTIFICATE`",
        ),
        (with_key("nowhere.key"), "cannot be read"),
        (
            ClientCertificate::new(path("rsa.der"), path("rsa.key")),
            "-inform der",
        ),
        (
            ClientCertificate::new("rsa.pem", path("rsa.key")),
            "given as a `Path`",
        ),
    ] {
        let shown = format!("{certificate:?}");
        let built = Client::builder()
            .credentials(Credentials::certificate(certificate))
            .build();
        let error = built.map(|_| ()).expect_err(&shown).to_string();
        assert!(error.contains(problem), "{shown}: {error}");
        assert!(!error.contains("donkey"), "{error}");
    }
}

#[maybe_async]
#[test]
async fn the_line_that_converts_a_legacy_key_works() {
    let certificate = with_key("legacy.key").passphrase("horse");
    let error = Client::builder()
        .credentials(Credentials::certificate(certificate))
        .build()
        .map(|_| ())
        .unwrap_err()
        .to_string();
    let (_, line) = error.split_once("Convert it: openssl ").unwrap();
    let new = format!("converted-{}.key", env!("CARGO_CRATE_NAME"));
    let line = line.replace("new.key", &new);
    openssl(
        keys(),
        &format!("{line} -passin pass:horse -passout pass:horse"),
    );
    let sim = simulator();
    let client = client_with(&sim, with_key(&new).passphrase("horse"));
    client.current_user().await.unwrap();
}

#[maybe_async]
#[test]
async fn a_certificate_that_is_replaced_on_disk_is_taken_up() {
    let sim = Simulator::start();
    let name = format!("service-{}", env!("CARGO_CRATE_NAME"));
    let path = |end: &str| keys().join(format!("{name}.{end}"));
    let copy = |from: &str| {
        fs::copy(keys().join(format!("{from}.pem")), path("pem")).unwrap();
        fs::copy(keys().join(format!("{from}.key")), path("key")).unwrap();
        sim.register_certificate(&text(&format!("{from}.pem")));
    };
    copy("rsa");
    let client = client_with(&sim, ClientCertificate::new(path("pem"), path("key")));
    client.current_user().await.unwrap();
    copy("other");
    sim.revoke_tokens();
    client.current_user().await.unwrap();
    let log_ins = sim.requests_to("POST", "/token/authenticate");
    assert_ne!(
        log_ins[0].header("authorization"),
        log_ins[1].header("authorization")
    );
}
