//! Logging in by a certificate: a message, signed by the key that belongs to it.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, PaddedBlockDecryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA512, RsaKeyPair};
use aws_lc_rs::{pbkdf2, rand};
use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Choice, Decode, DecodeValue, Reader, Sequence, SliceReader};
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use x509_cert::Certificate;
use x509_cert::spki::AlgorithmIdentifierRef;

use super::basic::log_in;
use super::pem::{self, Pem, PemBlock};
use super::refusal::{ALLOWED_ADDRESSES, failure, final_refusal, is_of_token_service};
use super::token::{self, Token, sensitive};
use super::{AuthScheme, LogInRequest, LogInStep};
use crate::error::{ApiError, AuthError, Error, Result};

/// A certificate of a public authority, registered with the tenant for the API, and the RSA key
/// that belongs to it.
///
/// `build()` reads both, and finds a key that does not belong to the certificate, a certificate
/// that has expired, and keys that the service cannot take. Keys are PKCS#8, encrypted or not, or
/// PKCS#1. Of a chain, only the certificate of the key is sent.
///
/// Signing is done by AWS-LC, which TLS brings anyway, in constant time.
///
/// ```
/// use std::path::Path;
/// use anaplan_sdk::{Client, ClientCertificate, Credentials};
///
/// let certificate = ClientCertificate::new(Path::new("client.pem"), Path::new("client.key"))
///     .passphrase("correct horse");
/// let client = Client::builder()
///     .credentials(Credentials::certificate(certificate))
///     .build();
/// ```
#[derive(Clone)]
pub struct ClientCertificate {
    certificate: Pem,
    key: Pem,
    passphrase: Option<SecretString>,
    payload: CertificatePayload,
}

/// The form of the message that is signed to log in by a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificatePayload {
    /// Random bytes only. Usual until 2026.
    V1,
    /// The time, then random bytes: required from June 2026 on. The machine's clock must be
    /// right.
    #[default]
    V2,
}

const CERTIFICATE: &str = "the certificate";
const KEY: &str = "the private key";

impl ClientCertificate {
    /// The certificate and its private key, each as text, bytes or a path; see [`Pem`].
    pub fn new(certificate: impl Into<Pem>, key: impl Into<Pem>) -> Self {
        Self {
            certificate: certificate.into(),
            key: key.into(),
            passphrase: None,
            payload: CertificatePayload::default(),
        }
    }

    /// What the key is encrypted with. Defaults to nothing.
    #[must_use]
    pub fn passphrase(mut self, passphrase: impl Into<SecretString>) -> Self {
        self.passphrase = Some(passphrase.into());
        self
    }

    /// The form of the signed message. Defaults to [`CertificatePayload::V2`].
    #[must_use]
    pub fn payload(mut self, payload: CertificatePayload) -> Self {
        self.payload = payload;
        self
    }

    fn load(&self) -> Result<CertificateIdentity> {
        let key = self.load_key()?;
        let blocks = self.certificate.blocks(CERTIFICATE)?;
        let wrong = |problem: &str| self.certificate.wrong(CERTIFICATE, problem);
        let mut of_another_kind = false;
        let mut count = 0;
        for block in blocks
            .iter()
            .filter(|block| block.label.ends_with("CERTIFICATE"))
        {
            count += 1;
            let certificate = Certificate::from_der(&block.der)
                .map_err(|error| wrong(&format!("not an X.509 certificate: {error}")))?;
            let public = certificate.tbs_certificate().subject_public_key_info();
            if public.algorithm.oid != RSA {
                of_another_kind = true;
            } else if public.subject_public_key.raw_bytes() == key.public_key().as_ref() {
                self.check_validity(&certificate, Timestamp::now())?;
                let text = pem::encode("CERTIFICATE", &block.der);
                let header = sensitive("CACertificate ", &BASE64_STANDARD.encode(text))?;
                return Ok(CertificateIdentity { header, key });
            }
        }
        Err(wrong(match count {
            0 => "no `BEGIN CERTIFICATE` in it",
            1 if of_another_kind => "its key is not an RSA key, and the service takes only those",
            1 => "the private key does not belong to it",
            _ => "the private key belongs to none of its certificates",
        }))
    }

    fn check_validity(&self, certificate: &Certificate, now: Timestamp) -> Result<()> {
        let validity = certificate.tbs_certificate().validity();
        let time = |time: x509_cert::time::Time| {
            let seconds = time.to_unix_duration().as_secs();
            Timestamp::from_second(i64::try_from(seconds).unwrap_or(i64::MAX))
                .unwrap_or(Timestamp::MAX)
        };
        let (begins, ends) = (time(validity.not_before), time(validity.not_after));
        let wrong = |problem: String| Err(self.certificate.wrong(CERTIFICATE, &problem));
        if now > ends {
            return wrong(format!(
                "it expired at {ends}: have a new one issued, and register it with the tenant"
            ));
        }
        if now < begins {
            return wrong(format!(
                "it is valid only from {begins} on, and this machine's clock says {now}"
            ));
        }
        let left = ends.duration_since(now);
        if left < SignedDuration::from_hours(14 * 24) {
            tracing::warn!(
                %ends,
                "the certificate that this client logs in with expires in {} days",
                left.as_hours() / 24
            );
        }
        Ok(())
    }

    fn load_key(&self) -> Result<RsaKeyPair> {
        let blocks = self.key.blocks(KEY)?;
        let wrong = |problem: &str| self.key.wrong(KEY, problem);
        let Some(block) = blocks
            .iter()
            .find(|block| block.label.ends_with("PRIVATE KEY"))
        else {
            return Err(wrong("no `BEGIN … PRIVATE KEY` in it"));
        };
        if block.is_legacy {
            return Err(wrong(&format!(
                "it is encrypted in the legacy form. Convert it: {}",
                self.conversion()
            )));
        }
        let rejected = |error: aws_lc_rs::error::KeyRejected| {
            wrong(&format!("not an RSA key of 2048 to 8192 bits: {error}"))
        };
        match &*block.label {
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&block.der).map_err(rejected),
            "PRIVATE KEY" => self.pkcs8(&block.der),
            "ENCRYPTED PRIVATE KEY" => self.pkcs8(&self.decrypt(block)?),
            "OPENSSH PRIVATE KEY" => Err(wrong(
                "a key of OpenSSH: convert a copy of it by `ssh-keygen -p -m pkcs8 -f KEY`",
            )),
            other => Err(wrong(&format!(
                "`{other}` is not an RSA key, and the service takes only those"
            ))),
        }
    }

    fn pkcs8(&self, der: &[u8]) -> Result<RsaKeyPair> {
        let wrong = |problem: &str| self.key.wrong(KEY, problem);
        let algorithm = key_algorithm(der).map_err(|_| wrong("not a PKCS#8 key"))?;
        if algorithm != RSA {
            return Err(wrong(
                "it is not an RSA key, and the service takes only those",
            ));
        }
        RsaKeyPair::from_pkcs8(der)
            .map_err(|error| wrong(&format!("not an RSA key of 2048 to 8192 bits: {error}")))
    }

    fn decrypt(&self, block: &PemBlock) -> Result<Zeroizing<Vec<u8>>> {
        let wrong = |problem: &str| self.key.wrong(KEY, problem);
        let Some(passphrase) = &self.passphrase else {
            return Err(wrong(
                "it is encrypted: give its `passphrase` (ANAPLAN_PRIVATE_KEY_PASSPHRASE)",
            ));
        };
        let encrypted = EncryptedKey::read(&block.der).map_err(|_| {
            wrong(&format!(
                "it is encrypted in a way that is not known here (PBES2 with PBKDF2 and AES \
                 or triple DES is). Convert it: {}",
                self.conversion()
            ))
        })?;
        let plain = encrypted.decrypt(passphrase.expose_secret().as_bytes());
        plain
            // Of 256 wrong passphrases, one gives a valid padding.
            .filter(|der| key_algorithm(der).is_ok())
            .ok_or_else(|| wrong("the passphrase does not fit"))
    }

    fn conversion(&self) -> String {
        format!(
            "openssl pkcs8 -topk8 -v2 aes-256-cbc -in {} -out new.key",
            self.key.file("old.key")
        )
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Credentials::certificate({:?}, {:?}, {:?})",
            self.certificate, self.key, self.payload
        )
    }
}

/// A certificate and its key, read and checked.
struct CertificateIdentity {
    header: HeaderValue,
    key: RsaKeyPair,
}

impl CertificateIdentity {
    /// The body of a log-in. It holds random bytes, so each one differs.
    fn body(&self, payload: CertificatePayload, now: SystemTime) -> Result<Bytes> {
        let broken = |_| Error::config("the crypto library gives no random bytes");
        let mut message = [0; 100];
        rand::fill(&mut message).map_err(broken)?;
        if payload == CertificatePayload::V2 {
            let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            message[..8].copy_from_slice(&seconds.to_be_bytes());
        }
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA512,
                &SystemRandom::new(),
                &message,
                &mut signature,
            )
            .map_err(|_| Error::config("the private key cannot sign"))?;
        let mut body = json!({
            "encodedData": BASE64_STANDARD.encode(message),
            "encodedSignedData": BASE64_STANDARD.encode(signature),
        });
        if payload == CertificatePayload::V2 {
            body["encodedDataFormat"] = "v2".into();
        }
        Ok(body.to_string().into())
    }
}

impl AuthScheme for ClientCertificate {
    fn check(&self) -> Result<()> {
        self.load().map(drop)
    }

    fn begin(self: Arc<Self>) -> Result<LogInStep<Token>> {
        let identity = self.load()?;
        let header = identity.header.clone();
        let mut request = log_in();
        let payload = self.payload;
        request.body_factory = Some(Arc::new(move || identity.body(payload, SystemTime::now())));
        let ask = LogInRequest::new(request, token::read, move |granted| match granted {
            Ok(response) => Ok(LogInStep::Done(response.into_token()?)),
            Err(error) => Err(failure(error, is_of_token_service, |refusal| {
                self.refused(refusal)
            })),
        });
        Ok(ask.authorized(header).into())
    }
}

impl ClientCertificate {
    fn refused(&self, refusal: ApiError) -> AuthError {
        let mut advice = format!(
            "check that the certificate is registered with the tenant for the API, and comes from \
             a public authority; {ALLOWED_ADDRESSES}"
        );
        match (self.payload, refusal.date) {
            (CertificatePayload::V1, _) => {
                advice.push_str("; payload v1 may no longer be accepted: use v2");
            }
            (CertificatePayload::V2, date) => {
                let off = date.map(|date| date.duration_since(Timestamp::now()).abs());
                match off.filter(|off| *off > SignedDuration::from_secs(5)) {
                    Some(off) => advice.push_str(&format!(
                        "; this machine's clock is {} s off the service's, and the signed message \
                         holds the time: set the clock",
                        off.as_secs()
                    )),
                    None => advice.push_str(
                        "; the signed message holds the time: check this machine's clock",
                    ),
                }
            }
        }
        final_refusal(refusal, &advice)
    }
}

#[expect(
    deprecated,
    reason = "OpenSSL 3.0 encrypts new keys by triple DES unless it is told otherwise"
)]
const DES_EDE3: &Algorithm = &aws_lc_rs::cipher::DES_EDE3_FOR_LEGACY_USE_ONLY;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");

/// The algorithm of a key in PKCS#8, whose other fields the crypto library reads.
/// See [RFC 5958, section 2](https://www.rfc-editor.org/rfc/rfc5958#section-2).
fn key_algorithm(der: &[u8]) -> der::Result<ObjectIdentifier> {
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|fields| {
        let _version = u8::decode(fields)?;
        let algorithm = AlgorithmIdentifierRef::decode(fields)?;
        while !fields.is_finished() {
            AnyRef::decode(fields)?;
        }
        Ok::<_, der::Error>(algorithm.oid)
    })
}

/// See [RFC 5958, section 3](https://www.rfc-editor.org/rfc/rfc5958#section-3).
#[derive(Sequence)]
struct EncryptedPrivateKeyInfo<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    data: &'a OctetStringRef,
}

/// See [RFC 8018, appendix A.4](https://www.rfc-editor.org/rfc/rfc8018#appendix-A.4).
#[derive(Sequence)]
struct Pbes2Parameters<'a> {
    key_derivation: AlgorithmIdentifierRef<'a>,
    cipher: AlgorithmIdentifierRef<'a>,
}

/// See [RFC 8018, appendix A.2](https://www.rfc-editor.org/rfc/rfc8018#appendix-A.2).
#[derive(Sequence)]
struct Pbkdf2Parameters<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
    /// It follows from the cipher.
    key_length: Option<u16>,
    prf: Option<AlgorithmIdentifierRef<'a>>,
}

/// An encrypted key in PKCS#8: PBES2 with PBKDF2 and a cipher in CBC mode, as OpenSSL writes it.
struct EncryptedKey<'a> {
    salt: &'a [u8],
    iterations: u32,
    prf: pbkdf2::Algorithm,
    cipher: &'static Algorithm,
    key_length: usize,
    iv: &'a [u8],
    data: &'a [u8],
}

/// A limit, so that a key cannot keep the processor busy for minutes.
const MAX_ITERATIONS: u32 = 10_000_000;

impl<'a> EncryptedKey<'a> {
    fn read(der: &'a [u8]) -> der::Result<Self> {
        let unknown = || der::Error::from(der::ErrorKind::Failed);
        let EncryptedPrivateKeyInfo { algorithm, data } = Decode::from_der(der)?;
        let Pbes2Parameters {
            key_derivation,
            cipher,
        } = parameters(algorithm, PBES2)?;
        let Pbkdf2Parameters {
            salt,
            iterations,
            prf,
            ..
        } = parameters(key_derivation, PBKDF2)?;
        if iterations == 0 || iterations > MAX_ITERATIONS {
            return Err(unknown());
        }
        let prf = match prf.map(|prf| prf.oid.to_string()).as_deref() {
            None | Some("1.2.840.113549.2.7") => pbkdf2::PBKDF2_HMAC_SHA1,
            Some("1.2.840.113549.2.9") => pbkdf2::PBKDF2_HMAC_SHA256,
            Some("1.2.840.113549.2.10") => pbkdf2::PBKDF2_HMAC_SHA384,
            Some("1.2.840.113549.2.11") => pbkdf2::PBKDF2_HMAC_SHA512,
            Some(_) => return Err(unknown()),
        };
        let iv: &OctetStringRef = parameters(cipher, cipher.oid)?;
        let (cipher, key_length) = match &*cipher.oid.to_string() {
            "2.16.840.1.101.3.4.1.2" => (&AES_128, 16),
            "2.16.840.1.101.3.4.1.22" => (&AES_192, 24),
            "2.16.840.1.101.3.4.1.42" => (&AES_256, 32),
            "1.2.840.113549.3.7" => (DES_EDE3, 24),
            _ => return Err(unknown()),
        };
        Ok(Self {
            salt: salt.as_bytes(),
            iterations,
            prf,
            cipher,
            key_length,
            iv: iv.as_bytes(),
            data: data.as_bytes(),
        })
    }

    fn decrypt(&self, passphrase: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut key = Zeroizing::new(vec![0; self.key_length]);
        let iterations = std::num::NonZeroU32::new(self.iterations)?;
        pbkdf2::derive(self.prf, iterations, self.salt, passphrase, &mut key);
        let key = UnboundCipherKey::new(self.cipher, &key).ok()?;
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).ok()?;
        let context = match self.iv.len() {
            8 => DecryptionContext::Iv64(FixedLength::from(<[u8; 8]>::try_from(self.iv).ok()?)),
            _ => DecryptionContext::Iv128(FixedLength::from(<[u8; 16]>::try_from(self.iv).ok()?)),
        };
        let mut data = Zeroizing::new(self.data.to_vec());
        let plain = key.decrypt(&mut data, context).ok()?.len();
        data.truncate(plain);
        Some(data)
    }
}

/// The parameters of an algorithm, if it is the expected one.
fn parameters<'a, T: Choice<'a, Error = der::Error> + DecodeValue<'a, Error = der::Error>>(
    algorithm: AlgorithmIdentifierRef<'a>,
    expected: ObjectIdentifier,
) -> der::Result<T> {
    match algorithm.parameters {
        Some(parameters) if algorithm.oid == expected => parameters.decode_as(),
        _ => Err(der::ErrorKind::Failed.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_by_how_much() {
        let certificate = ClientCertificate::new("", "");
        let refusal = |date| ApiError {
            code: Some("FAILURE_BAD_CREDENTIAL".into()),
            date,
            ..ApiError::bare("authenticate", 401)
        };
        let minute = SignedDuration::from_secs(60);
        for (date, words) in [
            (Some(Timestamp::now()), "check this machine's clock"),
            (None, "check this machine's clock"),
            (Some(Timestamp::now() - minute), "clock is 6"),
            (Some(Timestamp::now() + minute), "clock is 5"),
        ] {
            let error = certificate.refused(refusal(date));
            assert!(error.message.contains(words), "{error}");
            assert!(error.is_final);
        }
        let old = certificate.payload(CertificatePayload::V1);
        let error = old.refused(refusal(None));
        assert!(error.message.contains("use v2"), "{error}");
    }
}
