//! The fields and the rules of flows.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{ExceptionStrategy, ExceptionType, FlowInput, FlowStepInput};
use crate::models::constant::VERSION;
use crate::validation::{Field, Object, ProblemKind, Shape, Walk, WarningKind, inputs};

static FLOW: Object = Object::new(
    "A flow: integrations that run one after another.",
    &[
        Field::required(
            "name",
            Shape::Text,
            "The flow's name, unique in the tenant.",
        ),
        VERSION,
        Field::optional("type", Shape::Word(&["IntegrationFlow"]), "What this is."),
        Field::required(
            "steps",
            Shape::List(&Shape::Object(&STEP), (2, 100), "step"),
            "The steps, in their order.",
        ),
    ],
)
.read_only(&[
    "id",
    "createdBy",
    "creationDate",
    "modifiedBy",
    "modificationDate",
    "nuxVisible",
    "stepsCount",
    "notificationId",
    "latestRun",
    "schedule",
])
.rules(flow);

static STEP: Object = Object::new(
    "A step of a flow.",
    &[
        Field::optional("type", Shape::Word(&["Integration"]), "What the step runs."),
        Field::required("referrer", Shape::Id, "The integration to run."),
        Field::optional(
            "dependsOn",
            Shape::List(&Shape::Id, (0, usize::MAX), "step"),
            "The integrations of the steps that come before this one.",
        ),
        Field::optional(
            "isSkipped",
            Shape::Flag,
            "Whether the flow passes over the step.",
        ),
        Field::optional(
            "exceptionBehavior",
            Shape::List(&Shape::Object(&EXCEPTION), (0, usize::MAX), "behavior"),
            "What the flow does when the step goes wrong.",
        ),
    ],
)
.read_only(&[
    "name",
    "createdBy",
    "createdDate",
    "modifiedBy",
    "modifiedDate",
    "modelId",
    "workspaceId",
    "accessible",
    "latestRun",
])
.rules(|step, walk| {
    let behaviors = step.get("exceptionBehavior").and_then(Value::as_array);
    let types: Vec<Value> = behaviors
        .into_iter()
        .flatten()
        .map(|behavior| behavior["type"].clone())
        .collect();
    walk.warn_of_repeated(
        "exceptionBehavior",
        &types,
        "what to do in this case is here twice",
    );
    if let Some(before) = step.get("dependsOn").and_then(Value::as_array) {
        walk.warn_of_repeated("dependsOn", before, "this step is here twice");
    }
});

static EXCEPTION: Object = Object::new(
    "What the flow does when the step goes wrong.",
    &[
        Field::required(
            "type",
            Shape::Word(ExceptionType::WORDS),
            "What went wrong.",
        ),
        Field::required(
            "strategy",
            Shape::Word(ExceptionStrategy::WORDS),
            "What the flow does.",
        ),
    ],
);

inputs! {
    FlowInput => Shape::Object(&FLOW);
    FlowStepInput => Shape::Object(&STEP);
}

fn flow(flow: &Map<String, Value>, walk: &mut Walk) {
    let Some(steps) = flow.get("steps").and_then(Value::as_array) else {
        return;
    };
    enabled_steps(steps, walk);

    // Where each integration first stands.
    let mut places = HashMap::new();
    for (i, step) in steps.iter().enumerate() {
        let Some(referrer) = step.get("referrer").and_then(Value::as_str) else {
            continue;
        };
        let first = *places.entry(referrer).or_insert(i);
        if first != i {
            let message = format!("the same integration as steps[{first}]");
            walk.warning(
                &format!("steps[{i}].referrer"),
                WarningKind::Repeated,
                message,
            );
        }
    }
    for (i, step) in steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.is_object())
    {
        order(i, step, &places, walk);
    }
}

fn enabled_steps(steps: &[Value], walk: &mut Walk) {
    let skipped = |step: &&Value| step.get("isSkipped") == Some(&Value::Bool(true));
    let enabled = steps.len() - steps.iter().filter(skipped).count();
    if enabled < 2 && (2..=100).contains(&steps.len()) {
        let found = if enabled == 0 { "none" } else { "one" };
        let message = format!("expected at least two steps that are not skipped, found {found}");
        walk.problem("steps", ProblemKind::Conflict, message);
    }
}

/// A step names only earlier ones, and at least one unless it is the first. So there is no cycle.
fn order(i: usize, step: &Value, places: &HashMap<&str, usize>, walk: &mut Walk) {
    let before = step.get("dependsOn").and_then(Value::as_array);
    let given = step
        .get("dependsOn")
        .is_some_and(|before| before != &Value::Array(Vec::new()));
    if !given && i > 0 {
        let message = "field required after the first step: without it, the flow is corrupted";
        walk.problem(
            &format!("steps[{i}].dependsOn"),
            ProblemKind::MissingField,
            message,
        );
    }
    for (j, named) in before.into_iter().flatten().enumerate() {
        let Some(named) = named.as_str() else {
            continue;
        };
        let message = match places.get(named) {
            Some(&place) if place < i => continue,
            Some(&place) if place == i => {
                "expected an earlier step, found the step itself".to_owned()
            }
            Some(place) => format!("expected an earlier step, found a later one, steps[{place}]"),
            None => "expected an earlier step, found an integration that is no step".to_owned(),
        };
        let path = format!("steps[{i}].dependsOn[{j}]");
        walk.problem(&path, ProblemKind::Conflict, message);
    }
}
