//! Files: the calls that answer from the kernel's caches, or not at all.
//!
//! Owns openat2(2) with `RESOLVE_CACHED`, and preadv2(2) and pwritev2(2) with
//! `RWF_NOWAIT`. `sys/file.rs` and `fs/first_try.rs` call them, and decide what to
//! believe of the answers. Where the kernel or a sandbox refuses one of the three, that
//! one is not tried any more; of a file system that can't do it, `fs` keeps that by the
//! file.

use std::ffi::{CStr, c_int, c_long, c_void};
use std::io::{self, IoSlice};
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::ptr;

use super::super::file::{Answer, retry};
use super::super::unix;
use super::call::{Call, made, said};

/// Asked for a name that nothing has; the flags are looked at before.
static OPENS: Call = Call::new(|| said(&openat2(c"", libc::O_RDONLY)), libc::ENOENT);

/// These two are asked of a descriptor that is none.
static READS: Call = Call::new(|| said(&of_nothing(libc::SYS_preadv2)), libc::EBADF);
static WRITES: Call = Call::new(|| said(&of_nothing(libc::SYS_pwritev2)), libc::EBADF);

const NONE: RawFd = -1;

/// For the last two calls, the file's own position.
const POSITION: libc::off_t = -1;

fn of_nothing(call: c_long) -> io::Result<libc::ssize_t> {
    // SAFETY: there is no such descriptor, and no buffer is named.
    unsafe { transfer(call, NONE, ptr::null(), 0, POSITION) }
}

/// Opens `path` if the kernel can do so from its caches alone.
///
/// Whatever goes wrong may be owed to this call being special (EPERM or EACCES from a
/// sandbox's filter, EINVAL from an old kernel), so the plain open shall say it.
pub(crate) fn open(path: &CStr, flags: c_int) -> Answer<OwnedFd> {
    if OPENS.is_refused() {
        return unix::cached::open(path, flags);
    }
    match openat2(path, flags) {
        Ok(fd) => Answer::Done(fd),
        Err(error) => match error.raw_os_error() {
            Some(libc::EAGAIN | libc::EISDIR) => Answer::WouldWait,
            Some(libc::ENOENT | libc::ENOTDIR | libc::ELOOP) => Answer::Missing,
            number => {
                OPENS.notice(number);
                Answer::CannotTry
            }
        },
    }
}

/// As [`open`], for the metadata alone: it opens nothing. `flags` may be `O_NOFOLLOW`.
pub(crate) fn look_at(path: &CStr, flags: c_int) -> Answer<OwnedFd> {
    open(path, libc::O_PATH | flags)
}

fn openat2(path: &CStr, flags: c_int) -> io::Result<OwnedFd> {
    // SAFETY: `open_how` is three integers, for which zero is a valid value;
    // it can't be written as a literal, since the kernel may add to it.
    let mut how: libc::open_how = unsafe { mem::zeroed() };
    how.flags = (flags | libc::O_CLOEXEC) as u64;
    how.resolve = libc::RESOLVE_CACHED;
    let fd = retry(|| {
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
    })?;
    made(fd as RawFd)
}

/// Reads into `buffer` what is in the page cache, at `offset` or at the file's own
/// position. Writes no uninitialised byte to it.
pub(crate) fn read(
    file: BorrowedFd<'_>,
    offset: Option<u64>,
    buffer: &mut [MaybeUninit<u8>],
) -> Answer<usize> {
    if READS.is_refused() {
        return unix::cached::read(file, offset, buffer);
    }
    let Some(offset) = raw_offset(offset) else {
        return Answer::WouldWait;
    };
    let vector = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast::<c_void>(),
        iov_len: buffer.len(),
    };
    let vector = &raw const vector;
    // SAFETY: `vector` is one entry, as said, and describes `buffer`, which is borrowed
    // for writing past the call.
    let read = unsafe { transfer(libc::SYS_preadv2, file.as_raw_fd(), vector, 1, offset) };
    moved(&READS, read)
}

/// Writes as much of `buffers` as the kernel takes without waiting, at `offset` or at
/// the file's own position.
pub(crate) fn write(
    file: BorrowedFd<'_>,
    offset: Option<u64>,
    buffers: &[IoSlice<'_>],
) -> Answer<usize> {
    if WRITES.is_refused() {
        return unix::cached::write(file, offset, buffers);
    }
    let Some(offset) = raw_offset(offset) else {
        return Answer::WouldWait;
    };
    let (vectors, count) = (buffers.as_ptr().cast(), buffers.len());
    // SAFETY: an IoSlice has the layout of an iovec, which std promises; `count` of them,
    // and what they point to, are borrowed past the call.
    let written = unsafe { transfer(libc::SYS_pwritev2, file.as_raw_fd(), vectors, count, offset) };
    moved(&WRITES, written)
}

/// Makes one of the two calls. Not by libc's functions for them, which say that a flag is
/// not supported where the kernel has no such call.
///
/// # Safety
///
/// As for readv(2) and writev(2).
unsafe fn transfer(
    call: c_long,
    fd: RawFd,
    vectors: *const libc::iovec,
    count: usize,
    offset: libc::off_t,
) -> io::Result<libc::ssize_t> {
    // The upper half of the offset, where half of it fills a register.
    const NO_MORE: c_long = 0;
    retry(|| {
        // SAFETY: as promised by the caller; the other arguments are integers.
        let moved =
            unsafe { libc::syscall(call, fd, vectors, count, offset, NO_MORE, libc::RWF_NOWAIT) };
        moved as libc::ssize_t
    })
}

/// An offset that is out of range would be taken for [`POSITION`], so that one is left
/// to the waiting call, which refuses it.
fn raw_offset(offset: Option<u64>) -> Option<libc::off_t> {
    match offset {
        None => Some(POSITION),
        Some(offset) => libc::off_t::try_from(offset).ok(),
    }
}

/// No error is final: the call that may wait gives it too, if it isn't owed to this one
/// being special.
fn moved(call: &Call, result: io::Result<libc::ssize_t>) -> Answer<usize> {
    match result {
        Ok(count) => Answer::Done(count as usize),
        Err(error) => match error.raw_os_error() {
            Some(libc::EAGAIN) => Answer::WouldWait,
            // The usual word of a file system that can't.
            Some(libc::EOPNOTSUPP) if call.was_answered() => Answer::CannotTry,
            number => match (call.notice(number), number) {
                (true, _) | (_, Some(libc::EOPNOTSUPP | libc::ENOSYS | libc::EPERM)) => {
                    Answer::CannotTry
                }
                // Said of the file, the offset, the length: nothing of the next try.
                (false, _) => Answer::WouldWait,
            },
        },
    }
}

/// Whether a path can be tried at all, as far as the system goes.
#[cfg(test)]
pub(crate) const OPENS_PATHS: bool = true;

/// Has the kernel drop a file's pages from its cache, from `offset` on.
#[cfg(test)]
pub(crate) fn forget(file: &std::fs::File, offset: i64) {
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
    fn an_offset_out_of_range_is_not_taken_for_the_position() {
        assert_eq!(raw_offset(None), Some(POSITION));
        assert_eq!(raw_offset(Some(0)), Some(0));
        assert_eq!(raw_offset(Some(i64::MAX as u64)), Some(i64::MAX));
        assert_eq!(raw_offset(Some(u64::MAX)), None);
    }
}
