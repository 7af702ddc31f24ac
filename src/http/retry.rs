//! All decisions about failures: whether one is transient, whether the request was certainly not
//! sent or may have been applied, whether to retry, and when.

use std::time::Duration;

use crate::error::{Error, TransportErrorKind};
use crate::http::request::Safety;

/// When the client sends a request again, and for how long.
///
/// What is repeated: reads, and writes that come to the same when they are done twice (`PUT`,
/// `PATCH`, `DELETE`, switching a schedule). A creation whose name has to be unique is repeated
/// after a look, since the service refuses a second one. What would be done twice (a run, a run of
/// a flow, a new flow, a cancel) is sent again only when the service certainly did not process it:
/// there was no connection, it answered 429, or it refused the token (401, or 403 "Not
/// Authorized" for one that is minutes old). When the answer to such a
/// request is lost, the client looks for its effect, and does not send it again.
///
/// Waits grow exponentially from [`first_delay`](Self::first_delay) with full jitter; a
/// `Retry-After` of the service is the least that is waited, and a 429 without one waits 10 s.
///
/// # Default
/// Five attempts, a first delay of 0.5 s, no single wait over 120 s, 300 s for a call in all; 30 s
/// to look for what a lost answer may have brought.
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
    search_time: Duration,
    read_baseline: bool,
    start_again_after: Option<Duration>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            first_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(120),
            deadline: Duration::from_secs(300),
            search_time: Duration::from_secs(30),
            read_baseline: false,
            start_again_after: None,
        }
    }
}

impl RetryPolicy {
    /// Every request is sent only once, and a lost answer is not looked for. (A token
    /// that the service refuses is still renewed once, and the call repeated: that request was not
    /// processed.)
    pub const fn none() -> Self {
        Self {
            max_attempts: 1,
            first_delay: Duration::ZERO,
            max_delay: Duration::ZERO,
            deadline: Duration::MAX,
            search_time: Duration::ZERO,
            read_baseline: false,
            start_again_after: None,
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
    /// that is under way ends by the client's `timeout`. A whole list is one call, and what is read
    /// of it ends by then. Defaults to 300 s.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long to look for a run, a run of a flow, a new flow or a cancel whose answer was lost,
    /// before the error says that it may have been done: the service's records lag behind. Zero
    /// does not look at all. What waits for the end of a run (`run_and_wait` and its like) looks
    /// until its own deadline instead, unless this is zero. Defaults to 30 s.
    #[must_use]
    pub const fn search_time(mut self, time: Duration) -> Self {
        self.search_time = time;
        self
    }

    /// Reads what is there before `run_integration`, `run_flow`, `run_flow_steps` and
    /// `cancel_integration` send their request: one or two requests more for each of them. Without
    /// this baseline, a run whose answer was lost cannot be told from one that was there before,
    /// and the error lists both. What waits for the end of a run always reads it. Defaults to
    /// `false`.
    #[must_use]
    pub const fn read_baseline(mut self, read: bool) -> Self {
        self.read_baseline = read;
        self
    }

    /// Starts again what seemed lost: when the answer to a start was lost and nothing of it was
    /// seen for this long, the start is sent once more.
    ///
    /// **A run can then be started twice**, and load its data twice: a request that was lost on
    /// its way, or a run that the records do not show yet, may still begin. Set it only where a
    /// second run does less harm than none. Defaults to never.
    #[must_use]
    pub const fn start_again_after(mut self, nothing_seen_for: Duration) -> Self {
        self.start_again_after = Some(nothing_seen_for);
        self
    }

    pub(crate) fn searches_for(&self) -> Duration {
        self.search_time
    }

    pub(crate) fn reads_baseline(&self) -> bool {
        self.read_baseline
    }

    pub(crate) fn starts_again_after(&self) -> Option<Duration> {
        self.start_again_after
    }

    pub(crate) fn total_time(&self) -> Duration {
        self.deadline
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.max_attempts
    }

    /// The longest wait before attempt `next` (2 is the first repetition).
    pub(crate) fn backoff(&self, next: u32) -> Duration {
        let doublings = next.saturating_sub(2).min(31);
        self.first_delay
            .saturating_mul(1 << doublings)
            .min(self.max_delay)
    }
}

/// Where a call stands when an attempt has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    pub(crate) safety: Safety,
    /// Whether it deletes: the second one then finds nothing.
    pub(crate) deletes: bool,
    /// 1 for the first.
    pub(crate) number: u32,
    /// Since the call began.
    pub(crate) elapsed: Duration,
    /// Whether an earlier attempt may have been carried out.
    pub(crate) may_have_been_applied: bool,
    /// Whether a refused token can be replaced, and has not yet been in this call.
    pub(crate) may_renew: bool,
    /// Whether the token that was sent may well have expired.
    pub(crate) token_is_old: bool,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptOutcome {
    Answer {
        status: u16,
        retry_after: Option<Duration>,
        /// A 5xx that the service means for good, a 404 of the web server.
        permanent: bool,
        /// A 403 by the service's own words for it, which it also has for an expired token.
        not_authorized: bool,
    },
    /// A success by its status, but not the JSON that the service speaks.
    Garbled,
    /// The JSON that the service speaks, but not what was asked for.
    Unexpected,
    Failed(TransportErrorKind),
}

impl AttemptOutcome {
    /// One of a few fixed words, for logs and metrics: docs/observability.md lists them.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Answer {
                status: 200..=299, ..
            } => "ok",
            Self::Answer { .. } => "refused",
            Self::Garbled => "not_json",
            Self::Unexpected => "unexpected_json",
            Self::Failed(kind) => match kind {
                TransportErrorKind::NotConnected => "not_connected",
                TransportErrorKind::Rejected => "rejected",
                TransportErrorKind::ConnectTimeout => "connect_timeout",
                TransportErrorKind::Broken => "broken",
                TransportErrorKind::Timeout => "timeout",
                TransportErrorKind::Body => "body",
                TransportErrorKind::TooLarge => "too_large",
                TransportErrorKind::Deadline => "deadline",
            },
        }
    }
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decision {
    Accept,
    /// What should be deleted is no longer there.
    AlreadyDeleted,
    /// Get a new token, then send again.
    Renew,
    /// The same, but the token may be valid: if no other can be fetched, stop and keep it.
    TryToRenew,
    SendAgain {
        after: Duration,
        may_have_been_applied: bool,
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
    outcome: AttemptOutcome,
    jitter: f64,
) -> Decision {
    let (transient, may_have_been_applied, floor) = match outcome {
        AttemptOutcome::Answer {
            status: 200..=299, ..
        } => return Decision::Accept,
        AttemptOutcome::Answer { status: 401, .. } if attempt.may_renew => return Decision::Renew,
        // The vendor says so: at "403 Not Authorized", first see whether the token has expired.
        // Like a 401, it says that nothing was done, so that a run may be sent again as well.
        AttemptOutcome::Answer {
            not_authorized: true,
            ..
        } if attempt.may_renew && attempt.token_is_old => return Decision::TryToRenew,
        AttemptOutcome::Answer {
            status: 404,
            permanent: false,
            ..
        } if attempt.deletes && attempt.may_have_been_applied => {
            return Decision::AlreadyDeleted;
        }
        AttemptOutcome::Answer {
            status: 429,
            retry_after,
            ..
        } => (true, false, retry_after.unwrap_or(RATE_LIMIT_WAIT)),
        AttemptOutcome::Answer {
            status: 500..=599,
            permanent: true,
            ..
        } => (false, false, Duration::ZERO),
        // 408: the request was not read to its end in time, says RFC 9110 (15.5.9), and may be
        // sent again. But a gateway says so, too, of a service that it has waited for in vain.
        AttemptOutcome::Answer {
            status: 408 | 500 | 502 | 503 | 504,
            retry_after,
            ..
        } => (true, true, retry_after.unwrap_or_default()),
        // 307 and 308 ask to send the very same request elsewhere: here it was not processed. 303
        // says that it was, and where its result stands; 301 and 302 are used in its place by many
        // web frameworks (RFC 9110, 15.4).
        AttemptOutcome::Answer { status, .. } => (
            false,
            status >= 500 || matches!(status, 300..=306 | 309..=399),
            Duration::ZERO,
        ),
        AttemptOutcome::Garbled | AttemptOutcome::Failed(TransportErrorKind::Body) => {
            (true, true, Duration::ZERO)
        }
        AttemptOutcome::Unexpected => (false, true, Duration::ZERO),
        AttemptOutcome::Failed(kind) => (
            !matches!(
                kind,
                TransportErrorKind::TooLarge
                    | TransportErrorKind::Deadline
                    | TransportErrorKind::Rejected
            ),
            !kind.is_certainly_unsent(),
            Duration::ZERO,
        ),
    };
    let writes = attempt.safety != Safety::Safe;
    let may_have_been_applied = writes && (may_have_been_applied || attempt.may_have_been_applied);
    let stop = Decision::Stop {
        may_have_been_applied,
    };
    let repeatable = attempt.safety != Safety::NotIdempotent || !may_have_been_applied;
    if !transient || !repeatable || attempt.number >= policy.max_attempts {
        return stop;
    }
    let after = floor.max(policy.backoff(attempt.number + 1).mul_f64(jitter));
    if after > policy.max_delay || attempt.elapsed.saturating_add(after) > policy.deadline {
        return stop;
    }
    Decision::SendAgain {
        after,
        may_have_been_applied,
    }
}

/// Whether a 5xx with this text will be the same however often it is asked for.
///
/// The service answers some refusals with a 5xx.
pub(crate) fn is_permanent(message: &str) -> bool {
    const REFUSALS: [&str; 6] = [
        "model not found",
        "duplicate resource name not allowed",
        "a running integration cannot be deleted",
        "invalid workspace or model",
        "integration trigger error",
        "unable to retrieve s3 files",
    ];
    let message = message.to_ascii_lowercase();
    REFUSALS.iter().any(|refusal| message.contains(refusal))
}

/// Whether the service uses the text of this refusal for an expired token, too.
pub(crate) fn says_not_authorized(message: &str) -> bool {
    message.to_ascii_lowercase().contains("not authorized")
}

/// Whether a look that failed may succeed later: at a run that is followed, or for what became of a
/// write.
pub(crate) fn is_transient(error: &Error) -> bool {
    match error {
        Error::Transport(error) => {
            use TransportErrorKind::{Rejected, TooLarge};
            !matches!(error.kind, Rejected | TooLarge)
        }
        Error::Api(error) => match error.status {
            408 | 409 | 425 | 429 => true,
            // A fresh token was refused, too, so the token is not the cause.
            401 => error.attempts > 1,
            status => status >= 500 && !is_permanent(&error.message),
        },
        // A page of a proxy instead of an answer, a body that was cut.
        Error::Decode(_) => true,
        Error::Auth(error) => !error.is_final,
        Error::IncompleteList { .. } => true,
        _ => false,
    }
}

/// Whether a refusal says that something is in the way: perhaps what an earlier sending of the same
/// request brought about.
pub(crate) fn may_be_duplicate(error: &Error) -> bool {
    let Error::Api(refusal) = error else {
        return false;
    };
    let message = refusal.message.to_ascii_lowercase();
    refusal.status == 409 || message.contains("duplicate resource name")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use Safety::{Idempotent, NotIdempotent, Safe};
    use TransportErrorKind as Kind;

    const SAFETIES: [Safety; 3] = [Safe, Idempotent, NotIdempotent];

    fn answer(status: u16) -> AttemptOutcome {
        AttemptOutcome::Answer {
            status,
            retry_after: None,
            permanent: false,
            not_authorized: false,
        }
    }

    fn permanent(status: u16) -> AttemptOutcome {
        AttemptOutcome::Answer {
            status,
            retry_after: None,
            permanent: true,
            not_authorized: false,
        }
    }

    fn asked_to_wait(status: u16, seconds: u64) -> AttemptOutcome {
        AttemptOutcome::Answer {
            status,
            retry_after: Some(Duration::from_secs(seconds)),
            permanent: false,
            not_authorized: false,
        }
    }

    fn first(safety: Safety) -> Attempt {
        Attempt {
            safety,
            deletes: false,
            number: 1,
            elapsed: Duration::ZERO,
            may_have_been_applied: false,
            may_renew: false,
            token_is_old: false,
        }
    }

    /// A verdict in a letter: `again`, `again?` (the first may have been done), `stop`, `stop?`.
    fn verdict(attempt: Attempt, outcome: AttemptOutcome) -> &'static str {
        match decide(&RetryPolicy::default(), attempt, outcome, 0.0) {
            Decision::Accept => "accept",
            Decision::AlreadyDeleted => "gone",
            Decision::Renew => "renew",
            Decision::TryToRenew => "try to renew",
            Decision::SendAgain {
                may_have_been_applied: false,
                ..
            } => "again",
            Decision::SendAgain {
                may_have_been_applied: true,
                ..
            } => "again?",
            Decision::Stop {
                may_have_been_applied: false,
            } => "stop",
            Decision::Stop {
                may_have_been_applied: true,
            } => "stop?",
        }
    }

    #[test]
    fn every_kind_of_request_by_every_outcome() {
        #[rustfmt::skip]
        let table = [
            // outcome                                read      idempotent  neither
            (answer(200),                           ["accept", "accept",   "accept"]),
            (answer(204),                           ["accept", "accept",   "accept"]),
            (answer(301),                           ["stop",   "stop?",    "stop?"]),
            (answer(302),                           ["stop",   "stop?",    "stop?"]),
            (answer(303),                           ["stop",   "stop?",    "stop?"]),
            (answer(307),                           ["stop",   "stop",     "stop"]),
            (answer(308),                           ["stop",   "stop",     "stop"]),
            (answer(400),                           ["stop",   "stop",     "stop"]),
            (answer(401),                           ["stop",   "stop",     "stop"]),
            (answer(403),                           ["stop",   "stop",     "stop"]),
            (answer(404),                           ["stop",   "stop",     "stop"]),
            (permanent(404),                        ["stop",   "stop",     "stop"]),
            (answer(408),                           ["again",  "again?",   "stop?"]),
            (answer(409),                           ["stop",   "stop",     "stop"]),
            (answer(429),                           ["again",  "again",    "again"]),
            (answer(452),                           ["stop",   "stop",     "stop"]),
            (answer(500),                           ["again",  "again?",   "stop?"]),
            (permanent(500),                        ["stop",   "stop",     "stop"]),
            (answer(501),                           ["stop",   "stop?",    "stop?"]),
            (answer(502),                           ["again",  "again?",   "stop?"]),
            (answer(503),                           ["again",  "again?",   "stop?"]),
            (permanent(503),                        ["stop",   "stop",     "stop"]),
            (answer(504),                           ["again",  "again?",   "stop?"]),
            (AttemptOutcome::Garbled,                      ["again",  "again?",   "stop?"]),
            (AttemptOutcome::Unexpected,                   ["stop",   "stop?",    "stop?"]),
            (AttemptOutcome::Failed(Kind::NotConnected),   ["again",  "again",    "again"]),
            (AttemptOutcome::Failed(Kind::Rejected),       ["stop",   "stop",     "stop"]),
            (AttemptOutcome::Failed(Kind::ConnectTimeout), ["again",  "again",    "again"]),
            (AttemptOutcome::Failed(Kind::Broken),         ["again",  "again?",   "stop?"]),
            (AttemptOutcome::Failed(Kind::Timeout),        ["again",  "again?",   "stop?"]),
            (AttemptOutcome::Failed(Kind::Body),           ["again",  "again?",   "stop?"]),
            (AttemptOutcome::Failed(Kind::TooLarge),       ["stop",   "stop?",    "stop?"]),
        ];
        for (outcome, expected) in table {
            let verdicts = SAFETIES.map(|safety| verdict(first(safety), outcome));
            assert_eq!(verdicts, expected, "{outcome:?}");
            // The last attempt stops where an earlier one would have been followed by another.
            let last = SAFETIES.map(|safety| {
                let attempt = Attempt {
                    number: 5,
                    ..first(safety)
                };
                verdict(attempt, outcome)
            });
            let expected = expected.map(|word| match word {
                "again" => "stop",
                "again?" => "stop?",
                word => word,
            });
            assert_eq!(last, expected, "{outcome:?}, the last attempt");
        }
    }

    #[test]
    fn a_refused_token_is_renewed_once() {
        for safety in SAFETIES {
            let renewable = Attempt {
                may_renew: true,
                ..first(safety)
            };
            assert_eq!(verdict(renewable, answer(401)), "renew");
            assert_eq!(verdict(first(safety), answer(401)), "stop");
        }
    }

    #[test]
    fn an_old_token_is_renewed_once_after_a_403_not_authorized() {
        let not_authorized = AttemptOutcome::Answer {
            status: 403,
            retry_after: None,
            permanent: false,
            not_authorized: true,
        };
        for safety in SAFETIES {
            for (may_renew, token_is_old, expected) in [
                (true, true, "try to renew"),
                (true, false, "stop"),
                (false, true, "stop"),
            ] {
                let attempt = Attempt {
                    may_renew,
                    token_is_old,
                    ..first(safety)
                };
                assert_eq!(verdict(attempt, not_authorized), expected);
                assert_eq!(verdict(attempt, answer(403)), "stop");
            }
        }
    }

    #[test]
    fn what_was_perhaps_deleted_and_is_not_found_is_gone() {
        let second = Attempt {
            number: 2,
            may_have_been_applied: true,
            deletes: true,
            ..first(Idempotent)
        };
        assert_eq!(verdict(second, answer(404)), "gone");
        assert_eq!(verdict(second, permanent(404)), "stop?");
        let after_a_pause = Attempt {
            number: 2,
            deletes: true,
            ..first(Idempotent)
        };
        assert_eq!(verdict(after_a_pause, answer(404)), "stop");
        let put = Attempt {
            number: 2,
            may_have_been_applied: true,
            ..first(Idempotent)
        };
        assert_eq!(verdict(put, answer(404)), "stop?");
    }

    fn wait(attempt: Attempt, outcome: AttemptOutcome, jitter: f64) -> Option<Duration> {
        match decide(&RetryPolicy::default(), attempt, outcome, jitter) {
            Decision::SendAgain { after, .. } => Some(after),
            _ => None,
        }
    }

    #[test]
    fn waits_double_with_full_jitter() {
        let waits: Vec<_> = (1..=5)
            .map(|number| {
                wait(
                    Attempt {
                        number,
                        ..first(Safe)
                    },
                    answer(503),
                    1.0,
                )
            })
            .collect();
        let half = Duration::from_millis(500);
        assert_eq!(
            waits,
            [
                Some(half),
                Some(2 * half),
                Some(4 * half),
                Some(8 * half),
                None
            ]
        );
        assert_eq!(wait(first(Safe), answer(503), 0.5), Some(half / 2));
        assert_eq!(wait(first(Safe), answer(503), 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn the_service_sets_the_floor() {
        let seconds = Duration::from_secs;
        assert_eq!(wait(first(Safe), answer(429), 0.0), Some(seconds(10)));
        assert_eq!(
            wait(first(NotIdempotent), asked_to_wait(429, 3), 0.0),
            Some(seconds(3))
        );
        assert_eq!(
            wait(first(Safe), asked_to_wait(503, 7), 0.0),
            Some(seconds(7))
        );
        assert_eq!(
            wait(first(Safe), asked_to_wait(429, 0), 0.0),
            Some(seconds(0))
        );
        assert_eq!(wait(first(Safe), asked_to_wait(429, 121), 0.0), None);
    }

    #[test]
    fn nothing_begins_after_the_deadline() {
        let late = |seconds| Attempt {
            elapsed: Duration::from_secs(seconds),
            ..first(Safe)
        };
        assert_eq!(
            wait(late(290), answer(429), 0.0),
            Some(Duration::from_secs(10))
        );
        assert_eq!(wait(late(291), answer(429), 0.0), None);
    }

    #[test]
    fn without_patience_everything_is_sent_once() {
        for safety in SAFETIES {
            for outcome in [
                answer(429),
                answer(503),
                AttemptOutcome::Failed(Kind::NotConnected),
            ] {
                let verdict = decide(&RetryPolicy::none(), first(safety), outcome, 0.0);
                assert!(matches!(verdict, Decision::Stop { .. }), "{verdict:?}");
            }
        }
    }

    #[test]
    fn refusals_that_wear_a_5xx() {
        for message in [
            "Model Not Found",
            "Duplicate resource name not allowed",
            "A running integration cannot be deleted",
            "Invalid workspace or model",
            "Integration trigger error",
            "Unable to retrieve S3 files, count too high",
        ] {
            assert!(is_permanent(message), "{message}");
        }
        for message in ["", "Internal Server Error", "Service Unavailable"] {
            assert!(!is_permanent(message), "{message}");
        }
    }

    fn any_outcome() -> impl Strategy<Value = AttemptOutcome> {
        let statuses = (100u16..600, proptest::option::of(0u64..1000), any::<bool>());
        prop_oneof![
            statuses.prop_map(|(status, seconds, permanent)| AttemptOutcome::Answer {
                status,
                retry_after: seconds.map(Duration::from_secs),
                permanent,
                not_authorized: status == 403 && permanent,
            }),
            Just(AttemptOutcome::Garbled),
            Just(AttemptOutcome::Unexpected),
            proptest::sample::select(vec![
                Kind::NotConnected,
                Kind::ConnectTimeout,
                Kind::Broken,
                Kind::Timeout,
                Kind::Body,
                Kind::TooLarge,
                Kind::Deadline,
            ])
            .prop_map(AttemptOutcome::Failed),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn nothing_that_may_have_been_done_is_done_twice(
            outcome in any_outcome(),
            number in 1u32..10,
            elapsed in 0u64..400,
            may_renew: bool,
            jitter in 0.0..1.0f64,
        ) {
            let policy = RetryPolicy::default();
            let attempt = Attempt {
                number,
                elapsed: Duration::from_secs(elapsed),
                may_renew,
                ..first(NotIdempotent)
            };
            if let Decision::SendAgain { after, may_have_been_applied } = decide(&policy, attempt, outcome, jitter) {
                prop_assert!(!may_have_been_applied);
                prop_assert!(number < 5);
                prop_assert!(after <= Duration::from_secs(120));
                prop_assert!(attempt.elapsed + after <= Duration::from_secs(300));
            }
        }
    }
}
