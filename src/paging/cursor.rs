//! A list page by page, in constant memory.

use super::{Listed, Page, Span};

/// The position of a cursor, and the page to ask for next.
pub(crate) struct PageCursor {
    next: Span,
    /// The ids of the page before.
    before: Vec<String>,
    /// How many items were counted last.
    counted: Option<u64>,
    asked_again: bool,
    pages_without_news: u32,
}

/// What a page came to.
pub(crate) enum CursorStep<T> {
    Items(Vec<T>),
    /// It brought nothing: ask for the next one.
    AskAgain,
    End,
    Incomplete {
        expected: u64,
        received: u64,
    },
}

impl PageCursor {
    pub(crate) fn new(page_size: u64) -> Self {
        Self {
            next: Span::new(0, page_size),
            before: Vec::new(),
            counted: None,
            asked_again: false,
            pages_without_news: 0,
        }
    }

    /// Goes on after a first page that was read already.
    pub(super) fn after<T: Listed>(page_size: u64, first: &Page<T>) -> Self {
        Self {
            next: Span::new(first.items.len() as u64, page_size),
            before: ids(&first.items),
            counted: first.total,
            ..Self::new(page_size)
        }
    }

    /// How many items the service counted last.
    pub(crate) fn counted(&self) -> Option<u64> {
        self.counted
    }

    /// The page to ask for.
    pub(crate) fn next(&self) -> Span {
        self.next
    }

    /// Takes the page that was asked for.
    pub(crate) fn take<T: Listed>(&mut self, mut page: Page<T>) -> CursorStep<T> {
        let offset = self.next.start;
        // An empty page without a count does not take back what was counted before.
        self.counted = page.total.or(self.counted);
        page.total = self.counted;
        if let Some(expected) = page.lacks_items(offset) {
            if self.asked_again {
                let received = offset;
                return CursorStep::Incomplete { expected, received };
            }
            self.asked_again = true;
            return CursorStep::AskAgain;
        }
        self.asked_again = false;
        let received = page.items.len() as u64;
        if received == 0 {
            return CursorStep::End;
        }
        self.next = Span::new(offset + received, self.next.length());
        let before = std::mem::replace(&mut self.before, ids(&page.items));
        let mut items = page.items;
        items.retain(|item| !before.iter().any(|id| id == item.list_id()));
        if !items.is_empty() {
            self.pages_without_news = 0;
            return CursorStep::Items(items);
        }
        // All of it came before: items have moved, or the service does not page at all.
        self.pages_without_news += 1;
        let is_over = match self.counted {
            Some(total) => total <= self.next.start,
            None => self.pages_without_news == 2,
        };
        match is_over {
            true => CursorStep::End,
            false => CursorStep::AskAgain,
        }
    }
}

fn ids<T: Listed>(items: &[T]) -> Vec<String> {
    items.iter().map(|item| item.list_id().to_owned()).collect()
}
