//! The codes of findings: each once, with how bad it is, which depths it needs, why it matters and what
//! to do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::known::{Found, Known};
use super::{connections, flows, integrations, people, runs, schedules, tenant};
use crate::estate::Depth;
use crate::preflight::Severity;

/// A check: what it finds in an estate.
type Check = fn(&Known<'_>) -> Vec<Found>;

macro_rules! codes {
    ($(
        $name:ident = $code:literal, $severity:ident, [$($needs:ident),*] + [$($uses:ident),*], $check:path,
        $summary:literal, $why:literal, $remedy:literal;
    )*) => {
        /// What is looked for in an estate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $( #[doc = $summary] #[doc = concat!("\n\n`", $code, "`.")] $name, )*
        }

        impl Code {
            /// All of them, in their order.
            pub const ALL: &'static [Self] = &[$( Self::$name ),*];

            /// The code itself, such as `CW101`, which never changes.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $code, )* }
            }

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self { $( Self::$name => Severity::$severity, )* }
            }

            /// The depths without which it cannot be judged.
            pub fn needs(self) -> &'static [Depth] {
                match self { $( Self::$name => &[$( Depth::$needs ),*], )* }
            }

            /// The depths without which it is judged only partly, or says less.
            pub fn uses(self) -> &'static [Depth] {
                match self { $( Self::$name => &[$( Depth::$uses ),*], )* }
            }

            /// What it is, in a sentence.
            pub fn summary(self) -> &'static str {
                match self { $( Self::$name => $summary, )* }
            }

            /// Why it matters.
            pub fn why(self) -> &'static str {
                match self { $( Self::$name => $why, )* }
            }

            /// What to do.
            pub fn remedy(self) -> &'static str {
                match self { $( Self::$name => $remedy, )* }
            }

            pub(super) fn check(self) -> Check {
                match self { $( Self::$name => $check, )* }
            }
        }
    };
}

codes! {
    ConnectionBroken = "CW101", Error, [Lists] + [Jobs], connections::broken,
        "A connection is broken.",
        "Every run over it fails.",
        "Renew its secret, then run what hangs on it.";
    ConnectionDeleted = "CW102", Error, [Lists, Jobs] + [], connections::deleted,
        "A job names a connection that was deleted.",
        "The run cannot reach the storage.",
        "Let the job use another connection.";
    ConnectionNotListed = "CW103", Warning, [Lists, Jobs] + [], connections::not_listed,
        "A job names a connection that is not listed.",
        "It is gone, or you may not see it: then you cannot tell whether it works.",
        "Look with the account that made the integration.";
    ConnectionUnused = "CW104", Note, [Lists, Jobs] + [], connections::unused,
        "No integration that you may see uses a connection.",
        "Its secret is kept, and has to be renewed, for nothing.",
        "Ask who made it; delete it if nobody uses it.";
    NeverRun = "CW201", Note, [Lists] + [], runs::never,
        "An integration has never run.",
        "It counts towards the tenant's limit, and nobody knows whether it works.",
        "Run it once, or delete it.";
    LastRunFailed = "CW202", Warning, [Lists] + [], runs::last_failed,
        "The latest run failed.",
        "What it should have loaded or written is missing or old.",
        "Find out why (`diagnose_latest`), then run it again.";
    FailingInARow = "CW203", Error, [Lists, History] + [], runs::failing,
        "An integration has failed three times in a row, or more.",
        "It does not pass by itself, and nobody has mended it.",
        "Find out why (`diagnose_latest`); switch the schedule off until it is mended.";
    ScheduledModelUnavailable = "CW204", Error, [Lists, Models] + [Flows], schedules::model_unavailable,
        "A schedule is on, and its model is archived, locked, offline or gone.",
        "It fails every time. Flows of an archived model are hidden in Anaplan's pages while their schedules go on.",
        "Switch the schedule off, or make the model available.";
    PartialForAMonth = "CW205", Warning, [Lists, History] + [], runs::partial,
        "All runs of a month or longer left rows out.",
        "Rows are missing from the model, and nobody reads the rejected ones.",
        "Read the dump of the next run at once: it does not stay for long.";
    SlowerThanBefore = "CW206", Warning, [Lists, History] + [], runs::slower,
        "The latest runs took more than twice as long as those before.",
        "The data or the model has grown, or another run holds the model.",
        "Compare the amounts of data; move starts that fall together.";
    RunningTooLong = "CW207", Warning, [Lists, History] + [], runs::too_long,
        "A run is under way for more than three times the usual time.",
        "It is stuck, or waits for the model.",
        "Look at the model's status; ask Anaplan's support.";
    FewerRows = "CW208", Warning, [Lists, History] + [], runs::fewer_rows,
        "The latest run dealt with less than half of the usual rows.",
        "The file is cut short, or whoever ran it may see less than the one before.",
        "Compare the file, and who ran it.";
    Idle = "CW209", Note, [Lists, Flows] + [], integrations::idle,
        "An integration has no schedule, is in no flow and on no page, and has not run for 90 days.",
        "It counts towards the tenant's limit.",
        "Ask who made it; delete it.";
    DoTheSame = "CW210", Warning, [Lists, Jobs] + [], integrations::same,
        "Two integrations do the same.",
        "Data is loaded twice, and one waits for the other.",
        "Keep one of them.";
    SameExportFile = "CW211", Warning, [Lists, Jobs, Models] + [], integrations::same_file,
        "Different exports write files of one name into one folder.",
        "A file is named after the export: the later one overwrites the earlier one.",
        "Give each a folder of its own.";
    WrongIds = "CW212", Error, [Lists, Jobs, Models] + [], integrations::wrong_ids,
        "An integration refers to something that is not so in its model.",
        "Its run fails, or loads the wrong thing. After a sync of the model an action may be gone.",
        "Put the right id in its place: preflight names it.";
    StepWithoutJob = "CW213", Warning, [Lists, Jobs, Models] + [], integrations::step_without_job,
        "A process imports or exports a file without a job for it.",
        "The import uses the file that the model has, which may be old.",
        "Add the job, if the file comes from storage.";
    UnusualName = "CW214", Note, [Lists] + [], integrations::unusual_name,
        "An integration's name has more than 60 characters, or others than letters, digits, space, `-` and `_`.",
        "Anaplan's pages may refuse to save it.",
        "Rename it, with care where a program looks it up by its name.";
    ExportSuffix = "CW215", Note, [Lists, Jobs, Models] + [], integrations::export_suffix,
        "An export's name ends in the suffix of a file.",
        "The file has the suffix twice: `Forecast.csv.csv`.",
        "Rename the export in the model, and tell the readers of the file.";
    ExcelExport = "CW216", Warning, [Lists, Jobs, Models] + [], integrations::excel,
        "An export writes an Excel file.",
        "Its rows are limited (XLS 65,536, XLSX 1,048,576), and it cannot be imported again.",
        "Export CSV or TXT.";
    ColumnWithSpaces = "CW217", Warning, [Lists, Jobs] + [], integrations::column_with_spaces,
        "A column of a BigQuery table has a space in its name.",
        "The run fails with an incorrect file structure.",
        "Name the column with `_`.";
    ScheduledTwice = "CW218", Warning, [Lists, Flows] + [], integrations::scheduled_twice,
        "An integration has a schedule, and stands in a flow that has one.",
        "It is loaded twice, or the flow meets it running and fails.",
        "Keep one of the two.";
    ScheduleEnded = "CW301", Warning, [Lists] + [Flows], schedules::ended,
        "A schedule is on, and is never due again.",
        "It has stopped in silence.",
        "Give it a later last day, or switch it off.";
    ScheduleEndsSoon = "CW302", Warning, [Lists] + [Flows], schedules::ends_soon,
        "A schedule ends within 14 days.",
        "It stops in silence.",
        "Give it a later last day, if it is still needed.";
    LocalTimeMoved = "CW303", Warning, [Lists] + [Flows], schedules::local_time_moved,
        "A schedule starts at another local time than it says, since the clocks were changed.",
        "The service keeps the time in UTC, as it was on the first day.",
        "Save another time until the next change of the clocks.";
    ScheduleDisabled = "CW304", Note, [Lists] + [Flows], schedules::disabled,
        "A schedule is switched off.",
        "It looks as if it ran.",
        "Delete it, or switch it on.";
    StartTogether = "CW305", Warning, [Lists] + [Flows], schedules::together,
        "Schedules start in one quarter of an hour on one model.",
        "Imports and exports take a model for themselves: they wait for each other.",
        "Start them 10 to 30 minutes apart.";
    OnTheHour = "CW306", Note, [Lists] + [Flows], schedules::on_the_hour,
        "Schedules start at the full hour.",
        "That is the service's busiest moment: runs have failed of it.",
        "Move them to a quarter past, half past or a quarter to.";
    BusyQuarter = "CW307", Warning, [Lists] + [Flows], schedules::busy_quarter,
        "Ten schedules or more start in one quarter of an hour.",
        "Runs queue, and a disturbance meets all of them.",
        "Spread them.";
    InMaintenance = "CW308", Warning, [Lists] + [Flows], schedules::in_maintenance,
        "A schedule is due on Saturdays between 20:00 and 01:00 UTC.",
        "In the maintenance window scheduled runs are skipped, and not made up for.",
        "Move it.";
    FarOff = "CW309", Note, [Lists] + [Flows], schedules::far_off,
        "A schedule is on, and not due for 30 days.",
        "It may have been meant for another month or year.",
        "Check its first day.";
    RunsMissed = "CW310", Warning, [Lists, History] + [], schedules::missed,
        "Scheduled runs did not come.",
        "The data of that day is missing; a missed run leaves no record.",
        "Run it by hand, if no later run has made up for it.";
    RunsLate = "CW311", Note, [Lists, History] + [], schedules::late,
        "Scheduled runs began late, after another run of the integration.",
        "The run before takes longer than there is time.",
        "Start them further apart.";
    ScheduleUnclear = "CW312", Note, [Lists] + [Flows], schedules::unclear,
        "A schedule cannot be laid out in time.",
        "When it is due, no other finding can tell.",
        "Look at it in Anaplan's pages.";
    LongerThanInterval = "CW313", Warning, [Lists, History] + [], schedules::longer_than_interval,
        "An integration usually runs for longer than there is between two starts.",
        "Starts wait for runs, and fall together.",
        "Start it less often.";
    UserLeft = "CW401", Warning, [Lists, Users] + [Flows], people::left,
        "Something was made, or last run, by somebody who is no active user.",
        "A run may have the rights of whoever ran it last, and failures are told to whoever made it.",
        "Let another user run it once, and take it over.";
    RightsChanged = "CW402", Warning, [Lists, History] + [], people::rights_changed,
        "The latest run by hand was by another user than the run before.",
        "A restricted integration runs with the rights of whoever ran it last, by its schedule, too.",
        "Let the right user run it, if an export has changed.";
    NobodyNotified = "CW403", Warning, [Lists, Notifications] + [], people::nobody_notified,
        "Nobody is told when an integration fails, or leaves rows out.",
        "It fails unseen.",
        "Name two users.";
    NotifiedUserLeft = "CW404", Warning, [Lists, Notifications, Users] + [], people::notified_left,
        "Somebody is told of runs who is no active user.",
        "If nobody else is told, it fails unseen.",
        "Put another user in the place.";
    PartialGoesOnUnseen = "CW405", Warning, [Lists, Flows, Notifications] + [], people::partial_unseen,
        "A flow goes on after a step that left rows out, and nobody is told of that.",
        "Errors travel on unseen.",
        "Let the flow stop, or tell somebody.";
    StepsSkipped = "CW501", Note, [Lists, Flows] + [], flows::skipped,
        "A flow passes over steps.",
        "It does less than its name says.",
        "Remove the steps, or switch them on.";
    StepsNotReached = "CW502", Warning, [Lists, Flows] + [], flows::not_reached,
        "The latest run of a flow did not reach all its steps.",
        "What they load is old.",
        "Mend the step that stopped it, then resume the flow.";
    StepsUnreadable = "CW503", Warning, [Lists, Flows] + [], flows::unreadable,
        "A flow has steps that you may not see.",
        "You cannot tell what they do, nor whether they work.",
        "Ask whoever made them.";
    StepsGone = "CW504", Warning, [Lists, Flows] + [], flows::gone,
        "A flow has steps whose integrations are not listed.",
        "They were deleted, or belong to the half of the tenant that your role does not see.",
        "Look with the account that made the flow; remove the steps.";
    StepsOfOthers = "CW505", Note, [Lists, Flows] + [], flows::of_others,
        "A flow of yours runs integrations of others.",
        "They may change or delete them without telling you.",
        "Agree with them.";
    StepWithoutPredecessor = "CW506", Error, [Lists, Flows] + [], flows::without_predecessor,
        "A step after the first of a flow comes after no other.",
        "Steps run one after another: the service accepts such a flow, and it is corrupted.",
        "Save the flow anew, with each step after the one before.";
    TenantNearLimit = "CW601", Warning, [Lists] + [], tenant::near_limit,
        "The tenant has at least 90 % of the integrations that it may have.",
        "At the limit, none can be created.",
        "Delete what is not used.";
    WorkspaceNearlyFull = "CW602", Warning, [Models] + [], tenant::workspace_full,
        "A workspace has used at least 95 % of its space.",
        "Imports add nothing when it is full, and say that they are complete.",
        "Make room, or ask for more.";
    NothingListed = "CW603", Note, [Lists] + [], tenant::nothing_listed,
        "Nothing is listed.",
        "You have the role without a workspace, or all was made by users of the other role.",
        "Ask which role you have, and in which workspaces.";
    NotRead = "CW900", Note, [Lists] + [], tenant::not_read,
        "Something could not be read.",
        "What is wrong with it is not known.",
        "Read again; ask for the rights, if it is refused.";
}

impl Code {
    /// `error`, `warning` or `note`.
    pub fn severity_word(self) -> &'static str {
        match self.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let known = Self::ALL.iter().find(|code| code.as_str() == text);
        known.copied().ok_or_else(|| UnknownCode(text.to_owned()))
    }
}

/// A text that is no code of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode(String);

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no code of a finding of this version", self.0)
    }
}

impl std::error::Error for UnknownCode {}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
