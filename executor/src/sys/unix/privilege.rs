//! Whether this process may do more than who started it: issetugid(2).
//!
//! Owns the question. `trace/environment/` asks it.

/// Whether the system has marked the process as one that must not trust its caller:
/// issetugid(2). The mark stays when the privilege is given up.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_privileged() -> bool {
    // SAFETY: it takes nothing, and touches no memory of ours.
    unsafe { libc::issetugid() != 0 }
}

/// As far as the ids tell, for who checks this way on Linux: they say nothing of
/// capabilities, nor of a privilege that was given up for good before this is asked.
#[cfg(target_os = "linux")]
pub(crate) fn is_privileged() -> bool {
    // SAFETY: these take nothing, and touch no memory of ours.
    unsafe { libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid() }
}
