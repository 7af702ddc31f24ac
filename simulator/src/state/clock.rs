//! Time, as the service writes it.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// Milliseconds since the epoch.
pub(crate) type Millis = i64;

/// What the machine's clock says.
pub(crate) fn machine() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
        })
}

/// `2026-06-19T01:30:16.000Z`, as on runs.
pub(crate) fn iso(at: Millis) -> String {
    format(at, "%Y-%m-%dT%H:%M:%S.%3fZ")
}

/// `2026-06-19 01:30:16.000000+00:00`, as on the steps of a flow.
pub(crate) fn spaced(at: Millis) -> String {
    format(at, "%Y-%m-%d %H:%M:%S.%6f+00:00")
}

/// `Fri, 19 Jun 2026 01:30:16 GMT`, as in `Retry-After`.
pub(crate) fn http_date(at: Millis) -> String {
    format(at, "%a, %d %b %Y %H:%M:%S GMT")
}

/// Reads what [`iso`] writes, and its relatives.
pub(crate) fn parse(text: &str) -> Option<Millis> {
    text.parse::<Timestamp>()
        .ok()
        .map(Timestamp::as_millisecond)
}

fn format(at: Millis, pattern: &str) -> String {
    Timestamp::from_millisecond(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .strftime(pattern)
        .to_string()
}

/// A duration in whole milliseconds.
pub(crate) fn millis(duration: std::time::Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX / 4)
}
