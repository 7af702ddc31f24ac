//! The planner, driven against a list that changes between one page and the next.
#![cfg(test)]

use std::collections::HashSet;

use jiff::Timestamp;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::models::cloud_works::RunSummary;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
struct Item(String);

impl Listed for Item {
    fn list_id(&self) -> &str {
        &self.0
    }
}

/// What happens to the list while it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
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
    change: Change,
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
            change: Change::Still,
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

    fn happen(&mut self) {
        // Where nobody counts, growth by whole pages looks like no paging at all.
        let most = if self.counts { 4 } else { 2 };
        for _ in 0..self.throw(most) {
            let grows = match self.change {
                Change::Still => return,
                // No list grows for ever.
                _ if self.made > 200 => return,
                Change::Grows => true,
                Change::Shrinks => false,
                Change::Both => self.throw(2) == 0,
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
        self.happen();
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

    fn page_of(&mut self, span: Span) -> Page<Item> {
        self.page(span.start, span.length()).at(span.start)
    }

    fn span(&mut self, span: Span) -> Vec<(u64, Page<Item>)> {
        let mut pages = SpanPages::of(span);
        while let Some(next) = pages.next() {
            let page = self.page_of(next);
            pages.take(page);
        }
        pages.into_pages()
    }

    /// Reads until the list is settled; `change` is that of each reading. Spans that are read side
    /// by side are answered in any order.
    fn list(&mut self, limit: u64, change: [Change; 4]) -> (ListStep<Item>, usize) {
        let mut list = WholeList::new(limit);
        let mut readings = 0;
        loop {
            match list.next() {
                ListStep::Page(span) => {
                    if span.start == 0 {
                        self.change = change[readings];
                        readings += 1;
                    }
                    let page = self.page_of(span);
                    list.take(span.start, page);
                }
                ListStep::Spans {
                    spans,
                    side_by_side,
                } => {
                    let mut order: Vec<usize> = (0..spans.len()).collect();
                    if side_by_side {
                        for i in (1..order.len()).rev() {
                            let j = self.throw(i + 1);
                            order.swap(i, j);
                        }
                    }
                    let mut answers: Vec<_> = spans.iter().map(|_| Vec::new()).collect();
                    for i in order {
                        answers[i] = self.span(spans[i]);
                    }
                    for (offset, page) in answers.into_iter().flatten() {
                        list.take(offset, page);
                    }
                }
                settled => return (settled, readings - 1),
            }
        }
    }

    /// Reads the list by a cursor, to its end.
    fn pages(&mut self, limit: u64) -> Result<Vec<Vec<Item>>, (u64, u64)> {
        let mut cursor = PageCursor::new(limit);
        let mut pages = Vec::new();
        // No cursor asks for ever.
        for _ in 0..2000 {
            let page = self.page_of(cursor.next());
            match cursor.take(page) {
                CursorStep::Items(items) => pages.push(items),
                CursorStep::AskAgain => {}
                CursorStep::End => return Ok(pages),
                CursorStep::Incomplete { expected, received } => return Err((expected, received)),
            }
        }
        panic!("the cursor does not come to an end");
    }
}

fn is_without_repetition(items: &[Item]) -> bool {
    let mut sorted: Vec<_> = items.iter().collect();
    sorted.sort();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

fn change(of: &'static [Change]) -> impl Strategy<Value = [Change; 4]> {
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
        let (settled, after) = server.list(limit, [Change::Still; 4]);
        let ListStep::Whole(items) = settled else {
            return Err(TestCaseError::fail("not whole"));
        };
        prop_assert_eq!(items, server.list);
        prop_assert_eq!(after, 0);
    }

    #[test]
    fn whatever_was_there_all_the_time_is_there_once(
        length in 0..60_usize, cap in 1..12_usize, limit in 1..20_u64,
        change in change(&[Change::Still, Change::Grows, Change::Shrinks]),
        dice in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut server = Server::new(length, cap, true, dice);
        let (settled, after) = server.list(limit, change);
        match settled {
            ListStep::Whole(items) => {
                prop_assert!(is_without_repetition(&items));
                for item in &server.stayed {
                    prop_assert!(items.contains(item), "{:?} is lost", item);
                }
            }
            // Only from a list that never holds still, and of which items vanish to the last.
            ListStep::Incomplete { expected, received } => {
                prop_assert!(received < expected);
                prop_assert!(!change[..=after].contains(&Change::Still));
                prop_assert_eq!(change[after], Change::Shrinks);
            }
            ListStep::Page(_) | ListStep::Spans { .. } => unreachable!("it is settled"),
        }
    }

    #[test]
    fn growth_alone_loses_nothing_even_uncounted(
        length in 0..60_usize, cap in 4..12_usize, limit in 4..20_u64, counts: bool,
        dice in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut server = Server::new(length, cap, counts, dice);
        let (settled, _) = server.list(limit, [Change::Grows; 4]);
        let ListStep::Whole(items) = settled else {
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
        change in change(&[Change::Grows, Change::Shrinks, Change::Both]),
        dice in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut server = Server::new(length, cap, counts, dice);
        if let (ListStep::Whole(items), _) = server.list(limit, change) {
            prop_assert!(is_without_repetition(&items));
        }
    }

    #[test]
    fn a_cursor_brings_a_list_that_holds_still_in_order(
        length in 0..60_usize, cap in 1..12_usize, limit in 1..20_u64, counts: bool,
        dice in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut server = Server::new(length, cap, counts, dice);
        let pages = server.pages(limit).unwrap();
        prop_assert!(pages.iter().all(|page| !page.is_empty()));
        prop_assert_eq!(pages.concat(), server.list);
    }

    #[test]
    fn a_cursor_ends_and_loses_nothing_when_the_list_grows(
        length in 0..60_usize, cap in 4..12_usize, limit in 4..20_u64, counts: bool,
        dice in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut server = Server::new(length, cap, counts, dice);
        server.change = Change::Grows;
        let items = server.pages(limit).unwrap().concat();
        for item in &server.stayed {
            prop_assert!(items.contains(item), "{:?} is lost", item);
        }
    }

    #[test]
    fn a_cursor_ends_whatever_happens(
        length in 0..60_usize, cap in 1..12_usize, limit in 1..20_u64, counts: bool,
        change in prop::sample::select(vec![Change::Shrinks, Change::Both]),
        dice in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut server = Server::new(length, cap, counts, dice);
        server.change = change;
        if let Err((expected, received)) = server.pages(limit) {
            prop_assert!(received < expected);
        }
    }

    #[test]
    fn every_run_since_a_time_comes_once_newest_first(
        starts in proptest::collection::vec(0..200_i64, 0..40), rises: bool,
        cap in 1..12_usize, limit in 1..20_u64, counts: bool, since in 0..200_i64,
    ) {
        let mut runs: Vec<_> = starts.iter().enumerate().map(|(i, start)| run(i, *start)).collect();
        match rises {
            false => runs.sort_by_key(|run| std::cmp::Reverse(run.began())),
            true => runs.sort_by_key(RunSummary::began),
        }
        let since = Timestamp::from_second(since).unwrap();
        let (found, before, asked) = history_since(&runs, since, cap, limit, counts);
        let mut expected: Vec<_> = runs.iter().filter(|run| run.began() >= since).collect();
        expected.sort_by_key(|run| std::cmp::Reverse(run.began()));
        prop_assert!(found.is_sorted_by_key(|run| std::cmp::Reverse(run.began())));
        let ids = |runs: Vec<&RunSummary>| runs.iter().map(|run| run.id.clone()).collect::<HashSet<_>>();
        prop_assert_eq!(found.len(), expected.len());
        prop_assert_eq!(ids(found.iter().collect()), ids(expected.clone()));
        let latest_before = runs.iter().map(RunSummary::began).filter(|began| *began < since).max();
        if let Some(before) = before {
            prop_assert_eq!(Some(before.began()), latest_before);
        }
        // Newest first, no more is read than it takes: the page that is older, and what a page
        // holds beside.
        let page = cap.min(limit as usize);
        let shows_the_order = runs.iter().take(page).any(|run| run.began() != runs[0].began());
        if !rises && shows_the_order {
            prop_assert!(asked <= expected.len() / page + 2, "{} pages", asked);
        }
    }

    #[test]
    fn the_first_and_the_last_page_hold_the_newest_run_of_a_sorted_history(
        length in 1..60_usize, cap in 1..12_usize, limit in 1..20_u64, rises: bool,
    ) {
        let mut runs: Vec<_> = (0..length).map(|i| run(i, i as i64)).collect();
        if !rises {
            runs.reverse();
        }
        let first = page_of_runs(&runs, Span::new(0, limit), cap, true);
        let last = last_span(&first, limit).map(|span| page_of_runs(&runs, span, cap, true));
        let seen = first.items.iter().chain(last.iter().flat_map(|page| &page.items));
        prop_assert_eq!(seen.map(RunSummary::began).max(), runs.iter().map(RunSummary::began).max());
    }
}

fn run(number: usize, start: i64) -> RunSummary {
    let start = Timestamp::from_second(start).unwrap();
    serde_json::from_value(serde_json::json!({"id": format!("run {number}"), "startDate": start}))
        .unwrap()
}

fn page_of_runs(runs: &[RunSummary], span: Span, cap: usize, counts: bool) -> Page<RunSummary> {
    let rest = runs.iter().skip(span.start as usize);
    let items = rest.take(cap.min(span.length() as usize)).cloned();
    let total = counts.then_some(runs.len() as u64);
    Page {
        items: items.collect(),
        total,
    }
    .at(span.start)
}

/// The runs since a time, the latest one before it, and how many pages were asked for.
fn history_since(
    runs: &[RunSummary],
    since: Timestamp,
    cap: usize,
    limit: u64,
    counts: bool,
) -> (Vec<RunSummary>, Option<RunSummary>, usize) {
    let mut history = NewestFirst::new(since, limit);
    let (mut found, mut asked) = (Vec::new(), 0);
    loop {
        found.extend(std::iter::from_fn(|| history.pop()));
        match history.next() {
            NewestStep::Page(span) => {
                asked += 1;
                history
                    .take_page(page_of_runs(runs, span, cap, counts))
                    .unwrap();
            }
            NewestStep::Span(span) => {
                let mut pages = SpanPages::of(span);
                while let Some(next) = pages.next() {
                    asked += 1;
                    pages.take(page_of_runs(runs, next, cap, counts));
                }
                history.take_span(pages.into_pages());
            }
            NewestStep::All => {
                asked += runs.len();
                history.take_all(runs.to_vec());
            }
            NewestStep::Nothing => return (found, history.into_before(), asked),
        }
    }
}
