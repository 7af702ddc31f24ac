//! The rate limit of a client and its clones: one that was set, and the pause after a 429.
//!
//! Both are one queue: with two, callers would pass the limit, wait for the end of the pause, and
//! leave all at once. Nothing in here sleeps or asks a clock: the time is an argument.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::lock::unpoisoned;

/// Lets requests pass at the rate that is permitted.
///
/// Without a limit, it costs one atomic read. After a 429 no request passes until the pause is over;
/// then callers pass one after the other, ever faster while the service answers without
/// another 429, until there is no limit any more.
pub(crate) struct RateLimiter {
    is_limiting: AtomicBool,
    state: Mutex<State>,
    /// The time between two requests under the limit that was set; zero for none.
    fixed: Duration,
}

struct State {
    /// No request passes before this time.
    paused_until: Instant,
    /// The time between two requests.
    interval: Duration,
    /// How many requests may be sent now, and the part of the next one that has come due.
    permits: f64,
    /// The time up to which `permits` is reckoned.
    since: Instant,
    /// Those who wait, by their numbers, in the order in which they came.
    waiting: VecDeque<u64>,
    next_number: u64,
    /// Callers have given up while they waited, and there has been a queue since.
    some_gave_up: bool,
    /// Whose turn it is next where callers give up.
    newest_is_next: bool,
}

/// A caller's place in the queue. Dropping it before its turn gives it back, so that nothing is
/// reserved for callers who have left.
pub(crate) struct QueuePlace<'a> {
    limiter: &'a RateLimiter,
    number: u64,
}

/// The first interval after a pause: the documented rate of a tenant.
const FIRST_INTERVAL: Duration = Duration::from_millis(100);
/// The longest pause for all callers. If the service asks for a longer one, that call fails and the
/// next may try.
const MAX_PAUSE: Duration = Duration::from_secs(120);
/// A shorter interval counts as none.
const MIN_INTERVAL: Duration = Duration::from_millis(1);
/// How long a caller sleeps at most before it looks again: others may have left the queue.
const RECHECK_INTERVAL: Duration = Duration::from_millis(250);

impl RateLimiter {
    pub(crate) fn new(per_minute: Option<u32>, now: Instant) -> Self {
        let fixed = per_minute.map_or(Duration::ZERO, |n| Duration::from_secs(60) / n.max(1));
        Self {
            is_limiting: AtomicBool::new(!fixed.is_zero()),
            state: Mutex::new(State {
                paused_until: now,
                interval: fixed,
                permits: 1.0,
                since: now,
                waiting: VecDeque::new(),
                next_number: 0,
                some_gave_up: false,
                newest_is_next: false,
            }),
            fixed,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }

    /// Whether requests are held back at all.
    pub(crate) fn is_limiting(&self) -> bool {
        self.is_limiting.load(Relaxed)
    }

    /// A place in the queue, if requests are held back.
    pub(crate) fn enter(&self, now: Instant) -> Option<QueuePlace<'_>> {
        if !self.is_limiting() {
            return None;
        }
        let mut state = self.state();
        state.advance(now);
        let number = state.next_number;
        state.next_number += 1;
        state.waiting.push_back(number);
        Some(QueuePlace {
            limiter: self,
            number,
        })
    }

    /// The service asked for a pause.
    pub(crate) fn pause(&self, now: Instant, pause: Duration) {
        let mut state = self.state();
        state.permits = 0.0;
        state.since = now;
        state.paused_until = state.paused_until.max(now + pause.min(MAX_PAUSE));
        state.interval = state.interval.max(FIRST_INTERVAL);
        self.is_limiting.store(true, Relaxed);
    }

    /// The service answered without complaint.
    pub(crate) fn answered(&self, now: Instant) {
        if !self.is_limiting() {
            return;
        }
        let mut state = self.state();
        // Answers to what was sent before the pause say nothing of the time after it.
        if now < state.paused_until || state.interval <= self.fixed {
            return;
        }
        state.advance(now);
        state.interval = state.interval.mul_f64(0.9).max(self.fixed);
        if self.fixed.is_zero() && state.interval < MIN_INTERVAL {
            state.interval = Duration::ZERO;
            self.is_limiting.store(false, Relaxed);
        }
    }
}

impl QueuePlace<'_> {
    /// How long until the next look whether it is this caller's turn; `None` when it is, and the
    /// request may be sent.
    pub(crate) fn wait(&self, now: Instant) -> Option<Duration> {
        if !self.limiter.is_limiting() {
            return None;
        }
        let mut state = self.limiter.state();
        state.advance(now);
        // Without a place it has passed already.
        let position = state.position(self.number)?;
        let look_again = (state.interval / 2).clamp(MIN_INTERVAL, RECHECK_INTERVAL);
        if now < state.paused_until {
            return Some(state.paused_until - now + look_again.min(state.interval));
        }
        let turn = state.turn(position) as f64;
        if state.permits >= turn {
            state.permits -= 1.0;
            state.waiting.remove(position);
            state.newest_is_next = !state.newest_is_next;
            return None;
        }
        let until = state.interval.mul_f64(turn - state.permits);
        Some(until.clamp(MIN_INTERVAL, look_again))
    }
}

impl Drop for QueuePlace<'_> {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        if let Some(position) = state.position(self.number) {
            state.waiting.remove(position);
            // After the end of the limit, leaving the queue is not giving up.
            state.some_gave_up = self.limiter.is_limiting();
        }
        if state.waiting.is_empty() {
            state.some_gave_up = false;
        }
    }
}

impl State {
    fn position(&self, number: u64) -> Option<usize> {
        self.waiting.binary_search(&number).ok()
    }

    /// The turn of this caller, from 1.
    ///
    /// First come, first served. But where callers give up, those who have waited longest have
    /// the least time left, and may leave before their answer comes: with only the oldest served,
    /// no call at all might succeed. So every second turn is then given to the newest.
    fn turn(&self, position: usize) -> usize {
        if !self.some_gave_up {
            return position + 1;
        }
        let from_the_end = self.waiting.len() - 1 - position;
        let (as_oldest, as_newest) = if self.newest_is_next {
            (2 * position + 2, 2 * from_the_end + 1)
        } else {
            (2 * position + 1, 2 * from_the_end + 2)
        };
        as_oldest.min(as_newest).min(self.waiting.len())
    }

    /// Reckons the permits up to now.
    fn advance(&mut self, now: Instant) {
        let from = self.since.max(self.paused_until);
        if now > from && !self.interval.is_zero() {
            self.permits += (now - from).as_secs_f64() / self.interval.as_secs_f64();
        }
        // Unused permits are not saved up, or many callers could pass at once later.
        self.permits = self.permits.min(self.waiting.len().max(1) as f64);
        self.since = self.since.max(now);
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MILLISECOND: Duration = Duration::from_millis(1);

    /// When each of `callers` passes, if all come at `start`, in tenths of a second.
    fn passes(limiter: &RateLimiter, callers: usize, start: Instant) -> Vec<u64> {
        let places: Vec<_> = (0..callers).map(|_| limiter.enter(start)).collect();
        let step = Duration::from_millis(10);
        let pass = |place: QueuePlace<'_>| {
            let mut now = start;
            while place.wait(now).is_some() {
                now += step;
            }
            ((now - start).as_millis() as u64 + 50) / 100
        };
        places
            .into_iter()
            .map(|place| place.map_or(0, pass))
            .collect()
    }

    #[test]
    fn without_a_limit_everybody_passes() {
        let now = Instant::now();
        let limiter = RateLimiter::new(None, now);
        assert!((0..1000).all(|_| limiter.enter(now).is_none()));
    }

    #[test]
    fn a_fixed_limit_spaces_callers_evenly() {
        let now = Instant::now();
        let limiter = RateLimiter::new(Some(600), now);
        assert_eq!(passes(&limiter, 4, now), [0, 1, 2, 3]);
        limiter.answered(now + 10 * SECOND);
        assert_eq!(passes(&limiter, 3, now + 10 * SECOND), [0, 1, 2]);
    }

    #[test]
    fn a_pause_holds_everybody_then_lets_them_in_one_by_one() {
        let now = Instant::now();
        let limiter = RateLimiter::new(None, now);
        limiter.pause(now, 5 * SECOND);
        assert_eq!(passes(&limiter, 3, now), [51, 52, 53]);
    }

    #[test]
    fn a_shorter_pause_does_not_cut_a_longer_one() {
        let now = Instant::now();
        let limiter = RateLimiter::new(None, now);
        limiter.pause(now, 5 * SECOND);
        limiter.pause(now, SECOND);
        assert_eq!(passes(&limiter, 1, now), [51]);
    }

    #[test]
    fn those_who_wait_are_held_by_a_pause_that_comes_later() {
        let now = Instant::now();
        let limiter = RateLimiter::new(Some(600), now);
        let places = [limiter.enter(now).unwrap(), limiter.enter(now).unwrap()];
        assert_eq!(places[0].wait(now), None);
        limiter.pause(now, SECOND);
        // Half a second of the pause, and then a look.
        let wait = places[1].wait(now + SECOND / 2);
        assert_eq!(wait, Some(Duration::from_millis(550)));
        assert_eq!(places[1].wait(now + 2 * SECOND), None);
    }

    #[test]
    fn good_answers_end_the_limit() {
        let now = Instant::now();
        let limiter = RateLimiter::new(None, now);
        limiter.pause(now, SECOND);
        limiter.answered(now);
        assert_eq!(
            passes(&limiter, 1, now),
            [11],
            "an answer from before the pause"
        );
        let after = now + 2 * SECOND;
        let answers = (0..).take_while(|_| {
            limiter.answered(after);
            limiter.is_limiting()
        });
        assert_eq!(answers.count(), 43);
        assert!(limiter.enter(after).is_none());
    }

    #[test]
    fn the_queue_grows_faster_for_those_who_wait_already() {
        let now = Instant::now();
        let limiter = RateLimiter::new(None, now);
        limiter.pause(now, Duration::ZERO);
        let mut places: Vec<_> = (0..100).filter_map(|_| limiter.enter(now)).collect();
        let last = places.pop().unwrap();
        for _ in 0..22 {
            limiter.answered(now);
        }
        // A hundred turns at a tenth of the first interval.
        assert!(last.wait(now + SECOND / 2).is_some());
        assert_eq!(last.wait(now + SECOND), None);
    }

    #[test]
    fn the_places_of_those_who_left_are_not_waited_for() {
        let now = Instant::now();
        for limiter in [
            RateLimiter::new(Some(600), now),
            RateLimiter::new(None, now),
        ] {
            limiter.pause(now, 3 * SECOND);
            for n in 0..300 {
                drop(limiter.enter(now + n * MILLISECOND));
            }
            assert_eq!(passes(&limiter, 1, now + SECOND), [21]);
            // Nor are they when the pause is long over.
            let late = now + 10 * SECOND;
            drop((0..300).map(|_| limiter.enter(late)).collect::<Vec<_>>());
            assert_eq!(passes(&limiter, 2, late), [0, 1]);
        }
    }

    #[test]
    fn whoever_passes_is_not_in_the_queue_any_more() {
        let now = Instant::now();
        let limiter = RateLimiter::new(Some(600), now);
        let place = limiter.enter(now).unwrap();
        assert_eq!(place.wait(now), None);
        assert!(limiter.state().waiting.is_empty());
        drop(place);
        assert!(!limiter.state().some_gave_up, "it had passed");
    }

    #[test]
    fn where_callers_give_up_every_second_turn_is_the_newest_s() {
        let now = Instant::now();
        let limiter = RateLimiter::new(Some(600), now);
        drop(limiter.enter(now));
        let queue: Vec<_> = (0..6).filter_map(|_| limiter.enter(now)).collect();
        drop(limiter.enter(now));
        let mut order = Vec::new();
        for step in 0..100 {
            let now = now + step * 10 * MILLISECOND;
            for (n, place) in queue.iter().enumerate() {
                if !order.contains(&n) && place.wait(now).is_none() {
                    order.push(n);
                }
            }
        }
        assert_eq!(order, [0, 5, 1, 4, 2, 3]);
        // The queue is empty: from now on it is first come, first served again.
        drop(queue);
        assert!(!limiter.state().some_gave_up);
    }

    /// What one caller of a simulation has in mind.
    #[derive(Clone, Copy, Debug)]
    struct Caller {
        comes: Duration,
        /// It gives up after so long, whether it waits or has been sent.
        time_left: Duration,
    }

    /// When requests were sent, and when calls succeeded, each from the start.
    struct Outcome {
        sent: Vec<Duration>,
        succeeded: Vec<Duration>,
        left_in_the_queue: usize,
    }

    /// Plays callers on a virtual clock. The service answers after `latency`; `eases` says whether
    /// its answers speed the client up.
    fn play(
        limiter: &RateLimiter,
        start: Instant,
        callers: &[Caller],
        latency: Duration,
        eases: bool,
    ) -> Outcome {
        #[derive(PartialEq, Eq, PartialOrd, Ord)]
        enum Event {
            Answer,
            GivesUp(usize),
            Looks(usize),
        }
        let mut events: BinaryHeap<_> = callers
            .iter()
            .enumerate()
            .map(|(n, caller)| Reverse((caller.comes, Event::Looks(n))))
            .collect();
        let mut places: Vec<Option<QueuePlace<'_>>> = callers.iter().map(|_| None).collect();
        let (mut sent, mut succeeded) = (Vec::new(), Vec::new());
        while let Some(Reverse((time, event))) = events.pop() {
            let now = start + time;
            match event {
                Event::Answer => {
                    succeeded.push(time);
                    if eases {
                        limiter.answered(now);
                    }
                }
                Event::GivesUp(n) => drop(places[n].take()),
                Event::Looks(n) => {
                    let leaves = callers[n].comes + callers[n].time_left;
                    let has_come = time == callers[n].comes;
                    if has_come {
                        places[n] = limiter.enter(now);
                        events.push(Reverse((leaves, Event::GivesUp(n))));
                    }
                    let wait = match &places[n] {
                        Some(place) => place.wait(now),
                        // It has given up.
                        None if !has_come => continue,
                        None => None,
                    };
                    match wait {
                        Some(wait) => events.push(Reverse((time + wait, Event::Looks(n)))),
                        None => {
                            sent.push(time);
                            places[n] = None;
                            if time + latency <= leaves {
                                events.push(Reverse((time + latency, Event::Answer)));
                            }
                        }
                    }
                }
            }
        }
        let left_in_the_queue = limiter.state().waiting.len();
        Outcome {
            sent,
            succeeded,
            left_in_the_queue,
        }
    }

    fn within(times: &[Duration], from: Duration, to: Duration) -> usize {
        times
            .iter()
            .filter(|time| (from..to).contains(time))
            .count()
    }

    /// Callers that come evenly, so many a second, for so long.
    fn stream(a_second: u32, seconds: u32, time_left: impl Fn(u32) -> Duration) -> Vec<Caller> {
        (0..a_second * seconds)
            .map(|n| Caller {
                comes: SECOND * n / a_second,
                time_left: time_left(n),
            })
            .collect()
    }

    #[test]
    fn twenty_calls_a_second_given_up_after_one_succeed_after_a_pause_of_three() {
        for latency in [0, 20, 100, 300, 700] {
            let start = Instant::now();
            let limiter = RateLimiter::new(None, start);
            limiter.pause(start, 3 * SECOND);
            let callers = stream(20, 10, |_| SECOND);
            let latency = latency * MILLISECOND;
            let played = play(&limiter, start, &callers, latency, true);
            assert_eq!(within(&played.sent, Duration::ZERO, 3 * SECOND), 0);
            // The rate of a tenant after the pause, and all that come some time later.
            let soon = within(&played.sent, 4 * SECOND, 5 * SECOND);
            assert!(soon >= 9, "{soon} sent, {latency:?}");
            let late = within(&played.succeeded, 7 * SECOND, 10 * SECOND);
            assert!(late >= 45, "{late} of 60 succeeded, {latency:?}");
        }
    }

    fn any_patience() -> impl Strategy<Value = (u32, Vec<Duration>)> {
        let at_once = Just(vec![Duration::ZERO]);
        let late = Just(vec![Duration::from_millis(950)]);
        let random =
            proptest::collection::vec((0..3000_u64).prop_map(Duration::from_millis), 1..40);
        (0..100_u32, prop_oneof![at_once, late, random])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// Whatever share of callers gives up, at once, late or at random: as much is sent as is
        /// permitted, from the first second after the pause on, and never more.
        #[test]
        fn whatever_share_gives_up_the_permitted_rate_is_kept(
            (share, hurries) in any_patience(),
            pause in 0..8_u32,
            a_second in 20..120_u32,
            per_minute in prop_oneof![Just(None), (60..900_u32).prop_map(Some)],
            latency in 0..800_u64,
        ) {
            let start = Instant::now();
            let limiter = RateLimiter::new(per_minute, start);
            limiter.pause(start, pause * SECOND);
            let interval = limiter.state().interval;
            let callers = stream(a_second, pause + 6, |n| {
                // Spread evenly over the callers: the share of them is in a hurry.
                if n * 37 % 100 < share {
                    hurries[n as usize % hurries.len()]
                } else {
                    60 * SECOND
                }
            });
            let latency = Duration::from_millis(latency);
            let played = play(&limiter, start, &callers, latency, false);
            let end = pause * SECOND;
            prop_assert_eq!(within(&played.sent, Duration::ZERO, end), 0);
            prop_assert_eq!(played.left_in_the_queue, 0);
            let permitted = |time: Duration| time.as_secs_f64() / interval.as_secs_f64();
            // From a second after the pause on, while callers come. Where too few of them wait at
            // all, what comes due is taken by the next who comes.
            let (from, to) = (end + SECOND, end + 6 * SECOND);
            let waits = callers.iter().filter(|caller| caller.time_left >= interval);
            let enough = waits.count() as f64 >= permitted(SECOND * (pause + 6));
            let gap = if enough { Duration::ZERO } else { SECOND / a_second };
            let due = (to - from).as_secs_f64() / (interval + gap).as_secs_f64();
            let sent = within(&played.sent, from, to) as f64;
            prop_assert!(sent >= 0.9 * due - 1.5, "{sent} of {due} sent");
            // Never more than permitted, in no span of time; callers that wake up late are due.
            let most = permitted(RECHECK_INTERVAL) + 2.0;
            let mut least_ahead = f64::MAX;
            for (n, time) in played.sent.iter().enumerate() {
                let ahead = n as f64 - permitted(*time);
                least_ahead = least_ahead.min(ahead);
                prop_assert!(ahead - least_ahead < most, "too many up to {time:?}");
            }
        }

        /// The same for what succeeds, where answers take their time and speed the client up.
        #[test]
        fn whatever_share_gives_up_calls_succeed_again(
            (share, hurries) in any_patience(),
            pause in 0..8_u32,
            a_second in 20..60_u32,
            latency in 0..200_u64,
        ) {
            let start = Instant::now();
            let limiter = RateLimiter::new(None, start);
            limiter.pause(start, pause * SECOND);
            let callers = stream(a_second, pause + 6, |n| {
                if n * 37 % 100 < share {
                    hurries[n as usize % hurries.len()]
                } else {
                    2 * SECOND
                }
            });
            let latency = Duration::from_millis(latency);
            let played = play(&limiter, start, &callers, latency, true);
            let could = callers
                .iter()
                .filter(|caller| {
                    caller.time_left >= latency + SECOND / 2
                        && (pause * SECOND + 4 * SECOND..).contains(&caller.comes)
                })
                .count();
            let late = within(&played.succeeded, pause * SECOND + 4 * SECOND, Duration::MAX);
            prop_assert!(late * 10 >= could * 8, "{late} of {could}");
        }
    }
}
