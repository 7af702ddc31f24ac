//! Look-ups of the Integration API: the exact requests, and replies in all their forms.

use anaplan_sdk::models::integration_api::*;
use anaplan_sdk::{Error, Host, Method};
use cloudworks_sim::{Recorded, Simulator, estate};
use serde_json::{Value, json};

use super::{Client, assert_sent, builder_of, client_of, maybe_async, reply_once, test};

const MODEL: &str = estate::MODEL;

pub(super) fn api_requests(sim: &Simulator) -> Vec<Recorded> {
    let mut requests = sim.requests();
    requests.retain(|request| request.path.starts_with("/api/2/0/"));
    requests
}

/// The one request to the Integration API since the recorder was cleared.
fn assert_asked(sim: &Simulator, path_and_query: &str) {
    let requests = api_requests(sim);
    assert_eq!(requests.len(), 1, "{requests:#?}");
    assert_sent(
        &requests[0],
        &format!("GET /api/2/0/{path_and_query}"),
        None,
    );
    sim.clear_requests();
}

const PAGE: &str = "offset=0&limit=5000";

#[maybe_async]
#[test]
async fn each_list_asks_for_exactly_this() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let workspaces = client.list_workspaces().await.unwrap();
    assert_asked(&sim, &format!("workspaces?tenantDetails=true&{PAGE}"));
    assert!(workspaces.iter().any(|each| each.name == "Supply chain"));
    let models = client.list_models().await.unwrap();
    assert_asked(&sim, &format!("models?modelDetails=true&{PAGE}"));
    assert!(models.iter().any(|each| each.id == MODEL));
    let models = client.list_models_in(estate::WORKSPACE).await.unwrap();
    let path = format!("workspaces/{}/models", estate::WORKSPACE);
    assert_asked(&sim, &format!("{path}?modelDetails=true&{PAGE}"));
    assert!(models.iter().any(|each| each.id == MODEL));

    let model = client.model(MODEL);
    let files = model.list_files().await.unwrap();
    assert_asked(&sim, &format!("models/{MODEL}/files?{PAGE}"));
    assert!(files.iter().any(|file| file.name == "products.csv"));
    let imports = model.list_imports().await.unwrap();
    assert_asked(&sim, &format!("models/{MODEL}/imports?{PAGE}"));
    let first = imports
        .iter()
        .find(|each| each.id == "112000000001")
        .unwrap();
    assert_eq!(first.file_id().map(|id| id.as_str()), Some("113000000001"));
    let exports = model.list_exports().await.unwrap();
    assert_asked(&sim, &format!("models/{MODEL}/exports?{PAGE}"));
    assert!(exports.iter().any(|each| each.name == "Forecast.csv"));
    let actions = model.list_actions().await.unwrap();
    assert_asked(&sim, &format!("models/{MODEL}/actions?{PAGE}"));
    assert!(
        actions
            .iter()
            .any(|each| each.name == "Delete old products")
    );
    let processes = model.list_processes().await.unwrap();
    assert_asked(&sim, &format!("models/{MODEL}/processes?{PAGE}"));
    assert!(processes.iter().any(|each| each.id == "118000000012"));
}

#[maybe_async]
#[test]
async fn each_single_read_asks_for_exactly_this() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let model = client.model(MODEL);
    let path = |rest: &str| format!("/api/2/0/{rest}");

    let reply = json!({"model": {"id": MODEL, "name": "Demand", "modelTransactionRunning": true}});
    reply_once(&sim, "GET", &path(&format!("models/{MODEL}")), 200, &reply);
    let one = client.get_model(MODEL).await.unwrap();
    assert_asked(&sim, &format!("models/{MODEL}?modelDetails=true"));
    assert_eq!(one.model_transaction_running, Some(true));

    // Without an envelope, as the live service does.
    let reply =
        json!({"requestStatus": {"currentStep": "Closed", "progress": -1.0, "taskId": null}});
    reply_once(
        &sim,
        "GET",
        &path(&format!("models/{MODEL}/status")),
        200,
        &reply,
    );
    let status = model.get_status().await.unwrap();
    assert_asked(&sim, &format!("models/{MODEL}/status"));
    assert_eq!(status.current_step.as_deref(), Some("Closed"));

    for key in ["processMetadata", "process"] {
        let steps = json!([{"id": "112000000001", "actionType": "IMPORT"}]);
        let mut reply = json!({});
        reply[key] = json!({"name": "Load everything", "actions": steps});
        let at = path(&format!("models/{MODEL}/processes/118000000012"));
        reply_once(&sim, "GET", &at, 200, &reply);
        let process = model.get_process(118000000012).await.unwrap();
        let asked = "processes/118000000012?showImportDataSource=true";
        assert_asked(&sim, &format!("models/{MODEL}/{asked}"));
        assert_eq!(process.actions[0].action_type, Some(ActionType::Import));
    }

    let reply = json!({"importMetadata": {"name": "x", "type": "MODEL"}});
    let at = path(&format!("models/{MODEL}/imports/112000000001"));
    reply_once(&sim, "GET", &at, 200, &reply);
    let import = model.get_import(112000000001).await.unwrap();
    assert_asked(&sim, &format!("models/{MODEL}/imports/112000000001"));
    assert_eq!(import.source_type, Some(ImportSourceType::Model));

    let reply = json!({"exportMetadata": {"headerNames": ["Product", "Net sales"]}});
    let at = path(&format!("models/{MODEL}/exports/116000000001"));
    reply_once(&sim, "GET", &at, 200, &reply);
    let export = model.get_export(116000000001).await.unwrap();
    assert_asked(&sim, &format!("models/{MODEL}/exports/116000000001"));
    assert_eq!(export.header_names, ["Product", "Net sales"]);

    let reply = json!({"user": {"id": "8a81", "email": "ada@example.com"}});
    reply_once(&sim, "GET", &path("users/8a81"), 200, &reply);
    let user = client.get_user("8a81").await.unwrap();
    assert_asked(&sim, "users/8a81");
    assert_eq!(user.email.as_deref(), Some("ada@example.com"));
}

#[maybe_async]
#[test]
async fn users_stand_under_either_name_and_an_empty_list_under_none() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    for key in ["users", "user"] {
        let mut reply = json!({"meta": {}});
        reply[key] = json!([{"id": "8a81"}, {"id": "8a82"}, {"id": "8a81"}]);
        reply_once(&sim, "GET", "/api/2/0/users", 200, &reply);
        // Nobody counts: the next page tells that this was all.
        reply_once(&sim, "GET", "/api/2/0/users", 200, &json!({}));
        let users = client.list_users().await.unwrap();
        let ids: Vec<_> = users.iter().map(|user| user.id.as_str()).collect();
        assert_eq!(ids, ["8a81", "8a82"]);
    }
    let zeros = json!({"meta": {"paging": {"currentPageSize": 0, "offset": 0, "totalSize": 0}}});
    for empty in [zeros, json!({"meta": {}}), json!({})] {
        reply_once(&sim, "GET", "/api/2/0/users", 200, &empty);
        let users = client.list_users().await.unwrap();
        assert_eq!(users, []);
    }
}

fn page_of(numbers: std::ops::Range<usize>, offset: usize, total: usize) -> Value {
    let files: Vec<_> = numbers
        .map(|n| json!({"id": 113_000_000_000 + n, "name": "x"}))
        .collect();
    json!({
        "meta": {"paging": {
            "currentPageSize": files.len(), "offset": offset, "totalSize": total,
            "next": format!("https://api.anaplan.com/2/0/models/{MODEL}/files?limit=20&offset=20"),
        }},
        "status": {"code": 200, "message": "Success"},
        "files": files,
    })
}

#[maybe_async]
#[test]
async fn a_next_that_lies_is_not_followed_and_a_cut_limit_is_gone_on_from() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let at = format!("/api/2/0/models/{MODEL}/files");
    reply_once(&sim, "GET", &at, 200, &page_of(0..3, 0, 3));
    let files = client.model(MODEL).list_files().await.unwrap();
    assert_eq!(files.len(), 3);
    assert_eq!(api_requests(&sim).len(), 1);
    sim.clear_requests();

    // 2 a page, whatever was asked for; the second page repeats one of the first.
    let one_at_a_time = builder_of(&sim).concurrency(1).build().unwrap();
    reply_once(&sim, "GET", &at, 200, &page_of(0..2, 0, 4));
    reply_once(&sim, "GET", &at, 200, &page_of(2..4, 2, 4));
    let files = one_at_a_time.model(MODEL).list_files().await.unwrap();
    assert_eq!(files.len(), 4);
    let queries: Vec<_> = api_requests(&sim)
        .into_iter()
        .map(|one| one.query)
        .collect();
    assert_eq!(queries[0].as_deref(), Some(PAGE));
    assert!(
        queries[1]
            .as_deref()
            .unwrap()
            .starts_with("offset=2&limit="),
        "{queries:?}"
    );
}

#[maybe_async]
#[test]
async fn items_that_come_twice_are_told_once_and_items_that_never_come_are_an_error() {
    let sim = Simulator::start();
    let client = builder_of(&sim).concurrency(1).build().unwrap();
    let at = format!("/api/2/0/models/{MODEL}/files");
    // Without an order, the second page holds what the first one had: the list is read again.
    reply_once(&sim, "GET", &at, 200, &page_of(0..2, 0, 4));
    reply_once(&sim, "GET", &at, 200, &page_of(1..3, 2, 4));
    reply_once(&sim, "GET", &at, 200, &page_of(0..4, 0, 4));
    let files = client.model(MODEL).list_files().await.unwrap();
    assert_eq!(files.len(), 4);
    for _ in 0..2 {
        reply_once(&sim, "GET", &at, 200, &page_of(0..2, 0, 4));
        reply_once(&sim, "GET", &at, 200, &page_of(1..3, 2, 4));
    }
    let cut = client.model(MODEL).list_files().await.unwrap_err();
    assert!(
        matches!(
            cut,
            Error::IncompleteList {
                expected: 4,
                received: 3,
                ..
            }
        ),
        "{cut:?}"
    );
}

#[maybe_async]
#[test]
async fn a_list_comes_page_by_page() {
    let sim = Simulator::start();
    let client = builder_of(&sim).page_size(2).build().unwrap();
    let at = format!("/api/2/0/models/{MODEL}/files");
    reply_once(&sim, "GET", &at, 200, &page_of(0..2, 0, 3));
    reply_once(&sim, "GET", &at, 200, &page_of(2..3, 2, 3));
    let mut pages = client.model(MODEL).file_pages();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next_page().await.unwrap() {
        sizes.push(page.len());
        if sizes.iter().sum::<usize>() == 3 {
            break;
        }
    }
    assert_eq!(sizes, [2, 1]);
}

#[maybe_async]
#[test]
async fn a_raw_call_goes_to_either_api_and_nowhere_else() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let get = Method::GET;
    let answer = client
        .request_at(Host::IntegrationApi, get.clone(), "models?limit=1", None)
        .await
        .unwrap();
    assert_asked(&sim, "models?limit=1");
    assert!(answer["models"].is_array());
    let answer = client
        .request_at(Host::CloudWorks, get.clone(), "integrations?limit=1", None)
        .await
        .unwrap();
    assert!(answer["integrations"].is_array());
    assert_eq!(api_requests(&sim).len(), 0);
    let out = client
        .request_at(Host::IntegrationApi, get, "../../token", None)
        .await;
    assert!(matches!(out, Err(Error::Validation(_))));
}

#[maybe_async]
#[test]
async fn a_model_has_more_time_to_answer_than_the_rest() {
    let sim = Simulator::start();
    let slow = std::time::Duration::from_millis(1500);
    // The log-in has no part in it.
    let token = anaplan_sdk::Credentials::token(sim.issue_token());
    let builder = || {
        builder_of(&sim)
            .credentials(token.clone())
            .timeout(slow / 3)
    };
    sim.fault(
        cloudworks_sim::Fault::delay(slow)
            .before_processing()
            .on("GET", "/api/2/0/*")
            .times(3),
    );
    let patient: Client = builder().build().unwrap();
    let models = patient.list_models().await;
    assert!(models.is_ok(), "{models:?}");
    let hasty = builder().model_timeout(slow / 3).build().unwrap();
    let error = hasty.list_models().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(!error.to_string().contains("model_timeout"), "{error}");
    let error = hasty.model(MODEL).list_imports().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(
        error.to_string().contains("more time by `model_timeout`"),
        "{error}"
    );
}

/// Every look-up, and its answer as JSON.
#[maybe_async]
async fn look_up(client: &Client, n: usize) -> Result<Option<Value>, Error> {
    fn json(answer: impl serde::Serialize) -> Option<Value> {
        serde_json::to_value(answer).ok()
    }
    let model = client.model(MODEL);
    Ok(match n {
        0 => json(client.list_workspaces().await?),
        1 => json(client.list_models().await?),
        2 => json(client.list_models_in(estate::WORKSPACE).await?),
        3 => json(client.get_model(MODEL).await?),
        4 => json(client.list_users().await?),
        5 => json(client.get_user(estate::USER).await?),
        6 => json(client.find_user("ann.lee@example.com").await?),
        7 => json(model.list_files().await?),
        8 => json(model.list_imports().await?),
        9 => json(model.get_import(112000000001).await?),
        10 => json(model.list_exports().await?),
        11 => json(model.get_export(116000000001).await?),
        12 => json(model.list_actions().await?),
        13 => json(model.list_processes().await?),
        14 => json(model.get_process(118000000012).await?),
        15 => json(client.find_model("Demand planning").await?),
        _ => return Ok(None),
    })
}

#[maybe_async]
#[test]
async fn every_look_up_comes_through_every_passing_fault() {
    use cloudworks_sim::{Fault, RetryAfter};
    let faults = [
        Fault::reset_before(),
        Fault::reset_after(),
        Fault::status(503, "Service Unavailable"),
        Fault::gateway(502),
        Fault::close_in_body(),
        Fault::cut_chunk(),
        Fault::garbage(),
        Fault::empty_body(),
        Fault::gzip_truncated(),
        Fault::unauthorized(),
        Fault::too_many_requests(RetryAfter::Seconds(0)),
    ];
    let sim = Simulator::start();
    let patient = anaplan_sdk::RetryPolicy::default()
        .max_attempts(4)
        .first_delay(std::time::Duration::from_millis(2))
        .max_delay(std::time::Duration::from_millis(50));
    for n in 0.. {
        // After a 429, a client keeps to a slower pace for a while.
        let client = builder_of(&sim).retry(patient).build().unwrap();
        let undisturbed = look_up(&client, n).await.unwrap();
        if undisturbed.is_none() {
            assert_eq!(n, 16);
            break;
        }
        for fault in &faults {
            let spoilt = sim.fault(fault.clone().on("GET", "/api/2/0/*").once());
            let answer = look_up(&client, n).await;
            assert_eq!(sim.fault_hits(spoilt), 1, "{n} by {fault:?}");
            let answer = answer.unwrap_or_else(|error| panic!("{n} by {fault:?}: {error}"));
            assert_eq!(answer, undisturbed, "{n} by {fault:?}");
        }
    }
}
