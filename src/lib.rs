//! Anaplan CloudWorks for Rust: connections, integrations, schedules, runs, notifications and
//! flows, and the Integration API's look-ups of what they refer to, by an async client or a blocking one.
//!
//! # Contents
//!
//! - [A first program](#a-first-program), on either client
//! - [Features](#features)
//! - [`guide`]: every operation by example
//! - [`guide::authentication`]: which credentials to choose, and how each is set up
//! - [`guide::names_and_ids`]: names instead of ids, and every id checked before it is sent
//! - [`guide::estate`], [`guide::findings`]: all that there is in one value, and what is wrong with it
//! - [`Client`] and [`blocking::Client`], their [`CloudWorks`] namespace and its [`Flows`]
//! - [`models`]: replies, inputs and ids, which both clients share
//! - [`validation`]: payloads are checked before they leave
//! - [`directory`], [`preflight`], [`by_name`]: what there is, by id and by name; ids held against it
//! - `estate` (a feature): all of it in one value, what is wrong with it, what has changed
//! - [`runs`]: how a run ended, why it failed, which rows were rejected
//! - [`timetable`]: when schedules are due, and what they missed
//! - [`Error`]: what went wrong, and whether the request may still have been carried out
//! - [`RetryPolicy`], [`Credentials`], [`Region`]: how the client is set up
//!
//! # A first program
//!
//! The async client:
//!
#![cfg_attr(feature = "async", doc = "```no_run")]
#![cfg_attr(not(feature = "async"), doc = "```text")]
//! use anaplan_sdk::Client;
//!
//! #[tokio::main]
//! async fn main() -> anaplan_sdk::Result<()> {
//!     let client = Client::from_env()?;
//!     for integration in client.cw().list_integrations().await? {
//!         println!("{}  {}", integration.id, integration.name);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! The blocking client, by the feature `blocking`:
//!
#![cfg_attr(feature = "blocking", doc = "```no_run")]
#![cfg_attr(not(feature = "blocking"), doc = "```text")]
//! use anaplan_sdk::blocking::Client;
//!
//! fn main() -> anaplan_sdk::Result<()> {
//!     let client = Client::from_env()?;
//!     for integration in client.cw().list_integrations()? {
//!         println!("{}  {}", integration.id, integration.name);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! A method has the same name, arguments, result and errors on both: `.await` is the only
//! difference. [`Client::from_env`] reads the credentials from the environment;
//! [`Client::builder`] takes them from the program.
//!
//! # Features
//!
//! They add up: any set of them builds.
//!
//! | feature | what it gives |
//! |---|---|
//! | `async` (default) | the async client, [`Client`], on reqwest and tokio |
//! | `blocking` | the blocking client, [`blocking::Client`], on ureq: no runtime anywhere |
//! | `certificate` | `Credentials::certificate`: a certificate of a public authority, and its private key |
//! | `oauth` | `Credentials::oauth`: OAuth 2.0, its log-ins, a file as the store of the refresh token |
//! | `keyring` | `KeyringTokenStore`: the refresh token in the keyring of the operating system |
//! | `estate` | `estate`: all of a tenant's CloudWorks as one value, what is wrong with it, what has changed |
//! | `socks` | SOCKS proxies, on both clients |
//! | `schema` | JSON Schemas of every input, for editors that complete payload files |
//! | `unstable-http-client` | `ClientBuilder::http_client`: bring a configured `reqwest::Client` or `ureq::Agent`; may change in any release |
//! | none of them | [`models`] and [`validation`] alone |
//!
//! # Tracing
//!
//! The clients speak through `tracing`: a span for each operation, an event for each attempt, a
//! warning for a payload that is likely wrong. No secret and no body is ever in them.
//! Names and fields are a contract: see `docs/observability.md`.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(
    clippy::duplicate_mod,
    reason = "one body of code is loaded once per face"
)]
#![cfg_attr(
    not(all(feature = "async", feature = "blocking")),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "a client that is not built has no page to link to"
    )
)]

#[cfg(feature = "async")]
mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;

pub mod by_name;
pub mod directory;
#[cfg(feature = "estate")]
pub mod estate;
pub mod models;
pub mod preflight;
pub mod runs;
pub mod timetable;
pub mod validation;

#[cfg(feature = "_client")]
mod auth;
#[cfg(feature = "_client")]
mod bounded_file;
#[cfg(feature = "_client")]
mod error;
#[cfg(feature = "_client")]
mod http;
#[cfg(feature = "_client")]
mod lock;
#[cfg(feature = "_client")]
mod operations;
#[cfg(feature = "_client")]
mod paging;
#[cfg(feature = "_client")]
mod reconcile;
#[cfg(feature = "_client")]
mod region;
#[cfg(feature = "_client")]
mod secret_parsing;
#[cfg(feature = "_client")]
mod settings;

#[cfg(feature = "_client")]
pub use ::http::Method;
#[cfg(all(feature = "async", feature = "oauth"))]
pub use asynchronous::OAuth;
#[cfg(feature = "async")]
pub use asynchronous::{
    Client, ClientBuilder, CloudWorks, DumpRowStream, DumpRows, ErrorDump, ErrorDumpStream,
    FlowEventStream, FlowEvents, Flows, Model, Pages, RunEventStream, RunEvents,
    RunManyEventStream, RunManyEvents, RunStream, RunsSince, TokenSource,
};
#[cfg(all(feature = "async", feature = "estate"))]
pub use asynchronous::{EstateEventStream, EstateEvents};
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
    auth::{AccessToken, BoxError, Credentials},
    error::{
        ApiError, AuthError, DecodeError, Error, Result, TransportCause, TransportError,
        TransportErrorKind,
    },
    http::request::RequestHost as Host,
    http::request::Safety,
    http::retry::RetryPolicy,
    operations::{Operation, operations},
    paging::Listed,
    region::Region,
    settings::DOCUMENTED_REQUESTS_PER_MINUTE,
};

// The examples of the guide and of the README are for both clients.
#[cfg(doc)]
#[cfg_attr(
    any(not(doctest), all(feature = "async", feature = "blocking")),
    doc = include_str!("../docs/guide.md")
)]
pub mod guide {
    #[cfg_attr(
        any(not(doctest), all(feature = "async", feature = "blocking")),
        doc = include_str!("../docs/guide-runs.md")
    )]
    pub mod runs {}

    #[cfg_attr(
        any(not(doctest), all(feature = "async", feature = "blocking")),
        doc = include_str!("../docs/names-and-ids.md")
    )]
    pub mod names_and_ids {}

    #[cfg_attr(
        any(
            not(doctest),
            all(feature = "async", feature = "blocking", feature = "estate")
        ),
        doc = include_str!("../docs/estate.md")
    )]
    pub mod estate {}

    #[doc = include_str!("../docs/findings.md")]
    pub mod findings {}

    #[cfg_attr(
        any(
            not(doctest),
            all(
                feature = "async",
                feature = "blocking",
                feature = "certificate",
                feature = "keyring",
                feature = "oauth",
            )
        ),
        doc = include_str!("../docs/guide-auth.md")
    )]
    pub mod authentication {}
}

#[cfg(all(doctest, feature = "async", feature = "blocking"))]
#[doc = include_str!("../README.md")]
struct Readme;
