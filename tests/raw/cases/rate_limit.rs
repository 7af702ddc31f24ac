//! A pause that the service asks for ends, whatever its callers do meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{
    Act, Reply, Server, builder_of, give_up_after, maybe_async, sleep, status_of_a_run, test,
    together,
};

/// Answers the first request by a 429 with this pause, and all others after a tenth of a second.
fn service(pause: &'static str) -> Server {
    let first = AtomicBool::new(true);
    Server::start(move |_| {
        if first.swap(false, Ordering::SeqCst) {
            return Reply::with(429, &[("Retry-After", pause)], "");
        }
        let mut reply = status_of_a_run();
        reply.0.insert(0, Act::Wait(Duration::from_millis(100)));
        reply
    })
}

/// Twenty calls a second for nine seconds, each given up after one: with the first, the service
/// asks for a pause of three. Of those that come long after it, most have to succeed.
#[maybe_async]
#[test]
async fn twenty_calls_a_second_given_up_after_one_do_not_stop_the_client() {
    let server = service("3");
    let client = builder_of(&server).build().unwrap();
    let client = &client;
    let answers = together(180, |n| async move {
        sleep(Duration::from_millis(50 * n as u64)).await;
        give_up_after(client, Duration::from_secs(1)).await
    })
    .await;
    let late = answers[120..].iter().filter(|is_there| **is_there).count();
    assert!(late >= 20, "of the last 60 calls, {late} succeeded");
}

/// The places of those who have left are not waited for: 300 of them would take half a minute.
#[maybe_async]
#[test]
async fn after_300_calls_given_up_the_next_one_finds_an_empty_queue() {
    let server = service("2");
    let client = builder_of(&server).build().unwrap();
    let drew = client.cw().get_run_status("r").await.unwrap_err();
    assert!(drew.is_rate_limited(), "{drew:?}");
    let given_up = together(300, |_| give_up_after(&client, Duration::from_millis(200))).await;
    assert!(given_up.iter().all(|is_there| !is_there));
    let patient = client.within(Duration::from_secs(15));
    patient.cw().get_run_status("r").await.unwrap();
}

/// The same with a limit that was set: ten a second.
#[maybe_async]
#[test]
async fn after_300_calls_given_up_a_limit_that_was_set_holds_nobody_up() {
    let server = Server::start(|_| status_of_a_run());
    let client = builder_of(&server)
        .requests_per_minute(600)
        .build()
        .unwrap();
    let answers = together(300, |_| give_up_after(&client, Duration::from_millis(300))).await;
    let sent = answers.iter().filter(|is_there| **is_there).count();
    assert!(sent < 100, "{sent} calls passed at ten a second");
    let patient = client.within(Duration::from_secs(12));
    patient.cw().get_run_status("r").await.unwrap();
}
