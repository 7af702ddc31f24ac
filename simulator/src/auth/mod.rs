//! The token service and OAuth.

pub(crate) mod oauth;
pub(crate) mod tokens;
