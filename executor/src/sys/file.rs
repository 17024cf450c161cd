//! The file calls that answer now or not at all, and a few that go with them.
//!
//! Owns the calls of libc that files and the standard streams need beyond std.
//! `fs/first_try.rs` decides when to try, `fs/file/` and `fs/whole.rs` do the
//! trying; only jobs on a worker and the threads of `io/stdio/` may call what
//! blocks, [`read`] and [`write`].

use std::ffi::{CStr, c_int, c_void};
use std::io::{self, IoSlice};
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::for_one_call;
use super::read_buf::ReadBuf;

/// What a call that must not wait had to say.
#[derive(Debug)]
pub(crate) enum Answer<T> {
    Done(T),
    /// The waiting call would have failed in the same way.
    Failed(io::Error),
    /// Not now: it would wait for the disk, a lock, a lease. Or what was said may be
    /// owed to this call being special, and to these arguments.
    WouldWait,
    /// Not here: the kernel or the file system has no such call.
    CannotTry,
}

/// Opens `path` if the kernel can do so from its caches alone.
///
/// An error is only passed on as final if a plain open gives it too. Walking
/// from the caches alone is what a plain open does first, and it believes an
/// error found there (a name known to be missing, say). Whatever else goes
/// wrong may be owed to this call being special (EPERM or EACCES from a sandbox's
/// filter, EINVAL from an old kernel), so the plain open shall have the last word.
pub(crate) fn open_cached(path: &CStr, flags: c_int) -> Answer<OwnedFd> {
    // SAFETY: `open_how` is three integers, for which zero is a valid value;
    // it can't be written as a literal, since the kernel may add to it.
    let mut how: libc::open_how = unsafe { mem::zeroed() };
    how.flags = (flags | libc::O_CLOEXEC) as u64;
    how.resolve = libc::RESOLVE_CACHED;
    let opened = retry(|| {
        // SAFETY: `path` is a C string and `how` a struct of the size given;
        // both are borrowed past the call, and the kernel only reads them.
        let code = unsafe {
            libc::syscall(
                libc::SYS_openat2,
                libc::AT_FDCWD,
                path.as_ptr(),
                &raw const how,
                size_of_val(&how),
            )
        };
        code as libc::ssize_t
    });
    match opened {
        // SAFETY: the kernel has just made this descriptor for us, and nobody
        // else knows its number.
        Ok(fd) => Answer::Done(unsafe { OwnedFd::from_raw_fd(fd as c_int) }),
        Err(error) => match error.raw_os_error() {
            Some(libc::EAGAIN) => Answer::WouldWait,
            Some(libc::ENOENT | libc::ENOTDIR | libc::EISDIR | libc::ELOOP) => {
                Answer::Failed(error)
            }
            _ => Answer::CannotTry,
        },
    }
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
    // may be seen as possibly uninitialised because `read_raw` never writes an
    // uninitialised byte: only the kernel writes.
    let buffer = unsafe { &mut *(buffer as *mut [u8] as *mut [MaybeUninit<u8>]) };
    read_raw(file, offset, buffer)
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
    let answer = read_raw(file, None, &mut spare[..room]);
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
    // SAFETY: only the kernel writes to it, and writes no uninitialised byte.
    let room = unsafe { buffer.unfilled() };
    let limit = room.len().min(limit);
    let answer = read_raw(file, None, &mut room[..limit]);
    if let Answer::Done(read) = answer {
        // SAFETY: the kernel says that it has filled the first `read` bytes.
        unsafe { buffer.assume_filled(read) };
    }
    answer
}

fn read_raw(
    file: BorrowedFd<'_>,
    offset: Option<u64>,
    buffer: &mut [MaybeUninit<u8>],
) -> Answer<usize> {
    let Some(offset) = raw_offset(offset) else {
        return Answer::WouldWait;
    };
    let vector = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast::<c_void>(),
        iov_len: buffer.len(),
    };
    transfer(|| {
        // SAFETY: `vector` is one entry, as said, and describes `buffer`, which
        // is borrowed for writing past the call.
        unsafe {
            libc::preadv2(
                file.as_raw_fd(),
                &raw const vector,
                1,
                offset,
                libc::RWF_NOWAIT,
            )
        }
    })
}

/// Writes as much as the kernel takes without waiting, at `offset` or at the
/// file's own position, of those buffers that are [`for_one_call`].
pub(crate) fn write_at_once(
    file: BorrowedFd<'_>,
    offset: Option<u64>,
    buffers: &[IoSlice<'_>],
) -> Answer<usize> {
    let Some(offset) = raw_offset(offset) else {
        return Answer::WouldWait;
    };
    let buffers = for_one_call(buffers);
    let count = buffers.len() as c_int;
    transfer(|| {
        // SAFETY: an IoSlice has the layout of an iovec, which std promises;
        // `count` of them, and what they point to, are borrowed past the call.
        unsafe {
            libc::pwritev2(
                file.as_raw_fd(),
                buffers.as_ptr().cast(),
                count,
                offset,
                libc::RWF_NOWAIT,
            )
        }
    })
}

/// The file's own position is -1 in these two calls. An offset that is out of
/// range would be taken for it, so that one is left to the waiting call, which
/// refuses it.
fn raw_offset(offset: Option<u64>) -> Option<i64> {
    match offset {
        None => Some(-1),
        Some(offset) => i64::try_from(offset).ok(),
    }
}

/// As with [`open_cached`], only an error that the plain call gives too is final.
fn transfer(call: impl FnMut() -> libc::ssize_t) -> Answer<usize> {
    match retry(call) {
        Ok(count) => Answer::Done(count as usize),
        Err(error) => match error.raw_os_error() {
            // EINVAL is said of an offset or a length as well as of the call, so it
            // says nothing of the next one.
            Some(libc::EAGAIN | libc::EINVAL) => Answer::WouldWait,
            Some(
                libc::EBADF
                | libc::EISDIR
                | libc::ESPIPE
                | libc::EIO
                | libc::ENOSPC
                | libc::EDQUOT
                | libc::EFBIG,
            ) => Answer::Failed(error),
            // EOPNOTSUPP from the file system, ENOSYS from the kernel, and from
            // sandboxes EPERM or whatever else they are told to say.
            _ => Answer::CannotTry,
        },
    }
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

/// Has the kernel drop a file's pages from its cache, from `offset` on.
#[cfg(test)]
pub(crate) fn forget_cached(file: &std::fs::File, offset: i64) {
    // Only what is on the disk already can be dropped.
    file.sync_all().unwrap();
    // SAFETY: the call takes integers and touches no memory of ours.
    let code =
        unsafe { libc::posix_fadvise(file.as_raw_fd(), offset, 0, libc::POSIX_FADV_DONTNEED) };
    assert_eq!(code, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_interrupted_by_signals_is_made_again() {
        let mut calls = 0;
        let result = retry(|| {
            calls += 1;
            if calls < 4 {
                // SAFETY: it is this thread's own errno, and a plain integer.
                unsafe { *libc::__errno_location() = libc::EINTR };
                return -1;
            }
            7
        });
        assert_eq!((result.unwrap(), calls), (7, 4));
    }

    #[test]
    fn an_offset_out_of_range_is_not_taken_for_the_position() {
        assert_eq!(raw_offset(None), Some(-1));
        assert_eq!(raw_offset(Some(0)), Some(0));
        assert_eq!(raw_offset(Some(i64::MAX as u64)), Some(i64::MAX));
        assert_eq!(raw_offset(Some(u64::MAX)), None);
    }
}
