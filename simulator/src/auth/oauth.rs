//! OAuth 2.0: `/auth/authorize`, `/auth/prelogin`, `/oauth/token`, `/oauth/device/code`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use hyper::{HeaderMap, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::estate;
use crate::http::call::pairs;
use crate::http::reply::{json_response, status_of, with_type};
use crate::http::shared::Shared;
use crate::state::check;
use crate::state::oauth::{Device, Refresh, granted};
use crate::state::user::User;
use crate::state::world::World;

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

const DEVICE_LIFETIME_SECONDS: i64 = 900;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/auth/authorize", get(authorize))
        .route("/auth/prelogin", get(prelogin))
        .route("/oauth/token", post(token))
        .route("/oauth/device/code", post(device_code))
}

type Fields = HashMap<String, String>;

impl World {
    /// An access token and what comes with it.
    fn grant(&mut self, scope: &str, refresh: Option<Refresh>) -> Response {
        let access = self.issue_token(&User::of(estate::USER_EMAIL), true);
        let mut reply = json!({
            "access_token": access,
            "id_token": format!("eyJhbGciOiJub25lIn0.{}.", self.chance.hex()),
            "scope": scope,
            "expires_in": self.settings.token_lifetime.as_secs(),
            "token_type": "Bearer",
        });
        if let Some(refresh) = refresh.filter(|_| scope.contains("offline_access")) {
            let token = self.chance.hex();
            self.oauth.refresh.insert(token.clone(), refresh);
            reply["refresh_token"] = json!(token);
        }
        json_response(200, &reply)
    }
}

fn refused(code: u16, error: &str, description: &str) -> Response {
    json_response(
        code,
        &json!({"error": error, "error_description": description}),
    )
}

fn invalid_grant(what: &str) -> Response {
    refused(403, "invalid_grant", &format!("Unknown or invalid {what}."))
}

/// The parameters, from JSON or from a form.
fn fields(headers: &HeaderMap, body: &[u8]) -> Fields {
    let form = headers.get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    if form {
        return pairs(&String::from_utf8_lossy(body)).into_iter().collect();
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(body)) => body
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
            .collect(),
        _ => Fields::new(),
    }
}

/// Where the browser is sent back to, with a code.
fn callback(shared: &Shared, uri: &Uri) -> Result<String, Box<Response>> {
    let query: Fields = pairs(uri.query().unwrap_or_default()).into_iter().collect();
    let part = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    if part("response_type") != "code"
        || part("redirect_uri").is_empty()
        || part("scope").is_empty()
    {
        let problem = "response_type, client_id, redirect_uri and scope are required.";
        return Err(Box::new(refused(400, "invalid_request", problem)));
    }
    if !check::is_hex_id(part("client_id")) {
        return Err(Box::new(refused(
            401,
            "unauthorized_client",
            "Unknown client.",
        )));
    }
    let code =
        shared
            .world()
            .oauth_code(part("client_id"), Some(part("redirect_uri")), part("scope"));
    let redirect = part("redirect_uri");
    let joint = if redirect.contains('?') { '&' } else { '?' };
    let state = query.get("state").map_or_else(String::new, |state| {
        format!("&state={}", utf8_percent_encode(state, NON_ALPHANUMERIC))
    });
    Ok(format!("{redirect}{joint}code={code}{state}"))
}

/// The user is taken to be logged in already.
async fn authorize(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    match callback(&shared, &uri) {
        Ok(location) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status_of(302);
            if let Ok(location) = HeaderValue::try_from(location) {
                response.headers_mut().insert(LOCATION, location);
            }
            response
        }
        Err(refusal) => *refusal,
    }
}

/// A page with a link where the real one has a form.
async fn prelogin(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    match callback(&shared, &uri) {
        Ok(location) => {
            let link = location.replace('&', "&amp;").replace('"', "&quot;");
            with_type(
                200,
                "text/html",
                format!("<html><body><a href=\"{link}\">Log in</a></body></html>\n"),
            )
        }
        Err(refusal) => *refusal,
    }
}

async fn device_code(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = fields(&headers, &body);
    let client = fields.get("client_id").cloned().unwrap_or_default();
    if !check::is_hex_id(&client) {
        return refused(
            403,
            "unauthorized_client",
            "Unknown client, or one without the device grant.",
        );
    }
    let mut world = shared.world();
    let (code, hex) = (world.chance.hex(), world.chance.hex().to_uppercase());
    let user_code = format!("{}-{}", &hex[..4], &hex[4..8]);
    let (expires, interval) = (
        world.now() + DEVICE_LIFETIME_SECONDS * 1000,
        world.oauth.interval,
    );
    world.oauth.devices.insert(
        code.clone(),
        Device {
            client,
            user_code: user_code.clone(),
            scope: granted(fields.get("scope").map_or("", String::as_str)),
            expires,
            interval,
            last_poll: None,
            approved: None,
        },
    );
    let verification = format!("{}/activate", world.settings.auth_url);
    json_response(
        200,
        &json!({
            "device_code": code,
            "user_code": user_code,
            "verification_uri": verification,
            "verification_uri_complete": format!("{verification}?user_code={user_code}"),
            "expires_in": DEVICE_LIFETIME_SECONDS,
            "interval": interval,
        }),
    )
}

async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let fields = fields(&headers, &body);
    let mut world = shared.world();
    if let Some((code, error)) = world.oauth.errors.pop_front() {
        return refused(code, &error, "As it was asked for.");
    }
    if !check::is_hex_id(fields.get("client_id").map_or("", String::as_str)) {
        return refused(401, "unauthorized_client", "Unknown client.");
    }
    match fields.get("grant_type").map(String::as_str) {
        Some("authorization_code") => by_code(&mut world, &fields),
        Some("refresh_token") => by_refresh_token(&mut world, &fields),
        Some(DEVICE_GRANT) => by_device_code(&mut world, &fields),
        Some(_) => refused(
            403,
            "unauthorized_client",
            "Grant type not allowed for the client.",
        ),
        None => refused(401, "access_denied", "Missing grant_type."),
    }
}

fn part<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}

/// Any secret will do, but none and `wrong`.
fn good_secret(fields: &Fields) -> bool {
    !matches!(part(fields, "client_secret"), "" | "wrong")
}

fn by_code(world: &mut World, fields: &Fields) -> Response {
    if !good_secret(fields) {
        return refused(401, "access_denied", "Unauthorized");
    }
    let client = part(fields, "client_id");
    let Some(code) = world.oauth.codes.remove(part(fields, "code")) else {
        return invalid_grant("authorization code");
    };
    let redirect = part(fields, "redirect_uri");
    if code.client != client
        || redirect.is_empty()
        || code.redirect.is_some_and(|known| known != redirect)
    {
        return invalid_grant("authorization code");
    }
    let refresh = Refresh {
        client: client.into(),
        scope: code.scope.clone(),
        needs_secret: true,
    };
    world.grant(&code.scope, Some(refresh))
}

/// With rotation a refresh token is good once.
fn by_refresh_token(world: &mut World, fields: &Fields) -> Response {
    let (client, token) = (part(fields, "client_id"), part(fields, "refresh_token"));
    let Some(known) = world
        .oauth
        .refresh
        .get(token)
        .filter(|each| each.client == client)
        .cloned()
    else {
        return invalid_grant("refresh token");
    };
    if known.needs_secret && !good_secret(fields) {
        return refused(401, "access_denied", "Unauthorized");
    }
    let rotate = world.settings.rotate_refresh_tokens;
    if rotate {
        world.oauth.refresh.remove(token);
    }
    let scope = known.scope.clone();
    world.grant(&scope, rotate.then_some(known))
}

fn by_device_code(world: &mut World, fields: &Fields) -> Response {
    let now = world.now();
    let (client, code) = (part(fields, "client_id"), part(fields, "device_code"));
    let Some(device) = world
        .oauth
        .devices
        .get_mut(code)
        .filter(|each| each.client == client)
    else {
        return invalid_grant("device code");
    };
    if now >= device.expires {
        return refused(403, "expired_token", "The device code has expired.");
    }
    let early = device
        .last_poll
        .is_some_and(|last| now - last < device.interval * 1000);
    device.last_poll = Some(now);
    if early {
        device.interval += 5;
        return refused(
            429,
            "slow_down",
            "You are polling faster than the specified interval.",
        );
    }
    match device.approved {
        None => refused(
            403,
            "authorization_pending",
            "User has yet to authorize device code.",
        ),
        Some(false) => {
            world.oauth.devices.remove(code);
            refused(403, "access_denied", "The user denied the request.")
        }
        Some(true) => {
            let scope = device.scope.clone();
            world.oauth.devices.remove(code);
            let refresh = Refresh {
                client: client.into(),
                scope: scope.clone(),
                needs_secret: false,
            };
            world.grant(&scope, Some(refresh))
        }
    }
}
