//! Stage 1: ask again and again.
//!
//!     cargo run --example 1_busy_loop
//!
//! New: a future does nothing by itself. `block_on` polls it until it is ready, and
//! between two polls the thread is free for another future: `gather` polls two, so both
//! waits go on at once, on one thread.
//!
//! Still wrong: while nobody can go on, it asks all the same, millions of times. Look at
//! the processor's time. Next: 2_waker, which sleeps until it is told.

use std::future::poll_fn;
use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use std::{fs, io};

use ladder::{PATH, costs, document, say, second};

// ANCHOR: block_on
/// Polls `future` until it is ready.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    // Nobody has to wake a loop that never sleeps.
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        costs::POLLS.add();
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
}
// ANCHOR_END: block_on

// ANCHOR: sleep
/// Is ready once so much time has passed.
pub fn sleep(duration: Duration) -> impl Future<Output = ()> {
    let start = Instant::now();
    poll_fn(move |_| match start.elapsed() < duration {
        true => Poll::Pending,
        false => Poll::Ready(()),
    })
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
