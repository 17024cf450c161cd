//! Reading by lines, and in other pieces that a delimiter ends.
//!
//! Owns [`AsyncBufRead`], [`AsyncBufReadExt`] and [`Lines`], named like tokio's. One
//! rule makes them cancel safe: bytes leave the buffer only when all that was asked
//! for is in it, and then in one step.

use std::future::poll_fn;
use std::io::{self, BufRead};
use std::ops::DerefMut;
use std::pin::Pin;
use std::str::Utf8Error;
use std::task::{Context, Poll, ready};

use super::AsyncRead;
use super::error::not_utf8;
use super::interrupted::poll_again;
use crate::machine::budget;

/// A reader with a buffer, which can be looked at before it is taken from.
///
/// tokio's trait has no [`buffer`](Self::buffer), and its buffer need not grow, so
/// there a line that is dropped half-way is lost.
pub trait AsyncBufRead: AsyncRead {
    /// What is in the buffer.
    fn buffer(&self) -> &[u8];

    /// Reads behind what is in the buffer, which grows if it must, and returns how
    /// much: zero at the end.
    ///
    /// # Errors
    ///
    /// What the reader says; the buffer is as it was then.
    fn poll_fill_more(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>>;

    /// Takes `count` bytes from the buffer, or all if it holds fewer.
    fn consume(self: Pin<&mut Self>, count: usize);

    /// What is in the buffer, after reading if it is empty; an empty slice at the
    /// end.
    ///
    /// # Errors
    ///
    /// What the reader says.
    fn poll_fill_buf(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        if self.buffer().is_empty() {
            ready!(self.as_mut().poll_fill_more(cx))?;
        }
        Poll::Ready(Ok(self.into_ref().get_ref().buffer()))
    }
}

impl<T: AsyncBufRead + Unpin + ?Sized> AsyncBufRead for &mut T {
    fn buffer(&self) -> &[u8] {
        (**self).buffer()
    }

    fn poll_fill_more(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        Pin::new(&mut **self).poll_fill_more(cx)
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        Pin::new(&mut **self).consume(count);
    }
}

impl<T: AsyncBufRead + Unpin + ?Sized> AsyncBufRead for Box<T> {
    fn buffer(&self) -> &[u8] {
        (**self).buffer()
    }

    fn poll_fill_more(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        Pin::new(&mut **self).poll_fill_more(cx)
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        Pin::new(&mut **self).consume(count);
    }
}

impl<P> AsyncBufRead for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncBufRead,
{
    fn buffer(&self) -> &[u8] {
        (**self).buffer()
    }

    fn poll_fill_more(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.as_deref_mut().poll_fill_more(cx)
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        self.as_deref_mut().consume(count);
    }
}

/// Memory is its own buffer, and always full.
impl AsyncBufRead for &[u8] {
    fn buffer(&self) -> &[u8] {
        self
    }

    fn poll_fill_more(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(0))
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        *self = &self[count.min(self.len())..];
    }
}

/// What can be done with everything that is [`AsyncBufRead`]. After an `Interrupted`
/// of the reader all but [`fill_buf`](Self::fill_buf) go on, as in std.
///
/// A line may be of any length, and the buffer grows for it: from a peer that can't
/// be trusted, read with a limit of your own, through
/// [`fill_buf`](Self::fill_buf).
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncBufReadExt, BufReader};
///
/// buzzer::block_on(async {
///     let orders: &[u8] = b"espresso\nlatte\r\n";
///     let mut lines = BufReader::new(orders).lines();
///     assert_eq!(lines.next_line().await?.as_deref(), Some("espresso"));
///     assert_eq!(lines.next_line().await?.as_deref(), Some("latte"));
///     assert_eq!(lines.next_line().await?, None);
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub trait AsyncBufReadExt: AsyncBufRead {
    /// What is in the buffer, after reading if it is empty; an empty slice at the
    /// end. [`consume`](Self::consume) takes from it.
    ///
    /// # Errors
    ///
    /// What the reader says.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    fn fill_buf(&mut self) -> impl Future<Output = io::Result<&[u8]>>
    where
        Self: Unpin,
    {
        async move {
            match self.buffer().is_empty() {
                true => drop(poll_fn(|cx| Pin::new(&mut *self).poll_fill_more(cx)).await?),
                false => poll_fn(budget::poll_proceed).await,
            }
            Ok((*self).buffer())
        }
    }

    /// Takes `count` bytes from the buffer, or all if it holds fewer.
    fn consume(&mut self, count: usize)
    where
        Self: Unpin,
    {
        Pin::new(self).consume(count);
    }

    /// Appends everything up to and with the next `delimiter`, or to the end, to
    /// `bytes`, and returns how much that was: zero at the end.
    ///
    /// # Errors
    ///
    /// What the reader says. Nothing is appended then, and nothing lost.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost, and nothing appended: the next call starts with the same
    /// byte.
    fn read_until(
        &mut self,
        delimiter: u8,
        bytes: &mut Vec<u8>,
    ) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        async move {
            let length = gather_until(&mut *self, delimiter).await?;
            bytes.extend_from_slice(&self.buffer()[..length]);
            Pin::new(self).consume(length);
            Ok(length)
        }
    }

    /// Appends the next line, with its line end, to `line`, and returns its length
    /// in bytes: zero at the end.
    ///
    /// # Errors
    ///
    /// What the reader says; nothing is lost then. `InvalidData`, with the
    /// [`Utf8Error`] as its source, if the line is not UTF-8: the next call then goes
    /// on with the next line ([`read_until`](Self::read_until) reads lines of any
    /// bytes).
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost, and nothing appended: the next call starts with the same
    /// line.
    fn read_line(&mut self, line: &mut String) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        async move {
            let length = gather_until(&mut *self, b'\n').await?;
            let taken = take_text(&mut *self, length, line);
            taken.map_err(|error| self.name_read_error(not_utf8(error)))
        }
    }

    /// The lines that are left, one by one.
    fn lines(self) -> Lines<Self>
    where
        Self: Sized,
    {
        Lines { reader: self }
    }
}

impl<T: AsyncBufRead + ?Sized> AsyncBufReadExt for T {}

/// Reads until the buffer holds a `delimiter` or all that is left, and returns the
/// length up to and with it. Takes nothing from the buffer.
async fn gather_until<R: AsyncBufRead + Unpin + ?Sized>(
    reader: &mut R,
    delimiter: u8,
) -> io::Result<usize> {
    // A line that is in the buffer costs a unit as well, so that a loop over many
    // lets other tasks run.
    poll_fn(budget::poll_proceed).await;
    let mut searched = 0;
    loop {
        if let Some(at) = find(delimiter, &reader.buffer()[searched..]) {
            return Ok(searched + at + 1);
        }
        searched = reader.buffer().len();
        let mut fill = |cx: &mut Context<'_>| Pin::new(&mut *reader).poll_fill_more(cx);
        if poll_fn(|cx| poll_again(cx, &mut fill)).await? == 0 {
            return Ok(searched);
        }
    }
}

/// Takes `length` bytes from the buffer and appends them to `text`, which gives
/// their length. They are taken as well if they are not text.
fn take_text<R: AsyncBufRead + Unpin + ?Sized>(
    reader: &mut R,
    length: usize,
    text: &mut String,
) -> Result<usize, Utf8Error> {
    let taken = str::from_utf8(&reader.buffer()[..length]);
    let taken = taken.map(|taken| text.push_str(taken));
    Pin::new(reader).consume(length);
    taken.map(|()| length)
}

/// Where `byte` is. A detour over `skip_until`, since it compares many bytes at a
/// time, which `Iterator::position` does not.
fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let skipped = rest.skip_until(byte).expect("memory can always be read");
    let last = skipped.checked_sub(1)?;
    (bytes[last] == byte).then_some(last)
}

/// A line without its line end (`\n` or `\r\n`).
pub(crate) fn without_line_end(mut line: String) -> String {
    if line.ends_with('\n') {
        line.pop();
        if line.ends_with('\r') {
            line.pop();
        }
    }
    line
}

/// The lines of a reader, without their line ends (`\n` or `\r\n`); made by
/// [`AsyncBufReadExt::lines`].
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    /// The next line, or `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`AsyncBufReadExt::read_line`].
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the next call returns the line.
    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let length = self.reader.read_line(&mut line).await?;
        Ok((length > 0).then(|| without_line_end(line)))
    }
}

impl<R> Lines<R> {
    /// The reader, with what has not been asked for yet.
    pub fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The reader, with what has not been asked for yet.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The reader, with what has not been asked for yet.
    pub fn into_inner(self) -> R {
        self.reader
    }
}
