//! The server and the client find each other.

use serde_json::json;

use super::{Reply, Server, client_of, maybe_async, test};

#[maybe_async]
#[test]
async fn a_reply_of_bytes_is_read() {
    let server = Server::start(|_| Reply::json(200, &json!({"connections": []})));
    let connections = client_of(&server).cw().list_connections().await.unwrap();
    assert!(connections.is_empty());
    let requests = server.requests();
    assert!(requests[0].is("GET", "/2/0/integrations/connections"));
    assert_eq!(
        requests[0].header("authorization"),
        Some("AnaplanAuthToken raw-token")
    );
}
