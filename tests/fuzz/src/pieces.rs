//! A reader and a writer that give and take in pieces, as they are told.
//!
//! Owns them, and how a future is polled by hand. Used by `lines.rs` and `copies.rs`, in
//! which nothing needs a runtime.

use std::collections::VecDeque;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use arbitrary::Arbitrary;
use buzzer::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What becomes of one call.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) enum Step {
    /// So many bytes go through, at least one.
    Some(u8),
    /// "Pending", and woken at once.
    Wait,
    /// To be tried again by whoever calls.
    Interrupted,
    Fails,
}

/// What a failed step gives.
pub(crate) const FAILS: io::ErrorKind = io::ErrorKind::TimedOut;

/// The steps of one reader or writer; when there are none left, all goes through.
#[derive(Arbitrary, Clone, Debug)]
pub(crate) struct Steps(VecDeque<Step>);

impl Steps {
    fn take(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match self.0.pop_front() {
            None => Poll::Ready(Ok(usize::MAX)),
            Some(Step::Some(count)) => Poll::Ready(Ok(usize::from(count).max(1))),
            Some(Step::Wait) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Step::Interrupted) => Poll::Ready(Err(io::ErrorKind::Interrupted.into())),
            Some(Step::Fails) => Poll::Ready(Err(FAILS.into())),
        }
    }
}

/// Gives its bytes in pieces.
#[derive(Debug)]
pub(crate) struct Pieces<'a> {
    bytes: &'a [u8],
    steps: Steps,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(bytes: &'a [u8], steps: Steps) -> Self {
        Self { bytes, steps }
    }
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.steps.take(cx).map_ok(|count| {
            let count = count.min(buffer.remaining()).min(self.bytes.len());
            let (given, rest) = self.bytes.split_at(count);
            buffer.put_slice(given);
            self.bytes = rest;
        })
    }
}

/// Takes bytes in pieces, and keeps them.
#[derive(Debug)]
pub(crate) struct Keeps {
    pub(crate) bytes: Vec<u8>,
    /// How many bytes there were at the last flush.
    pub(crate) flushed: usize,
    pub(crate) is_shut_down: bool,
    pub(crate) is_vectored: bool,
    steps: Steps,
}

impl Keeps {
    pub(crate) fn new(steps: Steps, is_vectored: bool) -> Self {
        Self {
            bytes: Vec::new(),
            flushed: 0,
            is_shut_down: false,
            is_vectored,
            steps,
        }
    }
}

impl AsyncWrite for Keeps {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        assert!(!self.is_shut_down, "written to after its shutdown");
        assert!(self.is_vectored || buffers.len() == 1, "it can't do that");
        self.steps.take(cx).map_ok(|count| {
            let all = joined(buffers);
            let count = count.min(all.len());
            self.bytes.extend_from_slice(&all[..count]);
            count
        })
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.steps
            .take(cx)
            .map_ok(|_| self.flushed = self.bytes.len())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.steps.take(cx).map_ok(|_| {
            self.flushed = self.bytes.len();
            self.is_shut_down = true;
        })
    }

    fn is_write_vectored(&self) -> bool {
        self.is_vectored
    }
}

/// All that several buffers hold.
pub(crate) fn joined(buffers: &[io::IoSlice<'_>]) -> Vec<u8> {
    buffers
        .iter()
        .flat_map(|buffer| buffer.iter().copied())
        .collect()
}

/// Polls a future so often, and gives it up then. `None` of the limit: to its end.
pub(crate) fn poll_for<F: Future>(future: F, limit: Option<u8>) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    // More than there are steps, so that one which waits for nothing is found out.
    for _ in 0..limit.map_or(1 << 16, u32::from) {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
    }
    assert!(limit.is_some(), "it waits for nothing");
    None
}
