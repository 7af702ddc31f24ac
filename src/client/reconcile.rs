//! After a write whose answer was lost: the looks, and the sending again, that
//! [`crate::reconcile`] asks for.

use std::fmt::Display;
use std::time::Instant;

use super::super::{maybe_async, transport};
use super::session::Session;
use crate::error::Result;
use crate::http::request::Request;
use crate::paging::{Listed, Listing};
use crate::reconcile::{
    CreatedItem, LookResult, NextStep, Reconciliation, SearchPolicy, find_created,
};

/// Sends a write; when its answer is lost, looks whether it was done.
#[maybe_async]
pub(super) async fn send_or_look<T, S, Sending, L, Looking>(
    session: &Session,
    search: SearchPolicy,
    send: S,
    look: L,
) -> Result<T>
where
    S: Fn() -> Sending,
    Sending: Future<Output = Result<T>>,
    L: Fn() -> Looking,
    Looking: Future<Output = Result<LookResult<T>>>,
{
    let mut write = Reconciliation::new(search, *session.policy());
    let mut lost_at = Instant::now();
    let mut next = NextStep::Send;
    loop {
        next = match next {
            NextStep::Return(answer) => return answer,
            NextStep::Send => {
                let answer = send().await;
                lost_at = Instant::now();
                write.answered(answer)
            }
            NextStep::Look(after) => {
                tracing::debug!("the answer was lost: looking what became of the request");
                transport::sleep(after).await;
                let seen = look().await;
                write.looked(seen, lost_at.elapsed(), session.left())
            }
        };
    }
}

/// Creates what has a name, and finds it by that when the answer is lost.
#[maybe_async]
pub(super) async fn create_named<I, T, F>(
    session: &Session,
    search: SearchPolicy,
    request: Request,
    (outer, inner): (&'static str, &'static str),
    name: &str,
    listing: Listing<T>,
    read: F,
) -> Result<I>
where
    I: From<String> + Display,
    T: Listed,
    F: Fn(T) -> CreatedItem<I>,
{
    let (session, began) = (&session.within_policy(), Instant::now());
    let (request, listing, read) = (&request, &listing, &read);
    let send = || async move { session.create(request.clone(), outer, inner).await };
    let look = || async move {
        let all = session.list(listing.clone()).await?;
        let mut all: Vec<CreatedItem<I>> = all.into_iter().map(read).collect();
        all.retain(|one| one.name == name);
        let caller = match all.is_empty() {
            true => None,
            false => session.caller().await,
        };
        let is_caller = |name: &str| caller.as_ref().is_some_and(|caller| caller.has_name(name));
        Ok(find_created(all, session.time_of(began), is_caller))
    };
    send_or_look(session, search, send, look).await
}
