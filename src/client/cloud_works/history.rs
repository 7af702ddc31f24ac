//! Runs of the past, and those that should have been.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::super::pages::incomplete;
use super::runs::runs_of;
use super::{CloudWorks, Result, Session, maybe_async};
use crate::models::cloud_works::{IntegrationId, RunSummary};
use crate::paging::{Listing, NewestFirst, NewestStep};
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
        let runs = self.runs_since_and_before(&id, since).await?;
        let now = self.session.now();
        Ok(timetable::missed_runs(&timetable, &runs, since, now))
    }

    /// The runs since a time, and the one before, which may have been under way then.
    pub(super) async fn runs_since_and_before(
        &self,
        id: &IntegrationId,
        since: Timestamp,
    ) -> Result<Vec<RunSummary>> {
        let mut history = self.run_history_since(id, since);
        let mut runs = Vec::new();
        loop {
            let run = history.next_run().await?;
            let Some(run) = run else { break };
            runs.push(run);
        }
        // However long ago it began.
        runs.extend(history.runs.into_before());
        Ok(runs)
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
    runs: NewestFirst,
}

impl RunsSince {
    fn new(session: &Session, listing: Listing<RunSummary>, since: Timestamp) -> Self {
        Self {
            session: session.clone(),
            listing,
            runs: NewestFirst::new(since, u64::from(session.page_size())),
        }
    }
}

impl fmt::Debug for RunsSince {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunsSince")
            .field("since", &self.runs.since())
            .field("found", &self.runs.count())
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
            if let Some(run) = self.runs.pop() {
                return Ok(Some(run));
            }
            let ask = self.runs.next();
            if ask == NewestStep::Nothing {
                return Ok(None);
            }
            // What is asked for changes when the answer has come: a call that is dropped loses
            // nothing.
            let answered = self.ask(session, ask).await;
            if let Err(error) = answered {
                self.runs.stop();
                return Err(error);
            }
        }
    }

    async fn ask(&mut self, session: &Session, ask: NewestStep) -> Result<()> {
        match ask {
            NewestStep::Page(span) => {
                let page = session.page(&self.listing, span).await?;
                let taken = self.runs.take_page(page);
                taken.map_err(|lacking| {
                    incomplete(&self.listing, lacking.expected, lacking.received)
                })?;
            }
            NewestStep::Span(span) => {
                let pages = session.span(&self.listing, span).await?;
                self.runs.take_span(pages);
            }
            NewestStep::All => {
                let runs = session.list(self.listing.clone()).await?;
                self.runs.take_all(runs);
            }
            NewestStep::Nothing => {}
        }
        Ok(())
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
}
