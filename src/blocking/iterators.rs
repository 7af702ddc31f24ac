//! The cursors of the blocking face as iterators.

use bytes::Bytes;

#[cfg(feature = "estate")]
use super::client::EstateEvents;
use super::client::{DumpRows, ErrorDump, FlowEvents, RunEvents, RunsSince};
use crate::error::Result;
#[cfg(feature = "estate")]
use crate::estate::EstateEvent;
use crate::models::cloud_works::RunSummary;
use crate::runs::dump::DumpRow;
use crate::runs::{FlowEvent, RunEvent};

/// A cursor as an iterator: it ends after the last item, and after an error.
macro_rules! iterator {
    ($($cursor:ty, $next:ident -> $item:ty;)*) => {$(
        impl Iterator for $cursor {
            type Item = Result<$item>;

            fn next(&mut self) -> Option<Self::Item> {
                self.$next().transpose()
            }
        }
    )*};
}

iterator! {
    ErrorDump, next_chunk -> Bytes;
    DumpRows, next_row -> DumpRow;
    FlowEvents, next_event -> FlowEvent;
    RunEvents, next_event -> RunEvent;
    RunsSince, next_run -> RunSummary;
}

#[cfg(feature = "estate")]
iterator! {
    EstateEvents, next_event -> EstateEvent;
}
