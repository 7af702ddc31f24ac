//! `/integrations`

use std::cmp::Reverse;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::call::Call;
use crate::check::{self, Object};
use crate::clock::{self, Millis};
use crate::jobs;
use crate::notifications::Notification;
use crate::reply::{self, Answer, Refusal};
use crate::runs;
use crate::shared::Shared;
use crate::user::User;
use crate::world::World;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/integrations", get(list).post(create))
        .route("/integrations/{id}", get(read).put(update).delete(delete))
        .route("/integrations/{id}/run", post(run))
        .route("/integrations/{id}/cancel", post(cancel))
}

/// What moves data between a store and a model, or runs a process.
#[derive(Debug, Clone)]
pub(crate) struct Integration {
    pub(crate) id: String,
    /// As it was created: `name`, `version`, `workspaceId`, `modelId` …
    pub(crate) body: Object,
    pub(crate) owner: String,
    pub(crate) created: Millis,
    pub(crate) modified: Millis,
    pub(crate) created_by: String,
    pub(crate) modified_by: Option<String>,
    pub(crate) notification: Option<String>,
    pub(crate) schedule: Option<Object>,
    /// Ids, oldest first.
    pub(crate) runs: Vec<String>,
}

impl Integration {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.body
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.text("name")
    }

    pub(crate) fn jobs(&self) -> &[Value] {
        self.body
            .get("jobs")
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// `Import`, `Export` or `Process`.
    pub(crate) fn kind(&self) -> &'static str {
        if self.body.contains_key("processId") {
            "Process"
        } else if self.jobs().iter().any(jobs::is_import) {
            "Import"
        } else {
            "Export"
        }
    }

    pub(crate) fn uses(&self, connection: &str) -> bool {
        self.jobs()
            .iter()
            .flat_map(jobs::ends)
            .any(|end| end.get("connectionId") == Some(&json!(connection)))
    }

    /// What list and get have in common.
    pub(crate) fn common(&self) -> Object {
        let mut common = Object::new();
        let mut put = |name: &str, value: Value| common.insert(name.into(), value);
        put("integrationId", json!(self.id));
        for name in ["name", "processId", "workspaceId", "modelId", "nuxVisible"] {
            if let Some(value) = self.body.get(name) {
                put(name, value.clone());
            }
        }
        put("createdBy", json!(self.created_by));
        put("creationDate", json!(clock::iso(self.created)));
        put("modificationDate", json!(clock::iso(self.modified)));
        put("modifiedBy", json!(self.modified_by));
        if let Some(id) = &self.notification {
            put("notificationId", json!(id));
        }
        if let Some(schedule) = &self.schedule {
            put("schedule", json!(schedule));
        }
        common
    }

    fn latest_run(&self, world: &World) -> Option<Value> {
        let run = world.runs.get(self.runs.last()?)?;
        Some(run.latest(world.now()))
    }

    /// In a list there are no jobs, and no `latestRun` before the first run.
    fn listed(&self, world: &World) -> Value {
        let mut all = self.common();
        all.insert("integrationType".into(), json!(self.kind()));
        if let Some(run) = self.latest_run(world) {
            all.insert("latestRun".into(), run);
        }
        Value::Object(all)
    }

    /// By itself it has no type, but jobs, and an empty `latestRun` before the first run.
    fn single(&self, world: &World) -> Value {
        let mut all = self.common();
        all.insert("version".into(), json!("2.0"));
        all.insert(
            "latestRun".into(),
            self.latest_run(world).unwrap_or_else(|| json!({})),
        );
        if self.body.contains_key("jobs") {
            let jobs = self
                .jobs()
                .iter()
                .map(|job| jobs::with_names(job, world))
                .collect();
            all.insert("jobs".into(), Value::Array(jobs));
        }
        Value::Object(all)
    }

    pub(crate) fn snapshot(&self, world: &World) -> Value {
        let mut all = self.single(world);
        all["integrationType"] = json!(self.kind());
        all["runs"] = json!(self.runs.len());
        all["isRunning"] = json!(world.is_busy(&self.id));
        all
    }
}

/// Checks a body of create or update, and fills in what may be left out.
fn complete(mut body: Object, world: &World) -> Result<Object, Refusal> {
    check::fields(
        &body,
        &["name", "version", "workspaceId", "modelId"],
        &["nuxVisible", "processId", "jobs"],
    )?;
    check::text_in(&body, "name")?;
    check::one_of(&body, "version", &["2.0"])?;
    if check::flag_or_none(&body, "nuxVisible")?.is_none() {
        body.insert("nuxVisible".into(), json!(false));
    }
    let (workspace, model) = (
        check::text_in(&body, "workspaceId")?,
        check::text_in(&body, "modelId")?,
    );
    if !check::is_hex_id(workspace)
        || model.to_uppercase() != model
        || model.bytes().all(|b| b == b'0')
    {
        return Err(Refusal::new(500, "Model Not Found"));
    }
    if body.contains_key("processId") {
        jobs::known_action(check::digits_in(&body, "processId")?, &["118"])?;
        if body.contains_key("jobs") {
            jobs::check(check::list_in(&body, "jobs")?, workspace, world)?;
        }
    } else {
        let jobs = check::list_in(&body, "jobs")?;
        match jobs.len() {
            0 => return Err(Refusal::invalid()),
            1 => jobs::check(jobs, workspace, world)?,
            _ => {
                return Err(Refusal::new(
                    409,
                    "Only a single job is supported by import/export integration",
                ));
            }
        }
    }
    Ok(body)
}

fn unique(world: &World, name: &str, except: Option<&str>) -> Result<(), Refusal> {
    if world
        .integrations
        .iter()
        .any(|each| each.name() == name && Some(each.id.as_str()) != except)
    {
        return Err(Refusal::duplicate());
    }
    Ok(())
}

impl World {
    /// Adds an integration, and the notification that it is born with.
    pub(crate) fn add_integration(&mut self, id: String, body: Object, user: &User, at: Millis) {
        let notification = self.chance.hex();
        self.notifications
            .push(Notification::born(notification.clone(), &id, user));
        self.integrations.push(Integration {
            id,
            body,
            owner: user.guid.clone(),
            created: at,
            modified: at,
            created_by: user.display_name(),
            modified_by: None,
            notification: Some(notification),
            schedule: None,
            runs: Vec::new(),
        });
    }

    /// Checks a body as a request's would be, then adds it.
    pub(crate) fn create_integration(
        &mut self,
        id: String,
        body: Object,
        user: &User,
        at: Millis,
    ) -> Result<(), Refusal> {
        let body = complete(body, self)?;
        unique(self, check::text_in(&body, "name")?, None)?;
        self.add_integration(id, body, user, at);
        Ok(())
    }
}

async fn list(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&["limit", "offset", "sortBy", "myIntegrations"])?;
    let (page, mine) = (call.page()?, call.zero_or_one("myIntegrations")?);
    let world = shared.world();
    let mut all: Vec<&Integration> = world
        .integrations
        .iter()
        .filter(|each| !call.user.sees_nothing() && (!mine || each.owner == call.user.guid))
        .collect();
    match call.query("sortBy") {
        None => {}
        Some("name") => all.sort_by_key(|each| each.name()),
        Some("-name") => all.sort_by_key(|each| Reverse(each.name())),
        Some(_) => return Err(Refusal::new(400, "Invalid query parameter sortBy")),
    }
    let items = page
        .slice(&all)
        .iter()
        .map(|each| each.listed(&world))
        .collect();
    let counts = json!({
        "tenantCurrentCount": world.integrations.len() + world.flows.len(),
        "tenantMaxAllowed": world.settings.tenant_limit,
    });
    reply::listed("integrations", page, items, all.len(), counts)
}

async fn read(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let world = shared.world();
    let id = call.param("id");
    let integration = world
        .integration(id)
        .ok_or_else(|| Refusal::not_found("Integration", id))?;
    reply::found("integration", integration.single(&world))
}

async fn create(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let body = call.object()?;
    let name = check::text_in(&body, "name")?.to_owned();
    let mut world = shared.world();
    if world.integrations.len() + world.flows.len() >= world.settings.tenant_limit {
        return Err(Refusal::new(409, "Tenant integration limit reached"));
    }
    let (id, now) = (world.chance.hex(), world.now());
    world.create_integration(id.clone(), body, &call.user, now)?;
    world.did("created", "integration", &id, &name);
    reply::created("integration", json!({"integrationId": id}))
}

async fn update(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let body = call.object()?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    world
        .integration(&id)
        .ok_or_else(|| Refusal::not_found("Integration", &id))?;
    let body = complete(body, &world)?;
    let name = check::text_in(&body, "name")?.to_owned();
    unique(&world, &name, Some(&id))?;
    let now = world.now();
    if let Some(integration) = world.integration_mut(&id) {
        integration.body = body;
        integration.modified = now;
        integration.modified_by = Some(call.user.display_name());
    }
    world.did("updated", "integration", &id, &name);
    reply::done()
}

async fn delete(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    let integration = world
        .integration(&id)
        .ok_or_else(|| Refusal::not_found("Integration", &id))?
        .clone();
    if world.is_busy(&id) {
        return Err(Refusal::new(409, "A running integration cannot be deleted"));
    }
    if world.flows.iter().any(|flow| flow.has_step(&id)) {
        return Err(Refusal::new(
            409,
            format!("Integration {id} is referenced by an integration flow"),
        ));
    }
    world.integrations.retain(|each| each.id != id);
    world.notifications.retain(|each| each.integration != id);
    for run in &integration.runs {
        world.runs.remove(run);
    }
    world.did("deleted", "integration", &id, integration.name());
    reply::done()
}

async fn run(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    call.nothing()?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    world
        .integration(&id)
        .ok_or_else(|| Refusal::not_found("Integration", &id))?;
    if world.is_busy(&id) {
        return Err(Refusal::new(
            409,
            format!("Integration {id} is already running"),
        ));
    }
    let now = world.now();
    let run = world.start(&id, &call.user.display_name(), runs::MANUAL, None, now);
    reply::created("run", json!({"id": run}))
}

async fn cancel(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    call.nothing()?;
    let mut world = shared.world();
    let id = call.param("id").to_owned();
    world
        .integration(&id)
        .ok_or_else(|| Refusal::not_found("Integration", &id))?;
    world.cancel(&id)?;
    reply::done()
}
