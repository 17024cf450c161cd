//! The end of a child, as an event of the loop.
//!
//! Owns the wait for it. `child.rs` waits for children that the program asks for,
//! `reap.rs` for those that it has dropped.

use std::future::poll_fn;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use crate::io::Interest;
use crate::io::kind::Kind;
use crate::io::source::Source;
use crate::machine::budget;
use crate::machine::reactor::readiness::Direction;
use crate::sys::process::{Pid, PidFd};
use crate::time::sleep;

/// How long until the next look where no descriptor can tell. A wait of so little more
/// nobody notices who waits for a process.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits for the end. The descriptor that tells of it is there only meanwhile. Where
/// there can be none, our timers look again and again: a sandbox or a kernel refuses
/// the call, or none is left.
pub(super) async fn end_of(child: &Pid) -> io::Result<ExitStatus> {
    poll_fn(budget::poll_proceed).await;
    loop {
        match child.wait() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            waited => return waited,
        }
        match watch(child) {
            Ok(pidfd) => return told_by(&pidfd, child).await,
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// What tells of the child's end.
#[track_caller]
pub(super) fn watch(child: &Pid) -> io::Result<Source<PidFd>> {
    Source::new(Kind::Child, PidFd::open(child)?, Interest::READABLE)
}

/// Waits for the end of the child that `pidfd` was made for. It is readable from the
/// end on, so that whoever looks first has left its waker before.
pub(super) async fn told_by(pidfd: &Source<PidFd>, child: &Pid) -> io::Result<ExitStatus> {
    pidfd.async_io(Direction::Read, |_| child.wait()).await
}
