//! A request as a value: what is asked, where, and whether it may be asked twice.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::zeroize::Zeroizing;
use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::validation::{Input, ProblemKind, ValidationError, log_warnings};

/// Which of the configured hosts a request goes to. A request cannot name another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    CloudWorks,
    Api,
    Auth,
    OAuth,
}

/// Which API a raw request goes to: never the services that give tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestHost {
    /// CloudWorks.
    CloudWorks,
    /// The Integration API.
    IntegrationApi,
}

impl From<RequestHost> for Host {
    fn from(host: RequestHost) -> Self {
        match host {
            RequestHost::CloudWorks => Self::CloudWorks,
            RequestHost::IntegrationApi => Self::Api,
        }
    }
}

/// What happens when a request arrives twice, in the words of HTTP
/// ([RFC 9110, section 9.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Safety {
    /// Nothing: it only reads.
    Safe,
    /// The same as if it had arrived once. The second request to delete something is answered
    /// with 404.
    Idempotent,
    /// It is done twice.
    NotIdempotent,
}

/// A request to one of the configured hosts, complete but for its authorization.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) host: Host,
    pub(crate) safety: Safety,
    /// Encoded, below the base URL, without a leading slash.
    pub(crate) path: String,
    /// Encoded, without the question mark; empty for none.
    pub(crate) query: String,
    pub(crate) body: Option<Bytes>,
    /// Makes a body anew for every attempt.
    pub(crate) body_factory: Option<BodyFactory>,
    /// Beside the usual ones; empty for almost all requests.
    pub(crate) headers: HeaderMap,
    /// One of a series of polls. It is not retried, and its answers do not change the rate limit.
    pub(crate) is_device_poll: bool,
    /// A segment that no URL can carry.
    unsendable: Option<String>,
}

/// Makes the body of an attempt.
pub(crate) type BodyFactory = Arc<dyn Fn() -> Result<Bytes> + Send + Sync>;

/// The longest path and query that common web servers accept.
const MAX_URL_LENGTH: usize = 8 << 10;

/// All but the characters that RFC 3986 leaves unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The bytes that `SEGMENT` leaves as they are.
static UNRESERVED: [bool; 256] = {
    let mut plain = [false; 256];
    let mut b = 0_u8;
    while b < 128 {
        plain[b as usize] = b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        b += 1;
    }
    plain
};

/// Adds text as it has to stand in a URL, which is nearly always as it is.
fn push_encoded(url: &mut String, text: &str) {
    if text.bytes().all(|b| UNRESERVED[usize::from(b)]) {
        url.push_str(text);
    } else {
        url.extend(utf8_percent_encode(text, SEGMENT));
    }
}

impl Request {
    pub(crate) fn new<const N: usize>(
        operation: &'static str,
        method: Method,
        safety: Safety,
        segments: [&str; N],
    ) -> Self {
        let length = segments.iter().map(|s| s.len() + 1).sum();
        let mut path = String::with_capacity(length);
        let mut unsendable = None;
        for segment in segments {
            // Every URL library resolves dot segments, also encoded ones, and an empty one would
            // address the collection instead of the item.
            if matches!(segment, "" | "." | "..") {
                unsendable = Some(segment.to_owned());
            }
            if !path.is_empty() {
                path.push('/');
            }
            push_encoded(&mut path, segment);
        }
        Self {
            operation,
            method,
            host: Host::CloudWorks,
            safety,
            path,
            query: String::new(),
            body: None,
            body_factory: None,
            headers: HeaderMap::new(),
            is_device_poll: false,
            unsendable,
        }
    }

    /// A `POST` that does something anew each time: it creates, runs or cancels.
    pub(crate) fn post<const N: usize>(operation: &'static str, segments: [&str; N]) -> Self {
        Self::new(operation, Method::POST, Safety::NotIdempotent, segments)
    }

    /// Any path, as the caller wrote it: checked, not encoded.
    pub(crate) fn raw(method: Method, path: &str) -> Result<Self> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = path.strip_prefix('/').unwrap_or(path);
        let odd = |c: char| !c.is_ascii_graphic() || "\\#\"<>^`{|}".contains(c);
        let dots = |s: &str| {
            let s = s.replace("%2e", ".").replace("%2E", ".");
            s.is_empty() || s == "." || s == ".."
        };
        if path.contains(odd)
            || query.contains(odd)
            || path.contains('?')
            || path.split('/').any(dots)
        {
            return Err(ValidationError::single(
                "path",
                ProblemKind::BadFormat,
                format!("`{path}` is not a path below the base URL; percent-encode odd characters"),
            )
            .into());
        }
        let safety = match method {
            Method::GET | Method::HEAD | Method::OPTIONS => Safety::Safe,
            Method::PUT | Method::DELETE => Safety::Idempotent,
            _ => Safety::NotIdempotent,
        };
        let mut request = Self::new("request", method, safety, []);
        path.clone_into(&mut request.path);
        query.clone_into(&mut request.query);
        Ok(request)
    }

    pub(crate) fn at(mut self, host: Host) -> Self {
        self.host = host;
        self
    }

    pub(crate) fn safety(mut self, safety: Safety) -> Self {
        self.safety = safety;
        self
    }

    /// Adds `name=value` to the query; the value is encoded.
    pub(crate) fn query(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.push_str(name);
        self.query.push('=');
        push_encoded(&mut self.query, &value.to_string());
        self
    }

    pub(crate) fn pairs(self, pairs: Vec<(&'static str, &'static str)>) -> Self {
        pairs
            .into_iter()
            .fold(self, |request, (name, value)| request.query(name, value))
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self> {
        let bytes = serde_json::to_vec(body).map_err(|error| {
            ValidationError::single(
                "",
                ProblemKind::WrongType,
                format!("the payload has no JSON form: {error}"),
            )
        })?;
        // It may hold secrets.
        self.body = Some(Bytes::from_owner(Zeroizing::new(bytes)));
        Ok(self)
    }

    /// # Errors
    /// When a segment is empty or made of dots, which no URL can carry as a segment.
    pub(crate) fn check(&self) -> Result<()> {
        if self.path.len() + self.query.len() > MAX_URL_LENGTH {
            let message = format!("longer than the {MAX_URL_LENGTH} bytes that a URL may have");
            return Err(ValidationError::single("path", ProblemKind::OutOfRange, message).into());
        }
        match &self.unsendable {
            None => Ok(()),
            Some(segment) => Err(ValidationError::single(
                "id",
                ProblemKind::BadFormat,
                format!("`{segment}` cannot be an id: expected the id that the service gave"),
            )
            .into()),
        }
    }
}

/// A payload, typed or JSON, checked before anything is sent; warnings are logged.
pub(crate) fn checked<I: Input, P: TryInto<I>>(payload: P) -> Result<I>
where
    Error: From<P::Error>,
{
    let input = payload.try_into()?;
    // The conversion of JSON has checked it already, and logged its warnings.
    let is_json = [typeid::of::<Value>(), typeid::of::<&Value>()].contains(&typeid::of::<P>());
    if !is_json {
        log_warnings(&input.validate()?);
    }
    Ok(input)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use jiff::civil::{date, time};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::models::cloud_works::ScheduleInput;
    use crate::validation::CHECKS;

    /// A type of a program's own that becomes a payload, with the same error as JSON.
    struct OwnSchedule;

    impl TryFrom<OwnSchedule> for ScheduleInput {
        type Error = ValidationError;

        fn try_from(_: OwnSchedule) -> Result<Self, ValidationError> {
            Ok(ScheduleInput::daily()
                .name("")
                .timezone("Europe/Paris")
                .start_date(date(2026, 1, 1))
                .time(time(4, 0, 0, 0))
                .build())
        }
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// How often a payload is checked, which warnings are logged, and what comes of it.
    fn check<P: TryInto<ScheduleInput>>(payload: P) -> (usize, String, Result<ScheduleInput>)
    where
        Error: From<P::Error>,
    {
        let (log, before) = (Log::default(), CHECKS.get());
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .without_time()
            .with_ansi(false)
            .with_target(false)
            .with_writer(move || writer.clone())
            .finish();
        let checked = tracing::subscriber::with_default(subscriber, || checked(payload));
        let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        (CHECKS.get() - before, logged, checked)
    }

    #[test]
    fn each_payload_is_checked_once_and_each_warning_logged_once() {
        let json = json!({
            "name": "End of month", "type": "monthly_specific_day", "timezone": "UTC",
            "startDate": "2026-01-01", "time": "04:00", "dayOfMonth": 31,
        });
        let warning = " WARN some months have no day 31: the schedule passes over them \
                       path=dayOfMonth\n";
        let (checks, logged, typed) = check(&json);
        assert_eq!((checks, logged.as_str()), (1, warning));
        let (checks, logged, _) = check(json);
        assert_eq!((checks, logged.as_str()), (1, warning));
        let (checks, logged, _) = check(typed.unwrap());
        assert_eq!((checks, logged.as_str()), (1, warning));
    }

    #[test]
    fn a_type_with_the_error_of_json_is_checked_all_the_same() {
        let (checks, _, refused) = check(OwnSchedule);
        assert_eq!(checks, 1);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("name: must not be empty"), "{refused}");
    }

    fn get<const N: usize>(segments: [&str; N]) -> Request {
        Request::new("test", Method::GET, Safety::Safe, segments)
    }

    fn path_of(id: &str) -> String {
        get(["integrations", id, "run"]).path
    }

    #[test]
    fn odd_ids_stay_one_segment() {
        for (id, expected) in [
            ("abc123", "integrations/abc123/run"),
            ("a/b", "integrations/a%2Fb/run"),
            ("../x", "integrations/..%2Fx/run"),
            ("a?b#c", "integrations/a%3Fb%23c/run"),
            ("100%", "integrations/100%25/run"),
            ("%2e%2e", "integrations/%252e%252e/run"),
            ("a b", "integrations/a%20b/run"),
            ("é", "integrations/%C3%A9/run"),
        ] {
            assert_eq!(path_of(id), expected);
        }
    }

    #[test]
    fn dots_and_nothing_are_refused() {
        for id in ["", ".", ".."] {
            assert!(get(["integrations", id]).check().is_err());
        }
    }

    #[test]
    fn endless_ids_are_refused() {
        let id = "a".repeat(MAX_URL_LENGTH);
        assert!(get(["integrations", &id]).check().is_err());
    }

    #[test]
    fn raw_paths_stay_below_the_base() {
        for path in [
            "a/../b",
            "..",
            "a/%2e%2E/b",
            "a//b",
            "http://x y",
            "a\\b",
            "a#b",
            "a b",
        ] {
            assert!(Request::raw(Method::GET, path).is_err(), "{path}");
        }
        let request = Request::raw(Method::GET, "/integrations?limit=1&offset=2").unwrap();
        assert_eq!(request.path, "integrations");
        assert_eq!(request.query, "limit=1&offset=2");
    }

    proptest! {
        #[test]
        fn any_id_is_one_segment_or_refused(id in "\\PC*") {
            let request = get(["integrations", &id, "run"]);
            if request.check().is_ok() {
                let segments: Vec<_> = request.path.split('/').collect();
                prop_assert_eq!(segments.len(), 3);
                let decoded = percent_encoding::percent_decode_str(segments[1]).decode_utf8().unwrap();
                prop_assert_eq!(decoded, id);
                prop_assert!(!request.path.contains(['?', '#', ' ', '\\']));
            }
        }
    }
}
