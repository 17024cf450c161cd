//! Whether this process may do more than who started it: getauxval(3).
//!
//! Owns the question. `trace/environment/` asks it.

/// Whether the kernel has marked the process as one that must not trust its caller: it
/// has a set-user-id or set-group-id program, or one with capabilities. getauxval(3):
/// AT_SECURE. The mark stays when the privilege is given up.
pub(crate) fn is_privileged() -> bool {
    // SAFETY: getauxval takes an integer, and reads what the kernel left at the start.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}
