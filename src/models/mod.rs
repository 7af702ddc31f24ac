//! What travels between CloudWorks and its callers.
//!
//! - **Replies** ([`Connection`], [`Integration`], [`RunStatus`], …) are read as kindly as can
//!   be: only the id of an object is ever required, unknown fields are passed over, unknown
//!   words are kept ([`OtherValue`]), and what has an unknown form is kept as well
//!   ([`Unreadable`]). Times are [`jiff::Timestamp`]s, whichever way the service wrote them.
//! - **Inputs** ([`ConnectionInput`],
//!   [`IntegrationInput`], …) are built by typed builders or taken
//!   from a [`serde_json::Value`], and checked by the same rules either way: see
//!   [`validation`](crate::validation).
//! - **Ids** are types of their own: see [`ids`].

pub mod cloud_works;
mod constant;
pub mod flows;
pub mod ids;
pub(crate) mod lenient;
mod open;
mod query;
mod reply;
mod secret;
mod user;

pub use cloud_works::*;
pub use flows::*;
pub use lenient::Unreadable;
pub use open::OtherValue;
pub use secret::Secret;
pub use user::{User, ValidToken};

pub use jiff;
