//! The cause of a transport failure, found in the error of the HTTP library.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;

use crate::error::TransportCause as Cause;

/// `connecting`: there was no connection yet.
pub(crate) fn of(error: &(dyn StdError + 'static), connecting: bool) -> Option<Cause> {
    let mut next = Some(error);
    let mut found = None;
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(of_tls(tls));
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            // `source()` of such an error passes over the error that it was made of.
            match io.get_ref() {
                Some(inner) => {
                    found = found.or(of_io(io, connecting));
                    next = Some(inner);
                    continue;
                }
                None => return of_io(io, connecting).or(found),
            }
        }
        next = error.source();
    }
    found
}

fn of_io(error: &io::Error, connecting: bool) -> Option<Cause> {
    use io::ErrorKind as Io;
    // No `ErrorKind` says so: EMFILE and ENFILE, or WSAEMFILE.
    let no_handles: &[i32] = if cfg!(windows) { &[10024] } else { &[24, 23] };
    if error
        .raw_os_error()
        .is_some_and(|code| no_handles.contains(&code))
    {
        return Some(Cause::NoFileHandles);
    }
    Some(match error.kind() {
        Io::ConnectionRefused => Cause::Refused,
        Io::HostUnreachable | Io::NetworkUnreachable | Io::NetworkDown | Io::AddrNotAvailable => {
            Cause::Unreachable
        }
        Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe | Io::UnexpectedEof
            if connecting =>
        {
            Cause::Handshake
        }
        Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe => Cause::Reset,
        Io::UnexpectedEof => Cause::Closed,
        _ => return None,
    })
}

fn of_tls(error: &rustls::Error) -> Cause {
    use CertificateError as C;
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            C::Expired
            | C::ExpiredContext { .. }
            | C::NotValidYet
            | C::NotValidYetContext { .. } => Cause::CertificateExpired,
            C::NotValidForName | C::NotValidForNameContext { .. } => {
                Cause::CertificateForAnotherHost
            }
            _ => Cause::CertificateNotTrusted,
        },
        rustls::Error::NoCertificatesPresented => Cause::CertificateNotTrusted,
        rustls::Error::InvalidMessage(_) => Cause::NotTls,
        _ => Cause::Handshake,
    }
}
