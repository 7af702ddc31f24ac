//! The sockets: accepting connections, and taking requests past recorder and faults to their handlers.

pub(crate) mod access;
mod spoil;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_ENCODING, ALLOW, AUTHORIZATION, DATE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tower_service::Service as _;

use self::spoil::Spoil;
use crate::auth::{oauth, tokens};
use crate::control;
use crate::http::faults::{Canned, Kind, RetryAfter};
use crate::http::reply;
use crate::http::shared::{Gate, Shared};
use crate::service::{
    connections, dumps, flows, integrations, lookups, model_contents, notifications, runs,
    schedules,
};
use crate::state::clock;
use crate::state::log::Done;
use crate::state::refusal::Refusal;

/// Every route there is.
fn router(shared: &Arc<Shared>) -> Router {
    let cloudworks = connections::routes()
        .merge(integrations::routes())
        .merge(schedules::routes())
        .merge(runs::routes())
        .merge(dumps::routes())
        .merge(notifications::routes())
        .merge(flows::routes());
    Router::new()
        .nest("/2/0", cloudworks)
        .nest(
            "/api/2/0",
            lookups::routes().merge(model_contents::routes()),
        )
        .nest("/_sim", control::routes())
        .merge(tokens::routes())
        .merge(oauth::routes())
        .fallback(|| async { reply::no_route() })
        .method_not_allowed_fallback(|| async { Refusal::new(405, "Method Not Allowed") })
        .with_state(Arc::clone(shared))
}

/// Serves until the gate says that it is over.
pub(crate) async fn serve(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let router = router(&shared);
    let mut gate = shared.gate.subscribe();
    let mut open = TcpListener::from_std(listener).ok();
    // While nobody listens the port stays ours, lest another program takes it.
    let mut held = None;
    loop {
        let wanted = *gate.borrow_and_update();
        match wanted {
            Gate::Over => return,
            Gate::Closed if open.is_some() => {
                open = None;
                held = hold(&shared).ok();
            }
            Gate::Open if open.is_none() => {
                let socket = held.take().map_or_else(|| hold(&shared), Ok);
                open = socket.and_then(|socket| socket.listen(1024)).ok();
            }
            _ => {}
        }
        shared.set_listening(open.is_some());
        let Some(listener) = &open else {
            if wanted == Gate::Open {
                tokio::time::sleep(Duration::from_millis(5)).await;
            } else if gate.changed().await.is_err() {
                return;
            }
            continue;
        };
        tokio::select! {
            changed = gate.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                if shared.faults().strikes_connection() {
                    note_fault(&shared, &Kind::ResetOnAccept, false, "CONNECT");
                    let _ = stream.set_zero_linger();
                    continue;
                }
                let _ = stream.set_nodelay(true);
                tokio::spawn(connection(stream, Arc::clone(&shared), router.clone(), gate.clone()));
            }
        }
    }
}

/// Has the port without listening at it.
fn hold(shared: &Shared) -> std::io::Result<TcpSocket> {
    let address = SocketAddr::new(shared.plan.listen, shared.port);
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// One connection: served as usual until it is over, or a fault takes it.
async fn connection(
    stream: TcpStream,
    shared: Arc<Shared>,
    router: Router,
    mut gate: watch::Receiver<Gate>,
) {
    let (sender, mut spoils) = mpsc::channel(1);
    let service = service_fn(move |request| {
        handle(request, Arc::clone(&shared), router.clone(), sender.clone())
    });
    let mut served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = &mut served => {}
        spoil = spoils.recv() => if let Some(spoil) = spoil {
            let spoil: Spoil = spoil;
            spoil.play(served.into_parts().io.into_inner()).await;
        },
        () = shut(&mut gate) => {
            std::pin::Pin::new(&mut served).graceful_shutdown();
            let _ = served.await;
        }
    }
}

async fn shut(gate: &mut watch::Receiver<Gate>) {
    let _ = gate.wait_for(|gate| *gate != Gate::Open).await.map(drop);
}

/// Counts a request as being served for as long as it lives.
struct InFlight(Arc<Shared>);

impl InFlight {
    fn enter(shared: &Arc<Shared>) -> Self {
        shared.recorder().enter();
        Self(Arc::clone(shared))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.recorder().leave();
    }
}

/// Answers, and dates the answer by the simulator's own clock.
async fn handle(
    request: Request<Incoming>,
    shared: Arc<Shared>,
    router: Router,
    spoils: mpsc::Sender<Spoil>,
) -> Result<Response, Infallible> {
    let Ok(mut response) = answer(request, shared.clone(), router, spoils).await;
    let now = clock::http_date(shared.world().now());
    if let Ok(date) = HeaderValue::try_from(now) {
        response.headers_mut().entry(DATE).or_insert(date);
    }
    Ok(response)
}

async fn answer(
    request: Request<Incoming>,
    shared: Arc<Shared>,
    router: Router,
    spoils: mpsc::Sender<Spoil>,
) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    if let Some(refusal) = access::refusal(&parts, &shared.hosts, shared.plan.listen) {
        return Ok(refusal);
    }
    let Ok(body) = body.collect().await else {
        return Ok(reply::status_only(400));
    };
    let body = body.to_bytes();
    if parts.uri.path().starts_with("/_sim/") {
        return Ok(route(router, Request::from_parts(parts, Body::from(body))).await);
    }
    shared.recorder().record(&parts, &body);
    let path = parts.uri.path();
    let is_cloudworks = path.starts_with("/2/0/");
    // The two share the tenant's limit.
    let is_counted = is_cloudworks || path.starts_with("/api/2/0/");
    let _in_flight = is_counted.then(|| InFlight::enter(&shared));
    let target = parts
        .uri
        .path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string);
    let canned = shared.faults().canned(parts.method.as_str(), &target);
    if let Some(canned) = canned {
        return Ok(from_can(canned));
    }
    if is_counted && !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    if is_counted && let Err(seconds) = shared.admit() {
        let kind = Kind::TooManyRequests(RetryAfter::Seconds(seconds));
        note_fault(&shared, &kind, false, &format!("{} {target}", parts.method));
        return Ok(own_reply(&kind, &parts, &shared).unwrap_or_else(|| reply::status_only(429)));
    }
    let zipped = shared.gzip && is_cloudworks && accepts_gzip(&parts);
    let fault = shared.faults().strike(parts.method.as_str(), &target);
    let Some((kind, processed)) = fault else {
        let mut response = route(router, Request::from_parts(parts, Body::from(body))).await;
        if zipped {
            spoil::zip(&mut response).await;
        }
        return Ok(response);
    };
    let asked = format!("{} {target}", parts.method);
    if !processed {
        note_fault(&shared, &kind, false, &asked);
        if let Kind::Delay(delay) = kind {
            tokio::time::sleep(delay).await;
            return Ok(route(router, Request::from_parts(parts, Body::from(body))).await);
        }
    }
    let mut response = match own_reply(&kind, &parts, &shared) {
        Some(own) if !processed => own,
        own => {
            let mut request = Request::from_parts(parts, Body::from(body));
            if kind == Kind::RepeatedPage {
                earlier_page(request.uri_mut());
            }
            let real = if processed {
                Some(route(router, request).await)
            } else {
                None
            };
            own.or(real)
                .unwrap_or_else(|| reply::done().unwrap_or_else(|_| reply::status_only(200)))
        }
    };
    if processed {
        note_fault(&shared, &kind, true, &asked);
        if let Kind::Delay(delay) = kind {
            tokio::time::sleep(delay).await;
        }
    }
    if let Kind::WrongDate(seconds) = kind {
        let date = clock::http_date(shared.world().now() + seconds * 1000);
        if let Ok(date) = HeaderValue::try_from(date) {
            response.headers_mut().insert(DATE, date);
        }
    }
    spoil::alter(&kind, &mut response).await;
    if let Some(spoil) = Spoil::of(&kind, &mut response).await {
        // From here on the connection belongs to the fault.
        let _ = spoils.send(spoil).await;
        std::future::pending::<()>().await;
    }
    Ok(response)
}

fn accepts_gzip(parts: &Parts) -> bool {
    parts
        .headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .any(|value| value.to_str().is_ok_and(|text| text.contains("gzip")))
}

/// The handler's answer; a refusal gets its body here, where the path is known.
async fn route(mut router: Router, request: Request<Body>) -> Response {
    let path = request.uri().path().to_owned();
    let Ok(response) = router.call(request).await;
    match response.extensions().get::<Refusal>() {
        Some(refusal) => {
            let mut rendered = refusal.render(&path, clock::machine());
            if let Some(methods) = response.headers().get(ALLOW) {
                rendered.headers_mut().insert(ALLOW, methods.clone());
            }
            rendered
        }
        None => response,
    }
}

fn note_fault(shared: &Shared, kind: &Kind, processed: bool, asked: &str) {
    let mut world = shared.world();
    let when = if processed {
        "after processing"
    } else {
        "before processing"
    };
    let done = Done::new(world.now(), "fault", kind.name(), asked).of(when);
    world.note(done);
}

fn from_can(canned: Canned) -> Response {
    let mut response = reply::status_only(canned.status);
    for (name, value) in &canned.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    *response.body_mut() = Body::from(canned.body);
    response
}

/// The reply of faults that do not spoil one, but have their own.
fn own_reply(kind: &Kind, parts: &Parts, shared: &Shared) -> Option<Response> {
    let path = parts.uri.path();
    let refuse =
        |code: u16, message: &str| Refusal::new(code, message).render(path, clock::machine());
    let header = |mut response: Response, name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
        response
    };
    match kind {
        Kind::TooManyRequests(retry_after) => {
            let response = refuse(429, "Too Many Requests");
            Some(match retry_after {
                RetryAfter::Missing => response,
                RetryAfter::Seconds(seconds) => header(response, RETRY_AFTER, seconds.to_string()),
                RetryAfter::Date(seconds) => {
                    let at = clock::machine() + clock::millis(Duration::from_secs(*seconds));
                    header(response, RETRY_AFTER, clock::http_date(at))
                }
            })
        }
        Kind::Status(code, message) => Some(refuse(*code, message)),
        Kind::Gateway(code) => {
            let body = r#"{"message":"no healthy upstream","error":"x"}"#;
            let json = ("content-type".to_owned(), "application/json".to_owned());
            Some(from_can(Canned {
                method: String::new(),
                path: String::new(),
                status: *code,
                headers: vec![json],
                body: body.into(),
            }))
        }
        Kind::Unauthorized => Some(refuse(401, "Token is invalid or has expired")),
        Kind::ExpireToken => {
            let token = parts
                .headers
                .get(AUTHORIZATION)
                .and_then(|value| value.to_str().ok());
            if let Some((_, token)) = token.and_then(|value| value.split_once(' ')) {
                shared.world().tokens.revoke(token);
            }
            Some(refuse(401, "Token is invalid or has expired"))
        }
        Kind::Redirect(url) => Some(header(reply::status_only(307), LOCATION, url.clone())),
        _ => None,
    }
}

/// Turns the request for a page into one for the page before.
fn earlier_page(uri: &mut Uri) {
    let query = crate::http::call::pairs(uri.query().unwrap_or_default());
    let number = |name: &str| {
        query
            .iter()
            .find(|(each, _)| each == name)
            .and_then(|(_, value)| value.parse().ok())
    };
    let (offset, limit): (usize, usize) =
        (number("offset").unwrap_or(0), number("limit").unwrap_or(25));
    let rest: Vec<String> = query
        .iter()
        .filter(|(name, _)| name != "offset")
        .map(|(name, value)| format!("{name}={value}"))
        .chain([format!("offset={}", offset.saturating_sub(limit))])
        .collect();
    if let Ok(earlier) = format!("{}?{}", uri.path(), rest.join("&")).parse() {
        *uri = earlier;
    }
}
