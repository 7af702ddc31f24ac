//! Tokens that the caller's own code fetches.

use std::sync::Arc;

use crate::auth::{AccessToken, BoxError};

/// Fetches tokens, from a vault or from another process, for example.
///
/// The client asks it once for any number of callers, before the last token ends and after the
/// service has refused one. A closure is one, too. Hand it to
/// [`ClientBuilder::token_source`](crate::blocking::ClientBuilder::token_source).
///
/// ```
/// use anaplan_sdk::{AccessToken, BoxError, blocking::TokenSource};
///
/// struct Vault;
///
/// impl TokenSource for Vault {
///     fn fetch(&self) -> Result<AccessToken, BoxError> {
///         let token = String::from("what the vault gave");
///         Ok(AccessToken::new(token))
///     }
/// }
///
/// let client = anaplan_sdk::blocking::Client::builder().token_source(Vault).build()?;
/// # Ok::<(), anaplan_sdk::Error>(())
/// ```
pub trait TokenSource: Send + Sync + 'static {
    /// Another token than the last one.
    ///
    /// # Errors
    /// Any error. The calls that need the token fail with it, and the next one asks
    /// again. The text must not hold secrets.
    fn fetch(&self) -> Result<AccessToken, BoxError>;
}

impl<F> TokenSource for F
where
    F: Fn() -> Result<AccessToken, BoxError> + Send + Sync + 'static,
{
    fn fetch(&self) -> Result<AccessToken, BoxError> {
        self()
    }
}

/// A token source of any type.
#[derive(Clone)]
pub(crate) struct SharedTokenSource(Arc<dyn TokenSource>);

impl SharedTokenSource {
    pub(crate) fn new(source: impl TokenSource) -> Self {
        Self(Arc::new(source))
    }

    pub(crate) fn fetch(&self) -> Result<AccessToken, BoxError> {
        self.0.fetch()
    }
}
