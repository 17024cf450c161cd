//! Who is at the other end of a Unix stream.

use crate::sys::socket::credentials::Credentials;

/// A user's number. See [`UCred`].
#[allow(non_camel_case_types, reason = "the name is the system's, and tokio's")]
pub type uid_t = u32;

/// A group's number. See [`UCred`].
#[allow(non_camel_case_types, reason = "the name is the system's, and tokio's")]
pub type gid_t = u32;

/// A process's number. See [`UCred`].
#[allow(non_camel_case_types, reason = "the name is the system's, and tokio's")]
pub type pid_t = i32;

/// Who was at the other end of a Unix stream when it was connected: `SO_PEERCRED`,
/// unix(7); getpeereid(3).
///
/// # Examples
///
/// ```
/// use buzzer::net::UnixStream;
///
/// # buzzer::block_on(async {
/// let (here, there) = UnixStream::pair()?;
/// let (one, other) = (here.peer_cred()?, there.peer_cred()?);
/// assert_eq!((one.uid(), one.gid()), (other.uid(), other.gid()));
/// if let Some(pid) = one.pid() { // Not every system tells.
///     assert_eq!(pid as u32, std::process::id());
/// }
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UCred {
    uid: uid_t,
    gid: gid_t,
    pid: Option<pid_t>,
}

impl UCred {
    pub(super) fn new(credentials: Credentials) -> Self {
        let Credentials { pid, uid, gid } = credentials;
        Self { uid, gid, pid }
    }

    /// The effective user.
    pub fn uid(&self) -> uid_t {
        self.uid
    }

    /// The effective group.
    pub fn gid(&self) -> gid_t {
        self.gid
    }

    /// The process; `None` if this process can't see it, since it is in another
    /// namespace of processes, or the system doesn't say.
    pub fn pid(&self) -> Option<pid_t> {
        self.pid
    }
}
