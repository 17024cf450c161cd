//! Reading and writing pipes, and whatever else is read and written in order.
//!
//! Owns the calls for descriptors that don't block and are no sockets, into memory
//! that need not be initialised. `process/` and `net/unix/pipe/` call it.

use std::ffi::c_int;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd};

use super::read_buf::ReadBuf;
use super::{MAX_BUFFERS, check, for_one_call};

/// What an end may be used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    Read,
    Write,
}

/// Whether it was opened for that.
pub(crate) fn may(end: BorrowedFd<'_>, access: Access) -> io::Result<bool> {
    // SAFETY: fcntl takes two integers here and touches no memory of ours.
    let flags = check(unsafe { libc::fcntl(end.as_raw_fd(), libc::F_GETFL) })?;
    let one_way = match access {
        Access::Read => libc::O_RDONLY,
        Access::Write => libc::O_WRONLY,
    };
    let way = flags & libc::O_ACCMODE;
    Ok(way == libc::O_RDWR || way == one_way)
}

/// Whether calls on this end wait. The other end of a pipe is not concerned.
pub(crate) fn set_nonblocking(pipe: BorrowedFd<'_>, nonblocking: bool) -> io::Result<()> {
    let mut value = c_int::from(nonblocking);
    // SAFETY: FIONBIO reads one integer, which is borrowed past the call.
    check(unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONBIO, &raw mut value) })?;
    Ok(())
}

/// Reads as much as there is and fits; zero at the end.
pub(crate) fn read(pipe: BorrowedFd<'_>, buffer: &mut ReadBuf<'_>) -> io::Result<usize> {
    // SAFETY: only the kernel writes to it, and writes no uninitialised byte.
    let room = unsafe { buffer.unfilled_mut() };
    // SAFETY: `room` is valid for writes of its length, and borrowed past the call.
    let read =
        check(unsafe { libc::read(pipe.as_raw_fd(), room.as_mut_ptr().cast(), room.len()) })?;
    // SAFETY: the kernel says that it has written so many bytes.
    unsafe { buffer.assume_filled(read as usize) };
    Ok(read as usize)
}

/// As [`read`] into several buffers. Empty ones at the front are passed over: one call
/// looks at a number of them, and if it finds no room it says zero, which means the end.
pub(crate) fn read_vectored(
    pipe: BorrowedFd<'_>,
    buffers: &mut [IoSliceMut<'_>],
) -> io::Result<usize> {
    let first = buffers.iter().position(|buffer| !buffer.is_empty());
    let buffers = &mut buffers[first.unwrap_or(0)..];
    let count = buffers.len().min(MAX_BUFFERS) as c_int;
    // SAFETY: an IoSliceMut has the layout of an iovec, which std promises; `count` of
    // them, and what they point to, are borrowed for writing past the call.
    let read = check(unsafe { libc::readv(pipe.as_raw_fd(), buffers.as_ptr().cast(), count) })?;
    Ok(read as usize)
}

/// Writes as much as fits. Without a reader it is an error (`EPIPE`), and a SIGPIPE
/// unless that is ignored, as it is in every program whose `main` is Rust's.
pub(crate) fn write(pipe: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: `bytes` is valid for reads of its length, and borrowed past the call.
    let written =
        check(unsafe { libc::write(pipe.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) })?;
    Ok(written as usize)
}

/// As [`write`] from several buffers, of which it looks at those [`for_one_call`].
pub(crate) fn write_vectored(pipe: BorrowedFd<'_>, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
    let buffers = for_one_call(buffers);
    let count = buffers.len() as c_int;
    // SAFETY: an IoSlice has the layout of an iovec, which std promises; `count` of
    // them, and what they point to, are borrowed past the call.
    let written = check(unsafe { libc::writev(pipe.as_raw_fd(), buffers.as_ptr().cast(), count) })?;
    Ok(written as usize)
}
