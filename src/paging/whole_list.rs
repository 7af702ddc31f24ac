//! Plans the reading of a whole list, which is read again if it changes meanwhile.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};

use super::{Listed, Page, Span};

/// The next step of reading a whole list.
pub(crate) enum ListStep<T> {
    /// Ask for one page.
    Page(Span),
    /// Ask for all items of these spans, in as many pages as the service makes of each.
    Spans {
        spans: Vec<Span>,
        side_by_side: bool,
    },
    Whole(Vec<T>),
    Incomplete {
        expected: u64,
        received: u64,
    },
}

/// Plans the reading of a whole list: [`next`](Self::next) says what to ask for, and
/// [`take`](Self::take) takes the pages, in the order of the list.
pub(crate) struct WholeList<T> {
    page_size: u64,
    reading: Reading<T>,
    asked: LastRequest,
    /// How many items the service gives in a page, by the first one: it caps pages silently.
    step: u64,
    /// Up to where items were asked for.
    end: u64,
    pages_without_news: u32,
    readings: u32,
    last: Option<Reading<T>>,
}

/// What was asked for last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastRequest {
    Nothing,
    FirstPage,
    /// The service gives no count: one page after the other.
    NextPage,
    Spans,
}

/// A list that changes all the time is taken as it is after so many readings.
pub(super) const MAX_READINGS: u32 = 4;

/// How many spans are asked for before it is looked whether there are any more: the count may be
/// far off.
const MAX_SPANS: usize = 256;

/// A service that ignores paging gives the same items again. Without a count, so many pages without
/// new items end the list.
const MAX_PAGES_WITHOUT_NEWS: u32 = 2;

impl<T: Listed> WholeList<T> {
    pub(crate) fn new(page_size: u64) -> Self {
        Self {
            page_size,
            reading: Reading::new(),
            asked: LastRequest::Nothing,
            step: 0,
            end: 0,
            pages_without_news: 0,
            readings: 0,
            last: None,
        }
    }

    /// What to ask for next, once all that was asked for has been taken.
    pub(crate) fn next(&mut self) -> ListStep<T> {
        if self.asked != LastRequest::Nothing && self.is_read() {
            if let Some(verdict) = self.judge() {
                return verdict;
            }
            tracing::debug!("the list changed while it was read");
        }
        match (self.asked, self.reading.total) {
            (LastRequest::Nothing, _) => {
                self.asked = LastRequest::FirstPage;
                ListStep::Page(Span::new(0, self.page_size))
            }
            (_, None) => {
                self.asked = LastRequest::NextPage;
                ListStep::Page(Span::new(self.end, self.step))
            }
            (_, Some(total)) => {
                self.asked = LastRequest::Spans;
                let step = usize::try_from(self.step).unwrap_or(usize::MAX);
                let starts = (self.end..total).step_by(step).take(MAX_SPANS);
                let spans: Vec<_> = starts
                    .map(|start| Span {
                        start,
                        end: total.min(start.saturating_add(self.step)),
                    })
                    .collect();
                self.end = spans.last().map_or(total, |last| last.end);
                // A list that only grows loses nothing when its pages are read one after the
                // other: that is kept for the last reading.
                let side_by_side = self.readings + 1 < MAX_READINGS;
                ListStep::Spans {
                    spans,
                    side_by_side,
                }
            }
        }
    }

    /// Takes the page that was asked for at `offset`.
    pub(crate) fn take(&mut self, offset: u64, page: Page<T>) {
        let (received, known) = (page.items.len() as u64, self.reading.count());
        self.reading.take(offset, page);
        match self.asked {
            LastRequest::FirstPage => {
                self.step = received;
                self.end = received;
            }
            LastRequest::NextPage if self.reading.count() > known => {
                self.end += received;
                self.pages_without_news = 0;
            }
            LastRequest::NextPage => {
                self.end += received;
                self.pages_without_news += 1;
            }
            LastRequest::Nothing | LastRequest::Spans => {}
        }
    }

    /// Whether this reading has come to the end of the list.
    fn is_read(&self) -> bool {
        self.reading.has_ended()
            || self.reading.total.is_some_and(|total| total <= self.end)
            || self.pages_without_news == MAX_PAGES_WITHOUT_NEWS
    }

    /// What the reading came to; `None` when the list has to be read again.
    fn judge(&mut self) -> Option<ListStep<T>> {
        self.readings += 1;
        let reading = std::mem::replace(&mut self.reading, Reading::new());
        let received = reading.count();
        let most = reading.most.unwrap_or(received);
        // Not the newest count: what vanished after it was read would stand in for what moved
        // from a page not yet read to one that was.
        if received >= most && !reading.hole {
            return Some(ListStep::Whole(reading.items));
        }
        let settled = self
            .last
            .as_ref()
            .is_some_and(|last| last.has_the_same_ids_as(&reading));
        if !settled && self.readings < MAX_READINGS {
            self.last = Some(reading);
            self.asked = LastRequest::Nothing;
            self.pages_without_news = 0;
            return None;
        }
        // Fewer than any page counted, and yet whole: what is missing came while the list was
        // read. Then all that the first page counted is there, and no page lacked what it counted.
        let all_of_the_first = reading.first_total.is_none_or(|first| received >= first);
        if settled || reading.hole || reading.lacking || !all_of_the_first {
            return Some(ListStep::Incomplete {
                expected: most,
                received,
            });
        }
        Some(ListStep::Whole(reading.items))
    }
}

/// Memory is reserved for at most so many items, since the service's count may be wrong.
const MAX_EXPECTED: usize = 1 << 16;

/// A list as one reading gave it, in order, each item once.
struct Reading<T> {
    items: Vec<T>,
    by_hash: HashMap<u64, usize>,
    hasher: RandomState,
    /// A page was empty where the service counts items, and a later one was not.
    hole: bool,
    ended_at: Option<u64>,
    /// A page was empty though it counted items that should have stood there.
    lacking: bool,
    /// By the newest page.
    total: Option<u64>,
    /// By the first page.
    first_total: Option<u64>,
    /// The most that any page counted. Pages that are fetched side by side are not made in their
    /// order, so that the newest one need not have the newest count.
    most: Option<u64>,
}

impl<T: Listed> Reading<T> {
    fn new() -> Self {
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
    fn take(&mut self, offset: u64, page: Page<T>) {
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
        let length = length.min(MAX_EXPECTED);
        self.items.reserve_exact(length);
        self.by_hash.reserve(length);
    }

    /// Whether the last pages that came were empty, although more items are counted.
    fn has_ended(&self) -> bool {
        self.ended_at.is_some() && !self.hole
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
