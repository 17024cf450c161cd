//! Child processes: how they have ended, killing them, and how their ends are heard of.
//!
//! Owns [`Process`]. `process/` waits and kills through it, and the reactor asks through
//! it. A child keeps its number until it was waited for, and only its [`Process`] waits:
//! so the number can't be another process's. Once it was, that is remembered, and the
//! number is not used any more. Where other code in this process waits for children that
//! are not its own, or has the system keep none (SIGCHLD ignored), the number may be
//! given away; so before a signal is sent, the kernel is asked whether it is a child's.

use std::ffi::{CString, c_int};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::PoisonError;

use super::action::sigaction;
use super::check;
use super::signal::{self, Listener};
use crate::sys::locks::{Mutex, MutexGuard};

/// A child process.
#[derive(Debug)]
pub(crate) struct Process {
    number: u32,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// As far as is known: nobody has waited for it.
    Running,
    /// Waited for here.
    Ended(ExitStatus),
    /// Waited for by somebody else, or not kept by the system.
    Gone,
}

impl Process {
    /// The child of this number, which nobody must have waited for.
    pub(crate) fn of_child(number: u32) -> Self {
        let state = Mutex::new(State::Running);
        Self { number, state }
    }

    /// The number that it had. It may be another process's by now.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Whether its number is its own: it was not waited for here.
    pub(crate) fn has_number(&self) -> bool {
        !matches!(*self.state(), State::Ended(_))
    }

    /// Sends SIGKILL. One that has ended already doesn't mind.
    ///
    /// # Errors
    ///
    /// `ECHILD` if it is gone; `EPERM` if it may not be killed.
    pub(crate) fn kill(&self) -> io::Result<()> {
        // Held till the signal is sent: as long, nobody waits for it.
        let mut state = self.state();
        if ask(self.number, &mut state)?.is_none() {
            let number = self.number.cast_signed();
            // SAFETY: kill takes two integers and touches no memory of ours.
            check(unsafe { libc::kill(number, libc::SIGKILL) })?;
        }
        Ok(())
    }

    /// How it ended. The first call that says so has waited for it; the others say the
    /// same. A child that a debugger holds may be told of before this says so, and is
    /// once more when it does.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it has not ended; `ECHILD` if it is gone.
    pub(crate) fn wait(&self) -> io::Result<ExitStatus> {
        let ended = ask(self.number, &mut self.state())?;
        ended.ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A state is whole at any time.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `None` if it has not ended. Other children are not asked about: they are other
/// code's.
fn ask(number: u32, state: &mut State) -> io::Result<Option<ExitStatus>> {
    match *state {
        State::Running => {}
        State::Ended(status) => return Ok(Some(status)),
        State::Gone => return Err(io::Error::from_raw_os_error(libc::ECHILD)),
    }
    let mut status = 0;
    // SAFETY: `status` is borrowed for writing past the call.
    let waited =
        check(unsafe { libc::waitpid(number.cast_signed(), &raw mut status, libc::WNOHANG) });
    match waited {
        Ok(0) => return Ok(None),
        Ok(_) => *state = State::Ended(ExitStatus::from_raw(status)),
        Err(error) if error.raw_os_error() == Some(libc::ECHILD) => *state = State::Gone,
        Err(error) => return Err(error),
    }
    ask(number, state)
}

/// Has std make the child by fork(2), as it does where code is to run before the program.
/// It prefers posix_spawn(3), which glibc makes of clone3(2); and glibc takes only ENOSYS
/// for a call that isn't there.
pub(crate) fn by_fork(command: &mut Command) {
    // SAFETY: the code does nothing, which is allowed between fork and exec.
    unsafe { command.pre_exec(|| Ok(())) };
}

/// From here on hears of children's ends, by SIGCHLD.
///
/// # Errors
///
/// `ResourceBusy` if it is heard of no more: other code has replaced our handler; or if
/// it is ignored, as then the system keeps no ended children, which a handler would
/// change for all.
pub(crate) fn hear_of_ends() -> io::Result<Listener> {
    if sigaction(libc::SIGCHLD, None)?.sa_sigaction == libc::SIG_IGN {
        return Err(io::ErrorKind::ResourceBusy.into());
    }
    signal::catch(libc::SIGCHLD)
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

/// Whether an error of exec(2) says that the kernel knows no such kind of program.
pub(crate) fn is_unknown_kind(error: c_int) -> bool {
    #[cfg(target_os = "linux")]
    const MORE: &[c_int] = &[libc::ELIBBAD];
    #[cfg(target_vendor = "apple")]
    const MORE: &[c_int] = &[libc::EBADEXEC, libc::EBADARCH, libc::EBADMACHO];
    #[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
    const MORE: &[c_int] = &[];
    error == libc::ENOEXEC || MORE.contains(&error)
}

/// What exec looks through where there is no PATH: execvp(3).
pub(crate) const USUAL_PATH: &str = match () {
    () if cfg!(target_os = "linux") => "/bin:/usr/bin",
    () if cfg!(target_vendor = "apple") => "/usr/bin:/bin",
    () => "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin",
};

#[cfg(test)]
mod tests {
    use std::process::Child;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn started(mut command: Command) -> (Process, Child) {
        let child = command.spawn().unwrap();
        (Process::of_child(child.id()), child)
    }

    fn end_of(process: &Process) -> io::Result<ExitStatus> {
        loop {
            match process.wait() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    std::thread::yield_now();
                }
                waited => return waited,
            }
        }
    }

    #[test]
    fn each_kind_of_end_is_remembered_and_the_number_given_up_with_it() {
        for (script, code, signal) in [
            ("exit 255", Some(255), None),
            ("kill -KILL $$", None, Some(libc::SIGKILL)),
        ] {
            let (process, _child) = started(shell(script));
            assert!(process.has_number());
            let status = end_of(&process).unwrap();
            assert_eq!((status.code(), status.signal()), (code, signal));
            assert!(!process.has_number());
            assert_eq!(process.wait().unwrap(), status);
            process.kill().unwrap();
        }
    }

    #[test]
    fn one_that_was_waited_for_elsewhere_is_gone_for_good_and_nothing_is_sent() {
        let (process, mut child) = started(shell("exit 3"));
        assert_eq!(child.wait().unwrap().code(), Some(3));
        // Its number may be this one's.
        let (other, _child) = started(shell("exit 4"));
        for _ in 0..2 {
            let gone = process.wait().unwrap_err();
            assert_eq!(gone.raw_os_error(), Some(libc::ECHILD));
        }
        assert!(process.kill().is_err());
        assert_eq!(end_of(&other).unwrap().code(), Some(4));
    }

    #[test]
    fn a_forked_child_ends_as_any_other() {
        let mut command = shell("exit 5");
        by_fork(&mut command);
        let (process, _child) = started(command);
        assert_eq!(end_of(&process).unwrap().code(), Some(5));
    }
}
