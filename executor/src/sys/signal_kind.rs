//! What signals are called.
//!
//! Owns [`SignalKind`] and its name, and which signals must not be caught.

use std::ffi::c_int;
use std::fmt;

/// Which signal: signal(7). Shown by its name: `SIGTERM`.
///
/// # Examples
///
/// ```
/// use buzzer::signal::unix::SignalKind;
///
/// let asks_for_the_end = [
///     SignalKind::interrupt(), // Ctrl-C.
///     SignalKind::terminate(), // `kill`.
///     SignalKind::quit(),      // Ctrl-\.
///     SignalKind::hangup(),    // The terminal was closed.
/// ];
/// let others = [
///     SignalKind::alarm(),
///     SignalKind::child(),
///     SignalKind::io(),
///     SignalKind::pipe(),
///     SignalKind::user_defined1(),
///     SignalKind::user_defined2(),
///     SignalKind::window_change(),
///     #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
///     SignalKind::info(),
/// ];
/// assert!(others.iter().all(|kind| !asks_for_the_end.contains(kind)));
/// assert_eq!(SignalKind::from_raw(15), SignalKind::terminate());
/// assert_eq!(SignalKind::terminate().as_raw_value(), 15);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
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

    /// SIGINFO: Ctrl-T, tell how you are getting on. Ignored by default. Only on macOS and
    /// FreeBSD.
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    pub const fn info() -> Self {
        Self(libc::SIGINFO)
    }

    /// SIGINT: Ctrl-C. Ends the process by default.
    pub const fn interrupt() -> Self {
        Self(libc::SIGINT)
    }

    /// SIGIO: a descriptor that was asked to tell is ready. Ends the process by
    /// default on Linux; ignored by default elsewhere.
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

impl fmt::Display for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = NAMES.iter().chain(&system::NAMES);
        if let Some((_, name)) = names.find(|(signal, _)| *signal == self.0) {
            return f.write_str(name);
        }
        let (first, last) = system::real_time().into_inner();
        match self.0 {
            signal if signal == first => f.write_str("SIGRTMIN"),
            signal if signal == last => f.write_str("SIGRTMAX"),
            signal if (first..last).contains(&signal) => write!(f, "SIGRTMIN+{}", signal - first),
            signal => write!(f, "signal {signal}"),
        }
    }
}

impl fmt::Debug for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignalKind({self})")
    }
}

/// Of those that every system has, but for the real-time signals. Their numbers differ
/// from one system to another.
const NAMES: [(c_int, &str); 29] = [
    (libc::SIGHUP, "SIGHUP"),
    (libc::SIGINT, "SIGINT"),
    (libc::SIGQUIT, "SIGQUIT"),
    (libc::SIGILL, "SIGILL"),
    (libc::SIGTRAP, "SIGTRAP"),
    (libc::SIGABRT, "SIGABRT"),
    (libc::SIGBUS, "SIGBUS"),
    (libc::SIGFPE, "SIGFPE"),
    (libc::SIGKILL, "SIGKILL"),
    (libc::SIGUSR1, "SIGUSR1"),
    (libc::SIGSEGV, "SIGSEGV"),
    (libc::SIGUSR2, "SIGUSR2"),
    (libc::SIGPIPE, "SIGPIPE"),
    (libc::SIGALRM, "SIGALRM"),
    (libc::SIGTERM, "SIGTERM"),
    (libc::SIGCHLD, "SIGCHLD"),
    (libc::SIGCONT, "SIGCONT"),
    (libc::SIGSTOP, "SIGSTOP"),
    (libc::SIGTSTP, "SIGTSTP"),
    (libc::SIGTTIN, "SIGTTIN"),
    (libc::SIGTTOU, "SIGTTOU"),
    (libc::SIGURG, "SIGURG"),
    (libc::SIGXCPU, "SIGXCPU"),
    (libc::SIGXFSZ, "SIGXFSZ"),
    (libc::SIGVTALRM, "SIGVTALRM"),
    (libc::SIGPROF, "SIGPROF"),
    (libc::SIGWINCH, "SIGWINCH"),
    (libc::SIGIO, "SIGIO"),
    (libc::SIGSYS, "SIGSYS"),
];

/// What one system has and others don't.
#[cfg(target_os = "linux")]
mod system {
    use std::ffi::c_int;
    use std::ops::{Range, RangeInclusive};

    pub(super) const NAMES: [(c_int, &str); 2] =
        [(libc::SIGSTKFLT, "SIGSTKFLT"), (libc::SIGPWR, "SIGPWR")];

    /// The C library says where they begin and end, as it keeps some for itself.
    pub(super) fn real_time() -> RangeInclusive<c_int> {
        libc::SIGRTMIN()..=libc::SIGRTMAX()
    }

    /// What it keeps.
    pub(super) fn kept() -> Range<c_int> {
        32..libc::SIGRTMIN()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::ffi::c_int;
    use std::ops::{Range, RangeInclusive};

    pub(super) const NAMES: [(c_int, &str); 2] =
        [(libc::SIGEMT, "SIGEMT"), (libc::SIGINFO, "SIGINFO")];

    /// FreeBSD's `SIGRTMIN` and `SIGRTMAX`. macOS has none: after its last signal.
    pub(super) fn real_time() -> RangeInclusive<c_int> {
        match cfg!(target_os = "freebsd") {
            true => 65..=126,
            false => 32..=31,
        }
    }

    /// What the C library keeps: FreeBSD's `SIGTHR` and `SIGLIBRT`.
    pub(super) fn kept() -> Range<c_int> {
        32..34
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

/// Why `kind` can't be caught, if it can't.
pub(crate) fn why_refused(kind: SignalKind) -> Option<&'static str> {
    match kind.0 {
        libc::SIGKILL | libc::SIGSTOP => Some("the system has no handlers for it"),
        signal if REFUSED.contains(&signal) => {
            Some("it tells of a fault, into which the program would run again after a handler")
        }
        signal if !(1..=*system::real_time().end()).contains(&signal) => {
            Some("there is no such signal")
        }
        signal if system::kept().contains(&signal) => Some("the C library keeps it for itself"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_shown_by_name_and_what_is_none_by_number() {
        let shown = |number| SignalKind(number).to_string();
        assert_eq!(shown(libc::SIGTERM), "SIGTERM");
        assert_eq!(format!("{:?}", SignalKind::child()), "SignalKind(SIGCHLD)");
        let (first, last) = system::real_time().into_inner();
        if first < last {
            assert_eq!(shown(first), "SIGRTMIN");
            assert_eq!(shown(first + 3), "SIGRTMIN+3");
            assert_eq!(shown(last), "SIGRTMAX");
        }
        for none in [0, 32, 129, -1] {
            assert_eq!(shown(none), format!("signal {none}"));
            assert!(why_refused(SignalKind(none)).is_some());
        }
        assert!((1..32).map(shown).all(|name| name.starts_with("SIG")));
    }
}
