//! Calls that an old kernel doesn't have, or that a sandbox refuses.
//!
//! Owns [`Call`], by which that is noticed once for the process. A file system that
//! can't do a thing is no reason to notice: the next file may lie on another.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;

/// What is known of one call. That a sandbox was entered later is noticed as well.
pub(super) struct Call {
    known: AtomicU8,
    /// Makes the call in a way that the kernel answers without looking at any file, and
    /// gives the error's number.
    ask: fn() -> Option<i32>,
    /// What the kernel says to that.
    expected: i32,
}

const UNKNOWN: u8 = 0;
const ANSWERED: u8 = 1;
const REFUSED: u8 = 2;

impl Call {
    pub(super) const fn new(ask: fn() -> Option<i32>, expected: i32) -> Self {
        let known = AtomicU8::new(UNKNOWN);
        Self {
            known,
            ask,
            expected,
        }
    }

    /// Whether there is no use in making it.
    pub(super) fn is_refused(&self) -> bool {
        self.known.load(Relaxed) == REFUSED
    }

    /// Whether the kernel has answered it before.
    pub(super) fn was_answered(&self) -> bool {
        self.known.load(Relaxed) == ANSWERED
    }

    /// Finds out, after it has failed with the error of this number, whether that is said
    /// whatever it is made for. Then it is refused, and stays so.
    #[cold]
    pub(super) fn notice(&self, said: Option<i32>) -> bool {
        let asked = (self.ask)();
        if asked == Some(self.expected) {
            // Another thread may have noticed.
            let _ = self
                .known
                .compare_exchange(UNKNOWN, ANSWERED, Relaxed, Relaxed);
        } else if asked == said {
            self.known.store(REFUSED, Relaxed);
        }
        self.is_refused()
    }
}

/// The error's number; none also where there is no error.
pub(super) fn said<T>(result: &io::Result<T>) -> Option<i32> {
    result.as_ref().err().and_then(io::Error::raw_os_error)
}

/// The descriptor that a call says it has made, to be closed on exec. A filter that says
/// zero has made none, and that number is the program's input.
pub(super) fn made(fd: RawFd) -> io::Result<OwnedFd> {
    if fd == 0 && !is_closed_on_exec(fd) {
        return Err(io::ErrorKind::Unsupported.into());
    }
    // SAFETY: the kernel has just made this descriptor for us, and nobody
    // else knows its number.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn is_closed_on_exec(fd: RawFd) -> bool {
    // SAFETY: F_GETFD takes no more, and touches no memory of ours.
    unsafe { libc::fcntl(fd, libc::F_GETFD) & libc::FD_CLOEXEC != 0 }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI32;

    use super::*;

    #[test]
    fn a_refusal_is_noticed_also_when_it_comes_late_and_then_for_good() {
        static SAYS: AtomicI32 = AtomicI32::new(libc::EBADF);
        static CALL: Call = Call::new(|| Some(SAYS.load(Relaxed)), libc::EBADF);
        assert!(!CALL.is_refused() && !CALL.was_answered());
        assert!(!CALL.notice(Some(libc::EPERM)));
        assert!(!CALL.is_refused() && CALL.was_answered());
        // Something else each time is nobody's policy.
        SAYS.store(libc::ENOMEM, Relaxed);
        assert!(!CALL.notice(Some(libc::EPERM)));
        SAYS.store(libc::EPERM, Relaxed);
        assert!(CALL.notice(Some(libc::EPERM)));
        assert!(CALL.is_refused() && !CALL.was_answered());
        SAYS.store(libc::EBADF, Relaxed);
        assert!(CALL.notice(Some(libc::EPERM)));
        assert!(CALL.is_refused());
    }
}
