//! Exercise 4: the waker becomes a number.
//!
//!     cargo run --example exercise -- 4
//!
//! New: a waker has room for one pointer, and a number fits there. A clone copies it, a
//! drop does nothing, and it keeps nothing alive: no number is given twice. It goes to one
//! queue, which any thread may reach, and where nobody stands twice.
//!
//! Yours to write: `waker`, `wake`, `Queue::push`, `Queue::pop`, `line_up` and `next`.
//! The rest is the stage's, and what earlier stages have finished is there:
//! `ladder::stage_2` and so on.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::Pin;
use std::ptr::without_provenance;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::task::{Context, RawWaker, RawWakerVTable, Waker};
use std::{fs, io};

use ladder::stage_2::{Promise, keep, redeem, sleep};
use ladder::{PATH, costs, document, say, second};

/// What wakes a task: its number, and nothing else.
pub fn waker(number: usize) -> Waker {
    // Make a `Waker` of `VTABLE` and of a pointer that is the number and points nowhere.
    // It takes an `unsafe` block: say in a comment why it holds.
    unimplemented!("`waker` is yours to write")
}

static VTABLE: RawWakerVTable =
    RawWakerVTable::new(|number| RawWaker::new(number, &VTABLE), wake, wake, |_| {});

fn wake(number: *const ()) {
    // Count the wake, and line up the task whose number this pointer is.
    unimplemented!("`wake` is yours to write")
}

/// Who is to be polled: in order, and as a set, so that nobody stands there twice.
#[derive(Debug, Default)]
pub struct Queue(pub VecDeque<usize>, BTreeSet<usize>);

impl Queue {
    pub fn push(&mut self, number: usize) {
        // At the end of the line, unless it stands there already. The set knows that
        // without a search.
        unimplemented!("`Queue::push` is yours to write")
    }

    /// Whose turn it is. From here on it may stand in line again.
    pub fn pop(&mut self) -> Option<usize> {
        // The first of the line. From now on it may stand there again, so the set has to
        // forget it.
        unimplemented!("`Queue::pop` is yours to write")
    }
}

/// One for the process, since a number does not say whose task it is.
pub static QUEUE: Mutex<Queue> = Mutex::new(Queue(VecDeque::new(), BTreeSet::new()));
pub static LINED_UP: Condvar = Condvar::new();

pub fn line_up(number: usize) {
    // Into the queue, and tell who sleeps in `next`. This may be another thread.
    unimplemented!("`line_up` is yours to write")
}

/// Whose turn it is. While it is nobody's, the thread sleeps.
pub fn next() -> usize {
    // Whose turn it is. While the queue is empty, count a park and wait on `LINED_UP`,
    // which gives up the lock and sleeps in one step.
    unimplemented!("`next` is yours to write")
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// By their numbers, but for the one that is polled.
    static TASKS: RefCell<BTreeMap<usize, Task>> = const { RefCell::new(BTreeMap::new()) };
}
static RUNS: AtomicBool = AtomicBool::new(false);

/// A number that nobody has had before.
pub fn new_number() -> usize {
    static GIVEN: AtomicUsize = AtomicUsize::new(0);
    GIVEN.fetch_add(1, Ordering::Relaxed)
}

/// Makes a task of `future`. It is polled when its turn comes, not now.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    let number = new_number();
    TASKS.with_borrow_mut(|tasks| tasks.insert(number, Box::pin(future)));
    line_up(number);
}

/// Polls who was woken, until `main` has ended. Other tasks may be left then.
pub fn block_on<T: 'static>(main: impl Future<Output = T> + 'static) -> T {
    let runs = RUNS.swap(true, Ordering::Relaxed);
    assert!(!runs, "one `block_on` at a time in the process");
    let promise = Promise::default();
    let kept = promise.clone();
    spawn(async move { keep(&kept, main.await) });
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
