//! Exercise 7: epoll, and a server.
//!
//!     cargo run --example exercise -- 7
//!
//! New: the loop sleeps in the kernel, which watches any number of descriptors and tells
//! of those that have changed. A task tries its operation; if it would block, the task
//! leaves its waker beside the descriptor. The second command serves `nc 127.0.0.1 7000`.
//!
//! Yours to write: `sleep_in_kernel`, `Source::ready`, `run` and `park`. The rest is the
//! stage's, and what earlier stages have finished is there: `ladder::stage_2` and so on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ladder::stage_2::{Promise, keep, redeem};
use ladder::stage_4::{QUEUE, line_up, new_number, next, waker};
use ladder::stage_6::{expire, sleep, time_left};
use ladder::{PATH, costs, document, say, second};
use mio::{Events, Interest, Poll as Selector, Token, unix::SourceFd};

thread_local! {
    pub static SELECTOR: RefCell<Selector> = RefCell::new(Selector::new().expect("an epoll"));
    /// Who waits for what the kernel tells.
    static WAITING: RefCell<BTreeMap<Token, Waker>> = RefCell::default();
}

/// Sleeps until the kernel tells of something, but no longer than this. Gives who waited.
pub fn sleep_in_kernel(limit: Option<Duration>) -> Vec<Waker> {
    // Count a park. Have `SELECTOR` wait for events, for no longer than `limit`. A signal
    // may interrupt it; that is no mistake. Take out of `WAITING` the wakers of the
    // tokens that it tells of.
    unimplemented!("`sleep_in_kernel` is yours to write")
}

/// A descriptor that the kernel watches. One task at a time may wait for it.
#[derive(Debug)]
pub struct Source<S: AsRawFd>(S, Token);

impl<S: AsRawFd> Source<S> {
    /// Of a descriptor that does not block, and what the kernel is to tell of it.
    pub fn new(io: S, interest: Interest) -> io::Result<Self> {
        let (fd, token) = (io.as_raw_fd(), Token(new_number()));
        SELECTOR.with_borrow(|selector| {
            let registry = selector.registry();
            registry.register(&mut SourceFd(&fd), token, interest)
        })?;
        Ok(Self(io, token))
    }

    /// Tries `operation`, again at each change that the kernel tells of, until it is done.
    pub async fn ready<T>(&self, mut operation: impl FnMut(&S) -> io::Result<T>) -> io::Result<T> {
        // Try the operation at each poll. If it would block, leave the waker in
        // `WAITING`, under this source's token. Anything else is the result, also an
        // error. Why must it be tried before it waits?
        unimplemented!("`Source::ready` is yours to write")
    }
}

/// The kernel forgets a descriptor that is closed.
impl<S: AsRawFd> Drop for Source<S> {
    fn drop(&mut self) {
        let _ = WAITING.try_with(|waiting| waiting.borrow_mut().remove(&self.1));
    }
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
    // Poll those who are in line now. One that lines up meanwhile has to wait, or it
    // could keep everybody from the kernel's events.
    unimplemented!("`run` is yours to write")
}

/// Sleeps until there is something to do; if somebody is in line, only looks.
fn park() {
    // Sleep in the kernel until the next deadline. If somebody is in line, only look.
    // Then wake those of whom it told, and those whose time has come.
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
