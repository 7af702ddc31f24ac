//! Flows: what is sent, what comes back, what is refused.

use std::time::Duration;

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::*;
use cloudworks_sim::{Outcome, Simulator, estate};
use serde_json::{Value, json};

use super::{
    NOBODY, assert_invalid, assert_refused, assert_sent, client_of, maybe_async, only_request, test,
};

const HOUR: Duration = Duration::from_secs(3600);

/// A step as it travels.
fn step(referrer: &str, depends_on: Option<&[&str]>) -> Value {
    let mut step = json!({
        "type": "Integration", "referrer": referrer, "isSkipped": false,
        "exceptionBehavior": [
            {"type": "failure", "strategy": "stop"},
            {"type": "partial_success", "strategy": "continue"},
        ],
    });
    if let Some(before) = depends_on {
        step["dependsOn"] = json!(before);
    }
    step
}

fn on_the_wire(name: &str, steps: &Value) -> Value {
    json!({"name": name, "version": "2.0", "type": "IntegrationFlow", "steps": steps})
}

/// A run that is over at once.
fn at_once(outcome: Outcome) -> Outcome {
    outcome.lasting(Duration::ZERO)
}

#[maybe_async]
#[test]
async fn lists_them() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let all = client.cw().flows().list_flows().await.unwrap();
    assert_sent(
        &only_request(&sim),
        "GET /2/0/integrationflows?offset=0&limit=250",
        None,
    );
    let told: Vec<_> = all
        .iter()
        .map(|flow| (flow.id.as_str(), flow.name.as_str(), flow.steps_count))
        .collect();
    let expected = [
        (estate::FLOW, "Refresh and publish", Some(2)),
        (estate::NIGHTLY_FLOW, "Nightly", Some(3)),
    ];
    assert_eq!(told, expected);
    assert_eq!(all[0].created_by.as_deref(), Some("Ada Planner"));
    let created = "2026-05-04T08:15:00Z".parse().unwrap();
    assert_eq!(all[0].creation_date, Some(created));
    assert_eq!(all[0].modified_by, None);
    let latest = all[0].latest_run.as_ref().unwrap();
    assert_eq!(latest.trigger_source, Some(TriggerSource::Scheduled));
    assert_eq!(latest.start_date, "2026-06-10T04:30:05Z".parse().ok());
    assert_eq!(latest.end_date, "2026-06-10T04:31:35Z".parse().ok());
    assert_eq!(all[1].latest_run, None);
    assert_eq!(all[0].nux_visible, Some(false));
    assert!(all.iter().all(|flow| flow.other_fields.is_empty()));
}

#[maybe_async]
#[test]
async fn lists_only_ones_own() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let own = FlowInput::sequence("Mine", [estate::IMPORT, estate::EXPORT]);
    let id = client.cw().flows().create_flow(own).await.unwrap();
    sim.clear_requests();
    let query = FlowQuery::builder().my_integrations(true).build();
    let mine = client.cw().flows().list_flows_with(&query).await.unwrap();
    assert_sent(
        &only_request(&sim),
        "GET /2/0/integrationflows?myIntegrations=1&offset=0&limit=250",
        None,
    );
    let ids: Vec<_> = mine.into_iter().map(|flow| flow.id).collect();
    assert_eq!(ids, [id]);
}

#[maybe_async]
#[test]
async fn reads_one_with_its_steps() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let flow = client
        .cw()
        .flows()
        .get_flow(estate::NIGHTLY_FLOW)
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("GET /2/0/integrationflows/{}", estate::NIGHTLY_FLOW),
        None,
    );
    assert_eq!(flow.id, estate::NIGHTLY_FLOW);
    assert_eq!(flow.name, "Nightly");
    assert_eq!(flow.version.as_deref(), Some("2.0"));
    assert_eq!(flow.latest_run, None);
    let [first, skipped, last] = &flow.steps[..] else {
        panic!("{flow:?}")
    };
    assert_eq!(first.referrer, estate::PROCESS_ONLY);
    assert_eq!(first.name, "Nightly clean-up");
    assert_eq!(first.integration_type, Some(IntegrationType::Process));
    assert_eq!(first.depends_on, [""; 0]);
    assert_eq!(first.is_skipped, Some(false));
    assert_eq!(first.model_id, Some(estate::MODEL.into()));
    assert_eq!(first.workspace_id, Some(estate::WORKSPACE.into()));
    assert_eq!(first.accessible, Some(true));
    let created = "2026-05-04T08:15:00Z".parse().unwrap();
    assert_eq!(first.created_date, Some(created));
    assert_eq!(first.modified_date, Some(created));
    assert_eq!(first.created_by.as_deref(), Some("Ada Planner"));
    assert_eq!(first.modified_by, None);
    assert_eq!(first.latest_run, None);
    assert_eq!(skipped.is_skipped, Some(true));
    assert_eq!(last.referrer, estate::PROCESS);
    assert_eq!(last.depends_on, [estate::PROCESS_ONLY]);
    let behavior: Vec<_> = last
        .exception_behavior
        .iter()
        .map(|one| (one.exception_type.clone(), one.strategy.clone()))
        .collect();
    let expected = [
        (ExceptionType::Failure, ExceptionStrategy::Stop),
        (ExceptionType::PartialSuccess, ExceptionStrategy::Continue),
    ];
    assert_eq!(
        behavior,
        expected.map(|(what, then)| (Some(what), Some(then)))
    );
    assert!(flow.other_fields.is_empty());
    assert!(flow.steps.iter().all(|step| step.other_fields.is_empty()));
}

#[maybe_async]
#[test]
async fn creates_a_sequence() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let (one, two, three) = (estate::IMPORT, estate::PROCESS, estate::EXPORT);
    let input = FlowInput::sequence("One after another", [one, two, three]);
    let id = client.cw().flows().create_flow(input).await.unwrap();
    let steps = json!([
        step(one, None),
        step(two, Some(&[one])),
        step(three, Some(&[two])),
    ]);
    assert_sent(
        &only_request(&sim),
        "POST /2/0/integrationflows",
        Some(on_the_wire("One after another", &steps)),
    );
    assert_eq!(
        sim.flow_id("One after another").as_deref(),
        Some(id.as_str())
    );
    let flow = client.cw().flows().get_flow(&id).await.unwrap();
    let chain: Vec<_> = flow
        .steps
        .iter()
        .map(|step| (step.referrer.as_str(), step.depends_on.clone()))
        .collect();
    let expected = [
        (one, vec![]),
        (two, vec![one.into()]),
        (three, vec![two.into()]),
    ];
    assert_eq!(chain, expected);
}

#[maybe_async]
#[test]
async fn creates_steps_that_differ_from_the_defaults() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let (one, two, three) = (estate::IMPORT, estate::PROCESS, estate::EXPORT);
    let input = FlowInput::builder()
        .name("Hard to stop")
        .steps([
            FlowStepInput::builder()
                .referrer(one)
                .exception_behavior([ExceptionBehavior::on_failure(ExceptionStrategy::Continue)])
                .build(),
            FlowStepInput::builder()
                .referrer(two)
                .depends_on([one])
                .is_skipped(true)
                .build(),
            FlowStepInput::builder()
                .referrer(three)
                .depends_on([one, two])
                .exception_behavior([])
                .build(),
        ])
        .build();
    client.cw().flows().create_flow(input).await.unwrap();
    let mut steps = json!([
        step(one, None),
        step(two, Some(&[one])),
        step(three, Some(&[one, two])),
    ]);
    steps[0]["exceptionBehavior"] = json!([{"type": "failure", "strategy": "continue"}]);
    steps[1]["isSkipped"] = json!(true);
    steps[2]["exceptionBehavior"] = json!([]);
    assert_sent(
        &only_request(&sim),
        "POST /2/0/integrationflows",
        Some(on_the_wire("Hard to stop", &steps)),
    );
}

#[maybe_async]
#[test]
async fn a_dictionary_is_sent_like_the_typed_payload() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let (one, two) = (estate::IMPORT, estate::EXPORT);
    let dictionary = json!({
        "name": "From a file",
        "steps": [{"referrer": one}, {"referrer": two, "dependsOn": [one]}],
    });
    let wire = on_the_wire(
        "From a file",
        &json!([step(one, None), step(two, Some(&[one]))]),
    );
    let id = client.cw().flows().create_flow(&dictionary).await.unwrap();
    assert_sent(
        &only_request(&sim),
        "POST /2/0/integrationflows",
        Some(wire.clone()),
    );
    sim.clear_requests();
    client
        .cw()
        .flows()
        .update_flow(&id, dictionary)
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("PUT /2/0/integrationflows/{id}"),
        Some(wire),
    );
}

#[maybe_async]
#[test]
async fn updates_everything_and_deletes() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let flows = client.cw().flows();
    let (one, two) = (estate::EXPORT, estate::IMPORT);
    let turned = FlowInput::sequence("The other way round", [one, two]);
    flows.update_flow(estate::FLOW, turned).await.unwrap();
    let path = format!("/2/0/integrationflows/{}", estate::FLOW);
    let steps = json!([step(one, None), step(two, Some(&[one]))]);
    assert_sent(
        &only_request(&sim),
        &format!("PUT {path}"),
        Some(on_the_wire("The other way round", &steps)),
    );
    let flow = flows.get_flow(estate::FLOW).await.unwrap();
    assert_eq!(flow.name, "The other way round");
    assert_eq!(flow.steps[0].referrer, one);
    assert_eq!(flow.modified_by.as_deref(), Some("Planner User"));
    sim.clear_requests();
    flows.delete_flow(estate::FLOW).await.unwrap();
    assert_sent(&only_request(&sim), &format!("DELETE {path}"), None);
    let gone = flows.get_flow(estate::FLOW).await;
    assert_refused(gone, 404, "was not found");
    // The integrations of its steps stay, and can now be deleted.
    for id in [one, two] {
        client.cw().delete_integration(id).await.unwrap();
    }
}

#[maybe_async]
#[test]
async fn runs_all_steps_in_their_order() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let flows = client.cw().flows();
    for step in [estate::IMPORT, estate::EXPORT] {
        sim.next_run(step, Outcome::success().lasting(HOUR));
    }
    let run = flows.run_flow(estate::FLOW).await.unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("POST /2/0/integrationflows/{}/run", estate::FLOW),
        None,
    );
    assert_eq!(run.as_str().len(), 32);
    let flow = flows.get_flow(estate::FLOW).await.unwrap();
    let latest = flow.latest_run.unwrap();
    assert!(latest.is_running());
    assert_eq!(latest.trigger_source, Some(TriggerSource::Manual));
    assert!(flow.steps[0].latest_run.as_ref().unwrap().is_running());
    let not_yet = flow.steps[1].latest_run.as_ref().unwrap();
    assert_eq!(not_yet.trigger_source, Some(TriggerSource::ScheduledFlow));
    assert!(!not_yet.is_running());
    sim.advance(HOUR);
    let flow = flows.get_flow(estate::FLOW).await.unwrap();
    let first = flow.steps[0].latest_run.as_ref().unwrap();
    assert_eq!(first.success, Some(true));
    assert_eq!(first.trigger_source, Some(TriggerSource::ManualFlow));
    assert!(flow.steps[1].latest_run.as_ref().unwrap().is_running());
    sim.advance(HOUR);
    let all = flows.list_flows().await.unwrap();
    let latest = all[0].latest_run.as_ref().unwrap();
    assert_eq!(latest.success, Some(true));
    assert_eq!(latest.message.as_deref(), Some("Success"));
    assert_eq!(
        (sim.runs_of(estate::IMPORT), sim.runs_of(estate::EXPORT)),
        (5, 2)
    );
}

#[maybe_async]
#[test]
async fn a_failure_stops_it() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    sim.next_run(estate::IMPORT, at_once(Outcome::failure()));
    client.cw().flows().run_flow(estate::FLOW).await.unwrap();
    sim.finish_runs();
    let flow = client.cw().flows().get_flow(estate::FLOW).await.unwrap();
    let latest = flow.latest_run.unwrap();
    assert_eq!(latest.success, Some(false));
    assert_eq!(latest.message.as_deref(), Some("Failed"));
    assert_eq!(sim.runs_of(estate::EXPORT), 1);
}

#[maybe_async]
#[test]
async fn runs_some_steps() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let flows = client.cw().flows();
    // Also one that is skipped otherwise.
    let some = [estate::NEVER_RUN, estate::PROCESS];
    flows
        .run_flow_steps(estate::NIGHTLY_FLOW, some)
        .await
        .unwrap();
    assert_sent(
        &only_request(&sim),
        &format!("POST /2/0/integrationflows/{}/run", estate::NIGHTLY_FLOW),
        Some(json!({"stepsToRun": some})),
    );
    sim.finish_runs();
    let ran = [estate::PROCESS_ONLY, estate::NEVER_RUN, estate::PROCESS].map(|id| sim.runs_of(id));
    assert_eq!(ran, [1, 1, 2]);
    sim.clear_requests();
    let step = IntegrationId::from(estate::PROCESS_ONLY);
    flows
        .run_flow_steps(estate::NIGHTLY_FLOW, [&step])
        .await
        .unwrap();
    assert_eq!(
        only_request(&sim).json,
        Some(json!({"stepsToRun": [estate::PROCESS_ONLY]}))
    );
    sim.clear_requests();
    let none = flows.run_flow_steps(estate::FLOW, [""; 0]).await;
    assert_invalid(
        none,
        "stepsToRun: no step named: expected at least one, or `run_flow` for all of them",
    );
    assert_eq!(sim.requests().len(), 0);
}

#[maybe_async]
#[test]
async fn what_is_not_there_is_not_found() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let (flows, words) = (client.cw().flows(), "was not found");
    assert_refused(flows.get_flow(NOBODY).await, 404, words);
    let input = FlowInput::sequence("Nobody", [estate::IMPORT, estate::EXPORT]);
    assert_refused(flows.update_flow(NOBODY, input).await, 404, words);
    assert_refused(flows.delete_flow(NOBODY).await, 404, words);
    assert_refused(flows.run_flow(NOBODY).await, 404, words);
    let steps = flows.run_flow_steps(NOBODY, [estate::IMPORT]).await;
    assert_refused(steps, 404, words);
    let unknown = FlowInput::sequence("Unknown step", [estate::IMPORT, NOBODY]);
    let unknown = flows.create_flow(unknown).await;
    assert_refused(
        unknown,
        400,
        "Integration 00000000000000000000000000000000 was not found",
    );
    let foreign = flows
        .run_flow_steps(estate::FLOW, [estate::NEVER_RUN])
        .await;
    assert_refused(foreign, 400, "Invalid request body");
}

#[maybe_async]
#[test]
async fn names_are_unique() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let taken = || FlowInput::sequence("Nightly", [estate::IMPORT, estate::EXPORT]);
    let create = client.cw().flows().create_flow(taken()).await;
    assert_refused(create, 400, "Duplicate resource name not allowed");
    let update = client.cw().flows().update_flow(estate::FLOW, taken()).await;
    assert_refused(update, 400, "Duplicate resource name not allowed");
}

#[maybe_async]
#[test]
async fn neither_it_nor_a_step_runs_twice_at_once() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let (cw, flows) = (client.cw(), client.cw().flows());
    let words = "wait until the run has ended, or cancel it";
    sim.next_run(estate::EXPORT, Outcome::never_ends());
    cw.run_integration(estate::EXPORT).await.unwrap();
    assert_refused(flows.run_flow(estate::FLOW).await, 409, words);
    sim.finish_runs();
    sim.next_run(estate::IMPORT, Outcome::never_ends());
    flows.run_flow(estate::FLOW).await.unwrap();
    assert_refused(flows.run_flow(estate::FLOW).await, 409, words);
    let steps = flows.run_flow_steps(estate::FLOW, [estate::EXPORT]).await;
    assert_refused(steps, 409, words);
    assert_refused(cw.run_integration(estate::IMPORT).await, 409, words);
    let delete = flows.delete_flow(estate::FLOW).await;
    assert_refused(delete, 409, "A running integration flow cannot be deleted");
}

#[maybe_async]
#[test]
async fn a_step_that_hangs_in_the_air_never_leaves() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let (one, two) = (estate::IMPORT, estate::EXPORT);
    let loose = FlowInput::builder()
        .name("Loose")
        .steps([one, two].map(|id| FlowStepInput::builder().referrer(id).build()))
        .build();
    let problem = "steps[1].dependsOn: field required after the first step: without it, the flow is corrupted";
    let create = client.cw().flows().create_flow(loose.clone()).await;
    assert_invalid(create, problem);
    let update = client.cw().flows().update_flow(estate::FLOW, loose).await;
    assert_invalid(update, problem);
    let dictionary = json!({"name": "Loose", "steps": [{"referrer": one}, {"referrer": two}]});
    let create = client.cw().flows().create_flow(dictionary).await;
    assert_invalid(create, problem);
    let one_step = FlowInput::sequence("Short", [one]);
    let create = client.cw().flows().create_flow(one_step).await;
    assert_invalid(create, "steps: expected 2 to 100 steps, found 1");
    assert_eq!(sim.requests().len(), 0);
}
