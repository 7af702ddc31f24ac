//! What the controls and seeds take. An unknown field is a slip of the pen, and is told with what is known.

use serde_json::Value;

/// The kind of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Whole,
    Signed,
    Fraction,
    Flag,
    Texts,
    Object,
    Any,
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Whole => value.is_u64(),
            Self::Signed => value.is_i64(),
            Self::Fraction => value.is_number(),
            Self::Flag => value.is_boolean(),
            Self::Texts => value
                .as_array()
                .is_some_and(|all| all.iter().all(Value::is_string)),
            Self::Object => value.is_object(),
            Self::Any => true,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Whole => "a whole number from 0",
            Self::Signed => "a whole number",
            Self::Fraction => "a number",
            Self::Flag => "true or false",
            Self::Texts => "a list of texts",
            Self::Object => "an object",
            Self::Any => "any value",
        }
    }
}

/// Refuses fields that are not known, and values of another kind.
pub(crate) fn check(value: &Value, known: &[(&str, Kind)]) -> Result<(), String> {
    let fields = value
        .as_object()
        .ok_or_else(|| format!("expected an object, with {}", listed(known)))?;
    for (name, value) in fields {
        let (_, kind) = known
            .iter()
            .find(|(each, _)| each == name)
            .ok_or_else(|| format!("unknown field {name:?}; known: {}", listed(known)))?;
        if !kind.fits(value) {
            return Err(format!("{name}: expected {}", kind.name()));
        }
    }
    Ok(())
}

fn listed(known: &[(&str, Kind)]) -> String {
    if known.is_empty() {
        return "no fields".into();
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}
