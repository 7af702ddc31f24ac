//! Tokens that the caller's own code fetches.

use std::pin::Pin;
use std::sync::Arc;

use crate::auth::{AccessToken, BoxError};

/// Fetches tokens, from a vault or from another process, for example.
///
/// The client asks it once for any number of callers, before the last token ends and after the
/// service has refused one. A closure that gives a future is one, too. Hand it to
/// [`ClientBuilder::token_source`](crate::ClientBuilder::token_source).
///
/// ```
/// use anaplan_sdk::{AccessToken, BoxError, TokenSource};
///
/// struct Vault;
///
/// impl TokenSource for Vault {
///     async fn fetch(&self) -> Result<AccessToken, BoxError> {
///         let token = String::from("what the vault gave");
///         Ok(AccessToken::new(token))
///     }
/// }
///
/// let client = anaplan_sdk::Client::builder().token_source(Vault).build()?;
/// # Ok::<(), anaplan_sdk::Error>(())
/// ```
pub trait TokenSource: Send + Sync + 'static {
    /// Another token than the last one.
    ///
    /// # Errors
    /// Any error. The calls that need the token fail with it, and the next one asks
    /// again. The text must not hold secrets.
    fn fetch(&self) -> impl Future<Output = Result<AccessToken, BoxError>> + Send;
}

impl<F, Fut> TokenSource for F
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<AccessToken, BoxError>> + Send,
{
    fn fetch(&self) -> impl Future<Output = Result<AccessToken, BoxError>> + Send {
        self()
    }
}

type Fetched<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, BoxError>> + Send + 'a>>;

trait Fetch: Send + Sync {
    fn boxed(&self) -> Fetched<'_>;
}

impl<S: TokenSource> Fetch for S {
    fn boxed(&self) -> Fetched<'_> {
        Box::pin(self.fetch())
    }
}

/// A token source of any type.
#[derive(Clone)]
pub(crate) struct SharedTokenSource(Arc<dyn Fetch>);

impl SharedTokenSource {
    pub(crate) fn new(source: impl TokenSource) -> Self {
        Self(Arc::new(source))
    }

    pub(crate) async fn fetch(&self) -> Result<AccessToken, BoxError> {
        self.0.boxed().await
    }
}
