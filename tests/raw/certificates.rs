//! Certificates by OpenSSL's command line, and gzip by `gzip`: implementations of their own.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Which certificate a server shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leaf {
    /// For `localhost`, `anaplan.invalid` and 192.0.2.1, of the authority in `ca.pem`.
    Good,
    /// The same, until yesterday.
    Expired,
    /// For `elsewhere.invalid` alone.
    ForAnotherHost,
}

impl Leaf {
    fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Expired => "expired",
            Self::ForAnotherHost => "other",
        }
    }
}

/// The setup of a server with this certificate.
pub(crate) fn server(leaf: Leaf) -> rustls::ServerConfig {
    let file = |kind: &str| path(&format!("{}.{kind}", leaf.name()));
    let chain = CertificateDer::from_pem_file(file("pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("key")).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    rustls::ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .unwrap()
}

/// Names the directory to a process that a test starts.
pub(crate) const OF_THE_PARENT: &str = "ANAPLAN_SDK_RAW_CERTIFICATES";

/// A file of the directory: `ca.pem`, `other-ca.pem`, `good.pem`, `good.key`, …
pub(crate) fn path(name: &str) -> PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(make).join(name)
}

fn make() -> PathBuf {
    if let Some(directory) = std::env::var_os(OF_THE_PARENT) {
        return directory.into();
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("raw");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    let write = |name: &str, text: &str| fs::write(directory.join(name), text).unwrap();
    write(
        "ca.cnf",
        "[ca]\ndefault_ca = raw\n[raw]\ndatabase = index.txt\nserial = serial\n\
         new_certs_dir = .\ndefault_md = sha256\npolicy = any\nunique_subject = no\n\
         copy_extensions = none\n[any]\ncommonName = supplied\n",
    );
    write("index.txt", "");
    write("serial", "01\n");
    let hosts = "subjectAltName=DNS:localhost,DNS:anaplan.invalid,IP:192.0.2.1\n";
    write("hosts.ext", hosts);
    write("other.ext", "subjectAltName=DNS:elsewhere.invalid\n");
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for authority in ["ca", "other-ca"] {
        openssl(
            &directory,
            &format!(
                "req -x509 {key} -keyout {authority}.key -out {authority}.pem -days 3650 \
                 -subj /CN=raw-{authority} -addext basicConstraints=critical,CA:TRUE \
                 -addext keyUsage=critical,keyCertSign"
            ),
        );
    }
    for (leaf, extensions, until) in [
        (Leaf::Good, "hosts.ext", "20491231235959Z"),
        (Leaf::Expired, "hosts.ext", "20210101000000Z"),
        (Leaf::ForAnotherHost, "other.ext", "20491231235959Z"),
    ] {
        let name = leaf.name();
        let request = format!("req -new {key} -keyout {name}.key -out {name}.csr -subj /CN={name}");
        openssl(&directory, &request);
        openssl(
            &directory,
            &format!(
                "ca -batch -notext -config ca.cnf -cert ca.pem -keyfile ca.key -in {name}.csr \
                 -out {name}.pem -startdate 20200101000000Z -enddate {until} \
                 -extfile {extensions}"
            ),
        );
    }
    directory
}

/// Runs `openssl`, words apart by spaces, in this directory.
fn openssl(directory: &Path, words: &str) {
    let output = Command::new("openssl")
        .args(words.split_whitespace())
        .current_dir(directory)
        .output()
        .expect("`openssl` has to be installed");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {words}: {complaint}");
}

/// What `gzip` makes of it: one member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new("gzip")
        .arg("-nc")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("`gzip` has to be installed");
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    child.wait_with_output().unwrap().stdout
}
