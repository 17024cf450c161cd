//! Reading and writing a file: at once or not at all, or waiting.
//!
//! Owns what files and the standard streams need beyond std, and is the same on every
//! Unix. `fs/first_try.rs` decides when to try, `fs/file/` and `fs/whole.rs` do the
//! trying, by way of the system's own `cached.rs`; only jobs on a worker and the threads
//! of `io/stdio/` may call what blocks, [`read`] and [`write`].

use std::ffi::c_int;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::for_one_call;
use super::read_buf::ReadBuf;
use super::system::cached;

/// What a call that must not wait had to say.
#[derive(Debug)]
#[allow(
    dead_code,
    reason = "where nothing can be tried, only the last is said"
)]
pub(crate) enum Answer<T> {
    Done(T),
    /// Nothing is at that path, by what is in the caches.
    Missing,
    /// Not now: it would wait for the disk, a lock, a lease. Or what was said may be
    /// owed to this call being special, and to these arguments.
    WouldWait,
    /// Not here: the system or the file system has no such call.
    CannotTry,
}

/// Reads what is in the page cache, at `offset` or at the file's own position.
///
/// Zero bytes need not mean the end of the file: Linux 5.9 to 5.11 says so too where
/// a page is not in the cache.
pub(crate) fn read_cached(
    file: BorrowedFd<'_>,
    offset: Option<u64>,
    buffer: &mut [u8],
) -> Answer<usize> {
    // SAFETY: `&mut [u8]` is valid for writes, and bytes that are initialised
    // may be seen as possibly uninitialised because `cached::read` never writes an
    // uninitialised byte.
    let buffer = unsafe { &mut *(buffer as *mut [u8] as *mut [MaybeUninit<u8>]) };
    cached::read(file, offset, buffer)
}

/// Like [`read_cached`] at the file's own position, appending to the spare
/// capacity of `bytes`, `limit` bytes at most.
pub(crate) fn append_cached(
    file: BorrowedFd<'_>,
    bytes: &mut Vec<u8>,
    limit: usize,
) -> Answer<usize> {
    let spare = bytes.spare_capacity_mut();
    let room = spare.len().min(limit);
    let answer = cached::read(file, None, &mut spare[..room]);
    if let Answer::Done(read) = answer {
        // SAFETY: the kernel says that it has filled the first `read` bytes of
        // the spare capacity, which begins at the vector's length.
        unsafe { bytes.set_len(bytes.len() + read) };
    }
    answer
}

/// Like [`read_cached`] at the file's own position, into what is left of `buffer`,
/// `limit` bytes at most.
pub(crate) fn fill_cached(
    file: BorrowedFd<'_>,
    buffer: &mut ReadBuf<'_>,
    limit: usize,
) -> Answer<usize> {
    // SAFETY: `cached::read` writes no uninitialised byte to it.
    let room = unsafe { buffer.unfilled_mut() };
    let limit = room.len().min(limit);
    let answer = cached::read(file, None, &mut room[..limit]);
    if let Answer::Done(read) = answer {
        // SAFETY: the kernel says that it has filled the first `read` bytes.
        unsafe { buffer.assume_filled(read) };
    }
    answer
}

/// Writes as much as the kernel takes without waiting, at `offset` or at the
/// file's own position, of those buffers that are [`for_one_call`].
pub(crate) fn write_at_once(
    file: BorrowedFd<'_>,
    offset: Option<u64>,
    buffers: &[IoSlice<'_>],
) -> Answer<usize> {
    cached::write(file, offset, for_one_call(buffers))
}

/// Sets the status flags of a file just opened (`O_APPEND`, `O_NONBLOCK` and
/// their like; the access mode in `flags` is ignored by the kernel).
pub(crate) fn set_status_flags(file: BorrowedFd<'_>, flags: c_int) -> io::Result<()> {
    retry(|| {
        // SAFETY: F_SETFL takes an integer and touches no memory of ours.
        let code = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFL, flags) };
        code as libc::ssize_t
    })?;
    Ok(())
}

/// Reads at the file's own position, waiting if it must.
pub(crate) fn read(file: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
    let read = retry(|| {
        // SAFETY: `buffer` is valid for writes of its length, and borrowed past the
        // call.
        unsafe { libc::read(file.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) }
    })?;
    Ok(read as usize)
}

/// Writes some of `bytes` at the file's own position, waiting if it must.
pub(crate) fn write(file: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    let written = retry(|| {
        // SAFETY: `bytes` is valid for reads of its length, and borrowed past the
        // call.
        unsafe { libc::write(file.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) }
    })?;
    Ok(written as usize)
}

/// Calls again as long as a signal comes in between.
pub(super) fn retry(mut call: impl FnMut() -> libc::ssize_t) -> io::Result<libc::ssize_t> {
    loop {
        let code = call();
        if code >= 0 {
            return Ok(code);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    use libc::__errno_location as errno;
    #[cfg(not(target_os = "linux"))]
    use libc::__error as errno;

    use super::*;

    #[test]
    fn a_call_interrupted_by_signals_is_made_again() {
        let mut calls = 0;
        let result = retry(|| {
            calls += 1;
            if calls < 4 {
                // SAFETY: it is this thread's own errno, and a plain integer.
                unsafe { *errno() = libc::EINTR };
                return -1;
            }
            7
        });
        assert_eq!((result.unwrap(), calls), (7, 4));
    }
}
