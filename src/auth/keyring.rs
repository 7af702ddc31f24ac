//! The keyring of the operating system as the place for a refresh token.

use keyring_core::{Entry, Error};
use secrecy::{ExposeSecret, SecretString};

use super::{BoxError, TokenStore};

/// Keeps the refresh token in the keyring of the operating system: Keychain, Credential Manager,
/// or the Secret Service of a Linux desktop.
///
/// For a person's own machine. A server seldom has one that is unlocked: there, use a
/// [`FileTokenStore`](crate::FileTokenStore). A program that has chosen a store of `keyring-core`
/// by itself keeps it.
///
/// ```no_run
/// use anaplan_sdk::{KeyringTokenStore, OAuthApp};
///
/// let app = OAuthApp::new("b1946ac92492d2347c6235b4d2611184")
///     .store(KeyringTokenStore::new("nightly-planning", "planner@corp.com"));
/// ```
#[derive(Clone, Debug)]
pub struct KeyringTokenStore {
    service: String,
    account: String,
}

impl KeyringTokenStore {
    /// Keeps it under these two names.
    pub fn new(service: impl Into<String>, account: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            account: account.into(),
        }
    }

    fn entry(&self) -> Result<Entry, BoxError> {
        if keyring_core::get_default_store().is_none() {
            keyring::Entry::store_status().as_ref()?;
        }
        Ok(Entry::new(&self.service, &self.account)?)
    }
}

impl TokenStore for KeyringTokenStore {
    fn load(&self) -> Result<Option<SecretString>, BoxError> {
        match self.entry()?.get_password() {
            Ok(text) => Ok(Some(text.into())),
            Err(Error::NoEntry) => Ok(None),
            // Some of its variants hold the secret: only the kind is told.
            Err(Error::BadEncoding(_) | Error::BadDataFormat(..)) => {
                Err("the entry is not text".into())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn save(&self, text: &SecretString) -> Result<(), BoxError> {
        Ok(self.entry()?.set_password(text.expose_secret())?)
    }

    fn name(&self) -> String {
        format!("the keyring's entry {} / {}", self.service, self.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded() {
        keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap());
        let store = KeyringTokenStore::new("anaplan-sdk-test", "planner");
        assert!(store.load().unwrap().is_none());
        store.save(&"r3fresh".into()).unwrap();
        assert_eq!(store.load().unwrap().unwrap().expose_secret(), "r3fresh");
    }
}
