//! Exercise 9: what goes wrong, and the end.
//!
//!     cargo run --example exercise -- 9
//!
//! New: a panic ends its task and nothing else, and who awaits the task is told. `abort`
//! has a task dropped at its next turn. A budget has a task whose futures are always ready
//! yield now and then. And when `block_on` ends, so has all that it has made.
//!
//! Yours to write: `Handle::abort`, `Kept::drop`, `proceed`, `End::drop` and `poll`. The
//! rest is the stage's, and what earlier stages have finished is there: `ladder::stage_2`
//! and so on.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use ladder::stage_2::{Promise, keep, redeem};
use ladder::stage_4::{QUEUE, line_up, new_number, next};
use ladder::stage_6::sleep;
use ladder::stage_8::{POOL, contain, park, read_to_string, waker};
use ladder::{PATH, costs, document, say, second};

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
        // Note the task in `ABORTED`, and give it a turn: there it will end.
        unimplemented!("`Handle::abort` is yours to write")
    }
}

/// A promise that is kept in any case: with nothing, if its task is dropped.
struct Kept<T>(Promise<Option<T>>);

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        // The task has ended, in whatever way: keep the promise with nothing, which
        // changes nothing if it is kept.
    }
}

/// Takes one from the budget. If none is left, the task has another turn first.
fn proceed(cx: &mut Context<'_>) -> Poll<()> {
    // Take one from `BUDGET`. Ready, if something is left. If not, the task wakes itself
    // and yields: it has another turn after the others.
    unimplemented!("`proceed` is yours to write")
}

/// Both at once: each is a task, and polled when it was woken itself.
pub async fn gather<A: 'static, B: 'static>(
    a: impl Future<Output = A> + 'static,
    b: impl Future<Output = B> + 'static,
) -> (Option<A>, Option<B>) {
    let (a, b) = (spawn(a), spawn(b));
    (a.await, b.await)
}

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
        // Drop all tasks that are left, with `contain` around each: the table can't be
        // borrowed meanwhile, since a task may spawn when it is dropped, and that one is
        // to be dropped, too. Then end the pool: no sender, and all threads joined. At
        // last, `RUNS` may be taken by the next one.
    }
}

/// Polls who is in line now. Who lines up meanwhile waits for a look at the rest.
fn run() {
    let in_line = QUEUE.lock().unwrap().0.len();
    (0..in_line).for_each(|_| poll(next()));
}

fn poll(number: usize) {
    // As in stage 5, but: one that is noted in `ABORTED` (take it out there) is not
    // polled and not put back. It has a budget of 128 while it is polled, and `u32::MAX`
    // counts as none. A panic is contained, and ends the task. The drop of a task that
    // has ended may panic, too.
    unimplemented!("`poll` is yours to write")
}

async fn program() -> io::Result<()> {
    say("Starting tasks.");
    let file = document::read_file(sleep(2 * second()), read_to_string(PATH));
    let other = document::other_work(sleep(second()));
    let (content, result) = gather(file, other).await;
    document::tell(content.expect("no panic"), result.expect("no panic"))
}

/// Run when the kit finds nothing wrong any more.
pub fn main() -> io::Result<()> {
    ladder::timed(|| block_on(program()))
}
