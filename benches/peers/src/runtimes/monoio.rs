//! monoio, by epoll, which every Linux allows, and by io_uring.

use std::future::Future;
use std::time::Duration;

use ::monoio::blocking::DefaultThreadPool;
use ::monoio::task::JoinHandle;
use ::monoio::{IoUringDriver, LegacyDriver, RuntimeBuilder};

use crate::peer::Peer;
use crate::system;

pub(crate) struct Epoll;

pub(crate) struct Uring;

macro_rules! peer {
    ($peer:ident by $driver:ident, $system:ty) => {
        impl Peer for $peer {
            type Handle<T: 'static> = JoinHandle<T>;
            type Joined<T: 'static> = T;
            type System = $system;

            fn block_on<F: Future + 'static>(main: F) -> F::Output
            where
                F::Output: 'static,
            {
                let runtime = RuntimeBuilder::<$driver>::new()
                    .attach_thread_pool(Box::new(DefaultThreadPool::new(4)))
                    .enable_timer()
                    .build();
                runtime.expect("a runtime").block_on(main)
            }

            fn block_on_pool<F: Future + 'static>(_main: F) -> Option<F::Output> {
                None
            }

            fn make() -> bool {
                let runtime = RuntimeBuilder::<$driver>::new().enable_timer().build();
                runtime.is_ok()
            }

            fn spawn<F: Future + 'static>(task: F) -> JoinHandle<F::Output>
            where
                F::Output: 'static,
            {
                ::monoio::spawn(task)
            }

            fn output<T: 'static>(joined: T) -> T {
                joined
            }

            fn sleep(duration: Duration) -> Option<impl Future<Output = ()> + 'static> {
                Some(::monoio::time::sleep(duration))
            }

            fn job<T: Send + 'static>(
                job: impl FnOnce() -> T + Send + 'static,
            ) -> Option<impl Future<Output = T> + 'static> {
                let job = ::monoio::spawn_blocking(job);
                Some(async { job.await.expect("an output") })
            }
        }
    };
}

// By epoll its files block the thread that it runs on.
peer!(Epoll by LegacyDriver, system::Nothing);
peer!(Uring by IoUringDriver, system::Monoio);
