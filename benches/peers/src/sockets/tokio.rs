//! tokio, whose sockets are the same on both of its runtimes.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use ::tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use ::tokio::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use ::tokio::task::spawn_local;
use hyper_util::rt::TokioIo;

use super::alike::{borrows, listens};
use super::{ANY_PORT, Datagrams, Listener, Room, Sockets, Stream};
use crate::runtimes::tokio::{CurrentThread, Local};

macro_rules! sockets {
    ($($peer:ty),*) => {$(
        impl Sockets for $peer {
            type TcpListener = TcpListener;
            type UnixListener = UnixListener;
            type UdpSocket = UdpSocket;
            type HyperIo = TokioIo<TcpStream>;

            const FOR_HYPER: Option<fn(TcpStream) -> TokioIo<TcpStream>> = Some(TokioIo::new);

            async fn listen_tcp() -> io::Result<(TcpListener, SocketAddr)> {
                let listener = TcpListener::bind(ANY_PORT).await?;
                let address = listener.local_addr()?;
                Ok((listener, address))
            }

            async fn listen_unix(at: &Path) -> io::Result<UnixListener> {
                UnixListener::bind(at)
            }

            async fn bind_udp() -> io::Result<(UdpSocket, SocketAddr)> {
                let socket = UdpSocket::bind(ANY_PORT).await?;
                let address = socket.local_addr()?;
                Ok((socket, address))
            }

            fn detach(task: impl Future<Output: 'static> + 'static) {
                drop(spawn_local(task));
            }
        }
    )*};
}

sockets!(CurrentThread, Local);
listens!(TcpListener => TcpStream, UnixListener => UnixStream);
borrows!(UdpSocket, TcpStream, UnixStream);
