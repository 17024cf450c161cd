//! smol, whose sockets are async-net's on async-io.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use ::smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use ::smol::net::unix::{UnixListener, UnixStream};
use ::smol::net::{TcpListener, TcpStream, UdpSocket};
use smol_hyper::rt::FuturesIo;

use super::alike::{borrows, listens};
use super::{ANY_PORT, Datagrams, Listener, Room, Sockets, Stream};
use crate::peer::Peer as _;
use crate::runtimes::smol::Smol;

impl Sockets for Smol {
    type TcpListener = TcpListener;
    type UnixListener = UnixListener;
    type UdpSocket = UdpSocket;
    type HyperIo = FuturesIo<TcpStream>;

    const FOR_HYPER: Option<fn(TcpStream) -> FuturesIo<TcpStream>> = Some(FuturesIo::new);

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
        Smol::spawn(task).detach();
    }
}

listens!(TcpListener => TcpStream, UnixListener => UnixStream);
borrows!(UdpSocket, TcpStream, UnixStream);
