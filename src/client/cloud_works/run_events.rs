//! What happens with a run, to its end.

use std::fmt;
use std::time::Instant;

use super::{CloudWorks, Result, SearchPolicy, Session, maybe_async, operations, transport};
use crate::error::Error;
use crate::http::retry;
use crate::models::cloud_works::{IntegrationId, RunId, RunStatus};
use crate::runs::{PollTimer, RunEvent, RunOutcome, WaitOptions};

/// How often to start a run that is refused because of one that cannot be found.
const MAX_STARTS: u32 = 3;

/// For so long after a run was started the service may not know it yet.
const NOT_FOUND_GRACE_PERIOD: std::time::Duration = std::time::Duration::from_secs(60);

#[maybe_async]
impl CloudWorks<'_> {
    /// Starts an integration, waits for the end of its run, and tells what it came to.
    ///
    /// Waits as [`WaitOptions::default`] says: for an hour at most.
    ///
    #[doc = example!(
        "let outcome = client.cw().run_and_wait(\"152b8666a0234754afc36f1cde0fd9d2\")", "?;\n\
         println!(\"{outcome}\");\n\
         outcome.into_result()?;"
    )]
    /// # Errors
    /// As [`run_integration`](Self::run_integration); and as [`wait_for_run`](Self::wait_for_run).
    ///
    /// Reference: `POST /integrations/{integrationId}/run`, `GET /integrations/run/{runId}`.
    pub async fn run_and_wait(&self, id: impl Into<IntegrationId>) -> Result<RunOutcome> {
        self.run_and_wait_with(id, &WaitOptions::default()).await
    }

    /// Starts an integration, or joins the run that is under way, and waits for its end.
    ///
    #[doc = example!(
        "use anaplan_sdk::runs::WaitOptions;\n\n\
         let options = WaitOptions::default()\n    \
             .deadline(std::time::Duration::from_secs(4 * 3600))\n    \
             .join_running(true);\n\
         let outcome = client\n    .cw()\n    .run_and_wait_with(\"152b8666a0234754afc36f1cde0fd9d2\", &options)\n    ", "?;\n\
         println!(\"{outcome}\");"
    )]
    /// # Errors
    /// As [`run_and_wait`](Self::run_and_wait).
    ///
    /// Reference: `POST /integrations/{integrationId}/run`, `GET /integrations/run/{runId}`.
    pub async fn run_and_wait_with(
        &self,
        id: impl Into<IntegrationId>,
        options: &WaitOptions,
    ) -> Result<RunOutcome> {
        let events = self.run_and_follow(id, options).await?;
        events.outcome().await
    }

    /// Waits for the end of a run that was started before, by whomever: for an hour at most, or
    /// for less by [`Client::within`](super::super::Client::within). For other [`WaitOptions`]
    /// there is [`follow_run`](Self::follow_run).
    ///
    #[doc = example!(
        "let outcome = client.cw().wait_for_run(\"91a01d97958d44baaa58ad8a3d45804e\")", "?;\n\
         println!(\"{outcome}\");"
    )]
    /// # Errors
    /// [`Error::Following`], with the run's id, when the service says something final about the
    /// looking, such as 404 for an unknown run. A look that fails otherwise is not an error: the
    /// run goes on, and is looked at again until the deadline. What the run came to is no error
    /// either: see [`RunOutcome::into_result`].
    ///
    /// Reference: `GET /integrations/run/{runId}`.
    pub async fn wait_for_run(&self, run: impl Into<RunId>) -> Result<RunOutcome> {
        let events = self.follow_run(run, &WaitOptions::default());
        events.outcome().await
    }

    /// Starts an integration, or joins the run that is under way, and tells what happens.
    ///
    #[doc = example!(
        "use anaplan_sdk::runs::WaitOptions;\n\n\
         let mut events = client\n    .cw()\n    .run_and_follow(\"152b8666a0234754afc36f1cde0fd9d2\", &WaitOptions::default())\n    ", "?;\n\
         while let Some(event) = events.next_event()", "? {\n    \
         println!(\"{event}\");\n}"
    )]
    /// The newest runs are read before the start. So a start whose answer is lost is looked for,
    /// until the deadline of the options, and followed where it can be told for certain.
    ///
    /// # Errors
    /// As [`run_integration`](Self::run_integration).
    ///
    /// Reference: `GET /integrations/runs/{integrationId}`,
    /// `POST /integrations/{integrationId}/run`, `GET /integrations/run/{runId}`.
    pub async fn run_and_follow(
        &self,
        id: impl Into<IntegrationId>,
        options: &WaitOptions,
    ) -> Result<RunEvents> {
        self.session.check_may_write("run_integration")?;
        let id = id.into();
        let session = self.session.within(options.time());
        let cw = CloudWorks::new(&session);
        let search = SearchPolicy::of_start(session.policy()).for_time(options.time());
        let baseline = match search.is_off(session.policy()) {
            true => None,
            false => cw.read_baseline(&id).await,
        };
        let mut starts = 0;
        let began = Instant::now();
        loop {
            starts += 1;
            let started = cw.start(&id, baseline.as_ref(), search).await;
            let follow = |run, origin| RunEvents::new(self.session, run, origin, options, began);
            let refused = match started {
                Ok(run) => return Ok(follow(run, RunOrigin::Started)),
                Err(error) if options.joins() && error.is_conflict() => error,
                Err(error) => return Err(error),
            };
            if let Some(run) = cw.run_under_way(&id).await? {
                return Ok(follow(run, RunOrigin::Joined));
            }
            // It ended in between, or the history lags behind.
            if starts == MAX_STARTS {
                return Err(refused);
            }
            transport::sleep(self.session.policy().backoff(starts + 1)).await;
        }
    }

    /// Tells what happens with a run that was started before; its
    /// [`outcome`](RunEvents::outcome) waits for the end. No network is touched until the first
    /// event is asked for.
    ///
    #[doc = example!(
        "use anaplan_sdk::runs::WaitOptions;\n\n\
         let mut events = client\n    .cw()\n    .follow_run(\"91a01d97958d44baaa58ad8a3d45804e\", &WaitOptions::default());\n\
         while let Some(event) = events.next_event()", "? {\n    \
         println!(\"{event}\");\n}"
    )]
    pub fn follow_run(&self, run: impl Into<RunId>, options: &WaitOptions) -> RunEvents {
        RunEvents::new(
            self.session,
            run.into(),
            RunOrigin::Found,
            options,
            Instant::now(),
        )
    }

    /// The newest run that has not ended.
    async fn run_under_way(&self, id: &IntegrationId) -> Result<Option<RunId>> {
        let (runs, _) = self.newest_runs(id).await?;
        let under_way = runs
            .into_iter()
            .filter(|run| !RunOutcome::from(run).has_ended());
        Ok(under_way.max_by_key(|run| run.start_date).map(|run| run.id))
    }
}

/// How one came by a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RunOrigin {
    Started,
    Joined,
    Found,
}

/// What happens with a run, one event after the other. From
/// [`run_and_follow`](CloudWorks::run_and_follow) and [`follow_run`](CloudWorks::follow_run).
///
/// Dropping it, or the future of an event, leaves the run as it is; asked again, it goes on where
/// it was.
pub struct RunEvents {
    session: Session,
    run: RunId,
    origin: RunOrigin,
    timer: PollTimer,
    announced: bool,
    ended: bool,
    /// As it was at the latest look that succeeded.
    latest: Option<RunOutcome>,
}

impl RunEvents {
    fn new(
        session: &Session,
        run: RunId,
        origin: RunOrigin,
        options: &WaitOptions,
        began: Instant,
    ) -> Self {
        Self {
            session: session.clone(),
            run,
            origin,
            timer: PollTimer::new(options.within(session.left_since(began)), began),
            announced: false,
            ended: false,
            latest: None,
        }
    }

    /// The run that is followed.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The deadline has come: what is known of the run is what there is to tell.
    fn give_up(&mut self, fault: Option<&Error>) -> RunEvent {
        self.ended = true;
        let mut outcome = self
            .latest
            .take()
            .unwrap_or_else(|| RunOutcome::StillRunning(crate::runs::RunReport::default()));
        let report = outcome.report_mut();
        report.run = Some(self.run.clone());
        report.last_fault = fault.map(ToString::to_string);
        RunEvent::Ended(Box::new(outcome))
    }

    fn judge(&mut self, looked: Result<RunStatus>) -> Result<RunEvent> {
        self.timer.looked();
        let (run, elapsed) = (self.run.clone(), self.timer.elapsed());
        let status = match looked {
            Ok(status) => status,
            Err(error) => {
                let too_early = self.origin == RunOrigin::Started
                    && error.is_not_found()
                    && self.latest.is_none()
                    && elapsed < NOT_FOUND_GRACE_PERIOD;
                if !too_early && !retry::is_transient(&error) {
                    self.ended = true;
                    let source = Box::new(error);
                    return Err(Error::Following { run, source });
                }
                if self.timer.is_over() {
                    return Ok(self.give_up(Some(&error)));
                }
                let fault = error.to_string();
                return Ok(RunEvent::OutOfSight {
                    run,
                    fault,
                    elapsed,
                });
            }
        };
        let outcome = RunOutcome::from(&status);
        if outcome.has_ended() {
            self.ended = true;
            return Ok(RunEvent::Ended(Box::new(outcome)));
        }
        let message = outcome.report().message.clone();
        let before = self.latest.replace(outcome);
        if self.timer.is_over() {
            return Ok(self.give_up(None));
        }
        let changed = before.is_none_or(|before| before.report().message != message);
        Ok(RunEvent::Running {
            run,
            message,
            changed,
            elapsed,
        })
    }
}

impl fmt::Debug for RunEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunEvents")
            .field("run", &self.run)
            .field("latest", &self.latest)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

#[maybe_async]
impl RunEvents {
    /// Waits for the next event; `None` after the last one, and after an error.
    ///
    /// # Errors
    /// [`Error::Following`], as [`wait_for_run`](CloudWorks::wait_for_run).
    pub async fn next_event(&mut self) -> Result<Option<RunEvent>> {
        if self.ended {
            return Ok(None);
        }
        if !self.announced {
            self.announced = true;
            let (run, joined) = (self.run.clone(), self.origin != RunOrigin::Started);
            return Ok(Some(RunEvent::Following { run, joined }));
        }
        transport::sleep(self.timer.until_due()).await;
        let request = operations::get_run_status(self.run.as_str());
        let session = self.session.within(self.timer.time_for_a_look());
        let looked = session.fetch(request, "run").await;
        self.judge(looked).map(Some)
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// As [`next_event`](Self::next_event).
    pub async fn outcome(mut self) -> Result<RunOutcome> {
        loop {
            let event = self.next_event().await?;
            match event {
                Some(RunEvent::Ended(outcome)) => return Ok(*outcome),
                Some(event) => tracing::debug!(%event, "following"),
                // The end was taken before.
                None => {
                    let run = self.run.clone();
                    let options = WaitOptions::default();
                    self = Self::new(
                        &self.session,
                        run,
                        RunOrigin::Found,
                        &options,
                        Instant::now(),
                    );
                }
            }
        }
    }
}
