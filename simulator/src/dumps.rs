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

use crate::call::Call;
use crate::reply::{self, Answer, Refusal};
use crate::shared::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/integrations/run/{id}/dumps", get(of_run))
        .route(
            "/integrations/run/{id}/process/import/{action}/dumps",
            get(of_action),
        )
}

const HEAD: &str = "Product,Region,Month,Amount,_Line_,_Error_1_\r\n";

/// A dump: given, or made up while it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dump {
    Bytes(Bytes),
    Rows(u64),
    Size(u64),
}

impl Dump {
    pub(crate) fn bytes(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }

    fn body(&self) -> Body {
        match self {
            Self::Bytes(bytes) => Body::from(bytes.clone()),
            Self::Rows(rows) => Body::new(MadeUp {
                head: true,
                row: 0,
                rows: Some(*rows),
                size: None,
            }),
            Self::Size(size) => Body::new(MadeUp {
                head: true,
                row: 0,
                rows: None,
                size: Some(*size),
            }),
        }
    }
}

/// CSV out of thin air, a piece at a time.
#[derive(Debug)]
struct MadeUp {
    head: bool,
    row: u64,
    rows: Option<u64>,
    size: Option<u64>,
}

impl MadeUp {
    /// The next line; the last one of a file of a given size is stretched to fit.
    fn line(&mut self) -> Option<String> {
        if self.rows == Some(self.row) && !self.head {
            return None;
        }
        let mut line = if self.head {
            self.head = false;
            HEAD.to_owned()
        } else {
            self.row += 1;
            let n = self.row;
            format!(
                "Product {n},Region {},2026-{:02},n/a,{},Value is not a number\r\n",
                n % 7,
                n % 12 + 1,
                n + 1
            )
        };
        if let Some(left) = self.size {
            let left = usize::try_from(left).unwrap_or(usize::MAX);
            if left == 0 {
                return None;
            }
            if left < line.len() {
                line.truncate(left);
            } else if left - line.len() < 200 {
                let text = line.trim_end().len();
                line.insert_str(text, &".".repeat(left - line.len()));
            }
            self.size = Some((left - line.len()) as u64);
        }
        Some(line)
    }
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

fn csv(dump: Option<&Dump>) -> Answer {
    match dump {
        Some(dump) => Ok(reply::with_type(200, "text/csv", dump.body())),
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
