//! What may go wrong with an [`AsyncFd`](super::AsyncFd) besides the operations on it.

use std::error::Error;
use std::fmt;
use std::io;

/// A descriptor that could not be registered: its owner, and why.
///
/// # Examples
///
/// ```
/// use buzzer::io::unix::AsyncFd;
///
/// # buzzer::block_on(async {
/// let refused = AsyncFd::try_new(std::fs::File::open("/")?).unwrap_err();
/// println!("{refused}");
/// let (folder, error) = refused.into_parts(); // It comes back.
/// assert!(folder.metadata()?.is_dir());
/// # drop(error);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct AsyncFdRegisterError<T> {
    pub(super) inner: T,
    pub(super) cause: io::Error,
}

/// The name that it had before.
#[deprecated(note = "it is called `AsyncFdRegisterError`")]
pub type AsyncFdTryNewError<T> = AsyncFdRegisterError<T>;

impl<T> AsyncFdRegisterError<T> {
    /// Gives the descriptor's owner back, and says why it was refused.
    pub fn into_parts(self) -> (T, io::Error) {
        (self.inner, self.cause)
    }
}

impl<T> fmt::Display for AsyncFdRegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl<T> fmt::Debug for AsyncFdRegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncFdRegisterError")
            .field(&self.cause)
            .finish()
    }
}

impl<T> Error for AsyncFdRegisterError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

impl<T> From<AsyncFdRegisterError<T>> for io::Error {
    fn from(error: AsyncFdRegisterError<T>) -> Self {
        error.cause
    }
}

/// The operation would have blocked.
///
/// # Examples
///
/// ```
/// use std::io::ErrorKind;
/// use std::os::unix::net::UnixStream;
/// use buzzer::io::AsyncFd;
///
/// # buzzer::block_on(async {
/// let (here, _there) = UnixStream::pair()?;
/// here.set_nonblocking(true)?;
/// let here = AsyncFd::new(here)?;
/// let mut guard = here.writable().await?;
/// let would_block = || std::io::Error::from(ErrorKind::WouldBlock);
/// assert!(guard.try_io(|_| Err::<(), _>(would_block())).is_err()); // Wait anew.
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryIoError(pub(super) ());

impl fmt::Display for TryIoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operation would block")
    }
}

impl Error for TryIoError {}
