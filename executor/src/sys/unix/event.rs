//! What one side tells and the other waits for: a pipe to oneself.
//!
//! Owns [`Event`]. Signal handlers tell it.
//!
//! # Why a full pipe loses nothing
//!
//! A pipe that is full is told already. Whoever waits takes all that is in it, and looks
//! after that at what it is told of, which was there before the pipe was written to. So
//! what was not written was looked at; and each event has one who takes, since a second
//! one would find it empty.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use super::super::descriptor::above_standard;
use super::super::pipe::set_nonblocking;

/// Told by any thread or signal handler; taken by who waits for its descriptor.
#[derive(Debug)]
pub(crate) struct Event {
    reader: OwnedFd,
    writer: OwnedFd,
}

impl Event {
    /// One whose descriptors don't block and are closed on exec.
    pub(crate) fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let made = |end: OwnedFd| {
            set_nonblocking(end.as_fd(), true)?;
            above_standard(end)
        };
        let (reader, writer) = (made(reader.into())?, made(writer.into())?);
        Ok(Self { reader, writer })
    }

    /// Makes the descriptor readable. May be called in a signal handler, which sees to
    /// errno.
    pub(crate) fn tell(&self) {
        // It fails if somebody else has closed our descriptors, and if the pipe is full.
        // SAFETY: the byte is valid for reads, and lives past the call.
        unsafe { libc::write(self.writer.as_raw_fd(), [1_u8].as_ptr().cast(), 1) };
    }

    /// Whether it was told since this was asked last. May be called in a signal handler.
    pub(crate) fn take(&self) -> bool {
        let mut bytes = [0_u8; 256];
        let mut was_told = false;
        loop {
            // SAFETY: `bytes` is borrowed for writing past the call, which doesn't block.
            let read = unsafe {
                let buffer = bytes.as_mut_ptr().cast();
                libc::read(self.reader.as_raw_fd(), buffer, bytes.len())
            };
            was_told |= read > 0;
            if read < bytes.len() as isize {
                return was_told;
            }
        }
    }
}

impl AsFd for Event {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

impl AsRawFd for Event {
    fn as_raw_fd(&self) -> RawFd {
        self.reader.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::poll::is_readable;

    #[test]
    fn a_full_pipe_is_told_and_empty_after_one_take() {
        let event = Event::new().unwrap();
        assert!(!event.take());
        for times in [1, 256, 257, 100_000] {
            (0..times).for_each(|_| event.tell());
            assert!(is_readable(event.as_fd()).unwrap());
            assert!(event.take());
            assert!(!is_readable(event.as_fd()).unwrap());
            assert!(!event.take());
        }
    }

    #[test]
    fn both_ends_are_closed_on_exec_and_no_standard_descriptor() {
        let event = Event::new().unwrap();
        for end in [&event.reader, &event.writer] {
            // SAFETY: fcntl takes two integers here and touches no memory of ours.
            let flags = unsafe { libc::fcntl(end.as_raw_fd(), libc::F_GETFD) };
            assert_eq!(flags, libc::FD_CLOEXEC);
            assert!(end.as_raw_fd() > libc::STDERR_FILENO);
        }
    }
}
