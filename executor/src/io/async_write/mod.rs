//! Writing: the trait.
//!
//! Owns [`AsyncWrite`], named and shaped like tokio's; what can be done with everything that
//! has it is in `ext.rs`.

mod ext;

use std::io::{self, IoSlice};
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use ext::AsyncWriteExt;

/// Something to write bytes to, as the loop lets it: a socket, a file, a child's
/// input.
///
/// # Examples
///
/// A writer that counts, and keeps nothing:
///
/// ```
/// use std::{io::{self, IoSlice}, pin::Pin, task::{Context, Poll}};
/// use buzzer::io::{AsyncWrite, AsyncWriteExt};
///
/// struct Count(usize);
///
/// impl AsyncWrite for Count {
///     fn poll_write(
///         mut self: Pin<&mut Self>,
///         _: &mut Context<'_>,
///         bytes: &[u8],
///     ) -> Poll<io::Result<usize>> {
///         self.0 += bytes.len();
///         Poll::Ready(Ok(bytes.len()))
///     }
///
///     fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
///
///     fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
///
///     // What follows need not be there.
///     fn poll_write_vectored(
///         mut self: Pin<&mut Self>,
///         _: &mut Context<'_>,
///         parts: &[IoSlice<'_>],
///     ) -> Poll<io::Result<usize>> {
///         let length = parts.iter().map(|part| part.len()).sum();
///         self.0 += length;
///         Poll::Ready(Ok(length))
///     }
///
///     fn is_write_vectored(&self) -> bool {
///         true
///     }
///
///     fn name_write_error(&self, error: io::Error) -> io::Error {
///         io::Error::new(error.kind(), format!("the count: {error}"))
///     }
/// }
///
/// # buzzer::block_on(async {
/// let mut count = Count(0);
/// count.write_all(b"one mocha").await?;
/// assert_eq!(count.0, 9);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncWrite {
    /// Writes some of `bytes`, and returns how many.
    ///
    /// # Errors
    ///
    /// What the system says; nothing was written then.
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>>;

    /// Waits until everything written has reached whom it is for, as far as this
    /// writer keeps anything back. Sockets and files of this crate don't.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ends the writing, and says so to whoever reads.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// As [`poll_write`](Self::poll_write) from several buffers, one after the
    /// other. Writes from the first that is not empty unless
    /// [`is_write_vectored`](Self::is_write_vectored).
    ///
    /// # Errors
    ///
    /// What the system says; nothing was written then.
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = buffers.iter().find(|buffer| !buffer.is_empty());
        self.poll_write(cx, first.map_or(&[], |buffer| &**buffer))
    }

    /// Whether several buffers cost no more than one.
    fn is_write_vectored(&self) -> bool {
        false
    }

    /// Gives an error that was found in writing to this writer (it takes nothing more)
    /// the writer's name, if it has one: a file's path. What is made of another writer
    /// passes it on to that.
    fn name_write_error(&self, error: io::Error) -> io::Error {
        error
    }
}

/// The methods of a writer that only passes them on: where to, pinned and seen.
macro_rules! forward_to {
    ($self:ident => $writer:expr, $whole:expr) => {
        fn poll_write(
            $self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            $writer.poll_write(cx, bytes)
        }

        fn poll_flush($self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            $writer.poll_flush(cx)
        }

        fn poll_shutdown($self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            $writer.poll_shutdown(cx)
        }

        fn poll_write_vectored(
            $self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffers: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            $writer.poll_write_vectored(cx, buffers)
        }

        fn is_write_vectored(&$self) -> bool {
            $whole.is_write_vectored()
        }

        fn name_write_error(&$self, error: io::Error) -> io::Error {
            $whole.name_write_error(error)
        }
    };
}
pub(super) use forward_to;

impl<T: AsyncWrite + Unpin + ?Sized> AsyncWrite for &mut T {
    forward_to!(self => Pin::new(&mut **self.get_mut()), (**self));
}

impl<T: AsyncWrite + Unpin + ?Sized> AsyncWrite for Box<T> {
    forward_to!(self => Pin::new(&mut **self.get_mut()), (**self));
}

impl<P> AsyncWrite for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncWrite,
{
    forward_to!(self => self.as_deref_mut(), (**self));
}
