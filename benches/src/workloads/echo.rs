//! TCP: an echo server under load, and connections that nobody uses.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::net::sockopt::set_tcp_nodelay;

use super::rt::{self, AsyncReadExt as _, AsyncWriteExt as _, TcpListener, TcpStream};
use crate::load::echo::Address;
use crate::load::{BUFFER, Counts, Load, MESSAGE, allow_descriptors};
use crate::setting::Setting;

/// Per message echoed, with all active connections at it. The load checks each
/// answer.
pub fn echo(counts: Counts, setting: &Setting) -> anyhow::Result<f64> {
    allow_descriptors(counts.active + counts.idle)?;
    rt::runtime()?.block_on(async {
        let listener = listen().await?;
        let load = ask(&setting.echo_load, &listener, counts)?;
        drop(rt::spawn(serve(listener)));
        load.figure().await
    })
}

fn ask(program: &Path, listener: &TcpListener, counts: Counts) -> anyhow::Result<Load> {
    let address = Address::Tcp(listener.local_addr()?);
    Load::echo(Command::new(program), &address, counts)
}

async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    loop {
        let stream = accept(&listener).await?;
        drop(rt::spawn(answer::<BUFFER>(stream)));
    }
}

/// Echoes what comes until the peer closes.
async fn answer<const ROOM: usize>(mut stream: TcpStream) -> std::io::Result<()> {
    let mut buffer = [0; ROOM];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..length]).await?;
    }
}

pub(super) async fn listen() -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
}

pub(super) async fn accept(listener: &TcpListener) -> anyhow::Result<TcpStream> {
    let (stream, _) = listener.accept().await?;
    set_tcp_nodelay(&stream, true)?;
    Ok(stream)
}

/// For the program `weigh`: see [`Peer::hold`](crate::Peer). Each connection has
/// a task that waits for its first message, with no more room than for that.
pub fn hold_connections(
    connections: usize,
    echo_load: &Path,
    observe: &mut dyn FnMut(),
) -> anyhow::Result<()> {
    // A static, since a counter that each task holds would be weighed too.
    static POLLED: AtomicUsize = AtomicUsize::new(0);

    allow_descriptors(connections)?;
    rt::runtime()?.block_on(async {
        let listener = listen().await?;
        let counts = Counts {
            active: 0,
            idle: connections,
            requests: 0,
        };
        let load = ask(echo_load, &listener, counts)?;
        observe();
        for _ in 0..connections {
            let stream = accept(&listener).await?;
            drop(rt::spawn(async {
                POLLED.fetch_add(1, Ordering::Relaxed);
                answer::<MESSAGE>(stream).await
            }));
        }
        while POLLED.load(Ordering::Relaxed) < connections {
            rt::yield_now().await;
        }
        observe();
        drop(load);
        Ok(())
    })
}
