//! Listeners, TCP or Unix: what both can do.
//!
//! Owns the kind [`Listener`], of which `TcpListener` and `UnixListener` are the two.
//! Binding is in `net/tcp/` and `net/unix/`.

use std::io;
use std::task::{Context, Poll, ready};

use super::pause::Pause;
use super::socket::{Kind, Socket};
use super::std_sockets::{StdListener, StdSocket};
use super::stream::StreamSocket;
use crate::io::Interest;
use crate::io::error::{named, raw_os_error};
use crate::machine::reactor::readiness::Direction;
use crate::sys::socket::ended_before_accept;

/// Connections that may wait to be accepted, as in tokio; the kernel takes no more
/// than its own limit (`net.core.somaxconn`).
pub(super) const BACKLOG: u32 = 1024;

/// A connection, and where it comes from.
type Accepted<L> = (
    StreamSocket<<L as StdListener>::Stream>,
    <L as StdSocket>::Address,
);

/// A socket that listens for connections:
/// [`TcpListener`](super::TcpListener) or [`UnixListener`](super::UnixListener).
///
/// See [`Socket`] for what it has in common with others: its address, and std's socket.
pub type Listener<L> = Socket<L, Listens>;

/// The kind that takes connections.
#[derive(Debug, Default)]
pub struct Listens {
    pause: Pause,
}

impl Kind for Listens {
    const INTEREST: Interest = Interest::READABLE;

    fn of<S: StdSocket>(_: &S) -> Self {
        Self::default()
    }
}

impl<L: StdListener> Socket<L, Listens> {
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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::{TcpListener, TcpStream};
    ///
    /// # buzzer::block_on(async {
    /// let counter = TcpListener::bind("127.0.0.1:0").await?;
    /// let guest = TcpStream::connect(counter.local_addr()?).await?;
    /// let (_barista, from) = counter.accept().await?;
    /// assert_eq!(from, guest.local_addr()?);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn accept(&self) -> io::Result<Accepted<L>> {
        self.kind.pause.wait().await;
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
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use buzzer::net::{TcpListener, TcpStream};
    ///
    /// # buzzer::block_on(async {
    /// let counter = TcpListener::bind("127.0.0.1:0").await?;
    /// let guest = TcpStream::connect(counter.local_addr()?).await?;
    /// let (_barista, from) = poll_fn(|cx| counter.poll_accept(cx)).await?;
    /// assert_eq!(from, guest.local_addr()?);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted<L>>> {
        ready!(self.kind.pause.poll(cx));
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
            Err(error) if ended_before_accept(&error) => return None,
            accepted => accepted.and_then(|(socket, peer)| {
                let stream = StreamSocket::register(socket)?;
                Ok((stream, peer))
            }),
        };
        if registered.as_ref().is_err_and(is_shortage) {
            self.kind.pause.begin();
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
}

/// Whether there is no descriptor or no memory left, which time may mend.
fn is_shortage(error: &io::Error) -> bool {
    matches!(
        // Also of the new socket's registration, which names it.
        raw_os_error(error),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_accept_are_passed_over_paused_after_or_told() {
        let kind = |number| {
            let error = io::Error::from_raw_os_error(number);
            (ended_before_accept(&error), is_shortage(&error))
        };
        // The lists of accept(2).
        for passed_over in [
            libc::ECONNABORTED,
            libc::ENETDOWN,
            libc::EPROTO,
            libc::ENOPROTOOPT,
            libc::EHOSTDOWN,
            #[cfg(target_os = "linux")]
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
