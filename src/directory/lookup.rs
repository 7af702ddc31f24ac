//! Look-ups that find nothing, or too much.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::named::{Kind, Named};

/// Why a look-up gave nothing: there is no such object, or there are several.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LookupError {
    /// What was looked for.
    pub kind: Kind,
    /// The id or name.
    pub wanted: String,
    /// Where it was looked for, in words.
    pub place: String,
    /// All that have exactly that name, when there are several; empty when there is none.
    pub matches: Vec<Match>,
    /// The nearest names, nearest first, when there is none.
    pub nearest: Vec<Match>,
    /// Whether the list could not be looked at.
    pub was_not_read: bool,
}

/// An object that a look-up met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Match {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What tells it from others of the same name; empty for nothing.
    pub details: String,
}

impl Match {
    pub(crate) fn of<T: Named>(item: &T) -> Self {
        Self {
            id: item.id().to_owned(),
            name: item.name().to_owned(),
            details: item.details(),
        }
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} *{}*", self.id, self.name)?;
        if !self.details.is_empty() {
            write!(f, " ({})", self.details)?;
        }
        Ok(())
    }
}

impl LookupError {
    /// Whether several have that name.
    pub fn is_ambiguous(&self) -> bool {
        !self.matches.is_empty()
    }

    pub(crate) fn not_read(kind: Kind, wanted: &str, place: &str) -> Self {
        Self {
            kind,
            wanted: wanted.to_owned(),
            place: place.to_owned(),
            matches: Vec::new(),
            nearest: Vec::new(),
            was_not_read: true,
        }
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, place, .. } = self;
        let wanted = shortened(&self.wanted);
        if self.was_not_read {
            let plural = kind.plural();
            return write!(f, "{kind} {wanted}: the {plural} of {place} were not read");
        }
        let all = |f: &mut fmt::Formatter<'_>, matches: &[Match]| {
            for (i, each) in matches.iter().enumerate() {
                write!(f, "{}{each}", if i == 0 { "" } else { "; " })?;
            }
            Ok(())
        };
        if self.is_ambiguous() {
            let (count, plural) = (self.matches.len(), kind.plural());
            write!(
                f,
                "{count} {plural} have the name {wanted}, in {place}: use one's id: "
            )?;
            return all(f, &self.matches);
        }
        write!(
            f,
            "{kind} {wanted} not found, or not visible to you, in {place} ({})",
            kind.what_hides_it()
        )?;
        if self.nearest.is_empty() {
            return Ok(());
        }
        f.write_str("; the nearest: ")?;
        all(f, &self.nearest)
    }
}

impl std::error::Error for LookupError {}

/// In quotes, since spaces at its ends are what one looks for.
fn shortened(name: &str) -> String {
    let mut short: String = name.chars().take(LONGEST).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// What is longer than this is no name that could be near to another one.
const LONGEST: usize = 200;

/// How many of the nearest are told.
const MOST_NEAREST: usize = 5;

pub(crate) fn several<'t, T: Named + 't>(
    matches: impl Iterator<Item = &'t T>,
    wanted: &str,
    place: &str,
) -> LookupError {
    LookupError {
        matches: matches.map(Match::of).collect(),
        was_not_read: false,
        ..LookupError::not_read(T::KIND, wanted, place)
    }
}

pub(crate) fn none<T: Named>(items: &[T], wanted: &str, place: &str) -> LookupError {
    LookupError {
        nearest: nearest(items, wanted).into_iter().map(Match::of).collect(),
        was_not_read: false,
        ..LookupError::not_read(T::KIND, wanted, place)
    }
}

/// The objects whose names, or ids, are most like this text; nearest first.
pub(crate) fn nearest<'t, T: Named>(items: &'t [T], wanted: &str) -> Vec<&'t T> {
    if wanted.chars().nth(LONGEST).is_some() {
        return Vec::new();
    }
    let plain = |text: &str| text.trim().to_lowercase();
    let name = plain(wanted);
    let likeness = |item: &T| {
        let other = plain(item.name());
        let by_name = match other == name {
            // Differs in case or outer spaces alone.
            true => 2.0,
            false => strsim::jaro_winkler(&name, &other),
        };
        // A digit was mistyped, or two changed places.
        let id = item.id();
        let is_near = id.len().abs_diff(name.len()) <= 1
            && strsim::osa_distance(&id.to_lowercase(), &name) <= 1;
        by_name.max(if is_near { 1.5 } else { 0.0 })
    };
    let mut alike: Vec<(f64, &T)> = items
        .iter()
        .map(|item| (likeness(item), item))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    alike.truncate(MOST_NEAREST);
    alike.into_iter().map(|(_, item)| item).collect()
}

/// The one with this id, or else the only one with this name.
///
/// # Errors
/// When there is none, or several of that name.
#[cfg(feature = "_client")]
pub(crate) fn take<T: Named>(
    mut items: Vec<T>,
    wanted: &str,
    place: &str,
) -> Result<T, LookupError> {
    if let Some(at) = items.iter().position(|item| item.id() == wanted) {
        return Ok(items.swap_remove(at));
    }
    let named = |item: &T| item.name() == wanted;
    let mut found = items.iter().enumerate().filter(|(_, item)| named(item));
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Ok(items.swap_remove(at)),
        (None, _) => Err(none(&items, wanted, place)),
        _ => Err(several(
            items.iter().filter(|item| named(item)),
            wanted,
            place,
        )),
    }
}
