//! The async face: reqwest on tokio.

use maybe_async::must_be_async as maybe_async;

/// How this face is written, for the examples in the docs.
macro_rules! face {
    (path) => {
        "anaplan_sdk"
    };
    (fn) => {
        "async fn"
    };
    (wait) => {
        ".await"
    };
}

#[path = "../client/mod.rs"]
mod client;
mod streams;
mod token_source;
#[path = "../http/reqwest.rs"]
mod transport;

#[cfg(feature = "estate")]
pub use client::EstateEvents;
#[cfg(feature = "oauth")]
pub use client::OAuth;
pub use client::{
    Client, ClientBuilder, CloudWorks, DumpRows, ErrorDump, FlowEvents, Flows, Model, Pages,
    RunEvents, RunManyEvents, RunsSince,
};
#[cfg(feature = "estate")]
pub use streams::EstateEventStream;
pub use streams::{
    DumpRowStream, ErrorDumpStream, FlowEventStream, RunEventStream, RunManyEventStream, RunStream,
};
pub use token_source::TokenSource;
