//! An echo server, as a program on the stages that can wait for sockets.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use mio::Interest;
use mio::net::{TcpListener, TcpStream};

use super::{Source, say, spawn};

/// Serves for ever.
pub async fn serve(address: SocketAddr) -> io::Result<()> {
    let named = |error| io::Error::other(format!("can't listen at {address}: {error}"));
    let listener = TcpListener::bind(address).map_err(named)?;
    say(format_args!("Echoing at {}", listener.local_addr()?));
    let listener = Source::new(listener, Interest::READABLE)?;
    loop {
        let (stream, _) = listener.ready(TcpListener::accept).await?;
        drop(spawn(echo(stream)));
    }
}

/// Sends back what comes, until the other side has ended.
async fn echo(stream: TcpStream) -> io::Result<()> {
    let stream = Source::new(stream, Interest::READABLE | Interest::WRITABLE)?;
    let mut buffer = [0; 1024];
    loop {
        let length = stream.ready(|mut stream| stream.read(&mut buffer)).await?;
        let mut rest = &buffer[..length];
        if rest.is_empty() {
            return Ok(());
        }
        while !rest.is_empty() {
            let sent = stream.ready(|mut stream| stream.write(rest)).await?;
            rest = &rest[sent..];
        }
    }
}
