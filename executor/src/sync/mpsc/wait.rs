//! The waits of a receiver.
//!
//! Owns the futures of [`Rx`], for both receivers. A wait that is given up has left nothing
//! but a waker, which may stay; what a dump is told of it may not.

use std::future::poll_fn;

use super::chan::Rx;
use crate::sync::seen::RECEIVER;

/// A receiver that waits, until this is dropped.
struct Waiting<'a, T>(&'a mut Rx<T>);

impl<T> Waiting<'_, T> {
    #[inline]
    fn rx(&mut self) -> &mut Rx<T> {
        self.0
    }
}

impl<T> Drop for Waiting<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.chan.room.face().gives_up(RECEIVER);
    }
}

/// Functions, and not `async` blocks in those of the receivers: each value would go through
/// one more.
impl<T> Rx<T> {
    #[inline]
    pub(super) fn recv(&mut self) -> impl Future<Output = Option<T>> {
        let mut waiting = Waiting(self);
        poll_fn(move |cx| waiting.rx().poll_recv(cx))
    }

    pub(super) fn recv_many(
        &mut self,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> impl Future<Output = usize> {
        let mut waiting = Waiting(self);
        poll_fn(move |cx| waiting.rx().poll_recv_many(cx, buffer, limit))
    }
}
