//! What travels between the service (CloudWorks and the Integration API) and its callers.
//!
//! - **Replies** ([`Connection`](cloud_works::Connection),
//!   [`Integration`](cloud_works::Integration), [`Flow`](flows::Flow), …) are read
//!   leniently: only the id of an object is required, and unknown words ([`OtherValue`]), unknown
//!   fields and what has an unknown form ([`OtherFields`]) are kept. Times are [`jiff::Timestamp`]s, whichever way the service wrote them.
//! - **Inputs** ([`ConnectionInput`](cloud_works::ConnectionInput),
//!   [`FlowInput`](flows::FlowInput), …) are built by typed builders or taken
//!   from a [`serde_json::Value`], and checked by the same rules either way: see
//!   [`validation`](crate::validation).
//! - **Ids** ([`IntegrationId`](cloud_works::IntegrationId), [`FlowId`](flows::FlowId), …) are
//!   types of their own. An id is never refused for its form: the service decides what it is. A
//!   run's id does not fit where an integration's is wanted, and the compiler says so:
//!
//! ```compile_fail,E0277
//! use anaplan_sdk::models::cloud_works::{IntegrationId, RunId};
//!
//! fn run_integration(id: impl Into<IntegrationId>) {}
//!
//! run_integration(RunId::from("91a01d97958d44baaa58ad8a3d45804e"));
//! ```

pub mod cloud_works;
mod constant;
pub mod flows;
mod ids;
pub mod integration_api;
pub(crate) mod lenient;
mod open_enum;
mod query;
mod reply_macro;
mod secret;
mod user;

pub use lenient::OtherFields;
pub use open_enum::OtherValue;
pub use secret::Secret;
pub use user::{User, ValidToken};

pub use jiff;
