//! The service's clock, as its answers tell it: this machine's may be wrong.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use http::header::DATE;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use crate::transport::Reply;

/// How far the service's clock is ahead of this machine's, in milliseconds.
#[derive(Default)]
pub(crate) struct ServiceClock(AtomicI64);

impl ServiceClock {
    pub(crate) fn note(&self, reply: &Reply) {
        if let Some(date) = date_of(reply) {
            let ahead = date.as_millisecond() - Timestamp::now().as_millisecond();
            self.0.store(ahead, Relaxed);
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.0.load(Relaxed));
        Timestamp::now()
            .saturating_add(ahead)
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
