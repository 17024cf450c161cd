//! Sockets: TCP, UDP and Unix.
//!
//! Owns what programs call, with tokio's names and signatures. A socket is a
//! `Source` (io/source.rs) with a socket of std's in it. What TCP, UDP and Unix have
//! in common is written once, over that socket, and the names that programs use are
//! aliases: a [`TcpStream`] is a [`StreamSocket`] of [`std::net::TcpStream`], which is
//! one kind of [`Socket`].
//!
//! An error names the operation and the address: `bind`, `connect to`, `listen at`,
//! `accept at`, `send to`; an abstract Unix name is shown with an `@`. It keeps the
//! [kind](std::io::Error::kind) of the system's error, and
//! [`raw_os_error`](crate::io::raw_os_error) gives its number. What is read, written,
//! sent or received by a connected socket fails with the system's error as it is.
//!
//! - `addr.rs`: from names to addresses
//! - `socket.rs`: what all sockets have
//! - `stream/`: stream sockets and their halves; `transfer.rs`: their reads and writes
//! - `listener.rs`: listeners; `pause.rs`: what they do without descriptors
//! - `datagram.rs`: datagram sockets; `datagram_bufs.rs`: into buffers of the `bytes` crate
//! - `traffic.rs`: options of the packets that internet sockets send
//! - `tcp/`, `udp/`, `unix/`: what only one of them has
//! - `std_sockets.rs`: the sockets of std that these are made of

mod addr;
mod datagram;
#[cfg(feature = "bytes")]
mod datagram_bufs;
mod listener;
mod pause;
mod socket;
mod std_sockets;
mod stream;
pub mod tcp;
mod traffic;
mod transfer;
mod udp;
pub mod unix;

use std::time::Duration;

pub use addr::{ToSocketAddrs, lookup_host};
pub use datagram::DatagramSocket;
pub use listener::Listener;
pub use socket::Socket;
pub use stream::{Half, StreamSocket};
pub use tcp::listener::TcpListener;
pub use tcp::socket::TcpSocket;
pub use tcp::stream::TcpStream;
pub use udp::UdpSocket;
pub use unix::datagram::UnixDatagram;
pub use unix::listener::UnixListener;
pub use unix::socket::UnixSocket;
pub use unix::stream::UnixStream;

/// The pause between two tries at a socket that has no room for one more connection
/// or datagram, where the kernel has no event for the end of that. A receiver that
/// is so far behind takes longer than this to catch up, and a hundred tries a second
/// cost next to nothing.
const RETRY_PAUSE: Duration = Duration::from_millis(10);
