//! glommio.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use ::futures::io::{AsyncReadExt as _, AsyncWriteExt as _};
use ::glommio::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use smol_hyper::rt::FuturesIo;

use super::alike::borrows;
use super::{ANY_PORT, Datagrams, Listener, Room, Sockets, Stream};
use crate::runtimes::glommio::Glommio;

impl Sockets for Glommio {
    type TcpListener = TcpListener;
    type UnixListener = UnixListener;
    type UdpSocket = UdpSocket;
    type HyperIo = FuturesIo<TcpStream>;

    const FOR_HYPER: Option<fn(TcpStream) -> FuturesIo<TcpStream>> = Some(FuturesIo::new);

    async fn listen_tcp() -> io::Result<(TcpListener, SocketAddr)> {
        let listener = TcpListener::bind(ANY_PORT)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    async fn listen_unix(at: &Path) -> io::Result<UnixListener> {
        Ok(UnixListener::bind(at)?)
    }

    async fn bind_udp() -> io::Result<(UdpSocket, SocketAddr)> {
        let socket = UdpSocket::bind(ANY_PORT)?;
        let address = socket.local_addr()?;
        Ok((socket, address))
    }

    fn detach(task: impl Future<Output: 'static> + 'static) {
        ::glommio::spawn_local(task).detach();
    }
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<TcpStream> {
        let stream = self.accept().await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn next(&self) -> io::Result<UnixStream> {
        Ok(self.accept().await?)
    }
}

borrows!(UdpSocket, TcpStream, UnixStream);
