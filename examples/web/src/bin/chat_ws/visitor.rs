//! One client, from its handshakes to its close.
//!
//! Owns what a client may do, and how long it may take. Whatever it sends or fails
//! to send is between it and its task: nobody else waits for it.

use std::rc::Rc;

use anyhow::{Context, Result, anyhow, bail};
use async_tungstenite::tungstenite::error::Error;
use async_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use async_tungstenite::tungstenite::protocol::{CloseFrame, Message, WebSocketConfig};
use async_tungstenite::{WebSocketReceiver, WebSocketSender, WebSocketStream};
use buzzer::net::TcpStream;
use buzzer::race;
use buzzer::task::yield_now;
use buzzer::time::{Duration, Instant, sleep_until, timeout};
use futures::{AsyncReadExt, AsyncWriteExt, FutureExt, StreamExt};
use futures_rustls::TlsAcceptor;
use futures_rustls::server::TlsStream;

use crate::room::{Out, Room, Seat};

type Stream = TlsStream<TcpStream>;
type Socket = WebSocketStream<Stream>;

/// Both handshakes and the name, together.
const COMING_IN: Duration = Duration::from_secs(10);
/// So often a client is asked whether it is there, since one that listens says nothing.
const PING: Duration = Duration::from_secs(20);
/// Without a sign of life for so long, not even an answer to a ping, it is not.
const SILENCE: Duration = Duration::from_secs(60);
/// A client that takes nothing for so long is not worth waiting for.
const WRITE: Duration = Duration::from_secs(10);
/// What the other end gets to close in an orderly way.
const CLOSING: Duration = Duration::from_secs(3);
/// The longest line, in bytes.
const LONGEST_LINE: usize = 4096;

/// Why a visit ends.
enum End {
    /// The client has closed.
    Left,
    /// There is nobody to close with.
    Lost(String),
    /// We close, and say why.
    Closed(CloseCode, &'static str),
}

/// Lets a client in, if it comes in a proper way.
pub async fn enter(
    stream: TcpStream,
    tls: &TlsAcceptor,
    room: &Rc<Room>,
) -> Result<(Socket, Seat)> {
    let coming_in = async {
        stream.set_nodelay(true)?; // Each line is sent at once.
        let stream = tls.accept(stream).await.context("no TLS")?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(LONGEST_LINE))
            .max_frame_size(Some(LONGEST_LINE));
        let socket = async_tungstenite::accept_async_with_config(stream, Some(config));
        let mut socket = socket.await.context("no WebSocket")?;
        let name = loop {
            match socket.next().await {
                Some(Ok(Message::Text(name))) => break name,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(_)) | None => bail!("it told no name"),
                Some(Err(error)) => return Err(error).context("it told no name"),
            }
        };
        Ok((socket, name))
    };
    let come_in = timeout(COMING_IN, coming_in).await;
    let (socket, name) = come_in.map_err(|_| anyhow!("it took too long"))??;
    match room.join(&name) {
        Ok(seat) => Ok((socket, seat)),
        Err(refusal) => {
            let (sender, receiver) = socket.split();
            let refused = End::Closed(CloseCode::Policy, refusal.reason());
            close(sender, receiver, refused).await;
            bail!(refusal.reason())
        }
    }
}

/// Stays with a client until it leaves or is sent out, and says why.
pub async fn stay(socket: Socket, seat: Seat) -> String {
    let (mut sender, mut receiver) = socket.split();
    let end = race!(speak(&mut receiver, &seat), listen(&mut sender, &seat)).await;
    drop(seat);
    let why = match &end {
        End::Left => String::from("closed"),
        End::Lost(why) => why.clone(),
        End::Closed(_, why) => (*why).to_owned(),
    };
    close(sender, receiver, end).await;
    why
}

/// Passes on what the client says.
async fn speak(receiver: &mut WebSocketReceiver<Stream>, seat: &Seat) -> End {
    loop {
        match timeout(SILENCE, receiver.next()).await {
            Ok(Some(Ok(Message::Text(line)))) => {
                seat.say(&line);
                // A burst of lines is one poll's work. The listeners' tasks get their
                // turn after each, so that a queue is full only if its client, or the
                // network to it, is slow.
                yield_now().await;
            }
            Ok(Some(Ok(Message::Binary(_)))) => {
                return End::Closed(CloseCode::Unsupported, "only text is passed on");
            }
            // Pings are answered by the library; a close ends the stream.
            Ok(Some(Ok(_))) => {}
            Ok(None) => return End::Left,
            Ok(Some(Err(Error::Capacity(_)))) => {
                return End::Closed(CloseCode::Size, "a line has 4096 bytes at most");
            }
            Ok(Some(Err(error @ (Error::Io(_) | Error::Protocol(_))))) => {
                return End::Lost(error.to_string());
            }
            Ok(Some(Err(_))) => return End::Closed(CloseCode::Invalid, "that is no text"),
            Err(_) => return End::Lost(String::from("no sign of life")),
        }
    }
}

/// Sends the client what there is to hear.
async fn listen(sender: &mut WebSocketSender<Stream>, seat: &Seat) -> End {
    let mut last_ping = Instant::now();
    loop {
        let message = match next_message(seat, &mut last_ping).await {
            Ok(message) => message,
            Err(Out::TooSlow) => return End::Closed(CloseCode::Policy, "too slow"),
            Err(Out::ChatEnded) => return End::Closed(CloseCode::Away, "the chat has ended"),
        };
        match timeout(WRITE, sender.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return End::Lost(error.to_string()),
            Err(_) => return End::Lost(String::from("it takes nothing any more")),
        }
    }
}

/// The next line, or a ping when it is time for one.
async fn next_message(seat: &Seat, last_ping: &mut Instant) -> Result<Message, Out> {
    // The ping first: of lines there may always be another.
    let ping = sleep_until(*last_ping + PING).map(|()| None);
    match race!(ping, seat.hear().map(Some)).await {
        Some(line) => line.map(Message::Text),
        None => {
            *last_ping = Instant::now();
            Ok(Message::Ping(Default::default()))
        }
    }
}

/// Ends a connection: WebSocket, TLS and TCP, in this order.
async fn close(
    mut sender: WebSocketSender<Stream>,
    mut receiver: WebSocketReceiver<Stream>,
    end: End,
) {
    let closing = async {
        match end {
            End::Left => {}
            End::Lost(_) => return Ok(()),
            End::Closed(code, reason) => {
                let reason = reason.into();
                sender.close(Some(CloseFrame { code, reason })).await?;
                while let Some(Ok(_)) = receiver.next().await {}
            }
        }
        let socket = WebSocketStream::reunite(sender, receiver);
        let mut stream = socket.expect("they are one socket's halves").into_inner();
        stream.close().await?;
        // Closing while the client still sends would reset the connection, and it
        // might lose what it was told last.
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<(), Error>(())
    };
    // What fails here, or takes too long, is the same to us: it is over.
    let _ = timeout(CLOSING, closing).await;
}

#[cfg(test)]
mod tests {
    use buzzer::runtime::Builder;
    use buzzer::time::sleep;

    use super::*;

    #[test]
    fn who_always_has_something_to_hear_is_asked_whether_it_is_there() {
        let runtime = Builder::new_current_thread().start_paused(true).build();
        runtime.expect("a runtime").block_on(async {
            let room = Rc::new(Room::default());
            let (Ok(speaker), Ok(listener)) = (room.join("Ada"), room.join("Grace")) else {
                panic!("the names are free");
            };
            let start = Instant::now();
            let speaks = async {
                loop {
                    speaker.say("as I said");
                    sleep(PING / 4).await;
                }
            };
            let listens = async {
                let (mut last_ping, mut pings) = (start, Vec::new());
                while start.elapsed() < SILENCE {
                    if let Ok(Message::Ping(_)) = next_message(&listener, &mut last_ping).await {
                        pings.push(start.elapsed());
                    }
                }
                pings
            };
            let pings = race!(listens, speaks).await;
            assert_eq!(pings, [PING, PING * 2, SILENCE]);
        });
    }
}
