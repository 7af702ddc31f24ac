//! What is wrong with a payload.

use std::error::Error;
use std::fmt;

/// Everything that is wrong with a payload. Displayed, one problem a line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValidationError {
    /// The problems, in the order of the payload's fields. There is at least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl Error for ValidationError {}

impl From<Problem> for ValidationError {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

#[cfg(feature = "_client")]
impl ValidationError {
    /// What the client itself finds wrong with an argument.
    pub(crate) fn single(path: &str, kind: ProblemKind, message: impl Into<String>) -> Self {
        Problem::new(path, kind, message).into()
    }
}

/// One thing that is wrong with a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Where: `jobs[1].targets[0].fileId`. Empty for the payload as a whole.
    pub path: String,
    /// What kind of problem it is.
    pub kind: ProblemKind,
    /// What was expected and what was found, in words.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(
        path: impl Into<String>,
        kind: ProblemKind,
        message: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            kind,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        located(f, &self.path, &self.message)
    }
}

/// What kind of problem a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A required field is missing.
    MissingField,
    /// A field is not known.
    UnknownField,
    /// A field is written in snake_case, where the service wants camelCase.
    SnakeCaseField,
    /// A field is given twice, under two names.
    DuplicateField,
    /// A field is set by the service, not by a payload.
    ReadOnlyField,
    /// A value has the wrong JSON type.
    WrongType,
    /// A value is none of those allowed.
    UnknownValue,
    /// A date or a time is not written as it has to be.
    BadFormat,
    /// A value is empty.
    Empty,
    /// A number is too small or too large.
    OutOfRange,
    /// A list is too short or too long.
    WrongCount,
    /// Two parts of the payload contradict each other.
    Conflict,
}

/// Something in a payload that is only likely wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// Where: `jobs[1].targets[0].fileId`. Empty for the payload as a whole.
    pub path: String,
    /// What kind of warning it is.
    pub kind: WarningKind,
    /// What is likely wrong, in words.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        located(f, &self.path, &self.message)
    }
}

/// What kind of warning a [`Warning`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WarningKind {
    /// An id looks like that of something else.
    UnusualId,
    /// A secret has expired, or is about to.
    Expiry,
    /// A schedule will pass over some months.
    ShortMonth,
    /// A time zone is not known on this machine.
    UnknownTimeZone,
    /// A list holds something twice.
    Repeated,
    /// A setting has no effect.
    NoEffect,
    /// A name that the vendor's web page does not take.
    UnusualName,
    /// A secret has the form of something else, or holds more than it should.
    UnusualSecret,
    /// A secret does not give all the rights that the vendor asks for.
    MissingRights,
    /// A run would be due in the maintenance window, in which none starts.
    Maintenance,
    /// The clocks of the time zone change, and the runs do not move with them.
    ClockChange,
    /// A time zone that the vendor's web page does not offer.
    UnlistedTimeZone,
    /// A window ends before it begins.
    OverMidnight,
}

fn located(f: &mut fmt::Formatter<'_>, path: &str, message: &str) -> fmt::Result {
    if !path.is_empty() {
        write!(f, "{path}: ")?;
    }
    f.write_str(message)
}
