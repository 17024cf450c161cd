//! The recorder: one stream of what happens in a runtime.
//!
//! Owns whether anything is recorded, who is the cause of what happens now, and the
//! ring. The scheduler has one; the phases of the loop, the reactor, timers, jobs and
//! files record through it, each where it does the thing. What `trace/` makes of the
//! stream it makes as a [`Sink`], or from a copy of the ring.
//!
//! # What it costs
//!
//! Off, each phase of a turn is asked ([`Recorder::is_on`]), and so is each wake, spawn,
//! timer, and source; the polls of the turn are not. On, an event costs a look at
//! the clock and a push.

pub(crate) mod event;
pub(crate) mod ids;
mod kept;
mod known;
pub(crate) mod news;
pub(crate) mod origin;
mod ring;
pub(crate) mod time;
pub(crate) mod watch;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread::{self, Thread, ThreadId};

use crate::record::ids::{Direction, Id, SourceId, SyncId, TimerId};
use event::{Cause, Event, Record, WaitsOn};
use kept::Kept;
pub(crate) use kept::SharedRing;
pub(crate) use known::{Known, PollOrder};
use news::{News, Waiting};
use origin::Origin;
pub(crate) use ring::Held;
use ring::Ring;
use time::{Nanos, Reading, Time};

/// Gets each record as it is made. It runs within the machine, which may be borrowed:
/// it must not call into the runtime, nor run code of the program.
pub(crate) trait Sink {
    fn take(&mut self, record: &Record, known: &Known);

    /// The loop is about to sleep, or the runtime ends: what is held back is to go
    /// where it goes.
    fn flush(&mut self, _clock: Reading) {}

    /// A `block_on` or a `Runtime::turn` begins, or has ended.
    fn in_loop(&mut self, _at: Nanos, _in_loop: bool) {}

    /// The end of the runtime begins: no loop goes round any more, and who is left is
    /// dropped.
    fn runtime_ends(&mut self) {}

    /// Whether it wants to know how long the recording itself takes.
    fn keeps_time(&self) -> bool {
        false
    }

    /// The time from `from` until `until` went into a record, or into what is made of
    /// records: it is not the program's.
    fn recorded(&mut self, _from: Nanos, _until: Nanos) {}
}

pub(crate) struct Recorder {
    runtime: u16,
    /// The runtime's own.
    thread: ThreadId,
    on: Cell<bool>,
    clock: Rc<dyn Time>,
    /// Who or what the code that runs now was called by.
    cause: Cell<Cause>,
    /// Whose doing the wakes are that the reactor hands out, in their order. Kept
    /// apart, so that they need no room while nothing is recorded.
    woken_by: RefCell<Vec<Cause>>,
    /// Whether a sink keeps time.
    keeps_time: Cell<bool>,
    /// Locks and channels that were told of.
    syncs: Cell<u32>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    ring: Option<Kept>,
    sinks: Vec<Box<dyn Sink>>,
    /// Whether each record is timed: somebody keeps time, and is not alone. By itself a
    /// ledger costs less than the looks at the clock would.
    is_timed: bool,
    known: Known,
}

impl State {
    #[cold]
    fn recorded(&mut self, from: Nanos, until: Nanos) {
        for sink in &mut self.sinks {
            sink.recorded(from, until);
        }
    }
}

impl Recorder {
    /// A recorder that is off.
    pub(crate) fn new(runtime: u16, clock: Rc<dyn Time>) -> Self {
        Self {
            runtime,
            thread: thread::current().id(),
            on: Cell::new(false),
            clock,
            cause: Cell::new(Cause::Outside),
            woken_by: RefCell::default(),
            keeps_time: Cell::new(false),
            syncs: Cell::new(0),
            state: RefCell::default(),
        }
    }

    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.on.get()
    }

    /// For tests of what is below a runtime.
    #[cfg(test)]
    pub(crate) fn of_nothing(runtime: u16) -> Self {
        Self::new(runtime, Rc::new(time::Stopped))
    }

    /// Keeps the latest `size` events.
    pub(crate) fn keep(&self, size: usize) {
        self.state.borrow_mut().ring = Some(Kept::Own(Ring::new(size)));
        self.begin();
    }

    /// As [`keep`](Self::keep), where other threads may look.
    pub(crate) fn share(&self, size: usize) -> SharedRing {
        let mut state = self.state.borrow_mut();
        let shared = SharedRing::new(size, state.known.clone());
        state.ring = Some(Kept::Shared(shared.clone()));
        drop(state);
        self.begin();
        shared
    }

    /// Gives every event to `sink` as well.
    pub(crate) fn add_sink(&self, sink: Box<dyn Sink>) {
        self.state.borrow_mut().sinks.push(sink);
        self.begin();
    }

    fn begin(&self) {
        self.on.set(true);
        let state = &mut *self.state.borrow_mut();
        let keeps_time = state.sinks.iter().any(|sink| sink.keeps_time());
        self.keeps_time.set(keeps_time);
        state.is_timed = keeps_time && (state.ring.is_some() || state.sinks.len() > 1);
    }

    /// Records `event` as of now. To be called only while it is on.
    #[inline]
    pub(crate) fn record(&self, event: Event) {
        let now = self.clock.now();
        self.record_since(now, now, event);
    }

    pub(crate) fn record_at(&self, at: Nanos, event: Event) {
        self.record_since(self.clock.now(), at, event);
    }

    /// Records what was at `at`; the work on it has begun at `from`.
    fn record_since(&self, from: Nanos, at: Nanos, event: Event) {
        debug_assert!(self.is_on(), "an event made for nobody");
        let state = &mut *self.state.borrow_mut();
        let record = Record { at, event };
        for sink in &mut state.sinks {
            sink.take(&record, &state.known);
        }
        if let Some(ring) = &mut state.ring {
            ring.push(record);
        }
        if state.is_timed {
            state.recorded(from, self.clock.now());
        }
    }

    /// Calls `flush` on every sink.
    pub(crate) fn flush(&self) {
        let clock = self.clock();
        let flush = || {
            for sink in &mut self.state.borrow_mut().sinks {
                sink.flush(clock);
            }
        };
        // A ledger by itself has nothing to flush that would be worth the looks.
        let is_timed = self.state.borrow().is_timed;
        match is_timed {
            true => self.aside(flush),
            false => flush(),
        }
    }

    /// Does what belongs to the watching and not to the program: writes a file or a
    /// report.
    pub(crate) fn aside<R>(&self, work: impl FnOnce() -> R) -> R {
        if !self.keeps_time.get() {
            return work();
        }
        let from = self.now();
        let done = work();
        let until = self.now();
        self.state.borrow_mut().recorded(from, until);
        done
    }

    /// Calls `in_loop` on every sink.
    pub(crate) fn in_loop(&self, in_loop: bool) {
        let at = self.now();
        for sink in &mut self.state.borrow_mut().sinks {
            sink.in_loop(at, in_loop);
        }
    }

    /// Says in which order queued tasks are polled. To be called before anybody looks.
    pub(crate) fn polls_in(&self, order: PollOrder) {
        self.state.borrow_mut().known.order = order;
    }

    pub(crate) fn order(&self) -> PollOrder {
        self.state.borrow().known.order
    }

    /// The end of the runtime begins. What it drops is recorded like polls, and must not
    /// pass for polls out of turn.
    pub(crate) fn runtime_ends(&self) {
        let state = &mut *self.state.borrow_mut();
        if let Some(ring) = &state.ring {
            state.known.end = Some(ring.pushed());
            ring.know(&state.known);
        }
        for sink in &mut state.sinks {
            sink.runtime_ends();
        }
    }

    pub(crate) fn now(&self) -> Nanos {
        self.clock.now()
    }

    /// How the clock goes.
    pub(crate) fn clock(&self) -> Reading {
        self.clock.reading()
    }

    /// A copy of what is kept, and of what its numbers stand for.
    pub(crate) fn held(&self) -> (Held, Known) {
        let state = &mut *self.state.borrow_mut();
        match &mut state.ring {
            Some(ring) => ring.held(&state.known),
            None => (Held::default(), state.known.clone()),
        }
    }

    /// Whose doing is what happens now. Only kept up to date while it is on.
    pub(crate) fn cause(&self) -> Cause {
        self.cause.get()
    }

    /// Says whose doing is what happens from here on; gives back whose it was.
    #[inline]
    pub(crate) fn set_cause(&self, cause: Cause) -> Cause {
        self.cause.replace(cause)
    }

    /// The running task waits for `on`.
    #[cold]
    pub(crate) fn waits(&self, on: WaitsOn) {
        if let Cause::Task(task) = self.cause() {
            self.record(Event::Waits { task, on });
        }
    }

    /// Nobody waits for `on` any more.
    #[cold]
    pub(crate) fn wait_dropped(&self, on: WaitsOn) {
        self.record(Event::WaitDropped { on });
    }

    /// A source is ready. The reactor has moved out who waits: the first `so_far` wakes
    /// have a cause now.
    #[cold]
    pub(crate) fn source_ready(&self, source: SourceId, direction: Direction, so_far: usize) {
        self.record(Event::SourceReady { source, direction });
        let cause = Cause::Source(source, direction);
        self.woken_by.borrow_mut().resize(so_far, cause);
    }

    /// The `index`-th of them is next.
    pub(crate) fn wakes_next(&self, index: usize) {
        let mut causes = self.woken_by.borrow_mut();
        let cause = causes.get(index).copied();
        if index + 1 == causes.len() {
            causes.clear();
        }
        self.set_cause(cause.unwrap_or(Cause::Outside));
    }

    /// What follows is the doing of whoever sent a message.
    pub(crate) fn caused_by(&self, origin: &Origin) {
        self.set_cause(self.cause_of(origin));
    }

    fn cause_of(&self, origin: &Origin) -> Cause {
        match origin {
            Origin::Unknown => Cause::Outside,
            Origin::Job(job) => Cause::Job(*job),
            // It was in no runtime then, or in another.
            Origin::Thread(thread) if thread.id() == self.thread => Cause::Outside,
            Origin::Thread(thread) => self.thread(thread),
        }
    }

    /// Takes in what the pool's threads have told.
    pub(crate) fn take_in(&self, Waiting { news, dropped }: Waiting) {
        if let Some(ring) = &mut self.state.borrow_mut().ring {
            ring.miss(dropped);
        }
        for news in news {
            match news {
                News::Queued { job, by, from, at } => {
                    let by = self.cause_of(&by);
                    let event = Event::JobQueued { job, by, at: from };
                    self.record_at(self.clock.at(at), event);
                }
                News::Ran {
                    job,
                    worker,
                    began,
                    ended,
                    outcome,
                } => {
                    let event = Event::JobStarted { job, worker };
                    self.record_at(self.clock.at(began), event);
                    let event = Event::JobFinished {
                        job,
                        worker,
                        outcome,
                    };
                    self.record_at(self.clock.at(ended), event);
                }
                News::Cancelled { job, at } => {
                    self.record_at(self.clock.at(at), Event::JobCancelled { job });
                }
            }
        }
    }

    /// The future of `block_on`, as a task.
    pub(crate) fn main(&self) -> Id {
        Id::main(self.runtime)
    }

    pub(crate) fn timer(&self, generation: u32) -> TimerId {
        TimerId(generation)
    }

    pub(crate) fn source(&self, generation: u32) -> SourceId {
        SourceId(generation)
    }

    /// One more lock or channel.
    pub(crate) fn next_sync(&self) -> SyncId {
        self.syncs.set(self.syncs.get().wrapping_add(1));
        SyncId(self.syncs.get())
    }

    /// A thread that has sent something.
    pub(crate) fn thread(&self, thread: &Thread) -> Cause {
        let state = &mut *self.state.borrow_mut();
        let (index, is_new) = state.known.index(thread);
        if is_new && let Some(ring) = &state.ring {
            ring.know(&state.known);
        }
        Cause::Thread(index)
    }
}
