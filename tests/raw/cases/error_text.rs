//! What a program prints of an error: everything, and nothing twice.

use std::error::Error as _;

use anaplan_sdk::RetryPolicy;
use serde_json::json;

use super::{
    Act, Error, Reply, Server, builder_of, client_of, maybe_async, quick_retries, run_of, test,
};

/// The lines that a program prints which walks through the causes of an error.
fn chain(error: &Error) -> Vec<String> {
    let mut lines = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        lines.push(error.to_string());
        cause = error.source();
    }
    lines
}

/// No line of the chain is said again by another, and `Debug` prints all of them.
fn assert_says_nothing_twice(error: &Error) {
    let chain = chain(error);
    for (i, line) in chain.iter().enumerate() {
        for (j, other) in chain.iter().enumerate() {
            assert!(i == j || !other.contains(line.as_str()), "{chain:#?}");
        }
    }
    let printed = format!("{error:?}");
    let causes = printed.strip_prefix(&chain[0]).unwrap();
    for line in &chain[1..] {
        assert_eq!(printed.matches(line.as_str()).count(), 1, "{printed}");
    }
    assert!(
        causes
            .lines()
            .skip(1)
            .all(|line| line.starts_with("  caused by: ")),
        "{printed}"
    );
    let structure = format!("{error:#?}");
    assert!(
        structure.contains("{\n") || structure.contains("(\n"),
        "{structure}"
    );
}

#[maybe_async]
#[test]
async fn of_a_refused_connection() {
    let server = Server::start(|_| Reply::json(200, &json!({})));
    let client = builder_of(&server)
        .cloudworks_url("http://127.0.0.1:1")
        .build()
        .unwrap();
    let error = client.cw().list_connections().await.unwrap_err();
    assert!(error.source().is_some());
    assert_says_nothing_twice(&error);
}

#[maybe_async]
#[test]
async fn of_a_name_that_is_not_found() {
    let server = Server::start(|_| Reply::json(200, &json!({})));
    let client = builder_of(&server)
        .cloudworks_url("https://nowhere.invalid")
        .build()
        .unwrap();
    let error = client.cw().list_connections().await.unwrap_err();
    assert_says_nothing_twice(&error);
}

#[maybe_async]
#[test]
async fn of_a_connection_that_breaks() {
    let server = Server::start(|_| Reply(vec![Act::Close]));
    let error = client_of(&server)
        .cw()
        .list_connections()
        .await
        .unwrap_err();
    assert_says_nothing_twice(&error);
}

#[maybe_async]
#[test]
async fn of_a_refusal() {
    let server =
        Server::start(|_| Reply::json(400, &json!({"status": {"code": 400, "message": "no"}})));
    let error = client_of(&server)
        .cw()
        .list_connections()
        .await
        .unwrap_err();
    assert_says_nothing_twice(&error);
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[maybe_async]
#[test]
async fn of_an_answer_that_cannot_be_read() {
    let server = Server::start(|_| Reply::json(200, &json!({"connections": 7})));
    let error = client_of(&server)
        .cw()
        .list_connections()
        .await
        .unwrap_err();
    assert_says_nothing_twice(&error);
}

#[maybe_async]
#[test]
async fn of_a_log_in_that_fails() {
    let server = Server::start(|_| Reply::json(503, &json!({})));
    let credentials = anaplan_sdk::Credentials::basic("ada@corp.example", "password");
    let client = builder_of(&server)
        .credentials(credentials)
        .build()
        .unwrap();
    let error = client.cw().list_connections().await.unwrap_err();
    assert!(matches!(error, Error::Auth(_)));
    assert_says_nothing_twice(&error);
}

#[maybe_async]
#[test]
async fn of_a_start_in_doubt() {
    let server = Server::start(|request| match request.method.as_str() {
        "POST" => Reply::json(503, &json!({})),
        _ => Reply::json(
            200,
            &json!({"history_of_runs": {"runs": [], "totalRuns": 0}}),
        ),
    });
    let client = builder_of(&server).retry(quick_retries()).build().unwrap();
    let error = run_of(&client).await;
    assert!(
        matches!(
            error,
            Error::Uncertain {
                source: Some(_),
                ..
            }
        ),
        "{error:#?}"
    );
    assert_says_nothing_twice(&error);
}

#[maybe_async]
#[test]
async fn of_a_run_that_cannot_be_looked_at() {
    let server =
        Server::start(|_| Reply::json(403, &json!({"status": {"code": 403, "message": "no"}})));
    let client = client_of(&server).with_retry(RetryPolicy::none());
    let error = client.cw().wait_for_run("r").await.unwrap_err();
    assert!(matches!(error, Error::Following { .. }), "{error:#?}");
    assert_says_nothing_twice(&error);
}

#[maybe_async]
#[test]
async fn of_a_payload() {
    let server = Server::start(|_| Reply::json(200, &json!({})));
    let error = client_of(&server)
        .cw()
        .flows()
        .create_flow(json!({}))
        .await
        .unwrap_err();
    assert_says_nothing_twice(&error);
}
