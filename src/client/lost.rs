//! After a write whose answer was lost: look what became of it before it is sent again.

use std::fmt::Display;
use std::time::Duration;

use jiff::Timestamp;

use super::super::{maybe_async, transport};
use super::session::Session;
use crate::error::{Error, Result};

/// What looking brought.
pub(super) enum Look<T> {
    /// It was done: here is its answer.
    Found(T),
    /// It was not done, so far.
    Absent,
    /// It may be that something was done, or something else may have been.
    Unclear(String),
}

/// Whether the service itself keeps a write from being done twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Twice {
    /// It refuses the second one: names are unique, or there is room for one only.
    Refused,
    /// It would do it again.
    Done,
}

/// How often to look: what was asked for may still be on its way.
const LOOKS: u32 = 3;

/// What is dated this much before the call is still taken for its doing: the service dates some
/// things in whole seconds.
const LEEWAY: Duration = Duration::from_secs(1);

/// Whether something dated by the service began with a call, or before it.
pub(super) fn is_since(date: Timestamp, call: Timestamp) -> bool {
    call.saturating_sub(LEEWAY)
        .is_ok_and(|earliest| date >= earliest)
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
        found = match (found, created) {
            (_, None) => Look::Unclear(format!("{id} has that name, and no date: it may be older")),
            (_, Some(date)) if !is_since(date, call) => {
                Look::Unclear(format!("{id} has that name since {date}, before this call"))
            }
            (Look::Absent, _) => Look::Found(id),
            (Look::Found(other), _) => {
                Look::Unclear(format!("{other} and {id} both have that name"))
            }
            (unclear, _) => unclear,
        };
    }
    found
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
            // Refused, since it was done by the one that seemed lost.
            Err(error) if sent > 1 && is_done_already(&error) => error,
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
    // The service itself has answered, so it is through with the request; a gateway's 502 or 504
    // says nothing of the sort.
    twice == Twice::Refused || matches!(lost.status(), Some(500 | 503))
}

fn is_done_already(error: &Error) -> bool {
    let Error::Api(refusal) = error else {
        return false;
    };
    let message = refusal.message.to_ascii_lowercase();
    ["duplicate resource name", "not in running state"]
        .iter()
        .any(|words| message.contains(words))
}
