//! The `LocalPool` of futures: tasks and nothing else.

use std::cell::RefCell;

use ::futures::executor::{LocalPool, LocalSpawner};
use ::futures::future::RemoteHandle;
use ::futures::task::LocalSpawnExt as _;
use buzzer_kit::{Executor, LocalFuture};

use crate::shared::shared;

thread_local! {
    static CURRENT: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
}

/// Leaves the thread as it was, also after a panic.
struct Entered(Option<LocalSpawner>);

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

pub(crate) fn executor() -> Executor {
    Executor::new("futures", |future| {
        let mut pool = LocalPool::new();
        let _entered = Entered(CURRENT.replace(Some(pool.spawner())));
        pool.run_until(future);
        // What is left of its tasks is dropped within it.
        drop(pool);
    })
    .spawn(spawn)
}

fn spawn(future: LocalFuture) -> LocalFuture {
    let spawner = CURRENT.with_borrow(Clone::clone);
    let spawner = spawner.expect("called within block_on");
    let task = spawner.spawn_local_with_handle(future);
    let task = task.expect("a pool that is not shutting down");
    shared(task, RemoteHandle::forget).0
}
