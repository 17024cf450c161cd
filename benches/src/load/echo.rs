//! Who asks the echo servers? A process of its own, so that the server has a core
//! for itself.
//!
//! It makes connections, or sockets for datagrams, sends messages of 64 bytes on the active
//! ones, one at a time on each, and checks every answer. Its figure is how many nanoseconds a
//! request took, with all connections at it at once.
//!
//! It must not be what is measured, so it is as light as a loop over epoll can be:
//! edge-triggered, and nothing is asked twice. Each message has one answer, which
//! is there in full when epoll tells of it, or nearly: an answer in pieces is
//! waited for.

use std::fmt;
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rustix::event::{Timespec, epoll};
use rustix::net::{RecvFlags, SendFlags, recv, send, sockopt};

use super::{MESSAGE, allow_descriptors, came_to, ready};

/// Longer than any answer takes. A datagram may be lost, and would be waited for for ever.
const PATIENCE: Timespec = Timespec {
    tv_sec: 10,
    tv_nsec: 0,
};

/// Where a server is. As text it is `tcp:127.0.0.1:80`, `udp:…` or `unix:/a/path`.
#[derive(Clone, PartialEq, Debug)]
pub enum Address {
    Tcp(SocketAddr),
    Udp(SocketAddr),
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Udp(address) => write!(f, "udp:{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl FromStr for Address {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        match text.split_once(':') {
            Some(("tcp", address)) => Ok(Self::Tcp(address.parse()?)),
            Some(("udp", address)) => Ok(Self::Udp(address.parse()?)),
            Some(("unix", path)) => Ok(Self::Unix(path.into())),
            _ => bail!("{text:?} is no address of a server"),
        }
    }
}

/// The work of such a process. `arguments` are ADDRESS ACTIVE IDLE REQUESTS.
///
/// # Errors
///
/// If they are not, or not every request was answered.
pub fn make(arguments: &[String]) -> anyhow::Result<()> {
    let [address, active, idle, requests] = arguments else {
        bail!("an echo load has the arguments ADDRESS ACTIVE IDLE REQUESTS");
    };
    let count = |text: &String| text.parse().context("the counts must be numbers");
    let (active, idle, requests) = (count(active)?, count(idle)?, count(requests)?);
    let address = address.parse()?;

    allow_descriptors(active + idle)?;
    let _idle = connect(&address, idle)?;
    let mut asking = Asking::new(connect(&address, active)?)?;
    // Every connection once before the clock runs.
    asking.make(active)?;
    ready()?;
    let begin = Instant::now();
    asking.make(requests)?;
    let nanos = begin.elapsed().as_nanos() as f64 / requests.max(1) as f64;
    Ok(came_to(&[nanos])?)
}

fn connect(address: &Address, count: usize) -> anyhow::Result<Vec<OwnedFd>> {
    let one = |made| {
        let connection = match address {
            Address::Tcp(address) => TcpStream::connect(address).and_then(at_once),
            Address::Unix(path) => UnixStream::connect(path).map(OwnedFd::from),
            Address::Udp(address) => UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| {
                socket.connect(address)?;
                Ok(socket.into())
            }),
        };
        connection.with_context(|| format!("connecting number {}", made + 1))
    };
    (0..count).map(one).collect()
}

/// A stream that sends at once, and is closed at once at the end, with nothing left in the
/// kernel that the next round would meet.
fn at_once(stream: TcpStream) -> std::io::Result<OwnedFd> {
    stream.set_nodelay(true)?;
    sockopt::set_socket_linger(&stream, Some(Duration::ZERO))?;
    Ok(stream.into())
}

struct Asking {
    epoll: OwnedFd,
    connections: Vec<OwnedFd>,
    /// Counts the messages, so that each is a different one.
    sent: u64,
    /// What each connection was sent last.
    awaited: Vec<[u8; MESSAGE]>,
}

impl Asking {
    fn new(connections: Vec<OwnedFd>) -> anyhow::Result<Asking> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        for (index, connection) in connections.iter().enumerate() {
            let data = epoll::EventData::new_u64(index as u64);
            epoll::add(
                &epoll,
                connection,
                data,
                epoll::EventFlags::IN | epoll::EventFlags::ET,
            )?;
        }
        Ok(Asking {
            epoll,
            awaited: vec![[0; MESSAGE]; connections.len()],
            connections,
            sent: 0,
        })
    }

    /// Makes that many requests, with one on its way on each connection.
    fn make(&mut self, requests: usize) -> anyhow::Result<()> {
        let mut to_send = requests;
        let mut to_answer = requests;
        for index in 0..self.connections.len().min(requests) {
            self.send(index)?;
            to_send -= 1;
        }
        let mut events = [MaybeUninit::uninit(); 512];
        while to_answer > 0 {
            let (events, _) = epoll::wait(&self.epoll, &mut events, Some(&PATIENCE))?;
            ensure!(!events.is_empty(), "an answer did not come");
            ensure!(
                events.len() <= to_answer,
                "more answers than requests, or a connection that was closed"
            );
            for event in events.iter() {
                let index = event.data.u64() as usize;
                self.receive(index)?;
                to_answer -= 1;
                if to_send > 0 {
                    self.send(index)?;
                    to_send -= 1;
                }
            }
        }
        Ok(())
    }

    fn send(&mut self, index: usize) -> anyhow::Result<()> {
        self.sent += 1;
        let message = &mut self.awaited[index];
        message[..8].copy_from_slice(&self.sent.to_ne_bytes());
        let sent = send(&self.connections[index], message, SendFlags::NOSIGNAL)?;
        ensure!(
            sent == MESSAGE,
            "a message did not fit into an empty socket"
        );
        Ok(())
    }

    fn receive(&mut self, index: usize) -> anyhow::Result<()> {
        let mut answer = [0; MESSAGE];
        let connection = &self.connections[index];
        let (received, _) = recv(connection, &mut answer, RecvFlags::WAITALL)?;
        ensure!(received == MESSAGE, "an answer did not come");
        ensure!(answer == self.awaited[index], "an answer was wrong");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, 80));
        for address in [
            Address::Tcp(at),
            Address::Udp(at),
            Address::Unix("/a/path".into()),
        ] {
            assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
        }
        assert!("127.0.0.1:80".parse::<Address>().is_err());
    }
}
