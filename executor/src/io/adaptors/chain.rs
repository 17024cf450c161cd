//! A reader that goes on with another.
//!
//! Owns [`Chain`].

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::{AsyncBufRead, AsyncRead, ReadBuf};

/// A reader that goes on with a second one at the end of the first; made by
/// [`AsyncReadExt::chain`](crate::io::AsyncReadExt::chain).
///
/// As a buffer it does not grow: a line may lie in both.
///
/// # Examples
///
/// ```
/// use std::pin::Pin;
/// use buzzer::io::AsyncReadExt;
///
/// # buzzer::block_on(async {
/// let mut order = b"one ".chain(&b"mocha"[..]);
/// assert_eq!(order.get_ref().1, b"mocha");
/// *order.get_mut().1 = b"latte";
/// let (first, _) = Pin::new(&mut order).get_pin_mut();
/// assert_eq!(*first, b"one ");
/// let mut text = String::new();
/// order.read_to_string(&mut text).await?;
/// assert_eq!(text, "one latte");
/// assert_eq!(order.into_inner(), (&b""[..], &b""[..])); // What is left of each.
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
#[must_use = "nothing is read until it is read from"]
pub struct Chain<T, U> {
    first: T,
    second: U,
    /// Set at the end of the first, which is then not asked any more.
    first_has_ended: bool,
}

impl<T, U> Chain<T, U> {
    pub(in crate::io) fn new(first: T, second: U) -> Self {
        Self {
            first,
            second,
            first_has_ended: false,
        }
    }

    /// Both readers.
    pub fn get_ref(&self) -> (&T, &U) {
        (&self.first, &self.second)
    }

    /// Both readers. What is read from them is missing here.
    pub fn get_mut(&mut self) -> (&mut T, &mut U) {
        (&mut self.first, &mut self.second)
    }

    /// The same, pinned.
    pub fn get_pin_mut(self: Pin<&mut Self>) -> (Pin<&mut T>, Pin<&mut U>)
    where
        T: Unpin,
        U: Unpin,
    {
        let (first, second) = self.get_mut().get_mut();
        (Pin::new(first), Pin::new(second))
    }

    /// Both readers.
    pub fn into_inner(self) -> (T, U) {
        (self.first, self.second)
    }
}

impl<T: AsyncRead + Unpin, U: AsyncRead + Unpin> AsyncRead for Chain<T, U> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.first_has_ended {
            let before = buffer.remaining();
            ready!(Pin::new(&mut self.first).poll_read(cx, buffer))?;
            // Nothing into no room is no end.
            if buffer.remaining() != before || before == 0 {
                return Poll::Ready(Ok(()));
            }
            self.first_has_ended = true;
        }
        Pin::new(&mut self.second).poll_read(cx, buffer)
    }

    fn name_read_error(&self, error: io::Error) -> io::Error {
        match self.first_has_ended {
            false => self.first.name_read_error(error),
            true => self.second.name_read_error(error),
        }
    }
}

impl<T: AsyncBufRead + Unpin, U: AsyncBufRead + Unpin> AsyncBufRead for Chain<T, U> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if !this.first_has_ended {
            // Shown again below: the compiler can't know that it is the end otherwise.
            let filled = ready!(Pin::new(&mut this.first).poll_fill_buf(cx))?;
            this.first_has_ended = filled.is_empty();
        }
        match this.first_has_ended {
            false => Pin::new(&mut this.first).poll_fill_buf(cx),
            true => Pin::new(&mut this.second).poll_fill_buf(cx),
        }
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        match self.first_has_ended {
            false => Pin::new(&mut self.first).consume(count),
            true => Pin::new(&mut self.second).consume(count),
        }
    }
}
