//! An integration, and what its body has to have.

use serde_json::{Value, json};

use crate::state::check::{self, Object};
use crate::state::clock::{self, Millis};
use crate::state::connection::Connection;
use crate::state::holdings::Holdings;
use crate::state::job::{self, Place};
use crate::state::refusal::Refusal;
use crate::state::user::User;

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
        } else if self.jobs().iter().any(job::is_import) {
            "Import"
        } else {
            "Export"
        }
    }

    pub(crate) fn uses(&self, connection: &str) -> bool {
        self.jobs()
            .iter()
            .flat_map(job::ends)
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
}

/// Checks a body of create or update, and fills in what may be left out.
pub(crate) fn complete(
    mut body: Object,
    connections: &[Connection],
    holdings: &Holdings,
    user: &User,
    strict: bool,
) -> Result<Object, Refusal> {
    check::fields(
        &body,
        &["name", "version", "workspaceId", "modelId"],
        &["nuxVisible", "processId", "jobs"],
        strict,
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
    let model = holdings.admit(workspace, model, user)?;
    let place = Place {
        workspace,
        connections,
        model,
        strict,
    };
    if body.contains_key("processId") {
        let process = check::digits_in(&body, "processId")?;
        place.known_action(process, "processes", &["118"])?;
        if model.is_some_and(|model| model.has_optimizer(process)) {
            return Err(Refusal::new(
                400,
                "A Process that has Optimizer as steps cannot be executed through CloudWorks",
            ));
        }
        if body.contains_key("jobs") {
            job::check(check::list_in(&body, "jobs")?, &place, Some(process))?;
        }
    } else {
        let jobs = check::list_in(&body, "jobs")?;
        match jobs.len() {
            0 => return Err(Refusal::invalid()),
            1 => job::check(jobs, &place, None)?,
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

pub(crate) fn unique(all: &[Integration], name: &str, except: Option<&str>) -> Result<(), Refusal> {
    if all
        .iter()
        .any(|each| each.name() == name && Some(each.id.as_str()) != except)
    {
        return Err(Refusal::duplicate());
    }
    Ok(())
}
