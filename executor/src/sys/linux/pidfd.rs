//! A descriptor that tells of a child's end: pidfd_open(2).
//!
//! Owns [`PidFd`]. `process/` registers it with the reactor. Where a sandbox or a kernel
//! before Linux 5.3 refuses the call, the reactor asks the child, as on other systems.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};

use super::super::check;
use super::super::descriptor::above_standard;
use super::super::process::Process;
use super::refusal::Refusal;

/// Becomes readable when its child has ended. It names this child and no other for as
/// long as it is open.
#[derive(Debug)]
pub(crate) struct PidFd(OwnedFd);

static OPEN: Refusal = Refusal::new();

impl PidFd {
    /// Of a child that was not waited for here. `None` where there is no such thing, or
    /// the child is gone. The descriptor is closed on exec.
    ///
    /// # Errors
    ///
    /// If no descriptor is left.
    pub(crate) fn open(child: &Process) -> io::Result<Option<Self>> {
        let opened = OPEN.unless_refused(|| match open(child.number()) {
            Err(error) if is_gone(&error) => Ok(None),
            opened => opened.map(Some),
        });
        opened.unwrap_or(Ok(None))
    }
}

/// Whether it says that there is no such process. EINVAL is also the word for a number
/// that is only a process group's by now, and then not for this process's own.
fn is_gone(error: &io::Error) -> bool {
    match error.raw_os_error() {
        Some(libc::ESRCH) => true,
        Some(libc::EINVAL) => open(std::process::id()).is_ok(),
        _ => false,
    }
}

fn open(number: u32) -> io::Result<PidFd> {
    // SAFETY: pidfd_open takes two integers and touches no memory of ours.
    let fd = check(unsafe { libc::syscall(libc::SYS_pidfd_open, number, 0) })?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else knows its
    // number.
    let made = unsafe { OwnedFd::from_raw_fd(fd as _) };
    above_standard(made).map(PidFd)
}

impl AsFd for PidFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;
    use crate::sys::poll::is_readable;

    #[test]
    fn one_that_is_gone_has_none_and_the_next_has_one_that_tells_of_its_end() {
        let mut gone = Command::new("true").spawn().unwrap();
        gone.wait().unwrap();
        let opened = PidFd::open(&Process::of_child(gone.id()));
        assert!(opened.unwrap().is_none());
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let pidfd = PidFd::open(&Process::of_child(child.id())).unwrap();
        let pidfd = pidfd.expect("the kernel has pidfds, and no sandbox refuses them");
        assert!(!is_readable(pidfd.as_fd()).unwrap());
        child.wait().unwrap();
        assert!(is_readable(pidfd.as_fd()).unwrap());
    }
}
