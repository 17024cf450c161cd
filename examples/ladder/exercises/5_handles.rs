//! Exercise 5: handles, and gather.
//!
//!     cargo run --example exercise -- 5
//!
//! New: `spawn` keeps a promise of the task's output and gives it away: a future, to be
//! awaited by any other task, or to be dropped. So `gather` is back, and short: it makes a
//! task of each future, and a wake polls the one that it is meant for.
//!
//! Yours to write: `spawn`, `Handle::poll` and `gather`. The rest is the stage's, and
//! what earlier stages have finished is there: `ladder::stage_2` and so on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::{fs, io};

use ladder::stage_2::{Promise, keep, redeem, sleep};
use ladder::stage_4::{line_up, new_number, next, waker};
use ladder::{PATH, costs, document, say, second};

type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// By their numbers, but for the one that is polled.
    static TASKS: RefCell<BTreeMap<usize, Task>> = const { RefCell::new(BTreeMap::new()) };
}
static RUNS: AtomicBool = AtomicBool::new(false);

fn insert(task: Task) -> usize {
    let number = new_number();
    TASKS.with_borrow_mut(|tasks| tasks.insert(number, task));
    line_up(number);
    number
}

/// Makes a task of `future`. It is polled when its turn comes, not now.
pub fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Handle<T> {
    // Make a promise, and a task (`insert`) that keeps it with the output of `future`.
    // The handle has the other end.
    unimplemented!("`spawn` is yours to write")
}

/// Is ready when its task is. Dropped, it lets the task run on.
#[derive(Debug)]
pub struct Handle<T>(Promise<T>);

impl<T> Future for Handle<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Ready when the promise is kept. `redeem` knows how; the handle may be moved
        // between two polls, and the promise is shared.
        unimplemented!("`Handle::poll` is yours to write")
    }
}

/// Both at once: each is a task, and polled when it was woken itself.
pub async fn gather<A: 'static, B: 'static>(
    a: impl Future<Output = A> + 'static,
    b: impl Future<Output = B> + 'static,
) -> (A, B) {
    // Both at once, and both outputs. Why is it not enough to await one after the other
    // without `spawn`?
    unimplemented!("`gather` is yours to write")
}

/// Polls who was woken, until `main` has ended. Other tasks may be left then.
pub fn block_on<T: 'static>(main: impl Future<Output = T> + 'static) -> T {
    let runs = RUNS.swap(true, Ordering::Relaxed);
    assert!(!runs, "one `block_on` at a time in the process");
    let promise = Promise::default();
    let kept = promise.clone();
    insert(Box::pin(async move { keep(&kept, main.await) }));
    loop {
        poll(next());
        if let Some(output) = promise.lock().unwrap().0.take() {
            RUNS.store(false, Ordering::Relaxed);
            return output;
        }
    }
}

fn poll(number: usize) {
    // Out of the table while it is polled, so that it may spawn.
    let Some(mut task) = TASKS.with_borrow_mut(|tasks| tasks.remove(&number)) else {
        return; // It has ended, and was woken once more.
    };
    costs::POLLS.add();
    let waker = waker(number);
    let mut cx = Context::from_waker(&waker);
    if task.as_mut().poll(&mut cx).is_pending() {
        TASKS.with_borrow_mut(|tasks| tasks.insert(number, task));
    }
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
