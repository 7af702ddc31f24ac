//! What a client is set up with; compiled once, read by both faces' builders.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderValue;

use crate::auth::{Credentials, Variables, credentials_from};
use crate::error::{Error, Result};
use crate::http::base_url::{BaseUrl, BaseUrls, shown};
use crate::http::proxy::Proxy;
use crate::http::request::Host;
use crate::http::retry::RetryPolicy;
use crate::http::{HttpConfig, tls};
use crate::region::Region;

/// All that `ClientBuilder` collects.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) credentials: Option<Credentials>,
    pub(crate) region: Region,
    pub(crate) cloudworks_url: Option<String>,
    pub(crate) auth_url: Option<String>,
    pub(crate) api_url: Option<String>,
    pub(crate) oauth_url: Option<String>,
    pub(crate) allow_plain_http: bool,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) user_agent: String,
    pub(crate) proxy: Proxy,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) retry: RetryPolicy,
    /// Of every list; each API has its own by itself.
    pub(crate) page_size: Option<u32>,
    pub(crate) model_timeout: Duration,
    pub(crate) concurrency: usize,
    pub(crate) requests_per_minute: Option<u32>,
    pub(crate) read_only: ReadOnly,
}

/// Which setting makes a client read-only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadOnly {
    pub(crate) by_the_builder: bool,
    pub(crate) by_the_environment: bool,
}

/// The limit that the vendor documents for a tenant, in requests a minute: for
/// `ClientBuilder::requests_per_minute`.
///
/// It is documented for the Integration API; CloudWorks probably shares it.
pub const DOCUMENTED_REQUESTS_PER_MINUTE: u32 = 600;

/// Enough for the callers that one process can have; each is closed after a minute without use.
const IDLE_CONNECTIONS: usize = 1024;

const USER_AGENT: &str = concat!("anaplan-sdk/", env!("CARGO_PKG_VERSION"));

impl Default for Settings {
    fn default() -> Self {
        Self {
            credentials: None,
            region: Region::default(),
            cloudworks_url: None,
            auth_url: None,
            api_url: None,
            oauth_url: None,
            allow_plain_http: false,
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            user_agent: USER_AGENT.to_owned(),
            proxy: Proxy::Environment,
            ca_file: None,
            retry: RetryPolicy::default(),
            page_size: None,
            model_timeout: Duration::from_secs(300),
            concurrency: 8,
            requests_per_minute: None,
            read_only: ReadOnly::default(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("credentials", &self.credentials)
            .field("region", &self.region)
            .field("cloudworks_url", &shown(self.url(Host::CloudWorks)))
            .field("auth_url", &shown(self.url(Host::Auth)))
            .field("api_url", &shown(self.url(Host::Api)))
            .field("oauth_url", &shown(self.url(Host::OAuth)))
            .field("read_only", &self.read_only.setting())
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("model_timeout", &self.model_timeout)
            .field("proxy", &self.proxy)
            .field("ca_file", &self.ca_file)
            .field("retry", &self.retry)
            .field("page_size", &self.page_size)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}

impl Settings {
    pub(crate) fn prefix_user_agent(&mut self, prefix: &str) {
        self.user_agent = format!("{} {USER_AGENT}", prefix.trim());
    }

    fn url(&self, host: Host) -> &str {
        let (own, region) = match host {
            Host::CloudWorks => (&self.cloudworks_url, self.region.cloudworks_url()),
            Host::Api => (&self.api_url, self.region.api_url()),
            Host::Auth => (&self.auth_url, self.region.auth_url()),
            Host::OAuth => (&self.oauth_url, self.region.oauth_url()),
        };
        own.as_deref().unwrap_or(region)
    }

    /// Checks it all, and gives what the session needs. No network.
    pub(crate) fn finish(&self) -> Result<CheckedSettings> {
        if self.page_size == Some(0) || self.concurrency == 0 {
            return Err(Error::config("`page_size` and `concurrency` start at 1"));
        }
        if self.requests_per_minute == Some(0) {
            return Err(Error::config("`requests_per_minute` starts at 1"));
        }
        let timeouts = [self.timeout, self.connect_timeout, self.model_timeout];
        if timeouts.iter().any(Duration::is_zero) {
            return Err(Error::config(
                "`timeout`, `connect_timeout` and `model_timeout` cannot be zero",
            ));
        }
        let user_agent = HeaderValue::from_str(&self.user_agent).map_err(|_| {
            Error::config("`user_agent` holds a character that no header can carry")
        })?;
        let base = |name, host| BaseUrl::new(name, self.url(host), self.allow_plain_http);
        let bases = BaseUrls {
            cloudworks: base("cloudworks_url", Host::CloudWorks)?,
            auth: base("auth_url", Host::Auth)?,
            api: base("api_url", Host::Api)?,
            oauth: base("oauth_url", Host::OAuth)?,
        };
        // A proxy would carry a loopback call, token and all, to another machine in the clear.
        let all = [&bases.cloudworks, &bases.auth, &bases.api, &bases.oauth];
        let proxy = match &self.proxy {
            Proxy::Environment if all.iter().any(|base| base.is_loopback) => &Proxy::None,
            proxy => proxy,
        };
        let hosts = all.map(|base| (base.scheme(), base.host()));
        let authorities = match &self.ca_file {
            Some(path) => tls::authorities(path)?,
            None => Vec::new(),
        };
        Ok(CheckedSettings {
            http: HttpConfig {
                // Shorter than an attempt, so that a connection that does not come about is told
                // as such, and not as an answer that does not come.
                connect_timeout: self.connect_timeout.min(self.timeout.mul_f64(0.9)),
                user_agent,
                route: proxy.route(&hosts, |name| env::var_os(name))?,
                authorities,
                idle_connections: self.concurrency.max(IDLE_CONNECTIONS),
            },
            bases,
        })
    }

    /// Reads `ANAPLAN_*` through `lookup`.
    pub(crate) fn from_env(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let variables = Variables::new(&lookup);
        let mut settings = Self {
            credentials: Some(credentials_from(&variables)?),
            cloudworks_url: variables.text("ANAPLAN_CLOUDWORKS_URL")?,
            auth_url: variables.text("ANAPLAN_AUTH_URL")?,
            api_url: variables.text("ANAPLAN_API_URL")?,
            oauth_url: variables.text("ANAPLAN_OAUTH_URL")?,
            ca_file: variables.path("ANAPLAN_CA_FILE")?,
            read_only: ReadOnly {
                by_the_environment: read_only_in(&variables)?,
                ..ReadOnly::default()
            },
            ..Self::default()
        };
        if let Some(region) = variables.text("ANAPLAN_REGION")? {
            settings.region = region.parse()?;
        }
        Ok(settings)
    }

    pub(crate) fn from_process_env() -> Result<Self> {
        Self::from_env(|name| env::var_os(name))
    }
}

/// What `ANAPLAN_READ_ONLY` says.
fn read_only_in(variables: &Variables<'_>) -> Result<bool> {
    let Some(text) = variables.text("ANAPLAN_READ_ONLY")? else {
        return Ok(false);
    };
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(Error::config(
            "ANAPLAN_READ_ONLY: expected `1`, `true`, `yes` or `on`, or `0`, `false`, `no` or `off`",
        )),
    }
}

impl ReadOnly {
    /// The name of the setting that says so.
    pub(crate) fn setting(self) -> Option<&'static str> {
        match self {
            Self {
                by_the_environment: true,
                ..
            } => Some("ANAPLAN_READ_ONLY"),
            Self {
                by_the_builder: true,
                ..
            } => Some("ClientBuilder::read_only"),
            _ => None,
        }
    }
}

/// The error for missing credentials.
pub(crate) fn no_credentials() -> Error {
    Error::config(
        "no credentials: give `ClientBuilder::credentials`, or set ANAPLAN_TOKEN, or \
         ANAPLAN_USER_EMAIL and ANAPLAN_PASSWORD, or another kind, and use `from_env`",
    )
}

/// What a session is built from.
pub(crate) struct CheckedSettings {
    pub(crate) http: HttpConfig,
    pub(crate) bases: BaseUrls,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Settings> {
        Settings::from_env(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).into())
        })
    }

    fn problem(pairs: &[(&str, &str)]) -> String {
        from(pairs).unwrap_err().to_string()
    }

    #[test]
    fn each_kind_of_credentials() {
        let token = from(&[("ANAPLAN_TOKEN", "t")]).unwrap();
        assert!(!token.credentials.unwrap().can_renew());
        let basic = from(&[("ANAPLAN_USER_EMAIL", "a@b"), ("ANAPLAN_PASSWORD", "p")]).unwrap();
        assert!(basic.credentials.unwrap().can_renew());
    }

    #[test]
    fn regions_and_hosts() {
        let settings = from(&[
            ("ANAPLAN_TOKEN", "t"),
            ("ANAPLAN_REGION", "EU3"),
            ("ANAPLAN_AUTH_URL", "https://auth.example.com/"),
        ])
        .unwrap();
        assert_eq!(
            settings.url(Host::CloudWorks),
            "https://r.api.anaplan.com/cloudworks/2/0"
        );
        let ready = settings.finish().unwrap();
        assert_eq!(ready.bases.get(Host::Auth).url, "https://auth.example.com");
        assert!(
            problem(&[("ANAPLAN_TOKEN", "t"), ("ANAPLAN_REGION", "mars1")]).contains("us1, us2")
        );
    }

    #[test]
    fn what_is_printed_holds_no_password() {
        let settings = Settings {
            auth_url: Some("https://user:secret@example.com/x".to_owned()),
            ..Settings::default()
        };
        let printed = format!("{settings:?}");
        assert!(printed.contains("[not a base URL]"), "{printed}");
        assert!(!printed.contains("secret"), "{printed}");
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        let settings = Settings {
            requests_per_minute: Some(0),
            ..Settings::default()
        };
        assert!(settings.finish().is_err());
    }

    #[test]
    fn urls_are_checked() {
        for (url, fault) in [
            ("nonsense", "scheme and a host"),
            ("ftp://x", "https://"),
            ("http://example.com", "in the clear"),
            ("http://127.0.0.1.example.com", "in the clear"),
            ("https://user:secret@example.com", "password"),
            ("https://example.com?x=1", "no query"),
        ] {
            let error = BaseUrl::new("auth_url", url, false)
                .err()
                .unwrap()
                .to_string();
            assert!(
                error.contains(fault) && error.contains("auth_url"),
                "{url}: {error}"
            );
            assert!(!error.contains("secret"), "{error}");
        }
        for url in [
            "http://127.0.0.1:8080",
            "http://localhost/2/0",
            "http://[::1]:1",
            "https://x",
        ] {
            assert!(BaseUrl::new("auth_url", url, false).is_ok(), "{url}");
        }
        assert!(BaseUrl::new("auth_url", "http://example.com", true).is_ok());
    }
}
