//! CloudWorks, a noun a file.

mod connections;
mod diagnosis;
mod dumps;
mod flow_events;
mod flows;
mod history;
mod integrations;
mod notifications;
mod run_events;
mod runs;
mod schedules;

use super::super::{maybe_async, transport};
use super::pages::Pages;
use super::reconcile::{create_named, send_or_look};
use super::session::Session;
use crate::error::Result;
use crate::http::request::Request;
use crate::operations;
use crate::reconcile::{CreatedItem, Finding, SearchPolicy, agrees};

pub use dumps::{DumpRows, ErrorDump};
pub use flow_events::FlowEvents;
pub use flows::Flows;
pub use history::RunsSince;
pub use run_events::RunEvents;

/// The CloudWorks namespace: connections, integrations, schedules, runs, notifications, and
/// [`flows`](Self::flows). From [`Client::cw`](super::Client::cw).
#[derive(Clone, Copy)]
pub struct CloudWorks<'c> {
    session: &'c Session,
}

impl std::fmt::Debug for CloudWorks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CloudWorks")
    }
}

impl<'c> CloudWorks<'c> {
    pub(super) fn new(session: &'c Session) -> Self {
        Self { session }
    }

    /// Flows: sequences of integrations.
    pub fn flows(&self) -> Flows<'c> {
        Flows::new(self.session)
    }
}
