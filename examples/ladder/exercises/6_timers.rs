//! Exercise 6: timers.
//!
//!     cargo run --example exercise -- 6
//!
//! New: a `sleep` leaves its waker in a table, beside its deadline, and needs no thread.
//! The loop sleeps until the first deadline there, or until a wake, and wakes whose time
//! has come. A sleep that is dropped takes its waker out again.
//!
//! Yours to write: `Sleep::poll`, `Sleep::drop`, `time_left`, `expire` and `next`. The
//! rest is the stage's, and what earlier stages have finished is there: `ladder::stage_2`
//! and so on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use std::{fs, io, mem};

use ladder::stage_2::{Promise, keep, redeem};
use ladder::stage_4::{LINED_UP, QUEUE, line_up, new_number, waker};
use ladder::{PATH, costs, document, say, second};

thread_local! {
    /// By their deadlines; the number tells those of one deadline apart.
    static TIMERS: RefCell<BTreeMap<(Instant, usize), Waker>> = RefCell::default();
}

/// Is ready once so much time has passed.
pub fn sleep(duration: Duration) -> Sleep {
    let century = Duration::from_secs(100 * 365 * 86_400); // More is for ever.
    Sleep((Instant::now() + duration.min(century), new_number()))
}

#[derive(Debug)]
pub struct Sleep((Instant, usize));

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Ready from its deadline on. Until then it leaves its waker in `TIMERS`, in the
        // place of the one of an earlier poll.
        unimplemented!("`Sleep::poll` is yours to write")
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        // Who dropped it wants no wake from it any more. When the thread ends, `TIMERS`
        // may be gone before: `try_with`.
    }
}

/// How long until the next deadline.
pub fn time_left() -> Option<Duration> {
    // How long until the first deadline of `TIMERS`: nothing, if there is none; zero, if
    // it has passed.
    unimplemented!("`time_left` is yours to write")
}

/// Wakes whose time has come, the earliest first.
pub fn expire() {
    // Take out of `TIMERS` whose deadline has passed, and wake them, the earliest first.
    // The table can't be borrowed while wakers run.
    unimplemented!("`expire` is yours to write")
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
        poll(next());
        if let Some(output) = promise.lock().unwrap().0.take() {
            RUNS.store(false, Ordering::Relaxed);
            return output;
        }
    }
}

/// Whose turn it is. While it is nobody's, the thread sleeps, until the next deadline.
fn next() -> usize {
    // Whose turn it is. First expire what is due. If nobody is in line, count a park, and
    // wait on `LINED_UP`: until the first deadline, or for ever if there is none. Then
    // look again.
    unimplemented!("`next` is yours to write")
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
