//! The state: plain lists of what there is. Time passes when somebody looks.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::estate;
use crate::state::certificate::Certificates;
use crate::state::check::{self, Object};
use crate::state::clock::{self, Millis, millis};
use crate::state::connection::Connection;
use crate::state::flow::{self, Flow};
use crate::state::holdings::Holdings;
use crate::state::ids::Chance;
use crate::state::integration::{self, Integration};
use crate::state::log::Done;
use crate::state::notification::Notification;
use crate::state::oauth::Oauth;
use crate::state::outcome::Outcome;
use crate::state::refusal::Refusal;
use crate::state::run::Run;
use crate::state::token::Tokens;
use crate::state::user::User;

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
    /// Whether what no source speaks of is refused.
    pub(crate) strict: bool,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) holdings: Holdings,
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
            holdings: Holdings::default(),
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

    /// Checks the body of an integration, and fills in what may be left out.
    pub(crate) fn complete_integration(
        &self,
        body: Object,
        user: &User,
    ) -> Result<Object, Refusal> {
        let strict = self.settings.strict;
        integration::complete(body, &self.connections, &self.holdings, user, strict)
    }

    /// Checks a body as a request's would be, then adds it.
    pub(crate) fn create_integration(
        &mut self,
        id: String,
        body: Object,
        user: &User,
        at: Millis,
    ) -> Result<(), Refusal> {
        let body = self.complete_integration(body, user)?;
        integration::unique(&self.integrations, check::text_in(&body, "name")?, None)?;
        self.add_integration(id, body, user, at);
        Ok(())
    }

    pub(crate) fn create_flow(
        &mut self,
        id: String,
        body: &Object,
        user: &User,
        at: Millis,
    ) -> Result<(), Refusal> {
        let (name, steps) = flow::complete(body, &self.integrations, self.settings.strict)?;
        flow::unique(&self.flows, &name, None)?;
        self.flows.push(Flow {
            id,
            name,
            steps,
            owner: user.guid.clone(),
            created: at,
            modified: at,
            created_by: user.display_name(),
            modified_by: None,
            schedule: None,
            run: None,
            step_runs: HashMap::new(),
        });
        Ok(())
    }

    /// A good token for this user.
    pub(crate) fn issue_token(&mut self, user: &User, from_oauth: bool) -> String {
        let expires = self.now() + millis(self.settings.token_lifetime);
        self.tokens
            .issue(user, expires, from_oauth, &mut self.chance)
    }

    /// Whose log-in this is, if everything about it is right; if not, the log says what is wrong.
    pub(crate) fn certificate_user(&mut self, header: &str, body: &[u8]) -> Option<User> {
        let now = self.now();
        let (only_v2, strict) = (self.settings.require_certificate_v2, self.settings.strict);
        match self.certificates.verify(header, body, now, only_v2, strict) {
            Ok(()) => Some(User::of(estate::USER_EMAIL)),
            Err(problem) => {
                self.note(Done::new(now, "refused", "certificate", problem));
                None
            }
        }
    }

    /// An authorization code of OAuth.
    pub(crate) fn oauth_code(
        &mut self,
        client: &str,
        redirect: Option<&str>,
        scope: &str,
    ) -> String {
        self.oauth
            .issue_code(client, redirect, scope, &mut self.chance)
    }

    /// A refresh token of OAuth, good for all scopes.
    pub(crate) fn oauth_refresh_token(&mut self, client: &str, needs_secret: bool) -> String {
        self.oauth
            .issue_refresh_token(client, needs_secret, &mut self.chance)
    }
}
