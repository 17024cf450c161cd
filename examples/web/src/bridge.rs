//! For a library that insists on tokio: a tokio runtime on a thread of its own,
//! and a way to await on this loop what runs on that one.
//!
//! Owns [`Bridge`]. It needs nothing of buzzer but its wakers: the answer comes
//! through a oneshot channel, whose sender wakes the task that waits for it here.
//! That wake comes from another thread, so it goes through the runtime's inject
//! queue, as one through a [`Handle`](buzzer::runtime::Handle) does.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::pin;
use std::thread;

use futures::FutureExt;
use futures::future::{Either, select};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{LocalSet, spawn_local};

/// Begins a future, on the side thread.
type Call = Box<dyn FnOnce() + Send>;

/// What a future has come to: its output, or what it panicked with.
type Outcome<T> = Result<T, Box<dyn Any + Send>>;

/// A thread with a tokio runtime, where futures run that need one.
///
/// Dropping it ends the thread, and waits for that. Nobody awaits anything from it
/// by then, since [`run`](Self::run) borrows it. What the library itself has spawned
/// there is dropped at its next await.
///
/// # Examples
///
/// ```
/// let bridge = buzzer_web::bridge::Bridge::start("tokio-side")?;
/// let there = buzzer::block_on(bridge.run(async || {
///     // Panics where there is no tokio runtime.
///     tokio::time::sleep(std::time::Duration::from_millis(1)).await;
///     std::thread::current().name().map(str::to_owned)
/// }));
/// assert_eq!(there.as_deref(), Some("tokio-side"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Bridge {
    /// `None` only while it is dropped: the thread goes on until the queue is closed.
    calls: Option<mpsc::UnboundedSender<Call>>,
    /// As above.
    thread: Option<thread::JoinHandle<()>>,
}

impl Bridge {
    /// Starts the thread, and gives it `name`.
    ///
    /// # Errors
    ///
    /// When the system has no thread or no descriptors for it.
    pub fn start(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (calls, queue) = mpsc::unbounded_channel();
        let thread = thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || side_thread(runtime, queue))?;
        Ok(Self {
            calls: Some(calls),
            thread: Some(thread),
        })
    }

    /// Calls `call` on the side thread, drives its future to the end there, and gives
    /// the output here. The future need not be `Send`: only `call` and the output
    /// cross over.
    ///
    /// # Panics
    ///
    /// With what the future panicked with.
    ///
    /// # Cancel safety
    ///
    /// Dropping this drops the future on the side thread, at once or at its next
    /// await. What that means is the library's matter: a query that a server has
    /// begun may well go on there.
    pub async fn run<F, T>(&self, call: F) -> T
    where
        F: AsyncFnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let call: Call = Box::new(move || drop(spawn_local(drive(call, answer))));
        let calls = self.calls.as_ref().expect("only a drop takes it");
        let sent = calls.send(call);
        assert!(sent.is_ok(), "the side thread ends with the bridge");
        match answered.await {
            Ok(Ok(output)) => output,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => panic!("a future on the side thread panicked while it was dropped"),
        }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.calls = None;
        if let Some(thread) = self.thread.take() {
            // Its tasks contain their panics, and nothing else there can panic.
            let _ = thread.join();
        }
    }
}

/// Begins what comes through the queue, until the bridge has closed it.
fn side_thread(runtime: Runtime, mut queue: mpsc::UnboundedReceiver<Call>) {
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        while let Some(call) = queue.recv().await {
            call();
        }
    });
    let entered = runtime.enter();
    drop(local); // What is dropped with it may need the runtime too.
    drop(entered);
    // A blocking job that the library left behind, such as the look-up of a name,
    // must not hold up the end.
    runtime.shutdown_background();
}

/// Drives the future of `call` until it has ended or nobody waits for it any more.
async fn drive<T>(call: impl AsyncFnOnce() -> T, mut answer: oneshot::Sender<Outcome<T>>) {
    let outcome = {
        // Unwind safe: what a panic left half done is dropped, and not seen again.
        let future = pin!(AssertUnwindSafe(async move { call().await }).catch_unwind());
        match select(future, pin!(answer.closed())).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => return,
        }
    };
    // Fails if the one who waited left just now: then nobody wants the output.
    let _ = answer.send(outcome);
}
