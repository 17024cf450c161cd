//! `turn`, for a program that has a loop of its own.
//!
//! Owns [`Runtime::turn`] and the runtime's descriptor, which that loop waits on between
//! two turns. What a turn does is in `machine/turn/`.

use std::io;
use std::time::Duration;

use super::Runtime;
use crate::machine::clock::FAR_FUTURE;
use crate::machine::context;
use crate::machine::scheduler::inherited;
use crate::machine::turn::{InLoop, Ran};
use crate::sys::errors::named;

impl Runtime {
    /// Makes one turn of the loop, for a program whose own loop drives the
    /// runtime: a window system's, a game's.
    ///
    /// Queued tasks are polled; if then none is queued, it sleeps until a
    /// deadline, an event, or `timeout`; without a timeout possibly for ever,
    /// with zero not at all. Between turns, wait until the runtime's descriptor
    /// ([`AsRawFd`](std::os::fd::AsRawFd)) is readable: it is when a turn has something to
    /// do.
    ///
    /// With a paused clock, a turn that has polled all that was queued jumps to the next
    /// deadline. If something was sent to the runtime since the last turn, as by
    /// [`spawn`](Self::spawn) or at the end of the outermost guard of
    /// [`enter`](Self::enter), the turn looks for that, and the next one jumps.
    ///
    /// # Errors
    ///
    /// When the kernel refuses to wait for events, or the thread can't be started that
    /// tells the descriptor of deadlines where the system has no timer that would.
    ///
    /// # Panics
    ///
    /// When called from within a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let task = runtime.spawn(async { "served" });
    /// while !task.is_finished() {
    ///     runtime.turn(Some(Duration::ZERO))?;
    ///     // ... draw a frame ...
    /// }
    /// assert_eq!(runtime.block_on(task).unwrap(), "served");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn turn(&self, timeout: Option<Duration>) -> io::Result<Turn> {
        let _looping = context::start_loop("Runtime::turn");
        // That of whoever calls is none of the tasks'.
        let _none = inherited::enter(None);
        let _entered = context::enter(&self.core);
        let core = &self.core;
        let _in_loop = InLoop::begin(core);
        core.inject.unparked();
        let limit = timeout.map(|timeout| {
            let nanos = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
            core.clock.now().saturating_add(nanos)
        });
        let limit = limit.filter(|&limit| limit < FAR_FUTURE);
        let failed = |error| named("wait for", "events", error);
        let ran = self.turning().turn(None, limit, true).map_err(failed)?;
        let Ran::Polls(polls) = ran else {
            unreachable!("there is no main future to end");
        };
        self.make_descriptor_tell().map_err(failed)?;
        Ok(Turn { polls })
    }

    /// While no loop runs, the descriptor is to be readable when a turn would
    /// have work.
    pub(super) fn make_descriptor_tell(&self) -> io::Result<()> {
        let core = &self.core;
        if !core.inject.prepare_park() || core.scheduler.has_queued() {
            core.inject.unpark_now();
            return Ok(());
        }
        let timer = core.timers.borrow().next();
        if timer.is_some() && core.clock.is_paused() {
            // The next turn would jump; not while a job is in flight, whose
            // end makes the descriptor readable.
            if core.pool.is_quiet() {
                core.inject.unpark_now();
            }
            return Ok(());
        }
        let now = core.clock.now();
        let mut reactor = core.reactor.borrow_mut();
        // Also of a paused clock: children live by the real one.
        let asks = reactor.patience();
        let asks = asks.map(|patience| now.saturating_add(patience.as_nanos() as u64));
        if let Some(deadline) = timer.into_iter().chain(asks).min() {
            if asks.is_some() {
                // It may have told of the same moment of a paused clock.
                reactor.timer().forget();
            }
            if deadline <= now {
                core.inject.unpark_now();
                return Ok(());
            }
            let left = Duration::from_nanos(deadline - now);
            let unpark = || {
                let inject = core.inject.clone();
                move || inject.unpark_now()
            };
            reactor.tell_at(deadline, left, unpark)?;
        }
        Ok(())
    }
}

/// For a foreign loop, which waits until this is readable and then makes a
/// [`turn`](Self::turn). It is readable when a turn has something to do: when a source has
/// an event, a deadline has come, or another thread has sent something. It must not be
/// read, and is the runtime's: open for as long as that lives.
///
/// It is epoll's or kqueue's own descriptor. On Linux a timerfd tells it of deadlines;
/// elsewhere, and where a sandbox refuses that or no descriptor is left, a thread does, which
/// begins with the first deadline after the first call of this.
///
/// Only where mio's selector has a descriptor: its poll(2), which
/// `--cfg mio_unsupported_force_poll_poll` has it use, has none.
#[cfg(not(mio_unsupported_force_poll_poll))]
impl std::os::fd::AsRawFd for Runtime {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        let mut reactor = self.core.reactor.borrow_mut();
        let is_news = reactor.timer().is_waited_for();
        let descriptor = reactor.descriptor();
        drop(reactor);
        let is_in = context::try_with(|core| std::rc::Rc::ptr_eq(core, &self.core)) == Some(true);
        if is_news && !is_in {
            // What is armed already was not for who waits on it.
            drop(super::enter::TellsAtTheEnd(self));
        }
        descriptor.expect("mio has one under the same condition")
    }
}

/// What a turn did.
///
/// # Examples
///
/// ```
/// let runtime = buzzer::runtime::Runtime::new()?;
/// let task = runtime.spawn(async {});
/// let turn = runtime.turn(Some(std::time::Duration::ZERO))?;
/// assert_eq!(turn.polls(), 1);
/// assert!(task.is_finished());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    polls: u32,
}

impl Turn {
    /// How many tasks were polled.
    pub fn polls(&self) -> u32 {
        self.polls
    }
}
