//! The scenarios, by theme. This file and its children are compiled twice:
//! once in `on_buzzer.rs`, where `rt` is buzzer, once in `on_tokio.rs`.
//!
//! Owns how a scenario is run; the scenarios are called by `main.rs`.

pub mod aborts;
pub mod blocking_jobs;
pub mod channels_and_locks;
pub mod children;
pub mod documents;
pub mod file_errors;
pub mod files;
pub mod gathering;
pub mod halves;
pub mod intervals;
pub mod io_adaptors;
pub mod join_sets;
pub mod other_threads;
pub mod outside;
pub mod panics;
pub mod racing;
pub mod running_order;
pub mod shutdown;
pub mod signals;
pub mod sleeps;
pub mod sockets_and_time;
pub mod sync_bells;
pub mod sync_locks;
pub mod sync_queues;
pub mod sync_spread;
pub mod task_locals;
pub mod tcp;
pub mod timeouts;
pub mod transfers;
pub mod udp;
pub mod unix;

// Every scenario file begins with `use super::*`, which brings in all of this.
use super::rt::*;
use crate::transcript::{self, Difference, NoteOnDrop, Transcript, UnorderedOnTokio};
use futures::FutureExt;
use rustix::event::{PollFd, PollFlags};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsFd;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

/// Runs `main` on a new runtime with its clock paused, then drops the runtime.
fn run(main: impl AsyncFnOnce()) -> Transcript {
    with_runtime(|runtime| runtime.block_on(main()))
}

/// For a scenario that goes on after `block_on`: it is given the runtime, and
/// drops it when it likes.
fn with_runtime(scenario: impl FnOnce(Runtime)) -> Transcript {
    with_runtime_set_up(|_defaults| (), scenario)
}

/// The same, on a runtime that `configure` has set up.
fn with_runtime_set_up(
    configure: impl FnOnce(&mut Builder),
    scenario: impl FnOnce(Runtime),
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

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Waits for all of these tasks; a panic in one of them is the scenario's.
async fn finish<T: 'static>(tasks: impl IntoIterator<Item = JoinHandle<T>>) {
    for result in gather(tasks).await {
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
    let (connected, accepted) = gather!(connect, listener.accept()).await;
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
