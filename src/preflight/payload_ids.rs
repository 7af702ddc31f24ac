//! The ids of a payload, with their places in it.

use serde::Serialize;
use serde_json::Value;

use super::finding::Finding;
use super::rule::Rule;
use crate::models::cloud_works::{IntegrationInput, IntegrationProcessInput, SingleIntegration};
use crate::models::flows::FlowInput;
use crate::validation::{Input, ValidationError};

/// What can be held against a directory: an integration or a flow, typed or as JSON.
///
/// None can be added from outside.
pub trait Checkable: sealed::Sealed {
    #[doc(hidden)]
    fn payload(&self) -> Value;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! checkable {
    ($($input:ty),*) => {$(
        impl sealed::Sealed for $input {}

        impl Checkable for $input {
            fn payload(&self) -> Value {
                as_json(self)
            }
        }
    )*};
}

checkable!(
    IntegrationInput,
    IntegrationProcessInput,
    FlowInput,
    SingleIntegration,
    Value
);

fn as_json(input: &impl Serialize) -> Value {
    serde_json::to_value(input).unwrap_or_default()
}

/// A payload taken apart.
pub(crate) enum View {
    Integration(IntegrationView),
    Flow(Vec<StepView>),
}

/// A value of a payload and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct At {
    pub(crate) path: String,
    pub(crate) value: String,
}

#[derive(Clone, Default)]
pub(crate) struct IntegrationView {
    pub(crate) workspace: Option<At>,
    pub(crate) model: Option<At>,
    pub(crate) process: Option<At>,
    pub(crate) jobs: Vec<JobView>,
}

#[derive(Clone)]
pub(crate) struct JobView {
    pub(crate) is_import: bool,
    /// `AmazonS3`, `AzureBlob` or `GoogleBigQuery`.
    pub(crate) storage: String,
    pub(crate) connection: Option<At>,
    pub(crate) action: Option<At>,
    pub(crate) file: Option<At>,
    /// The columns of the export that the mapping names.
    pub(crate) columns: Vec<At>,
}

impl IntegrationView {
    /// One that the service holds.
    #[cfg(feature = "_client")]
    pub(crate) fn of(stored: &SingleIntegration) -> Self {
        integration(&as_json(stored))
    }
}

pub(crate) struct StepView {
    pub(crate) referrer: At,
    pub(crate) is_skipped: bool,
}

/// Takes a payload apart. What is wrong with it, whatever the ids are, becomes findings.
pub(crate) fn view(payload: &Value, findings: &mut Vec<Finding>) -> View {
    let is_stored = payload.get("integrationId").is_some();
    if payload.get("steps").is_some() {
        let normal = normal::<FlowInput>(payload, findings);
        let steps = normal.get("steps").and_then(Value::as_array);
        let steps = steps.into_iter().flatten().enumerate();
        return View::Flow(
            steps
                .filter_map(|(i, step)| {
                    Some(StepView {
                        referrer: at(step, "referrer", &format!("steps[{i}]."))?,
                        is_skipped: step.get("isSkipped") == Some(&Value::Bool(true)),
                    })
                })
                .collect(),
        );
    }
    // What the service has stored it has accepted.
    let normal = match is_stored {
        true => payload.clone(),
        false => normal::<IntegrationInput>(payload, findings),
    };
    View::Integration(integration(&normal))
}

/// The payload in its normal form; as it is, where it cannot be right.
fn normal<I: Input>(payload: &Value, findings: &mut Vec<Finding>) -> Value {
    match I::from_json(payload) {
        Ok((input, _)) => as_json(&input),
        Err(ValidationError { problems, .. }) => {
            let problems = problems
                .into_iter()
                .filter(|problem| !is_said_otherwise(&problem.path));
            findings.extend(
                problems.map(|one| Finding::new(Rule::InvalidPayload, one.path, one.message)),
            );
            payload.clone()
        }
    }
}

/// The file of an export and the number of jobs have rules of their own.
fn is_said_otherwise(path: &str) -> bool {
    path == "jobs" || path.ends_with(".sources[0].fileId")
}

fn integration(payload: &Value) -> IntegrationView {
    let jobs = payload.get("jobs").and_then(Value::as_array);
    let jobs = jobs.into_iter().flatten().enumerate();
    IntegrationView {
        workspace: at(payload, "workspaceId", ""),
        model: at(payload, "modelId", ""),
        process: at(payload, "processId", ""),
        jobs: jobs.filter_map(|(i, one)| job(one, i)).collect(),
    }
}

fn job(job: &Value, i: usize) -> Option<JobView> {
    let (from, to) = job.get("type")?.as_str()?.split_once("To")?;
    let is_import = to == "Anaplan";
    let (storage, store, model) = match is_import {
        true => (from, "sources", "targets"),
        false => (to, "targets", "sources"),
    };
    let end = |side: &str, name: &str| {
        at(
            job.get(side)?.get(0)?,
            name,
            &format!("jobs[{i}].{side}[0]."),
        )
    };
    let mapping = job.get("mapping").and_then(Value::as_array);
    let mapping = mapping.into_iter().flatten().enumerate();
    Some(JobView {
        is_import,
        storage: storage.to_owned(),
        connection: end(store, "connectionId"),
        action: end(model, "actionId"),
        file: end(model, "fileId"),
        columns: mapping
            .filter_map(|(n, column)| at(column, "sourceName", &format!("jobs[{i}].mapping[{n}].")))
            .collect(),
    })
}

fn at(object: &Value, name: &str, before: &str) -> Option<At> {
    let value = match object.get(name)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(At {
        path: format!("{before}{name}"),
        value,
    })
}
