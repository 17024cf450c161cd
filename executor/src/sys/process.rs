//! Child processes by descriptor: pidfd_open(2).
//!
//! Owns [`PidFd`]. `process/` waits and kills through it, and never by number: a
//! number may be given to another process once its child has been waited for, a
//! descriptor names the one child for as long as it is open.

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use super::check;

/// A child process. Becomes readable when it has ended.
#[derive(Debug)]
pub(crate) struct PidFd(OwnedFd);

impl PidFd {
    /// The child of this number, which nobody must have waited for. The descriptor
    /// is closed on exec; the call is there since Linux 5.3.
    pub(crate) fn open(pid: u32) -> io::Result<Self> {
        // SAFETY: pidfd_open takes two integers and touches no memory of ours.
        let fd = check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })?;
        // SAFETY: the kernel has just made this descriptor for us, and nobody else
        // knows its number.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd as _) }))
    }

    /// Sends SIGKILL. One that has ended already doesn't mind.
    pub(crate) fn kill(&self) -> io::Result<()> {
        let no_info: *const libc::siginfo_t = std::ptr::null();
        // SAFETY: the call takes three integers, and null for the kernel's own
        // siginfo.
        check(unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                self.0.as_raw_fd(),
                libc::SIGKILL,
                no_info,
                0,
            )
        })?;
        Ok(())
    }

    /// How it ended; after that it is gone, and there is nothing more to wait for.
    /// One that a debugger holds is readable before this says so, and once more when
    /// it does.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it has not ended; `ECHILD` if it is gone.
    pub(crate) fn wait(&self) -> io::Result<ExitStatus> {
        // SAFETY: a siginfo is integers and pointers, for which zero is valid.
        let mut info: libc::siginfo_t = unsafe { mem::zeroed() };
        // SAFETY: `info` is borrowed for writing past the call.
        check(unsafe {
            libc::waitid(
                libc::P_PIDFD,
                self.0.as_raw_fd() as libc::id_t,
                &raw mut info,
                libc::WEXITED | libc::WNOHANG,
            )
        })?;
        // SAFETY: waitid has written these fields, or nothing at all into zeros.
        let (pid, status) = unsafe { (info.si_pid(), info.si_status()) };
        if pid == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(ExitStatus::from_raw(wait_status(info.si_code, status)))
    }
}

/// What wait(2) says where waitid(2) says it in two numbers.
fn wait_status(code: i32, status: i32) -> i32 {
    /// Set beside the signal if there is a core dump.
    const CORE: i32 = 0x80;
    match code {
        libc::CLD_EXITED => (status & 0xff) << 8,
        libc::CLD_DUMPED => status | CORE,
        _ => status,
    }
}

impl AsFd for PidFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_end_is_told_as_std_tells_it() {
        let status = |code, status| ExitStatus::from_raw(wait_status(code, status));
        assert_eq!(status(libc::CLD_EXITED, 255).code(), Some(255));
        let killed = status(libc::CLD_KILLED, libc::SIGKILL);
        assert_eq!((killed.signal(), killed.core_dumped()), (Some(9), false));
        let dumped = status(libc::CLD_DUMPED, libc::SIGABRT);
        assert_eq!((dumped.signal(), dumped.core_dumped()), (Some(6), true));
    }
}
