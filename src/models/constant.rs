//! Fields that have one value only.

use crate::validation::{Field, Shape};

/// A type with one value, which is written as the given word.
macro_rules! constant {
    ($(#[$meta:meta])* $name:ident = $word:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub(crate) struct $name;

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($word)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let word = String::deserialize(d)?;
                if word == $word {
                    Ok(Self)
                } else {
                    Err(serde::de::Error::custom(concat!("expected `", $word, "`")))
                }
            }
        }
    };
}

pub(crate) use constant;

constant! {
    /// The version of the shape of integrations and flows.
    Version = "2.0"
}

/// The version, in the tables of integrations and flows.
pub(super) const VERSION: Field = Field::optional(
    "version",
    Shape::Word(&["2.0"]),
    "The version of the payload's shape.",
);
