//! OAuth: log-ins, and staying logged in by a refresh token that is good once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anaplan_sdk::secrecy::{ExposeSecret, SecretString};
use anaplan_sdk::{
    BoxError, Credentials, Error, FileTokenStore, OAuthApp, RetryPolicy, TokenStore,
};
use cloudworks_sim::{Fault, Recorded, Simulator, estate};
use serde_json::json;

use super::auth::text_of;
use super::{Client, builder_of, maybe_async, test, together};

const APP: &str = "b1946ac92492d2347c6235b4d2611184";

/// A file for a refresh token, in a directory of its own.
fn token_file(test: &str) -> PathBuf {
    let name = format!("tokens-{}-{test}", env!("CARGO_CRATE_NAME"));
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory.join("token")
}

fn app(path: &Path) -> OAuthApp {
    OAuthApp::new(APP).store(FileTokenStore::new(path))
}

fn client_with(sim: &Simulator, app: OAuthApp) -> Client {
    builder_of(sim)
        .credentials(Credentials::oauth(app))
        .retry(RetryPolicy::default().first_delay(Duration::from_millis(20)))
        .build()
        .unwrap()
}

fn exchanges(sim: &Simulator) -> Vec<Recorded> {
    sim.requests_to("POST", "/oauth/token")
}

#[maybe_async]
#[test]
async fn a_rotating_token_outlives_the_program() {
    let sim = Simulator::start();
    let path = token_file("rotating");
    let seed = sim.oauth_refresh_token(APP, true);
    for start in 0..3 {
        // The seed is the same at each start: what the store holds is newer.
        let app = app(&path)
            .client_secret("s3cret")
            .refresh_token(seed.as_str());
        let client = client_with(&sim, app);
        client.current_user().await.unwrap();
        sim.revoke_tokens();
        client.current_user().await.unwrap();
        assert_eq!(exchanges(&sim).len(), 2 * (start + 1));
    }
    let sent: Vec<_> = exchanges(&sim)
        .iter()
        .map(|request| request.json.clone().unwrap())
        .collect();
    let tokens: std::collections::BTreeSet<_> = sent
        .iter()
        .map(|body| body["refresh_token"].to_string())
        .collect();
    assert_eq!(tokens.len(), 6, "each is sent once");
    assert_eq!(sent[0]["refresh_token"], seed.as_str());
    assert_eq!(sent[0]["grant_type"], "refresh_token");
    assert_eq!(sent[0]["client_id"], APP);
    assert_eq!(sent[0]["client_secret"], "s3cret");
    assert_eq!(sent[0].as_object().unwrap().len(), 4);
    assert_eq!(exchanges(&sim)[0].header("authorization"), None);
    // The access token travels as any other.
    let call = &sim.requests_to("GET", "/api/2/0/users/me")[0];
    assert!(
        call.header("authorization")
            .unwrap()
            .starts_with("AnaplanAuthToken ")
    );
    // Nor is it ended: the token service does not know it.
    assert_eq!(sim.requests_to("POST", "/token/logout").len(), 0);
}

#[maybe_async]
#[test]
async fn a_token_that_does_not_rotate_needs_no_store() {
    let sim = Simulator::builder().rotate_refresh_tokens(false).start();
    let seed = sim.oauth_refresh_token(APP, false);
    for _ in 0..2 {
        let client = client_with(&sim, OAuthApp::new(APP).refresh_token(seed.as_str()));
        client.current_user().await.unwrap();
        client.log_out().await.unwrap();
        client.current_user().await.unwrap();
    }
    assert_eq!(exchanges(&sim).len(), 4);
    assert_eq!(sim.requests_to("POST", "/token/logout").len(), 0);
}

#[maybe_async]
#[test]
async fn five_hundred_calls_exchange_one_token() {
    let sim = Simulator::builder()
        .latency(Duration::from_millis(60))
        .start();
    let path = token_file("many");
    let seed = sim.oauth_refresh_token(APP, false);
    let client = client_with(&sim, app(&path).refresh_token(seed));
    client.current_user().await.unwrap();
    sim.clear_requests();
    let (client, simulator) = (&client, &sim);
    let results = together(500, |n| async move {
        if n == 250 {
            simulator.revoke_tokens();
        }
        client.cw().list_connections().await
    })
    .await;
    let failed: Vec<_> = results.iter().filter_map(|r| r.as_ref().err()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(exchanges(&sim).len(), 1);
}

#[maybe_async]
#[test]
async fn programs_that_share_a_store_take_turns() {
    let sim = Simulator::start();
    let path = token_file("shared");
    fs::write(&path, sim.oauth_refresh_token(APP, false)).unwrap();
    let clients: Vec<_> = (0..8).map(|_| client_with(&sim, app(&path))).collect();
    let clients = &clients;
    let results = together(8, |n| async move { clients[n].current_user().await }).await;
    for result in results {
        result.unwrap();
    }
    assert_eq!(exchanges(&sim).len(), 8);
}

/// A store that fails, or brings the program to its end, at the save of this number.
struct Fragile {
    file: FileTokenStore,
    saves: AtomicUsize,
    fails_at: usize,
}

impl Fragile {
    fn new(path: &Path, fails_at: usize) -> Arc<Self> {
        Arc::new(Self {
            file: FileTokenStore::new(path),
            saves: AtomicUsize::new(0),
            fails_at,
        })
    }
}

impl TokenStore for Fragile {
    fn load(&self) -> Result<Option<SecretString>, BoxError> {
        self.file.load()
    }

    fn save(&self, text: &SecretString) -> Result<(), BoxError> {
        if self.saves.fetch_add(1, Ordering::Relaxed) + 1 == self.fails_at {
            return Err("no space left on the device".into());
        }
        self.file.save(text)
    }

    fn name(&self) -> String {
        "the fragile store".into()
    }
}

#[maybe_async]
#[test]
async fn a_crash_between_exchange_and_save_is_told_with_what_to_do() {
    let sim = Simulator::builder().device_interval(1).start();
    let path = token_file("crash");
    fs::write(&path, sim.oauth_refresh_token(APP, false)).unwrap();
    // The second save is the one after the exchange. The program ends there.
    let doomed = client_with(&sim, OAuthApp::new(APP).store(Fragile::new(&path, 2)));
    doomed.current_user().await.unwrap_err();
    drop(doomed);

    let client = client_with(&sim, app(&path));
    let error = client.current_user().await.unwrap_err();
    let text = text_of(&error);
    assert!(error.is_auth(), "{text}");
    assert!(
        text.contains("an exchange of this refresh token began at 20"),
        "{text}"
    );
    assert!(
        text.contains("log in again by `OAuth::device_login`"),
        "{text}"
    );
    assert!(text.contains(&path.display().to_string()), "{text}");
    // What is used up is not sent again.
    let before = exchanges(&sim).len();
    client.current_user().await.unwrap_err();
    assert_eq!(exchanges(&sim).len(), before);

    // Somebody does what it says, and the client that runs goes on by itself.
    let oauth = builder_of(&sim).oauth(app(&path)).unwrap();
    let login = oauth.device_login().await.unwrap();
    assert!(sim.approve_device(&login.user_code));
    oauth.wait_for_device(&login).await.unwrap();
    client.current_user().await.unwrap();
}

#[maybe_async]
#[test]
async fn a_crash_before_the_exchange_is_recovered_from() {
    let sim = Simulator::start();
    let path = token_file("early-crash");
    let token = sim.oauth_refresh_token(APP, false);
    let marked = json!({"refresh_token": token, "exchange_began": "2026-06-19T01:30:16Z"});
    fs::write(&path, marked.to_string()).unwrap();
    let client = client_with(&sim, app(&path));
    client.current_user().await.unwrap();
    let kept = fs::read_to_string(&path).unwrap();
    assert!(
        !kept.contains("exchange_began") && !kept.contains(&token),
        "{kept}"
    );
}

#[maybe_async]
#[test]
async fn saving_that_fails_is_told_at_once_and_made_up_for() {
    let sim = Simulator::start();
    let path = token_file("full");
    fs::write(&path, sim.oauth_refresh_token(APP, false)).unwrap();
    let client = client_with(&sim, OAuthApp::new(APP).store(Fragile::new(&path, 2)));
    let error = client.current_user().await.unwrap_err();
    let text = text_of(&error);
    assert!(
        text.contains("could not be saved in the fragile store"),
        "{text}"
    );
    assert!(text.contains("no space left on the device"), "{text}");
    assert_eq!(
        sim.requests_to("GET", "/api/").len(),
        0,
        "the token was used"
    );
    // The store has been mended: nothing is exchanged anew.
    client.current_user().await.unwrap();
    assert_eq!(exchanges(&sim).len(), 1);
    let next = client_with(&sim, app(&path));
    next.current_user().await.unwrap();
}

#[maybe_async]
#[test]
async fn a_store_that_cannot_be_written_uses_nothing_up() {
    let sim = Simulator::start();
    let token = sim.oauth_refresh_token(APP, false);
    let nowhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-such-directory/token");
    let client = client_with(&sim, app(&nowhere).refresh_token(token.as_str()));
    let error = client.current_user().await.unwrap_err();
    assert!(
        error.to_string().contains("no refresh token was used up"),
        "{error}"
    );
    assert_eq!(exchanges(&sim).len(), 0);
    let empty = client_with(&sim, app(&token_file("empty")));
    let error = empty.current_user().await.unwrap_err();
    assert!(
        error.to_string().contains("holds no refresh token yet"),
        "{error}"
    );
}

#[maybe_async]
#[test]
async fn trouble_at_the_service_is_waited_out_and_a_wrong_secret_is_not() {
    let sim = Simulator::start();
    let path = token_file("trouble");
    fs::write(&path, sim.oauth_refresh_token(APP, true)).unwrap();
    sim.fault(
        Fault::status(503, "down")
            .on("POST", "/oauth/token")
            .times(2),
    );
    let wrong = client_with(&sim, app(&path));
    for _ in 0..3 {
        let error = wrong.current_user().await.unwrap_err();
        assert!(error.to_string().contains("client secret"), "{error}");
    }
    assert_eq!(exchanges(&sim).len(), 3);
    // The token has survived it all.
    let right = client_with(&sim, app(&path).client_secret("s3cret"));
    right.current_user().await.unwrap();
}

/// Follows the browser's way: where does this page send it?
fn redirect_of(sim: &Simulator, url: &str) -> String {
    use std::io::{Read, Write};

    let path = url.strip_prefix(&sim.oauth_url()).unwrap();
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", sim.port())).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    let location = page
        .lines()
        .find_map(|line| line.strip_prefix("location: "));
    location.unwrap_or_else(|| panic!("{page}")).to_owned()
}

#[maybe_async]
#[test]
async fn a_web_log_in_from_the_url_to_the_client() {
    let sim = Simulator::start();
    let path = token_file("web");
    let app = app(&path)
        .client_secret("s3cret")
        .redirect_uri("https://corp.example/callback?from=anaplan");
    let oauth = builder_of(&sim).oauth(app.clone()).unwrap();
    let login = oauth.authorization().unwrap();
    let redirected = redirect_of(&sim, login.url());

    let stranger = oauth.exchange_redirect(&redirected, "another").await;
    assert!(matches!(stranger, Err(Error::Auth(_))));
    assert_eq!(exchanges(&sim).len(), 0);

    let tokens = oauth
        .exchange_redirect(&redirected, login.state())
        .await
        .unwrap();
    assert!(tokens.expires_in().is_some() && tokens.id_token().is_some());
    assert_eq!(tokens.scope(), Some("openid email offline_access"));
    let user = oauth.validate(tokens.access_token()).await.unwrap();
    assert_eq!(user.user_email.as_deref(), Some(estate::USER_EMAIL));
    assert!(user.expires_at.is_some() && user.user_id.is_some());

    // A code is good once.
    let again = oauth
        .exchange_redirect(&redirected, login.state())
        .await
        .unwrap_err();
    assert!(text_of(&again).contains("Log in again"), "{again}");

    // What was granted is in the store: the client needs nothing else.
    let client = client_with(&sim, app);
    client.current_user().await.unwrap();

    let bad = SecretString::from("n0ne");
    let error = oauth.validate(&bad).await.unwrap_err();
    assert!(error.is_auth() && error.status() == Some(401), "{error}");
}

#[maybe_async]
#[test]
async fn tokens_of_many_users_are_exchanged_by_hand() {
    let sim = Simulator::start();
    let app = OAuthApp::new(APP).client_secret("s3cret");
    let oauth = builder_of(&sim).oauth(app).unwrap();
    let first = sim.oauth_refresh_token(APP, true);
    let tokens = oauth.refresh(first.as_str()).await.unwrap();
    let second = tokens.refresh_token().unwrap().expose_secret().to_owned();
    assert_ne!(first, second);
    let client = builder_of(&sim)
        .credentials(Credentials::token(tokens.access_token().clone()))
        .build()
        .unwrap();
    client.current_user().await.unwrap();
    let error = oauth.refresh(first.as_str()).await.unwrap_err();
    assert!(!text_of(&error).contains(&first), "{error}");
    oauth.refresh(second).await.unwrap();
}

#[maybe_async]
#[test]
async fn a_device_log_in_waits_for_its_user() {
    let sim = Simulator::builder().device_interval(1).start();
    let path = token_file("device");
    let oauth = builder_of(&sim).oauth(app(&path)).unwrap();
    let login = oauth.device_login().await.unwrap();
    assert!(login.expires_in > Duration::from_secs(60));
    // One poll finds the way broken, one that nobody has said anything yet.
    sim.fault(Fault::reset_before().on("POST", "/oauth/token").once());
    sim.oauth_error_once(403, "authorization_pending");
    assert!(sim.approve_device(&login.user_code));
    let began = Instant::now();
    oauth.wait_for_device(&login).await.unwrap();
    assert!(
        began.elapsed() >= Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(exchanges(&sim).len(), 3);
    let client = client_with(&sim, app(&path));
    client.current_user().await.unwrap();
}

#[maybe_async]
#[test]
async fn slow_down_slows_down_and_is_not_retried() {
    let sim = Simulator::builder().device_interval(1).start();
    let oauth = builder_of(&sim)
        .retry(RetryPolicy::default())
        .oauth(OAuthApp::new(APP))
        .unwrap();
    let login = oauth.device_login().await.unwrap();
    sim.oauth_error_once(429, "slow_down");
    assert!(sim.approve_device(&login.user_code));
    let began = Instant::now();
    let tokens = oauth.wait_for_device(&login).await.unwrap();
    // 1 s, then 1 + 5.
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(7), "{took:?}");
    assert_eq!(exchanges(&sim).len(), 2);
    assert!(tokens.refresh_token().is_some());
}

#[maybe_async]
#[test]
async fn a_device_log_in_that_comes_to_nothing() {
    let sim = Simulator::builder().device_interval(1).start();
    let oauth = builder_of(&sim).oauth(OAuthApp::new(APP)).unwrap();
    let login = oauth.device_login().await.unwrap();
    assert!(sim.deny_device(&login.user_code));
    let error = oauth.wait_for_device(&login).await.unwrap_err();
    assert!(error.to_string().contains("the user said no"), "{error}");

    let login = oauth.device_login().await.unwrap();
    assert!(sim.expire_device(&login.user_code));
    let error = oauth.wait_for_device(&login).await.unwrap_err();
    assert!(
        error.to_string().contains("start the log-in again"),
        "{error}"
    );

    let nobody = builder_of(&sim).oauth(OAuthApp::new("nobody")).unwrap();
    let error = nobody.device_login().await.unwrap_err();
    assert!(
        error.is_auth() && error.to_string().contains("client id"),
        "{error}"
    );
}
