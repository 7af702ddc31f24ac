//! What is wrong in an estate, or likely wrong, or worth knowing.

mod code;
mod connections;
mod flows;
mod integrations;
mod known;
mod people;
mod runs;
mod schedules;
mod tenant;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Depth, Estate, Subject};
use crate::preflight::Severity;

pub use code::{Code, UnknownCode};
use known::Known;

/// What was found in an estate, and what could not be judged. From [`Estate::findings`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Findings {
    /// What was found, in the order of the codes.
    pub found: Vec<Finding>,
    /// What could not be judged, or not of everything: that it is not in [`found`](Self::found) says
    /// nothing.
    pub not_judged: Vec<NotJudged>,
}

/// One thing that is wrong, likely wrong, or worth knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// What was looked for. It also says how bad it is, why it matters and what to do.
    pub code: Code,
    /// Where; `None` for the tenant as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// What is there, in words.
    pub message: String,
    /// What else it is about: what hangs on it, or with what it collides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Subject>,
}

impl Finding {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// `CW101 error: connection *Warehouse* (9c4d…): the service says that it is broken, code 46`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.code, self.code.severity_word())?;
        if let Some(subject) = &self.subject {
            write!(f, "{subject}: ")?;
        }
        f.write_str(&self.message)?;
        for (i, other) in self.others.iter().enumerate() {
            write!(f, "{}{other}", if i == 0 { "; " } else { ", " })?;
        }
        Ok(())
    }
}

/// A code that could not be judged, or not of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NotJudged {
    /// What was to be looked for.
    pub code: Code,
    /// The depths that were not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<Depth>,
    /// What could not be read of the depths that were: it was judged of all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Subject>,
    /// Whether it was judged as far as it could be.
    pub is_partly_judged: bool,
}

impl fmt::Display for NotJudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.is_partly_judged {
            "only partly judged"
        } else {
            "not judged"
        };
        write!(f, "{} {}: {how}", self.code, self.code.summary())?;
        for (i, depth) in self.lacking.iter().enumerate() {
            write!(
                f,
                "{}{depth}",
                if i == 0 {
                    ", without the depths "
                } else {
                    ", "
                }
            )?;
        }
        for (i, subject) in self.unread.iter().enumerate() {
            write!(f, "{}{subject}", if i == 0 { ", not read: " } else { ", " })?;
        }
        Ok(())
    }
}

impl Estate {
    /// All that is wrong, likely wrong or worth knowing, as far as the depths that were read can tell;
    /// and what could not be judged. [`Code`] lists what is looked for; the page
    /// [findings](crate::guide::findings) explains each.
    ///
    /// It is judged as of [`read_at`](Self::read_at), so that a snapshot always gives the same.
    ///
    /// ```
    /// use anaplan_sdk::estate::Estate;
    /// use serde_json::json;
    ///
    /// let estate: Estate = serde_json::from_value(json!({
    ///     "version": 1, "readAt": "2026-11-25T06:41:00Z", "depths": ["lists"],
    ///     "connections": [{"connectionId": "9c4d", "body": {"name": "Warehouse"}, "status": 0}],
    ///     "integrations": [],
    /// }))?;
    /// let findings = estate.findings();
    /// assert_eq!(
    ///     findings.found[0].to_string(),
    ///     "CW101 error: connection *Warehouse* (9c4d): the service says that it is broken",
    /// );
    /// assert!(!findings.not_judged.is_empty());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn findings(&self) -> Findings {
        self.findings_at(self.read_at.unwrap_or_else(Timestamp::now))
    }

    /// The same as of another time: what ends soon then, or is due.
    pub fn findings_at(&self, now: Timestamp) -> Findings {
        let known = Known::of(self, now);
        let mut findings = Findings::default();
        for code in Code::ALL {
            let lacks = |depth: &&Depth| !self.depths.contains(depth);
            let lacking: Vec<Depth> = code.needs().iter().filter(lacks).copied().collect();
            if !lacking.is_empty() {
                findings.not_judged.push(NotJudged {
                    code: *code,
                    lacking,
                    unread: Vec::new(),
                    is_partly_judged: false,
                });
                continue;
            }
            let found = (code.check())(&known);
            findings
                .found
                .extend(found.into_iter().map(|found| found.of(*code)));
            let lacking: Vec<Depth> = code.uses().iter().filter(lacks).copied().collect();
            let of_code =
                |depth: &Depth| code.needs().contains(depth) || code.uses().contains(depth);
            let gaps = self.gaps.iter().filter(|gap| of_code(&gap.depth));
            let mut unread: Vec<Subject> = gaps.map(|gap| gap.subject.clone()).collect();
            unread.sort();
            unread.dedup();
            // That is what this one tells.
            let is_of_gaps = *code == Code::NotRead;
            if (!lacking.is_empty() || !unread.is_empty()) && !is_of_gaps {
                findings.not_judged.push(NotJudged {
                    code: *code,
                    lacking,
                    unread,
                    is_partly_judged: true,
                });
            }
        }
        findings
    }
}

impl Findings {
    /// How many of each code were found.
    pub fn counts(&self) -> BTreeMap<Code, usize> {
        let mut counts = BTreeMap::new();
        for finding in &self.found {
            *counts.entry(finding.code).or_default() += 1;
        }
        counts
    }

    /// Whether something was found that is at least so bad.
    pub fn has(&self, severity: Severity) -> bool {
        self.found
            .iter()
            .any(|finding| finding.severity() >= severity)
    }
}
