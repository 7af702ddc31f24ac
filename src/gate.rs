//! The pace of a client and its clones: a fixed limit, and the pause after a 429.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Lets requests through, one at a time when need be.
///
/// Open, it costs one atomic read. After a 429 it closes until the service said, then lets callers
/// in by their turn, ever faster while the service is content, until it stands open again.
pub(crate) struct Gate {
    engaged: AtomicBool,
    state: Mutex<State>,
    /// The spacing that a fixed limit demands; zero for none.
    fixed: Duration,
}

struct State {
    /// Nobody passes before.
    closed_until: Instant,
    spacing: Duration,
    /// The last turn that was given out.
    issued: u64,
    /// The turns that may pass, and the part of the next one that has gone by.
    admitted: f64,
    /// The time up to which `admitted` is reckoned.
    since: Instant,
}

/// A caller's place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn(u64);

/// The first spacing after a pause: the documented rate of a tenant.
const CAREFUL: Duration = Duration::from_millis(100);
/// The longest pause for all, whatever the service says: a caller that is told of a longer one
/// fails, and the next may try.
const LONGEST: Duration = Duration::from_secs(120);
/// Below this, spacing is not worth the trouble.
const OPEN: Duration = Duration::from_millis(1);
/// Those far back look up this often: the queue may have become faster.
const LOOK_UP: Duration = Duration::from_millis(250);

impl Gate {
    pub(crate) fn new(per_minute: Option<u32>, now: Instant) -> Self {
        let fixed = per_minute.map_or(Duration::ZERO, |n| Duration::from_secs(60) / n.max(1));
        Self {
            engaged: AtomicBool::new(!fixed.is_zero()),
            state: Mutex::new(State {
                closed_until: now,
                spacing: fixed,
                issued: 0,
                admitted: 1.0,
                since: now,
            }),
            fixed,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics, and a time is as good after a panic as before.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether everybody passes.
    pub(crate) fn is_open(&self) -> bool {
        !self.engaged.load(Relaxed)
    }

    /// A place in the queue, if there is a queue.
    pub(crate) fn enter(&self, now: Instant) -> Option<Turn> {
        if !self.engaged.load(Relaxed) {
            return None;
        }
        let mut state = self.state();
        state.advance(now);
        state.issued += 1;
        Some(Turn(state.issued))
    }

    /// How long until a look whether it is one's turn; `None` when it is.
    pub(crate) fn wait(&self, turn: Turn, now: Instant) -> Option<Duration> {
        if !self.engaged.load(Relaxed) {
            return None;
        }
        let mut state = self.state();
        state.advance(now);
        if now < state.closed_until {
            return Some((state.closed_until - now).min(LOOK_UP));
        }
        let before = turn.0 as f64 - state.admitted;
        (before > 0.0).then(|| state.spacing.mul_f64(before).clamp(OPEN, LOOK_UP))
    }

    /// The service asked for a pause.
    pub(crate) fn close(&self, now: Instant, pause: Duration) {
        let mut state = self.state();
        if self.engaged.load(Relaxed) {
            state.advance(now);
        } else {
            state.admitted = state.issued as f64;
            state.since = now;
        }
        state.closed_until = state.closed_until.max(now + pause.min(LONGEST));
        state.spacing = state.spacing.max(CAREFUL);
        self.engaged.store(true, Relaxed);
    }

    /// The service answered without complaint.
    pub(crate) fn ease(&self, now: Instant) {
        if !self.engaged.load(Relaxed) {
            return;
        }
        let mut state = self.state();
        // Answers to what was sent before the pause say nothing of the time after it.
        if now < state.closed_until || state.spacing <= self.fixed {
            return;
        }
        state.advance(now);
        state.spacing = state.spacing.mul_f64(0.9).max(self.fixed);
        if self.fixed.is_zero() && state.spacing < OPEN {
            state.spacing = Duration::ZERO;
            self.engaged.store(false, Relaxed);
        }
    }
}

impl State {
    fn advance(&mut self, now: Instant) {
        let from = self.since.max(self.closed_until);
        if now > from && !self.spacing.is_zero() {
            self.admitted += (now - from).as_secs_f64() / self.spacing.as_secs_f64();
            // Time without callers is not saved up for a crowd.
            self.admitted = self.admitted.min(self.issued as f64 + 1.0);
        }
        self.since = self.since.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// When each of `callers` passes, if all come at `start`, in tenths of a second.
    fn passes(gate: &Gate, callers: usize, start: Instant) -> Vec<u64> {
        let turns: Vec<_> = (0..callers).map(|_| gate.enter(start)).collect();
        let step = Duration::from_millis(10);
        let pass = |turn: Turn| {
            let mut now = start;
            while gate.wait(turn, now).is_some() {
                now += step;
            }
            ((now - start).as_millis() as u64 + 50) / 100
        };
        turns.into_iter().map(|turn| turn.map_or(0, pass)).collect()
    }

    #[test]
    fn an_open_gate_lets_everybody_pass() {
        let now = Instant::now();
        let gate = Gate::new(None, now);
        assert!((0..1000).all(|_| gate.enter(now).is_none()));
    }

    #[test]
    fn a_fixed_limit_spaces_callers_evenly() {
        let now = Instant::now();
        let gate = Gate::new(Some(600), now);
        assert_eq!(passes(&gate, 4, now), [0, 1, 2, 3]);
        gate.ease(now + 10 * SECOND);
        assert_eq!(passes(&gate, 3, now + 10 * SECOND), [0, 1, 2]);
    }

    #[test]
    fn a_pause_holds_everybody_then_lets_them_in_one_by_one() {
        let now = Instant::now();
        let gate = Gate::new(None, now);
        gate.close(now, 5 * SECOND);
        assert_eq!(passes(&gate, 3, now), [51, 52, 53]);
    }

    #[test]
    fn a_shorter_pause_does_not_cut_a_longer_one() {
        let now = Instant::now();
        let gate = Gate::new(None, now);
        gate.close(now, 5 * SECOND);
        gate.close(now, SECOND);
        assert_eq!(passes(&gate, 1, now), [51]);
    }

    #[test]
    fn those_who_wait_are_held_by_a_pause_that_comes_later() {
        let now = Instant::now();
        let gate = Gate::new(Some(600), now);
        let turns = [gate.enter(now).unwrap(), gate.enter(now).unwrap()];
        assert_eq!(gate.wait(turns[0], now), None);
        gate.close(now, SECOND);
        assert_eq!(gate.wait(turns[1], now + SECOND / 2), Some(LOOK_UP));
        assert_eq!(gate.wait(turns[1], now + 2 * SECOND), None);
    }

    #[test]
    fn content_answers_open_it_again() {
        let now = Instant::now();
        let gate = Gate::new(None, now);
        gate.close(now, SECOND);
        gate.ease(now);
        assert_eq!(
            passes(&gate, 1, now),
            [11],
            "an answer from before the pause"
        );
        let after = now + 2 * SECOND;
        let eased = (0..).take_while(|_| {
            gate.ease(after);
            gate.engaged.load(Relaxed)
        });
        assert_eq!(eased.count(), 43);
        assert_eq!(gate.enter(after), None);
    }

    #[test]
    fn the_queue_grows_faster_for_those_who_wait_already() {
        let now = Instant::now();
        let gate = Gate::new(None, now);
        gate.close(now, Duration::ZERO);
        let last = (0..100).map(|_| gate.enter(now)).last().flatten().unwrap();
        for _ in 0..22 {
            gate.ease(now);
        }
        // A hundred turns at a tenth of the first spacing.
        assert!(gate.wait(last, now + SECOND / 2).is_some());
        assert_eq!(gate.wait(last, now + SECOND), None);
    }
}
