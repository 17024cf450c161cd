//! The scenarios, by theme: programs for tokio that note what happens.
//!
//! This is the root of two crates. `on_tokio/Cargo.toml` compiles it on tokio;
//! `on_buzzer/Cargo.toml` on buzzer, by one line of its manifest:
//! `tokio = { package = "buzzer", … }`. No scenario knows which it is on.
//!
//! # Writing one
//!
//! 1. A public function in the file of its theme, called after what happens in it. It
//!    returns `run(async || …)`, a program on a new runtime whose clock is paused.
//! 2. It uses what tokio has, under tokio's names: `tokio::sync::…`, `tokio::spawn`.
//!    `spawn_local` is for futures that are not `Send`, since the runtime is a
//!    `LocalRuntime`. What buzzer alone has is for buzzer's own tests.
//! 3. Whatever happens is told by `note!`, on the scenario's own thread, in words that
//!    are the same in every run: no addresses, ids or error texts of a library.
//! 4. Where the two are meant to differ, it ends in `.differs(…)`, with both transcripts
//!    and the reason, which stands in DESIGN.md's table too.
//! 5. Its name goes to the list of its theme in `main.rs`, which makes it a test. Run
//!    that with `cargo test --test contrast NAME`.

#![allow(
    clippy::async_yields_async,
    reason = "handles are taken out of block_on, to see what they say afterwards"
)]

pub mod aborts;
pub mod bells;
pub mod blocking_jobs;
pub mod branches;
pub mod budgets;
pub mod buffers;
pub mod channels_and_locks;
pub mod children;
pub mod documents;
pub mod file_errors;
pub mod files;
pub mod halves;
pub mod in_memory;
pub mod intervals;
pub mod io_adaptors;
pub mod join_sets;
pub mod joining;
pub mod lock_turns;
pub mod made_of_others;
pub mod one_shots;
pub mod other_threads;
pub mod outside;
pub mod panics;
pub mod permits;
pub mod pipes;
pub mod queues;
pub mod running_order;
pub mod scopes;
pub mod selecting;
pub mod shutdown;
pub mod signals;
pub mod sleeps;
pub mod sockets_and_time;
pub mod spread;
pub mod sync_bells;
pub mod sync_ends;
pub mod sync_locks;
pub mod sync_queues;
pub mod sync_shuffled;
pub mod sync_spread;
pub mod task_locals;
pub mod tcp;
pub mod timeouts;
pub mod transfers;
pub mod udp;
pub mod unix;
pub mod watches;

// What some of them are made with.
mod scripted;

// Every scenario file begins with `use super::*`, which brings in all of this.
use futures::future::{join_all, try_join_all};
use futures::{FutureExt, poll};
use rustix::event::{PollFd, PollFlags};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsFd;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;
use tokio::fs;
use tokio::io::{self, AsyncBufReadExt as _, AsyncReadExt, AsyncSeekExt as _};
use tokio::io::{AsyncWriteExt, BufReader, ErrorKind, Interest};
use tokio::process::{Child, Command};
use tokio::runtime::{Builder, Handle, LocalOptions, LocalRuntime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{AbortHandle, JoinError, JoinHandle, spawn, spawn_blocking};
use tokio::task::{spawn_local, yield_now};
use tokio::time::{Instant, MissedTickBehavior, advance, pause};
use tokio::time::{interval, interval_at, sleep, sleep_until, timeout, timeout_at};
use tokio::{join, net, select, task, task_local, try_join};
use transcript::{Difference, NoteOnDrop, Transcript, UnorderedOnTokio, note};

/// Runs `main` on a new runtime with its clock paused, then drops the runtime.
fn run(main: impl AsyncFnOnce()) -> Transcript {
    with_runtime(|runtime| runtime.block_on(main()))
}

/// For a scenario that goes on after `block_on`: it is given the runtime, and
/// drops it when it likes.
fn with_runtime(scenario: impl FnOnce(LocalRuntime)) -> Transcript {
    with_runtime_set_up(|_defaults| (), scenario)
}

/// The same, on a runtime that `configure` has set up.
fn with_runtime_set_up(
    configure: impl FnOnce(&mut Builder),
    scenario: impl FnOnce(LocalRuntime),
) -> Transcript {
    let mut builder = Builder::new_current_thread();
    builder.start_paused(true);
    configure(&mut builder);
    let runtime = build(&mut builder);

    let start = runtime.block_on(async { Instant::now() });
    // Outside of its context both libraries read the real clock, not the paused one.
    transcript::open(move || Handle::try_current().ok().map(|_inside| start.elapsed()));
    scenario(runtime);
    transcript::close()
}

fn build(builder: &mut Builder) -> LocalRuntime {
    let built = builder.enable_all().build_local(LocalOptions::default());
    built.expect("a runtime starts")
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Waits for all of these tasks; a panic in one of them is the scenario's.
async fn finish<T: 'static>(tasks: impl IntoIterator<Item = JoinHandle<T>>) {
    for result in join_all(tasks).await {
        result.unwrap();
    }
}

/// What a handle says without a runtime to wait in.
fn at_once<T: 'static>(handle: JoinHandle<T>) -> Result<T, JoinError> {
    handle.now_or_never().expect("the handle is ready")
}

/// A future that notes when it is dropped and never ends by itself.
async fn wait_for_ever(name: &'static str) {
    let _noted = NoteOnDrop(name);
    pending().await
}

/// A future that notes when it begins and ends, and ends after `time`.
async fn work(name: &'static str, time: Duration) -> &'static str {
    note!("{name} begins");
    sleep(time).await;
    note!("{name} ends");
    name
}

/// As [`work`]; notes when it ends, and when it is dropped.
async fn run_for(name: &'static str, time: Duration) -> &'static str {
    let _noted = NoteOnDrop(name);
    sleep(time).await;
    note!("{name} ends");
    name
}

/// Notes how an operation ended, without the error's text: that is each library's
/// own.
fn say<T>(operation: &str, result: io::Result<T>) {
    match result {
        Ok(_) => note!("{operation}: fine"),
        Err(error) => note!("{operation}: {:?}", error.kind()),
    }
}

/// Any free port of this host.
const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

async fn listener() -> (net::TcpListener, SocketAddr) {
    let listener = net::TcpListener::bind(ANY_PORT).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Both ends of a TCP connection: the one that connected and the one that was
/// accepted.
async fn connection() -> (net::TcpStream, net::TcpStream) {
    let (listener, address) = listener().await;
    let connect = net::TcpStream::connect(address);
    let (connected, accepted) = join!(connect, listener.accept());
    (connected.unwrap(), accepted.unwrap().0)
}

/// What one read gives, of at most 64 bytes.
async fn receive(from: &mut (impl AsyncReadExt + Unpin)) -> Result<String, ErrorKind> {
    let mut buffer = [0; 64];
    let length = from.read(&mut buffer).await.map_err(|error| error.kind())?;
    Ok(text(&buffer[..length]))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Blocks this thread until there is something to read or to accept. For scenarios
/// with timers: a paused clock may jump while the kernel is still at it.
fn has_come(to: &impl AsFd) {
    let mut polled = [PollFd::new(to, PollFlags::IN)];
    rustix::event::poll(&mut polled, None).unwrap();
}
