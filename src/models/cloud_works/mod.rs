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

pub use super::ids::{
    ActionId, ConnectionId, FileId, FlowGroupId, IntegrationId, ModelId, NotificationId, ProcessId,
    RunId, TraceId, UserId, WorkspaceId,
};
pub use super::query::{IntegrationQuery, SortBy};
