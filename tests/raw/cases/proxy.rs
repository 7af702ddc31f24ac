//! A proxy that is set is used, or `build()` refuses it by name.

use std::time::Duration;

use anaplan_sdk::{Credentials, Error, RetryPolicy, TransportErrorKind as Kind};
use serde_json::json;

use super::super::super::certificates::{self, Leaf};
use super::super::super::server::nobody;
use super::super::super::{child, proxies};
use super::{
    Client, ClientBuilder, Reply, Server, assert_failed, maybe_async, quick_retries, run_of, test,
    transport_error,
};

/// The service behind the proxy.
fn service() -> Server {
    let answer = |_: &_| Reply::json(200, &json!({"connections": []}));
    Server::start_tls(certificates::server(Leaf::Good), answer)
}

/// A client of a host that only a proxy can reach.
fn builder() -> ClientBuilder {
    at("anaplan.invalid")
}

fn at(host: &str) -> ClientBuilder {
    Client::builder()
        .credentials(Credentials::token("raw-token"))
        .cloudworks_url(format!("https://{host}/2/0"))
        .ca_file(certificates::path("ca.pem"))
        .retry(RetryPolicy::none())
        .connect_timeout(Duration::from_secs(3))
        .timeout(Duration::from_secs(5))
}

fn problem(proxy: &str) -> String {
    let error = builder().proxy(proxy).build().err().unwrap();
    assert!(matches!(error, Error::Config(_)), "{error:?}");
    error.to_string()
}

#[maybe_async]
async fn assert_reached(client: &Client) {
    let connections = client.cw().list_connections().await.unwrap();
    assert!(connections.is_empty());
}

/// No proxy is an answer of the service: nothing was sent.
#[maybe_async]
async fn assert_no_way(proxy: &str, kind: Kind, words: &str) {
    let client = builder().proxy(proxy).build().unwrap();
    let error = run_of(&client).await;
    assert_failed(&error, kind, words);
    assert!(!error.may_have_been_applied(), "{error}");
}

#[maybe_async]
#[test]
async fn http_proxy_is_used() {
    let service = service();
    let (proxy, asked) = proxies::connect(service.address());
    let url = proxy.url().replace("http://", "http://us%40er:pa%3Ass@");
    let client = builder().proxy(url).build().unwrap();
    assert_reached(&client).await;
    let heads = asked.lock().unwrap().clone();
    assert!(
        heads[0].starts_with("CONNECT anaplan.invalid:443 "),
        "{heads:?}"
    );
    let login = "proxy-authorization: basic dxnazxi6cge6c3m=\r\n";
    assert!(heads[0].to_ascii_lowercase().contains(login), "{heads:?}");
    // The token is for the service alone.
    assert!(!heads[0].contains("raw-token"), "{heads:?}");
}

#[maybe_async]
#[test]
async fn a_proxy_that_is_refused() {
    let proxy = format!("http://{}", nobody());
    assert_no_way(&proxy, Kind::NotConnected, "the proxy").await;
}

#[maybe_async]
#[test]
async fn a_proxy_whose_name_is_not_found() {
    let proxy = "http://proxy.invalid:3128";
    assert_no_way(proxy, Kind::NotConnected, "the proxy").await;
}

/// NTLM, Negotiate and Basic: a wrong password is not sent five times, since accounts lock.
#[maybe_async]
#[test]
async fn a_proxy_that_answers_407_is_asked_once() {
    for answer in [
        &b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM\r\n\r\n"[..],
        b"HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
    ] {
        let proxy = proxies::answers(answer);
        let url = proxy.url().replace("http://", "http://user:s3cret@");
        let client = builder().proxy(url).retry(quick_retries()).build().unwrap();
        let error = run_of(&client).await;
        assert_failed(&error, Kind::Rejected, "the proxy wants a log-in (407)");
        assert_failed(
            &error,
            Kind::Rejected,
            "NTLM, Negotiate (Kerberos) and PAC files are not",
        );
        assert!(!error.may_have_been_applied(), "{error}");
        assert_eq!(proxy.connections(), 1, "{error}");
        let all = format!("{error} {error:?} {client:?}");
        assert!(!all.contains("s3cret"), "{all}");
    }
}

#[maybe_async]
#[test]
async fn a_proxy_that_answers_garbage() {
    let proxy = proxies::answers(b"SSH-2.0-OpenSSH_9.9\r\n\r\n");
    assert_no_way(&proxy.url(), Kind::NotConnected, "the proxy").await;
}

#[maybe_async]
#[test]
async fn a_proxy_that_answers_403_and_502() {
    for answer in [
        &b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"[..],
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    ] {
        let proxy = proxies::answers(answer);
        assert_no_way(&proxy.url(), Kind::NotConnected, "the proxy").await;
    }
}

#[maybe_async]
#[test]
async fn a_proxy_that_closes() {
    let proxy = proxies::answers(b"");
    assert_no_way(&proxy.url(), Kind::NotConnected, "the proxy").await;
}

#[maybe_async]
#[test]
async fn a_proxy_that_is_silent() {
    let proxy = Server::raw(|stream, _| {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
        let _ = std::io::Read::read_to_end(&mut &stream, &mut Vec::new());
    });
    let words = "no connection within the connect timeout";
    assert_no_way(&proxy.url(), Kind::ConnectTimeout, words).await;
}

#[maybe_async]
#[test]
async fn a_proxy_of_ftp_is_refused_by_build() {
    let problem = problem("ftp://user:s3cret@proxy.example:21");
    assert!(problem.contains("ftp://"), "{problem}");
    assert!(problem.contains("supported are http://"), "{problem}");
    assert!(!problem.contains("s3cret"), "{problem}");
}

#[maybe_async]
#[test]
async fn a_pac_file_is_refused_by_build() {
    for url in ["http://proxy.example/proxy.pac", "http://wpad/wpad.dat"] {
        let problem = problem(url);
        assert!(problem.contains("PAC files"), "{problem}");
    }
}

#[maybe_async]
#[test]
async fn a_proxy_that_is_no_url_is_refused_by_build() {
    for url in [
        "",
        "http://",
        "http://user:s3cret@",
        "http://user:s3cret@p:99999",
        "http://a b",
    ] {
        let problem = problem(url);
        assert!(problem.contains("`proxy`"), "{problem}");
        assert!(!problem.contains("s3cret"), "{problem}");
    }
}

#[maybe_async]
#[test]
async fn the_password_of_a_proxy_is_not_shown() {
    let builder = builder().proxy("http://user:s3cret@proxy.example:3128");
    let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());
    assert!(shown.contains("[redacted]@proxy.example:3128"), "{shown}");
    assert!(!shown.contains("s3cret"), "{shown}");
}

/// What the environment names is refused, too, in its own name.
#[maybe_async]
#[test]
async fn https_proxy_of_ftp_is_refused_by_build() {
    let variables = [("HTTPS_PROXY", "ftp://user:s3cret@proxy.example:21")];
    if child::again(
        module_path!(),
        "https_proxy_of_ftp_is_refused_by_build",
        &variables,
    ) {
        return;
    }
    let problem = builder().build().err().unwrap().to_string();
    assert!(
        problem.contains("`HTTPS_PROXY`") && problem.contains("ftp://"),
        "{problem}"
    );
    assert!(!problem.contains("s3cret"), "{problem}");
}

/// In this process, `variable` names a proxy of its own, and the service is behind it.
#[maybe_async]
async fn assert_environment(test: &str, variable: &str, scheme: &str) {
    let service = service();
    let (proxy, asked) = match scheme {
        "http" => proxies::connect(service.address()),
        _ => proxies::socks5(service.address(), 0),
    };
    let url = format!("{scheme}://{}", proxy.address());
    let variables = [(variable, url.as_str())];
    if child::again(module_path!(), test, &variables) {
        let asked = asked.lock().unwrap().clone();
        assert!(
            asked
                .iter()
                .all(|line| line.contains("anaplan.invalid:443")),
            "{asked:?}"
        );
        assert_eq!(asked.len(), 1, "{asked:?}");
        return;
    }
    assert_reached(&builder().build().unwrap()).await;
}

#[maybe_async]
#[test]
async fn https_proxy_is_used() {
    assert_environment("https_proxy_is_used", "HTTPS_PROXY", "http").await;
}

#[maybe_async]
#[test]
async fn all_proxy_is_used() {
    assert_environment("all_proxy_is_used", "ALL_PROXY", "http").await;
}

#[cfg(feature = "socks")]
#[maybe_async]
#[test]
async fn https_proxy_of_socks5_is_used() {
    assert_environment("https_proxy_of_socks5_is_used", "HTTPS_PROXY", "socks5h").await;
}

#[cfg(not(feature = "socks"))]
#[maybe_async]
#[test]
async fn socks_without_its_feature_is_refused_by_build() {
    let problem = problem("socks5://proxy.example:1080");
    assert!(problem.contains("feature `socks`"), "{problem}");
}

#[cfg(feature = "socks")]
#[maybe_async]
#[test]
async fn socks5_is_used() {
    let service = service();
    let (proxy, asked) = proxies::socks5(service.address(), 0);
    let client = at("192.0.2.1").proxy(format!("socks5://{}", proxy.address()));
    assert_reached(&client.build().unwrap()).await;
    assert_eq!(*asked.lock().unwrap(), ["192.0.2.1:443"]);
}

/// The name of the host is the proxy's to find.
#[cfg(feature = "socks")]
#[maybe_async]
#[test]
async fn socks5h_is_used_with_user_and_password() {
    let service = service();
    let (proxy, asked) = proxies::socks5(service.address(), 0);
    let url = format!("socks5h://us%40er:pa%3Ass@{}", proxy.address());
    let client = builder().proxy(url);
    assert_reached(&client.build().unwrap()).await;
    assert_eq!(*asked.lock().unwrap(), ["us@er:pa:ss anaplan.invalid:443"]);
}

#[cfg(feature = "socks")]
#[maybe_async]
#[test]
async fn socks5_that_refuses() {
    let (proxy, _) = proxies::socks5(nobody(), 2);
    let url = format!("socks5h://{}", proxy.address());
    assert_no_way(&url, Kind::NotConnected, "the proxy").await;
}

#[cfg(feature = "socks")]
#[maybe_async]
#[test]
async fn socks5_at_which_nobody_listens() {
    let url = format!("socks5h://{}", nobody());
    assert_no_way(&url, Kind::NotConnected, "the proxy").await;
}

/// What certainly was not sent is sent again.
#[maybe_async]
#[test]
async fn a_proxy_that_is_refused_is_tried_again() {
    let builder = builder().proxy(format!("http://{}", nobody()));
    let client = builder.retry(quick_retries()).build().unwrap();
    let error = run_of(&client).await;
    assert_eq!(transport_error(&error).attempts, 5, "{error}");
}
