//! Why a run failed or rejected rows, in one value.

use std::fmt;

use super::dump::{CutText, DumpRow, Excerpt};
use super::outcome::RunOutcome;
use super::remedy::Remedy;
use crate::models::cloud_works::{ActionId, IntegrationId};
#[cfg(feature = "_client")]
use crate::{
    models::cloud_works::{EndType, Job, RunError, SingleIntegration},
    runs::{JobKinds, RowCounts},
};

/// Why a run did not go well: its outcome, what each action said, the first of the rejected rows,
/// and what to do about it.
///
/// Printed, it fits into a support ticket: long rows and messages are cut, with a count of what is
/// left out. The fields hold all of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The outcome of the run.
    pub outcome: RunOutcome,
    /// The integration, where the run tells of it.
    pub integration: Option<IntegrationId>,
    /// The integration's name, where it could be read.
    pub integration_name: Option<String>,
    /// What the outcome's code is known to mean.
    pub code_meaning: Option<&'static str>,
    /// The messages of the run's actions, in the service's order.
    pub actions: Vec<ActionDiagnosis>,
    /// What to do about it; nothing where no public source says anything.
    pub remedies: Vec<Remedy>,
    /// What could not be read, and why.
    pub gaps: Vec<String>,
}

/// The messages and the rejected rows of one action.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ActionDiagnosis {
    /// The action; `None` for rejected rows that no action claims.
    pub action: Option<ActionId>,
    /// Its name.
    pub name: Option<String>,
    /// Its messages, each with how often it occurred.
    pub messages: Vec<(String, Option<i64>)>,
    /// The first of the rows that it rejected.
    pub rejected: Vec<DumpRow>,
    /// Whether it rejected more rows than those.
    pub has_more: bool,
}

impl Diagnosis {
    #[cfg(feature = "_client")]
    pub(crate) fn new(outcome: RunOutcome) -> Self {
        Self {
            integration: outcome.report().integration.clone(),
            code_meaning: outcome.report().code.and_then(super::known_meaning),
            outcome,
            integration_name: None,
            actions: Vec::new(),
            remedies: Vec::new(),
            gaps: Vec::new(),
        }
    }

    /// Takes the counts of the run error, which are better than those of the run's message.
    #[cfg(feature = "_client")]
    pub(crate) fn count_rows(&mut self, error: &RunError) {
        let report = self.outcome.report_mut();
        report.rows = RowCounts::from(error).or(report.rows);
    }

    /// Looks up what to do, once all else is known.
    #[cfg(feature = "_client")]
    pub(crate) fn find_remedies(&mut self, integration: Option<&SingleIntegration>) {
        let is_export = |job: &Job| {
            let mut sources = job.sources.iter();
            sources.any(|source| source.end_type == Some(EndType::Anaplan))
        };
        let job_kinds = JobKinds {
            export: integration.is_some_and(|it| it.jobs.iter().any(is_export)),
            process: integration.is_some_and(|it| it.process_id.is_some()),
        };
        let messages = self.actions.iter().flat_map(|action| &action.messages);
        let messages = messages.map(|(text, _)| text.as_str());
        self.remedies = Remedy::of_run(&self.outcome, messages, job_kinds);
    }
}

// How much of it is printed.
const MAX_ACTIONS: usize = 20;
const MAX_MESSAGES: usize = 10;
const MAX_ROWS: usize = 100;
const MAX_COLUMNS: usize = 20;
const MAX_ERRORS: usize = 5;
const MAX_CHARACTERS_OF_A_VALUE: usize = 200;
const MAX_CHARACTERS: usize = 1_000;

fn cut(text: &str) -> CutText<'_> {
    CutText(text, MAX_CHARACTERS)
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.outcome.report();
        let name = self.integration_name.as_deref().unwrap_or("The run");
        write!(f, "{} {}", cut(name), self.outcome.word())?;
        if !report.message.is_empty() {
            write!(f, ": {}", cut(&report.message))?;
        }
        if let Some(run) = &report.run {
            write!(f, "\n  run          {run}")?;
        }
        if let Some(integration) = &self.integration {
            write!(f, "\n  integration  {integration}")?;
        }
        if let Some(trace) = &report.trace {
            write!(f, "\n  trace        {trace}")?;
        }
        if let Some(started) = report.started {
            write!(f, "\n  started      {started}")?;
            if let Some(by) = &report.triggered_by {
                write!(f, " by {by}")?;
            }
            if let Some(source) = &report.trigger_source {
                write!(f, " ({source})")?;
            }
        }
        if let Some(ended) = report.ended {
            write!(f, "\n  ended        {ended}")?;
            if let Some(duration) = report.duration() {
                write!(f, ", after {duration:#}")?;
            }
        }
        if let Some(code) = report.code {
            write!(f, "\n  code         {code}")?;
            if let Some(meaning) = self.code_meaning {
                write!(f, ": {meaning}")?;
            }
        }
        if !report.rows.is_empty() {
            write!(f, "\n  rows         {}", report.rows)?;
        }
        for action in self.actions.iter().take(MAX_ACTIONS) {
            write!(f, "\n\n{action}")?;
        }
        if let more @ 1.. = self.actions.len().saturating_sub(MAX_ACTIONS) {
            write!(f, "\n\n… and {more} more actions")?;
        }
        for remedy in &self.remedies {
            write!(f, "\n\n{remedy}")?;
        }
        for gap in &self.gaps {
            write!(f, "\n\nNot known: {}", cut(gap))?;
        }
        Ok(())
    }
}

impl fmt::Display for ActionDiagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.action, self.name.as_deref().map(cut)) {
            (Some(action), Some(name)) => write!(f, "Action {action}, {name}")?,
            (Some(action), None) => write!(f, "Action {action}")?,
            (None, Some(name)) => write!(f, "Action {name}")?,
            (None, None) => f.write_str("Rejected rows")?,
        }
        for (message, occurrences) in self.messages.iter().take(MAX_MESSAGES) {
            write!(f, "\n  {}", cut(message))?;
            if let Some(n) = occurrences.filter(|n| *n > 1) {
                write!(f, " ({n} times)")?;
            }
        }
        if let more @ 1.. = self.messages.len().saturating_sub(MAX_MESSAGES) {
            write!(f, "\n  … and {more} more messages")?;
        }
        for row in self.rejected.iter().take(MAX_ROWS) {
            let excerpt = Excerpt {
                row,
                max_columns: MAX_COLUMNS,
                max_errors: MAX_ERRORS,
                max_characters: MAX_CHARACTERS_OF_A_VALUE,
            };
            write!(f, "\n  {excerpt}")?;
        }
        match (self.rejected.len().saturating_sub(MAX_ROWS), self.has_more) {
            (0, false) => Ok(()),
            (0, true) => f.write_str("\n  … and more rows"),
            (more, false) => write!(f, "\n  … and {more} more rows"),
            (more, true) => write!(f, "\n  … and {more} more rows here, and others in the dump"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::dump::DumpParser;

    #[test]
    fn what_no_ticket_can_hold_is_cut_and_counted() {
        let columns: Vec<String> = (0..85_717).map(|i| format!("Column {i}")).collect();
        let header = format!("{},_Line_{}", columns.join(","), ",_Error_1_".repeat(12));
        let row = format!(
            "{}{},7{}",
            "x".repeat(1_000),
            ",y".repeat(85_716),
            ",bad".repeat(12)
        );
        let dump = format!("{header}\n{}", format!("{row}\n").repeat(2));
        let mut rejected = DumpParser::read(dump.as_bytes());
        let narrow = DumpParser::read(b"A,_Line_,_Error_1_\nx,2,bad\n");
        rejected.extend(std::iter::repeat_n(narrow[0].clone(), 148));
        let action = ActionDiagnosis {
            name: Some("Import".into()),
            messages: vec![("ä".repeat(5_000), Some(2)); 30],
            rejected,
            has_more: true,
            ..ActionDiagnosis::default()
        };
        let text = action.to_string();
        assert!(text.len() < 50_000, "{} bytes", text.len());
        for told in [
            "… (4000 more characters) (2 times)",
            "… and 20 more messages",
            "line 7: Column 0 = ",
            "… (800 more characters), Column 1 = y",
            "Column 19 = y, … and 85697 more columns: bad; bad; bad; bad; bad; … and 7 more errors\n",
            "… and 50 more rows here, and others in the dump",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
        // All of it is still there.
        assert!(
            action.rejected[0]
                .to_string()
                .contains("Column 85716 = y: bad")
        );
    }
}
