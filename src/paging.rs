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

use crate::http::request::Request;
use crate::http::response::{self, Undecodable};
use crate::models::User;
use crate::models::cloud_works::{Connection, Integration, RunHistory, RunSummary};
use crate::models::flows::FlowSummary;
use crate::models::integration_api::{Action, Export, File, Import, Model, Process, Workspace};

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
    read: fn(&[u8]) -> Result<Page<T>, Undecodable>,
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
            fn read(body: &[u8]) -> Result<Page<$item>, Undecodable> {
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

listing!(workspaces, Workspace, Items<Workspace>, "workspaces");
listing!(models, Model, Items<Model>, "models");
listing!(files, File, Items<File>, "files");
listing!(imports, Import, Items<Import>, "imports");
listing!(exports, Export, Items<Export>, "exports");
listing!(actions, Action, Items<Action>, "actions");
listing!(processes, Process, Items<Process>, "processes");

/// Users stand under `users`; a sample of the vendor has `user`.
pub(crate) fn users(request: Request) -> Listing<User> {
    fn read(body: &[u8]) -> Result<Page<User>, Undecodable> {
        match page::<Items<User>>(body, "users") {
            Ok(users) if !users.items.is_empty() => Ok(users),
            first => match page::<Items<User>>(body, "user") {
                Ok(users) if !users.items.is_empty() => Ok(users),
                _ => first,
            },
        }
    }
    Listing { request, read }
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
    /// As the page that was asked for at `offset`: a count of fewer items than it holds is none.
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
    pub(crate) fn page(&self, offset: u64, limit: u64) -> Request {
        self.request
            .clone()
            .query("offset", offset)
            .query("limit", limit)
    }

    pub(crate) fn read(&self, body: &[u8]) -> Result<Page<T>, Undecodable> {
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

/// No count is trusted with the memory of more items than this: beyond, a list makes room as it
/// grows.
const MOST_EXPECTED: usize = 1 << 16;

/// A list as one reading gave it, in order, each item once.
pub(crate) struct ListReading<T> {
    pub(crate) items: Vec<T>,
    by_hash: HashMap<u64, usize>,
    hasher: RandomState,
    /// A page was empty where the service counts items, and a later one was not.
    hole: bool,
    ended_at: Option<u64>,
    /// A page was empty though it counted items that should have stood there.
    lacking: bool,
    /// By the newest page.
    pub(crate) total: Option<u64>,
    /// By the first page.
    first_total: Option<u64>,
    /// The most that any page counted. Pages that are fetched side by side are not made in their
    /// order, so that the newest one need not have the newest count.
    most: Option<u64>,
}

impl<T: Listed> ListReading<T> {
    pub(crate) fn new() -> Self {
        Self {
            items: Vec::new(),
            by_hash: HashMap::new(),
            hasher: RandomState::new(),
            hole: false,
            ended_at: None,
            lacking: false,
            total: None,
            first_total: None,
            most: None,
        }
    }

    /// Takes the page that was asked for at `offset`; pages come in order.
    pub(crate) fn take(&mut self, offset: u64, page: Page<T>) {
        if let Some(total) = page.total {
            self.total = Some(total);
            self.first_total.get_or_insert(total);
            self.most = self.most.max(Some(total));
            if offset == 0 {
                self.expect(total);
            }
        }
        self.lacking |= page.lacks_items(offset).is_some();
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
                    // Of two ids of one hash, both are kept.
                    if self.items[*place.get()].list_id() != item.list_id() {
                        self.items.push(item);
                    }
                }
            }
        }
    }

    /// Makes room for a list of that length once, so that it does not move as it grows.
    fn expect(&mut self, total: u64) {
        let length = usize::try_from(total).unwrap_or(usize::MAX);
        let length = length.min(MOST_EXPECTED);
        self.items.reserve_exact(length);
        self.by_hash.reserve(length);
    }

    /// Whether the last pages that came were empty, although more items are counted.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended_at.is_some() && !self.hole
    }

    pub(crate) fn count(&self) -> u64 {
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
pub(crate) enum ListVerdict<T> {
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
pub(crate) struct ListReader<T> {
    last: Option<ListReading<T>>,
    readings: u32,
}

/// A list that changes all the time is taken as it is after so many readings.
const MOST_READINGS: u32 = 4;

impl<T: Listed> ListReader<T> {
    pub(crate) fn new() -> Self {
        Self {
            last: None,
            readings: 0,
        }
    }

    /// Whether the next reading is the last one: its pages are best fetched one after the other,
    /// since a list that only grows then loses nothing.
    pub(crate) fn is_at_last_reading(&self) -> bool {
        self.readings + 1 == MOST_READINGS
    }

    pub(crate) fn judge(&mut self, reading: ListReading<T>) -> ListVerdict<T> {
        self.readings += 1;
        let received = reading.count();
        let most = reading.most.unwrap_or(received);
        // Not the newest count: what vanished after it was read would stand in for what moved
        // from a page not yet read to one that was.
        if received >= most && !reading.hole {
            return ListVerdict::Whole(reading.items);
        }
        let settled = self
            .last
            .as_ref()
            .is_some_and(|last| last.has_the_same_ids_as(&reading));
        if !settled && self.readings < MOST_READINGS {
            self.last = Some(reading);
            return ListVerdict::ReadAgain;
        }
        // Fewer than any page counted, and yet whole: what is missing came while the list was
        // read. Then all that the first page counted is there, and no page lacked what it counted.
        let all_of_the_first = reading.first_total.is_none_or(|first| received >= first);
        if settled || reading.hole || reading.lacking || !all_of_the_first {
            return ListVerdict::Incomplete {
                expected: most,
                received,
            };
        }
        ListVerdict::Whole(reading.items)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
    struct Item(String);

    impl Listed for Item {
        fn list_id(&self) -> &str {
            &self.0
        }
    }

    /// What happens to the list while it is read.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Weather {
        Still,
        Grows,
        Shrinks,
        Both,
    }

    /// A list that changes between one page and the next.
    struct Server {
        list: Vec<Item>,
        made: usize,
        cap: usize,
        counts: bool,
        weather: Weather,
        /// What chance decides: where, how much, how short a page.
        dice: Vec<u8>,
        thrown: usize,
        /// What was there from the first page of this reading to its last so far.
        stayed: Vec<Item>,
    }

    impl Server {
        fn new(length: usize, cap: usize, counts: bool, dice: Vec<u8>) -> Self {
            let mut server = Self {
                list: Vec::new(),
                made: 0,
                cap,
                counts,
                weather: Weather::Still,
                dice,
                thrown: 0,
                stayed: Vec::new(),
            };
            (0..length).for_each(|at| server.insert(at));
            server
        }

        fn throw(&mut self, below: usize) -> usize {
            let die = self.dice.get(self.thrown % self.dice.len().max(1));
            self.thrown += 1;
            die.map_or(0, |die| usize::from(*die) % below.max(1))
        }

        fn insert(&mut self, at: usize) {
            let item = Item(format!("item {}", self.made));
            self.made += 1;
            self.list.insert(at, item);
        }

        fn change(&mut self) {
            // Where nobody counts, growth by whole pages looks like no paging at all.
            let most = if self.counts { 4 } else { 2 };
            for _ in 0..self.throw(most) {
                let grows = match self.weather {
                    Weather::Still => return,
                    // No list grows for ever.
                    _ if self.made > 200 => return,
                    Weather::Grows => true,
                    Weather::Shrinks => false,
                    Weather::Both => self.throw(2) == 0,
                };
                let at = self.throw(self.list.len() + usize::from(grows));
                if grows {
                    self.insert(at);
                } else if at < self.list.len() {
                    self.list.remove(at);
                }
            }
        }

        fn page(&mut self, offset: u64, limit: u64) -> Page<Item> {
            self.change();
            if offset == 0 {
                self.stayed.clone_from(&self.list);
            }
            self.stayed.retain(|item| self.list.contains(item));
            let mut size = (limit as usize).min(self.cap);
            if self.throw(5) == 0 && (self.counts || offset > 0) {
                size = size.div_ceil(2);
            }
            let rest = self.list.iter().skip(offset as usize);
            Page {
                items: rest.take(size).cloned().collect(),
                total: self.counts.then_some(self.list.len() as u64),
            }
        }

        /// Reads the list as the client does; the pages of a batch are made in any order when
        /// they are fetched side by side.
        fn read(&mut self, limit: u64, side_by_side: bool) -> ListReading<Item> {
            let mut reading = ListReading::new();
            let first = self.page(0, limit);
            let step = first.items.len() as u64;
            let mut end = step;
            reading.take(0, first);
            let mut pages_without_news = 0;
            while step > 0 && reading.total.is_none_or(|total| end < total) {
                let Some(total) = reading.total else {
                    let page = self.page(end, step);
                    let (received, known) = (page.items.len() as u64, reading.count());
                    reading.take(end, page);
                    end += received;
                    pages_without_news = if reading.count() > known {
                        0
                    } else {
                        pages_without_news + 1
                    };
                    if received == 0 || pages_without_news == 2 {
                        break;
                    }
                    continue;
                };
                let starts: Vec<u64> = (end..total).step_by(step as usize).collect();
                end = total;
                let mut order: Vec<usize> = (0..starts.len()).collect();
                if side_by_side {
                    for i in (1..order.len()).rev() {
                        let j = self.throw(i + 1);
                        order.swap(i, j);
                    }
                }
                let mut spans: Vec<Vec<(u64, Page<Item>)>> = Vec::new();
                spans.resize_with(starts.len(), Vec::new);
                for i in order {
                    let (mut offset, until) = (starts[i], total.min(starts[i] + step));
                    while offset < until {
                        let page = self.page(offset, until - offset);
                        let received = page.items.len() as u64;
                        spans[i].push((offset, page));
                        if received == 0 {
                            break;
                        }
                        offset += received;
                    }
                }
                for (offset, page) in spans.into_iter().flatten() {
                    reading.take(offset, page);
                }
            }
            reading
        }

        /// Reads until the list is settled; `weather` is that of each reading.
        fn list(&mut self, limit: u64, weather: [Weather; 4]) -> (ListVerdict<Item>, usize) {
            let mut reader = ListReader::new();
            for (i, weather) in weather.into_iter().enumerate() {
                self.weather = weather;
                let reading = self.read(limit, !reader.is_at_last_reading());
                match reader.judge(reading) {
                    ListVerdict::ReadAgain => {}
                    settled => return (settled, i),
                }
            }
            unreachable!("it is judged for good after {MOST_READINGS} readings")
        }
    }

    fn is_without_repetition(items: &[Item]) -> bool {
        let mut sorted: Vec<_> = items.iter().collect();
        sorted.sort();
        sorted.windows(2).all(|pair| pair[0] != pair[1])
    }

    fn weather(of: &'static [Weather]) -> impl Strategy<Value = [Weather; 4]> {
        proptest::array::uniform4(proptest::sample::select(of))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn a_list_that_holds_still_comes_whole_and_in_order(
            length in 0..60_usize, cap in 1..12_usize, limit in 1..20_u64, counts: bool,
            dice in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let mut server = Server::new(length, cap, counts, dice);
            let (settled, after) = server.list(limit, [Weather::Still; 4]);
            let ListVerdict::Whole(items) = settled else {
                return Err(TestCaseError::fail("not whole"));
            };
            prop_assert_eq!(items, server.list);
            prop_assert_eq!(after, 0);
        }

        #[test]
        fn whatever_was_there_all_the_time_is_there_once(
            length in 0..60_usize, cap in 1..12_usize, limit in 1..20_u64,
            weather in weather(&[Weather::Still, Weather::Grows, Weather::Shrinks]),
            dice in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut server = Server::new(length, cap, true, dice);
            let (settled, after) = server.list(limit, weather);
            match settled {
                ListVerdict::Whole(items) => {
                    prop_assert!(is_without_repetition(&items));
                    for item in &server.stayed {
                        prop_assert!(items.contains(item), "{:?} is lost", item);
                    }
                }
                // Only from a list that never holds still, and of which items vanish to the last.
                ListVerdict::Incomplete { expected, received } => {
                    prop_assert!(received < expected);
                    prop_assert!(!weather[..=after].contains(&Weather::Still));
                    prop_assert_eq!(weather[after], Weather::Shrinks);
                }
                ListVerdict::ReadAgain => unreachable!("it is settled"),
            }
        }

        #[test]
        fn growth_alone_loses_nothing_even_uncounted(
            length in 0..60_usize, cap in 4..12_usize, limit in 4..20_u64, counts: bool,
            dice in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut server = Server::new(length, cap, counts, dice);
            let (settled, _) = server.list(limit, [Weather::Grows; 4]);
            let ListVerdict::Whole(items) = settled else {
                return Err(TestCaseError::fail("not whole"));
            };
            prop_assert!(is_without_repetition(&items));
            for item in &server.stayed {
                prop_assert!(items.contains(item), "{:?} is lost", item);
            }
        }

        #[test]
        fn no_change_whatever_brings_repetitions_or_a_panic(
            length in 0..60_usize, cap in 1..12_usize, limit in 1..20_u64, counts: bool,
            weather in weather(&[Weather::Grows, Weather::Shrinks, Weather::Both]),
            dice in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut server = Server::new(length, cap, counts, dice);
            if let (ListVerdict::Whole(items), _) = server.list(limit, weather) {
                prop_assert!(is_without_repetition(&items));
            }
        }
    }
}
