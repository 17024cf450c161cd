//! Who is at the other end of a Unix stream socket: unix(7), getpeereid(3).
//!
//! Owns the question, which each system has its own call for.

use std::io;
use std::os::fd::BorrowedFd;

#[cfg(target_vendor = "apple")]
use std::os::fd::AsRawFd;

#[cfg(target_vendor = "apple")]
use super::super::check;
use super::option::get_value;

/// Who was there when it connected, or listened.
pub(crate) struct Credentials {
    pub(crate) uid: libc::uid_t,
    pub(crate) gid: libc::gid_t,
    /// `None` if the system doesn't say.
    pub(crate) pid: Option<libc::pid_t>,
}

#[cfg(target_os = "linux")]
pub(crate) fn of_peer(socket: BorrowedFd<'_>) -> io::Result<Credentials> {
    let told: libc::ucred = get_value(socket, libc::SOL_SOCKET, libc::SO_PEERCRED)?;
    let libc::ucred { pid, uid, gid } = told;
    // Zero for a process that is not to be seen from here.
    let pid = (pid != 0).then_some(pid);
    Ok(Credentials { uid, gid, pid })
}

#[cfg(target_os = "freebsd")]
pub(crate) fn of_peer(socket: BorrowedFd<'_>) -> io::Result<Credentials> {
    let told: libc::xucred = get_value(socket, libc::SOL_LOCAL, libc::LOCAL_PEERCRED)?;
    // The effective group is the first.
    let (uid, gid) = (told.cr_uid, told.cr_groups[0]);
    // SAFETY: what the kernel has not written of it is zero.
    let pid = unsafe { told.cr_pid__c_anonymous_union.cr_pid };
    // Zero before FreeBSD 13.
    let pid = (pid != 0).then_some(pid);
    Ok(Credentials { uid, gid, pid })
}

#[cfg(target_vendor = "apple")]
pub(crate) fn of_peer(socket: BorrowedFd<'_>) -> io::Result<Credentials> {
    let (mut uid, mut gid) = (0, 0);
    // SAFETY: both are borrowed for writing past the call.
    check(unsafe { libc::getpeereid(socket.as_raw_fd(), &raw mut uid, &raw mut gid) })?;
    // Of a peer that is gone it isn't told.
    let pid = get_value(socket, libc::SOL_LOCAL, libc::LOCAL_PEEREPID);
    Ok(Credentials {
        uid,
        gid,
        pid: pid.ok(),
    })
}
