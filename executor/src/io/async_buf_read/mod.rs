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
