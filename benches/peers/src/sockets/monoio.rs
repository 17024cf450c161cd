//! monoio, whose sockets are the same by epoll and by io_uring.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use ::monoio::buf::IoBuf as _;
use ::monoio::io::{AsyncReadRent as _, AsyncWriteRentExt as _};
use ::monoio::net::udp::UdpSocket;
use ::monoio::net::{ListenerOpts, TcpListener, TcpStream, UnixListener, UnixStream};

use super::alike::listens;
use super::{ANY_PORT, Datagrams, Listener, NotForHyper, Room, Sockets, Stream};
use crate::runtimes::monoio::{Epoll, Uring};

macro_rules! sockets {
    ($($peer:ty, unix: $has_unix:literal;)*) => {$(
        impl Sockets for $peer {
            type TcpListener = TcpListener;
            type UnixListener = UnixListener;
            type UdpSocket = UdpSocket;
            type HyperIo = NotForHyper;

            // Its streams own their buffers, and hyper lends them.
            const FOR_HYPER: Option<fn(TcpStream) -> NotForHyper> = None;

            async fn listen_tcp() -> io::Result<(TcpListener, SocketAddr)> {
                let listener = TcpListener::bind(ANY_PORT)?;
                let address = listener.local_addr()?;
                Ok((listener, address))
            }

            async fn listen_unix(at: &Path) -> io::Result<UnixListener> {
                if !$has_unix {
                    let why = "a Unix connection that it accepts by epoll blocks";
                    return Err(io::Error::new(io::ErrorKind::Unsupported, why));
                }
                // The default asks for SO_REUSEPORT, which Linux since 6.12 refuses here.
                UnixListener::bind_with_config(at, &ListenerOpts::new().reuse_port(false))
            }

            async fn bind_udp() -> io::Result<(UdpSocket, SocketAddr)> {
                let socket = UdpSocket::bind(ANY_PORT)?;
                let address = socket.local_addr()?;
                Ok((socket, address))
            }

            fn detach(task: impl Future<Output: 'static> + 'static) {
                drop(::monoio::spawn(task));
            }
        }
    )*};
}

macro_rules! streams {
    ($($stream:ty),*) => {$(
        impl Stream for $stream {
            async fn receive(&mut self, room: Room) -> io::Result<(usize, Room)> {
                let (length, room) = self.read(room).await;
                Ok((length?, room))
            }

            async fn send(&mut self, bytes: Room, length: usize) -> io::Result<Room> {
                let (sent, bytes) = self.write_all(bytes.slice(..length)).await;
                sent?;
                Ok(bytes.into_inner())
            }
        }
    )*};
}

impl Datagrams for UdpSocket {
    async fn receive(&self, room: Room) -> io::Result<(usize, SocketAddr, Room)> {
        let (received, room) = self.recv_from(room).await;
        let (length, from) = received?;
        Ok((length, from, room))
    }

    async fn send(&self, bytes: Room, length: usize, to: SocketAddr) -> io::Result<Room> {
        let (sent, bytes) = self.send_to(bytes.slice(..length), to).await;
        sent?;
        Ok(bytes.into_inner())
    }
}

sockets!(Epoll, unix: false; Uring, unix: true;);
listens!(TcpListener => TcpStream, UnixListener => UnixStream);
streams!(TcpStream, UnixStream);
