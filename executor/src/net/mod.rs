//! Sockets.
//!
//! Owns what programs call, with tokio's names and signatures; a socket is a
//! [`Source`](crate::io::source::Source) with a socket of std's in it.
//!
//! - `addr.rs`: from names to addresses
//! - `tcp/`: listener, stream
//! - `transfer.rs`: what all stream sockets share: receive, send, shut down

mod addr;
mod tcp;
mod transfer;

pub use addr::{ToSocketAddrs, lookup_host};
pub use tcp::{TcpListener, TcpStream};
