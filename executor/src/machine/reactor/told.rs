//! What is said of a source: by an event of mio's, or by the kernel when it is asked.
//!
//! Owns what follows from it: [`Told`], and which waits it ends. `reactor/` and its
//! `readiness/` use it.

use std::io;
use std::ops::BitOrAssign;
use std::os::fd::RawFd;

use mio::Interest;
use mio::event::Event;

use crate::record::ids::Direction;
use crate::sys::poll;

/// What of a source can be waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    Read,
    Write,
    /// Urgent data, or that no more comes.
    Urgent,
    Error,
}

impl Wanted {
    pub(crate) const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Urgent, Self::Error];

    /// As the record and the dump name it. To mio and poll(2), what is urgent or an error
    /// is readable, too.
    pub(crate) fn direction(self) -> Direction {
        match self {
            Self::Write => Direction::Write,
            Self::Read | Self::Urgent | Self::Error => Direction::Read,
        }
    }
}

impl From<Direction> for Wanted {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Read => Self::Read,
            Direction::Write => Self::Write,
        }
    }
}

/// What an event says, or all of a source's events so far.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Signs {
    /// The peer sends no more, or the source is gone altogether.
    pub(crate) read_closed: bool,
    /// Nothing more can be sent.
    pub(crate) write_closed: bool,
    /// An operation will fail.
    pub(crate) error: bool,
    /// Urgent data.
    pub(crate) urgent: bool,
}

impl BitOrAssign for Signs {
    fn bitor_assign(&mut self, other: Self) {
        self.read_closed |= other.read_closed;
        self.write_closed |= other.write_closed;
        self.error |= other.error;
        self.urgent |= other.urgent;
    }
}

/// Which waits it ends, and the signs.
///
/// A hang-up or an error ends both: the operation that follows gets the data that is
/// left, then the end or the error. A peer's half-close is no news for the writer.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Told {
    pub(super) read: bool,
    pub(super) write: bool,
    pub(super) signs: Signs,
}

impl Told {
    pub(super) fn of(event: &Event) -> Self {
        Self::new(poll::Readiness {
            readable: event.is_readable(),
            writable: event.is_writable(),
            read_closed: event.is_read_closed(),
            write_closed: event.is_write_closed(),
            error: event.is_error(),
            urgent: event.is_priority(),
        })
    }

    /// Whether it ends a wait for that.
    pub(super) fn has(self, wanted: Wanted) -> bool {
        match wanted {
            Wanted::Read => self.read,
            Wanted::Write => self.write,
            Wanted::Urgent => self.signs.urgent || self.signs.read_closed,
            Wanted::Error => self.signs.error,
        }
    }

    /// Asks the kernel, of what a source is registered for.
    pub(super) fn now(fd: RawFd, interest: Interest) -> io::Result<Self> {
        poll::readiness(fd, interest).map(Self::new)
    }

    #[inline]
    fn new(told: poll::Readiness) -> Self {
        let poll::Readiness {
            readable,
            writable,
            read_closed,
            write_closed,
            error,
            urgent,
        } = told;
        Self {
            read: readable || read_closed || error,
            write: writable || write_closed || error,
            signs: Signs {
                read_closed,
                write_closed,
                error,
                urgent,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::c_short;
    use std::io::Write;
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::os::fd::{AsFd, AsRawFd, OwnedFd};
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use mio::unix::SourceFd;
    use mio::{Events, Poll, Token};

    use super::*;
    use crate::sys::socket::option::set_linger;

    /// What a fresh selector says of a descriptor: nothing, if it is not ready.
    fn of_mio(fd: RawFd, interest: Interest) -> Told {
        let mut poll = Poll::new().unwrap();
        let registry = poll.registry();
        registry
            .register(&mut SourceFd(&fd), Token(0), interest)
            .unwrap();
        let mut events = Events::with_capacity(1);
        poll.poll(&mut events, Some(Duration::ZERO)).unwrap();
        events.iter().next().map(Told::of).unwrap_or_default()
    }

    fn connected() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (here, listener.accept().unwrap().0)
    }

    /// Waits for what is on its way.
    fn wait_for(fd: RawFd, events: c_short) {
        while poll::now(fd, events).unwrap() & events == 0 {
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_kernel_says_the_same_when_it_is_asked_as_mio_does() {
        let mut kept: Vec<OwnedFd> = Vec::new();
        let mut states: Vec<(&str, OwnedFd)> = Vec::new();
        let (here, there) = UnixStream::pair().unwrap();
        states.push(("nothing to read", here.into()));
        kept.push(there.into());
        let (here, mut there) = UnixStream::pair().unwrap();
        there.write_all(b"!").unwrap();
        states.push(("something to read", here.into()));
        there.set_nonblocking(true).unwrap();
        while there.write(&[0; 4096]).is_ok() {}
        states.push(("no room to write", there.into()));
        let (here, there) = UnixStream::pair().unwrap();
        there.shutdown(Shutdown::Write).unwrap();
        states.push(("half closed", here.into()));
        kept.push(there.into());
        let (here, _) = UnixStream::pair().unwrap();
        states.push(("closed", here.into()));
        let (here, there) = connected();
        set_linger(there.as_fd(), Some(Duration::ZERO)).unwrap();
        drop(there);
        wait_for(here.as_raw_fd(), libc::POLLERR);
        states.push(("reset", here.into()));
        let (reads, writes) = io::pipe().unwrap();
        drop(reads);
        states.push(("a pipe without a reader", writes.into()));
        let (reads, writes) = io::pipe().unwrap();
        drop(writes);
        states.push(("a pipe without a writer", reads.into()));

        let (read, write) = (Interest::READABLE, Interest::WRITABLE);
        for (state, fd) in &states {
            let fd = fd.as_raw_fd();
            for interest in [
                read,
                write,
                read | write,
                #[cfg(target_os = "linux")]
                (read | write | Interest::PRIORITY),
            ] {
                let told = of_mio(fd, interest);
                let asked = Told::now(fd, interest).unwrap();
                assert_eq!(asked, told, "{state}, {interest:?}");
            }
        }
    }
}
