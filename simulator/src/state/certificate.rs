//! Logging in with a certificate: the signature is really checked.

use std::collections::HashSet;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

use crate::state::check;
use crate::state::clock::Millis;

/// How far the time in a message may be from now.
const TOLERANCE_SECONDS: i64 = 300;

/// Certificates that may log in, and messages that have been used.
#[derive(Debug, Default)]
pub(crate) struct Certificates {
    registered: Vec<Vec<u8>>,
    used: HashSet<Vec<u8>>,
}

impl Certificates {
    /// Registers the certificates in a PEM text; says how many there were.
    pub(crate) fn register(&mut self, pem: &str) -> usize {
        let chain = Certificate::load_pem_chain(pem.as_bytes()).unwrap_or_default();
        let known = chain.iter().filter_map(|each| each.to_der().ok());
        let before = self.registered.len();
        self.registered.extend(known);
        self.registered.len() - before
    }

    pub(crate) fn verify(
        &mut self,
        header: &str,
        body: &[u8],
        now: Millis,
        only_v2: bool,
    ) -> Result<(), &'static str> {
        let decode = |text: &str, problem| STANDARD.decode(text).map_err(|_| problem);
        let certificate = read(&decode(header, "the certificate is not base64")?)?;
        let der = certificate
            .to_der()
            .map_err(|_| "the certificate cannot be written")?;
        if !self.registered.contains(&der) {
            return Err("the certificate is not registered");
        }
        let body: Value = serde_json::from_slice(body).map_err(|_| "the body is not JSON")?;
        let body = body.as_object().ok_or("the body is not an object")?;
        check::fields(
            body,
            &["encodedData", "encodedSignedData"],
            &["encodedDataFormat"],
        )
        .map_err(|_| "the body's fields are not as they should be")?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let message = decode(text("encodedData"), "encodedData is not base64")?;
        let signature = decode(text("encodedSignedData"), "encodedSignedData is not base64")?;
        match body
            .get("encodedDataFormat")
            .map(|format| format.as_str().unwrap_or_default())
        {
            Some("v2") => self.is_fresh(&message, now)?,
            Some(_) => return Err("encodedDataFormat is unknown"),
            None if only_v2 => return Err("version 2 is required"),
            None if message.len() < 100 => return Err("the message has less than 100 bytes"),
            None => {}
        }
        let key = certificate
            .tbs_certificate
            .subject_public_key_info
            .subject_public_key;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA512, key.raw_bytes())
            .verify(&message, &signature)
            .map_err(|_| "the signature is wrong")
    }

    /// Eight bytes of seconds, then random ones, and never the same twice.
    fn is_fresh(&mut self, message: &[u8], now: Millis) -> Result<(), &'static str> {
        let (seconds, random) = message
            .split_first_chunk::<8>()
            .ok_or("the message has no time")?;
        if random.len() < 32 {
            return Err("the message is too short");
        }
        let seconds = i64::try_from(u64::from_be_bytes(*seconds)).unwrap_or(i64::MAX);
        if seconds.abs_diff(now / 1000) > TOLERANCE_SECONDS.unsigned_abs() {
            return Err("the message's time is not now");
        }
        if self.used.insert(message.to_vec()) {
            Ok(())
        } else {
            Err("the message was used before")
        }
    }
}

/// The whole PEM text, or what is between its BEGIN and END.
fn read(bytes: &[u8]) -> Result<Certificate, &'static str> {
    let problem = "the certificate cannot be read";
    if bytes.starts_with(b"-----BEGIN") {
        let mut chain = Certificate::load_pem_chain(bytes).map_err(|_| problem)?;
        if chain.is_empty() {
            Err(problem)
        } else {
            Ok(chain.swap_remove(0))
        }
    } else {
        Certificate::from_der(bytes).map_err(|_| problem)
    }
}
