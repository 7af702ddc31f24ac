//! The tokens that were given out.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::estate;
use crate::state::clock::Millis;
use crate::state::ids::Chance;
use crate::state::user::User;

/// A token that was given out.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) refresh_id: String,
    pub(crate) user: User,
    pub(crate) expires: Millis,
    /// Tokens from OAuth cannot be renewed here.
    pub(crate) from_oauth: bool,
}

/// All tokens that are, or were, good, and everybody who ever had one.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) tokens: HashMap<String, Token>,
    pub(crate) people: HashMap<String, User>,
}

impl Tokens {
    pub(crate) fn user_of(&self, token: &str, now: Millis) -> Option<User> {
        self.good(token, now).map(|token| token.user.clone())
    }

    pub(crate) fn person(&self, guid: &str) -> Option<User> {
        let ada = User::of(estate::USER_EMAIL);
        self.people
            .get(guid)
            .cloned()
            .or_else(|| (ada.guid == guid).then_some(ada))
    }

    pub(crate) fn good(&self, token: &str, now: Millis) -> Option<&Token> {
        self.tokens.get(token).filter(|token| now < token.expires)
    }

    pub(crate) fn issue(
        &mut self,
        user: &User,
        expires: Millis,
        from_oauth: bool,
        chance: &mut Chance,
    ) -> String {
        let value = STANDARD.encode(format!("{}{}", chance.hex(), chance.hex()));
        self.people.insert(user.guid.clone(), user.clone());
        self.tokens.insert(
            value.clone(),
            Token {
                id: chance.uuid(),
                refresh_id: chance.uuid(),
                user: user.clone(),
                expires,
                from_oauth,
            },
        );
        value
    }

    pub(crate) fn revoke_all(&mut self) {
        self.tokens.clear();
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        self.tokens.remove(token);
    }
}
