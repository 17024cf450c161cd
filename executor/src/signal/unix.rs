//! The signals of Unix.
//!
//! Owns [`signal`] and [`Signal`].

use std::fmt;
use std::io;
use std::os::fd::AsRawFd;
use std::task::{Context, Poll};

use crate::io::Interest;
use crate::io::error::named;
use crate::io::kind::Kind;
use crate::io::source::Source;
use crate::machine::context;
use crate::machine::reactor::readiness::Direction;
use crate::sys::signal::{Listener, catch};
pub use crate::sys::signal_kind::SignalKind;
use crate::sys::signal_kind::why_refused;

/// Listens for signals of `kind` from here on.
///
/// From the first call on such a signal does what the program does with it, and
/// nothing by itself any more, also after the listener is dropped: see the
/// [module's docs](super).
///
/// # Errors
///
/// All name the signal and the cause. `InvalidInput` for a signal that does not exist
/// or must not be caught: SIGKILL and SIGSTOP, for which the system has no handlers,
/// and SIGILL, SIGFPE, SIGSEGV and SIGBUS, which tell of a fault that a handler can't
/// mend. `ResourceBusy` if the signal was caught before, and other code has replaced
/// the handler since, or set the signal to its default or to be ignored: the listener
/// would hear nothing. What the system says when there are no descriptors left: each
/// listener has one, or two where the system has no eventfds.
///
/// # Panics
///
/// Outside a runtime.
///
/// # Examples
///
/// ```no_run
/// use buzzer::signal::unix::{SignalKind, signal};
///
/// buzzer::block_on(async {
///     let mut hangups = signal(SignalKind::hangup())?;
///     loop {
///         hangups.recv().await;
///         println!("reading the menu again");
///     }
/// #   #[expect(unreachable_code)]
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[track_caller]
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    Signal::listen(kind).map_err(|error| named("catch", kind, error))
}

/// A listener for one kind of signal, made by [`signal`].
///
/// It belongs to the runtime that it was made in.
pub struct Signal {
    source: Source<Listener>,
    kind: SignalKind,
}

impl Signal {
    #[track_caller]
    fn listen(kind: SignalKind) -> io::Result<Self> {
        // Asked first: outside a runtime nothing is to be caught.
        context::with("signal", |_| ());
        if let Some(why) = why_refused(kind) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let listener = catch(kind.0)?;
        let fd = listener.as_raw_fd();
        // Not tried before the loop has been told: a signal is heard of when it has
        // looked, by all that wait for it.
        let source = Source::told(Kind::Signal, listener, fd, Interest::READABLE)?;
        Ok(Self { source, kind })
    }

    /// Waits for a signal that came since the last call, or since [`signal`]. Several
    /// of them count as one. It never says `None`; the signature is tokio's.
    ///
    /// # Panics
    ///
    /// When polled in another runtime than its own, or in none.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no signal.
    pub async fn recv(&mut self) -> Option<()> {
        let came = self.source.async_io(Direction::Read, look);
        came.await.ok()
    }

    /// As [`recv`](Self::recv), for a future made by hand.
    ///
    /// # Panics
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use buzzer::signal::unix::{SignalKind, signal};
    ///
    /// # buzzer::block_on(async {
    /// let mut changes = signal(SignalKind::window_change())?;
    /// std::process::Command::new("kill")
    ///     .args(["-WINCH", &std::process::id().to_string()])
    ///     .status()?;
    /// assert_eq!(poll_fn(|cx| changes.poll_recv(cx)).await, Some(()));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let came = self.source.poll_io(cx, Direction::Read, look);
        came.map(Result::ok)
    }
}

/// "Would block" if none has come: the only error there is.
fn look(listener: &Listener) -> io::Result<()> {
    let came = listener.look().map(drop);
    came.ok_or_else(|| io::ErrorKind::WouldBlock.into())
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
