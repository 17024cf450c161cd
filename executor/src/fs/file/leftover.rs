//! What an operation leaves behind when its future is dropped half-way.
//!
//! A job on a worker can't be called back: it reads or writes, whether or not
//! somebody still waits for it. Owns the rules that make this safe, and the only
//! code that follows them; called by the other files of `fs/file/`.
//!
//! 1. A job owns what it works on: the buffer moves to it and comes back.
//! 2. While its operation is alive, the operation's future owns the handle, in a
//!    [`Job`]. If the future is dropped, the handle goes [adrift](State::adrift).
//! 3. An operation begins by settling the file: it waits for what is adrift and
//!    takes in what that left. Bytes read are kept for the next read; an error is
//!    returned, once, by the operation that meets it.
//! 4. One operation settles at a time ([`Turn`]), so no other can slip past a
//!    write that is still adrift.
//!
//! So what a worker has begun happens before any later operation. An operation
//! dropped while it settles has begun nothing, and does not happen. Operations by
//! shared reference (`read_at`, `sync_all`, ...) that are alive together do run
//! together.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use super::chunk::Chunk;
use super::ends::{End, Ends};
use crate::io::error::named;
use crate::machine::panics::wake_contained;
use crate::sys::locks::{Mutex, MutexGuard};
use crate::task::JoinHandle;

/// The part of a file that its operations share.
#[derive(Default)]
pub(super) struct Leftover(Mutex<State>);

#[derive(Default)]
pub(super) struct State {
    /// Handles of dropped operations, each turned into what it leaves. Boxed,
    /// since their results differ; this costs an allocation for a dropped
    /// operation only.
    adrift: Vec<Pin<Box<dyn Future<Output = Left> + Send>>>,
    /// Whether an operation is settling the file, and who waits for it to end.
    is_settling: bool,
    waiting: Vec<Waker>,
    /// The error of a dropped operation, until somebody is told.
    failed: Option<io::Error>,
    /// Read from the file, not yet by the program; and the memory for reads.
    pub(super) unread: Chunk,
    /// What has become of operations that were begun by a poll.
    pub(super) ends: Ends,
}

/// What a job leaves if nobody waits for it.
#[derive(Default)]
pub(super) struct Left {
    pub(super) unread: Option<Chunk>,
    pub(super) failed: Option<io::Error>,
    pub(super) end: Option<End>,
}

impl Left {
    /// What a result leaves: its value is of no use to others, its error is news.
    pub(super) fn of<T>(result: io::Result<T>) -> Self {
        Self {
            failed: result.err(),
            ..Self::default()
        }
    }

    pub(super) fn nothing<T>(_: T) -> Self {
        Self::default()
    }
}

impl Leftover {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // No code of a program's runs under this lock, and none of ours panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get_mut(&mut self) -> &mut State {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no dropped operation is at work on the file, and returns the
    /// error of one that failed.
    pub(super) async fn settle(&self) -> io::Result<()> {
        if self.lock().is_settled() {
            return Ok(());
        }
        let turn = poll_fn(|cx| self.poll_turn(cx)).await;
        poll_fn(|cx| self.poll_adrift(cx)).await;
        drop(turn);
        let mut state = self.lock();
        state.give_up_ends();
        state.failed.take().map_or(Ok(()), Err)
    }

    /// As [`settle`](Self::settle) for who polls, and so has the file to itself.
    /// What has become of operations begun by a poll stays.
    pub(super) fn poll_settle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let state = self.get_mut();
        while let Some(job) = state.adrift.last_mut() {
            let Poll::Ready(left) = job.as_mut().poll(cx) else {
                // The job wakes who polled last. A reader and a writer in two tasks
                // that poll by turns both wait for it.
                drop(state.wait(cx.waker().clone()));
                return Poll::Pending;
            };
            state.adrift.pop();
            state.take_in(left);
        }
        for waker in mem::take(&mut state.waiting) {
            if !waker.will_wake(cx.waker()) {
                wake_contained(waker);
            }
        }
        Poll::Ready(state.failed.take().map_or(Ok(()), Err))
    }

    /// Has a job adrift from the start: it was begun by a poll, and the polls to
    /// come settle it.
    pub(super) fn begin<T: Send + 'static>(
        &mut self,
        handle: JoinHandle<T>,
        left: fn(io::Result<T>) -> Left,
    ) {
        let end = async move { left(handle.await.map_err(io::Error::from)) };
        self.get_mut().adrift.push(Box::pin(end));
    }

    /// Waits for the job behind `handle`; see rule 2.
    pub(super) fn job<T: Send + 'static>(
        &self,
        operation: &'static str,
        handle: JoinHandle<T>,
        left: fn(T) -> Left,
    ) -> Job<'_, T> {
        Job {
            leftover: self,
            operation,
            handle: Some(handle),
            left,
        }
    }

    fn poll_turn(&self, cx: &mut Context<'_>) -> Poll<Turn<'_>> {
        // A foreign waker's clone and drop are the program's code: outside the lock.
        let waker = cx.waker().clone();
        let mut state = self.lock();
        if !state.is_settling {
            state.is_settling = true;
            drop(state);
            return Poll::Ready(Turn(self));
        }
        let unused = state.wait(waker);
        drop(state);
        drop(unused);
        Poll::Pending
    }

    /// For who has the [`Turn`]. The lock is not held while a handle is polled,
    /// which may wake a task.
    fn poll_adrift(&self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(mut job) = self.lock().adrift.pop() else {
                return Poll::Ready(());
            };
            match job.as_mut().poll(cx) {
                Poll::Ready(left) => self.lock().take_in(left),
                Poll::Pending => {
                    self.lock().adrift.push(job);
                    return Poll::Pending;
                }
            }
        }
    }
}

impl State {
    pub(super) fn is_settled(&self) -> bool {
        self.adrift.is_empty() && !self.is_settling && self.failed.is_none() && self.ends.is_empty()
    }

    /// Has `waker` wait for the end of the settling. What comes back is known
    /// already, and to be dropped outside the lock.
    fn wait(&mut self, waker: Waker) -> Option<Waker> {
        if self.waiting.iter().any(|other| other.will_wake(&waker)) {
            return Some(waker);
        }
        self.waiting.push(waker);
        None
    }

    fn take_in(&mut self, left: Left) {
        if let Some(chunk) = left.unread {
            self.unread.append(chunk);
        }
        if let Some(error) = left.failed {
            // Of several, one is enough to say that something was lost.
            self.failed.get_or_insert(error);
        }
        if let Some(end) = left.end
            && let Some((operation, error)) = self.ends.take_in(end)
        {
            self.fail_later(operation, error);
        }
    }

    /// What was begun by a poll, and is not asked for by one, is a dropped operation.
    fn give_up_ends(&mut self) {
        for (operation, error) in self.ends.give_up() {
            self.fail_later(operation, error);
        }
    }

    /// Keeps the error of an operation that has something else to return.
    pub(super) fn fail_later(&mut self, operation: &'static str, error: io::Error) {
        self.failed
            .get_or_insert(named("earlier", operation, error));
    }
}

/// The right to settle a file, until dropped.
struct Turn<'a>(&'a Leftover);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_settling = false;
        let waiting = mem::take(&mut state.waiting);
        // A waker may be of any executor: none is called under the lock.
        drop(state);
        waiting.into_iter().for_each(wake_contained);
    }
}

/// An operation's part on a worker, while somebody waits for it.
pub(super) struct Job<'a, T: Send + 'static> {
    leftover: &'a Leftover,
    operation: &'static str,
    /// `None` once the result was taken.
    handle: Option<JoinHandle<T>>,
    left: fn(T) -> Left,
}

impl<T: Send + 'static> Future for Job<'_, T> {
    /// The error is that of a job that never ran.
    type Output = io::Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let handle = self
            .handle
            .as_mut()
            .expect("a job is not polled again after its result");
        let joined = std::task::ready!(Pin::new(handle).poll(cx));
        self.handle = None;
        Poll::Ready(joined.map_err(io::Error::from))
    }
}

impl<T: Send + 'static> Drop for Job<'_, T> {
    fn drop(&mut self) {
        let Some(handle) = self.handle.take() else {
            return;
        };
        let (operation, left) = (self.operation, self.left);
        self.leftover.lock().adrift.push(Box::pin(async move {
            let mut left = match handle.await {
                Ok(result) => left(result),
                // The job never ran.
                Err(error) => Left::of::<()>(Err(error.into())),
            };
            left.failed = left.failed.map(|error| named("earlier", operation, error));
            left
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_lost_operations_one_error_is_told() {
        let mut state = State::default();
        state.take_in(Left::of::<()>(Err(io::ErrorKind::StorageFull.into())));
        state.take_in(Left::of::<()>(Err(io::ErrorKind::Other.into())));
        state.take_in(Left::of(Ok(())));
        assert!(!state.is_settled());
        let error = state.failed.take().expect("the first");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(state.is_settled());
    }
}
