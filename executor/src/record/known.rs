//! What is not in the records themselves.
//!
//! Owns the names of the threads that have sent something, and what is so of a whole run:
//! the order of its polls, and where its runtime's end begins. The recorder fills it in;
//! the views get it with the records.

use std::thread::{Thread, ThreadId};

use super::event::ThreadIndex;

/// Threads that are told apart by name. Later ones share the last place.
const THREADS: usize = 1024;

/// Who of those in the run queue is polled next.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) enum PollOrder {
    #[default]
    FirstIn,
    /// Whom a seed draws.
    Seeded,
    /// Whom a test names that tries all orders.
    Scripted,
}

/// What the records' numbers stand for, and what is so of the whole run.
#[derive(Clone, Default, Debug)]
pub(crate) struct Known {
    threads: Vec<(ThreadId, Option<String>)>,
    pub(super) order: PollOrder,
    /// Which record is the first of the runtime's end, if that has begun: how many came
    /// before it.
    pub(super) end: Option<u64>,
}

impl Known {
    /// In which order queued tasks are polled.
    pub(crate) fn order(&self) -> PollOrder {
        self.order
    }

    /// Which record is the first of the runtime's end. It may be that there is none.
    pub(crate) fn end(&self) -> Option<usize> {
        self.end.map(|end| end as usize)
    }

    /// As it is known to who has only the records from the `first` on.
    pub(super) fn within(&self, first: u64) -> Self {
        let end = self.end.map(|end| end.saturating_sub(first));
        Self {
            end,
            ..self.clone()
        }
    }

    /// It is known by another place from here on.
    pub(crate) fn set_end(&mut self, end: Option<usize>) {
        self.end = end.map(|end| end as u64);
    }

    /// What a thread is called.
    pub(crate) fn thread(&self, ThreadIndex(index): ThreadIndex) -> Option<&str> {
        let (_, name) = self.threads.get(index as usize)?;
        name.as_deref()
    }

    /// The place of a thread that has sent something, and whether it is new.
    pub(super) fn index(&mut self, thread: &Thread) -> (ThreadIndex, bool) {
        let threads = &mut self.threads;
        let known = threads.iter().position(|(id, _)| *id == thread.id());
        let index = known.unwrap_or_else(|| {
            if threads.len() < THREADS {
                threads.push((thread.id(), thread.name().map(str::to_owned)));
            } else if let Some((_, name)) = threads.last_mut() {
                // It is no longer that of one thread.
                *name = None;
            }
            threads.len() - 1
        });
        (ThreadIndex(index as u32), known.is_none())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::record::Recorder;
    use crate::record::event::Cause;

    #[test]
    fn threads_beyond_the_bound_share_one_place_that_has_no_name() {
        let recorder = Recorder::of_nothing(0);
        let named = || {
            let builder = thread::Builder::new().name("cook".to_owned());
            let thread = builder.spawn(|| {}).unwrap();
            let known = thread.thread().clone();
            thread.join().unwrap();
            known
        };
        let first = named();
        let first_cause = recorder.thread(&first);
        let causes: Vec<_> = (1..THREADS + 2)
            .map(|_| recorder.thread(&named()))
            .collect();
        assert_eq!(causes[THREADS - 2..], [causes[THREADS - 2]; 3]);
        assert_eq!(recorder.thread(&first), first_cause);
        let (_, known) = recorder.held();
        let name = |cause: &Cause| match cause {
            Cause::Thread(index) => known.thread(*index),
            _ => unreachable!("a thread is asked for"),
        };
        assert_eq!(name(&causes[0]), Some("cook"));
        assert_eq!(name(&causes[THREADS]), None);
    }
}
