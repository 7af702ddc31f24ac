//! Who may ask: a web page that the user happens to have open must not read the simulator's state,
//! or change it.
//!
//! A page reaches a port of this machine under a name of its own (DNS rebinding), which `Host`
//! tells; or by a request that a browser sends to any server without asking first, which has
//! neither JSON as its content type nor an `Origin` of this machine
//! (<https://fetch.spec.whatwg.org/#cors-safelisted-request-header>).

use std::net::IpAddr;

use axum::response::Response;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, ORIGIN};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use serde_json::json;

use crate::http::reply::json_response;

/// Why a request is not answered; `None` when it is.
pub(crate) fn refusal(parts: &Parts, hosts: &[String]) -> Option<Response> {
    let header = |name: HeaderName| parts.headers.get(name)?.to_str().ok();
    // A request may name its host in its first line as well, and then that one counts (RFC 9112,
    // section 3.2.2); and nothing keeps a client from naming several.
    let named = parts.headers.get_all(HOST).iter();
    let mut named = named
        .map(|host| host.to_str().unwrap_or_default())
        .chain(parts.uri.authority().map(Authority::as_str))
        .peekable();
    if named.peek().is_none() || !named.all(|host| is_own(host, hosts)) {
        let message = "the simulator answers to names of this machine alone, such as localhost and \
                       127.0.0.1; another one is allowed by `--host NAME`";
        return Some(refuse(421, message));
    }
    if !parts.uri.path().starts_with("/_sim/") {
        return None;
    }
    let origin = header(ORIGIN).map(|origin| origin.split("://").last().unwrap_or_default());
    if origin.is_some_and(|origin| !is_own(origin, hosts)) {
        return Some(refuse(
            403,
            "a page of another site may not use the controls",
        ));
    }
    let content_type = header(CONTENT_TYPE).unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim();
    if parts.method == "POST" && !content_type.eq_ignore_ascii_case("application/json") {
        let message = "the controls take `Content-Type: application/json` alone, also without a \
                       body, so that no web page can use them";
        return Some(refuse(415, message));
    }
    None
}

fn refuse(status: u16, problem: &str) -> Response {
    json_response(status, &json!({"ok": false, "problem": problem}))
}

/// Whether this host, with or without a port, is this machine, or is allowed by name.
fn is_own(host: &str, hosts: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
        || hosts.iter().any(|own| {
            let own = own.trim_start_matches('[').trim_end_matches(']');
            own.eq_ignore_ascii_case(address)
        })
}

/// What is wrong with a name that is to be allowed: a name or an address by itself is none.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if is_name || address.parse::<IpAddr>().is_ok() {
        Ok(())
    } else {
        Err(format!(
            "host: expected a name or an address, without scheme, port and path, not {name:?}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn names_of_this_machine() {
        let allowed = ["sim.test".to_owned()];
        for (host, expected) in [
            ("localhost", true),
            ("LocalHost:8080", true),
            ("127.0.0.1", true),
            ("127.9.9.9:1", true),
            ("[::1]", true),
            ("[::1]:8080", true),
            ("sim.test:8080", true),
            ("127.0.0.1.evil.example", false),
            ("localhost.evil.example", false),
            ("evil.example", false),
            ("10.0.0.1:8080", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(is_own(host, &allowed), expected, "{host}");
        }
    }
}
