//! How a file is to be opened.
//!
//! Owns [`OpenOptions`] and the decision which way an open goes.

use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::File;
use super::first_try::{self, Opened};
use super::worker::{at_once, flatten, on, proceed, start, to_make, with_path};
use crate::io::error::named;
use crate::sys::descriptor::above_standard;

/// Options for opening a file; those of [`std::fs::OpenOptions`].
///
/// The modes of Python's `open`: `r` is `read(true)`, `w` is
/// `write(true).create(true).truncate(true)`, `a` is `append(true).create(true)`,
/// `x` is `write(true).create_new(true)`, and a `+` adds `read(true)` or
/// `write(true)`. Text and bytes are the same file here.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("log");
/// let mut log = buzzer::fs::OpenOptions::new().append(true).create(true).open(&path).await?;
/// log.write_all(b"order taken\n").await?;
/// # assert_eq!(std::fs::read(path)?, b"order taken\n");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
///
/// ```
/// use buzzer::fs::OpenOptions;
///
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
/// let mut log = OpenOptions::new()
///     .write(true)
///     .create_new(true) // An error, if there is one already.
///     .mode(0o600)
///     .custom_flags(libc::O_NOFOLLOW)
///     .open(&path)
///     .await?;
/// log.write_all(b"mocha").await?;
/// OpenOptions::new().write(true).truncate(true).open(&path).await?;
/// assert_eq!(std::fs::read(&path)?, b"");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// What a worker opens with. The rest repeats what it can't be asked for.
    std: std::fs::OpenOptions,
    read: bool,
    write: bool,
    append: bool,
    /// Whether something was asked for that only a worker does: creating,
    /// truncating, flags of the caller's own.
    needs_worker: bool,
}

impl OpenOptions {
    /// Nothing chosen yet; at least one of `read`, `write` and `append` must be.
    pub fn new() -> Self {
        let mut options = Self::from(std::fs::OpenOptions::new());
        options.needs_worker = false;
        options
    }

    /// Opens for reading.
    pub fn read(&mut self, read: bool) -> &mut Self {
        self.std.read(read);
        self.read = read;
        self
    }

    /// Opens for writing, at the start of what is there.
    pub fn write(&mut self, write: bool) -> &mut Self {
        self.std.write(write);
        self.write = write;
        self
    }

    /// Opens for writing at the end, wherever that is at each write: what
    /// several writers append is never lost by one overwriting another.
    pub fn append(&mut self, append: bool) -> &mut Self {
        self.std.append(append);
        self.append = append;
        self
    }

    /// Empties the file when it is opened.
    pub fn truncate(&mut self, truncate: bool) -> &mut Self {
        self.std.truncate(truncate);
        self.needs_worker |= truncate;
        self
    }

    /// Creates the file if it isn't there.
    pub fn create(&mut self, create: bool) -> &mut Self {
        self.std.create(create);
        self.needs_worker |= create;
        self
    }

    /// Creates the file, and fails if something is there, in one step.
    pub fn create_new(&mut self, create_new: bool) -> &mut Self {
        self.std.create_new(create_new);
        self.needs_worker |= create_new;
        self
    }

    /// The permission bits of a file that is created, less those of the umask;
    /// `0o666` if not chosen.
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.std.mode(mode);
        self
    }

    /// Flags of `open(2)` besides those of the other options.
    pub fn custom_flags(&mut self, flags: i32) -> &mut Self {
        self.std.custom_flags(flags);
        self.needs_worker = true;
        self
    }

    /// Opens the file at `path`.
    ///
    /// Opening a FIFO waits until its other end is opened too, on a worker,
    /// which is taken for as long.
    ///
    /// # Errors
    ///
    /// As [`std::fs::OpenOptions::open`]. The error names the path and keeps its
    /// kind.
    ///
    /// # Cancel safety
    ///
    /// A dropped call leaks nothing: the file is closed as soon as it is open.
    /// It may still be created or emptied.
    pub async fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        proceed().await;
        let path = path.as_ref();
        let opened = match self.flags() {
            Some(flags) if first_try::is_allowed() => match first_try::open(path, flags) {
                Opened::Done(std) => at_once(Ok(std)),
                Opened::Failed(error) => at_once(Err(named("open", path.display(), error))),
                Opened::Unready(std) => {
                    let job = start(on("open", Some(&path.into())), move || {
                        first_try::wait_until_open(&std, flags)?;
                        Ok(std)
                    });
                    flatten(job.await).map_err(|error| named("open", path.display(), error))
                }
                Opened::No => self.open_on_worker(path).await,
            },
            _ => self.open_on_worker(path).await,
        };
        let std = above_standard(opened?)?;
        Ok(File::opened(std, Some(path.into())))
    }

    async fn open_on_worker(&self, path: &Path) -> io::Result<std::fs::File> {
        let options = self.std.clone();
        match self.needs_worker {
            // It may be that it creates the file.
            true => to_make("open", path, move |path| options.open(path)).await,
            false => with_path("open", path, move |path| options.open(path)).await,
        }
    }

    /// The flags for a first try, if one may be made. Combinations that make no
    /// sense are left to std, which refuses them.
    fn flags(&self) -> Option<libc::c_int> {
        if self.needs_worker {
            return None;
        }
        match (self.read, self.write, self.append) {
            (true, false, false) => Some(libc::O_RDONLY),
            (false, true, false) => Some(libc::O_WRONLY),
            (true, true, false) => Some(libc::O_RDWR),
            (false, _, true) => Some(libc::O_WRONLY | libc::O_APPEND),
            (true, _, true) => Some(libc::O_RDWR | libc::O_APPEND),
            (false, false, false) => None,
        }
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// What std's options hold can't be asked for, so such an open is a worker's.
impl From<std::fs::OpenOptions> for OpenOptions {
    fn from(std: std::fs::OpenOptions) -> Self {
        Self {
            std,
            read: false,
            write: false,
            append: false,
            needs_worker: true,
        }
    }
}
