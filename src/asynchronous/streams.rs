//! The cursors of the async face as streams.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::{Stream, unfold};

#[cfg(feature = "estate")]
use super::client::EstateEvents;
use super::client::{DumpRows, ErrorDump, FlowEvents, RunEvents, RunManyEvents, RunsSince};
use crate::error::Result;
#[cfg(feature = "estate")]
use crate::estate::EstateEvent;
use crate::models::cloud_works::RunSummary;
use crate::runs::dump::DumpRow;
use crate::runs::{FlowEvent, RunEvent, RunManyEvent};

/// A cursor as a stream: it ends after the last item, and after an error. `transpose` stands where
/// there are errors.
macro_rules! stream {
    ($($cursor:ident, $next:ident $(.$transpose:ident())? -> $item:ty, $stream:ident;)*) => {$(
        #[doc = concat!("The items of [`", stringify!($cursor), "`] as a stream.")]
        pub struct $stream(Pin<Box<dyn Stream<Item = $item> + Send>>);

        impl $cursor {
            /// The same as a stream, for those who have the tools for one.
            pub fn into_stream(self) -> $stream {
                $stream(Box::pin(unfold(self, |mut cursor| async move {
                    let item = cursor.$next().await$(.$transpose())??;
                    Some((item, cursor))
                })))
            }
        }

        impl Stream for $stream {
            type Item = $item;

            fn poll_next(
                mut self: Pin<&mut Self>,
                context: &mut Context<'_>,
            ) -> Poll<Option<Self::Item>> {
                self.0.as_mut().poll_next(context)
            }
        }

        impl fmt::Debug for $stream {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($stream))
            }
        }
    )*};
}

stream! {
    ErrorDump, next_chunk.transpose() -> Result<Bytes>, ErrorDumpStream;
    DumpRows, next_row.transpose() -> Result<DumpRow>, DumpRowStream;
    FlowEvents, next_event.transpose() -> Result<FlowEvent>, FlowEventStream;
    RunEvents, next_event.transpose() -> Result<RunEvent>, RunEventStream;
    RunManyEvents, next_event -> RunManyEvent, RunManyEventStream;
    RunsSince, next_run.transpose() -> Result<RunSummary>, RunStream;
}

#[cfg(feature = "estate")]
stream! {
    EstateEvents, next_event.transpose() -> Result<EstateEvent>, EstateEventStream;
}
