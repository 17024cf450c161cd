//! What is seen of locks and channels: by a dump, and by who records.
//!
//! Owns [`Face`], which each lock, channel and bell has: what it is, and the place in the
//! program that made it. While no runtime of the process is to tell what its tasks wait for
//! or do, that is all, and each step pays for a look at one flag. Meanwhile the steps are
//! noted in one table: who waits, who has taken what and when, who was last at the other
//! end; and told to the recorder of the runtime that this thread is in (`told.rs`). Only
//! what is used while somebody looks gets in, and what has a name; it leaves when it is
//! dropped.

mod told;

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZero;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::task::Waker;

use super::waiters::locked;
use crate::machine::scheduler::number::RuntimeId;
use crate::machine::scheduler::waker::Waiter;
pub(crate) use crate::record::event::SyncKind as Kind;
use crate::record::ids::{Id, SyncId};
use crate::record::time::Nanos;
use crate::sys::shared::{Mutex, MutexGuard};
use told::Here;

/// How many runtimes are to tell.
static LOOKERS: AtomicUsize = AtomicUsize::new(0);
/// What has a name, or was used while somebody looked, by id.
static TABLE: Mutex<BTreeMap<u64, Seen>> = Mutex::new(BTreeMap::new());
static LAST_ID: AtomicU64 = AtomicU64::new(0);

/// The keys of those who have no place in a line: the receiver that waits for a value, and
/// the sender of one value that waits for the close.
pub(super) const RECEIVER: u64 = u64::MAX;
pub(super) const SENDER: u64 = u64::MAX - 1;

/// Takings of one lock that are noted; of more the oldest are forgotten. A permit that is
/// leaked by `mem::forget` is never given back, and a program that adds another for each may
/// leak for ever.
const MOST_HELD: usize = 4_096;

/// While it lives it is noted who waits for what.
#[must_use]
pub(crate) struct Looking(());

pub(crate) fn look() -> Looking {
    LOOKERS.fetch_add(1, Relaxed);
    Looking(())
}

impl Drop for Looking {
    /// What comes next is not noted, so nothing of what was noted will be true.
    fn drop(&mut self) {
        let mut table = locked(&TABLE);
        if LOOKERS.fetch_sub(1, Relaxed) == 1 {
            table.retain(|_, seen| {
                seen.forget();
                seen.name.is_some()
            });
        }
    }
}

/// What somebody waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Want {
    /// So many permits; of a channel: room for so many values.
    Permits(usize),
    /// To be told; of a channel: a value.
    Told,
    /// That the other end is gone.
    Closed,
}

/// A task that has done something to one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct By {
    pub(crate) runtime: RuntimeId,
    pub(crate) task: Id,
    pub(crate) at: Nanos,
}

/// One that waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub(crate) waiter: Waiter,
    pub(crate) want: Want,
    /// In whose poll, if it was a task's.
    by: Option<By>,
}

/// Who has taken permits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holder {
    Task(By),
    /// A blocking job, of whichever runtime.
    Job(Id),
    /// A thread that is in no runtime.
    Thread,
}

impl Holder {
    /// Whether what `by` gives back is its own.
    fn is(&self, by: &Self) -> bool {
        match (self, by) {
            (Self::Task(one), Self::Task(other)) => {
                (one.runtime, one.task) == (other.runtime, other.task)
            }
            (Self::Job(one), Self::Job(other)) => one == other,
            (Self::Thread, Self::Thread) => true,
            _ => false,
        }
    }
}

/// One lock, channel or bell, as far as it is known.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) kind: Kind,
    pub(crate) bound: Option<NonZero<usize>>,
    pub(crate) made_at: Option<&'static Location<'static>>,
    pub(crate) name: Option<Arc<String>>,
    /// Who has taken permits, and how many.
    pub(crate) held: VecDeque<(Holder, usize)>,
    /// To whom permits were handed over, by the key of the wait, and how many: that has
    /// not been polled since.
    pub(crate) handed: BTreeMap<u64, (By, usize)>,
    pub(crate) waits: BTreeMap<u64, Waiting>,
    /// Who has sent last, or told.
    pub(crate) sender: Option<By>,
    /// Who has asked last for a value.
    pub(crate) receiver: Option<By>,
    /// What it is called in the recordings that tell of it.
    told_as: Vec<(RuntimeId, SyncId)>,
    /// Whether that it was closed is told.
    is_told_closed: bool,
}

impl Seen {
    fn forget(&mut self) {
        self.held.clear();
        self.handed.clear();
        self.waits.clear();
        self.told_as.clear();
        (self.sender, self.receiver) = (None, None);
    }

    /// Room in a channel is taken by no one: the value has it.
    fn take(&mut self, here: &Here, count: usize) {
        if self.kind == Kind::Mpsc {
            return;
        }
        if self.held.len() == MOST_HELD {
            self.held.pop_front();
        }
        self.held.push_back((here.holder(), count));
        self.tell_taken(here, count);
    }

    /// Whose permits they are that are given back: those of whoever runs, if it has any,
    /// else the oldest, which were then moved.
    fn holder(&self, by: &Holder) -> usize {
        let own = self.held.iter().position(|(holder, _)| holder.is(by));
        own.unwrap_or(0)
    }
}

/// All of which somebody waits for, by id.
pub(crate) fn waited_for() -> Vec<(u64, Seen)> {
    let table = locked(&TABLE);
    let waited_for = table.iter().filter(|(_, seen)| !seen.waits.is_empty());
    waited_for.map(|(id, seen)| (*id, seen.clone())).collect()
}

/// How a lock, channel or bell is known to who looks.
pub(super) struct Face {
    kind: Kind,
    /// Of a channel of values that wait: how many it has room for, if not for all.
    bound: Option<NonZero<usize>>,
    made_at: Option<&'static Location<'static>>,
    /// In the table; 0 while it was never there.
    id: AtomicU64,
}

impl Face {
    /// Of one that the caller's caller has made.
    #[track_caller]
    pub(super) fn here(kind: Kind) -> Self {
        Self::made(kind, None, Some(Location::caller()))
    }

    /// The same, of a channel with room for so many values.
    #[track_caller]
    pub(super) fn channel(bound: Option<usize>) -> Self {
        let bound = bound.and_then(NonZero::new);
        Self::made(Kind::Mpsc, bound, Some(Location::caller()))
    }

    /// Of one in a `static`, which no caller makes.
    pub(super) const fn anywhere(kind: Kind) -> Self {
        Self::made(kind, None, None)
    }

    const fn made(
        kind: Kind,
        bound: Option<NonZero<usize>>,
        made_at: Option<&'static Location<'static>>,
    ) -> Self {
        Self {
            kind,
            bound,
            made_at,
            id: AtomicU64::new(0),
        }
    }

    /// Of another side of the same channel.
    pub(super) fn beside(&self) -> Self {
        Self::made(self.kind, self.bound, self.made_at)
    }

    /// Says what it is called.
    pub(super) fn set_name(&self, name: &Arc<String>) {
        self.enter(&mut locked(&TABLE)).name = Some(name.clone());
    }

    #[inline]
    fn note(&self, note: impl FnOnce(&mut Seen, &Here)) {
        if LOOKERS.load(Relaxed) > 0 {
            self.note_looked_at(note);
        }
    }

    #[cold]
    fn note_looked_at(&self, note: impl FnOnce(&mut Seen, &Here)) {
        let here = Here::now();
        note(self.enter(&mut locked(&TABLE)), &here);
    }

    fn enter<'a>(&self, table: &'a mut MutexGuard<'_, BTreeMap<u64, Seen>>) -> &'a mut Seen {
        // Given out under the lock, so one id each.
        let id = match self.id.load(Relaxed) {
            0 => LAST_ID.fetch_add(1, Relaxed) + 1,
            id => id,
        };
        self.id.store(id, Relaxed);
        table.entry(id).or_insert_with(|| Seen {
            kind: self.kind,
            bound: self.bound,
            made_at: self.made_at,
            name: None,
            held: VecDeque::new(),
            handed: BTreeMap::new(),
            waits: BTreeMap::new(),
            sender: None,
            receiver: None,
            told_as: Vec::new(),
            is_told_closed: false,
        })
    }

    /// Whoever runs has taken permits.
    #[inline]
    pub(super) fn taken(&self, count: usize) {
        self.note(|seen, here| seen.take(here, count));
    }

    /// The same, of permits that were handed over to the wait with this key.
    #[inline]
    pub(super) fn taken_at(&self, key: u64, count: usize) {
        self.note(|seen, here| {
            seen.handed.remove(&key);
            seen.take(here, count);
        });
    }

    /// Permits were given back.
    #[inline]
    pub(super) fn given(&self, count: usize) {
        self.note(|seen, here| {
            let by = here.holder();
            let mut left = count;
            while left > 0 && !seen.held.is_empty() {
                let at = seen.holder(&by);
                let given = left.min(seen.held[at].1);
                left -= given;
                seen.held[at].1 -= given;
                seen.tell_given(here, seen.held[at].0, given);
                if seen.held[at].1 == 0 {
                    seen.held.remove(at);
                }
            }
        });
    }

    /// One waits, with a key that no other has, and to be woken by that.
    #[inline]
    pub(super) fn waits(&self, key: u64, waker: &Waker, want: Want) {
        self.note(|seen, here| {
            let (waiter, by) = (Waiter::of(waker), here.by());
            let before = seen.waits.insert(key, Waiting { waiter, want, by });
            if before.is_none_or(|before| before.waiter != waiter) {
                seen.tell_waits(here, want);
            }
        });
    }

    /// It does not any more: it has what it wants.
    #[inline]
    pub(super) fn waits_no_more(&self, key: u64) {
        self.note(|seen, _| _ = seen.waits.remove(&key));
    }

    /// It does not any more: it has given up, unless it was told already.
    #[inline]
    pub(super) fn gives_up(&self, key: u64) {
        self.note(|seen, here| {
            seen.handed.remove(&key);
            if let Some(waiting) = seen.waits.remove(&key) {
                seen.tell_given_up(here, waiting);
            }
        });
    }

    /// It is given what it waits for, and nobody else is.
    #[inline]
    pub(super) fn hands_over(&self, key: u64) {
        self.note(|seen, here| {
            if let Some(waiting) = seen.waits.remove(&key) {
                if let (Want::Permits(count), Some(by)) = (waiting.want, waiting.by)
                    && seen.kind != Kind::Mpsc
                {
                    seen.handed.insert(key, (by, count));
                }
                seen.tell_handed(here, waiting.by);
            }
        });
    }

    /// All who wait are told.
    #[inline]
    pub(super) fn tells_all(&self) {
        self.note(|seen, here| seen.tell_all(here));
    }

    /// It is closed, from one end or the other.
    #[inline]
    pub(super) fn closes(&self) {
        self.note(|seen, here| seen.tell_closed(here));
    }

    /// Whoever runs has sent, or told.
    #[inline]
    pub(super) fn sends(&self) {
        self.note(|seen, here| seen.sender = here.by());
    }

    /// Whoever runs has asked for a value.
    #[inline]
    pub(super) fn receives(&self) {
        self.note(|seen, here| seen.receiver = here.by());
    }
}

impl Drop for Face {
    #[inline]
    fn drop(&mut self) {
        let id = *self.id.get_mut();
        if id != 0 {
            forget(id);
        }
    }
}

#[cold]
fn forget(id: u64) {
    let seen = locked(&TABLE).remove(&id);
    if let Some(seen) = seen {
        seen.tell_gone();
    }
}
