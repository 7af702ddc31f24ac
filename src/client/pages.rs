//! Lists, read whole, or page by page.

use super::super::{maybe_async, transport};
use super::session::Session;
use crate::error::{Error, Result};
use crate::paging::{
    CursorStep, ListStep, Listed, Listing, Page, PageCursor, Span, SpanPages, WholeList,
};

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
        let session = &self.within_policy();
        let mut list = WholeList::new(u64::from(session.page_size()));
        loop {
            match list.next() {
                ListStep::Page(span) => {
                    let page = session.page(&listing, span).await?;
                    list.take(span.start, page);
                }
                ListStep::Spans {
                    spans,
                    side_by_side,
                } => {
                    let at_once = if side_by_side {
                        session.concurrency()
                    } else {
                        1
                    };
                    let fetch = |span: Span| {
                        let (session, listing) = (session.clone(), listing.clone());
                        async move { session.span(&listing, span).await }
                    };
                    let take = |pages: Vec<(u64, Page<T>)>| {
                        for (offset, page) in pages {
                            list.take(offset, page);
                        }
                    };
                    transport::gather(spans, at_once, fetch, take).await?;
                }
                ListStep::Whole(items) => return Ok(items),
                ListStep::Incomplete { expected, received } => {
                    return Err(incomplete(&listing, expected, received));
                }
            }
        }
    }

    /// The items of a span, in as many pages as the service makes of them.
    pub(crate) async fn span<T: Listed>(
        &self,
        listing: &Listing<T>,
        span: Span,
    ) -> Result<Vec<(u64, Page<T>)>> {
        let mut pages = SpanPages::of(span);
        while let Some(next) = pages.next() {
            let page = self.page(listing, next).await?;
            pages.take(page);
        }
        Ok(pages.into_pages())
    }

    /// A page that holds items where the service counts some.
    pub(crate) async fn whole_page<T: Listed>(
        &self,
        listing: &Listing<T>,
        span: Span,
    ) -> Result<Page<T>> {
        let page = self.page(listing, span).await?;
        match page.lacks_items(span.start) {
            None => Ok(page),
            Some(expected) => Err(incomplete(listing, expected, span.start)),
        }
    }

    pub(crate) async fn page<T: Listed>(
        &self,
        listing: &Listing<T>,
        span: Span,
    ) -> Result<Page<T>> {
        let request = listing.page(span);
        let page = self.call(request, |body| listing.read(body)).await?;
        Ok(page.at(span.start))
    }
}

pub(crate) fn incomplete<T>(listing: &Listing<T>, expected: u64, received: u64) -> Error {
    Error::IncompleteList {
        operation: listing.request.operation,
        expected,
        received,
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
    cursor: PageCursor,
    ended: bool,
}

impl<T: Listed> Pages<T> {
    pub(crate) fn new(session: &Session, listing: Listing<T>) -> Self {
        Self {
            cursor: PageCursor::new(u64::from(session.page_size())),
            session: session.clone(),
            listing,
            ended: false,
        }
    }
}

impl<T> std::fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("operation", &self.listing.request.operation)
            .field("offset", &self.cursor.next().start)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl<T> Pages<T> {
    /// How many items the whole list has, as the service counted with the newest page; `None`
    /// before the first page, and where it does not count.
    pub fn total(&self) -> Option<u64> {
        self.cursor.counted()
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
        if self.ended {
            return Ok(None);
        }
        let next = self.advance().await;
        self.ended = !matches!(next, Ok(Some(_)));
        next
    }

    async fn advance(&mut self) -> Result<Option<Vec<T>>> {
        let session = self.session.within_policy();
        loop {
            let page = session.page(&self.listing, self.cursor.next()).await?;
            match self.cursor.take(page) {
                CursorStep::Items(items) => return Ok(Some(items)),
                CursorStep::AskAgain => {}
                CursorStep::End => return Ok(None),
                CursorStep::Incomplete { expected, received } => {
                    return Err(incomplete(&self.listing, expected, received));
                }
            }
        }
    }
}
