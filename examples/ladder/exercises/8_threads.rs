//! Exercise 8: other threads.
//!
//!     cargo run --example exercise -- 8
//!
//! New: the loop says when it sleeps, and a wake ends the sleep. So work that blocks, as
//! the reading of a file, goes to a pool of threads, and promises bring back its outputs.
//!
//! Yours to write: `wake`, `start_pool`, `elsewhere` and `park`. The rest is the stage's,
//! and what earlier stages have finished is there: `ladder::stage_2` and so on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::ptr::without_provenance;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fs, io};

use crossbeam_channel::{Sender, unbounded};
use ladder::stage_2::{Promise, keep, redeem};
use ladder::stage_4::{QUEUE, line_up, new_number, next};
use ladder::stage_6::{expire, sleep, time_left};
use ladder::stage_7::{SELECTOR, sleep_in_kernel};
use ladder::{PATH, costs, document, say, second};

thread_local! {
    /// Ends a sleep in the kernel: it is told as an event.
    static UNPARK: Arc<mio::Waker> = SELECTOR.with_borrow(|selector| {
        let unpark = mio::Waker::new(selector.registry(), mio::Token(usize::MAX));
        Arc::new(unpark.expect("an eventfd"))
    });
}
/// What ends the loop's sleep, if it sleeps.
pub static PARKED: Mutex<Option<Arc<mio::Waker>>> = Mutex::new(None);

/// What wakes a task: its number, and nothing else.
pub fn waker(number: usize) -> Waker {
    // SAFETY: As in stage 4: no function of the table follows the pointer.
    unsafe { Waker::new(without_provenance(number), &VTABLE) }
}

static VTABLE: RawWakerVTable =
    RawWakerVTable::new(|number| RawWaker::new(number, &VTABLE), wake, wake, |_| {});

fn wake(number: *const ()) {
    // Count the wake, line the task up, and then end the loop's sleep, if it sleeps: what
    // `PARKED` has does it. Why in this order?
    unimplemented!("`wake` is yours to write")
}

type Pool = (Sender<Box<dyn FnOnce() + Send>>, Vec<JoinHandle<()>>);

thread_local! {
    /// What jobs are sent to, once there is one: four threads.
    pub static POOL: RefCell<Option<Pool>> = const { RefCell::new(None) };
}

fn start_pool() -> Pool {
    // Four threads (count them) that take jobs from one channel and run them, until its
    // sender is dropped.
    unimplemented!("`start_pool` is yours to write")
}

/// Runs `job` on a thread that may block. Is ready when it is: with its output, or panic.
pub fn elsewhere<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = thread::Result<T>> {
    // Send the pool a job that keeps a promise with what `contain` makes of `job`. The
    // first job starts the pool. The future redeems the promise.
    async { unimplemented!("`elsewhere` is yours to write") }
}

/// Runs code of the program. A panic in it, which has been reported, ends here.
pub fn contain<R>(code: impl FnOnce() -> R) -> thread::Result<R> {
    catch_unwind(AssertUnwindSafe(code))
}

/// As std's, but only this task waits for the disk.
pub async fn read_to_string(path: &'static str) -> io::Result<String> {
    let read = elsewhere(move || fs::read_to_string(path)).await;
    read.unwrap_or_else(|panic| resume_unwind(panic))
}

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
    let promise = Promise::default();
    let kept = promise.clone();
    insert(Box::pin(async move { keep(&kept, future.await) }));
    Handle(promise)
}

/// Is ready when its task is. Dropped, it lets the task run on.
#[derive(Debug)]
pub struct Handle<T>(Promise<T>);

impl<T> Future for Handle<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        pin!(redeem(self.0.clone())).poll(cx)
    }
}

/// Both at once: each is a task, and polled when it was woken itself.
pub async fn gather<A: 'static, B: 'static>(
    a: impl Future<Output = A> + 'static,
    b: impl Future<Output = B> + 'static,
) -> (A, B) {
    let (a, b) = (spawn(a), spawn(b));
    (a.await, b.await)
}

/// Polls who was woken, until `main` has ended. Other tasks may be left then.
pub fn block_on<T: 'static>(main: impl Future<Output = T> + 'static) -> T {
    let runs = RUNS.swap(true, Ordering::Relaxed);
    assert!(!runs, "one `block_on` at a time in the process");
    let promise = Promise::default();
    let kept = promise.clone();
    insert(Box::pin(async move { keep(&kept, main.await) }));
    loop {
        run();
        if let Some(output) = promise.lock().unwrap().0.take() {
            RUNS.store(false, Ordering::Relaxed);
            return output;
        }
        park();
    }
}

/// Polls who is in line now. Who lines up meanwhile waits for a look at the rest.
fn run() {
    let in_line = QUEUE.lock().unwrap().0.len();
    (0..in_line).for_each(|_| poll(next()));
}

/// Sleeps until there is something to do; if somebody is in line, only looks.
pub fn park() {
    // As in stage 7, but say in `PARKED` that the loop sleeps, before the look at the
    // queue, and take that back after the sleep. `wake` has the other order: one of the
    // two sees what the other did.
    unimplemented!("`park` is yours to write")
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
    let file = document::read_file(sleep(2 * second()), read_to_string(PATH));
    let other = document::other_work(sleep(second()));
    let (content, result) = gather(file, other).await;
    document::tell(content, result)
}

/// Run when the kit finds nothing wrong any more.
pub fn main() -> io::Result<()> {
    ladder::timed(|| block_on(program()))
}
