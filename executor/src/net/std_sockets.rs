//! The sockets of std that ours are made of.
//!
//! Owns the traits that say what they have in common, so that `stream/`,
//! `listener.rs` and `datagram.rs` are written once for TCP, UDP and Unix. They
//! only pass on what std's types have; programs can't name them.

use std::fmt;
use std::io::{self, IoSliceMut, Read};
use std::net;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net as unix;

use super::unix::addr::SocketAddr;
use super::unix::name::shown;
use crate::io::ReadBuf;
use crate::io::kind::Kind;
use crate::sys::socket::{self, Moved, lacks_room};

/// What all sockets have.
pub trait StdSocket: AsFd + AsRawFd + fmt::Debug {
    /// What it is.
    const KIND: Kind;
    /// What its ends are called.
    type Address;

    fn set_nonblocking(&self, on: bool) -> io::Result<()>;
    fn local_addr(&self) -> io::Result<Self::Address>;
    fn take_error(&self) -> io::Result<Option<io::Error>>;

    /// An address as errors show it.
    fn shown(address: &Self::Address) -> String;
}

/// What may have another end.
pub trait StdPeer: StdSocket {
    fn peer_addr(&self) -> io::Result<Self::Address>;
}

/// What carries a stream of bytes.
pub trait StdStream: StdPeer {
    fn recv(&self, buffer: &mut ReadBuf<'_>) -> io::Result<Moved>;
    fn read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize>;
}

/// What listens for streams.
pub trait StdListener: StdSocket {
    type Stream: StdStream;

    /// Takes the next connection; its socket doesn't block.
    fn accept_nonblocking(&self) -> io::Result<(Self::Stream, Self::Address)>;
}

/// What carries datagrams.
pub trait StdDatagram: StdPeer {
    /// Whether a datagram was not sent since its receiver has no room, where the system
    /// says so by an error of its own, and has no event for the end of that.
    fn lacks_room(_: &io::Error) -> bool {
        false
    }

    fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, Self::Address)>;
}

macro_rules! forward_to_std {
    ($($kind:ident: $socket:ty, $address:ty, $shown:expr;)*) => {$(
        impl StdSocket for $socket {
            const KIND: Kind = Kind::$kind;
            type Address = $address;

            fn set_nonblocking(&self, on: bool) -> io::Result<()> {
                <$socket>::set_nonblocking(self, on)
            }

            fn local_addr(&self) -> io::Result<$address> {
                <$socket>::local_addr(self).map(Into::into)
            }

            fn take_error(&self) -> io::Result<Option<io::Error>> {
                <$socket>::take_error(self)
            }

            fn shown(address: &$address) -> String {
                $shown(address)
            }
        }
    )*};
}

forward_to_std! {
    TcpStream: net::TcpStream, net::SocketAddr, ToString::to_string;
    TcpListener: net::TcpListener, net::SocketAddr, ToString::to_string;
    UdpSocket: net::UdpSocket, net::SocketAddr, ToString::to_string;
    UnixStream: unix::UnixStream, SocketAddr, shown;
    UnixListener: unix::UnixListener, SocketAddr, shown;
    UnixDatagram: unix::UnixDatagram, SocketAddr, shown;
}

macro_rules! forward_peer_to_std {
    ($($socket:ty),*) => {$(
        impl StdPeer for $socket {
            fn peer_addr(&self) -> io::Result<Self::Address> {
                <$socket>::peer_addr(self).map(Into::into)
            }
        }
    )*};
}

forward_peer_to_std!(
    net::TcpStream,
    net::UdpSocket,
    unix::UnixStream,
    unix::UnixDatagram
);

impl StdStream for net::TcpStream {
    fn recv(&self, buffer: &mut ReadBuf<'_>) -> io::Result<Moved> {
        let room = buffer.remaining();
        socket::recv(self.as_fd(), buffer, 0).map(|received| Moved::of(received, room))
    }

    fn read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        Read::read_vectored(&mut &*self, with_room(buffers))
    }
}

impl StdStream for unix::UnixStream {
    fn recv(&self, buffer: &mut ReadBuf<'_>) -> io::Result<Moved> {
        socket::recv_unix(self.as_fd(), buffer)
    }

    fn read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        Read::read_vectored(&mut &*self, with_room(buffers))
    }
}

/// Without the empty ones at the front: one call looks at no more than 1,024, and if
/// it finds no room it says zero, which means the end.
fn with_room<'a, 'b>(buffers: &'a mut [IoSliceMut<'b>]) -> &'a mut [IoSliceMut<'b>] {
    let first = buffers.iter().position(|buffer| !buffer.is_empty());
    &mut buffers[first.unwrap_or(0)..]
}

impl StdDatagram for net::UdpSocket {
    fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, net::SocketAddr)> {
        net::UdpSocket::recv_from(self, buffer)
    }
}

impl StdDatagram for unix::UnixDatagram {
    fn lacks_room(error: &io::Error) -> bool {
        lacks_room(error)
    }

    fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let received = unix::UnixDatagram::recv_from(self, buffer);
        received.map(|(length, from)| (length, from.into()))
    }
}
