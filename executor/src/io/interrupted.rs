//! Calls of a program's own reader or writer that say "interrupted".
//!
//! Owns std's rule for them: what makes several calls of a reader or writer makes
//! such a call again; what is one call (`read`, `write`, `flush`, `fill_buf`, ...)
//! passes it on. This crate's own readers and writers never say so.

use std::io;
use std::task::{Context, Poll, ready};

use crate::machine::budget;

/// Polls again as long as the call is interrupted. Each time costs a unit of the
/// budget, so that one that always is lets other tasks run.
#[inline]
pub(super) fn poll_again<T>(
    cx: &mut Context<'_>,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
) -> Poll<io::Result<T>> {
    loop {
        match poll(cx) {
            Poll::Ready(Err(error)) => ready!(poll_interrupted(cx, error))?,
            polled => return polled,
        }
    }
}

/// Whether to call again after `error`: ready and no error says so.
#[inline]
pub(super) fn poll_interrupted(cx: &mut Context<'_>, error: io::Error) -> Poll<io::Result<()>> {
    match error.kind() {
        io::ErrorKind::Interrupted => budget::poll_proceed(cx).map(Ok),
        _ => Poll::Ready(Err(error)),
    }
}
