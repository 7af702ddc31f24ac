//! The jobs of an integration: what goes from where to where.

use serde_json::{Value, json};

use crate::state::check::{self, Object};
use crate::state::connection::Connection;
use crate::state::holdings::Model;
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
            let mut known = json!({
                "connectionName": connection.map(|each| each.name().to_owned()),
                "isConnectionDeleted": connection.is_none(),
            });
            // A warehouse has none.
            if let Some(bucket) = connection.and_then(Connection::bucket) {
                known["bucketName"] = json!(bucket);
            }
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

/// What the jobs of an integration are held against.
pub(crate) struct Place<'a> {
    pub(crate) workspace: &'a str,
    pub(crate) connections: &'a [Connection],
    /// `None` where any model will do.
    pub(crate) model: Option<&'a Model>,
    /// Whether what is surely wrong is refused, though no source tells of it.
    pub(crate) strict: bool,
}

/// Checks the jobs of an integration, of one that runs this process.
pub(crate) fn check(
    jobs: &[Value],
    place: &Place<'_>,
    process: Option<&str>,
) -> Result<(), Refusal> {
    jobs.iter().try_for_each(|job| {
        one(check::object(job)?, place)?;
        place.strictly(job, process)
    })
}

fn one(job: &Object, place: &Place<'_>) -> Result<(), Refusal> {
    let (from, to) = check::text_in(job, "type")?
        .split_once("To")
        .ok_or_else(Refusal::invalid)?;
    let needs_mapping = (from, to) == ("Anaplan", "GoogleBigQuery");
    if needs_mapping {
        check::fields(
            job,
            &["type", "sources", "targets", "mapping"],
            &[],
            place.strict,
        )?;
        mapping(check::list_in(job, "mapping")?, place.strict)?;
    } else {
        check::fields(job, &["type", "sources", "targets"], &[], place.strict)?;
    }
    let source = single(job, "sources", from)?;
    let target = single(job, "targets", to)?;
    if from == "Anaplan" && STORES.contains(&to) {
        check::fields(source, &["type", "actionId"], &["fileId"], place.strict)?;
        place.known_action(check::digits_in(source, "actionId")?, "exports", &["116"])?;
        store(target, to, &["overwrite"], place)?;
        check::flag_or_none(target, "overwrite").map(drop)
    } else if to == "Anaplan" && STORES.contains(&from) {
        store(source, from, &[], place)?;
        check::fields(target, &["type", "actionId", "fileId"], &[], place.strict)?;
        place.known_action(check::digits_in(target, "actionId")?, "imports", &["112"])?;
        let file = check::digits_in(target, "fileId")?;
        // No source tells that the service looks whether this is the import's file.
        match place.model {
            Some(_) => Ok(()),
            None => place.known_action(file, "files", &["112", "113", "116"]),
        }
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
    place_of_job: &Place<'_>,
) -> Result<(), Refusal> {
    let place = if kind == "GoogleBigQuery" {
        "table"
    } else {
        "file"
    };
    check::fields(
        end,
        &["type", "connectionId", place],
        optional,
        place_of_job.strict,
    )?;
    check::text_in(end, place)?;
    let id = check::text_in(end, "connectionId")?;
    let connection = by_id(place_of_job.connections, id)
        .filter(|each| each.kind == kind)
        .ok_or_else(|| {
            Refusal::new(
                400,
                format!("Connection(s) you included, {id} are not defined"),
            )
        })?;
    let bound = connection.workspace();
    if bound.is_some_and(|own| own != place_of_job.workspace) {
        return Err(Refusal::new(
            400,
            "The connection's workspace is not the integration's workspace",
        ));
    }
    Ok(())
}

fn mapping(pairs: &[Value], strict: bool) -> Result<(), Refusal> {
    if pairs.is_empty() {
        return Err(Refusal::invalid());
    }
    pairs.iter().try_for_each(|pair| {
        let pair = check::object(pair)?;
        check::fields(pair, &["sourceName", "targetName"], &[], strict)?;
        check::text_in(pair, "sourceName")?;
        check::text_in(pair, "targetName").map(drop)
    })
}

fn not_defined(id: &str) -> Refusal {
    Refusal::new(
        400,
        format!("Action(s) you included, {id} are not defined in your Anaplan model"),
    )
}

impl Place<'_> {
    /// Whether the model has it in this list. An action in a place where it does not belong is "not
    /// defined" as well. Where any model will do, any id of the right family is taken for one of
    /// the model's, but for those that end in 404.
    pub(crate) fn known_action(
        &self,
        id: &str,
        list: &str,
        families: &[&str],
    ) -> Result<(), Refusal> {
        let is_known = match self.model {
            Some(model) => model.item(list, id).is_some(),
            None => families.iter().any(|family| id.starts_with(family)) && !id.ends_with("404"),
        };
        is_known.then_some(()).ok_or_else(|| not_defined(id))
    }

    /// What is surely wrong, though no source tells that the service refuses it: an action that is
    /// no step of the process, an import that reads no file, a file that it does not read.
    fn strictly(&self, job: &Value, process: Option<&str>) -> Result<(), Refusal> {
        let (Some(model), Some(action)) = (self.model.filter(|_| self.strict), action(job)) else {
            return Ok(());
        };
        let mut steps = process.map(|process| model.steps_of(process)).into_iter();
        if steps.any(|steps| !steps.iter().any(|step| step == action)) {
            return Err(not_defined(action));
        }
        if is_import(job) {
            let file = ends(job)
                .into_iter()
                .find_map(|end| end.get("fileId")?.as_str());
            if file.is_none() || model.file_of(action) != file {
                return Err(not_defined(file.unwrap_or(action)));
            }
        }
        Ok(())
    }
}
