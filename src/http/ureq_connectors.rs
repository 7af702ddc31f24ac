//! How the blocking transport connects, step by step.
//!
//! ureq has one kind of error for what fails before a request and for what fails in it. Which
//! step an error comes from is noted here, since only what failed before the connection came
//! about was certainly not sent: the code of an error does not tell (an open connection can end
//! with "host unreachable").

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::Error;
#[cfg(feature = "socks")]
use ureq::unversioned::transport::SocksConnector;
use ureq::unversioned::transport::time::Instant;
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout,
    TcpConnector, Transport, TransportAdapter,
};

/// What had to be done when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectStep {
    ResolveHost,
    ConnectToHost,
    ConnectToProxy,
    TlsHandshake,
}

/// No connection was made.
#[derive(Debug)]
pub(crate) struct ConnectError {
    pub(crate) step: ConnectStep,
    pub(crate) error: Error,
}

impl ConnectError {
    pub(crate) fn wrap(step: ConnectStep, error: Error) -> Error {
        Error::Other(Box::new(Self { step, error }))
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl StdError for ConnectError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.error {
            Error::Other(error) => Some(&**error),
            Error::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// The connection broke while an answer was read. ureq would take a reset in a body without a
/// length for its end.
#[derive(Debug)]
pub(crate) struct ConnectionBroken(pub(crate) io::Error);

impl fmt::Display for ConnectionBroken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl StdError for ConnectionBroken {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

/// As ureq's own, by steps, and with our TLS.
pub(crate) fn connector(tls: ClientConfig) -> impl Connector {
    let chain = ();
    #[cfg(feature = "socks")]
    let chain = chain.chain(WithConnectStep(
        ConnectStep::ConnectToProxy,
        SocksConnector::default(),
    ));
    chain
        .chain(WithConnectStep(
            ConnectStep::ConnectToProxy,
            ConnectProxyConnector::default(),
        ))
        .chain(WithConnectStep(
            ConnectStep::ConnectToHost,
            TcpConnector::default(),
        ))
        .chain(WithConnectStep(
            ConnectStep::TlsHandshake,
            TlsConnector(Arc::new(tls)),
        ))
        .chain(WatchedConnector)
}

#[derive(Debug)]
pub(crate) struct WithConnectStep<C>(pub(crate) ConnectStep, pub(crate) C);

impl<In: Transport, C: Connector<In>> Connector<In> for WithConnectStep<C> {
    type Out = C::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Self(step, connector) = self;
        let connected = connector.connect(details, chained);
        connected.map_err(|error| ConnectError::wrap(*step, error))
    }
}

struct TlsConnector(Arc<ClientConfig>);

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConnector")
    }
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, TlsTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else {
            return Ok(None);
        };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let host = details.uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Error::Tls("the host's name is not valid in a certificate"))?;
        // The steps before have used some of the time.
        let mut timeout = details.timeout;
        if let Some(left) = timeout.not_zero() {
            let passed = match (details.now, (details.current_time)()) {
                (Instant::Exact(began), Instant::Exact(now)) => now.duration_since(began),
                _ => Duration::ZERO,
            };
            timeout.after = left.saturating_sub(passed).into();
            check(timeout)?;
        }
        let mut session = ClientConnection::new(self.0.clone(), name)
            .map_err(|error| Error::Other(Box::new(error)))?;
        let transport: Box<dyn Transport> = Box::new(transport);
        let mut socket = TransportAdapter::new(transport, details.current_time.clone());
        socket.set_timeout(timeout);
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        let (input, output) = (
            details.config.input_buffer_size(),
            details.config.output_buffer_size(),
        );
        Ok(Some(Either::B(TlsTransport {
            buffers: LazyBuffers::new(input, output),
            stream: StreamOwned::new(session, socket),
        })))
    }
}

struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsTransport")
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.get_mut().set_timeout(timeout);
        let output = &self.buffers.output()[..amount];
        self.stream.write_all(output)?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        // What is decrypted already comes without a look at the socket, and its timeout.
        check(timeout)?;
        self.stream.get_mut().set_timeout(timeout);
        let input = self.buffers.input_append_buf();
        let amount = self.stream.read(input)?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

fn check(timeout: NextTimeout) -> Result<(), Error> {
    if timeout.after.is_zero() {
        return Err(Error::Timeout(timeout.reason));
    }
    Ok(())
}

#[derive(Debug)]
pub(crate) struct WatchedConnector;

impl<In: Transport> Connector<In> for WatchedConnector {
    type Out = WatchedTransport<In>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(WatchedTransport))
    }
}

#[derive(Debug)]
pub(crate) struct WatchedTransport<T>(T);

impl<T: Transport> Transport for WatchedTransport<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout).map_err(|error| match error {
            Error::Io(error) => Error::Other(Box::new(ConnectionBroken(error))),
            error => error,
        })
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
