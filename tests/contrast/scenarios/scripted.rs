//! A stream that does what its script says: for scenarios of what is built on streams.

use super::*;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::Context;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a stream does when it is asked next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Gives these bytes to a read, if they fit; what does not is given next.
    Give(&'static str),
    /// Takes so many bytes of a write.
    Take(usize),
    /// Has the caller wait, and wakes it.
    Wait,
    /// Is in error.
    Fail(ErrorKind),
}

/// Reads follow one script, writes another. Reads end where theirs does; writes then take
/// all they are given. What is written is noted.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    reads: VecDeque<Step>,
    writes: VecDeque<Step>,
}

impl Scripted {
    pub(crate) fn reading(steps: &[Step]) -> Self {
        let reads = steps.iter().copied().collect();
        Self {
            reads,
            ..Self::default()
        }
    }

    pub(crate) fn writing(steps: &[Step]) -> Self {
        let writes = steps.iter().copied().collect();
        Self {
            writes,
            ..Self::default()
        }
    }
}

fn wait<T>(cx: &mut Context<'_>) -> Poll<T> {
    cx.waker().wake_by_ref();
    Poll::Pending
}

impl AsyncRead for Scripted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.reads.pop_front() {
            None => Poll::Ready(Ok(())),
            Some(Step::Wait) => wait(cx),
            Some(Step::Fail(kind)) => Poll::Ready(Err(kind.into())),
            Some(Step::Take(_)) => unreachable!("of a write"),
            Some(Step::Give(text)) => {
                let (given, left) = text.split_at(text.len().min(buffer.remaining()));
                buffer.put_slice(given.as_bytes());
                if !left.is_empty() {
                    self.reads.push_front(Step::Give(left));
                }
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl AsyncWrite for Scripted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let most = match self.writes.pop_front() {
            None => bytes.len(),
            Some(Step::Take(most)) => most.min(bytes.len()),
            Some(Step::Wait) => return wait(cx),
            Some(Step::Fail(kind)) => {
                note!("the write fails");
                return Poll::Ready(Err(kind.into()));
            }
            Some(Step::Give(_)) => unreachable!("of a read"),
        };
        note!("{:?} is written", text(&bytes[..most]));
        Poll::Ready(Ok(most))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        note!("flushed");
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        note!("shut down");
        Poll::Ready(Ok(()))
    }
}
