//! After a write whose answer was lost: look what became of it before it is sent again.

use std::fmt::Display;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::super::{maybe_async, transport};
use super::session::Session;
use crate::error::{Error, Result};
use crate::paging::{Listed, Listing, Named};
use crate::request::Request;

/// What looking brought.
pub(super) enum Look<T> {
    /// It was done: here is its answer.
    Found(T),
    /// It was not done, so far.
    Absent,
    /// It may be that something was done, or something else may have been.
    Unclear(String),
}

/// What sending a write again does when the first one was carried out after all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twice {
    /// It is refused: names are unique, or there is room for one only.
    Refused,
    /// It is done again.
    Done,
    /// It may hit what came after: it is never sent again.
    Astray,
}

/// How often to look: what was asked for may still be on its way.
const LOOKS: u32 = 3;

/// When something was, seen from a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Before,
    /// In the same second, by a clock that tells no more.
    Unclear,
    Since,
}

/// Two clocks, and dates cut to the millisecond, agree no better: what is dated this much before a
/// call is still of it. Too small a slack would take its own doing for something older.
const SLACK: Duration = Duration::from_millis(100);

/// Places a date of the service, which it may have cut to the second, before or after a call.
pub(super) fn when(date: Timestamp, call: Timestamp) -> When {
    let call = call.saturating_sub(SLACK).unwrap_or(call);
    let is_whole = date.subsec_nanosecond() == 0;
    let cut = Duration::from_millis(if is_whole { 999 } else { 0 });
    let latest = date.saturating_add(cut).unwrap_or(date);
    if date >= call {
        When::Since
    } else if latest < call {
        When::Before
    } else {
        When::Unclear
    }
}

/// Finds what was created by its name, among all that there is.
pub(super) fn created_since<T>(
    named: impl Iterator<Item = (T, Option<Timestamp>)>,
    call: Timestamp,
) -> Look<T>
where
    T: Display,
{
    let mut found = Look::Absent;
    for (id, created) in named {
        let whens = created.map(|date| (date, when(date, call)));
        found = match (found, whens) {
            (Look::Absent, Some((_, When::Since))) => Look::Found(id),
            (Look::Found(other), Some((_, When::Since))) => {
                Look::Unclear(format!("{other} and {id} both have that name"))
            }
            (_, Some((date, _))) => Look::Unclear(format!(
                "{id} has that name since {date}, perhaps before this call"
            )),
            (_, None) => Look::Unclear(format!("{id} has that name, and no date: it may be older")),
        };
    }
    found
}

/// Creates what has a name, and finds it by that when the answer is lost.
#[maybe_async]
pub(super) async fn create_named<I, T>(
    session: &Session,
    twice: Twice,
    request: Request,
    (outer, inner): (&'static str, &'static str),
    name: &str,
    listing: Listing<T>,
) -> Result<I>
where
    I: From<String> + Display,
    T: Listed + Named<Id = I>,
{
    let (session, began) = (&session.within_patience(), Instant::now());
    let (request, listing) = (&request, &listing);
    let send = || async move { session.create(request.clone(), outer, inner).await };
    let look = || async move {
        let all = session.list(listing.clone()).await?;
        let named = all.into_iter().filter_map(|one| one.named(name));
        Ok(created_since(named, session.time_of(began)))
    };
    send_or_look(session, twice, send, look).await
}

/// Sends; when the answer is lost, looks; sends again only when nothing was done for certain, or
/// when doing it twice is refused.
#[maybe_async]
pub(super) async fn send_or_look<T, S, Sending, L, Looking>(
    session: &Session,
    twice: Twice,
    send: S,
    look: L,
) -> Result<T>
where
    S: Fn() -> Sending,
    Sending: Future<Output = Result<T>>,
    L: Fn() -> Looking,
    Looking: Future<Output = Result<Look<T>>>,
{
    let policy = session.policy();
    let mut sent = 1;
    loop {
        let answer = send().await;
        let lost = match answer {
            Err(error) if error.may_have_been_applied() && policy.attempts() > 1 => error,
            // Something is in the way of the second one: perhaps the first, which seemed lost.
            Err(error) if sent > 1 && is_in_the_way(&error) => error,
            answer => return answer,
        };
        tracing::debug!(error = %lost, "the answer was lost: looking what became of the request");
        let mut found = Look::Absent;
        for turn in 0..LOOKS {
            if turn > 0 {
                transport::sleep(policy.backoff(turn + 1)).await;
            }
            let seen = look().await;
            match seen {
                Ok(Look::Absent) => {}
                Ok(seen) => {
                    found = seen;
                    break;
                }
                Err(error) => {
                    found = Look::Unclear(format!("looking for it failed: {error}"));
                    break;
                }
            }
        }
        let found = match found {
            Look::Found(value) => return Ok(value),
            Look::Unclear(found) => found,
            Look::Absent if is_safe_to_repeat(twice, &lost) && sent < policy.attempts() => {
                sent += 1;
                continue;
            }
            Look::Absent => "nothing of it is to be seen so far".to_owned(),
        };
        return Err(Error::Uncertain {
            found,
            source: Box::new(lost),
        });
    }
}

/// Nothing was done, and nothing is still on its way that could be done later.
fn is_safe_to_repeat(twice: Twice, lost: &Error) -> bool {
    match twice {
        Twice::Refused => true,
        Twice::Astray => false,
        // The service itself has answered, in its own form, so it is through with the request; a
        // gateway's word says nothing of the sort.
        Twice::Done => {
            matches!(lost, Error::Api(e) if matches!(e.status, 500 | 503) && e.code.is_some())
        }
    }
}

fn is_in_the_way(error: &Error) -> bool {
    let Error::Api(refusal) = error else {
        return false;
    };
    let message = refusal.message.to_ascii_lowercase();
    refusal.status == 409 || message.contains("duplicate resource name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn before_since_or_in_the_same_second() {
        let call = at("2026-06-19T01:30:16.500Z");
        for (date, expected) in [
            ("2026-06-19T01:30:15.000Z", When::Before),
            ("2026-06-19T01:30:16.000Z", When::Unclear),
            ("2026-06-19T01:30:16.399Z", When::Before),
            ("2026-06-19T01:30:16.400Z", When::Since),
            ("2026-06-19T01:30:16.500Z", When::Since),
            ("2026-06-19T01:30:17.000Z", When::Since),
        ] {
            assert_eq!(when(at(date), call), expected, "{date}");
        }
    }

    #[test]
    fn what_has_the_name_is_taken_only_when_it_is_new_and_alone() {
        let call = at("2026-06-19T01:30:16.500Z");
        let new = Some(at("2026-06-19T01:30:17.100Z"));
        let old = Some(at("2026-01-01T00:00:00.000Z"));
        let look = |all: &[(&'static str, Option<Timestamp>)]| match created_since(
            all.iter().copied(),
            call,
        ) {
            Look::Found(id) => id.to_owned(),
            Look::Absent => "absent".to_owned(),
            Look::Unclear(_) => "unclear".to_owned(),
        };
        assert_eq!(look(&[]), "absent");
        assert_eq!(look(&[("a", new)]), "a");
        assert_eq!(look(&[("a", old)]), "unclear");
        assert_eq!(look(&[("a", None)]), "unclear");
        assert_eq!(look(&[("a", new), ("b", new)]), "unclear");
        assert_eq!(look(&[("a", new), ("b", old)]), "unclear");
        assert_eq!(look(&[("a", old), ("b", new)]), "unclear");
    }
}
