//! Workspaces, models and what they hold, and the people of the tenant.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::estate;
use crate::state::check::Object;
use crate::state::refusal::Refusal;
use crate::state::user::User;

/// The lists that a model has.
pub(crate) const LISTS: [&str; 5] = ["files", "imports", "exports", "actions", "processes"];

/// What the Integration API shows, and what an integration may refer to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holdings {
    /// As they are listed.
    pub(crate) workspaces: Vec<Object>,
    pub(crate) models: Vec<Model>,
    /// As they are listed.
    pub(crate) users: Vec<Object>,
    /// Whether any workspace, any model and any action of the right digits is taken for one that
    /// is there: where a seed names no models.
    pub(crate) is_open: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) id: String,
    pub(crate) workspace: String,
    pub(crate) state: String,
    /// Whether everybody's role in it is NO ACCESS.
    pub(crate) no_access: bool,
    /// As it is listed, but for its workspace's name.
    pub(crate) shown: Object,
    /// Its lists, as they are shown.
    pub(crate) lists: HashMap<&'static str, Vec<Object>>,
    /// The actions that a process runs.
    steps: HashMap<String, Vec<String>>,
    /// The columns of exports, where they were said.
    columns: HashMap<String, Value>,
}

fn text<'o>(object: &'o Object, name: &str) -> &'o str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list(object: &mut Object, name: &str) -> Result<Vec<Object>, String> {
    let items = match object.remove(name) {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(format!("{name}: not a list")),
    };
    let with_id = |(n, item): (usize, Value)| match item {
        Value::Object(item) if item.get("id").is_some_and(Value::is_string) => Ok(item),
        _ => Err(format!("{name}[{n}]: not an object with an id as text")),
    };
    items.into_iter().enumerate().map(with_id).collect()
}

impl Model {
    /// From a seed: `id`, `name`, `workspaceId`, and perhaps `activeState`, `noAccess`, whatever a
    /// model shows, and its lists. Its processes have `steps`, its exports `headerNames`.
    pub(crate) fn from_json(mut shown: Object) -> Result<Self, String> {
        let mut take = |name: &str| match shown.remove(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            _ => Err(format!("a model has a text `{name}`")),
        };
        let (id, workspace) = (take("id")?, take("workspaceId")?);
        let state = take("activeState").unwrap_or_else(|_| "UNLOCKED".into());
        let no_access = shown.remove("noAccess") == Some(json!(true));
        let (mut lists, mut steps) = (HashMap::new(), HashMap::new());
        let mut columns = HashMap::new();
        for kind in LISTS {
            let mut items = list(&mut shown, kind)?;
            for item in &mut items {
                let id = text(item, "id").to_owned();
                if let Some(Value::Array(actions)) = item.remove("steps") {
                    let ids = actions.iter().filter_map(Value::as_str).map(str::to_owned);
                    steps.insert(id.clone(), ids.collect());
                }
                if let Some(names) = item.remove("headerNames") {
                    columns.insert(id, names);
                }
            }
            lists.insert(kind, items);
        }
        Ok(Self {
            id,
            workspace,
            state,
            no_access,
            shown,
            lists,
            steps,
            columns,
        })
    }

    pub(crate) fn list(&self, kind: &str) -> &[Object] {
        self.lists.get(kind).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn item(&self, kind: &str, id: &str) -> Option<&Object> {
        self.list(kind).iter().find(|item| text(item, "id") == id)
    }

    pub(crate) fn columns(&self, export: &str) -> Value {
        self.columns
            .get(export)
            .cloned()
            .unwrap_or_else(|| json!([]))
    }

    /// The file that an import reads, if it reads one.
    pub(crate) fn file_of(&self, import: &str) -> Option<&str> {
        let source = text(self.item("imports", import)?, "importDataSourceId");
        self.item("files", source).map(|_| source)
    }

    /// The actions that a process runs.
    pub(crate) fn steps_of(&self, process: &str) -> &[String] {
        self.steps.get(process).map_or(&[], Vec::as_slice)
    }

    /// What a step does, in the word that a process shows.
    pub(crate) fn action_type(&self, action: &str) -> Option<String> {
        if self.item("imports", action).is_some() {
            return Some("IMPORT".into());
        }
        if self.item("exports", action).is_some() {
            return Some("EXPORT".into());
        }
        let action = self.item("actions", action)?;
        Some(text(action, "actionType").to_owned()).filter(|kind| !kind.is_empty())
    }

    pub(crate) fn has_optimizer(&self, process: &str) -> bool {
        let mut steps = self.steps_of(process).iter();
        steps.any(|step| self.action_type(step).as_deref() == Some("OPTIMIZER"))
    }

    pub(crate) fn is_offline(&self) -> bool {
        self.state.ends_with("MAINTENANCE")
    }

    /// Whether its lists can be read by this user; the refusal says why not.
    pub(crate) fn open_to(&self, user: &User) -> Result<(), Refusal> {
        if self.no_access || user.sees_nothing() {
            return Err(Refusal::new(404, "Not Found"));
        }
        if self.state == "ARCHIVED" {
            return Err(Refusal::new(422, "The model is archived"));
        }
        if self.is_offline() && !user.is_administrator() {
            return Err(Refusal::new(424, "The model is offline"));
        }
        Ok(())
    }
}

impl Holdings {
    /// The estate's workspaces, models and people.
    pub(crate) fn of_the_estate() -> Self {
        let mut holdings = Self::default();
        let sown = holdings.sow(&mut estate::holdings());
        debug_assert_eq!(sown, Ok(()));
        holdings
    }

    /// Adds the `workspaces`, `models` and `users` of a seed.
    pub(crate) fn sow(&mut self, seed: &mut Object) -> Result<(), String> {
        self.workspaces.extend(list(seed, "workspaces")?);
        self.users.extend(list(seed, "users")?);
        for (n, model) in list(seed, "models")?.into_iter().enumerate() {
            let model =
                Model::from_json(model).map_err(|problem| format!("models[{n}]: {problem}"))?;
            self.models.push(model);
        }
        Ok(())
    }

    pub(crate) fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }

    pub(crate) fn workspace_name(&self, id: &str) -> &str {
        let found = self.workspaces.iter().find(|one| text(one, "id") == id);
        found.map_or("", |workspace| text(workspace, "name"))
    }

    /// The model of a new integration; nothing where any will do.
    pub(crate) fn admit(
        &self,
        workspace: &str,
        model: &str,
        user: &User,
    ) -> Result<Option<&Model>, Refusal> {
        if self.is_open {
            return Ok(None);
        }
        let is_known = self
            .workspaces
            .iter()
            .any(|one| text(one, "id") == workspace);
        if !is_known || user.sees_nothing() {
            return Err(Refusal::new(400, "User does not have access to workspace"));
        }
        let found = self.model(model).filter(|model| !model.no_access);
        let found = found.ok_or_else(|| Refusal::new(400, "User does not have access to model"))?;
        if found.workspace != workspace {
            return Err(Refusal::new(503, "Invalid workspace or model"));
        }
        Ok(Some(found))
    }
}
