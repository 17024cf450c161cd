//! Lines, and other pieces that a delimiter ends.
//!
//! Owns how a piece is found, and [`Lines`] and [`Split`], named like tokio's. One rule
//! makes them cancel safe: bytes leave a buffer that grows only when all that was asked
//! for is in it, and then in one step. What a buffer that doesn't grow can't hold is
//! carried by who asks.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::str::Utf8Error;
use std::task::{Context, Poll, ready};

use super::AsyncBufRead;
use crate::io::error::not_utf8;
use crate::io::interrupted::poll_interrupted;
use crate::machine::budget;
use crate::sys::bytes::find;
use crate::sys::pinned::pinned_parts;

/// A piece that is being looked for.
pub(super) struct Piece<'a> {
    /// How much of the buffer holds no delimiter.
    pub(super) searched: &'a mut usize,
    /// What was taken from a buffer that doesn't grow.
    pub(super) carried: &'a mut Vec<u8>,
}

impl Piece<'_> {
    /// Reads until the buffer holds a `delimiter` or all that is left, and has `take`
    /// have what was carried and the rest, up to and with the delimiter.
    pub(super) fn poll<R: AsyncBufRead + ?Sized, T>(
        &mut self,
        mut reader: Pin<&mut R>,
        cx: &mut Context<'_>,
        delimiter: u8,
        take: impl FnOnce(&mut Vec<u8>, &[u8]) -> T,
    ) -> Poll<io::Result<T>> {
        // A line that is in the buffer costs a unit as well, so that a loop over many
        // lets other tasks run.
        ready!(budget::poll_proceed(cx));
        loop {
            match reader.as_mut().poll_fill_more(cx, *self.searched) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => ready!(poll_interrupted(cx, error))?,
                Poll::Ready(Ok(Some(bytes))) => {
                    let searched = bytes.len().min(*self.searched);
                    let length = match find(delimiter, &bytes[searched..]) {
                        Some(at) => searched + at + 1,
                        None if bytes.len() > *self.searched => {
                            *self.searched = bytes.len();
                            continue;
                        }
                        None => bytes.len(),
                    };
                    let taken = take(self.carried, &bytes[..length]);
                    reader.consume(length);
                    *self.searched = 0;
                    return Poll::Ready(Ok(taken));
                }
                Poll::Ready(Ok(None)) => {
                    ready!(self.poll_carry(reader, cx, delimiter))?;
                    return Poll::Ready(Ok(take(self.carried, &[])));
                }
            }
        }
    }

    /// The same with a buffer that doesn't grow, bit by bit.
    fn poll_carry<R: AsyncBufRead + ?Sized>(
        &mut self,
        mut reader: Pin<&mut R>,
        cx: &mut Context<'_>,
        delimiter: u8,
    ) -> Poll<io::Result<()>> {
        loop {
            let (count, is_whole) = match reader.as_mut().poll_fill_buf(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => {
                    ready!(poll_interrupted(cx, error))?;
                    continue;
                }
                Poll::Ready(Ok(bytes)) => {
                    let found = find(delimiter, bytes);
                    let count = found.map_or(bytes.len(), |at| at + 1);
                    self.carried.extend_from_slice(&bytes[..count]);
                    (count, found.is_some() || bytes.is_empty())
                }
            };
            reader.as_mut().consume(count);
            if is_whole {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

/// Appends a line to `text`, and gives its length. It is gone as well if it is not text.
pub(super) fn append_text(
    carried: &mut Vec<u8>,
    rest: &[u8],
    text: &mut String,
) -> Result<usize, Utf8Error> {
    let line = match carried.is_empty() {
        true => rest,
        false => {
            carried.extend_from_slice(rest);
            &**carried
        }
    };
    let appended = str::from_utf8(line).map(|line| {
        text.push_str(line);
        line.len()
    });
    carried.clear();
    appended
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
/// [`AsyncBufReadExt::lines`](super::AsyncBufReadExt::lines).
///
/// # Examples
///
/// ```
/// use std::future::poll_fn;
/// use std::pin::Pin;
/// use buzzer::io::AsyncBufReadExt;
///
/// # buzzer::block_on(async {
/// let mut lines = AsyncBufReadExt::lines(&b"mocha\nlatte\ntea"[..]);
/// assert_eq!(lines.next_line().await?.as_deref(), Some("mocha"));
/// assert_eq!(*lines.get_ref(), b"latte\ntea");
/// let next = poll_fn(|cx| Pin::new(&mut lines).poll_next_line(cx)).await?;
/// assert_eq!(next.as_deref(), Some("latte"));
/// *lines.get_mut() = b"chai";
/// *Pin::new(&mut lines).get_pin_mut() = b"cocoa";
/// assert_eq!(lines.into_inner(), b"cocoa");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
#[must_use = "nothing is read until a line is asked for"]
pub struct Lines<R> {
    reader: R,
    searched: usize,
    carried: Vec<u8>,
}

pinned_parts!(Lines<R> { pin reader: R, beside searched: usize, beside carried: Vec<u8>, });

impl<R: AsyncBufRead> Lines<R> {
    /// The next line, or `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`AsyncBufReadExt::read_line`](super::AsyncBufReadExt::read_line).
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the next call returns the line.
    pub async fn next_line(&mut self) -> io::Result<Option<String>>
    where
        R: Unpin,
    {
        poll_fn(|cx| Pin::new(&mut *self).poll_next_line(cx)).await
    }

    /// As [`next_line`](Self::next_line), for futures written by hand: when it has to
    /// wait, it wakes who asked last.
    ///
    /// # Errors
    ///
    /// As [`next_line`](Self::next_line).
    pub fn poll_next_line(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<String>>> {
        let (mut reader, searched, carried) = self.parts();
        let mut line = String::new();
        let mut piece = Piece { searched, carried };
        let append = |carried: &mut Vec<u8>, rest: &[u8]| append_text(carried, rest, &mut line);
        let appended = ready!(piece.poll(reader.as_mut(), cx, b'\n', append))?;
        let length = appended.map_err(|error| reader.name_read_error(not_utf8(error)))?;
        Poll::Ready(Ok((length > 0).then(|| without_line_end(line))))
    }
}

impl<R> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            searched: 0,
            carried: Vec::new(),
        }
    }

    /// The reader, with what has not been asked for yet.
    pub fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The reader, with what has not been asked for yet.
    pub fn get_mut(&mut self) -> &mut R {
        // Who gets it may take from the buffer.
        self.searched = 0;
        &mut self.reader
    }

    /// The same, pinned.
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut R> {
        let (reader, searched, _) = self.parts();
        *searched = 0;
        reader
    }

    /// The reader, with what has not been asked for yet.
    pub fn into_inner(self) -> R {
        self.reader
    }
}

/// The pieces of a reader between delimiters; made by
/// [`AsyncBufReadExt::split`](super::AsyncBufReadExt::split).
///
/// # Examples
///
/// ```
/// use buzzer::io::AsyncBufReadExt;
///
/// # buzzer::block_on(async {
/// let orders: &[u8] = b"espresso,latte";
/// let mut orders = AsyncBufReadExt::split(orders, b',');
/// assert_eq!(orders.next_segment().await?.as_deref(), Some(&b"espresso"[..]));
/// assert_eq!(orders.next_segment().await?.as_deref(), Some(&b"latte"[..]));
/// assert_eq!(orders.next_segment().await?, None);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
#[must_use = "nothing is read until a segment is asked for"]
pub struct Split<R> {
    reader: R,
    delimiter: u8,
    searched: usize,
    carried: Vec<u8>,
}

pinned_parts!(Split<R> {
    pin reader: R,
    beside delimiter: u8,
    beside searched: usize,
    beside carried: Vec<u8>,
});

impl<R> Split<R> {
    pub(super) fn new(reader: R, delimiter: u8) -> Self {
        Self {
            reader,
            delimiter,
            searched: 0,
            carried: Vec::new(),
        }
    }
}

impl<R: AsyncBufRead> Split<R> {
    /// The next piece without its delimiter, or `None` after the last.
    ///
    /// # Errors
    ///
    /// What the reader says. Nothing is lost then.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the next call returns the piece.
    pub async fn next_segment(&mut self) -> io::Result<Option<Vec<u8>>>
    where
        R: Unpin,
    {
        poll_fn(|cx| Pin::new(&mut *self).poll_next_segment(cx)).await
    }

    /// As [`next_segment`](Self::next_segment), for futures written by hand: when it
    /// has to wait, it wakes who asked last.
    ///
    /// # Errors
    ///
    /// As [`next_segment`](Self::next_segment).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::pin::Pin;
    /// use buzzer::io::AsyncBufReadExt;
    ///
    /// # buzzer::block_on(async {
    /// let mut orders = AsyncBufReadExt::split(&b"mocha;latte"[..], b';');
    /// let first = poll_fn(|cx| Pin::new(&mut orders).poll_next_segment(cx)).await?;
    /// assert_eq!(first.as_deref(), Some(&b"mocha"[..]));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn poll_next_segment(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<Vec<u8>>>> {
        let (reader, delimiter, searched, carried) = self.parts();
        let mut piece = Piece { searched, carried };
        let append = |carried: &mut Vec<u8>, rest: &[u8]| {
            carried.extend_from_slice(rest);
            std::mem::take(carried)
        };
        let mut segment = ready!(piece.poll(reader, cx, *delimiter, append))?;
        let is_end = segment.is_empty();
        if segment.last() == Some(delimiter) {
            segment.pop();
        }
        Poll::Ready(Ok((!is_end).then_some(segment)))
    }
}
