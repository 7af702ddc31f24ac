use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA512, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cloudworks_sim::Simulator;
use serde_json::json;

use crate::client::Client;

const CERTIFICATE: &str = include_str!("certificate.pem");
const STRANGER: &str = include_str!("stranger.pem");
const KEY: &[u8] = include_bytes!("key.der");

fn message(seconds_from_now: i64, salt: u8) -> Vec<u8> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let mut message = (now.saturating_add_signed(seconds_from_now))
        .to_be_bytes()
        .to_vec();
    message.extend([salt; 92]);
    message
}

fn sign(message: &[u8]) -> Vec<u8> {
    let key = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA512,
        &SystemRandom::new(),
        message,
        &mut signature,
    )
    .unwrap();
    signature
}

fn log_in(
    simulator: &Simulator,
    certificate: &str,
    message: &[u8],
    signature: &[u8],
    v2: bool,
) -> u16 {
    let mut body = json!({"encodedData": STANDARD.encode(message), "encodedSignedData": STANDARD.encode(signature)});
    if v2 {
        body["encodedDataFormat"] = json!("v2");
    }
    let header = format!("CACertificate {}", STANDARD.encode(certificate));
    let headers = [
        ("authorization", header.as_str()),
        ("content-type", "application/json"),
    ];
    let client = Client::new(simulator);
    client
        .ask(
            "POST",
            "/token/authenticate",
            &headers,
            Some(body.to_string().as_bytes()),
        )
        .unwrap()
        .status
}

#[test]
fn the_signature_is_checked() {
    let simulator = Simulator::start();
    let good = message(0, 1);
    assert_eq!(
        log_in(&simulator, CERTIFICATE, &good, &sign(&good), true),
        401,
        "not registered yet"
    );
    assert_eq!(simulator.register_certificate(CERTIFICATE), 1);
    assert_eq!(
        log_in(&simulator, CERTIFICATE, &good, &sign(&good), true),
        201
    );
    assert_eq!(
        log_in(&simulator, CERTIFICATE, &good, &sign(&good), true),
        401,
        "a message is good once"
    );
    let other = message(0, 2);
    assert_eq!(
        log_in(&simulator, CERTIFICATE, &other, &sign(&good), true),
        401,
        "another message's signature"
    );
    let old = message(-3600, 3);
    assert_eq!(
        log_in(&simulator, CERTIFICATE, &old, &sign(&old), true),
        401,
        "not fresh"
    );
    assert_eq!(
        log_in(&simulator, CERTIFICATE, &old, &sign(&old), false),
        201,
        "version 1 knows no time"
    );
    assert_eq!(
        log_in(
            &simulator,
            CERTIFICATE,
            &old[..50],
            &sign(&old[..50]),
            false
        ),
        401,
        "too short"
    );
    assert_eq!(
        log_in(&simulator, STRANGER, &other, &sign(&other), true),
        401
    );
    simulator.register_certificate(STRANGER);
    let third = message(0, 4);
    assert_eq!(
        log_in(&simulator, STRANGER, &third, &sign(&third), true),
        401,
        "another certificate's key"
    );
    let log: Vec<String> = simulator.log().into_iter().map(|done| done.id).collect();
    assert_eq!(log.last().unwrap(), "the signature is wrong");
}

#[test]
fn version_2_may_be_required() {
    let simulator = Simulator::builder().require_certificate_v2(true).start();
    simulator.register_certificate(CERTIFICATE);
    let good = message(0, 1);
    assert_eq!(
        log_in(&simulator, CERTIFICATE, &good, &sign(&good), false),
        401
    );
    assert_eq!(
        log_in(&simulator, CERTIFICATE, &good, &sign(&good), true),
        201
    );
}
