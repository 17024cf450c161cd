//! Exercise 2: sleep until you are told.
//!
//!     cargo run --example exercise -- 2
//!
//! New: who says "not yet" keeps the waker that it was polled with, and has it woken
//! when there is more to do. Until then the thread sleeps. Here each `sleep` has a thread
//! of its own that wakes.
//!
//! Yours to write: `Buzzer::wake`, `block_on`, `keep` and `redeem`. The rest is the
//! stage's, and what earlier stages have finished is there: `ladder::stage_2` and so on.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;
use std::{fs, io, mem};

use ladder::{PATH, costs, document, say, second};

/// Wakes the thread that polls, wherever it is woken.
struct Buzzer {
    thread: Thread,
    /// Beside the unpark, which the thread may use up for something else, and which may
    /// end a sleep for no reason.
    woken: AtomicBool,
}

impl Wake for Buzzer {
    fn wake(self: Arc<Self>) {
        // Count the wake. Note that there was one, and end the thread's sleep. Mind the
        // order: the thread looks at the note when it comes out of its sleep.
        unimplemented!("`Buzzer::wake` is yours to write")
    }
}

/// Polls `future` until it is ready, each time that it was woken.
pub fn block_on<F: Future>(future: F) -> F::Output {
    // Poll the future with the waker of a `Buzzer` for this thread. While it isn't ready:
    // park, count the park, and poll again only if a wake was noted. An unpark may come
    // for another reason, and a wake during the poll itself.
    unimplemented!("`block_on` is yours to write")
}

/// A value to come and the waker of who waits for it, under one lock: the value cannot
/// slip in between "not there yet" and "wake me then".
pub type Promise<T> = Arc<Mutex<(Option<T>, Option<Waker>)>>;

/// Keeps it, unless it is kept, and wakes who waits for it.
pub fn keep<T>(promise: &Promise<T>, value: T) {
    // Put the value there, unless there is one. Then wake who waits, if somebody does:
    // not while the lock is held, since a waker may do anything.
    unimplemented!("`keep` is yours to write")
}

pub fn redeem<T>(promise: Promise<T>) -> impl Future<Output = T> {
    // A future that takes the value, once it is there. Until then each poll leaves its
    // waker in the place of the one before. Both under one lock.
    async { unimplemented!("`redeem` is yours to write") }
}

/// Is ready once so much time has passed: another thread sleeps, and keeps the promise.
pub fn sleep(duration: Duration) -> impl Future<Output = ()> {
    let promise = Promise::default();
    let kept = promise.clone();
    costs::THREADS.add();
    thread::spawn(move || {
        thread::sleep(duration);
        keep(&kept, ());
    });
    redeem(promise)
}

/// Polls both futures, each time, until both have been ready.
pub async fn gather<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut first, mut second) = (None, None);
    poll_fn(|cx| {
        // A future that was ready is not to be polled again.
        if first.is_none()
            && let Poll::Ready(output) = a.as_mut().poll(cx)
        {
            first = Some(output);
        }
        if second.is_none()
            && let Poll::Ready(output) = b.as_mut().poll(cx)
        {
            second = Some(output);
        }
        match (first.take(), second.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            outputs => {
                (first, second) = outputs;
                Poll::Pending
            }
        }
    })
    .await
}

async fn program() -> io::Result<()> {
    say("Starting tasks.");
    // Reading holds up everybody. Stage 8 has the cure.
    let reads = async { fs::read_to_string(PATH) };
    let file = document::read_file(sleep(2 * second()), reads);
    let other = document::other_work(sleep(second()));
    let (content, result) = gather(file, other).await;
    document::tell(content, result)
}

/// Run when the kit finds nothing wrong any more.
pub fn main() -> io::Result<()> {
    ladder::timed(|| block_on(program()))
}
