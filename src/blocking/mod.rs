//! The blocking face: ureq, no runtime. The same methods as on the async one, without `.await`.

use maybe_async::must_be_sync as maybe_async;

/// How this face is written, for the examples in the docs.
macro_rules! face {
    (path) => {
        "anaplan_sdk::blocking"
    };
    (fn) => {
        "fn"
    };
    (wait) => {
        ""
    };
}

#[path = "../client/mod.rs"]
mod client;
mod iterators;
#[path = "../http/resolver.rs"]
mod resolver;
mod token_source;
#[path = "../http/ureq.rs"]
mod transport;
#[path = "../http/ureq_connectors.rs"]
mod ureq_connectors;

#[cfg(feature = "estate")]
pub use client::EstateEvents;
#[cfg(feature = "oauth")]
pub use client::OAuth;
pub use client::{
    Client, ClientBuilder, CloudWorks, DumpRows, ErrorDump, FlowEvents, Flows, Model, Pages,
    RunEvents, RunManyEvents, RunsSince,
};
pub use token_source::TokenSource;
