//! Anaplan CloudWorks for Rust.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(
    clippy::duplicate_mod,
    reason = "one body is loaded once per face: that is the whole idea"
)]

#[cfg(feature = "async")]
mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;

pub mod models;
pub mod validation;

#[cfg(feature = "_client")]
mod auth;
#[cfg(feature = "_client")]
mod clock;
#[cfg(feature = "_client")]
mod decode;
#[cfg(feature = "_client")]
mod error;
#[cfg(feature = "_client")]
mod explain;
#[cfg(feature = "_client")]
mod gate;
#[cfg(feature = "_client")]
mod paging;
#[cfg(feature = "_client")]
mod region;
#[cfg(feature = "_client")]
mod request;
#[cfg(feature = "_client")]
mod retry;
#[cfg(feature = "_client")]
mod settings;
#[cfg(feature = "_client")]
mod transport;

#[cfg(all(feature = "async", feature = "oauth"))]
pub use asynchronous::OAuth;
#[cfg(feature = "async")]
pub use asynchronous::{Client, ClientBuilder, CloudWorks, Flows, Pages, TokenSource};
#[cfg(all(feature = "_client", feature = "keyring"))]
pub use auth::KeyringTokenStore;
#[cfg(all(feature = "_client", feature = "oauth"))]
pub use auth::{
    AuthorizationRequest, DeviceLogin, FileTokenStore, OAuthApp, OAuthTokens, StoreLock, TokenStore,
};
#[cfg(all(feature = "_client", feature = "certificate"))]
pub use auth::{CertificatePayload, ClientCertificate, Pem};
#[cfg(feature = "_client")]
pub use secrecy;
#[cfg(feature = "_client")]
pub use {
    auth::{AccessToken, BoxError, Credentials, TokenReply, TokenRequest, TokenScheme},
    error::{ApiError, AuthError, DecodeError, Error, Result, TransportError, TransportErrorKind},
    http::Method,
    paging::Listed,
    region::Region,
    retry::RetryPolicy,
    settings::DOCUMENTED_REQUESTS_PER_MINUTE,
};
