use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cloudworks_sim::{Simulator, estate};

use crate::client::{Client, Reply};

fn log_in(client: &Client, email: &str, password: &str) -> Reply {
    let basic = format!("Basic {}", STANDARD.encode(format!("{email}:{password}")));
    client
        .ask(
            "POST",
            "/token/authenticate",
            &[("authorization", &basic)],
            None,
        )
        .unwrap()
}

fn token(client: &Client, method: &str, what: &str, authorization: &str) -> Reply {
    client
        .ask(
            method,
            &format!("/token/{what}"),
            &[("authorization", authorization)],
            None,
        )
        .unwrap()
}

#[test]
fn a_token_from_log_in_to_log_out() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let reply = log_in(&client, "jo.doe@example.com", "password");
    assert_eq!(
        (reply.status, &reply.json()["status"]),
        (201, &"SUCCESS".into())
    );
    let info = reply.json()["tokenInfo"].clone();
    let value = info["tokenValue"].as_str().unwrap().to_owned();
    assert_eq!(info["tokenId"].as_str().unwrap().len(), 36);
    let header = format!("AnaplanAuthToken {value}");

    let validated = token(&client, "GET", "validate", &header).json();
    assert_eq!(validated["userInfo"]["userId"], "jo.doe@example.com");
    assert_eq!(validated["tokenInfo"].get("tokenValue"), None);
    simulator.advance(Duration::from_secs(60));
    let refreshed = token(&client, "POST", "refresh", &header).json()["tokenInfo"].clone();
    assert_eq!(refreshed["tokenValue"], value.as_str());
    assert_eq!(refreshed["refreshTokenId"], info["refreshTokenId"]);
    assert!(
        refreshed["expiresAt"].as_i64().unwrap() >= info["expiresAt"].as_i64().unwrap() + 60_000
    );
    let out = token(&client, "POST", "logout", &header);
    assert_eq!((out.status, out.body.len()), (204, 0));
    for (method, what) in [("GET", "validate"), ("POST", "refresh"), ("POST", "logout")] {
        let reply = token(&client, method, what, &header);
        assert_eq!(
            (reply.status, &reply.json()["status"]),
            (401, &"FAILURE_BAD_CREDENTIAL".into()),
            "{what}"
        );
    }
    assert_eq!(simulator.token_requests(), 3);
}

#[test]
fn tokens_expire_and_are_revoked() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    client.get("/integrations").ok();
    simulator.advance(Duration::from_secs(35 * 60 + 1));
    assert_eq!(client.get("/integrations").status, 401);
    let client = Client::new(&simulator);
    client.get("/integrations").ok();
    simulator.revoke_tokens();
    assert_eq!(client.get("/integrations").status, 401);
}

#[test]
fn refusals() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let reply = log_in(&client, "jo@example.com", "guess");
    assert_eq!(
        (reply.status, &reply.json()["status"]),
        (401, &"FAILURE_BAD_CREDENTIAL".into())
    );
    let bearer = client.authorization.replace("AnaplanAuthToken", "Bearer");
    for (method, what, status) in [
        ("POST", "authenticate", 401),
        ("POST", "logout", 401),
        ("POST", "refresh", 400),
        ("GET", "validate", 400),
    ] {
        for header in ["Nonsense", bearer.as_str()] {
            let reply = token(&client, method, what, header);
            assert_eq!(
                (reply.status, &reply.json()["status"]),
                (status, &"FAILURE_BAD_HEADER".into()),
                "{what}"
            );
        }
    }
    assert_eq!(
        client
            .ask("GET", "/2/0/integrations", &[], None)
            .unwrap()
            .status,
        401
    );
    assert_eq!(
        client
            .ask(
                "GET",
                "/2/0/integrations",
                &[("authorization", &bearer)],
                None
            )
            .unwrap()
            .status,
        200
    );
}

#[test]
fn who_one_is_and_what_one_may() {
    let simulator = Simulator::start();
    let mut client = Client::new(&simulator);
    let me = client
        .ask(
            "GET",
            "/api/2/0/users/me",
            &[("authorization", &client.authorization)],
            None,
        )
        .unwrap();
    assert_eq!(me.json()["user"]["email"], estate::USER_EMAIL);
    let mut become_user = |email: &str| {
        let value = log_in(&client, email, "password").json()["tokenInfo"]["tokenValue"]
            .as_str()
            .unwrap()
            .to_owned();
        client.authorization = format!("AnaplanAuthToken {value}");
        (
            client.get("/integrations"),
            client.get(&format!("/integrations/run/{}/dumps", estate::FAILED_RUN)),
        )
    };
    let (list, _) = become_user("no-workspace@example.com");
    assert_eq!(
        (
            list.status,
            list.json()["integrations"].as_array().unwrap().len()
        ),
        (200, 0)
    );
    assert_eq!(become_user("no-role@example.com").0.status, 403);
    let (list, dump) = become_user("not-entitled@example.com");
    assert_eq!((list.status, dump.status), (200, 452));
}
