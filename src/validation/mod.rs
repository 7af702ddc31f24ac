//! Checks of what is sent to the service.
//!
//! Every payload is checked before it is sent, whether it was built by the typed builders
//! or comes as a [`serde_json::Value`], and by the same rules: an input is described once, by a
//! table of its fields and a few rules beyond their shape, and a typed value is looked at as the
//! JSON that it becomes.
//!
//! - An **error** ([`ValidationError`]) is what the service certainly refuses or is harmed by.
//!   It lists every problem at once, each with the path at which it is found.
//! - A **warning** ([`Warning`]) is what is only likely wrong. It stops nothing.
//!
//! No message ever holds a secret, nor any text from a place where a secret could be.
//!
//! ```
//! use anaplan_sdk::models::cloud_works::ConnectionInput;
//! use serde_json::json;
//!
//! let typo = ConnectionInput::try_from(json!({
//!     "type": "AzureBlob",
//!     "body": {"name": "My Blob", "storageAccount": "x", "containerName": "raw", "sasToken": "sp=rl"},
//! }));
//! assert_eq!(
//!     typo.unwrap_err().to_string(),
//!     "body.storageAccountName: field required\n\
//!      body.storageAccount: unknown field, did you mean `storageAccountName`?",
//! );
//! ```
//!
//! To check a payload file without sending it, [`Input::from_json`] gives the warnings,
//! too. With the feature `schema`, every input is a `schemars::JsonSchema`, from the same tables,
//! and a file may name its schema (`$schema`) for its editor.

mod engine;
#[cfg(feature = "schema")]
pub(crate) mod json_schema;
mod report;
mod table_types;
mod walk;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use report::{Problem, ProblemKind, ValidationError, Warning, WarningKind};

pub(crate) use engine::{date, most_fields, time};
pub(crate) use table_types::{Field, Object, Shape, Union};
pub(crate) use walk::Walk;

/// A payload that can be checked before it is sent.
///
/// Every input of the library is one; none can be added from outside.
pub trait Input: Serialize + DeserializeOwned + described::Described {
    /// Checks the payload, and returns what is only likely wrong.
    ///
    /// # Errors
    ///
    /// When the service would refuse the payload: every problem, with its path.
    fn validate(&self) -> Result<Vec<Warning>, ValidationError> {
        self.validate_at(Timestamp::now())
    }

    /// As [`validate`](Self::validate), with another clock: expiry is seen from `now`.
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    fn validate_at(&self, now: Timestamp) -> Result<Vec<Warning>, ValidationError> {
        let payload = serde_json::to_value(self).map_err(unwritable)?;
        check::<Self>(&payload, now).map(|(_, warnings)| warnings)
    }

    /// Takes the payload from plain JSON, and returns what is only likely wrong as well.
    ///
    /// # Errors
    ///
    /// When the JSON is not such a payload, or the service would refuse it: every problem, with
    /// its path.
    fn from_json(json: &Value) -> Result<(Self, Vec<Warning>), ValidationError> {
        Self::from_json_at(json, Timestamp::now())
    }

    /// As [`from_json`](Self::from_json), with another clock: expiry is seen from
    /// `now`.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    fn from_json_at(json: &Value, now: Timestamp) -> Result<(Self, Vec<Warning>), ValidationError> {
        let (normal, warnings) = check::<Self>(json, now)?;
        let input = serde_json::from_value(normal).map_err(unwritable)?;
        Ok((input, warnings))
    }
}

/// What has passed the checks but does not fit the type. The message of serde is not passed on:
/// it could quote a secret.
fn unwritable(_: serde_json::Error) -> ValidationError {
    Problem::new(
        "",
        ProblemKind::WrongType,
        "the payload cannot be represented",
    )
    .into()
}

fn check<I: Input>(
    payload: &Value,
    now: Timestamp,
) -> Result<(Value, Vec<Warning>), ValidationError> {
    #[cfg(test)]
    CHECKS.set(CHECKS.get() + 1);
    let mut walk = Walk::new(now);
    let normal = I::check(&mut walk, payload);
    let warnings = walk.finish()?;
    Ok((normal.unwrap_or_default(), warnings))
}

#[cfg(test)]
std::thread_local! {
    /// How many payloads this thread has checked.
    pub(crate) static CHECKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// The input that writes a reply back, from the JSON that the reply is serialised to.
pub(crate) fn from_read<I: Input>(mut reply: Value) -> Result<I, ValidationError> {
    I::SHAPE.retain_own(&mut reply);
    I::from_json(&reply).map(|(input, _)| input)
}

/// Logs what is only likely wrong, in builds that send payloads.
pub(crate) fn log_warnings(warnings: &[Warning]) {
    #[cfg(feature = "_client")]
    for warning in warnings {
        tracing::warn!(path = %warning.path, "{}", warning.message);
    }
    #[cfg(not(feature = "_client"))]
    let _ = warnings;
}

pub(crate) mod described {
    use serde_json::Value;

    use super::{Shape, Walk};

    /// What the tables know of an input.
    pub trait Described: Sized {
        /// What it has to be.
        #[doc(hidden)]
        const SHAPE: &'static Shape;

        /// In which object it is taken as well, and under which name it stands there.
        #[doc(hidden)]
        const WRAPPED: Option<(&'static str, &'static Shape)> = None;

        /// Reports what is wrong, and returns the payload in its normal form.
        #[doc(hidden)]
        fn check(walk: &mut Walk, payload: &Value) -> Option<Value> {
            match Self::WRAPPED {
                Some((name, wrapped)) if payload.get(name).is_some_and(Value::is_object) => {
                    walk.value(wrapped, payload)?.get_mut(name).map(Value::take)
                }
                _ => walk.value(Self::SHAPE, payload),
            }
        }
    }
}

/// Makes inputs of types by the shape that they have, and from the replies that read them.
macro_rules! inputs {
    ($(
        $input:ident => $shape:expr
            $(, or $name:literal in $wrapped:expr)?
            $(, read as $reply:ty)?;
    )*) => {$(
        $(
            /// The input that writes back what was read: change a field, and send it. What only a
            /// reply has is left out, and what the service left out has its default.
            impl TryFrom<&$reply> for $input {
                type Error = $crate::validation::ValidationError;

                fn try_from(reply: &$reply) -> Result<Self, Self::Error> {
                    let json = serde_json::to_value(reply).unwrap_or_default();
                    $crate::validation::from_read(json)
                }
            }
        )?

        impl $crate::validation::described::Described for $input {
            const SHAPE: &'static $crate::validation::Shape = &$shape;
            $(
                const WRAPPED: Option<(&'static str, &'static $crate::validation::Shape)> =
                    Some(($name, &$wrapped));
            )?
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $input {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($input).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::validation::json_schema::of::<Self>()
            }
        }

        impl $crate::validation::Input for $input {}

        impl $input {
            /// Checks the payload, and returns what is only likely wrong.
            ///
            /// # Errors
            ///
            /// When the service would refuse the payload: every problem, with its path.
            pub fn validate(
                &self,
            ) -> Result<Vec<$crate::validation::Warning>, $crate::validation::ValidationError> {
                $crate::validation::Input::validate(self)
            }
        }

        impl TryFrom<&serde_json::Value> for $input {
            type Error = $crate::validation::ValidationError;

            fn try_from(json: &serde_json::Value) -> Result<Self, Self::Error> {
                let (input, warnings) = $crate::validation::Input::from_json(json)?;
                $crate::validation::log_warnings(&warnings);
                Ok(input)
            }
        }

        impl TryFrom<serde_json::Value> for $input {
            type Error = $crate::validation::ValidationError;

            fn try_from(json: serde_json::Value) -> Result<Self, Self::Error> {
                Self::try_from(&json)
            }
        }
    )*};
}

pub(crate) use inputs;
