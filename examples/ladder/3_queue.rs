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
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use ladder::{PATH, costs, say, second};

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
    let running = "one `block_on` at a time, and none after a panic";
    assert!(!RUNS.replace(true), "{running}");
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
    if task
        .as_mut()
        .poll(&mut Context::from_waker(&waker))
        .is_pending()
    {
        TASKS.with_borrow_mut(|tasks| tasks[number] = Some(task));
    }
}
// ANCHOR_END: block_on

// ANCHOR: promise
/// A value to come and the waker of who waits for it, under one lock: the value cannot
/// slip in between "not there yet" and "wake me then".
type Promise<T> = Arc<Mutex<(Option<T>, Option<Waker>)>>;

fn keep<T>(promise: &Promise<T>, value: T) {
    let mut locked = promise.lock().unwrap();
    let (_, waker) = std::mem::replace(&mut *locked, (Some(value), None));
    drop(locked); // A waker is foreign code: none of it runs under the lock.
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn redeem<T>(promise: Promise<T>) -> impl Future<Output = T> {
    poll_fn(move |cx| {
        let waker = cx.waker().clone();
        let mut locked = promise.lock().unwrap();
        if let Some(value) = locked.0.take() {
            return Poll::Ready(value);
        }
        let before = locked.1.replace(waker); // The last to poll is the one to wake.
        drop(locked);
        drop(before);
        Poll::Pending
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

// ANCHOR: program
async fn read_file() -> io::Result<String> {
    say(format_args!(
        "Coroutine for {PATH} started, opening file..."
    ));
    sleep(2 * second()).await;
    // Holds up everybody while it reads. Stage 8 has the cure.
    let content = std::fs::read_to_string(PATH)?;
    say(format_args!("Finished reading {PATH}."));
    Ok(content)
}

async fn other_work() -> &'static str {
    say("Other async work started...");
    sleep(second()).await;
    say("Other async work done.");
    "Other work completed"
}

async fn program() -> io::Result<()> {
    say("Starting tasks.");
    let (content, result) = (Promise::default(), Promise::default());
    let (file, other) = (content.clone(), result.clone());
    spawn(async move { keep(&file, read_file().await) });
    spawn(async move { keep(&other, other_work().await) });
    let (content, result) = (redeem(content).await, redeem(result).await);
    say(format_args!("Got content1: '{:.10}'", content?));
    say(format_args!("Other work result: '{result}'"));
    Ok(())
}
// ANCHOR_END: program

fn main() -> ExitCode {
    ladder::run(|| block_on(program()))
}
