//! No descriptor tells of a child's end: the reactor asks the child when SIGCHLD comes.
//!
//! Owns [`PidFd`], of which there is none.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use super::super::process::Process;

#[derive(Debug)]
pub(crate) enum PidFd {}

impl PidFd {
    /// `None` where there is no such thing.
    pub(crate) fn open(_child: &Process) -> io::Result<Option<Self>> {
        Ok(None)
    }
}

impl AsFd for PidFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match *self {}
    }
}
