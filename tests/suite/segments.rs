//! Whatever an id is made of, it arrives as one segment of the path.

use anaplan_sdk::Error;
use anaplan_sdk::models::cloud_works::*;
use cloudworks_sim::{Simulator, estate};

use super::super::calls::{
    CALLS, Call, Ids, blob, flow, import, mine, nightly, other_name, process, told,
};
use super::{Client, client_of, maybe_async, test};

/// Makes every call that names an id in its path, with this id, and gives how each went.
macro_rules! call_all {
    ($($name:ident ($operation:ident): |$c:ident, $ids:ident| $call:expr, $request:literal, $body:literal, $effect:expr;)*) => {
        #[maybe_async]
        async fn call_all(client: &Client, id: &str) -> Vec<(&'static Call, Option<Error>)> {
            let steps = [estate::IMPORT, estate::EXPORT];
            let ids = &Ids::in_paths(id, estate::AZURE_CONNECTION, steps, estate::USER);
            let mut answers = Vec::new();
            $({
                let call = CALLS.iter().find(|call| call.name == stringify!($name)).unwrap();
                if call.operation().path().contains('{') {
                    let ($c, $ids) = (client, ids);
                    let _ = $ids;
                    let answer = $call.await;
                    answers.push((call, answer.map(drop).err()));
                }
            })*
            answers
        }
    };
}
every_call!(call_all);

/// The request of this call with this segment for each id.
fn request_of(call: &Call, segment: &str) -> String {
    let path = call.operation().path();
    let (line, _) = call.request.split_once("/2/0/").unwrap();
    let segments = path.split('/').map(|part| match part {
        "{status}" => "disabled",
        id if id.starts_with('{') => segment,
        part => part,
    });
    let path = segments.collect::<Vec<_>>().join("/");
    format!("{line}/2/0/{path}")
}

#[maybe_async]
#[test]
async fn odd_ids_stay_one_segment_on_the_wire() {
    let sim = Simulator::builder().strict(true).start();
    for (id, segment) in [
        ("a/b", "a%2Fb"),
        ("/", "%2F"),
        ("../x", "..%2Fx"),
        ("...", "..."),
        ("a?b", "a%3Fb"),
        ("a#b", "a%23b"),
        ("100%", "100%25"),
        ("%2e%2e", "%252e%252e"),
        ("%2F", "%252F"),
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("a\\b", "a%5Cb"),
        ("a;b&c=d", "a%3Bb%26c%3Dd"),
        ("\"<{|}>\"", "%22%3C%7B%7C%7D%3E%22"),
        ("line\nbreak", "line%0Abreak"),
        ("Zürich", "Z%C3%BCrich"),
        ("模型", "%E6%A8%A1%E5%9E%8B"),
        ("🦀", "%F0%9F%A6%80"),
    ] {
        sim.clear_requests();
        let answers = call_all(&client_of(&sim), id).await;
        assert!(answers.len() > 20);
        let sent: Vec<_> = sim
            .requests()
            .iter()
            .filter(|request| request.path.contains("/2/0/"))
            .map(|request| format!("{} {}", request.method, request.path))
            .collect();
        let expected: Vec<_> = answers
            .iter()
            .map(|(call, _)| request_of(call, segment))
            .collect();
        assert_eq!(sent, expected, "{id:?}");
        // And the service takes it for one id, of which it knows nothing.
        for (call, error) in &answers {
            // The single reads of the Integration API answer anything for an id that is none.
            if call.request.contains(" /api/") {
                continue;
            }
            let (name, error) = (call.name, error.as_ref().unwrap());
            assert!(error.is_not_found(), "{name} of {id:?}: {error}");
            assert!(!error.to_string().contains("no such route"), "{error}");
        }
    }
}

#[maybe_async]
#[test]
async fn dots_and_nothing_are_refused_before_they_are_sent() {
    let sim = Simulator::builder().strict(true).start();
    for id in ["", ".", ".."] {
        for (call, error) in call_all(&client_of(&sim), id).await {
            let (name, error) = (call.name, error.unwrap());
            assert!(
                matches!(error, Error::Validation(_)),
                "{name} of {id:?}: {error}"
            );
            assert!(!error.may_have_been_applied());
        }
    }
    assert_eq!(sim.requests().len(), 0);
}
