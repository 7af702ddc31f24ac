//! The models as serde's derive alone would have them: of the same fields and types, and strict.
//! A reply that leaves out what is not an `Option` here, or writes it in another way, fails.

#![allow(dead_code, reason = "what is read here is not looked at")]

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Integrations {
    pub(crate) integrations: Vec<Integration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Integration {
    integration_id: String,
    name: String,
    integration_type: Option<IntegrationType>,
    process_id: Option<String>,
    workspace_id: Option<String>,
    model_id: Option<String>,
    created_by: Option<String>,
    creation_date: Option<Timestamp>,
    modification_date: Option<Timestamp>,
    modified_by: Option<String>,
    latest_run: Option<LatestRun>,
    notification_id: Option<String>,
    nux_visible: bool,
    schedule: Option<Schedule>,
}

#[derive(Deserialize)]
pub(crate) enum IntegrationType {
    Import,
    Export,
    Process,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LatestRun {
    triggered_by: Option<String>,
    start_date: Option<Timestamp>,
    end_date: Option<Timestamp>,
    success: Option<bool>,
    message: Option<String>,
    execution_error_code: Option<i64>,
    trigger_source: Option<TriggerSource>,
}

#[derive(Deserialize)]
pub(crate) enum TriggerSource {
    #[serde(rename = "scheduled")]
    Scheduled,
    #[serde(rename = "manual")]
    Manual,
    #[serde(rename = "scheduled_inf")]
    ScheduledFlow,
    #[serde(rename = "manual_inf")]
    ManualFlow,
    #[serde(rename = "nux_dashboard")]
    NuxDashboard,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Schedule {
    name: Option<String>,
    r#type: Option<ScheduleType>,
    timezone: Option<String>,
    start_date: Option<Date>,
    end_date: Option<Date>,
    time: Option<Time>,
    from_time: Option<Time>,
    to_time: Option<Time>,
    days_of_week: Vec<i64>,
    day_of_month: Option<i64>,
    day_of_week: Option<i64>,
    repeat_every: Option<i64>,
    status: Option<ScheduleState>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScheduleType {
    Hourly,
    Daily,
    Weekly,
    MonthlySpecificDay,
    MonthlyRelativeWeekday,
}

#[derive(Deserialize)]
pub(crate) enum ScheduleState {
    Active,
    Inactive,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunHistory {
    integration_id: Option<String>,
    name: String,
    integration_type: Option<IntegrationType>,
    process_id: Option<String>,
    version: Option<String>,
    schedule: Option<Schedule>,
    workspace_id: Option<String>,
    model_id: Option<String>,
    creation_date: Option<Timestamp>,
    modification_date: Option<Timestamp>,
    created_by: Option<String>,
    modified_by: Option<String>,
    status: Option<i64>,
    notification_id: Option<String>,
    pub(crate) runs: Vec<RunSummary>,
    total_runs: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunSummary {
    id: String,
    triggered_by: Option<String>,
    last_run: Option<Timestamp>,
    start_date: Option<Timestamp>,
    end_date: Option<Timestamp>,
    success: Option<bool>,
    message: Option<String>,
    execution_error_code: Option<i64>,
    trace_id: Option<String>,
    trigger_source: Option<TriggerSource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Flow {
    id: String,
    name: String,
    version: Option<String>,
    created_by: Option<String>,
    creation_date: Option<Timestamp>,
    modification_date: Option<Timestamp>,
    modified_by: Option<String>,
    nux_visible: Option<bool>,
    steps_count: Option<i64>,
    notification_id: Option<String>,
    latest_run: Option<LatestRun>,
    schedule: Option<Schedule>,
    pub(crate) steps: Vec<FlowStep>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FlowStep {
    referrer: String,
    name: String,
    r#type: Option<IntegrationType>,
    created_by: Option<String>,
    created_date: Option<Timestamp>,
    modified_date: Option<Timestamp>,
    modified_by: Option<String>,
    model_id: Option<String>,
    workspace_id: Option<String>,
    depends_on: Vec<String>,
    is_skipped: Option<bool>,
    exception_behavior: Vec<FlowStepException>,
    accessible: Option<bool>,
    latest_run: Option<LatestRun>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FlowStepException {
    r#type: Option<ExceptionType>,
    strategy: Option<ExceptionStrategy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExceptionType {
    Failure,
    PartialSuccess,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ExceptionStrategy {
    Stop,
    Continue,
}
