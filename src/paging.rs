//! Pages: what one holds, and how a whole list is made of many; compiled once.
//!
//! The service caps the page size silently, and its lists change while they are read. What is
//! promised: every item that was there from the first page to the last is in the list, once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::decode::{self, Unreadable};
use crate::models::cloud_works::{Connection, Integration, RunHistory, RunSummary};
use crate::models::flows::FlowSummary;
use crate::request::Request;

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

/// A list to be read: the request but for its page, and where the items stand in the answer.
pub(crate) struct Listing<T> {
    pub(crate) request: Request,
    read: fn(&[u8]) -> Result<Page<T>, Unreadable>,
}

impl<T> Clone for Listing<T> {
    fn clone(&self) -> Self {
        Self {
            request: self.request.clone(),
            read: self.read,
        }
    }
}

/// One page.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// How many there are in all, as the service counts at this moment.
    pub(crate) total: Option<u64>,
}

macro_rules! listing {
    ($(#[$doc:meta])* $name:ident, $item:ty, $body:ty, $key:literal) => {
        $(#[$doc])*
        pub(crate) fn $name(request: Request) -> Listing<$item> {
            fn read(body: &[u8]) -> Result<Page<$item>, Unreadable> {
                page::<$body>(body, $key)
            }
            Listing { request, read }
        }
    };
}
listing!(connections, Connection, Items<Connection>, "connections");
listing!(
    integrations,
    Integration,
    Items<Integration>,
    "integrations"
);
listing!(flows, FlowSummary, Items<FlowSummary>, "integrationFlows");
listing!(run_history, RunSummary, RunHistory, "history_of_runs");

fn page<B: PageBody>(body: &[u8], key: &str) -> Result<Page<B::Item>, Unreadable> {
    let envelope = decode::envelope::<B>(body, key)?;
    decode::accept(&envelope)?;
    let (items, own_total) = match envelope.value {
        Some(body) => body.split(),
        // A list that is not there at all: nothing to list, if the service says so itself.
        None if envelope.paging.total.is_none_or(|total| total == 0) => (Vec::new(), None),
        None => return Err(Unreadable::missing(key)),
    };
    Ok(Page {
        items,
        total: envelope.paging.total.or(own_total),
    })
}

impl<T> Listing<T> {
    pub(crate) fn page(&self, offset: u64, limit: u64) -> Request {
        self.request
            .clone()
            .query("offset", offset)
            .query("limit", limit)
    }

    pub(crate) fn read(&self, body: &[u8]) -> Result<Page<T>, Unreadable> {
        (self.read)(body)
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

/// A list as one reading gave it, in order, each item once.
pub(crate) struct Reading<T> {
    pub(crate) items: Vec<T>,
    by_hash: HashMap<u64, usize>,
    hasher: RandomState,
    /// Pages brought items that others had brought before.
    repeated: bool,
    /// A page was empty where the service counts items, and a later one was not.
    hole: bool,
    ended_at: Option<u64>,
    /// By the newest page.
    pub(crate) total: Option<u64>,
}

impl<T: Listed> Reading<T> {
    pub(crate) fn new() -> Self {
        Self {
            items: Vec::new(),
            by_hash: HashMap::new(),
            hasher: RandomState::new(),
            repeated: false,
            hole: false,
            ended_at: None,
            total: None,
        }
    }

    /// Takes the page that was asked for at `offset`; pages come in order.
    pub(crate) fn take(&mut self, offset: u64, page: Page<T>) {
        if page.total.is_some() {
            self.total = page.total;
        }
        if page.items.is_empty() {
            self.ended_at.get_or_insert(offset);
        } else if self.ended_at.is_some_and(|end| end < offset) {
            self.hole = true;
        }
        for item in page.items {
            match self.by_hash.entry(self.hasher.hash_one(item.list_id())) {
                Entry::Vacant(place) => {
                    place.insert(self.items.len());
                    self.items.push(item);
                }
                Entry::Occupied(place) => {
                    if self.items[*place.get()].list_id() == item.list_id() {
                        self.repeated = true;
                    } else {
                        // Two ids of one hash: both are kept.
                        self.items.push(item);
                    }
                }
            }
        }
    }

    fn count(&self) -> u64 {
        self.items.len() as u64
    }

    fn has_the_same_ids_as(&self, other: &Self) -> bool {
        self.items.len() == other.items.len()
            && self.items.iter().all(|item| {
                let place = other.by_hash.get(&other.hasher.hash_one(item.list_id()));
                place.is_some_and(|place| other.items[*place].list_id() == item.list_id())
            })
    }
}

/// What follows from a reading.
pub(crate) enum Settled<T> {
    /// The list is whole.
    Whole(Vec<T>),
    /// It changed while it was read: read it again.
    ReadAgain,
    Incomplete {
        expected: u64,
        received: u64,
    },
}

/// Reads a list until it holds still.
pub(crate) struct Settling<T> {
    last: Option<Reading<T>>,
    readings: u32,
}

/// A list that changes all the time is taken as it is after so many readings.
const MOST_READINGS: u32 = 4;

impl<T: Listed> Settling<T> {
    pub(crate) fn new() -> Self {
        Self {
            last: None,
            readings: 0,
        }
    }

    pub(crate) fn judge(&mut self, reading: Reading<T>) -> Settled<T> {
        self.readings += 1;
        let expected = reading.total.unwrap_or(reading.count());
        if reading.count() >= expected && !reading.hole {
            return Settled::Whole(reading.items);
        }
        let settled = self
            .last
            .as_ref()
            .is_some_and(|last| last.has_the_same_ids_as(&reading));
        if !settled && self.readings < MOST_READINGS {
            self.last = Some(reading);
            return Settled::ReadAgain;
        }
        if reading.repeated || reading.hole {
            return Settled::Incomplete {
                expected,
                received: reading.count(),
            };
        }
        // Fewer than counted, but the pages follow on each other to an empty one: the count
        // takes in what this user may not see.
        tracing::warn!(
            expected,
            received = reading.count(),
            "the service counts more items than it lists"
        );
        Settled::Whole(reading.items)
    }
}
