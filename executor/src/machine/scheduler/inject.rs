//! What other threads send to a runtime, and how they wake it.
//!
//! Owns the inject queue and the unpark. Any thread may send, most by way of
//! `live.rs`; the loop takes in and parks.
//!
//! # Why no wake is lost between the last look and the park
//!
//! `messages` and `parked` are under one mutex, so a send and the loop's
//! [`prepare_park`](Inject::prepare_park) happen one after the other:
//!
//! 1. *Send first*: `prepare_park` sees the message and the loop does not sleep.
//! 2. *`prepare_park` first*: the send finds `parked` set, takes it and unparks. An
//!    unpark before the sleep begins makes the sleep return at once, since mio keeps it.
//! 3. *Two sends after it*: the first takes `parked` and pays the system call;
//!    the second needs none, the loop is awake or about to be.
//!
//! In every case the loop looks at `messages` after the send, before it sleeps
//! without an unpark to end its sleep.
//!
//! So it is too where the loop sleeps [here](Inject::sleep) and not in its reactor: the
//! look and the beginning of that sleep are one step under the mutex.

use std::os::fd::RawFd;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

pub(crate) use super::messages::{Message, Sent};

use super::messages::Messages;
use super::number::{RuntimeId, TaskNumber};
use crate::record::ids::SharedIds;
use crate::record::origin::Origin;
use crate::sys::registry::Registry;
use crate::sys::shared::{AtomicBool, Condvar, Mutex, MutexGuard};
use crate::sys::unpark::Unpark;

pub(crate) struct Inject {
    id: RuntimeId,
    /// The how-manieth runtime of the process it is.
    registered: u64,
    pub(crate) ids: SharedIds,
    /// A hint for the loop, which looks at it once a turn without the lock. Set
    /// under the lock by a send, cleared under the lock by `take`. It may lag;
    /// `prepare_park` decides under the lock.
    pending: AtomicBool,
    state: Mutex<State>,
    /// Ends the loop's sleep in its reactor.
    unpark: Unpark,
    /// Ends its sleep here.
    bell: Condvar,
    /// Good for as long as the runtime is in the table of live ones.
    registry: Registry,
}

struct State {
    messages: Messages,
    /// Whether senders are to be known.
    recorded: bool,
    /// Set by the loop before it sleeps; taken by the first send after that.
    parked: bool,
    /// Whether it sleeps [here](Inject::sleep), and not in its reactor.
    here: bool,
    /// Set by a nudge; taken by the next `prepare_park`.
    nudged: bool,
    /// Set at shutdown: what is sent later comes back to its sender.
    closed: bool,
}

impl Inject {
    pub(super) fn new(id: RuntimeId, registered: u64, unpark: Unpark, registry: Registry) -> Self {
        Self {
            id,
            registered,
            ids: SharedIds::of_runtime(id.number()),
            pending: AtomicBool::new(false),
            state: Mutex::new(State {
                messages: Messages::default(),
                recorded: false,
                parked: false,
                here: false,
                nudged: false,
                closed: false,
            }),
            unpark,
            bell: Condvar::new(),
            registry,
        }
    }

    /// From here on it is noted who sends.
    pub(crate) fn record(&self) {
        self.lock().recorded = true;
    }

    pub(crate) fn id(&self) -> RuntimeId {
        self.id
    }

    pub(crate) fn runtime(&self) -> u16 {
        self.id.number()
    }

    pub(crate) fn registered(&self) -> u64 {
        self.registered
    }

    /// Has the reactor told no more of a descriptor, which is open.
    pub(super) fn forget_descriptor(&self, fd: RawFd) {
        self.registry.forget(fd, &self.unpark);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of the program runs under the lock, so nothing poisons it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a message and ends the loop's sleep; gives the message back if
    /// the runtime has shut down.
    pub(crate) fn send(&self, message: Message) -> Result<(), Message> {
        let mut state = self.lock();
        if state.closed {
            return Err(message);
        }
        let from = match state.recorded {
            false => Origin::Unknown,
            true => Origin::here(self.runtime()),
        };
        state.messages.push(Sent { message, from });
        self.pending.store(true, Ordering::Relaxed);
        self.unpark(state);
        Ok(())
    }

    /// Makes the loop go round once more, without a message. Like a message it
    /// is kept if the loop is not asleep, and seen by its next `prepare_park`.
    pub(crate) fn nudge(&self) {
        let mut state = self.lock();
        state.nudged = true;
        self.unpark(state);
    }

    fn unpark(&self, mut state: MutexGuard<'_, State>) {
        if std::mem::take(&mut state.parked) {
            let here = state.here;
            drop(state);
            match here {
                true => self.bell.notify_one(),
                false => self.unpark.unpark(),
            }
        }
    }

    /// Makes the sleep that comes next end at once.
    pub(crate) fn unpark_now(&self) {
        self.unpark.unpark();
    }

    /// Takes out what was sent.
    ///
    /// `into` must be empty; its memory serves what is sent next.
    pub(crate) fn take(&self, into: &mut Vec<Sent>) {
        debug_assert!(into.is_empty(), "a message would be run twice");
        let mut state = self.lock();
        self.pending.store(false, Ordering::Relaxed);
        state.messages.swap(into);
    }

    /// Whether something may be waiting to be taken in.
    pub(crate) fn is_pending(&self) -> bool {
        self.pending.load(Ordering::Relaxed)
    }

    /// The last look before sleeping; `false` if there is something to do.
    /// After `true`, [`unparked`](Self::unparked) must follow the sleep.
    #[must_use]
    pub(crate) fn prepare_park(&self) -> bool {
        let mut state = self.lock();
        let nudged = std::mem::take(&mut state.nudged);
        state.parked = state.messages.is_empty() && !nudged;
        state.parked
    }

    /// Sleeps until something is sent; not at all if there is something to do. For a loop
    /// that has nothing else to be told of: it costs less than the reactor's sleep, and so
    /// does its end to who sends.
    pub(crate) fn sleep(&self) {
        let mut state = self.lock();
        let nudged = std::mem::take(&mut state.nudged);
        state.parked = state.messages.is_empty() && !nudged;
        state.here = state.parked;
        while state.parked {
            let woken = self.bell.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        state.here = false;
    }

    /// What was sent that the loop has not taken in: whom it wakes, if it does.
    pub(crate) fn sent(&self) -> Vec<Option<TaskNumber>> {
        let state = self.lock();
        state.messages.woken()
    }

    /// Whether anything was sent that the loop has not taken in.
    pub(crate) fn has_sent(&self) -> bool {
        !self.lock().messages.is_empty()
    }

    /// The loop is awake: sends need no system call until the next park.
    pub(crate) fn unparked(&self) {
        self.lock().parked = false;
    }

    /// Accepts nothing more, and gives back what had been sent.
    pub(super) fn close(&self) -> Vec<Sent> {
        let mut state = self.lock();
        state.closed = true;
        let mut sent = Vec::new();
        state.messages.swap(&mut sent);
        sent
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::machine::scheduler::live::{close, is_live, register, send_to};

    fn taken(inject: &Inject) -> Vec<Message> {
        let mut sent = Vec::new();
        inject.take(&mut sent);
        sent.into_iter().map(|sent| sent.message).collect()
    }

    /// A mailbox with the loop's side of it. Leaves the table of live runtimes
    /// when it is dropped.
    struct Loop {
        poll: mio::Poll,
        inject: Arc<Inject>,
    }

    impl Loop {
        fn new() -> Self {
            let poll = mio::Poll::new().unwrap();
            let unpark = Unpark::new(&poll, mio::Token(0)).unwrap();
            let inject = register(unpark, Registry::of(&poll).unwrap()).unwrap();
            Self { poll, inject }
        }

        /// Whether a sleep would end at once. Asked again, whether once more.
        fn is_unparked(&mut self) -> bool {
            let mut events = mio::Events::with_capacity(4);
            self.poll.poll(&mut events, Some(Duration::ZERO)).unwrap();
            !events.is_empty()
        }

        fn wake(&self, task: usize) {
            let number = TaskNumber::new(self.inject.runtime(), 1, task);
            assert!(self.inject.send(Message::Wake(number)).is_ok());
        }
    }

    impl Drop for Loop {
        fn drop(&mut self) {
            close(&self.inject);
        }
    }

    #[test]
    fn what_is_sent_before_the_last_look_is_seen_by_it() {
        let mut sleeper = Loop::new();
        sleeper.wake(1);
        assert!(!sleeper.inject.prepare_park());
        assert!(!sleeper.is_unparked(), "no system call was needed");
        assert_eq!(taken(&sleeper.inject).len(), 1);
        assert!(sleeper.inject.prepare_park());
    }

    #[test]
    fn what_is_sent_between_the_last_look_and_the_sleep_ends_the_sleep() {
        let mut sleeper = Loop::new();
        assert!(sleeper.inject.prepare_park());
        sleeper.wake(1);
        assert!(sleeper.is_unparked());
    }

    #[test]
    fn only_the_first_send_to_a_sleeping_loop_pays_for_an_unpark() {
        let mut sleeper = Loop::new();
        assert!(sleeper.inject.prepare_park());
        sleeper.wake(1);
        assert!(sleeper.is_unparked());
        sleeper.wake(2);
        assert!(!sleeper.is_unparked());
        taken(&sleeper.inject);
        // Awake for another reason, it pays for none.
        assert!(sleeper.inject.prepare_park());
        sleeper.inject.unparked();
        sleeper.wake(3);
        assert!(!sleeper.is_unparked());
    }

    #[test]
    fn a_nudge_is_kept_until_the_next_last_look() {
        let mut sleeper = Loop::new();
        sleeper.inject.nudge();
        assert!(!sleeper.inject.prepare_park());
        assert!(sleeper.inject.prepare_park());
        sleeper.inject.nudge();
        assert!(sleeper.is_unparked());
    }

    #[test]
    fn a_loop_that_sleeps_without_its_reactor_is_woken_by_a_send_and_by_a_nudge() {
        let mut sleeper = Loop::new();
        let inject = sleeper.inject.clone();
        for send in [
            |sleeper: &Loop| sleeper.wake(1),
            |sleeper: &Loop| {
                sleeper.inject.nudge();
            },
        ] {
            let asleep = thread::spawn({
                let inject = inject.clone();
                move || inject.sleep()
            });
            while !inject.lock().here {
                thread::yield_now();
            }
            send(&sleeper);
            asleep.join().unwrap();
            assert!(!sleeper.is_unparked(), "its reactor needs none");
            taken(&inject);
        }
    }

    #[test]
    fn what_is_sent_before_a_sleep_without_the_reactor_ends_it() {
        let sleeper = Loop::new();
        sleeper.inject.nudge();
        sleeper.inject.sleep();
        sleeper.wake(1);
        sleeper.inject.sleep();
        assert_eq!(taken(&sleeper.inject).len(), 1);
        assert!(sleeper.inject.prepare_park(), "the nudge was taken");
    }

    #[test]
    fn after_the_close_everything_comes_back_to_its_sender() {
        let sleeper = Loop::new();
        sleeper.wake(1);
        let runtime = sleeper.inject.runtime();
        let id = sleeper.inject.id();
        assert!(is_live(id));
        assert_eq!(close(&sleeper.inject).len(), 1);
        let message = || Message::Wake(TaskNumber::new(runtime, 1, 1));
        assert!(sleeper.inject.send(message()).is_err());
        assert!(!is_live(id) && send_to(id, message()).is_err());
    }
}
