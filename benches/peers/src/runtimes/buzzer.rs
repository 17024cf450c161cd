//! buzzer.

use std::future::Future;
use std::time::Duration;

use ::buzzer::runtime::{Builder, FileIo, Runtime};
use ::buzzer::task::{JoinError, JoinHandle};

use crate::peer::Peer;
use crate::system;

pub(crate) struct Buzzer;

impl Peer for Buzzer {
    type Handle<T: 'static> = JoinHandle<T>;
    type Joined<T: 'static> = Result<T, JoinError>;
    type System = system::Buzzer;

    fn block_on<F: Future + 'static>(main: F) -> F::Output {
        Runtime::new().expect("a runtime").block_on(main)
    }

    fn block_on_pool<F: Future + 'static>(main: F) -> Option<F::Output> {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.file_io(FileIo::Pool).build();
        Some(runtime.expect("a runtime").block_on(main))
    }

    fn make() -> bool {
        Runtime::new().is_ok()
    }

    fn spawn<F: Future + 'static>(task: F) -> JoinHandle<F::Output> {
        ::buzzer::spawn(task)
    }

    fn output<T: 'static>(joined: Result<T, JoinError>) -> T {
        joined.expect("an output")
    }

    fn gather<F: Future + 'static>(
        futures: Vec<F>,
    ) -> impl Future<Output = Vec<F::Output>> + 'static {
        ::buzzer::gather(futures)
    }

    fn sleep(duration: Duration) -> Option<impl Future<Output = ()> + 'static> {
        Some(::buzzer::time::sleep(duration))
    }

    fn job<T: Send + 'static>(
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Option<impl Future<Output = T> + 'static> {
        let job = ::buzzer::task::spawn_blocking(job);
        Some(async { job.await.expect("an output") })
    }
}
