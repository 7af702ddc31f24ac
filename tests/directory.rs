//! Directories without a network: look-ups by id and by name, what is near, what an id is.

use anaplan_sdk::directory::{Directory, Kind, ModelContents, Table};
use anaplan_sdk::models::cloud_works::ModelId;
use anaplan_sdk::models::integration_api::{File, Import, Model};
use proptest::prelude::*;
use serde_json::{Value, json};

const MODEL: &str = "8896D8C366BC48E5A3182B9F5CE10526";

fn directory() -> Directory {
    serde_json::from_value(json!({
        "workspaces": [{"id": "8a81", "name": "Supply chain"}, {"id": "8a82", "name": "Finance"}],
        "models": [
            {"id": MODEL, "name": "Demand planning", "activeState": "UNLOCKED",
             "currentWorkspaceId": "8a81", "currentWorkspaceName": "Supply chain"},
            {"id": "A1", "name": "Budget", "activeState": "UNLOCKED", "currentWorkspaceName": "Finance"},
            {"id": "A2", "name": "Budget", "activeState": "ARCHIVED", "currentWorkspaceName": "Finance"},
        ],
        "contents": {MODEL: {
            "imports": [
                {"id": "112000000001", "name": "Products from products.csv", "importDataSourceId": "113000000001"},
                {"id": "112000000002", "name": "Sales"},
            ],
            "exports": [{"id": "116000000001", "name": "Forecast.csv"}],
            "files": [
                {"id": "113000000001", "name": "products.csv"}, {"id": "116000000001", "name": "Forecast.csv"},
                {"id": "113000000002", "name": "sales.csv", "firstDataRow": 2},
                {"id": "113000000003", "name": "sales.csv", "firstDataRow": 1},
            ],
        }},
        "unseen": [{"kind": "action", "model": MODEL, "status": 404, "message": "Not Found"}],
    }))
    .unwrap()
}

#[test]
fn by_id_and_by_exact_name() {
    let directory = directory();
    assert_eq!(directory.find_workspace("Finance").unwrap().id, "8a82");
    assert_eq!(
        directory.find_workspace("8a81").unwrap().name,
        "Supply chain"
    );
    assert_eq!(directory.find_model("A2").unwrap().name, "Budget");
    let model = directory.model(&MODEL.into()).unwrap();
    assert_eq!(model.find_import("Sales").unwrap().id, "112000000002");
    assert_eq!(
        model.find_export("116000000001").unwrap().name,
        "Forecast.csv"
    );
    assert_eq!(model.find_file("products.csv").unwrap().id, "113000000001");
}

#[test]
fn what_differs_in_case_or_outer_spaces_is_near_and_not_the_same() {
    let directory = directory();
    for near in [
        "supply chain",
        " Supply chain",
        "SUPPLY CHAIN\t",
        "Suply chain",
    ] {
        let error = directory.find_workspace(near).unwrap_err();
        assert!(!error.is_ambiguous());
        assert_eq!(error.nearest[0].name, "Supply chain", "{near}");
        let text = error.to_string();
        assert!(text.contains("not found, or not visible to you"), "{text}");
        assert!(text.contains("8a81 *Supply chain*"), "{text}");
        assert!(text.contains("not assigned to"), "{text}");
    }
    let model = directory.model(&MODEL.into()).unwrap();
    let typo = model.find_import("112000000010").unwrap_err();
    assert_eq!(typo.nearest[0].id, "112000000001");
    let nothing = model.find_import("Something else altogether").unwrap_err();
    assert_eq!(nothing.nearest, []);
    assert_eq!(
        nothing.to_string(),
        "import \"Something else altogether\" not found, or not visible to you, in the model \
         *Demand planning* (your role in the model decides what is listed)"
    );
}

#[test]
fn several_of_one_name_are_told_apart() {
    let directory = directory();
    let error = directory.find_model("Budget").unwrap_err();
    assert!(error.is_ambiguous());
    assert_eq!(
        error.to_string(),
        "2 models have the name \"Budget\", in the models that you may see: use one's id: A1 *Budget* \
         (workspace *Finance*, UNLOCKED); A2 *Budget* (workspace *Finance*, ARCHIVED)"
    );
    let model = directory.model(&MODEL.into()).unwrap();
    let error = model.find_file("sales.csv").unwrap_err().to_string();
    assert!(
        error.contains("113000000003 *sales.csv* (data from row 1)"),
        "{error}"
    );
}

#[test]
fn an_id_says_what_it_is() {
    let directory = directory();
    let model = directory.model(&MODEL.into()).unwrap();
    let what = |id: &str| model.what_is(id).to_string();
    assert_eq!(
        what("112000000001"),
        "the import *Products from products.csv*"
    );
    assert_eq!(
        model.what_is("112000000001").file.unwrap().id,
        "113000000001"
    );
    assert_eq!(what("116000000001"), "the export *Forecast.csv*");
    assert_eq!(
        what("112000000009"),
        "an import that is not, or no longer, in this model"
    );
    assert_eq!(
        what("117000000001"),
        "the id of an action, by its first digits"
    );
    assert_eq!(what("Sales"), "not the id of anything in this model");
}

#[test]
fn a_list_that_was_not_read_says_so() {
    let directory = directory();
    let model = directory.model(&MODEL.into()).unwrap();
    let error = model.find_action("Delete old products").unwrap_err();
    assert!(error.was_not_read);
    assert!(error.to_string().contains("were not read"), "{error}");
    assert_eq!(directory.unseen_of(&MODEL.into()).count(), 1);
    assert_eq!(directory.unseen[0].kind, Kind::Action);
}

#[test]
fn a_directory_is_kept_as_json() {
    let kept = serde_json::to_value(directory()).unwrap();
    let again: Directory = serde_json::from_value(kept.clone()).unwrap();
    assert_eq!(again, directory());
    assert_eq!(kept["contents"][MODEL]["imports"][0]["id"], "112000000001");
    assert!(kept["contents"][MODEL].get("actions").is_none());
    assert_eq!(
        serde_json::from_value::<Directory>(json!({})).unwrap(),
        Directory::default()
    );
    let _: (ModelId, ModelContents) = ("x".into(), ModelContents::default());
}

fn import(id: &str, name: &str) -> Import {
    serde_json::from_value(json!({"id": id, "name": name})).unwrap()
}

proptest! {
    #[test]
    fn a_table_finds_what_a_search_through_all_finds(
        names in proptest::collection::vec("[a-c]{0,2}", 0..40),
        wanted in "[a-c]{0,2}",
    ) {
        let items: Vec<Import> = names
            .iter()
            .enumerate()
            .map(|(n, name)| import(&format!("{n}"), name))
            .collect();
        let table = Table::new(items.clone());
        for item in &items {
            prop_assert_eq!(table.get(item.id.as_str()), Some(item));
        }
        let expected: Vec<&Import> = items.iter().filter(|item| item.name == wanted).collect();
        prop_assert_eq!(table.named(&wanted).collect::<Vec<_>>(), expected.clone());
        match (table.find(&wanted, "here"), expected.as_slice()) {
            (Ok(found), [only]) => prop_assert_eq!(found, *only),
            (Err(error), []) => prop_assert!(!error.is_ambiguous()),
            (Err(error), several) => prop_assert_eq!(error.matches.len(), several.len()),
            (Ok(found), _) => prop_assert!(false, "{found:?}"),
        }
        let mut grown = Table::default();
        items.iter().for_each(|item| grown.push(item.clone()));
        prop_assert_eq!(&grown, &table);
        prop_assert_eq!(grown.named(&wanted).count(), expected.len());
    }

    #[test]
    fn no_text_makes_a_look_up_panic(wanted in "\\PC{0,300}") {
        let directory = directory();
        let _ = directory.find_model(&wanted).map_err(|error| error.to_string());
        let model = directory.model(&MODEL.into()).unwrap();
        let _ = model.what_is(&wanted).to_string();
    }
}

#[test]
fn types_read_back() {
    let models: Table<Model> = serde_json::from_value::<Vec<Value>>(json!([{"id": "M"}]))
        .unwrap()
        .into_iter()
        .map(|one| serde_json::from_value(one).unwrap())
        .collect::<Vec<Model>>()
        .into();
    assert_eq!(models.len(), 1);
    let files: Table<File> = Table::default();
    assert!(files.is_empty());
}
