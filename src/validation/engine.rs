//! Checks a payload against its table: every problem of its shape, and its normal form.

use std::fmt::Write as _;

use jiff::civil::{Date, Time};
use serde_json::{Map, Value};

use super::report::ProblemKind;
use super::table_types::{Field, Object, Shape, Union, snake_case};
use super::walk::Walk;

/// Names longer than this are not shown in full, and not compared with known ones.
const MAX_NAME_LENGTH: usize = 64;

impl Walk {
    /// Checks a value, and returns its normal form if it has the shape.
    pub(crate) fn value(&mut self, shape: &Shape, value: &Value) -> Option<Value> {
        match (shape, value) {
            (Shape::Text | Shape::Secret | Shape::Id | Shape::NumericId, Value::String(text)) => {
                if text.trim().is_empty() {
                    self.problem("", ProblemKind::Empty, "must not be empty");
                    return None;
                }
                Some(value.clone())
            }
            (Shape::NumericId, Value::Number(number)) if number.is_u64() => {
                Some(number.to_string().into())
            }
            (Shape::Flag, Value::Bool(_)) => Some(value.clone()),
            (Shape::Integer(min, max), Value::Number(number)) => match number.as_i64() {
                Some(n) if (*min..=*max).contains(&n) => Some(value.clone()),
                _ => self.refuse(ProblemKind::OutOfRange, shape, value),
            },
            (Shape::Word(words), Value::String(word)) => {
                if words.contains(&word.as_str()) {
                    return Some(value.clone());
                }
                self.refuse(ProblemKind::UnknownValue, shape, value)
            }
            (Shape::Date, Value::String(text)) => match date(text) {
                Some(_) => Some(value.clone()),
                None => self.refuse(ProblemKind::BadFormat, shape, value),
            },
            (Shape::Time, Value::String(text)) => match time(text) {
                Some(_) => Some(value.clone()),
                None => self.refuse(ProblemKind::BadFormat, shape, value),
            },
            (Shape::List(item, count, noun), Value::Array(items)) => {
                if !(count.0..=count.1).contains(&items.len()) {
                    let message = expected_count(*count, noun, items.len());
                    self.problem("", ProblemKind::WrongCount, message);
                }
                // An item without its shape keeps its place.
                let items = items.iter().enumerate().map(|(i, value)| {
                    self.at_item(i, |walk| walk.value(item, value))
                        .unwrap_or_default()
                });
                Some(Value::Array(items.collect()))
            }
            (Shape::Object(object), Value::Object(fields)) => {
                Some(self.object(object, fields, None))
            }
            (Shape::Union(union), Value::Object(fields)) => self.union(union, fields),
            _ => self.refuse(ProblemKind::WrongType, shape, value),
        }
    }

    fn refuse(&mut self, kind: ProblemKind, shape: &Shape, value: &Value) -> Option<Value> {
        let found = if matches!(shape, Shape::Secret) {
            type_of(value).into()
        } else {
            found(value)
        };
        self.problem(
            "",
            kind,
            format!("expected {}, found {found}", expected(shape)),
        );
        None
    }

    fn union(&mut self, union: &Union, fields: &Map<String, Value>) -> Option<Value> {
        let mut reported = None;
        if let Some((tag, required)) = union.tag {
            match fields.get(tag) {
                None | Some(Value::Null) if required => {
                    self.problem(tag, ProblemKind::MissingField, "field required");
                }
                None | Some(Value::Null) => {}
                Some(value) => {
                    let variant = union.variants.iter().find(|(word, _)| value == word);
                    if let Some((_, object)) = variant {
                        return Some(self.object(object, fields, None));
                    }
                    let words = list_words(union.variants.iter().map(|(word, _)| *word));
                    let message = format!("expected {words}, found {}", found(value));
                    let kind = if value.is_string() {
                        ProblemKind::UnknownValue
                    } else {
                        ProblemKind::WrongType
                    };
                    self.problem(tag, kind, message);
                }
            }
            reported = Some(tag);
        }
        match (union.guess)(fields).or(union.fallback) {
            Some(object) => Some(self.object(object, fields, reported)),
            None if reported.is_none() => {
                let kinds = list_words(union.variants.iter().map(|(word, _)| *word));
                let message = format!("cannot tell what this is: expected the fields of {kinds}");
                self.problem("", ProblemKind::UnknownValue, message);
                None
            }
            None => None,
        }
    }

    /// Checks the fields of an object, but for its tag if that has been reported on before.
    fn object(
        &mut self,
        object: &'static Object,
        given: &Map<String, Value>,
        tag: Option<&str>,
    ) -> Value {
        self.top.get_or_insert(object);
        let mut normal = Map::new();
        // Most payloads have no such name. Then no snake_case names are made for the comparison.
        let any_snake = given.keys().any(|name| name.contains('_'));
        for field in object.fields {
            if Some(field.name) == tag {
                continue;
            }
            match self.pick(object, field, given, any_snake) {
                Some((name, Value::Null)) if field.required => {
                    let message = "field required, found null";
                    self.problem(name, ProblemKind::MissingField, message);
                }
                Some((_, Value::Null)) => {}
                Some((name, value)) => {
                    // A field without its shape keeps its place, as null.
                    let value = self.at(name, |walk| walk.value(&field.shape, value));
                    let name = match field.is_sent_as_given {
                        true => name,
                        false => field.name,
                    };
                    normal.insert(name.to_owned(), value.unwrap_or_default());
                }
                None if field.required => {
                    self.problem(field.name, ProblemKind::MissingField, "field required");
                }
                None => {}
            }
        }
        // Sorted: the order of the fields in a map depends on the features of serde_json.
        let mut strange: Vec<&str> = given.keys().map(String::as_str).collect();
        // A payload file may name its schema, for its editor.
        let is_schema = |name: &str| self.path.is_empty() && name == "$schema";
        strange.retain(|name| Some(*name) != tag && !object.knows(name) && !is_schema(name));
        strange.sort_unstable();
        for name in strange {
            self.strange_field(object, name, given);
        }
        (object.rules)(&normal, self);
        Value::Object(normal)
    }

    /// The field as it is given, under whichever of its names.
    fn pick<'a>(
        &mut self,
        object: &Object,
        field: &Field,
        given: &'a Map<String, Value>,
        any_snake: bool,
    ) -> Option<(&'a str, &'a Value)> {
        let direct = given.get_key_value(field.name);
        let snake = any_snake.then(|| snake_case(field.name)).flatten();
        let alias = field
            .alias
            .or(snake.as_deref())
            .and_then(|name| given.get_key_value(name));
        if direct.is_some()
            && let Some((alias, _)) = alias
        {
            let message = format!("given twice, the other time as `{}`", field.name);
            self.problem(alias, ProblemKind::DuplicateField, message);
        } else if let Some((alias, _)) = alias
            && field.alias.is_none()
            && !object.snake_case
        {
            let message = format!("snake_case, where the service wants `{}`", field.name);
            self.problem(alias, ProblemKind::SnakeCaseField, message);
        }
        direct.or(alias).map(|(name, value)| (name.as_str(), value))
    }

    /// Reports a field that has no place in an object.
    fn strange_field(&mut self, object: &Object, name: &str, given: &Map<String, Value>) {
        if object.read_only.contains(&name) {
            let message = "set by the service, not by a payload";
            return self.problem(name, ProblemKind::ReadOnlyField, message);
        }
        let message = match nearest(name, object, given) {
            _ if self.top.is_some_and(|top| top.knows(name)) => {
                "unknown field here: it stands at the top of the payload".to_owned()
            }
            Some(near) => format!("unknown field, did you mean `{near}`?"),
            None => "unknown field".to_owned(),
        };
        self.problem(&shown_name(name), ProblemKind::UnknownField, message);
    }
}

/// Which of several objects has the most of these fields, if any has one.
pub(crate) fn most_fields<'a>(
    objects: impl Iterator<Item = &'a Object>,
    given: &Map<String, Value>,
    except: &[&str],
) -> Option<&'a Object> {
    let score = |object: &Object, name: &str| -> usize {
        // A field whose name is misspelt counts less than one whose name is right.
        if except.contains(&name) {
            0
        } else if object.fields.iter().any(|field| field.is_called(name)) {
            1000
        } else {
            nearest(name, object, given)
                .is_some_and(|near| !except.contains(&near))
                .into()
        }
    };
    let mut best = None;
    let mut best_score = 0;
    for object in objects {
        let score = given.keys().map(|name| score(object, name)).sum();
        if score > best_score {
            (best, best_score) = (Some(object), score);
        }
    }
    best
}

/// The known field that is most like this one, if any is alike.
fn nearest(name: &str, object: &Object, given: &Map<String, Value>) -> Option<&'static str> {
    if name.len() > MAX_NAME_LENGTH {
        return None;
    }
    let plain = |name: &str| -> String {
        name.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let name = plain(name);
    let likeness = |field: &Field| strsim::jaro_winkler(&name, &plain(field.name));
    // A field that is given as well can hardly be meant, unless it is the same word.
    let fields = object
        .fields
        .iter()
        .map(|field| (likeness(field), field.name));
    let fields = fields.filter(|(like, name)| *like == 1.0 || !given.contains_key(*name));
    let (likeness, near) = fields.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (likeness >= 0.85).then_some(near)
}

/// A field's name as a part of a path.
fn shown_name(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$');
    if !name.is_empty() && name.len() <= MAX_NAME_LENGTH && name.chars().all(plain) {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(MAX_NAME_LENGTH).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    format!("{short:?}")
}

fn expected(shape: &Shape) -> String {
    match shape {
        Shape::Text | Shape::Secret => "text".to_owned(),
        Shape::Id => "an id".to_owned(),
        Shape::NumericId => "an id, as text or as a whole number".to_owned(),
        Shape::Flag => "true or false".to_owned(),
        Shape::Integer(min, max) => format!("a whole number from {min} to {max}"),
        Shape::Word(words) => list_words(words.iter().copied()),
        Shape::Date => "a date, YYYY-MM-DD".to_owned(),
        Shape::Time => "a time, HH:MM".to_owned(),
        Shape::List(_, _, noun) => format!("a list of {noun}s"),
        Shape::Object(_) | Shape::Union(_) => "an object".to_owned(),
    }
}

fn list_words<'a>(words: impl ExactSizeIterator<Item = &'a str>) -> String {
    let mut list = String::from(if words.len() > 1 { "one of " } else { "" });
    for (i, word) in words.enumerate() {
        let comma = if i > 0 { ", " } else { "" };
        let _ = write!(list, "{comma}`{word}`");
    }
    list
}

fn expected_count((min, max): (usize, usize), noun: &str, found: usize) -> String {
    let count = match (min, max) {
        (1, 1) => format!("exactly one {noun}"),
        (1, usize::MAX) => format!("at least one {noun}"),
        (min, max) => format!("{min} to {max} {noun}s"),
    };
    match found {
        0 => format!("expected {count}, found none"),
        found => format!("expected {count}, found {found}"),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A value as a message may show it: short and plain, so that no secret in the wrong place is
/// quoted.
fn found(value: &Value) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-:. ".contains(c);
    match value {
        Value::String(text) if text.is_empty() => "empty text".to_owned(),
        Value::String(text) if text.len() <= 24 && text.chars().all(plain) => format!("`{text}`"),
        Value::Number(number) => {
            let digits = number.to_string();
            if digits.len() <= 24 {
                format!("the number {digits}")
            } else {
                "a number".to_owned()
            }
        }
        Value::Bool(flag) => flag.to_string(),
        other => type_of(other).to_owned(),
    }
}

/// A date written as `YYYY-MM-DD`.
pub(crate) fn date(text: &str) -> Option<Date> {
    is_like(text, "dddd-dd-dd").then(|| text.parse().ok())?
}

/// A time written as `HH:MM`.
pub(crate) fn time(text: &str) -> Option<Time> {
    is_like(text, "dd:dd").then(|| text.parse().ok())?
}

/// Whether text has digits where the pattern has a `d`, and else the same characters.
fn is_like(text: &str, pattern: &str) -> bool {
    let alike = |(b, p): (u8, u8)| {
        if p == b'd' {
            b.is_ascii_digit()
        } else {
            b == p
        }
    };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(alike)
}
