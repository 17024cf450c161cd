//! What the watchdog's thread sleeps by.
//!
//! Owns [`Bell`], which rings at the thread's end, and when the signal comes that asks
//! for a dump.

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};

use super::lock;
use crate::sys;
use crate::sys::descriptor::fill_standard;

pub(super) struct Bell {
    ended: Mutex<bool>,
    ends: Condvar,
    signal: Option<Waker>,
}

/// The side of the thread. A condition variable knows no signals, and epoll no fractions
/// of a millisecond; so each is used for what the other can't.
pub(super) struct Sleeper(Option<Kernel>);

struct Kernel {
    poll: Poll,
    events: Events,
    /// Open for as long as `poll` watches it.
    _caught: OwnedFd,
}

impl Bell {
    /// With `signal`, which must be caught already, that ends sleeps as well.
    pub(super) fn new(signal: Option<c_int>) -> io::Result<(Self, Sleeper)> {
        let mut bell = Self {
            ended: Mutex::new(false),
            ends: Condvar::new(),
            signal: None,
        };
        let Some(signal) = signal else {
            return Ok((bell, Sleeper(None)));
        };
        // mio takes the lowest numbers that are free, and these may be the program's.
        let filled = fill_standard()?;
        let poll = Poll::new()?;
        bell.signal = Some(Waker::new(poll.registry(), Token(0))?);
        drop(filled);
        let caught = sys::signal::catch(signal)?;
        let mut source = SourceFd(&caught.as_raw_fd());
        let registry = poll.registry();
        registry.register(&mut source, Token(1), Interest::READABLE)?;
        let sleeper = Kernel {
            poll,
            events: Events::with_capacity(2),
            _caught: caught,
        };
        Ok((bell, Sleeper(Some(sleeper))))
    }

    /// The thread is to end.
    pub(super) fn end(&self) {
        *lock(&self.ended) = true;
        self.ends.notify_one();
        if let Some(waker) = &self.signal {
            // It fails only if something else has closed our descriptors; then the
            // thread is at its next look.
            let _ = waker.wake();
        }
    }

    /// Sleeps for so long at most; whether it is the end. `None` is until the bell rings.
    pub(super) fn sleep(&self, sleeper: &mut Sleeper, period: Option<Duration>) -> bool {
        if let Some(kernel) = &mut sleeper.0 {
            // An interrupted sleep is a look more.
            let _ = kernel.poll.poll(&mut kernel.events, period);
            return *lock(&self.ended);
        }
        let period = period.unwrap_or(Duration::MAX);
        let (ended, _) = self
            .ends
            .wait_timeout_while(lock(&self.ended), period, |ended| !*ended)
            .unwrap_or_else(PoisonError::into_inner);
        *ended
    }
}
