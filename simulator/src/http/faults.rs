//! What can go wrong between the service and its client, on order.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;

use crate::state::ids::Chance;

/// The form of a `Retry-After` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// No header at all.
    Missing,
    /// `Retry-After: 3`
    Seconds(u64),
    /// `Retry-After: Fri, 19 Jun 2026 01:30:16 GMT`, so many seconds from now.
    Date(u64),
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    ResetOnAccept,
    RefuseFor(Duration),
    Delay(Duration),
    Reset,
    CloseInBody,
    CutChunk,
    LengthTooLong,
    LengthTooShort,
    Drip(Duration),
    Garbage,
    Html,
    EmptyBody,
    GzipLie,
    GzipTruncated,
    GzipBomb(u64),
    TooManyRequests(RetryAfter),
    Status(u16, String),
    Unauthorized,
    ExpireToken,
    Redirect(String),
    RepeatedPage,
    MissingPage,
    ChangingTotal(i64),
    Gateway(u16),
    WrongDate(i64),
    UndatedRuns,
    LaggingHistory,
}

impl Kind {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::ResetOnAccept => "reset on accept",
            Self::RefuseFor(_) => "refuse",
            Self::Delay(_) => "delay",
            Self::Reset => "reset",
            Self::CloseInBody => "close in body",
            Self::CutChunk => "cut chunk",
            Self::LengthTooLong => "content length too long",
            Self::LengthTooShort => "content length too short",
            Self::Drip(_) => "drip",
            Self::Garbage => "garbage",
            Self::Html => "html",
            Self::EmptyBody => "empty body",
            Self::GzipLie => "gzip lie",
            Self::GzipTruncated => "gzip truncated",
            Self::GzipBomb(_) => "gzip bomb",
            Self::TooManyRequests(_) => "too many requests",
            Self::Status(..) => "status",
            Self::Unauthorized => "unauthorized",
            Self::ExpireToken => "expire token",
            Self::Redirect(_) => "redirect",
            Self::RepeatedPage => "repeated page",
            Self::MissingPage => "missing page",
            Self::ChangingTotal(_) => "changing total",
            Self::Gateway(_) => "gateway",
            Self::WrongDate(_) => "wrong date",
            Self::UndatedRuns => "undated runs",
            Self::LaggingHistory => "lagging history",
        }
    }

    /// Unless told otherwise: a reply that is spoilt was a good one, a refusal comes first.
    fn is_after_processing(&self) -> bool {
        matches!(
            self,
            Self::CloseInBody
                | Self::CutChunk
                | Self::LengthTooLong
                | Self::LengthTooShort
                | Self::Drip(_)
                | Self::Garbage
                | Self::Html
                | Self::EmptyBody
                | Self::GzipLie
                | Self::GzipTruncated
                | Self::GzipBomb(_)
                | Self::RepeatedPage
                | Self::MissingPage
                | Self::ChangingTotal(_)
                | Self::WrongDate(_)
                | Self::UndatedRuns
                | Self::LaggingHistory
        )
    }
}

/// A fault, for [`Simulator::fault`](crate::Simulator::fault): what goes wrong, where, how often, and when.
///
/// Unless narrowed down it strikes every CloudWorks request (`/2/0/…`) until
/// [`Simulator::clear_faults`](crate::Simulator::clear_faults).
///
/// ```
/// use cloudworks_sim::Fault;
///
/// let lost_reply = Fault::reset_after().on("POST", "/2/0/integrations/*/run").once();
/// let bad_weather = Fault::status(503, "Service Unavailable").with_probability(0.05, 42);
/// ```
#[derive(Debug, Clone)]
pub struct Fault {
    pub(crate) kind: Kind,
    method: Option<String>,
    path: String,
    times: Option<usize>,
    skip: usize,
    chance: Option<(f64, Chance)>,
    processed: bool,
    id: u64,
    hits: usize,
}

impl Fault {
    fn new(kind: Kind) -> Self {
        Self {
            processed: kind.is_after_processing(),
            kind,
            method: None,
            path: "/2/0/*".into(),
            times: None,
            skip: 0,
            chance: None,
            id: 0,
            hits: 0,
        }
    }

    /// A connection is reset as soon as it is accepted. It counts connections, and knows no route.
    #[must_use]
    pub fn reset_on_accept() -> Self {
        Self::new(Kind::ResetOnAccept)
    }

    /// Nobody listens at the port for so long: connections are refused, those that are idle closed.
    /// It begins at once, and knows no route and no count.
    #[must_use]
    pub fn refuse_for(duration: Duration) -> Self {
        Self::new(Kind::RefuseFor(duration))
    }

    /// Time passes before the request is processed, or, with [`Fault::after_processing`], before the reply is sent.
    #[must_use]
    pub fn delay(duration: Duration) -> Self {
        Self::new(Kind::Delay(duration))
    }

    /// The connection is reset, and the request not processed.
    #[must_use]
    pub fn reset_before() -> Self {
        Self::new(Kind::Reset)
    }

    /// The request is processed; the connection is reset before any of the reply.
    #[must_use]
    pub fn reset_after() -> Self {
        Self::new(Kind::Reset).after_processing()
    }

    /// The connection is closed in the middle of the body, of which the length was announced.
    #[must_use]
    pub fn close_in_body() -> Self {
        Self::new(Kind::CloseInBody)
    }

    /// The body comes in chunks, and the connection is closed within one.
    #[must_use]
    pub fn cut_chunk() -> Self {
        Self::new(Kind::CutChunk)
    }

    /// `Content-Length` is more than comes before the connection is closed.
    #[must_use]
    pub fn content_length_too_long() -> Self {
        Self::new(Kind::LengthTooLong)
    }

    /// `Content-Length` is half of what comes.
    #[must_use]
    pub fn content_length_too_short() -> Self {
        Self::new(Kind::LengthTooShort)
    }

    /// The body comes a few bytes at a time, with this pause between them.
    #[must_use]
    pub fn drip(pause: Duration) -> Self {
        Self::new(Kind::Drip(pause))
    }

    /// 200, and JSON that breaks off.
    #[must_use]
    pub fn garbage() -> Self {
        Self::new(Kind::Garbage)
    }

    /// 200, and a web page.
    #[must_use]
    pub fn html() -> Self {
        Self::new(Kind::Html)
    }

    /// 200, and nothing.
    #[must_use]
    pub fn empty_body() -> Self {
        Self::new(Kind::EmptyBody)
    }

    /// `Content-Encoding: gzip` on a body that is not.
    #[must_use]
    pub fn gzip_lie() -> Self {
        Self::new(Kind::GzipLie)
    }

    /// Half of a gzip body, of the length that was announced.
    #[must_use]
    pub fn gzip_truncated() -> Self {
        Self::new(Kind::GzipTruncated)
    }

    /// A small gzip body that grows to so many mebibytes.
    #[must_use]
    pub fn gzip_bomb(mebibytes: u64) -> Self {
        Self::new(Kind::GzipBomb(mebibytes))
    }

    /// 429.
    #[must_use]
    pub fn too_many_requests(retry_after: RetryAfter) -> Self {
        Self::new(Kind::TooManyRequests(retry_after))
    }

    /// This status and message, in the service's envelope; not processed.
    /// A 503 that was processed is `Fault::status(503, "…").after_processing()`.
    #[must_use]
    pub fn status(code: u16, message: impl Into<String>) -> Self {
        Self::new(Kind::Status(code, message.into()))
    }

    /// 401, though the token is good.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(Kind::Unauthorized)
    }

    /// The token that came with the request stops being good, just now: 401.
    #[must_use]
    pub fn expire_token() -> Self {
        Self::new(Kind::ExpireToken)
    }

    /// 307 to this address.
    #[must_use]
    pub fn redirect(url: impl Into<String>) -> Self {
        Self::new(Kind::Redirect(url.into()))
    }

    /// A list answers with the page before the one that was asked for.
    #[must_use]
    pub fn repeated_page() -> Self {
        Self::new(Kind::RepeatedPage)
    }

    /// A list answers with an empty page.
    #[must_use]
    pub fn missing_page() -> Self {
        Self::new(Kind::MissingPage)
    }

    /// The total of a list is so much more, or less, than it is.
    #[must_use]
    pub fn changing_total(by: i64) -> Self {
        Self::new(Kind::ChangingTotal(by))
    }

    /// This status with the JSON of a gateway, which is not the service's; not processed.
    #[must_use]
    pub fn gateway(code: u16) -> Self {
        Self::new(Kind::Gateway(code))
    }

    /// The `Date` header of the reply is so many seconds ahead of the service's clock, or behind it.
    #[must_use]
    pub fn wrong_date(seconds: i64) -> Self {
        Self::new(Kind::WrongDate(seconds))
    }

    /// The runs of a history have no dates.
    #[must_use]
    pub fn undated_runs() -> Self {
        Self::new(Kind::UndatedRuns)
    }

    /// A history does not show its newest run yet.
    #[must_use]
    pub fn lagging_history() -> Self {
        Self::new(Kind::LaggingHistory)
    }

    /// Only these requests. `*` stands for any text, in the method and in the path, of which the pattern has to
    /// fit the whole; a pattern with a `?` is held against path and query. Defaults to `*` on `/2/0/*`.
    #[must_use]
    pub fn on(mut self, method: &str, path_pattern: &str) -> Self {
        self.method = (method != "*").then(|| method.to_owned());
        self.path = path_pattern.to_owned();
        self
    }

    /// Only so many times. Defaults to always.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Only once.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Only after so many requests that would have been struck. Defaults to none.
    #[must_use]
    pub fn after(mut self, requests: usize) -> Self {
        self.skip = requests;
        self
    }

    /// Only with this probability; the same seed makes the same choices. Defaults to 1.
    #[must_use]
    pub fn with_probability(mut self, probability: f64, seed: u64) -> Self {
        self.chance = Some((probability, Chance::new(seed)));
        self
    }

    /// The request is processed first.
    #[must_use]
    pub fn after_processing(mut self) -> Self {
        self.processed = true;
        self
    }

    /// The request is not processed.
    #[must_use]
    pub fn before_processing(mut self) -> Self {
        self.processed = false;
        self
    }

    /// Reads `{"kind": "reset_after", "method": "POST", "path": "/2/0/…", "times": 1, …}`.
    pub(crate) fn from_json(value: &Value) -> Result<Self, String> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let number = |name: &str| value.get(name).and_then(Value::as_u64);
        let span = || Duration::from_millis(number("ms").unwrap_or(1000));
        let mut fault = match text("kind").ok_or("a fault has a kind")? {
            "reset_on_accept" => Self::reset_on_accept(),
            "refuse" => Self::refuse_for(span()),
            "delay" => Self::delay(span()),
            "reset_before" => Self::reset_before(),
            "reset_after" => Self::reset_after(),
            "close_in_body" => Self::close_in_body(),
            "cut_chunk" => Self::cut_chunk(),
            "content_length_too_long" => Self::content_length_too_long(),
            "content_length_too_short" => Self::content_length_too_short(),
            "drip" => Self::drip(span()),
            "garbage" => Self::garbage(),
            "html" => Self::html(),
            "empty_body" => Self::empty_body(),
            "gzip_lie" => Self::gzip_lie(),
            "gzip_truncated" => Self::gzip_truncated(),
            "gzip_bomb" => Self::gzip_bomb(number("mebibytes").unwrap_or(128)),
            "too_many_requests" => {
                Self::too_many_requests(match (number("retry_after"), number("retry_after_date")) {
                    (Some(seconds), _) => RetryAfter::Seconds(seconds),
                    (None, Some(seconds)) => RetryAfter::Date(seconds),
                    (None, None) => RetryAfter::Missing,
                })
            }
            "status" => Self::status(
                number("status")
                    .and_then(|code| u16::try_from(code).ok())
                    .unwrap_or(503),
                text("message").unwrap_or("Service Unavailable"),
            ),
            "unauthorized" => Self::unauthorized(),
            "expire_token" => Self::expire_token(),
            "redirect" => Self::redirect(text("url").ok_or("a redirect has a url")?),
            "repeated_page" => Self::repeated_page(),
            "missing_page" => Self::missing_page(),
            "changing_total" => {
                Self::changing_total(value.get("by").and_then(Value::as_i64).unwrap_or(1))
            }
            "gateway" => Self::gateway(
                number("status")
                    .and_then(|code| u16::try_from(code).ok())
                    .unwrap_or(503),
            ),
            "wrong_date" => {
                Self::wrong_date(value.get("seconds").and_then(Value::as_i64).unwrap_or(60))
            }
            "undated_runs" => Self::undated_runs(),
            "lagging_history" => Self::lagging_history(),
            other => return Err(format!("no such fault: {other}")),
        };
        if text("method").is_some() || text("path").is_some() {
            fault = fault.on(
                text("method").unwrap_or("*"),
                text("path").unwrap_or("/2/0/*"),
            );
        }
        if let Some(times) = number("times").and_then(|n| usize::try_from(n).ok()) {
            fault = fault.times(times);
        }
        if let Some(after) = number("after").and_then(|n| usize::try_from(n).ok()) {
            fault = fault.after(after);
        }
        if let Some(probability) = value.get("probability").and_then(Value::as_f64) {
            fault = fault.with_probability(probability, number("seed").unwrap_or(0));
        }
        match value.get("processed").and_then(Value::as_bool) {
            Some(true) => fault = fault.after_processing(),
            Some(false) => fault = fault.before_processing(),
            None => {}
        }
        Ok(fault)
    }

    fn fits(&self, method: &str, path_and_query: &str) -> bool {
        self.method
            .as_ref()
            .is_none_or(|own| own.eq_ignore_ascii_case(method))
            && fits(&self.path, path_and_query)
    }

    /// Counts, throws the dice, and says whether it strikes now.
    fn strikes(&mut self) -> bool {
        if self.times.is_some_and(|times| self.hits >= times) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        if let Some((probability, chance)) = &mut self.chance
            && chance.fraction() >= *probability
        {
            return false;
        }
        self.hits += 1;
        true
    }
}

/// Does the pattern fit the whole text? Without a `?` in it, the query does not count.
pub(crate) fn fits(pattern: &str, path_and_query: &str) -> bool {
    let text = if pattern.contains('?') {
        path_and_query
    } else {
        path_and_query.split('?').next().unwrap_or_default()
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut open = false;
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        open = part.is_empty();
    }
    // A literal last part has to be the end, which the first occurrence need not be.
    rest.is_empty()
        || open
        || pattern
            .rsplit('*')
            .next()
            .is_some_and(|last| pattern.contains('*') && rest.ends_with(last) && !last.is_empty())
}

/// A reply that was written beforehand.
#[derive(Debug, Clone)]
pub(crate) struct Canned {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// All faults in force, and all replies in store.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    faults: Vec<Fault>,
    canned: VecDeque<Canned>,
    given: u64,
    hits_of_cleared: usize,
}

impl Faults {
    pub(crate) fn add(&mut self, mut fault: Fault) -> u64 {
        self.given += 1;
        fault.id = self.given;
        self.faults.push(fault);
        self.given
    }

    pub(crate) fn can(&mut self, canned: Canned) {
        self.canned.push_back(canned);
    }

    pub(crate) fn clear(&mut self) {
        self.hits_of_cleared += self.faults.iter().map(|fault| fault.hits).sum::<usize>();
        self.faults.clear();
        self.canned.clear();
    }

    pub(crate) fn hits(&self) -> usize {
        self.hits_of_cleared + self.faults.iter().map(|fault| fault.hits).sum::<usize>()
    }

    pub(crate) fn hits_of(&self, id: u64) -> usize {
        self.faults
            .iter()
            .find(|fault| fault.id == id)
            .map_or(0, |fault| fault.hits)
    }

    /// The first fault that strikes this request: what, and whether the request is processed.
    pub(crate) fn strike(&mut self, method: &str, path_and_query: &str) -> Option<(Kind, bool)> {
        let of_requests = |kind: &Kind| !matches!(kind, Kind::ResetOnAccept | Kind::RefuseFor(_));
        let mut fitting = self
            .faults
            .iter_mut()
            .filter(|fault| of_requests(&fault.kind) && fault.fits(method, path_and_query));
        fitting.find_map(|fault| {
            fault
                .strikes()
                .then(|| (fault.kind.clone(), fault.processed))
        })
    }

    pub(crate) fn strikes_connection(&mut self) -> bool {
        self.faults
            .iter_mut()
            .any(|fault| fault.kind == Kind::ResetOnAccept && fault.strikes())
    }

    /// Takes the first reply in store for this request.
    pub(crate) fn canned(&mut self, method: &str, path_and_query: &str) -> Option<Canned> {
        let at = self.canned.iter().position(|each| {
            (each.method == "*" || each.method.eq_ignore_ascii_case(method))
                && fits(&each.path, path_and_query)
        })?;
        self.canned.remove(at)
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns() {
        assert!(fits("/a/b", "/a/b?x=1"));
        assert!(!fits("/a/b", "/a/bc"));
        assert!(fits("/a/*", "/a/b/c"));
        assert!(fits("/a/*/run", "/a/b/run"));
        assert!(fits("/a/*/run", "/a/run/run"));
        assert!(!fits("/a/*/run", "/a/b/run/x"));
        assert!(fits("/a?*offset=25*", "/a?limit=25&offset=25"));
        assert!(!fits("/a?*offset=25*", "/a?limit=25&offset=50"));
        assert!(fits("*", "/anything"));
    }
}
