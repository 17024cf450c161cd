//! What a descriptor is ready for, now or after a wait: poll(2).
//!
//! Owns that call, and [`Cancel`], by which one thread ends the wait of another. The
//! reactor asks [`now`] what epoll answers only at the loop's next look. Only jobs on a
//! worker and the threads of `io/stdio/` may wait here.

use std::ffi::{c_int, c_short};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use super::event::eventfd;
use super::file;

/// Which of `events` (`POLLIN`, …) are there, and which of those that are told of
/// unasked (`POLLERR`, `POLLHUP`, `POLLNVAL`). Does not wait. A descriptor that is
/// closed is told of as such.
pub(crate) fn now(fd: RawFd, events: c_short) -> io::Result<c_short> {
    let mut asked = [entry(fd, events)];
    poll(&mut asked, 0)?;
    Ok(asked[0].revents)
}

/// Blocks until `file` is ready for one of `events` (`POLLIN`, `POLLOUT`), or its
/// other end has come and gone.
pub(crate) fn until_ready(file: BorrowedFd<'_>, events: c_short) -> io::Result<()> {
    poll(&mut [entry(file.as_raw_fd(), events)], FOREVER)
}

/// Whether a read of `file` has something to say now, be it an error. True of what
/// never waits: a file, a directory.
pub(crate) fn is_readable(file: BorrowedFd<'_>) -> io::Result<bool> {
    now(file.as_raw_fd(), libc::POLLIN).map(|there| there != 0)
}

/// Blocks until [`is_readable`] holds, or the wait is called off by `cancel`. Whether
/// it holds.
pub(crate) fn for_input(file: BorrowedFd<'_>, cancel: Option<&Cancel>) -> io::Result<bool> {
    let Some(Cancel(event)) = cancel else {
        return until_ready(file, libc::POLLIN).map(|()| true);
    };
    let event = event.as_fd();
    let mut entries = [file, event].map(|fd| entry(fd.as_raw_fd(), libc::POLLIN));
    poll(&mut entries, FOREVER)?;
    if entries[1].revents != 0 {
        // Its count is eight bytes, which the read takes away.
        file::read(event, &mut [0; 8])?;
    }
    Ok(entries[0].revents != 0)
}

/// Ends the wait that another thread is in, or the next one.
#[derive(Debug)]
pub(crate) struct Cancel(OwnedFd);

impl Cancel {
    pub(crate) fn new() -> io::Result<Self> {
        eventfd().map(Self)
    }

    pub(crate) fn cancel(&self) {
        // It fails when 2^64 of them were written and none was read.
        let _ = file::write(self.0.as_fd(), &1_u64.to_ne_bytes());
    }
}

const FOREVER: c_int = -1;

fn entry(fd: RawFd, events: c_short) -> libc::pollfd {
    libc::pollfd {
        fd,
        events,
        revents: 0,
    }
}

fn poll(entries: &mut [libc::pollfd], timeout: c_int) -> io::Result<()> {
    let count = entries.len() as libc::nfds_t;
    file::retry(|| {
        // SAFETY: there are `count` entries, borrowed for writing past the call. Their
        // descriptors are numbers.
        let code = unsafe { libc::poll(entries.as_mut_ptr(), count, timeout) };
        code as libc::ssize_t
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_wait_is_ended_by_input_and_by_a_cancel_from_before_it_and_once() {
        let (reader, mut writer) = io::pipe().unwrap();
        let reader = reader.as_fd();
        let cancel = Cancel::new().unwrap();
        cancel.cancel();
        cancel.cancel();
        assert!(!for_input(reader, Some(&cancel)).unwrap());
        assert!(!is_readable(cancel.0.as_fd()).unwrap());
        assert!(!is_readable(reader).unwrap());
        writer.write_all(b"!").unwrap();
        assert!(for_input(reader, Some(&cancel)).unwrap());
        assert!(for_input(reader, None).unwrap());
        cancel.cancel();
        assert!(for_input(reader, Some(&cancel)).unwrap());
        assert!(is_readable(reader).unwrap());
    }
}
