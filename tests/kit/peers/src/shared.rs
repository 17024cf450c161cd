//! For executors where a dropped task is a cancelled one: so that a handle can be dropped,
//! and a task be cancelled while its handle is awaited, the two share the task.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use buzzer_kit::{Abort, LocalFuture};

/// A task, what lets it go without a cancel, and who awaits the handle.
struct Shared<T> {
    task: Option<T>,
    detach: fn(T),
    waits: Option<Waker>,
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        self.task.take().into_iter().for_each(self.detach);
    }
}

/// A handle that detaches when it is dropped, and what cancels the task.
pub(crate) fn shared<T>(task: T, detach: fn(T)) -> (LocalFuture, Abort)
where
    T: Future + Unpin + 'static,
{
    let shared = Rc::new(RefCell::new(Shared {
        task: Some(task),
        detach,
        waits: None,
    }));
    let of_abort = Rc::downgrade(&shared);
    let handle = poll_fn(move |cx| {
        let shared = &mut *shared.borrow_mut();
        shared.waits = Some(cx.waker().clone());
        match &mut shared.task {
            None => Poll::Ready(()),
            Some(task) => Pin::new(task).poll(cx).map(drop),
        }
    });
    let abort = move || {
        let Some(shared) = of_abort.upgrade() else {
            return;
        };
        let task = shared.borrow_mut().task.take();
        drop(task);
        let waits = shared.borrow_mut().waits.take();
        waits.into_iter().for_each(Waker::wake);
    };
    (Box::pin(handle), Box::new(abort))
}
