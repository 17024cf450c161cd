//! The server: who comes in, and the end.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Result;
use async_lock::Semaphore;
use buzzer::net::{TcpListener, TcpStream};
use buzzer::race;
use buzzer::time::{Duration, timeout};
use buzzer_web::{chain, exit, spawn_named};
use futures::FutureExt;
use futures_rustls::TlsAcceptor;

use crate::room::Room;
use crate::{tls, visitor};

/// Connections at a time. Who comes then waits in the listener's backlog.
const MOST_CLIENTS: usize = 1000;

/// How long the clients may take to close when the chat ends.
const GRACE: Duration = Duration::from_secs(5);

/// Runs the chat until it is asked to end.
pub async fn run(address: &str, certificate: &Path) -> Result<()> {
    let asked = exit::asked()?.shared();
    let listener = TcpListener::bind(address).await?;
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let tls = tls::acceptor(host.trim_matches(['[', ']']), certificate)?;
    announce(listener.local_addr()?, certificate)?;

    let room = Rc::new(Room::default());
    let places = Arc::new(Semaphore::new(MOST_CLIENTS));
    loop {
        let next = async {
            let place = places.acquire_arc().await;
            Some((place, listener.accept().await))
        };
        // The signal first: of two that are ready at once, it wins.
        match race!(asked.clone().map(|()| None), next).await {
            None => break,
            // The client is gone already, or there is no descriptor for it: the next
            // accept waits until there may be.
            Some((_, Err(error))) => log(&format!("nobody can be let in: {error}")),
            Some((place, Ok((stream, peer)))) => {
                let (tls, room) = (tls.clone(), Rc::clone(&room));
                let visit = visit(stream, peer, tls, room, asked.clone());
                spawn_named(&format!("client {peer}"), async move {
                    visit.await;
                    drop(place);
                });
            }
        }
    }
    drop(listener);
    room.close();
    let all_left = async {
        for _ in 0..MOST_CLIENTS {
            places.acquire_arc().await.forget();
        }
    };
    match timeout(GRACE, all_left).await {
        Ok(()) => log("The chat has ended; all have left."),
        Err(_) => log("The chat has ended; who did not leave was cut off."),
    }
    Ok(())
}

/// One client's visit. Who is still about to come in when `asked` is ready is not let in.
async fn visit(
    stream: TcpStream,
    peer: SocketAddr,
    tls: TlsAcceptor,
    room: Rc<Room>,
    asked: impl Future<Output = ()>,
) {
    let entered = async { Some(visitor::enter(stream, &tls, &room).await) };
    match race!(asked.map(|()| None), entered).await {
        None => {}
        Some(Err(error)) => log(&format!("{peer} was not let in: {}", chain(error.as_ref()))),
        Some(Ok((socket, seat))) => {
            let name = seat.name().to_owned();
            log(&format!("{peer} is {name}"));
            let why = visitor::stay(socket, seat).await;
            log(&format!("{peer}, {name}, has left: {why}"));
        }
    }
}

/// Says where the chat is, and how to join it.
fn announce(address: SocketAddr, certificate: &Path) -> io::Result<()> {
    let port = address.port();
    let url = match address.ip().is_unspecified() {
        true => format!("wss://localhost:{port}"),
        false => format!("wss://{address}"),
    };
    let certificate = certificate.display();
    let mut out = io::stdout();
    writeln!(
        out,
        "The chat is at {url}\nTo join it, in another terminal:\n"
    )?;
    writeln!(out, "  cargo run -p buzzer-web --bin chat_ws -- \\")?;
    writeln!(out, "    --certificate {certificate} \\")?;
    writeln!(out, "    --client {url} --name Ada\n")?;
    writeln!(out, "Ctrl-C ends it.\n")
}

/// Says what happens here. That nobody reads it any more is no reason to end a chat.
fn log(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
