//! Which proxy a client uses. `build()` decides it once, by the same rules for both clients.
//!
//! The HTTP libraries read the environment by different rules, and silently ignore a proxy that
//! they do not support.

use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;

use http::Uri;

use crate::error::{Error, Result};

/// Which proxy was asked for.
#[derive(Clone, Default)]
pub(crate) enum Proxy {
    /// As `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    #[default]
    Environment,
    None,
    Url(String),
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("Environment"),
            Self::None => f.write_str("None"),
            Self::Url(url) => f.write_str(&shown(url)),
        }
    }
}

/// The way that requests take.
#[derive(Clone)]
pub(crate) enum Route {
    /// The environment names no proxy; the async client asks macOS and Windows, too.
    System,
    Direct,
    Through(ProxyHop),
}

/// A proxy that is supported, and the hosts that it is not for.
#[derive(Clone)]
pub(crate) struct ProxyHop {
    pub(crate) uri: Uri,
    pub(crate) not_for: Vec<String>,
}

/// A URL for errors: without user and password. Text that is not a URL is not shown.
fn shown(url: &str) -> String {
    let Ok(uri) = checked("", url) else {
        return "[not a URL of a proxy]".to_owned();
    };
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://[redacted]@{host}"),
        None => format!("{scheme}://{authority}"),
    }
}

impl Proxy {
    /// The way to these hosts, each with its scheme.
    pub(crate) fn route(
        &self,
        hosts: &[(&str, &str)],
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Route> {
        match self {
            Self::None => Ok(Route::Direct),
            Self::Url(url) => Ok(Route::Through(ProxyHop {
                uri: checked("proxy", url)?,
                not_for: Vec::new(),
            })),
            Self::Environment => from_environment(hosts, &lookup),
        }
    }
}

fn from_environment(
    hosts: &[(&str, &str)],
    lookup: &impl Fn(&str) -> Option<OsString>,
) -> Result<Route> {
    let is_https = hosts.iter().any(|(scheme, _)| *scheme == "https");
    let names: &[&str] = match is_https {
        true => &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        // In a CGI program that variable is a header of the request: https://httpoxy.org
        false if lookup("REQUEST_METHOD").is_some() => &["ALL_PROXY", "all_proxy"],
        false => &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    let text = |name: &str| match lookup(name).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        Some(Err(_)) => Err(Error::config(format!("{name} is not valid UTF-8"))),
    };
    for name in names {
        let Some(url) = text(name)? else { continue };
        let exceptions = match text("NO_PROXY")? {
            Some(exceptions) => exceptions,
            None => text("no_proxy")?.unwrap_or_default(),
        };
        let (not_for, through): (Vec<_>, Vec<_>) = hosts
            .iter()
            .map(|(_, host)| (*host).to_owned())
            .partition(|host| is_excepted(host, &exceptions));
        if through.is_empty() {
            return Ok(Route::Direct);
        }
        let uri = checked(name, &url)?;
        return Ok(Route::Through(ProxyHop { uri, not_for }));
    }
    Ok(Route::System)
}

const SUPPORTED: &str = if cfg!(feature = "socks") {
    "supported are http://, https://, socks4://, socks4a://, socks5:// and socks5h:// (which \
     leaves the names of hosts to the proxy)"
} else {
    "supported are http:// and https://, and by the feature `socks` of anaplan-sdk socks4://, \
     socks4a://, socks5:// and socks5h://"
};

/// A proxy that is used, or refused by its name; never shown with a password.
fn checked(name: &str, url: &str) -> Result<Uri> {
    let url = url.trim();
    let with_scheme = match url.contains("://") {
        true => url.to_owned(),
        false => format!("http://{url}"),
    };
    let wrong = |what: &str| Error::config(format!("`{name}`: {what}"));
    let no_url = || {
        wrong(
            "not a URL of a proxy: expected one like http://proxy.example.com:3128, with special \
             characters of a user and a password percent-encoded",
        )
    };
    // What follows it is dropped by the parser, and may be the rest of a password.
    if url.contains('#') {
        return Err(no_url());
    }
    let uri: Uri = with_scheme.parse().map_err(|_| no_url())?;
    let scheme = uri.scheme_str().unwrap_or_default().to_ascii_lowercase();
    match scheme.as_str() {
        "http" | "https" => {}
        "socks4" | "socks4a" | "socks5" | "socks5h" if cfg!(feature = "socks") => {}
        _ => {
            return Err(wrong(&format!(
                "a proxy of {scheme}:// is not supported; {SUPPORTED}"
            )));
        }
    }
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    let port = host_and_port
        .rsplit_once(':')
        .filter(|(_, port)| !port.ends_with(']'));
    if uri.host().unwrap_or_default().is_empty() {
        return Err(wrong("it names no host"));
    }
    if port.is_some_and(|(_, port)| port.parse::<u16>().is_err()) {
        return Err(wrong("its port is no number from 0 to 65535"));
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(wrong(
            "it has a path: PAC files (proxy.pac, wpad.dat) are not supported; give the URL of \
             the proxy that the file leads to",
        ));
    }
    Ok(uri)
}

/// By the rules of curl: `*`; a name, for itself and all below it; an address, or a range of them.
fn is_excepted(host: &str, exceptions: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<IpAddr>().ok();
    exceptions
        .split([',', ' '])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .any(|entry| match address {
            _ if entry == "*" => true,
            Some(address) => covers(entry, address),
            None => {
                let entry = entry.trim_start_matches('*').trim_start_matches('.');
                let entry = entry.trim_end_matches('.').to_ascii_lowercase();
                let host = host.trim_end_matches('.').to_ascii_lowercase();
                let above = host.strip_suffix(&entry);
                !entry.is_empty()
                    && above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
        })
}

/// Whether an entry such as `10.0.0.0/8`, or an address, takes this one in.
fn covers(entry: &str, address: IpAddr) -> bool {
    let (network, length) = match entry.split_once('/') {
        Some((network, length)) => (network, length.parse::<u32>().ok()),
        None => (entry, Some(128)),
    };
    let network = network.trim_start_matches('[').trim_end_matches(']');
    let (Ok(network), Some(length)) = (network.parse::<IpAddr>(), length) else {
        return false;
    };
    // The bits from the left, and how many of them count.
    let bits = |address: IpAddr| match address {
        IpAddr::V4(four) => (u128::from(four.to_bits()) << 96, 32),
        IpAddr::V6(six) => (six.to_bits(), 128),
    };
    let ((network, most), (address, width)) = (bits(network), bits(address));
    let differing = (network ^ address).leading_zeros();
    most == width && differing >= length.min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTS: [(&str, &str); 2] = [
        ("https", "api.cloudworks.example"),
        ("https", "auth.example"),
    ];

    fn route(pairs: &[(&str, &str)]) -> Result<Route> {
        Proxy::Environment.route(&HOSTS, |name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).into())
        })
    }

    fn told(pairs: &[(&str, &str)]) -> String {
        match route(pairs) {
            Ok(Route::System) => "system".to_owned(),
            Ok(Route::Direct) => "direct".to_owned(),
            Ok(Route::Through(hop)) => format!("{} not for {:?}", hop.uri, hop.not_for),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_environment() {
        for (pairs, expected) in [
            (&[][..], "system"),
            (&[("HTTP_PROXY", "http://p:1")], "system"),
            (&[("HTTPS_PROXY", " ")], "system"),
            (&[("HTTPS_PROXY", "p:1")], "http://p:1/ not for []"),
            (
                &[("ALL_PROXY", "http://a:1"), ("https_proxy", "http://p:1")],
                "http://p:1/ not for []",
            ),
            (&[("ALL_PROXY", "http://a:1")], "http://a:1/ not for []"),
            (
                &[
                    ("ALL_PROXY", "http://a:1"),
                    ("NO_PROXY", ".auth.example, x"),
                ],
                "http://a:1/ not for [\"auth.example\"]",
            ),
            (&[("ALL_PROXY", "ftp://a:1"), ("no_proxy", "*")], "direct"),
            (
                &[("ALL_PROXY", "http://a:1"), ("NO_PROXY", "example")],
                "direct",
            ),
        ] {
            assert_eq!(told(pairs), expected, "{pairs:?}");
        }
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name_and_shows_no_password() {
        for (url, fault) in [
            ("ftp://user:s3cret@p:1", "ftp://"),
            ("socks://user:s3cret@p:1", "socks://"),
            ("pac+http://user:s3cret@p/x", "pac+http://"),
            ("http://user:s3cret@p/proxy.pac", "PAC"),
            ("http://user:s3cret@p:99999", "port"),
            ("http://user:s3cret@p:x", "port"),
            ("http://user:s3cret#@p:1", "percent-encoded"),
            ("http://user:s3cret@", "URL"),
        ] {
            let text = told(&[("HTTPS_PROXY", url)]);
            assert!(
                text.contains("HTTPS_PROXY") && text.contains(fault),
                "{url}: {text}"
            );
            assert!(!text.contains("s3cret"), "{text}");
        }
        let socks = told(&[("HTTPS_PROXY", "socks5://p:1")]);
        match cfg!(feature = "socks") {
            true => assert!(socks.starts_with("socks5://p:1"), "{socks}"),
            false => assert!(socks.contains("feature `socks`"), "{socks}"),
        }
    }

    #[test]
    fn exceptions() {
        for (host, entries, expected) in [
            ("a.example.com", "example.com", true),
            ("a.example.com", "*.example.com", true),
            ("example.com", ".EXAMPLE.com.", true),
            ("notexample.com", "example.com", false),
            ("a.example.com", ",, ", false),
            ("10.1.2.3", "10.0.0.0/8", true),
            ("11.1.2.3", "10.0.0.0/8", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "0.0.0.0/0", true),
            ("10.1.2.3", "2.3", false),
            ("[::1]", "::1", true),
            ("[fd00::1]", "fd00::/8", true),
            ("10.1.2.3", "::/0", false),
        ] {
            assert_eq!(is_excepted(host, entries), expected, "{host} {entries}");
        }
    }
}
