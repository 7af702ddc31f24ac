//! Flows, as they are created and changed.

use bon::Builder;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ExceptionStrategy, ExceptionType, Flow, FlowStep};
use crate::models::constant::{Version, constant};
use crate::models::ids::IntegrationId;
use crate::validation::{ValidationError, from_read};

constant!(IntegrationFlow = "IntegrationFlow");
constant!(IntegrationStep = "Integration");

/// A flow: two to a hundred integrations that run one after another.
///
/// ```
/// use anaplan_sdk::models::flows::{FlowInput, FlowStepInput};
///
/// let (first, second) = ("840ccd8a279a454d99577d9538f24f09", "c0fa795faac047468a59c8dbe3752d75");
/// let flow = FlowInput::builder()
///     .name("My Flow")
///     .steps([
///         FlowStepInput::builder().referrer(first).build(),
///         FlowStepInput::builder().referrer(second).depends_on([first]).build(),
///     ])
///     .build();
/// assert_eq!(flow, FlowInput::sequence("My Flow", [first, second]));
/// # assert_eq!(flow.validate()?, []);
/// # Ok::<(), anaplan_sdk::validation::ValidationError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct FlowInput {
    /// Its name, unique in the tenant.
    pub name: String,
    #[builder(skip)]
    #[serde(default)]
    version: Version,
    #[builder(skip)]
    #[serde(default, rename = "type")]
    flow_type: IntegrationFlow,
    /// Its steps, in their order.
    #[builder(with = |steps: impl IntoIterator<Item = FlowStepInput>| steps.into_iter().collect())]
    pub steps: Vec<FlowStepInput>,
}

impl FlowInput {
    /// A flow of these integrations, each after the one before.
    pub fn sequence<I>(name: impl Into<String>, integrations: I) -> Self
    where
        I: IntoIterator<Item: Into<IntegrationId>>,
    {
        let mut steps: Vec<FlowStepInput> = Vec::new();
        for integration in integrations {
            let before = steps.last().map(|step| step.referrer.clone());
            steps.push(
                FlowStepInput::builder()
                    .referrer(integration)
                    .depends_on(before)
                    .build(),
            );
        }
        Self::builder().name(name).steps(steps).build()
    }
}

/// A step of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(_, into))]
#[non_exhaustive]
pub struct FlowStepInput {
    #[builder(skip)]
    #[serde(default, rename = "type")]
    step_type: IntegrationStep,
    /// The integration to run.
    pub referrer: IntegrationId,
    /// The integrations of the steps that come before this one. Every step but the first has at
    /// least one.
    #[builder(default, with = |steps: impl IntoIterator<Item = impl Into<IntegrationId>>| {
        steps.into_iter().map(Into::into).collect()
    })]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<IntegrationId>,
    /// Whether the flow skips it. Defaults to `false`.
    #[builder(default)]
    #[serde(default)]
    pub is_skipped: bool,
    /// What the flow does when it goes wrong. Defaults to: stop after a failure, continue after
    /// a success in part.
    #[builder(default = ExceptionBehavior::defaults(), with = |
        behavior: impl IntoIterator<Item = ExceptionBehavior>
    | behavior.into_iter().collect())]
    #[serde(default = "ExceptionBehavior::defaults")]
    pub exception_behavior: Vec<ExceptionBehavior>,
}

/// The input that writes back what was read: change a field, and send it. What only a reply has is
/// left out, and what the service left out has its default.
impl TryFrom<&Flow> for FlowInput {
    type Error = ValidationError;

    fn try_from(reply: &Flow) -> Result<Self, Self::Error> {
        let mut json = serde_json::to_value(reply).unwrap_or_default();
        let steps = json["steps"].as_array_mut();
        steps.into_iter().flatten().for_each(forget_read_type);
        from_read(json)
    }
}

/// The input that writes back what was read.
impl TryFrom<&FlowStep> for FlowStepInput {
    type Error = ValidationError;

    fn try_from(reply: &FlowStep) -> Result<Self, Self::Error> {
        let mut json = serde_json::to_value(reply).unwrap_or_default();
        forget_read_type(&mut json);
        from_read(json)
    }
}

/// The `type` of a step that is read is that of its integration; that of one that is written is
/// always `Integration`.
fn forget_read_type(step: &mut Value) {
    step["type"].take();
}

/// What a flow does when a step goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExceptionBehavior {
    /// What went wrong.
    #[serde(rename = "type")]
    pub exception_type: ExceptionType,
    /// What the flow does then.
    pub strategy: ExceptionStrategy,
}

impl ExceptionBehavior {
    /// What to do after a failure.
    pub fn on_failure(strategy: ExceptionStrategy) -> Self {
        Self {
            exception_type: ExceptionType::Failure,
            strategy,
        }
    }

    /// What to do after a success in part.
    pub fn on_partial_success(strategy: ExceptionStrategy) -> Self {
        Self {
            exception_type: ExceptionType::PartialSuccess,
            strategy,
        }
    }

    fn defaults() -> Vec<Self> {
        vec![
            Self::on_failure(ExceptionStrategy::Stop),
            Self::on_partial_success(ExceptionStrategy::Continue),
        ]
    }
}
