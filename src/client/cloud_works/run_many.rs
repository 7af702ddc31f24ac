//! Many integrations at once.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use super::run_events::RunEvents;
use super::{CloudWorks, Result, Session, maybe_async, transport};
use crate::error::Error;
use crate::models::cloud_works::{IntegrationId, ModelId};
use crate::runs::{RunEvent, RunManyEvent, RunManyOptions, RunOutcome, StartOrder};
use crate::validation::{ProblemKind, ValidationError};

#[maybe_async]
impl CloudWorks<'_> {
    /// Runs many integrations: so many at once, and one at a time per model. What is under way
    /// already is joined. One that fails does not stop the others.
    ///
    #[doc = example!(
        "use anaplan_sdk::runs::{RunManyEvent, RunManyOptions};\n\n\
         let ids = [\"152b8666a0234754afc36f1cde0fd9d2\", \"840ccd8a279a454d99577d9538f24f09\"];\n\
         let mut events = client\n    .cw()\n    .run_many(ids, &RunManyOptions::default())\n    ", "?;\n\
         while let Some(event) = events.next_event()", " {\n    \
             if let RunManyEvent::Started { integration, run, .. } = &event {\n        \
                 println!(\"to be stored: {integration} {run}\");\n    }\n\
         }\n\
         for (integration, outcome) in events.outcomes()", " {\n    \
             match outcome {\n        \
                 Ok(outcome) => println!(\"{integration}: {outcome}\"),\n        \
                 Err(error) => println!(\"{integration}: {error}\"),\n    }\n\
         }"
    )]
    /// The list of integrations is read for their models, unless
    /// [`one_per_model`](RunManyOptions::one_per_model) is off. Nothing is started before the first
    /// event is asked for.
    ///
    /// # Errors
    /// [`Error::Validation`] when an id stands twice, or a run is to be resumed whose integration
    /// is not among the ids; and as [`list_integrations`](Self::list_integrations). What becomes of
    /// the single integrations is no error here: see [`RunManyEvents`].
    ///
    /// Reference: `GET /integrations`, `POST /integrations/{integrationId}/run`,
    /// `GET /integrations/run/{runId}`.
    pub async fn run_many<I>(
        &self,
        ids: impl IntoIterator<Item = I>,
        options: &RunManyOptions,
    ) -> Result<RunManyEvents>
    where
        I: Into<IntegrationId>,
    {
        self.session.check_may_write("run_integration")?;
        let ids: Vec<IntegrationId> = ids.into_iter().map(Into::into).collect();
        let places = places_of(&ids, options)?;
        let mut of: HashMap<IntegrationId, ModelId> = HashMap::new();
        if options.is_one_per_model() && !ids.is_empty() {
            let all = self.list_integrations().await?;
            let named = all
                .into_iter()
                .filter_map(|one| Some((one.id, one.model_id?)));
            of.extend(named);
        }
        let models = ids.iter().map(|id| of.get(id).cloned()).collect();
        let mut events = RunManyEvents {
            session: self.session.clone(),
            order: StartOrder::new(options.limit(), models),
            outcomes: ids.iter().map(|_| None).collect(),
            ids,
            options: options.clone(),
            tasks: transport::Tasks::new(),
            ready: VecDeque::new(),
        };
        for (place, (_, run)) in places.into_iter().zip(options.resumed()) {
            events.order.begin(place);
            let run = self.follow_run(run, options.wait_options());
            events.follow(place, run);
        }
        Ok(events)
    }
}

/// The places of the integrations that are resumed. Each integration runs once.
fn places_of(ids: &[IntegrationId], options: &RunManyOptions) -> Result<Vec<usize>> {
    let wrong = |path: String, message: String| {
        ValidationError::single(&path, ProblemKind::Conflict, message)
    };
    let mut place_of = HashMap::new();
    for (place, id) in ids.iter().enumerate() {
        if let Some(first) = place_of.insert(id, place) {
            let message = format!("`{id}` stands at ids[{first}] already: it runs once at a time");
            return Err(wrong(format!("ids[{place}]"), message).into());
        }
    }
    let resumed = options.resumed().iter().enumerate();
    let places = resumed.map(|(n, (id, _))| {
        place_of.remove(id).ok_or_else(|| {
            let message = format!("`{id}` is not among the ids, or is resumed twice");
            wrong(format!("resume[{n}]"), message).into()
        })
    });
    places.collect()
}

/// What happens while many integrations run, one event after the other. From
/// [`run_many`](CloudWorks::run_many).
///
/// What cannot be started, or not be followed, is [`RunManyEvent::Failed`], and the others go on.
/// Once the deadline of a run has come, or it cannot be followed, it makes room for the next one,
/// although it may still be under way.
///
/// Nothing new is started while nobody asks for events. Dropping it leaves the runs as they are,
/// and starts no more of them; a start that is on its way may still be done. Where the pairs of
/// [`RunManyEvent::Started`] were stored, [`RunManyOptions::resume`] takes the runs up again, and a
/// run whose start was on its way is joined. Dropping the future of an event loses nothing.
pub struct RunManyEvents {
    session: Session,
    ids: Vec<IntegrationId>,
    options: RunManyOptions,
    order: StartOrder,
    tasks: transport::Tasks<(usize, Step)>,
    ready: VecDeque<RunManyEvent>,
    outcomes: Vec<Option<Result<RunOutcome>>>,
}

/// What has come of the work for one of them.
enum Step {
    /// It was started.
    Started(Box<RunEvents>),
    /// Something happened with its run.
    Happened(Box<RunEvents>, RunEvent),
    /// It was not started, or cannot be followed.
    Failed(Box<Error>),
}

#[maybe_async]
impl RunManyEvents {
    /// Waits for the next event; `None` after the last one.
    pub async fn next_event(&mut self) -> Option<RunManyEvent> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            while let Some(place) = self.order.next() {
                self.start(place);
            }
            let (place, step) = self.tasks.next().await?;
            self.take(place, step);
        }
    }

    /// Waits for the end of all, and gives what each of them came to, in the order of the ids:
    /// the outcome of its run, or why it was not started or not followed.
    pub async fn outcomes(mut self) -> Vec<(IntegrationId, Result<RunOutcome>)> {
        loop {
            let event = self.next_event().await;
            match event {
                Some(event) => tracing::debug!(%event, "following"),
                None => break,
            }
        }
        let outcomes = self.outcomes.into_iter().flatten();
        self.ids.into_iter().zip(outcomes).collect()
    }

    fn start(&mut self, place: usize) {
        let (session, id) = (self.session.clone(), self.ids[place].clone());
        let options = *self.options.wait_options();
        self.tasks.add(move || async move {
            let started = CloudWorks::new(&session).run_and_follow(id, &options).await;
            let step = match started {
                Ok(run) => Step::Started(Box::new(run)),
                Err(error) => Step::Failed(Box::new(error)),
            };
            (place, step)
        });
    }

    fn follow(&mut self, place: usize, mut run: RunEvents) {
        self.tasks.add(move || async move {
            let event = run.next_event().await;
            let step = match event {
                Ok(Some(event)) => Step::Happened(Box::new(run), event),
                // It is not asked again after its end.
                Ok(None) => unreachable!("a run ends with an event"),
                Err(error) => Step::Failed(Box::new(error)),
            };
            (place, step)
        });
    }
}

impl RunManyEvents {
    fn take(&mut self, place: usize, step: Step) {
        let integration = self.ids[place].clone();
        let event = match step {
            Step::Started(run) => return self.follow(place, *run),
            Step::Failed(error) => {
                self.order.end(place);
                let fault = error.to_string();
                self.outcomes[place] = Some(Err(*error));
                RunManyEvent::Failed { integration, fault }
            }
            Step::Happened(_, RunEvent::Ended(outcome)) => {
                self.order.end(place);
                self.outcomes[place] = Some(Ok((*outcome).clone()));
                RunManyEvent::Ended {
                    integration,
                    outcome,
                }
            }
            Step::Happened(events, event) => {
                self.follow(place, *events);
                match event {
                    RunEvent::Following { run, joined } => RunManyEvent::Started {
                        integration,
                        run,
                        joined,
                    },
                    event => RunManyEvent::Progress { integration, event },
                }
            }
        };
        self.ready.push_back(event);
    }
}

impl fmt::Debug for RunManyEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunManyEvents")
            .field("ids", &self.ids)
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}
