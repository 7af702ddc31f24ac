//! What an id is in a model.

use std::fmt;

use serde::Serialize;

use super::ModelContents;
use super::named::{Kind, Named};
use super::table::Table;

/// What an id is in a model. Displayed: `the import *Products*`, or `an import that is not, or no
/// longer, in this model`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Identity {
    /// The id.
    pub id: String,
    /// What it is: by the list in which it stands, or else by its first digits.
    pub kind: Option<Kind>,
    /// Its name, if it stands in a list.
    pub name: Option<String>,
    /// The file that an import reads.
    pub file: Option<Box<Identity>>,
    /// Whether the list in which it should stand was looked at.
    pub was_looked_for: bool,
}

impl Identity {
    pub(crate) fn by_its_form(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            kind: Kind::by_the_form_of(id),
            name: None,
            file: None,
            was_looked_for: false,
        }
    }

    pub(crate) fn of(contents: &ModelContents, id: &str) -> Self {
        fn within<T: Named>(list: Option<&Table<T>>, id: &str) -> Option<(Kind, String)> {
            let item = list?.get(id)?;
            Some((T::KIND, item.name().to_owned()))
        }
        // The file of an export has the export's id, so exports come before files.
        let found = within(contents.imports.as_ref(), id)
            .or_else(|| within(contents.exports.as_ref(), id))
            .or_else(|| within(contents.actions.as_ref(), id))
            .or_else(|| within(contents.processes.as_ref(), id))
            .or_else(|| within(contents.files.as_ref(), id));
        let unknown = Self::by_its_form(id);
        let Some((kind, name)) = found else {
            return Self {
                was_looked_for: unknown.kind.is_some_and(|kind| was_read(contents, kind)),
                ..unknown
            };
        };
        let import = contents.imports.as_ref().and_then(|list| list.get(id));
        let file = import.and_then(|import| import.file_id());
        Self {
            kind: Some(kind),
            name: Some(name),
            file: file.map(|file| Box::new(Self::of(contents, file.as_str()))),
            was_looked_for: true,
            ..unknown
        }
    }

    /// With its id: `112000000001, the import *Products*`, or the id alone.
    pub(crate) fn with_id(&self) -> String {
        match self.kind {
            Some(_) => format!("{} is {self}", self.id),
            None => format!("{} is {self}", shown(&self.id)),
        }
    }
}

/// An id that has no usual form may be anything.
fn shown(id: &str) -> String {
    let mut short: String = id.chars().take(80).collect();
    if short.len() < id.len() {
        short.push('…');
    }
    format!("`{short}`")
}

fn was_read(contents: &ModelContents, kind: Kind) -> bool {
    match kind {
        Kind::Import => contents.imports.is_some(),
        Kind::Export => contents.exports.is_some(),
        Kind::Action => contents.actions.is_some(),
        Kind::Process => contents.processes.is_some(),
        Kind::File => contents.files.is_some(),
        _ => false,
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, &self.name) {
            (Some(kind), Some(name)) => write!(f, "the {kind} *{name}*"),
            (Some(kind), None) if self.was_looked_for => {
                write!(f, "{} that is not, or no longer, in this model", kind.one())
            }
            (Some(kind), None) => {
                write!(f, "the id of {}, by its first digits", kind.one())
            }
            (None, _) => f.write_str("not the id of anything in this model"),
        }
    }
}
