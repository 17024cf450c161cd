//! Listeners, TCP or Unix: what both can do.
//!
//! Owns [`Listener`], of which `TcpListener` and `UnixListener` are the two kinds.
//! Binding is in `net/tcp/` and `net/unix/`.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

use super::pause::Pause;
use super::std_sockets::{StdListener, StdSocket};
use super::stream::StreamSocket;
use crate::io::Interest;
use crate::io::error::{named, raw_os_error};
use crate::io::source::Source;
use crate::machine::reactor::readiness::Direction;

/// Connections that may wait to be accepted, as in tokio; the kernel takes no more
/// than `net.core.somaxconn`.
pub(super) const BACKLOG: u32 = 1024;

/// A connection, and where it comes from.
type Accepted<L> = (
    StreamSocket<<L as StdListener>::Stream>,
    <L as StdSocket>::Address,
);

/// A socket that listens for connections:
/// [`TcpListener`](super::TcpListener) or [`UnixListener`](super::UnixListener).
///
/// It belongs to the runtime that it was made in. It may go to other threads, and
/// be dropped there; but to wait for it or to try it outside its runtime is a panic.
pub struct Listener<L> {
    pub(super) source: Source<L>,
    pause: Pause,
}

impl<L: StdListener> Listener<L> {
    /// `listener` must be non-blocking.
    #[track_caller]
    pub(super) fn register(listener: L) -> io::Result<Self> {
        let source = Source::new(L::KIND, listener, Interest::READABLE)?;
        let pause = Pause::default();
        Ok(Self { source, pause })
    }

    /// Takes over a listener of std. It is made non-blocking, and so are its
    /// duplicates: that is a trait of the socket, not of the descriptor.
    ///
    /// # Errors
    ///
    /// When it can't be registered with epoll.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn from_std(listener: L) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Self::register(listener)
    }

    /// Gives the socket back to std, deregistered. It stays non-blocking: call std's
    /// `set_nonblocking(false)` if it is to block.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    pub fn into_std(self) -> io::Result<L> {
        Ok(self.source.into_inner())
    }

    /// Takes the next connection, and says where it comes from.
    ///
    /// A connection that has ended before it could be taken is passed over, and the
    /// next is waited for (accept(2) names the errors that mean so).
    ///
    /// # Errors
    ///
    /// What the system says, with this listener's address: mostly that the process or
    /// the system has no descriptor left (`EMFILE`, `ENFILE`), or no memory. The
    /// connection then waits on, and the next accept of this listener pauses for 50 ms
    /// before it tries again. So a loop that ignores the error neither burns the
    /// processor nor loses the connection.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no connection.
    pub async fn accept(&self) -> io::Result<Accepted<L>> {
        self.pause.wait().await;
        loop {
            let accept = L::accept_nonblocking;
            let accepted = self.source.async_io(Direction::Read, accept).await;
            if let Some(result) = self.settle(accepted) {
                return result;
            }
        }
    }

    /// As [`accept`](Self::accept), for a future made by hand. Of several that wait
    /// so, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept).
    #[track_caller]
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted<L>>> {
        ready!(self.pause.poll(cx));
        loop {
            let accept = L::accept_nonblocking;
            let accepted = ready!(self.source.poll_io(cx, Direction::Read, accept));
            if let Some(result) = self.settle(accepted) {
                return Poll::Ready(result);
            }
        }
    }

    /// What is to be told of an accept; `None` if the next connection is to be
    /// waited for. That wait takes from the budget, so a row of dead connections
    /// doesn't hold up the other tasks.
    fn settle(
        &self,
        accepted: io::Result<(L::Stream, L::Address)>,
    ) -> Option<io::Result<Accepted<L>>> {
        let registered = match accepted {
            Err(error) if ended_before(&error) => return None,
            accepted => accepted.and_then(|(socket, peer)| {
                let stream = StreamSocket::register(socket)?;
                Ok((stream, peer))
            }),
        };
        if registered.as_ref().is_err_and(is_shortage) {
            self.pause.begin();
        }
        Some(registered.map_err(|error| self.named(error)))
    }

    #[cold]
    fn named(&self, error: io::Error) -> io::Error {
        match self.local_addr() {
            Ok(address) => named("accept at", L::shown(&address), error),
            Err(_) => named("accept with", L::KIND, error),
        }
    }

    /// The address that it listens at.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<L::Address> {
        let address = self.source.get().local_addr();
        address.map_err(|error| named("local address of", L::KIND, error))
    }

    /// Takes the error that is pending at the socket (`SO_ERROR`, socket(7)).
    ///
    /// # Errors
    ///
    /// When the socket can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.source.get().take_error()
    }
}

/// Whether the connection that was next in line has ended: accept(2) passes the
/// network's error on to who accepts. `EOPNOTSUPP`, which it lists as well, is
/// what a socket that can't listen says at every accept, so it is told.
fn ended_before(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::ECONNABORTED
                | libc::ENETDOWN
                | libc::EPROTO
                | libc::ENOPROTOOPT
                | libc::EHOSTDOWN
                | libc::ENONET
                | libc::EHOSTUNREACH
                | libc::ENETUNREACH
        )
    )
}

/// Whether there is no descriptor or no memory left, which time may mend.
fn is_shortage(error: &io::Error) -> bool {
    matches!(
        // Also of the new socket's registration, which names it.
        raw_os_error(error),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM)
    )
}

impl<L: AsFd> AsFd for Listener<L> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

impl<L: AsRawFd> AsRawFd for Listener<L> {
    fn as_raw_fd(&self) -> RawFd {
        self.source.get().as_raw_fd()
    }
}

impl<L: fmt::Debug> fmt::Debug for Listener<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_accept_are_passed_over_paused_after_or_told() {
        let kind = |number| {
            let error = io::Error::from_raw_os_error(number);
            (ended_before(&error), is_shortage(&error))
        };
        // The lists of accept(2).
        for passed_over in [
            libc::ECONNABORTED,
            libc::ENETDOWN,
            libc::EPROTO,
            libc::ENOPROTOOPT,
            libc::EHOSTDOWN,
            libc::ENONET,
            libc::EHOSTUNREACH,
            libc::ENETUNREACH,
        ] {
            assert_eq!(kind(passed_over), (true, false), "{passed_over}");
        }
        for paused_after in [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM] {
            assert_eq!(kind(paused_after), (false, true), "{paused_after}");
        }
        for told in [libc::EINVAL, libc::EOPNOTSUPP, libc::EBADF, libc::EPERM] {
            assert_eq!(kind(told), (false, false), "{told}");
        }
    }
}
