//! What could not be read.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Depth;
use crate::directory::{Kind, Named};

/// An object of an estate: what it is, its id and its name, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Subject {
    /// What it is.
    pub kind: Kind,
    /// Its id; `None` for a whole list, and for a person of whom only the name is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Subject {
    /// An object with an id and a name; an empty name is none.
    pub fn new(kind: Kind, id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind,
            id: Some(id.into()),
            name: Some(name.into()).filter(|name| !name.is_empty()),
        }
    }

    /// A whole list.
    pub fn list(kind: Kind) -> Self {
        Self {
            kind,
            id: None,
            name: None,
        }
    }

    /// This object.
    pub fn of<T: Named>(item: &T) -> Self {
        Self::new(T::KIND, item.id(), item.name())
    }
}

/// `integration *Products from blob* (840c…)`, or `the list of flows`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind;
        match (&self.name, &self.id) {
            (Some(name), Some(id)) => write!(f, "{kind} *{name}* ({id})"),
            (Some(name), None) => write!(f, "{kind} *{name}*"),
            (None, Some(id)) => write!(f, "{kind} {id}"),
            (None, None) => write!(f, "the list of {}", kind.plural()),
        }
    }
}

/// Something that was asked for and could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Gap {
    /// What of it was to be read.
    pub depth: Depth,
    /// Of which object.
    pub subject: Subject,
    /// The status of the service's refusal, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it could not be read: what the service said, or what went wrong.
    pub reason: String,
}

impl Gap {
    /// Something that could not be read.
    pub fn new(
        depth: Depth,
        subject: Subject,
        status: Option<u16>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            depth,
            subject,
            status,
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} could not be read: ", self.depth, self.subject)?;
        if let Some(status) = self.status {
            write!(f, "{status} ")?;
        }
        f.write_str(&self.reason)
    }
}
