//! Stage 8: other threads.
//!
//!     cargo run --example 8_threads
//!
//! New: the loop says when it sleeps, and a wake ends the sleep. So work that blocks, as
//! the reading of a file, goes to a pool of threads, and promises bring back its outputs.
//!
//! Still wrong: a task's panic takes the loop along. Nobody can end a task, one that is
//! always ready keeps the others waiting, and those left at the end stay. Next: 9_end.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::process::ExitCode;
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

// ANCHOR: waker
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
    costs::WAKES.add();
    line_up(number.addr());
    // In this order, as `park` has the other: one of the two sees what the other did.
    if let Some(unpark) = PARKED.lock().unwrap().take() {
        unpark.wake().expect("the loop can be told");
    }
}
// ANCHOR_END: waker

// ANCHOR: pool
type Pool = (Sender<Box<dyn FnOnce() + Send>>, Vec<JoinHandle<()>>);

thread_local! {
    /// What jobs are sent to, once there is one: four threads.
    pub static POOL: RefCell<Option<Pool>> = const { RefCell::new(None) };
}

fn start_pool() -> Pool {
    let (sender, jobs) = unbounded::<Box<dyn FnOnce() + Send>>();
    let threads = [(); 4].map(|()| {
        costs::THREADS.add();
        let jobs = jobs.clone();
        thread::spawn(move || jobs.iter().for_each(|job| job()))
    });
    (sender, threads.into())
}

/// Runs `job` on a thread that may block. Is ready when it is: with its output, or panic.
pub fn elsewhere<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = thread::Result<T>> {
    let promise = Promise::default();
    let kept = promise.clone();
    let job = Box::new(move || keep(&kept, contain(job)));
    let _ = POOL.with_borrow_mut(|pool| pool.get_or_insert_with(start_pool).0.send(job));
    redeem(promise)
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
// ANCHOR_END: pool

// ANCHOR: executor
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
// ANCHOR_END: executor

// ANCHOR: spawn
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
// ANCHOR_END: spawn

// ANCHOR: block_on
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
    *PARKED.lock().unwrap() = Some(UNPARK.with(Arc::clone));
    let is_idle = QUEUE.lock().unwrap().0.is_empty();
    let limit = (!is_idle).then_some(Duration::ZERO);
    let told = sleep_in_kernel(limit.or_else(time_left));
    *PARKED.lock().unwrap() = None;
    told.into_iter().for_each(Waker::wake);
    expire();
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
// ANCHOR_END: block_on

// ANCHOR: program
async fn program() -> io::Result<()> {
    say("Starting tasks.");
    let file = document::read_file(sleep(2 * second()), read_to_string(PATH));
    let other = document::other_work(sleep(second()));
    let (content, result) = gather(file, other).await;
    document::tell(content, result)
}
// ANCHOR_END: program

fn main() -> ExitCode {
    ladder::run(|| block_on(program()))
}
