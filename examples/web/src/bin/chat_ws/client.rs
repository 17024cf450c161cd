//! The other end: sends the lines of standard input, shows what the others say.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use async_tungstenite::tungstenite::http::Uri;
use async_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use async_tungstenite::tungstenite::protocol::{CloseFrame, Message};
use async_tungstenite::{WebSocketReceiver, WebSocketSender, client_async};
use buzzer::io::{AsyncBufReadExt, BufReader, stdin};
use buzzer::net::TcpStream;
use buzzer::race;
use buzzer::time::{Duration, sleep, timeout};
use buzzer_web::exit;
use futures::{FutureExt, StreamExt};
use futures_rustls::client::TlsStream;
use futures_rustls::pki_types::ServerName;

use crate::tls;

type Stream = TlsStream<TcpStream>;

/// TCP, TLS and WebSocket, together.
const CONNECTING: Duration = Duration::from_secs(10);
/// What the server gets to answer a close.
const CLOSING: Duration = Duration::from_secs(3);

/// Joins the chat at `url` and stays until standard input ends, Ctrl-C, or the server
/// closes.
pub async fn run(url: &str, certificate: &Path, name: &str) -> Result<()> {
    let asked = exit::asked()?;
    let connected = timeout(CONNECTING, connect(url, certificate)).await;
    let (mut sender, mut receiver) =
        connected.map_err(|_| anyhow!("{url}: no answer within {CONNECTING:?}"))??;
    let talking = async {
        sender.send(Message::text(name)).await?;
        race!(talk(&mut sender), asked.map(Ok)).await?;
        let (code, reason) = (CloseCode::Normal, Default::default());
        sender.close(Some(CloseFrame { code, reason })).await?;
        // The server's answer ends `hear`, and with it this wait.
        sleep(CLOSING).await;
        Ok(())
    };
    race!(hear(&mut receiver), talking).await
}

async fn connect(
    url: &str,
    certificate: &Path,
) -> Result<(WebSocketSender<Stream>, WebSocketReceiver<Stream>)> {
    let uri: Uri = url.parse().with_context(|| format!("{url} is no URL"))?;
    let host = uri.host().filter(|_| uri.scheme_str() == Some("wss"));
    let Some(host) = host else {
        bail!("{url}: a URL such as wss://localhost:4433 is needed");
    };
    let host = host.trim_matches(['[', ']']); // of an IPv6 address
    let name = ServerName::try_from(host.to_owned())
        .with_context(|| format!("{host} is no name of a server"))?;
    let tls = tls::connector(certificate)?;
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(443))).await?;
    stream.set_nodelay(true)?; // Each line is sent at once.
    let stream = tls.connect(name, stream).await;
    let stream = stream.with_context(|| format!("{url}: no TLS"))?;
    let socket = client_async(url, stream).await;
    let (socket, _response) = socket.with_context(|| format!("{url}: no WebSocket"))?;
    Ok(socket.split())
}

/// Sends standard input line after line, until there is none.
async fn talk(sender: &mut WebSocketSender<Stream>) -> Result<()> {
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await.context("standard input")? {
        sender.send(Message::text(line)).await?;
    }
    Ok(())
}

/// Shows what comes, until the server closes.
async fn hear(receiver: &mut WebSocketReceiver<Stream>) -> Result<()> {
    let mut closed = None;
    while let Some(message) = receiver.next().await {
        match message.context("the connection was lost")? {
            Message::Text(line) => writeln!(io::stdout(), "{}", printable(&line))?,
            // The library answers it; then the server ends the stream.
            Message::Close(frame) => closed = frame,
            _ => {}
        }
    }
    match closed {
        None => Ok(()),
        Some(frame) if frame.code == CloseCode::Normal => Ok(()),
        Some(frame) if frame.code == CloseCode::Away => {
            Ok(writeln!(io::stdout(), "* {}.", printable(&frame.reason))?)
        }
        Some(frame) => bail!("the server has closed: {}", printable(&frame.reason)),
    }
}

/// Without what a terminal would take for a command.
fn printable(line: &str) -> String {
    let safe = |char: char| match char.is_control() && char != '\t' {
        true => char::REPLACEMENT_CHARACTER,
        false => char,
    };
    line.chars().map(safe).collect()
}
