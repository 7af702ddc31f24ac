//! What goes back: envelopes, refusals, pages.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Map, Value, json};

use crate::state::clock;
use crate::state::refusal::Refusal;

/// What every handler gives.
pub(crate) type Answer = Result<Response, Refusal>;

impl Refusal {
    /// The envelope of an error, as seen on the live service.
    pub(crate) fn render(&self, path: &str, now: clock::Millis) -> Response {
        let mut response = json_response(
            self.status,
            &json!({
                "status": {"code": self.status, "message": self.message},
                "path": path,
                "timestamp": clock::iso(now),
            }),
        );
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// The body is written at the end of the line, where the path is known.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status_of(self.status);
        response.extensions_mut().insert(self);
        response
    }
}

pub(crate) fn status_of(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

pub(crate) fn json_response(code: u16, body: &Value) -> Response {
    with_type(code, "application/json", body.to_string())
}

pub(crate) fn with_type(code: u16, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status_of(code);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn success() -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("status".into(), json!({"code": 200, "message": "Success"}));
    body
}

/// A mutation that has nothing to tell.
pub(crate) fn done() -> Answer {
    Ok(json_response(200, &Value::Object(success())))
}

/// `{"status": …, key: value, "meta": {"schema": …}}`
pub(crate) fn found(key: &str, value: Value) -> Answer {
    let mut body = success();
    body.insert(key.into(), value);
    body.insert("meta".into(), json!({"schema": schema(key)}));
    Ok(json_response(200, &Value::Object(body)))
}

/// A creation or a start: the new id under its key, without `meta`.
pub(crate) fn created(key: &str, value: Value) -> Answer {
    let mut body = success();
    body.insert(key.into(), value);
    Ok(json_response(200, &Value::Object(body)))
}

/// The schema's address names version 1 on the live service, too.
fn schema(key: &str) -> String {
    format!("https://api.cloudworks.anaplan.com/1/0/integrations/objects/{key}")
}

/// Which part of a list was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

impl Page {
    pub(crate) fn slice<'a, T>(&self, items: &'a [T]) -> &'a [T] {
        let from = self.offset.min(items.len());
        let to = from.saturating_add(self.limit).min(items.len());
        &items[from..to]
    }

    pub(crate) fn meta(&self, here: usize, total: usize, key: &str) -> Value {
        json!({
            "paging": {"currentPageSize": here, "totalSize": total, "offset": self.offset},
            "schema": schema(key),
        })
    }
}

/// One page of a list; `more` is added to `meta`.
pub(crate) fn listed(
    key: &str,
    page: Page,
    items: Vec<Value>,
    total: usize,
    more: Value,
) -> Answer {
    let mut body = success();
    let mut meta = page.meta(items.len(), total, key);
    if let (Some(meta), Value::Object(more)) = (meta.as_object_mut(), more) {
        meta.extend(more);
    }
    body.insert(key.into(), Value::Array(items));
    body.insert("meta".into(), meta);
    Ok(json_response(200, &Value::Object(body)))
}

/// What the web server in front of the service says when no route fits.
pub(crate) fn no_route() -> Response {
    with_type(
        404,
        "text/html",
        "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n\
         <center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
    )
}

/// A status and nothing else.
pub(crate) fn status_only(code: u16) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status_of(code);
    response
}
