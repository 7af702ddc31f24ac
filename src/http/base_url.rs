//! The base URLs of the hosts that a client speaks to, checked.

use http::Uri;

use crate::error::{Error, Result};
use crate::http::request::Host;

/// The only hosts that a client ever speaks to.
pub(crate) struct BaseUrls {
    pub(crate) cloudworks: BaseUrl,
    pub(crate) auth: BaseUrl,
    pub(crate) api: BaseUrl,
    pub(crate) oauth: BaseUrl,
}

impl BaseUrls {
    pub(crate) fn get(&self, host: Host) -> &BaseUrl {
        match host {
            Host::CloudWorks => &self.cloudworks,
            Host::Api => &self.api,
            Host::Auth => &self.auth,
            Host::OAuth => &self.oauth,
        }
    }
}

/// A base URL, checked, without a slash at its end.
pub(crate) struct BaseUrl {
    pub(crate) url: String,
    /// For errors: the host, and the port where it is named.
    pub(crate) authority: String,
    pub(crate) is_loopback: bool,
}

impl BaseUrl {
    pub(crate) fn scheme(&self) -> &str {
        self.url.split(':').next().unwrap_or_default()
    }

    pub(crate) fn host(&self) -> &str {
        let port = self
            .authority
            .rfind(':')
            .filter(|at| !self.authority[*at..].contains(']'));
        &self.authority[..port.unwrap_or(self.authority.len())]
    }

    pub(crate) fn new(name: &str, url: &str, allow_plain_http: bool) -> Result<Self> {
        let url = url.trim().trim_end_matches('/');
        let wrong = |what: &str| Err(Error::config(format!("`{name}`: {what}")));
        let authority = url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
        if !authority.contains('@') && !has_sound_port(authority) {
            return wrong(
                "not a port: expected a number from 1 to 65535 after the colon, or no colon",
            );
        }
        let Ok(uri) = url.parse::<Uri>() else {
            return wrong("not a URL: expected one like https://api.cloudworks.anaplan.com/2/0");
        };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return wrong("not a URL with a scheme and a host: expected https://…");
        };
        if authority.as_str().contains('@') {
            return wrong("a URL with a user or a password in it is not accepted");
        }
        if uri.query().is_some() || url.contains('#') {
            return wrong("a base URL has no query and no fragment");
        }
        let is_loopback = is_loopback(authority.host());
        match scheme {
            "https" => {}
            "http" if is_loopback || allow_plain_http => {}
            "http" => {
                return wrong(
                    "plain http would send the token in the clear: use https, or say \
                     `danger_allow_plain_http` if you must",
                );
            }
            _ => return wrong("expected a URL that starts with https://"),
        }
        Ok(Self {
            url: url.to_owned(),
            authority: authority.to_string(),
            is_loopback,
        })
    }
}

/// Whether no port stands in it, or one that there is.
fn has_sound_port(authority: &str) -> bool {
    match authority.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => {
            port.parse::<u16>().is_ok_and(|port| port > 0) && !port.starts_with('+')
        }
        _ => true,
    }
}

/// A URL as it may be printed. One that is not taken may hold a password anywhere.
pub(crate) fn shown(url: &str) -> String {
    let base = BaseUrl::new("", url, true);
    base.map_or_else(|_| "[not a base URL]".to_owned(), |base| base.url)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
