//! From a token request that failed to an error that says what to do.

use std::sync::Arc;

use crate::error::{ApiError, AuthError, Error};

/// What a failed token request means for the call that needed the token; `refused` explains the
/// refusals.
pub(crate) fn failure(error: Error, refused: impl FnOnce(ApiError) -> AuthError) -> Error {
    let auth = match error {
        Error::Api(refusal) if matches!(refusal.status, 400 | 401 | 403) => refused(*refusal),
        error => in_trouble(error),
    };
    auth.into()
}

/// Any error, as one about having no token.
pub(crate) fn in_trouble(error: Error) -> AuthError {
    match error {
        Error::Auth(error) => *error,
        error => AuthError {
            status: error.status(),
            source: Some(Arc::new(error)),
            ..AuthError::new("no token could be had")
        },
    }
}

/// For an address that is not on a tenant's list the service refuses good credentials as well.
pub(super) const ALLOWED_ADDRESSES: &str = "on a machine that has not logged in before, it may be \
    the tenant's list of allowed IP addresses, which looks like wrong credentials: ask the tenant's \
    security administrator";

/// The error for credentials that the token service refused, and would again.
pub(crate) fn sticky(refusal: ApiError, advice: &str) -> AuthError {
    let said = said(&refusal);
    AuthError {
        status: Some(refusal.status),
        message: format!(
            "the token service refused the credentials ({said}): {advice}. They are not sent \
             again, since accounts lock: build a new client"
        ),
        code: refusal.code,
        is_final: true,
        source: None,
    }
}

pub(crate) fn said(refusal: &ApiError) -> &str {
    if refusal.message.is_empty() {
        "no reason given"
    } else {
        &refusal.message
    }
}
