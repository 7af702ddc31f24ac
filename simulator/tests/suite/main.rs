//! The simulator, asked over plain HTTP.

mod access;
mod auth;
mod certificate;
mod client;
mod connections;
mod control;
mod faults;
mod flows;
mod integrations;
mod lookups;
mod notifications;
mod oauth;
mod program;
mod runs;
mod schedules;
mod strict;
