//! A thread that tells of a deadline while no loop sleeps.
//!
//! Owns [`Alarm`]. A foreign loop waits on the runtime's descriptor, which tells of
//! sources and of unparks, and of deadlines only where there is a timer that the selector
//! can watch. Elsewhere this thread unparks.

use std::io;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::super::errors::named;
use crate::sys::locks::{Condvar, Mutex, MutexGuard};

/// Its drop ends the thread.
pub(crate) struct Alarm {
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

struct Shared {
    next: Mutex<Next>,
    changes: Condvar,
}

#[derive(Clone, Copy)]
enum Next {
    Nothing,
    RingsAt(Instant),
    Ends,
}

impl Alarm {
    /// One that calls `ring` on a thread of its own.
    pub(crate) fn new(ring: impl Fn() + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            next: Mutex::new(Next::Nothing),
            changes: Condvar::new(),
        });
        let its = shared.clone();
        let thread = thread::Builder::new()
            .name("buzzer-alarm".to_owned())
            .spawn(move || its.watch(ring))
            .map_err(|error| named("start", "the thread that tells of deadlines", error))?;
        let thread = Some(thread);
        Ok(Self { shared, thread })
    }

    /// Rings once, `after` from now and not before; not for what it was set to.
    pub(crate) fn set(&self, after: Duration) {
        // What is too far for the clock is too far to be waited for.
        let at = Instant::now().checked_add(after);
        self.shared.change(at.map_or(Next::Nothing, Next::RingsAt));
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.shared.change(Next::Ends);
        if let Some(thread) = self.thread.take() {
            // It rings at the most.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn next(&self) -> MutexGuard<'_, Next> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, next: Next) {
        *self.next() = next;
        self.changes.notify_one();
    }

    /// The thread's life.
    fn watch(&self, ring: impl Fn()) {
        let mut next = self.next();
        loop {
            let left = match *next {
                Next::Ends => return,
                Next::Nothing => Duration::MAX,
                Next::RingsAt(at) => at.saturating_duration_since(Instant::now()),
            };
            if left.is_zero() {
                *next = Next::Nothing;
                drop(next);
                ring();
                next = self.next();
                continue;
            }
            let waited = self.changes.wait_timeout(next, left);
            next = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn it_rings_once_for_the_last_deadline_never_early_and_not_after_its_end() {
        let (rings, rung) = mpsc::channel();
        let alarm = Alarm::new(move || rings.send(()).unwrap()).unwrap();
        alarm.set(Duration::MAX);
        alarm.set(Duration::from_secs(3_600));
        for after in [0, 1, 2_000].map(Duration::from_micros) {
            let before = Instant::now();
            alarm.set(after);
            rung.recv().unwrap();
            assert!(before.elapsed() >= after);
        }
        alarm.set(Duration::from_secs(3_600));
        drop(alarm);
        assert!(rung.recv().is_err());
    }
}
