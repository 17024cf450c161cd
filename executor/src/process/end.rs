//! The end of a child, as an event of the loop.
//!
//! Owns the wait for it. `child.rs` waits for children that the program asks for,
//! `reap.rs` for those that it has dropped.

use std::future::poll_fn;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

use crate::io::Interest;
use crate::io::kind::Kind;
use crate::io::source::Source;
use crate::machine::budget;
use crate::machine::reactor::readiness::Direction;
use crate::sys::pidfd::PidFd;
use crate::sys::process::Process;

/// Waits for the end. What tells of it is there only meanwhile.
pub(super) async fn end_of(child: &Arc<Process>) -> io::Result<ExitStatus> {
    poll_fn(budget::poll_proceed).await;
    match child.wait() {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
        waited => return waited,
    }
    End::of(child)?.wait(child).await
}

/// What tells of a child's end.
pub(super) enum End {
    Told(Source<PidFd>),
    /// No descriptor does: there are none of that kind here, or none is left.
    Asked(Source<()>),
}

impl End {
    #[track_caller]
    pub(super) fn of(child: &Arc<Process>) -> io::Result<Self> {
        if let Ok(Some(pidfd)) = PidFd::open(child)
            && let Ok(source) = Source::new(Kind::Child, pidfd, Interest::READABLE)
        {
            return Ok(Self::Told(source));
        }
        Source::of_child(Kind::Child, child.clone()).map(Self::Asked)
    }

    /// Waits for the end of the child that this was made for. Both are readable from the
    /// end on, so that whoever looks first has left its waker before.
    pub(super) async fn wait(&self, child: &Process) -> io::Result<ExitStatus> {
        match self {
            Self::Told(source) => source.async_io(Direction::Read, |_| child.wait()).await,
            Self::Asked(source) => source.async_io(Direction::Read, |_| child.wait()).await,
        }
    }
}
