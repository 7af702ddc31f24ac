//! A whole estate, read depth by depth; its objects side by side.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::super::integration_api::directory::{Wanted, read_into};
use super::super::integration_api::users::all_users;
use super::{CloudWorks, Flows, Result, Session, maybe_async, operations, transport};
use crate::directory::{Directory, Kind, Unseen};
use crate::error::Error;
use crate::estate::{Depth, Estate, EstateEvent, EstateOptions, Gap, History, Subject};
use crate::models::User;
use crate::models::cloud_works::{
    IntegrationId, IntegrationQuery, ModelId, NotificationConfig, NotificationId, SingleIntegration,
};
use crate::models::flows::{Flow, FlowId, FlowQuery};

#[maybe_async]
impl CloudWorks<'_> {
    /// All that there is, to the depths that are asked for, as one value. It only reads.
    ///
    /// What one object refuses is a gap in the [`Estate`], by name and reason, and hinders nothing
    /// else. Objects are read side by side, as
    /// [`concurrency`](crate::ClientBuilder::concurrency) and
    /// [`requests_per_minute`](crate::ClientBuilder::requests_per_minute) allow. What it costs,
    /// [`Estate::prices`] tells.
    ///
    #[doc = example!(
        "use anaplan_sdk::estate::EstateOptions;\n\n\
         let options = EstateOptions::builder().flows(true).jobs(true).build();\n\
         let estate = client.cw().read_estate(&options)", "?;\n\
         for gap in &estate.gaps {\n    \
         println!(\"{gap}\");\n}\n\
         std::fs::write(\"today.json\", serde_json::to_string(&estate).unwrap()).unwrap();"
    )]
    /// # Errors
    /// As every call, when the connections or the integrations cannot be listed, when a log-in fails,
    /// or when the service cannot be reached. What was read before is then lost:
    /// [`read_estate_and_follow`](Self::read_estate_and_follow) keeps it.
    pub async fn read_estate(&self, options: &EstateOptions) -> Result<Estate> {
        self.read_estate_and_follow(options).estate().await
    }

    /// Reads an estate, and tells what it costs and how far it is. No network is touched until the
    /// first event is asked for.
    ///
    #[doc = example!(
        "use anaplan_sdk::estate::{EstateEvent, EstateOptions};\n\n\
         let options = EstateOptions::builder().jobs(true).build();\n\
         let mut events = client.cw().read_estate_and_follow(&options);\n\
         while let Some(event) = events.next_event()", "? {\n    \
         println!(\"{event}\");\n    \
         if let EstateEvent::Price(price) = event {\n        \
         if price.requests > Some(5000) {\n            break;\n        }\n    }\n}\n\
         let estate = events.into_so_far();"
    )]
    pub fn read_estate_and_follow(&self, options: &EstateOptions) -> EstateEvents {
        self.resume_estate_and_follow(Estate::default(), options)
    }

    /// Goes on with an estate that was not read to its end: what stands in it is not read again, and
    /// gaps are tried once more. The estate is its own journal, so that it may come from a file.
    ///
    /// What was read before is as it was then. Read anew what is older than you want it.
    ///
    #[doc = example!(
        "use anaplan_sdk::estate::{Estate, EstateOptions};\n\n\
         let text = std::fs::read_to_string(\"half.json\").unwrap();\n\
         let half: Estate = serde_json::from_str(&text).unwrap();\n\
         let options = EstateOptions::builder().jobs(true).build();\n\
         let estate = client.cw().resume_estate_and_follow(half, &options).estate()", "?;"
    )]
    pub fn resume_estate_and_follow(
        &self,
        estate: Estate,
        options: &EstateOptions,
    ) -> EstateEvents {
        EstateEvents::new(self.session, estate, options)
    }
}

/// What happens while an estate is read, one event after the other. From
/// [`read_estate_and_follow`](CloudWorks::read_estate_and_follow) and
/// [`resume_estate_and_follow`](CloudWorks::resume_estate_and_follow).
///
/// After an error, or when it is dropped in the middle, nothing that was read is lost:
/// [`so_far`](Self::so_far) and [`into_so_far`](Self::into_so_far) have it.
pub struct EstateEvents {
    session: Session,
    options: EstateOptions,
    estate: Estate,
    /// What is left to read; `None` before the lists were read.
    pending: Option<VecDeque<Task>>,
    /// How many objects of each depth were read, and of how many.
    counts: BTreeMap<Depth, (u64, u64)>,
    ready: VecDeque<EstateEvent>,
    ended: bool,
}

/// One object to read.
#[derive(Clone, Debug)]
enum Task {
    Steps(FlowId),
    Jobs(IntegrationId),
    Notification(IntegrationId, NotificationId),
    History(IntegrationId, Timestamp),
    Model(ModelId),
    Users,
}

enum Read {
    Steps(Box<Flow>),
    Jobs(Box<SingleIntegration>),
    Notification(IntegrationId, Box<NotificationConfig>),
    History(IntegrationId, History),
    Model(Box<Directory>),
    Users(Vec<User>),
    Gap(Gap),
}

impl Task {
    fn depth(&self) -> Depth {
        match self {
            Self::Steps(_) => Depth::Flows,
            Self::Jobs(_) => Depth::Jobs,
            Self::Notification(..) => Depth::Notifications,
            Self::History(..) => Depth::History,
            Self::Model(_) => Depth::Models,
            Self::Users => Depth::Users,
        }
    }

    fn subject(&self, estate: &Estate) -> Subject {
        match self {
            Self::Steps(id) => match estate.flow(id) {
                Some(flow) => Subject::of(flow),
                None => Subject::new(Kind::Flow, id.as_str(), ""),
            },
            Self::Jobs(id) | Self::Notification(id, _) | Self::History(id, _) => {
                match estate.integration(id) {
                    Some(integration) => Subject::of(integration),
                    None => Subject::new(Kind::Integration, id.as_str(), ""),
                }
            }
            Self::Model(id) => {
                let directory = estate.directory.as_ref();
                let known = directory.and_then(|directory| directory.models.get(id.as_str()));
                match known {
                    Some(model) => Subject::of(model),
                    None => Subject::new(Kind::Model, id.as_str(), ""),
                }
            }
            Self::Users => Subject::list(Kind::User),
        }
    }
}

/// What one refusal, or one answer that cannot be read, keeps from being read; an error that would
/// meet everything else as well comes back.
fn gap_of(session: &Session, depth: Depth, subject: &Subject, error: Error) -> Result<Gap> {
    let gap =
        |status: Option<u16>, reason: String| Ok(Gap::new(depth, subject.clone(), status, reason));
    let is_over = session.left() == Some(Duration::ZERO);
    match error {
        Error::Api(refusal) if !matches!(refusal.status, 401 | 429) => {
            gap(Some(refusal.status), refusal.message)
        }
        Error::Decode(_) | Error::Validation(_) | Error::IncompleteList { .. } => {
            gap(error.status(), error.to_string())
        }
        Error::Transport(_) if error.is_timeout() && !is_over => gap(None, error.to_string()),
        error => Err(error),
    }
}

#[maybe_async]
async fn read(session: &Session, task: &Task) -> Result<Read> {
    let cw = CloudWorks::new(session);
    Ok(match task {
        Task::Steps(id) => Read::Steps(Box::new(Flows::new(session).get_flow(id).await?)),
        Task::Jobs(id) => Read::Jobs(Box::new(cw.get_integration(id).await?)),
        Task::Notification(integration, id) => {
            let config = cw.get_notification_config(id).await?;
            Read::Notification(integration.clone(), Box::new(config))
        }
        Task::History(id, since) => {
            let runs = cw.runs_since_and_before(id, *since).await?;
            Read::History(id.clone(), History::new(*since, session.now(), runs))
        }
        Task::Users => Read::Users(session.for_models().list(all_users()).await?),
        // Models are read by themselves: `read_model`.
        Task::Model(_) => Read::Model(Box::default()),
    })
}

#[maybe_async]
async fn read_or_gap(session: &Session, task: &Task, subject: &Subject) -> Result<Read> {
    let read = read(session, task).await;
    match read {
        Err(error) => gap_of(session, task.depth(), subject, error).map(Read::Gap),
        read => read,
    }
}

impl EstateEvents {
    fn new(session: &Session, estate: Estate, options: &EstateOptions) -> Self {
        let mut events = Self {
            session: session.clone(),
            options: options.clone(),
            estate,
            pending: None,
            counts: BTreeMap::new(),
            ready: VecDeque::new(),
            ended: false,
        };
        events.tell_prices(|depth| depth == Depth::Lists);
        events
    }

    /// What was read until now.
    pub fn so_far(&self) -> &Estate {
        &self.estate
    }

    /// The same, to be kept: `resume_estate_and_follow` goes on with it.
    pub fn into_so_far(self) -> Estate {
        self.estate
    }

    fn tell_prices(&mut self, of: impl Fn(Depth) -> bool) {
        let prices = self.estate.prices(&self.options).into_iter();
        let prices = prices.filter(|price| of(price.depth));
        self.ready.extend(prices.map(EstateEvent::Price));
    }

    /// The lists have been read: what is left is known.
    fn plan(&mut self) {
        self.tell_prices(|depth| depth != Depth::Lists);
        let (estate, options) = (&self.estate, &self.options);
        let mut tasks = Vec::new();
        if options.flows {
            tasks.extend(estate.unread_flows().into_iter().map(Task::Steps));
        }
        if options.jobs {
            tasks.extend(estate.unread_jobs().into_iter().map(Task::Jobs));
        }
        if options.notifications {
            tasks.extend(estate.unread_notifications().into_iter().filter_map(|id| {
                let config = estate.integration(&id)?.notification_id.clone()?;
                Some(Task::Notification(id, config))
            }));
        }
        if let Some(since) = options.history_since {
            let histories = estate.unread_histories(since).into_iter();
            tasks.extend(histories.map(|id| Task::History(id, since)));
        }
        if options.users && estate.users.is_none() {
            tasks.push(Task::Users);
        }
        self.counts.clear();
        for task in &tasks {
            self.counts.entry(task.depth()).or_default().1 += 1;
        }
        // Which models there are is known when the flows' steps have been read.
        let is_done = |depth: &Depth| {
            options.asks_for(*depth)
                && *depth != Depth::Models
                && !self.counts.contains_key(depth)
                && (*depth != Depth::Flows || estate.flows.is_some())
        };
        let depths = Depth::ALL.iter().copied();
        let done: Vec<Depth> = depths.filter(is_done).collect();
        self.estate.depths.extend(done);
        self.pending = Some(tasks.into());
    }

    /// Something was read, or could not be.
    fn put(&mut self, depth: Depth, subject: Subject, read: Read) {
        let estate = &mut self.estate;
        estate.read_at = Some(self.session.now());
        estate
            .gaps
            .retain(|gap| gap.depth != depth || gap.subject != subject);
        let mut gaps = Vec::new();
        match read {
            Read::Steps(flow) => {
                estate.steps.insert(flow.id.clone(), *flow);
            }
            Read::Jobs(integration) => {
                estate.jobs.insert(integration.id.clone(), *integration);
            }
            Read::Notification(id, config) => {
                estate.notifications.insert(id, *config);
            }
            Read::History(id, history) => {
                estate.histories.insert(id, history);
            }
            Read::Users(users) => estate.users = Some(users.into()),
            Read::Model(read) => gaps = put_model(estate, &subject, *read),
            Read::Gap(gap) => gaps.push(gap),
        }
        let (done, total) = self.counts.entry(depth).or_default();
        *done += 1;
        if done >= total && (depth != Depth::Models || self.estate.directory.is_some()) {
            self.estate.depths.insert(depth);
        }
        self.ready.push_back(EstateEvent::Read {
            depth,
            subject,
            done: *done,
            total: *total,
        });
        self.note(gaps);
    }

    fn note(&mut self, gaps: Vec<Gap>) {
        for gap in gaps {
            self.ready.push_back(EstateEvent::Gap(gap.clone()));
            self.estate.gaps.push(gap);
        }
    }
}

/// Adds what one model holds to the directory; what of it could not be read are gaps.
fn put_model(estate: &mut Estate, subject: &Subject, read: Directory) -> Vec<Gap> {
    let directory = estate.directory.get_or_insert_default();
    let gaps = gaps_of_unseen(&read.unseen, subject);
    read.models
        .iter()
        .for_each(|model| directory.models.push(model.clone()));
    directory.contents.extend(read.contents);
    let is_of =
        |unseen: &Unseen| unseen.model.as_ref().map(ModelId::as_str) == subject.id.as_deref();
    directory.unseen.retain(|unseen| !is_of(unseen));
    directory.unseen.extend(read.unseen);
    gaps
}

fn gaps_of_unseen(unseen: &[Unseen], subject: &Subject) -> Vec<Gap> {
    let gap = |unseen: &Unseen| {
        let reason = match unseen.model {
            Some(_) if unseen.kind != Kind::Model => {
                format!("its {}: {}", unseen.kind.plural(), unseen.message)
            }
            _ => unseen.message.clone(),
        };
        Gap::new(Depth::Models, subject.clone(), Some(unseen.status), reason)
    };
    unseen.iter().map(gap).collect()
}

impl fmt::Debug for EstateEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EstateEvents")
            .field("counts", &self.counts)
            .field("left", &self.pending.as_ref().map(VecDeque::len))
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

#[maybe_async]
impl EstateEvents {
    /// Waits for the next event; `None` after the last one, and after an error.
    ///
    /// # Errors
    /// As [`read_estate`](CloudWorks::read_estate). [`so_far`](Self::so_far) has what was read before.
    pub async fn next_event(&mut self) -> Result<Option<EstateEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.ended {
                return Ok(None);
            }
            let went_on = self.go_on().await;
            if let Err(error) = went_on {
                self.ended = true;
                return Err(error);
            }
        }
    }

    /// Reads to the end.
    ///
    /// # Errors
    /// As [`next_event`](Self::next_event). What was read before is lost.
    pub async fn estate(mut self) -> Result<Estate> {
        loop {
            let event = self.next_event().await?;
            match event {
                Some(event) => tracing::debug!(%event, "reading"),
                None => return Ok(self.estate),
            }
        }
    }

    async fn go_on(&mut self) -> Result<()> {
        let Some(pending) = &self.pending else {
            self.read_lists().await?;
            self.plan();
            return Ok(());
        };
        match pending.front() {
            None if self.options.models.is_some() && !self.counts.contains_key(&Depth::Models) => {
                self.read_directory().await
            }
            None => {
                self.ended = true;
                Ok(())
            }
            Some(Task::Model(_)) => self.read_model().await,
            Some(_) => self.read_side_by_side().await,
        }
    }

    async fn read_lists(&mut self) -> Result<()> {
        let session = self.session.clone();
        let cw = CloudWorks::new(&session);
        self.estate.began.get_or_insert(session.now());
        if self.estate.read_as.is_none() {
            let user: Result<User> = session.fetch(operations::current_user(), "user").await;
            match user {
                Ok(user) => self.estate.read_as = Some(user),
                Err(error) => self.note_list(Depth::Lists, Kind::User, error)?,
            }
        }
        if self.estate.connections.is_none() {
            self.estate.connections = Some(cw.list_connections().await?.into());
        }
        if self.estate.tenant.is_none() {
            let limits = cw.get_tenant_limits().await;
            match limits {
                Ok(limits) => self.estate.tenant = Some(limits),
                Err(error) => self.note_list(Depth::Lists, Kind::Integration, error)?,
            }
        }
        if self.estate.integrations.is_none() {
            self.estate.integrations = Some(cw.list_integrations().await?.into());
        }
        if self.estate.mine.integrations.is_none() {
            let query = IntegrationQuery::builder().my_integrations(true).build();
            let mine = cw.list_integrations_with(&query).await?.into_iter();
            self.estate.mine.integrations = Some(mine.map(|one| one.id).collect());
        }
        if self.options.flows && self.estate.flows.is_none() {
            let flows = Flows::new(&session).list_flows().await;
            match flows {
                Ok(flows) => self.estate.flows = Some(flows.into()),
                Err(error) => self.note_list(Depth::Flows, Kind::Flow, error)?,
            }
        }
        if self.estate.flows.is_some() && self.estate.mine.flows.is_none() {
            let query = FlowQuery::builder().my_integrations(true).build();
            let mine = Flows::new(&session).list_flows_with(&query).await;
            match mine {
                Ok(mine) => {
                    let mine = mine.into_iter().map(|flow| flow.id);
                    self.estate.mine.flows = Some(mine.collect());
                }
                Err(error) => self.note_list(Depth::Flows, Kind::Flow, error)?,
            }
        }
        self.estate.read_at = Some(session.now());
        Ok(())
    }

    /// A batch of objects, as many at once as the client may have under way. What a call that is
    /// dropped has not put is read again by the next one.
    async fn read_side_by_side(&mut self) -> Result<()> {
        let limit = self.session.concurrency();
        let batch = self.pending.iter().flatten();
        let batch = batch.take_while(|task| !matches!(task, Task::Model(_)));
        let batch: Vec<(Task, Subject)> = batch
            .take(8 * limit.max(1))
            .map(|task| (task.clone(), task.subject(&self.estate)))
            .collect();
        let session = self.session.clone();
        let fetch = |(task, subject): (Task, Subject)| {
            let session = session.clone();
            async move {
                let read = read_or_gap(&session, &task, &subject).await?;
                Ok((task.depth(), subject, read))
            }
        };
        let take = |(depth, subject, read): (Depth, Subject, Read)| {
            // They come in the order in which they were asked for.
            self.pending.iter_mut().for_each(|pending| {
                pending.pop_front();
            });
            self.put(depth, subject, read);
        };
        transport::gather(batch, limit, fetch, take).await
    }

    /// The workspaces and the models; then it is known which are to be looked into.
    async fn read_directory(&mut self) -> Result<()> {
        let models = self.estate.unread_models(&self.options);
        self.counts.insert(Depth::Models, (0, models.len() as u64));
        if self.estate.directory.is_none() {
            let mut directory = Directory::default();
            let lists = vec![Wanted::Workspaces, Wanted::Models];
            let read = read_into(&self.session, &mut directory, lists).await;
            if let Err(error) = read {
                // To be asked for again.
                self.counts.remove(&Depth::Models);
                return Err(error);
            }
            let refused = |kind| directory.unseen.iter().any(|unseen| unseen.kind == kind);
            self.estate
                .gaps
                .retain(|gap| gap.depth != Depth::Models || gap.subject.id.is_some());
            for kind in [Kind::Workspace, Kind::Model] {
                let of_kind = directory.unseen.iter().filter(|unseen| unseen.kind == kind);
                let of_kind: Vec<Unseen> = of_kind.cloned().collect();
                self.note(gaps_of_unseen(&of_kind, &Subject::list(kind)));
            }
            // Without the list of models, none could be told from one that is gone.
            if refused(Kind::Model) {
                return Ok(());
            }
            self.estate.directory = Some(directory);
        }
        if models.is_empty() {
            self.estate.depths.insert(Depth::Models);
        }
        self.pending = Some(models.into_iter().map(Task::Model).collect());
        Ok(())
    }

    async fn read_model(&mut self) -> Result<()> {
        let pending = self.pending.as_ref();
        let Some(task @ Task::Model(model)) = pending.and_then(VecDeque::front) else {
            return Ok(());
        };
        let (subject, model) = (task.subject(&self.estate), model.clone());
        let mut wanted: Vec<Wanted> = Wanted::lists_of(&model).into();
        let known = self.estate.directory.as_ref();
        if known.is_none_or(|known| known.models.get(model.as_str()).is_none()) {
            wanted.push(Wanted::Model(model.clone()));
        }
        let processes = self.estate.processes_of(&model).into_iter();
        wanted.extend(processes.map(|process| Wanted::Steps(model.clone(), process)));
        let mut read = Directory::default();
        read_into(&self.session, &mut read, wanted).await?;
        self.pending.iter_mut().for_each(|pending| {
            pending.pop_front();
        });
        self.put(Depth::Models, subject, Read::Model(Box::new(read)));
        Ok(())
    }
}

impl EstateEvents {
    /// A list that could not be read.
    fn note_list(&mut self, depth: Depth, kind: Kind, error: Error) -> Result<()> {
        let subject = Subject::list(kind);
        let gap = gap_of(&self.session, depth, &subject, error)?;
        self.estate
            .gaps
            .retain(|gap| gap.depth != depth || gap.subject != subject);
        self.note(vec![gap]);
        Ok(())
    }
}
