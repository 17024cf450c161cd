//! A channel with the methods of crossbeam's that the pool calls.
//!
//! loom does not see into crossbeam's. Here each call is one step under a lock, as it is
//! there by what crossbeam promises. loom knows no time: a wait with a limit of zero ends if
//! nothing is there, and any other never. Since a thread may stand still before it looks,
//! for as long as the others take, a limit of zero has every order that a longer one has.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::{Condvar, Mutex};

struct Shared<T> {
    sent: Mutex<(VecDeque<T>, bool)>,
    changed: Condvar,
}

pub(crate) struct Sender<T>(Arc<Shared<T>>);

pub(crate) struct Receiver<T>(Arc<Shared<T>>);

#[derive(Debug)]
pub(crate) struct NotSent;

#[derive(Debug)]
pub(crate) struct Nothing;

#[derive(Debug)]
pub(crate) enum RecvTimeoutError {
    Timeout,
    Disconnected,
}

pub(crate) fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared {
        sent: Mutex::new((VecDeque::new(), true)),
        changed: Condvar::new(),
    });
    (Sender(shared.clone()), Receiver(shared))
}

impl<T> Sender<T> {
    pub(crate) fn send(&self, value: T) -> Result<(), NotSent> {
        self.0.sent.lock().unwrap().0.push_back(value);
        self.0.changed.notify_one();
        Ok(())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.sent.lock().unwrap().1 = false;
        self.0.changed.notify_all();
    }
}

impl<T> Receiver<T> {
    pub(crate) fn try_recv(&self) -> Result<T, Nothing> {
        self.0.sent.lock().unwrap().0.pop_front().ok_or(Nothing)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.sent.lock().unwrap().0.is_empty()
    }

    pub(crate) fn try_iter(&self) -> impl Iterator<Item = T> {
        std::iter::from_fn(|| self.try_recv().ok())
    }

    pub(crate) fn recv_timeout(&self, limit: Duration) -> Result<T, RecvTimeoutError> {
        let mut sent = self.0.sent.lock().unwrap();
        loop {
            match (sent.0.pop_front(), sent.1) {
                (Some(value), _) => return Ok(value),
                (None, false) => return Err(RecvTimeoutError::Disconnected),
                (None, true) if limit.is_zero() => return Err(RecvTimeoutError::Timeout),
                (None, true) => sent = self.0.changed.wait(sent).unwrap(),
            }
        }
    }
}
