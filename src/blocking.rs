//! The blocking face: ureq, no runtime. The same methods as on the async one, without `.await`.

use maybe_async::must_be_sync as maybe_async;

/// An example for the docs of a method: its pieces, one after the other.
macro_rules! example {
    ($first:literal $(, $rest:literal)*) => {
        concat!(
            "\n```no_run\n# use anaplan_sdk::models::{cloud_works::*, flows::*};\n",
            "# fn example(client: anaplan_sdk::blocking::Client) -> anaplan_sdk::Result<()> {\n",
            $first, $($rest,)* "\n# Ok(())\n# }\n```\n"
        )
    };
}

/// The same for a log-in of OAuth.
#[cfg(feature = "oauth")]
macro_rules! oauth_example {
    ($first:literal $(, $rest:literal)*) => {
        concat!(
            "\n```no_run\n# fn example(oauth: anaplan_sdk::blocking::OAuth) -> anaplan_sdk::Result<()> {\n",
            $first, $($rest,)* "\n# Ok(())\n# }\n```\n"
        )
    };
}

#[path = "client/mod.rs"]
mod client;
#[path = "transport/iterators.rs"]
mod iterators;
#[path = "transport/names.rs"]
mod names;
#[path = "transport/ureq.rs"]
mod transport;

#[cfg(feature = "oauth")]
pub use client::OAuth;
pub use client::{
    Client, ClientBuilder, CloudWorks, DumpChunks, DumpRows, FlowEvents, Flows, Pages, RunEvents,
    RunsSince, TokenSource,
};
