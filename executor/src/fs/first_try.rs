//! The first try: an operation done at once on the loop, if that needs no disk.
//!
//! Owns the rules for when a try is made, what is safe to try and what of its answer is
//! believed; the calls themselves are the system's (`sys/linux/cached.rs`; on other
//! systems no try is ever answered). Called by the rest of `fs` before it sends
//! a job to a worker. Nothing here may wait.
//!
//! The rules:
//! 1. No try at all when the runtime was built with `FileIo::Pool`.
//! 2. Only paths that the kernel resolves from its caches are opened here.
//! 3. Opening a FIFO waits for its other end, and opening a device may do
//!    anything, so `open` looks at what a path leads to before it opens it.
//!    The look opens nothing.
//! 4. What has been opened for reading is never closed and opened again: a FIFO's
//!    writer would see a reader come and go, and lose what it writes. Such a
//!    descriptor goes to the worker as it is.
//! 5. At most [`AT_ONCE`] bytes are copied per try.
//! 6. That nothing was read or written is believed only where something else says
//!    so too: of a read, the file's size ([`is_at_end`]). Linux 5.9 to 5.11 says the
//!    same of the end and of a page that is not in the cache.
//! 7. No error is believed. That nothing is at a path is asked again by the plain call,
//!    which answers from the same caches ([`asked_again`]); any other error is found
//!    again by a worker, if it isn't owed to the try being a special call.

use std::ffi::{CStr, CString, c_int};
use std::fs::{File as StdFile, Metadata};
use std::io::{self, Seek};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use super::worker::at_once;
use crate::machine::context;
use crate::machine::core::FileIo;
use crate::sys::file::{self, Answer};
use crate::sys::{cached, poll};

/// The most bytes that one try copies on the loop. Copying 128 KiB takes some
/// 10 to 20 µs, about what a hop to a worker costs; more than that is cheaper,
/// and fairer to the other tasks, on a worker.
pub(super) const AT_ONCE: usize = 128 * 1024;

/// A first try, unless they are not allowed or the file is known not to answer.
/// `is_nothing` is asked whether to believe that nothing was moved (rule 6). `None`
/// if a worker has to do it.
pub(super) fn attempt(
    can: &AtomicBool,
    call: impl FnOnce() -> Answer<usize>,
    is_nothing: impl FnOnce() -> bool,
) -> Option<io::Result<usize>> {
    if !can.load(Relaxed) || !is_allowed() {
        return None;
    }
    match call() {
        Answer::Done(0) if !is_nothing() => None,
        Answer::Done(count) => Some(at_once(Ok(count))),
        Answer::Missing | Answer::WouldWait => None,
        Answer::CannotTry => {
            can.store(false, Relaxed);
            None
        }
    }
}

/// Rule 1.
pub(super) fn is_allowed() -> bool {
    context::file_io() == FileIo::Auto
}

/// Rule 6: whether `offset`, or the position, is known to be at the end or behind
/// it. Costs a system call or two, which are made at the end only.
pub(super) fn is_at_end(mut file: &StdFile, offset: Option<u64>) -> bool {
    let Ok(metadata) = file.metadata() else {
        return false;
    };
    let at = match offset {
        Some(offset) => Ok(offset),
        None => file.stream_position(),
    };
    // The size says nothing of a device or a FIFO. Nor does a size of zero: every file
    // in /proc has that.
    metadata.is_file() && metadata.len() > 0 && at.is_ok_and(|at| at >= metadata.len())
}

/// What became of an open that was tried at once.
pub(super) enum Opened {
    Done(StdFile),
    Failed(io::Error),
    /// Open, but neither a regular file nor a directory, and not set to block:
    /// a worker must [`wait_until_open`] before it uses the file.
    Unready(StdFile),
    /// Nothing was opened, so a worker shall open the path.
    No,
}

/// Opens `path` with `flags`, which must not create or truncate.
pub(super) fn open(path: &Path, flags: c_int) -> Opened {
    let missing = || asked_again(path, 0).map_or(Opened::No, Opened::Failed);
    with_c_str(path, Opened::No, |c_path| {
        match cached::look_at(c_path, 0) {
            Answer::Done(looked_at) => match StdFile::from(looked_at).metadata() {
                Ok(metadata) if metadata.is_file() || metadata.is_dir() => {}
                _ => return Opened::No,
            },
            Answer::Missing => return missing(),
            Answer::WouldWait | Answer::CannotTry => return Opened::No,
        }
        // O_NONBLOCK makes it refuse what it would have to wait for: a lease,
        // or a FIFO that has taken the path's place since we looked.
        let opened = match cached::open(c_path, flags | libc::O_NONBLOCK) {
            Answer::Done(fd) => StdFile::from(fd),
            Answer::Missing => return missing(),
            Answer::WouldWait | Answer::CannotTry => return Opened::No,
        };
        match opened.metadata() {
            Ok(metadata) if metadata.is_file() || metadata.is_dir() => {}
            _ => return Opened::Unready(opened),
        }
        match file::set_status_flags(opened.as_fd(), flags) {
            Ok(()) => Opened::Done(opened),
            Err(_) => Opened::Unready(opened),
        }
    })
}

/// What `open` would lead to, for its metadata. `flags` may be `O_NOFOLLOW`.
pub(super) fn metadata(path: &Path, flags: c_int) -> Option<io::Result<Metadata>> {
    with_c_str(path, None, |c_path| match cached::look_at(c_path, flags) {
        Answer::Done(looked_at) => StdFile::from(looked_at).metadata().ok().map(Ok),
        Answer::Missing => asked_again(path, flags).map(Err),
        Answer::WouldWait | Answer::CannotTry => None,
    })
}

/// Rule 7: why there is nothing at `path`, by the plain call; `None` if it finds
/// something. It doesn't wait for what the try has found in the caches.
#[cold]
fn asked_again(path: &Path, flags: c_int) -> Option<io::Error> {
    match flags & libc::O_NOFOLLOW {
        0 => std::fs::metadata(path).err(),
        _ => std::fs::symlink_metadata(path).err(),
    }
}

/// What became of a whole file that was to be read at once.
pub(super) enum Whole {
    Done(Vec<u8>),
    Failed(io::Error),
    /// A worker must read the rest: the file's position is behind what is in
    /// the vector.
    Rest(StdFile, Vec<u8>),
    /// As [`Opened::Unready`]: a worker must read all of it.
    Unready(StdFile),
    /// Nothing was opened, so a worker shall read the path.
    No,
}

/// Reads the file at `path` to its end: four system calls if it is in the cache,
/// which is why it opens the path without looking first. A FIFO's descriptor
/// goes to the worker (rule 4), so nothing is lost by that; a device's driver is
/// trusted to open without waiting when told so.
pub(super) fn read_whole(path: &Path) -> Whole {
    let flags = libc::O_RDONLY | libc::O_NONBLOCK;
    let opened = match with_c_str(path, Answer::CannotTry, |path| cached::open(path, flags)) {
        Answer::Done(fd) => StdFile::from(fd),
        Answer::Missing => return asked_again(path, 0).map_or(Whole::No, Whole::Failed),
        Answer::WouldWait | Answer::CannotTry => return Whole::No,
    };
    let size = match opened.metadata() {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        // The worker's read says that it is a directory.
        Ok(metadata) if metadata.is_dir() => return Whole::Rest(opened, Vec::new()),
        _ => return Whole::Unready(opened),
    };
    // Rule 5. A size of zero says nothing: in /proc every file has it.
    let size = match usize::try_from(size) {
        Ok(size) if size < AT_ONCE => size,
        _ => return Whole::Rest(opened, Vec::new()),
    };
    // One byte more than the size: if it stays free, the end was reached.
    let mut bytes = Vec::with_capacity(size + 1);
    while bytes.len() < AT_ONCE {
        if bytes.len() == bytes.capacity() {
            bytes.reserve(AT_ONCE - bytes.len());
        }
        match file::append_cached(opened.as_fd(), &mut bytes, AT_ONCE) {
            // Rule 6.
            Answer::Done(0) if size == 0 || bytes.len() < size => break,
            Answer::Done(0) => return Whole::Done(bytes),
            // A short read alone is not the end, it may stop where the cache does.
            Answer::Done(_) if size > 0 && bytes.len() == size => return Whole::Done(bytes),
            Answer::Done(_) => {}
            Answer::Missing | Answer::WouldWait | Answer::CannotTry => break,
        }
    }
    Whole::Rest(opened, bytes)
}

/// Turns an [`Opened::Unready`] file into what a plain open gives. For workers
/// only: it waits for a FIFO's writer.
pub(super) fn wait_until_open(file: &StdFile, flags: c_int) -> io::Result<()> {
    let is_read_only = flags & libc::O_ACCMODE == libc::O_RDONLY;
    let may_be_fifo = |metadata: io::Result<Metadata>| {
        metadata.map_or(true, |metadata| metadata.file_type().is_fifo())
    };
    if is_read_only && may_be_fifo(file.metadata()) {
        poll::until_ready(file.as_fd(), libc::POLLIN)?;
    }
    file::set_status_flags(file.as_fd(), flags)
}

/// Calls `then` with `path` as C wants it, on the stack if it is of a usual
/// length. A path that holds a zero byte can't be one: the answer is then
/// `otherwise`, and std's own refusal comes from the worker.
fn with_c_str<T>(path: &Path, otherwise: T, then: impl FnOnce(&CStr) -> T) -> T {
    const USUAL: usize = 384;
    let bytes = path.as_os_str().as_bytes();
    if bytes.len() < USUAL {
        let mut buffer = [0; USUAL];
        buffer[..bytes.len()].copy_from_slice(bytes);
        match CStr::from_bytes_with_nul(&buffer[..=bytes.len()]) {
            Ok(path) => then(path),
            Err(_) => otherwise,
        }
    } else {
        match CString::new(bytes) {
            Ok(path) => then(&path),
            Err(_) => otherwise,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Runtime;

    /// Reads a file of which the first `cached` bytes are in the cache, whole and
    /// by parts.
    fn check(cached: i64) {
        // Where the build is, rather than in /tmp, which may be in memory.
        let dir = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
        let path = dir.path().join("file");
        let contents: Vec<u8> = (0..100_000u32).map(|n| (n / 3) as u8).collect();
        std::fs::write(&path, &contents).unwrap();
        let std = StdFile::open(&path).unwrap();
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            // The try for the cached part makes the kernel read on, and a fast disk may
            // have the rest there before the next try: then again.
            for tries in 1.. {
                cached::forget(&std, cached);
                assert!(crate::fs::read(&path).await.unwrap() == contents);
                // Part at once or not, it was one operation.
                let metrics = runtime.metrics();
                assert_eq!(
                    metrics.file_ops_pooled() + metrics.file_ops_at_once(),
                    tries
                );
                if metrics.file_ops_pooled() == 1 {
                    break;
                }
                assert!(tries < 1_000, "never finished by a worker");
            }

            cached::forget(&std, cached);
            let mut file = crate::fs::File::open(&path).await.unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).await.unwrap();
            assert!(bytes == contents);
        });
    }

    #[test]
    fn a_file_that_is_not_in_the_cache_is_read_by_a_worker() {
        check(0);
    }

    #[test]
    fn a_file_that_is_partly_in_the_cache_is_finished_by_a_worker() {
        check(4096);
    }

    /// Opened, closed and opened again, the FIFO's writer could lose its data in
    /// between; opened by a try of `open`, it could not wait for a writer.
    #[test]
    fn a_fifo_is_kept_open_for_the_worker_or_not_opened_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        match read_whole(&path) {
            Whole::Unready(_) => {}
            Whole::No if !cached::OPENS_PATHS => {}
            _ => panic!("read on the loop"),
        }
        assert!(matches!(open(&path, libc::O_RDONLY), Opened::No));
    }

    #[test]
    fn a_device_is_not_opened_on_the_loop_to_be_a_file() {
        assert!(matches!(
            open(Path::new("/dev/null"), libc::O_RDONLY),
            Opened::No
        ));
    }

    #[test]
    fn paths_on_the_stack_and_off_it() {
        for length in [0, 1, 383, 384, 1000] {
            let path = "x".repeat(length);
            let seen = with_c_str(Path::new(&path), 0, |path| path.to_bytes().len());
            assert_eq!(seen, length);
        }
        assert!(with_c_str(Path::new("zero\0byte"), true, |_| false));
    }
}
