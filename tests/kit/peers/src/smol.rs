//! smol: its `LocalExecutor`, run by its `block_on`, with its reactor and its threads.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use ::smol::io::AsyncReadExt as _;
use ::smol::{Async, LocalExecutor, Task, Timer};
use buzzer_kit::{Abort, Executor, LocalFuture, Reader};

use crate::shared::shared;

thread_local! {
    static CURRENT: RefCell<Option<Weak<LocalExecutor<'static>>>> = const { RefCell::new(None) };
}

/// Leaves the thread as it was, also after a panic.
struct Entered(Option<Weak<LocalExecutor<'static>>>);

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

pub(crate) fn executor() -> Executor {
    Executor::new("smol", |future| {
        let executor = Rc::new(LocalExecutor::new());
        let _entered = Entered(CURRENT.replace(Some(Rc::downgrade(&executor))));
        ::smol::block_on(executor.run(future));
        // What is left of its tasks is dropped within it.
        drop(executor);
    })
    .spawn(|future| spawn(future).0)
    .sleep(|duration| {
        let timer = Timer::after(duration);
        Box::pin(async {
            timer.await;
        })
    })
    .read(reader)
    .blocking(|job| Box::pin(::smol::unblock(job)))
    .abort(spawn)
}

/// While its tasks are being dropped nobody can reach the executor, and the future is
/// dropped.
fn spawn(future: LocalFuture) -> (LocalFuture, Abort) {
    let current = CURRENT.with_borrow(Clone::clone);
    match current.expect("called within block_on").upgrade() {
        Some(executor) => shared(executor.spawn(future), Task::detach),
        None => (Box::pin(async {}), Box::new(|| ())),
    }
}

fn reader(stream: std::os::unix::net::UnixStream) -> Reader {
    let stream = Rc::new(Async::new(stream).expect("a socket to watch"));
    Box::new(move || {
        let stream = stream.clone();
        Box::pin(async move {
            let mut bytes = vec![0; 4_096];
            let length = (&*stream).read(&mut bytes).await?;
            bytes.truncate(length);
            Ok(bytes)
        })
    })
}
