//! tokio, whose sockets are the same on both of its runtimes.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use ::tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use ::tokio::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use ::tokio::task::spawn_local;
use hyper_util::rt::TokioIo;

use super::alike::{binds, borrows, listens};
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

            binds!();

            fn detach(task: impl Future<Output: 'static> + 'static) {
                drop(spawn_local(task));
            }
        }
    )*};
}

sockets!(CurrentThread, Local);
listens!(TcpListener => TcpStream, UnixListener => UnixStream);
borrows!(UdpSocket, TcpStream, UnixStream);
