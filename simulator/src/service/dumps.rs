//! `/integrations/run/{id}/dumps`: the rows that were rejected, as CSV.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::get;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::http::call::Call;
use crate::http::reply::{self, Answer};
use crate::http::shared::Shared;
use crate::state::dump::{Dump, MadeUp};
use crate::state::refusal::Refusal;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/integrations/run/{id}/dumps", get(of_run))
        .route(
            "/integrations/run/{id}/process/import/{action}/dumps",
            get(of_action),
        )
}

impl http_body::Body for MadeUp {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut piece = String::with_capacity(70_000);
        while piece.len() < 65_536 {
            match self.line() {
                Some(line) => piece.push_str(&line),
                None => break,
            }
        }
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece.into()))))
    }

    fn size_hint(&self) -> SizeHint {
        self.size
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

fn body(dump: &Dump) -> Body {
    match dump {
        Dump::Bytes(bytes) => Body::from(bytes.clone()),
        Dump::Rows(rows) => Body::new(MadeUp::rows(*rows)),
        Dump::Size(size) => Body::new(MadeUp::size(*size)),
    }
}

fn csv(dump: Option<&Dump>) -> Answer {
    match dump {
        Some(dump) => Ok(reply::with_type(200, "text/csv", body(dump))),
        None => Err(Refusal::new(
            404,
            "Your integration run was successful / no errors",
        )),
    }
}

async fn of_run(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let world = shared.world();
    let id = call.param("id");
    let run = world
        .runs
        .get(id)
        .ok_or_else(|| Refusal::not_found("Run", id))?;
    csv(run.dump.as_ref().filter(|_| !run.is_active(world.now())))
}

async fn of_action(State(shared): State<Arc<Shared>>, call: Call) -> Answer {
    call.allow(&[])?;
    let world = shared.world();
    let (id, action) = (call.param("id"), call.param("action"));
    let run = world
        .runs
        .get(id)
        .ok_or_else(|| Refusal::not_found("Run", id))?;
    let error = run.errors.iter().find(|error| error.action == action);
    csv(error
        .and_then(|error| error.dump.as_ref())
        .filter(|_| !run.is_active(world.now())))
}
