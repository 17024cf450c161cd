//! A runtime on every core, all of them serving one port.
//!
//!     cargo run --example thread_per_core
//!     cargo run --example thread_per_core -- 127.0.0.1:7000     (until Ctrl-C)
//!
//! A runtime is one thread, so more cores are more runtimes. Each has a listener of
//! its own, and the kernel gives every new connection to one of them (SO_REUSEPORT):
//! Linux to each in turn, more or less; the BSDs and macOS to the one that came last.
//! There it stays: the cores share nothing, and what a core counts is in a plain
//! `Cell`. Without an address, 400 clients come, and then all cores end.
//!
//! Next: gui_loop, a runtime in a thread that has a loop already.

mod common;

use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::net::{self, SocketAddr};
use std::process::ExitCode;
use std::thread::{self, JoinHandle};
use std::{env, panic};

use async_channel::{Receiver, bounded};
use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use buzzer::runtime::Runtime;
use buzzer::signal::unix::{SignalKind, signal};
use buzzer::{Scope, race, scope, try_gather};
use common::{ended, report, say, usage};

/// As many clients at once, and as many visits of each.
const CLIENTS: u32 = 40;
const VISITS: u32 = 10;

/// Which cores this process may have, and a thread's stay on one of them.
#[cfg(not(target_os = "macos"))]
mod cores {
    use std::io;

    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    pub fn allowed() -> io::Result<Vec<usize>> {
        let allowed = sched_getaffinity(None)?;
        let all = 0..CpuSet::MAX_CPU;
        Ok(all.filter(|&core| allowed.is_set(core)).collect())
    }

    pub fn stay_on(core: usize) -> io::Result<()> {
        let mut only_this = CpuSet::new();
        only_this.set(core);
        Ok(sched_setaffinity(None, &only_this)?)
    }
}

/// macOS lets no thread choose: each runs where there is room for it.
#[cfg(target_os = "macos")]
mod cores {
    use std::{io, thread};

    pub fn allowed() -> io::Result<Vec<usize>> {
        Ok((0..thread::available_parallelism()?.get()).collect())
    }

    pub fn stay_on(_core: usize) -> io::Result<()> {
        Ok(())
    }
}

/// A core, and the thread that runs on it and gives how many it has served.
struct Core {
    number: usize,
    thread: JoinHandle<io::Result<u32>>,
}

impl Core {
    /// Starts it. Whoever closes `stopping` ends all of them.
    fn start(
        number: usize,
        listener: net::TcpListener,
        stopping: Receiver<Infallible>,
    ) -> io::Result<Self> {
        let run = move || {
            let served = serve(number, listener, &stopping);
            // If this one has failed, the others are not to go on without it.
            stopping.close();
            served
        };
        let thread = thread::Builder::new().name(format!("core {number}"));
        let thread = thread.spawn(run)?;
        Ok(Self { number, thread })
    }
}

/// The whole life of one core's runtime, on that core.
fn serve(
    core: usize,
    listener: net::TcpListener,
    stopping: &Receiver<Infallible>,
) -> io::Result<u32> {
    cores::stay_on(core)?;
    Runtime::new()?.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        let served = Cell::new(0);
        // The scope ends when its body has ended and all connections have.
        scope(async |connections| {
            let stop = async {
                let _ = stopping.recv().await; // Nothing is sent; it is closed.
            };
            race!(stop, accept(core, &listener, &served, connections)).await;
        })
        .await;
        Ok(served.get())
    })
}

/// Tells everyone who connects which core it has come to.
async fn accept<'env>(
    core: usize,
    listener: &TcpListener,
    served: &'env Cell<u32>,
    connections: &Scope<'env>,
) {
    loop {
        match listener.accept().await {
            Ok((mut stream, peer)) => {
                connections.spawn(async move {
                    let number = served.get() + 1;
                    served.set(number);
                    let answer = format!("core {core}, connection {number}\n");
                    if let Err(error) = stream.write_all(answer.as_bytes()).await {
                        report(format_args!("{peer}: {error}"));
                    }
                });
            }
            // There are too many at once, say. The next accept waits a little by itself.
            Err(error) => report(error),
        }
    }
}

/// A listener for each core, on the same port.
async fn listen(address: &str, count: usize) -> io::Result<Vec<net::TcpListener>> {
    let found = lookup_host(address).await?.next();
    let mut address = found.ok_or_else(|| io::Error::other(format!("{address}: no address")))?;
    let mut listeners = Vec::new();
    for _ in 0..count {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        socket.set_reuseport(true)?;
        socket.bind(address)?;
        address = socket.local_addr()?; // The first may have been given any port.
        // Made here, where an error ends the program before anything has begun. Each
        // is then taken over by its own runtime.
        listeners.push(socket.listen(1024)?.into_std()?);
    }
    Ok(listeners)
}

/// Starts all cores, waits for `end`, and ends them.
fn run(address: &str, end: impl AsyncFnOnce(SocketAddr) -> io::Result<()>) -> io::Result<()> {
    let runtime = Runtime::new()?;
    let allowed = cores::allowed()?;
    let listeners = runtime.block_on(listen(address, allowed.len()))?;
    let address = listeners[0].local_addr()?;
    say(format_args!("{} cores serve {address}", allowed.len()))?;

    let (_running, stopping) = bounded(1);
    let cores = allowed
        .iter()
        .zip(listeners)
        .map(|(&core, listener)| Core::start(core, listener, stopping.clone()));
    let cores = cores.collect::<io::Result<Vec<_>>>()?;
    let result = runtime.block_on(async {
        let failed = async {
            let _ = stopping.recv().await;
            Ok(())
        };
        race!(end(address), failed).await
    });
    stopping.close();

    let mut counts = Vec::new();
    for Core { number, thread } in cores {
        let served = thread
            .join()
            .unwrap_or_else(|panic| panic::resume_unwind(panic));
        let served = served.map_err(|error| io::Error::other(format!("core {number}: {error}")))?;
        counts.push((number, served));
    }
    result?;
    show(&counts)
}

fn show(counts: &[(usize, u32)]) -> io::Result<()> {
    const WIDTH: u32 = 50;
    let most = counts.iter().map(|&(_, served)| served).max().unwrap_or(0);
    say("\ncore  connections")?;
    for (core, served) in counts {
        let bar = "#".repeat((served * WIDTH).checked_div(most).unwrap_or(0) as usize);
        say(format!("{core:>4}  {served:>11}  {bar}").trim_end())?;
    }
    let all: u32 = counts.iter().map(|(_, served)| served).sum();
    say(format_args!(" all  {all:>11}"))
}

/// The clients of the demonstration, all on this thread.
async fn visit(server: SocketAddr) -> io::Result<()> {
    let clients = (0..CLIENTS).map(|_| async {
        for _ in 0..VISITS {
            let mut answer = String::new();
            let mut stream = TcpStream::connect(server).await?;
            stream.read_to_string(&mut answer).await?;
            if !answer.starts_with("core ") {
                return Err(io::Error::other(format!("a client hears {answer:?}")));
            }
        }
        Ok(())
    });
    try_gather(clients).await?;
    say(format_args!("{} clients were answered", CLIENTS * VISITS))
}

fn demonstrate() -> io::Result<()> {
    run("127.0.0.1:0", visit)?;
    say("\nNow you. In one terminal, and in another, more than once:")?;
    say("    cargo run --example thread_per_core -- 127.0.0.1:7000")?;
    say("    nc 127.0.0.1 7000")
}

fn serve_at(address: &str) -> io::Result<()> {
    run(address, async |_| {
        let mut interrupt = signal(SignalKind::interrupt())?;
        say("Ctrl-C ends them")?;
        interrupt.recv().await;
        Ok(())
    })
}

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_str()).collect();
    let result = match &arguments[..] {
        [] => demonstrate(),
        [Some(address)] if address.contains(':') => serve_at(address),
        _ => return usage("[ADDRESS:PORT]"),
    };
    ended(result)
}
