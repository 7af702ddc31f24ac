//! How a run ended.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::codes::known_meaning;
use super::rows::{RowCounts, says_rows_failed};
use crate::models::cloud_works::{
    FlowGroupId, IntegrationId, LatestRun, RunId, RunStatus, RunSummary, TraceId, TriggerSource,
};

/// How a run ended.
///
/// Made from any reply about a run ([`RunStatus`], [`RunSummary`], [`LatestRun`]), or by
/// waiting for one. `success: true` alone does not count as success: the service also says it of a run
/// that rejected rows.
///
/// ```
/// use anaplan_sdk::models::cloud_works::RunStatus;
/// use anaplan_sdk::runs::RunOutcome;
///
/// let status: RunStatus = serde_json::from_value(serde_json::json!({
///     "id": "7b562956986244d789de52acd06c9205",
///     "startDate": "2026-06-09T09:12:41.000Z",
///     "endDate": "2026-06-09T09:13:26.000Z",
///     "success": true,
///     "executionErrorCode": 38,
///     "message": "Products: 1197 (0/1197) rows successful, 0 (0/0) rows has warnings, 3 failed, 0 ignored",
/// }))?;
/// let outcome = RunOutcome::from(&status);
/// assert!(matches!(outcome, RunOutcome::PartlySucceeded(_)));
/// assert_eq!(outcome.report().rows.failed, Some(3));
/// assert!(outcome.clone().into_result().is_err());
/// assert!(outcome.into_result_allowing_partial().is_ok());
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// | the reply says | outcome |
/// |---|---|
/// | no end, and nothing that only an ended run says | [`StillRunning`](Self::StillRunning) |
/// | `success: true`, no code, no rows failed | [`Succeeded`](Self::Succeeded) |
/// | `success: true` with code 38, any other code, or failed rows in the message | [`PartlySucceeded`](Self::PartlySucceeded) |
/// | anything else, message `Cancelled` | [`Cancelled`](Self::Cancelled) |
/// | anything else | [`Failed`](Self::Failed) |
///
/// Messages may contain names of lists, actions and files, with any words in them. So a message
/// counts only if it is one of the service's fixed texts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[must_use = "a run that ended has not necessarily succeeded"]
pub enum RunOutcome {
    /// All went well.
    Succeeded(RunReport),
    /// It went through, but not with every row.
    PartlySucceeded(RunReport),
    /// It did not go through.
    Failed(RunReport),
    /// Somebody cancelled it.
    Cancelled(RunReport),
    /// It has not ended: it was still under way when it was last looked at, or at the deadline
    /// of the wait.
    StillRunning(RunReport),
}

/// What is known of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RunReport {
    /// The run. Integrations, flows and steps may tell of their latest run without its id.
    pub run: Option<RunId>,
    /// The integration that ran.
    pub integration: Option<IntegrationId>,
    /// The id by which Anaplan's support finds it.
    pub trace: Option<TraceId>,
    /// What it shares with the other steps, if it was a flow's.
    pub flow_group: Option<FlowGroupId>,
    /// What the service says, in its own words; empty when it says nothing.
    pub message: String,
    /// The `executionErrorCode`; see [`known_meaning`].
    pub code: Option<i64>,
    /// How many rows it dealt with, by its message; in a diagnosis by its details, too.
    pub rows: RowCounts,
    /// When it started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Who started it.
    pub triggered_by: Option<String>,
    /// What started it.
    pub trigger_source: Option<TriggerSource>,
    /// The error of the last status request, if the deadline of a wait came after failed ones.
    pub last_fault: Option<String>,
}

impl RunReport {
    /// From its start to its end, where both are known.
    pub fn duration(&self) -> Option<SignedDuration> {
        Some(self.ended?.duration_since(self.started?))
    }
}

impl RunOutcome {
    /// What is known of the run.
    pub fn report(&self) -> &RunReport {
        match self {
            Self::Succeeded(report)
            | Self::PartlySucceeded(report)
            | Self::Failed(report)
            | Self::Cancelled(report)
            | Self::StillRunning(report) => report,
        }
    }

    pub(crate) fn report_mut(&mut self) -> &mut RunReport {
        match self {
            Self::Succeeded(report)
            | Self::PartlySucceeded(report)
            | Self::Failed(report)
            | Self::Cancelled(report)
            | Self::StillRunning(report) => report,
        }
    }

    fn into_report(mut self) -> RunReport {
        std::mem::take(self.report_mut())
    }

    /// Whether all went well.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded(_))
    }

    /// Whether the run is over, well or not.
    pub fn has_ended(&self) -> bool {
        !matches!(self, Self::StillRunning(_))
    }

    /// The outcome in a word or two: `succeeded`, `partly succeeded`, `failed`, `cancelled`,
    /// `still running`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Succeeded(_) => "succeeded",
            Self::PartlySucceeded(_) => "partly succeeded",
            Self::Failed(_) => "failed",
            Self::Cancelled(_) => "cancelled",
            Self::StillRunning(_) => "still running",
        }
    }

    /// The report of a full success; anything else is an error.
    ///
    /// # Errors
    /// [`NotSucceeded`], which holds the outcome.
    pub fn into_result(self) -> Result<RunReport, NotSucceeded> {
        match self {
            Self::Succeeded(report) => Ok(report),
            outcome => Err(NotSucceeded::new(outcome)),
        }
    }

    /// The report of a full or partial success; anything else is an error.
    ///
    /// # Errors
    /// [`NotSucceeded`], which holds the outcome.
    pub fn into_result_allowing_partial(self) -> Result<RunReport, NotSucceeded> {
        match self {
            Self::PartlySucceeded(report) => Ok(report),
            outcome => outcome.into_result(),
        }
    }

    fn judge(success: Option<bool>, report: RunReport) -> Self {
        let message = comparable(&report.message);
        if report.ended.is_none() && !says_it_ended(success, report.code, &message) {
            return Self::StillRunning(report);
        }
        let code = report.code.filter(|code| *code != 0);
        let partial = code.is_some() || says_rows_failed(&report.message);
        match success {
            Some(true) if partial => Self::PartlySucceeded(report),
            Some(true) => Self::Succeeded(report),
            _ if message == CANCELLED => Self::Cancelled(report),
            Some(false) => Self::Failed(report),
            None if code == Some(38) => Self::PartlySucceeded(report),
            None if message == SUCCESS && !partial => Self::Succeeded(report),
            None => Self::Failed(report),
        }
    }
}

/// A message as it is compared: in small letters, without the full stop, and with each dash between
/// blanks. The vendor's own texts differ in that.
pub(super) fn comparable(message: &str) -> String {
    let message = message.trim().trim_end_matches(['.', '…']).to_lowercase();
    let parts: Vec<_> = message.split(['-', '–', '—']).map(str::trim).collect();
    parts.join(" - ")
}

const SUCCESS: &str = "success";
const CANCELLED: &str = "cancelled";

/// The messages of a failure, in small letters: those that were seen on runs, and those of
/// [Anaplan's help](https://help.anaplan.com/f6f94935-6f97-4530-91fb-19ddc06a746c).
const FAILURES: [&str; 4] = [
    "process failed",
    "anaplan model was deleted",
    "failed - action not found",
    "failed import action - incorrect file structure",
];

/// Whether a run without an end date has ended: some replies leave the date out.
///
/// `message` is in small letters. While a run is under way, the service writes `Running`; an unknown
/// message counts as the same.
fn says_it_ended(success: Option<bool>, code: Option<i64>, message: &str) -> bool {
    if message == "running" {
        return false;
    }
    success == Some(true)
        || code.is_some_and(|code| code != 0)
        || message == SUCCESS
        || message == CANCELLED
        || FAILURES.contains(&message)
        // A name stands behind these words, and the reason behind the name.
        || message.starts_with("an integration has failed")
}

/// The fields that every reply about a run has. The name of who started it has another key in each.
macro_rules! report_of {
    ($run:ident, $triggered_by:ident) => {{
        let message = $run.message.clone().unwrap_or_default();
        RunReport {
            rows: RowCounts::read(&message),
            message,
            code: $run.execution_error_code,
            started: $run.start_date,
            ended: $run.end_date,
            triggered_by: $run.$triggered_by.clone(),
            trigger_source: $run.trigger_source.clone(),
            ..RunReport::default()
        }
    }};
}

impl From<&RunStatus> for RunOutcome {
    fn from(run: &RunStatus) -> Self {
        let report = RunReport {
            run: Some(run.id.clone()),
            integration: run.integration_id.clone(),
            trace: run.trace_id.clone(),
            flow_group: run.flow_group_id.clone(),
            ..report_of!(run, created_by)
        };
        Self::judge(run.success, report)
    }
}

impl From<&RunSummary> for RunOutcome {
    fn from(run: &RunSummary) -> Self {
        let report = RunReport {
            run: Some(run.id.clone()),
            trace: run.trace_id.clone(),
            ..report_of!(run, triggered_by)
        };
        Self::judge(run.success, report)
    }
}

impl From<&LatestRun> for RunOutcome {
    fn from(run: &LatestRun) -> Self {
        let report = RunReport {
            run: run.id.clone(),
            ..report_of!(run, triggered_by)
        };
        Self::judge(run.success, report)
    }
}

impl fmt::Display for RunOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.report();
        match &report.run {
            Some(run) => write!(f, "run {run} {}", self.word())?,
            None => write!(f, "the run {}", self.word())?,
        }
        if let Some(duration) = report.duration() {
            write!(f, " after {duration:#}")?;
        }
        let says_no_more = self.is_success() && report.message == "Success";
        if !report.message.is_empty() && !says_no_more {
            write!(f, ": {}", report.message)?;
        }
        if let Some(code) = report.code {
            write!(f, " (code {code}")?;
            if let Some(meaning) = known_meaning(code) {
                write!(f, ", {meaning}")?;
            }
            f.write_str(")")?;
        }
        if let Some(fault) = &report.last_fault {
            write!(f, "; the latest look at it failed: {fault}")?;
        }
        Ok(())
    }
}

/// A run that did not succeed, as an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSucceeded(Box<RunOutcome>);

impl NotSucceeded {
    fn new(outcome: RunOutcome) -> Self {
        Self(Box::new(outcome))
    }

    /// What it came to instead.
    pub fn outcome(&self) -> &RunOutcome {
        &self.0
    }

    /// What is known of the run.
    pub fn into_report(self) -> RunReport {
        self.0.into_report()
    }
}

impl fmt::Display for NotSucceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for NotSucceeded {}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const END: &str = "2026-06-09T09:13:26.000Z";

    /// All three replies have to be read alike.
    fn words(run: Value) -> &'static str {
        let mut run = run;
        run["id"] = json!("r1");
        let status = RunOutcome::from(&serde_json::from_value::<RunStatus>(run.clone()).unwrap());
        let summary = RunOutcome::from(&serde_json::from_value::<RunSummary>(run.clone()).unwrap());
        let latest = RunOutcome::from(&serde_json::from_value::<LatestRun>(run).unwrap());
        assert_eq!(status.word(), summary.word());
        assert_eq!(status.word(), latest.word());
        status.word()
    }

    #[test]
    fn every_message_and_code() {
        let (yes, no, unsaid) = (json!(true), json!(false), Value::Null);
        let (end, none) = (json!(END), Value::Null);
        let partial = "Products: 1197 (0/1197) rows successful, 0 (0/0) rows has warnings, 3 failed, 0 ignored";
        let warned =
            "Products: 10 (0/10) rows successful, 2 (0/2) rows has warnings, 0 failed, 0 ignored";
        let table = [
            // Seen.
            (&yes, "Success", None, &end, "succeeded"),
            (&no, "Running", None, &none, "still running"),
            (&no, "Cancelled", None, &end, "cancelled"),
            (&no, "Process failed", Some(39), &end, "failed"),
            (&no, "Process failed", None, &end, "failed"),
            (&no, "Anaplan model was deleted", None, &end, "failed"),
            (&no, "Import failed", Some(12), &end, "failed"),
            (&no, "Export failed", Some(35), &end, "failed"),
            (&yes, partial, Some(38), &end, "partly succeeded"),
            // What may come.
            (&yes, partial, None, &end, "partly succeeded"),
            (&yes, "Success", Some(38), &end, "partly succeeded"),
            (&yes, "Success", Some(77), &end, "partly succeeded"),
            (&yes, "Success", Some(0), &end, "succeeded"),
            (&yes, warned, None, &end, "succeeded"),
            (&yes, "Alles gut", None, &end, "succeeded"),
            (&yes, "", None, &end, "succeeded"),
            (&no, "Etwas ging schief", None, &end, "failed"),
            (&no, "Something odd", Some(77), &end, "failed"),
            (&no, partial, Some(38), &end, "failed"),
            (&no, "Cancelled.", None, &end, "cancelled"),
            (&no, "Running", None, &end, "failed"),
            (&unsaid, "Success", None, &end, "succeeded"),
            (&unsaid, partial, Some(38), &end, "partly succeeded"),
            (&unsaid, "", None, &end, "failed"),
            // Without an end: still at it, unless only an ended run would say so.
            (&no, "Queued", None, &none, "still running"),
            (&no, "Importing rows", None, &none, "still running"),
            (&no, "Cancelling", None, &none, "still running"),
            (&no, "", None, &none, "still running"),
            (&unsaid, "", None, &none, "still running"),
            (&yes, "Running", None, &none, "still running"),
            (&yes, "Success", None, &none, "succeeded"),
            (&yes, "", Some(38), &none, "partly succeeded"),
            (&no, "Cancelled", None, &none, "cancelled"),
            (&no, "Process failed", None, &none, "failed"),
            (&no, "Anaplan model was deleted", None, &none, "failed"),
            (&no, "Failed - Action not found.", None, &none, "failed"),
            (&no, "", Some(12), &none, "failed"),
            (
                &no,
                "An Integration has failed – export P&L failed due to invalid Connection",
                None,
                &none,
                "failed",
            ),
            // As the vendor's help prints it.
            (
                &no,
                "Failed import action -Incorrect File structure.",
                None,
                &none,
                "failed",
            ),
            (&no, "Failed – Action not found", None, &none, "failed"),
            // Words of names decide nothing.
            (&yes, "Partial load", None, &end, "succeeded"),
            (&yes, "3 failed", None, &end, "succeeded"),
            (&no, "Cancelled orders: 2 Errors", None, &end, "failed"),
            (
                &no,
                "Not cancelled by anybody: 1 (0/1) rows successful, 5 ignored ",
                None,
                &end,
                "failed",
            ),
            (&no, "Loading failed orders", None, &none, "still running"),
            (&no, "Importing: Cancelled", None, &none, "still running"),
            (
                &no,
                "Deleted items, 2 rejected",
                None,
                &none,
                "still running",
            ),
        ];
        for (success, message, code, end, expected) in table {
            let run = json!({
                "success": success, "message": message, "executionErrorCode": code, "endDate": end,
            });
            assert_eq!(words(run.clone()), expected, "{run}");
        }
    }

    #[test]
    fn an_outcome_reads_like_a_sentence() {
        let run: RunStatus = serde_json::from_value(json!({
            "id": "r1", "success": false, "message": "Import failed", "executionErrorCode": 12,
            "startDate": "2026-06-09T09:12:41.000Z", "endDate": END,
        }))
        .unwrap();
        let error = RunOutcome::from(&run).into_result().unwrap_err();
        assert_eq!(
            error.to_string(),
            "run r1 failed after 45s: Import failed (code 12, an import met values of another \
             type than the model expects, such as text for a number)"
        );
        assert_eq!(error.into_report().run.unwrap(), "r1");
    }

    #[test]
    fn only_what_is_asked_for_passes() {
        let of = |kind: fn(RunReport) -> RunOutcome| kind(RunReport::default());
        for (outcome, strict, lenient) in [
            (of(RunOutcome::Succeeded), true, true),
            (of(RunOutcome::PartlySucceeded), false, true),
            (of(RunOutcome::Failed), false, false),
            (of(RunOutcome::Cancelled), false, false),
            (of(RunOutcome::StillRunning), false, false),
        ] {
            assert_eq!(outcome.clone().into_result().is_ok(), strict);
            assert_eq!(outcome.into_result_allowing_partial().is_ok(), lenient);
        }
    }
}
