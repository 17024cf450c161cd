//! Stage 2: sleep until you are told.
//!
//!     cargo run --example 2_waker
//!
//! New: who says "not yet" keeps the waker that it was polled with, and has it woken
//! when there is more to do. Until then the thread sleeps. Here each `sleep` has a thread
//! of its own that wakes.
//!
//! Still wrong: there is one future and one waker. A wake says that something has
//! happened, and not to whom: `gather` has to poll both. Next: 3_queue, which polls who
//! was woken.

use std::future::poll_fn;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;
use std::{fs, io, mem};

use ladder::{PATH, costs, document, say, second};

// ANCHOR: waker
/// Wakes the thread that polls, wherever it is woken.
struct Buzzer {
    thread: Thread,
    /// Beside the unpark, which the thread may use up for something else, and which may
    /// end a sleep for no reason.
    woken: AtomicBool,
}

impl Wake for Buzzer {
    fn wake(self: Arc<Self>) {
        costs::WAKES.add();
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}
// ANCHOR_END: waker

// ANCHOR: block_on
/// Polls `future` until it is ready, each time that it was woken.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let (thread, woken) = (thread::current(), AtomicBool::new(false));
    let buzzer = Arc::new(Buzzer { thread, woken });
    let waker = Waker::from(buzzer.clone());
    let mut cx = Context::from_waker(&waker);
    loop {
        costs::POLLS.add();
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        // A wake during the poll is found here, and one between this look and the park
        // ends the park.
        while !buzzer.woken.swap(false, Ordering::Acquire) {
            costs::PARKS.add();
            thread::park();
        }
    }
}
// ANCHOR_END: block_on

// ANCHOR: promise
/// A value to come and the waker of who waits for it, under one lock: the value cannot
/// slip in between "not there yet" and "wake me then".
pub type Promise<T> = Arc<Mutex<(Option<T>, Option<Waker>)>>;

/// Keeps it, unless it is kept, and wakes who waits for it.
pub fn keep<T>(promise: &Promise<T>, value: T) {
    let mut locked = promise.lock().unwrap();
    locked.0.get_or_insert(value);
    let waker = locked.1.take();
    drop(locked); // A waker is foreign code: none of it runs under the lock.
    waker.into_iter().for_each(Waker::wake);
}

pub fn redeem<T>(promise: Promise<T>) -> impl Future<Output = T> {
    poll_fn(move |cx| {
        // Of all that poll, the last is the one to wake. The waker before is dropped at
        // the end, after the lock.
        let mut waker = Some(cx.waker().clone());
        let mut locked = promise.lock().unwrap();
        mem::swap(&mut locked.1, &mut waker);
        locked.0.take().map_or(Poll::Pending, Poll::Ready)
    })
}
// ANCHOR_END: promise

// ANCHOR: sleep
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
// ANCHOR_END: sleep

// ANCHOR: gather
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
// ANCHOR_END: gather

// ANCHOR: program
async fn program() -> io::Result<()> {
    say("Starting tasks.");
    // Reading holds up everybody. Stage 8 has the cure.
    let reads = async { fs::read_to_string(PATH) };
    let file = document::read_file(sleep(2 * second()), reads);
    let other = document::other_work(sleep(second()));
    let (content, result) = gather(file, other).await;
    document::tell(content, result)
}
// ANCHOR_END: program

fn main() -> ExitCode {
    ladder::run(|| block_on(program()))
}
