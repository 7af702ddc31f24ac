//! What is found by name, and what a whole directory costs.

use anaplan_sdk::Error;
use anaplan_sdk::directory::{DirectoryOptions, Kind};
use cloudworks_sim::{Simulator, estate};
use serde_json::json;

use super::integration_api::api_requests;
use super::{assert_refused, builder_of, client_of, maybe_async, reply_once, test};

/// Nothing was found, and the error says so in these words.
fn assert_not_found<T: std::fmt::Debug>(answer: Result<T, Error>, words: &[&str]) {
    let error = answer.unwrap_err();
    assert!(matches!(error, Error::Lookup(_)), "{error:?}");
    assert!(error.is_not_found(), "{error}");
    let text = error.to_string();
    for words in words {
        assert!(text.contains(words), "{text}");
    }
}

#[maybe_async]
#[test]
async fn each_noun_is_found_by_its_name_and_by_its_id() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let cw = client.cw();
    for key in ["Raw data", estate::AZURE_CONNECTION] {
        let connection = cw.find_connection(key).await.unwrap();
        assert_eq!(connection.id, estate::AZURE_CONNECTION);
    }
    for key in ["Load everything", estate::PROCESS] {
        let integration = cw.find_integration(key).await.unwrap();
        assert_eq!(integration.id, estate::PROCESS);
    }
    for key in ["Nightly", estate::NIGHTLY_FLOW] {
        let flow = cw.flows().find_flow(key).await.unwrap();
        assert_eq!(flow.id, estate::NIGHTLY_FLOW);
    }
    for key in ["Supply chain", estate::WORKSPACE] {
        let workspace = client.find_workspace(key).await.unwrap();
        assert_eq!(workspace.id, estate::WORKSPACE);
    }
    for key in ["Demand planning", estate::MODEL] {
        let model = client.find_model(key).await.unwrap();
        assert_eq!(model.id, estate::MODEL);
    }
    let model = client.model(estate::MODEL);
    let file = model.find_file("products.csv").await.unwrap();
    assert_eq!(file.id, "113000000001");
    let import = model.find_import("Sales from sales.csv").await.unwrap();
    assert_eq!(import.id, "112000000002");
    let export = model.find_export("116000000001").await.unwrap();
    assert_eq!(export.name, "Forecast.csv");
    let action = model.find_action("Delete old products").await.unwrap();
    assert_eq!(action.id, "117000000001");
    let process = model.find_process("Nightly clean-up").await.unwrap();
    assert_eq!(process.id, "118000000013");
}

#[maybe_async]
#[test]
async fn what_is_not_there_names_the_nearest_and_where_it_was_looked_for() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let found = client.cw().find_connection("raw data ").await;
    let near = format!("{} *Raw data* (AzureBlob)", estate::AZURE_CONNECTION);
    assert_not_found(
        found,
        &[
            "connection \"raw data \"",
            "not found, or not visible to you",
            "CloudWorks",
            &near,
        ],
    );
    let found = client.cw().find_integration("Load everythng").await;
    assert_not_found(found, &["*Load everything* (Process", "Integration Admin"]);
    let found = client.cw().flows().find_flow("Nitely").await;
    assert_not_found(found, &["flow \"Nitely\"", "*Nightly*"]);
    let found = client.find_workspace("Suply chain").await;
    assert_not_found(found, &["*Supply chain*", "not assigned to"]);
    let found = client.find_model("demand planning").await;
    assert_not_found(
        found,
        &[
            "*Demand planning* (workspace *Supply chain*, UNLOCKED)",
            "NO ACCESS",
        ],
    );
    let found = client.model(estate::MODEL).find_import("Products").await;
    assert_not_found(found, &["*Products from products.csv*", estate::MODEL]);
}

#[maybe_async]
#[test]
async fn a_user_is_looked_up_by_the_address_and_compared_exactly() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let alike = json!({"users": [
        {"id": "u1", "email": "ann.lee@example.com"}, {"id": "u2", "email": "joann.lee@example.com"},
    ], "meta": {"paging": {"totalSize": 2, "currentPageSize": 2, "offset": 0}}});
    for _ in 0..2 {
        reply_once(&sim, "GET", "/api/2/0/users", 200, &alike);
    }
    let user = client.find_user("ann.lee@example.com").await.unwrap();
    assert_eq!(user.id, "u1");
    let query = api_requests(&sim)[0].query.clone().unwrap();
    assert_eq!(query, "s=ann.lee%40example.com&offset=0&limit=5000");
    let found = client.find_user("Ann.Lee@example.com").await;
    assert_not_found(found, &["u1 *ann.lee@example.com*"]);
}

#[maybe_async]
#[test]
async fn a_directory_costs_two_requests_and_four_a_model() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let directory = client
        .read_directory(&DirectoryOptions::default())
        .await
        .unwrap();
    let models = directory.models.len();
    assert_eq!(api_requests(&sim).len(), 2 + 4 * models);
    let model = directory.find_model(estate::MODEL).unwrap();
    let model = directory.model(&model.id).unwrap();
    assert_eq!(
        model.find_import("112000000002").unwrap().name,
        "Sales from sales.csv"
    );
    assert!(model.find_file("products.csv").unwrap_err().was_not_read);

    sim.clear_requests();
    let options = DirectoryOptions::builder()
        .models([estate::MODEL])
        .files(true)
        .build();
    let directory = client.read_directory(&options).await.unwrap();
    assert_eq!(api_requests(&sim).len(), 2 + 4 + 1);
    let model = directory.model(&estate::MODEL.into()).unwrap();
    assert_eq!(model.find_file("products.csv").unwrap().id, "113000000001");
    let all = directory.models.len();
    assert_eq!((directory.contents.len(), all), (1, models));
}

#[maybe_async]
#[test]
async fn what_cannot_be_looked_at_is_said_and_hinders_nothing() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let no = json!({"status": {"code": 404, "message": "Not Found"}});
    let path = format!("/api/2/0/models/{}/actions", estate::MODEL);
    reply_once(&sim, "GET", &path, 404, &no);
    let options = DirectoryOptions::builder().models([estate::MODEL]).build();
    let directory = client.read_directory(&options).await.unwrap();
    assert_eq!(directory.unseen.len(), 1);
    let unseen = &directory.unseen[0];
    assert_eq!((unseen.kind, unseen.status), (Kind::Action, 404));
    assert_eq!(unseen.message, "Not Found");
    let contents = &directory.contents[&estate::MODEL.into()];
    assert!(contents.actions.is_none() && contents.imports.is_some());
    // Refused credentials are no gap in a directory.
    let token_only = builder_of(&sim).credentials(anaplan_sdk::Credentials::token("stale"));
    let refused = token_only.build().unwrap().read_directory(&options).await;
    assert_refused(refused, 401, "");
}

#[maybe_async]
#[test]
async fn a_name_where_an_id_belongs_is_said_to_be_one() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let cw = client.cw();
    let answer = cw.get_integration("Load everything").await;
    assert_refused(
        answer,
        404,
        "looks like a name, where an id belongs: `client.cw().find_integration`",
    );
    let answer = cw.run_integration("Load everything").await;
    assert_refused(answer, 404, "find_integration");
    let answer = cw.delete_connection("Raw data").await;
    assert_refused(answer, 404, "find_connection");
    let answer = cw.flows().get_flow("Nightly").await;
    assert_refused(answer, 404, "find_flow");
    let answer = client.get_model("Demand planning").await;
    assert_refused(answer, 404, "find_model");
    let answer = client.list_models_in("Supply chain").await;
    assert_refused(answer, 404, "find_workspace");
    let error = cw.get_integration(super::NOBODY).await.unwrap_err();
    assert!(!error.to_string().contains("looks like a name"), "{error}");
}

/// A tenant of so many models.
fn models(count: usize) -> Simulator {
    let model = |n: usize| {
        json!({
            "id": format!("{n:032X}"), "name": format!("Model {n}"), "workspaceId": estate::WORKSPACE,
            "files": [{"id": "113000000001", "name": "x"}],
            "imports": [{"id": "112000000001", "name": "y"}],
            "processes": [{"id": "118000000001", "name": "z", "steps": ["112000000001"]}],
        })
    };
    Simulator::builder()
        .seed(json!({
            "workspaces": [{"id": estate::WORKSPACE, "name": "Supply chain"}],
            "models": (1..=count).map(model).collect::<Vec<_>>(),
        }))
        .latency(std::time::Duration::from_millis(20))
        .start()
}

#[maybe_async]
#[test]
async fn forty_models_cost_so_many_requests_at_full_concurrency_and_at_the_pace_of_a_limit() {
    let sim = models(40);
    let client = builder_of(&sim).concurrency(8).build().unwrap();
    let everything = DirectoryOptions::builder().files(true).steps(true).build();
    for (options, requests) in [
        (DirectoryOptions::default(), 2 + 4 * 40),
        (DirectoryOptions::builder().files(true).build(), 2 + 5 * 40),
        (everything, 2 + 5 * 40 + 40),
    ] {
        sim.clear_requests();
        let directory = client.read_directory(&options).await.unwrap();
        assert_eq!(api_requests(&sim).len(), requests);
        assert_eq!((directory.models.len(), directory.contents.len()), (40, 40));
        assert_eq!(directory.unseen, []);
    }
    assert_eq!(sim.max_in_flight(), 8);
    // 6000 a minute: 100 a second, however many could be under way.
    let paced = builder_of(&sim)
        .concurrency(8)
        .requests_per_minute(6000)
        .build()
        .unwrap();
    let began = std::time::Instant::now();
    paced
        .read_directory(&DirectoryOptions::default())
        .await
        .unwrap();
    let least = std::time::Duration::from_millis(10 * (2 + 4 * 40 - 1));
    assert!(began.elapsed() >= least, "{:?}", began.elapsed());
}
