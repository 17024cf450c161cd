//! glommio, which needs io_uring and some locked memory.

use std::future::Future;
use std::time::Duration;

use ::glommio::{LocalExecutor, LocalExecutorBuilder, Placement, Task};

use crate::peer::Peer;
use crate::system;

pub(crate) struct Glommio;

fn executor() -> Result<LocalExecutor, ::glommio::GlommioError<()>> {
    LocalExecutorBuilder::new(Placement::Unbound).make()
}

impl Peer for Glommio {
    type Handle<T: 'static> = Task<T>;
    type Joined<T: 'static> = T;
    type System = system::Glommio;

    fn block_on<F: Future + 'static>(main: F) -> F::Output {
        executor().expect("an executor").run(main)
    }

    fn block_on_pool<F: Future + 'static>(_main: F) -> Option<F::Output> {
        None
    }

    fn make() -> bool {
        executor().is_ok()
    }

    fn spawn<F: Future + 'static>(task: F) -> Task<F::Output>
    where
        F::Output: 'static,
    {
        ::glommio::spawn_local(task)
    }

    fn output<T: 'static>(joined: T) -> T {
        joined
    }

    fn sleep(duration: Duration) -> Option<impl Future<Output = ()> + 'static> {
        Some(::glommio::timer::sleep(duration))
    }

    fn job<T: Send + 'static>(
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Option<impl Future<Output = T> + 'static> {
        let executor = ::glommio::executor();
        Some(async move { executor.spawn_blocking(job).await })
    }
}
