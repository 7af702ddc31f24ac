//! Who is calling.

use crate::estate;
use crate::state::ids::id_of;

/// A person with a log-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) guid: String,
    pub(crate) email: String,
    pub(crate) first: String,
    pub(crate) last: String,
}

impl User {
    /// Any e-mail is somebody; the name is made from it.
    pub(crate) fn of(email: &str) -> Self {
        if email == estate::USER_EMAIL {
            return Self {
                guid: estate::USER.into(),
                email: email.into(),
                first: "Ada".into(),
                last: "Planner".into(),
            };
        }
        let local = email.split('@').next().unwrap_or_default();
        let mut names = local
            .split(['.', '_'])
            .filter(|part| !part.is_empty())
            .map(capital);
        Self {
            guid: id_of(email),
            email: email.into(),
            first: names.next().unwrap_or_else(|| "Some".into()),
            last: names.next().unwrap_or_else(|| "User".into()),
        }
    }

    pub(crate) fn display_name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// The part of the e-mail before the `@`; some of them have rights of their own.
    pub(crate) fn role(&self) -> &str {
        self.email.split('@').next().unwrap_or_default()
    }

    /// `member@…` is no administrator of any workspace.
    pub(crate) fn is_administrator(&self) -> bool {
        self.role() != "member"
    }

    /// `no-workspace@…` has the role, and sees nothing.
    pub(crate) fn sees_nothing(&self) -> bool {
        self.role() == "no-workspace"
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
