//! The sockets of the runtimes, one a file: what a row of the network needs of a runtime, and
//! who has it. Used by `work/`. The servers without a runtime are in `bare.rs`.

mod alike;
pub(crate) mod bare;
mod buzzer;
mod compio;
mod glommio;
mod monoio;
mod smol;
mod tokio;

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;

use crate::peer::Peer;

/// At a port that the kernel chooses.
const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What is read into and written from, always of one length. It is taken and given back: for
/// io_uring the kernel has it meanwhile. Who only borrows it has no more to do for that than
/// to move two words; nobody copies.
pub(crate) type Room = Box<[u8]>;

/// As much room as that.
pub(crate) fn room(length: usize) -> Room {
    vec![0; length].into_boxed_slice()
}

/// A runtime with sockets.
pub(crate) trait Sockets: Peer {
    type TcpListener: Listener;
    type UnixListener: Listener;
    type UdpSocket: Datagrams;
    /// A stream as hyper takes it.
    type HyperIo: Read + Write + Unpin + 'static;

    /// Makes it; `None` where that is more than a call.
    const FOR_HYPER: Option<fn(TcpStream<Self>) -> Self::HyperIo>;

    /// Listens at a port of its own choice.
    async fn listen_tcp() -> io::Result<(Self::TcpListener, SocketAddr)>;

    async fn listen_unix(at: &Path) -> io::Result<Self::UnixListener>;

    /// Has a port of its own choice.
    async fn bind_udp() -> io::Result<(Self::UdpSocket, SocketAddr)>;

    /// Spawns a task that nobody awaits.
    fn detach(task: impl Future<Output: 'static> + 'static);
}

/// A stream for hyper of no type, for who has none.
type NotForHyper = TokioIo<::tokio::net::TcpStream>;

/// What a runtime's TCP listener accepts.
pub(crate) type TcpStream<P> = <<P as Sockets>::TcpListener as Listener>::Stream;

/// A socket that listens.
pub(crate) trait Listener: 'static {
    type Stream: Stream;

    /// The next connection. One by TCP sends at once (`TCP_NODELAY`).
    async fn next(&self) -> io::Result<Self::Stream>;
}

/// A connection.
pub(crate) trait Stream: 'static {
    /// Reads what is there; no bytes are the end.
    async fn receive(&mut self, room: Room) -> io::Result<(usize, Room)>;

    /// Writes the first `length` bytes.
    async fn send(&mut self, bytes: Room, length: usize) -> io::Result<Room>;
}

/// A socket for datagrams.
pub(crate) trait Datagrams: 'static {
    async fn receive(&self, room: Room) -> io::Result<(usize, SocketAddr, Room)>;

    /// Sends the first `length` bytes.
    async fn send(&self, bytes: Room, length: usize, to: SocketAddr) -> io::Result<Room>;
}
