//! What is sent to a runtime, and how much of it is kept at most.
//!
//! Owns the messages that the loop has not taken in. Only `inject.rs` holds them, under
//! its lock.

use std::collections::HashSet;

use super::number::TaskNumber;
use crate::record::ids::Id;
use crate::record::origin::Origin;

/// How long the queue grows before repeated wakes and aborts of one task are dropped
/// from it: large enough that a loop which comes round in time never pays for it.
const COMPACT_AT: usize = 1024;

pub(crate) enum Message {
    /// Wake this task, or child of a group.
    Wake(TaskNumber),
    /// Abort this task, if it is the one with this id.
    Abort(TaskNumber, Id),
    /// Run this on the runtime's thread, within its context: take in a task, forget
    /// what was dropped elsewhere (a handle, a group, an armed timer, a source). Each
    /// is sent once for the thing that it is about, so there are no more of them than
    /// of those. Boxed: these are rare, wakes are not.
    Run(Box<dyn FnOnce() + Send>),
}

/// A message, and who sent it.
pub(crate) struct Sent {
    pub(crate) message: Message,
    pub(crate) from: Origin,
}

/// What was sent and not taken in, in the order in which it was.
#[derive(Default)]
pub(super) struct Messages {
    sent: Vec<Sent>,
    /// How many were left by the last compaction since the last `swap`.
    compacted: usize,
}

impl Messages {
    pub(super) fn push(&mut self, sent: Sent) {
        self.sent.push(sent);
        // Until the queue has doubled, so that a push pays O(1) on average.
        if self.sent.len() >= COMPACT_AT.max(2 * self.compacted) {
            self.compact();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// Whom each wakes or aborts, if it does.
    pub(super) fn woken(&self) -> Vec<Option<TaskNumber>> {
        let woken = self.sent.iter().map(|sent| match sent.message {
            Message::Wake(number) | Message::Abort(number, _) => Some(number),
            Message::Run(_) => None,
        });
        woken.collect()
    }

    /// Hands out all there are, in exchange for memory that serves those to come.
    pub(super) fn swap(&mut self, with: &mut Vec<Sent>) {
        self.compacted = 0;
        std::mem::swap(&mut self.sent, with);
    }

    /// Drops repeated wakes and aborts, so that a flood of them while the loop is busy
    /// needs no more memory than there are tasks.
    fn compact(&mut self) {
        let mut seen = HashSet::new();
        self.sent.retain(|sent| match sent.message {
            Message::Wake(number) => seen.insert((number, None)),
            Message::Abort(number, id) => seen.insert((number, Some(id))),
            Message::Run(_) => true,
        });
        self.compacted = self.sent.len();
    }
}

/// Gives back the memory that a flood has made messages take, once they are taken in.
pub(crate) fn shrink(taken: &mut Vec<Sent>) {
    taken.shrink_to(COMPACT_AT);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(messages: &mut Messages, message: Message) {
        let from = Origin::Unknown;
        messages.push(Sent { message, from });
        let capacity = messages.sent.capacity();
        assert!(capacity <= 2 * COMPACT_AT.max(2 * messages.sent.len()));
    }

    fn number(task: usize) -> TaskNumber {
        TaskNumber::new(0, 1, task)
    }

    fn taken(messages: &mut Messages) -> Vec<Message> {
        let mut taken = Vec::new();
        messages.swap(&mut taken);
        taken.into_iter().map(|sent| sent.message).collect()
    }

    #[test]
    fn a_million_wakes_and_aborts_of_a_few_tasks_take_the_room_of_a_few_messages() {
        let mut messages = Messages::default();
        for n in 0..1_000_000 {
            // Two tasks that had the same slot, and look the same but for their ids.
            let id = Id::of_runtime(0, n % 2 + 1);
            push(&mut messages, Message::Wake(number(n as usize % 10)));
            push(&mut messages, Message::Abort(number(n as usize % 5), id));
            assert!(messages.sent.capacity() <= 2 * COMPACT_AT);
        }
        let left: HashSet<_> = taken(&mut messages)
            .into_iter()
            .map(|message| match message {
                Message::Wake(number) => (number.index(), None),
                Message::Abort(number, id) => (number.index(), Some(id)),
                Message::Run(_) => panic!("none was sent"),
            })
            .collect();
        assert_eq!(left.len(), 20, "{left:?}");
    }

    #[test]
    fn more_tasks_than_the_queue_is_compacted_at_lose_no_wake() {
        let mut messages = Messages::default();
        let tasks = 10 * COMPACT_AT;
        for task in (0..tasks).chain(0..tasks) {
            push(&mut messages, Message::Wake(number(task)));
        }
        let mut woken: Vec<_> = messages.woken().into_iter().flatten().collect();
        woken.sort_unstable_by_key(|number| number.index());
        woken.dedup();
        assert!(woken.into_iter().eq((0..tasks).map(number)));
    }

    #[test]
    fn a_flood_of_wakes_drops_nothing_else_and_keeps_the_order() {
        let mut messages = Messages::default();
        let done = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        for n in 0..3 * COMPACT_AT {
            push(&mut messages, Message::Wake(number(0)));
            if n % 100 == 0 {
                let done = done.clone();
                let note = Message::Run(Box::new(move || done.lock().unwrap().push(n)));
                push(&mut messages, note);
            }
        }
        for message in taken(&mut messages) {
            if let Message::Run(run) = message {
                run();
            }
        }
        let expected: Vec<_> = (0..3 * COMPACT_AT).step_by(100).collect();
        assert_eq!(*done.lock().unwrap(), expected);
    }
}
