//! What there is, and how it goes on with time. Nothing here knows of HTTP.

pub(crate) mod certificate;
pub(crate) mod check;
pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod dump;
pub(crate) mod flow;
pub(crate) mod flow_run;
pub(crate) mod flow_runner;
pub(crate) mod ids;
pub(crate) mod initial;
pub(crate) mod integration;
pub(crate) mod job;
pub(crate) mod log;
pub(crate) mod notification;
pub(crate) mod oauth;
pub(crate) mod outcome;
pub(crate) mod plan;
pub(crate) mod refusal;
pub(crate) mod run;
pub(crate) mod runner;
pub(crate) mod schedule;
pub(crate) mod seed;
pub(crate) mod token;
pub(crate) mod user;
pub(crate) mod views;
pub(crate) mod world;
