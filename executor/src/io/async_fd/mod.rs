//! Any descriptor that can be waited for.
//!
//! Owns [`AsyncFd`], named and shaped like tokio's, and how one is made.
//!
//! - `shared.rs`: waiting and trying, which many may do at once
//! - `alone.rs`: the same, of who has the owner for itself and may change it
//! - `guard.rs`: the readiness that an await has seen
//! - `error.rs`: what may go wrong

mod alone;
mod error;
mod guard;
mod shared;

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use super::interest::Interest;
use super::kind::Kind;
use super::source::Source;
use crate::sys::promised::unsafe_by_name;
#[allow(deprecated, reason = "so is tokio's")]
pub use error::AsyncFdTryNewError;
pub use error::{AsyncFdRegisterError, TryIoError};
use guard::ReadyGuard;
pub use guard::{AsyncFdReadyGuard, AsyncFdReadyMutGuard};

/// A descriptor whose readiness can be awaited: a pipe, a socket, an eventfd.
///
/// It must be non-blocking. The system tells of changes, so readiness stays set
/// until an operation says "would block": do the operation through
/// [`async_io`](Self::async_io) or the `try_io` of a [guard](AsyncFdReadyGuard),
/// which see to that.
///
/// The descriptor is forgotten by the runtime when this is dropped, before it is
/// closed. It may go to other threads, and be dropped there; but to wait for it or to
/// try it outside its runtime is a panic.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
/// use buzzer::io::{AsyncFd, Interest};
///
/// buzzer::block_on(async {
///     let (mut here, there) = UnixStream::pair()?;
///     there.set_nonblocking(true)?;
///     let there = AsyncFd::new(there)?;
///     let order = there.async_io(Interest::READABLE, |mut socket: &UnixStream| {
///         let mut order = [0; 5];
///         socket.read(&mut order).map(|n| order[..n].to_vec())
///     });
///     here.write_all(b"mocha")?;
///     assert_eq!(order.await?, b"mocha");
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub struct AsyncFd<T: AsRawFd> {
    source: Source<T>,
}

impl<T: AsRawFd> AsyncFd<T> {
    /// Registers `inner` for reading and writing.
    ///
    /// # Errors
    ///
    /// When the system can't wait for it (`EPERM` for a regular file or directory), or
    /// it is registered in this runtime already. The error says what kind of
    /// descriptor it is of.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn new(inner: T) -> io::Result<Self> {
        Self::with_interest(inner, Interest::READABLE | Interest::WRITABLE)
    }

    /// Registers `inner` for what is meant by `interest`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::unix::net::UnixStream;
    /// use buzzer::io::{AsyncFd, Interest};
    ///
    /// # buzzer::block_on(async {
    /// let (here, _there) = UnixStream::pair()?;
    /// here.set_nonblocking(true)?;
    /// let here = AsyncFd::with_interest(here, Interest::WRITABLE)?;
    /// assert!(here.writable().await?.ready().is_writable());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn with_interest(inner: T, interest: Interest) -> io::Result<Self> {
        Ok(Self::try_with_interest(inner, interest)?)
    }

    /// As [`new`](Self::new), and gives `inner` back where it fails.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), with `inner`.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::unix::AsyncFd;
    ///
    /// # buzzer::block_on(async {
    /// let refused = AsyncFd::try_new(std::fs::File::open("/")?).unwrap_err();
    /// let (folder, error) = refused.into_parts();
    /// assert!(folder.metadata()?.is_dir() && error.to_string().contains("directory"));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_new(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::try_with_interest(inner, Interest::READABLE | Interest::WRITABLE)
    }

    /// As [`with_interest`](Self::with_interest), and gives `inner` back where it fails.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), with `inner`.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncFd, Interest};
    ///
    /// # buzzer::block_on(async {
    /// let file = std::fs::File::open("/")?; // No folder can be waited for.
    /// let (file, error) = AsyncFd::try_with_interest(file, Interest::READABLE).unwrap_err().into_parts();
    /// println!("{error}: {file:?}");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        let fd = inner.as_raw_fd();
        match Source::try_told(Kind::AsyncFd, inner, fd, interest) {
            Ok(source) => Ok(Self { source }),
            Err((inner, cause)) => Err(AsyncFdRegisterError { inner, cause }),
        }
    }

    unsafe_by_name! {
        /// As [`try_new`](Self::try_new), by tokio's name for who can promise more.
        ///
        /// # Errors
        ///
        /// As [`try_new`](Self::try_new).
        ///
        /// # Panics
        ///
        /// Outside a runtime.
        ///
        /// # Safety
        ///
        /// The descriptor stays open, and is the same, for as long as this lives. Nothing
        /// here relies on it: another descriptor is a wait for another, and no worse.
        #[track_caller]
        pub fn register(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
            Self::try_new(inner)
        }
    }

    unsafe_by_name! {
        /// As [`try_with_interest`](Self::try_with_interest), by tokio's name for who can
        /// promise more.
        ///
        /// # Errors
        ///
        /// As [`try_new`](Self::try_new).
        ///
        /// # Panics
        ///
        /// Outside a runtime.
        ///
        /// # Safety
        ///
        /// As [`register`](Self::register).
        #[track_caller]
        pub fn register_with_interest(
            inner: T,
            interest: Interest,
        ) -> Result<Self, AsyncFdRegisterError<T>> {
            Self::try_with_interest(inner, interest)
        }
    }

    /// The descriptor's owner.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::unix::net::UnixStream;
    /// use buzzer::io::AsyncFd;
    ///
    /// # buzzer::block_on(async {
    /// let (here, _there) = UnixStream::pair()?;
    /// here.set_nonblocking(true)?;
    /// let mut here = AsyncFd::new(here)?;
    /// assert!(here.get_ref().peer_addr()?.is_unnamed());
    /// let socket: &mut UnixStream = here.get_mut();
    /// let socket: UnixStream = here.into_inner();
    /// # drop(socket);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn get_ref(&self) -> &T {
        self.source.get()
    }

    /// Forgets the descriptor and gives it back, on any thread.
    /// See [`get_ref`](Self::get_ref).
    pub fn into_inner(self) -> T {
        self.source.into_inner()
    }
}

impl<T: AsRawFd> AsRawFd for AsyncFd<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.get_ref().as_raw_fd()
    }
}

impl<T: AsRawFd + AsFd> AsFd for AsyncFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

impl<T: AsRawFd + fmt::Debug> fmt::Debug for AsyncFd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFd")
            .field("inner", self.get_ref())
            .finish()
    }
}
