//! What happens with the run of a flow, to its end.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::flows::{Flows, run_steps};
use super::{
    CloudWorks, Request, Result, SearchPolicy, Session, maybe_async, operations, transport,
};
use crate::error::Error;
use crate::http::retry;
use crate::models::cloud_works::{IntegrationId, RunId};
use crate::models::flows::{Flow, FlowId};
use crate::runs::{FlowEvent, FlowOutcome, FlowWatch, PollTimer, RunOutcome, WaitOptions};

/// How often to look for the run of a step: the history may lag behind.
const MAX_SEARCHES: u32 = 3;

#[maybe_async]
impl Flows<'_> {
    /// Starts a flow, waits for its end, and tells what it came to, step by step.
    ///
    /// Waits as [`WaitOptions::default`] says: for an hour at most. The service has no status for
    /// the run of a flow: it is read off the latest runs of the flow and of its steps.
    ///
    #[doc = example!(
        "let outcome = client\n    .cw()\n    .flows()\n    .run_flow_and_wait(\"7f6b5a4c3d2e1f0a9b8c7d6e5f4a3b2c\")\n    ", "?;\n\
         println!(\"{outcome}\");\n\
         outcome.into_result()?;"
    )]
    /// # Errors
    /// As [`run_flow`](Self::run_flow). [`Error::Following`], with the run's id, when the service
    /// says something final about the looking. A look that fails otherwise is not an error: the
    /// flow goes on, and is looked at again until the deadline. What the flow came to is no error
    /// either: see [`FlowOutcome::into_result`].
    ///
    /// Reference: `POST /integrationflows/{integrationFlowId}/run`,
    /// `GET /integrationflows/{integrationFlowId}`.
    pub async fn run_flow_and_wait(&self, id: impl Into<FlowId>) -> Result<FlowOutcome> {
        self.run_flow_and_wait_with(id, &WaitOptions::default())
            .await
    }

    /// Starts a flow, or joins the run that is under way, and waits for its end.
    ///
    #[doc = example!(
        "use anaplan_sdk::runs::WaitOptions;\n\n\
         let options = WaitOptions::default().join_running(true);\n\
         let outcome = client\n    .cw()\n    .flows()\n    \
             .run_flow_and_wait_with(\"7f6b5a4c3d2e1f0a9b8c7d6e5f4a3b2c\", &options)\n    ", "?;\n\
         println!(\"{outcome}\");"
    )]
    /// # Errors
    /// As [`run_flow_and_wait`](Self::run_flow_and_wait).
    ///
    /// Reference: `POST /integrationflows/{integrationFlowId}/run`,
    /// `GET /integrationflows/{integrationFlowId}`.
    pub async fn run_flow_and_wait_with(
        &self,
        id: impl Into<FlowId>,
        options: &WaitOptions,
    ) -> Result<FlowOutcome> {
        let events = self.run_flow_and_follow(id, options).await?;
        events.outcome().await
    }

    /// Starts a flow, or joins the run that is under way, and tells what happens.
    ///
    #[doc = example!(
        "use anaplan_sdk::runs::WaitOptions;\n\n\
         let mut events = client\n    .cw()\n    .flows()\n    \
             .run_flow_and_follow(\"7f6b5a4c3d2e1f0a9b8c7d6e5f4a3b2c\", &WaitOptions::default())\n    ", "?;\n\
         while let Some(event) = events.next_event()", "? {\n    \
         println!(\"{event}\");\n}"
    )]
    /// # Errors
    /// As [`run_flow`](Self::run_flow).
    ///
    /// Reference: `POST /integrationflows/{integrationFlowId}/run`,
    /// `GET /integrationflows/{integrationFlowId}`.
    pub async fn run_flow_and_follow(
        &self,
        id: impl Into<FlowId>,
        options: &WaitOptions,
    ) -> Result<FlowEvents> {
        self.session.check_may_write("run_flow")?;
        let id = id.into();
        let before = self.get_flow(&id).await?;
        let request = operations::run_flow(id.as_str());
        let began = Instant::now();
        let started = self.start_from(&id, request, &before, options).await;
        match started {
            Ok(run) => {
                let watch = FlowWatch::of_next_run(&before, None);
                Ok(FlowEvents::new(
                    self.session,
                    &id,
                    watch,
                    run,
                    options,
                    began,
                ))
            }
            Err(error) if options.joins() && error.is_conflict() => {
                let now = self.get_flow(&id).await?;
                if !is_under_way(&now) {
                    // A step's integration runs by itself: that is not this flow.
                    return Err(error);
                }
                let watch = FlowWatch::of_latest_run(&now);
                Ok(FlowEvents::new(
                    self.session,
                    &id,
                    watch,
                    None,
                    options,
                    began,
                ))
            }
            Err(error) => Err(error),
        }
    }

    /// Starts a flow again from the first step on that failed in its latest run; `None` when
    /// that left nothing to make up for.
    ///
    #[doc = example!(
        "match client.cw().flows().resume_flow(\"7f6b5a4c3d2e1f0a9b8c7d6e5f4a3b2c\")", "? {\n    \
             Some(run) => println!(\"resumed as {run}\"),\n    \
             None => println!(\"nothing to resume\"),\n\
         }"
    )]
    /// # Errors
    /// As [`run_flow_steps`](Self::run_flow_steps): 409 while the flow or a step of it runs.
    ///
    /// Reference: `POST /integrationflows/{integrationFlowId}/run`.
    pub async fn resume_flow(&self, id: impl Into<FlowId>) -> Result<Option<RunId>> {
        self.session.check_may_write("run_flow_steps")?;
        let id = id.into();
        let flow = self.get_flow(&id).await?;
        let steps = FlowWatch::steps_to_resume(&flow);
        if steps.is_empty() {
            return Ok(None);
        }
        self.run_flow_steps(&id, steps).await.map(Some)
    }

    /// Starts a flow again from the first step on that failed in its latest run, and tells what
    /// happens; `None` when that left nothing to make up for.
    ///
    #[doc = example!(
        "use anaplan_sdk::runs::WaitOptions;\n\n\
         let events = client\n    .cw()\n    .flows()\n    \
             .resume_flow_and_follow(\"7f6b5a4c3d2e1f0a9b8c7d6e5f4a3b2c\", &WaitOptions::default())\n    ", "?;\n\
         if let Some(events) = events {\n    println!(\"{}\", events.outcome()", "?);\n}"
    )]
    /// # Errors
    /// As [`resume_flow`](Self::resume_flow).
    ///
    /// Reference: `POST /integrationflows/{integrationFlowId}/run`,
    /// `GET /integrationflows/{integrationFlowId}`.
    pub async fn resume_flow_and_follow(
        &self,
        id: impl Into<FlowId>,
        options: &WaitOptions,
    ) -> Result<Option<FlowEvents>> {
        self.session.check_may_write("run_flow_steps")?;
        let id = id.into();
        let before = self.get_flow(&id).await?;
        let steps = FlowWatch::steps_to_resume(&before);
        if steps.is_empty() {
            return Ok(None);
        }
        let request = run_steps(&id, &steps)?;
        let began = Instant::now();
        let run = self.start_from(&id, request, &before, options).await?;
        let watch = FlowWatch::of_next_run(&before, Some(steps));
        let events = FlowEvents::new(self.session, &id, watch, run, options, began);
        Ok(Some(events))
    }

    /// Starts a flow after it was looked at. A lost answer is looked for until the deadline, and
    /// its run may show no id.
    async fn start_from(
        &self,
        id: &FlowId,
        request: Request,
        before: &Flow,
        options: &WaitOptions,
    ) -> Result<Option<RunId>> {
        let session = self.session.within(options.time());
        let search = SearchPolicy::of_start(session.policy()).for_time(options.time());
        let flows = Flows::new(&session);
        flows
            .start(id, request, Some(before), search, Some, Some)
            .await
    }
}

fn is_under_way(flow: &Flow) -> bool {
    let latest = flow.latest_run.as_ref().map(RunOutcome::from);
    latest.is_some_and(|latest| !latest.has_ended())
}

/// What happens with the run of a flow, one event after the other. From
/// [`run_flow_and_follow`](Flows::run_flow_and_follow) and
/// [`resume_flow_and_follow`](Flows::resume_flow_and_follow).
///
/// Dropping it, or the future of an event, leaves the flow as it is; asked again, it goes on
/// where it was.
pub struct FlowEvents {
    session: Session,
    flow: FlowId,
    watch: FlowWatch,
    timer: PollTimer,
    ready: VecDeque<FlowEvent>,
    /// How often the run of each step was looked for.
    searches: Vec<u32>,
    outcome: Option<FlowOutcome>,
    /// Since when a run has ended of which it cannot be told whether it is this one.
    doubtful_since: Option<Instant>,
}

/// How long to wait for the run's id, after a run has ended that may be another one.
const RUN_ID_GRACE_PERIOD: Duration = Duration::from_secs(60);

impl FlowEvents {
    fn new(
        session: &Session,
        flow: &FlowId,
        mut watch: FlowWatch,
        run: Option<RunId>,
        options: &WaitOptions,
        began: Instant,
    ) -> Self {
        if let Some(run) = &run {
            watch.started(run.clone());
        }
        let steps = watch.steps.clone();
        Self {
            session: session.clone(),
            flow: flow.clone(),
            searches: vec![0; steps.len()],
            watch,
            timer: PollTimer::new(options.within(session.left_since(began)), began),
            ready: VecDeque::from([FlowEvent::Following { run, steps }]),
            outcome: None,
            doubtful_since: None,
        }
    }

    /// What has ended may be another run: said after a minute, or at the deadline.
    fn doubt(&mut self, is_doubtful: bool) -> Result<()> {
        if !is_doubtful {
            self.doubtful_since = None;
            return Ok(());
        }
        let since = *self.doubtful_since.get_or_insert_with(Instant::now);
        if since.elapsed() < RUN_ID_GRACE_PERIOD && !self.timer.is_over() {
            return Ok(());
        }
        self.outcome = Some(self.watch.clone().unfinished(None));
        let candidates: Vec<_> = self.watch.candidate().into_iter().collect();
        let seen = match &candidates[..] {
            [] => "its steps have ended, and the flow shows no run of its own".to_owned(),
            [one, ..] => format!("the flow shows the run {one}"),
        };
        let run = self
            .watch
            .run()
            .map_or_else(String::new, |run| format!(" as run {run}"));
        Err(Error::Uncertain {
            found: format!(
                "flow {} was started{run}; {seen}, and it cannot be told whether that is the one \
                 that was started",
                self.flow
            ),
            candidates,
            source: None,
        })
    }

    fn end(&mut self, outcome: FlowOutcome) {
        self.outcome = Some(outcome.clone());
        self.ready.push_back(FlowEvent::Ended(Box::new(outcome)));
    }

    /// Whether a look that failed lets one go on.
    fn tolerate(&mut self, error: Error) -> Result<()> {
        self.timer.looked();
        if !retry::is_transient(&error) {
            self.outcome = Some(self.watch.clone().unfinished(Some(error.to_string())));
            return Err(match self.watch.run() {
                Some(run) => Error::Following {
                    run: run.clone(),
                    source: Box::new(error),
                },
                None => error,
            });
        }
        let fault = error.to_string();
        if self.timer.is_over() {
            let outcome = self.watch.clone().unfinished(Some(fault));
            self.end(outcome);
        } else {
            let elapsed = self.timer.elapsed();
            self.ready
                .push_back(FlowEvent::OutOfSight { fault, elapsed });
        }
        Ok(())
    }

    fn queue_events(&mut self, changed: &[usize], ended: bool) {
        self.timer.looked();
        for &position in changed {
            let step = self.watch.steps[position].clone();
            self.ready.push_back(FlowEvent::Step { position, step });
        }
        if ended {
            let outcome = self.watch.clone().outcome();
            self.end(outcome);
        } else if self.timer.is_over() {
            let outcome = self.watch.clone().unfinished(None);
            self.end(outcome);
        } else if changed.is_empty() {
            let elapsed = self.timer.elapsed();
            self.ready.push_back(FlowEvent::Running { elapsed });
        }
    }
}

impl fmt::Debug for FlowEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowEvents")
            .field("flow", &self.flow)
            .field("watch", &self.watch)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

#[maybe_async]
impl FlowEvents {
    /// Waits for the next event; `None` after the last one, and after an error.
    ///
    /// # Errors
    /// [`Error::Following`], as [`run_flow_and_wait`](Flows::run_flow_and_wait).
    pub async fn next_event(&mut self) -> Result<Option<FlowEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.outcome.is_some() {
                return Ok(None);
            }
            self.look().await?;
        }
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// As [`next_event`](Self::next_event).
    pub async fn outcome(mut self) -> Result<FlowOutcome> {
        loop {
            let event = self.next_event().await?;
            match (event, &self.outcome) {
                (Some(event), _) => tracing::debug!(%event, "following"),
                (None, Some(outcome)) => return Ok(outcome.clone()),
                (None, None) => {}
            }
        }
    }

    async fn look(&mut self) -> Result<()> {
        transport::sleep(self.timer.until_due()).await;
        let request = operations::get_flow(self.flow.as_str());
        let session = self.session.within(self.timer.time_for_a_look());
        let looked = session.fetch(request, "integrationFlow").await;
        let flow: Flow = match looked {
            Ok(flow) => flow,
            Err(error) => return self.tolerate(error),
        };
        // On a copy: a look that is dropped half-way has not been taken.
        let mut watch = self.watch.clone();
        let caller = match watch.needs_caller(&flow) {
            true => session.caller().await,
            false => None,
        };
        let mut seen = watch.look(&flow, caller.as_ref());
        for (position, integration, start) in watch.unidentified() {
            if self.searches[position] >= MAX_SEARCHES {
                continue;
            }
            self.searches[position] += 1;
            let run = self.run_that_began(&integration, start).await;
            match run {
                Ok(Some((run, group))) => {
                    watch.identify(position, run, group);
                    if watch.steps[position].started.is_none() {
                        seen.ended = false;
                        seen.changed.retain(|changed| *changed != position);
                    }
                }
                Ok(None) => {}
                // Which run it is can be told later, or not at all: the step goes on all the same.
                Err(error) => tracing::debug!(%error, "the run of a step was not found"),
            }
        }
        self.watch = watch;
        self.doubt(seen.is_doubtful)?;
        self.queue_events(&seen.changed, seen.ended);
        Ok(())
    }

    /// The run of an integration that began at this instant, and its flow group.
    async fn run_that_began(
        &self,
        integration: &IntegrationId,
        start: Timestamp,
    ) -> Result<Option<(RunId, Option<crate::models::cloud_works::FlowGroupId>)>> {
        let session = self.session.within(self.timer.time_for_a_look());
        let cloud_works = CloudWorks::new(&session);
        let (runs, _) = cloud_works.newest_runs(integration).await?;
        let run = runs.into_iter().find(|run| run.start_date == Some(start));
        let Some(run) = run else { return Ok(None) };
        let status = cloud_works.get_run_status(&run.id).await?;
        Ok(Some((run.id, status.flow_group_id)))
    }
}
