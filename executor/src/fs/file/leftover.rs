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

use std::fs::File as StdFile;
use std::future::poll_fn;
use std::io::{self, Seek, SeekFrom};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::io::error::named;
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
}

/// What a job leaves if nobody waits for it.
#[derive(Default)]
pub(super) struct Left {
    pub(super) unread: Option<Chunk>,
    pub(super) failed: Option<io::Error>,
}

impl Left {
    /// What a result leaves: its value is of no use to others, its error is news.
    pub(super) fn of<T>(result: io::Result<T>) -> Self {
        Self {
            unread: None,
            failed: result.err(),
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
        self.lock().failed.take().map_or(Ok(()), Err)
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
        let mut state = self.lock();
        if !state.is_settling {
            state.is_settling = true;
            return Poll::Ready(Turn(self));
        }
        if !state
            .waiting
            .iter()
            .any(|waker| waker.will_wake(cx.waker()))
        {
            state.waiting.push(cx.waker().clone());
        }
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
        self.adrift.is_empty() && !self.is_settling && self.failed.is_none()
    }

    fn take_in(&mut self, left: Left) {
        if let Some(chunk) = left.unread {
            self.unread.append(chunk);
        }
        if let Some(error) = left.failed {
            // Of several, one is enough to say that something was lost.
            self.failed.get_or_insert(error);
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
        let waiting = std::mem::take(&mut state.waiting);
        // A waker may be of any executor: none is called under the lock.
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
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

/// Bytes read but not asked for yet, in memory that is kept for the next read.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Chunk {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Moves as much as fits to `to`.
    pub(super) fn take_into(&mut self, to: &mut [u8]) -> usize {
        let count = self.len().min(to.len());
        to[..count].copy_from_slice(&self.as_slice()[..count]);
        self.start += count;
        count
    }

    /// Puts `later` behind what is there.
    fn append(&mut self, later: Self) {
        if self.is_empty() {
            *self = later;
        } else {
            self.bytes.truncate(self.end);
            self.bytes.extend_from_slice(later.as_slice());
            self.end = self.bytes.len();
        }
    }

    /// Puts `earlier` before what is there.
    pub(super) fn prepend(&mut self, earlier: &[u8]) {
        let bytes = [earlier, self.as_slice()].concat();
        *self = Self {
            start: 0,
            end: bytes.len(),
            bytes,
        };
    }

    pub(super) fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
    }

    /// Fills the empty chunk by one call of `read`, for `limit` bytes at most.
    pub(super) fn fill(
        &mut self,
        limit: usize,
        mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<()> {
        self.clear();
        if self.bytes.len() < limit {
            // New memory comes zeroed by the kernel, which `resize` would repeat.
            self.bytes = vec![0; limit];
        }
        self.end = loop {
            match read(&mut self.bytes[..limit]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        Ok(())
    }

    /// Puts unread bytes back by moving the file's position, as if they had never
    /// been read. What can't move its position (a FIFO) reads and writes
    /// independently; there the bytes stay for the next read.
    pub(super) fn give_back(&mut self, mut file: &StdFile) {
        if !self.is_empty() && file.seek(SeekFrom::Current(-(self.len() as i64))).is_ok() {
            self.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_interrupted_by_signals_goes_on() {
        let mut chunk = Chunk::default();
        let mut signals = 3;
        let result = chunk.fill(8, |bytes| {
            if signals > 0 {
                signals -= 1;
                return Err(io::ErrorKind::Interrupted.into());
            }
            bytes[..4].copy_from_slice(b"data");
            Ok(4)
        });
        result.unwrap();
        assert_eq!(chunk.as_slice(), b"data");
        assert_eq!(signals, 0);
    }

    #[test]
    fn a_read_that_fails_leaves_nothing_to_be_read() {
        let mut chunk = Chunk::default();
        chunk.fill(8, |_| Ok(8)).unwrap();
        let result = chunk.fill(8, |_| Err(io::ErrorKind::Other.into()));
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::Other);
        assert!(chunk.is_empty());
    }

    #[test]
    fn what_is_unread_stays_in_order() {
        let filled = |with: &[u8]| {
            let mut chunk = Chunk::default();
            // With room behind, as after a short read.
            let result = chunk.fill(8, |bytes| {
                bytes[..with.len()].copy_from_slice(with);
                Ok(with.len())
            });
            result.unwrap();
            chunk
        };
        let mut chunk = filled(b"two ");
        chunk.prepend(b"one ");
        chunk.append(filled(b"three"));
        let mut some = [0; 6];
        assert_eq!(chunk.take_into(&mut some), 6);
        assert_eq!(&some, b"one tw");
        chunk.append(filled(b"!"));
        assert_eq!(chunk.as_slice(), b"o three!");
    }

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
