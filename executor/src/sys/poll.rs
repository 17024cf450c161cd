//! What a descriptor is ready for now: poll(2).
//!
//! Owns the question that epoll answers only at the loop's next look. `reactor/` asks.

use std::ffi::c_short;
use std::io;
use std::os::fd::RawFd;

use super::check;

/// Which of `events` (`POLLIN`, …) are there, and which of those that are told of
/// unasked (`POLLERR`, `POLLHUP`, `POLLNVAL`). Does not wait.
pub(crate) fn now(fd: RawFd, events: c_short) -> io::Result<c_short> {
    let mut asked = libc::pollfd {
        fd,
        events,
        revents: 0,
    };
    loop {
        // SAFETY: `asked` is one pollfd, borrowed for writing past the call. Its
        // descriptor is a number: one that is closed is told of as such.
        match check(unsafe { libc::poll(&raw mut asked, 1, 0) }) {
            Ok(_) => return Ok(asked.revents),
            // Said of a signal that is pending, although there is no wait.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
