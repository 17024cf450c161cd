//! The waits of a receiver.
//!
//! Owns the futures of [`Rx`], for both receivers. A wait that is given up has left nothing
//! but a waker, which may stay; what a dump is told of it may not.

use std::future::poll_fn;

use super::chan::Rx;
use crate::sync::seen::RECEIVER;

/// A receiver that waits, until this is dropped.
struct Waiting<'a, T>(&'a mut Rx<T>);

impl<T> Drop for Waiting<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.chan.room.face().gives_up(RECEIVER);
    }
}

impl<T> Rx<T> {
    pub(super) async fn recv(&mut self) -> Option<T> {
        let waiting = Waiting(self);
        poll_fn(|cx| waiting.0.poll_recv(cx)).await
    }

    pub(super) async fn recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        let waiting = Waiting(self);
        poll_fn(|cx| waiting.0.poll_recv_many(cx, buffer, limit)).await
    }
}
