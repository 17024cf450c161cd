//! Any descriptor that can be waited for.
//!
//! Owns [`AsyncFd`], named and shaped like tokio's: what shares the descriptor's owner.
//!
//! - `alone.rs`: what has the owner for itself, and may change it
//! - `guard.rs`: the readiness that an await has seen
//! - `error.rs`: what may go wrong

mod alone;
mod error;
mod guard;

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

use super::interest::Interest;
use super::kind::Kind;
use super::source::Source;
use crate::machine::reactor::readiness::Direction;
use crate::sys::promised::unsafe_by_name;
#[allow(deprecated, reason = "so is tokio's")]
pub use error::AsyncFdTryNewError;
pub use error::{AsyncFdRegisterError, TryIoError};
pub(super) use guard::ReadyGuard;
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

    /// Waits until it is ready for one of what is meant by `interest`; the guard says
    /// for what.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    /// use buzzer::io::{AsyncFd, Interest};
    ///
    /// # buzzer::block_on(async {
    /// let (mut here, there) = UnixStream::pair()?;
    /// there.set_nonblocking(true)?;
    /// let there = AsyncFd::new(there)?;
    /// here.write_all(b"mocha")?;
    /// let mut guard = there.ready(Interest::READABLE).await?;
    /// assert!(guard.ready().is_readable());
    /// let mut order = [0; 9];
    /// assert_eq!(guard.try_io(|there| there.get_ref().read(&mut order)).unwrap()?, 5);
    /// // There is no more: the readiness is cleared by that.
    /// assert!(guard.try_io(|there| there.get_ref().read(&mut order)).is_err());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.source.ready(interest).await;
        Ok(self.guard(interest))
    }

    /// Waits until there is something to read.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    /// use buzzer::io::AsyncFd;
    ///
    /// # buzzer::block_on(async {
    /// let (mut here, there) = UnixStream::pair()?;
    /// there.set_nonblocking(true)?;
    /// let there = AsyncFd::new(there)?;
    /// let waits = buzzer::spawn(async move { there.readable().await.map(drop) });
    /// here.write_all(b"mocha")?;
    /// waits.await.unwrap()?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn readable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::READABLE).await
    }

    /// Waits until there is room to write.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
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
    /// let here = AsyncFd::new(here)?;
    /// let guard = here.writable().await?; // At once: nothing is in its way.
    /// assert!(guard.ready().is_writable());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn writable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::WRITABLE).await
    }

    fn guard(&self, interest: Interest) -> AsyncFdReadyGuard<'_, T> {
        let source = &self.source;
        ReadyGuard::new(self, source.known(interest), source.look(interest))
    }

    /// As [`readable`](Self::readable), for a future made by hand. Of several that
    /// wait so, only the one that polled last is woken.
    #[track_caller]
    pub fn poll_read_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'_, T>>> {
        ready!(self.source.poll_ready(cx, Direction::Read));
        Poll::Ready(Ok(self.guard(Interest::READABLE)))
    }

    /// As [`writable`](Self::writable), for a future made by hand. Of several that
    /// wait so, only the one that polled last is woken.
    #[track_caller]
    pub fn poll_write_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'_, T>>> {
        ready!(self.source.poll_ready(cx, Direction::Write));
        Poll::Ready(Ok(self.guard(Interest::WRITABLE)))
    }

    /// Tries `io` if the descriptor is ready for one of what is meant by `interest`.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it is not ready, or `io` says so; what else `io` gives. Of a
    /// descriptor that is new here, nothing is known until the loop has come round.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{ErrorKind, Read};
    /// use std::os::unix::net::UnixStream;
    /// use buzzer::io::{AsyncFd, Interest};
    ///
    /// # buzzer::block_on(async {
    /// let (_here, there) = UnixStream::pair()?;
    /// there.set_nonblocking(true)?;
    /// let there = AsyncFd::new(there)?;
    /// let tried = there.try_io(Interest::READABLE, |mut there| there.read(&mut [0; 9]));
    /// assert_eq!(tried.unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_io<R>(
        &self,
        interest: Interest,
        io: impl FnOnce(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.try_io_if_ready(interest, io)
    }

    /// Tries `io` whenever the descriptor is ready, until it does not say "would
    /// block".
    ///
    /// # Errors
    ///
    /// What `io` gives.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing that `io` has not done.
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        io: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.async_io_for(interest, io).await
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
