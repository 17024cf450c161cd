//! Those who wait for one lock or channel, in the order in which they came.
//!
//! Owns [`Waiters`]: a list whose nodes lie in one piece of memory, so that a wait allocates
//! nothing once that has its size, and a waiter that is woken or gives up leaves in one step.
//! Every use of it is under the lock of the primitive that it belongs to; it hands out the
//! wakers, and they are woken and dropped when that is released ([`ToldAll::wake`]). Owns
//! [`Line`], the list with a lock of its own, and what the wakers are kept as, [`Contained`].
//!
//! # Served
//!
//! Most who wait are told as the first of the line, one after the other, and then come once
//! more to see it. So that this costs no lock, whoever serves the first forgets its node as
//! well, and notes the number of its [`Ticket`]: *who has a number up to that was served, and
//! has no node.* For numbers rise in the order of the line, and nobody is served while a node
//! stands of one who was told in another way (`stands`). So the nodes are those of who waits,
//! the first has the lowest number, and who had a lower one was served before, or has left and
//! does not ask.

use std::sync::PoisonError;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::task::Waker;

use crate::machine::panics::{contain_drop, discard, wake_contained};
use crate::machine::scheduler::waker::is_ours;
use crate::sys::shared::{AtomicU64, Mutex, MutexGuard};

/// A node's place, or one of the three below.
type At = usize;
/// The ends of the list of those who wait.
const WAITING: At = usize::MAX;
/// The ends of the list of those whom a wake of all has yet to reach.
const WAKING: At = usize::MAX - 1;
/// In neither list: it was told. And where the free nodes end.
const NOWHERE: At = usize::MAX - 2;

/// Nodes whose memory is kept when nobody waits any more.
const KEPT: usize = 64;
/// Wakers that are taken out at a time.
const BATCH: usize = 32;

#[derive(Clone, Copy)]
struct Links {
    before: At,
    behind: At,
}

/// What one gets who enters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    number: u64,
    /// Of its node.
    at: At,
}

impl Ticket {
    /// By which it is seen: nobody else of the line has the same, also later.
    pub(super) fn key(self) -> u64 {
        self.number
    }
}

struct Node<D> {
    /// Of a free one: the next is behind it.
    links: Links,
    number: u64,
    waker: Option<Contained>,
    data: D,
}

/// Two rings of nodes. The links of a ring's ends stand here, the others in the nodes, so a
/// node leaves without knowing which ring it is in.
///
/// The nodes are no [`slab::Slab`]: that takes and gives an entry as a whole, and a processor
/// that copies what it has just written in parts waits for the parts. Of these each field is
/// written and read where it lies; on an AMD processor a ping-pong over two bells took a third
/// longer with the other.
pub(super) struct Waiters<D> {
    nodes: Vec<Node<D>>,
    /// The first free node.
    free: At,
    /// How many are not free.
    taken: usize,
    waiting: Links,
    waking: Links,
    /// The number of the last ticket; the first has 1.
    drawn: u64,
    /// Whether there may be a node of one who does not wait any more.
    stands: bool,
}

impl<D: Copy> Waiters<D> {
    pub(super) const fn new() -> Self {
        Self {
            nodes: Vec::new(),
            free: NOWHERE,
            taken: 0,
            waiting: Links {
                before: WAITING,
                behind: WAITING,
            },
            waking: Links {
                before: WAKING,
                behind: WAKING,
            },
            drawn: 0,
            stands: false,
        }
    }

    fn links(&mut self, at: At) -> &mut Links {
        match at {
            WAITING => &mut self.waiting,
            WAKING => &mut self.waking,
            _ => &mut self.nodes[at].links,
        }
    }

    /// Whether nobody waits who was not told.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.behind == WAITING
    }

    /// One more, behind the others. `None`: it is not to be woken, but asks.
    pub(super) fn enter(&mut self, data: D, waker: Option<Contained>) -> Ticket {
        if self.free == NOWHERE {
            self.add_free(data);
        }
        self.drawn += 1;
        self.taken += 1;
        let (at, number, before) = (self.free, self.drawn, self.waiting.before);
        let node = &mut self.nodes[at];
        self.free = node.links.behind;
        node.links.before = before;
        node.links.behind = WAITING;
        node.number = number;
        node.waker = waker;
        node.data = data;
        self.links(before).behind = at;
        self.waiting.before = at;
        Ticket { number, at }
    }

    #[cold]
    fn add_free(&mut self, data: D) {
        self.free = self.nodes.len();
        self.nodes.push(Node {
            links: Links {
                before: NOWHERE,
                behind: NOWHERE,
            },
            number: 0,
            waker: None,
            data,
        });
    }

    /// The first of those who wait.
    pub(super) fn first(&self) -> Option<Ticket> {
        self.ticket(self.waiting.behind)
    }

    /// The one that came last.
    pub(super) fn last(&self) -> Option<Ticket> {
        self.ticket(self.waiting.before)
    }

    fn ticket(&self, at: At) -> Option<Ticket> {
        (at != WAITING).then(|| Ticket {
            number: self.nodes[at].number,
            at,
        })
    }

    pub(super) fn data(&mut self, ticket: Ticket) -> &mut D {
        &mut self.nodes[ticket.at].data
    }

    fn unlink(&mut self, at: At) {
        let Links { before, behind } = self.nodes[at].links;
        if before != NOWHERE {
            self.links(before).behind = behind;
            self.links(behind).before = before;
            self.nodes[at].links.before = NOWHERE;
        }
    }

    /// Whether it was told, and left the list by that.
    pub(super) fn is_told(&self, ticket: Ticket) -> bool {
        self.nodes[ticket.at].links.before == NOWHERE
    }

    /// Takes it out of those who wait, to be woken. Its node stands until it leaves.
    #[must_use]
    pub(super) fn tell(&mut self, ticket: Ticket) -> Option<Contained> {
        self.stands = true;
        self.unlink(ticket.at);
        self.nodes[ticket.at].waker.take()
    }

    /// Forgets it. The waker is to be dropped outside the lock.
    #[must_use]
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<Contained> {
        debug_assert_eq!(
            self.nodes[ticket.at].number, ticket.number,
            "it has left before"
        );
        self.unlink(ticket.at);
        let node = &mut self.nodes[ticket.at];
        node.number = 0;
        let waker = node.waker.take();
        node.links.behind = std::mem::replace(&mut self.free, ticket.at);
        self.taken -= 1;
        if self.taken == 0 {
            self.stands = false;
            if self.nodes.len() > KEPT {
                (self.nodes, self.free) = (Vec::new(), NOWHERE);
            }
        }
        waker
    }

    /// Has it woken by `waker` from here on. The other is to be dropped outside the lock.
    #[must_use]
    pub(super) fn set_waker(&mut self, ticket: Ticket, waker: Contained) -> Option<Contained> {
        self.nodes[ticket.at].waker.replace(waker)
    }

    /// All who wait are told. They are to be woken when the lock is released.
    pub(super) fn tell_all(&mut self) -> ToldAll {
        let Links { before, behind } = self.waiting;
        if behind != WAITING {
            self.stands = true;
            let last = self.waking.before;
            self.links(last).behind = behind;
            self.links(behind).before = last;
            self.links(before).behind = WAKING;
            self.waking.before = before;
            self.waiting = Links {
                before: WAITING,
                behind: WAITING,
            };
        }
        ToldAll {
            // Often it is one, who then needs neither the lock again nor a batch.
            first: self.next_to_wake(),
            are_more: self.waking.behind != WAKING,
        }
    }

    fn next_to_wake(&mut self) -> Option<Contained> {
        while self.waking.behind != WAKING {
            let at = self.waking.behind;
            self.unlink(at);
            if let Some(waker) = self.nodes[at].waker.take() {
                return Some(waker);
            }
        }
        None
    }
}

/// Those who wait, under a lock.
pub(super) struct Line<D> {
    waiters: Mutex<Waiters<D>>,
    /// The number up to which all were served. It changes under the lock.
    served: AtomicU64,
}

impl<D: Copy> Line<D> {
    pub(super) const fn new() -> Self {
        Self {
            waiters: Mutex::new(Waiters::new()),
            served: AtomicU64::new(0),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Waiters<D>> {
        locked(&self.waiters)
    }

    /// Whether it was told as the first, and has left by that. Without the lock a `true`
    /// stays so, and a `false` may be late. What was done before it was served is seen.
    #[inline]
    pub(super) fn is_served(&self, ticket: Ticket) -> bool {
        ticket.number <= self.served.load(Acquire)
    }

    /// Tells the first of `waiters`, which are those of the line. If nobody's node stands it
    /// is served, else it is told as by [`Waiters::tell`].
    #[must_use]
    pub(super) fn serve(&self, waiters: &mut Waiters<D>, first: Ticket) -> Option<Contained> {
        if waiters.stands {
            return waiters.tell(first);
        }
        let waker = waiters.leave(first);
        self.served.store(first.number, Release);
        waker
    }

    /// Wakes those who were told.
    pub(super) fn wake(&self, told: ToldAll) {
        told.wake(&self.waiters, |waiters| waiters);
    }
}

/// Who was told by [`Waiters::tell_all`].
#[must_use]
#[derive(Default)]
pub(super) struct ToldAll {
    first: Option<Contained>,
    are_more: bool,
}

impl ToldAll {
    /// Wakes them, some at a time: `lock` is taken for each batch, and released before it is
    /// woken.
    pub(super) fn wake<D: Copy, S>(
        self,
        lock: &Mutex<S>,
        waiters: impl Fn(&mut S) -> &mut Waiters<D>,
    ) {
        if let Some(first) = self.first {
            first.wake();
        }
        let mut are_more = self.are_more;
        while are_more {
            let mut batch = [const { None }; BATCH];
            let mut state = locked(lock);
            let waiters = waiters(&mut state);
            for place in &mut batch {
                *place = waiters.next_to_wake();
            }
            are_more = waiters.waking.behind != WAKING;
            drop(state);
            batch.into_iter().flatten().for_each(Contained::wake);
        }
    }
}

/// A waker that waits with the others. To clone, to wake and to drop another library's runs
/// the program's code: all three are done with nothing locked. A panic in the last two goes no
/// further, for there the program has asked for something else: to take a lock, to send.
pub(super) struct Contained(Waker);

impl Contained {
    pub(super) fn of(waker: &Waker) -> Self {
        Self(waker.clone())
    }

    pub(super) fn wake(mut self) {
        match is_ours(&self.0) {
            true => self.0.wake_by_ref(),
            false => wake_contained(self.take()),
        }
    }

    fn take(&mut self) -> Waker {
        std::mem::replace(&mut self.0, Waker::noop().clone())
    }
}

impl Drop for Contained {
    #[inline]
    fn drop(&mut self) {
        if !is_ours(&self.0)
            && let Err(payload) = contain_drop(self.take())
        {
            discard(payload);
        }
    }
}

/// Takes a lock of this module. No code of the program runs under it, or such that may
/// panic between two of its own statements, so a poisoned one is as it should be.
pub(super) fn locked<S>(lock: &Mutex<S>) -> MutexGuard<'_, S> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
