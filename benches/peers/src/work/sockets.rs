//! Servers. Who asks them is a process of its own, and checks their answers.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::path::PathBuf;

use benches::load::BUFFER;
use benches::load::echo::Address;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};

use super::Figures;
use crate::load::{BLOCK, Demand, Kind, Transport};
use crate::sockets::{Datagrams, Listener, Sockets, Stream, TcpStream, room};

/// Serves until the load has its figures. What then still waits for connections and messages
/// is dropped with the runtime.
pub(crate) fn serve<P: Sockets>(demand: Demand) -> anyhow::Result<Option<Figures>> {
    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("socket");
    P::block_on(async move {
        let Some(address) = begin::<P>(demand, socket).await? else {
            return Ok(None);
        };
        let load = demand.start(&address)?;
        demand.figures(&load.came().await?).map(Some)
    })
}

/// Begins to serve, and says where; `None` if `P` has no such thing.
async fn begin<P: Sockets>(demand: Demand, socket: PathBuf) -> anyhow::Result<Option<Address>> {
    let times = demand.times;
    Ok(Some(match demand.kind {
        Kind::Accept => {
            let (listener, address) = P::listen_tcp().await?;
            P::detach(close_each(listener));
            Address::Tcp(address)
        }
        Kind::Echo(Transport::Tcp) => {
            let (listener, address) = P::listen_tcp().await?;
            P::detach(spawn_each::<P, _, _>(listener, echo));
            Address::Tcp(address)
        }
        Kind::Echo(Transport::Unix) => {
            let listener = P::listen_unix(&socket).await?;
            P::detach(spawn_each::<P, _, _>(listener, echo));
            Address::Unix(socket)
        }
        Kind::Echo(Transport::Udp) => {
            let (socket, address) = P::bind_udp().await?;
            P::detach(echo_datagrams(socket));
            Address::Udp(address)
        }
        Kind::StreamIn => {
            let (listener, address) = P::listen_tcp().await?;
            P::detach(spawn_each::<P, _, _>(listener, move |it| read(it, times)));
            Address::Tcp(address)
        }
        Kind::StreamOut => {
            let (listener, address) = P::listen_tcp().await?;
            P::detach(spawn_each::<P, _, _>(listener, move |it| write(it, times)));
            Address::Tcp(address)
        }
        Kind::Http => {
            let Some(for_hyper) = P::FOR_HYPER else {
                return Ok(None);
            };
            let (listener, address) = P::listen_tcp().await?;
            let connection = move |stream: TcpStream<P>| {
                http1::Builder::new().serve_connection(for_hyper(stream), service_fn(hello))
            };
            P::detach(spawn_each::<P, _, _>(listener, connection));
            Address::Tcp(address)
        }
    }))
}

/// Closes each connection.
async fn close_each(listener: impl Listener) -> io::Result<()> {
    loop {
        drop(listener.next().await?);
    }
}

/// Has a task for each connection.
async fn spawn_each<P: Sockets, L: Listener, F: Future<Output: 'static> + 'static>(
    listener: L,
    serve: impl Fn(L::Stream) -> F,
) -> io::Result<()> {
    loop {
        P::detach(serve(listener.next().await?));
    }
}

/// Sends back what comes, until the other end closes.
async fn echo(mut stream: impl Stream) -> io::Result<()> {
    let mut bytes = room(BUFFER);
    loop {
        let (length, received) = stream.receive(bytes).await?;
        if length == 0 {
            return Ok(());
        }
        bytes = stream.send(received, length).await?;
    }
}

async fn echo_datagrams(socket: impl Datagrams) -> io::Result<()> {
    let mut bytes = room(BUFFER);
    loop {
        let (length, from, received) = socket.receive(bytes).await?;
        bytes = socket.send(received, length, from).await?;
    }
}

/// Reads so many blocks, and writes a byte.
async fn read(mut stream: impl Stream, blocks: usize) -> io::Result<()> {
    let mut bytes = room(BLOCK);
    let mut left = blocks * BLOCK;
    while left > 0 {
        let (length, received) = stream.receive(bytes).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        left -= length;
        bytes = received;
    }
    stream.send(bytes, 1).await?;
    Ok(())
}

/// Reads a byte, and writes so many blocks.
async fn write(mut stream: impl Stream, blocks: usize) -> io::Result<()> {
    stream.receive(room(1)).await?;
    let mut bytes = room(BLOCK);
    for _ in 0..blocks {
        bytes = stream.send(bytes, BLOCK).await?;
    }
    Ok(())
}

async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from_static(
        b"Hello, world!",
    ))))
}
