//! Where a check is in a payload, and what it has found.

use std::collections::HashSet;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::Value;

use super::report::{Problem, ProblemKind, ValidationError, Warning, WarningKind};
use super::table_types::Object;

/// A walk over a payload: at which path it is, and what it has found so far.
#[derive(Debug)]
pub struct Walk {
    pub(crate) now: Timestamp,
    pub(super) path: String,
    /// What the payload as a whole is.
    pub(super) top: Option<&'static Object>,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
}

impl Walk {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            now,
            path: String::new(),
            top: None,
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(crate) fn finish(self) -> Result<Vec<Warning>, ValidationError> {
        if self.problems.is_empty() {
            Ok(self.warnings)
        } else {
            Err(ValidationError {
                problems: self.problems,
            })
        }
    }

    /// Reports a problem at a path below the current one; an empty one means the current one.
    pub(crate) fn problem(&mut self, below: &str, kind: ProblemKind, message: impl Into<String>) {
        let path = self.path_to(below);
        self.problems.push(Problem::new(path, kind, message));
    }

    /// Whether no problem has been found so far.
    pub(crate) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// Reports a warning at a path below the current one.
    pub(crate) fn warning(&mut self, below: &str, kind: WarningKind, message: impl Into<String>) {
        let (path, message) = (self.path_to(below), message.into());
        self.warnings.push(Warning {
            path,
            kind,
            message,
        });
    }

    fn path_to(&self, below: &str) -> String {
        match (self.path.is_empty(), below.is_empty()) {
            (true, _) => below.to_owned(),
            (false, true) => self.path.clone(),
            (false, false) => format!("{}.{below}", self.path),
        }
    }

    /// Goes on at a named field.
    pub(crate) fn at<T>(&mut self, name: &str, walk: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let result = walk(self);
        self.path.truncate(length);
        result
    }

    pub(super) fn at_item<T>(&mut self, index: usize, walk: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        let _ = write!(self.path, "[{index}]");
        let result = walk(self);
        self.path.truncate(length);
        result
    }

    /// Warns of each text that stands in a list for the second time.
    pub(crate) fn warn_of_repeated(&mut self, list: &str, items: &[Value], message: &str) {
        let mut seen = HashSet::new();
        for (i, item) in items.iter().enumerate() {
            if item.as_str().is_some_and(|item| !seen.insert(item)) {
                self.warning(&format!("{list}[{i}]"), WarningKind::Repeated, message);
            }
        }
    }
}
