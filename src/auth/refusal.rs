//! Errors of token requests, with advice.

use std::sync::Arc;

use crate::error::{ApiError, AuthError, Error};

/// What a failed token request means for the call that needed the token; `refused` explains the
/// refusals of the service itself, which `is_of_the_service` knows by their form.
///
/// A firewall, a proxy or a gateway answers 400, 401 and 403 as well, by a page or by JSON of its
/// own. That says nothing of the credentials: a later call tries again.
pub(crate) fn failure(
    error: Error,
    is_of_the_service: fn(&ApiError) -> bool,
    refused: impl FnOnce(ApiError) -> AuthError,
) -> Error {
    let auth = match error {
        Error::Api(refusal) if is_refusal(&refusal) && is_of_the_service(&refusal) => {
            refused(*refusal)
        }
        Error::Api(refusal) if is_refusal(&refusal) => gateway_refusal(refusal),
        error => into_auth_error(error),
    };
    auth.into()
}

fn is_refusal(refusal: &ApiError) -> bool {
    matches!(refusal.status, 400 | 401 | 403)
}

/// The form of the token service: `{"status": "FAILURE_BAD_CREDENTIAL", "statusMessage": …}`, with
/// a word for each kind of failure.
pub(crate) fn is_of_token_service(refusal: &ApiError) -> bool {
    let is_upper = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    let code = refusal.code.as_deref().unwrap_or_default();
    code.contains('_') && code.bytes().all(is_upper)
}

/// The error for an answer that is not from the token service.
pub(crate) fn gateway_refusal(refusal: Box<ApiError>) -> AuthError {
    AuthError {
        status: Some(refusal.status),
        source: Some(Arc::new(Error::Api(refusal))),
        ..AuthError::new(
            "this answer does not have the form of the token service's: a firewall, a \
             proxy or a gateway on the way to it may have answered. The credentials were not \
             judged, and the next call sends them again",
        )
    }
}

/// Any error as an [`AuthError`].
pub(crate) fn into_auth_error(error: Error) -> AuthError {
    match error {
        Error::Auth(error) => *error,
        error => AuthError {
            status: error.status(),
            source: Some(Arc::new(error)),
            ..AuthError::new("no token could be fetched")
        },
    }
}

/// The service also refuses valid credentials from an address that is not on the tenant's list.
pub(super) const ALLOWED_ADDRESSES: &str = "on a machine that has not logged in before, it may be \
    the tenant's list of allowed IP addresses, which looks like wrong credentials: ask the tenant's \
    security administrator";

/// The error for credentials that the token service refused for good.
pub(crate) fn final_refusal(refusal: ApiError, advice: &str) -> AuthError {
    let server_message = server_message(&refusal);
    AuthError {
        status: Some(refusal.status),
        message: format!(
            "the token service refused the credentials ({server_message}): {advice}. They are not sent \
             again, since accounts lock: build a new client"
        ),
        code: refusal.code,
        is_final: true,
        source: None,
    }
}

pub(crate) fn server_message(refusal: &ApiError) -> &str {
    if refusal.message.is_empty() {
        "no reason given"
    } else {
        &refusal.message
    }
}
