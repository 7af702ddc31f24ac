//! Every operation as a call, once, for all tests that hold every operation to something: its
//! request to the byte, odd ids, read-only clients, the matrix of faults.

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::FlowInput;
use anaplan_sdk::{Operation, Safety, operations};

/// What a call is to come to.
pub(crate) struct Call {
    pub(crate) name: &'static str,
    /// As it stands in `anaplan_sdk::operations()`.
    pub(crate) operation: &'static str,
    /// Method, path and query, with the ids of [`Ids::for_bytes`].
    pub(crate) request: &'static str,
    pub(crate) effect: Effect,
}

/// What the service does.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "the raw tests look at requests alone")]
pub(crate) enum Effect {
    Reads,
    /// The action and the noun of its entry in the simulator's log, and what the client can find
    /// out when the answer to it is lost.
    Does(&'static str, &'static str, WhenLost),
}

/// What a client says of a write whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenLost {
    /// It ends well: the write is sent again, or what it did is found.
    Settled,
    /// It ends well if it was done, and in doubt if it was not.
    SettledIfDone,
    /// It ends in doubt.
    InDoubt,
}

use Effect::{Does, Reads};
use WhenLost::{InDoubt, Settled, SettledIfDone};

/// The ids that the calls name.
#[derive(Clone)]
pub(crate) struct Ids {
    pub(crate) connection: String,
    pub(crate) integration: String,
    pub(crate) run: String,
    pub(crate) action: String,
    pub(crate) notification: String,
    pub(crate) flow: String,
    pub(crate) workspace: String,
    pub(crate) model: String,
    pub(crate) import: String,
    pub(crate) export: String,
    pub(crate) process: String,
    pub(crate) user_of_path: String,
    /// In bodies: a connection, two integrations, a user.
    pub(crate) source: String,
    pub(crate) steps: [String; 2],
    pub(crate) user: String,
}

impl Ids {
    /// The same id wherever a path names one; these in bodies.
    pub(crate) fn in_paths(id: &str, source: &str, steps: [&str; 2], user: &str) -> Self {
        let id = || id.to_owned();
        Self {
            connection: id(),
            integration: id(),
            run: id(),
            action: id(),
            notification: id(),
            flow: id(),
            workspace: id(),
            model: id(),
            import: id(),
            export: id(),
            process: id(),
            user_of_path: id(),
            source: source.to_owned(),
            steps: steps.map(str::to_owned),
            user: user.to_owned(),
        }
    }

    /// Those of the requests below.
    #[allow(dead_code, reason = "not all tests compare requests")]
    pub(crate) fn for_bytes() -> Self {
        let (id, other) = (
            "0123456789abcdef0123456789abcdef",
            "fedcba9876543210fedcba9876543210",
        );
        Self {
            action: "118000000012".to_owned(),
            ..Self::in_paths(id, id, [id, other], other)
        }
    }
}

/// `name (operation): |client, ids| call, request, body, effect;`
macro_rules! every_call {
    ($use:ident) => { $use! {
        list_connections (list_connections): |c, ids| c.cw().list_connections(),
            "GET /2/0/integrations/connections?offset=0&limit=250", "", Reads;
        create_connection (create_connection): |c, ids| c.cw().create_connection(blob()),
            "POST /2/0/integrations/connections",
            r#"{"type":"AzureBlob","body":{"name":"Blob","storageAccountName":"account","containerName":"raw","sasToken":"sp=rl&sig=abc","authMethod":"SAS-based"}}"#,
            Does("created", "connection", Settled);
        update_connection (update_connection): |c, ids| c.cw().update_connection(&*ids.connection, blob()),
            "PUT /2/0/integrations/connections/0123456789abcdef0123456789abcdef",
            r#"{"name":"Blob","storageAccountName":"account","containerName":"raw","sasToken":"sp=rl&sig=abc","authMethod":"SAS-based"}"#,
            Does("updated", "connection", Settled);
        patch_connection (patch_connection): |c, ids| c.cw().patch_connection(&*ids.connection, other_name()),
            "PATCH /2/0/integrations/connections/0123456789abcdef0123456789abcdef",
            r#"{"name":"Other"}"#,
            Does("patched", "connection", Settled);
        delete_connection (delete_connection): |c, ids| c.cw().delete_connection(&*ids.connection),
            "DELETE /2/0/integrations/connections/0123456789abcdef0123456789abcdef", "",
            Does("deleted", "connection", Settled);

        list_integrations (list_integrations): |c, ids| c.cw().list_integrations(),
            "GET /2/0/integrations?offset=0&limit=250", "", Reads;
        list_integrations_with (list_integrations): |c, ids| c.cw().list_integrations_with(&mine()),
            "GET /2/0/integrations?myIntegrations=1&offset=0&limit=250", "", Reads;
        get_tenant_limits (get_tenant_limits): |c, ids| c.cw().get_tenant_limits(),
            "GET /2/0/integrations?offset=0&limit=1", "", Reads;
        get_integration (get_integration): |c, ids| c.cw().get_integration(&*ids.integration),
            "GET /2/0/integrations/0123456789abcdef0123456789abcdef", "", Reads;
        create_integration (create_integration): |c, ids| c.cw().create_integration(import(ids)),
            "POST /2/0/integrations",
            r#"{"name":"Import","version":"2.0","workspaceId":"8a81b09d599f3c6e0159f605560c2630","modelId":"8896D8C366BC48E5A3182B9F5CE10526","nuxVisible":false,"jobs":[{"type":"AzureBlobToAnaplan","sources":[{"type":"AzureBlob","connectionId":"0123456789abcdef0123456789abcdef","file":"data.csv"}],"targets":[{"type":"Anaplan","actionId":"112000000001","fileId":"113000000001"}]}]}"#,
            Does("created", "integration", Settled);
        create_process_integration (create_integration): |c, ids| c.cw().create_integration(process()),
            "POST /2/0/integrations",
            r#"{"name":"Process","version":"2.0","workspaceId":"8a81b09d599f3c6e0159f605560c2630","modelId":"8896D8C366BC48E5A3182B9F5CE10526","processId":"118000000012","nuxVisible":false}"#,
            Does("created", "integration", Settled);
        update_integration (update_integration): |c, ids| c.cw().update_integration(&*ids.integration, import(ids)),
            "PUT /2/0/integrations/0123456789abcdef0123456789abcdef",
            r#"{"name":"Import","version":"2.0","workspaceId":"8a81b09d599f3c6e0159f605560c2630","modelId":"8896D8C366BC48E5A3182B9F5CE10526","nuxVisible":false,"jobs":[{"type":"AzureBlobToAnaplan","sources":[{"type":"AzureBlob","connectionId":"0123456789abcdef0123456789abcdef","file":"data.csv"}],"targets":[{"type":"Anaplan","actionId":"112000000001","fileId":"113000000001"}]}]}"#,
            Does("updated", "integration", Settled);
        delete_integration (delete_integration): |c, ids| c.cw().delete_integration(&*ids.integration),
            "DELETE /2/0/integrations/0123456789abcdef0123456789abcdef", "",
            Does("deleted", "integration", Settled);
        run_integration (run_integration): |c, ids| c.cw().run_integration(&*ids.integration),
            "POST /2/0/integrations/0123456789abcdef0123456789abcdef/run", "",
            Does("started", "run", SettledIfDone);
        cancel_integration (cancel_integration): |c, ids| c.cw().cancel_integration(&*ids.integration),
            "POST /2/0/integrations/0123456789abcdef0123456789abcdef/cancel", "",
            Does("cancelled", "run", SettledIfDone);

        create_schedule (create_schedule): |c, ids| c.cw().create_schedule(&*ids.integration, nightly()),
            "POST /2/0/integrations/0123456789abcdef0123456789abcdef/schedule",
            r#"{"integrationId":"0123456789abcdef0123456789abcdef","schedule":{"name":"Nightly","timezone":"Europe/Paris","startDate":"2030-01-01","type":"daily","time":"02:30"}}"#,
            Does("created", "schedule", Settled);
        update_schedule (update_schedule): |c, ids| c.cw().update_schedule(&*ids.integration, nightly()),
            "PUT /2/0/integrations/0123456789abcdef0123456789abcdef/schedule",
            r#"{"integrationId":"0123456789abcdef0123456789abcdef","schedule":{"name":"Nightly","timezone":"Europe/Paris","startDate":"2030-01-01","type":"daily","time":"02:30"}}"#,
            Does("updated", "schedule", Settled);
        set_schedule_status (set_schedule_status): |c, ids| c.cw().set_schedule_status(&*ids.integration, ScheduleStatus::Disabled),
            "POST /2/0/integrations/0123456789abcdef0123456789abcdef/schedule/status/disabled", "",
            Does("disabled", "schedule", Settled);
        delete_schedule (delete_schedule): |c, ids| c.cw().delete_schedule(&*ids.integration),
            "DELETE /2/0/integrations/0123456789abcdef0123456789abcdef/schedule", "",
            Does("deleted", "schedule", Settled);

        get_run_history (get_run_history): |c, ids| c.cw().get_run_history(&*ids.integration),
            "GET /2/0/integrations/runs/0123456789abcdef0123456789abcdef?offset=0&limit=250", "", Reads;
        get_run_status (get_run_status): |c, ids| c.cw().get_run_status(&*ids.run),
            "GET /2/0/integrations/run/0123456789abcdef0123456789abcdef", "", Reads;
        get_run_error (get_run_error): |c, ids| c.cw().get_run_error(&*ids.run),
            "GET /2/0/integrations/runerror/0123456789abcdef0123456789abcdef", "", Reads;
        get_import_error_dump (get_import_error_dump): |c, ids| c.cw().get_import_error_dump(&*ids.run),
            "GET /2/0/integrations/run/0123456789abcdef0123456789abcdef/dumps", "", Reads;
        get_process_error_dump (get_process_error_dump): |c, ids| c.cw().get_process_error_dump(&*ids.run, &*ids.action),
            "GET /2/0/integrations/run/0123456789abcdef0123456789abcdef/process/import/118000000012/dumps", "", Reads;

        get_notification_config (get_notification_config): |c, ids| c.cw().get_notification_config(NotificationId::from(&*ids.notification)),
            "GET /2/0/integrations/notification/0123456789abcdef0123456789abcdef", "", Reads;
        create_notification_config (create_notification_config): |c, ids| c.cw().create_notification_config(told(ids)),
            "POST /2/0/integrations/notification",
            r#"{"integrationIds":["0123456789abcdef0123456789abcdef"],"channels":["email"],"notifications":{"config":[{"type":"full_failure","users":["fedcba9876543210fedcba9876543210"]}]}}"#,
            Does("created", "notification", Settled);
        update_notification_config (update_notification_config): |c, ids| c.cw().update_notification_config(&*ids.notification, told(ids)),
            "PUT /2/0/integrations/notification/0123456789abcdef0123456789abcdef",
            r#"{"integrationIds":["0123456789abcdef0123456789abcdef"],"channels":["email"],"notifications":{"config":[{"type":"full_failure","users":["fedcba9876543210fedcba9876543210"]}]}}"#,
            Does("updated", "notification", Settled);
        delete_notification_config (delete_notification_config): |c, ids| c.cw().delete_notification_config(NotificationId::from(&*ids.notification)),
            "DELETE /2/0/integrations/notification/0123456789abcdef0123456789abcdef", "",
            Does("deleted", "notification", Settled);

        list_flows (list_flows): |c, ids| c.cw().flows().list_flows(),
            "GET /2/0/integrationflows?offset=0&limit=250", "", Reads;
        get_flow (get_flow): |c, ids| c.cw().flows().get_flow(&*ids.flow),
            "GET /2/0/integrationflows/0123456789abcdef0123456789abcdef", "", Reads;
        create_flow (create_flow): |c, ids| c.cw().flows().create_flow(flow(ids)),
            "POST /2/0/integrationflows",
            r#"{"name":"Flow","version":"2.0","type":"IntegrationFlow","steps":[{"type":"Integration","referrer":"0123456789abcdef0123456789abcdef","isSkipped":false,"exceptionBehavior":[{"type":"failure","strategy":"stop"},{"type":"partial_success","strategy":"continue"}]},{"type":"Integration","referrer":"fedcba9876543210fedcba9876543210","dependsOn":["0123456789abcdef0123456789abcdef"],"isSkipped":false,"exceptionBehavior":[{"type":"failure","strategy":"stop"},{"type":"partial_success","strategy":"continue"}]}]}"#,
            Does("created", "flow", SettledIfDone);
        update_flow (update_flow): |c, ids| c.cw().flows().update_flow(&*ids.flow, flow(ids)),
            "PUT /2/0/integrationflows/0123456789abcdef0123456789abcdef",
            r#"{"name":"Flow","version":"2.0","type":"IntegrationFlow","steps":[{"type":"Integration","referrer":"0123456789abcdef0123456789abcdef","isSkipped":false,"exceptionBehavior":[{"type":"failure","strategy":"stop"},{"type":"partial_success","strategy":"continue"}]},{"type":"Integration","referrer":"fedcba9876543210fedcba9876543210","dependsOn":["0123456789abcdef0123456789abcdef"],"isSkipped":false,"exceptionBehavior":[{"type":"failure","strategy":"stop"},{"type":"partial_success","strategy":"continue"}]}]}"#,
            Does("updated", "flow", Settled);
        delete_flow (delete_flow): |c, ids| c.cw().flows().delete_flow(&*ids.flow),
            "DELETE /2/0/integrationflows/0123456789abcdef0123456789abcdef", "",
            Does("deleted", "flow", Settled);
        run_flow (run_flow): |c, ids| c.cw().flows().run_flow(&*ids.flow),
            "POST /2/0/integrationflows/0123456789abcdef0123456789abcdef/run", "",
            Does("started", "flow run", InDoubt);
        run_flow_steps (run_flow_steps): |c, ids| c.cw().flows().run_flow_steps(&*ids.flow, [&*ids.steps[1]]),
            "POST /2/0/integrationflows/0123456789abcdef0123456789abcdef/run",
            r#"{"stepsToRun":["fedcba9876543210fedcba9876543210"]}"#,
            Does("started", "flow run", InDoubt);

        list_workspaces (list_workspaces): |c, ids| c.list_workspaces(),
            "GET /api/2/0/workspaces?tenantDetails=true&offset=0&limit=5000", "", Reads;
        list_models (list_models): |c, ids| c.list_models(),
            "GET /api/2/0/models?modelDetails=true&offset=0&limit=5000", "", Reads;
        list_models_in (list_models_in): |c, ids| c.list_models_in(&*ids.workspace),
            "GET /api/2/0/workspaces/0123456789abcdef0123456789abcdef/models?modelDetails=true&offset=0&limit=5000", "", Reads;
        get_model (get_model): |c, ids| c.get_model(&*ids.model),
            "GET /api/2/0/models/0123456789abcdef0123456789abcdef?modelDetails=true", "", Reads;
        get_model_status (get_model_status): |c, ids| c.model(&*ids.model).get_status(),
            "GET /api/2/0/models/0123456789abcdef0123456789abcdef/status", "", Reads;
        list_files (list_files): |c, ids| c.model(&*ids.model).list_files(),
            "GET /api/2/0/models/0123456789abcdef0123456789abcdef/files?offset=0&limit=5000", "", Reads;
        list_imports (list_imports): |c, ids| c.model(&*ids.model).list_imports(),
            "GET /api/2/0/models/0123456789abcdef0123456789abcdef/imports?offset=0&limit=5000", "", Reads;
        get_import (get_import): |c, ids| c.model(&*ids.model).get_import(&*ids.import),
            "GET /api/2/0/models/0123456789abcdef0123456789abcdef/imports/0123456789abcdef0123456789abcdef", "", Reads;
        list_exports (list_exports): |c, ids| c.model(&*ids.model).list_exports(),
            "GET /api/2/0/models/0123456789abcdef0123456789abcdef/exports?offset=0&limit=5000", "", Reads;
        get_export (get_export): |c, ids| c.model(&*ids.model).get_export(&*ids.export),
            "GET /api/2/0/models/0123456789abcdef0123456789abcdef/exports/0123456789abcdef0123456789abcdef", "", Reads;
        list_actions (list_actions): |c, ids| c.model(&*ids.model).list_actions(),
            "GET /api/2/0/models/0123456789abcdef0123456789abcdef/actions?offset=0&limit=5000", "", Reads;
        list_processes (list_processes): |c, ids| c.model(&*ids.model).list_processes(),
            "GET /api/2/0/models/0123456789abcdef0123456789abcdef/processes?offset=0&limit=5000", "", Reads;
        get_process (get_process): |c, ids| c.model(&*ids.model).get_process(&*ids.process),
            "GET /api/2/0/models/0123456789abcdef0123456789abcdef/processes/0123456789abcdef0123456789abcdef?showImportDataSource=true", "", Reads;
        list_users (list_users): |c, ids| c.list_users(),
            "GET /api/2/0/users?offset=0&limit=5000", "", Reads;
        find_user (find_user): |c, ids| c.find_user("ada.planner@example.com"),
            "GET /api/2/0/users?s=ada.planner%40example.com&offset=0&limit=5000", "", Reads;
        get_user (get_user): |c, ids| c.get_user(&*ids.user_of_path),
            "GET /api/2/0/users/0123456789abcdef0123456789abcdef", "", Reads;
        current_user (current_user): |c, ids| c.current_user(),
            "GET /api/2/0/users/me", "", Reads;
    } };
}

macro_rules! table {
    ($($name:ident ($operation:ident): |$c:ident, $ids:ident| $call:expr, $request:literal, $body:literal, $effect:expr;)*) => {
        pub(crate) const CALLS: &[Call] = &[$(Call {
            name: stringify!($name),
            operation: stringify!($operation),
            request: $request,
            effect: $effect,
        }),*];
    };
}
every_call!(table);

impl Call {
    pub(crate) fn operation(&self) -> &'static Operation {
        let known = operations().iter().find(|one| one.name() == self.operation);
        known.unwrap_or_else(|| panic!("no operation is called {}", self.operation))
    }
}

/// Every operation has a call, and each call asks what its operation says.
#[test]
fn the_calls_are_those_of_all_operations() {
    for operation in operations() {
        let is_called = CALLS.iter().any(|call| call.operation == operation.name());
        assert!(is_called, "{} has no call here", operation.name());
    }
    for call in CALLS {
        let operation = call.operation();
        let (method, url) = call.request.split_once(' ').unwrap();
        assert_eq!(method, operation.method().as_str(), "{}", call.name);
        let path = url.split('?').next().unwrap();
        let path = path.split_once("/2/0/").unwrap().1;
        let template = operation.path();
        let (path, template): (Vec<_>, Vec<_>) =
            (path.split('/').collect(), template.split('/').collect());
        assert_eq!(path.len(), template.len(), "{}", call.name);
        for (is, template) in path.iter().zip(template) {
            assert!(
                *is == template || template.starts_with('{'),
                "{}",
                call.name
            );
        }
        let reads = matches!(call.effect, Reads);
        assert_eq!(reads, operation.safety() == Safety::Safe, "{}", call.name);
    }
}

pub(crate) fn mine() -> IntegrationQuery {
    IntegrationQuery::builder().my_integrations(true).build()
}

pub(crate) fn blob() -> AzureBlobConnectionInput {
    AzureBlobConnectionInput::builder()
        .name("Blob")
        .storage_account_name("account")
        .container_name("raw")
        .sas_token("sp=rl&sig=abc")
        .build()
}

pub(crate) fn other_name() -> serde_json::Value {
    serde_json::json!({"name": "Other"})
}

const WORKSPACE: &str = "8a81b09d599f3c6e0159f605560c2630";
const MODEL: &str = "8896D8C366BC48E5A3182B9F5CE10526";

pub(crate) fn import(ids: &Ids) -> IntegrationInput {
    let source = FileSource::azure_blob(&*ids.source, "data.csv");
    let target = AnaplanTarget::builder()
        .action_id(112000000001)
        .file_id(113000000001)
        .build();
    IntegrationInput::builder()
        .name("Import")
        .workspace_id(WORKSPACE)
        .model_id(MODEL)
        .jobs([IntegrationJobInput::import(source, target)])
        .build()
}

pub(crate) fn process() -> IntegrationProcessInput {
    IntegrationProcessInput::builder()
        .name("Process")
        .workspace_id(WORKSPACE)
        .model_id(MODEL)
        .process_id(118000000012)
        .build()
}

pub(crate) fn nightly() -> ScheduleInput {
    ScheduleInput::daily()
        .name("Nightly")
        .timezone("Europe/Paris")
        .start_date("2030-01-01".parse().unwrap())
        .time("02:30:00".parse().unwrap())
        .build()
}

pub(crate) fn told(ids: &Ids) -> NotificationConfigInput {
    NotificationConfigInput::builder()
        .integration_id(&*ids.steps[0])
        .channels([NotificationChannel::Email])
        .on_full_failure([&*ids.user])
        .build()
}

pub(crate) fn flow(ids: &Ids) -> FlowInput {
    FlowInput::sequence("Flow", [&*ids.steps[0], &*ids.steps[1]])
}
