//! What both ends of a pipe have.
//!
//! Owns [`End`], of which [`Receiver`](super::Receiver) and [`Sender`](super::Sender) are
//! the two.

use std::fmt;
use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use super::adopt;
use crate::io::kind::Kind;
use crate::io::source::Source;
use crate::io::{Interest, Ready};
use crate::sys::pipe::{self, Access};

/// One end of a pipe: a [`Receiver`](super::Receiver) or a [`Sender`](super::Sender).
pub struct End<W> {
    pub(super) source: Source<OwnedFd>,
    way: PhantomData<W>,
}

/// Which way the bytes go, for who has this end.
pub trait Way {
    const ACCESS: Access;
    const KIND: Kind;
    const INTEREST: Interest;
}

/// Towards the program: see [`Receiver`](super::Receiver).
#[derive(Debug)]
pub struct Receives;

/// Away from it: see [`Sender`](super::Sender).
#[derive(Debug)]
pub struct Sends;

impl Way for Receives {
    const ACCESS: Access = Access::Read;
    const KIND: Kind = Kind::PipeReceiver;
    const INTEREST: Interest = Interest::READABLE;
}

impl Way for Sends {
    const ACCESS: Access = Access::Write;
    const KIND: Kind = Kind::PipeSender;
    const INTEREST: Interest = Interest::WRITABLE;
}

impl<W: Way> End<W> {
    /// Takes over one end of a pipe that was opened elsewhere, and makes it not block.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if it is no pipe, or not open for that; what else the system says.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::fd::OwnedFd;
    /// use buzzer::net::unix::pipe;
    ///
    /// # buzzer::block_on(async {
    /// let (read, write) = std::io::pipe()?;
    /// let counter = pipe::Receiver::from_owned_fd(read.into())?;
    /// let guest = pipe::Sender::from_file(OwnedFd::from(write).into())?;
    /// guest.try_write(b"mocha")?;
    /// counter.readable().await?;
    /// assert_eq!(counter.try_read(&mut [0; 64])?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn from_file(file: File) -> io::Result<Self> {
        Self::from_owned_fd(file.into())
    }

    /// As [`from_file`](Self::from_file), by descriptor.
    ///
    /// # Errors
    ///
    /// As [`from_file`](Self::from_file).
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::unix::pipe;
    ///
    /// # buzzer::block_on(async {
    /// let (read, write) = std::io::pipe()?;
    /// let _counter = pipe::Receiver::from_owned_fd(read.into())?;
    /// // The wrong end is found out.
    /// let (read, _write) = std::io::pipe()?;
    /// assert!(pipe::Sender::from_owned_fd(read.into()).is_err());
    /// # drop(write);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn from_owned_fd(owned_fd: OwnedFd) -> io::Result<Self> {
        Self::from_owned_fd_unchecked(adopt(owned_fd, W::ACCESS)?)
    }

    /// As [`from_file`](Self::from_file), of what is known to be a pipe that is open for
    /// that and does not block. One that blocks holds up the loop.
    ///
    /// # Errors
    ///
    /// When it can't be registered with the reactor.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::unix::pipe;
    ///
    /// # buzzer::block_on(async {
    /// let (_guest, counter) = pipe::pipe()?;
    /// let file = std::fs::File::from(counter.into_nonblocking_fd()?);
    /// let counter = pipe::Receiver::from_file_unchecked(file)?;
    /// # drop(counter);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn from_file_unchecked(file: File) -> io::Result<Self> {
        Self::from_owned_fd_unchecked(file.into())
    }

    /// As [`from_file_unchecked`](Self::from_file_unchecked), by descriptor.
    ///
    /// # Errors
    ///
    /// When it can't be registered with the reactor.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::unix::pipe;
    ///
    /// # buzzer::block_on(async {
    /// # use std::os::fd::OwnedFd;
    /// let (read, write) = std::io::pipe()?;
    /// let (_, counter) = pipe::pipe()?;
    /// let fd = counter.into_nonblocking_fd()?; // Non-blocking, as the caller promises.
    /// let counter = pipe::Receiver::from_owned_fd_unchecked(fd)?;
    /// # drop((read, write, counter));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn from_owned_fd_unchecked(owned_fd: OwnedFd) -> io::Result<Self> {
        let source = Source::new(W::KIND, owned_fd, W::INTEREST)?;
        let way = PhantomData;
        Ok(Self { source, way })
    }

    /// Waits until one of what is meant by `interest` is possible, and says what is.
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
    /// use buzzer::io::Interest;
    /// use buzzer::net::unix::pipe;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, counter) = pipe::pipe()?;
    /// drop(guest);
    /// assert!(counter.ready(Interest::READABLE).await?.is_read_closed());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        Ok(self.source.ready(interest).await)
    }

    /// Does `io`, an operation of the program's own on this pipe, if it is ready.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it is not ready, or `io` says so; what else `io` gives. Then the
    /// pipe is taken to be not ready, so `io` must say `WouldBlock` only if the pipe did.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::unix::pipe;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, _counter) = pipe::pipe()?;
    /// guest.writable().await?;
    /// let written = guest.try_io(|| guest.try_write(b"mocha"))?;
    /// assert_eq!(written, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_io<R>(&self, io: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        self.source.try_io_if_ready(W::INTEREST, |_| io())
    }

    /// Gives this end back, deregistered; calls on it block again, so that a child may
    /// have it.
    ///
    /// # Errors
    ///
    /// When it can't be made to block.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::unix::pipe;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, counter) = pipe::pipe()?;
    /// drop(guest);
    /// // For a child, say: most programs expect a standard input that blocks.
    /// let stdin = std::process::Stdio::from(counter.into_blocking_fd()?);
    /// # drop(stdin);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn into_blocking_fd(self) -> io::Result<OwnedFd> {
        let end = self.into_nonblocking_fd()?;
        pipe::set_nonblocking(end.as_fd(), false)?;
        Ok(end)
    }

    /// Gives this end back, deregistered.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::fd::OwnedFd;
    /// use buzzer::net::unix::pipe;
    ///
    /// # buzzer::block_on(async {
    /// let (_guest, counter) = pipe::pipe()?;
    /// let fd: OwnedFd = counter.into_nonblocking_fd()?;
    /// # drop(fd);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn into_nonblocking_fd(self) -> io::Result<OwnedFd> {
        Ok(self.source.into_inner())
    }
}

impl<W> AsFd for End<W> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

impl<W> AsRawFd for End<W> {
    fn as_raw_fd(&self) -> RawFd {
        self.source.get().as_raw_fd()
    }
}

impl<W> fmt::Debug for End<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}
