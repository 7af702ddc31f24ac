//! Anaplan CloudWorks in a box: a simulator of the service, on a port of this machine, for tests and examples.
//!
//! ```
//! use cloudworks_sim::{Outcome, Simulator, estate};
//!
//! let simulator = Simulator::start();
//! println!("CloudWorks at {}, tokens at {}", simulator.cloudworks_url(), simulator.auth_url());
//!
//! simulator.next_run(estate::IMPORT, Outcome::partial(1000, 3));
//! // … let a client run the integration …
//! for request in simulator.requests_to("POST", "/2/0/integrations/") {
//!     println!("{} {}", request.method, request.path_and_query());
//! }
//! ```
//!
//! - [`Simulator`]: the running thing; [`SimulatorBuilder`]: how it is to be.
//! - [`estate`]: what is in it at the start.
//! - [`Outcome`]: how runs go; [`Fault`]: what goes wrong on the way.
//! - [`Recorded`]: what was asked; [`Done`]: what was done.
//!
//! The same is to be had as a program and over HTTP, for every language: see the README.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod auth;
mod control;
pub mod estate;
mod http;
mod server;
mod service;
mod simulator;
mod state;

pub use http::faults::{Fault, RetryAfter};
pub use http::recorder::Recorded;
pub use simulator::Simulator;
pub use simulator::builder::SimulatorBuilder;
pub use state::log::Done;
pub use state::outcome::Outcome;
