//! Readers with a buffer that can be looked at.
//!
//! Owns [`AsyncBufRead`], named and shaped like tokio's, with one method more that lets a
//! dropped read of a line lose nothing. `ext.rs` has what can be done with them all,
//! `pieces.rs` how lines and other pieces are found.

mod ext;
mod pieces;

use std::io;
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use ext::AsyncBufReadExt;
pub(crate) use pieces::without_line_end;
pub use pieces::{Lines, Split};

use super::AsyncRead;

/// A reader with a buffer, which can be looked at before it is taken from.
///
/// # Examples
///
/// A reader that hands out one letter after the other, its buffer being the letter:
///
/// ```
/// use std::io;
/// use std::pin::Pin;
/// use std::task::{Context, Poll};
/// use buzzer::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, ReadBuf};
///
/// # buzzer::block_on(async {
/// struct Letters(&'static [u8]);
///
/// impl AsyncRead for Letters {
///     fn poll_read(
///         mut self: Pin<&mut Self>,
///         _: &mut Context<'_>,
///         buffer: &mut ReadBuf<'_>,
///     ) -> Poll<io::Result<()>> {
///         let count = buffer.remaining().min(self.0.len()).min(1);
///         buffer.put_slice(&self.0[..count]);
///         self.consume(count);
///         Poll::Ready(Ok(()))
///     }
/// }
///
/// impl AsyncBufRead for Letters {
///     fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
///         Poll::Ready(Ok(&self.0[..self.0.len().min(1)])) // Empty at the end.
///     }
///
///     fn consume(mut self: Pin<&mut Self>, count: usize) {
///         self.0 = &self.0[count..];
///     }
/// }
///
/// let mut lines = Letters(b"mocha\nlatte\n").lines();
/// assert_eq!(lines.next_line().await?.as_deref(), Some("mocha"));
/// assert_eq!(lines.next_line().await?.as_deref(), Some("latte"));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncBufRead: AsyncRead {
    /// What is in the buffer, after reading if it is empty; an empty slice at the
    /// end.
    ///
    /// # Errors
    ///
    /// What the reader says.
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>>;

    /// Takes `count` bytes from the buffer. More than
    /// [`poll_fill_buf`](Self::poll_fill_buf) has shown is not to be taken.
    fn consume(self: Pin<&mut Self>, count: usize);

    /// What is in the buffer, after reading behind it if the caller has `seen` all
    /// that is there: no more than that is the end. `None` if this buffer does not
    /// grow, which is where tokio's trait ends.
    ///
    /// Of a buffer that grows, a line is taken only when it is whole, so that a read of
    /// one that is dropped half-way loses nothing.
    ///
    /// # Errors
    ///
    /// What the reader says; the buffer is as it was then.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::pin::Pin;
    /// use buzzer::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, BufReader};
    ///
    /// # buzzer::block_on(async {
    /// let mut reader = BufReader::new((&b"one "[..]).chain(&b"mocha"[..]));
    /// assert_eq!(reader.fill_buf().await?, b"one ");
    /// let more = poll_fn(|cx| {
    ///     let more = Pin::new(&mut reader).poll_fill_more(cx, 4); // All four were seen.
    ///     more.map_ok(|bytes| bytes.map(<[u8]>::to_vec))
    /// });
    /// assert_eq!(more.await?.as_deref(), Some(&b"one mocha"[..]));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn poll_fill_more(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        seen: usize,
    ) -> Poll<io::Result<Option<&[u8]>>> {
        let (_, _) = (cx, seen);
        Poll::Ready(Ok(None))
    }
}

/// The methods of a reader that only passes them on.
macro_rules! forward_to {
    ($self:ident => $reader:expr) => {
        fn poll_fill_buf($self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
            $reader.poll_fill_buf(cx)
        }

        fn consume($self: Pin<&mut Self>, count: usize) {
            $reader.consume(count);
        }

        fn poll_fill_more(
            $self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            seen: usize,
        ) -> Poll<io::Result<Option<&[u8]>>> {
            $reader.poll_fill_more(cx, seen)
        }
    };
}
pub(super) use forward_to;

impl<T: AsyncBufRead + Unpin + ?Sized> AsyncBufRead for &mut T {
    forward_to!(self => Pin::new(&mut **self.get_mut()));
}

impl<T: AsyncBufRead + Unpin + ?Sized> AsyncBufRead for Box<T> {
    forward_to!(self => Pin::new(&mut **self.get_mut()));
}

impl<P> AsyncBufRead for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncBufRead,
{
    forward_to!(self => self.as_deref_mut());
}
