//! What preflight finds.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::rule::{Rule, Severity};

/// One thing that is wrong, or likely wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// What was looked for.
    pub rule: Rule,
    /// Where: `jobs[1].targets[0].fileId`. Empty for the payload as a whole.
    pub path: String,
    /// What is there, what was expected, and what to put in its place, in words.
    pub message: String,
    /// The value that was found, as it stands in the payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The nearest right value, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl Finding {
    pub(crate) fn new(rule: Rule, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            rule,
            path: path.into(),
            message: message.into(),
            found: None,
            suggestion: None,
        }
    }

    pub(crate) fn found(mut self, value: &str) -> Self {
        self.found = Some(value.to_owned());
        self
    }

    pub(crate) fn suggesting(mut self, value: Option<&str>) -> Self {
        self.suggestion = value.map(str::to_owned);
        self
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.rule.severity()
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        let severity = if self.is_error() { "error" } else { "warning" };
        write!(f, "{severity}: {}", self.message)
    }
}

/// What preflight found, where at least one error was among it. Displayed, one finding a line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreflightError {
    /// All findings, warnings included.
    pub findings: Vec<Finding>,
}

impl PreflightError {
    /// The findings as an error, if one of them is.
    ///
    /// # Errors
    /// When there is an error among the findings. Else they come back as they are.
    pub fn of(findings: Vec<Finding>) -> Result<Vec<Finding>, Self> {
        match findings.iter().any(Finding::is_error) {
            true => Err(Self { findings }),
            false => Ok(findings),
        }
    }
}

impl From<Vec<Finding>> for PreflightError {
    fn from(findings: Vec<Finding>) -> Self {
        Self { findings }
    }
}

impl fmt::Display for PreflightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, finding) in self.findings.iter().enumerate() {
            write!(f, "{}{finding}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for PreflightError {}
