//! Certificates and keys, made by OpenSSL's command line: an implementation of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Runs `openssl`, words apart by spaces, in this directory; gives what it says.
pub(super) fn openssl(directory: &Path, words: &str) -> String {
    let output = Command::new("openssl")
        .args(words.split_whitespace())
        .current_dir(directory)
        .output()
        .expect("`openssl` has to be installed");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "openssl {words}: {said}{complaint}"
    );
    said
}

/// A directory with `rsa.pem` and its key in every form, and with what the service cannot take.
pub(super) fn keys() -> &'static Path {
    static KEYS: OnceLock<PathBuf> = OnceLock::new();
    KEYS.get_or_init(|| {
        let name = format!("keys-{}", env!("CARGO_CRATE_NAME"));
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        for line in [
            "req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.pem -subj /CN=planner",
            "rsa -in rsa.key -traditional -out pkcs1.key",
            "pkcs8 -topk8 -in rsa.key -v2 aes-256-cbc -passout pass:horse -out aes256.key",
            "pkcs8 -topk8 -in rsa.key -v2 aes-128-cbc -v2prf hmacWithSHA1 -passout pass:horse -out aes128.key",
            "pkcs8 -topk8 -in rsa.key -v2 aes-192-cbc -v2prf hmacWithSHA512 -passout pass:horse -out aes192.key",
            "pkcs8 -topk8 -in rsa.key -v2 des3 -passout pass:horse -out des3.key",
            "pkcs8 -topk8 -in rsa.key -scrypt -passout pass:horse -out scrypt.key",
            "rsa -in rsa.key -traditional -aes256 -passout pass:horse -out legacy.key",
            "req -x509 -newkey rsa:3072 -nodes -keyout other.key -out other.pem -subj /CN=other",
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ec.key -out ec.pem -subj /CN=ec",
            "ec -in ec.key -out sec1.key",
            "req -new -key rsa.key -subj /CN=planner -out rsa.csr",
            "x509 -req -in rsa.csr -signkey rsa.key -days -1 -out expired.pem",
            "genrsa -out small.key 1024",
            "req -x509 -key small.key -out small.pem -subj /CN=small",
            "x509 -in rsa.pem -noout -pubkey -out public.pem",
            "x509 -in rsa.pem -outform der -out rsa.der",
        ] {
            openssl(&directory, line);
        }
        let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
        let chain = read("other.pem") + &read("rsa.pem");
        fs::write(directory.join("chain.pem"), chain).unwrap();
        let all = format!("Bag Attributes\n    localKeyID: 01\n{}{}", read("aes256.key"), read("rsa.pem"));
        fs::write(directory.join("all.pem"), all).unwrap();
        directory
    })
}
