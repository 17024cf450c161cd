//! Stage 9: what goes wrong, and the end.
//!
//!     cargo run --example 9_end
//!
//! New: a panic ends its task and nothing else, and who awaits the task is told. `abort`
//! has a task dropped at its next turn. A budget has a task whose futures are always ready
//! yield now and then. And when `block_on` ends, so has all that it has made.
//!
//! Still wrong: a number does not say whose task it is, so the process has one executor;
//! nobody learns why a task panicked; and of all futures only handles take from the budget.
//! Next: README.md, the map into the real one.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use ladder::stage_2::{Promise, keep, redeem};
use ladder::stage_4::{QUEUE, line_up, new_number, next};
use ladder::stage_6::sleep;
use ladder::stage_8::{POOL, contain, park, read_to_string, waker};
use ladder::{PATH, costs, document, say, second};

// ANCHOR: executor
type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// By their numbers, but for the one that is polled.
    static TASKS: RefCell<BTreeMap<usize, Task>> = const { RefCell::new(BTreeMap::new()) };
    static ABORTED: RefCell<BTreeSet<usize>> = const { RefCell::new(BTreeSet::new()) };
    /// How often the futures of this poll may still be ready.
    static BUDGET: Cell<u32> = const { Cell::new(u32::MAX) };
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
    let kept = Kept(promise.clone());
    let number = insert(Box::pin(async move { keep(&kept.0, Some(future.await)) }));
    Handle(promise, number)
}

/// Is ready when its task has ended: with nothing, if that panicked or was aborted.
#[derive(Debug)]
pub struct Handle<T>(Promise<Option<T>>, usize);

impl<T> Future for Handle<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(proceed(cx));
        pin!(redeem(self.0.clone())).poll(cx)
    }
}

impl<T> Handle<T> {
    pub fn abort(&self) {
        ABORTED.with_borrow_mut(|aborted| aborted.insert(self.1));
        line_up(self.1);
    }
}

/// A promise that is kept in any case: with nothing, if its task is dropped.
struct Kept<T>(Promise<Option<T>>);

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        keep(&self.0, None);
    }
}

/// Takes one from the budget. If none is left, the task has another turn first.
fn proceed(cx: &mut Context<'_>) -> Poll<()> {
    BUDGET.set(BUDGET.get().saturating_sub(1));
    if BUDGET.get() > 0 {
        return Poll::Ready(());
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// Both at once: each is a task, and polled when it was woken itself.
pub async fn gather<A: 'static, B: 'static>(
    a: impl Future<Output = A> + 'static,
    b: impl Future<Output = B> + 'static,
) -> (Option<A>, Option<B>) {
    let (a, b) = (spawn(a), spawn(b));
    (a.await, b.await)
}
// ANCHOR_END: spawn

// ANCHOR: block_on
/// Polls who was woken, until `main` has ended. Then all that is left ends.
pub fn block_on<T: 'static>(main: impl Future<Output = T> + 'static) -> T {
    let runs = RUNS.swap(true, Ordering::Relaxed);
    assert!(!runs, "one `block_on` at a time in the process");
    let _end = End;
    let main = spawn(main);
    loop {
        run();
        if let Some(output) = main.0.lock().unwrap().0.take() {
            return output.expect("the future of `block_on` panicked");
        }
        park();
    }
}

struct End;

impl Drop for End {
    fn drop(&mut self) {
        // What one spawns when it is dropped is in the table, too.
        while let Some((_, task)) = TASKS.with_borrow_mut(BTreeMap::pop_first) {
            let _ = contain(|| drop(task));
        }
        if let Some((sender, threads)) = POOL.take() {
            drop(sender);
            threads.into_iter().for_each(|thread| _ = thread.join());
        }
        RUNS.store(false, Ordering::Relaxed);
    }
}

/// Polls who is in line now. Who lines up meanwhile waits for a look at the rest.
fn run() {
    let in_line = QUEUE.lock().unwrap().0.len();
    (0..in_line).for_each(|_| poll(next()));
}

fn poll(number: usize) {
    let is_aborted = ABORTED.with_borrow_mut(|aborted| aborted.remove(&number));
    // Out of the table while it is polled, so that it may spawn.
    let Some(mut task) = TASKS.with_borrow_mut(|tasks| tasks.remove(&number)) else {
        return; // It has ended, and was woken once more.
    };
    costs::POLLS.add();
    let waker = waker(number);
    let mut cx = Context::from_waker(&waker);
    BUDGET.set(128);
    let is_left = contain(|| !is_aborted && task.as_mut().poll(&mut cx).is_pending());
    BUDGET.set(u32::MAX);
    if is_left.unwrap_or(false) {
        TASKS.with_borrow_mut(|tasks| tasks.insert(number, task));
    } else {
        let _ = contain(|| drop(task));
    }
}
// ANCHOR_END: block_on

// ANCHOR: program
async fn program() -> io::Result<()> {
    say("Starting tasks.");
    let file = document::read_file(sleep(2 * second()), read_to_string(PATH));
    let other = document::other_work(sleep(second()));
    let (content, result) = gather(file, other).await;
    document::tell(content.expect("no panic"), result.expect("no panic"))
}
// ANCHOR_END: program

fn main() -> ExitCode {
    ladder::run(|| block_on(program()))
}
