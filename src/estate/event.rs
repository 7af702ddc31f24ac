//! What happens while an estate is read.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Depth, Gap, Price, Subject};

/// What happens while an estate is read. Serialised, it is flat: `{"event": "read", "depth": …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum EstateEvent {
    /// What it takes to read a depth, before it begins. That of the lists is the first event; those of
    /// all other depths follow when the lists have been read. Whoever finds it too much asks for no
    /// further event, and keeps what there is.
    Price(Price),
    /// Something was read.
    #[non_exhaustive]
    Read {
        /// What of it.
        depth: Depth,
        /// Of which object.
        subject: Subject,
        /// How many of this depth were read so far, gaps included.
        done: u64,
        /// Of how many.
        total: u64,
    },
    /// Something could not be read. The rest is.
    Gap(Gap),
}

impl fmt::Display for EstateEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Price(price) => price.fmt(f),
            Self::Read {
                depth,
                subject,
                done,
                total,
            } => write!(f, "{depth}: {done} of {total}, {subject}"),
            Self::Gap(gap) => gap.fmt(f),
        }
    }
}
