//! Every operation of the service that the clients have, each described once: its name, its
//! request, and what happens when the request arrives twice.

use http::Method;

use crate::http::request::{Host, Request, Safety};

/// An operation of the service. See [`operations`].
#[derive(Clone, Debug)]
pub struct Operation {
    name: &'static str,
    method: Method,
    segments: &'static [&'static str],
    safety: Safety,
}

impl Operation {
    /// The name of its method, which also stands in errors and spans: `run_integration`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The method of its request.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path of its request below the base URL, with a name in braces for each id:
    /// `integrations/{integration}/run`.
    pub fn path(&self) -> String {
        self.segments.join("/")
    }

    /// What happens when its request arrives twice.
    pub fn safety(&self) -> Safety {
        self.safety
    }
}

/// One line an operation: its name and ids, its request, and what happens when it arrives twice.
macro_rules! operations {
    ($($name:ident($($id:ident),*): $method:ident $host:ident $segments:expr, $safety:ident;)*) => {
        $(pub(crate) fn $name($($id: &str),*) -> Request {
            Request::new(stringify!($name), Method::$method, Safety::$safety, $segments)
                .at(Host::$host)
        })*

        static OPERATIONS: &[Operation] = &[$({
            $(
                #[allow(non_upper_case_globals, reason = "it stands for the argument of that name")]
                const $id: &str = concat!("{", stringify!($id), "}");
            )*
            Operation {
                name: stringify!($name),
                method: Method::$method,
                segments: &$segments,
                safety: Safety::$safety,
            }
        }),*];
    };
}

operations! {
    list_connections(): GET CloudWorks ["integrations", "connections"], Safe;
    create_connection(): POST CloudWorks ["integrations", "connections"], NotIdempotent;
    update_connection(connection): PUT CloudWorks ["integrations", "connections", connection], Idempotent;
    patch_connection(connection): PATCH CloudWorks ["integrations", "connections", connection], Idempotent;
    delete_connection(connection): DELETE CloudWorks ["integrations", "connections", connection], Idempotent;

    list_integrations(): GET CloudWorks ["integrations"], Safe;
    get_tenant_limits(): GET CloudWorks ["integrations"], Safe;
    get_integration(integration): GET CloudWorks ["integrations", integration], Safe;
    create_integration(): POST CloudWorks ["integrations"], NotIdempotent;
    update_integration(integration): PUT CloudWorks ["integrations", integration], Idempotent;
    delete_integration(integration): DELETE CloudWorks ["integrations", integration], Idempotent;
    run_integration(integration): POST CloudWorks ["integrations", integration, "run"], NotIdempotent;
    // The call names the integration and not its run: a second one could cancel the next run.
    cancel_integration(integration): POST CloudWorks ["integrations", integration, "cancel"], NotIdempotent;

    create_schedule(integration): POST CloudWorks ["integrations", integration, "schedule"], NotIdempotent;
    update_schedule(integration): PUT CloudWorks ["integrations", integration, "schedule"], Idempotent;
    set_schedule_status(integration, status): POST CloudWorks ["integrations", integration, "schedule", "status", status], Idempotent;
    delete_schedule(integration): DELETE CloudWorks ["integrations", integration, "schedule"], Idempotent;

    get_run_history(integration): GET CloudWorks ["integrations", "runs", integration], Safe;
    get_run_status(run): GET CloudWorks ["integrations", "run", run], Safe;
    get_run_error(run): GET CloudWorks ["integrations", "runerror", run], Safe;
    get_import_error_dump(run): GET CloudWorks ["integrations", "run", run, "dumps"], Safe;
    get_process_error_dump(run, action): GET CloudWorks ["integrations", "run", run, "process", "import", action, "dumps"], Safe;

    get_notification_config(notification): GET CloudWorks ["integrations", "notification", notification], Safe;
    create_notification_config(): POST CloudWorks ["integrations", "notification"], NotIdempotent;
    update_notification_config(notification): PUT CloudWorks ["integrations", "notification", notification], Idempotent;
    delete_notification_config(notification): DELETE CloudWorks ["integrations", "notification", notification], Idempotent;

    list_flows(): GET CloudWorks ["integrationflows"], Safe;
    get_flow(flow): GET CloudWorks ["integrationflows", flow], Safe;
    create_flow(): POST CloudWorks ["integrationflows"], NotIdempotent;
    update_flow(flow): PUT CloudWorks ["integrationflows", flow], Idempotent;
    delete_flow(flow): DELETE CloudWorks ["integrationflows", flow], Idempotent;
    run_flow(flow): POST CloudWorks ["integrationflows", flow, "run"], NotIdempotent;
    run_flow_steps(flow): POST CloudWorks ["integrationflows", flow, "run"], NotIdempotent;

    list_workspaces(): GET Api ["workspaces"], Safe;
    list_models(): GET Api ["models"], Safe;
    list_models_in(workspace): GET Api ["workspaces", workspace, "models"], Safe;
    get_model(model): GET Api ["models", model], Safe;
    get_model_status(model): GET Api ["models", model, "status"], Safe;
    list_files(model): GET Api ["models", model, "files"], Safe;
    list_imports(model): GET Api ["models", model, "imports"], Safe;
    get_import(model, import): GET Api ["models", model, "imports", import], Safe;
    list_exports(model): GET Api ["models", model, "exports"], Safe;
    get_export(model, export): GET Api ["models", model, "exports", export], Safe;
    list_actions(model): GET Api ["models", model, "actions"], Safe;
    list_processes(model): GET Api ["models", model, "processes"], Safe;
    get_process(model, process): GET Api ["models", model, "processes", process], Safe;
    list_users(): GET Api ["users"], Safe;
    find_user(): GET Api ["users"], Safe;
    get_user(user): GET Api ["users", user], Safe;
    current_user(): GET Api ["users", "me"], Safe;
}

/// Every operation of the service that the clients have a method for, log-ins apart: what a client
/// may send, and which of it [`read_only`](crate::ClientBuilder::read_only) refuses.
///
/// ```
/// use anaplan_sdk::{Safety, operations};
///
/// let writes = operations().iter().filter(|one| one.safety() != Safety::Safe);
/// for write in writes {
///     println!("{} {}", write.method(), write.path());
/// }
/// ```
pub fn operations() -> &'static [Operation] {
    OPERATIONS
}
