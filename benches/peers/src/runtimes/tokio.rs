//! tokio, for one thread: as nearly every program has it, and as its `LocalRuntime`.

use std::future::Future;
use std::time::Duration;

use ::tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use ::tokio::task::{self, JoinError, JoinHandle, LocalSet};

use crate::peer::Peer;
use crate::system;

/// Its tasks are in a `LocalSet`, which spawns faster than `tokio::spawn`.
pub(crate) struct CurrentThread;

pub(crate) struct Local;

fn builder() -> Builder {
    let mut builder = Builder::new_current_thread();
    builder.enable_all();
    builder
}

/// What differs is how a runtime is made, and how it is gone through.
macro_rules! peer {
    ($peer:ident, $make:expr, $block_on:expr) => {
        impl Peer for $peer {
            type Handle<T: 'static> = JoinHandle<T>;
            type Joined<T: 'static> = Result<T, JoinError>;
            type System = system::Tokio;

            fn block_on<F: Future + 'static>(main: F) -> F::Output {
                $block_on($make.expect("a runtime"), main)
            }

            fn make() -> bool {
                $make.is_ok()
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
                job: impl FnOnce() -> T + Send + 'static,
            ) -> Option<impl Future<Output = T> + 'static> {
                let job = task::spawn_blocking(job);
                Some(async { job.await.expect("an output") })
            }
        }
    };
}

peer!(CurrentThread, builder().build(), |runtime, main| {
    LocalSet::new().block_on(&runtime, main)
});
peer!(
    Local,
    builder().build_local(LocalOptions::default()),
    |runtime: LocalRuntime, main| runtime.block_on(main)
);
