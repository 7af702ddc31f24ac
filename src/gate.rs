//! The pace of a client and its clones: a fixed limit, and the pause after a 429.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Lets requests through, one at a time when need be.
///
/// Open, it costs one atomic read. After a 429 it closes until the service said, then lets callers
/// in one by one, ever faster while the service is content, until it stands open again.
pub(crate) struct Gate {
    engaged: AtomicBool,
    state: Mutex<State>,
    /// The spacing that a fixed limit demands; zero for none.
    fixed: Duration,
}

struct State {
    /// Nobody passes before.
    closed_until: Instant,
    /// When the next one may pass.
    next: Instant,
    spacing: Duration,
}

/// The first spacing after a pause: the documented rate of a tenant.
const CAREFUL: Duration = Duration::from_millis(100);
/// Below this, spacing is not worth the trouble.
const OPEN: Duration = Duration::from_millis(1);

impl Gate {
    pub(crate) fn new(per_minute: Option<u32>, now: Instant) -> Self {
        let fixed = per_minute.map_or(Duration::ZERO, |n| Duration::from_secs(60) / n.max(1));
        Self {
            engaged: AtomicBool::new(!fixed.is_zero()),
            state: Mutex::new(State {
                closed_until: now,
                next: now,
                spacing: fixed,
            }),
            fixed,
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing in here panics, and a time is as good after a panic as before.
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Reserves a place: how long to wait for it, or `None` to pass at once.
    pub(crate) fn reserve(&self, now: Instant) -> Option<Duration> {
        if !self.engaged.load(Relaxed) {
            return None;
        }
        let mut state = self.state();
        let place = state.next.max(state.closed_until).max(now);
        state.next = place + state.spacing;
        let wait = place - now;
        (!wait.is_zero()).then_some(wait)
    }

    /// Whether the gate was closed while a caller waited for its place: it must reserve again.
    pub(crate) fn is_closed(&self, now: Instant) -> bool {
        self.engaged.load(Relaxed) && self.state().closed_until > now
    }

    /// The service asked for a pause.
    pub(crate) fn close(&self, now: Instant, pause: Duration) {
        let mut state = self.state();
        let until = now + pause;
        if until > state.closed_until {
            state.closed_until = until;
            // Places given out before are void: those who hold them come back for another.
            state.next = until;
        }
        state.spacing = state.spacing.max(CAREFUL);
        self.engaged.store(true, Relaxed);
    }

    /// The service answered without complaint.
    pub(crate) fn ease(&self) {
        if !self.engaged.load(Relaxed) {
            return;
        }
        let mut state = self.state();
        if state.spacing > self.fixed {
            state.spacing = state.spacing.mul_f64(0.9).max(self.fixed);
        }
        if self.fixed.is_zero() && state.spacing < OPEN {
            state.spacing = Duration::ZERO;
            self.engaged.store(false, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_open_gate_lets_everybody_pass() {
        let now = Instant::now();
        let gate = Gate::new(None, now);
        assert!((0..1000).all(|_| gate.reserve(now).is_none()));
    }

    #[test]
    fn a_fixed_limit_spaces_callers_evenly() {
        let now = Instant::now();
        let gate = Gate::new(Some(600), now);
        let waits: Vec<_> = (0..4)
            .map(|_| gate.reserve(now).unwrap_or_default())
            .collect();
        let expected: Vec<_> = (0..4).map(|n| Duration::from_millis(100) * n).collect();
        assert_eq!(waits, expected);
        gate.ease();
        assert_eq!(gate.reserve(now), Some(Duration::from_millis(400)));
    }

    #[test]
    fn a_pause_holds_everybody_then_lets_them_in_one_by_one() {
        let now = Instant::now();
        let gate = Gate::new(None, now);
        gate.close(now, 5 * SECOND);
        assert!(gate.is_closed(now + SECOND));
        assert_eq!(gate.reserve(now + SECOND), Some(4 * SECOND));
        assert_eq!(gate.reserve(now + SECOND), Some(4 * SECOND + CAREFUL));
        assert!(!gate.is_closed(now + 5 * SECOND));
    }

    #[test]
    fn a_shorter_pause_does_not_cut_a_longer_one() {
        let now = Instant::now();
        let gate = Gate::new(None, now);
        gate.close(now, 5 * SECOND);
        gate.close(now, SECOND);
        assert_eq!(gate.reserve(now), Some(5 * SECOND));
    }

    #[test]
    fn content_answers_open_it_again() {
        let now = Instant::now();
        let gate = Gate::new(None, now);
        gate.close(now, SECOND);
        let eased = (0..).take_while(|_| {
            gate.ease();
            gate.engaged.load(Relaxed)
        });
        assert_eq!(eased.count(), 43);
        assert_eq!(gate.reserve(now), None);
    }
}
