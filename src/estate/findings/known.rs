//! What the checks look at.

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::super::{Estate, History, Links, Subject};
use super::{Code, Finding};
use crate::directory::{Directory, Kind};
use crate::models::cloud_works::{
    Integration, IntegrationId, ModelId, Schedule, ScheduleState, SingleIntegration,
};
use crate::models::flows::{Flow, FlowId, FlowSummary};
use crate::timetable::{Timetable, TimetableError};

/// What one check has found.
pub(super) struct Found {
    subject: Option<Subject>,
    message: String,
    others: Vec<Subject>,
}

impl Found {
    pub(super) fn new(subject: impl Into<Option<Subject>>, message: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            message: message.into(),
            others: Vec::new(),
        }
    }

    pub(super) fn with(self, others: Vec<Subject>) -> Self {
        Self { others, ..self }
    }

    pub(super) fn of(self, code: Code) -> Finding {
        let Self {
            subject,
            message,
            others,
        } = self;
        Finding {
            code,
            subject,
            message,
            others,
        }
    }
}

/// An estate, with what all checks ask for worked out once.
pub(super) struct Known<'e> {
    pub(super) estate: &'e Estate,
    pub(super) links: Links<'e>,
    pub(super) now: Timestamp,
    /// Those of integrations, then those of flows.
    pub(super) schedules: Vec<Scheduled<'e>>,
}

/// A schedule, and whose it is.
pub(super) struct Scheduled<'e> {
    pub(super) subject: Subject,
    /// The integration, if it is an integration's.
    pub(super) integration: Option<&'e Integration>,
    pub(super) schedule: &'e Schedule,
    pub(super) timetable: Result<Timetable, TimetableError>,
    /// The models that it writes to or reads.
    pub(super) models: Vec<&'e ModelId>,
}

impl Scheduled<'_> {
    pub(super) fn is_on(&self) -> bool {
        self.schedule.status != Some(ScheduleState::Inactive)
    }

    /// When it is due, if it is on and can be laid out in time.
    pub(super) fn timetable(&self) -> Option<&Timetable> {
        let timetable = self.timetable.as_ref().ok()?;
        timetable.is_active().then_some(timetable)
    }

    /// When it is due within a span of time, as the service anchors it.
    pub(super) fn due(&self, from: Timestamp, time: SignedDuration) -> Vec<Timestamp> {
        let until = from.saturating_add(time).unwrap_or(Timestamp::MAX);
        let Some(timetable) = self.timetable() else {
            return Vec::new();
        };
        let occurrences = timetable.after(from).take_while(|occurrence| {
            let local = occurrence.by_local_time.at;
            local.min(occurrence.anchored_in_utc.at) <= until
        });
        let due = occurrences.map(|occurrence| occurrence.anchored_in_utc.at);
        due.filter(|at| from < *at && *at <= until).collect()
    }
}

impl<'e> Known<'e> {
    pub(super) fn of(estate: &'e Estate, now: Timestamp) -> Self {
        let links = estate.links();
        let of_integrations = estate.integrations.iter().flatten().filter_map(|one| {
            let schedule = one.schedule.as_ref()?;
            Some(Scheduled {
                subject: Subject::of(one),
                integration: Some(one),
                schedule,
                timetable: Timetable::try_from(schedule),
                models: one.model_id.iter().collect(),
            })
        });
        let of_flows = estate.flows.iter().flatten().filter_map(|flow| {
            let schedule = flow.schedule.as_ref()?;
            Some(Scheduled {
                subject: Subject::of(flow),
                integration: None,
                schedule,
                timetable: Timetable::try_from(schedule),
                models: links.models_of_flow(&flow.id).to_vec(),
            })
        });
        let schedules = of_integrations.chain(of_flows).collect();
        Self {
            estate,
            links,
            now,
            schedules,
        }
    }

    pub(super) fn integrations(&self) -> impl Iterator<Item = &'e Integration> + use<'e> {
        self.estate.integrations.iter().flatten()
    }

    pub(super) fn flows(&self) -> impl Iterator<Item = &'e FlowSummary> + use<'e> {
        self.estate.flows.iter().flatten()
    }

    /// The flows with their steps.
    pub(super) fn steps(&self) -> impl Iterator<Item = (Subject, &'e Flow)> {
        let all = self.estate.steps.iter();
        all.map(|(id, flow)| (self.flow(id), flow))
    }

    pub(super) fn jobs(&self) -> impl Iterator<Item = (Subject, &'e SingleIntegration)> {
        let all = self.estate.jobs.iter();
        all.map(|(id, integration)| (self.integration(id), integration))
    }

    pub(super) fn histories(&self) -> impl Iterator<Item = (Subject, &'e History)> {
        let all = self.estate.histories.iter();
        all.map(|(id, history)| (self.integration(id), history))
    }

    pub(super) fn integration(&self, id: &IntegrationId) -> Subject {
        match self.estate.integration(id) {
            Some(integration) => Subject::of(integration),
            None => Subject::new(Kind::Integration, id.as_str(), ""),
        }
    }

    pub(super) fn all_integrations(&self, ids: &[&IntegrationId]) -> Vec<Subject> {
        ids.iter().map(|id| self.integration(id)).collect()
    }

    pub(super) fn flow(&self, id: &FlowId) -> Subject {
        match self.estate.flow(id) {
            Some(flow) => Subject::of(flow),
            None => Subject::new(Kind::Flow, id.as_str(), ""),
        }
    }

    pub(super) fn model(&self, id: &ModelId) -> Subject {
        let model = self.directory().and_then(|all| all.models.get(id.as_str()));
        match model {
            Some(model) => Subject::of(model),
            None => Subject::new(Kind::Model, id.as_str(), ""),
        }
    }

    pub(super) fn directory(&self) -> Option<&'e Directory> {
        self.estate.directory.as_ref()
    }

    pub(super) fn days_from_now(&self, days: i64) -> Timestamp {
        let time = (days * 24).hours();
        self.now.checked_add(time).unwrap_or(Timestamp::MAX)
    }

    pub(super) fn days_ago(&self, days: i64) -> Timestamp {
        let time = (days * 24).hours();
        self.now.checked_sub(time).unwrap_or(Timestamp::MIN)
    }
}

/// The middle of these durations.
pub(super) fn median(durations: &mut [SignedDuration]) -> Option<SignedDuration> {
    durations.sort_unstable();
    durations.get(durations.len() / 2).copied()
}
