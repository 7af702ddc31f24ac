//! The state: plain lists of what there is. Time passes when somebody looks.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};

use crate::auth::Tokens;
use crate::certificate::Certificates;
use crate::clock::{self, Millis};
use crate::connections::Connection;
use crate::flows::Flow;
use crate::ids::Chance;
use crate::integrations::Integration;
use crate::log::Done;
use crate::notifications::Notification;
use crate::oauth::Oauth;
use crate::outcome::Outcome;
use crate::runs::Run;
use crate::user::User;

/// What the builder decided.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) run_duration: Duration,
    pub(crate) token_lifetime: Duration,
    pub(crate) password: String,
    pub(crate) tenant_limit: usize,
    pub(crate) flow_group_is_run: bool,
    pub(crate) require_certificate_v2: bool,
    pub(crate) rotate_refresh_tokens: bool,
    pub(crate) auth_url: String,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) connections: Vec<Connection>,
    pub(crate) integrations: Vec<Integration>,
    pub(crate) notifications: Vec<Notification>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) runs: HashMap<String, Run>,
    /// How the next runs of an integration (or the next run of a flow) are to go.
    pub(crate) plans: HashMap<String, VecDeque<Outcome>>,
    pub(crate) log: Vec<Done>,
    pub(crate) tokens: Tokens,
    pub(crate) certificates: Certificates,
    pub(crate) oauth: Oauth,
    pub(crate) chance: Chance,
    /// How far the simulator's clock is ahead of the machine's.
    pub(crate) ahead: Millis,
}

impl World {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            connections: Vec::new(),
            integrations: Vec::new(),
            notifications: Vec::new(),
            flows: Vec::new(),
            runs: HashMap::new(),
            plans: HashMap::new(),
            log: Vec::new(),
            tokens: Tokens::default(),
            certificates: Certificates::default(),
            oauth: Oauth::default(),
            chance: Chance::new(20_260_611),
            ahead: 0,
        }
    }

    pub(crate) fn now(&self) -> Millis {
        clock::machine() + self.ahead
    }

    /// Whose token this is, if it is a good one.
    pub(crate) fn user_of(&self, token: &str) -> Option<User> {
        self.tokens.user_of(token, self.now())
    }

    pub(crate) fn note(&mut self, done: Done) {
        self.log.push(done);
    }

    pub(crate) fn did(&mut self, action: &str, noun: &str, id: &str, name: &str) {
        let done = Done::new(self.now(), action, noun, id).named(name);
        self.log.push(done);
    }

    pub(crate) fn integration(&self, id: &str) -> Option<&Integration> {
        self.integrations.iter().find(|each| each.id == id)
    }

    pub(crate) fn integration_mut(&mut self, id: &str) -> Option<&mut Integration> {
        self.integrations.iter_mut().find(|each| each.id == id)
    }

    pub(crate) fn connection(&self, id: &str) -> Option<&Connection> {
        self.connections.iter().find(|each| each.id == id)
    }

    /// Everything, secrets redacted.
    pub(crate) fn snapshot(&self) -> Value {
        let mut runs: Vec<&Run> = self.runs.values().collect();
        runs.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        json!({
            "connections": self.connections.iter().map(Connection::snapshot).collect::<Vec<_>>(),
            "integrations": self.integrations.iter().map(|each| each.snapshot(self)).collect::<Vec<_>>(),
            "notifications": self.notifications.iter().map(Notification::snapshot).collect::<Vec<_>>(),
            "flows": self.flows.iter().map(|each| each.snapshot(self)).collect::<Vec<_>>(),
            "runs": runs.into_iter().map(|each| each.snapshot(self.now())).collect::<Vec<_>>(),
        })
    }
}
