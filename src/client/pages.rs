//! Lists, read whole, or page by page.

use super::super::{maybe_async, transport};
use super::session::Session;
use crate::error::{Error, Result};
use crate::paging::{ListReader, ListReading, ListVerdict, Listed, Listing, Page};

/// How many pages are asked for before it is looked whether there are any more.
const WINDOW: usize = 256;

#[maybe_async]
impl Session {
    /// The whole list, its pages fetched side by side.
    #[tracing::instrument(
        target = "anaplan_sdk",
        name = "anaplan.list",
        level = "info",
        skip_all,
        fields(operation = listing.request.operation)
    )]
    pub(crate) async fn list<T: Listed>(&self, listing: Listing<T>) -> Result<Vec<T>> {
        // All its pages are one call, which has one deadline.
        let session = self.within_policy();
        let mut reader = ListReader::new();
        loop {
            let side_by_side = if reader.is_at_last_reading() {
                1
            } else {
                session.concurrency()
            };
            let reading = session.read_once(&listing, side_by_side).await?;
            match reader.judge(reading) {
                ListVerdict::Whole(items) => return Ok(items),
                ListVerdict::ReadAgain => tracing::debug!("the list changed while it was read"),
                ListVerdict::Incomplete { expected, received } => {
                    return Err(Error::IncompleteList {
                        operation: listing.request.operation,
                        expected,
                        received,
                    });
                }
            }
        }
    }

    async fn read_once<T: Listed>(
        &self,
        listing: &Listing<T>,
        side_by_side: usize,
    ) -> Result<ListReading<T>> {
        let mut reading = ListReading::new();
        let mut pages_without_news = 0;
        let first = self.page(listing, 0, u64::from(self.page_size())).await?;
        // What the service gives, not what was asked for: it caps pages silently.
        let step = first.items.len() as u64;
        let mut end = step;
        reading.take(0, first);
        if step == 0 {
            return Ok(reading);
        }
        loop {
            match reading.total {
                Some(total) if total <= end => return Ok(reading),
                Some(total) => {
                    // Not all at once: the count may be far off.
                    let starts: Vec<u64> =
                        (end..total).step_by(step as usize).take(WINDOW).collect();
                    let fetch = |start: u64| {
                        let (session, listing) = (self.clone(), listing.clone());
                        let end = total.min(start.saturating_add(step));
                        async move { session.span_of_pages(listing, start, end).await }
                    };
                    end = total.min(end.saturating_add(step.saturating_mul(WINDOW as u64)));
                    let take = |pages: Vec<(u64, Page<T>)>| {
                        for (offset, page) in pages {
                            reading.take(offset, page);
                        }
                    };
                    transport::gather(starts, side_by_side, fetch, take).await?;
                    if reading.has_ended() {
                        return Ok(reading);
                    }
                }
                // Nobody counts: one after the other, up to an empty one, or up to the second
                // that brings nothing new: from a service that does not page at all.
                None => {
                    let page = self.page(listing, end, step).await?;
                    let (received, known) = (page.items.len() as u64, reading.count());
                    reading.take(end, page);
                    pages_without_news = if reading.count() > known {
                        0
                    } else {
                        pages_without_news + 1
                    };
                    if received == 0 || pages_without_news == 2 {
                        return Ok(reading);
                    }
                    end += received;
                }
            }
        }
    }

    /// The items from `start` to `end`, in as many pages as the service makes of them.
    pub(crate) async fn span_of_pages<T: Listed>(
        &self,
        listing: Listing<T>,
        start: u64,
        end: u64,
    ) -> Result<Vec<(u64, Page<T>)>> {
        let mut pages = Vec::with_capacity(1);
        let mut offset = start;
        while offset < end {
            let page = self.page(&listing, offset, end - offset).await?;
            let received = page.items.len() as u64;
            pages.push((offset, page));
            if received == 0 {
                break;
            }
            offset += received;
        }
        Ok(pages)
    }

    /// A page that holds items where the service counts some.
    pub(crate) async fn whole_page<T: Listed>(
        &self,
        listing: &Listing<T>,
        offset: u64,
        limit: u64,
    ) -> Result<Page<T>> {
        let page = self.page(listing, offset, limit).await?;
        match page.lacks_items(offset) {
            None => Ok(page),
            Some(expected) => Err(Error::IncompleteList {
                operation: listing.request.operation,
                expected,
                received: offset,
            }),
        }
    }

    pub(crate) async fn page<T: Listed>(
        &self,
        listing: &Listing<T>,
        offset: u64,
        limit: u64,
    ) -> Result<Page<T>> {
        let request = listing.page(offset, limit);
        let page = self.call(request, |body| listing.read(body)).await?;
        Ok(page.at(offset))
    }
}

/// A list, page by page: constant memory, and the first items at once.
///
/// Items that move from one page to the next while the list is read come once. What an in-memory
/// list can do beyond that (read again when items vanished) a cursor cannot: use the `list_…`
/// methods where the list has to be whole. A page that stays empty although more items are
/// counted is an error here, too.
///
/// Each page is a call of its own, and has the deadline of one.
pub struct Pages<T> {
    session: Session,
    listing: Listing<T>,
    offset: u64,
    limit: u64,
    /// The ids of the page before.
    seen: Vec<String>,
    /// How many items were counted last.
    counted: Option<u64>,
    ended: bool,
}

impl<T: Listed> Pages<T> {
    pub(crate) fn new(session: &Session, listing: Listing<T>) -> Self {
        Self {
            limit: u64::from(session.page_size()),
            session: session.clone(),
            listing,
            offset: 0,
            seen: Vec::new(),
            counted: None,
            ended: false,
        }
    }

    /// The pages that follow on a first one that was read already.
    pub(crate) fn after(mut self, first: &[T], counted: Option<u64>) -> Self {
        self.counted = counted;
        self.offset = first.len() as u64;
        self.seen = first.iter().map(|item| item.list_id().to_owned()).collect();
        self
    }
}

impl<T> std::fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("operation", &self.listing.request.operation)
            .field("offset", &self.offset)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

#[maybe_async]
impl<T: Listed> Pages<T> {
    /// The next page, never an empty one; `None` after the last one, and after an error.
    ///
    #[doc = example!(
        "let mut pages = client.cw().integration_pages(&IntegrationQuery::default());\n\
         while let Some(page) = pages.next_page()", "? {\n    \
         println!(\"{} integrations\", page.len());\n}"
    )]
    /// # Errors
    /// As every call; and [`Error::IncompleteList`] when a page stays empty although the service
    /// counts more items.
    pub async fn next_page(&mut self) -> Result<Option<Vec<T>>> {
        let session = self.session.within_policy();
        self.next_page_by(&session).await
    }

    /// The same in the time of a longer call.
    pub(crate) async fn next_page_by(&mut self, session: &Session) -> Result<Option<Vec<T>>> {
        if self.ended {
            return Ok(None);
        }
        let next = self.advance(session).await;
        self.ended = !matches!(next, Ok(Some(_)));
        next
    }

    async fn advance(&mut self, session: &Session) -> Result<Option<Vec<T>>> {
        let mut asked_again = false;
        let mut pages_without_news = 0;
        loop {
            let mut page = session.page(&self.listing, self.offset, self.limit).await?;
            // An empty page without a count does not take back what was counted before.
            self.counted = page.total.or(self.counted);
            page.total = self.counted;
            if let Some(expected) = page.lacks_items(self.offset) {
                if !asked_again {
                    asked_again = true;
                    continue;
                }
                return Err(Error::IncompleteList {
                    operation: self.listing.request.operation,
                    expected,
                    received: self.offset,
                });
            }
            let received = page.items.len() as u64;
            if received == 0 {
                return Ok(None);
            }
            self.offset += received;
            let ids = page
                .items
                .iter()
                .map(|item| item.list_id().to_owned())
                .collect();
            let before = std::mem::replace(&mut self.seen, ids);
            let mut items = page.items;
            items.retain(|item| !before.iter().any(|id| id == item.list_id()));
            if !items.is_empty() {
                return Ok(Some(items));
            }
            // All of it came before: items have moved, or the service does not page at all.
            pages_without_news += 1;
            let is_over = match page.total {
                Some(total) => total <= self.offset,
                None => pages_without_news == 2,
            };
            if is_over {
                return Ok(None);
            }
        }
    }
}
