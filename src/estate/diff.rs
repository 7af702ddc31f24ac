//! What has changed between two estates.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Depth, Estate, Subject, secrets};
use crate::directory::{Named, Table};

/// What has changed from one estate to a later one. From [`Estate::diff`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EstateDiff {
    /// What has changed, by kind and by id.
    pub changes: Vec<ObjectChange>,
    /// The depths that only one of the two has: nothing is said of them.
    pub not_compared: BTreeSet<Depth>,
    /// Whether the two were read as different users, who may see different parts of the tenant: then
    /// what was added or removed may only be hidden.
    pub is_of_different_users: bool,
}

/// What has become of one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectChange {
    /// Which object; its name is the later one.
    pub subject: Subject,
    /// Whether it was added, removed or changed.
    pub kind: ChangeKind,
    /// The fields that have changed, of an object that is in both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
}

/// Whether an object was added, removed or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ChangeKind {
    /// Only the later estate has it.
    Added,
    /// Only the earlier estate has it: it was deleted, or can no longer be seen.
    Removed,
    /// Both have it, and it is not the same.
    Changed,
}

/// A field that has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FieldChange {
    /// Which field: `schedule.time`, `jobs[0].sources[0].file`, with the service's names. What stands
    /// under `jobs`, `steps` and `notification` was read apart.
    pub path: String,
    /// What it was; `None` when it was not there.
    pub from: Option<Value>,
    /// What it is; `None` when it is no longer there.
    pub to: Option<Value>,
}

impl EstateDiff {
    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// One object a line, and its fields below it.
impl fmt::Display for EstateDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, change) in self.changes.iter().enumerate() {
            write!(f, "{}{change}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl fmt::Display for ObjectChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.kind {
            ChangeKind::Added => '+',
            ChangeKind::Removed => '-',
            ChangeKind::Changed => '~',
        };
        write!(f, "{sign} {}", self.subject)?;
        for field in &self.fields {
            write!(f, "\n    {field}")?;
        }
        Ok(())
    }
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |value: &Option<Value>| match value {
            Some(value) => value.to_string(),
            None => "nothing".to_owned(),
        };
        write!(
            f,
            "{}: {} -> {}",
            self.path,
            show(&self.from),
            show(&self.to)
        )
    }
}

/// What runs and the clock change by themselves, and what follows from other fields.
const NOT_OF_INTEREST: [&str; 4] = [
    "latestRun",
    "nextScheduleDate",
    "connectionName",
    "lastLoginDate",
];

impl Estate {
    /// What has changed from this estate to a later one: objects by their ids, field by field.
    ///
    /// Depths that only one of the two has are not compared, nor is an object whose details either of
    /// them has not: see the gaps. Runs are no change.
    ///
    /// ```
    /// use anaplan_sdk::estate::Estate;
    /// use serde_json::json;
    ///
    /// let read = |name: &str, time: &str| {
    ///     serde_json::from_value::<Estate>(json!({
    ///         "version": 1, "depths": ["lists"],
    ///         "integrations": [
    ///             {"integrationId": "840c", "name": name, "schedule": {"type": "daily", "time": time}},
    ///         ],
    ///     }))
    /// };
    /// let diff = read("Products", "06:30")?.diff(&read("Products", "07:15")?);
    /// assert_eq!(
    ///     diff.to_string(),
    ///     "~ integration *Products* (840c)\n    schedule.time: \"06:30\" -> \"07:15\"",
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn diff(&self, later: &Self) -> EstateDiff {
        let mut changes = Vec::new();
        let depths = |depth: Depth| self.depths.contains(&depth) && later.depths.contains(&depth);
        let (jobs, told) = (depths(Depth::Jobs), depths(Depth::Notifications));
        let steps = depths(Depth::Flows);
        compare(&self.connections, &later.connections, &mut changes, |_| {
            Vec::new()
        });
        compare(
            &self.integrations,
            &later.integrations,
            &mut changes,
            |one| {
                let mut details = Vec::new();
                if jobs {
                    let of = |estate: &Self| Some(as_json(&estate.jobs.get(&one.id)?.jobs));
                    details.push(("jobs", of(self), of(later)));
                }
                if told {
                    let of = |estate: &Self| Some(as_json(estate.notifications.get(&one.id)?));
                    details.push(("notification", of(self), of(later)));
                }
                details
            },
        );
        compare(&self.flows, &later.flows, &mut changes, |flow| {
            let of = |estate: &Self| Some(as_json(&estate.steps.get(&flow.id)?.steps));
            match steps {
                true => vec![("steps", of(self), of(later))],
                false => Vec::new(),
            }
        });
        compare(&self.users, &later.users, &mut changes, |_| Vec::new());
        let models = |estate: &Self| estate.directory.as_ref().map(|all| all.models.clone());
        if depths(Depth::Models) {
            // What a model holds is the model builders' business; that it was archived is not.
            compare_by(&models(self), &models(later), &mut changes, |model| {
                let name = Value::from(model.name.clone());
                let state = as_json(&model.active_state);
                Value::Object(
                    [("name".into(), name), ("activeState".into(), state)]
                        .into_iter()
                        .collect(),
                )
            });
        }
        let id = |estate: &Self| estate.read_as.as_ref().map(|user| user.id.clone());
        EstateDiff {
            changes,
            not_compared: self
                .depths
                .symmetric_difference(&later.depths)
                .copied()
                .collect(),
            is_of_different_users: id(self) != id(later),
        }
    }
}

fn as_json(value: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    secrets::strip(&mut value);
    value
}

/// What was read apart: its name, and what both estates have of it.
type Detail = (&'static str, Option<Value>, Option<Value>);

fn compare<T: Named + Serialize>(
    earlier: &Option<Table<T>>,
    later: &Option<Table<T>>,
    changes: &mut Vec<ObjectChange>,
    details: impl Fn(&T) -> Vec<Detail>,
) {
    let from = changes.len();
    compare_by(earlier, later, changes, |item| as_json(item));
    // Whatever differs in its details alone has no change so far.
    let mut by_id: BTreeMap<String, usize> = changes[from..]
        .iter()
        .enumerate()
        .filter_map(|(n, change)| Some((change.subject.id.clone()?, from + n)))
        .collect();
    let (Some(earlier), Some(later)) = (earlier, later) else {
        return;
    };
    for item in later.iter().filter(|item| earlier.get(item.id()).is_some()) {
        let mut fields = Vec::new();
        for (name, before, after) in details(item) {
            // What one of them could not read has not changed.
            if let (Some(before), Some(after)) = (before, after) {
                differences(name, Some(&before), Some(&after), &mut fields);
            }
        }
        if fields.is_empty() {
            continue;
        }
        let at = *by_id.entry(item.id().to_owned()).or_insert_with(|| {
            changes.push(ObjectChange {
                subject: Subject::of(item),
                kind: ChangeKind::Changed,
                fields: Vec::new(),
            });
            changes.len() - 1
        });
        changes[at].fields.extend(fields);
    }
    changes[from..].sort_by(|a, b| a.subject.id.cmp(&b.subject.id));
}

fn compare_by<T: Named>(
    earlier: &Option<Table<T>>,
    later: &Option<Table<T>>,
    changes: &mut Vec<ObjectChange>,
    json: impl Fn(&T) -> Value,
) {
    let (Some(earlier), Some(later)) = (earlier, later) else {
        return;
    };
    let from = changes.len();
    let change = |item: &T, kind: ChangeKind, fields: Vec<FieldChange>| ObjectChange {
        subject: Subject::of(item),
        kind,
        fields,
    };
    for item in later {
        let Some(before) = earlier.get(item.id()) else {
            changes.push(change(item, ChangeKind::Added, Vec::new()));
            continue;
        };
        let mut fields = Vec::new();
        differences("", Some(&json(before)), Some(&json(item)), &mut fields);
        if !fields.is_empty() {
            changes.push(change(item, ChangeKind::Changed, fields));
        }
    }
    let removed = earlier.iter().filter(|item| later.get(item.id()).is_none());
    changes.extend(removed.map(|item| change(item, ChangeKind::Removed, Vec::new())));
    changes[from..].sort_by(|a, b| a.subject.id.cmp(&b.subject.id));
}

/// Each field that differs, down to the single values.
fn differences(path: &str, from: Option<&Value>, to: Option<&Value>, all: &mut Vec<FieldChange>) {
    match (from, to) {
        (Some(Value::Object(from)), Some(Value::Object(to))) => {
            let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
            for name in names {
                if NOT_OF_INTEREST.contains(&name.as_str()) {
                    continue;
                }
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                differences(&path, from.get(name), to.get(name), all);
            }
        }
        (Some(Value::Array(from)), Some(Value::Array(to))) => {
            for n in 0..from.len().max(to.len()) {
                differences(&format!("{path}[{n}]"), from.get(n), to.get(n), all);
            }
        }
        (from, to) if from == to => {}
        (from, to) => all.push(FieldChange {
            path: path.to_owned(),
            from: from.cloned(),
            to: to.cloned(),
        }),
    }
}
