//! A limit on how many requests may come in a time.

use std::time::{Duration, Instant};

/// A bucket that fills by itself: so many requests at once, and then as fast as they come back.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    requests: f64,
    per: Duration,
    left: f64,
    seen: Option<Instant>,
}

impl Limit {
    pub(crate) fn new(requests: u32, per: Duration) -> Self {
        Self {
            requests: requests.into(),
            per,
            left: requests.into(),
            seen: None,
        }
    }

    /// Lets the request in, or says in how many seconds, whole ones, to come again.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), u64> {
        let passed = self
            .seen
            .map_or(Duration::ZERO, |seen| now.saturating_duration_since(seen));
        self.seen = Some(now);
        let rate = self.requests / self.per.as_secs_f64().max(f64::MIN_POSITIVE);
        self.left = (self.left + passed.as_secs_f64() * rate).min(self.requests);
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.left) / rate).as_secs() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_empties_and_fills() {
        let start = Instant::now();
        let mut limit = Limit::new(2, Duration::from_secs(10));
        assert_eq!(limit.take(start), Ok(()));
        assert_eq!(limit.take(start), Ok(()));
        assert_eq!(limit.take(start), Err(6));
        assert_eq!(limit.take(start + Duration::from_secs(5)), Ok(()));
        assert!(limit.take(start + Duration::from_secs(6)).is_err());
    }
}
