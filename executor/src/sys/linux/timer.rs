//! Deadlines to the nanosecond: a timer that epoll can wait for, timerfd_create(2).
//!
//! Owns [`Timer`]. Only the reactor uses it, for the sleeps of the loop. Where a sandbox
//! refuses timerfds, and while the process has no descriptor left for one, poll's own limit
//! has to do.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Interest, Poll, Token};

use super::super::check;
use super::super::descriptor::above_standard;
use super::refusal::Refusal;
use super::unix;

pub(crate) struct Timer {
    /// Of what is told of by it.
    token: Token,
    fd: Option<TimerFd>,
    /// The deadline that the timerfd is set for, to set it only once.
    set_for: Option<u64>,
    otherwise: unix::timer::Timer,
}

static CREATE: Refusal = Refusal::new();
static SET: Refusal = Refusal::new();

impl Timer {
    /// One that is told of by `token`. It has no descriptor before the first deadline: many
    /// runtimes have none.
    pub(crate) fn new(token: Token) -> Self {
        Self {
            token,
            fd: None,
            set_for: None,
            otherwise: unix::timer::Timer::new(token),
        }
    }

    /// How long `poll` may sleep so that the loop is awake at `deadline`, which is `after`
    /// from now; `None` if the timer ends the sleep.
    pub(crate) fn limit(
        &mut self,
        poll: &Poll,
        deadline: u64,
        after: Duration,
    ) -> Option<Duration> {
        match self.set(poll, deadline, after) {
            true => None,
            false => self.otherwise.limit(poll, deadline, after),
        }
    }

    /// Whoever waits on the descriptor of `poll` is told of the deadline: by the timer,
    /// or else by what `unpark` gives, on another thread.
    pub(crate) fn tell_at<F: Fn() + Send + 'static>(
        &mut self,
        poll: &Poll,
        deadline: u64,
        after: Duration,
        unpark: impl FnOnce() -> F,
    ) -> io::Result<()> {
        match self.set(poll, deadline, after) {
            true => Ok(()),
            false => self.otherwise.tell_at(poll, deadline, after, unpark),
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
    fn set(&mut self, poll: &Poll, deadline: u64, after: Duration) -> bool {
        if self.set_for == Some(deadline) {
            return true;
        }
        let fd = match self.fd.take() {
            None => TimerFd::registered(poll, self.token),
            made => made,
        };
        // One that can't be set is closed, which takes it out of epoll.
        self.fd = fd.filter(|fd| matches!(SET.unless_refused(|| fd.set(after)), Some(Ok(()))));
        self.set_for = self.fd.is_some().then_some(deadline);
        self.fd.is_some()
    }
}

struct TimerFd(OwnedFd);

impl TimerFd {
    /// One that `poll` tells of. None if it is refused, or if there is no room for it: the
    /// next deadline asks again.
    fn registered(poll: &Poll, token: Token) -> Option<Self> {
        // One that can't be set is of no use.
        if SET.is_noticed() {
            return None;
        }
        let Self(fd) = CREATE.unless_refused(Self::new)?.ok()?;
        poll.registry()
            .register(&mut SourceFd(&fd.as_raw_fd()), token, Interest::READABLE)
            .ok()?;
        Some(Self(fd))
    }

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

#[cfg(test)]
mod tests {
    use std::mem::zeroed;
    use std::time::Instant;

    use super::*;

    /// How long until it tells.
    fn left(timer: &Timer) -> Duration {
        let fd = timer.fd.as_ref().expect("it is not refused here");
        // SAFETY: zero is a value of each of its integers.
        let mut now: libc::itimerspec = unsafe { zeroed() };
        // SAFETY: the descriptor is open while `timer` is, and `now` lives through the call.
        check(unsafe { libc::timerfd_gettime(fd.0.as_raw_fd(), &mut now) }).unwrap();
        Duration::new(now.it_value.tv_sec as u64, now.it_value.tv_nsec as u32)
    }

    #[test]
    fn a_deadline_is_told_to_the_kernel_to_the_nanosecond_and_rounded_neither_up_nor_down() {
        let poll = Poll::new().unwrap();
        let mut timer = Timer::new(Token(7));
        for (deadline, nanos) in (1..).zip([1, 999_999, 1_000_001, 999_999_999]) {
            let after = Duration::from_secs(3_600) + Duration::from_nanos(nanos);
            let before = Instant::now();
            assert_eq!(timer.limit(&poll, deadline, after), None);
            let left = left(&timer);
            assert!(left <= after, "{left:?} of {after:?}");
            assert!(left + before.elapsed() >= after, "{left:?} of {after:?}");
        }
    }
}
