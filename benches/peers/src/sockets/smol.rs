//! smol, whose sockets are async-net's on async-io.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use ::smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use ::smol::net::unix::{UnixListener, UnixStream};
use ::smol::net::{TcpListener, TcpStream, UdpSocket};
use smol_hyper::rt::FuturesIo;

use super::alike::{binds, borrows, listens};
use super::{ANY_PORT, Datagrams, Listener, Room, Sockets, Stream};
use crate::peer::Peer as _;
use crate::runtimes::smol::Smol;

impl Sockets for Smol {
    type TcpListener = TcpListener;
    type UnixListener = UnixListener;
    type UdpSocket = UdpSocket;
    type HyperIo = FuturesIo<TcpStream>;

    const FOR_HYPER: Option<fn(TcpStream) -> FuturesIo<TcpStream>> = Some(FuturesIo::new);

    binds!();

    fn detach(task: impl Future<Output: 'static> + 'static) {
        Smol::spawn(task).detach();
    }
}

listens!(TcpListener => TcpStream, UnixListener => UnixStream);
borrows!(UdpSocket, TcpStream, UnixStream);
