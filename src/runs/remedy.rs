//! What the vendor's help says to do about a message or a symptom of a run.

use std::fmt;

use super::outcome::{RunOutcome, comparable};

/// What to do about a run, where a public source says so.
///
/// A [`Diagnosis`](super::Diagnosis) carries those that fit its run.
/// [`of_message`](Self::of_message) finds the one for a message of the service.
///
/// ```
/// use anaplan_sdk::runs::Remedy;
///
/// let remedy = Remedy::of_message("Failed - Action not found").unwrap();
/// assert!(remedy.cause.contains("no access"));
/// assert_eq!(Remedy::of_message("Process failed"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Remedy {
    /// What it is for: a message, or something that can be seen.
    pub symptom: &'static str,
    /// Why that happens.
    pub cause: &'static str,
    /// What to do about it.
    pub what_to_do: &'static str,
    /// Who says so.
    pub source: &'static str,
    /// Whether the service's replies show the symptom. If not, check for yourself whether it is
    /// there.
    pub is_told: bool,
}

const COMMON_ERRORS: &str = "Anaplan's help, common errors of CloudWorks (page f6f94935)";
const API: &str = "Anaplan's description of the CloudWorks API";
const COMMUNITY: &str = "Anaplan's staff in the community, question 108512";

const fn told(
    symptom: &'static str,
    cause: &'static str,
    what_to_do: &'static str,
    source: &'static str,
) -> Remedy {
    Remedy {
        symptom,
        cause,
        what_to_do,
        source,
        is_told: true,
    }
}

/// The messages that a source explains: how the message begins and how it ends, as
/// [`comparable`] makes them.
///
/// If one of the two is empty, the service writes a name or an id there. Names may contain any
/// words, so the middle of a message is never searched.
const BY_MESSAGE: [(&str, &str, Remedy); 21] = [
    (
        "failed - action not found",
        "failed - action not found",
        ACTION_NOT_FOUND,
    ),
    (
        "",
        " failed due to invalid connection",
        told(
            "failed due to invalid connection",
            "the connection's secret, bucket or role is no longer good",
            "look at the connection's status and error code, and renew its secret; every integration \
             that uses the connection fails until then",
            COMMON_ERRORS,
        ),
    ),
    (
        "",
        " failed due to a server error",
        told(
            "failed due to a server error",
            "the storage could not be reached, or was in trouble",
            "look at the storage's own status and at its firewall, then run again",
            COMMON_ERRORS,
        ),
    ),
    // The help writes it with a blank behind the dash and without.
    (
        "failed import action -",
        "incorrect file structure",
        FILE_STRUCTURE,
    ),
    (
        "user does not have access to ",
        "",
        told(
            "the user does not have access to the workspace or the model",
            "the user that the run acts as has no access",
            "ask the workspace's administrator for access",
            API,
        ),
    ),
    (
        "action(s) you included",
        "not defined in your anaplan model",
        told(
            "actions are not defined in the model",
            "an id is wrong, or it is right and stands in the wrong place",
            "`client.cw().preflight` says of each id what it is, and which one belongs in its place; \
             `find_import`, `find_export` and `find_process` look ids up by names",
            API,
        ),
    ),
    (
        "a process that has optimizer as steps",
        "",
        told(
            "a process with an optimizer step",
            "CloudWorks cannot run a process that has an optimizer step",
            "take that step out of the process",
            API,
        ),
    ),
    (
        "bucket access denied",
        "bucket access denied",
        STORAGE_ACCESS,
    ),
    (
        "dataset access denied",
        "dataset access denied",
        STORAGE_ACCESS,
    ),
    (
        "role arn is invalid",
        "role arn is invalid",
        told(
            "the role ARN is invalid",
            "the access key may not assume that role",
            "correct the ARN, and the trust policy of the role",
            API,
        ),
    ),
    (
        "unable to retrieve s3 files",
        "count too high",
        told(
            "unable to retrieve S3 files, count too high",
            "the bucket holds too many objects",
            "use a bucket of its own; to try again is of no use",
            API,
        ),
    ),
    (
        "anaplan connection error",
        "anaplan connection error",
        VENDOR_SIDE,
    ),
    (
        "integration trigger error",
        "integration trigger error",
        VENDOR_SIDE,
    ),
    (
        "invalid schedule",
        "invalid schedule",
        told(
            "the schedule is invalid",
            "for instance, it ends before it starts",
            "check its dates",
            API,
        ),
    ),
    (
        "only a single schedule is supported per integration",
        "",
        told(
            "only a single schedule is supported",
            "the integration has a schedule already",
            "update that one",
            API,
        ),
    ),
    (
        "credentials are invalid",
        "credentials are invalid",
        told(
            "the credentials of the storage are invalid",
            "the storage does not take the key, the token or the account",
            "renew them at the storage, and give the connection the new ones",
            API,
        ),
    ),
    (
        "bucket name is invalid",
        "bucket name is invalid",
        STORAGE_NAME,
    ),
    ("invalid dataset", "invalid dataset", STORAGE_NAME),
    (
        "invalid connection_id",
        "invalid connection_id",
        told(
            "the connection's id is invalid",
            "there is no connection of this id",
            "list the connections, and take the id from there",
            API,
        ),
    ),
    (
        "this api version is not supported for this request",
        "",
        told(
            "the version of the API is not supported",
            "the URL names another version than 2/0",
            "check the base URL: it ends in `/2/0`",
            API,
        ),
    ),
    (
        "integration flow has to have at least two enabled steps",
        "",
        told(
            "a flow has fewer than two enabled steps",
            "the others are skipped, or there are no others",
            "enable two steps at the least, or run the integration by itself",
            API,
        ),
    ),
];

const ACTION_NOT_FOUND: Remedy = told(
    "action not found",
    "the user that the run acts as has no access to the model or the workspace, or the action is gone",
    "check that user's access first; then look for the action in the model",
    COMMON_ERRORS,
);

const FILE_STRUCTURE: Remedy = told(
    "incorrect file structure",
    "the file does not fit the import: its header, separator, encoding or columns; in BigQuery, names \
     of columns with spaces",
    "compare the file's header with the columns of the import; in BigQuery write `_` for a space",
    COMMON_ERRORS,
);

const STORAGE_ACCESS: Remedy = told(
    "access to the storage is denied",
    "the owner of the key lacks rights on the bucket or the dataset",
    "correct the owner's policy or role",
    API,
);

const STORAGE_NAME: Remedy = told(
    "the name of the bucket or the dataset is invalid",
    "there is none of this name, or the name is not one",
    "check the name of the bucket or the dataset in the connection",
    API,
);

const VENDOR_SIDE: Remedy = told(
    "connection or trigger error",
    "the trouble is on Anaplan's side",
    "look at Anaplan's status page, then ask its support; do not try again quickly",
    API,
);

const ROWS_FAILED: Remedy = told(
    "a success in part: rows failed",
    "an item, a line item or a period of these rows was not recognised",
    "correct the rows in the source; read the dump now, since it is kept for 48 hours after the last \
     look at it, and only until the next run of that import without errors",
    "Anaplan's help, import dumps (page d43aa395), and its staff in the community, question 108512",
);

const ALL_IGNORED: Remedy = told(
    "a success in which all rows were ignored",
    "the targets are calculated line items, or cells that are sums: parent items, total periods",
    "correct the mapping of the import",
    COMMUNITY,
);

const UNKNOWN_CODE: Remedy = told(
    "a failure with a code",
    "the service does not publish what its codes mean",
    "give Anaplan's support the code, the trace id, the run's id and its times",
    API,
);

const GRANT: &str = "give that user access to the list, in the list's grid view: `Internal (Full Access)`, \
                     or for a restricted integration whoever ran it last";

const ACCESS_TO_A_LIST: &str = "the user that the run acts as has no read access to a list with selective access; \
                                the run succeeds all the same";

const HEADER_ONLY: Remedy = Remedy {
    symptom: "the exported file holds its header row and nothing else",
    cause: ACCESS_TO_A_LIST,
    what_to_do: GRANT,
    source: COMMON_ERRORS,
    is_told: false,
};

const OLD_DATA: Remedy = Remedy {
    symptom: "an import from another model brings no new data",
    cause: ACCESS_TO_A_LIST,
    what_to_do: GRANT,
    source: COMMON_ERRORS,
    is_told: false,
};

impl Remedy {
    /// The remedy for a message of a run, or of a refusal; `None` where no source says anything.
    pub fn of_message(message: &str) -> Option<Self> {
        let message = comparable(message);
        let mut known = BY_MESSAGE.iter();
        let found =
            known.find(|(start, end, _)| message.starts_with(start) && message.ends_with(end));
        found.map(|(_, _, remedy)| *remedy)
    }

    /// The remedies for a run. The outcome decides first, and messages only for what did not succeed.
    #[cfg(any(feature = "_client", test))]
    pub(crate) fn of_run<'m>(
        outcome: &'m RunOutcome,
        messages: impl IntoIterator<Item = &'m str>,
        job_kinds: JobKinds,
    ) -> Vec<Self> {
        let report = outcome.report();
        let mut found: Vec<Self> = Vec::new();
        match outcome {
            RunOutcome::StillRunning(_) | RunOutcome::Cancelled(_) => return found,
            RunOutcome::Succeeded(_) => {
                let rows = report.rows;
                let none_went_through =
                    rows.successful == Some(0) && rows.warnings.is_none_or(|n| n == 0);
                if none_went_through && rows.ignored > Some(0) {
                    found.push(ALL_IGNORED);
                }
                found.extend(job_kinds.export.then_some(HEADER_ONLY));
                found.extend(job_kinds.process.then_some(OLD_DATA));
                return found;
            }
            RunOutcome::PartlySucceeded(_) | RunOutcome::Failed(_) => {}
        }
        let messages = std::iter::once(&*report.message).chain(messages);
        for remedy in messages.filter_map(Self::of_message) {
            if !found.contains(&remedy) {
                found.push(remedy);
            }
        }
        let is_partial = matches!(outcome, RunOutcome::PartlySucceeded(_));
        if is_partial && (report.code == Some(38) || report.rows.failed > Some(0)) {
            found.push(ROWS_FAILED);
        }
        // 12 and 38 are known.
        let unknown = report.code.filter(|code| ![0, 12, 38].contains(code));
        if found.is_empty() && unknown.is_some() {
            found.push(UNKNOWN_CODE);
        }
        found
    }
}

/// Kinds of jobs that can fail without an error.
#[cfg(any(feature = "_client", test))]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct JobKinds {
    pub(crate) export: bool,
    pub(crate) process: bool,
}

/// `If the exported file holds …: …`, or the symptom as a fact.
impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            symptom,
            cause,
            what_to_do,
            source,
            is_told,
        } = self;
        match is_told {
            true => write!(f, "What to do: {what_to_do}")?,
            false => write!(f, "If {symptom}: {what_to_do}")?,
        }
        write!(f, "\n  because {cause}\n  ({source})")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::models::cloud_works::RunStatus;

    fn run(success: bool, code: Option<i64>, message: &str) -> RunOutcome {
        let run: RunStatus = serde_json::from_value(json!({
            "id": "r1", "success": success, "executionErrorCode": code, "message": message,
            "startDate": "2026-06-09T09:12:41.000Z", "endDate": "2026-06-09T09:13:26.000Z",
        }))
        .unwrap();
        RunOutcome::from(&run)
    }

    fn symptoms(outcome: &RunOutcome, messages: &[&str], job_kinds: JobKinds) -> Vec<&'static str> {
        let found = Remedy::of_run(outcome, messages.iter().copied(), job_kinds);
        for remedy in &found {
            assert!(!remedy.cause.is_empty() && !remedy.source.is_empty());
        }
        found.iter().map(|remedy| remedy.symptom).collect()
    }

    #[test]
    fn what_the_sources_say_of_messages() {
        for (message, symptom) in [
            ("Failed - Action not found", Some("action not found")),
            (
                "An Integration has failed – export P&L failed due to invalid Connection",
                Some("failed due to invalid connection"),
            ),
            (
                "An Integration has failed – import 1.1 Load failed due to invalid Connection.",
                Some("failed due to invalid connection"),
            ),
            (
                "An Integration has failed – export Sales failed due to a server error",
                Some("failed due to a server error"),
            ),
            (
                "Failed import action - Incorrect file structure",
                Some("incorrect file structure"),
            ),
            (
                "Failed import action -Incorrect File structure.",
                Some("incorrect file structure"),
            ),
            (
                "User does not have access to workspace",
                Some("the user does not have access to the workspace or the model"),
            ),
            (
                "Action(s) you included, 112000000009 are not defined in your Anaplan model",
                Some("actions are not defined in the model"),
            ),
            (
                "A Process that has Optimizer as steps cannot be executed in CloudWorks",
                Some("a process with an optimizer step"),
            ),
            (
                "Bucket access denied",
                Some("access to the storage is denied"),
            ),
            (
                "Dataset access denied",
                Some("access to the storage is denied"),
            ),
            ("Role arn is invalid", Some("the role ARN is invalid")),
            (
                "Unable to retrieve S3 files, count too high",
                Some("unable to retrieve S3 files, count too high"),
            ),
            (
                "Anaplan Connection Error",
                Some("connection or trigger error"),
            ),
            ("Invalid Schedule", Some("the schedule is invalid")),
            // As the help prints it of a table of BigQuery; and a dash as people's editors make it.
            (
                "Failed import action -Incorrect File structure.",
                Some("incorrect file structure"),
            ),
            ("Failed – Action not found", Some("action not found")),
            (
                "Credentials are invalid",
                Some("the credentials of the storage are invalid"),
            ),
            (
                "Bucket name is invalid",
                Some("the name of the bucket or the dataset is invalid"),
            ),
            (
                "Invalid Dataset",
                Some("the name of the bucket or the dataset is invalid"),
            ),
            (
                "This API version is not supported for this request",
                Some("the version of the API is not supported"),
            ),
            (
                "Integration flow has to have at least two enabled steps.",
                Some("a flow has fewer than two enabled steps"),
            ),
            (
                "Invalid connection_id",
                Some("the connection's id is invalid"),
            ),
            // No source says anything.
            (
                "Credentials are invalid by now: 9 (0/9) rows successful",
                None,
            ),
            ("", None),
            ("Process failed", None),
            ("Anaplan model was deleted", None),
            // Words of names.
            (
                "Action not found: 90 (0/90) rows successful, 5 ignored ",
                None,
            ),
            ("Server error load: 3 rows", None),
            ("Import of Bucket access denied failed", None),
            (
                "An Integration has failed – export failed due to a server error 2 failed due to invalid Connection",
                Some("failed due to invalid connection"),
            ),
        ] {
            let found = Remedy::of_message(message).map(|remedy| remedy.symptom);
            assert_eq!(found, symptom, "{message}");
        }
    }

    #[test]
    fn what_fits_a_run() {
        let export = JobKinds {
            export: true,
            process: false,
        };
        let nothing = JobKinds::default();
        let partial = "A: 9 (0/9) rows successful, 0 (0/0) rows has warnings, 2 failed, 0 ignored";
        let rows_failed = "a success in part: rows failed";
        for (outcome, messages, job_kinds, expected) in [
            (run(true, None, "Success"), &[][..], nothing, &[][..]),
            (
                run(true, None, "Success"),
                &[],
                export,
                &["the exported file holds its header row and nothing else"],
            ),
            (
                run(true, None, "Failed - Action not found"),
                &["Failed - Action not found"],
                nothing,
                &[],
            ),
            (
                run(true, None, "A: 0 (0/0) rows successful, 5 ignored "),
                &[],
                nothing,
                &["a success in which all rows were ignored"],
            ),
            (
                run(true, None, "A: 1 (0/1) rows successful, 5 ignored "),
                &[],
                nothing,
                &[],
            ),
            (run(true, Some(38), partial), &[], export, &[rows_failed]),
            (run(true, None, partial), &[], nothing, &[rows_failed]),
            (run(false, Some(12), "Import failed"), &[], nothing, &[]),
            (run(false, None, "Process failed"), &[], export, &[]),
            (
                run(false, Some(39), "Process failed"),
                &[],
                nothing,
                &["a failure with a code"],
            ),
            (
                run(false, Some(39), "Process failed"),
                &["Failed - Action not found", "Failed - Action not found"],
                nothing,
                &["action not found"],
            ),
            (
                run(false, None, "Cancelled"),
                &["Failed - Action not found"],
                nothing,
                &[],
            ),
        ] {
            assert_eq!(
                symptoms(&outcome, messages, job_kinds),
                expected,
                "{outcome}"
            );
        }
    }

    #[test]
    fn a_remedy_says_what_to_do_why_and_who_says_so() {
        let told = Remedy::of_message("Role arn is invalid").unwrap();
        assert_eq!(
            told.to_string(),
            "What to do: correct the ARN, and the trust policy of the role\n  \
             because the access key may not assume that role\n  \
             (Anaplan's description of the CloudWorks API)"
        );
        let text = HEADER_ONLY.to_string();
        assert!(
            text.starts_with("If the exported file holds its header row"),
            "{text}"
        );
    }
}
