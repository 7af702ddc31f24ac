use cloudworks_sim::Simulator;
use serde_json::{Value, json};

use crate::client::{Client, Reply};

const CLIENT: &str = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn post(client: &Client, path: &str, body: Value) -> Reply {
    let headers = [("content-type", "application/json")];
    client
        .ask("POST", path, &headers, Some(body.to_string().as_bytes()))
        .unwrap()
}

fn error(reply: &Reply) -> String {
    reply.json()["error"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn authorization_code_and_rotation() {
    let simulator = Simulator::start();
    let mut client = Client::new(&simulator);
    let query = format!(
        "?response_type=code&client_id={CLIENT}&redirect_uri=https%3A%2F%2Fwww.example.com%2Fcallback\
         &scope=openid%20profile%20email%20offline_access&state=a%20b"
    );
    let reply = client
        .ask("GET", &format!("/auth/authorize{query}"), &[], None)
        .unwrap();
    let location = reply.header("location").unwrap().to_owned();
    assert_eq!(reply.status, 302);
    let code = location
        .strip_prefix("https://www.example.com/callback?code=")
        .and_then(|rest| rest.strip_suffix("&state=a%20b"))
        .unwrap();
    assert!(
        client
            .ask("GET", &format!("/auth/prelogin{query}"), &[], None)
            .unwrap()
            .text()
            .contains("code=")
    );
    let body = json!({
        "grant_type": "authorization_code", "code": code, "client_id": CLIENT, "client_secret": "s",
        "redirect_uri": "https://www.example.com/callback",
    });
    let tokens = post(&client, "/oauth/token", body.clone()).json();
    assert_eq!(
        (&tokens["expires_in"], &tokens["scope"]),
        (&json!(2100), &json!("openid email offline_access"))
    );
    assert_eq!(
        error(&post(&client, "/oauth/token", body)),
        "invalid_grant",
        "a code is good once"
    );
    client.authorization = format!(
        "AnaplanAuthToken {}",
        tokens["access_token"].as_str().unwrap()
    );
    client.get("/integrations").ok();

    let refresh = json!({
        "grant_type": "refresh_token", "client_id": CLIENT, "client_secret": "s",
        "refresh_token": tokens["refresh_token"],
    });
    let form = format!(
        "grant_type=refresh_token&client_id={CLIENT}&refresh_token={}",
        tokens["refresh_token"].as_str().unwrap()
    );
    let as_form = |form: &str| {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        client
            .ask("POST", "/oauth/token", &headers, Some(form.as_bytes()))
            .unwrap()
    };
    assert_eq!(
        error(&as_form(&form)),
        "access_denied",
        "the secret is missing"
    );
    let next = as_form(&format!("{form}&client_secret=s")).json();
    assert_ne!(next["refresh_token"], tokens["refresh_token"]);
    assert_eq!(
        error(&post(&client, "/oauth/token", refresh)),
        "invalid_grant",
        "an old refresh token is spent"
    );
}

#[test]
fn refresh_tokens_may_stay() {
    let simulator = Simulator::builder().rotate_refresh_tokens(false).start();
    let client = Client::new(&simulator);
    let token = simulator.oauth_refresh_token(CLIENT, false);
    let body = json!({"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": token});
    for _ in 0..2 {
        assert_eq!(
            post(&client, "/oauth/token", body.clone())
                .json()
                .get("refresh_token"),
            None
        );
    }
    simulator.oauth_error_once(500, "server_error");
    assert_eq!(post(&client, "/oauth/token", body.clone()).status, 500);
    assert_eq!(post(&client, "/oauth/token", body).status, 200);
    assert_eq!(
        post(&client, "/oauth/token", json!({"client_id": CLIENT})).status,
        401
    );
}

#[test]
fn the_device_grant() {
    let simulator = Simulator::builder().device_interval(0).start();
    let client = Client::new(&simulator);
    let begin = || {
        let reply = post(&client, "/oauth/device/code", json!({"client_id": CLIENT})).json();
        let poll =
            json!({"grant_type": DEVICE, "client_id": CLIENT, "device_code": reply["device_code"]});
        (poll, reply["user_code"].as_str().unwrap().to_owned())
    };
    let poll = |body: &Value| post(&client, "/oauth/token", body.clone());
    let (first, user_code) = begin();
    assert_eq!(error(&poll(&first)), "authorization_pending");
    simulator.oauth_error_once(429, "slow_down");
    assert_eq!(error(&poll(&first)), "slow_down");
    assert!(simulator.approve_device(&user_code));
    assert!(poll(&first).json()["refresh_token"].is_string());
    assert_eq!(error(&poll(&first)), "invalid_grant");
    let (second, user_code) = begin();
    assert!(simulator.deny_device(&user_code));
    assert_eq!(error(&poll(&second)), "access_denied");
    let (third, user_code) = begin();
    assert!(simulator.expire_device(&user_code));
    assert_eq!(error(&poll(&third)), "expired_token");
    assert!(!simulator.approve_device("nobody"));
}

#[test]
fn polling_too_fast() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let reply = post(&client, "/oauth/device/code", json!({"client_id": CLIENT})).json();
    assert_eq!(
        (&reply["interval"], &reply["expires_in"]),
        (&json!(5), &json!(900))
    );
    let poll =
        json!({"grant_type": DEVICE, "client_id": CLIENT, "device_code": reply["device_code"]});
    assert_eq!(
        error(&post(&client, "/oauth/token", poll.clone())),
        "authorization_pending"
    );
    assert_eq!(error(&post(&client, "/oauth/token", poll)), "slow_down");
}
