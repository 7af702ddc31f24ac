//! CloudWorks, a noun a file.

mod connections;
mod diagnosis;
mod dumps;
#[cfg(feature = "estate")]
mod estate;
mod flow_events;
mod flows;
mod history;
mod integrations;
mod notifications;
mod preflight;
mod run_events;
mod run_many;
mod runs;
mod schedules;

use super::super::{maybe_async, transport};
use super::pages::Pages;
use super::reconcile::{create_named, send_or_look};
use super::session::Session;
use crate::error::Result;
use crate::http::request::Request;
use crate::operations;
use crate::reconcile::{CreatedItem, LookResult, SearchPolicy, agrees};

pub use dumps::{DumpRows, ErrorDump};
#[cfg(feature = "estate")]
pub use estate::EstateEvents;
pub use flow_events::FlowEvents;
pub use flows::Flows;
pub use history::RunsSince;
pub use run_events::RunEvents;
pub use run_many::RunManyEvents;

/// The CloudWorks namespace: connections, integrations, schedules, runs, notifications, and
/// [`flows`](Self::flows). From [`Client::cw`](super::Client::cw).
#[derive(Clone, Copy)]
pub struct CloudWorks<'c> {
    session: &'c Session,
    checks_first: bool,
}

impl std::fmt::Debug for CloudWorks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CloudWorks")
    }
}

impl<'c> CloudWorks<'c> {
    pub(super) fn new(session: &'c Session) -> Self {
        Self {
            session,
            checks_first: false,
        }
    }

    /// The same, but what creates or replaces an integration or a flow runs
    /// [`preflight`](Self::preflight) first, and sends nothing when that finds an error. It costs about
    /// ten requests each time.
    ///
    #[doc = example!(
        "let process = IntegrationProcessInput::builder()\n    \
             .name(\"My Process\")\n    \
             .workspace_id(\"8a81b09d599f3c6e0159f605560c2630\")\n    \
             .model_id(\"8896D8C366BC48E5A3182B9F5CE10526\")\n    \
             .process_id(118000000012)\n    \
             .build();\n\
         let id = client.cw().with_preflight().create_integration(process)", "?;"
    )]
    #[must_use]
    pub fn with_preflight(self) -> Self {
        Self {
            checks_first: true,
            ..self
        }
    }

    /// Flows: sequences of integrations.
    pub fn flows(&self) -> Flows<'c> {
        Flows {
            checks_first: self.checks_first,
            ..Flows::new(self.session)
        }
    }
}
