//! An answer is whole, or it is an error: <https://www.rfc-editor.org/rfc/rfc9112#section-8>.

use std::time::Duration;

use anaplan_sdk::models::cloud_works::{NotificationId, NotificationType};
use anaplan_sdk::{Error, TransportErrorKind};
use serde_json::json;

use super::super::super::certificates::{self, Leaf};
use super::super::super::server::Act;
use super::{Client, Reply, Server, builder_of, client_of, maybe_async, test};

const CSV: &[u8] = b"Row,Column,Details\n1,Region,\"unknown\"\n2,Region,\"unknown\"\n";

/// The head of a dump without a length, and the first bytes of it.
fn begun(headers: &[(&str, &str)]) -> Reply {
    let mut all = vec![("Content-Type", "text/csv"), ("Connection", "close")];
    all.extend(headers);
    let mut bytes = Reply::head(200, &all);
    bytes.extend_from_slice(CSV);
    Reply::bytes(bytes).then(Act::Wait(Duration::from_millis(50)))
}

fn serve(reply: Reply) -> Server {
    Server::start(move |_| reply.clone())
}

fn serve_tls(reply: Reply) -> (Server, Client) {
    let server = Server::start_tls(certificates::server(Leaf::Good), move |_| reply.clone());
    let client = builder_of(&server).ca_file(certificates::path("ca.pem"));
    let client = client.build().unwrap();
    (server, client)
}

fn encoded(coding: &str, body: &[u8]) -> Reply {
    let headers = [("Content-Type", "text/csv"), ("Content-Encoding", coding)];
    Reply::with(200, &headers, body)
}

fn assert_cut(error: &Error) {
    let Error::Transport(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.kind, TransportErrorKind::Body, "{error}");
}

/// The dump in one, then piece by piece: both are whole, or both are an error.
#[maybe_async]
async fn both(client: &Client) -> [Result<Vec<u8>, Error>; 2] {
    let whole = client.cw().get_import_error_dump("run").await;
    let mut written = Vec::new();
    let opened = client.cw().import_error_dump("run").await;
    let written = match opened {
        Ok(dump) => {
            let bytes = dump.write_to(&mut written).await;
            bytes.map(|_| written)
        }
        Err(error) => Err(error),
    };
    [whole, written]
}

#[maybe_async]
async fn assert_whole(client: &Client, expected: &[u8]) {
    for result in both(client).await {
        let bytes = result.unwrap();
        assert_eq!(bytes, expected);
    }
}

#[maybe_async]
async fn assert_an_error(client: &Client) {
    for result in both(client).await {
        assert_cut(&result.unwrap_err());
    }
}

#[maybe_async]
#[test]
async fn no_length_and_a_reset_in_the_middle() {
    let server = serve(begun(&[]).then(Act::Reset));
    assert_an_error(&client_of(&server)).await;
}

#[maybe_async]
#[test]
async fn no_length_and_closed_in_order_is_whole() {
    let server = serve(begun(&[]).then(Act::Close));
    assert_whole(&client_of(&server), CSV).await;
}

#[maybe_async]
#[test]
async fn tls_without_a_length_ends_without_close_notify() {
    let (_server, client) = serve_tls(begun(&[]).then(Act::Drop));
    assert_an_error(&client).await;
}

#[maybe_async]
#[test]
async fn tls_without_a_length_ends_with_close_notify_and_is_whole() {
    let (_server, client) = serve_tls(begun(&[]).then(Act::Close));
    assert_whole(&client, CSV).await;
}

#[maybe_async]
#[test]
async fn tls_with_a_length_is_whole_without_close_notify() {
    // Said beforehand, so that the next request does not meet the closed connection.
    let headers = [("Content-Type", "text/csv"), ("Connection", "close")];
    let reply = Reply::with(200, &headers, CSV).then(Act::Drop);
    let (_server, client) = serve_tls(reply);
    assert_whole(&client, CSV).await;
}

#[maybe_async]
#[test]
async fn a_length_that_is_not_reached() {
    let length = (CSV.len() + 1).to_string();
    let server = serve(begun(&[("Content-Length", &length)]).then(Act::Close));
    assert_an_error(&client_of(&server)).await;
}

#[maybe_async]
#[test]
async fn a_cut_chunk() {
    let mut bytes = Reply::head(200, &[("Transfer-Encoding", "chunked")]);
    bytes.extend_from_slice(b"20\r\nRow,Column,Details\n");
    let server = serve(Reply::bytes(bytes).then(Act::Close));
    assert_an_error(&client_of(&server)).await;
}

#[maybe_async]
#[test]
async fn chunks_without_the_last_one() {
    let mut bytes = Reply::head(200, &[("Transfer-Encoding", "chunked")]);
    bytes.extend_from_slice(b"13\r\nRow,Column,Details\n\r\n");
    let server = serve(Reply::bytes(bytes).then(Act::Close));
    assert_an_error(&client_of(&server)).await;
}

#[maybe_async]
#[test]
async fn gzip_of_one_member() {
    let server = serve(encoded("gzip", &certificates::gzip(CSV)));
    assert_whole(&client_of(&server), CSV).await;
}

#[maybe_async]
#[test]
async fn gzip_of_two_members() {
    let (first, second) = CSV.split_at(30);
    let members = [certificates::gzip(first), certificates::gzip(second)].concat();
    let server = serve(encoded("gzip", &members));
    assert_whole(&client_of(&server), CSV).await;
}

#[maybe_async]
#[test]
async fn gzip_of_two_members_in_chunks_of_one_byte() {
    let (first, second) = CSV.split_at(30);
    let members = [certificates::gzip(first), certificates::gzip(second)].concat();
    let headers = [
        ("Content-Type", "text/csv"),
        ("Content-Encoding", "gzip"),
        ("Transfer-Encoding", "chunked"),
    ];
    let mut bytes = Reply::head(200, &headers);
    for byte in members {
        bytes.extend_from_slice(b"1\r\n");
        bytes.push(byte);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    let server = serve(Reply::bytes(bytes));
    assert_whole(&client_of(&server), CSV).await;
}

#[maybe_async]
#[test]
async fn gzip_whose_second_member_is_cut() {
    let (first, second) = CSV.split_at(30);
    let mut members = [certificates::gzip(first), certificates::gzip(second)].concat();
    members.truncate(members.len() - 9);
    let server = serve(encoded("gzip", &members));
    assert_an_error(&client_of(&server)).await;
}

#[maybe_async]
#[test]
async fn gzip_whose_second_member_is_cut_in_its_header() {
    let (first, second) = CSV.split_at(30);
    let second = certificates::gzip(second);
    let members = [&certificates::gzip(first)[..], &second[..5]].concat();
    let server = serve(encoded("gzip", &members));
    assert_an_error(&client_of(&server)).await;
}

#[maybe_async]
#[test]
async fn gzip_without_its_checksum() {
    let mut body = certificates::gzip(CSV);
    body.truncate(body.len() - 8);
    let server = serve(encoded("gzip", &body));
    assert_an_error(&client_of(&server)).await;
}

#[maybe_async]
#[test]
async fn gzip_with_a_wrong_checksum() {
    let mut body = certificates::gzip(CSV);
    let at = body.len() - 8;
    body[at] ^= 1;
    let server = serve(encoded("gzip", &body));
    assert_an_error(&client_of(&server)).await;
}

#[maybe_async]
#[test]
async fn gzip_followed_by_something_else() {
    let body = [&certificates::gzip(CSV)[..], b"and more"].concat();
    let server = serve(encoded("gzip", &body));
    assert_an_error(&client_of(&server)).await;
}

#[maybe_async]
#[test]
async fn gzip_in_capitals() {
    let server = serve(encoded("GZIP", &certificates::gzip(CSV)));
    assert_whole(&client_of(&server), CSV).await;
}

#[maybe_async]
#[test]
async fn x_gzip() {
    let server = serve(encoded("x-gzip", &certificates::gzip(CSV)));
    assert_whole(&client_of(&server), CSV).await;
}

#[maybe_async]
#[test]
async fn identity() {
    let server = serve(encoded("identity", CSV));
    assert_whole(&client_of(&server), CSV).await;
}

#[maybe_async]
#[test]
async fn a_coding_that_was_not_asked_for() {
    for coding in ["br", "deflate", "gzip, gzip"] {
        let server = serve(encoded(coding, CSV));
        assert_an_error(&client_of(&server)).await;
    }
}

#[maybe_async]
#[test]
async fn a_part_that_was_not_asked_for() {
    let range = format!("bytes 0-{}/{}", CSV.len() - 1, 2 * CSV.len());
    for range in [range.as_str(), "bytes 0-", "bytes */", ""] {
        let headers = [("Content-Type", "text/csv"), ("Content-Range", range)];
        let server = serve(Reply::with(206, &headers, CSV));
        assert_an_error(&client_of(&server)).await;
    }
}

/// The service has acted, whatever became of its answer.
#[maybe_async]
#[test]
async fn a_part_of_an_answer_to_a_write() {
    let headers = [("Content-Type", "application/json")];
    let body = json!({"status": {"code": 200}}).to_string();
    let server = serve(Reply::with(206, &headers, body));
    let switched = client_of(&server).cw().delete_connection("one").await;
    let error = switched.unwrap_err();
    assert_cut(&error);
    assert!(error.may_have_been_applied(), "{error}");
}

/// The documented name is `notifications`; in both places where it stands, the singular was seen.
#[maybe_async]
#[test]
async fn a_notification_configuration_under_the_singular() {
    let config = json!({
        "notificationId": "n", "integrationIds": ["i"], "channels": ["email"],
        "notification": {"config": [{"type": "full_failure", "users": [{"userGuid": "u"}]}]},
    });
    for key in ["notification", "notifications"] {
        let config = config.clone();
        let server = Server::start(move |_| Reply::json(200, &json!({key: config})));
        let client = client_of(&server);
        let of = NotificationId::from("n");
        let read = client.cw().get_notification_config(of).await.unwrap();
        assert_eq!(read.users(&NotificationType::FullFailure).count(), 1);
    }
    let server = Server::start(|_| Reply::json(200, &json!({})));
    let client = client_of(&server);
    let of = NotificationId::from("n");
    let error = client.cw().get_notification_config(of).await.unwrap_err();
    assert!(error.to_string().contains("notifications"), "{error}");
}
