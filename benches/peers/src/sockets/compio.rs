//! compio.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use ::compio::buf::{BufResult, IntoInner as _, IoBuf as _};
use ::compio::io::{AsyncRead as _, AsyncWriteExt as _};
use ::compio::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};

use super::alike::listens;
use super::{ANY_PORT, Datagrams, Listener, NotForHyper, Room, Sockets, Stream};
use crate::runtimes::compio::Compio;

impl Sockets for Compio {
    type TcpListener = TcpListener;
    type UnixListener = UnixListener;
    type UdpSocket = UdpSocket;
    type HyperIo = NotForHyper;

    // Its streams own their buffers, and hyper lends them.
    const FOR_HYPER: Option<fn(TcpStream) -> NotForHyper> = None;

    async fn listen_tcp() -> io::Result<(TcpListener, SocketAddr)> {
        let listener = TcpListener::bind(ANY_PORT).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    async fn listen_unix(at: &Path) -> io::Result<UnixListener> {
        UnixListener::bind(at).await
    }

    async fn bind_udp() -> io::Result<(UdpSocket, SocketAddr)> {
        let socket = UdpSocket::bind(ANY_PORT).await?;
        let address = socket.local_addr()?;
        Ok((socket, address))
    }

    fn detach(task: impl Future<Output: 'static> + 'static) {
        ::compio::runtime::spawn(task).detach();
    }
}

macro_rules! streams {
    ($($stream:ty),*) => {$(
        impl Stream for $stream {
            async fn receive(&mut self, room: Room) -> io::Result<(usize, Room)> {
                let BufResult(length, room) = self.read(room).await;
                Ok((length?, room))
            }

            async fn send(&mut self, bytes: Room, length: usize) -> io::Result<Room> {
                let BufResult(sent, bytes) = self.write_all(bytes.slice(..length)).await;
                sent?;
                Ok(bytes.into_inner())
            }
        }
    )*};
}

impl Datagrams for UdpSocket {
    async fn receive(&self, room: Room) -> io::Result<(usize, SocketAddr, Room)> {
        let BufResult(received, room) = self.recv_from(room).await;
        let (length, from) = received?;
        Ok((length, from, room))
    }

    async fn send(&self, bytes: Room, length: usize, to: SocketAddr) -> io::Result<Room> {
        let BufResult(sent, bytes) = self.send_to(bytes.slice(..length), to).await;
        sent?;
        Ok(bytes.into_inner())
    }
}

listens!(TcpListener => TcpStream, UnixListener => UnixStream);
streams!(TcpStream, UnixStream);
