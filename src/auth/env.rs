//! Credentials from the environment: exactly one complete kind.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::Credentials;
use crate::bounded_file::read;
use crate::error::{Error, Result};
use crate::secret_parsing::{SecretKind, is_blank, value};

/// The variables of a process, or of a test.
pub(crate) struct Variables<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
}

impl<'a> Variables<'a> {
    pub(crate) fn new(lookup: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self { lookup }
    }

    /// The value as it is; an empty one counts as not set.
    fn raw(&self, name: &str) -> Result<Option<String>> {
        match (self.lookup)(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) if is_blank(&text) => Ok(None),
            // The variable may come from a file that was saved with a byte order mark.
            Some(Ok(text)) => Ok(Some(match text.strip_prefix('\u{feff}') {
                Some(text) => text.to_owned(),
                None => text,
            })),
            Some(Err(_)) => Err(Error::config(format!("{name} is not valid UTF-8"))),
        }
    }

    /// The value without what does not belong to it, of a variable that is no secret.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>> {
        self.read(name, SecretKind::Name)
    }

    fn read(&self, name: &str, kind: SecretKind) -> Result<Option<String>> {
        let Some(text) = self.raw(name)? else {
            return Ok(None);
        };
        let text = value(&text, kind);
        let text = text.map_err(|advice| Error::config(format!("{name}: {advice}")))?;
        Ok(Some(text.to_owned()))
    }

    /// The value as a path; an empty one counts as not set.
    pub(crate) fn path(&self, name: &str) -> Result<Option<PathBuf>> {
        match (self.lookup)(name) {
            // Not every path is UTF-8.
            Some(path) if path.to_str().is_none() => Ok(Some(path.into())),
            _ => Ok(self.read(name, SecretKind::Path)?.map(PathBuf::from)),
        }
    }

    fn has(&self, name: &str) -> bool {
        let value = (self.lookup)(name);
        value.is_some_and(|value| !is_blank(&value.to_string_lossy()))
    }

    /// The value, or what the file holds that `…_FILE` names.
    fn secret(&self, name: &str) -> Result<Option<SecretString>> {
        let file = format!("{name}_FILE");
        match (self.raw(name)?.map(Zeroizing::new), self.path(&file)?) {
            (Some(_), Some(_)) => Err(Error::config(format!(
                "{name} and {file} are both set: expected one of them"
            ))),
            (Some(text), None) => match value_of(name, &text) {
                Ok(value) => Ok(Some(value.into())),
                Err(advice) => Err(Error::config(format!("{name}: {advice}"))),
            },
            (None, None) => Ok(None),
            (None, Some(path)) => {
                let wrong = |problem: &dyn fmt::Display| {
                    // The secret itself may have been set in place of a path: do not print it.
                    Error::config(match path.exists() {
                        true => format!("{file}: `{}` {problem}", path.display()),
                        false => format!("the file that {file} names {problem}"),
                    })
                };
                let undecodable =
                    |problem: &dyn fmt::Display| wrong(&format!("cannot be read: {problem}"));
                let content = read(&path).map_err(|error| undecodable(&error))?;
                let text = std::str::from_utf8(&content.bytes)
                    .map_err(|_| undecodable(&"it is not text in UTF-8"))?;
                if is_blank(text) {
                    return Err(wrong(&"is empty"));
                }
                let value = value_of(name, text).map_err(|advice| undecodable(&advice))?;
                Ok(Some(value.into()))
            }
        }
    }
}

/// What the text of this variable or its file means.
fn value_of<'a>(name: &str, text: &'a str) -> Result<&'a str, &'static str> {
    match name {
        "ANAPLAN_PASSWORD" | "ANAPLAN_PRIVATE_KEY_PASSPHRASE" => value(text, SecretKind::Password),
        // PEM, in many lines: it is read later, as it is when it comes by code.
        "ANAPLAN_CERTIFICATE" | "ANAPLAN_PRIVATE_KEY" => Ok(text),
        _ => value(text, SecretKind::Token),
    }
}

/// A kind of credentials, by its variables.
struct CredentialKind {
    required: &'static [&'static str],
    optional: &'static [&'static str],
    /// Whether this program was built with what it needs.
    is_built: bool,
    /// What it is called in an error.
    words: &'static str,
    build: fn(&Variables<'_>) -> Result<Credentials>,
}

/// What may also be given as `…_FILE`.
const SECRET_VARIABLES: [&str; 7] = [
    "ANAPLAN_TOKEN",
    "ANAPLAN_PASSWORD",
    "ANAPLAN_CERTIFICATE",
    "ANAPLAN_PRIVATE_KEY",
    "ANAPLAN_PRIVATE_KEY_PASSPHRASE",
    "ANAPLAN_OAUTH_CLIENT_SECRET",
    "ANAPLAN_OAUTH_REFRESH_TOKEN",
];

const CREDENTIAL_KINDS: [CredentialKind; 4] = [
    CredentialKind {
        required: &["ANAPLAN_TOKEN"],
        optional: &[],
        is_built: true,
        words: "ANAPLAN_TOKEN",
        build: |variables| {
            Ok(Credentials::token(required_text(
                variables,
                "ANAPLAN_TOKEN",
            )?))
        },
    },
    CredentialKind {
        required: &["ANAPLAN_USER_EMAIL", "ANAPLAN_PASSWORD"],
        optional: &[],
        is_built: true,
        words: "both of ANAPLAN_USER_EMAIL and ANAPLAN_PASSWORD",
        build: |variables| {
            let email = variables.text("ANAPLAN_USER_EMAIL")?;
            let password = required_text(variables, "ANAPLAN_PASSWORD")?;
            Ok(Credentials::basic(email.unwrap_or_default(), password))
        },
    },
    CredentialKind {
        required: &["ANAPLAN_CERTIFICATE", "ANAPLAN_PRIVATE_KEY"],
        optional: &[
            "ANAPLAN_PRIVATE_KEY_PASSPHRASE",
            "ANAPLAN_CERTIFICATE_PAYLOAD",
        ],
        is_built: cfg!(feature = "certificate"),
        words: "both of ANAPLAN_CERTIFICATE and ANAPLAN_PRIVATE_KEY",
        build: certificate,
    },
    CredentialKind {
        required: &["ANAPLAN_OAUTH_CLIENT_ID"],
        optional: &[
            "ANAPLAN_OAUTH_CLIENT_SECRET",
            "ANAPLAN_OAUTH_REFRESH_TOKEN",
            "ANAPLAN_OAUTH_TOKEN_STORE",
            "ANAPLAN_OAUTH_KEYRING",
        ],
        is_built: cfg!(feature = "oauth"),
        words: "ANAPLAN_OAUTH_CLIENT_ID with ANAPLAN_OAUTH_REFRESH_TOKEN, \
                ANAPLAN_OAUTH_TOKEN_STORE or ANAPLAN_OAUTH_KEYRING",
        build: oauth,
    },
];

impl CredentialKind {
    /// The variables of this kind that are set, by the names under which they are.
    fn found(&self, variables: &Variables<'_>) -> Vec<String> {
        let names = self.required.iter().chain(self.optional);
        names
            .flat_map(|name| [name.to_string(), format!("{name}_FILE")])
            .filter(|name| {
                let is_plain = !name.ends_with("_FILE");
                (is_plain || SECRET_VARIABLES.contains(&name.trim_end_matches("_FILE")))
                    && variables.has(name)
            })
            .collect()
    }

    fn is_whole(&self, found: &[String]) -> bool {
        self.required.iter().all(|name| {
            let name = name.to_string();
            found.contains(&name) || found.contains(&(name + "_FILE"))
        })
    }
}

/// # Errors
/// When there is not exactly one whole kind. Names are told, values never.
pub(crate) fn credentials_from(variables: &Variables<'_>) -> Result<Credentials> {
    let mut all = Vec::new();
    let mut chosen = None;
    let mut kinds = 0;
    for kind in &CREDENTIAL_KINDS {
        let found = kind.found(variables);
        if !found.is_empty() {
            kinds += 1;
            if kind.is_whole(&found) {
                chosen = Some(kind);
            }
        }
        all.extend(found);
    }
    match chosen {
        Some(kind) if kinds == 1 => (kind.build)(variables),
        _ => {
            // What this program cannot use is no advice.
            let built = CREDENTIAL_KINDS.iter().filter(|kind| kind.is_built);
            let expected: Vec<_> = built.map(|kind| kind.words).collect();
            Err(Error::config(format!(
                "expected exactly one of: {}; found {}",
                expected.join("; "),
                if all.is_empty() {
                    "none of them".to_owned()
                } else {
                    all.join(", ")
                }
            )))
        }
    }
}

fn required_text(variables: &Variables<'_>, name: &str) -> Result<SecretString> {
    let value = variables.secret(name)?;
    value.ok_or_else(|| Error::config(format!("{name} is not set")))
}

#[cfg(feature = "certificate")]
fn certificate(variables: &Variables<'_>) -> Result<Credentials> {
    use super::{CertificatePayload, ClientCertificate};

    let mut certificate = ClientCertificate::new(
        pem(variables, "ANAPLAN_CERTIFICATE")?,
        pem(variables, "ANAPLAN_PRIVATE_KEY")?,
    );
    if let Some(passphrase) = variables.secret("ANAPLAN_PRIVATE_KEY_PASSPHRASE")? {
        certificate = certificate.passphrase(passphrase);
    }
    if let Some(payload) = variables.text("ANAPLAN_CERTIFICATE_PAYLOAD")? {
        certificate = certificate.payload(match &*payload {
            "v1" => CertificatePayload::V1,
            "v2" => CertificatePayload::V2,
            _ => return Err(Error::config("ANAPLAN_CERTIFICATE_PAYLOAD is v1 or v2")),
        });
    }
    Ok(Credentials::certificate(certificate))
}

/// A file stays one: it is read again for every log-in, and may be replaced in between.
#[cfg(feature = "certificate")]
fn pem(variables: &Variables<'_>, name: &str) -> Result<super::Pem> {
    let file = format!("{name}_FILE");
    match (variables.path(&file)?, variables.has(name)) {
        (Some(path), false) => Ok(path.into()),
        _ => Ok(required_text(variables, name)?.into()),
    }
}

#[cfg(not(feature = "certificate"))]
fn certificate(_: &Variables<'_>) -> Result<Credentials> {
    Err(Error::config(
        "ANAPLAN_CERTIFICATE is set, and this program was built without the feature \
         `certificate` of anaplan-sdk",
    ))
}

#[cfg(feature = "oauth")]
fn oauth(variables: &Variables<'_>) -> Result<Credentials> {
    use super::{FileTokenStore, OAuthApp};

    let id = variables.text("ANAPLAN_OAUTH_CLIENT_ID")?;
    let mut app = OAuthApp::new(id.unwrap_or_default());
    if let Some(secret) = variables.secret("ANAPLAN_OAUTH_CLIENT_SECRET")? {
        app = app.client_secret(secret);
    }
    if let Some(token) = variables.secret("ANAPLAN_OAUTH_REFRESH_TOKEN")? {
        app = app.refresh_token(token);
    }
    let path = variables.path("ANAPLAN_OAUTH_TOKEN_STORE")?;
    let keyring = variables.text("ANAPLAN_OAUTH_KEYRING")?;
    match (path, keyring) {
        (Some(_), Some(_)) => Err(Error::config(
            "ANAPLAN_OAUTH_TOKEN_STORE and ANAPLAN_OAUTH_KEYRING are both set: expected one",
        )),
        (Some(path), None) => Ok(Credentials::oauth(app.store(FileTokenStore::new(path)))),
        (None, Some(name)) => in_keyring(app, &name),
        (None, None) => Ok(Credentials::oauth(app)),
    }
}

#[cfg(all(feature = "oauth", feature = "keyring"))]
fn in_keyring(app: super::OAuthApp, name: &str) -> Result<Credentials> {
    let store = super::KeyringTokenStore::new(name, app.client_id().to_owned());
    Ok(Credentials::oauth(app.store(store)))
}

#[cfg(all(feature = "oauth", not(feature = "keyring")))]
fn in_keyring(_: super::OAuthApp, _: &str) -> Result<Credentials> {
    Err(Error::config(
        "ANAPLAN_OAUTH_KEYRING is set, and this program was built without the feature `keyring` \
         of anaplan-sdk",
    ))
}

#[cfg(not(feature = "oauth"))]
fn oauth(_: &Variables<'_>) -> Result<Credentials> {
    Err(Error::config(
        "ANAPLAN_OAUTH_CLIENT_ID is set, and this program was built without the feature `oauth` \
         of anaplan-sdk",
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use secrecy::ExposeSecret;

    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Credentials> {
        let lookup = |name: &str| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).into())
        };
        credentials_from(&Variables::new(&lookup))
    }

    fn problem(pairs: &[(&str, &str)]) -> String {
        from(pairs).unwrap_err().to_string()
    }

    #[test]
    fn each_kind() {
        for (pairs, kind) in [
            (&[("ANAPLAN_TOKEN", "s3cret")][..], "token"),
            (
                &[
                    ("ANAPLAN_USER_EMAIL", "a@b"),
                    ("ANAPLAN_PASSWORD", "s3cret"),
                ],
                "basic",
            ),
            #[cfg(feature = "certificate")]
            (
                &[
                    ("ANAPLAN_CERTIFICATE", "s3cret"),
                    ("ANAPLAN_PRIVATE_KEY_FILE", "/nowhere"),
                    ("ANAPLAN_PRIVATE_KEY_PASSPHRASE", "s3cret"),
                    ("ANAPLAN_CERTIFICATE_PAYLOAD", "v1"),
                ],
                "certificate",
            ),
            #[cfg(feature = "oauth")]
            (
                &[
                    ("ANAPLAN_OAUTH_CLIENT_ID", "a"),
                    ("ANAPLAN_OAUTH_REFRESH_TOKEN", "s3cret"),
                    ("ANAPLAN_OAUTH_CLIENT_SECRET", "s3cret"),
                    ("ANAPLAN_OAUTH_TOKEN_STORE", "/nowhere"),
                ],
                "oauth",
            ),
        ] {
            let text = format!("{:?}", from(pairs).unwrap());
            assert!(text.starts_with(&format!("Credentials::{kind}(")), "{text}");
            assert!(!text.contains("s3cret"), "{text}");
        }
    }

    #[test]
    fn half_a_kind_or_two_kinds_are_told_by_name_only() {
        for (pairs, found) in [
            (&[][..], "none of them"),
            (&[("ANAPLAN_TOKEN", " ")], "none of them"),
            (&[("ANAPLAN_PASSWORD", "hunter2")], "ANAPLAN_PASSWORD"),
            (
                &[("ANAPLAN_PASSWORD_FILE", "hunter2")],
                "ANAPLAN_PASSWORD_FILE",
            ),
            (
                &[
                    ("ANAPLAN_TOKEN", "hunter2"),
                    ("ANAPLAN_USER_EMAIL", "a@b"),
                    ("ANAPLAN_PASSWORD", "hunter2"),
                ],
                "ANAPLAN_TOKEN, ANAPLAN_USER_EMAIL, ANAPLAN_PASSWORD",
            ),
            (
                &[
                    ("ANAPLAN_TOKEN", "hunter2"),
                    ("ANAPLAN_PRIVATE_KEY", "hunter2"),
                ],
                "ANAPLAN_TOKEN, ANAPLAN_PRIVATE_KEY",
            ),
            (
                &[("ANAPLAN_OAUTH_REFRESH_TOKEN", "hunter2")],
                "ANAPLAN_OAUTH_REFRESH_TOKEN",
            ),
        ] {
            let problem = problem(pairs);
            assert!(problem.ends_with(&format!("found {found}")), "{problem}");
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }

    #[test]
    fn what_the_program_was_built_without_is_not_offered() {
        let nothing = problem(&[]);
        for (variable, is_built) in [
            ("ANAPLAN_TOKEN", true),
            ("ANAPLAN_CERTIFICATE", cfg!(feature = "certificate")),
            ("ANAPLAN_OAUTH_CLIENT_ID", cfg!(feature = "oauth")),
        ] {
            assert_eq!(nothing.contains(variable), is_built, "{nothing}");
        }
        // Whoever sets it is told what is missing.
        #[cfg(not(feature = "certificate"))]
        {
            let set = problem(&[("ANAPLAN_CERTIFICATE", "a"), ("ANAPLAN_PRIVATE_KEY", "b")]);
            assert!(
                set.contains("built without the feature `certificate`"),
                "{set}"
            );
        }
    }

    #[test]
    fn secrets_from_files() {
        let path = std::env::temp_dir().join(format!("anaplan-sdk-env-{}", std::process::id()));
        let name = path.to_str().unwrap();
        fs::write(&path, "pass word \r\n").unwrap();
        let variables = |key: &str| (key == "ANAPLAN_PASSWORD_FILE").then(|| OsString::from(name));
        let secret = Variables::new(&variables)
            .secret("ANAPLAN_PASSWORD")
            .unwrap()
            .unwrap();
        assert_eq!(secret.expose_secret(), "pass word ");

        let both = problem(&[("ANAPLAN_TOKEN", "t"), ("ANAPLAN_TOKEN_FILE", name)]);
        assert!(
            both.contains("ANAPLAN_TOKEN and ANAPLAN_TOKEN_FILE are both set"),
            "{both}"
        );
        fs::write(&path, "\n").unwrap();
        let empty = problem(&[("ANAPLAN_TOKEN_FILE", name)]);
        assert!(empty.contains("is empty"), "{empty}");
        fs::remove_file(&path).unwrap();
        let gone = problem(&[("ANAPLAN_TOKEN_FILE", name)]);
        assert!(
            gone.contains("ANAPLAN_TOKEN_FILE") && gone.contains("cannot be read"),
            "{gone}"
        );
    }
}
