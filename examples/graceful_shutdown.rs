//! A server that ends without cutting anyone short. On SIGTERM or Ctrl-C it takes no
//! new connections, lets idle clients go, answers what it was asked before, and ends.
//!
//!     cargo run --example graceful_shutdown
//!     cargo run --example graceful_shutdown -- 127.0.0.1:7000     (until Ctrl-C)
//!
//! Without an address it is the server and four clients in one program, which sends
//! itself a SIGTERM and draws what became of each client. An order is a line, such as
//! `espresso 300`: a drink, and how many milliseconds it takes.
//!
//! Nobody is waited for longer than ten seconds, and a second signal ends the wait.
//!
//! Next: thread_per_core, the same end on several threads.

use std::convert::Infallible;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, process};

use async_channel::{Receiver, Sender, bounded};
use buzzer::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use buzzer::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::signal::unix::{SignalKind, signal};
use buzzer::time::{Instant, sleep, sleep_until};
use buzzer::{gather, race, spawn};
use rustix::process::{Signal, getpid, kill_process};

/// How long a shutdown takes at most.
const LIMIT: Duration = Duration::from_secs(10);

/// Takes orders until a signal comes, and then sees those begun to their end.
async fn serve(listener: TcpListener) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut next_signal = async || {
        let terminated = async { terminate.recv().await.map(|()| "SIGTERM") };
        let interrupted = async { interrupt.recv().await.map(|()| "SIGINT") };
        race!(terminated, interrupted).await
    };
    // Nothing is sent through either channel. What tells is that one side is gone:
    // every connection learns so that the server is stopping, and the server that
    // every connection has ended.
    let (running, stopping) = bounded(1);
    let (open, all_ended) = bounded(1);

    let accepting = async {
        accept(listener, stopping, open).await;
        None
    };
    let signal = race!(accepting, next_signal()).await.unwrap_or("a signal");
    // The loser of the race is dropped, and the listener with it: who wants to connect
    // from now on is refused.
    let count = all_ended.sender_count();
    say(&format!("{signal}: no new connections; {count} to be ended"))?;
    drop(running);
    let ended = async {
        let _ = all_ended.recv().await; // `Err`, as explained above.
        true
    };
    let limit = async {
        sleep(LIMIT).await;
        false
    };
    let second_signal = async { next_signal().await.is_none() };
    match race!(ended, limit, second_signal).await {
        true => say("every order was answered"),
        false => {
            let count = all_ended.sender_count();
            Err(io::Error::other(format!("{count} orders were cut off")))
        }
    }
}

async fn accept(
    listener: TcpListener,
    stopping: Receiver<Infallible>,
    open: Sender<Infallible>,
) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let (stopping, open) = (stopping.clone(), open.clone());
                spawn(async move {
                    if let Err(error) = attend(stream, stopping).await {
                        report(&format!("{peer}: {error}"));
                    }
                    drop(open);
                });
            }
            // There were too many at once, say; the next accept waits a little.
            Err(error) => report(&error.to_string()),
        }
    }
}

/// Serves one client, order by order.
async fn attend(stream: TcpStream, stopping: Receiver<Infallible>) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut orders = BufReader::new(reader).lines();
    loop {
        // Here nothing is owed to the client, and here it may be let go. That comes
        // first: someone who always has another order would keep the server up.
        let stop = async {
            let _ = stopping.recv().await;
            Ok(None)
        };
        let Some(order) = race!(stop, orders.next_line()).await? else {
            return Ok(());
        };
        let answer = match parse(&order) {
            Some((drink, time)) => {
                let confirmed = format!("{drink} takes {} ms\n", time.as_millis());
                writer.write_all(confirmed.as_bytes()).await?;
                sleep(time).await;
                format!("{drink} is ready\n")
            }
            None => "? say a drink and the milliseconds it takes: espresso 300\n".to_owned(),
        };
        writer.write_all(answer.as_bytes()).await?;
    }
}

fn parse(order: &str) -> Option<(&str, Duration)> {
    let (drink, time) = order.trim().rsplit_once(' ')?;
    let time = time.parse().ok()?;
    Some((drink, Duration::from_millis(time)))
}

/// A client in the demonstration, and what happened to it when.
struct Client {
    name: &'static str,
    connection: (Lines<BufReader<OwnedReadHalf>>, OwnedWriteHalf),
    line: TimeLine,
}

impl Client {
    async fn connect(name: &'static str, server: SocketAddr) -> io::Result<Self> {
        let (reader, writer) = TcpStream::connect(server).await?.into_split();
        let connection = (BufReader::new(reader).lines(), writer);
        let line = TimeLine::default();
        Ok(Self { name, connection, line })
    }

    /// Orders, and waits until the server has begun with it.
    async fn order(&mut self, drink: &str, time: u32) -> io::Result<()> {
        self.line.note('=');
        let order = format!("{drink} {time}\n");
        self.connection.1.write_all(order.as_bytes()).await?;
        self.hears(Some(&format!("{drink} takes {time} ms"))).await
    }

    async fn is_served(&mut self, drink: &str) -> io::Result<()> {
        self.hears(Some(&format!("{drink} is ready"))).await?;
        self.line.note('o');
        Ok(())
    }

    async fn is_let_go(&mut self) -> io::Result<()> {
        self.hears(None).await?;
        self.line.note('x');
        Ok(())
    }

    async fn hears(&mut self, expected: Option<&str>) -> io::Result<()> {
        let heard = self.connection.0.next_line().await?;
        match heard.as_deref() == expected {
            true => Ok(()),
            false => {
                let what = format!("{} hears {heard:?}, not {expected:?}", self.name);
                Err(io::Error::other(what))
            }
        }
    }
}
