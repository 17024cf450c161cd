//! Sockets: TCP, UDP and Unix.
//!
//! Owns what programs call, with tokio's names and signatures. A socket is a
//! [`Source`](crate::io::source::Source) with a socket of std's in it. What TCP and
//! Unix have in common is written once, over the socket in it, and the names that
//! programs use are aliases: a `TcpStream` is a [`StreamSocket`] of
//! [`std::net::TcpStream`].
//!
//! - `addr.rs`: from names to addresses
//! - `stream/`: stream sockets and their halves; `transfer.rs`: their reads and writes
//! - `listener.rs`: listeners; `pause.rs`: what they do without descriptors
//! - `tcp/`, `unix/`: what one of the two has
//! - `std_sockets.rs`: the sockets of std that these are made of

mod addr;
mod listener;
mod pause;
mod std_sockets;
mod stream;
pub mod tcp;
mod transfer;
pub mod unix;

pub use addr::{ToSocketAddrs, lookup_host};
pub use listener::Listener;
pub use stream::StreamSocket;
pub use tcp::{TcpListener, TcpSocket, TcpStream};
pub use unix::{UnixListener, UnixStream};
