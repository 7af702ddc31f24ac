//! Anaplan CloudWorks for Rust.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(
    clippy::duplicate_mod,
    reason = "one body is loaded once per face: that is the whole idea"
)]

#[cfg(feature = "async")]
mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;

pub mod models;
pub mod runs;
pub mod timetable;
pub mod validation;

#[cfg(feature = "_client")]
mod auth;
#[cfg(feature = "_client")]
mod clock;
#[cfg(feature = "_client")]
mod decode;
#[cfg(feature = "_client")]
mod error;
#[cfg(feature = "_client")]
mod explain;
#[cfg(feature = "_client")]
mod gate;
#[cfg(feature = "_client")]
mod paging;
#[cfg(feature = "_client")]
mod region;
#[cfg(feature = "_client")]
mod request;
#[cfg(feature = "_client")]
mod retry;
#[cfg(feature = "_client")]
mod settings;
#[cfg(feature = "_client")]
mod transport;

#[cfg(feature = "async")]
pub use asynchronous::{
    Client, ClientBuilder, CloudWorks, DumpChunkStream, DumpChunks, DumpRowStream, DumpRows,
    FlowEventStream, FlowEvents, Flows, Pages, RunEventStream, RunEvents, RunStream, RunsSince,
};
#[cfg(feature = "_client")]
pub use {
    auth::Credentials,
    error::{ApiError, AuthError, DecodeError, Error, Result, TransportError, TransportErrorKind},
    http::Method,
    paging::Listed,
    region::Region,
    retry::RetryPolicy,
    settings::DOCUMENTED_REQUESTS_PER_MINUTE,
};
