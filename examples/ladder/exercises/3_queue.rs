//! Exercise 3: many tasks, and a queue.
//!
//!     cargo run --example exercise -- 3
//!
//! New: a spawned future is a task, and has a number. Its waker calls the number out into
//! a queue, and the loop polls whose number comes next: who was woken, and nobody else. To
//! wait for work is to wait for the queue, a channel: it looks and falls asleep in one
//! step, so no wake falls between the two.
//!
//! Yours to write: `Buzzer::wake`, `spawn`, `next` and `poll`. The rest is the stage's,
//! and what earlier stages have finished is there: `ladder::stage_2` and so on.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::{Context, Wake, Waker};
use std::{fs, io};

use ladder::stage_2::{Promise, keep, redeem, sleep};
use ladder::{PATH, costs, document, say, second};

/// What wakes a task: its number, and the queue to call it out into.
struct Buzzer {
    number: usize,
    queue: Sender<usize>,
}

impl Wake for Buzzer {
    fn wake(self: Arc<Self>) {
        // Count the wake, and call the number out into the queue. Nobody may be left to
        // receive it; that is no mistake.
        unimplemented!("`Buzzer::wake` is yours to write")
    }
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// By their numbers. `None` while one is polled, and when it has ended.
    static TASKS: RefCell<Vec<Option<Task>>> = const { RefCell::new(Vec::new()) };
    /// The numbers of those who are to be polled.
    static QUEUE: (Sender<usize>, Receiver<usize>) = mpsc::channel();
    static RUNS: Cell<bool> = const { Cell::new(false) };
}

/// Makes a task of `future`. It is polled when its turn comes, not now.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    // Put the future into the table. Its place there is its number. Call that out into
    // the queue, so that it has a first turn.
    unimplemented!("`spawn` is yours to write")
}

/// Polls who was woken, until `main` has ended. Other tasks may be left then.
pub fn block_on<T: 'static>(main: impl Future<Output = T> + 'static) -> T {
    assert!(!RUNS.replace(true), "one `block_on` at a time");
    let promise = Promise::default();
    let kept = promise.clone();
    spawn(async move { keep(&kept, main.await) });
    loop {
        poll(next());
        if let Some(output) = promise.lock().unwrap().0.take() {
            RUNS.set(false);
            return output;
        }
    }
}

/// Whose turn it is. While it is nobody's, the thread sleeps.
fn next() -> usize {
    // The next number of the queue. If there is none, count a park, and wait for one.
    unimplemented!("`next` is yours to write")
}

fn poll(number: usize) {
    // Poll the task of this number, with a waker that is a `Buzzer` of that number. It
    // may have ended: then nothing is to be done. While it is polled it may spawn, so the
    // table can't be borrowed. Put it back if it isn't ready.
    unimplemented!("`poll` is yours to write")
}

async fn program() -> io::Result<()> {
    say("Starting tasks.");
    // Reading holds up everybody. Stage 8 has the cure.
    let reads = async { fs::read_to_string(PATH) };
    let file = document::read_file(sleep(2 * second()), reads);
    let other = document::other_work(sleep(second()));
    let (content, result) = (Promise::default(), Promise::default());
    let (kept, too) = (content.clone(), result.clone());
    spawn(async move { keep(&kept, file.await) });
    spawn(async move { keep(&too, other.await) });
    document::tell(redeem(content).await, redeem(result).await)
}

/// Run when the kit finds nothing wrong any more.
pub fn main() -> io::Result<()> {
    ladder::timed(|| block_on(program()))
}
