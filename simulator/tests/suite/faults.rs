use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cloudworks_sim::{Fault, RetryAfter, Simulator, estate};
use serde_json::json;

use crate::client::Client;

const LIST: &str = "/integrations/connections";

/// All that the simulator sends to one request, to the end of the connection.
fn raw(simulator: &Simulator, method: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", simulator.port()))?;
    let token = simulator.issue_token();
    let request = format!(
        "{method} /2/0{path} HTTP/1.1\r\nhost: localhost\r\nauthorization: AnaplanAuthToken {token}\r\n\
         content-length: 0\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut all = Vec::new();
    stream.read_to_end(&mut all)?;
    Ok(String::from_utf8_lossy(&all).into_owned())
}

fn log(simulator: &Simulator) -> Vec<String> {
    simulator
        .log()
        .into_iter()
        .map(|done| format!("{} {}", done.action, done.noun))
        .collect()
}

fn run_path() -> String {
    format!("/integrations/{}/run", estate::EXPORT)
}

#[test]
fn a_reset_before_does_nothing_and_one_after_does_it() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    simulator.fault(
        Fault::reset_before()
            .on("POST", "/2/0/integrations/*/run")
            .once(),
    );
    client.attempt("POST", &run_path(), None).unwrap_err();
    assert_eq!(log(&simulator), ["fault reset"]);
    assert_eq!(simulator.log()[0].of, "before processing");
    assert_eq!(simulator.runs_of(estate::EXPORT), 1);
    simulator.clear_log();
    simulator.fault(
        Fault::reset_after()
            .on("POST", "/2/0/integrations/*/run")
            .once(),
    );
    client.attempt("POST", &run_path(), None).unwrap_err();
    assert_eq!(log(&simulator), ["started run", "fault reset"]);
    assert_eq!(simulator.log()[1].of, "after processing");
    assert_eq!(simulator.runs_of(estate::EXPORT), 2);
    simulator.fault(Fault::reset_before().once());
    assert_eq!(
        raw(&simulator, "GET", LIST).unwrap_err().kind(),
        std::io::ErrorKind::ConnectionReset
    );
    assert_eq!(simulator.faults_hit(), 3);
}

#[test]
fn bodies_that_end_too_soon_or_too_late() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let whole = client.get(LIST).body.len();
    let with = |fault: Fault| {
        simulator.fault(fault.once());
        let all = raw(&simulator, "GET", LIST).unwrap();
        let (head, body) = all.split_once("\r\n\r\n").unwrap();
        (head.to_ascii_lowercase(), body.len())
    };
    let (head, body) = with(Fault::close_in_body());
    assert!(head.contains(&format!("content-length: {whole}")) && body == whole / 2);
    let (head, body) = with(Fault::content_length_too_long());
    assert!(head.contains(&format!("content-length: {}", whole + 64)) && body == whole);
    let (head, body) = with(Fault::content_length_too_short());
    assert!(head.contains(&format!("content-length: {}", whole / 2)) && body == whole);
    let (head, body) = with(Fault::cut_chunk());
    assert!(head.contains("transfer-encoding: chunked") && body < whole);
    let (head, body) = with(Fault::drip(Duration::ZERO));
    assert!(head.contains(&format!("content-length: {whole}")) && body == whole);
    for fault in [
        Fault::close_in_body(),
        Fault::cut_chunk(),
        Fault::content_length_too_long(),
    ] {
        simulator.fault(fault.once());
        client.attempt("GET", LIST, None).unwrap_err();
    }
    client.get(LIST).ok();
}

#[test]
fn replies_that_are_not_what_they_say() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let with = |fault: Fault| {
        simulator.fault(fault.once());
        client.get(LIST)
    };
    let garbage = with(Fault::garbage());
    assert_eq!(garbage.status, 200);
    assert!(serde_json::from_slice::<serde_json::Value>(&garbage.body).is_err());
    assert_eq!(with(Fault::html()).kind, "text/html");
    assert_eq!(with(Fault::empty_body()).body, b"");
    let lie = with(Fault::gzip_lie());
    assert_eq!(
        (lie.header("content-encoding"), lie.body[0]),
        (Some("gzip"), b'{')
    );
    let cut = with(Fault::gzip_truncated());
    assert_eq!(
        (cut.header("content-encoding"), &cut.body[..2]),
        (Some("gzip"), [0x1f, 0x8b].as_slice())
    );
    let bomb = with(Fault::gzip_bomb(64));
    assert!(bomb.body.len() < 1 << 20);
    let mut grown = 0;
    let mut decoder = flate2::read::GzDecoder::new(bomb.body.as_slice());
    let mut buffer = vec![0; 1 << 16];
    loop {
        match decoder.read(&mut buffer).unwrap() {
            0 => break,
            n => grown += n,
        }
    }
    assert_eq!(grown, 64 << 20);
}

#[test]
fn refusals() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let with = |fault: Fault| {
        simulator.fault(fault.once());
        client.get(LIST)
    };
    let many = with(Fault::too_many_requests(RetryAfter::Seconds(3)));
    assert_eq!((many.status, many.header("retry-after")), (429, Some("3")));
    assert!(
        with(Fault::too_many_requests(RetryAfter::Date(3)))
            .header("retry-after")
            .unwrap()
            .ends_with("GMT")
    );
    assert_eq!(
        with(Fault::too_many_requests(RetryAfter::Missing)).header("retry-after"),
        None
    );
    with(Fault::status(500, "Model Not Found")).is(500, "Model Not Found");
    let redirect = with(Fault::redirect("http://elsewhere.example/x"));
    assert_eq!(
        (redirect.status, redirect.header("location")),
        (307, Some("http://elsewhere.example/x"))
    );
    assert_eq!(with(Fault::unauthorized()).status, 401);
    client.get(LIST).ok();
    assert_eq!(with(Fault::expire_token()).status, 401);
    assert_eq!(client.get(LIST).status, 401, "the token is gone for good");
}

#[test]
fn pages_that_repeat_or_are_missing() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let second = |fault: Option<Fault>| {
        if let Some(fault) = fault {
            simulator.fault(fault.on("GET", "/2/0/integrations?*offset=2*").once());
        }
        client.get("/integrations?limit=2&offset=2").ok()
    };
    let first = client.get("/integrations?limit=2&offset=0").ok();
    assert_eq!(
        second(Some(Fault::repeated_page()))["integrations"],
        first["integrations"]
    );
    assert_eq!(
        second(Some(Fault::missing_page()))["integrations"],
        json!([])
    );
    assert_eq!(
        second(Some(Fault::changing_total(2)))["meta"]["paging"]["totalSize"],
        7
    );
    assert_eq!(second(None)["meta"]["paging"]["totalSize"], 5);
    assert_eq!(
        simulator.requests().last().unwrap().path_and_query(),
        "/2/0/integrations?limit=2&offset=2"
    );
}

#[test]
fn counts_and_chances() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let fault = simulator.fault(
        Fault::status(503, "Busy")
            .on("GET", "/2/0/integrations*")
            .after(1)
            .times(2),
    );
    let statuses: Vec<u16> = (0..4).map(|_| client.get("/integrations").status).collect();
    assert_eq!(statuses, [200, 503, 503, 200]);
    assert_eq!(simulator.fault_hits(fault), 2);
    let chances = || {
        simulator.clear_faults();
        simulator.fault(Fault::status(503, "Busy").with_probability(0.3, 7));
        (0..100)
            .map(|_| client.get(LIST).status)
            .collect::<Vec<_>>()
    };
    let (one, two) = (chances(), chances());
    assert_eq!(one, two);
    assert!((10..60).contains(&one.iter().filter(|status| **status == 503).count()));
}

#[test]
fn a_processed_request_may_still_be_refused() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    simulator.fault(
        Fault::status(503, "Service Unavailable")
            .on("POST", "/2/0/*/run")
            .after_processing()
            .once(),
    );
    assert_eq!(client.post_nothing(&run_path()).status, 503);
    assert_eq!(log(&simulator), ["started run", "fault status"]);
    simulator.fault(Fault::empty_body().before_processing().once());
    simulator.finish_runs();
    assert_eq!(client.post_nothing(&run_path()).status, 200);
    assert_eq!(simulator.runs_of(estate::EXPORT), 2);
}

#[test]
fn a_rate_limit() {
    let simulator = Simulator::builder()
        .rate_limit(3, Duration::from_secs(3600))
        .start();
    let client = Client::new(&simulator);
    let replies: Vec<_> = (0..5).map(|_| client.get(LIST)).collect();
    assert_eq!(
        replies.iter().map(|reply| reply.status).collect::<Vec<_>>(),
        [200, 200, 200, 429, 429]
    );
    assert!(
        replies[3]
            .header("retry-after")
            .unwrap()
            .parse::<u64>()
            .unwrap()
            > 1000
    );
}

#[test]
fn gzip_where_it_is_wanted() {
    let simulator = Simulator::builder().gzip(true).start();
    let client = Client::new(&simulator);
    assert_eq!(client.get(LIST).header("content-encoding"), None);
    let headers = [
        ("authorization", client.authorization.as_str()),
        ("accept-encoding", "gzip"),
    ];
    let reply = client
        .ask("GET", "/2/0/integrations/connections", &headers, None)
        .unwrap();
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(reply.body.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.contains("Sales bucket"));
}

#[test]
fn nobody_listens() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    client.get(LIST).ok();
    simulator.stop_listening();
    let refused = TcpStream::connect(("127.0.0.1", simulator.port())).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    simulator.resume_listening();
    client.get(LIST).ok();
    simulator.fault(Fault::reset_on_accept().times(1));
    raw(&simulator, "GET", LIST).unwrap_err();
    raw(&simulator, "GET", LIST).unwrap();
    simulator.fault(Fault::refuse_for(Duration::from_millis(50)));
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", simulator.port())).is_err()
        && start.elapsed() < Duration::from_secs(10)
    {
        std::thread::sleep(Duration::from_millis(5));
    }
    raw(&simulator, "GET", LIST).unwrap();
}

#[test]
fn histories_that_tell_less() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    let history = format!("/integrations/runs/{}", estate::IMPORT);
    let all = client.get(&history).ok()["history_of_runs"].clone();
    let count = all["runs"].as_array().unwrap().len();
    simulator.fault(Fault::undated_runs().once());
    let undated = client.get(&history).ok()["history_of_runs"]["runs"].clone();
    assert_eq!(undated.as_array().unwrap().len(), count);
    assert!(undated[0].get("startDate").is_none(), "{undated}");
    simulator.fault(Fault::lagging_history().once());
    let lagging = client.get(&history).ok()["history_of_runs"].clone();
    assert_eq!(lagging["runs"].as_array().unwrap().len(), count - 1);
    simulator.fault(Fault::gateway(503).once());
    let gateway = client.get(&history);
    assert_eq!(gateway.status, 503);
    assert!(gateway.text().contains("no healthy upstream"));
    simulator.fault(Fault::wrong_date(3600).once());
    let date = client.get(&history).header("date").unwrap().to_owned();
    let usual = client.get(&history).header("date").unwrap().to_owned();
    assert_ne!(date, usual);
}

#[test]
fn replies_from_the_can() {
    let simulator = Simulator::start();
    let client = Client::new(&simulator);
    simulator.reply_once(
        "GET",
        "/2/0/integrations/*",
        418,
        &[("x-tea", "yes")],
        "short and stout",
    );
    simulator.reply_once("GET", "/2/0/integrations/*", 200, &[], vec![0xff, 0xfe]);
    let first = client.get(LIST);
    assert_eq!(
        (first.status, first.header("x-tea"), first.text().as_str()),
        (418, Some("yes"), "short and stout")
    );
    assert_eq!(client.get(LIST).body, [0xff, 0xfe]);
    client.get(LIST).ok();
}
