//! Tokens: only the service's own refusal is final, and no answer makes a client log in again and
//! again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anaplan_sdk::{AccessToken, Credentials, Error};
use serde_json::{Value, json};

use super::{
    Client, ClientBuilder, Reply, Server, builder_of, maybe_async, sleep, status_of_a_run, test,
};

const LOG_IN: &str = "/token/authenticate";

fn granted(expires: &Value) -> Reply {
    Reply::json(
        201,
        &json!({
            "meta": {}, "status": "SUCCESS", "statusMessage": "Login successful",
            "tokenInfo": {"tokenValue": "t0ken", "tokenId": "x", "expiresAt": expires},
        }),
    )
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_millis().try_into().unwrap()
}

/// Answers log-ins by `log_in`, told how many came before, and everything else by a run's status.
fn service(log_in: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |request| match request.is("POST", LOG_IN) {
        true => log_in(count.fetch_add(1, Ordering::SeqCst)),
        false => status_of_a_run(),
    })
}

fn with_password(server: &Server) -> Client {
    builder_of(server)
        .credentials(Credentials::basic("planner@corp.example", "hunter2"))
        .build()
        .unwrap()
}

fn log_ins(server: &Server) -> usize {
    server.requests_to("POST", LOG_IN).len()
}

/// The first log-in is answered by this: the call fails, and the next one logs in.
#[maybe_async]
async fn is_not_final(answer: Reply) -> Error {
    let server = service(move |n| match n {
        0 => answer.clone(),
        _ => granted(&json!(now() + 2_100_000)),
    });
    let client = with_password(&server);
    let error = client.cw().get_run_status("r").await.unwrap_err();
    assert!(error.is_auth(), "{error:?}");
    client.cw().get_run_status("r").await.unwrap();
    assert_eq!(log_ins(&server), 2);
    error
}

/// It is given to every later call, and the credentials are not sent again.
#[maybe_async]
async fn is_final(answer: Reply) {
    let server = service(move |_| answer.clone());
    let client = with_password(&server);
    for _ in 0..3 {
        let error = client.cw().get_run_status("r").await.unwrap_err();
        assert!(error.is_auth(), "{error:?}");
        assert!(error.to_string().contains("not sent again"), "{error}");
    }
    assert_eq!(log_ins(&server), 1);
}

#[maybe_async]
#[test]
async fn a_403_page_of_a_firewall_at_the_log_in_is_not_final() {
    let error = is_not_final(Reply::page(403, "Request blocked")).await;
    let text = error.to_string();
    assert!(text.contains("firewall") && text.contains("403"), "{text}");
}

#[maybe_async]
#[test]
async fn a_400_page_of_a_firewall_at_the_log_in_is_not_final() {
    is_not_final(Reply::page(400, "Bad request")).await;
}

#[maybe_async]
#[test]
async fn a_401_page_of_a_proxy_at_the_log_in_is_not_final() {
    is_not_final(Reply::page(401, "Sign in to the internet")).await;
}

#[maybe_async]
#[test]
async fn a_403_without_a_word_at_the_log_in_is_not_final() {
    is_not_final(Reply::new(403, "text/plain", "")).await;
    is_not_final(Reply::new(403, "text/plain", "Forbidden")).await;
}

#[maybe_async]
#[test]
async fn a_refusal_in_the_json_of_a_gateway_at_the_log_in_is_not_final() {
    for body in [
        json!({"message": "no healthy upstream", "error": "x"}),
        json!({"code": 403, "message": "RBAC: access denied"}),
        json!({"timestamp": "2026-06-01T00:00:00Z", "status": 403, "error": "Forbidden", "path": "/"}),
        json!({"message": "Forbidden"}),
        json!(["blocked"]),
    ] {
        is_not_final(Reply::json(403, &body)).await;
    }
}

#[maybe_async]
#[test]
async fn the_refusal_of_the_token_service_itself_is_final() {
    for (status, code) in [
        (401, "FAILURE_BAD_CREDENTIAL"),
        (400, "FAILURE_BAD_HEADER"),
        (403, "FAILURE_OF_SOME_OTHER_KIND"),
    ] {
        let body = json!({"status": code, "statusMessage": "no"});
        is_final(Reply::json(status, &body)).await;
    }
}

/// What a token source does when it is asked a second time, and from then on.
#[derive(Clone, Copy)]
enum Later {
    Gives,
    FailsBy(&'static str),
    Hangs,
}

/// A client whose tokens come from the caller's own code and are good for so long; and how often
/// the code was asked.
#[maybe_async]
fn with_source(
    builder: ClientBuilder,
    lifetime: Duration,
    later: Later,
) -> (Client, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let source = move || {
        let n = count.fetch_add(1, Ordering::SeqCst);
        async move {
            match later {
                Later::FailsBy(text) if n > 0 => return Err(text.into()),
                Later::Hangs if n > 0 => sleep(Duration::from_secs(60)).await,
                _ => {}
            }
            Ok(AccessToken::new(format!("t{}", n + 1)).expires_in(lifetime))
        }
    };
    let client = builder.token_source(source).build().unwrap();
    (client, asked)
}

fn running() -> Server {
    Server::start(|_| status_of_a_run())
}

#[maybe_async]
#[test]
async fn a_source_that_has_failed_is_asked_again_by_the_next_call() {
    let server = running();
    let asked = AtomicUsize::new(0);
    let source = move || {
        let n = asked.fetch_add(1, Ordering::SeqCst);
        async move {
            match n {
                0 => Err("a firewall's page".into()),
                _ => Ok(AccessToken::new("t0ken")),
            }
        }
    };
    let client = builder_of(&server).token_source(source).build().unwrap();
    let error = client.cw().get_run_status("r").await.unwrap_err();
    assert!(error.is_auth(), "{error:?}");
    client.cw().get_run_status("r").await.unwrap();
}

#[cfg(feature = "certificate")]
#[maybe_async]
#[test]
async fn a_page_at_the_log_in_by_a_certificate_is_not_final() {
    use anaplan_sdk::ClientCertificate;

    let client = module_path!().replace("::", "-");
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(client);
    std::fs::create_dir_all(&directory).unwrap();
    let (key, certificate) = (directory.join("rsa.key"), directory.join("rsa.pem"));
    let made = std::process::Command::new("openssl")
        .args("req -x509 -newkey rsa:2048 -nodes -subj /CN=planner".split(' '))
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let server = service(|n| match n {
        0 => Reply::page(403, "Request blocked"),
        _ => granted(&json!(null)),
    });
    let certificate = ClientCertificate::new(certificate, key);
    let client = builder_of(&server)
        .credentials(Credentials::certificate(certificate))
        .build()
        .unwrap();
    let error = client.cw().get_run_status("r").await.unwrap_err();
    assert!(error.is_auth(), "{error:?}");
    client.cw().get_run_status("r").await.unwrap();
    assert_eq!(log_ins(&server), 2);
}

/// Thirty calls, and one log-in, whatever the token says of its end.
#[maybe_async]
async fn one_log_in_for_30_calls(expires: Value) {
    let server = service(move |_| granted(&expires));
    let client = with_password(&server);
    for _ in 0..30 {
        client.cw().get_run_status("r").await.unwrap();
    }
    assert_eq!(log_ins(&server), 1);
}

#[maybe_async]
#[test]
async fn a_token_with_an_expiry_in_the_past_costs_one_log_in() {
    one_log_in_for_30_calls(json!(now() - 1)).await;
    one_log_in_for_30_calls(json!(now() - 3_600_000)).await;
}

#[maybe_async]
#[test]
async fn a_token_with_an_expiry_in_seconds_costs_one_log_in() {
    one_log_in_for_30_calls(json!(now() / 1000 + 2100)).await;
    one_log_in_for_30_calls(json!((now() / 1000 + 2100).to_string())).await;
}

#[maybe_async]
#[test]
async fn a_token_with_an_absurd_expiry_costs_one_log_in() {
    for expires in [
        json!(0),
        json!(1),
        json!(-1),
        json!(35),
        json!(2100),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!("soon"),
        json!(""),
        json!(null),
    ] {
        one_log_in_for_30_calls(expires).await;
    }
}

/// What the caller's own code says of an end is believed, but for a moment's use.
#[maybe_async]
#[test]
async fn a_source_that_says_nothing_is_left_is_not_asked_for_every_call() {
    let server = running();
    let (client, asked) = with_source(builder_of(&server), Duration::ZERO, Later::Gives);
    for _ in 0..30 {
        client.cw().get_run_status("r").await.unwrap();
    }
    let asked = asked.load(Ordering::SeqCst);
    assert!(asked < 10, "{asked}");
}

/// A token that ends after a second, of a service that goes on taking it while the source has no
/// other to give.
#[maybe_async]
#[test]
async fn the_old_token_goes_on_while_a_source_fails() {
    let server = running();
    let fails = Later::FailsBy("the vault is sealed");
    let (client, asked) = with_source(builder_of(&server), Duration::from_secs(1), fails);
    client.cw().get_run_status("r").await.unwrap();
    sleep(Duration::from_millis(1300)).await;
    for _ in 0..20 {
        client.cw().get_run_status("r").await.unwrap();
    }
    let asked = asked.load(Ordering::SeqCst);
    assert!((2..6).contains(&asked), "{asked}");
}

/// A source that hangs does not hold up calls that have a token to try.
#[maybe_async]
#[test]
async fn the_old_token_goes_on_while_a_source_hangs() {
    let server = running();
    let builder = builder_of(&server).timeout(Duration::from_secs(60));
    let (client, _) = with_source(builder, Duration::from_secs(1), Later::Hangs);
    client.cw().get_run_status("r").await.unwrap();
    sleep(Duration::from_millis(1300)).await;
    let began = std::time::Instant::now();
    for _ in 0..5 {
        client.cw().get_run_status("r").await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(40));
}

/// When the service no longer takes the old token, what the source failed with is told.
#[maybe_async]
#[test]
async fn the_old_token_that_is_refused_is_not_used_any_more() {
    let is_over = Arc::new(AtomicBool::new(false));
    let refuses = is_over.clone();
    let server = Server::start(move |_| match refuses.load(Ordering::SeqCst) {
        true => Reply::json(401, &json!({"status": {"code": 401, "message": "expired"}})),
        false => status_of_a_run(),
    });
    let fails = Later::FailsBy("the vault is sealed");
    let (client, _) = with_source(builder_of(&server), Duration::from_secs(1), fails);
    client.cw().get_run_status("r").await.unwrap();
    sleep(Duration::from_millis(1300)).await;
    client.cw().get_run_status("r").await.unwrap();
    is_over.store(true, Ordering::SeqCst);
    let error = client.cw().get_run_status("r").await.unwrap_err();
    assert!(error.is_auth(), "{error:?}");
    assert!(
        format!("{error:?}").contains("the vault is sealed"),
        "{error:?}"
    );
    assert!(!server.requests_to("GET", "/run/r").is_empty());
}

/// Credentials that were refused for good are told once the token at hand has ended.
#[maybe_async]
#[test]
async fn a_refusal_of_the_credentials_is_told_when_the_token_has_ended() {
    let is_over = Arc::new(AtomicBool::new(false));
    let (refuses, count) = (is_over.clone(), AtomicUsize::new(0));
    let server = Server::start(move |request| {
        if request.is("POST", LOG_IN) {
            return match count.fetch_add(1, Ordering::SeqCst) {
                0 => granted(&json!(null)),
                _ => Reply::json(
                    401,
                    &json!({"status": "FAILURE_BAD_CREDENTIAL", "message": "no"}),
                ),
            };
        }
        match refuses.load(Ordering::SeqCst) {
            true => Reply::json(401, &json!({"status": {"code": 401, "message": "expired"}})),
            false => status_of_a_run(),
        }
    });
    let client = with_password(&server);
    client.cw().get_run_status("r").await.unwrap();
    is_over.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let error = client.cw().get_run_status("r").await.unwrap_err();
        assert_eq!(error.status(), Some(401), "{error:?}");
    }
    assert_eq!(log_ins(&server), 2);
}

/// Gives out `t1`, `t2`, and so on. Calls are answered by `refusal` while their token is one of the
/// first `refused`, and else by a run's status, or a run's id.
fn refusing_tokens(refused: usize, refusal: Reply) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |request| {
        if request.is("POST", LOG_IN) {
            let token = format!("t{}", count.fetch_add(1, Ordering::SeqCst) + 1);
            return Reply::json(201, &json!({"tokenInfo": {"tokenValue": token}}));
        }
        let sent = request.header("authorization").unwrap_or_default();
        let number: usize = sent
            .trim_start_matches("AnaplanAuthToken t")
            .parse()
            .unwrap();
        match number <= refused {
            true => refusal.clone(),
            false if request.method == "POST" => Reply::json(200, &json!({"run": {"id": "r"}})),
            false => status_of_a_run(),
        }
    })
}

fn not_authorized() -> Reply {
    Reply::json(
        403,
        &json!({"status": {"code": 403, "message": "Not Authorized"}}),
    )
}

/// A client whose token has spent more than half of its life, which is as good as a few minutes
/// of a longer one, and how often its source was asked. On a slow machine it is also due for a
/// renewal beside the calls: so calls are counted.
#[maybe_async]
async fn with_an_old_token(server: &Server, later: Later) -> (Client, Arc<AtomicUsize>) {
    let (client, asked) = with_source(builder_of(server), Duration::from_secs(4), later);
    let _ = client.cw().get_run_status("first").await;
    sleep(Duration::from_millis(2300)).await;
    (client, asked)
}

fn calls(server: &Server) -> usize {
    server.requests().len()
        - log_ins(server)
        - server
            .requests_to("GET", "/2/0/integrations/run/first")
            .len()
}

/// The vendor: at "403 Not Authorized", first see whether the token has expired.
#[maybe_async]
#[test]
async fn a_403_not_authorized_to_an_old_token_renews_it_once() {
    let server = refusing_tokens(1, not_authorized());
    let (client, asked) = with_an_old_token(&server, Later::Gives).await;
    client.cw().get_run_status("r").await.unwrap();
    assert_eq!(calls(&server), 2);
    assert!(asked.load(Ordering::SeqCst) >= 2);
    client.cw().get_run_status("r").await.unwrap();
    assert_eq!(calls(&server), 3);
}

/// A 403 says that nothing was done: so a run may be started again.
#[maybe_async]
#[test]
async fn a_run_is_sent_again_after_a_403_not_authorized_to_an_old_token() {
    let server = refusing_tokens(1, not_authorized());
    let (client, asked) = with_an_old_token(&server, Later::Gives).await;
    let run = client.cw().run_integration("i").await.unwrap();
    assert_eq!(run.as_str(), "r");
    assert_eq!(calls(&server), 2);
    assert!(asked.load(Ordering::SeqCst) >= 2);
}

#[maybe_async]
#[test]
async fn a_403_not_authorized_to_a_fresh_token_renews_nothing() {
    let server = refusing_tokens(9, not_authorized());
    let client = with_password(&server);
    for _ in 0..3 {
        let error = client.cw().get_run_status("r").await.unwrap_err();
        assert_eq!(error.status(), Some(403));
        assert!(
            error.to_string().contains("Restricted Integration User"),
            "{error}"
        );
    }
    assert_eq!((log_ins(&server), calls(&server)), (1, 3));
}

#[maybe_async]
#[test]
async fn a_second_403_not_authorized_is_told_with_the_hint_of_the_role() {
    let server = refusing_tokens(9, not_authorized());
    let (client, asked) = with_an_old_token(&server, Later::Gives).await;
    let error = client.cw().run_integration("i").await.unwrap_err();
    assert_eq!(error.status(), Some(403));
    assert!(
        error.to_string().contains("Restricted Integration User"),
        "{error}"
    );
    assert!(!error.may_have_been_applied());
    assert_eq!(calls(&server), 2);
    assert!(asked.load(Ordering::SeqCst) >= 2);
}

#[maybe_async]
#[test]
async fn another_403_to_an_old_token_renews_nothing() {
    for refusal in [
        Reply::json(
            403,
            &json!({"status": {"code": 403, "message": "Forbidden"}}),
        ),
        Reply::page(403, "<h1>Not Authorized</h1>"),
    ] {
        let server = refusing_tokens(9, refusal);
        let (client, _) = with_an_old_token(&server, Later::Gives).await;
        client.cw().get_run_status("r").await.unwrap_err();
        assert_eq!(calls(&server), 1);
    }
}

/// In the body of a 200, it does not say that nothing was done.
#[maybe_async]
#[test]
async fn a_run_is_not_sent_again_after_a_200_that_says_403() {
    let body = json!({"status": {"code": 403, "message": "Not Authorized"}});
    let server = refusing_tokens(9, Reply::json(200, &body));
    let (client, _) = with_an_old_token(&server, Later::Gives).await;
    client.cw().run_integration("i").await.unwrap_err();
    assert_eq!(
        server.requests_to("POST", "/2/0/integrations/i/run").len(),
        1
    );
}

/// The token may be good, and the role be lacking: it is kept while there is no other.
#[maybe_async]
#[test]
async fn an_old_token_is_kept_when_no_other_is_to_be_had_after_a_403() {
    let server = Server::start(|request| match request.path.ends_with("/first") {
        true => status_of_a_run(),
        false => not_authorized(),
    });
    let fails = Later::FailsBy("the vault is sealed");
    let (client, _) = with_an_old_token(&server, fails).await;
    let error = client.cw().get_run_status("r").await.unwrap_err();
    assert_eq!(error.status(), Some(403), "{error:?}");
    assert!(
        error.to_string().contains("Restricted Integration User"),
        "{error}"
    );
    client.cw().get_run_status("first").await.unwrap();
}

#[cfg(feature = "oauth")]
mod oauth {
    use anaplan_sdk::OAuthApp;

    use super::test;
    use super::*;

    const TOKEN: &str = "/oauth/token";

    fn app() -> OAuthApp {
        OAuthApp::new("b1946ac92492d2347c6235b4d2611184")
            .redirect_uri("https://corp.example/callback")
    }

    fn oauth_granted(expires_in: i64) -> Reply {
        Reply::json(
            200,
            &json!({
                "access_token": "acc3ss", "refresh_token": "r3fresh", "token_type": "Bearer",
                "expires_in": expires_in, "scope": "openid email offline_access",
            }),
        )
    }

    /// Answers the first request for tokens by this, the others by tokens.
    fn service(first: Reply, expires_in: i64) -> Server {
        let count = AtomicUsize::new(0);
        Server::start(move |request| {
            if request.is("POST", "/oauth/device/code") {
                return Reply::json(
                    200,
                    &json!({
                        "device_code": "d3vice", "user_code": "ABCD", "interval": 1,
                        "verification_uri": "https://corp.example", "expires_in": 900,
                    }),
                );
            }
            if !request.is("POST", TOKEN) {
                return status_of_a_run();
            }
            match count.fetch_add(1, Ordering::SeqCst) {
                0 => first.clone(),
                _ => oauth_granted(expires_in),
            }
        })
    }

    fn client_of(server: &Server) -> Client {
        builder_of(server)
            .oauth_url(server.url())
            .credentials(Credentials::oauth(app().refresh_token("r3fresh")))
            .build()
            .unwrap()
    }

    #[maybe_async]
    #[test]
    async fn a_page_of_a_firewall_at_the_exchange_of_a_refresh_token_is_not_final() {
        for reply in [
            Reply::page(403, "Request blocked"),
            Reply::page(400, "Bad request"),
            Reply::page(401, "Sign in"),
            Reply::json(
                403,
                &json!({"message": "no healthy upstream", "error": "x"}),
            ),
            Reply::json(
                403,
                &json!({"status": 403, "error": "Forbidden", "path": "/oauth/token"}),
            ),
        ] {
            let server = service(reply, 2100);
            let client = client_of(&server);
            let error = client.cw().get_run_status("r").await.unwrap_err();
            assert!(error.is_auth(), "{error:?}");
            client.cw().get_run_status("r").await.unwrap();
            assert_eq!(server.requests_to("POST", TOKEN).len(), 2);
        }
    }

    #[maybe_async]
    #[test]
    async fn a_refusal_of_the_oauth_service_itself_is_final() {
        let refusal = json!({"error": "unauthorized_client", "error_description": "no"});
        let server = service(Reply::json(403, &refusal), 2100);
        let client = client_of(&server);
        for _ in 0..3 {
            let error = client.cw().get_run_status("r").await.unwrap_err();
            assert_eq!(error.status(), Some(403), "{error:?}");
        }
        assert_eq!(server.requests_to("POST", TOKEN).len(), 1);
    }

    #[maybe_async]
    #[test]
    async fn a_page_of_a_firewall_does_not_end_a_device_log_in() {
        let server = service(Reply::page(403, "Request blocked"), 2100);
        let oauth = builder_of(&server)
            .oauth_url(server.url())
            .oauth(app())
            .unwrap();
        let login = oauth.device_login().await.unwrap();
        oauth.wait_for_device(&login).await.unwrap();
        assert_eq!(server.requests_to("POST", TOKEN).len(), 2);
    }

    /// Whoever exchanges a code is not told that the code was bad, when nobody has seen it.
    #[maybe_async]
    #[test]
    async fn a_page_of_a_firewall_at_the_exchange_of_a_code_is_told_as_one() {
        let server = service(Reply::page(403, "Request blocked"), 2100);
        let oauth = builder_of(&server)
            .oauth_url(server.url())
            .oauth(app())
            .unwrap();
        let error = oauth.exchange_code("c0de").await.unwrap_err();
        assert!(error.to_string().contains("firewall"), "{error}");
        oauth.exchange_code("c0de").await.unwrap();
    }

    /// How another region's host may refuse an app that it does not know.
    fn of_another_region() -> [Reply; 4] {
        [
            Reply::page(403, "Forbidden"),
            Reply::page(404, "Not Found"),
            Reply::json(
                403,
                &json!({"error": "unauthorized_client", "error_description": "Unknown client"}),
            ),
            Reply::json(
                403,
                &json!({"error": "access_denied", "error_description": "Forbidden"}),
            ),
        ]
    }

    fn names_the_region(error: &Error) {
        assert!(error.is_auth(), "{error:?}");
        let text = error.to_string();
        for word in ["region", "ANAPLAN_REGION", "`oauth_url`"] {
            assert!(text.contains(word), "{word}: {text}");
        }
    }

    #[maybe_async]
    #[test]
    async fn a_device_log_in_at_another_regions_host_names_the_region() {
        for reply in of_another_region() {
            let server = Server::start(move |_| reply.clone());
            let oauth = builder_of(&server)
                .oauth_url(server.url())
                .oauth(app())
                .unwrap();
            names_the_region(&oauth.device_login().await.unwrap_err());
        }
    }

    #[maybe_async]
    #[test]
    async fn a_code_or_a_refresh_token_at_another_regions_host_names_the_region() {
        for reply in of_another_region() {
            let server = Server::start(move |_| reply.clone());
            let oauth = builder_of(&server)
                .oauth_url(server.url())
                .oauth(app())
                .unwrap();
            names_the_region(&oauth.exchange_code("c0de").await.unwrap_err());
            names_the_region(&oauth.refresh("r3fresh").await.unwrap_err());
        }
    }

    #[maybe_async]
    #[test]
    async fn a_renewal_at_another_regions_host_names_the_region() {
        for reply in of_another_region() {
            let server = Server::start(move |_| reply.clone());
            let error = client_of(&server)
                .cw()
                .get_run_status("r")
                .await
                .unwrap_err();
            names_the_region(&error);
        }
    }

    #[maybe_async]
    #[test]
    async fn a_client_that_is_unknown_while_a_device_waits_names_the_region() {
        let refusal = json!({"error": "invalid_client", "error_description": "Unknown client"});
        let server = service(Reply::json(403, &refusal), 2100);
        let oauth = builder_of(&server)
            .oauth_url(server.url())
            .oauth(app())
            .unwrap();
        let login = oauth.device_login().await.unwrap();
        names_the_region(&oauth.wait_for_device(&login).await.unwrap_err());
    }

    #[maybe_async]
    #[test]
    async fn an_access_token_that_says_it_has_ended_costs_one_exchange() {
        for expires_in in [0, -1, 1, i64::MAX] {
            let server = service(oauth_granted(expires_in), expires_in);
            let client = client_of(&server);
            for _ in 0..30 {
                client.cw().get_run_status("r").await.unwrap();
            }
            assert_eq!(server.requests_to("POST", TOKEN).len(), 1);
        }
    }
}
