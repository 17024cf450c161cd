//! All that one runtime is made of.
//!
//! Owns [`Core`], and the order in which its parts are made. `runtime/` has them made;
//! `context/` leads to the one that a thread is in.

use std::cell::{Cell, RefCell};
use std::io;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::Waker;

use crate::machine::blocking::{Hook, Limits, Pool};
use crate::machine::clock::{Clock, Nanos};
use crate::machine::reactor::Reactor;
use crate::machine::scheduler::inject::{Inject, Sent};
use crate::machine::scheduler::number::RuntimeId;
use crate::machine::scheduler::queue::Order;
use crate::machine::scheduler::random::Draws;
use crate::machine::scheduler::schedule::Scheduler;
use crate::machine::scheduler::{current, live};
use crate::machine::timers::Timers;
use crate::record::Recorder;
use crate::record::event::{Cause, Event};
use crate::record::news::JobNews;
use crate::sys::unpark::Unpark;

/// One runtime. Lives on its thread; what other threads may touch is behind an
/// `Arc`. No `RefCell` here is borrowed while code of the program runs.
pub(crate) struct Core {
    pub(crate) scheduler: Rc<Scheduler>,
    pub(crate) inject: Arc<Inject>,
    pub(crate) clock: Rc<Clock>,
    pub(crate) timers: RefCell<Timers>,
    pub(crate) reactor: RefCell<Reactor>,
    pub(crate) pool: Arc<Pool>,
    /// Empty between the phases of a turn; kept for their memory, so that wakes
    /// from other threads and events of sources need no allocation each.
    pub(crate) messages: RefCell<Vec<Sent>>,
    pub(crate) woken: RefCell<Vec<Waker>>,
    /// How `fs` works; set by the builder.
    pub(crate) file_io: FileIo,
    pub(crate) counters: Counters,
    /// Which branch a `select!` begins with.
    pub(crate) draws: Draws,
    /// Where the `block_on` was called that runs.
    pub(crate) main_at: Cell<Option<&'static Location<'static>>>,
    /// What to do when nothing can ever happen again; set by the builder.
    pub(crate) on_deadlock: OnDeadlock,
    /// What the program has to be called around each park; set by the builder.
    pub(crate) around_park: AroundPark,
    /// The polls made when the last deadlock was reported.
    pub(crate) reported_at: Cell<Option<u64>>,
}

impl Core {
    /// Makes the machine of one runtime. `worker` is called by each thread of its pool
    /// when it begins and when it ends; `observe` is given the scheduler before there is
    /// anything to be recorded.
    ///
    /// # Errors
    ///
    /// When so many runtimes are alive that there is no number for this one.
    pub(crate) fn new(
        settings: Settings,
        (reactor, unpark): (Reactor, Unpark),
        worker: fn(Option<&Arc<Pool>>),
        observe: impl FnOnce(&Rc<Scheduler>),
    ) -> io::Result<Rc<Self>> {
        let inject = live::register(unpark, reactor.registry().clone())?;
        let clock = Rc::new(Clock::new(settings.start_paused));
        let recorder = Recorder::new(inject.runtime(), clock.clone());
        let (id, registered) = (inject.id(), inject.registered());
        let draws = settings.order.draws();
        let scheduler = Scheduler::new(id, recorder, registered, settings.order);
        observe(&scheduler);
        current::add(&scheduler);
        let news = scheduler.recorder.is_on().then(|| {
            inject.record();
            JobNews::default()
        });
        let pool = Pool::new(settings.blocking, inject.clone(), news, worker);
        pool.set_nudge(settings.start_paused);
        let core = Rc::new(Self {
            scheduler,
            inject,
            clock,
            timers: RefCell::default(),
            reactor: RefCell::new(reactor),
            pool,
            messages: RefCell::default(),
            woken: RefCell::default(),
            file_io: settings.file_io,
            counters: Counters::default(),
            draws,
            main_at: Cell::new(None),
            on_deadlock: settings.on_deadlock,
            around_park: settings.around_park,
            reported_at: Cell::new(None),
        });
        let whole: Weak<Self> = Rc::downgrade(&core);
        let is_first = core.scheduler.whole.set(whole).is_ok();
        debug_assert!(is_first, "a scheduler is made for one runtime");
        Ok(core)
    }

    /// The runtime of this id, if it is one of this thread.
    pub(crate) fn of_this_thread(runtime: RuntimeId) -> Option<Rc<Self>> {
        let whole = current::with_runtime(runtime, |scheduler| scheduler?.whole.get()?.upgrade());
        whole?.downcast().ok()
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.scheduler.recorder
    }

    /// Takes out the earliest timer if it is due at `now`; its waker is to be woken.
    /// What that wakes is the timer's doing.
    pub(crate) fn expire(&self, now: Nanos) -> Option<Waker> {
        let (timer, waker) = self.timers.borrow_mut().expire(now)?;
        let recorder = self.recorder();
        if recorder.is_on() {
            let timer = recorder.timer(timer.armed());
            recorder.record(Event::TimerFired { timer });
            recorder.set_cause(Cause::Timer(timer));
        }
        Some(waker)
    }

    /// Moves a paused clock forward.
    pub(crate) fn jump_clock_to(&self, at: Nanos) {
        let from = self.clock.now();
        self.clock.jump_to(at);
        if self.recorder().is_on() && self.clock.is_paused() {
            self.recorder().record(Event::ClockJumped { from });
        }
    }

    /// Records what the pool's threads have told. Only while recording is on.
    pub(crate) fn take_in_news(&self) {
        if let Some(news) = self.pool.news() {
            self.recorder().take_in(news.take());
        }
    }
}

/// What a machine is to be like.
pub(crate) struct Settings {
    pub(crate) start_paused: bool,
    pub(crate) order: Order,
    pub(crate) blocking: Limits,
    pub(crate) file_io: FileIo,
    pub(crate) on_deadlock: OnDeadlock,
    pub(crate) around_park: AroundPark,
}

/// Code of the program around each park.
#[derive(Clone, Debug, Default)]
pub(crate) struct AroundPark {
    pub(crate) before: Option<Hook>,
    pub(crate) after: Option<Hook>,
}

/// What [`RuntimeMetrics`](crate::runtime::RuntimeMetrics) reports. Counted
/// without atomics, on the runtime's thread.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) polls: Cell<u64>,
    pub(crate) turns: Cell<u64>,
    pub(crate) parks: Cell<u64>,
    pub(crate) file_ops_at_once: Cell<u64>,
    pub(crate) file_ops_pooled: Cell<u64>,
}

/// Which way a file operation may go.
///
/// # Examples
///
/// ```
/// use buzzer::runtime::{Builder, FileIo};
///
/// let runtime = Builder::new_current_thread().file_io(FileIo::Pool).build()?;
/// runtime.block_on(buzzer::fs::metadata("."))?;
/// assert_eq!(runtime.metrics().file_ops_pooled(), 1);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FileIo {
    /// Try without blocking first, on the loop; only what would wait for a disk
    /// goes to the pool.
    #[default]
    Auto,
    /// Always the pool, as on a system, kernel or filesystem that can't try.
    Pool,
}

/// What `block_on` does when it is about to sleep for ever: see
/// [`Builder::on_deadlock`](crate::runtime::Builder::on_deadlock).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnDeadlock {
    /// Sleep: another thread may wake a task.
    #[default]
    Sleep,
    /// Tell on stderr who waits for what, and sleep.
    Report,
    /// Panic with the same text.
    Panic,
}
