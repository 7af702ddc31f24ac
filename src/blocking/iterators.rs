//! The cursors of the blocking face as iterators.

use bytes::Bytes;

use super::client::{DumpRows, ErrorDump, FlowEvents, RunEvents, RunsSince};
use crate::error::Result;
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
