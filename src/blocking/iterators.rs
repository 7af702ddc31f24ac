//! The cursors of the blocking face as iterators.

use bytes::Bytes;

#[cfg(feature = "estate")]
use super::client::EstateEvents;
use super::client::{DumpRows, ErrorDump, FlowEvents, RunEvents, RunManyEvents, RunsSince};
use crate::error::Result;
#[cfg(feature = "estate")]
use crate::estate::EstateEvent;
use crate::models::cloud_works::RunSummary;
use crate::runs::dump::DumpRow;
use crate::runs::{FlowEvent, RunEvent, RunManyEvent};

/// A cursor as an iterator: it ends after the last item, and after an error. `transpose` stands
/// where there are errors.
macro_rules! iterator {
    ($($cursor:ty, $next:ident $(.$transpose:ident())? -> $item:ty;)*) => {$(
        impl Iterator for $cursor {
            type Item = $item;

            fn next(&mut self) -> Option<Self::Item> {
                self.$next()$(.$transpose())?
            }
        }
    )*};
}

iterator! {
    ErrorDump, next_chunk.transpose() -> Result<Bytes>;
    DumpRows, next_row.transpose() -> Result<DumpRow>;
    FlowEvents, next_event.transpose() -> Result<FlowEvent>;
    RunEvents, next_event.transpose() -> Result<RunEvent>;
    RunManyEvents, next_event -> RunManyEvent;
    RunsSince, next_run.transpose() -> Result<RunSummary>;
}

#[cfg(feature = "estate")]
iterator! {
    EstateEvents, next_event.transpose() -> Result<EstateEvent>;
}
