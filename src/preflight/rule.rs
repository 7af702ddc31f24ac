//! What preflight looks for: each rule, how bad it is, and who says so.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing, and no mistake.
    Note,
    /// Likely not what was meant; the service accepts it, and it may run.
    Warning,
    /// The service refuses it, or its run fails; or it is surely wrong.
    Error,
}

macro_rules! rules {
    ($( $name:ident, $severity:ident, $judged:literal, $summary:literal, $source:literal; )*) => {
        /// What preflight looks for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Rule {
            $( #[doc = $summary] $name, )*
        }

        impl Rule {
            /// All rules: errors first.
            pub const ALL: &'static [Self] = &[$( Self::$name ),*];

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self { $( Self::$name => Severity::$severity, )* }
            }

            /// Whether it is an error by judgement: surely wrong, though no source tells of a
            /// refusal or of a run that failed.
            pub fn is_judged(self) -> bool {
                match self { $( Self::$name => $judged, )* }
            }

            /// What is wrong, in a sentence.
            pub fn summary(self) -> &'static str {
                match self { $( Self::$name => $summary, )* }
            }

            /// Who says so.
            pub fn source(self) -> &'static str {
                match self { $( Self::$name => $source, )* }
            }

            /// Its name, as it stands in JSON and in the guide.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => stringify!($name), )* }
            }
        }
    };
}

rules! {
    InvalidPayload, Error, false, "The payload cannot be right, whatever the ids are.",
        "this crate's validation";
    UnknownWorkspace, Error, false, "The workspace is not there, or not visible to you.",
        "service: 400 `User does not have access to workspace`";
    UnknownModel, Error, false, "The model is not there, or not visible to you.",
        "service: 400 `User does not have access to model`, 500 `Model Not Found`";
    ModelElsewhere, Error, false, "The model is in another workspace.",
        "service: 503 `Invalid workspace or model`";
    NoModelAccess, Error, false, "The model is there, and you have no access to it.",
        "service: 400 `User does not have access to model`";
    ModelArchived, Error, false, "The model is archived: nothing can run in it.",
        "service: 422";
    ModelLocked, Error, false, "The model is locked: imports and deletions are refused.",
        "service: 423";
    ModelOffline, Error, false, "The model is offline, and closed to you.",
        "service: 424";
    UnknownProcess, Error, false, "The process is not in the model.",
        "service: 400 `Action(s) you included, … are not defined in your Anaplan model`";
    UnknownAction, Error, false, "The import or export is not in the model.",
        "service: 400 `Action(s) you included, … are not defined in your Anaplan model`";
    WrongKind, Error, false, "The action is of another kind than the job's direction needs.",
        "service: 400 `Action(s) you included, … are not defined in your Anaplan model`";
    SeveralJobs, Error, false, "An import or export integration has several jobs.",
        "service: 409 `Only a single job is supported by import/export integration`";
    OptimizerStep, Error, false, "The process has an optimizer step.",
        "service: 400 `A Process that has Optimizer as steps cannot be executed through CloudWorks`";
    UnknownConnection, Error, false, "The connection is not there, or not visible to you.",
        "service: 400 `Connection(s) you included, … are not defined`";
    BrokenConnection, Error, false, "The connection does not work.",
        "service: run fails with `… failed due to invalid connection`";
    WrongConnectionType, Error, false, "The connection leads to another storage than the job's type says.",
        "service: 400 `Connection(s) you included, … are not defined`";
    ConnectionElsewhere, Error, false, "The connection is bound to another workspace.",
        "service: 400, the connection's workspace is not the integration's";
    UnknownIntegration, Error, false, "The integration of a step is not there, or not visible to you.",
        "service: 400";
    AmbiguousName, Error, false, "Several have the name: an id is needed.",
        "what was listed; only of inputs that take names";
    NotAStep, Error, true, "The job's action is no step of the process.",
        "vendor: a job is for a step of the process";
    WrongFile, Error, true, "`fileId` is not the file that the import reads.",
        "vendor: `fileId` is the import's data source";
    NotAFileImport, Error, true, "The import reads no file, so nothing can be loaded into it.",
        "vendor: a job is for an import that is tied to a file";
    LockedForExport, Warning, false, "The model is locked; an export may run all the same.",
        "no source tells";
    ModelInMaintenance, Warning, false, "The model is offline: only workspace administrators can use it.",
        "vendor: offline models are open to workspace administrators";
    UnknownModelState, Warning, false, "The model is in a state that this version does not know.",
        "no source tells";
    StepWithoutJob, Warning, false, "An import or export of the process has no job, and uses the file that it has.",
        "vendor asks for jobs of steps that are tied to storage; the service accepts it";
    ActionNamedTwice, Warning, false, "Two jobs are for one action.",
        "the service accepts it";
    ExportFile, Warning, false, "`fileId` of an export is not the export's own id.",
        "the service accepts it";
    UnknownColumn, Warning, false, "The mapping names a column that the export does not have.",
        "the columns of the export";
    ColumnWithSpaces, Warning, false, "A column of an export to BigQuery has a space in its name.",
        "vendor: column names for BigQuery have no spaces";
    NotLookedAt, Warning, false, "Something could not be looked at, so nothing is said of it.",
        "what the service refused to show";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
