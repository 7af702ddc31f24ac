//! Anaplan CloudWorks for Rust.
