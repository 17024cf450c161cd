//! What can be done with every reader that has a buffer.
//!
//! Owns [`AsyncBufReadExt`], named and shaped like tokio's.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;

use super::AsyncBufRead;
use super::pieces::{Lines, Piece, Split, append_text};
use crate::io::error::not_utf8;
use crate::machine::budget;

/// What can be done with everything that is [`AsyncBufRead`]. After an `Interrupted`
/// of the reader all but [`fill_buf`](Self::fill_buf) go on, as in std.
///
/// A line may be of any length, and the buffer grows for it: from a peer that can't
/// be trusted, read with a limit of your own, through
/// [`take`](super::super::AsyncReadExt::take) or [`fill_buf`](Self::fill_buf).
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
    /// # Panics
    ///
    /// If a reader that has shown its buffer says at once that it has to wait for it.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncBufReadExt, BufReader};
    ///
    /// # buzzer::block_on(async {
    /// let mut reader = BufReader::new(&b"one mocha"[..]);
    /// assert_eq!(reader.fill_buf().await?, b"one mocha");
    /// reader.consume(4); // Only then it is taken.
    /// assert_eq!(reader.fill_buf().await?, b"mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn fill_buf(&mut self) -> impl Future<Output = io::Result<&[u8]>>
    where
        Self: Unpin,
    {
        async move {
            // For buffers that are always full.
            poll_fn(budget::poll_proceed).await;
            let mut waiting = Some(self);
            poll_fn(move |cx| {
                let reader = waiting
                    .take()
                    .expect("`fill_buf` was polled after it had shown the buffer");
                match Pin::new(&mut *reader).poll_fill_buf(cx)? {
                    // Asked again at the end, a terminal would wait for the next line.
                    Poll::Ready([]) => Poll::Ready(Ok(&[][..])),
                    Poll::Ready(_) => {
                        // It may not be put off, since the reader is given away.
                        let _lifted = budget::lift();
                        let shown = Pin::new(reader).poll_fill_buf(cx);
                        assert!(
                            shown.is_ready(),
                            "an AsyncBufRead has shown its buffer, and says now that it has to \
                             wait for it; `poll_fill_buf` may read only if the buffer is empty"
                        );
                        shown
                    }
                    Poll::Pending => {
                        waiting = Some(reader);
                        Poll::Pending
                    }
                }
            })
            .await
        }
    }

    /// Takes `count` bytes from the buffer, or all if it holds fewer.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncBufReadExt, BufReader};
    ///
    /// # buzzer::block_on(async {
    /// let mut reader = BufReader::new(&b"one mocha"[..]);
    /// let spaces = reader.fill_buf().await?.iter().filter(|&&byte| byte == b' ').count();
    /// reader.consume(9);
    /// assert_eq!((spaces, reader.fill_buf().await?), (1, &b""[..]));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    /// What the reader says. Nothing is lost then; what the buffer could not hold is in
    /// `bytes`.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost. From a buffer that grows, as all of this crate but that of a
    /// [`Chain`](super::super::Chain), nothing is appended either: the next call starts
    /// with the same byte. From others `bytes` has what was read, and the next call goes
    /// on behind it.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::AsyncBufReadExt;
    ///
    /// # buzzer::block_on(async {
    /// let mut orders = &b"mocha;latte"[..];
    /// let mut order = Vec::new();
    /// assert_eq!(orders.read_until(b';', &mut order).await?, 6);
    /// assert_eq!(order, b"mocha;"); // With what it ends with.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_until(
        &mut self,
        delimiter: u8,
        bytes: &mut Vec<u8>,
    ) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        async move {
            let (before, mut searched) = (bytes.len(), 0);
            poll_fn(|cx| {
                let mut piece = Piece {
                    searched: &mut searched,
                    carried: bytes,
                };
                let append = |carried: &mut Vec<u8>, rest: &[u8]| carried.extend_from_slice(rest);
                piece.poll(Pin::new(&mut *self), cx, delimiter, append)
            })
            .await?;
            Ok(bytes.len() - before)
        }
    }

    /// Appends the next line, with its line end, to `line`, and returns its length
    /// in bytes: zero at the end.
    ///
    /// # Errors
    ///
    /// What the reader says; nothing is lost then, if the buffer grows, and otherwise `line`
    /// has what was read of it, if that is UTF-8. `InvalidData`,
    /// with the [`Utf8Error`](std::str::Utf8Error) as its source, if the line is not
    /// UTF-8: the next call then goes on with the next line
    /// ([`read_until`](Self::read_until) reads lines of any bytes).
    ///
    /// # Cancel safety
    ///
    /// Nothing is appended. From a buffer that grows, as all of this crate but that of a
    /// [`Chain`](super::super::Chain), nothing is lost: the next call starts with the
    /// same line. From others the part that was read is lost; [`lines`](Self::lines)
    /// keeps it.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::AsyncBufReadExt;
    ///
    /// # buzzer::block_on(async {
    /// let mut orders = &b"mocha\nlatte"[..];
    /// let mut line = String::new();
    /// while orders.read_line(&mut line).await? > 0 {}
    /// assert_eq!(line, "mocha\nlatte"); // It appends.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_line(&mut self, line: &mut String) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        async move {
            let (mut searched, mut carried) = (0, Vec::new());
            let appended = poll_fn(|cx| {
                let mut piece = Piece {
                    searched: &mut searched,
                    carried: &mut carried,
                };
                let append =
                    |carried: &mut Vec<u8>, rest: &[u8]| append_text(carried, rest, &mut *line);
                piece.poll(Pin::new(&mut *self), cx, b'\n', append)
            })
            .await;
            if appended.is_err() {
                // As far as a string can have it.
                line.push_str(str::from_utf8(&carried).unwrap_or_default());
            }
            appended?.map_err(|error| self.name_read_error(not_utf8(error)))
        }
    }

    /// The lines that are left, one by one.
    fn lines(self) -> Lines<Self>
    where
        Self: Sized,
    {
        Lines::new(self)
    }

    /// The pieces that are left, one by one, each ended by `delimiter` or by the end.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncBufReadExt, BufReader};
    ///
    /// # buzzer::block_on(async {
    /// let mut orders = BufReader::new(&b"mocha;latte"[..]).split(b';');
    /// assert_eq!(orders.next_segment().await?.as_deref(), Some(&b"mocha"[..]));
    /// assert_eq!(orders.next_segment().await?.as_deref(), Some(&b"latte"[..]));
    /// assert_eq!(orders.next_segment().await?, None);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn split(self, delimiter: u8) -> Split<Self>
    where
        Self: Sized,
    {
        Split::new(self, delimiter)
    }
}

impl<T: AsyncBufRead + ?Sized> AsyncBufReadExt for T {}
