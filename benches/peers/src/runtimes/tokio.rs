//! tokio, for one thread: as nearly every program has it, and as its `LocalRuntime`.

use std::future::Future;
use std::time::Duration;

use ::tokio::runtime::{Builder, LocalOptions};
use ::tokio::task::{self, JoinError, JoinHandle, LocalSet};

use crate::peer::Peer;

/// Its tasks are in a `LocalSet`, which spawns faster than `tokio::spawn`.
pub(crate) struct CurrentThread;

pub(crate) struct Local;

fn builder() -> Builder {
    let mut builder = Builder::new_current_thread();
    builder.enable_all();
    builder
}

fn job<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = T> + 'static {
    let job = task::spawn_blocking(job);
    async { job.await.expect("an output") }
}

impl Peer for CurrentThread {
    type Handle<T: 'static> = JoinHandle<T>;
    type Joined<T: 'static> = Result<T, JoinError>;

    fn block_on<F: Future + 'static>(main: F) -> F::Output {
        let runtime = builder().build().expect("a runtime");
        LocalSet::new().block_on(&runtime, main)
    }

    fn make() -> bool {
        builder().build().is_ok()
    }

    fn spawn<F: Future + 'static>(task: F) -> JoinHandle<F::Output> {
        task::spawn_local(task)
    }

    fn output<T: 'static>(joined: Result<T, JoinError>) -> T {
        joined.expect("an output")
    }

    fn sleep(duration: Duration) -> Option<impl Future<Output = ()> + 'static> {
        Some(::tokio::time::sleep(duration))
    }

    fn job<T: Send + 'static>(
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<impl Future<Output = T> + 'static> {
        Some(job(work))
    }
}

impl Peer for Local {
    type Handle<T: 'static> = JoinHandle<T>;
    type Joined<T: 'static> = Result<T, JoinError>;

    fn block_on<F: Future + 'static>(main: F) -> F::Output {
        let runtime = builder().build_local(LocalOptions::default());
        runtime.expect("a runtime").block_on(main)
    }

    fn make() -> bool {
        builder().build_local(LocalOptions::default()).is_ok()
    }

    fn spawn<F: Future + 'static>(task: F) -> JoinHandle<F::Output> {
        task::spawn_local(task)
    }

    fn output<T: 'static>(joined: Result<T, JoinError>) -> T {
        joined.expect("an output")
    }

    fn sleep(duration: Duration) -> Option<impl Future<Output = ()> + 'static> {
        Some(::tokio::time::sleep(duration))
    }

    fn job<T: Send + 'static>(
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<impl Future<Output = T> + 'static> {
        Some(job(work))
    }
}
