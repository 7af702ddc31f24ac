//! A run history since a time, newest first. The service does not promise the order of its pages:
//! whichever end of its list holds the newest runs, reading begins there.

use std::cmp::Reverse;
use std::collections::{HashSet, VecDeque};

use jiff::Timestamp;

use super::{CursorStep, Page, PageCursor, Span};
use crate::models::cloud_works::{RunId, RunSummary};

/// Plans the reading of a history: [`next`](Self::next) says what to ask for, until there are runs
/// to [`pop`](Self::pop).
pub(crate) struct NewestFirst {
    since: Timestamp,
    page_size: u64,
    order: Order,
    runs: VecDeque<RunSummary>,
    given: HashSet<RunId>,
    /// When the oldest run of the latest page began.
    reached: Timestamp,
    /// The latest of the runs that began before `since`, as far as any was read.
    before: Option<RunSummary>,
}

/// In which order the service lists the runs.
enum Order {
    /// The first page tells.
    Unknown,
    /// Page by page.
    NewestFirst(PageCursor),
    /// From the end, a page of this size at a time.
    OldestFirst { end: u64, page: u64 },
    /// In no order: all that there is has to be read.
    None,
    /// What is still to come is not asked for.
    Done,
}

/// What to ask for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewestStep {
    /// One page; to [`NewestFirst::take_page`].
    Page(Span),
    /// All items of a span; to [`NewestFirst::take_span`].
    Span(Span),
    /// The whole list; to [`NewestFirst::take_all`].
    All,
    Nothing,
}

/// A page was empty though it counted items.
#[derive(Debug)]
pub(crate) struct EmptyPage {
    pub(crate) expected: u64,
    pub(crate) received: u64,
}

impl NewestFirst {
    pub(crate) fn new(since: Timestamp, page_size: u64) -> Self {
        Self {
            since,
            page_size,
            order: Order::Unknown,
            runs: VecDeque::new(),
            given: HashSet::new(),
            reached: Timestamp::MAX,
            before: None,
        }
    }

    pub(crate) fn since(&self) -> Timestamp {
        self.since
    }

    /// How many runs were found so far.
    pub(crate) fn count(&self) -> usize {
        self.given.len()
    }

    /// The latest run that began before the time, as far as any was read.
    pub(crate) fn into_before(self) -> Option<RunSummary> {
        self.before
    }

    pub(crate) fn pop(&mut self) -> Option<RunSummary> {
        self.runs.pop_front()
    }

    /// Asks for no more.
    pub(crate) fn stop(&mut self) {
        self.order = Order::Done;
    }

    pub(crate) fn next(&self) -> NewestStep {
        match &self.order {
            Order::Unknown => NewestStep::Page(Span::new(0, self.page_size)),
            Order::NewestFirst(cursor) => NewestStep::Page(cursor.next()),
            Order::OldestFirst { end, page } => NewestStep::Span(Span {
                start: end.saturating_sub(*page),
                end: *end,
            }),
            Order::None => NewestStep::All,
            Order::Done => NewestStep::Nothing,
        }
    }

    pub(crate) fn take_page(&mut self, page: Page<RunSummary>) -> Result<(), EmptyPage> {
        let Order::NewestFirst(cursor) = &mut self.order else {
            self.take_first(page);
            return Ok(());
        };
        match cursor.take(page) {
            CursorStep::Items(runs) => self.take_in_order(runs),
            CursorStep::AskAgain => {}
            CursorStep::End => self.stop(),
            CursorStep::Incomplete { expected, received } => {
                self.stop();
                return Err(EmptyPage { expected, received });
            }
        }
        Ok(())
    }

    fn take_first(&mut self, first: Page<RunSummary>) {
        let received = first.items.len() as u64;
        if first.lacks_items(0).is_some() {
            self.order = Order::None;
        } else if received == 0 || first.total.is_some_and(|total| total <= received) {
            self.take_all(first.items);
        } else {
            let is_oldest_first = first.items.is_sorted_by_key(RunSummary::began);
            // Runs that began at one time are in both orders, which tells nothing.
            match (is_newest_first(&first.items), is_oldest_first, first.total) {
                (true, false, _) => {
                    self.order = Order::NewestFirst(PageCursor::after(self.page_size, &first));
                    self.take_in_order(first.items);
                }
                (false, true, Some(end)) => {
                    let page = received;
                    self.order = Order::OldestFirst { end, page };
                }
                _ => self.order = Order::None,
            }
        }
    }

    pub(crate) fn take_span(&mut self, pages: Vec<(u64, Page<RunSummary>)>) {
        let NewestStep::Span(span) = self.next() else {
            return;
        };
        let mut runs: Vec<_> = pages.into_iter().flat_map(|(_, page)| page.items).collect();
        // Some that are counted are not there: the whole list tells whether it has changed.
        if (runs.len() as u64) < span.length() {
            self.order = Order::None;
            return;
        }
        runs.reverse();
        self.order = match span.start {
            0 => Order::Done,
            end => Order::OldestFirst {
                end,
                page: span.length(),
            },
        };
        self.take_in_order(runs);
    }

    pub(crate) fn take_all(&mut self, mut runs: Vec<RunSummary>) {
        runs.sort_by_key(|run| Reverse(run.began()));
        self.reached = Timestamp::MAX;
        self.order = Order::Done;
        self.take_in_order(runs);
    }

    /// Takes runs, newest first. When they do not follow on those before, there is no order.
    fn take_in_order(&mut self, runs: Vec<RunSummary>) {
        let newest = runs.first().map_or(Timestamp::MAX, RunSummary::began);
        let oldest = runs.last().map_or(Timestamp::MIN, RunSummary::began);
        if newest > self.reached || !is_newest_first(&runs) {
            self.order = Order::None;
            return;
        }
        self.reached = oldest;
        for run in runs {
            if run.began() >= self.since {
                if self.given.insert(run.id.clone()) {
                    self.runs.push_back(run);
                }
            } else if self
                .before
                .as_ref()
                .is_none_or(|before| before.began() < run.began())
            {
                self.before = Some(run);
            }
        }
        if oldest < self.since {
            self.stop();
        }
    }
}

fn is_newest_first(runs: &[RunSummary]) -> bool {
    runs.is_sorted_by(|one, next| one.began() >= next.began())
}

/// The last page of a list whose first page is not all of it. The newest runs of a history are
/// among these two, whatever its order.
pub(crate) fn last_span<T>(first: &Page<T>, page_size: u64) -> Option<Span> {
    let received = first.items.len() as u64;
    let total = first.total.filter(|total| *total > received)?;
    let start = total.saturating_sub(page_size.min(received)).max(received);
    Some(Span::new(start, page_size))
}
