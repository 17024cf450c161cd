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
//! Nobody is waited for longer than ten seconds, or as many as are given after the
//! address; and a second signal ends the wait.
//!
//! Next: thread_per_core, the same end on several threads.

mod common;

use std::convert::Infallible;
use std::env;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use async_channel::{Receiver, Sender, bounded};
use buzzer::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use buzzer::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::signal::unix::{SignalKind, signal};
use buzzer::time::{Instant, sleep, sleep_until};
use buzzer::{race, spawn, try_gather};
use common::{ended, report, say, usage};
use rustix::process::{Signal, getpid, kill_process};

/// How many seconds a shutdown takes at most, if nothing else is said.
const LIMIT: u64 = 10;

/// Takes orders until a signal comes, and then sees those begun to their end, unless
/// that takes longer than `limit`.
async fn serve(listener: TcpListener, limit: Duration) -> io::Result<()> {
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
    say(format_args!(
        "{signal}: no new connections; {count} to be ended"
    ))?;
    drop(running);
    let ended = async {
        let _ = all_ended.recv().await; // `Err`, as explained above.
        None
    };
    let over = async {
        sleep(limit).await;
        Some(format!("after {} s", limit.as_secs()))
    };
    let again = async {
        let signal = next_signal().await;
        signal.map(|signal| format!("by a second signal, {signal}"))
    };
    match race!(ended, over, again).await {
        None => say("every order begun was answered"),
        Some(why) => {
            let count = all_ended.sender_count();
            Err(io::Error::other(format!("{count} cut off {why}")))
        }
    }
}

async fn accept(listener: TcpListener, stopping: Receiver<Infallible>, open: Sender<Infallible>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let (stopping, open) = (stopping.clone(), open.clone());
                spawn(async move {
                    if let Err(error) = attend(stream, stopping).await {
                        report(format_args!("{peer}: {error}"));
                    }
                    drop(open);
                });
            }
            // There were too many at once, say; the next accept waits a little.
            Err(error) => report(error),
        }
    }
}

/// Serves one client, order by order.
async fn attend(stream: TcpStream, stopping: Receiver<Infallible>) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    // Lines of any length. A server for strangers needs a limit: see chat.
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
        Ok(Self {
            name,
            connection,
            line,
        })
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

/// What happened to a client when: `=` it has ordered, `o` it was served, `x` it was
/// let go, or refused.
#[derive(Default)]
struct TimeLine(Vec<(Instant, char)>);

impl TimeLine {
    fn note(&mut self, what: char) {
        self.0.push((Instant::now(), what));
    }

    /// The events, what was between them, and a `|` for the signal.
    fn draw(&self, begin: Instant, signal: Instant, end: Instant) -> String {
        const WIDTH: usize = 50;
        let whole = (end - begin).as_secs_f64().max(f64::MIN_POSITIVE);
        let column = |time: Instant| {
            let part = (time - begin).as_secs_f64() / whole;
            // The last is left for what comes right after the last but one.
            (part * (WIDTH - 2) as f64).round() as usize
        };
        let mut line = [' '; WIDTH];
        let (mut free, mut since) = (0, ' ');
        for &(time, what) in &self.0 {
            let at = column(time).max(free);
            line[free..at].fill(since);
            line[at] = what;
            free = at + 1;
            since = match what {
                '=' => '=',
                _ => '.',
            };
        }
        let signal = &mut line[column(signal)];
        if matches!(signal, ' ' | '=' | '.') {
            *signal = '|';
        }
        line.iter().collect()
    }
}

/// Orders at `server` and stops it in between. Gives what happened, drawn.
async fn visit(server: SocketAddr) -> io::Result<String> {
    let begin = Instant::now();
    let mut ada = Client::connect("Ada", server).await?;
    ada.order("filter coffee", 400).await?;
    let mut grace = Client::connect("Grace", server).await?;
    grace.order("latte", 100).await?;
    grace.is_served("latte").await?;
    let mut edsger = Client::connect("Edsger", server).await?;
    edsger.order("espresso", 200).await?;
    sleep_until(begin + Duration::from_millis(200)).await;

    let signal = Instant::now();
    kill_process(getpid(), Signal::TERM)?;
    grace.is_let_go().await?;
    sleep_until(begin + Duration::from_millis(250)).await;
    let mut barbara = TimeLine::default();
    match TcpStream::connect(server).await {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => barbara.note('x'),
        let_in => return Err(io::Error::other(format!("Barbara was let in: {let_in:?}"))),
    }
    edsger.is_served("espresso").await?;
    edsger.is_let_go().await?;
    ada.is_served("filter coffee").await?;
    ada.is_let_go().await?;

    let end = Instant::now();
    let mut drawn = String::new();
    for (name, line, what) in [
        ("Ada", ada.line, "answered, let go"),
        ("Grace", grace.line, "idle: let go at once"),
        ("Edsger", edsger.line, "answered, let go"),
        ("Barbara", barbara, "came later: refused"),
    ] {
        let line = line.draw(begin, signal, end);
        drawn += &format!("{name:<8}{line}  {what}\n");
    }
    Ok(drawn)
}

async fn demonstrate() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let limit = Duration::from_secs(LIMIT);
    say("Four clients, and a SIGTERM in between:")?;
    let ((), drawn) = try_gather!(serve(listener, limit), visit(address)).await?;
    say(format_args!("\n{drawn}"))?;
    say("= waits for an order   o served   . idle   x let go, or refused   | SIGTERM")?;
    say("\nNow you. In one terminal, and in another; then Ctrl-C in the first:")?;
    say("    cargo run --example graceful_shutdown -- 127.0.0.1:7000")?;
    say("    echo 'espresso 5000' | nc 127.0.0.1 7000")
}

async fn serve_at(address: &str, limit: u64) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    say(format_args!("Taking orders at {}", listener.local_addr()?))?;
    serve(listener, Duration::from_secs(limit)).await
}

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_str()).collect();
    let limit = match arguments.get(1) {
        None => Some(LIMIT),
        Some(seconds) => seconds.and_then(|seconds| seconds.parse().ok()),
    };
    let result = match (&arguments[..], limit) {
        ([], _) => buzzer::block_on(demonstrate()),
        ([Some(address)] | [Some(address), _], Some(limit)) if address.contains(':') => {
            buzzer::block_on(serve_at(address, limit))
        }
        _ => return usage("[ADDRESS:PORT [SECONDS]]"),
    };
    ended(result)
}
