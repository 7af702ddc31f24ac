//! TLS as both clients speak it: rustls with aws-lc-rs, certificates checked by the platform.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::bounded_file;
use crate::error::{Error, Result};
use crate::secret_parsing;

/// The certificates of a file, which are trusted like those of the system.
pub(crate) fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let wrong = |what: &str| {
        let path = path.display();
        Error::config(format!(
            "the file of `ca_file` (ANAPLAN_CA_FILE) `{path}` {what}"
        ))
    };
    // All public authorities together fill a quarter of the 1 MiB that is read.
    let read = bounded_file::read(path);
    let bytes = read
        .map_err(|error| wrong(&format!("cannot be read: {error}")))?
        .bytes;
    let text = secret_parsing::pem(&bytes)
        .map_err(|advice| wrong(&format!("holds no certificate: {advice}")))?;
    let expected = "expected PEM, `-----BEGIN CERTIFICATE-----` and so on; a DER file becomes that \
                    by `openssl x509 -inform der -in ca.cer -out ca.pem`";
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let certificates =
        certificates.map_err(|_| wrong(&format!("holds a certificate that is cut: {expected}")))?;
    if certificates.is_empty() {
        return Err(wrong(&format!("holds no certificate: {expected}")));
    }
    for certificate in &certificates {
        let added = RootCertStore::empty().add(certificate.clone());
        added
            .map_err(|error| wrong(&format!("holds a certificate that cannot be used: {error}")))?;
    }
    Ok(certificates)
}

/// What a connection is secured by: the system's authorities, and these.
pub(crate) fn config(authorities: &[CertificateDer<'static>]) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = verifier(authorities, provider.clone()).map_err(|error| {
        Error::config(format!(
            "the certificates of this system's authorities cannot be read ({error}): install them \
             (the package `ca-certificates`), or name a file of them by SSL_CERT_FILE or `ca_file`"
        ))
    })?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::config(format!("TLS cannot be set up: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

#[cfg(not(target_os = "android"))]
fn verifier(
    authorities: &[CertificateDer<'static>],
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    Verifier::new_with_extra_roots(authorities.iter().cloned(), provider)
}

#[cfg(target_os = "android")]
fn verifier(
    authorities: &[CertificateDer<'static>],
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    if !authorities.is_empty() {
        return Err(rustls::Error::General(
            "Android takes no authorities of a program: `ca_file` is not supported there".into(),
        ));
    }
    Verifier::new(provider)
}
