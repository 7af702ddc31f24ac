//! A request that has passed the door: its caller is known, its parts are at hand.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::http::request::Parts;
use serde_json::Value;

use crate::http::reply::Page;
use crate::http::shared::Shared;
use crate::state::check::Object;
use crate::state::refusal::Refusal;
use crate::state::user::User;

/// What a handler gets.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) user: User,
    /// Whether what no source speaks of is refused.
    pub(crate) strict: bool,
    params: Vec<(String, String)>,
    query: Vec<(String, String)>,
    content_type: Option<String>,
    body: Bytes,
    page_cap: usize,
    pub(crate) lookup_page_cap: usize,
    path: String,
}

impl Call {
    /// A segment of the path, decoded.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params
            .iter()
            .find(|(each, _)| each == name)
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(each, _)| each == name)
            .map(|(_, value)| value.as_str())
    }

    /// If strict, refuses parameters that the operation does not have.
    pub(crate) fn allow(&self, names: &[&str]) -> Result<(), Refusal> {
        if !self.strict {
            return Ok(());
        }
        match self
            .query
            .iter()
            .find(|(name, _)| !names.contains(&name.as_str()))
        {
            Some((name, _)) => Err(Refusal::new(400, format!("Invalid query parameter {name}"))),
            None => Ok(()),
        }
    }

    /// 25 unless asked for, and silently never more than the cap.
    pub(crate) fn page(&self) -> Result<Page, Refusal> {
        Ok(Page {
            offset: self.number("offset")?.unwrap_or(0),
            limit: self.number("limit")?.unwrap_or(25).min(self.page_cap),
        })
    }

    /// A number; if strict, anything else is refused.
    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        match self.query(name).map(str::parse) {
            Some(Err(_)) => self.guess(name).map(|()| None),
            number => Ok(number.and_then(Result::ok)),
        }
    }

    /// The path below the base URL of the Integration API.
    pub(crate) fn path(&self) -> &str {
        self.path.strip_prefix("/api/2/0").unwrap_or(&self.path)
    }

    /// A parameter that is 0 or 1.
    pub(crate) fn zero_or_one(&self, name: &str) -> Result<bool, Refusal> {
        match self.query(name) {
            None | Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(_) => self.guess(name).map(|()| false),
        }
    }

    /// If strict, refuses the value of a parameter.
    pub(crate) fn guess(&self, name: &str) -> Result<(), Refusal> {
        if self.strict {
            return Err(Refusal::new(400, format!("Invalid query parameter {name}")));
        }
        Ok(())
    }

    /// The body, which has to be a JSON object; if strict, one that says that it is JSON.
    pub(crate) fn object(&self) -> Result<Object, Refusal> {
        let says_json = self
            .content_type
            .as_deref()
            .and_then(|kind| kind.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        if self.strict && !says_json {
            return Err(Refusal::new(415, "Unsupported Media Type"));
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(body)) => Ok(body),
            _ => Err(Refusal::invalid()),
        }
    }

    /// The body of an operation that needs none: nothing, or an object.
    pub(crate) fn object_or_nothing(&self) -> Result<Object, Refusal> {
        if self.body.is_empty() {
            Ok(Object::new())
        } else {
            self.object()
        }
    }

    /// For operations that take nothing. If strict, a body is refused.
    pub(crate) fn nothing(&self) -> Result<(), Refusal> {
        if !self.strict || self.object_or_nothing()?.is_empty() {
            Ok(())
        } else {
            Err(Refusal::invalid())
        }
    }
}

impl FromRequest<Arc<Shared>> for Call {
    type Rejection = Refusal;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let user = caller(&parts, shared)?;
        let params = RawPathParams::from_request_parts(&mut parts, shared)
            .await
            .map_err(|_| Refusal::new(400, "Invalid path"))?
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(Self {
            user,
            strict: shared.plan.settings.strict,
            params,
            query: pairs(parts.uri.query().unwrap_or_default()),
            content_type: parts
                .headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            body: body
                .collect()
                .await
                .map(|body| body.to_bytes())
                .unwrap_or_default(),
            page_cap: shared.page_cap,
            lookup_page_cap: shared.lookup_page_cap,
            path: parts.uri.path().to_owned(),
        })
    }
}

/// `AnaplanAuthToken <token>`, or `Bearer` with the same.
fn caller(parts: &Parts, shared: &Shared) -> Result<User, Refusal> {
    let header = parts
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let token = header
        .strip_prefix("AnaplanAuthToken ")
        .or_else(|| header.strip_prefix("Bearer "))
        .ok_or_else(|| Refusal::new(401, "Authorization header is missing or malformed"))?;
    let user = shared
        .world()
        .user_of(token)
        .ok_or_else(|| Refusal::new(401, "Token is invalid or has expired"))?;
    let path = parts.uri.path();
    match user.role() {
        "no-role" => Err(Refusal::new(
            403,
            "Forbidden: the user does not have the role Integration User",
        )),
        "not-entitled" if path.contains("/schedule") || path.ends_with("/dumps") => {
            Err(Refusal::new(452, "Tenant not entitled"))
        }
        _ => Ok(user),
    }
}

/// The pairs of a query or of a form.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        let spaced = part.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced)
            .decode_utf8_lossy()
            .into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            pair.split_once('=').map_or_else(
                || (decode(pair), String::new()),
                |(k, v)| (decode(k), decode(v)),
            )
        })
        .collect()
}
