//! Runs of the past, and those that should have been.

use std::collections::{HashSet, VecDeque};
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::runs::runs_of;
use super::{CloudWorks, Pages, Result, Session, maybe_async};
use crate::models::cloud_works::{IntegrationId, RunId, RunSummary};
use crate::paging::Listing;
use crate::runs::HistorySummary;
use crate::timetable::{self, DueRuns, Timetable};

/// How far back missed runs are looked for when nothing else is said.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

#[maybe_async]
impl CloudWorks<'_> {
    /// An integration's runs since a time, newest first, lazily: no more pages are read than it
    /// takes.
    ///
    #[doc = example!(
        "use anaplan_sdk::models::jiff::Timestamp;\n\n\
         let since: Timestamp = \"2026-06-01T00:00:00Z\".parse().unwrap();\n\
         let mut runs = client.cw().run_history_since(\"152b8666a0234754afc36f1cde0fd9d2\", since);\n\
         while let Some(run) = runs.next_run()", "? {\n    \
         println!(\"{} {:?}\", run.id, run.message);\n}"
    )]
    ///
    /// Reference: `GET /integrations/runs/{integrationId}`.
    pub fn run_history_since(&self, id: impl Into<IntegrationId>, since: Timestamp) -> RunsSince {
        RunsSince::new(self.session, runs_of(&id.into()), since)
    }

    /// An integration's runs since a time, in a few numbers.
    ///
    #[doc = example!(
        "use anaplan_sdk::models::jiff::Timestamp;\n\n\
         let since: Timestamp = \"2026-06-01T00:00:00Z\".parse().unwrap();\n\
         let summary = client\n    .cw()\n    .summarize_runs_since(\"152b8666a0234754afc36f1cde0fd9d2\", since)\n    ", "?;\n\
         println!(\"{summary}\");"
    )]
    /// # Errors
    /// 404 when there is no such integration; and as every list.
    ///
    /// Reference: `GET /integrations/runs/{integrationId}`.
    pub async fn summarize_runs_since(
        &self,
        id: impl Into<IntegrationId>,
        since: Timestamp,
    ) -> Result<HistorySummary> {
        let runs = self.run_history_since(id, since).rest().await?;
        Ok(HistorySummary::of(&runs))
    }

    /// What came of the times at which the integration was due by its schedule within the last
    /// seven days: which runs were on time, which were late because another was under way, and
    /// which were missed.
    ///
    #[doc = example!(
        "let due = client.cw().missed_runs(\"152b8666a0234754afc36f1cde0fd9d2\")", "?;\n\
         for missed in due.missed() {\n    \
         println!(\"{missed}\");\n}"
    )]
    /// What is missed is not always to be run again:
    /// [`to_make_up`](crate::timetable::DueRuns::to_make_up) says whether it is.
    ///
    /// # Errors
    /// As [`missed_runs_since`](Self::missed_runs_since).
    ///
    /// Reference: `GET /integrations/{integrationId}`, `GET /integrations/runs/{integrationId}`.
    pub async fn missed_runs(&self, id: impl Into<IntegrationId>) -> Result<DueRuns> {
        let since = self.session.now().saturating_sub(WEEK);
        self.missed_runs_since(id, since.unwrap_or(Timestamp::MIN))
            .await
    }

    /// What came of the times at which the integration was due by its schedule since a time;
    /// nothing when it has no schedule, or one that is off. See [`timetable::missed_runs`].
    ///
    /// The schedule is taken as it is now: the service does not tell what it was before.
    ///
    #[doc = example!(
        "use anaplan_sdk::models::jiff::Timestamp;\n\n\
         let since: Timestamp = \"2026-06-01T00:00:00Z\".parse().unwrap();\n\
         let due = client\n    .cw()\n    .missed_runs_since(\"152b8666a0234754afc36f1cde0fd9d2\", since)\n    ", "?;\n\
         println!(\"{} late, {} missed\", due.late().count(), due.missed().count());"
    )]
    /// # Errors
    /// 404 when there is no such integration;
    /// [`Error::Timetable`](crate::Error::Timetable) for a schedule that cannot be laid out in
    /// time; and as every list.
    ///
    /// Reference: `GET /integrations/{integrationId}`, `GET /integrations/runs/{integrationId}`.
    pub async fn missed_runs_since(
        &self,
        id: impl Into<IntegrationId>,
        since: Timestamp,
    ) -> Result<DueRuns> {
        let id = id.into();
        let integration = self.get_integration(&id).await?;
        let Some(schedule) = &integration.schedule else {
            return Ok(DueRuns::default());
        };
        let timetable = Timetable::try_from(schedule)?;
        if !timetable.is_active() {
            return Ok(DueRuns::default());
        }
        let since = since.max(integration.creation_date.unwrap_or(since));
        let mut history = self.run_history_since(&id, since);
        let mut runs = Vec::new();
        loop {
            let run = history.next_run().await?;
            let Some(run) = run else { break };
            runs.push(run);
        }
        // It may have been under way, however long ago it began.
        runs.extend(history.before);
        let now = self.session.now();
        Ok(timetable::missed_runs(&timetable, &runs, since, now))
    }
}

/// An integration's runs since a time, newest first. From
/// [`run_history_since`](CloudWorks::run_history_since).
///
/// The service does not promise the order of its pages. Whichever end of its list holds the
/// newest runs, reading begins there, and stops at the first page that is older; when its pages
/// are in no order, all of them are read.
pub struct RunsSince {
    session: Session,
    listing: Listing<RunSummary>,
    since: Timestamp,
    plan: Plan,
    ready: VecDeque<RunSummary>,
    given: HashSet<RunId>,
    /// When the last run of the latest page began.
    reached: Timestamp,
    /// The last run that began before `since`, once reading has come to it.
    before: Option<RunSummary>,
}

/// From where to read on.
enum Plan {
    /// The first page tells.
    Unknown,
    /// Newest first: page by page.
    Forward(Box<Pages<RunSummary>>),
    /// Oldest first: from the end, a page of this size at a time.
    Backward {
        end: u64,
        page: u64,
    },
    /// In no order: all that there is.
    All,
    Done,
}

impl RunsSince {
    fn new(session: &Session, listing: Listing<RunSummary>, since: Timestamp) -> Self {
        Self {
            session: session.clone(),
            listing,
            since,
            plan: Plan::Unknown,
            ready: VecDeque::new(),
            given: HashSet::new(),
            reached: Timestamp::MAX,
            before: None,
        }
    }

    /// Takes a page in the order newest first; says whether older ones may be wanted, or that it
    /// does not follow on the one before.
    fn take(&mut self, page: Vec<RunSummary>) -> Followed {
        let newest = page.first().map_or(Timestamp::MAX, began);
        let oldest = page.last().map_or(Timestamp::MIN, began);
        if newest > self.reached || !is_sorted(&page) {
            return Followed::OutOfOrder;
        }
        self.reached = oldest;
        for run in page {
            if began(&run) < self.since {
                let is_later = |before: &RunSummary| began(before) >= began(&run);
                if !self.before.as_ref().is_some_and(is_later) {
                    self.before = Some(run);
                }
            } else if self.given.insert(run.id.clone()) {
                self.ready.push_back(run);
            }
        }
        if oldest < self.since {
            Followed::Enough
        } else {
            Followed::More
        }
    }
}

enum Followed {
    More,
    Enough,
    OutOfOrder,
}

/// A run that does not say when it began is one that has not begun.
pub(super) fn began(run: &RunSummary) -> Timestamp {
    let began = run.start_date.or(run.end_date).or(run.last_run);
    began.unwrap_or(Timestamp::MAX)
}

/// Newest first.
fn is_sorted(page: &[RunSummary]) -> bool {
    page.is_sorted_by(|one, next| began(one) >= began(next))
}

impl fmt::Debug for RunsSince {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunsSince")
            .field("since", &self.since)
            .field("given", &self.given.len())
            .finish_non_exhaustive()
    }
}

#[maybe_async]
impl RunsSince {
    /// The next run; `None` after the oldest one, and after an error.
    ///
    /// # Errors
    /// 404 when there is no such integration; and as every list.
    pub async fn next_run(&mut self) -> Result<Option<RunSummary>> {
        let session = self.session.within_policy();
        self.next_run_by(&session).await
    }

    /// The same in the time of a longer call.
    async fn next_run_by(&mut self, session: &Session) -> Result<Option<RunSummary>> {
        loop {
            if let Some(run) = self.ready.pop_front() {
                return Ok(Some(run));
            }
            // A plan is replaced when its page has come: a call that is dropped loses nothing.
            let next = match self.plan {
                Plan::Done => return Ok(None),
                Plan::Unknown => self.begin(session).await,
                Plan::Forward(_) => self.forward(session).await,
                Plan::Backward { end, page } => self.backward(session, end, page).await,
                Plan::All => self.all(session).await,
            };
            match next {
                Ok(next) => self.plan = next,
                Err(error) => {
                    self.plan = Plan::Done;
                    return Err(error);
                }
            }
        }
    }

    /// All runs that are still to come.
    ///
    /// # Errors
    /// As [`next_run`](Self::next_run).
    pub async fn rest(mut self) -> Result<Vec<RunSummary>> {
        // All its pages are one call, which has one deadline.
        let session = self.session.within_policy();
        let mut runs = Vec::new();
        loop {
            let run = self.next_run_by(&session).await?;
            match run {
                Some(run) => runs.push(run),
                None => return Ok(runs),
            }
        }
    }

    async fn begin(&mut self, session: &Session) -> Result<Plan> {
        let limit = u64::from(session.page_size());
        let mut first = session.page(&self.listing, 0, limit).await?;
        if first.lacks_items(0).is_some() {
            return Ok(Plan::All);
        }
        let received = first.items.len() as u64;
        if received == 0 || first.total.is_some_and(|total| total <= received) {
            first.items.sort_by_key(|run| std::cmp::Reverse(began(run)));
            self.take(first.items);
            return Ok(Plan::Done);
        }
        if is_sorted(&first.items) {
            let pages = Pages::new(&self.session, self.listing.clone());
            let pages = Box::new(pages.after(&first.items, first.total));
            return Ok(self.take(first.items).then(Plan::Forward(pages)));
        }
        first.items.reverse();
        Ok(match first.total {
            Some(end) if is_sorted(&first.items) => Plan::Backward {
                end,
                page: received,
            },
            _ => Plan::All,
        })
    }

    async fn forward(&mut self, session: &Session) -> Result<Plan> {
        let Plan::Forward(pages) = &mut self.plan else {
            return Ok(Plan::Done);
        };
        let page = pages.next_page_by(session).await?;
        let Some(page) = page else {
            return Ok(Plan::Done);
        };
        let followed = self.take(page);
        let plan = std::mem::replace(&mut self.plan, Plan::Done);
        Ok(followed.then(plan))
    }

    async fn backward(&mut self, session: &Session, end: u64, page: u64) -> Result<Plan> {
        let start = end.saturating_sub(page);
        let listing = self.listing.clone();
        let pages = session.span_of_pages(listing, start, end).await?;
        let mut runs: Vec<RunSummary> =
            pages.into_iter().flat_map(|(_, page)| page.items).collect();
        // Some that are counted are not there: the whole list tells whether it has changed.
        if (runs.len() as u64) < end - start {
            return Ok(Plan::All);
        }
        runs.reverse();
        let next = if start == 0 {
            Plan::Done
        } else {
            Plan::Backward { end: start, page }
        };
        Ok(self.take(runs).then(next))
    }

    async fn all(&mut self, session: &Session) -> Result<Plan> {
        let mut runs = session.list(self.listing.clone()).await?;
        runs.sort_by_key(|run| std::cmp::Reverse(began(run)));
        self.reached = Timestamp::MAX;
        self.take(runs);
        Ok(Plan::Done)
    }
}

impl Followed {
    fn then(self, next: Plan) -> Plan {
        match self {
            Self::More => next,
            Self::Enough => Plan::Done,
            Self::OutOfOrder => Plan::All,
        }
    }
}
