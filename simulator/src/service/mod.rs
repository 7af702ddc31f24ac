//! CloudWorks and the look-ups, one file a noun.

pub(crate) mod connections;
pub(crate) mod dumps;
pub(crate) mod flows;
pub(crate) mod integrations;
pub(crate) mod lookups;
pub(crate) mod model_contents;
pub(crate) mod notifications;
pub(crate) mod runs;
pub(crate) mod schedules;
