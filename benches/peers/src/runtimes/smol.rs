//! smol: its `LocalExecutor`, run by its `block_on`, with async-io's reactor and the threads
//! of `blocking`.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use ::smol::{LocalExecutor, Task, Timer};

use crate::peer::Peer;
use crate::system;

pub(crate) struct Smol;

thread_local! {
    /// Who spawns has to have it, and a program hands it round: this costs no more.
    static CURRENT: RefCell<Option<Rc<LocalExecutor<'static>>>> = const { RefCell::new(None) };
}

impl Peer for Smol {
    type Handle<T: 'static> = Task<T>;
    type Joined<T: 'static> = T;
    type System = system::Smol;

    fn block_on<F: Future + 'static>(main: F) -> F::Output {
        let executor = Rc::new(LocalExecutor::new());
        CURRENT.set(Some(executor.clone()));
        let output = ::smol::block_on(executor.run(main));
        CURRENT.set(None);
        output
    }

    fn make() -> bool {
        // It makes its memory with the first task.
        let executor = LocalExecutor::new();
        executor.spawn(async {}).detach();
        executor.try_tick()
    }

    fn spawn<F: Future + 'static>(task: F) -> Task<F::Output> {
        CURRENT.with_borrow(|current| current.as_ref().expect("within block_on").spawn(task))
    }

    fn output<T: 'static>(joined: T) -> T {
        joined
    }

    fn sleep(duration: Duration) -> Option<impl Future<Output = ()> + 'static> {
        let timer = Timer::after(duration);
        Some(async {
            timer.await;
        })
    }

    fn job<T: Send + 'static>(
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Option<impl Future<Output = T> + 'static> {
        Some(::smol::unblock(job))
    }
}
