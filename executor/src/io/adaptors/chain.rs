//! A reader that goes on with another.
//!
//! Owns [`Chain`].

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::{AsyncBufRead, AsyncRead, ReadBuf};
use crate::sys::pinned::pinned_parts;

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

pinned_parts!(Chain<T, U> { pin first: T, pin second: U, beside first_has_ended: bool, });

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
    pub fn get_pin_mut(self: Pin<&mut Self>) -> (Pin<&mut T>, Pin<&mut U>) {
        let (first, second, _) = self.parts();
        (first, second)
    }

    /// Both readers.
    pub fn into_inner(self) -> (T, U) {
        (self.first, self.second)
    }
}

impl<T: AsyncRead, U: AsyncRead> AsyncRead for Chain<T, U> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (first, second, first_has_ended) = self.parts();
        if !*first_has_ended {
            let before = buffer.remaining();
            ready!(first.poll_read(cx, buffer))?;
            // Nothing into no room is no end.
            if buffer.remaining() != before || before == 0 {
                return Poll::Ready(Ok(()));
            }
            *first_has_ended = true;
        }
        second.poll_read(cx, buffer)
    }

    fn name_read_error(&self, error: io::Error) -> io::Error {
        match self.first_has_ended {
            false => self.first.name_read_error(error),
            true => self.second.name_read_error(error),
        }
    }
}

impl<T: AsyncBufRead, U: AsyncBufRead> AsyncBufRead for Chain<T, U> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let (mut first, second, first_has_ended) = self.parts();
        if !*first_has_ended {
            // Shown again below: the compiler can't know that it is the end otherwise.
            let filled = ready!(first.as_mut().poll_fill_buf(cx))?;
            *first_has_ended = filled.is_empty();
        }
        match *first_has_ended {
            false => first.poll_fill_buf(cx),
            true => second.poll_fill_buf(cx),
        }
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        let (first, second, first_has_ended) = self.parts();
        match *first_has_ended {
            false => first.consume(count),
            true => second.consume(count),
        }
    }
}
