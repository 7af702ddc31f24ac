//! The service's clock, read from the `Date` of its answers: this machine's may be wrong.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use http::header::DATE;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use crate::http::Reply;

/// How far the service's clock is ahead of this machine's, in milliseconds.
///
/// The service states whole seconds, and answers take time to arrive. So each answer gives a lower
/// bound of the difference, and the highest one is the best estimate.
pub(crate) struct ServiceClock {
    offset: AtomicI64,
    /// The time of day in the last `Date`, as it was written.
    told: AtomicU64,
}

/// A difference larger than rounding and delays: one of the two clocks was set.
const CLOCK_WAS_SET: i64 = 5_000;

impl Default for ServiceClock {
    fn default() -> Self {
        Self {
            offset: AtomicI64::new(i64::MIN),
            told: AtomicU64::new(0),
        }
    }
}

impl ServiceClock {
    pub(crate) fn note(&self, reply: &Reply) {
        let Some(date) = reply.header(DATE) else {
            return;
        };
        // `Sun, 06 Nov 1994 08:49:37 GMT`: of the answers of one second, the first says the most.
        let time = date.as_bytes().get(17..25);
        if let Some(time) = time.and_then(|time| time.try_into().ok()) {
            let told = u64::from_ne_bytes(time);
            if self.told.swap(told, Relaxed) == told {
                return;
            }
        }
        if let Some(date) = http_date(date) {
            self.note_offset(date.as_millisecond() - Timestamp::now().as_millisecond());
        }
    }

    fn note_offset(&self, offset: i64) {
        let known = self.offset.load(Relaxed);
        if offset > known || known.saturating_sub(offset) > CLOCK_WAS_SET {
            self.offset.store(offset, Relaxed);
        }
    }

    fn offset(&self) -> i64 {
        match self.offset.load(Relaxed) {
            i64::MIN => 0,
            offset => offset,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_millis(self.offset());
        Timestamp::now()
            .saturating_add(offset)
            .unwrap_or(Timestamp::MAX)
    }
}

/// When the service says that it answered.
pub(crate) fn date_of(reply: &Reply) -> Option<Timestamp> {
    http_date(reply.header(DATE)?)
}

pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_that_was_said_is_nearest_to_the_truth() {
        let clock = ServiceClock::default();
        assert_eq!(clock.offset(), 0);
        for (said, held) in [
            (-700, -700),
            (-100, -100),
            (-900, -100),
            (50, 50),
            (-6_000, -6_000),
            (60_000, 60_000),
        ] {
            clock.note_offset(said);
            assert_eq!(clock.offset(), held, "after {said}");
        }
    }
}
