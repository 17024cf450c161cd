//! What a dump sees of locks and channels.
//!
//! Owns [`Face`], which each lock, channel and bell has: what it is, and the place in the
//! program that made it. While no runtime of the process is to tell what its tasks wait for,
//! that is all, and each step pays for a look at one flag. From then on the steps are noted
//! in one table: who waits, who has taken what and when, who was last at the other end. Only
//! what is used from then on gets in, and leaves when it is dropped.

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::task::Waker;

use super::waiters::locked;
use crate::machine::context;
use crate::machine::scheduler::number::RuntimeId;
use crate::machine::scheduler::waker::Waiter;
use crate::record::ids::Id;
use crate::record::time::Nanos;

/// Set once, and for good: by the first runtime that is to tell.
static IS_LOOKED_AT: AtomicBool = AtomicBool::new(false);
/// What was used since then, by id.
static TABLE: Mutex<BTreeMap<u64, Seen>> = Mutex::new(BTreeMap::new());
static LAST_ID: AtomicU64 = AtomicU64::new(0);

/// The keys of those who have no place in a line: the receiver that waits for a value, and
/// the sender of one value that waits for the close.
pub(super) const RECEIVER: usize = usize::MAX;
pub(super) const SENDER: usize = usize::MAX - 1;

/// From here on it is noted who waits for what.
pub(crate) fn look() {
    IS_LOOKED_AT.store(true, Relaxed);
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Mutex,
    RwLock,
    Semaphore,
    OnceCell,
    SetOnce,
    Notify,
    Barrier,
    Oneshot,
    /// With the values that it has room for.
    Mpsc(usize),
    Broadcast,
    Watch,
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

/// One lock, channel or bell, as far as it is known.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) kind: Kind,
    pub(crate) made_at: Option<&'static Location<'static>>,
    /// Who has taken permits, and how many.
    pub(crate) held: Vec<(By, usize)>,
    pub(crate) waits: BTreeMap<usize, (Waiter, Want)>,
    /// Who has sent last, or told.
    pub(crate) sender: Option<By>,
    /// Who has asked last for a value.
    pub(crate) receiver: Option<By>,
}

/// Whose code runs, if it is a task's.
fn by() -> Option<By> {
    context::try_with(|core| By {
        runtime: core.scheduler.id(),
        task: core
            .scheduler
            .running()
            .unwrap_or_else(|| core.recorder().main()),
        at: core.clock.now(),
    })
}

/// All of which somebody waits for, by id.
pub(crate) fn waited_for() -> Vec<(u64, Seen)> {
    let table = locked(&TABLE);
    let waited_for = table.iter().filter(|(_, seen)| !seen.waits.is_empty());
    waited_for.map(|(id, seen)| (*id, seen.clone())).collect()
}

/// How a lock, channel or bell is known to a dump.
pub(super) struct Face {
    kind: Kind,
    made_at: Option<&'static Location<'static>>,
    /// In the table; 0 while it is not there.
    id: AtomicU64,
}

impl Face {
    /// Of one that the caller's caller has made.
    #[track_caller]
    pub(super) fn here(kind: Kind) -> Self {
        Self::made(kind, Some(Location::caller()))
    }

    /// Of one in a `static`, which no caller makes.
    pub(super) const fn anywhere(kind: Kind) -> Self {
        Self::made(kind, None)
    }

    const fn made(kind: Kind, made_at: Option<&'static Location<'static>>) -> Self {
        Self {
            kind,
            made_at,
            id: AtomicU64::new(0),
        }
    }

    /// Of another side of the same channel.
    pub(super) fn beside(&self) -> Self {
        Self::made(self.kind, self.made_at)
    }

    #[inline]
    fn note(&self, note: impl FnOnce(&mut Seen)) {
        if IS_LOOKED_AT.load(Relaxed) {
            self.note_looked_at(note);
        }
    }

    #[cold]
    fn note_looked_at(&self, note: impl FnOnce(&mut Seen)) {
        let mut table = locked(&TABLE);
        // Given out under the lock, so one id each.
        let id = match self.id.load(Relaxed) {
            0 => LAST_ID.fetch_add(1, Relaxed) + 1,
            id => id,
        };
        self.id.store(id, Relaxed);
        let seen = table.entry(id).or_insert_with(|| Seen {
            kind: self.kind,
            made_at: self.made_at,
            held: Vec::new(),
            waits: BTreeMap::new(),
            sender: None,
            receiver: None,
        });
        note(seen);
    }

    /// Whoever runs has taken permits. Room in a channel is taken by no one: the value has
    /// it.
    #[inline]
    pub(super) fn taken(&self, count: usize) {
        self.note(|seen| {
            if let Some(by) = by()
                && !matches!(seen.kind, Kind::Mpsc(_))
            {
                seen.held.push((by, count));
            }
        });
    }

    /// Permits were given back: those of whoever runs, if it has any, else the oldest.
    #[inline]
    pub(super) fn given(&self, count: usize) {
        self.note(|seen| {
            let mut left = count;
            while left > 0 && !seen.held.is_empty() {
                let of_own = by().and_then(|by| {
                    let is_own = |(held, _): &(By, usize)| {
                        (held.runtime, held.task) == (by.runtime, by.task)
                    };
                    seen.held.iter().position(is_own)
                });
                let at = of_own.unwrap_or(0);
                let given = left.min(seen.held[at].1);
                left -= given;
                seen.held[at].1 -= given;
                if seen.held[at].1 == 0 {
                    seen.held.remove(at);
                }
            }
        });
    }

    /// One waits: at that place of the line, and to be woken by that.
    #[inline]
    pub(super) fn waits(&self, at: usize, waker: &Waker, want: Want) {
        self.note(|seen| {
            seen.waits.insert(at, (Waiter::of(waker), want));
        });
    }

    /// It does not any more.
    #[inline]
    pub(super) fn waits_no_more(&self, at: usize) {
        self.note(|seen| {
            seen.waits.remove(&at);
        });
    }

    /// Whoever runs has sent, or told.
    #[inline]
    pub(super) fn sends(&self) {
        self.note(|seen| seen.sender = by());
    }

    /// Whoever runs has asked for a value.
    #[inline]
    pub(super) fn receives(&self) {
        self.note(|seen| seen.receiver = by());
    }
}

impl Drop for Face {
    fn drop(&mut self) {
        let id = *self.id.get_mut();
        if id != 0 {
            locked(&TABLE).remove(&id);
        }
    }
}
