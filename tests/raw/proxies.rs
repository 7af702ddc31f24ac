//! Proxies: CONNECT (RFC 9110) and SOCKS 5 (RFC 1928), as far as a client needs them.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use super::server::Server;

/// What a proxy was asked for.
pub(crate) type Asked = Arc<Mutex<Vec<String>>>;

/// A proxy for CONNECT: whatever is asked for, it connects to `target`. Keeps the heads.
pub(crate) fn connect(target: SocketAddr) -> (Server, Asked) {
    let (asked, log) = two();
    let server = Server::raw(move |mut client, _| {
        let Ok(head) = head(&mut client) else { return };
        log.lock().unwrap().push(head);
        let _ = client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
        tunnel(client, target);
    });
    (server, asked)
}

/// A proxy that answers CONNECT with these bytes and closes.
pub(crate) fn answers(bytes: &'static [u8]) -> Server {
    Server::raw(move |mut client, _| {
        let _ = head(&mut client);
        let _ = client.write_all(bytes);
    })
}

/// SOCKS 5: whatever is asked for, it connects to `target`. Keeps `user:password host:port`.
/// With another `code` than 0, it refuses.
pub(crate) fn socks5(target: SocketAddr, code: u8) -> (Server, Asked) {
    let (asked, log) = two();
    let server = Server::raw(move |mut client, _| {
        let _ = handshake(&mut client, code, &log);
        if code == 0 {
            tunnel(client, target);
        }
    });
    (server, asked)
}

fn two() -> (Asked, Asked) {
    let asked = Asked::default();
    (asked.clone(), asked)
}

fn bytes<const N: usize>(client: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn text(client: &mut TcpStream) -> io::Result<String> {
    let [length] = bytes(client)?;
    let mut text = vec![0; usize::from(length)];
    client.read_exact(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn handshake(client: &mut TcpStream, code: u8, log: &Asked) -> io::Result<()> {
    let [5, methods] = bytes(client)? else {
        return Err(io::Error::other("not SOCKS 5"));
    };
    let mut offered = vec![0; usize::from(methods)];
    client.read_exact(&mut offered)?;
    let mut line = String::new();
    if offered.contains(&2) {
        client.write_all(&[5, 2])?;
        let [_version] = bytes(client)?;
        let (user, password) = (text(client)?, text(client)?);
        line = format!("{user}:{password} ");
        client.write_all(&[1, 0])?;
    } else {
        client.write_all(&[5, 0])?;
    }
    let [_, _, _, kind] = bytes(client)?;
    let host = match kind {
        1 => std::net::Ipv4Addr::from(bytes::<4>(client)?).to_string(),
        4 => std::net::Ipv6Addr::from(bytes::<16>(client)?).to_string(),
        _ => text(client)?,
    };
    let port = u16::from_be_bytes(bytes(client)?);
    log.lock().unwrap().push(format!("{line}{host}:{port}"));
    client.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0])
}

fn head(client: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(bytes::<1>(client)?[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn tunnel(client: TcpStream, target: SocketAddr) {
    let Ok(server) = TcpStream::connect(target) else {
        return;
    };
    let (mut from_client, mut to_client) = (client.try_clone().unwrap(), client);
    let (mut from_server, mut to_server) = (server.try_clone().unwrap(), server);
    let up = std::thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let _ = io::copy(&mut from_server, &mut to_client);
    let _ = to_client.shutdown(Shutdown::Write);
    let _ = up.join();
}
