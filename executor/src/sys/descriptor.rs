//! Descriptors 0, 1 and 2 are the program's: standard input, output and error.
//!
//! The kernel gives a new descriptor the lowest number that is free. Where the program
//! has closed one of the three, that would be it, and what is printed would go into a
//! socket or a selector. So whoever makes a descriptor here passes it through
//! [`above_standard`], and what makes several by itself runs while [`fill_standard`]
//! holds the numbers. A descriptor that is not below 3 costs a comparison.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixDatagram;

use super::check;

/// The lowest number that is nobody's in particular.
const FIRST: RawFd = libc::STDERR_FILENO + 1;

/// Whether it has a number that is its own.
pub(crate) fn is_above_standard(descriptor: &impl AsRawFd) -> bool {
    descriptor.as_raw_fd() >= FIRST
}

/// A descriptor that has just been made, under another number if it must.
pub(crate) fn above_standard<D>(made: D) -> io::Result<D>
where
    D: AsRawFd + From<OwnedFd>,
{
    if is_above_standard(&made) {
        return Ok(made);
    }
    // SAFETY: fcntl takes three integers here and touches no memory of ours.
    let fd = check(unsafe { libc::fcntl(made.as_raw_fd(), libc::F_DUPFD_CLOEXEC, FIRST) })?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else knows its
    // number.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) }.into())
}

/// Holds those of the three numbers that are free, until it is dropped. A program that
/// prints meanwhile prints nowhere, as before.
#[must_use = "the numbers are free again when it is dropped"]
pub(crate) fn fill_standard() -> io::Result<Vec<OwnedFd>> {
    let mut filled = Vec::new();
    while is_one_free() {
        let null = File::options().read(true).write(true).open("/dev/null");
        // There may be no /dev where the program has changed its root.
        let held = null
            .map(OwnedFd::from)
            .or_else(|_| UnixDatagram::unbound().map(OwnedFd::from))?;
        if is_above_standard(&held) {
            // Another thread has taken what was free.
            break;
        }
        filled.push(held);
    }
    Ok(filled)
}

/// One call for the three.
fn is_one_free() -> bool {
    let mut three = [0, 1, 2].map(|fd| libc::pollfd {
        fd,
        events: 0,
        revents: 0,
    });
    // SAFETY: `three` has three entries, and is borrowed for writing past the call,
    // which does not wait.
    let told = unsafe { libc::poll(three.as_mut_ptr(), 3, 0) };
    told > 0 && three.iter().any(|one| one.revents & libc::POLLNVAL != 0)
}
