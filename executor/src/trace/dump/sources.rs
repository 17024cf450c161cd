//! What a source is, in words.
//!
//! Owns the words; what a descriptor is and whom a socket is between, the system tells.
//! Only the dump asks, so nothing is kept for it while the program runs.

use std::ffi::OsStr;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::machine::reactor::child_of;
use crate::sys::socket::names::{self, Family, Name, Socket};
use crate::sys::told::{self, What};

/// Looks at descriptors, for one dump.
#[derive(Default)]
pub(super) struct Looker(told::Looker);

impl Looker {
    pub(super) fn describe(&self, fd: RawFd) -> String {
        match names::of(fd) {
            Some(socket) => self.socket(fd, &socket),
            None => self.other(fd),
        }
    }

    fn socket(&self, fd: RawFd, socket: &Socket) -> String {
        let what = match (socket.family, socket.is_stream) {
            (Family::Internet, true) => "TCP",
            (Family::Internet, false) => "UDP",
            (Family::Unix, _) => "Unix",
            (Family::Other(family), _) => return format!("a socket of family {family}"),
        };
        let local = socket.local.as_ref().and_then(shown);
        let peer = socket.peer.as_ref().and_then(shown);
        let on = |kind: &str| match (&local, &peer) {
            (Some(local), Some(peer)) => format!("the {what} {kind} {local} to {peer}"),
            (Some(local), None) => format!("the {what} {kind} {local}"),
            (None, Some(peer)) => format!("the {what} {kind} to {peer}"),
            (None, None) => format!("a {what} {kind} without a name"),
        };
        match (socket.listens, socket.is_stream, &socket.peer) {
            (true, ..) => on("listener"),
            (false, false, _) => on("socket"),
            (false, true, Some(_)) => on("connection"),
            (false, true, None) => match self.0.connects_to(fd) {
                Some(to) => format!("{}, which connects to {to}", on("socket")),
                None => format!("{}, which is not connected", on("socket")),
            },
        }
    }

    /// What is no socket.
    fn other(&self, fd: RawFd) -> String {
        let child = child_of(fd).map(|child| What::Child(Some(child.into())));
        match child.unwrap_or_else(|| self.0.what(fd)) {
            What::File(path) => path.display().to_string(),
            What::Child(Some(pid)) => format!("the child process {pid}"),
            What::Child(None) => "a child process that has ended".to_owned(),
            What::Signal(signal) => format!("the signal {signal}"),
            What::Kind(kind) => kind,
        }
    }
}

/// `None` for an end that has no name.
fn shown(name: &Name) -> Option<String> {
    match name {
        Name::Internet(address) => Some(address.to_string()),
        Name::Path(path) => Some(Path::new(path).display().to_string()),
        Name::Abstract(name) => Some(format!("@{}", OsStr::from_bytes(name.as_bytes()).display())),
        Name::Unnamed => None,
    }
}
