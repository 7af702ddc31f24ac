//! Enums that stay open: a value that this version does not know is kept, never an error.

use std::fmt;
use std::ops::Deref;

/// A value that this version of the library does not know, as the service wrote it.
///
/// It derefs to `str`. One cannot be made by hand: parse the text into the enum instead, which
/// gives the known variant if there is one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherValue(Box<str>);

impl OtherValue {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }
}

impl Deref for OtherValue {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OtherValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// An enum over the service's own words, with `Other` for those to come.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $word:literal, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_meta])* #[doc = concat!("\n\nOn the wire: `", $word, "`.")] $variant, )*
            /// A value that this version of the library does not know.
            Other($crate::models::OtherValue),
        }

        impl $name {
            /// The words known to this version of the library.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// Whether this version of the library knows the word.
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Other(_))
            }

            /// The value as it travels.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $word, )*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $( $word => Self::$variant, )*
                    _ => Self::Other($crate::models::OtherValue::new(text)),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(text.into())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;
                impl<'de> serde::de::Visitor<'de> for Word {
                    type Value = $name;
                    $crate::models::lenient::scalar_visitor!("a word");
                }
                deserializer.deserialize_any(Word)
            }
        }

        impl $crate::models::lenient::Scalar for $name {
            fn from_text(text: &str) -> Option<Self> {
                Some(text.into())
            }

            fn from_integer(number: i128) -> Option<Self> {
                Some(number.to_string().as_str().into())
            }
        }

        $crate::models::lenient::readable!($name);
    };
}

pub(crate) use open_enum;
