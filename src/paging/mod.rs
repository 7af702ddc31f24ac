//! Pages: what one holds, and which one to ask for next. Nothing here sends anything.
//!
//! The service caps the page size silently, and its lists change while they are read. What is
//! promised: every item that was there from the first page to the last is in the list, once.

mod cursor;
mod newest_first;
mod whole_list;

#[cfg(test)]
mod tests;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::http::request::Request;
use crate::http::response::{self, Undecodable};
use crate::models::User;
use crate::models::cloud_works::{Connection, Integration, RunHistory, RunSummary};
use crate::models::flows::FlowSummary;
use crate::models::integration_api::{Action, Export, File, Import, Model, Process, Workspace};

pub(crate) use cursor::{CursorStep, PageCursor};
pub(crate) use newest_first::{NewestFirst, NewestStep, last_span};
pub(crate) use whole_list::{ListStep, WholeList};

/// What can stand in a list: it has an id by which it is known again.
pub trait Listed: DeserializeOwned + Send + 'static {
    #[doc(hidden)]
    fn list_id(&self) -> &str;
}

macro_rules! listed {
    ($($item:ty),*) => {$(
        impl Listed for $item {
            fn list_id(&self) -> &str {
                self.id.as_str()
            }
        }
    )*};
}
listed!(Connection, Integration, RunSummary, FlowSummary);
listed!(
    Workspace, Model, User, File, Import, Export, Action, Process
);

/// A list to be read: the request but for its page, and where the items stand in the answer.
pub(crate) struct Listing<T> {
    pub(crate) request: Request,
    key: &'static str,
    read: fn(&[u8], &str) -> Result<Page<T>, Undecodable>,
}

impl<T> Clone for Listing<T> {
    fn clone(&self) -> Self {
        Self {
            request: self.request.clone(),
            ..*self
        }
    }
}

/// One page.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// How many there are in all, as the service counts at this moment.
    pub(crate) total: Option<u64>,
}

/// Items of a list by their places: from `start` to before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Span {
    pub(crate) fn new(start: u64, length: u64) -> Self {
        let end = start.saturating_add(length);
        Self { start, end }
    }

    pub(crate) fn length(self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// The items of a span, in as many pages as the service makes of them.
pub(crate) struct SpanPages<T> {
    rest: Span,
    pages: Vec<(u64, Page<T>)>,
}

impl<T> SpanPages<T> {
    pub(crate) fn of(span: Span) -> Self {
        Self {
            rest: span,
            pages: Vec::with_capacity(1),
        }
    }

    /// The page to ask for; `None` when no more is to come.
    pub(crate) fn next(&self) -> Option<Span> {
        (self.rest.length() > 0).then_some(self.rest)
    }

    pub(crate) fn take(&mut self, page: Page<T>) {
        let received = page.items.len() as u64;
        let start = self.rest.start;
        self.pages.push((start, page));
        self.rest.start = match received {
            // There are fewer items than the span was made for.
            0 => self.rest.end,
            _ => start + received,
        };
    }

    pub(crate) fn into_pages(self) -> Vec<(u64, Page<T>)> {
        self.pages
    }
}

impl<T: DeserializeOwned> Listing<T> {
    /// A list of items under `key`.
    pub(crate) fn new(request: Request, key: &'static str) -> Self {
        Self {
            request,
            key,
            read: page::<Items<T>>,
        }
    }
}

impl Listing<User> {
    /// Users stand under `users`; a sample of the vendor has `user`.
    pub(crate) fn of_users(request: Request) -> Self {
        let read = |body: &[u8], key: &str| match page::<Items<User>>(body, key) {
            Ok(users) if !users.items.is_empty() => Ok(users),
            first => match page::<Items<User>>(body, "user") {
                Ok(users) if !users.items.is_empty() => Ok(users),
                _ => first,
            },
        };
        Self {
            request,
            key: "users",
            read,
        }
    }
}

impl Listing<RunSummary> {
    /// The runs of a history, which counts them itself.
    pub(crate) fn of_history(request: Request, key: &'static str) -> Self {
        Self {
            request,
            key,
            read: page::<RunHistory>,
        }
    }
}

fn page<B: PageBody>(body: &[u8], key: &str) -> Result<Page<B::Item>, Undecodable> {
    let envelope = response::envelope::<B>(body, key)?;
    let (items, own_total) = match envelope.value {
        Some(body) => body.split(),
        // A list that is not there at all: nothing to list, if nothing in the answer counts items.
        None if envelope.paging.total.is_none_or(|total| total == 0) => {
            (Vec::new(), count_beside(body))
        }
        None => return Err(Undecodable::missing(key)),
    };
    Ok(Page {
        items,
        total: envelope.paging.total.or(own_total),
    })
}

/// How many runs are counted beside a history that is not there.
fn count_beside(body: &[u8]) -> Option<u64> {
    let counted = response::envelope::<Count>(body, "totalRuns").ok()?;
    counted.value?.0
}

struct Count(Option<u64>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let text = value.as_str().and_then(|text| text.trim().parse().ok());
        Ok(Self(value.as_u64().or(text)))
    }
}

impl<T> Page<T> {
    /// As the page that was asked for at `offset`. A count below its own items is ignored.
    pub(crate) fn at(mut self, offset: u64) -> Self {
        let end = offset.saturating_add(self.items.len() as u64);
        let is_contradicted = !self.items.is_empty() && self.total.is_some_and(|total| total < end);
        if is_contradicted {
            self.total = None;
        }
        self
    }

    /// How many items are counted, if there should be some at `offset`, and there are none. Both
    /// are of one reply: no change of the list in between explains it.
    pub(crate) fn lacks_items(&self, offset: u64) -> Option<u64> {
        self.total
            .filter(|total| self.items.is_empty() && *total > offset)
    }
}

impl<T> Listing<T> {
    pub(crate) fn page(&self, span: Span) -> Request {
        self.request
            .clone()
            .query("offset", span.start)
            .query("limit", span.length())
    }

    pub(crate) fn read(&self, body: &[u8]) -> Result<Page<T>, Undecodable> {
        (self.read)(body, self.key)
    }
}

trait PageBody: DeserializeOwned {
    type Item;
    fn split(self) -> (Vec<Self::Item>, Option<u64>);
}

impl PageBody for RunHistory {
    type Item = RunSummary;

    fn split(self) -> (Vec<RunSummary>, Option<u64>) {
        let total = self.total_runs.and_then(|total| u64::try_from(total).ok());
        (self.runs, total)
    }
}

/// A list, where the service also writes `null` or `{}` for an empty one.
struct Items<T>(Vec<T>);

impl<T: DeserializeOwned> PageBody for Items<T> {
    type Item = T;

    fn split(self) -> (Vec<T>, Option<u64>) {
        (self.0, None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemsVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ItemsVisitor<T> {
            type Value = Items<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Items<T>, E> {
                Ok(Items(Vec::new()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Items<T>, A::Error> {
                match map.next_key::<IgnoredAny>()? {
                    None => Ok(Items(Vec::new())),
                    Some(_) => Err(serde::de::Error::custom("an object stands for a list")),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Items<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Items(items))
            }
        }

        deserializer.deserialize_any(ItemsVisitor(PhantomData))
    }
}
