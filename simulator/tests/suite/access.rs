//! Who may ask, by bytes on a socket.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use cloudworks_sim::Simulator;

/// The status of the reply to this request, and the whole of it.
fn ask(simulator: &Simulator, head: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", simulator.port())).unwrap();
    let request = head.replace('\n', "\r\n") + "\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    let status = reply.split(' ').nth(1).unwrap().parse().unwrap();
    (status, reply)
}

#[test]
fn a_page_under_a_name_of_its_own_reads_nothing() {
    let simulator = Simulator::start();
    for path in ["/_sim/state", "/2/0/integrations", "/token/authenticate"] {
        let (status, reply) = ask(
            &simulator,
            &format!("GET {path} HTTP/1.1\nhost: evil.example:8080"),
        );
        assert_eq!(status, 421, "{reply}");
        assert!(!reply.contains("Products"), "{reply}");
    }
    for host in ["localhost", "127.0.0.1:8080", "[::1]:8080"] {
        let (status, _) = ask(
            &simulator,
            &format!("GET /_sim/state HTTP/1.1\nhost: {host}"),
        );
        assert_eq!(status, 200, "{host}");
    }
    assert!(simulator.requests().is_empty());
}

#[test]
fn a_name_that_is_given_is_answered_to() {
    let simulator = Simulator::builder().host("sim.test").start();
    let (status, _) = ask(&simulator, "GET /_sim/state HTTP/1.1\nhost: SIM.test:80");
    assert_eq!(status, 200);
    let (status, _) = ask(&simulator, "GET /_sim/state HTTP/1.1\nhost: other.test");
    assert_eq!(status, 421);
}

#[test]
fn every_name_in_a_request_has_to_be_one_of_this_machine() {
    let simulator = Simulator::builder().host("::2").start();
    for (head, expected) in [
        ("GET /_sim/state HTTP/1.1", 421),
        ("GET /_sim/state HTTP/1.0", 421),
        (
            "GET /_sim/state HTTP/1.1\nhost: localhost\nhost: evil.example",
            421,
        ),
        (
            "GET http://evil.example/_sim/state HTTP/1.1\nhost: localhost",
            421,
        ),
        (
            "GET http://localhost/_sim/state HTTP/1.1\nhost: evil.example",
            421,
        ),
        (
            "GET http://localhost/_sim/state HTTP/1.1\nhost: localhost",
            200,
        ),
        ("GET /_sim/state HTTP/1.1\nhost: user@localhost", 421),
        ("GET /_sim/state HTTP/1.1\nhost: 0.0.0.0", 421),
        ("GET /_sim/state HTTP/1.1\nhost: [::ffff:127.0.0.1]", 421),
        ("GET /_sim/state HTTP/1.1\nhost: 2130706433", 421),
        ("GET /_sim/state HTTP/1.1\nhost: [::2]:8080", 200),
    ] {
        let (status, reply) = ask(&simulator, head);
        assert_eq!(status, expected, "{head}: {reply}");
    }
}

/// A page that rebinds a name of its own sends that name, and never an address.
#[test]
fn at_another_address_it_answers_to_addresses_and_not_to_names() {
    let simulator = Simulator::builder()
        .listen(std::net::Ipv4Addr::UNSPECIFIED)
        .host("sim.test")
        .start();
    for (host, expected) in [
        ("192.0.2.7:8080", 200),
        ("127.0.0.1", 200),
        ("sim.test:8080", 200),
        ("evil.example", 421),
    ] {
        let (status, reply) = ask(
            &simulator,
            &format!("GET /_sim/state HTTP/1.1\nhost: {host}"),
        );
        assert_eq!(status, expected, "{host}: {reply}");
    }
    let (status, _) = ask(
        &simulator,
        "GET /_sim/state HTTP/1.1\nhost: 192.0.2.7\norigin: http://192.0.2.8",
    );
    assert_eq!(status, 403, "a page of another machine");
}

#[test]
fn a_name_that_no_request_can_have_is_refused() {
    for name in [
        "",
        "*",
        "http://sim.test",
        "sim.test:8080",
        "sim.test/2",
        "a b",
    ] {
        let wrong = Simulator::builder().host(name).try_start().unwrap_err();
        assert!(wrong.to_string().contains("host"), "{wrong}");
    }
}

#[test]
fn what_a_browser_sends_without_asking_changes_nothing() {
    let simulator = Simulator::start();
    let post = "POST /_sim/reset HTTP/1.1\nhost: localhost\ncontent-length: 0";
    for content_type in [
        "",
        "\ncontent-type: text/plain",
        "\ncontent-type: application/x-www-form-urlencoded",
        "\ncontent-type: multipart/form-data; boundary=x",
    ] {
        let (status, reply) = ask(&simulator, &format!("{post}{content_type}"));
        assert_eq!(status, 415, "{reply}");
    }
    let json = "\ncontent-type: application/json; charset=utf-8";
    let (status, _) = ask(
        &simulator,
        &format!("{post}{json}\norigin: https://evil.example"),
    );
    assert_eq!(status, 403);
    let (status, _) = ask(&simulator, &format!("{post}{json}\norigin: null"));
    assert_eq!(status, 403);
    let (status, _) = ask(
        &simulator,
        &format!("{post}{json}\norigin: http://localhost:3000"),
    );
    assert_eq!(status, 200);
}

#[test]
fn a_405_says_what_is_allowed() {
    let simulator = Simulator::start();
    let token = simulator.issue_token();
    for (request, allowed) in [
        ("PUT /2/0/integrations", "POST"),
        ("POST /2/0/integrations/runs/1", "GET"),
        ("GET /_sim/reset", "POST"),
        ("PUT /_sim/state", "GET"),
    ] {
        let head = format!(
            "{request} HTTP/1.1\nhost: localhost\nauthorization: AnaplanAuthToken {token}\n\
             content-type: application/json\ncontent-length: 0"
        );
        let (status, reply) = ask(&simulator, &head);
        assert_eq!(status, 405, "{request}: {reply}");
        let allow = reply
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with("allow:"));
        assert!(
            allow.is_some_and(|allow| allow.contains(allowed)),
            "{request}: {reply}"
        );
    }
}
