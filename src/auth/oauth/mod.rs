//! OAuth 2.0: the app, what it is granted, and how it stays logged in.

pub(crate) mod login;
mod refresh;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::refusal::{gateway_refusal, into_auth_error, server_message};
use super::store::{Record, TokenStore};
use super::token::TokenResponse;
use crate::error::{ApiError, AuthError, Error, Result};
use crate::http::Reply;
use crate::http::request::{Host, Request, Safety};
use crate::http::response::Undecodable;
use crate::models::lenient::Lenient;
use crate::secret_parsing::{SecretKind, value};

pub(super) use refresh::RefreshTokenScheme;

/// An app as it is registered with the tenant for OAuth, and where its refresh token is kept.
///
/// It needs a refresh token to stay logged in: one that it is given
/// ([`refresh_token`](Self::refresh_token)), or one that a log-in has put into its
/// [`store`](Self::store). Where refresh tokens rotate, each is good once: without a store, the
/// next start of the program has none that works.
///
/// ```
/// use anaplan_sdk::{Credentials, FileTokenStore, OAuthApp};
///
/// let app = OAuthApp::new("b1946ac92492d2347c6235b4d2611184")
///     .client_secret("s3cret")
///     .redirect_uri("https://planning.corp.example/callback")
///     .store(FileTokenStore::new("/var/lib/nightly/anaplan-token"));
/// let credentials = Credentials::oauth(app);
/// ```
#[derive(Clone)]
pub struct OAuthApp {
    client_id: String,
    client_secret: Option<SecretString>,
    redirect_uri: Option<String>,
    scope: String,
    refresh_token: Option<SecretString>,
    store: Option<Arc<dyn TokenStore>>,
}

/// All that is needed; `offline_access` brings the refresh token.
const SCOPE: &str = "openid profile email offline_access";

impl OAuthApp {
    /// An app by its client id.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
            redirect_uri: None,
            scope: SCOPE.to_owned(),
            refresh_token: None,
            store: None,
        }
    }

    /// Its secret: apps of the authorization code grant have one, apps of the device grant have
    /// none. Defaults to none.
    #[must_use]
    pub fn client_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// Where the browser is sent back to, exactly as registered: needed for the authorization
    /// code grant. Defaults to none.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// What is asked for. Defaults to `openid profile email offline_access`; without the last
    /// there is no refresh token.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// A refresh token from an earlier log-in. What the store holds comes first: it is newer.
    /// Defaults to none.
    #[must_use]
    pub fn refresh_token(mut self, token: impl Into<SecretString>) -> Self {
        self.refresh_token = Some(token.into());
        self
    }

    /// Where refresh tokens are kept. Defaults to nowhere.
    #[must_use]
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// The client id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    fn check(&self) -> Result<()> {
        if self.client_id.is_empty() {
            return Err(Error::config("the client id of the OAuth app is empty"));
        }
        self.secret().map(drop)
    }

    /// The client secret as it is sent.
    fn secret(&self) -> Result<Option<&str>> {
        let secret = self.client_secret.as_ref();
        secret
            .map(|secret| read_secret(secret, "the client secret of the OAuth app"))
            .transpose()
    }

    /// A request to the OAuth service for tokens.
    fn token_request(&self, operation: &'static str, body: serde_json::Value) -> Result<Request> {
        Request::post(operation, ["oauth", "token"])
            .at(Host::OAuth)
            // A code or token that was exchanged already is refused, so repeating does no harm.
            .safety(Safety::Idempotent)
            .json(&body)
    }

    fn refresh_request(&self, token: &SecretString) -> Result<Request> {
        let mut body = json!({
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "refresh_token": read_secret(token, "the refresh token")?,
        });
        if let Some(secret) = self.secret()? {
            body["client_secret"] = secret.into();
        }
        self.token_request("refresh_oauth_token", body)
    }

    fn store_name(&self) -> String {
        let store = self.store.as_ref();
        store.map_or_else(|| "memory".to_owned(), |store| store.name())
    }

    /// Keeps the refresh token of a log-in, if there is a store.
    fn keep(&self, tokens: OAuthTokens) -> Result<OAuthTokens> {
        if let (Some(store), Some(token)) = (&self.store, tokens.refresh_token()) {
            let record = Record {
                refresh_token: token.clone(),
                exchange_began: None,
            };
            let saved = store.lock().and_then(|_lock| store.save(&record.write()));
            saved.map_err(|error| AuthError {
                source: Some(Arc::from(error)),
                ..AuthError::new(format!(
                    "logged in, but the refresh token could not be saved in {}: fix that, and \
                     log in again",
                    store.name()
                ))
            })?;
        }
        Ok(tokens)
    }
}

fn read_secret<'a>(secret: &'a SecretString, what: &str) -> Result<&'a str> {
    value(secret.expose_secret(), SecretKind::Token)
        .map_err(|advice| Error::config(format!("{what}: {advice}")))
}

impl fmt::Debug for OAuthApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |secret: &Option<SecretString>| secret.as_ref().map(|_| "[redacted]");
        f.debug_struct("OAuthApp")
            .field("client_id", &self.client_id)
            .field("client_secret", &hidden(&self.client_secret))
            .field("redirect_uri", &self.redirect_uri)
            .field("scope", &self.scope)
            .field("refresh_token", &hidden(&self.refresh_token))
            .field("store", &self.store.as_ref().map(|store| store.name()))
            .finish()
    }
}

/// What a log-in brought.
pub struct OAuthTokens(TokenResponse);

impl OAuthTokens {
    /// For a client with [`Credentials::token`](crate::Credentials::token).
    pub fn access_token(&self) -> &SecretString {
        &self.0.token
    }

    /// For what follows; `None` when `offline_access` was not granted.
    pub fn refresh_token(&self) -> Option<&SecretString> {
        self.0.oauth.refresh_token.as_ref()
    }

    /// Who has logged in, as a signed JSON Web Token. Its signature is not checked here.
    pub fn id_token(&self) -> Option<&SecretString> {
        self.0.oauth.id_token.as_ref()
    }

    /// What was granted; it may be less than was asked for.
    pub fn scope(&self) -> Option<&str> {
        self.0.oauth.scope.as_deref()
    }

    /// How long the access token was good when it came.
    pub fn expires_in(&self) -> Option<Duration> {
        self.0.lifetime
    }
}

impl fmt::Debug for OAuthTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthTokens")
            .field("access_token", &"[redacted]")
            .field("refresh_token", &self.refresh_token().map(|_| "[redacted]"))
            .field("id_token", &self.id_token().map(|_| "[redacted]"))
            .field("scope", &self.scope())
            .field("expires_in", &self.expires_in())
            .finish()
    }
}

/// A log-in of the authorization code grant that waits for its user.
pub struct AuthorizationRequest {
    url: String,
    state: SecretString,
}

impl AuthorizationRequest {
    /// Where to send the user's browser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the browser has to bring back. A web application keeps it in the user's session.
    pub fn state(&self) -> &str {
        self.state.expose_secret()
    }
}

impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthorizationRequest([redacted])")
    }
}

/// A log-in of the device grant that waits for its user: show [`user_code`](Self::user_code) and
/// [`verification_uri`](Self::verification_uri).
#[derive(Clone)]
#[non_exhaustive]
pub struct DeviceLogin {
    /// What the user enters.
    pub user_code: String,
    /// Where the user enters it, on any device.
    pub verification_uri: String,
    /// The same with the code in it, for a link or a QR code.
    pub verification_uri_complete: Option<String>,
    /// How long the user has, from the start.
    pub expires_in: Duration,
    interval: Duration,
    device_code: SecretString,
    began: Instant,
}

impl fmt::Debug for DeviceLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceLogin")
            .field("user_code", &self.user_code)
            .field("verification_uri", &self.verification_uri)
            .field("expires_in", &self.expires_in)
            .field("interval", &self.interval)
            .field("device_code", &"[redacted]")
            .finish_non_exhaustive()
    }
}

/// What an OAuth token response has beside the access token.
#[derive(Default)]
pub(crate) struct OAuthFields {
    pub(super) refresh_token: Option<SecretString>,
    id_token: Option<SecretString>,
    scope: Option<String>,
}

#[derive(Deserialize)]
struct TokenResponseBody {
    access_token: Option<SecretString>,
    refresh_token: Option<SecretString>,
    id_token: Option<SecretString>,
    scope: Option<String>,
    #[serde(default)]
    expires_in: Lenient<i64>,
    error: Option<String>,
}

/// The field of an error in an answer with a success status.
const ERROR: &str = "error";

fn read(reply: &Reply) -> Result<TokenResponse, Undecodable> {
    let undecodable = |path: &str, message: &str, garbled| Undecodable {
        path: path.to_owned(),
        message: message.to_owned(),
        garbled,
        failure: None,
    };
    let granted: TokenResponseBody = parse(&reply.body)?;
    if let Some(error) = granted.error {
        return Err(undecodable(ERROR, &error, false));
    }
    let Some(token) = granted.access_token else {
        return Err(Undecodable::missing("access_token"));
    };
    let seconds = granted
        .expires_in
        .truncated()
        .and_then(|n| u64::try_from(n).ok());
    let mut response = TokenResponse::new(token, seconds.map(Duration::from_secs));
    let some = |token: &SecretString| !token.expose_secret().is_empty();
    response.oauth = OAuthFields {
        refresh_token: granted.refresh_token.filter(some),
        id_token: granted.id_token.filter(some),
        scope: granted.scope,
    };
    Ok(response)
}

/// An error does not show the content, which may be a token.
fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Undecodable> {
    serde_json::from_slice(body).map_err(|error| Undecodable {
        path: ".".to_owned(),
        message: "not the JSON that was expected".to_owned(),
        garbled: error.is_syntax() || error.is_eof(),
        failure: None,
    })
}

/// The error code of the OAuth service, with any status.
fn code_of(error: &Error) -> Option<&str> {
    match error {
        Error::Api(refusal) => refusal.code.as_deref(),
        Error::Decode(error) if error.path == ERROR => Some(&error.message),
        _ => None,
    }
}

/// The error for a log-in, or a renewal, that the OAuth service refused.
fn refused(refusal: ApiError, advice: &str) -> AuthError {
    AuthError {
        status: Some(refusal.status),
        message: format!(
            "the OAuth service refused ({}): {advice}",
            server_message(&refusal)
        ),
        code: refusal.code,
        is_final: false,
        source: None,
    }
}

/// Whether the OAuth service itself refused, by the code: one of RFC 6749 (5.2) or RFC 8628
/// (3.5). A gateway's JSON may have an `error`, too.
fn is_of_oauth_service(refusal: &ApiError) -> bool {
    matches!(
        refusal.code.as_deref(),
        Some(
            "invalid_request"
                | "invalid_client"
                | "invalid_grant"
                | "unauthorized_client"
                | "unsupported_grant_type"
                | "invalid_scope"
                | "access_denied"
                | "authorization_pending"
                | "slow_down"
                | "expired_token"
        )
    )
}

/// Only the hosts of its tenant's region know an app.
const REGION: &str = "the host is another region's: check that the region (ANAPLAN_REGION), or \
    `oauth_url` (ANAPLAN_OAUTH_URL), is the tenant's";

/// The error for a failed log-in or renewal.
fn failed(error: Error, advice: &str) -> AuthError {
    match error {
        Error::Api(refusal) if is_of_oauth_service(&refusal) && refusal.status < 500 => {
            refused(*refusal, advice)
        }
        // Another region's host does not know the app; some say so by a page, or know no such route.
        Error::Api(refusal) if matches!(refusal.status, 400 | 401 | 403 | 404) => {
            let error = gateway_refusal(refusal);
            AuthError {
                message: format!("{}. Or {REGION}", error.message),
                ..error
            }
        }
        Error::Decode(error) if error.path == ERROR => AuthError {
            status: Some(error.status),
            code: Some(error.message),
            ..AuthError::new(format!("the OAuth service refused: {advice}"))
        },
        error => into_auth_error(error),
    }
}
