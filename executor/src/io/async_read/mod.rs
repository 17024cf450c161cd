//! Reading: the trait.
//!
//! Owns [`AsyncRead`], named and shaped like tokio's; what can be done with everything that
//! has it is in `ext.rs`.

mod ext;

use std::io;
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use ext::AsyncReadExt;
pub(super) use ext::{check_has_not_ended, poll_append};

use crate::sys::read_buf::ReadBuf;

/// Something to read bytes from, as the loop lets it: a socket, a file, a child's
/// output.
///
/// # Examples
///
/// Zeros, without end:
///
/// ```
/// use std::{io, pin::Pin, task::{Context, Poll}};
/// use buzzer::io::{AsyncRead, ReadBuf};
///
/// struct Zeros;
///
/// impl AsyncRead for Zeros {
///     fn poll_read(
///         self: Pin<&mut Self>,
///         _: &mut Context<'_>,
///         buffer: &mut ReadBuf<'_>,
///     ) -> Poll<io::Result<()>> {
///         buffer.initialize_unfilled().fill(0);
///         buffer.advance(buffer.remaining());
///         Poll::Ready(Ok(()))
///     }
///
///     // Need not be there.
///     fn name_read_error(&self, error: io::Error) -> io::Error {
///         io::Error::new(error.kind(), format!("zeros: {error}"))
///     }
/// }
///
/// # use buzzer::io::AsyncReadExt;
/// # buzzer::block_on(async {
/// let mut bytes = [1; 5];
/// Zeros.read_exact(&mut bytes).await?;
/// assert_eq!(bytes, [0; 5]);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncRead {
    /// Reads some bytes into `buffer`. Ready without having filled any more of it
    /// is the end, if there was room.
    ///
    /// # Errors
    ///
    /// What the system says; nothing was read then.
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>>;

    /// Fills `bytes` from what was read ahead, if that is more than enough, and says
    /// whether it has. A reader without a buffer never does.
    #[doc(hidden)]
    fn take_ahead(self: Pin<&mut Self>, _bytes: &mut [u8]) -> bool {
        false
    }

    /// Gives an error that was found in what this reader has read (an end too early,
    /// bytes that are no text) the reader's name, if it has one: a file's path. What is
    /// made of another reader passes it on to that.
    fn name_read_error(&self, error: io::Error) -> io::Error {
        error
    }
}

/// A reader that is made of another: `$reader` is that one, pinned, and `$whole` as it is.
macro_rules! forward_to {
    ($self:ident => $reader:expr, $whole:expr) => {
        fn poll_read(
            $self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            $reader.poll_read(cx, buffer)
        }

        fn take_ahead($self: Pin<&mut Self>, bytes: &mut [u8]) -> bool {
            $reader.take_ahead(bytes)
        }

        fn name_read_error(&$self, error: io::Error) -> io::Error {
            $whole.name_read_error(error)
        }
    };
}
pub(super) use forward_to;

impl<T: AsyncRead + Unpin + ?Sized> AsyncRead for &mut T {
    forward_to!(self => Pin::new(&mut **self.get_mut()), (**self));
}

impl<T: AsyncRead + Unpin + ?Sized> AsyncRead for Box<T> {
    forward_to!(self => Pin::new(&mut **self.get_mut()), (**self));
}

impl<P> AsyncRead for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncRead,
{
    forward_to!(self => self.as_deref_mut(), (**self));
}
