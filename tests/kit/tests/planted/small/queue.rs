//! The numbers of the tasks that are to be polled, and what puts them there.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Wake;
use std::thread::{self, ThreadId};

use crate::faults::Fault;

/// block_on's own future has this number.
pub(super) const MAIN: u64 = 0;

/// The selector's token of the unpark.
pub(super) const UNPARK: mio::Token = mio::Token(0);

/// What all threads may reach.
pub(super) struct Queue {
    fault: Option<Fault>,
    owner: ThreadId,
    numbers: Mutex<VecDeque<u64>>,
    /// A second queue, for planted mistakes.
    sent: Mutex<VecDeque<u64>>,
    unpark: mio::Waker,
    is_polling: AtomicBool,
    is_closed: AtomicBool,
}

impl Queue {
    pub(super) fn new(fault: Option<Fault>, registry: &mio::Registry) -> Self {
        Self {
            fault,
            owner: thread::current().id(),
            numbers: Mutex::default(),
            sent: Mutex::default(),
            unpark: mio::Waker::new(registry, UNPARK).unwrap(),
            is_polling: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
        }
    }

    pub(super) fn buzzer(self: &Arc<Self>, number: u64) -> Arc<Buzzer> {
        Arc::new(Buzzer {
            number,
            is_queued: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            queue: self.clone(),
        })
    }

    /// Another one of the same task; the old one is dead.
    pub(super) fn buzzer_in_the_place_of(self: &Arc<Self>, old: &Buzzer) -> Arc<Buzzer> {
        old.is_over.store(true, SeqCst);
        let new = self.buzzer(old.number);
        new.is_queued.store(old.is_queued.load(SeqCst), SeqCst);
        new
    }

    pub(super) fn push(&self, number: u64) {
        if self.has(Fault::WakersExpectTheExecutor) {
            assert!(!self.is_closed.load(SeqCst), "the executor is gone");
        }
        let mut numbers = self.numbers.lock().unwrap();
        let is_elsewhere = thread::current().id() != self.owner;
        match self.fault {
            Some(Fault::RemoteWakesHaveABound) if is_elsewhere && numbers.len() >= 1_024 => {}
            Some(Fault::RemoteWakesWhenIdle) if is_elsewhere => {
                self.sent.lock().unwrap().push_back(number);
            }
            _ => numbers.push_back(number),
        }
        drop(numbers);
        if is_elsewhere && self.fault != Some(Fault::DoesNotUnpark) {
            self.unpark.wake().unwrap();
        }
    }

    pub(super) fn pop(&self) -> Option<u64> {
        let mut numbers = self.numbers.lock().unwrap();
        if self.has(Fault::RemoteWakesWhenIdle) && numbers.is_empty() {
            numbers.append(&mut self.sent.lock().unwrap());
        }
        match self.fault {
            Some(Fault::LastInFirstOut) => return numbers.pop_back(),
            Some(Fault::MainIsLast) => {
                let other = numbers.iter().position(|number| *number != MAIN);
                return numbers.remove(other.unwrap_or(0));
            }
            Some(Fault::MainIsFirst) => {
                let main = numbers.iter().position(|number| *number == MAIN);
                return numbers.remove(main.unwrap_or(0));
            }
            // One round after the other, each in the order of the table.
            Some(Fault::WalksTheTable) => {
                let mut round = self.sent.lock().unwrap();
                if round.is_empty() {
                    round.append(&mut numbers);
                    round.make_contiguous().sort();
                }
                return round.pop_front();
            }
            _ => {}
        }
        numbers.pop_front()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.numbers.lock().unwrap().is_empty() && self.sent.lock().unwrap().is_empty()
    }

    pub(super) fn close(&self) {
        self.is_closed.store(true, SeqCst);
    }

    /// Out of its turn, if it stands in the queue.
    pub(super) fn take(&self, buzzer: &Buzzer) -> bool {
        let mut numbers = self.numbers.lock().unwrap();
        let stands = numbers.iter().position(|number| *number == buzzer.number);
        if let Some(at) = stands {
            numbers.remove(at);
            buzzer.is_queued.store(false, SeqCst);
        }
        stands.is_some()
    }

    /// Does something while nobody can wake.
    pub(super) fn locked<T>(&self, something: impl FnOnce() -> T) -> T {
        let _numbers = self.numbers.lock().unwrap();
        something()
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}

/// Wakes one task.
pub(super) struct Buzzer {
    number: u64,
    is_queued: AtomicBool,
    is_over: AtomicBool,
    queue: Arc<Queue>,
}

impl Buzzer {
    /// A wake from here on asks for another poll.
    pub(super) fn begin_poll(&self) {
        self.is_queued.store(false, SeqCst);
        self.queue.is_polling.store(true, SeqCst);
    }

    pub(super) fn end_poll(&self) {
        self.queue.is_polling.store(false, SeqCst);
        if self.queue.has(Fault::ClearsTheMarkAfterThePoll) {
            self.queue.take(self);
        }
    }
}

impl Wake for Buzzer {
    fn wake(self: Arc<Self>) {
        let queue = &self.queue;
        let is_elsewhere = thread::current().id() != queue.owner;
        if self.is_over.load(SeqCst) {
            return;
        }
        if queue.has(Fault::RemoteWakesNeedAPause) && is_elsewhere && queue.is_polling.load(SeqCst)
        {
            return;
        }
        if !self.is_queued.swap(true, SeqCst) || queue.has(Fault::PushesTwice) {
            queue.push(self.number);
        }
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queue.has(Fault::WakeByRefDoesNothing) {
            self.clone().wake();
        }
    }
}
