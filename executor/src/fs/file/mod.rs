//! An open file.
//!
//! Owns [`File`], how it is made and what becomes of it. The methods are in the
//! files beside this one; `leftover.rs` looks after what dropped operations leave
//! behind. The file's position is the
//! kernel's, so `O_APPEND`, duplicates and [`File::into_std`] behave as they do
//! in std.

mod chunk;
mod control;
mod ends;
mod leftover;
mod polled;
mod read;
mod seek;
mod write;

use std::fmt;
use std::fs::File as StdFile;
use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use self::leftover::Leftover;
use super::worker::{on, start};
use super::{BufReader, Lines, OpenOptions};
use crate::io::error::named;
use crate::machine::blocking::FileWork;
use crate::sys::fd_kind::kind_of;
use crate::sys::promised::from_raw_fd;

/// An open file, closed when dropped.
///
/// Each operation is tried at once, and goes to a worker if it would have to
/// wait; the [module](super) says when. Nothing is buffered: `write` returns when
/// the data is with the kernel, so dropping a `File` loses nothing that a write
/// has reported as written.
///
/// # Dropped operations
///
/// What was sent to a worker gets done, even if the operation's future is dropped
/// (by a timeout, say). Then
/// - what was read is kept for the next read; to writes, seeks and duplicates it
///   is as if it had not been read.
/// - what was written is written. The next operation of any kind first waits for
///   it, and returns its error if it failed. [`flush`](File::flush) does nothing
///   else.
/// - if the `File` is dropped as well, the worker finishes and closes it. An
///   error then has nobody left to be told to; call `flush` before if that
///   matters.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("greeting");
/// use buzzer::fs::File;
///
/// let mut file = File::create(&path).await?;
/// file.write_all(b"Hello Asynchronous World!").await?;
///
/// let mut file = File::open(&path).await?;
/// let mut first_ten = [0; 10];
/// file.read_exact(&mut first_ten).await?;
/// assert_eq!(&first_ten, b"Hello Asyn");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct File {
    open: Arc<Open>,
    leftover: Leftover,
    /// Memory for what is to be written, kept from one write to the next.
    spare: Vec<u8>,
    /// The most bytes that one job moves.
    max_job: usize,
}

/// What a job shares with the file: whoever is last closes it.
struct Open {
    std: StdFile,
    /// As it was given to `open`, for errors.
    path: Option<Arc<Path>>,
    /// What a first try has found out; set to false when the file system says
    /// that it can't do it.
    reads_at_once: AtomicBool,
    writes_at_once: AtomicBool,
    /// Whether a duplicate may be using the same position. The kernel locks the
    /// position during a read, also a slow one by a worker on the duplicate, so
    /// whatever uses the position is then a worker's job too.
    shares_position: AtomicBool,
}

/// The most bytes that one job moves, by default: enough that the hop is a small part of the
/// time it takes, and a bound for the memory that a file holds on to. It is far
/// below the 2 GiB at which the kernel cuts a transfer short.
const MAX_CHUNK: usize = 2 * 1024 * 1024;

impl File {
    /// Opens the file at `path` for reading.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::open`]. The error names the path and keeps its kind.
    ///
    /// # Cancel safety
    ///
    /// A dropped call leaks nothing: the file is closed as soon as it is open.
    pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        OpenOptions::new().read(true).open(path).await
    }

    /// Opens the file at `path` for writing, creating it if it isn't there and
    /// emptying it if it is.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::create`].
    ///
    /// # Cancel safety
    ///
    /// A dropped call leaks nothing, but may still create or empty the file.
    pub async fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)
            .await
    }

    /// Creates the file at `path` for reading and writing; fails if something is
    /// there.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::create_new`]: `AlreadyExists`.
    ///
    /// # Cancel safety
    ///
    /// A dropped call leaks nothing, but may still create the file.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// File::create_new(&path).await?;
    /// let again = File::create_new(&path).await.unwrap_err();
    /// assert_eq!(again.kind(), ErrorKind::AlreadyExists);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn create_new(path: impl AsRef<Path>) -> io::Result<Self> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
            .await
    }

    /// Options to open a file with; the same as [`OpenOptions::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let mut orders = File::options().create(true).append(true).open(&path).await?;
    /// orders.write_all(b"mocha").await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }

    /// Takes over a file that was opened elsewhere. Its errors name no path, but what kind
    /// of file it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let mut orders = File::from_std(std::fs::File::create(&path)?);
    /// orders.write_all(b"mocha").await?;
    /// let std = orders.into_std().await; // And back.
    /// assert_eq!(std.metadata()?.len(), 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn from_std(std: StdFile) -> Self {
        Self::opened(std, None)
    }

    pub(super) fn opened(std: StdFile, path: Option<Arc<Path>>) -> Self {
        Self {
            open: Arc::new(Open {
                std,
                path,
                reads_at_once: AtomicBool::new(true),
                writes_at_once: AtomicBool::new(true),
                shares_position: AtomicBool::new(false),
            }),
            leftover: Leftover::default(),
            spare: Vec::new(),
            max_job: MAX_CHUNK,
        }
    }

    /// Gives the file back to std, when nothing is at work on it any more. The
    /// position is behind what the program has read.
    ///
    /// The error of a dropped write is lost here, since there is no room for it
    /// in the result: [`flush`](File::flush) first, if one may have been dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the call drops the file.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let orders = File::create(&path).await?;
    /// let std: std::fs::File = orders.into_std().await;
    /// assert_eq!(std.metadata()?.len(), 0);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn into_std(mut self) -> StdFile {
        // The error can't be returned, as said above.
        _ = self.leftover.settle().await;
        let mut unread = mem::take(&mut self.leftover.get_mut().unread);
        if !unread.is_empty() {
            let open = self.open.clone();
            // If no worker can be had, neither can the bytes be given back.
            _ = start(self.doing("seek in"), move || unread.give_back(&open.std)).await;
        }
        // The settling has seen the last job end. One that a runtime on another
        // thread is cancelling right now may not have dropped its share yet: a
        // matter of nanoseconds.
        let mut open = self.open;
        loop {
            open = match Arc::try_unwrap(open) {
                Ok(open) => return open.std,
                Err(shared) => shared,
            };
            std::thread::yield_now();
        }
    }

    /// Gives the file back to std now.
    ///
    /// # Errors
    ///
    /// Gives it back as it is, if a dropped operation is still at work or has left
    /// something: bytes it has read, or its error. [`into_std`](File::into_std)
    /// then waits and puts things right.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let orders = File::create(&path).await?;
    /// // Nothing is under way, so it comes at once.
    /// let std = orders.try_into_std().unwrap();
    /// # drop(std);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[allow(clippy::result_large_err)] // what comes back is the file itself
    pub fn try_into_std(mut self) -> Result<StdFile, Self> {
        let state = self.leftover.get_mut();
        if !state.is_settled() || !state.unread.is_empty() {
            return Err(self);
        }
        match Arc::try_unwrap(self.open) {
            Ok(open) => Ok(open.std),
            Err(open) => Err(Self { open, ..self }),
        }
    }

    /// The file's lines, one by one.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// # std::fs::write(&path, "espresso\nlatte\n")?;
    /// let mut lines = buzzer::fs::File::open(&path).await?.lines();
    /// while let Some(line) = lines.next_line().await? {
    ///     println!("one {line}");
    /// }
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn lines(self) -> Lines {
        BufReader::new(self).lines()
    }

    /// What every operation begins with; see `leftover.rs`.
    async fn settle(&mut self) -> io::Result<()> {
        // The usual case needs no lock: nobody else has the file.
        if self.leftover.get_mut().is_settled() {
            return Ok(());
        }
        self.leftover.settle().await
    }

    /// An operation on this file that a worker is to do.
    pub(super) fn doing(&self, operation: &'static str) -> FileWork {
        on(operation, self.open.path.as_ref())
    }

    #[cold]
    pub(super) fn name(&self, operation: &'static str, error: io::Error) -> io::Error {
        match &self.open.path {
            Some(path) => named(operation, path.display(), error),
            None => named(operation, kind_of(self.open.std.as_raw_fd()), error),
        }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Open { std, path, .. } = &*self.open;
        f.debug_struct("File")
            .field("fd", &std.as_raw_fd())
            .field("path", path)
            .finish()
    }
}

impl From<StdFile> for File {
    fn from(std: StdFile) -> Self {
        Self::from_std(std)
    }
}

impl From<OwnedFd> for File {
    fn from(fd: OwnedFd) -> Self {
        Self::from_std(fd.into())
    }
}

from_raw_fd!(File, Self::from);

impl AsFd for File {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.open.std.as_fd()
    }
}

impl AsRawFd for File {
    fn as_raw_fd(&self) -> RawFd {
        self.open.std.as_raw_fd()
    }
}
