//! The async face: reqwest on tokio.

use maybe_async::must_be_async as maybe_async;

/// An example for the docs of a method: its pieces, with what waits between them.
macro_rules! example {
    ($first:literal $(, $rest:literal)*) => {
        concat!(
            "\n```no_run\n# use anaplan_sdk::models::{cloud_works::*, flows::*};\n",
            "# async fn example(client: anaplan_sdk::Client) -> anaplan_sdk::Result<()> {\n",
            $first, $(".await", $rest,)* "\n# Ok(())\n# }\n```\n"
        )
    };
}

/// The same for a log-in of OAuth.
#[cfg(feature = "oauth")]
macro_rules! oauth_example {
    ($first:literal $(, $rest:literal)*) => {
        concat!(
            "\n```no_run\n# async fn example(oauth: anaplan_sdk::OAuth) -> anaplan_sdk::Result<()> {\n",
            $first, $(".await", $rest,)* "\n# Ok(())\n# }\n```\n"
        )
    };
}

#[path = "client/mod.rs"]
mod client;
#[path = "transport/streams.rs"]
mod streams;
#[path = "transport/reqwest.rs"]
mod transport;

#[cfg(feature = "oauth")]
pub use client::OAuth;
pub use client::{
    Client, ClientBuilder, CloudWorks, DumpChunks, DumpRows, FlowEvents, Flows, Pages, RunEvents,
    RunsSince, TokenSource,
};
pub use streams::{DumpChunkStream, DumpRowStream, FlowEventStream, RunEventStream, RunStream};
