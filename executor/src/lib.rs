//! A single-threaded async runtime made by hand: to be read, watched, and kept.
//!
//! ```
//! use buzzer::time::{Duration, sleep};
//!
//! async fn brew(order: &str) -> String {
//!     sleep(Duration::from_micros(200)).await;
//!     format!("one {order}")
//! }
//!
//! let served = buzzer::block_on(async {
//!     let (espresso, latte) = buzzer::gather!(brew("espresso"), brew("latte")).await;
//!     format!("{espresso}, {latte}")
//! });
//! assert_eq!(served, "one espresso, one latte");
//! ```
//!
//! # The machine, in running order
//!
//! 1. A future that can't go on leaves a *waker* behind and says "pending". A
//!    waker here is a number: which task, of which runtime.
//! 2. What the future waits for keeps the waker: the *timers* until a deadline,
//!    the *reactor* until a descriptor is ready, the *pool* until a blocking job
//!    has ended, another task until it has ended.
//! 3. When that happens the waker is woken, and the task it names goes to the
//!    end of the *run queue*. From another thread it goes through the *inject
//!    queue*, and the loop is *unparked*.
//! 4. The loop takes the first task from the run queue and polls it: back to 1.
//!    When the queue is empty the loop *parks* until the next deadline or event.
//!
//! That is all. One turn of the loop is five functions in machine/turn/mod.rs: run,
//! inject, park, react, expire. DESIGN.md draws the states, argues why no wakeup
//! is lost, and tells how tokio differs.
//!
//! # Where to read
//!
//! The machine is one folder, machine/, whose
//! [mod.rs](../src/buzzer/machine/mod.rs.html) is the map, in running order. Each link
//! leads to the source.
//!
//! | to learn | read |
//! |---|---|
//! | how one turn goes | [machine/turn/mod.rs](../src/buzzer/machine/turn/mod.rs.html) |
//! | what a waker is | [machine/scheduler/number.rs](../src/buzzer/machine/scheduler/number.rs.html), [waker.rs](../src/buzzer/machine/scheduler/waker.rs.html) |
//! | how a task lives and ends | [machine/scheduler/schedule.rs](../src/buzzer/machine/scheduler/schedule.rs.html), [run.rs](../src/buzzer/machine/scheduler/run.rs.html), [cell.rs](../src/buzzer/machine/scheduler/cell.rs.html) |
//! | how other threads get in | [machine/scheduler/inject.rs](../src/buzzer/machine/scheduler/inject.rs.html) |
//! | how an event of the kernel finds its task | [machine/reactor/mod.rs](../src/buzzer/machine/reactor/mod.rs.html), [readiness/mod.rs](../src/buzzer/machine/reactor/readiness/mod.rs.html) |
//! | how deadlines are kept | [machine/timers.rs](../src/buzzer/machine/timers.rs.html), [time/sleep.rs](../src/buzzer/time/sleep.rs.html) |
//! | where blocking work goes | [machine/blocking/mod.rs](../src/buzzer/machine/blocking/mod.rs.html) |
//! | how files avoid blocking | [fs/mod.rs](../src/buzzer/fs/mod.rs.html) |
//! | how a socket waits and operates | [io/source.rs](../src/buzzer/io/source.rs.html), [net/transfer.rs](../src/buzzer/net/transfer.rs.html) |
//! | how a child process is waited for | [process/mod.rs](../src/buzzer/process/mod.rs.html) |
//! | how a signal comes in | [signal/mod.rs](../src/buzzer/signal/mod.rs.html) |
//! | how a lock is handed on, and a channel holds back | [sync/permits.rs](../src/buzzer/sync/permits.rs.html), [sync/mpsc/chan.rs](../src/buzzer/sync/mpsc/chan.rs.html) |
//! | what differs from system to system | [sys/mod.rs](../src/buzzer/sys/mod.rs.html) |
//!
//! # Coming from tokio
//!
//! Where tokio has the same thing, the name and the signature are tokio's:
//! [`spawn`], [`task`], [`sync`], [`time`], [`fs`], [`net`], [`io`], [`process`],
//! [`signal`], [`runtime`]. [`spawn`] takes futures that are not `Send`.
//! [`select!`], [`join!`], [`try_join!`], [`pin!`] and [`task_local!`] are there. [`gather!`]
//! does what `join!` does and polls only who was woken, and so does [`race!`] for `select!`
//! without patterns; [`scope`](scope()) has tasks that borrow, which tokio has not.
//! docs/from-tokio.md says of every name of tokio what it is here.
//!
//! # A future that was ready
//!
//! Polled again, a [`Sleep`](time::Sleep) is ready again, until it is reset. Every other
//! future gives its value once, and then panics: a handle, a gather, a timeout or the
//! scope of a task-local with words of its own, all that is made by an `async fn` with
//! Rust's. None says "pending", except for the poll that the budget defers. What is called
//! `poll_...` is no future: each call that says "ready" ends an operation, and the next
//! begins another; so does each poll of a [`LocalSet`](task::LocalSet).
//!
//! # Watching and testing a program
//!
//! [`trace`] shows what a runtime did and what its tasks wait for: as a story, a
//! timeline or a page to step through, as a tree of who awaits whom, as a report
//! of a poll that holds the loop, and as a ledger of where the time went. Most of
//! it needs no change to the program: `BUZZER_TRACE=story cargo run`.
//!
//! [`testing`] runs a program on a clock that takes no time, in other orders than
//! the usual, and dropped at each of its suspensions.
//!
//! # Features
//!
//! None is on by default. Each adds what takes another crate's traits, or implements them,
//! so that its programs run here; and `macros` adds two attributes:
//!
//! | feature | adds | for |
//! |---|---|---|
//! | `macros` | `#[buzzer::main]`, `#[buzzer::test]` | programs, tests |
//! | `futures-io` | `AsyncRead`, `AsyncWrite`, `AsyncSeek`, `AsyncBufRead` of futures | async-tungstenite, futures-rustls |
//! | `tokio-io` | the same of tokio | tokio-postgres |
//! | `bytes` | `Buf`, `BufMut`: taken by `read_buf`, `write_buf`, `write_all_buf` | codecs |
//! | `hyper` | `hyper::rt`: `Read`, `Write`, `Executor`, `Timer` | hyper, axum |
//!
//! tokio's own names of features are taken, so that a manifest which gives this crate
//! tokio's name keeps the rest of its line:
//! `tokio = { package = "buzzer", path = "…", features = ["full"] }`.
//!
//! | tokio's feature | here |
//! |---|---|
//! | `full` | all that tokio's turns on: of this table `io-util` and `macros` matter |
//! | `macros` | as above; `select!`, `join!`, `try_join!`, `pin!`, `task_local!` are always there |
//! | `io-util` | turns `bytes` on; the rest is always there |
//! | `fs`, `io-std`, `net`, `process`, `rt`, `signal`, `sync`, `test-util`, `time` | always there |
//! | `rt-multi-thread` | adds nothing: what needs a second worker thread is refused where it is called |
//! | `parking_lot`, `tracing`, `io-uring`, `taskdump`, `schedule-latency` | add nothing; for the last three see [`trace`] |
//!
//! # What it is not
//!
//! Not multi-threaded: one runtime, one thread. For more cores make a runtime on
//! each. Past that, name tokio in the manifest. It runs on Linux, macOS and FreeBSD
//! with 64-bit pointers, and not on Windows, whose sockets are no descriptors. It
//! does not survive a `fork`.
#![deny(unsafe_code)]
// So `pub` says that a program may call it, and tests/documented/ need not ask further.
#![deny(missing_docs, unreachable_pub)]
// What a stand-in of the models takes the place of.
#![cfg_attr(loom, allow(dead_code))]

#[cfg(not(target_pointer_width = "64"))]
compile_error!("buzzer needs 64-bit pointers: a waker's data pointer holds a 64-bit number");
#[cfg(not(unix))]
compile_error!("buzzer runs on Unix: files, sockets and children are descriptors to it");

pub mod compat;
pub mod fs;
/// What the macros expand to; call those.
#[doc(hidden)]
pub mod gather;
pub mod io;
mod machine;
#[cfg(all(test, loom))]
#[path = "../models/mod.rs"]
mod models;
pub mod net;
pub mod process;
mod record;
pub mod runtime;
mod scope;
pub mod signal;
pub mod sync;
mod sys;
pub mod task;
pub mod testing;
pub mod time;
pub mod trace;

#[doc(hidden)]
pub use gather as branches;
pub use gather::{gather, try_gather};
#[cfg(feature = "macros")]
pub use runtime::attributes::{main, test};
pub use scope::{Scope, ScopedJoinHandle, scope};
pub use task::spawn;

/// Drives `future` to its end on a runtime of its own, with the defaults of
/// [`runtime::Builder`].
///
/// # Panics
///
/// When the runtime can't be made (see [`runtime::Builder::build`], which gives
/// the error instead), when the future panics, or when called from within a
/// runtime.
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, sleep};
///
/// let served = buzzer::block_on(async {
///     let latte = buzzer::spawn(async { "one latte" });
///     sleep(Duration::from_millis(1)).await;
///     latte.await.unwrap()
/// });
/// assert_eq!(served, "one latte");
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    match runtime::Runtime::new() {
        // Pinned here, so that it is not moved once more.
        Ok(runtime) => runtime.block_on(std::pin::pin!(future)),
        Err(error) => panic!("{error}"),
    }
}

/// Compiles the README's program as a doc test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
