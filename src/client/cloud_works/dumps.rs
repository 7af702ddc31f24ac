//! Dumps: the rows that were rejected, whole, row by row, or written out.

use std::fmt;

use bytes::Bytes;

use super::{CloudWorks, Request, Result, Session, maybe_async, operations, transport};
use crate::error::{Error, TransportErrorKind};
use crate::http::Failure;
use crate::models::cloud_works::{ActionId, RunId};
use crate::runs::dump::{DumpParser, DumpRow};

#[maybe_async]
impl CloudWorks<'_> {
    /// Opens the dump of an import: the rows that it rejected, as a CSV file of any size.
    ///
    #[doc = example!(
        "let mut file = Vec::new();\n\
         let dump = client.cw().import_error_dump(\"91a01d97958d44baaa58ad8a3d45804e\")", "?;\n\
         let bytes = dump.write_to(&mut file)", "?;\n\
         println!(\"{bytes} bytes\");"
    )]
    /// # Errors
    /// 404 when the run rejected nothing; and as every call. What is repeated is repeated before
    /// the first piece, never after it.
    ///
    /// Reference: `GET /integrations/run/{runId}/dumps`.
    pub async fn import_error_dump(&self, run: impl Into<RunId>) -> Result<ErrorDump> {
        ErrorDump::open(
            self.session,
            operations::get_import_error_dump(run.into().as_str()),
        )
        .await
    }

    /// Opens the dump of one import of a process: the rows that it rejected.
    ///
    #[doc = example!(
        "let dump = client\n    .cw()\n    .process_error_dump(\"91a01d97958d44baaa58ad8a3d45804e\", 112000000001)\n    ", "?;\n\
         let mut rows = dump.rows();\n\
         while let Some(row) = rows.next_row()", "? {\n    \
         println!(\"{row}\");\n}"
    )]
    /// # Errors
    /// 404 when the action rejected nothing; else as
    /// [`import_error_dump`](Self::import_error_dump).
    ///
    /// Reference: `GET /integrations/run/{runId}/process/import/{actionId}/dumps`.
    pub async fn process_error_dump(
        &self,
        run: impl Into<RunId>,
        action: impl Into<ActionId>,
    ) -> Result<ErrorDump> {
        let (run, action) = (run.into(), action.into());
        let request = operations::get_process_error_dump(run.as_str(), action.as_str());
        ErrorDump::open(self.session, request).await
    }
}

/// A dump that has begun to come. From [`import_error_dump`](CloudWorks::import_error_dump) and
/// [`process_error_dump`](CloudWorks::process_error_dump).
///
/// It is taken whole ([`bytes`](Self::bytes)), row by row ([`rows`](Self::rows)), to a writer
/// ([`write_to`](Self::write_to)) or piece by piece ([`next_chunk`](Self::next_chunk)). All but
/// `bytes` need the same memory for a dump of any size. The client's `timeout` holds from one
/// piece to the next, not for all of them.
pub struct ErrorDump {
    session: Session,
    request: Request,
    first: Option<Bytes>,
    rest: Option<transport::BodyStream>,
    received: u64,
}

impl ErrorDump {
    /// How many bytes have come so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The same dump, row by row. Best before the first piece is taken: what was taken is not
    /// among the rows.
    pub fn rows(self) -> DumpRows {
        DumpRows {
            dump: self,
            parser: DumpParser::new(),
            ended: false,
        }
    }
}

impl fmt::Debug for ErrorDump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorDump")
            .field("path", &self.request.path)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

#[maybe_async]
impl ErrorDump {
    pub(super) async fn open(session: &Session, request: Request) -> Result<Self> {
        let (first, rest) = session.open(&request).await?;
        Ok(Self {
            session: session.clone(),
            request,
            first: Some(first),
            rest,
            received: 0,
        })
    }

    /// The next piece, never an empty one; `None` at the end, and after an error.
    ///
    /// # Errors
    /// [`Error::Transport`] when the stream breaks off, or no piece comes within the client's
    /// `timeout`. It cannot be taken up again: open the dump anew.
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>> {
        let next = match (self.first.take(), &mut self.rest) {
            (Some(first), _) => Ok(Some(first)),
            (None, Some(_)) if self.session.left() == Some(std::time::Duration::ZERO) => {
                Err(Failure::new(
                    TransportErrorKind::Deadline,
                    "no time was left for the rest of the dump",
                ))
            }
            (None, Some(rest)) => rest.chunk().await,
            (None, None) => Ok(None),
        };
        match next {
            Ok(Some(chunk)) => {
                self.received += chunk.len() as u64;
                Ok(Some(chunk))
            }
            Ok(None) => {
                self.rest = None;
                Ok(None)
            }
            Err(failure) => {
                self.rest = None;
                Err(self.session.broken_off(&self.request, failure))
            }
        }
    }

    /// All that is still to come, in memory. A stream that breaks off is an error here;
    /// [`get_import_error_dump`](CloudWorks::get_import_error_dump) reads the file again then.
    ///
    /// # Errors
    /// As [`next_chunk`](Self::next_chunk).
    pub async fn bytes(mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            let chunk = self.next_chunk().await?;
            let Some(chunk) = chunk else { return Ok(bytes) };
            bytes.extend_from_slice(&chunk);
        }
    }

    /// Writes all that is still to come, and gives the number of bytes.
    ///
    /// # Errors
    /// As [`next_chunk`](Self::next_chunk): what came until then has been written.
    /// [`Error::Write`] when the writer fails.
    pub async fn write_to<W>(mut self, writer: &mut W) -> Result<u64>
    where
        W: transport::Write + Unpin + ?Sized,
    {
        let mut written = 0;
        let failed = |written, source| Error::Write { written, source };
        loop {
            let chunk = self.next_chunk().await?;
            let Some(chunk) = chunk else { break };
            let wrote = transport::write_all(writer, &chunk).await;
            wrote.map_err(|source| failed(written, source))?;
            written += chunk.len() as u64;
        }
        let flushed = transport::flush(writer).await;
        flushed.map_err(|source| failed(written, source))?;
        Ok(written)
    }
}

/// A dump, row by row. From [`ErrorDump::rows`].
#[derive(Debug)]
pub struct DumpRows {
    dump: ErrorDump,
    parser: DumpParser,
    ended: bool,
}

impl DumpRows {
    /// The columns of the file, once the first row has come.
    pub fn header(&self) -> Option<&crate::runs::dump::DumpHeader> {
        self.parser.header()
    }
}

#[maybe_async]
impl DumpRows {
    /// The next row; `None` at the end, and after an error.
    ///
    /// # Errors
    /// As [`ErrorDump::next_chunk`].
    pub async fn next_row(&mut self) -> Result<Option<DumpRow>> {
        loop {
            if let Some(row) = self.parser.next_row() {
                return Ok(Some(row));
            }
            if self.ended {
                return Ok(None);
            }
            let chunk = self.dump.next_chunk().await;
            match chunk {
                Ok(Some(chunk)) => self.parser.push(&chunk),
                Ok(None) => {
                    self.ended = true;
                    self.parser.finish();
                }
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
            }
        }
    }
}
