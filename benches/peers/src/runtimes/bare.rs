//! No runtime: the limit. Nothing waits here but in a blocking call of std's, so every future
//! is ready when it is polled, and a task runs to its end where it is spawned.

use std::future::{self, Future, Ready};
use std::time::Duration;

use ::futures::FutureExt as _;

use crate::peer::{Lacks, Peer};
use crate::system;

pub(crate) struct Bare;

impl Peer for Bare {
    type Handle<T: 'static> = Ready<T>;
    type Joined<T: 'static> = T;
    type System = system::Bare;

    fn block_on<F: Future + 'static>(main: F) -> F::Output {
        main.now_or_never()
            .expect("blocking calls leave nothing to wait for")
    }

    fn make() -> bool {
        false
    }

    fn spawn<F: Future + 'static>(task: F) -> Ready<F::Output>
    where
        F::Output: 'static,
    {
        future::ready(Self::block_on(task))
    }

    fn output<T: 'static>(joined: T) -> T {
        joined
    }

    fn sleep(_duration: Duration) -> Option<impl Future<Output = ()> + 'static> {
        None::<Lacks<()>>
    }

    fn job<T: Send + 'static>(
        _job: impl FnOnce() -> T + Send + 'static,
    ) -> Option<impl Future<Output = T> + 'static> {
        None::<Lacks<T>>
    }
}
