//! What a descriptor is ready for, now or after a wait: poll(2).
//!
//! Owns that call, and [`Cancel`], by which one thread ends the wait of another. The
//! reactor asks for the [readiness] that its selector answers only at the loop's next look.
//! Only jobs on a worker, the threads of `io/stdio/` and the watchdog's may wait here.

use std::ffi::{c_int, c_short};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::{Duration, Instant};

use mio::Interest;

use super::event::Event;
use super::file;

/// The peer sends no more, which is told apart from its end.
#[cfg(any(target_os = "linux", target_os = "freebsd"))]
const READ_CLOSED: c_short = libc::POLLRDHUP;
#[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
const READ_CLOSED: c_short = 0;

/// Whether a hang-up says that nothing more can be sent either. On macOS it is the
/// peer's half of it.
const HANG_UP_IS_OF_BOTH: bool = !cfg!(target_vendor = "apple");

/// Whether mio can be asked for urgent data. Only epoll and poll(2) can.
pub(crate) const MAY_BE_URGENT: bool = cfg!(target_os = "linux");

/// What is meant by `interest`, and urgent data.
pub(crate) fn with_urgent(interest: Option<Interest>) -> Option<Interest> {
    #[cfg(target_os = "linux")]
    return Some(interest.map_or(Interest::PRIORITY, |rest| rest.add(Interest::PRIORITY)));
    #[cfg(not(target_os = "linux"))]
    interest
}

/// What is meant by `interest` besides urgent data.
pub(crate) fn without_urgent(interest: Interest) -> Option<Interest> {
    #[cfg(target_os = "linux")]
    return interest.remove(Interest::PRIORITY);
    #[cfg(not(target_os = "linux"))]
    Some(interest)
}

/// What is told of a descriptor, in mio's words.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Readiness {
    pub(crate) readable: bool,
    pub(crate) writable: bool,
    pub(crate) read_closed: bool,
    pub(crate) write_closed: bool,
    pub(crate) error: bool,
    pub(crate) urgent: bool,
}

impl Readiness {
    /// To the bits of poll(2) it gives the meaning that mio gives to its own.
    fn of(events: c_short) -> Self {
        let has = |flag| events & flag != 0;
        let (error, hung_up) = (has(libc::POLLERR), has(libc::POLLHUP));
        Self {
            readable: has(libc::POLLIN | libc::POLLPRI),
            writable: has(libc::POLLOUT),
            read_closed: hung_up || (has(libc::POLLIN) && has(READ_CLOSED)),
            write_closed: (hung_up && HANG_UP_IS_OF_BOTH)
                || (has(libc::POLLOUT) && error)
                || events == libc::POLLERR,
            error,
            urgent: has(libc::POLLPRI),
        }
    }
}

/// Asks the kernel, of what a source is registered for. Does not wait.
pub(crate) fn readiness(fd: RawFd, interest: Interest) -> io::Result<Readiness> {
    let mut events = 0;
    if interest.is_readable() {
        events |= libc::POLLIN | READ_CLOSED;
    }
    if interest.is_writable() {
        events |= libc::POLLOUT;
    }
    if interest.is_priority() {
        events |= libc::POLLPRI;
    }
    now(fd, events).map(Readiness::of)
}

/// Which of `events` (`POLLIN`, …) are there, and which of those that are told of
/// unasked (`POLLERR`, `POLLHUP`, `POLLNVAL`). Does not wait. A descriptor that is
/// closed is told of as such.
pub(crate) fn now(fd: RawFd, events: c_short) -> io::Result<c_short> {
    let mut asked = [entry(fd, events)];
    poll(&mut asked, Some(Duration::ZERO))?;
    Ok(asked[0].revents)
}

/// Blocks until `file` is ready for one of `events` (`POLLIN`, `POLLOUT`), or its
/// other end has come and gone.
pub(crate) fn until_ready(file: BorrowedFd<'_>, events: c_short) -> io::Result<()> {
    poll(&mut [entry(file.as_raw_fd(), events)], None)
}

/// Whether a read of `file` has something to say now, be it an error. True of what
/// never waits: a file, a directory.
pub(crate) fn is_readable(file: BorrowedFd<'_>) -> io::Result<bool> {
    now(file.as_raw_fd(), libc::POLLIN).map(|there| there != 0)
}

/// Blocks until [`is_readable`] holds, or the wait is called off by `cancel`. Whether
/// it holds.
pub(crate) fn for_input(file: BorrowedFd<'_>, cancel: Option<&Cancel>) -> io::Result<bool> {
    match cancel {
        Some(cancel) => for_input_within(file, cancel, None),
        None => until_ready(file, libc::POLLIN).map(|()| true),
    }
}

/// As [`for_input`], for at most so long.
pub(crate) fn for_input_within(
    file: BorrowedFd<'_>,
    Cancel(event): &Cancel,
    limit: Option<Duration>,
) -> io::Result<bool> {
    let mut entries = [file, event.as_fd()].map(|fd| entry(fd.as_raw_fd(), libc::POLLIN));
    poll(&mut entries, limit)?;
    if entries[1].revents != 0 {
        event.take();
    }
    Ok(entries[0].revents != 0)
}

/// Ends the wait that another thread is in, or the next one.
#[derive(Debug)]
pub(crate) struct Cancel(Event);

impl Cancel {
    pub(crate) fn new() -> io::Result<Self> {
        Event::new().map(Self)
    }

    pub(crate) fn cancel(&self) {
        self.0.tell();
    }
}

fn entry(fd: RawFd, events: c_short) -> libc::pollfd {
    libc::pollfd {
        fd,
        events,
        revents: 0,
    }
}

/// A `limit` is rounded up to a millisecond, and one of more than 24.8 days down to that.
/// Signals don't make it longer.
fn poll(entries: &mut [libc::pollfd], limit: Option<Duration>) -> io::Result<()> {
    const FOREVER: c_int = -1;
    let count = entries.len() as libc::nfds_t;
    let ends_at = limit
        .filter(|limit| !limit.is_zero())
        .and_then(|limit| Instant::now().checked_add(limit));
    file::retry(|| {
        let left = ends_at.map(|at| at.saturating_duration_since(Instant::now()));
        let timeout = left.or(limit).map_or(FOREVER, |left| {
            let millis = left.as_nanos().div_ceil(1_000_000);
            c_int::try_from(millis).unwrap_or(c_int::MAX)
        });
        // SAFETY: there are `count` entries, borrowed for writing past the call. Their
        // descriptors are numbers.
        let code = unsafe { libc::poll(entries.as_mut_ptr(), count, timeout) };
        code as libc::ssize_t
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_wait_is_ended_by_input_and_by_a_cancel_from_before_it_and_once() {
        let (reader, mut writer) = io::pipe().unwrap();
        let reader = reader.as_fd();
        let cancel = Cancel::new().unwrap();
        cancel.cancel();
        cancel.cancel();
        assert!(!for_input(reader, Some(&cancel)).unwrap());
        assert!(!is_readable(cancel.0.as_fd()).unwrap());
        assert!(!is_readable(reader).unwrap());
        writer.write_all(b"!").unwrap();
        assert!(for_input(reader, Some(&cancel)).unwrap());
        assert!(for_input(reader, None).unwrap());
        cancel.cancel();
        assert!(for_input(reader, Some(&cancel)).unwrap());
        assert!(is_readable(reader).unwrap());
    }

    #[test]
    fn a_wait_with_a_limit_ends_by_it_and_not_before() {
        let (reader, _writer) = io::pipe().unwrap();
        let cancel = Cancel::new().unwrap();
        for limit in [1, 1_500].map(Duration::from_micros) {
            let before = Instant::now();
            assert!(!for_input_within(reader.as_fd(), &cancel, Some(limit)).unwrap());
            assert!(before.elapsed() >= limit);
        }
        cancel.cancel();
        assert!(!for_input_within(reader.as_fd(), &cancel, Some(Duration::MAX)).unwrap());
    }
}
