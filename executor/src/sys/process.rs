//! Child processes: waiting for them, killing them, and a descriptor that tells.
//!
//! Owns [`Pid`] and [`PidFd`]. `process/` waits and kills through them. A child keeps
//! its number until it was waited for, and only its [`Pid`] waits: so the number can't
//! be another process's. Where other code in this process waits for children that are
//! not its own, or has the system keep none (SIGCHLD ignored), the number may be given
//! away; so before a signal is sent, the kernel is asked whether it is a child's.

use std::ffi::{CString, c_int};
use std::io;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

use super::check;
use super::descriptor::above_standard;

/// A child process that was not waited for. Once it was, it is to be dropped.
#[derive(Debug)]
pub(crate) struct Pid(u32);

impl Pid {
    /// The child of this number, which nobody must have waited for.
    pub(crate) fn of_child(number: u32) -> Self {
        Self(number)
    }

    pub(crate) fn number(&self) -> u32 {
        self.0
    }

    /// Sends SIGKILL. One that has ended already doesn't mind.
    ///
    /// # Errors
    ///
    /// `ECHILD` if it is gone; `EPERM` if it may not be killed.
    pub(crate) fn kill(&self) -> io::Result<()> {
        self.ask(libc::WNOWAIT)?;
        // SAFETY: kill takes two integers and touches no memory of ours.
        check(unsafe { libc::kill(self.0.cast_signed(), libc::SIGKILL) })?;
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
        self.ask(0)?.ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }

    /// `None` if it has not ended. With `WNOWAIT` it is not waited for.
    fn ask(&self, options: c_int) -> io::Result<Option<ExitStatus>> {
        // SAFETY: a siginfo is integers and pointers, for which zero is valid.
        let mut info: libc::siginfo_t = unsafe { mem::zeroed() };
        // SAFETY: `info` is borrowed for writing past the call.
        check(unsafe {
            libc::waitid(
                libc::P_PID,
                self.0,
                &raw mut info,
                libc::WEXITED | libc::WNOHANG | options,
            )
        })?;
        // SAFETY: waitid has written these fields, or nothing at all into zeros.
        let (pid, status) = unsafe { (info.si_pid(), info.si_status()) };
        Ok((pid != 0).then(|| ExitStatus::from_raw(wait_status(info.si_code, status))))
    }
}

/// Becomes readable when its child has ended. It names this child and no other for as
/// long as it is open.
#[derive(Debug)]
pub(crate) struct PidFd(OwnedFd);

impl PidFd {
    /// The descriptor is closed on exec; the call is there since Linux 5.3.
    pub(crate) fn open(child: &Pid) -> io::Result<Self> {
        // SAFETY: pidfd_open takes two integers and touches no memory of ours.
        let fd = check(unsafe { libc::syscall(libc::SYS_pidfd_open, child.0, 0) })?;
        // SAFETY: the kernel has just made this descriptor for us, and nobody else
        // knows its number.
        let made = unsafe { OwnedFd::from_raw_fd(fd as _) };
        above_standard(made).map(Self)
    }
}

/// Whether this process may execute the file, by its mode and the user that it acts
/// for.
pub(crate) fn may_execute(file: &Path) -> bool {
    let Ok(path) = CString::new(file.as_os_str().as_bytes()) else {
        return false;
    };
    // SAFETY: `path` is a C string, borrowed past the call.
    let code =
        unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::X_OK, libc::AT_EACCESS) };
    code == 0
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
