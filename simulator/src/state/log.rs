//! What was really done, in order.

use serde_json::{Value, json};

use crate::state::clock::Millis;

/// One thing that the service did: what the client asked for, or a fault on the way.
///
/// A create whose reply was lost leaves `created integration` **and then** `fault reset after POST …`;
/// one that was lost on the way in leaves only the fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// When, in milliseconds since the epoch, by the simulator's clock.
    pub at: i64,
    /// `created`, `updated`, `patched`, `deleted`, `started`, `cancelled`, `enabled`, `disabled` or `fault`.
    pub action: String,
    /// `connection`, `integration`, `schedule`, `run`, `notification`, `flow`, `flow run`, or the kind of the fault.
    pub noun: String,
    /// The id of what was done something to; for a fault, the request: `POST /2/0/…`.
    pub id: String,
    /// What it belongs to: the integration of a run, the flow of a flow run; else empty.
    pub of: String,
    /// Its name, where it has one; else empty.
    pub name: String,
}

impl Done {
    pub(crate) fn new(at: Millis, action: &str, noun: &str, id: &str) -> Self {
        Self {
            at,
            action: action.into(),
            noun: noun.into(),
            id: id.into(),
            of: String::new(),
            name: String::new(),
        }
    }

    pub(crate) fn of(mut self, of: &str) -> Self {
        self.of = of.into();
        self
    }

    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({"at": self.at, "action": self.action, "noun": self.noun, "id": self.id, "of": self.of, "name": self.name})
    }
}
