//! Credentials: what a token request looks like, and how its reply is read. Compiled once.

mod access_token;
mod basic;
#[cfg(feature = "certificate")]
mod certificate;
mod env;
#[cfg(feature = "keyring")]
mod keyring;
#[cfg(feature = "oauth")]
mod oauth;
#[cfg(feature = "certificate")]
mod pem;
mod refusal;
mod step;
#[cfg(feature = "oauth")]
mod store;
mod token;

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;

use crate::error::Result;

pub use access_token::{AccessToken, BoxError};
#[cfg(feature = "certificate")]
pub use certificate::{CertificatePayload, ClientCertificate};
#[cfg(feature = "keyring")]
pub use keyring::KeyringTokenStore;
#[cfg(feature = "oauth")]
pub use oauth::{AuthorizationRequest, DeviceLogin, OAuthApp, OAuthTokens};
#[cfg(feature = "certificate")]
pub use pem::Pem;
#[cfg(feature = "oauth")]
pub use store::{FileTokenStore, StoreLock, TokenStore};

pub(crate) use access_token::source_error;
pub(crate) use env::{Variables, credentials_from};
#[cfg(feature = "oauth")]
pub(crate) use oauth::login;
pub(crate) use refusal::into_auth_error;
pub(crate) use step::{LogInRequest, LogInStep};
pub(crate) use token::{CachedToken, Token, TokenCache};

/// How a client proves who it is.
///
/// Cheap to clone. Secrets are wiped from memory when the last clone goes, and never printed.
///
/// | kind | feature | for |
/// |---|---|---|
/// | [`basic`](Self::basic) | | a user with a password |
/// | [`token`](Self::token) | | a token that you got elsewhere: a quick try |
#[cfg_attr(
    feature = "certificate",
    doc = "| [`certificate`](Self::certificate) | `certificate` | a service, unattended |"
)]
#[cfg_attr(
    feature = "oauth",
    doc = "| [`oauth`](Self::oauth) | `oauth` | where single sign-on is enforced; devices |"
)]
///
/// Tokens that your own code fetches, from a vault, say, come by `ClientBuilder::token_source`.
///
/// ```
/// use anaplan_sdk::Credentials;
///
/// let password = Credentials::basic("user@corp.com", "correct horse");
/// assert!(!format!("{password:?}").contains("horse"));
/// ```
#[derive(Clone)]
pub struct Credentials(Arc<dyn AuthScheme>);

/// One kind of credentials.
pub(crate) trait AuthScheme: fmt::Debug + Send + Sync {
    /// Finds mistakes without the network.
    fn check(&self) -> Result<()>;

    /// Whether a token that is refused can be replaced.
    fn can_renew(&self) -> bool {
        true
    }

    /// The token, or the request that brings one. It may read files, so it may block.
    fn begin(self: Arc<Self>) -> Result<LogInStep<Token>>;
}

impl Credentials {
    /// An e-mail address and its password. Tokens are fetched and renewed as needed.
    ///
    /// Where single sign-on is enforced, this works only for exception users.
    ///
    /// ```
    /// let credentials = anaplan_sdk::Credentials::basic("user@corp.com", "correct horse");
    /// ```
    pub fn basic(email: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self::of(basic::Basic {
            email: email.into(),
            password: password.into(),
        })
    }

    /// A token that you got elsewhere. It cannot be renewed: when it ends, calls fail with an
    /// error that says so.
    ///
    /// ```
    /// let credentials = anaplan_sdk::Credentials::token("m8gz…");
    /// ```
    pub fn token(token: impl Into<SecretString>) -> Self {
        Self::of(basic::StaticToken(token.into()))
    }

    /// A certificate of a public authority, registered with the tenant, and its private key.
    ///
    /// ```
    /// use std::path::Path;
    /// use anaplan_sdk::{ClientCertificate, Credentials};
    ///
    /// let credentials = Credentials::certificate(
    ///     ClientCertificate::new(Path::new("client.pem"), Path::new("client.key"))
    ///         .passphrase("correct horse"),
    /// );
    /// ```
    #[cfg(feature = "certificate")]
    pub fn certificate(certificate: ClientCertificate) -> Self {
        Self::of(certificate)
    }

    /// OAuth 2.0, by a refresh token: one that the app was given, or that its store holds.
    ///
    /// ```
    /// use anaplan_sdk::{Credentials, FileTokenStore, OAuthApp};
    ///
    /// let app = OAuthApp::new("b1946ac92492d2347c6235b4d2611184")
    ///     .store(FileTokenStore::new("/var/lib/nightly/anaplan-token"));
    /// let credentials = Credentials::oauth(app);
    /// ```
    #[cfg(feature = "oauth")]
    pub fn oauth(app: OAuthApp) -> Self {
        Self::of(oauth::RefreshTokenScheme::new(app))
    }

    fn of(scheme: impl AuthScheme + 'static) -> Self {
        Self(Arc::new(scheme))
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.0.check()
    }

    pub(crate) fn can_renew(&self) -> bool {
        self.0.can_renew()
    }

    pub(crate) fn begin(&self) -> Result<LogInStep<Token>> {
        self.0.clone().begin()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
