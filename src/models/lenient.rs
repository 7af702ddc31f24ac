//! How replies are read.
//!
//! The service writes the same thing in several ways: `{}` for nothing, a number for text, seconds
//! since 1970 for a time, `None` for nobody. All of them are read here, in one pass over the bytes.
//! A field in any other form does not fail the reply: it is kept in the object's [`OtherFields`].

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use jiff::civil::{self, DateTime};
use jiff::tz::Offset;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The fields of a reply that this version does not know, and those that came in a form that it
/// cannot read: each exactly as it came, under its name on the wire.
///
/// A field that cannot be read does not fail its object: the field is then `None` (or empty). A
/// reply fails only for an object without its id, or a list with an item of another type.
///
/// Serialised, the reply has these fields again. In `Debug`, they appear by name only: what they
/// hold is not known, and may be a secret.
///
/// ```
/// use anaplan_sdk::models::cloud_works::RunStatus;
///
/// let reply = r#"{"id": "91a0", "endDate": "soon", "queue": 3}"#;
/// let run: RunStatus = serde_json::from_str(reply)?;
/// assert_eq!(run.end_date, None);
/// assert_eq!(run.other_fields.get("endDate"), Some(&"soon".into()));
/// assert_eq!(run.other_fields.get("queue"), Some(&3.into()));
/// assert_eq!(serde_json::to_value(&run)?["queue"], 3);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
#[expect(
    clippy::box_collection,
    reason = "a pointer's size in each object, not a map's"
)]
pub struct OtherFields(Option<Box<BTreeMap<String, Value>>>);

impl OtherFields {
    /// Whether all fields are known, and could be read.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// What came under this name, which is the name on the wire (`endDate`).
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.as_ref()?.get(name)
    }

    /// All of it, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0
            .iter()
            .flat_map(|map| map.iter())
            .map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn keep(&mut self, name: impl Into<String>, value: Value) {
        self.0.get_or_insert_default().insert(name.into(), value);
    }

    #[cold]
    fn forget(&mut self, name: &str) {
        if let Some(map) = &mut self.0 {
            map.remove(name);
            if map.is_empty() {
                self.0 = None;
            }
        }
    }

    /// Whether nothing is in it but nulls, if anything.
    pub(crate) fn is_blank(&self) -> bool {
        self.iter().all(|(_, value)| value.is_null())
    }
}

/// By name only.
impl fmt::Debug for OtherFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}

/// A value of a reply, read leniently.
#[derive(Debug, Default)]
pub(crate) enum Lenient<T> {
    #[default]
    Absent,
    Known(T),
    /// In a form that cannot be read, as it came. It is rare, and boxed so that it makes no
    /// field larger.
    Unreadable(Box<Value>),
}

impl<T> Lenient<T> {
    fn unreadable(value: impl Into<Value>) -> Self {
        Self::Unreadable(Box::new(value.into()))
    }

    fn map<U>(self, f: impl FnOnce(T) -> U) -> Lenient<U> {
        match self {
            Self::Absent => Lenient::Absent,
            Self::Known(value) => Lenient::Known(f(value)),
            Self::Unreadable(value) => Lenient::Unreadable(value),
        }
    }

    /// Puts it in the place of its field. Where a field came under two of its names, the first
    /// that can be read counts.
    #[inline]
    pub(crate) fn put(self, place: &mut Option<T>, name: &str, other: &mut OtherFields) {
        match self {
            Self::Absent => {}
            Self::Known(value) if place.is_none() => {
                *place = Some(value);
                if !other.is_empty() {
                    other.forget(name);
                }
            }
            Self::Unreadable(value) if place.is_none() => other.keep(name, *value),
            Self::Known(_) | Self::Unreadable(_) => {}
        }
    }
}

#[cfg(feature = "_client")]
impl Lenient<i64> {
    /// The number, without its fraction.
    pub(crate) fn truncated(self) -> Option<i64> {
        match self {
            Self::Absent => None,
            Self::Known(number) => Some(number),
            Self::Unreadable(value) => value.as_f64().map(|number| number as i64),
        }
    }
}

impl<'de, T: Readable> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer)
    }
}

/// A type that a field of a reply can have.
pub(crate) trait Readable: Sized {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Lenient<Self>, D::Error>;
}

/// A field of a reply: optional, or with a natural value for "not there".
pub(crate) trait ReplyField: Sized {
    type Item: Readable;
    fn from_read(value: Option<Self::Item>) -> Self;
    /// Whether it is left out when the reply is serialised.
    fn is_absent(&self) -> bool;
}

/// For `skip_serializing_if`.
pub(crate) fn is_absent<F: ReplyField>(field: &F) -> bool {
    field.is_absent()
}

impl<T: Readable> ReplyField for Option<T> {
    type Item = T;

    fn from_read(value: Self) -> Self {
        value
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Readable> ReplyField for Vec<T> {
    type Item = Self;

    fn from_read(value: Option<Self>) -> Self {
        value.unwrap_or_default()
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl ReplyField for String {
    type Item = Self;

    fn from_read(value: Option<Self>) -> Self {
        value.unwrap_or_default()
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// The name or the id of a user. Null, empty and the text `None` mean that there is none.
pub(crate) struct Person(pub(crate) Lenient<String>);

impl<'de> Deserialize<'de> for Person {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self(match String::read(d)? {
            Lenient::Known(name) if name.is_empty() || name == "None" => Lenient::Absent,
            other => other,
        }))
    }
}

/// A value that fits into one JSON scalar.
pub(crate) trait Scalar: Sized {
    /// Whether an empty text is a value, and not a way to say "none".
    const TAKES_EMPTY: bool = false;

    fn from_text(text: &str) -> Option<Self>;

    fn from_integer(number: i128) -> Option<Self> {
        let _ = number;
        None
    }

    fn from_float(number: f64) -> Option<Self> {
        let _ = number;
        None
    }

    fn from_bool(flag: bool) -> Option<Self> {
        let _ = flag;
        None
    }
}

impl Scalar for String {
    const TAKES_EMPTY: bool = true;

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn from_integer(number: i128) -> Option<Self> {
        Some(number.to_string())
    }

    fn from_float(number: f64) -> Option<Self> {
        Some(number.to_string())
    }

    fn from_bool(flag: bool) -> Option<Self> {
        Some(flag.to_string())
    }
}

impl Scalar for bool {
    fn from_text(text: &str) -> Option<Self> {
        const WORDS: [(&str, bool); 6] = [
            ("true", true),
            ("false", false),
            ("1", true),
            ("0", false),
            ("yes", true),
            ("no", false),
        ];
        WORDS
            .iter()
            .find(|(word, _)| text.eq_ignore_ascii_case(word))
            .map(|(_, flag)| *flag)
    }

    fn from_integer(number: i128) -> Option<Self> {
        match number {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn from_bool(flag: bool) -> Option<Self> {
        Some(flag)
    }
}

impl Scalar for i64 {
    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    fn from_integer(number: i128) -> Option<Self> {
        number.try_into().ok()
    }

    fn from_float(number: f64) -> Option<Self> {
        (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as Self)
    }
}

impl Scalar for Timestamp {
    fn from_text(text: &str) -> Option<Self> {
        if let Some(usual) = usual_time(text) {
            return Some(usual);
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return Self::from_integer(text.parse().ok()?);
        }
        // A time without an offset is in UTC, like all others.
        text.parse().ok().or_else(|| {
            let local: DateTime = text.parse().ok()?;
            Offset::UTC.to_timestamp(local).ok()
        })
    }

    /// Seconds since 1970; milliseconds if seconds would lead beyond the year 5000.
    fn from_integer(number: i128) -> Option<Self> {
        let number = i64::try_from(number).ok()?;
        if number.unsigned_abs() < 100_000_000_000 {
            Self::from_second(number).ok()
        } else {
            Self::from_millisecond(number).ok()
        }
    }

    fn from_float(number: f64) -> Option<Self> {
        let milliseconds = (number * 1000.0).round();
        (milliseconds.abs() < 1e14).then(|| Self::from_millisecond(milliseconds as i64).ok())?
    }
}

/// A time in the form that the service nearly always uses, `2026-06-19T01:31:21.000Z`. A parser
/// for this form alone saves a fifth of the time that a list takes.
fn usual_time(text: &str) -> Option<Timestamp> {
    let text: &[u8; 24] = text.as_bytes().try_into().ok()?;
    let number = |from: usize, to: usize| {
        text[from..to].iter().try_fold(0_i16, |number, b| match b {
            b'0'..=b'9' => Some(number * 10 + i16::from(b - b'0')),
            _ => None,
        })
    };
    let marks = [
        text[4], text[7], text[10], text[13], text[16], text[19], text[23],
    ];
    if &marks != b"--T::.Z" {
        return None;
    }
    let small = |from: usize| number(from, from + 2).map(|number| number as i8);
    let date = civil::Date::new(number(0, 4)?, small(5)?, small(8)?).ok()?;
    let nanosecond = i32::from(number(20, 23)?) * 1_000_000;
    let time = civil::Time::new(small(11)?, small(14)?, small(17)?, nanosecond).ok()?;
    Offset::UTC.to_timestamp(date.to_datetime(time)).ok()
}

impl Scalar for civil::Date {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Scalar for civil::Time {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

pub(crate) struct ScalarVisitor<T>(PhantomData<T>);

impl<T> ScalarVisitor<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: Scalar> Visitor<'de> for ScalarVisitor<T> {
    type Value = Lenient<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        if text.is_empty() && !T::TAKES_EMPTY {
            return Ok(Lenient::Absent);
        }
        Ok(T::from_text(text).map_or_else(|| Lenient::unreadable(text), Lenient::Known))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        let value = T::from_integer(number.into());
        Ok(value.map_or_else(|| Lenient::unreadable(number), Lenient::Known))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        let value = T::from_integer(number.into());
        Ok(value.map_or_else(|| Lenient::unreadable(number), Lenient::Known))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(T::from_float(number).map_or_else(|| Lenient::unreadable(number), Lenient::Known))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(T::from_bool(flag).map_or_else(|| Lenient::unreadable(flag), Lenient::Known))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Lenient::Absent)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Lenient::Absent)
    }

    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_any(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        // With serde_json's `arbitrary_precision`, which any crate of a build can switch on,
        // numbers come this way, too.
        match Value::deserialize(MapAccessDeserializer::new(map))? {
            Value::Number(number) => {
                if let Some(n) = number.as_i64() {
                    self.visit_i64(n)
                } else if let Some(n) = number.as_f64() {
                    self.visit_f64(n)
                } else {
                    Ok(Lenient::unreadable(number))
                }
            }
            Value::Object(fields) if fields.is_empty() => Ok(Lenient::Absent),
            other => Ok(Lenient::unreadable(other)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items: Vec<Value> = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(if items.is_empty() {
            Lenient::Absent
        } else {
            Lenient::unreadable(items)
        })
    }
}

macro_rules! readable {
    ($($scalar:ty),*) => {$(
        impl $crate::models::lenient::Readable for $scalar {
            fn read<'de, D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$crate::models::lenient::Lenient<Self>, D::Error> {
                deserializer.deserialize_any($crate::models::lenient::ScalarVisitor::new())
            }
        }
    )*};
}

readable!(String, bool, i64, Timestamp, civil::Date, civil::Time);

impl Readable for Value {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Lenient<Self>, D::Error> {
        Self::deserialize(deserializer).map(Lenient::Known)
    }
}

/// The methods of a `Visitor` whose value is a [`Scalar`] that takes text and integers.
macro_rules! scalar_visitor {
    ($expecting:literal) => {
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str($expecting)
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            $crate::models::lenient::Scalar::from_text(text)
                .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
        }

        fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
            $crate::models::lenient::Scalar::from_integer(number.into())
                .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
        }

        fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
            $crate::models::lenient::Scalar::from_integer(number.into())
                .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            // A number under serde_json's `arbitrary_precision`; nothing else passes.
            let map = serde::de::value::MapAccessDeserializer::new(map);
            let number = <serde_json::Number as serde::Deserialize>::deserialize(map)?;
            self.visit_str(&number.to_string())
        }
    };
}

/// The methods of a `Visitor` that reads no scalar: null and an empty text mean that there is
/// nothing, and every other scalar is odd.
macro_rules! read_no_scalar {
    () => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Lenient::Absent)
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(Lenient::Absent)
        }

        fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
            d.deserialize_any(self)
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(if text.is_empty() {
                Lenient::Absent
            } else {
                Lenient::unreadable(text)
            })
        }

        fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
            Ok(Lenient::unreadable(flag))
        }

        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Lenient::unreadable(number))
        }

        fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
            Ok(Lenient::unreadable(number))
        }

        fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
            Ok(Lenient::unreadable(number))
        }
    };
}

/// An object inside a reply; `{}`, `[]` and `""` all mean that there is none.
pub(crate) struct ObjectVisitor<T>(PhantomData<T>);

/// An object that a reply can hold.
pub(crate) trait ReplyObject: for<'de> Deserialize<'de> {
    /// Whether nothing at all is known about it.
    fn is_blank(&self) -> bool;
}

impl<T> ObjectVisitor<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: ReplyObject> Visitor<'de> for ObjectVisitor<T> {
    type Value = Lenient<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let part = T::deserialize(MapAccessDeserializer::new(map))?;
        Ok(if part.is_blank() {
            Lenient::Absent
        } else {
            Lenient::Known(part)
        })
    }

    read_no_scalar!();

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        ScalarVisitor::<bool>::new()
            .visit_seq(seq)
            .map(|items| match items {
                Lenient::Unreadable(items) => Lenient::Unreadable(items),
                _ => Lenient::Absent,
            })
    }
}

/// A list; null and `{}` mean an empty one, and a single object a list of one.
struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Readable> Visitor<'de> for ListVisitor<T> {
    type Value = Lenient<Vec<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            match item {
                Lenient::Known(item) => items.push(item),
                Lenient::Absent => {}
                Lenient::Unreadable(value) => return Err(unreadable_item(&value)),
            }
        }
        Ok(Lenient::Known(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(first) = map.next_key()? else {
            return Ok(Lenient::Absent);
        };
        let map = MapWithFirstKey {
            first: Some(first),
            map,
        };
        T::read(MapAccessDeserializer::new(map)).map(|item| item.map(|item| vec![item]))
    }

    read_no_scalar!();
}

fn unreadable_item<E: serde::de::Error>(value: &Value) -> E {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    E::custom(format_args!("unreadable item of a list: {kind}"))
}

impl<T: Readable> Readable for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Lenient<Self>, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

/// A map whose first key has been read already, and is given once more.
struct MapWithFirstKey<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for MapWithFirstKey<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Self::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Self::Error> {
        self.map.next_value_seed(seed)
    }
}

pub(crate) use {readable, scalar_visitor};
