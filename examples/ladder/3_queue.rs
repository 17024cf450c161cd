//! Stage 3: many tasks, and a queue.
//!
//!     cargo run --example 3_queue
//!
//! New: a spawned future is a task, and has a number. Its waker calls the number out into
//! a queue, and the loop polls whose number comes next: who was woken, and nobody else. To
//! wait for work is to wait for the queue, a channel: it looks and falls asleep in one
//! step, so no wake falls between the two.
//!
//! Still wrong: a waker is counted memory, made for each poll; a task that was woken ten
//! times before its turn is ten times in the queue, and is polled ten times; and the table
//! only grows. Next: 4_number, where a waker is the number and nothing else.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::{Context, Wake, Waker};
use std::{fs, io};

use ladder::stage_2::{Promise, keep, redeem, sleep};
use ladder::{PATH, costs, document, say, second};

// ANCHOR: waker
/// What wakes a task: its number, and the queue to call it out into.
struct Buzzer {
    number: usize,
    queue: Sender<usize>,
}

impl Wake for Buzzer {
    fn wake(self: Arc<Self>) {
        costs::WAKES.add();
        let _ = self.queue.send(self.number); // Err: its thread has ended.
    }
}
// ANCHOR_END: waker

// ANCHOR: executor
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
    let task: Task = Box::pin(future);
    let number = TASKS.with_borrow_mut(|tasks| {
        tasks.push(Some(task));
        tasks.len() - 1
    });
    let _ = QUEUE.with(|(sender, _)| sender.send(number));
}
// ANCHOR_END: executor

// ANCHOR: block_on
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
    QUEUE.with(|(_, queue)| {
        queue.try_recv().unwrap_or_else(|_| {
            costs::PARKS.add();
            queue.recv().expect("its sender is beside it")
        })
    })
}

fn poll(number: usize) {
    // Out of the table while it is polled, so that it may spawn.
    let Some(mut task) = TASKS.with_borrow_mut(|tasks| tasks[number].take()) else {
        return; // It has ended, and was woken once more.
    };
    costs::POLLS.add();
    let queue = QUEUE.with(|(sender, _)| sender.clone());
    let waker = Waker::from(Arc::new(Buzzer { number, queue }));
    let mut cx = Context::from_waker(&waker);
    if task.as_mut().poll(&mut cx).is_pending() {
        TASKS.with_borrow_mut(|tasks| tasks[number] = Some(task));
    }
}
// ANCHOR_END: block_on

// ANCHOR: program
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
// ANCHOR_END: program

fn main() -> ExitCode {
    ladder::run(|| block_on(program()))
}
