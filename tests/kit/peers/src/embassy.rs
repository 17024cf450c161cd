//! embassy-executor's executor for std.
//!
//! It is made for firmware, so it never returns, its tasks stand in static memory, and it
//! has no handles. Here block_on leaves it by unwinding when its future has ended; each
//! task's memory is leaked and used again, and a handle is a flag that the task sets.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::task::{Poll, Waker};

use buzzer_kit::{Executor, LocalFuture};
use embassy_executor::raw::TaskStorage;
use embassy_executor::{Executor as Embassy, Spawner};
use embassy_time::{Duration, Timer};

type Storage = TaskStorage<LocalFuture>;

/// The executor of this thread, and the memory of its tasks.
#[derive(Clone)]
struct Current {
    spawner: Spawner,
    storages: Rc<RefCell<Vec<&'static Storage>>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// Leaves the thread as it was.
struct Entered(Option<Current>);

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Unwinds out of the loop, and is no panic.
struct HasEnded;

pub(crate) fn executor() -> Executor {
    Executor::new("embassy", block_on)
        .spawn(spawn)
        .sleep(|duration| {
            // Its clock counts microseconds: a part of one is a whole one.
            let microseconds = duration.as_nanos().div_ceil(1_000);
            let microseconds = u64::try_from(microseconds).unwrap_or(u64::MAX);
            Box::pin(Timer::after(Duration::from_micros(microseconds)))
        })
}

fn block_on(future: LocalFuture) {
    let embassy = Box::leak(Box::new(Embassy::new()));
    let _entered = Entered(CURRENT.take());
    let left: Result<(), _> = catch_unwind(AssertUnwindSafe(|| {
        embassy.run(|spawner| {
            CURRENT.set(Some(Current {
                spawner,
                storages: Rc::default(),
            }));
            put(Box::pin(async {
                future.await;
                resume_unwind(Box::new(HasEnded));
            }));
        })
    }));
    if let Err(panic) = left
        && !panic.is::<HasEnded>()
    {
        resume_unwind(panic);
    }
}

fn spawn(future: LocalFuture) -> LocalFuture {
    let end = Rc::new((Cell::new(false), RefCell::new(None::<Waker>)));
    let of_task = end.clone();
    put(Box::pin(async move {
        future.await;
        of_task.0.set(true);
        let waits = of_task.1.take();
        waits.into_iter().for_each(Waker::wake);
    }));
    Box::pin(poll_fn(move |cx| {
        *end.1.borrow_mut() = Some(cx.waker().clone());
        match end.0.get() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }))
}

/// Into the memory of a task that has ended, or into new memory.
fn put(future: LocalFuture) {
    let current = CURRENT.with_borrow(Clone::clone);
    let Current { spawner, storages } = current.expect("called within block_on");
    let mut future = Some(future);
    let mut take = || {
        future
            .take()
            .expect("a storage that refuses does not ask for it")
    };
    let storages = &mut *storages.borrow_mut();
    for (index, storage) in storages.iter().enumerate() {
        if spawner.spawn(storage.spawn(&mut take)).is_ok() {
            // Free ones come first in the line the next time.
            let used = storages.remove(index);
            storages.push(used);
            return;
        }
    }
    let storage: &'static Storage = Box::leak(Box::new(Storage::new()));
    storages.push(storage);
    spawner.must_spawn(storage.spawn(take));
}
