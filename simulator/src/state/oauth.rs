//! What OAuth has given out and what has not been used yet.

use std::collections::{HashMap, VecDeque};

use crate::state::clock::Millis;
use crate::state::ids::Chance;

/// All that can be granted; `profile` is dropped without a word.
pub(crate) const SCOPES: [&str; 3] = ["openid", "email", "offline_access"];

/// What has been given out and not yet used.
#[derive(Debug, Default)]
pub(crate) struct Oauth {
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) refresh: HashMap<String, Refresh>,
    pub(crate) devices: HashMap<String, Device>,
    /// Errors that the next calls of `/oauth/token` get, whatever they ask.
    pub(crate) errors: VecDeque<(u16, String)>,
    pub(crate) interval: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) client: String,
    /// `None`: any will do.
    pub(crate) redirect: Option<String>,
    pub(crate) scope: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Refresh {
    pub(crate) client: String,
    pub(crate) scope: String,
    pub(crate) needs_secret: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) client: String,
    pub(crate) user_code: String,
    pub(crate) scope: String,
    pub(crate) expires: Millis,
    pub(crate) interval: i64,
    pub(crate) last_poll: Option<Millis>,
    pub(crate) approved: Option<bool>,
}

impl Oauth {
    pub(crate) fn issue_code(
        &mut self,
        client: &str,
        redirect: Option<&str>,
        scope: &str,
        chance: &mut Chance,
    ) -> String {
        let code = chance.hex();
        let made = Code {
            client: client.into(),
            redirect: redirect.map(str::to_owned),
            scope: granted(scope),
        };
        self.codes.insert(code.clone(), made);
        code
    }

    pub(crate) fn issue_refresh_token(
        &mut self,
        client: &str,
        needs_secret: bool,
        chance: &mut Chance,
    ) -> String {
        let token = chance.hex();
        self.refresh.insert(
            token.clone(),
            Refresh {
                client: client.into(),
                scope: granted(&SCOPES.join(" ")),
                needs_secret,
            },
        );
        token
    }

    /// The user says yes or no; `false` if nobody knows the code.
    pub(crate) fn decide(&mut self, user_code: &str, approved: bool) -> bool {
        let device = self
            .devices
            .values_mut()
            .find(|each| each.user_code == user_code);
        device
            .map(|device| device.approved = Some(approved))
            .is_some()
    }

    pub(crate) fn expire(&mut self, user_code: &str) -> bool {
        let device = self
            .devices
            .values_mut()
            .find(|each| each.user_code == user_code);
        device.map(|device| device.expires = 0).is_some()
    }
}

pub(crate) fn granted(scope: &str) -> String {
    let asked: Vec<&str> = scope
        .split_whitespace()
        .filter(|each| SCOPES.contains(each))
        .collect();
    if asked.is_empty() {
        SCOPES.join(" ")
    } else {
        asked.join(" ")
    }
}
