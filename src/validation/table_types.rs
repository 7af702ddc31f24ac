//! What the tables that describe inputs are made of; the tables stand with their nouns.

use serde_json::{Map, Value};

use super::walk::Walk;

/// What a value has to be.
#[derive(Debug)]
pub enum Shape {
    /// Text that is not blank.
    Text,
    /// Text that is not blank and is never shown.
    Secret,
    /// An id made of hexadecimal digits.
    Id,
    /// An id made of decimal digits, as text or as a number.
    NumericId,
    /// A boolean.
    Flag,
    /// An integer within bounds.
    Integer(i64, i64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A date, `YYYY-MM-DD`.
    Date,
    /// A time of day, `HH:MM`.
    Time,
    /// So many items, of which the noun is given in the singular.
    List(&'static Shape, (usize, usize), &'static str),
    /// An object.
    Object(&'static Object),
    /// One of several objects.
    Union(&'static Union),
}

impl Shape {
    /// Takes out of a reply what such an input does not have: nulls, and the fields that are not
    /// in its table, because only a reply has them or they belong to another kind.
    pub(crate) fn retain_own(&self, value: &mut Value) {
        match (self, value) {
            (Self::List(item, ..), Value::Array(items)) => {
                items.iter_mut().for_each(|value| item.retain_own(value));
            }
            (Self::Object(object), Value::Object(fields)) => object.retain_own(fields),
            (Self::Union(union), Value::Object(fields)) => {
                let tag = union.tag.and_then(|(tag, _)| fields.get(tag));
                let variant = union
                    .variants
                    .iter()
                    .find(|(word, _)| tag.and_then(Value::as_str) == Some(*word));
                let object = variant.map(|(_, object)| *object);
                if let Some(object) = object.or((union.guess)(fields)).or(union.fallback) {
                    object.retain_own(fields);
                }
            }
            _ => {}
        }
    }
}

/// What an object has to be.
#[derive(Debug)]
pub struct Object {
    #[cfg_attr(
        not(feature = "schema"),
        expect(dead_code, reason = "it is for the schema")
    )]
    pub(crate) doc: &'static str,
    pub(crate) fields: &'static [Field],
    /// Fields that only a reply has.
    pub(crate) read_only: &'static [&'static str],
    /// Fields that are taken and not sent.
    pub(crate) ignored: &'static [&'static str],
    /// Whether snake_case names are taken as well.
    pub(crate) snake_case: bool,
    /// The rules beyond shape, over the fields as they are given; those without their
    /// shape are null.
    pub(crate) rules: fn(&Map<String, Value>, &mut Walk),
}

impl Object {
    pub(crate) const fn new(doc: &'static str, fields: &'static [Field]) -> Self {
        Self {
            doc,
            fields,
            read_only: &[],
            ignored: &[],
            snake_case: false,
            rules: |_, _| {},
        }
    }

    /// Whether a field of this name is taken.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.is_called(name)) || self.ignored.contains(&name)
    }

    fn retain_own(&self, fields: &mut Map<String, Value>) {
        fields.retain(|name, value| {
            let field = self.fields.iter().find(|field| field.is_called(name));
            if let Some(field) = field {
                field.shape.retain_own(value);
            }
            field.is_some() && !value.is_null()
        });
    }

    pub(crate) const fn read_only(self, read_only: &'static [&'static str]) -> Self {
        Self { read_only, ..self }
    }

    pub(crate) const fn ignored(self, ignored: &'static [&'static str]) -> Self {
        Self { ignored, ..self }
    }

    pub(crate) const fn snake_case(self) -> Self {
        Self {
            snake_case: true,
            ..self
        }
    }

    pub(crate) const fn rules(self, rules: fn(&Map<String, Value>, &mut Walk)) -> Self {
        Self { rules, ..self }
    }
}

/// A field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) shape: Shape,
    #[cfg_attr(
        not(feature = "schema"),
        expect(dead_code, reason = "it is for the schema")
    )]
    pub(crate) doc: &'static str,
    /// Another name under which it is taken.
    pub(crate) alias: Option<&'static str>,
    /// Whether its alias stays in the normal form.
    pub(crate) is_sent_as_given: bool,
}

impl Field {
    pub(crate) const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self {
            name,
            required: true,
            shape,
            doc,
            alias: None,
            is_sent_as_given: false,
        }
    }

    pub(crate) const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self {
            name,
            required: false,
            shape,
            doc,
            alias: None,
            is_sent_as_given: false,
        }
    }

    /// Whether this is one of its names: its alias, or its snake_case one if it has no alias.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let other = || match self.alias {
            Some(alias) => alias == name,
            None => name.contains('_') && snake_case(self.name).as_deref() == Some(name),
        };
        self.name == name || other()
    }

    pub(crate) const fn alias(self, alias: &'static str) -> Self {
        Self {
            alias: Some(alias),
            ..self
        }
    }

    /// Sends it under the name under which it is given.
    pub(crate) const fn sent_as_given(self) -> Self {
        Self {
            is_sent_as_given: true,
            ..self
        }
    }
}

/// One of several objects: by its tag if it has one, else by what is in it.
#[derive(Debug)]
pub struct Union {
    /// The field that says which, and whether it has to be there.
    pub(crate) tag: Option<(&'static str, bool)>,
    pub(crate) variants: &'static [(&'static str, &'static Object)],
    /// Which one it looks like, where there is no tag or a wrong one.
    pub(crate) guess: fn(&Map<String, Value>) -> Option<&'static Object>,
    /// What is checked if even that does not tell; without it, a problem.
    pub(crate) fallback: Option<&'static Object>,
}

/// `storage_account_name` for `storageAccountName`; none for a name of one word.
pub(super) fn snake_case(camel: &str) -> Option<String> {
    if !camel.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut snake = String::with_capacity(camel.len() + 4);
    for c in camel.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    Some(snake)
}
