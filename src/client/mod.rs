//! The clients' code: written once, loaded once for each of the two clients, and naming neither.

/// An example for the docs of a method: its pieces, with what waits between them.
macro_rules! example {
    ($first:literal $(, $rest:literal)*) => {
        concat!(
            "\n```no_run\n# use anaplan_sdk::models::{cloud_works::*, flows::*, integration_api::*};\n# ",
            face!(fn), " example(client: ", face!(path), "::Client) -> anaplan_sdk::Result<()> {\n",
            $first, $(face!(wait), $rest,)* "\n# Ok(())\n# }\n```\n"
        )
    };
}

/// The same for a log-in of OAuth.
#[cfg(feature = "oauth")]
macro_rules! oauth_example {
    ($first:literal $(, $rest:literal)*) => {
        concat!(
            "\n```no_run\n# ",
            face!(fn), " example(oauth: ", face!(path), "::OAuth) -> anaplan_sdk::Result<()> {\n",
            $first, $(face!(wait), $rest,)* "\n# Ok(())\n# }\n```\n"
        )
    };
}

mod cloud_works;
mod integration_api;
#[cfg(feature = "oauth")]
mod oauth;
mod pages;
mod reconcile;
mod session;

use std::time::Duration;

use http::Method;
use serde_json::Value;

use super::token_source::{SharedTokenSource, TokenSource};
use super::{maybe_async, transport};
use crate::auth::Credentials;
use crate::error::Result;
use crate::http::proxy::Proxy;
use crate::http::request::{Request, RequestHost};
use crate::http::response;
use crate::http::retry::RetryPolicy;
use crate::models::User;
use crate::operations;
use crate::region::Region;
use crate::settings::{Settings, no_credentials};

#[cfg(feature = "estate")]
pub use cloud_works::EstateEvents;
pub use cloud_works::{
    CloudWorks, DumpRows, ErrorDump, FlowEvents, Flows, RunEvents, RunManyEvents, RunsSince,
};
pub use integration_api::Model;
#[cfg(feature = "oauth")]
pub use oauth::OAuth;
pub use pages::Pages;

use session::{Session, TokenOrigin};

/// A client of Anaplan.
///
/// Cheap to clone. Clones share connections, token and rate limit, also across threads and tasks.
/// Building one touches no network: the first call fetches the token.
///
/// # What it does
/// - The token is fetched once for any number of calls, renewed before it ends, and once more
///   when the service refuses it; then the call is repeated.
/// - What may safely be repeated is, as the [`RetryPolicy`] says.
/// - A list is read whole, its pages side by side.
#[derive(Clone)]
pub struct Client {
    session: Session,
    settings: std::sync::Arc<Settings>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Client").field(&self.settings).finish()
    }
}

impl Client {
    /// Starts to set up a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client set up by the environment alone; see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config), naming the variables that were found and those
    /// that were expected.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// The same client (connections, token and rate limit are shared) for calls that must end
    /// within this time from now, waits and repetitions included.
    ///
    #[doc = example!(
        "use std::time::Duration;\n\n\
         let ten_seconds = client.within(Duration::from_secs(10));\n\
         let connections = ten_seconds.cw().list_connections()", "?;"
    )]
    #[must_use]
    pub fn within(&self, time: Duration) -> Self {
        Self {
            session: self.session.within(time),
            ..self.clone()
        }
    }

    /// The same client with another [`RetryPolicy`].
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        Self {
            session: self.session.with_retry(policy),
            ..self.clone()
        }
    }

    /// CloudWorks: connections, integrations, schedules, runs, notifications, flows.
    pub fn cw(&self) -> CloudWorks<'_> {
        CloudWorks::new(&self.session)
    }
}

#[maybe_async]
impl Client {
    /// Who the client is, as the service sees it: the recommended first call of a script, since it
    /// finds wrong credentials before anything is done.
    ///
    #[doc = example!(
        "let me = client.current_user()", "?;\n\
         println!(\"logged in as {}\", me.email.as_deref().unwrap_or(&me.id));"
    )]
    /// # Errors
    /// As every call; [`Error::Auth`](crate::Error::Auth) when the credentials are wrong.
    ///
    /// Reference: `GET /users/me` of the Integration API.
    pub async fn current_user(&self) -> Result<User> {
        let request = operations::current_user();
        self.session.fetch(request, "user").await
    }

    /// Ends the token that this client and its clones share, at the service, too.
    ///
    /// A call after it logs in anew, except with a bare token, which has then come to its end.
    /// Without a token there is nothing to do, and no network is touched. A token from OAuth, or
    /// from a [`TokenSource`], is only forgotten: the token service does not end those.
    ///
    #[doc = example!("client.log_out()", "?;")]
    /// # Errors
    /// As every call. The token is then kept.
    ///
    /// Reference: `POST /token/logout`.
    pub async fn log_out(&self) -> Result<()> {
        self.session.log_out().await
    }

    /// Any other call to CloudWorks, with authorization, retries and errors as everywhere: the
    /// way to what this crate does not (yet) know.
    ///
    /// `path` stands below the CloudWorks base URL, with its query, percent-encoded. The whole
    /// answer comes back, envelope included; `null` for an empty one. Of the methods, `GET`,
    /// `PUT` and `DELETE` are repeated like everything that may be; all others only when the
    /// service certainly did nothing.
    ///
    #[doc = example!(
        "use anaplan_sdk::Method;\n\n\
         let answer = client.request(Method::GET, \"integrations?limit=1\", None)", "?;\n\
         println!(\"{}\", answer[\"meta\"][\"paging\"][\"totalSize\"]);"
    )]
    /// # Errors
    /// As every call.
    pub async fn request(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        self.request_at(RequestHost::CloudWorks, method, path, body)
            .await
    }

    /// The same for either API: CloudWorks, or the Integration API.
    ///
    #[doc = example!(
        "use anaplan_sdk::{Host, Method};\n\n\
         let path = \"models/8896D8C366BC48E5A3182B9F5CE10526/modules?limit=10\";\n\
         let answer = client.request_at(Host::IntegrationApi, Method::GET, path, None)", "?;\n\
         println!(\"{}\", answer[\"modules\"]);"
    )]
    /// # Errors
    /// As every call.
    pub async fn request_at(
        &self,
        host: RequestHost,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value> {
        let mut request = Request::raw(method, path)?.at(host.into());
        if let Some(body) = body {
            request = request.json(&body)?;
        }
        self.session.call(request, response::whole).await
    }
}

/// Sets up a [`Client`].
#[derive(Clone, Default)]
pub struct ClientBuilder {
    settings: Settings,
    source: Option<SharedTokenSource>,
    native: Option<transport::NativeClient>,
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ClientBuilder")
            .field(&self.settings)
            .finish()
    }
}

impl ClientBuilder {
    /// Reads credentials and hosts from the environment:
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `ANAPLAN_TOKEN` | a token; or |
    /// | `ANAPLAN_USER_EMAIL`, `ANAPLAN_PASSWORD` | e-mail and password; or |
    /// | `ANAPLAN_CERTIFICATE`, `ANAPLAN_PRIVATE_KEY`, and, where it applies, `ANAPLAN_PRIVATE_KEY_PASSPHRASE`, `ANAPLAN_CERTIFICATE_PAYLOAD` (`v1` or `v2`) | a certificate and its key, as PEM (feature `certificate`); or |
    /// | `ANAPLAN_OAUTH_CLIENT_ID`, `ANAPLAN_OAUTH_CLIENT_SECRET`, `ANAPLAN_OAUTH_REFRESH_TOKEN`, `ANAPLAN_OAUTH_TOKEN_STORE` (a path) or `ANAPLAN_OAUTH_KEYRING` (a name; feature `keyring`) | OAuth (feature `oauth`) |
    /// | `ANAPLAN_READ_ONLY` | `1`: only what reads is sent; see [`read_only`](Self::read_only) |
    /// | `ANAPLAN_REGION` | such as `us1`, `eu3`, `ca1`, `au1`; see [`Region`] |
    /// | `ANAPLAN_CA_FILE` | see [`ca_file`](Self::ca_file) |
    /// | `ANAPLAN_CLOUDWORKS_URL`, `ANAPLAN_AUTH_URL`, `ANAPLAN_API_URL`, `ANAPLAN_OAUTH_URL` | one host by itself |
    ///
    /// A variable that is empty counts as not set. Every variable of the credentials that holds a
    /// secret, and the certificate, may be given as `…_FILE`, the path of a file that holds it
    /// (`ANAPLAN_PASSWORD_FILE`); a line end at its end does not count.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) when there is not exactly one whole kind of
    /// credentials, or a value cannot be read. Names are told, values never.
    pub fn from_env() -> Result<Self> {
        Ok(Self {
            settings: Settings::from_process_env()?,
            ..Self::default()
        })
    }

    /// Who the client is. Required, unless there is a [`token_source`](Self::token_source).
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.settings.credentials = Some(credentials);
        self.source = None;
        self
    }

    /// Where tokens come from, in place of [`credentials`](Self::credentials); of the two, the
    /// last one counts.
    #[must_use]
    pub fn token_source(mut self, source: impl TokenSource) -> Self {
        self.source = Some(SharedTokenSource::new(source));
        self.settings.credentials = None;
        self
    }

    /// Where the tenant lives: sets all hosts. Defaults to [`Region::Us1`].
    #[must_use]
    pub fn region(mut self, region: Region) -> Self {
        self.settings.region = region;
        self
    }

    /// CloudWorks, with the version: `https://…/2/0`. Defaults to the region's.
    #[must_use]
    pub fn cloudworks_url(mut self, url: impl Into<String>) -> Self {
        self.settings.cloudworks_url = Some(url.into());
        self
    }

    /// The token service, without a version. Defaults to the region's.
    #[must_use]
    pub fn auth_url(mut self, url: impl Into<String>) -> Self {
        self.settings.auth_url = Some(url.into());
        self
    }

    /// The Integration API, with the version: `https://…/2/0`. Defaults to the region's.
    #[must_use]
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.settings.api_url = Some(url.into());
        self
    }

    /// The OAuth service, without a version. Defaults to the region's.
    #[must_use]
    pub fn oauth_url(mut self, url: impl Into<String>) -> Self {
        self.settings.oauth_url = Some(url.into());
        self
    }

    /// Allows plain http to hosts other than this machine: the token, and every secret of a
    /// connection, then travel in the clear. Defaults to `false`.
    #[must_use]
    pub fn danger_allow_plain_http(mut self, allow: bool) -> Self {
        self.settings.allow_plain_http = allow;
        self
    }

    /// How long an attempt may take, from the start to the end of the answer. Defaults to 60 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// The same for the lists of the Integration API, such as the imports of a model: one that
    /// nobody has used for a while is loaded before it answers. Defaults to 300 s; never less than
    /// [`timeout`](Self::timeout).
    #[must_use]
    pub fn model_timeout(mut self, timeout: Duration) -> Self {
        self.settings.model_timeout = timeout;
        self
    }

    /// How long making a connection may take; nine tenths of
    /// [`timeout`](Self::timeout) at most. Defaults to 10 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// When to repeat, and for how long. Defaults to [`RetryPolicy::default`].
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.settings.retry = policy;
        self
    }

    /// How many items to ask for at once; the service gives fewer if it likes. Defaults to
    /// 250, and to 5000 for the Integration API.
    #[must_use]
    pub fn page_size(mut self, items: u32) -> Self {
        self.settings.page_size = Some(items);
        self
    }

    /// How many pages of a list to fetch side by side. Defaults to 8.
    #[must_use]
    pub fn concurrency(mut self, pages: usize) -> Self {
        self.settings.concurrency = pages;
        self
    }

    /// Limits the requests of the client and its clones, evenly spaced. Defaults to none: a 429 slows
    /// all of them down when it comes. See
    /// [`DOCUMENTED_REQUESTS_PER_MINUTE`](crate::DOCUMENTED_REQUESTS_PER_MINUTE).
    #[must_use]
    pub fn requests_per_minute(mut self, requests: u32) -> Self {
        self.settings.requests_per_minute = Some(requests);
        self
    }

    /// Sends only what is safe, in the sense of [RFC 9110, section 9.2.1]: it reads. Whatever else
    /// is called, [`Client::request`] included, ends in [`Error::ReadOnly`](crate::Error::ReadOnly)
    /// before a byte is sent. Log-in, renewal and log-out go on as ever. Defaults to `false`.
    ///
    /// Of this and the variable `ANAPLAN_READ_ONLY`, the stricter one counts: a client of
    /// [`from_env`](Self::from_env) whose environment says that it is read-only stays so, whatever
    /// is said here.
    ///
    /// [RFC 9110, section 9.2.1]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1
    #[must_use]
    pub fn read_only(mut self, yes: bool) -> Self {
        self.settings.read_only.by_the_builder = yes;
        self
    }

    /// Sends everything through this proxy, such as `http://proxy.corp:3128`. Defaults to what
    /// `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say, except to this machine itself.
    ///
    /// `http://` and `https://` are supported, and by the feature `socks` `socks4://`,
    /// `socks4a://`, `socks5://` and `socks5h://` (which leaves the names of hosts to the proxy);
    /// any other is refused by [`build`](Self::build), also when the environment names it. User
    /// and password may stand in the URL, percent-encoded. PAC files are not read, and proxies
    /// that want NTLM or Negotiate (Kerberos) are not supported.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.settings.proxy = Proxy::Url(url.into());
        self
    }

    /// Trusts the certificates of this file (PEM) beside those that the system trusts: for a
    /// company whose own authority, or whose proxy, issues certificates. Defaults to none, or with
    /// [`from_env`](Self::from_env) to `ANAPLAN_CA_FILE`.
    ///
    /// What the system trusts is asked of the system. On Linux, `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` name other certificates *in the place* of the system's, on both clients;
    /// macOS and Windows do not read them.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.settings.ca_file = Some(path.into());
        self
    }

    /// Uses no proxy, even if the environment names one.
    #[must_use]
    pub fn no_proxy(mut self) -> Self {
        self.settings.proxy = Proxy::None;
        self
    }

    /// Puts this before `anaplan-sdk/<version>` in the user agent. Defaults to nothing.
    #[must_use]
    pub fn user_agent_prefix(mut self, prefix: &str) -> Self {
        self.settings.prefix_user_agent(prefix);
        self
    }

    /// **Unstable**: may change in any release, since its type is the HTTP library's.
    ///
    /// Uses a client that you have set up, with its own TLS, proxy, redirects, user agent and
    /// connect timeout; those of this builder are then not used. Redirects must be off, and on
    /// ureq `http_status_as_error`, too. Errors may tell less: of a ureq agent it is not known
    /// what failed before anything was sent, and such a failure counts as one that may have been
    /// applied.
    #[cfg(feature = "unstable-http-client")]
    #[must_use]
    pub fn http_client(mut self, client: transport::NativeClient) -> Self {
        self.native = Some(client);
        self
    }

    /// The client. No network is touched.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config), when something is missing or cannot be right.
    pub fn build(self) -> Result<Client> {
        let token_origin = match (self.source, &self.settings.credentials) {
            (Some(source), _) => TokenOrigin::Source(source),
            (None, Some(credentials)) => TokenOrigin::Credentials(credentials.clone()),
            (None, None) => return Err(no_credentials()),
        };
        Ok(Client {
            session: Session::new(&self.settings, self.native, token_origin)?,
            settings: std::sync::Arc::new(self.settings),
        })
    }
}
