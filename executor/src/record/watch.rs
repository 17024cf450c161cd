//! What a watchdog sees of its loop: who is being polled.
//!
//! Owns the one word that the loop writes and the watchdog's thread reads, and the table
//! by which that thread knows the tasks. Both are there only if a runtime has that thread:
//! as a watchdog, or to answer the signal that asks for a dump while the loop can't.
//! `trace/watchdog/` is the watchdog.
//!
//! # How one word is enough
//!
//! The loop stores the task's id when a poll begins, and [`IDLE`](Watch::IDLE) when it
//! leaves the tasks. The watchdog looks now and then, and replaces an id that it finds
//! by [`SEEN`](Watch::SEEN). As long as that mark stands no store has come, so it is
//! still the same poll; the next poll, also of the same task, writes over it. No count
//! of polls is needed, and no clock is read in the loop.
//!
//! All accesses are relaxed: nothing else is published by the word, and a store that is
//! seen late is a poll that is reported late.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;

use crate::record::ids::Id;
use crate::sys::shared::{AtomicU8, AtomicU64, Mutex, MutexGuard, Word};

#[derive(Default)]
pub(crate) struct Watch {
    polled: Word,
    /// A [`Loop`].
    loop_is: AtomicU8,
    /// How many signals that ask for a dump had come when the loop answered last.
    answered: AtomicU64,
    /// The polls that were reported and have not ended: one at most.
    reported: Mutex<Option<Id>>,
    /// The tasks that are alive, and the one that has ended last.
    tasks: Mutex<HashMap<Id, About>>,
    last_ended: Mutex<Option<Id>>,
}

/// How a task is known to people.
#[derive(Clone, Default, Debug)]
pub(crate) struct About {
    pub(crate) name: Option<String>,
    pub(crate) at: Option<&'static Location<'static>>,
}

/// Whether there is a loop that comes round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Loop {
    /// No `block_on` and no `turn` runs.
    None,
    Running,
    /// The runtime is being dropped.
    Ended,
}

/// What a look found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Polled {
    Nothing,
    /// A poll that no look has found before.
    Task(Id),
    /// The poll that the look before found, or one before that.
    TheSame,
}

impl Watch {
    const IDLE: u64 = 0;
    const SEEN: u64 = u64::MAX;

    /// The one store a poll.
    #[inline]
    pub(crate) fn poll_begins(&self, task: Id) {
        self.polled.store(task.bits() + 1, Relaxed);
    }

    /// The loop leaves the tasks: once a turn.
    pub(crate) fn polls_end(&self) {
        self.polled.store(Self::IDLE, Relaxed);
    }

    /// A `block_on` or a `turn` begins or ends, or the runtime does.
    pub(crate) fn set_loop(&self, is: Loop) {
        self.loop_is.store(is as u8, Relaxed);
    }

    pub(crate) fn loop_is(&self) -> Loop {
        let all = [Loop::None, Loop::Running, Loop::Ended];
        all[usize::from(self.loop_is.load(Relaxed))]
    }

    /// The loop answers those who have asked for a dump, so many until now.
    pub(crate) fn answers(&self, asked: u64) {
        self.answered.store(asked, Relaxed);
    }

    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Relaxed)
    }

    /// The watchdog's look.
    pub(crate) fn look(&self) -> Polled {
        match self.polled.load(Relaxed) {
            Self::IDLE => Polled::Nothing,
            Self::SEEN => Polled::TheSame,
            found => {
                // What was reported once its poll's end had been asked for is of a poll that
                // has gone, since this is a later one.
                lock(&self.reported).take();
                // If another poll has begun since, the next look finds that.
                let marked = self
                    .polled
                    .compare_exchange(found, Self::SEEN, Relaxed, Relaxed);
                match marked {
                    Ok(_) => Polled::Task(Id::from_bits(found - 1)),
                    Err(_) => Polled::Nothing,
                }
            }
        }
    }

    /// Notes that the poll that goes on was reported. `false` if it has ended: then the
    /// loop will not come for it.
    pub(crate) fn report(&self, task: Id) -> bool {
        let mut reported = lock(&self.reported);
        let goes_on = self.polled.load(Relaxed) == Self::SEEN;
        if goes_on {
            *reported = Some(task);
        }
        goes_on
    }

    /// Whose poll it was, if the one that has just ended was reported. The loop asks after
    /// each poll; it is a look at the word that it wrote, and hardly ever more.
    #[inline]
    pub(crate) fn was_reported(&self) -> Option<Id> {
        match self.polled.load(Relaxed) == Self::SEEN {
            true => self.end_of_report(),
            false => None,
        }
    }

    #[cold]
    fn end_of_report(&self) -> Option<Id> {
        let mut reported = lock(&self.reported);
        // Under the lock, so that no report of this poll comes later.
        self.polls_end();
        reported.take()
    }

    /// A task begins; the future of `block_on` may do so again.
    pub(crate) fn add(&self, task: Id, about: About) {
        lock(&self.last_ended).take_if(|ended| *ended == task);
        lock(&self.tasks).insert(task, about);
    }

    /// A task has ended. What follows from that is still a part of its poll, and may be
    /// reported, so it is known until another one ends.
    #[cold]
    pub(crate) fn ended(&self, task: Id) {
        let before = lock(&self.last_ended).replace(task);
        if let Some(before) = before {
            lock(&self.tasks).remove(&before);
        }
    }

    pub(crate) fn about(&self, task: Id) -> Option<About> {
        lock(&self.tasks).get(&task).cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_the_living_and_one_more() {
        let watch = Watch::default();
        let begins = |task| {
            let (name, at) = (None, None);
            watch.add(task, About { name, at });
        };
        let main = Id::main(0);
        for count in 1..=1_000 {
            let task = Id::of_runtime(0, count);
            begins(main);
            begins(task);
            watch.ended(task);
            assert!(watch.about(task).is_some() && watch.about(main).is_some());
            assert_eq!(lock(&watch.tasks).len(), 2);
            watch.ended(main);
        }
        assert_eq!(lock(&watch.tasks).len(), 1);
    }

    #[test]
    fn a_poll_is_found_once_and_then_the_same_until_the_next() {
        let watch = Watch::default();
        let (main, task) = (Id::main(0), Id::of_runtime(0, 7));
        assert_eq!(watch.look(), Polled::Nothing);
        watch.poll_begins(main);
        assert_eq!(watch.look(), Polled::Task(main));
        assert_eq!(watch.look(), Polled::TheSame);
        watch.poll_begins(main);
        assert_eq!(watch.look(), Polled::Task(main));
        watch.poll_begins(task);
        assert_eq!(watch.look(), Polled::Task(task));
        watch.polls_end();
        assert_eq!(watch.look(), Polled::Nothing);
    }

    #[test]
    fn the_loop_learns_of_a_report_once_and_of_none_after_its_poll() {
        let watch = Watch::default();
        let task = Id::of_runtime(0, 7);
        watch.poll_begins(task);
        assert_eq!(watch.was_reported(), None);
        watch.look();
        assert!(watch.report(task));
        assert_eq!(watch.was_reported(), Some(task));
        assert_eq!(watch.was_reported(), None);
        assert!(!watch.report(task), "the poll has ended");
        watch.poll_begins(task);
        watch.look();
        assert_eq!(watch.was_reported(), None, "a look is no report");
    }

    #[test]
    fn a_report_that_comes_after_its_polls_end_was_asked_for_is_not_told_of_a_later_poll() {
        let watch = Watch::default();
        let [first, second] = [7, 8].map(|count| Id::of_runtime(0, count));
        watch.poll_begins(first);
        assert_eq!(watch.was_reported(), None);
        watch.look();
        assert!(watch.report(first), "the loop has stored nothing since");
        watch.poll_begins(second);
        assert_eq!(watch.look(), Polled::Task(second));
        assert_eq!(watch.was_reported(), None);
    }
}
