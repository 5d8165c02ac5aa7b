//! Clients that ask for images, each over a connection of its own.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::url;
use crate::image_cache::pattern::Visit;

const PATIENCE: Duration = Duration::from_mins(1);

/// A response.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The head, from the status line to the last header.
    pub head: String,
    /// What comes after it.
    pub body: Vec<u8>,
}

/// Sends one request and takes the whole response. HTTP/1.0, so that its end is the connection's.
///
/// # Errors
///
/// When the server is not there, takes too long, or answers with something else than HTTP.
pub fn request(address: SocketAddr, method: &str, path: &str) -> io::Result<Reply> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "this is no response"))
}

fn parse(bytes: &[u8]) -> Option<Reply> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = str::from_utf8(&bytes[..end]).ok()?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?;
    Some(Reply {
        status: status.parse().ok()?,
        head: head.to_owned(),
        body: bytes[end + 4..].to_vec(),
    })
}

/// What some clients got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Requests.
    pub requests: u64,
    /// Those of them that were not answered with an image.
    pub refused: u64,
    /// Bytes of the answers.
    pub bytes: u64,
}

/// Replays `pattern`, one thread a client, until it is done or `stop` is set.
///
/// # Errors
///
/// When a request gets no response.
pub fn run(
    address: SocketAddr,
    names: &[&str],
    pattern: &[Vec<Visit>],
    stop: &AtomicBool,
) -> io::Result<Received> {
    let results: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = pattern
            .iter()
            .map(|visits| scope.spawn(move || ask(address, names, visits, stop)))
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    let mut sum = Received::default();
    for result in results {
        let received = result?;
        sum.requests += received.requests;
        sum.refused += received.refused;
        sum.bytes += received.bytes;
    }
    Ok(sum)
}

/// One client: it asks for what an image is and how it looks, in turns.
fn ask(
    address: SocketAddr,
    names: &[&str],
    visits: &[Visit],
    stop: &AtomicBool,
) -> io::Result<Received> {
    let mut received = Received::default();
    for (visit, place) in visits.iter().zip(["images", "thumbnails"].iter().cycle()) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let path = format!("/{place}/{}", url::encode(names[visit.image]));
        let reply = request(address, "GET", &path)?;
        received.requests += 1;
        received.refused += u64::from(reply.status != 200);
        received.bytes += reply.body.len() as u64;
    }
    Ok(received)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_taken_apart() {
        let reply = parse(b"HTTP/1.1 404 Not Found\r\nA: b\r\n\r\nx\r\n\r\ny").unwrap();
        assert_eq!((reply.status, &*reply.body), (404, &b"x\r\n\r\ny"[..]));
        assert_eq!(reply.head, "HTTP/1.1 404 Not Found\r\nA: b");
        for bytes in [
            &b""[..],
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1 x\r\n\r\n",
            b"SSH-2.0\r\n\r\n",
        ] {
            assert!(parse(bytes).is_none());
        }
    }
}
