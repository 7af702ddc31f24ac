//! What docs/observability.md promises: names and fields of spans and events, the same on both clients.

#![cfg(all(feature = "async", feature = "blocking"))]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anaplan_sdk::{Credentials, RetryPolicy};
use cloudworks_sim::{Fault, RetryAfter, Simulator, estate};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// A field's value, as it came: numbers and texts are told apart.
#[derive(Clone, Debug, PartialEq)]
enum Recorded {
    Number(u64),
    Text(String),
    Debug,
}

type Fields = BTreeMap<String, Recorded>;

/// A span or an event: its level and name, its fields, and the spans around it.
#[derive(Clone, Debug)]
struct Seen {
    name: String,
    fields: Fields,
    within: Vec<String>,
}

impl Seen {
    fn text(&self, name: &str) -> &str {
        match self.fields.get(name) {
            Some(Recorded::Text(text)) => text,
            other => panic!("{name}: {other:?} in {self:?}"),
        }
    }

    fn number(&self, name: &str) -> u64 {
        match self.fields.get(name) {
            Some(Recorded::Number(number)) => *number,
            other => panic!("{name}: {other:?} in {self:?}"),
        }
    }
}

struct Reader<'a>(&'a mut Fields);

impl Visit for Reader<'_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().into(), Recorded::Number(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0
            .insert(field.name().into(), Recorded::Text(value.into()));
    }

    fn record_debug(&mut self, field: &Field, _: &dyn std::fmt::Debug) {
        self.0.insert(field.name().into(), Recorded::Debug);
    }
}

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<Seen>>>);

impl Notes {
    fn note(&self, metadata: &Metadata<'_>, fields: Fields, within: Vec<String>) {
        if metadata.target() != "anaplan_sdk" {
            return;
        }
        let seen = Seen {
            name: format!("{} {}", metadata.level(), metadata.name()),
            fields,
            within,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(seen);
    }

    /// What was seen since the last time.
    fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Notes {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::new();
        attributes.record(&mut Reader(&mut fields));
        let around = context.span_scope(id).into_iter().flatten().skip(1);
        let within = around.map(|span| span.name().to_owned()).collect();
        self.note(attributes.metadata(), fields, within);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::new();
        event.record(&mut Reader(&mut fields));
        let around = context.event_scope(event).into_iter().flatten();
        let within = around.map(|span| span.name().to_owned()).collect();
        self.note(event.metadata(), fields, within);
    }
}

/// The same calls on one client: a list that is sent twice, a refusal, a dump, and a log-out.
macro_rules! calls {
    ($face:path, $sim:expr $(, .$await:tt)?) => {{
        use $face as Client;
        let sim: &Simulator = $sim;
        let builder = Client::builder()
            .credentials(Credentials::basic(estate::USER_EMAIL, "password"))
            .cloudworks_url(sim.cloudworks_url())
            .auth_url(sim.auth_url())
            .retry(RetryPolicy::default());
        let client = builder.clone().build().unwrap();
        sim.fault(Fault::too_many_requests(RetryAfter::Seconds(0)).once());
        client.cw().list_integrations()$(.$await)?.unwrap();
        client.cw().get_integration("nobody")$(.$await)?.unwrap_err();
        client.cw().get_import_error_dump(estate::FAILED_RUN)$(.$await)?.unwrap();
        client.cw().import_error_dump(estate::FAILED_RUN)$(.$await)?.unwrap();
        client.log_out()$(.$await)?.unwrap();
        sim.stop_listening();
        let once = builder.retry(RetryPolicy::none()).build().unwrap();
        once.cw().list_connections()$(.$await)?.unwrap_err();
        sim.resume_listening();
    }};
}

#[test]
fn names_and_fields_are_as_promised() {
    let notes = Notes::default();
    let subscriber = tracing_subscriber::registry().with(notes.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let sim = Simulator::start();
    calls!(anaplan_sdk::blocking::Client, &sim);
    is_as_promised(&notes.take(), "blocking");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { calls!(anaplan_sdk::Client, &sim, .await) });
    is_as_promised(&notes.take(), "async");
}

fn is_as_promised(seen: &[Seen], face: &str) {
    let named = |name: &str| -> Vec<&Seen> { seen.iter().filter(|one| one.name == name).collect() };
    for span in ["anaplan", "anaplan.list", "anaplan.stream", "anaplan.token"] {
        let spans = named(&format!("INFO {span}"));
        assert!(!spans.is_empty(), "{face}: {span}");
        for one in spans {
            assert_eq!(one.fields.len(), 1, "{face}: {one:?}");
            one.text("operation");
        }
    }
    let attempts = named("DEBUG anaplan.attempt");
    for one in &attempts {
        let mut names: Vec<&str> = one.fields.keys().map(String::as_str).collect();
        names.retain(|name| !["message", "status"].contains(name));
        let expected = [
            "attempt",
            "elapsed_ms",
            "method",
            "operation",
            "outcome",
            "path",
        ];
        assert_eq!(names, expected, "{face}: {one:?}");
        one.number("elapsed_ms");
    }
    let told: Vec<String> = attempts
        .iter()
        .map(|one| {
            let status = one.fields.contains_key("status");
            let status = status.then(|| one.number("status").to_string());
            format!(
                "{} {} {} {} {} {}",
                one.text("operation"),
                one.number("attempt"),
                one.text("method"),
                one.text("path"),
                status.as_deref().unwrap_or("-"),
                one.text("outcome")
            )
        })
        .collect();
    let run = format!("integrations/run/{}/dumps", estate::FAILED_RUN);
    let expected = [
        "authenticate 1 POST token/authenticate 201 ok".to_owned(),
        "list_integrations 1 GET integrations 429 refused".to_owned(),
        "list_integrations 2 GET integrations 200 ok".to_owned(),
        "get_integration 1 GET integrations/nobody 404 refused".to_owned(),
        format!("get_import_error_dump 1 GET {run} 200 ok"),
        format!("get_import_error_dump 1 GET {run} 200 ok"),
        "log_out 1 POST token/logout 204 ok".to_owned(),
        "authenticate 1 POST token/authenticate - not_connected".to_owned(),
    ];
    assert_eq!(told, expected, "{face}");
    // A token request stands in the span of the call that needs the token.
    assert_eq!(
        attempts[0].within,
        ["anaplan.token", "anaplan", "anaplan.list"],
        "{face}"
    );
    assert_eq!(attempts[6].within, ["anaplan.token"], "{face}");
    let waits = named("DEBUG anaplan.wait");
    assert_eq!(waits.len(), 1, "{face}: {waits:?}");
    assert_eq!(waits[0].text("operation"), "list_integrations");
    waits[0].number("after_ms");
    let failed: Vec<&str> = named("DEBUG anaplan.failed")
        .iter()
        .map(|one| one.text("operation"))
        .collect();
    assert_eq!(failed, ["get_integration", "list_connections"], "{face}");
}
