//! Pipes of the system: bytes one way, between tasks or processes.
//!
//! Owns [`pipe`] and the opening of those that have a name (fifo(7)). Names and
//! signatures are tokio's.
//!
//! - `end.rs`: what both ends have; `receiver.rs`, `sender.rs`: what only one has
//!
//! A short read of a pipe does not mean that it is empty, nor a short write that it
//! is full: a pipe holds pages, not bytes. So only "would block" clears readiness.
//!
//! # Examples
//!
//! ```
//! use buzzer::io::{AsyncReadExt, AsyncWriteExt};
//! use buzzer::net::unix::pipe;
//!
//! buzzer::block_on(async {
//!     let (mut guest, mut counter) = pipe::pipe()?;
//!     guest.write_all(b"one mocha").await?;
//!     drop(guest);
//!     let mut order = String::new();
//!     counter.read_to_string(&mut order).await?;
//!     assert_eq!(order, "one mocha");
//!     Ok::<(), std::io::Error>(())
//! })
//! # .unwrap();
//! ```

mod end;
mod receiver;
mod sender;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::io::error::named;
use crate::sys::descriptor::above_standard;
use crate::sys::fd_kind::look;
use crate::sys::pipe::{self as calls, Access};
pub use end::{End, Receives, Sends};
pub use receiver::Receiver;
pub use sender::Sender;

/// A pipe without a name: what is written to the one end is read from the other.
///
/// # Errors
///
/// What the system says: no descriptors are left.
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
/// let (guest, counter) = pipe::pipe()?;
/// guest.try_write(b"mocha")?;
/// counter.readable().await?;
/// assert_eq!(counter.try_read(&mut [0; 64])?, 5);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[track_caller]
pub fn pipe() -> io::Result<(Sender, Receiver)> {
    let unmade = |error| named("make", "a pipe", error);
    let (reads, writes) = io::pipe().map_err(unmade)?;
    let receiver = above_standard(OwnedFd::from(reads)).map_err(unmade)?;
    let sender = above_standard(OwnedFd::from(writes)).map_err(unmade)?;
    for end in [&sender, &receiver] {
        calls::set_nonblocking(end.as_fd(), true).map_err(unmade)?;
    }
    let sender = Sender::from_owned_fd_unchecked(sender)?;
    Ok((sender, Receiver::from_owned_fd_unchecked(receiver)?))
}

/// How a pipe with a name is to be opened: one that was made by mkfifo(3).
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncReadExt, AsyncWriteExt};
/// use buzzer::net::unix::pipe;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("orders");
/// # std::process::Command::new("mkfifo").arg(&path).status()?;
/// buzzer::block_on(async {
///     let mut counter = pipe::OpenOptions::new().open_receiver(&path)?;
///     let mut guest = pipe::OpenOptions::new().open_sender(&path)?;
///     guest.write_all(b"one mocha").await?;
///     let mut order = [0; 9];
///     counter.read_exact(&mut order).await?;
///     assert_eq!(&order, b"one mocha");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    both_ways: bool,
    is_unchecked: bool,
}

impl OpenOptions {
    /// One way, and only what is a pipe.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens it for both ways, so that a receiver meets no end while there is no other
    /// sender, and a sender finds a receiver. Only on Linux: POSIX leaves open what that
    /// does to a pipe.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::unix::pipe;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// # std::process::Command::new("mkfifo").arg(&path).status()?;
    /// // A sender is refused while nobody reads; one that reads, too, is not.
    /// assert!(pipe::OpenOptions::new().open_sender(&path).is_err());
    /// # #[cfg(target_os = "linux")]
    /// let sender = pipe::OpenOptions::new().read_write(true).open_sender(&path)?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[cfg(target_os = "linux")]
    pub fn read_write(&mut self, value: bool) -> &mut Self {
        self.both_ways = value;
        self
    }

    /// Doesn't look whether it is a pipe. Of what is none, everything may be expected: a
    /// file can't be waited for.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::unix::pipe;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// # std::fs::write(&path, "")?;
    /// // A file is no pipe, and that is found out; unless nobody is to look.
    /// assert!(pipe::OpenOptions::new().open_receiver(&path).is_err());
    /// # std::fs::remove_file(&path)?; std::process::Command::new("mkfifo").arg(&path).status()?;
    /// let receiver = pipe::OpenOptions::new().unchecked(true).open_receiver(&path)?;
    /// # drop(receiver);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn unchecked(&mut self, value: bool) -> &mut Self {
        self.is_unchecked = value;
        self
    }

    /// Opens the pipe at `path` to read from it. It is open at once, also while there is no
    /// sender; a read then waits for the first.
    ///
    /// # Errors
    ///
    /// What the system says, with the path; `InvalidInput` if it is no pipe.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn open_receiver<P: AsRef<Path>>(&self, path: P) -> io::Result<Receiver> {
        let opened = match self.open(path.as_ref(), Access::Read) {
            Ok(end) => Receiver::from_owned_fd_unchecked(end),
            Err(error) => Err(error),
        };
        opened.map_err(|error| named("open", path.as_ref().display(), error))
    }

    /// Opens the pipe at `path` to write to it, if there is a receiver.
    ///
    /// # Errors
    ///
    /// What the system says, with the path, and `InvalidInput` if it is no pipe. If there
    /// is no receiver, the system's own error, without the path: only its number, `ENXIO`,
    /// tells that one is to be waited for.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn open_sender<P: AsRef<Path>>(&self, path: P) -> io::Result<Sender> {
        let opened = match self.open(path.as_ref(), Access::Write) {
            Ok(end) => Sender::from_owned_fd_unchecked(end),
            Err(error) if error.raw_os_error() == Some(libc::ENXIO) => return Err(error),
            Err(error) => Err(error),
        };
        opened.map_err(|error| named("open", path.as_ref().display(), error))
    }

    /// Doesn't wait: a pipe that is opened so has no need of its other end.
    fn open(&self, path: &Path, access: Access) -> io::Result<OwnedFd> {
        let file = File::options()
            .read(self.both_ways || access == Access::Read)
            .write(self.both_ways || access == Access::Write)
            .custom_flags(libc::O_NONBLOCK)
            .open(path)?;
        let end = above_standard(OwnedFd::from(file))?;
        match self.is_unchecked {
            true => Ok(end),
            false => be_pipe(end),
        }
    }
}

/// An error for what is no pipe.
fn be_pipe(end: OwnedFd) -> io::Result<OwnedFd> {
    match look(end.as_raw_fd())? {
        "a pipe" => Ok(end),
        kind => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("it is {kind} and not a pipe"),
        )),
    }
}

/// An end that somebody has opened, if it is one of a pipe and open for that. Made not to
/// block.
fn adopt(end: OwnedFd, access: Access) -> io::Result<OwnedFd> {
    let end = be_pipe(end)?;
    if !calls::may(end.as_fd(), access)? {
        let way = match access {
            Access::Read => "reading",
            Access::Write => "writing",
        };
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("the pipe is not open for {way}"),
        ));
    }
    calls::set_nonblocking(end.as_fd(), true)?;
    Ok(end)
}
