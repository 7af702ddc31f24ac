//! The jobs of an integration: what goes from where to where.

use serde_json::{Value, json};

use crate::state::check::{self, Object};
use crate::state::connection::Connection;
use crate::state::refusal::Refusal;

const STORES: [&str; 3] = ["AmazonS3", "AzureBlob", "GoogleBigQuery"];

pub(crate) fn is_import(job: &Value) -> bool {
    job.get("type")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind.ends_with("ToAnaplan"))
}

/// All sources and targets.
pub(crate) fn ends(job: &Value) -> Vec<&Value> {
    ["sources", "targets"]
        .iter()
        .filter_map(|side| job.get(side)?.as_array())
        .flatten()
        .collect()
}

/// The actions in the model that the job needs.
pub(crate) fn action(job: &Value) -> Option<&str> {
    ends(job)
        .into_iter()
        .find_map(|end| end.get("actionId")?.as_str())
}

/// The job as it is read back: the ends of the store know their connection.
pub(crate) fn with_names(job: &Value, connections: &[Connection]) -> Value {
    let mut job = job.clone();
    for side in ["sources", "targets"] {
        let ends = job
            .get_mut(side)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten();
        for end in ends {
            let Some(id) = end.get("connectionId").and_then(Value::as_str) else {
                continue;
            };
            let connection = by_id(connections, id);
            let known = json!({
                "connectionName": connection.map(|each| each.name().to_owned()),
                "isConnectionDeleted": connection.is_none(),
                "bucketName": connection.and_then(|each| each.bucket().map(str::to_owned)),
            });
            if let (Some(end), Value::Object(known)) = (end.as_object_mut(), known) {
                end.extend(known);
            }
        }
    }
    job
}

fn by_id<'a>(connections: &'a [Connection], id: &str) -> Option<&'a Connection> {
    connections.iter().find(|each| each.id == id)
}

pub(crate) fn check(
    jobs: &[Value],
    workspace: &str,
    connections: &[Connection],
) -> Result<(), Refusal> {
    jobs.iter()
        .try_for_each(|job| one(check::object(job)?, workspace, connections))
}

fn one(job: &Object, workspace: &str, connections: &[Connection]) -> Result<(), Refusal> {
    let (from, to) = check::text_in(job, "type")?
        .split_once("To")
        .ok_or_else(Refusal::invalid)?;
    let needs_mapping = (from, to) == ("Anaplan", "GoogleBigQuery");
    if needs_mapping {
        check::fields(job, &["type", "sources", "targets", "mapping"], &[])?;
        mapping(check::list_in(job, "mapping")?)?;
    } else {
        check::fields(job, &["type", "sources", "targets"], &[])?;
    }
    let source = single(job, "sources", from)?;
    let target = single(job, "targets", to)?;
    if from == "Anaplan" && STORES.contains(&to) {
        check::fields(source, &["type", "actionId"], &[])?;
        known_action(check::digits_in(source, "actionId")?, &["116"])?;
        store(target, to, &["overwrite"], workspace, connections)?;
        check::flag_or_none(target, "overwrite").map(drop)
    } else if to == "Anaplan" && STORES.contains(&from) {
        store(source, from, &[], workspace, connections)?;
        check::fields(target, &["type", "actionId", "fileId"], &[])?;
        known_action(check::digits_in(target, "actionId")?, &["112"])?;
        known_action(check::digits_in(target, "fileId")?, &["112", "113", "116"])
    } else {
        Err(Refusal::invalid())
    }
}

/// The one end on this side, which has to be of the kind that the job's type says.
fn single<'a>(job: &'a Object, side: &str, kind: &str) -> Result<&'a Object, Refusal> {
    match check::list_in(job, side)? {
        [end] => {
            let end = check::object(end)?;
            check::one_of(end, "type", &[kind])?;
            Ok(end)
        }
        _ => Err(Refusal::invalid()),
    }
}

fn store(
    end: &Object,
    kind: &str,
    optional: &[&str],
    workspace: &str,
    connections: &[Connection],
) -> Result<(), Refusal> {
    let place = if kind == "GoogleBigQuery" {
        "table"
    } else {
        "file"
    };
    check::fields(end, &["type", "connectionId", place], optional)?;
    check::text_in(end, place)?;
    let id = check::text_in(end, "connectionId")?;
    let connection = by_id(connections, id)
        .filter(|each| each.kind == kind)
        .ok_or_else(|| {
            Refusal::new(
                400,
                format!("Connection(s) you included, {id} are not defined"),
            )
        })?;
    if connection.workspace().is_some_and(|own| own != workspace) {
        return Err(Refusal::new(
            400,
            "The connection's workspace is not the integration's workspace",
        ));
    }
    Ok(())
}

fn mapping(pairs: &[Value]) -> Result<(), Refusal> {
    if pairs.is_empty() {
        return Err(Refusal::invalid());
    }
    pairs.iter().try_for_each(|pair| {
        let pair = check::object(pair)?;
        check::fields(pair, &["sourceName", "targetName"], &[])?;
        check::text_in(pair, "sourceName")?;
        check::text_in(pair, "targetName").map(drop)
    })
}

/// Any id of the right family is taken for one of the model's, but for those that end in 404.
/// An action in a place where it does not belong is "not defined" as well.
pub(crate) fn known_action(id: &str, families: &[&str]) -> Result<(), Refusal> {
    if families.iter().any(|family| id.starts_with(family)) && !id.ends_with("404") {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        format!("Action(s) you included, {id} are not defined in your Anaplan model"),
    ))
}
