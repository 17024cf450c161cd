//! Stage 6: timers.
//!
//!     cargo run --example 6_timers
//!
//! New: a `sleep` leaves its waker in a table, beside its deadline, and needs no thread.
//! The loop sleeps until the first deadline there, or until a wake, and wakes whose time
//! has come. A sleep that is dropped takes its waker out again.
//!
//! Still wrong: to wait for a socket somebody has to block on it, and here there is only
//! the one thread, with all tasks on it. Next: 7_epoll, where the kernel tells of all
//! sockets at once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use std::{fs, io, mem};

use ladder::stage_2::{Promise, keep, redeem};
use ladder::stage_4::{LINED_UP, QUEUE, line_up, new_number, waker};
use ladder::{PATH, costs, document, say, second};

// ANCHOR: timers
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
        if self.0.0 <= Instant::now() {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        drop(TIMERS.with_borrow_mut(|timers| timers.insert(self.0, waker)));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        // Err: the thread ends, and its timers have gone before.
        let _ = TIMERS.try_with(|timers| timers.borrow_mut().remove(&self.0));
    }
}

/// How long until the next deadline.
pub fn time_left() -> Option<Duration> {
    let next = TIMERS.with_borrow(|timers| timers.keys().next().copied());
    next.map(|(deadline, _)| deadline.saturating_duration_since(Instant::now()))
}

/// Wakes whose time has come, the earliest first.
pub fn expire() {
    let due = TIMERS.with_borrow_mut(|timers| {
        let later = timers.split_off(&(Instant::now(), usize::MAX));
        mem::replace(timers, later)
    });
    due.into_values().for_each(Waker::wake);
}
// ANCHOR_END: timers

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
        poll(next());
        if let Some(output) = promise.lock().unwrap().0.take() {
            RUNS.store(false, Ordering::Relaxed);
            return output;
        }
    }
}

/// Whose turn it is. While it is nobody's, the thread sleeps, until the next deadline.
fn next() -> usize {
    loop {
        expire();
        let mut queue = QUEUE.lock().unwrap();
        if let Some(number) = queue.pop() {
            return number;
        }
        costs::PARKS.add();
        match time_left() {
            None => drop(LINED_UP.wait(queue).unwrap()),
            Some(time) => drop(LINED_UP.wait_timeout(queue, time).unwrap()),
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
// ANCHOR_END: block_on

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
