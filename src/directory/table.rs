//! A list that is found by id and by name in constant time.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::lookup::{self, LookupError};
use super::named::Named;

/// A list of objects, which are found by id and by name in constant time. As JSON, a plain list.
///
/// Beside the objects, it takes about 60 bytes for each.
#[derive(Clone)]
pub struct Table<T> {
    items: Vec<T>,
    by_id: Index,
    by_name: Index,
}

impl<T: Named> Table<T> {
    /// A table of these objects, in this order.
    pub fn new(items: impl Into<Vec<T>>) -> Self {
        let items = items.into();
        Self {
            by_id: Index::new(items.iter().map(T::id)),
            by_name: Index::new(items.iter().map(T::name)),
            items,
        }
    }

    /// The object with this id.
    pub fn get(&self, id: &str) -> Option<&T> {
        let found = self.by_id.candidates(id).map(|at| &self.items[at]);
        found.into_iter().find(|item| item.id() == id)
    }

    /// All objects with exactly this name.
    pub fn named<'t, 'n>(&'t self, name: &'n str) -> impl Iterator<Item = &'t T> + use<'t, 'n, T> {
        let found = self.by_name.candidates(name).map(|at| &self.items[at]);
        found.filter(move |item| item.name() == name)
    }

    /// The object with this id, or else the only one with this name; `place` says where it was
    /// looked for.
    ///
    /// # Errors
    /// When there is none, or several of that name.
    pub fn find(&self, id_or_name: &str, place: &str) -> Result<&T, LookupError> {
        if let Some(found) = self.get(id_or_name) {
            return Ok(found);
        }
        let mut named = self.named(id_or_name);
        match (named.next(), named.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(lookup::none(&self.items, id_or_name, place)),
            (Some(_), Some(_)) => Err(lookup::several(self.named(id_or_name), id_or_name, place)),
        }
    }

    /// The objects whose names or ids are most like this text, nearest first.
    pub fn nearest(&self, id_or_name: &str) -> Vec<&T> {
        lookup::nearest(&self.items, id_or_name)
    }

    /// All objects, in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Takes one more.
    pub fn push(&mut self, item: T) {
        self.by_id.push(item.id());
        self.by_name.push(item.name());
        self.items.push(item);
    }
}

impl<T: Named> Default for Table<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T: Named> From<Vec<T>> for Table<T> {
    fn from(items: Vec<T>) -> Self {
        Self::new(items)
    }
}

impl<'t, T: Named> IntoIterator for &'t Table<T> {
    type Item = &'t T;
    type IntoIter = std::slice::Iter<'t, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: PartialEq> PartialEq for Table<T> {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl<T: fmt::Debug> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(f)
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.items.serialize(serializer)
    }
}

impl<'de, T: Named + Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::new)
    }
}

/// Where in a list the items with a certain key may stand: those of the same hash are a chain, and
/// no key is kept twice.
#[derive(Clone)]
struct Index {
    hasher: RandomState,
    /// The first of a chain, by the hash of its key.
    first: HashMap<u64, Link>,
    /// What comes after each item in its chain.
    next: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Link {
    first: u32,
    last: u32,
}

const END: u32 = u32::MAX;

impl Index {
    fn new<'k>(keys: impl ExactSizeIterator<Item = &'k str>) -> Self {
        let mut index = Self {
            hasher: RandomState::new(),
            first: HashMap::with_capacity(keys.len()),
            next: Vec::with_capacity(keys.len()),
        };
        keys.for_each(|key| index.push(key));
        index
    }

    fn push(&mut self, key: &str) {
        let at = u32::try_from(self.next.len()).unwrap_or(END);
        let new = Link {
            first: at,
            last: at,
        };
        let link = self.first.entry(self.hasher.hash_one(key)).or_insert(new);
        if link.first != at {
            self.next[link.last as usize] = at;
            link.last = at;
        }
        self.next.push(END);
    }

    fn candidates(&self, key: &str) -> impl Iterator<Item = usize> {
        let chain = self.first.get(&self.hasher.hash_one(key));
        let after = |at: u32| (at != END).then_some(at);
        std::iter::successors(chain.map(|chain| chain.first), move |at| {
            after(self.next[*at as usize])
        })
        .map(|at| at as usize)
    }
}
