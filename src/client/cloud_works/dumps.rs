//! Dumps: the rows that were rejected, a piece or a row at a time.

use std::fmt;

use bytes::Bytes;

use super::{CloudWorks, Request, Result, Session, maybe_async, transport};
use crate::error::{Error, TransportErrorKind};
use crate::http::Failure;
use crate::models::cloud_works::{ActionId, RunId};
use crate::runs::dump::{DumpParser, DumpRow};

pub(super) fn of_import(run: &RunId) -> Request {
    let path = ["integrations", "run", run.as_str(), "dumps"];
    Request::get("get_import_error_dump", path)
}

pub(super) fn of_process(run: &RunId, action: &ActionId) -> Request {
    let path = [
        "integrations",
        "run",
        run.as_str(),
        "process",
        "import",
        action.as_str(),
        "dumps",
    ];
    Request::get("get_process_error_dump", path)
}

#[maybe_async]
impl CloudWorks<'_> {
    /// The rows that an import rejected, as pieces of the file: constant memory, of any size.
    ///
    #[doc = example!(
        "let mut dump = client.cw().import_error_dump_chunks(\"91a01d97958d44baaa58ad8a3d45804e\")", "?;\n\
         while let Some(chunk) = dump.next_chunk()", "? {\n    \
         println!(\"{} bytes\", chunk.len());\n}"
    )]
    /// # Errors
    /// 404 when the run rejected nothing; and as every call. What is repeated is repeated before
    /// the first piece, never after it.
    ///
    /// Reference: `GET /integrations/run/{runId}/dumps`.
    pub async fn import_error_dump_chunks(&self, run: impl Into<RunId>) -> Result<DumpChunks> {
        DumpChunks::open(self.session, of_import(&run.into())).await
    }

    /// The rows that one import of a process rejected, as pieces of the file.
    ///
    #[doc = example!(
        "let mut dump = client\n    .cw()\n    .process_error_dump_chunks(\"91a01d97958d44baaa58ad8a3d45804e\", 112000000001)\n    ", "?;\n\
         while let Some(chunk) = dump.next_chunk()", "? {\n    \
         println!(\"{} bytes\", chunk.len());\n}"
    )]
    /// # Errors
    /// As [`import_error_dump_chunks`](Self::import_error_dump_chunks).
    ///
    /// Reference: `GET /integrations/run/{runId}/process/import/{actionId}/dumps`.
    pub async fn process_error_dump_chunks(
        &self,
        run: impl Into<RunId>,
        action: impl Into<ActionId>,
    ) -> Result<DumpChunks> {
        let request = of_process(&run.into(), &action.into());
        DumpChunks::open(self.session, request).await
    }

    /// The rows that an import rejected, one after the other, from a file of any size.
    ///
    #[doc = example!(
        "let mut rows = client.cw().import_error_dump_rows(\"91a01d97958d44baaa58ad8a3d45804e\")", "?;\n\
         while let Some(row) = rows.next_row()", "? {\n    \
         println!(\"{row}\");\n}"
    )]
    /// # Errors
    /// As [`import_error_dump_chunks`](Self::import_error_dump_chunks).
    ///
    /// Reference: `GET /integrations/run/{runId}/dumps`.
    pub async fn import_error_dump_rows(&self, run: impl Into<RunId>) -> Result<DumpRows> {
        let chunks = self.import_error_dump_chunks(run).await?;
        Ok(chunks.rows())
    }

    /// The rows that one import of a process rejected, one after the other.
    ///
    #[doc = example!(
        "let mut rows = client\n    .cw()\n    .process_error_dump_rows(\"91a01d97958d44baaa58ad8a3d45804e\", 112000000001)\n    ", "?;\n\
         while let Some(row) = rows.next_row()", "? {\n    \
         println!(\"{row}\");\n}"
    )]
    /// # Errors
    /// As [`import_error_dump_chunks`](Self::import_error_dump_chunks).
    ///
    /// Reference: `GET /integrations/run/{runId}/process/import/{actionId}/dumps`.
    pub async fn process_error_dump_rows(
        &self,
        run: impl Into<RunId>,
        action: impl Into<ActionId>,
    ) -> Result<DumpRows> {
        let chunks = self.process_error_dump_chunks(run, action).await?;
        Ok(chunks.rows())
    }

    /// Writes the rows that an import rejected, as the service made the file, and gives the
    /// number of bytes: constant memory, of any size.
    ///
    #[doc = example!(
        "let mut file = Vec::new();\n\
         let bytes = client\n    .cw()\n    .write_import_error_dump(\"91a01d97958d44baaa58ad8a3d45804e\", &mut file)\n    ", "?;\n\
         println!(\"{bytes} bytes\");"
    )]
    /// # Errors
    /// 404 when the run rejected nothing: nothing is written then. [`Error::Write`] when the
    /// writer fails. When the stream breaks off, what came until then has been written. And as
    /// every call.
    ///
    /// Reference: `GET /integrations/run/{runId}/dumps`.
    pub async fn write_import_error_dump<W>(
        &self,
        run: impl Into<RunId>,
        writer: &mut W,
    ) -> Result<u64>
    where
        W: transport::Write + Unpin + ?Sized,
    {
        let chunks = self.import_error_dump_chunks(run).await?;
        chunks.write_to(writer).await
    }

    /// Writes the rows that one import of a process rejected, as the service made the file, and
    /// gives the number of bytes.
    ///
    #[doc = example!(
        "let mut file = Vec::new();\n\
         let bytes = client\n    .cw()\n    .write_process_error_dump(\n        \
             \"91a01d97958d44baaa58ad8a3d45804e\",\n        112000000001,\n        &mut file,\n    )\n    ", "?;\n\
         println!(\"{bytes} bytes\");"
    )]
    /// # Errors
    /// As [`write_import_error_dump`](Self::write_import_error_dump).
    ///
    /// Reference: `GET /integrations/run/{runId}/process/import/{actionId}/dumps`.
    pub async fn write_process_error_dump<W>(
        &self,
        run: impl Into<RunId>,
        action: impl Into<ActionId>,
        writer: &mut W,
    ) -> Result<u64>
    where
        W: transport::Write + Unpin + ?Sized,
    {
        let chunks = self.process_error_dump_chunks(run, action).await?;
        chunks.write_to(writer).await
    }
}

/// A dump, piece by piece, as it comes from the service. From
/// [`import_error_dump_chunks`](CloudWorks::import_error_dump_chunks) and its like.
///
/// The client's `timeout` holds from one piece to the next, not for all of them.
pub struct DumpChunks {
    session: Session,
    request: Request,
    first: Option<Bytes>,
    rest: Option<transport::Streaming>,
    received: u64,
}

impl DumpChunks {
    /// How many bytes have come so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The same dump, row by row. Best before the first piece is taken: what was taken is not
    /// among the rows.
    pub fn rows(self) -> DumpRows {
        DumpRows {
            chunks: self,
            parser: DumpParser::new(),
            ended: false,
        }
    }
}

impl fmt::Debug for DumpChunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DumpChunks")
            .field("path", &self.request.path)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

#[maybe_async]
impl DumpChunks {
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

    /// Writes all that is still to come, and gives the number of bytes.
    ///
    /// # Errors
    /// As [`next_chunk`](Self::next_chunk); [`Error::Write`] when the writer fails.
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

/// A dump, row by row. From [`import_error_dump_rows`](CloudWorks::import_error_dump_rows) and its
/// like.
#[derive(Debug)]
pub struct DumpRows {
    chunks: DumpChunks,
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
    /// As [`DumpChunks::next_chunk`].
    pub async fn next_row(&mut self) -> Result<Option<DumpRow>> {
        loop {
            if let Some(row) = self.parser.next_row() {
                return Ok(Some(row));
            }
            if self.ended {
                return Ok(None);
            }
            let chunk = self.chunks.next_chunk().await;
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
