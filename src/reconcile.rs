//! After a write whose answer was lost: decides what to do next. Compiled once; `client` does it.
//!
//! A creation with a unique name is sent again after some looks, since the service refuses a second
//! one. What would be done twice is not: "not seen" does not mean "not done".

use std::fmt::Display;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::http::retry::{self, RetryPolicy};
use crate::runs::Candidate;

/// What a look showed of a write whose answer was lost.
#[derive(Debug)]
pub(crate) enum LookResult<T> {
    /// It was done: here is its answer.
    Done(T),
    /// Nothing of it is seen so far.
    Nothing,
    /// What was to be created was there long before, in these words.
    Older(String),
    /// It may have been done; that is not certain.
    Undecided {
        /// What was seen, in words.
        found: String,
        /// What was seen, as data.
        candidates: Vec<Candidate>,
        /// Whether a later look may decide it.
        may_change: bool,
    },
}

impl<T> LookResult<T> {
    /// Undecided for good, and in words alone.
    pub(crate) fn unclear(found: impl Into<String>) -> Self {
        Self::Undecided {
            found: found.into(),
            candidates: Vec::new(),
            may_change: false,
        }
    }
}

/// How long to look for a write whose answer was lost, and what to do when nothing is seen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SearchPolicy {
    /// The service refuses a second one: a few looks, then it is sent again.
    RefusedWhenDoubled,
    /// It would be done twice: for so long, then the error says that it may have been done.
    DoneTwice {
        time: Duration,
        /// Send it again when nothing was seen for so long: only if the caller asked for that.
        again_after: Option<Duration>,
    },
}

/// How often to look before what is refused when doubled is sent again.
const MAX_LOOKS: u32 = 3;

/// The longest wait between two looks.
const MAX_DELAY: Duration = Duration::from_secs(30);

/// How much of a call's time is kept for the last look.
const LAST_LOOK_TIME: Duration = Duration::from_millis(200);

/// The wait before the second look, where the policy names none.
const FIRST_DELAY: Duration = Duration::from_millis(500);

impl SearchPolicy {
    /// As the policy says, for what would be done twice.
    pub(crate) fn by_policy(policy: &RetryPolicy) -> Self {
        Self::DoneTwice {
            time: policy.searches_for(),
            again_after: None,
        }
    }

    /// As the policy says, for a start: it may be sent once more where the caller asked for that.
    pub(crate) fn of_start(policy: &RetryPolicy) -> Self {
        Self::DoneTwice {
            time: policy.searches_for(),
            again_after: policy.starts_again_after(),
        }
    }

    /// For this long instead; not at all where the policy does not look.
    pub(crate) fn for_time(self, longer: Duration) -> Self {
        match self {
            Self::DoneTwice { time, again_after } if !time.is_zero() => Self::DoneTwice {
                time: longer,
                again_after,
            },
            other => other,
        }
    }

    pub(crate) fn is_off(self, policy: &RetryPolicy) -> bool {
        match self {
            Self::RefusedWhenDoubled => policy.attempts() <= 1,
            Self::DoneTwice { time, .. } => time.is_zero(),
        }
    }
}

/// What to do next about a write.
#[derive(Debug)]
pub(crate) enum NextStep<T> {
    /// Send it.
    Send,
    /// Look whether it was done, after this time.
    Look(Duration),
    /// This is the answer of the call.
    Return(Result<T>),
}

/// A write, from its first sending to the answer of the call.
#[derive(Debug)]
pub(crate) struct Reconciliation {
    search: SearchPolicy,
    policy: RetryPolicy,
    /// How often it was sent.
    sent: u32,
    /// How often it was looked for since it was sent last.
    looks: u32,
    /// Why the last answer was lost, and whether it was a refusal that an earlier sending may
    /// have brought about.
    lost: Option<(Error, bool)>,
    /// What the looks showed so far: the candidates, and in words. A look that fails does not
    /// take that away.
    shown: Option<(String, Vec<Candidate>)>,
}

impl Reconciliation {
    pub(crate) fn new(search: SearchPolicy, policy: RetryPolicy) -> Self {
        Self {
            search,
            policy,
            sent: 0,
            looks: 0,
            lost: None,
            shown: None,
        }
    }

    /// It was sent, with this result.
    pub(crate) fn answered<T>(&mut self, answer: Result<T>) -> NextStep<T> {
        self.sent += 1;
        self.looks = 0;
        let is_off = self.search.is_off(&self.policy);
        self.lost = match answer {
            Err(error) if error.may_have_been_applied() && !is_off => Some((error, false)),
            // The second one is refused, perhaps since the first was done.
            Err(error) if self.sent > 1 && retry::may_be_duplicate(&error) => Some((error, true)),
            // This sending certainly did nothing, but an earlier one may have.
            Err(error) if self.sent > 1 => return NextStep::Return(Err(error.after(true))),
            answer => return NextStep::Return(answer),
        };
        NextStep::Look(Duration::ZERO)
    }

    /// A look showed this, so long after the answer was lost. `left` is how much time the call has.
    pub(crate) fn looked<T>(
        &mut self,
        seen: Result<LookResult<T>>,
        elapsed: Duration,
        left: Option<Duration>,
    ) -> NextStep<T> {
        self.looks += 1;
        let would_be_done_twice = matches!(self.search, SearchPolicy::DoneTwice { .. });
        let seen = match seen {
            // The service refuses no second one of that name: this is another one.
            Ok(LookResult::Older(_)) if would_be_done_twice => LookResult::Nothing,
            Ok(seen) => seen,
            Err(error) => {
                let failed = format!("looking for it failed: {error}");
                let (found, candidates) = match &self.shown {
                    Some((found, candidates)) => {
                        (format!("{found}; then {failed}"), candidates.clone())
                    }
                    None => (failed, Vec::new()),
                };
                LookResult::Undecided {
                    found,
                    candidates,
                    may_change: would_be_done_twice && retry::is_transient(&error),
                }
            }
        };
        if let LookResult::Undecided {
            found, candidates, ..
        } = &seen
            && !candidates.is_empty()
            && self.shown.is_none()
        {
            self.shown = Some((found.clone(), candidates.clone()));
        }
        let may_change = matches!(
            seen,
            LookResult::Nothing
                | LookResult::Undecided {
                    may_change: true,
                    ..
                }
        );
        if may_change && let Some(delay) = self.delay(elapsed, left) {
            return NextStep::Look(delay);
        }
        self.conclude(seen, elapsed)
    }

    /// The wait before the next look; `None` when there is none any more.
    fn delay(&self, elapsed: Duration, left: Option<Duration>) -> Option<Duration> {
        let backoff = match self.policy.backoff(self.looks + 1) {
            Duration::ZERO => FIRST_DELAY,
            backoff => backoff.min(MAX_DELAY),
        };
        let time = match self.search {
            SearchPolicy::RefusedWhenDoubled => {
                let is_time_left = left.is_none_or(|left| left > backoff);
                return (self.looks < MAX_LOOKS && is_time_left).then_some(backoff);
            }
            SearchPolicy::DoneTwice { time, again_after } => {
                time.max(again_after.unwrap_or_default())
            }
        };
        // The last look needs a moment of the call's time itself.
        let left = left.map_or(Duration::MAX, |left| left.saturating_sub(LAST_LOOK_TIME));
        let remaining = time.saturating_sub(elapsed).min(left);
        // The last look is at the end of the time.
        (!remaining.is_zero()).then_some(backoff.min(remaining))
    }

    fn conclude<T>(&mut self, seen: LookResult<T>, elapsed: Duration) -> NextStep<T> {
        let lost = match self.lost.take() {
            // The refusal stands: what is in the way was there before.
            Some((refusal, true)) if matches!(seen, LookResult::Older(_)) => {
                return NextStep::Return(Err(refusal));
            }
            lost => lost.map(|(error, _)| Box::new(error)),
        };
        let (found, candidates) = match seen {
            LookResult::Done(value) => return NextStep::Return(Ok(value)),
            LookResult::Nothing | LookResult::Older(_) if self.sends_again(elapsed) => {
                return NextStep::Send;
            }
            LookResult::Nothing => (self.nothing_seen(elapsed), Vec::new()),
            LookResult::Older(found) => (found, Vec::new()),
            LookResult::Undecided {
                found, candidates, ..
            } => (found, candidates),
        };
        NextStep::Return(Err(Error::Uncertain {
            found,
            candidates,
            source: lost,
        }))
    }

    /// Whether to send it again, after nothing of it was seen for so long.
    fn sends_again(&self, looked: Duration) -> bool {
        match self.search {
            SearchPolicy::RefusedWhenDoubled => self.sent < self.policy.attempts(),
            SearchPolicy::DoneTwice { again_after, .. } => {
                self.sent < 2 && again_after.is_some_and(|time| looked >= time)
            }
        }
    }

    fn nothing_seen(&self, looked: Duration) -> String {
        let for_long = match self.search {
            SearchPolicy::DoneTwice { .. } if looked >= Duration::from_secs(1) => {
                format!(" for {} s", looked.as_secs())
            }
            _ => String::new(),
        };
        format!(
            "it was looked for{for_long} and not seen, which does not mean that it was not done"
        )
    }
}

/// What was created, as far as its list tells.
pub(crate) struct CreatedItem<I> {
    pub(crate) id: I,
    pub(crate) name: String,
    pub(crate) date: Option<Timestamp>,
    pub(crate) by: Option<String>,
    /// Whether all that the list shows of it is as it was sent.
    pub(crate) is_as_sent: bool,
}

/// An object that is older than the call by more than this is not of the call. Two clocks may
/// differ by less.
const MAX_CLOCK_DIFFERENCE: Duration = Duration::from_secs(15 * 60);

/// Finds what was created by its name, among all that there is.
///
/// It is ours if it is the only new one of its name, is as it was sent, and was created by us.
pub(crate) fn find_created<I: Display>(
    all: Vec<CreatedItem<I>>,
    call: Timestamp,
    is_caller: impl Fn(&str) -> bool,
) -> LookResult<I> {
    let limit = call.saturating_sub(MAX_CLOCK_DIFFERENCE).unwrap_or(call);
    let (older, mut recent): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|one| one.date.is_some_and(|date| date < limit));
    let is_ours = |one: &CreatedItem<I>| {
        one.date.is_some() && one.is_as_sent && one.by.as_deref().is_some_and(&is_caller)
    };
    if recent.len() == 1 && is_ours(&recent[0]) {
        return LookResult::Done(recent.remove(0).id);
    }
    if recent.is_empty() {
        return match older.first() {
            Some(one) => LookResult::Older(format!("{} had that name before", one.id)),
            None => LookResult::Nothing,
        };
    }
    let ids: Vec<_> = recent.iter().map(|one| one.id.to_string()).collect();
    LookResult::Undecided {
        found: format!(
            "{} may be what this call created: it has that name, and it cannot be told whether it \
             is from this call",
            ids.join(" or ")
        ),
        candidates: recent
            .into_iter()
            .map(|one| Candidate::created(one.id.to_string(), one.date, one.by))
            .collect(),
        may_change: false,
    }
}

/// Whether nothing that is shown contradicts what was sent. What is not shown (a secret, say), or
/// was not sent, does not count.
pub(crate) fn agrees(shown: &impl Serialize, sent: &Value) -> bool {
    let shown = serde_json::to_value(shown).unwrap_or_default();
    let Value::Object(fields) = shown else {
        return true;
    };
    fields.iter().all(|(name, shown)| match sent.get(name) {
        None | Some(Value::Null) => true,
        Some(sent) => shown.is_null() || shown == sent,
    })
}

#[cfg(test)]
mod model_test;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ApiError, TransportError, TransportErrorKind};

    fn look(all: &[(&'static str, Option<&str>, Option<&str>, bool)]) -> String {
        let call = "2026-06-19T01:30:16.500Z".parse().unwrap();
        let all = all.iter().map(|(id, date, by, is_as_sent)| CreatedItem {
            id: *id,
            name: "New".to_owned(),
            date: date.map(|date| date.parse().unwrap()),
            by: by.map(str::to_owned),
            is_as_sent: *is_as_sent,
        });
        match find_created(all.collect(), call, |name| name == "Ada") {
            LookResult::Done(id) => id.to_owned(),
            LookResult::Nothing => "nothing".to_owned(),
            LookResult::Older(_) => "older".to_owned(),
            LookResult::Undecided { candidates, .. } => format!("{} candidates", candidates.len()),
        }
    }

    fn lost() -> Error {
        Error::Transport(Box::new(TransportError {
            may_have_been_applied: true,
            ..TransportError::bare("run_integration", TransportErrorKind::Broken)
        }))
    }

    fn refused(status: u16, message: &str) -> Error {
        Error::Api(Box::new(ApiError {
            message: message.to_owned(),
            ..ApiError::bare("run_integration", status)
        }))
    }

    /// What is done next, in words, as these things happen to a write.
    struct Write {
        state: Reconciliation,
        elapsed: Duration,
        left: Option<Duration>,
    }

    impl Write {
        fn new(search: SearchPolicy, policy: RetryPolicy) -> Self {
            Self {
                state: Reconciliation::new(search, policy),
                elapsed: Duration::ZERO,
                left: None,
            }
        }

        fn answered(&mut self, answer: Result<&'static str>) -> String {
            let next = self.state.answered(answer);
            self.words(next)
        }

        fn looked(&mut self, seen: LookResult<&'static str>) -> String {
            let next = self.state.looked(Ok(seen), self.elapsed, self.left);
            self.words(next)
        }

        fn words(&mut self, next: NextStep<&'static str>) -> String {
            match next {
                NextStep::Send => "send".to_owned(),
                NextStep::Look(after) => {
                    self.elapsed += after;
                    format!("look after {}", after.as_millis())
                }
                NextStep::Return(Ok(value)) => value.to_owned(),
                NextStep::Return(Err(Error::Uncertain { found, source, .. })) => {
                    format!("uncertain, {}: {found}", source.is_some())
                }
                NextStep::Return(Err(error)) => format!("error {:?}", error.status()),
            }
        }
    }

    fn undecided(may_change: bool) -> LookResult<&'static str> {
        LookResult::Undecided {
            found: "two".to_owned(),
            candidates: Vec::new(),
            may_change,
        }
    }

    #[test]
    fn what_would_be_done_twice_is_looked_for_to_the_end_of_its_time() {
        let policy = RetryPolicy::default().search_time(Duration::from_secs(100));
        let search = SearchPolicy::by_policy(&policy);
        let mut write = Write::new(search, policy);
        assert_eq!(write.answered(Err(lost())), "look after 0");
        let mut waits = Vec::new();
        let end = loop {
            let next = write.looked(LookResult::Nothing);
            match next.strip_prefix("look after ") {
                Some(wait) => waits.push(wait.parse::<u64>().unwrap()),
                None => break next,
            }
        };
        assert_eq!(
            waits,
            [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 8500]
        );
        assert_eq!(
            end,
            "uncertain, true: it was looked for for 100 s and not seen, which does not mean that \
             it was not done"
        );
    }

    #[test]
    fn the_time_of_the_call_bounds_the_search() {
        let policy = RetryPolicy::default();
        let mut write = Write::new(SearchPolicy::by_policy(&policy), policy);
        write.answered(Err(lost()));
        write.left = Some(Duration::from_millis(300));
        assert_eq!(write.looked(LookResult::Nothing), "look after 100");
        // What is left is for the last look itself.
        write.left = Some(Duration::from_millis(200));
        assert!(write.looked(LookResult::Nothing).starts_with("uncertain"));
        let mut write = Write::new(SearchPolicy::RefusedWhenDoubled, policy);
        write.answered(Err(lost()));
        write.left = Some(Duration::from_millis(100));
        assert_eq!(write.looked(LookResult::Nothing), "send");
    }

    #[test]
    fn a_look_settles_it_or_may_later() {
        let policy = RetryPolicy::default().first_delay(Duration::ZERO);
        let write = || {
            let mut write = Write::new(SearchPolicy::by_policy(&policy), policy);
            write.answered(Err(lost()));
            write
        };
        assert_eq!(write().looked(LookResult::Done("a")), "a");
        assert_eq!(write().looked(undecided(true)), "look after 500");
        assert_eq!(write().looked(undecided(false)), "uncertain, true: two");
        assert_eq!(
            write().looked(LookResult::Older("b".to_owned())),
            "look after 500"
        );
        for (error, next) in [
            (lost(), "look after 500"),
            (refused(403, "no"), "uncertain, true: looking for it failed"),
        ] {
            let mut write = write();
            let looked = write.state.looked(Err(error), Duration::ZERO, None);
            let words = write.words(looked);
            assert!(words.starts_with(next), "{words}");
        }
    }

    #[test]
    fn answers_that_are_not_lost_are_the_answer() {
        let policy = RetryPolicy::default();
        let mut write = Write::new(SearchPolicy::by_policy(&policy), policy);
        assert_eq!(write.answered(Ok("a")), "a");
        let mut write = Write::new(SearchPolicy::by_policy(&policy), policy);
        assert_eq!(
            write.answered(Err(refused(409, "running"))),
            "error Some(409)"
        );
        // Without a search, a lost answer is told as it is.
        for policy in [RetryPolicy::none(), policy.search_time(Duration::ZERO)] {
            let mut write = Write::new(SearchPolicy::by_policy(&policy), policy);
            assert_eq!(write.answered(Err(lost())), "error None");
            let longer = SearchPolicy::by_policy(&policy).for_time(Duration::from_secs(9));
            assert!(longer.is_off(&policy));
        }
        let mut write = Write::new(SearchPolicy::RefusedWhenDoubled, RetryPolicy::none());
        assert_eq!(write.answered(Err(lost())), "error None");
        let twice = RetryPolicy::none().max_attempts(2);
        let mut write = Write::new(SearchPolicy::RefusedWhenDoubled, twice);
        assert_eq!(write.answered(Err(lost())), "look after 0");
    }

    #[test]
    fn what_is_refused_when_doubled_is_sent_again_after_three_looks() {
        let policy = RetryPolicy::default().max_attempts(2);
        let mut write = Write::new(SearchPolicy::RefusedWhenDoubled, policy);
        assert_eq!(write.answered(Err(lost())), "look after 0");
        assert_eq!(write.looked(LookResult::Nothing), "look after 500");
        assert_eq!(write.looked(LookResult::Nothing), "look after 1000");
        assert_eq!(write.looked(LookResult::Nothing), "send");
        // What is in the way may be the first one.
        let duplicate = || Err(refused(400, "Duplicate Resource Name not allowed"));
        assert_eq!(write.answered(duplicate()), "look after 0");
        assert_eq!(write.looked(LookResult::Nothing), "look after 500");
        assert_eq!(write.looked(LookResult::Nothing), "look after 1000");
        let last = write.looked(LookResult::Nothing);
        assert!(
            last.starts_with("uncertain, true: it was looked for and not seen"),
            "{last}"
        );
        // Or it was there before, and the refusal stands.
        let mut write = Write::new(SearchPolicy::RefusedWhenDoubled, policy);
        write.answered(Err(lost()));
        assert_eq!(write.looked(LookResult::Older("old".to_owned())), "send");
        assert_eq!(write.answered(duplicate()), "look after 0");
        assert_eq!(
            write.looked(LookResult::Older("old".to_owned())),
            "error Some(400)"
        );
        // Another sending would be refused for the same reason.
        let mut write = Write::new(SearchPolicy::RefusedWhenDoubled, policy.max_attempts(5));
        write.answered(Err(lost()));
        write.looked(LookResult::Older("old".to_owned()));
        write.answered(duplicate());
        assert_eq!(
            write.looked(LookResult::Older("old".to_owned())),
            "error Some(400)"
        );
        // A look that fails decides nothing.
        let mut write = Write::new(SearchPolicy::RefusedWhenDoubled, policy);
        write.answered(Err(lost()));
        let looked = write.state.looked(Err(lost()), Duration::ZERO, None);
        assert!(write.words(looked).starts_with("uncertain"));
        // The last sending was lost as well, and an older one has the name.
        let mut write = Write::new(SearchPolicy::RefusedWhenDoubled, policy.max_attempts(2));
        write.answered(Err(lost()));
        write.looked(LookResult::Older("old".to_owned()));
        write.answered(Err(lost()));
        assert_eq!(
            write.looked(LookResult::Older("old".to_owned())),
            "uncertain, true: old"
        );
    }

    #[test]
    fn a_second_start_is_sent_only_on_request_and_after_its_time() {
        let policy = RetryPolicy::default()
            .search_time(Duration::from_secs(1))
            .start_again_after(Duration::from_secs(2));
        let mut write = Write::new(SearchPolicy::of_start(&policy), policy);
        write.answered(Err(lost()));
        assert_eq!(write.looked(LookResult::Nothing), "look after 500");
        assert_eq!(write.looked(LookResult::Nothing), "look after 1000");
        assert_eq!(write.looked(LookResult::Nothing), "look after 500");
        assert_eq!(write.looked(LookResult::Nothing), "send");
        assert_eq!(write.answered(Err(refused(409, "running"))), "look after 0");
        assert_eq!(write.looked(LookResult::Done("first")), "first");
    }

    #[test]
    fn a_second_sending_that_certainly_did_nothing_does_not_hide_the_first() {
        for search in [
            SearchPolicy::RefusedWhenDoubled,
            SearchPolicy::DoneTwice {
                time: Duration::from_millis(1),
                again_after: Some(Duration::ZERO),
            },
        ] {
            let policy = RetryPolicy::default();
            let mut write = Write::new(search, policy);
            write.answered(Err(lost()));
            while write.looked(LookResult::Nothing) != "send" {}
            let next = write.state.answered::<&str>(Err(refused(403, "no")));
            let NextStep::Return(Err(error)) = next else {
                panic!("{next:?}")
            };
            assert!(error.may_have_been_applied(), "{error}");
        }
    }

    #[test]
    fn a_start_is_sent_once_more_at_the_most() {
        let policy = RetryPolicy::default()
            .search_time(Duration::from_millis(1))
            .start_again_after(Duration::ZERO);
        let mut write = Write::new(SearchPolicy::of_start(&policy), policy);
        let mut sent = 0;
        let mut next = "send".to_owned();
        while next == "send" || next.starts_with("look") {
            next = if next == "send" {
                sent += 1;
                write.elapsed = Duration::ZERO;
                write.answered(Err(lost()))
            } else {
                write.looked(LookResult::Nothing)
            };
        }
        assert_eq!(sent, 2);
        assert!(next.starts_with("uncertain"), "{next}");
        // A cancel and a new flow are no starts.
        let mut write = Write::new(SearchPolicy::by_policy(&policy), policy);
        write.answered(Err(lost()));
        while write.looked(LookResult::Nothing).starts_with("look") {}
        assert_eq!(write.state.sent, 1);
    }

    #[test]
    fn a_last_look_that_fails_does_not_take_the_candidates_away() {
        let policy = RetryPolicy::default();
        let mut write = Write::new(SearchPolicy::of_start(&policy), policy);
        write.answered(Err(lost()));
        let seen = LookResult::Undecided {
            found: "one".to_owned(),
            candidates: vec![Candidate::created("a".to_owned(), None, None)],
            may_change: true,
        };
        write.looked(seen);
        let looked = write
            .state
            .looked::<&str>(Err(refused(403, "no")), Duration::ZERO, None);
        let NextStep::Return(Err(Error::Uncertain {
            found, candidates, ..
        })) = looked
        else {
            panic!("{looked:?}")
        };
        assert_eq!(candidates[0].id.as_deref(), Some("a"));
        assert!(
            found.starts_with("one; then looking for it failed"),
            "{found}"
        );
    }

    #[test]
    fn what_contradicts_what_was_sent() {
        let sent = serde_json::json!({"a": "1", "b": null, "secret": "x"});
        for (shown, expected) in [
            (serde_json::json!({"a": "1", "b": "2", "c": "3"}), true),
            (serde_json::json!({"a": null}), true),
            (serde_json::json!({"a": "2"}), false),
            (serde_json::json!("text"), true),
        ] {
            assert_eq!(agrees(&shown, &sent), expected, "{shown}");
        }
    }

    #[test]
    fn what_has_the_name_is_taken_only_when_it_is_new_and_alone_and_ours() {
        let new = Some("2026-06-19T01:30:17.100Z");
        // The service's clock, or this machine's, may be wrong by minutes.
        let minutes_before = Some("2026-06-19T01:25:16Z");
        let old = Some("2026-01-01T00:00:00Z");
        let ada = Some("Ada");
        assert_eq!(look(&[]), "nothing");
        assert_eq!(look(&[("a", new, ada, true)]), "a");
        assert_eq!(look(&[("a", minutes_before, ada, true)]), "a");
        assert_eq!(look(&[("a", old, ada, true)]), "older");
        assert_eq!(look(&[("a", new, ada, true), ("b", old, ada, true)]), "a");
        assert_eq!(look(&[("a", None, ada, true)]), "1 candidates");
        assert_eq!(look(&[("a", new, None, true)]), "1 candidates");
        assert_eq!(look(&[("a", new, Some("Bob"), true)]), "1 candidates");
        assert_eq!(look(&[("a", new, ada, false)]), "1 candidates");
        assert_eq!(
            look(&[("a", new, ada, true), ("b", new, ada, true)]),
            "2 candidates"
        );
    }
}
