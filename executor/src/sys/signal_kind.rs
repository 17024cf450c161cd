//! What signals are called.
//!
//! Owns [`SignalKind`], and which signals must not be caught.

use std::ffi::c_int;

/// Which signal: signal(7).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SignalKind(pub(crate) c_int);

impl SignalKind {
    /// The signal of this number, which [`signal`](crate::signal::unix::signal) may refuse.
    pub const fn from_raw(signum: c_int) -> Self {
        Self(signum)
    }

    /// Its number.
    pub const fn as_raw_value(&self) -> c_int {
        self.0
    }

    /// SIGALRM: a timer of alarm(2) is due. Ends the process by default.
    pub const fn alarm() -> Self {
        Self(libc::SIGALRM)
    }

    /// SIGCHLD: a child has ended, stopped or gone on. Ignored by default.
    pub const fn child() -> Self {
        Self(libc::SIGCHLD)
    }

    /// SIGHUP: the terminal is gone; to a daemon, read your settings again. Ends the
    /// process by default.
    pub const fn hangup() -> Self {
        Self(libc::SIGHUP)
    }

    /// SIGINT: Ctrl-C. Ends the process by default.
    pub const fn interrupt() -> Self {
        Self(libc::SIGINT)
    }

    /// SIGIO: a descriptor that was asked to tell is ready. Ends the process by
    /// default.
    pub const fn io() -> Self {
        Self(libc::SIGIO)
    }

    /// SIGPIPE: a write to a pipe or socket that nobody reads. Ends the process by
    /// default; Rust's runtime has it ignored.
    pub const fn pipe() -> Self {
        Self(libc::SIGPIPE)
    }

    /// SIGQUIT: Ctrl-\\. Ends the process by default, with a core dump.
    pub const fn quit() -> Self {
        Self(libc::SIGQUIT)
    }

    /// SIGTERM: end, please. Ends the process by default.
    pub const fn terminate() -> Self {
        Self(libc::SIGTERM)
    }

    /// SIGUSR1: what the program takes it for. Ends the process by default.
    pub const fn user_defined1() -> Self {
        Self(libc::SIGUSR1)
    }

    /// SIGUSR2: what the program takes it for. Ends the process by default.
    pub const fn user_defined2() -> Self {
        Self(libc::SIGUSR2)
    }

    /// SIGWINCH: the terminal has another size. Ignored by default.
    pub const fn window_change() -> Self {
        Self(libc::SIGWINCH)
    }
}

impl From<c_int> for SignalKind {
    fn from(signum: c_int) -> Self {
        Self::from_raw(signum)
    }
}

impl From<SignalKind> for c_int {
    fn from(kind: SignalKind) -> Self {
        kind.as_raw_value()
    }
}

/// SIGKILL and SIGSTOP can't be caught. The others tell of a fault in the program's
/// own code: going on after the handler would run into it again, for ever.
pub(crate) const REFUSED: [c_int; 6] = [
    libc::SIGKILL,
    libc::SIGSTOP,
    libc::SIGILL,
    libc::SIGFPE,
    libc::SIGSEGV,
    libc::SIGBUS,
];
