//! Anaplan CloudWorks for Rust.

pub mod models;
pub mod validation;
