//! Connections, integrations, schedules, runs and notifications.

mod connection;
mod integration;
mod notification;
mod run;
mod schedule;

pub use connection::*;
pub use integration::*;
pub use notification::*;
pub use run::*;
pub use schedule::*;

pub use super::ids::*;
pub use super::query::{IntegrationQuery, SortBy};
