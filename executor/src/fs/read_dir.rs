//! What is in a directory.
//!
//! Owns [`read_dir`], [`ReadDir`] and [`DirEntry`]. Listing has no first try: the kernel
//! has no call that lists a directory only if it is in the cache. Instead one job fetches
//! many entries, and the next one is under way while the program looks at them.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt;
use std::fs::{FileType, Metadata};
use std::future::poll_fn;
use std::io;
use std::mem;
use std::os::unix::fs::DirEntryExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::worker::{on, proceed, start, with_path};
use crate::io::error::named;
use crate::machine::budget;
use crate::task::JoinHandle;

/// Entries that share one piece of memory, since one for each would take a tenth of a
/// listing's time. Who keeps one entry keeps them all, a KiB or two; and 1 KiB is the most
/// that allocators give without a look through what is free.
const PIECE: usize = 16;

/// Pieces fetched by the first job: who looks at a few entries waits for no more than these.
const FIRST_BATCH: usize = 4;

/// Each further job fetches twice as many, up to so many: at some 30 µs a hop and 1 µs an
/// entry, the hops are then a hundredth of a long listing, and a directory of a million
/// files never fills the memory.
const LARGEST_BATCH: usize = 128;

/// Lists the directory `path`, in the order in which the file system keeps it.
///
/// # Errors
///
/// As [`std::fs::read_dir`]: nothing there, not a directory, no permission.
///
/// # Cancel safety
///
/// Nothing is changed, so nothing is lost.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path();
/// # std::fs::write(path.join("menu"), "")?;
/// let mut entries = buzzer::fs::read_dir(path).await?;
/// while let Some(entry) = entries.next_entry().await? {
///     println!("{}", entry.file_name().display());
/// #   assert_eq!(entry.file_name(), "menu");
/// }
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    proceed().await;
    let path = path.as_ref();
    let first = with_path("read directory", path, |path| {
        Ok(fetch(open(path)?, FIRST_BATCH))
    });
    let mut listing = ReadDir {
        path: path.into(),
        batch: VecDeque::new(),
        taken: 0,
        next_batch: 2 * FIRST_BATCH,
        rest: Rest::None,
    };
    listing.take_in(first.await?);
    Ok(listing)
}

/// The entries of a directory; made by [`read_dir`]. `.` and `..` are left out.
///
/// # Examples
///
/// ```
/// use std::future::poll_fn;
///
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path();
/// # std::fs::write(path.join("menu"), "mocha")?;
/// let mut entries = buzzer::fs::read_dir(path).await?;
/// let entry = entries.next_entry().await?.unwrap();
/// assert_eq!(entry.file_name(), "menu");
/// assert!(poll_fn(|cx| entries.poll_next_entry(cx)).await?.is_none());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct ReadDir {
    path: Arc<Path>,
    /// Fetched and not asked for yet; of the first piece so many entries have been.
    batch: Batch,
    taken: usize,
    /// How many pieces the next job is to fetch.
    next_batch: usize,
    rest: Rest,
}

/// Where the entries after the current batch are to come from.
#[derive(Debug)]
enum Rest {
    None,
    Unread(std::fs::ReadDir),
    /// A worker is at it. It stays here while `next_entry` waits, so that a
    /// dropped call loses no entries.
    Fetching(JoinHandle<Fetched>),
}

type Batch = VecDeque<io::Result<Arc<[Entry]>>>;

#[derive(Debug)]
struct Fetched {
    batch: Batch,
    rest: Option<std::fs::ReadDir>,
}

#[derive(Debug)]
struct Entry {
    std: std::fs::DirEntry,
    file_type: Option<FileType>,
}

impl ReadDir {
    /// The next entry, or `None` after the last.
    ///
    /// # Errors
    ///
    /// When the directory can't be read on. After the error the listing goes on
    /// if the file system can.
    ///
    /// # Cancel safety
    ///
    /// A dropped call loses no entry: the next call returns it.
    pub async fn next_entry(&mut self) -> io::Result<Option<DirEntry>> {
        poll_fn(|cx| self.poll_next_entry(cx)).await
    }

    /// As [`next_entry`](Self::next_entry), for a future made by hand. When it has to
    /// wait, it wakes who polled last.
    ///
    /// # Errors
    ///
    /// As [`next_entry`](Self::next_entry).
    pub fn poll_next_entry(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<DirEntry>>> {
        ready!(budget::poll_left(cx));
        let result = loop {
            if let Some(entry) = self.take_fetched() {
                break entry.map(Some);
            }
            match &mut self.rest {
                Rest::None => break Ok(None),
                Rest::Unread(_) => self.fetch_more(),
                Rest::Fetching(job) => {
                    let fetched = ready!(Pin::new(job).poll(cx));
                    self.rest = Rest::None;
                    match fetched {
                        Ok(fetched) => {
                            self.take_in(fetched);
                            // Who has asked for more than the first batch most likely
                            // asks for all.
                            self.fetch_more();
                        }
                        Err(error) => break Err(error.into()),
                    }
                }
            }
        };
        budget::take_one();
        let result = result.map_err(|error| named("read directory", self.path.display(), error));
        Poll::Ready(result)
    }

    fn take_fetched(&mut self) -> Option<io::Result<DirEntry>> {
        let index = self.taken;
        let piece = match self.batch.front()? {
            Ok(piece) if index + 1 < piece.len() => {
                self.taken += 1;
                Ok(piece.clone())
            }
            _ => {
                self.taken = 0;
                self.batch.pop_front()?
            }
        };
        Some(piece.map(|piece| DirEntry { piece, index }))
    }

    fn fetch_more(&mut self) {
        if let Rest::Unread(std) = mem::replace(&mut self.rest, Rest::None) {
            let work = on("read directory", Some(&self.path));
            let count = self.next_batch;
            self.next_batch = LARGEST_BATCH.min(2 * count);
            self.rest = Rest::Fetching(start(work, move || fetch(std, count)));
        }
    }

    fn take_in(&mut self, fetched: Fetched) {
        self.batch = fetched.batch;
        self.rest = fetched.rest.map_or(Rest::None, Rest::Unread);
    }
}

/// std opens a file again when a signal has come in between, but not a directory.
fn open(path: &Path) -> io::Result<std::fs::ReadDir> {
    loop {
        match std::fs::read_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The worker's part of a listing: so many pieces, none of them empty.
fn fetch(mut std: std::fs::ReadDir, pieces: usize) -> Fetched {
    let mut batch = VecDeque::with_capacity(pieces);
    while batch.len() < pieces {
        let mut piece = Vec::with_capacity(PIECE);
        let mut failed = None;
        let read = std.by_ref().map_while(|entry| match entry {
            Ok(std) => Some(Entry {
                // Known from the listing on most file systems; on the others
                // this is a system call, which is why it is done here.
                file_type: std.file_type().ok(),
                std,
            }),
            Err(error) => {
                failed = Some(error);
                None
            }
        });
        piece.extend(read.take(PIECE));
        let is_end = piece.len() < PIECE && failed.is_none();
        if !piece.is_empty() {
            batch.push_back(Ok(piece.into()));
        }
        batch.extend(failed.map(Err));
        if is_end {
            return Fetched { batch, rest: None };
        }
    }
    Fetched {
        batch,
        rest: Some(std),
    }
}

/// One entry of a directory.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path();
/// # std::fs::write(path.join("menu"), "mocha")?;
/// let mut entries = buzzer::fs::read_dir(path).await?;
/// let entry = entries.next_entry().await?.unwrap();
/// assert_eq!(entry.path(), path.join(entry.file_name()));
/// assert!(entry.file_type().await?.is_file());
/// assert_eq!(entry.metadata().await?.len(), 5);
/// assert_ne!(entry.ino(), 0);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct DirEntry {
    piece: Arc<[Entry]>,
    index: usize,
}

impl DirEntry {
    fn entry(&self) -> &Entry {
        &self.piece[self.index]
    }

    /// The directory's path, as it was given to [`read_dir`], and the name.
    pub fn path(&self) -> PathBuf {
        self.entry().std.path()
    }

    /// The name alone.
    pub fn file_name(&self) -> OsString {
        self.entry().std.file_name()
    }

    /// The inode number.
    pub fn ino(&self) -> u64 {
        self.entry().std.ino()
    }

    /// What is known of the file; of the link itself, if it is a symbolic link.
    ///
    /// # Errors
    ///
    /// As [`std::fs::DirEntry::metadata`]: the file has been removed meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed, so nothing is lost.
    pub async fn metadata(&self) -> io::Result<Metadata> {
        proceed().await;
        self.ask("metadata of", std::fs::DirEntry::metadata).await
    }

    /// Whether it is a file, a directory, a symbolic link or something else.
    /// Known from the listing, with no system call, on most file systems.
    ///
    /// # Errors
    ///
    /// As [`std::fs::DirEntry::file_type`].
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed, so nothing is lost.
    pub async fn file_type(&self) -> io::Result<FileType> {
        proceed().await;
        if let Some(file_type) = self.entry().file_type {
            return Ok(file_type);
        }
        self.ask("file type of", std::fs::DirEntry::file_type).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        operation: &'static str,
        ask: fn(&std::fs::DirEntry) -> io::Result<T>,
    ) -> io::Result<T> {
        let (piece, index) = (self.piece.clone(), self.index);
        with_path(operation, &self.path(), move |_| ask(&piece[index].std)).await
    }
}

impl fmt::Debug for DirEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { std, file_type } = self.entry();
        f.debug_struct("DirEntry")
            .field("std", std)
            .field("file_type", file_type)
            .finish()
    }
}
