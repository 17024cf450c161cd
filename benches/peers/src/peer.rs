//! What a row needs of a runtime. Written by the files of `runtimes/`, used by `work/`.

use std::future::Future;
use std::time::Duration;

use crate::system::System;

/// A runtime for one thread, by functions that find the one that this thread is in. What it
/// does not have gives `None`, and its rows are not measured.
pub trait Peer: 'static {
    /// A task's handle.
    type Handle<T: 'static>: Future<Output = Self::Joined<T>> + 'static;
    /// What awaiting it gives.
    type Joined<T: 'static>;
    /// Its files and children.
    type System: System;

    /// Makes a runtime, drives `main` on it to its end, and drops it.
    fn block_on<F: Future + 'static>(main: F) -> F::Output
    where
        F::Output: 'static;

    /// As [`block_on`](Self::block_on), with files done by threads alone; `None` if it can't
    /// be told to.
    fn block_on_pool<F: Future + 'static>(main: F) -> Option<F::Output>
    where
        F::Output: 'static,
    {
        Some(Self::block_on(main))
    }

    /// Makes a runtime and drops it; `false` if there is none to be made.
    fn make() -> bool;

    fn spawn<F: Future + 'static>(task: F) -> Self::Handle<F::Output>
    where
        F::Output: 'static;

    /// The output of a task that has neither panicked nor been cancelled.
    fn output<T: 'static>(joined: Self::Joined<T>) -> T;

    /// Awaits them all at once, in the task that awaits this. Nobody but buzzer has
    /// something of its own for any number of them: a program takes that of futures.
    fn gather<F: Future + 'static>(
        futures: Vec<F>,
    ) -> impl Future<Output = Vec<F::Output>> + 'static
    where
        F::Output: 'static,
    {
        futures::future::join_all(futures)
    }

    fn sleep(duration: Duration) -> Option<impl Future<Output = ()> + 'static>;

    /// Does a job on a thread that may be blocked.
    fn job<T: Send + 'static>(
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Option<impl Future<Output = T> + 'static>;
}

/// A future of no type, for who has no such thing.
pub type Lacks<T> = std::future::Ready<T>;
