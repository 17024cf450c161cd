//! compio, with whatever driver it finds: io_uring where it is allowed, else polling.

use std::future::Future;
use std::time::Duration;

use ::compio::driver::{DriverType, ProactorBuilder};
use ::compio::runtime::{JoinError, JoinHandle, Runtime};

use crate::peer::Peer;
use crate::system;

pub(crate) struct Compio;

impl Peer for Compio {
    type Handle<T: 'static> = JoinHandle<T>;
    type Joined<T: 'static> = Result<T, JoinError>;
    type System = system::Compio;

    fn block_on<F: Future + 'static>(main: F) -> F::Output {
        Runtime::new().expect("a runtime").block_on(main)
    }

    /// Its polling driver has threads do what no descriptor tells of.
    fn block_on_pool<F: Future + 'static>(main: F) -> Option<F::Output> {
        let mut driver = ProactorBuilder::new();
        driver.driver_type(DriverType::Poll);
        let runtime = Runtime::builder().with_proactor(driver).build();
        Some(runtime.expect("a runtime").block_on(main))
    }

    fn make() -> bool {
        Runtime::new().is_ok()
    }

    fn spawn<F: Future + 'static>(task: F) -> JoinHandle<F::Output> {
        ::compio::runtime::spawn(task)
    }

    fn output<T: 'static>(joined: Self::Joined<T>) -> T {
        joined.expect("an output")
    }

    fn sleep(duration: Duration) -> Option<impl Future<Output = ()> + 'static> {
        Some(::compio::time::sleep(duration))
    }

    fn job<T: Send + 'static>(
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Option<impl Future<Output = T> + 'static> {
        let job = ::compio::runtime::spawn_blocking(job);
        Some(async { job.await.expect("an output") })
    }
}
