//! The promises of docs/reliability.md, held against servers that share nothing with the
//! simulator: they are a few hundred lines, and answer with the bytes that a test gives them.
//!
//! ```sh
//! cargo test --all-features --test raw
//! ```
//!
//! Every case is written once, in `cases/`, and runs on both clients.

#![cfg(any(feature = "async", feature = "blocking"))]
#![allow(
    clippy::duplicate_mod,
    reason = "the cases are loaded once for each client"
)]

#[path = "../calls/mod.rs"]
#[macro_use]
mod calls;
mod certificates;
mod child;
mod proxies;
mod server;

#[cfg(feature = "async")]
mod asynchronous;
#[cfg(feature = "blocking")]
mod blocking;
