//! Receiving and sending: without SIGPIPE, and into memory that need not be
//! initialised.
//!
//! Owns the calls that a server makes for every message.

use std::ffi::c_int;
use std::io::{self, IoSlice};
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, BorrowedFd};

use super::super::read_buf::ReadBuf;
use super::super::{check, for_one_call, system};

/// Up to so many bytes it is faster to copy several buffers into one than to tell
/// the kernel of several: an answer's head and its short body, say. The kernel takes
/// some 200 ns for reading the list, and copying so much takes 30.
const COPIED: usize = 1024;

/// A system call moves no more than this, however much there is and fits: read(2).
const MOST_AT_ONCE: usize = 0x7fff_f000;

/// What a call has moved through a stream socket.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    /// So many bytes.
    pub length: usize,
    /// Whether that was all there was, or all that fits, as far as the call tells.
    pub is_short: bool,
}

impl Moved {
    #[inline]
    pub(crate) fn of(length: usize, room: usize) -> Self {
        let is_short = 0 < length && length < room.min(MOST_AT_ONCE);
        Self { length, is_short }
    }
}

/// As [`recv`] from a Unix stream: a read stops behind each message that carries
/// descriptors (unix(7)), and with `SO_PASSCRED` where the sender changes. No event tells
/// of what is behind.
pub(crate) fn recv_unix(socket: BorrowedFd<'_>, buffer: &mut ReadBuf<'_>) -> io::Result<Moved> {
    // SAFETY: only the kernel writes to it, and writes no uninitialised byte.
    let room = unsafe { buffer.unfilled_mut() };
    let most = room.len();
    let (received, may_have_stopped) = system::socket::recv_unix(socket, room)?;
    // SAFETY: the kernel says that it has written so many bytes.
    unsafe { buffer.assume_filled(received) };
    let mut moved = Moved::of(received, most);
    moved.is_short &= !may_have_stopped;
    Ok(moved)
}

/// Receives as much as there is and fits; zero at the end. `flags` as recv(2)
/// has them (`MSG_PEEK`).
pub(crate) fn recv(
    socket: BorrowedFd<'_>,
    buffer: &mut ReadBuf<'_>,
    flags: c_int,
) -> io::Result<usize> {
    // SAFETY: only the kernel writes to it, and writes no uninitialised byte.
    let room = unsafe { buffer.unfilled_mut() };
    let received = system::socket::recv(socket, room, flags)?;
    // SAFETY: the kernel says that it has written so many bytes.
    unsafe { buffer.assume_filled(received) };
    Ok(received)
}

/// Sends as much as fits. A peer that is gone is an error (`EPIPE`), never a
/// signal.
pub(crate) fn send(socket: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    system::socket::send(socket, bytes)
}

/// As [`send`] from several buffers, of which it looks at those [`for_one_call`].
pub(crate) fn send_vectored(socket: BorrowedFd<'_>, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
    let buffers = for_one_call(buffers);
    let lengths = buffers.iter().map(|buffer| buffer.len());
    if lengths.fold(0, usize::saturating_add) <= COPIED {
        let mut room = [const { MaybeUninit::uninit() }; COPIED];
        let mut copied = ReadBuf::uninit(&mut room);
        for buffer in buffers {
            copied.put_slice(buffer);
        }
        return send(socket, copied.filled());
    }
    // SAFETY: a message header is integers and pointers, for which zero is valid;
    // it can't be written as a literal, since libc may have padding in it.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    // An IoSlice has the layout of an iovec, which std promises; sendmsg does not
    // write to it.
    message.msg_iov = buffers.as_ptr().cast_mut().cast();
    message.msg_iovlen = buffers.len() as _;
    // SAFETY: the header names `buffers` with their number; they, and what they
    // point to, are borrowed past the call.
    let sent = check(unsafe {
        libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL)
    })?;
    Ok(sent as usize)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::fd::AsFd as _;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn buffers_arrive_in_order_whether_they_are_copied_or_not() {
        for rest in [0, COPIED - 3, COPIED - 2, COPIED] {
            let (ours, mut theirs) = UnixStream::pair().unwrap();
            let rest = vec![b'.'; rest];
            let sent = send_vectored(
                ours.as_fd(),
                &[
                    IoSlice::new(b"o"),
                    IoSlice::new(b""),
                    IoSlice::new(b"ne"),
                    IoSlice::new(&rest),
                ],
            );
            assert_eq!(sent.unwrap(), 3 + rest.len());
            drop(ours);
            let mut came = Vec::new();
            theirs.read_to_end(&mut came).unwrap();
            assert_eq!(came, [b"one", &rest[..]].concat());
        }
    }

    #[test]
    fn a_call_is_short_if_it_moved_something_and_less_than_one_call_can() {
        let is_short = |length, room| Moved::of(length, room).is_short;
        assert!(is_short(1, 2) && is_short(MOST_AT_ONCE - 1, usize::MAX));
        assert!(!is_short(0, 2) && !is_short(2, 2) && !is_short(MOST_AT_ONCE, usize::MAX));
    }
}
