//! The `LocalPool` of futures: tasks and nothing else.

use std::cell::RefCell;
use std::future::Future;
use std::time::Duration;

use ::futures::executor::{LocalPool, LocalSpawner};
use ::futures::future::RemoteHandle;
use ::futures::task::LocalSpawnExt as _;

use crate::peer::{Lacks, Peer};
use crate::system;

pub(crate) struct Futures;

thread_local! {
    /// Who spawns has to have it, and a program hands it round: this costs no more.
    static CURRENT: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
}

impl Peer for Futures {
    type Handle<T: 'static> = RemoteHandle<T>;
    type Joined<T: 'static> = T;
    type System = system::Nothing;

    fn block_on<F: Future + 'static>(main: F) -> F::Output {
        let mut pool = LocalPool::new();
        CURRENT.set(Some(pool.spawner()));
        let output = pool.run_until(main);
        CURRENT.set(None);
        output
    }

    /// It is no more than a list of tasks, without a reactor or a timer to be made.
    fn make() -> bool {
        false
    }

    fn spawn<F: Future + 'static>(task: F) -> RemoteHandle<F::Output>
    where
        F::Output: 'static,
    {
        CURRENT.with_borrow(|current| {
            let spawner = current.as_ref().expect("within block_on");
            spawner.spawn_local_with_handle(task).expect("a pool")
        })
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
