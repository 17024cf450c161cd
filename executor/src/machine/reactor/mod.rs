//! The reactor: from an event to the task that waits for it.
//!
//! Owns mio's poll, the slab of sources and the timer. The loop turns it;
//! `io/` registers sources and looks at their readiness. Sleeping in
//! [`Reactor::sleep`] is the one place where an idle runtime spends its time.
//!
//! mio is edge-triggered: an event comes once, when something changes. So a
//! source stays marked ready until an operation on it says "would block", and
//! whoever waits is registered before the look at the mark ends. Where mio looks at
//! states instead, and disarms a source by its event, it is armed again when the mark
//! is cleared ([`Reactor::rearm`]).
//!
//! - `key.rs`: the names that mio's events have
//! - `readiness/`: what is known of one source, and who waits for it
//! - `told.rs`: what an event, or the kernel's answer, says of a source
//! - `children.rs`: children whose ends no descriptor tells of
//! - `inspect.rs`: what the reactor shows of itself

mod children;
mod inspect;
mod key;
pub(crate) mod readiness;
pub(crate) mod told;

use std::io;
use std::os::fd::RawFd;
use std::task::{Poll, Waker};
use std::time::Duration;

use mio::{Events, Interest};
use slab::Slab;

use crate::machine::clock::Nanos;
use crate::record::Recorder;
use crate::sys::descriptor::{fill_standard, is_above_standard};
use crate::sys::errors::{NO_RUNTIME, named};
use crate::sys::registry::{Registry, SELECTOR};
use crate::sys::socket::Moved;
use crate::sys::timer::Timer;
use crate::sys::unpark::Unpark;
use children::Children;
pub(crate) use children::{child_of, stands_for};
use inspect::{DumpSignal, Places};
pub(crate) use key::SourceKey;
use key::{CHILDREN, DUMP, MOST_SOURCES, TIMER, UNPARK};
use readiness::{Direction, First, Readiness, Seen, WaiterId};
use told::{Signs, Told, Wanted};

/// Room for the events of one look. More than that wait in the kernel for the
/// next turn, so nothing is lost; 256 of 12 bytes fill less than a page.
const EVENTS: usize = 256;

/// Why a source that is used in its runtime is in the table.
const THERE: &str = "only its owner's drop deregisters a source";

/// How long the loop may sleep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wait {
    /// Only look.
    No,
    /// Until this deadline, so and so far from now.
    Until(Nanos, Duration),
    /// Until something happens.
    ForEver,
}

pub(crate) struct Reactor {
    poll: mio::Poll,
    registry: Registry,
    events: Events,
    sources: Slab<Source>,
    /// Counts the sources that were ever registered: gives the generations.
    registered: u32,
    /// The number of the last event: see [`Seen`].
    handled: u64,
    timer: Timer,
    dump: DumpSignal,
    /// Those that no descriptor tells of, while any is awaited.
    children: Option<Box<Children>>,
    places: Option<Places>,
}

struct Source {
    generation: u32,
    fd: RawFd,
    readiness: Readiness,
}

impl Reactor {
    /// # Errors
    ///
    /// When the process has no descriptors left: the error says which one could
    /// not be made.
    pub(crate) fn new() -> io::Result<(Self, Unpark)> {
        let made = Self::with_any_numbers()?;
        // The first that it made got the lowest number that was free.
        if made.0.descriptor().is_some_and(|fd| is_above_standard(&fd)) {
            return Ok(made);
        }
        // Its numbers are to be free again, or be filled.
        drop(made);
        let _filled = fill_standard()?;
        Self::with_any_numbers()
    }

    fn with_any_numbers() -> io::Result<(Self, Unpark)> {
        let poll = mio::Poll::new().map_err(|e| named(NO_RUNTIME, SELECTOR, e))?;
        let unpark = Unpark::new(&poll, UNPARK)?;
        let reactor = Self {
            registry: Registry::of(&poll)?,
            timer: Timer::new(TIMER),
            poll,
            events: Events::with_capacity(EVENTS),
            sources: Slab::new(),
            registered: 0,
            handled: 0,
            dump: DumpSignal::default(),
            children: None,
            places: None,
        };
        Ok((reactor, unpark))
    }

    /// For other threads.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What a foreign loop waits on to learn when a turn is due, if mio has such a thing.
    pub(crate) fn descriptor(&self) -> Option<RawFd> {
        self.registry.descriptor()
    }

    pub(crate) fn timer(&mut self) -> &mut Timer {
        &mut self.timer
    }

    /// Whoever waits on the runtime's descriptor is told of a deadline, `after` from now.
    pub(crate) fn tell_at<F: Fn() + Send + 'static>(
        &mut self,
        deadline: Nanos,
        after: Duration,
        unpark: impl FnOnce() -> F,
    ) -> io::Result<()> {
        self.timer.tell_at(&self.poll, deadline, after, unpark)
    }

    /// Whether any source is registered: if not, a look finds nothing that the
    /// timers and the inject queue don't know.
    pub(crate) fn has_sources(&self) -> bool {
        !self.sources.is_empty() || self.dump.is_caught()
    }

    /// Sleeps until something happens or the wait is over. An interrupted sleep
    /// ends early; the loop comes again with what is left.
    pub(crate) fn sleep(&mut self, wait: Wait) -> io::Result<()> {
        let timeout = match wait {
            Wait::No => Some(Duration::ZERO),
            Wait::ForEver => None,
            Wait::Until(deadline, after) => self.timer.limit(&self.poll, deadline, after),
        };
        let limits = timeout.into_iter().chain(self.patience());
        let slept = match self.poll.poll(&mut self.events, limits.min()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.events.clear();
                Ok(())
            }
            slept => slept,
        };
        self.look_for_ends();
        slept
    }

    /// Whether the last sleep brought events of sources that `react` has not
    /// handled. An unpark is none: what it is for is in the inject queue. Asked before a
    /// paused clock jumps, so children are asked, too.
    pub(crate) fn has_events(&mut self) -> bool {
        self.ask_children();
        self.source_events() > 0
    }

    /// How many.
    pub(crate) fn source_events(&self) -> usize {
        let tokens = self.events.iter().map(|event| event.token());
        let of_sources = tokens.filter(|token| ![UNPARK, TIMER, DUMP, CHILDREN].contains(token));
        of_sources.count() + self.ends().len()
    }

    /// Marks sources ready as the events say; `woken` gets who waited for them, to
    /// be woken outside the borrow.
    pub(crate) fn react(&mut self, woken: &mut Vec<Waker>, recorder: &Recorder) {
        for event in self.events.iter() {
            match event.token() {
                // Edge-triggered, so it need not be read: the next write is the
                // next event.
                UNPARK | CHILDREN => {}
                TIMER => self.timer.has_told(),
                DUMP => self.dump.is_told(),
                token => {
                    let key = SourceKey::from_token(token);
                    let Some(source) = self.sources.get_mut(key.index as usize) else {
                        continue;
                    };
                    if source.generation != key.generation {
                        continue;
                    }
                    self.handled += 1;
                    let told = Told::of(event);
                    source.readiness.note(told.signs);
                    // Before the reading that each of it is told as, which says who has
                    // caused the wakes up to there.
                    source.readiness.set_rare(told, self.handled, woken);
                    if told.read {
                        source.readiness.set(Direction::Read, self.handled, woken);
                        record_ready(recorder, key, Direction::Read, woken.len());
                    }
                    if told.write {
                        source.readiness.set(Direction::Write, self.handled, woken);
                        record_ready(recorder, key, Direction::Write, woken.len());
                    }
                }
            }
        }
        self.events.clear();
        self.react_to_ends(woken, recorder);
    }

    /// Registers a descriptor, which must stay open until it is deregistered.
    ///
    /// # Errors
    ///
    /// The descriptor can't be polled (regular files: `EPERM`), is registered
    /// already (`EEXIST`), or the kernel has no room. Nothing is left behind.
    pub(crate) fn register(
        &mut self,
        fd: RawFd,
        interest: Interest,
        first: First,
    ) -> io::Result<SourceKey> {
        let key = self.next_key()?;
        let (registry, token) = (&self.registry, key.token());
        registry.register(&self.poll, fd, token, interest)?;
        self.insert(key, fd, interest, first);
        Ok(key)
    }

    fn next_key(&mut self) -> io::Result<SourceKey> {
        let index = u32::try_from(self.sources.vacant_key())
            .ok()
            .filter(|&index| index < MOST_SOURCES)
            .ok_or_else(|| io::Error::other("2^32 sources are registered already"))?;
        self.registered = self.registered.wrapping_add(1);
        let generation = self.registered;
        Ok(SourceKey { index, generation })
    }

    fn insert(&mut self, key: SourceKey, fd: RawFd, interest: Interest, first: First) {
        self.sources.insert(Source {
            generation: key.generation,
            fd,
            readiness: Readiness::new(interest, first),
        });
    }

    /// Forgets a source; who waited for it is handed out to be dropped outside
    /// the borrow. Without `fd`, the selector has forgotten it before; events that it has
    /// brought until then are told by the key's generation.
    pub(crate) fn deregister(&mut self, fd: Option<RawFd>, key: SourceKey) -> Option<Vec<Waker>> {
        let source = self.source(key)?;
        let (waited, is_child) = (source.readiness.give_up(), child_of(source.fd).is_some());
        self.sources.remove(key.index as usize);
        match fd {
            _ if is_child => self.forget_child(key),
            Some(fd) => self.registry.deregister(&self.poll, fd),
            None => {}
        }
        Some(waited)
    }

    /// Looks at a source's readiness, and leaves `waker` there under the name in
    /// `waiter` if it must wait. What comes second is to be dropped outside the
    /// borrow.
    pub(crate) fn poll_ready(
        &mut self,
        key: SourceKey,
        wanted: Wanted,
        waiter: &mut Option<WaiterId>,
        waker: Waker,
    ) -> (Poll<Seen>, Option<Waker>) {
        let source = self.source(key).expect(THERE);
        source.readiness.poll(wanted, waiter, waker)
    }

    /// A future that waited is gone. What comes back is to be dropped outside the
    /// borrow.
    pub(crate) fn forget_waiter(
        &mut self,
        key: SourceKey,
        wanted: Wanted,
        waiter: WaiterId,
    ) -> Option<Waker> {
        self.source(key)?.readiness.forget(wanted, waiter)
    }

    /// Asks the kernel about a side of a source, if nobody has yet: see
    /// [`Readiness::learn`].
    pub(crate) fn learn(&mut self, key: SourceKey, wanted: Wanted) -> bool {
        self.handled += 1;
        let event = self.handled;
        let Some(source) = self.source(key) else {
            return false;
        };
        let is_ready = source.readiness.learn(wanted, source.fd, event);
        self.rearm(key);
        is_ready
    }

    /// Looks at a source's readiness without waiting.
    pub(crate) fn look(&mut self, key: SourceKey, wanted: Wanted) -> Option<Seen> {
        self.source(key)?.readiness.look(wanted)
    }

    /// Whether there is urgent data: see [`Readiness::is_urgent`].
    pub(crate) fn is_urgent(&mut self, key: SourceKey) -> bool {
        let source = self.source(key);
        source.is_some_and(|source| source.readiness.is_urgent())
    }

    /// What all of a source's events have said.
    pub(crate) fn signs(&mut self, key: SourceKey) -> Signs {
        let source = self.source(key);
        source.map_or_else(Signs::default, |source| source.readiness.signs())
    }

    pub(crate) fn clear_ready(&mut self, key: SourceKey, wanted: Wanted, seen: Seen) {
        if let Some(source) = self.source(key) {
            source.readiness.clear(wanted, seen);
            self.rearm(key);
        }
    }

    /// Has mio tell of what a source is not ready for, where it disarms what it has told
    /// of: see [`Registry::DISARMS`]. Of what the source is ready for it would tell at
    /// once, and in vain.
    #[inline]
    fn rearm(&mut self, key: SourceKey) {
        if Registry::DISARMS
            && let Some(source) = self.source(key)
            && child_of(source.fd).is_none()
            && let (fd, Some(interest)) = (source.fd, source.readiness.not_ready())
        {
            self.registry.rearm(fd, key.token(), interest);
        }
    }

    /// Moves bytes through a stream socket: see [`Readiness::transfer`]. `io` is a
    /// system call of ours, and no code of the program.
    #[inline]
    pub(crate) fn transfer(
        &mut self,
        key: SourceKey,
        direction: Direction,
        io: impl FnMut() -> io::Result<Moved>,
    ) -> Option<io::Result<usize>> {
        let source = self.source(key).expect(THERE);
        let moved = source.readiness.transfer(direction, source.fd, io);
        self.rearm(key);
        moved
    }

    fn source(&mut self, key: SourceKey) -> Option<&mut Source> {
        let source = self.sources.get_mut(key.index as usize)?;
        (source.generation == key.generation).then_some(source)
    }
}

/// The wakes up to `woken` that have no cause yet have this one.
#[inline]
fn record_ready(recorder: &Recorder, key: SourceKey, direction: Direction, woken: usize) {
    if recorder.is_on() {
        recorder.source_ready(recorder.source(key.registered()), direction, woken);
    }
}

#[cfg(test)]
mod tests;
