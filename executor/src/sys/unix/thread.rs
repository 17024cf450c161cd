//! Waiting for threads to end with a limit, which POSIX can't.
//!
//! So a thread of its own joins them, one after the other, and counts. Owns that thread.

use std::mem;
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::sys::locks::{Condvar, Mutex, MutexGuard};

/// What is looked at as often, where there is no thread to be had that waits.
const LOOK: Duration = Duration::from_millis(1);

/// Threads that are about to end. Those that have not are let go of when it is dropped.
pub(crate) struct Ending {
    shared: Arc<Shared>,
    joiner: Option<JoinHandle<()>>,
}

struct Shared {
    threads: Mutex<Threads>,
    /// Notified when the last of them has ended.
    ended: Condvar,
}

struct Threads {
    /// What nobody has begun to join.
    left: Vec<JoinHandle<()>>,
    is_joining: bool,
}

impl Threads {
    fn count(&self) -> usize {
        self.left.len() + usize::from(self.is_joining)
    }
}

impl Shared {
    /// No code of the program runs under the lock, so nothing poisons it.
    fn lock(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The joiner's life.
    fn join_all(&self) {
        let mut threads = self.lock();
        while let Some(next) = threads.left.pop() {
            threads.is_joining = true;
            drop(threads);
            // What it panicked with is dropped, outside the lock.
            drop(next.join());
            threads = self.lock();
            threads.is_joining = false;
        }
        self.ended.notify_all();
    }
}

impl Ending {
    pub(crate) fn new(left: Vec<JoinHandle<()>>) -> Self {
        let is_joining = false;
        Self {
            shared: Arc::new(Shared {
                threads: Mutex::new(Threads { left, is_joining }),
                ended: Condvar::new(),
            }),
            joiner: None,
        }
    }

    /// Waits until all have ended, for so long at most, and says how many go on. What
    /// they return or panicked with is dropped.
    pub(crate) fn wait(&mut self, limit: Duration) -> usize {
        if self.shared.lock().count() == 0 {
            return 0;
        }
        if self.joiner.is_none() {
            let shared = self.shared.clone();
            let named = thread::Builder::new().name("buzzer-join".to_owned());
            match named.spawn(move || shared.join_all()) {
                Ok(joiner) => self.joiner = Some(joiner),
                Err(_) => return self.look_for(limit),
            }
        }
        let threads = self.shared.lock();
        let waited = (self.shared.ended)
            .wait_timeout_while(threads, limit, |threads| threads.count() > 0)
            .unwrap_or_else(PoisonError::into_inner);
        let left = waited.0.count();
        drop(waited);
        if left == 0 {
            // It has nothing more to do, and no thread-locals of the program's.
            let _ = self.joiner.take().map(JoinHandle::join);
        }
        left
    }

    /// Without a thread that waits for them: until their work is done, for so long at
    /// most, and then for the drop of their thread-locals, which can't be looked at.
    fn look_for(&mut self, limit: Duration) -> usize {
        let began = Instant::now();
        loop {
            let mut threads = self.shared.lock();
            let all = mem::take(&mut threads.left);
            let (ended, left): (Vec<_>, _) = all.into_iter().partition(JoinHandle::is_finished);
            threads.left = left;
            let count = threads.count();
            drop(threads);
            for thread in ended {
                drop(thread.join());
            }
            let over = limit.saturating_sub(began.elapsed());
            if count == 0 || over.is_zero() {
                return count;
            }
            thread::sleep(over.min(LOOK));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A thread that ends when the sender is dropped.
    fn waiting() -> (mpsc::Sender<()>, JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::spawn(move || {
            let _ = receiver.recv();
        });
        (sender, thread)
    }

    #[test]
    fn threads_that_go_on_are_counted_and_can_be_waited_for_again() {
        for look_only in [false, true] {
            let (first, one) = waiting();
            let (second, other) = waiting();
            let mut ending = Ending::new(vec![one, other]);
            let mut wait = |limit| match look_only {
                true => ending.look_for(limit),
                false => ending.wait(limit),
            };
            assert_eq!(wait(Duration::ZERO), 2);
            assert_eq!(wait(Duration::from_millis(1)), 2);
            drop((first, second));
            assert_eq!(wait(Duration::MAX), 0);
            assert_eq!(wait(Duration::ZERO), 0);
        }
    }

    #[test]
    fn what_a_thread_panicked_with_is_dropped() {
        let silent = || std::panic::resume_unwind(Box::new("spilt"));
        let mut ending = Ending::new(vec![thread::spawn(silent)]);
        assert_eq!(ending.wait(Duration::MAX), 0);
    }

    /// A thread's work is done before its thread-locals are dropped.
    #[test]
    fn the_drop_of_a_thread_local_is_waited_for() {
        struct Blocks(mpsc::Receiver<()>);
        impl Drop for Blocks {
            fn drop(&mut self) {
                let _ = self.0.recv();
            }
        }
        thread_local! {
            static BLOCKS: std::cell::RefCell<Option<Blocks>> = const { std::cell::RefCell::new(None) };
        }
        let (sender, receiver) = mpsc::channel();
        let thread = thread::spawn(move || BLOCKS.set(Some(Blocks(receiver))));
        while !thread.is_finished() {
            thread::yield_now();
        }
        let mut ending = Ending::new(vec![thread]);
        assert_eq!(ending.wait(Duration::from_millis(1)), 1);
        drop(sender);
        assert_eq!(ending.wait(Duration::MAX), 0);
    }
}
