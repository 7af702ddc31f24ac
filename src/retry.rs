//! Whether to repeat, and when: one pure function over what was asked and what happened.

use std::fmt;
use std::time::Duration;

use crate::error::TransportErrorKind;
use crate::request::Effect;

/// How patient the client is with a service in trouble.
///
/// Only what is safe is ever repeated: reads, and writes that come to the same when done twice
/// (`PUT`, `PATCH`, `DELETE`, switching a schedule). A create, a run or a cancel is repeated only
/// when the service certainly did nothing: no connection came about, or it answered 429.
///
/// Waits grow exponentially from [`first_delay`](Self::first_delay) with full jitter; a
/// `Retry-After` of the service is the least that is waited, and a 429 without one waits 10 s.
///
/// # Default
/// Five attempts, a first delay of 0.5 s, no single wait over 120 s, 300 s for a call in all.
///
/// ```
/// use std::time::Duration;
/// use anaplan_sdk::RetryPolicy;
///
/// let patient = RetryPolicy::default().max_attempts(8).deadline(Duration::from_secs(900));
/// let never = RetryPolicy::none();
/// # let _ = (patient, never);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: u32,
    first_delay: Duration,
    max_delay: Duration,
    deadline: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            first_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(120),
            deadline: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    /// Every request is sent once, whatever happens. (A token that the service refuses is still
    /// renewed once, and the call repeated: that request was not processed.)
    pub const fn none() -> Self {
        Self {
            max_attempts: 1,
            first_delay: Duration::ZERO,
            max_delay: Duration::ZERO,
            deadline: Duration::MAX,
        }
    }

    /// How often a request is sent at most, the first time included. Defaults to 5.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The longest wait before the second attempt; it doubles from one to the next, and a random
    /// part of it is waited. Defaults to 0.5 s.
    #[must_use]
    pub const fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// The longest single wait. When the service asks for a longer one, the call fails at once and
    /// the error says how long it asked for. Defaults to 120 s.
    #[must_use]
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// How long a call may take in all, waits included: no attempt begins after it. An attempt
    /// that is under way ends by the client's `timeout`. Defaults to 300 s.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    pub(crate) fn patience(&self) -> Duration {
        self.deadline
    }

    /// As much of a pause as is ever waited for.
    pub(crate) fn capped(&self, pause: Duration) -> Duration {
        pause.min(self.max_delay)
    }

    /// The longest wait before attempt `next` (2 is the first repetition).
    fn backoff(&self, next: u32) -> Duration {
        let doublings = next.saturating_sub(2).min(31);
        self.first_delay
            .saturating_mul(1 << doublings)
            .min(self.max_delay)
    }
}

/// Where a call stands when an attempt has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    pub(crate) effect: Effect,
    /// 1 for the first.
    pub(crate) number: u32,
    /// Since the call began.
    pub(crate) elapsed: Duration,
    /// Whether an earlier attempt may have been carried out.
    pub(crate) perhaps_done: bool,
    /// Whether a refused token can be replaced, and has not yet been in this call.
    pub(crate) may_renew: bool,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answer {
        status: u16,
        retry_after: Option<Duration>,
        /// A 5xx that the service means for good, a 404 of the web server.
        permanent: bool,
    },
    /// A success by its status, but not the JSON that the service speaks.
    Garbled,
    /// The JSON that the service speaks, but not what was asked for.
    Unexpected,
    Failed(TransportErrorKind),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { status, .. } => write!(f, "{status}"),
            Self::Garbled => f.write_str("an answer that is not JSON"),
            Self::Unexpected => f.write_str("an answer of an unexpected form"),
            Self::Failed(kind) => write!(f, "{kind}"),
        }
    }
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    Accept,
    /// What should be deleted is no longer there.
    Gone,
    /// Get a new token, then send again.
    Renew,
    SendAgain {
        after: Duration,
        perhaps_done: bool,
    },
    Stop {
        may_have_been_applied: bool,
    },
}

/// The wait after a 429 that does not say how long.
pub(crate) const RATE_LIMIT_WAIT: Duration = Duration::from_secs(10);

/// `jitter` is a random number from 0 to 1.
pub(crate) fn decide(
    policy: &RetryPolicy,
    attempt: Attempt,
    outcome: Outcome,
    jitter: f64,
) -> Verdict {
    let (transient, perhaps_done, floor) = match outcome {
        Outcome::Answer {
            status: 200..=299, ..
        } => return Verdict::Accept,
        Outcome::Answer { status: 401, .. } if attempt.may_renew => return Verdict::Renew,
        Outcome::Answer {
            status: 404,
            permanent: false,
            ..
        } if attempt.effect == Effect::Delete && attempt.perhaps_done => {
            return Verdict::Gone;
        }
        Outcome::Answer {
            status: 429,
            retry_after,
            ..
        } => (true, false, retry_after.unwrap_or(RATE_LIMIT_WAIT)),
        Outcome::Answer {
            status: 500..=599,
            permanent: true,
            ..
        } => (false, false, Duration::ZERO),
        Outcome::Answer {
            status: 500 | 502 | 503 | 504,
            retry_after,
            ..
        } => (true, true, retry_after.unwrap_or_default()),
        Outcome::Answer { status, .. } => (false, status >= 500, Duration::ZERO),
        Outcome::Garbled | Outcome::Failed(TransportErrorKind::Body) => {
            (true, true, Duration::ZERO)
        }
        Outcome::Unexpected => (false, true, Duration::ZERO),
        Outcome::Failed(kind) => (
            !matches!(
                kind,
                TransportErrorKind::TooLarge | TransportErrorKind::Deadline
            ),
            !kind.is_certainly_unsent(),
            Duration::ZERO,
        ),
    };
    let writes = attempt.effect != Effect::Read;
    let perhaps_done = writes && (perhaps_done || attempt.perhaps_done);
    let stop = Verdict::Stop {
        may_have_been_applied: perhaps_done,
    };
    let repeatable = attempt.effect != Effect::Once || !perhaps_done;
    if !transient || !repeatable || attempt.number >= policy.max_attempts {
        return stop;
    }
    let after = floor.max(policy.backoff(attempt.number + 1).mul_f64(jitter));
    if after > policy.max_delay || attempt.elapsed.saturating_add(after) > policy.deadline {
        return stop;
    }
    Verdict::SendAgain {
        after,
        perhaps_done,
    }
}

/// Whether a 5xx with this text will be the same however often it is asked for.
///
/// The service dresses some refusals as server errors.
pub(crate) fn is_permanent(message: &str) -> bool {
    const REFUSALS: [&str; 5] = [
        "model not found",
        "duplicate resource name not allowed",
        "a running integration cannot be deleted",
        "invalid workspace or model",
        "integration trigger error",
    ];
    let message = message.to_ascii_lowercase();
    REFUSALS.iter().any(|refusal| message.contains(refusal))
}
