//! The shortest executor that is still correct: tasks, one queue, a waker, a loop.
//!
//!     cargo run --example by_hand
//!
//! It runs `async_read`'s program. Nothing spins and no wake is lost: `recv` on the
//! queue, a channel, looks and falls asleep in one step. Next: executor/src/lib.rs,
//! the real one, with what is missing here: one thread for all waits, caught panics.

use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};
use std::{cell::RefCell, env, fs, future::poll_fn, io, io::Write, pin::Pin, rc::Rc, thread};

/// What wakes a task: its number, and the queue to call it out in.
struct Buzzer(usize, mpsc::Sender<usize>);
impl Wake for Buzzer {
    fn wake(self: Arc<Self>) {
        let _ = self.1.send(self.0); // Err: the executor is gone, nobody waits.
    }
}

type Task = Pin<Box<dyn Future<Output = ()>>>;
struct Executor {
    tasks: RefCell<Vec<Option<Task>>>,
    tx: mpsc::Sender<usize>,
    queue: mpsc::Receiver<usize>,
}

impl Executor {
    /// Lines a task up: it is polled when its turn comes, not now.
    fn spawn<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> Promise<T> {
        let promise = Promise::default();
        let kept = promise.clone();
        let task = Box::pin(async move { keep(&kept, future.await) });
        self.tasks.borrow_mut().push(Some(task));
        let _ = self.tx.send(self.tasks.borrow().len() - 1);
        promise
    }

    /// Polls tasks in the order of their wakes, until `main` has ended.
    fn block_on<T: 'static>(&self, main: impl Future<Output = T> + 'static) -> T {
        let promise = self.spawn(main);
        loop {
            let number = self.queue.recv().expect("`tx` keeps the queue open");
            let waker = Arc::new(Buzzer(number, self.tx.clone())).into();
            // Out of the table while it is polled, so that it may spawn. `None`:
            // it has ended, and its number was called out once more.
            let mut task = self.tasks.borrow_mut()[number].take();
            let cx = &mut Context::from_waker(&waker);
            task.take_if(|task| task.as_mut().poll(cx).is_ready());
            self.tasks.borrow_mut()[number] = task;
            if let Some(output) = promise.lock().unwrap().0.take() {
                return output;
            }
        }
    }
}

/// A value to come and the waker of who waits for it, under one lock: the value
/// cannot slip in between "not there yet" and "wake me then".
type Promise<T> = Arc<Mutex<(Option<T>, Option<Waker>)>>;
fn keep<T>(promise: &Promise<T>, value: T) {
    let mut locked = promise.lock().unwrap();
    let (_, waker) = std::mem::replace(&mut *locked, (Some(value), None));
    drop(locked); // A waker is foreign code: it is called without the lock.
    waker.into_iter().for_each(Waker::wake);
}

fn redeem<T>(promise: Promise<T>) -> impl Future<Output = T> {
    poll_fn(move |cx| {
        let mut locked = promise.lock().unwrap();
        locked.1 = Some(cx.waker().clone()); // The last to poll is the one to wake.
        locked.0.take().map_or(Poll::Pending, Poll::Ready)
    })
}

/// Another thread does what takes long, and then sets off the buzzer.
async fn elsewhere<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> T {
    let promise = Promise::default();
    let kept = promise.clone();
    thread::spawn(move || keep(&kept, job()));
    redeem(promise).await
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "ASYNC: {line}")
}

fn main() -> io::Result<()> {
    let start = Instant::now();
    let (tx, queue) = mpsc::channel();
    let tasks = RefCell::default();
    let executor = Rc::new(Executor { tasks, tx, queue });
    let second = Duration::from_secs((env::args_os().len() < 2) as u64); // 0: `--no-wait`
    let spawner = executor.clone();
    executor.block_on(async move {
        let path = "dummy_async.txt";
        fs::write(path, "Hello Asynchronous World!")
            .map_err(|e| io::Error::other(format!("{path}: {e}")))?;
        say("Starting tasks.")?;
        let file = spawner.spawn(async move {
            say(&format!("Coroutine for {path} started, opening file..."))?;
            elsewhere(move || thread::sleep(2 * second)).await;
            let content = elsewhere(move || fs::read_to_string(path)).await?;
            say(&format!("Finished reading {path}.")).map(|()| content)
        });
        let other = spawner.spawn(async move {
            say("Other async work started...")?;
            elsewhere(move || thread::sleep(second)).await;
            say("Other async work done.").map(|()| "Other work completed")
        });
        let (content, result) = (redeem(file).await?, redeem(other).await?);
        say(&format!("Got content1: '{content:.10}'"))?;
        say(&format!("Other work result: '{result}'"))?;
        fs::remove_file(path)
    })?;
    let total = start.elapsed().as_secs_f32();
    say(&format!("Total time: {total:.2}s"))
}
