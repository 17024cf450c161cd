//! Stage 7: epoll, and a server.
//!
//!     cargo run --example 7_epoll
//!     cargo run --example 7_epoll -- 127.0.0.1:7000
//!
//! New: the loop sleeps in the kernel, which watches any number of descriptors and tells
//! of those that have changed. A task tries its operation; if it would block, the task
//! leaves its waker beside the descriptor. The second command serves `nc 127.0.0.1 7000`.
//!
//! Still wrong: a wake from another thread lines its task up, but does not end the sleep:
//! the kernel knows nothing of the queue. Next: 8_threads, which tells it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ladder::stage_2::{Promise, keep, redeem};
use ladder::stage_4::{QUEUE, line_up, new_number, next, waker};
use ladder::stage_6::{expire, sleep, time_left};
use ladder::{PATH, costs, document, say, second};
use mio::{Events, Interest, Poll as Selector, Token, unix::SourceFd};

mod echo;

// ANCHOR: reactor
thread_local! {
    pub static SELECTOR: RefCell<Selector> = RefCell::new(Selector::new().expect("an epoll"));
    /// Who waits for what the kernel tells.
    static WAITING: RefCell<BTreeMap<Token, Waker>> = RefCell::default();
}

/// Sleeps until the kernel tells of something, but no longer than this. Gives who waited.
pub fn sleep_in_kernel(limit: Option<Duration>) -> Vec<Waker> {
    costs::PARKS.add();
    let mut events = Events::with_capacity(64);
    let slept = SELECTOR.with_borrow_mut(|selector| selector.poll(&mut events, limit));
    let is_refused = slept.is_err_and(|error| error.kind() != ErrorKind::Interrupted);
    assert!(!is_refused, "the kernel does not tell of events");
    let tokens = events.iter().map(|event| event.token());
    WAITING.with_borrow_mut(|waiting| tokens.filter_map(|it| waiting.remove(&it)).collect())
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
        poll_fn(|cx| match operation(&self.0) {
            // What changes from here on is told in the next sleep, and not before.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let waker = cx.waker().clone();
                drop(WAITING.with_borrow_mut(|waiting| waiting.insert(self.1, waker)));
                Poll::Pending
            }
            done => Poll::Ready(done),
        })
        .await
    }
}

/// The kernel forgets a descriptor that is closed.
impl<S: AsRawFd> Drop for Source<S> {
    fn drop(&mut self) {
        let _ = WAITING.try_with(|waiting| waiting.borrow_mut().remove(&self.1));
    }
}
// ANCHOR_END: reactor

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
fn park() {
    let is_idle = QUEUE.lock().unwrap().0.is_empty();
    let limit = (!is_idle).then_some(Duration::ZERO);
    let told = sleep_in_kernel(limit.or_else(time_left));
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
    // Reading holds up everybody. Stage 8 has the cure.
    let reads = async { fs::read_to_string(PATH) };
    let file = document::read_file(sleep(2 * second()), reads);
    let other = document::other_work(sleep(second()));
    let (content, result) = gather(file, other).await;
    document::tell(content, result)
}
// ANCHOR_END: program

fn main() -> ExitCode {
    let serve = |address| block_on(echo::serve(address));
    ladder::run_or_serve(|| block_on(program()), serve)
}
