//! Anaplan CloudWorks for Rust.

pub mod models;
