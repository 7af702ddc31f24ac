//! A world from a file: what a user of another language puts into `--seed`.

use serde_json::{Value, json};

use crate::estate;
use crate::state::check::Object;
use crate::state::connection::{self, Connection};
use crate::state::outcome::Outcome;
use crate::state::schedule;
use crate::state::user::User;
use crate::state::world::World;

const PARTS: [&str; 6] = [
    "workspaces",
    "models",
    "users",
    "connections",
    "integrations",
    "flows",
];

/// Adds what the seed describes; the error says which entry is wrong.
pub(crate) fn sow(world: &mut World, seed: &Value) -> Result<(), String> {
    let seed = seed.as_object().ok_or("a seed is an object")?;
    if let Some(name) = seed.keys().find(|name| !PARTS.contains(&name.as_str())) {
        return Err(format!("a seed has {}, not {name}", PARTS.join(", ")));
    }
    world.holdings.sow(&mut seed.clone())?;
    let list = |name: &str| {
        seed.get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    for (n, entry) in list("connections").into_iter().enumerate() {
        connection(world, entry).map_err(|problem| format!("connections[{n}]: {problem}"))?;
    }
    for (n, entry) in list("integrations").into_iter().enumerate() {
        integration(world, entry).map_err(|problem| format!("integrations[{n}]: {problem}"))?;
    }
    for (n, entry) in list("flows").into_iter().enumerate() {
        flow(world, entry).map_err(|problem| format!("flows[{n}]: {problem}"))?;
    }
    Ok(())
}

fn parts(entry: Value) -> Result<Object, String> {
    match entry {
        Value::Object(entry) => Ok(entry),
        _ => Err("not an object".into()),
    }
}

/// The entry's own id, or a new one.
fn take_id(world: &mut World, entry: &mut Object, name: &str) -> String {
    match entry.remove(name) {
        Some(Value::String(id)) => id,
        _ => world.chance.hex(),
    }
}

fn connection(world: &mut World, entry: Value) -> Result<(), String> {
    let mut entry = parts(entry)?;
    let id = take_id(world, &mut entry, "connectionId");
    let kind = entry
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let body = parts(entry.get("body").cloned().unwrap_or_default())?;
    let body = connection::complete(&kind, body, true).map_err(|refusal| refusal.message)?;
    let (by, now) = (User::of(estate::USER_EMAIL).display_name(), world.now());
    let mut connection = Connection::new(id, &kind, body, &by, now);
    if entry.get("status") == Some(&json!(0)) {
        connection.status = 0;
    }
    connection.error_code = entry.get("integrationErrorCode").and_then(Value::as_i64);
    world.connections.push(connection);
    Ok(())
}

/// A connection may be given by its name.
fn resolve_connections(world: &World, jobs: &mut Value) {
    for job in jobs.as_array_mut().into_iter().flatten() {
        for side in ["sources", "targets"] {
            let ends = job.get_mut(side).and_then(Value::as_array_mut);
            for end in ends.into_iter().flatten() {
                let known = end
                    .get("connectionId")
                    .and_then(Value::as_str)
                    .and_then(|name| world.connections.iter().find(|each| each.name() == name))
                    .map(|connection| connection.id.clone());
                if let Some(id) = known {
                    end["connectionId"] = json!(id);
                }
            }
        }
    }
}

fn integration(world: &mut World, entry: Value) -> Result<(), String> {
    let mut entry = parts(entry)?;
    let id = take_id(world, &mut entry, "integrationId");
    let schedule = entry.remove("schedule");
    let history = entry
        .remove("history")
        .and_then(|count| count.as_u64())
        .unwrap_or(0);
    let plans = entry.remove("nextRuns");
    entry.entry("version").or_insert_with(|| json!("2.0"));
    entry
        .entry("workspaceId")
        .or_insert_with(|| json!(estate::WORKSPACE));
    entry
        .entry("modelId")
        .or_insert_with(|| json!(estate::MODEL));
    if let Some(jobs) = entry.get_mut("jobs") {
        resolve_connections(world, jobs);
    }
    let now = world.now();
    world
        .create_integration(id.clone(), entry, &User::of(estate::USER_EMAIL), now)
        .map_err(|refusal| refusal.message)?;
    if let Some(schedule) = schedule {
        let schedule = schedule::complete(parts(schedule)?, true)
            .map_err(|refusal| format!("schedule: {}", refusal.message))?;
        if let Some(integration) = world.integration_mut(&id) {
            integration.schedule = Some(schedule);
        }
    }
    world.add_history(&id, usize::try_from(history).unwrap_or(0));
    for plan in plans
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let outcome = Outcome::from_json(plan)?;
        world
            .plans
            .entry(id.clone())
            .or_default()
            .push_back(outcome);
    }
    Ok(())
}

/// Integrations may be given by their names, and what is left out of a step is as usual.
fn flow(world: &mut World, entry: Value) -> Result<(), String> {
    let mut entry = parts(entry)?;
    let id = take_id(world, &mut entry, "id");
    entry.entry("version").or_insert_with(|| json!("2.0"));
    entry
        .entry("type")
        .or_insert_with(|| json!("IntegrationFlow"));
    let resolve = |name: &Value| match world
        .integrations
        .iter()
        .find(|each| json!(each.name()) == *name)
    {
        Some(integration) => json!(integration.id),
        None => name.clone(),
    };
    let mut before: Option<Value> = None;
    for step in entry
        .get_mut("steps")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let step = step.as_object_mut().ok_or("a step is an object")?;
        let referrer = resolve(step.get("referrer").unwrap_or(&Value::Null));
        step.insert("referrer".into(), referrer.clone());
        step.entry("type").or_insert_with(|| json!("Integration"));
        step.entry("isSkipped").or_insert_with(|| json!(false));
        step.entry("exceptionBehavior").or_insert_with(|| json!([]));
        let depends_on = match step.get("dependsOn").and_then(Value::as_array) {
            Some(names) => names.iter().map(resolve).collect(),
            None => before.iter().cloned().collect::<Vec<_>>(),
        };
        step.insert("dependsOn".into(), json!(depends_on));
        before = Some(referrer);
    }
    let now = world.now();
    world
        .create_flow(id, &entry, &User::of(estate::USER_EMAIL), now)
        .map_err(|refusal| refusal.message)
}
