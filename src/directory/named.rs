//! What can be found by its name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::models::User;
use crate::models::cloud_works::{Connection, Integration};
use crate::models::flows::FlowSummary;
use crate::models::integration_api::{Action, Export, File, Import, Model, Process, Workspace};

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Kind {
    /// A workspace.
    Workspace,
    /// A model.
    Model,
    /// An import of a model.
    Import,
    /// An export of a model.
    Export,
    /// An action of a model that is neither import nor export nor process.
    Action,
    /// A process of a model.
    Process,
    /// A file of a model.
    File,
    /// A connection of CloudWorks.
    Connection,
    /// An integration of CloudWorks.
    Integration,
    /// A flow of CloudWorks.
    Flow,
    /// A user.
    User,
}

impl Kind {
    /// The word for one of them.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Model => "model",
            Self::Import => "import",
            Self::Export => "export",
            Self::Action => "action",
            Self::Process => "process",
            Self::File => "file",
            Self::Connection => "connection",
            Self::Integration => "integration",
            Self::Flow => "flow",
            Self::User => "user",
        }
    }

    /// The word for several.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Workspace => "workspaces",
            Self::Model => "models",
            Self::Import => "imports",
            Self::Export => "exports",
            Self::Action => "actions",
            Self::Process => "processes",
            Self::File => "files",
            Self::Connection => "connections",
            Self::Integration => "integrations",
            Self::Flow => "flows",
            Self::User => "users",
        }
    }

    /// The word for one of them, with its article.
    pub(crate) fn one(self) -> String {
        let noun = self.noun();
        let vowel = noun.starts_with(['a', 'e', 'i', 'o']);
        format!("{} {noun}", if vowel { "an" } else { "a" })
    }

    /// What objects of a model with such an id are, by its first digits. They are a habit of the
    /// service, not a promise.
    pub fn by_the_form_of(id: &str) -> Option<Self> {
        let is_number = id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit());
        match id.get(..3).filter(|_| is_number)? {
            "112" => Some(Self::Import),
            "113" => Some(Self::File),
            "116" => Some(Self::Export),
            "117" => Some(Self::Action),
            "118" => Some(Self::Process),
            _ => None,
        }
    }

    /// Why an object that exists may not be listed.
    pub(crate) fn what_hides_it(self) -> &'static str {
        match self {
            Self::Workspace => {
                "workspaces that you are not assigned to, and those of other tenants, are not listed"
            }
            Self::Model => {
                "models of workspaces that you are not assigned to, and models in which your role is \
                 NO ACCESS, are not listed"
            }
            Self::Import | Self::Export | Self::Action | Self::Process | Self::File => {
                "your role in the model decides what is listed"
            }
            Self::Connection | Self::Integration | Self::Flow => {
                "the role (Integration Admin or Restricted Integration User) and the workspaces that \
                 you are assigned to decide what is listed"
            }
            Self::User => "only administrators see all users",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.noun())
    }
}

/// What can be found by its id or its name.
pub trait Named {
    /// What it is.
    const KIND: Kind;

    /// Its id.
    fn id(&self) -> &str;

    /// Its name; of a user, the e-mail address.
    fn name(&self) -> &str;

    /// What tells it from others of the same name, beside the id; empty for nothing.
    fn details(&self) -> String {
        String::new()
    }
}

macro_rules! named {
    ($($item:ty => $kind:ident $(, $details:expr)?;)*) => {$(
        impl Named for $item {
            const KIND: Kind = Kind::$kind;

            fn id(&self) -> &str {
                self.id.as_str()
            }

            fn name(&self) -> &str {
                &self.name
            }

            $(
                fn details(&self) -> String {
                    let details: fn(&Self) -> String = $details;
                    details(self)
                }
            )?
        }
    )*};
}

named! {
    Workspace => Workspace, |workspace| match workspace.active {
        Some(false) => "not active".into(),
        _ => String::new(),
    };
    Model => Model, |model| {
        let name = model.current_workspace_name.as_deref();
        let id = model.current_workspace_id.as_ref().map(|id| id.as_str());
        let workspace = name.or(id).map(|name| format!("workspace *{name}*"));
        let state = model.active_state.as_ref().map(|state| state.as_str().to_owned());
        listed(workspace.into_iter().chain(state))
    };
    File => File, |file| {
        let rows = file.first_data_row.map(|row| format!("data from row {row}"));
        let encoding = file.encoding.clone();
        listed(rows.into_iter().chain(encoding))
    };
    Import => Import, |import| {
        let writes = import.import_type.as_ref().map(|kind| kind.as_str().to_owned());
        let reads = import.import_data_source_id.as_ref().map(|id| format!("reads {id}"));
        listed(writes.into_iter().chain(reads))
    };
    Export => Export, |export| {
        listed(export.export_type.as_ref().map(|kind| kind.as_str().to_owned()))
    };
    Action => Action, |action| {
        listed(action.action_type.as_ref().map(|kind| kind.as_str().to_owned()))
    };
    Process => Process;
    Integration => Integration, |integration| {
        let kind = integration.integration_type.as_ref().map(|kind| kind.as_str().to_owned());
        let model = integration.model_id.as_ref().map(|id| format!("model {id}"));
        listed(kind.into_iter().chain(model))
    };
    FlowSummary => Flow;
}

impl Named for Connection {
    const KIND: Kind = Kind::Connection;

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn name(&self) -> &str {
        self.name().unwrap_or_default()
    }

    fn details(&self) -> String {
        let kind = self.connection_type.as_ref();
        let kind = kind.map(|kind| kind.as_str().to_owned());
        let broken = (self.is_working() == Some(false)).then(|| "broken".to_owned());
        listed(kind.into_iter().chain(broken))
    }
}

impl Named for User {
    const KIND: Kind = Kind::User;

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        self.email.as_deref().unwrap_or_default()
    }
}

fn listed(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().collect();
    parts.join(", ")
}
