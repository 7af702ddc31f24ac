//! The fields and the rules of integrations.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{
    IntegrationInput, IntegrationJobInput, IntegrationProcessInput, JobType, SingleIntegration,
};
use crate::models::constant::VERSION;
use crate::validation::{Field, Object, ProblemKind, Shape, Union, Walk, WarningKind, inputs};

const NAME: Field = Field::required(
    "name",
    Shape::Text,
    "The integration's name, unique in the tenant.",
);
const WORKSPACE: Field = Field::required("workspaceId", Shape::Id, "The workspace of the model.");
const MODEL: Field = Field::required("modelId", Shape::Id, "The model.");
const VISIBLE: Field = Field::optional(
    "nuxVisible",
    Shape::Flag,
    "Whether it can be seen in Anaplan's own pages.",
);

const READ_ONLY: &[&str] = &[
    "integrationId",
    "integrationType",
    "createdBy",
    "creationDate",
    "modifiedBy",
    "modificationDate",
    "latestRun",
    "notificationId",
    "schedule",
];

static INTEGRATION: Object = Object::new(
    "An integration: an import or export with its one job, or a process.",
    &[
        NAME,
        VERSION,
        WORKSPACE,
        MODEL,
        Field::optional("processId", Shape::NumericId, "The process to run."),
        VISIBLE,
        Field::optional(
            "jobs",
            Shape::List(&Shape::Union(&JOB), (0, usize::MAX), "job"),
            "What is moved from where to where.",
        ),
    ],
)
.read_only(READ_ONLY)
.rules(|integration, walk| {
    process_id(integration, walk);
    if integration.contains_key("processId") {
        return;
    }
    match integration
        .get("jobs")
        .and_then(Value::as_array)
        .map(Vec::len)
    {
        Some(1) => {}
        Some(found) => {
            let found = if found == 0 {
                "none".to_owned()
            } else {
                found.to_string()
            };
            let message = format!("expected exactly one job without a `processId`, found {found}");
            walk.problem("jobs", ProblemKind::WrongCount, message);
        }
        None if integration.contains_key("jobs") => {}
        None => {
            let message = "field required without a `processId`";
            walk.problem("jobs", ProblemKind::MissingField, message);
        }
    }
});

static PROCESS: Object = Object::new(
    "An integration that runs a process and touches no cloud storage.",
    &[
        NAME,
        VERSION,
        WORKSPACE,
        MODEL,
        Field::required("processId", Shape::NumericId, "The process to run."),
        VISIBLE,
    ],
)
.read_only(READ_ONLY)
.rules(process_id);

const JOB_TYPES: &[&str] = JobType::WORDS;
const JOB_TYPE: Field = Field::required(
    "type",
    Shape::Word(JOB_TYPES),
    "From where to where the job moves data.",
);
const COLUMNS: &Shape = &Shape::Object(&COLUMN);
const MAPPING: Field = Field::optional(
    "mapping",
    Shape::List(COLUMNS, (1, usize::MAX), "column"),
    "Which column goes where; for an export to BigQuery only.",
);

static JOB_FIELDS: Object = Object::new(
    "One movement of data between cloud storage and a model.",
    &[
        JOB_TYPE,
        Field::required(
            "sources",
            Shape::List(&Shape::Union(&SOURCE), (1, 1), "source"),
            "What is read.",
        ),
        Field::required(
            "targets",
            Shape::List(&Shape::Union(&TARGET), (1, 1), "target"),
            "What is written.",
        ),
        MAPPING,
    ],
)
.rules(job_type_fits_ends);

/// A job in which source and target have changed places. The one problem is reported that explains
/// it, and not each field that either end lacks.
static JOB_WITH_SWAPPED_ENDS: Object = Object::new(
    "A job the wrong way round.",
    &[
        JOB_TYPE,
        Field::required(
            "sources",
            Shape::List(&Shape::Object(&SWAPPED_END), (1, 1), "source"),
            "",
        ),
        Field::required(
            "targets",
            Shape::List(&Shape::Object(&SWAPPED_END), (1, 1), "target"),
            "",
        ),
        MAPPING,
    ],
)
.rules(|job, walk| {
    if let Some((job_type, (from, to))) = job_ends(job) {
        let message =
            format!("source and target are swapped: `{job_type}` reads `{from}` and writes `{to}`");
        walk.problem("", ProblemKind::Conflict, message);
        mapping(job, job_type, walk);
    }
});

static JOB: Union = Union {
    tag: None,
    variants: &[("job", &JOB_FIELDS)],
    guess: |job| {
        let swapped = job_ends(job).is_some_and(|(_, (from, to))| {
            end_type(job, "sources") == Some(to) && end_type(job, "targets") == Some(from)
        });
        Some(if swapped {
            &JOB_WITH_SWAPPED_ENDS
        } else {
            &JOB_FIELDS
        })
    },
    fallback: None,
};

static COLUMN: Object = Object::new(
    "A column of an export, and the one of the table that it goes into.",
    &[
        Field::required("sourceName", Shape::Text, "The column of the export."),
        Field::required("targetName", Shape::Text, "The column of the table."),
    ],
);

const STORED: &[&str] = &["connectionName", "isConnectionDeleted", "bucketName"];
const CONNECTION: Field = Field::required("connectionId", Shape::Id, "The connection.");
const OVERWRITE: Field = Field::optional(
    "overwrite",
    Shape::Flag,
    "Whether what is there is overwritten.",
);

/// The tables of sources and targets: one for each type that an end can have.
macro_rules! ends {
    ($($name:ident = $word:literal, $doc:literal, [$($field:expr),*];)*) => {$(
        static $name: Object = Object::new(
            $doc,
            &[
                Field::required("type", Shape::Word(&[$word]), "What stands at this end."),
                $($field),*
            ],
        )
        .read_only(STORED);
    )*};
}

const FILE: Field = Field::required("file", Shape::Text, "The path of the file.");
const FOLDER: Field = Field::required("file", Shape::Text, "The path of the folder.");
const TABLE: Field = Field::required("table", Shape::Text, "The table.");
const EXPORT: Field = Field::required("actionId", Shape::NumericId, "The export (116…).");
// No vendor's sample has it, the community's specification does, and the service takes it.
const EXPORTED: Field = Field::optional(
    "fileId",
    Shape::NumericId,
    "The file that the export writes: the export's own id.",
);
const IMPORT: Field = Field::required("actionId", Shape::NumericId, "The import (112…).");
const IMPORTED: Field = Field::required(
    "fileId",
    Shape::NumericId,
    "The file that the import reads (113…).",
);

ends! {
    S3_SOURCE = "AmazonS3", "A file in a bucket.", [CONNECTION, FILE];
    BLOB_SOURCE = "AzureBlob", "A file in a container.", [CONNECTION, FILE];
    QUERY_SOURCE = "GoogleBigQuery", "A table.", [CONNECTION, TABLE];
    MODEL_SOURCE = "Anaplan", "An export of the model.", [EXPORT, EXPORTED];
    S3_TARGET = "AmazonS3", "A folder in a bucket.", [CONNECTION, FOLDER, OVERWRITE];
    BLOB_TARGET = "AzureBlob", "A folder in a container.", [CONNECTION, FOLDER, OVERWRITE];
    QUERY_TARGET = "GoogleBigQuery", "A table.", [CONNECTION, TABLE, OVERWRITE];
    MODEL_TARGET = "Anaplan", "An import of the model.", [IMPORT, IMPORTED];
}

/// The source or the target of such a job. It may have the fields of either.
static SWAPPED_END: Object = Object::new(
    "An end of a job.",
    &[
        Field::required("type", Shape::Text, ""),
        Field::optional("connectionId", Shape::Id, ""),
        Field::optional("file", Shape::Text, ""),
        Field::optional("table", Shape::Text, ""),
        Field::optional("actionId", Shape::NumericId, ""),
        Field::optional("fileId", Shape::NumericId, ""),
        OVERWRITE,
    ],
)
.read_only(STORED);

static SOURCE: Union = Union {
    tag: Some(("type", true)),
    variants: &[
        ("AmazonS3", &S3_SOURCE),
        ("AzureBlob", &BLOB_SOURCE),
        ("GoogleBigQuery", &QUERY_SOURCE),
        ("Anaplan", &MODEL_SOURCE),
    ],
    guess: |_| None,
    fallback: None,
};

static TARGET: Union = Union {
    tag: Some(("type", true)),
    variants: &[
        ("AmazonS3", &S3_TARGET),
        ("AzureBlob", &BLOB_TARGET),
        ("GoogleBigQuery", &QUERY_TARGET),
        ("Anaplan", &MODEL_TARGET),
    ],
    guess: |_| None,
    fallback: None,
};

inputs! {
    IntegrationInput => Shape::Object(&INTEGRATION), read as SingleIntegration;
    IntegrationProcessInput => Shape::Object(&PROCESS);
    IntegrationJobInput => Shape::Union(&JOB);
}

/// The type of a job, and those of its source and of its target.
fn job_ends(job: &Map<String, Value>) -> Option<(&'static str, (&'static str, &'static str))> {
    let given = job.get("type")?.as_str()?;
    let job_type = JOB_TYPES.iter().find(|job_type| **job_type == given)?;
    Some((job_type, job_type.split_once("To")?))
}

/// The type of the first end in a list of them.
fn end_type<'a>(job: &'a Map<String, Value>, ends: &str) -> Option<&'a str> {
    job.get(ends)?.as_array()?.first()?.get("type")?.as_str()
}

fn job_type_fits_ends(job: &Map<String, Value>, walk: &mut Walk) {
    let Some((job_type, (from, to))) = job_ends(job) else {
        return;
    };
    for (ends, expected) in [("sources", from), ("targets", to)] {
        let Some(found) = end_type(job, ends) else {
            continue;
        };
        if found != expected {
            let message = format!("expected `{expected}` as in `{job_type}`, found `{found}`");
            walk.problem(&format!("{ends}[0].type"), ProblemKind::Conflict, message);
        }
    }
    mapping(job, job_type, walk);
    let field = |ends: &str, name: &str| job.get(ends)?.get(0)?.get(name)?.as_str();
    if from == "Anaplan" {
        unusual_id(
            walk,
            "sources[0].actionId",
            field("sources", "actionId"),
            "116",
        );
    } else {
        unusual_id(
            walk,
            "targets[0].actionId",
            field("targets", "actionId"),
            "112",
        );
        unusual_id(walk, "targets[0].fileId", field("targets", "fileId"), "113");
    }
}

fn mapping(job: &Map<String, Value>, job_type: &str, walk: &mut Walk) {
    let to_table = job_type == "AnaplanToGoogleBigQuery";
    match job.get("mapping").and_then(Value::as_array) {
        None if to_table && !job.contains_key("mapping") => {
            let message = format!("field required for `{job_type}`");
            walk.problem("mapping", ProblemKind::MissingField, message);
        }
        Some(_) if !to_table => {
            let message = format!("only `AnaplanToGoogleBigQuery` has a mapping, not `{job_type}`");
            walk.problem("mapping", ProblemKind::Conflict, message);
        }
        columns => {
            let mut seen = HashSet::new();
            for (i, column) in columns.into_iter().flatten().enumerate() {
                let target = column.get("targetName").and_then(Value::as_str);
                if target.is_some_and(|target| !seen.insert(target)) {
                    let path = format!("mapping[{i}].targetName");
                    walk.warning(&path, WarningKind::Repeated, "this column is filled twice");
                }
            }
        }
    }
}

fn process_id(integration: &Map<String, Value>, walk: &mut Walk) {
    let process = integration.get("processId").and_then(Value::as_str);
    unusual_id(walk, "processId", process, "118");
}

/// Warns of an id whose first three digits are those of another kind of object. The ids of a model's
/// objects have twelve digits, of which the first three say the kind.
fn unusual_id(walk: &mut Walk, path: &str, id: Option<&str>, expected: &str) {
    let Some(id) = id else { return };
    let is_usual = id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit());
    if is_usual && id.starts_with(expected) {
        return;
    }
    let noun = |prefix: &str| match prefix {
        "112" => Some("an import"),
        "113" => Some("a file"),
        "116" => Some("an export"),
        "117" => Some("an action"),
        "118" => Some("a process"),
        _ => None,
    };
    let wanted = noun(expected).unwrap_or_default();
    let message = match id.get(..3).and_then(noun).filter(|_| is_usual) {
        Some(found) => format!("looks like {found}, expected {wanted} ({expected}…)"),
        None => format!("does not look like {wanted} ({expected}…, twelve digits)"),
    };
    walk.warning(path, WarningKind::UnusualId, message);
}
