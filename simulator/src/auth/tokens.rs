//! The token service: `/token/authenticate`, `/token/refresh`, `/token/validate`, `/token/logout`.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use serde_json::json;

use crate::estate;
use crate::http::reply::{json_response, status_of};
use crate::http::shared::Shared;
use crate::state::clock::millis;
use crate::state::user::User;
use crate::state::world::World;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/token/authenticate", post(authenticate))
        .route("/token/refresh", post(refresh))
        .route("/token/validate", get(validate))
        .route("/token/logout", post(logout))
}

impl World {
    fn told(&self, code: u16, message: &str, value: &str) -> Response {
        let Some(token) = self.tokens.tokens.get(value) else {
            return bad_credential();
        };
        json_response(
            code,
            &json!({
                "meta": self.meta(),
                "status": "SUCCESS",
                "statusMessage": message,
                "tokenInfo": {
                    "tokenValue": value,
                    "tokenId": token.id,
                    "refreshTokenId": token.refresh_id,
                    "expiresAt": token.expires,
                },
            }),
        )
    }

    fn meta(&self) -> serde_json::Value {
        json!({"validationUrl": format!("{}/token/validate", self.settings.auth_url)})
    }
}

fn refused(code: u16, status: &str, message: &str) -> Response {
    json_response(code, &json!({"status": status, "statusMessage": message}))
}

pub(crate) fn bad_credential() -> Response {
    refused(
        401,
        "FAILURE_BAD_CREDENTIAL",
        "Login failed. Verify the credentials.",
    )
}

fn bad_token() -> Response {
    refused(
        401,
        "FAILURE_BAD_CREDENTIAL",
        "Invalid token. Verify the token.",
    )
}

fn bad_header(code: u16) -> Response {
    refused(
        code,
        "FAILURE_BAD_HEADER",
        "Invalid header. Verify the header.",
    )
}

fn authorization(headers: &HeaderMap) -> &str {
    headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

async fn authenticate(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = authorization(&headers);
    let mut world = shared.world();
    let user = if let Some(basic) = header.strip_prefix("Basic ") {
        match credentials(basic) {
            Some((email, password))
                if password == world.settings.password && email.contains('@') =>
            {
                User::of(&email)
            }
            Some(_) => return bad_credential(),
            None => return bad_header(401),
        }
    } else if let Some(certificate) = header.strip_prefix("CACertificate ") {
        match world.certificate_user(certificate, &body) {
            Some(user) => user,
            None => return bad_credential(),
        }
    } else {
        return bad_header(401);
    };
    let token = world.issue_token(&user, false);
    world.told(201, "Login successful", &token)
}

fn credentials(basic: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
    let (email, password) = text.split_once(':')?;
    Some((email.to_owned(), password.to_owned()))
}

async fn refresh(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let Some(value) = authorization(&headers).strip_prefix("AnaplanAuthToken ") else {
        return bad_header(400);
    };
    let mut world = shared.world();
    let (now, lifetime) = (world.now(), millis(world.settings.token_lifetime));
    match world.tokens.tokens.get_mut(value) {
        Some(token) if now < token.expires && !token.from_oauth => token.expires = now + lifetime,
        _ => return bad_token(),
    }
    world.told(200, "Token refreshed", value)
}

async fn validate(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let Some(value) = authorization(&headers).strip_prefix("AnaplanAuthToken ") else {
        return bad_header(400);
    };
    let world = shared.world();
    let Some(token) = world.tokens.good(value, world.now()) else {
        return bad_token();
    };
    json_response(
        200,
        &json!({
            "meta": world.meta(),
            "status": "SUCCESS",
            "statusMessage": "Token validated",
            "tokenInfo": {"expiresAt": token.expires, "tokenId": token.id},
            "userInfo": {
                "userGuid": token.user.guid,
                "userId": token.user.email,
                "customerGuid": estate::CUSTOMER,
            },
        }),
    )
}

async fn logout(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let Some(value) = authorization(&headers).strip_prefix("AnaplanAuthToken ") else {
        return bad_header(401);
    };
    let mut world = shared.world();
    if world.tokens.good(value, world.now()).is_none() {
        return bad_token();
    }
    world.tokens.revoke(value);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status_of(204);
    response
}
