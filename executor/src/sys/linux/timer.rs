//! Deadlines to the nanosecond: a timer that epoll can wait for, timerfd_create(2).
//!
//! Owns [`Timer`]. Only the reactor uses it, for the sleeps of the loop. Where a sandbox
//! refuses timerfds, poll's own limit has to do.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Interest, Poll, Token};

use super::super::check;
use super::super::descriptor::above_standard;
use super::super::errors::{NO_RUNTIME, named};
use super::refusal::Refusal;
use super::unix;

pub(crate) struct Timer {
    fd: Option<TimerFd>,
    /// The deadline that the timerfd is set for, to set it only once.
    set_for: Option<u64>,
    otherwise: unix::timer::Timer,
}

static CREATE: Refusal = Refusal::new();
static SET: Refusal = Refusal::new();

impl Timer {
    /// One that `poll` tells of by `token`.
    pub(crate) fn new(poll: &Poll, token: Token) -> io::Result<Self> {
        // One that can't be set is of no use.
        let made = match SET.is_noticed() {
            true => None,
            false => CREATE.unless_refused(TimerFd::new),
        };
        let fd = made
            .transpose()
            .map_err(|e| named(NO_RUNTIME, "the timerfd for its sleeps", e))?;
        if let Some(TimerFd(fd)) = &fd {
            poll.registry()
                .register(&mut SourceFd(&fd.as_raw_fd()), token, Interest::READABLE)
                .map_err(|e| named(NO_RUNTIME, "the epoll entry of its timerfd", e))?;
        }
        Ok(Self {
            fd,
            set_for: None,
            otherwise: unix::timer::Timer::new(poll, token)?,
        })
    }

    /// How long poll may sleep so that the loop is awake at `deadline`, which is `after`
    /// from now; `None` if the timer ends the sleep.
    pub(crate) fn limit(&mut self, deadline: u64, after: Duration) -> Option<Duration> {
        match self.set(deadline, after) {
            true => None,
            false => self.otherwise.limit(deadline, after),
        }
    }

    /// Whoever waits on the runtime's descriptor is told of the deadline: by the timer,
    /// or else by what `unpark` gives, on another thread.
    pub(crate) fn tell_at<F: Fn() + Send + 'static>(
        &mut self,
        deadline: u64,
        after: Duration,
        unpark: impl FnOnce() -> F,
    ) -> io::Result<()> {
        match self.set(deadline, after) {
            true => Ok(()),
            false => self.otherwise.tell_at(deadline, after, unpark),
        }
    }

    /// Somebody waits on the runtime's descriptor from now on. Whether it is to be seen
    /// to that he is told.
    pub(crate) fn is_waited_for(&mut self) -> bool {
        // Kept by the other also while there is a timerfd, which may be refused later.
        let is_news = self.otherwise.is_waited_for();
        self.fd.is_none() && is_news
    }

    /// It has told.
    pub(crate) fn has_told(&mut self) {
        self.set_for = None;
    }

    /// The clock has changed its pace: a deadline that it is set for may come at another
    /// time.
    pub(crate) fn forget(&mut self) {
        self.set_for = None;
        self.otherwise.forget();
    }

    /// Whether the timerfd tells.
    fn set(&mut self, deadline: u64, after: Duration) -> bool {
        let Some(fd) = &self.fd else { return false };
        if self.set_for == Some(deadline) {
            return true;
        }
        match SET.unless_refused(|| fd.set(after)) {
            Some(Ok(())) => self.set_for = Some(deadline),
            // Its close takes it out of epoll.
            _ => self.fd = None,
        }
        self.fd.is_some()
    }
}

struct TimerFd(OwnedFd);

impl TimerFd {
    fn new() -> io::Result<Self> {
        let flags = libc::TFD_NONBLOCK | libc::TFD_CLOEXEC;
        // SAFETY: timerfd_create takes two integers and touches no memory of ours.
        let fd = check(unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, flags) })?;
        // SAFETY: The kernel has just made this descriptor for us, and nobody
        // else knows its number.
        above_standard(unsafe { OwnedFd::from_raw_fd(fd) }).map(Self)
    }

    /// Makes the descriptor readable once, `after` from now; not at once even
    /// for zero, which would mean "never" to the kernel.
    fn set(&self, after: Duration) -> io::Result<()> {
        let after = after.max(Duration::from_nanos(1));
        let value = libc::timespec {
            // The kernel takes about 292 years at the most.
            tv_sec: after.as_secs().min(i64::MAX as u64 / 1_000_000_000) as libc::time_t,
            tv_nsec: after.subsec_nanos().into(),
        };
        let never_again = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let timer = libc::itimerspec {
            it_interval: never_again,
            it_value: value,
        };
        // SAFETY: The descriptor is open while `self` is; `timer` lives through
        // the call, and a null old value is allowed.
        check(unsafe { libc::timerfd_settime(self.0.as_raw_fd(), 0, &timer, ptr::null_mut()) })?;
        Ok(())
    }
}
