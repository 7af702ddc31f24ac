//! How to wait.

use std::time::Duration;

/// How long to wait for a run, and how often to look.
///
/// The first look comes after [`first_delay`](Self::first_delay), each next one after half as
/// long again, up to [`longest_delay`](Self::longest_delay); a random part of up to a quarter is
/// taken off each delay, so that many waits do not look all at once. The last look is at the
/// deadline.
///
/// # Default
/// A deadline of an hour, a first delay of 2 s, a longest delay of 30 s; a run that is already
/// under way is an error.
///
/// ```
/// use std::time::Duration;
/// use anaplan_sdk::runs::WaitOptions;
///
/// let options = WaitOptions::default()
///     .deadline(Duration::from_secs(4 * 3600))
///     .longest_delay(Duration::from_secs(60))
///     .join_running(true);
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitOptions {
    deadline: Duration,
    first_delay: Duration,
    longest_delay: Duration,
    join_running: bool,
}

impl Default for WaitOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(3600),
            first_delay: Duration::from_secs(2),
            longest_delay: Duration::from_secs(30),
            join_running: false,
        }
    }
}

impl WaitOptions {
    /// How long to wait in all, from the moment at which the start was first sent, also where that
    /// was refused and a run is joined; of a run that was started before, from the moment at which
    /// it is followed. Defaults to an hour.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The delay before the first look. Defaults to 2 s.
    #[must_use]
    pub const fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// The longest delay between two looks. Defaults to 30 s.
    #[must_use]
    pub const fn longest_delay(mut self, delay: Duration) -> Self {
        self.longest_delay = delay;
        self
    }

    /// Waits for the run that is already under way instead of failing (409). Defaults to `false`.
    #[must_use]
    pub const fn join_running(mut self, join: bool) -> Self {
        self.join_running = join;
        self
    }

    /// The same, but no longer than there is time left.
    #[cfg(feature = "_client")]
    pub(crate) fn within(self, left: Option<Duration>) -> Self {
        self.deadline(self.deadline.min(left.unwrap_or(Duration::MAX)))
    }

    #[cfg(feature = "_client")]
    pub(crate) const fn time(&self) -> Duration {
        self.deadline
    }

    #[cfg(feature = "_client")]
    pub(crate) const fn joins(&self) -> bool {
        self.join_running
    }

    /// The delay before look number `look`, 0 for the first, `jitter` from 0 to 1.
    #[cfg(any(feature = "_client", test))]
    fn delay(&self, look: u32, jitter: f64) -> Duration {
        let factor = 1.5_f64.powi(i32::try_from(look).unwrap_or(i32::MAX).min(64));
        let full = self.first_delay.as_secs_f64() * factor;
        let full = full.min(self.longest_delay.as_secs_f64());
        Duration::try_from_secs_f64(full * (1.0 - jitter / 4.0)).unwrap_or(self.longest_delay)
    }
}

#[cfg(feature = "_client")]
mod timer {
    use std::time::{Duration, Instant};

    use super::WaitOptions;

    /// When to poll next. Dropping and repeating a wait does not change it.
    #[derive(Clone, Debug)]
    pub(crate) struct PollTimer {
        options: WaitOptions,
        began: Instant,
        looks: u32,
        due: Instant,
    }

    impl PollTimer {
        /// The deadline is reckoned from `began`.
        pub(crate) fn new(options: WaitOptions, began: Instant) -> Self {
            let now = Instant::now();
            let mut timer = Self {
                options,
                began,
                looks: 0,
                due: now,
            };
            timer.due = timer.capped(now, timer.options.delay(0, fastrand::f64()));
            timer
        }

        /// How long to sleep before the next look.
        pub(crate) fn until_due(&self) -> Duration {
            self.due.saturating_duration_since(Instant::now())
        }

        /// A look was taken.
        pub(crate) fn looked(&mut self) {
            self.looks += 1;
            let delay = self.options.delay(self.looks, fastrand::f64());
            self.due = self.capped(Instant::now(), delay);
        }

        pub(crate) fn elapsed(&self) -> Duration {
            self.began.elapsed()
        }

        pub(crate) fn is_over(&self) -> bool {
            self.elapsed() >= self.options.deadline
        }

        /// How long a look may take: to the deadline, and a moment for one that is taken there.
        pub(crate) fn time_for_a_look(&self) -> Duration {
            let left = self.options.deadline.saturating_sub(self.elapsed());
            left.max(Duration::from_secs(5))
        }

        fn capped(&self, now: Instant, delay: Duration) -> Instant {
            let left = self
                .options
                .deadline
                .saturating_sub(now.duration_since(self.began));
            now.checked_add(delay.min(left)).unwrap_or(now)
        }
    }
}

#[cfg(feature = "_client")]
pub(crate) use timer::PollTimer;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_the_longest_and_jitter_takes_off_a_quarter_at_most() {
        let options = WaitOptions::default();
        let seconds = |look, jitter| options.delay(look, jitter).as_secs_f64();
        let full: Vec<f64> = (0..9).map(|look| seconds(look, 0.0)).collect();
        assert_eq!(
            full,
            [2.0, 3.0, 4.5, 6.75, 10.125, 15.1875, 22.78125, 30.0, 30.0]
        );
        assert_eq!(seconds(0, 1.0), 1.5);
        assert_eq!(seconds(u32::MAX, 1.0), 22.5);
    }

    #[test]
    fn odd_options_do_no_harm() {
        let zero = WaitOptions::default().first_delay(Duration::ZERO);
        assert_eq!(zero.delay(100, 0.5), Duration::ZERO);
        let endless = WaitOptions::default()
            .first_delay(Duration::MAX)
            .longest_delay(Duration::MAX);
        assert_eq!(endless.delay(5, 0.0), Duration::MAX);
    }
}
