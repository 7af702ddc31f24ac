//! Ids: one type for each kind of object, so that they cannot be mixed up. Each has its public path
//! with its noun: `cloud_works` or `flows`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::lenient::{Scalar, scalar_visitor};

/// An id type over text. `text_id!` for ids made of hexadecimal digits, `numeric_id!` for those
/// made of decimal ones, which callers also write as integers.
macro_rules! text_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The id as it travels.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&String> for $name {
            fn from(id: &String) -> Self {
                Self(id.clone())
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Id;
                impl<'de> Visitor<'de> for Id {
                    type Value = $name;
                    scalar_visitor!("an id, as text or as a number");
                }
                deserializer.deserialize_any(Id)
            }
        }

        impl Scalar for $name {
            fn from_text(text: &str) -> Option<Self> {
                Some(Self(text.to_owned()))
            }

            fn from_integer(number: i128) -> Option<Self> {
                Some(Self(number.to_string()))
            }
        }

        super::lenient::readable!($name);
    };
}

macro_rules! numeric_id {
    ($(#[$meta:meta])* $name:ident) => {
        text_id! {
            $(#[$meta])*
            ///
            /// Taken from an integer or from text, sent as text:
            ///
            /// ```
            #[doc = concat!("use anaplan_sdk::models::cloud_works::", stringify!($name), ";")]
            ///
            #[doc = concat!("let id = ", stringify!($name), "::from(112000000001);")]
            #[doc = concat!("assert_eq!(id, ", stringify!($name), "::from(\"112000000001\"));")]
            /// ```
            $name
        }

        // The only integer conversion: a bare literal finds its type by it.
        impl From<u64> for $name {
            fn from(id: u64) -> Self {
                Self(id.to_string())
            }
        }
    };
}

text_id! {
    /// A flow's id.
    FlowId
}
text_id! {
    /// A connection's id.
    ConnectionId
}
text_id! {
    /// An integration's id.
    IntegrationId
}
text_id! {
    /// The id of one run of an integration or of a flow.
    RunId
}
text_id! {
    /// The id of a notification configuration.
    NotificationId
}
text_id! {
    /// A workspace's id.
    WorkspaceId
}
text_id! {
    /// A model's id. The only one that the service writes in upper case.
    ModelId
}
text_id! {
    /// A user's id, which the service also calls GUID.
    UserId
}
text_id! {
    /// The id under which Anaplan's support finds the traces of a run.
    TraceId
}
text_id! {
    /// What the runs of the steps of one flow share.
    FlowGroupId
}
numeric_id! {
    /// The id of an import (`112…`), an export (`116…`) or another action (`117…`) of a model.
    ActionId
}
numeric_id! {
    /// The id of a file of a model (`113…`).
    FileId
}
numeric_id! {
    /// The id of a process of a model (`118…`).
    ProcessId
}
