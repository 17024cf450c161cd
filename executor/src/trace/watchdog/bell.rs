//! What the watchdog's thread sleeps by.
//!
//! Owns [`Bell`], which rings at the thread's end, and when the signal comes that asks
//! for a dump.

use std::ffi::c_int;
use std::io;
use std::os::fd::AsFd;
use std::sync::PoisonError;
use std::time::Duration;

use super::lock;
use crate::sys::locks::{Condvar, Mutex};
use crate::sys::poll::{self, Cancel};
use crate::sys::signal::{Listener, catch};

pub(super) struct Bell {
    ended: Mutex<bool>,
    ends: Condvar,
    /// Ends a sleep in poll(2).
    cancel: Option<Cancel>,
}

/// The side of the thread. A condition variable knows no signals, and poll(2) no
/// fractions of a millisecond; so each is used for what the other can't.
pub(super) struct Sleeper(Option<Listener>);

impl Bell {
    /// With `signal`, which must be caught already, that ends sleeps as well.
    pub(super) fn new(signal: Option<c_int>) -> io::Result<(Self, Sleeper)> {
        let mut bell = Self {
            ended: Mutex::new(false),
            ends: Condvar::new(),
            cancel: None,
        };
        let Some(signal) = signal else {
            return Ok((bell, Sleeper(None)));
        };
        bell.cancel = Some(Cancel::new()?);
        Ok((bell, Sleeper(Some(catch(signal)?))))
    }

    /// The thread is to end.
    pub(super) fn end(&self) {
        *lock(&self.ended) = true;
        self.ends.notify_one();
        if let Some(cancel) = &self.cancel {
            cancel.cancel();
        }
    }

    /// Sleeps for so long at most; whether it is the end. `None` is until the bell rings.
    pub(super) fn sleep(&self, sleeper: &Sleeper, period: Option<Duration>) -> bool {
        if let (Sleeper(Some(listener)), Some(cancel)) = (sleeper, &self.cancel) {
            // It fails only without memory, and if something else has closed our
            // descriptors: a look more.
            let _ = poll::for_input_within(listener.as_fd(), cancel, period);
            // The counts are compared by who looks.
            listener.look();
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
