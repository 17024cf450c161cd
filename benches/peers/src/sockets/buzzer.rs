//! buzzer.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use ::buzzer::io::{AsyncReadExt as _, AsyncWriteExt as _};
use ::buzzer::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};

use super::alike::{binds, borrows, listens};
use super::{ANY_PORT, Datagrams, Listener, Room, Sockets, Stream};
use crate::runtimes::buzzer::Buzzer;

impl Sockets for Buzzer {
    type TcpListener = TcpListener;
    type UnixListener = UnixListener;
    type UdpSocket = UdpSocket;
    type HyperIo = TcpStream;

    const FOR_HYPER: Option<fn(TcpStream) -> TcpStream> = Some(|stream| stream);

    binds!();

    fn detach(task: impl Future<Output: 'static> + 'static) {
        drop(::buzzer::spawn(task));
    }
}

listens!(TcpListener => TcpStream, UnixListener => UnixStream);
borrows!(UdpSocket, TcpStream, UnixStream);
